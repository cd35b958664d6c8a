"""Alerts: what fell or fell silent, since when, and by how much."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import polars as pl

from infobip_analytics.countries import no_report_codes
from infobip_analytics.errors import ArgumentError
from infobip_analytics.frames import TIME, as_plan, to_engine
from infobip_analytics.grouping import By, country_name, keys, shown
from infobip_analytics.undelivered.counted import TOLD
from infobip_analytics.watching.counted import Counted, Gathered, checked, counted, gathered
from infobip_analytics.watching.incidents import (
    FALLING,
    SETTLED,
    SILENT,
    Incident,
    Row,
    incidents,
    name_of,
)
from infobip_analytics.watching.reasons import NOTHING, reasons
from infobip_analytics.watching.scanning import Watched, watch
from infobip_analytics.watching.words import sentence

COUNTS = {"messages": "sent", "delivered": "delivered", "accepted": "accepted", "heard": "heard"}
USUAL = [f"usual_{name}" for name in COUNTS]
SCHEMA: dict[str, Any] = {
    "incident": pl.String,
    "kind": pl.String,
    "since": pl.Date,
    "last_day": pl.Date,
    "days": pl.Int64,
    "basis": pl.String,
    **dict.fromkeys(["messages", "delivered"], pl.Int64),
    "rate": pl.Float64,
    **dict.fromkeys(["usual_messages", "usual_delivered"], pl.Int64),
    **dict.fromkeys(["usual_rate", "change"], pl.Float64),
    "missing": pl.Int64,
    **dict.fromkeys(["accepted", "heard"], pl.Int64),
    "coverage": pl.Float64,
    **dict.fromkeys(["usual_accepted", "usual_heard"], pl.Int64),
    "usual_coverage": pl.Float64,
    "p_value": pl.Float64,
    "error_id": pl.Int64,
    "error_name": pl.String,
    "error_per_1000": pl.Float64,
    "usual_error_per_1000": pl.Float64,
    "sentence": pl.String,
    "population": pl.String,
    "as_of": TIME,
    "waiting_days": pl.Float64,
}

#: What a user may ask for: a number of messages, and a fall, as shares of 1
LEAST, EFFECT = 100, 0.02


@dataclass(frozen=True, slots=True)
class Seen:
    """What was watched, and what was found (polars).

    Attributes:
        alerts: The frame of alerts.
        gathered: The messages that were watched.
        counted: The same, counted; None where nothing could be.
        watched: What was seen of them.
    """

    alerts: pl.DataFrame
    gathered: Gathered
    counted: Counted | None
    watched: Watched | None


def alerts(
    messages: Any,
    by: By = ("country", "network"),
    *,
    no_report_countries: Iterable[str] | None = None,
    minimum_messages: int = LEAST,
    minimum_effect: float = EFFECT,
    timezone: str = "UTC",
) -> Any:
    """Find what is breaking now, per *by*: a row for each incident that has not recovered.

    Every day is held against the 28 usual days before it (at least 14, none older than 56 days):
    settled days by their delivery rate; younger ones by the share that was delivered by some age,
    of those messages only that have reached it, against the same of the days before. So today is
    judged today, and no late report makes it look bad. A day is so many standard deviations below
    what is usual, of chance and of the spread from day to day together (Laney's p' chart; at least
    1 point of spread is allowed for). There is an alert

    * at once, where a day is 5 deviations below;
    * where two days in a row are below by 1 deviation each, and both together by 3.58 (by 4.2
      where the second is not settled, for young days are looked at again and again);
    * at once, where of accepted messages less than half as many are heard of as usual, and this is
      no chance either: a silent route.

    It is the same incident until two days in a row are back within 1 deviation; what has lasted
    28 days is how things are. Incidents and other days that are 3 deviations off are no part of
    what is usual. Of all that could break on one day, at most 5 % false alerts are expected among
    those given (Benjamini and Hochberg).

    Args:
        messages: A frame of messages (pandas, polars or polars-lazy), as `messages` makes it.
        by: None (all together), a column, a list, a short name; no piece of time.
        no_report_countries: Codes or names instead of the list of 34; `()` for none. Nothing is
            ever said of these, nor of groups of which next to nothing was ever heard.
        minimum_messages: So many messages a day are needed to judge it.
        minimum_effect: A fall by less than this share is no alert, however certain.
        timezone: In which days begin.

    Returns:
        On the same engine, silent routes first, then by how many messages are missing: *by*;
        `incident` (a name that stays the same from run to run); `kind` (`falling`, `silent`);
        `since`, `last_day` (that was judged), `days` (below, of those); `basis` (`settled`, or the
        age by which was counted); `messages`, `delivered`, `rate` of the incident's days, the same
        as usual (`usual_messages`, ...), `change` of the rate, and `missing`, how many messages
        less were delivered; `accepted`, `heard`, `coverage`, and as usual; `p_value` of how it
        began; the error that rose most (`error_id`, `error_name`, `error_per_1000`,
        `usual_error_per_1000`), null where none explains a quarter of the fall; `sentence`; and
        `population`, `as_of`, `waiting_days` as in rates.

    Raises:
        ColumnError: The frame is no frame of messages, or lacks a time.
        ArgumentError: *by* is unknown or a piece of time, or another argument means nothing here.
    """
    seen = look(
        messages,
        by,
        no_report_countries=no_report_countries,
        minimum_messages=minimum_messages,
        minimum_effect=minimum_effect,
        timezone=timezone,
    )
    _, engine = as_plan(messages)
    return seen.alerts.lazy() if engine == "lazy" else to_engine(seen.alerts.lazy(), engine)


def look(
    messages: Any,
    by: By,
    *,
    no_report_countries: Iterable[str] | None,
    minimum_messages: int,
    minimum_effect: float,
    timezone: str,
) -> Seen:
    """Watch, and give what was found with what it was found in; arguments of `alerts`."""
    _check(minimum_messages, minimum_effect)
    names = checked(keys(by), [*SCHEMA, *_OURS])
    silent = no_report_codes(no_report_countries)
    whole = gathered(messages, names, silent, timezone, [*TOLD.values()])
    found = counted(whole, names, timezone, minimum_messages, minimum_effect)
    if found is None:
        return Seen(_frame([], names, whole), whole, None, None)
    watched = watch(found.days)
    open_ = incidents(found, watched)
    why = reasons(whole, found, names, open_) if open_ else []
    rows = [
        _row(each, found, names, reason, whole) for each, reason in zip(open_, why, strict=True)
    ]
    return Seen(_frame(rows, names, whole), whole, found, watched)


_OURS = ["alert number", "alert now"]


def _check(minimum_messages: Any, minimum_effect: Any) -> None:
    if (
        not isinstance(minimum_messages, int)
        or isinstance(minimum_messages, bool)
        or minimum_messages < 1
    ):
        raise ArgumentError(
            f"minimum_messages={minimum_messages!r}: give a number of messages a day from 1, for "
            f"example {LEAST}"
        )
    if not isinstance(minimum_effect, int | float) or not 0 <= minimum_effect < 1:
        raise ArgumentError(
            f"minimum_effect={minimum_effect!r} must lie between 0 and 1, for example {EFFECT} for "
            "2 points"
        )


def _row(each: Incident, found: Counted, names: list[str], why: Row, whole: Gathered) -> Row:
    own = found.series.row(each.series, named=True)
    counts = {name: each.counts[source] for name, source in COUNTS.items()}
    counts |= {f"usual_{name}": each.counts[f"usual_{source}"] for name, source in COUNTS.items()}
    rate, usual = (
        counts[f"{when}delivered"] / counts[f"{when}messages"] for when in ("", "usual_")
    )
    sent = whole.population == "sent"
    row = {
        **{name: own[name] for name in names},
        "incident": name_of({name: own[name] for name in names}, each.since),
        "kind": SILENT if each.silent else FALLING,
        "since": each.since,
        "last_day": each.last,
        "days": each.low,
        "basis": each.age.words if each.age else SETTLED,
        **counts,
        "rate": rate,
        "usual_rate": usual,
        "change": rate - usual,
        "missing": max(0, round((usual - rate) * counts["messages"])),
        "coverage": _ratio(counts["heard"], counts["accepted"]) if sent else None,
        "usual_coverage": _ratio(counts["usual_heard"], counts["usual_accepted"]) if sent else None,
        "p_value": each.p_value,
        **NOTHING,
        **why,
    }
    return row | {"sentence": sentence(row, names)}


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _frame(rows: list[Row], names: list[str], whole: Gathered) -> pl.DataFrame:
    there = whole.messages.schema
    stamp = {
        "population": whole.population, "as_of": whole.as_of, "waiting_days": whole.waiting_days,
    }  # fmt: skip
    schema = {name: there[name] for name in names} | SCHEMA
    made = pl.DataFrame([row | stamp for row in rows], schema)
    ordered = made.sort(
        "kind", "missing", *names, descending=[True, True, *(False for _ in names)], nulls_last=True
    )
    named: pl.DataFrame = nw.from_native(ordered).with_columns(country_name(names)).to_native()
    return named.select(*shown(names), *SCHEMA)
