"""What is still coming: the delivery rate that waiting messages will have when it is final."""

from collections.abc import Iterable
from typing import Any

import narwhals as nw
import polars as pl

from infobip_analytics.coming.counted import counted, occasions, places
from infobip_analytics.coming.forecast import LEAST_SETTLED, forecasts
from infobip_analytics.coming.learned import Learned
from infobip_analytics.coming.record import LEAST_UNITS
from infobip_analytics.counting import as_messages, hand_back
from infobip_analytics.countries import no_report_codes
from infobip_analytics.errors import ArgumentError
from infobip_analytics.frames import as_plan
from infobip_analytics.grouping import By, country_name, keys, shown
from infobip_analytics.rates import delivery_rates
from infobip_analytics.wording import plural

COUNTS = ["messages", "settled", "waiting", "open", "delivered_so_far", "reported_so_far"]
EXPECTED = [
    "coming", "expected_rate", "expected_low", "expected_high", "final_rate", "final_low",
    "final_high", "final_on", "past_campaigns", "refused",
]  # fmt: skip
STAMP = ["no_report_messages", "population", "as_of", "waiting_days"]
COLUMNS = [*COUNTS, *EXPECTED, *STAMP]

ASSUMES = (
    "assumes that a message that is still open ends as those did that were open at its age, to its "
    "country and network, the last weeks counting most; how far that may be off is measured: the "
    "same was asked of past campaigns at that age, and held against what came. What is reported so "
    "far is taken as final, though a later report may correct it"
)

#: The share of the open messages that must go to countries with a history of their own
_CARRIED = 0.5


def nowcast(
    messages: Any,
    by: By = "day",
    *,
    no_report_countries: Iterable[str] | None = None,
    timezone: str = "UTC",
) -> Any:
    """Say, per *by*, which delivery rate messages will have that are still waiting.

    Each message of which nothing final has come is delivered with the chance (F(W) - F(a)) / S(a):
    F(a) is the share delivered by the age a, S(a) the share still open then, W the waiting period.
    Both are Aalen and Johansen's, with failures and rejections as competing outcomes, of messages
    to the same country and network; recent ones count more (half as much for each week back), and
    small networks lean on their country, small countries on all. The same was asked of past
    campaigns (a campaign's sends of one day) as of the moment when they had that age. What came of
    them decides how much weight beside this the share has that was delivered so far, and how wide
    the interval is: chance, what sets one campaign apart from the next, and what campaigns of one
    day have in common.

    Args:
        messages: A frame of messages, as `messages` makes it.
        by: None (one row), a column, a list of them, a short name, or a piece of time.
        no_report_countries: Codes or names instead of the list of 34; `()` for none.
        timezone: In which hours, days, weeks and months begin, and the day of `final_on`.

    Returns:
        On the same engine, a row for each group of which something is waiting, sorted by *by*:
        `messages`, `settled`, `waiting`; `open`, those of which nothing final has come;
        `delivered_so_far` and `reported_so_far` of all its messages; `coming`, how many of the open
        ones are expected to be delivered; `expected_rate`, the delivery rate that its waiting
        messages will have, and `final_rate`, that of all its messages, each with what holds 95 % of
        the rates that really come (`_low`, `_high`: a prediction interval); `final_on`, the day on
        which the last of them is settled; `past_campaigns`, how many the intervals are made of;
        `refused`, why there is no forecast, else null; and `no_report_messages`, `population`,
        `as_of`, `waiting_days`. Where it is refused, `coming` and the rates are null.

    Raises:
        ColumnError: The frame is no frame of messages, or lacks times.
        ArgumentError: *by* is unknown, or another argument means nothing here.
    """
    names = _free(keys(by))
    silent = no_report_codes(no_report_countries)
    frame, _ = as_plan(messages)
    as_messages(frame)
    made = counted(frame, names, silent, timezone)
    found = forecasts(made, names, Learned(made, names))
    told = _told(frame, names, found, silent, timezone)
    return hand_back(nw.from_native(told.lazy()), messages)


