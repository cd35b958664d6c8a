"""Rows of rates by time as lines: each group's own, with a gap where nothing is known."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from infobip_analytics.errors import ColumnError
from infobip_analytics.plots.rows import Row, key_names, name_of, rate_rows

#: A name and the rows of its line, in order of time; `at` is when each of them begins.
Line = tuple[str, list[Row]]


def _next_month(at: datetime) -> datetime:
    return (at.replace(day=1) + timedelta(days=32)).replace(day=1)


#: Pieces of time that rates may be grouped by, and when the next one begins
PIECES: dict[str, Callable[[datetime], datetime]] = {
    "hour": lambda at: at + timedelta(hours=1),
    "day": lambda at: at + timedelta(days=1),
    "week": lambda at: at + timedelta(days=7),
    "month": _next_month,
}

#: More than so many values in a row are no sparkline, and a wrong year among the times
MOST_VALUES = 2000


def trend_values(rates: Any) -> dict[str, list[float | None]]:
    """The delivery rates of each group in order of time, for a sparkline: None where unknown.

    Args:
        rates: What `delivery_rates` gives by `hour`, `day`, `week` or `month` and something else,
            pandas or polars.

    Returns:
        For each group (a country by its name) as many values as there are times between the first
        and the last of all groups, but at most the last 2,000.

    Raises:
        ColumnError: The frame is not one of rates by time.
    """
    rows = rate_rows(rates)
    piece = time_key(rows)
    named = lines(rows, piece)
    times = _times([row["at"] for _, line in named for row in line], piece)
    known = [(name, {row["at"]: row["delivery_rate"] for row in line}) for name, line in named]
    return {name: [rate.get(at) for at in times] for name, rate in known}


def time_key(rows: list[Row]) -> str:
    """Which key of the rows is a time; ColumnError where none is."""
    keys = key_names(rows)
    found = next((key for key in keys if key in PIECES), None)
    if rows and found is None:
        raise ColumnError(
            f"these rates are by {' and '.join(keys) or 'nothing'}, and a trend is one over time; "
            "draw what ia.delivery_rates(messages, by='day') gives (or 'hour', 'week', 'month')"
        )
    if any(isinstance(row[found], str) for row in rows if found):
        raise ColumnError(f"the column {found} holds texts; make dates of them first")
    return found or "day"


def lines(rows: list[Row], piece: str) -> list[Line]:
    """The rows of each group in order of time, the group with most settled messages first."""
    keys = [key for key in key_names(rows) if key != piece]
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        # a message that was never forwarded may have no time at all
        if row[piece] is not None:
            # by the values, for two people may look the same
            group = tuple(str(row[key]) for key in keys)
            groups.setdefault(group, []).append({**row, "at": _at(row[piece])})
    ordered = [sorted(own, key=lambda row: row["at"]) for own in groups.values()]
    named = [(name_of(own[0], keys), own) for own in ordered]
    return sorted(named, key=lambda line: -sum(row["settled"] for row in line[1]))


def unbroken(line: list[Row], piece: str) -> list[list[Row]]:
    """The stretches of a line in which nothing is missing and each row has a rate."""
    stretches: list[list[Row]] = []
    last = None
    for row in (row for row in line if row["delivery_rate"] is not None):
        if last is None or PIECES[piece](last) != row["at"]:
            stretches.append([])
        stretches[-1].append(row)
        last = row["at"]
    return stretches


def _times(there: list[datetime], piece: str) -> list[datetime]:
    """Every time from the first to the last."""
    times = [min(there)] if there else []
    while times and times[-1] < max(there):
        times.append(PIECES[piece](times[-1]))
    return times[-MOST_VALUES:]


def _at(value: date) -> datetime:
    """When a piece of time begins, without its zone: hours in UTC, days as they are called."""
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001
    return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
