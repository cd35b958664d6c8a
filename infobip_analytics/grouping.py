"""By what messages can be grouped: a column, a short name, or a piece of time."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

import narwhals as nw

from infobip_analytics.countries import country_names
from infobip_analytics.errors import ArgumentError, ColumnError

By = str | Sequence[str] | None

#: Short names, and the columns of which the first that is known is taken.
SHORT = {
    "campaign": ["campaign_name", "campaign_id"],
    "action": ["action_name", "action_id"],
    "error": ["error_name", "error_id"],
    "status": ["status_name", "status_id"],
    "provider": ["integration_name"],
    "reference": ["campaign_reference"],
}

#: Pieces of time, as the engines write them.
TIMES = {"hour": "1h", "day": "1d", "week": "1d", "month": "1mo"}


def keys(by: By) -> list[str]:
    """The names to group by, as a list; a repeated one raises ArgumentError."""
    asked: Any = [] if by is None else [by] if isinstance(by, str) else by
    names: list[Any] = list(asked) if isinstance(asked, Iterable) else [asked]
    if not all(isinstance(name, str) for name in names):
        raise ArgumentError(f"by={by!r} names no column; give a name, a list of names, or None")
    if len(set(names)) < len(names):
        raise ArgumentError(f"by={by!r} names a column twice")
    return names


def key_columns(names: list[str], schema: nw.Schema, timezone: str) -> list[nw.Expr]:
    """The expressions that make the columns *names* out of messages.

    Raises:
        ArgumentError: One of the names is neither a column nor a short name nor a piece of time.
    """
    return [_key_column(name, schema, timezone) for name in names]


def _key_column(name: str, schema: nw.Schema, timezone: str) -> nw.Expr:
    if name in TIMES and name not in schema:
        return _time(name, timezone, schema)
    if name in SHORT and name not in schema:
        known = [column for column in SHORT[name] if column in schema]
        if known:
            return nw.coalesce(*(nw.col(column).cast(nw.String) for column in known)).alias(name)
    if name not in schema:
        near = get_close_matches(name.lower(), [*schema, *SHORT, *TIMES], n=1, cutoff=0.7)
        raise ArgumentError(
            f"by={name!r}: messages have no such column"
            + (f" (did you mean {near[0]!r}?)" if near else "")
            + f"; there are short names {', '.join(SHORT)}; of the time of sending "
            f"{', '.join(TIMES)}; and the columns {', '.join(schema)}"
        )
    return nw.col(name)


def _time(name: str, timezone: str, schema: nw.Schema) -> nw.Expr:
    """A piece of `sent_at`: hours keep their zone (one occurs twice in autumn), days need none."""
    if "sent_at" not in schema:
        raise ColumnError(f"by={name!r} needs the column sent_at, which these messages lack")
    local = nw.col("sent_at").dt.convert_time_zone(timezone)
    if name == "hour":
        return local.dt.truncate(TIMES[name]).alias(name)
    # without the zone: a day whose midnight the clocks skip still has its name
    day = local.dt.replace_time_zone(None).dt.truncate(TIMES[name])
    return (_monday(day) if name == "week" else day).cast(nw.Date).alias(name)


def _monday(day: nw.Expr) -> nw.Expr:
    """The Monday of each day's week; engines truncate to weeks in different ways or not at all."""
    monday = day
    for after in range(1, 7):
        it_is = day.dt.weekday() == after + 1
        monday = nw.when(it_is).then(day.dt.offset_by(f"-{after}d")).otherwise(monday)
    return monday


def shown(names: list[str]) -> list[str]:
    """The key columns as people read them: the country's name stands beside its code."""
    beside = {"country": ["country", "country_name"]}
    return [column for name in names for column in beside.get(name, [name])]


def country_name(names: list[str]) -> list[nw.Expr]:
    """The column `country_name` where *names* ask for it; a code without a name keeps its code."""
    if "country" not in names:
        return []
    table = country_names()
    name = nw.col("country").replace_strict(
        list(table), list(table.values()), default=nw.col("country"), return_dtype=nw.String
    )
    return [name.alias("country_name")]