def with_total(
    messages: pl.DataFrame, by: By, *, silent: frozenset[str], timezone: str = "UTC"
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """What `nowcast` says per *by*, and its one row of all together, learnt once."""
    names, frame = _free(keys(by)), messages.lazy()
    made = counted(frame, names, silent, timezone)
    together = Learned(made, [])
    apart = places(names) or occasions(names)
    learned = Learned(made, names) if apart else together
    found = [forecasts(made, names, learned), forecasts(made, [], together)]
    told = _told(frame, names, found[0], silent, timezone)
    [total] = _told(frame, [], found[1], silent, timezone).to_dicts()
    return told, total


def _told(
    frame: pl.LazyFrame,
    names: list[str],
    found: pl.DataFrame,
    silent: frozenset[str],
    timezone: str,
) -> pl.DataFrame:
    """Forecasts beside the counts of their groups, as `nowcast` has them."""
    rates = delivery_rates(frame, names, no_report_countries=silent, timezone=timezone)
    base: pl.DataFrame = rates.collect(engine="streaming")
    joined = base.join(found, on=names, nulls_equal=True) if names else _beside(base, found)
    told = joined.with_columns(_refused()).with_columns(_final_on(timezone), *_expected())
    ordered = told.sort(names, nulls_last=True) if names else told
    named = nw.from_native(ordered).with_columns(country_name(names))
    made: pl.DataFrame = named.select(*shown(names), *COLUMNS).to_native()
    return made


def _free(names: list[str]) -> list[str]:
    """The names themselves, unless a column of the nowcast is called the same."""
    taken = [name for name in names if name in COLUMNS]
    if taken:
        raise ArgumentError(
            f"by={taken[0]!r}: the nowcast has a column of that name itself; give the messages a "
            "copy of theirs under another name, and group by that"
        )
    if told := [name for name in names if name.startswith(_TOLD_LATER)]:
        raise ArgumentError(
            f"by={told[0]!r} is known of a message when something has come of it, and what is "
            "still coming is asked before; group by what is known when it is sent"
        )
    return names


#: What keys begin with that only a report tells
_TOLD_LATER = (
    "outcome", "receipt", "error", "status", "permanent", "done_at", "n_reports", "n_late",
    "conflicting", "record", "settled", "orphan", "event_outcome", "report_outcome", "matched_by",
)  # fmt: skip


def _beside(base: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """One row beside the other; where nothing waits there is no forecast."""
    if found.height:
        return pl.concat([base, found], how="horizontal")
    nothing = {"waiting_delivered": 0, "open": 0, "past_campaigns": 0}
    return base.with_columns(
        pl.lit(nothing.get(name), dtype).alias(name) for name, dtype in found.schema.items()
    )


def _refused() -> pl.Expr:
    """Why there is no forecast; null where there is one."""
    reasons = {
        _NOTHING: pl.col("waiting") == 0,
        _REPORTED: pl.col("population") == "reported",
        _NO_PAST: pl.col("coming").is_null() & (pl.col("open") > 0),
        _NO_PLACE: (pl.col("carried") < _CARRIED) & (pl.col("open") > 0),
    }
    told = pl.lit(None, pl.String)
    for reason, holds in reversed(reasons.items()):
        told = pl.when(holds).then(pl.lit(reason)).otherwise(told)
    return told.alias("refused")


_REPORTED = (
    "only reported messages are known, so nobody can tell how many are still open; read logs, or "
    "campaign events"
)
_NOTHING = "nothing is waiting: what there is is final"
_NO_PLACE = (
    f"most of the open messages go to countries with fewer than {LEAST_SETTLED} settled messages "
    "each, and nothing tells how such messages end; add older messages"
)
_NO_PAST = (
    f"fewer than {plural(LEAST_UNITS, 'past campaign')} are settled that had a history when they "
    "were of this age, so nothing tells how far a forecast may be off; add older messages: twice "
    "the waiting period and ten days are the least"
)


def _final_on(timezone: str) -> pl.Expr:
    last = pl.col("last_sent") + pl.duration(microseconds=86_400_000_000 * pl.col("waiting_days"))
    return last.dt.convert_time_zone(timezone).dt.date().alias("final_on")


def _expected() -> list[pl.Expr]:
    """The rates, null where they are refused; all is known where nothing is open."""
    told = pl.col("refused").is_null()
    settled = pl.col("open") == 0

    def rate(coming: str, delivered: str, of: str) -> pl.Expr:
        more = pl.when(settled).then(0.0).otherwise(pl.col(coming))
        return pl.when(told, pl.col(of) > 0).then((pl.col(delivered) + more) / pl.col(of))

    rates = {
        f"{kind}_{end}": rate(coming, delivered, of)
        for kind, delivered, of in (
            ("expected", "waiting_delivered", "waiting"),
            ("final", "delivered_so_far", "messages"),
        )
        for end, coming in (("rate", "coming"), ("low", "coming_low"), ("high", "coming_high"))
    }
    coming = pl.when(settled).then(0.0).otherwise(pl.col("coming"))
    return [pl.when(told).then(coming).alias("coming"), *(e.alias(n) for n, e in rates.items())]
