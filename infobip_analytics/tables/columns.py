"""Which columns a person is shown, what stands above them, and how their values are written."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from infobip_analytics.wording import DASH, count, interval, percent

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a printed table.

    Attributes:
        heading: What stands above it.
        write: Makes its text out of a row of rates.
        number: Whether it is set to the right.
        weight: Columns of the greatest weight are dropped first where room is short; 0 never.
        least: How far its texts may be cut where room is short; 0: not at all.
    """

    heading: str
    write: Callable[[Row], str]
    number: bool = True
    weight: int = 0
    least: int = 0


def rate_columns(names: list[str], confidence: float) -> list[Column]:
    """The columns of a table of rates by *names*."""
    return [
        *(Column(name, _key(name), number=False) for name in names),
        Column("settled", lambda row: count(row["settled"])),
        Column("delivered", lambda row: count(row["delivered"]), weight=3),
        Column("rate", lambda row: percent(row["delivery_rate"])),
        Column(
            f"{100 * confidence:g} % interval",
            lambda row: interval(row["rate_low"], row["rate_high"]),
        ),
        Column("coverage", lambda row: percent(row["coverage"]), weight=2),
        Column("waiting", lambda row: count(row["waiting"]), weight=4),
        Column("", _mark, number=False),
    ]


def coverage_columns(names: list[str]) -> list[Column]:
    """The columns of a table of report coverage by *names*."""
    listed = {"silent": "no reports", "reporting": "reports", None: DASH}
    return [
        *(Column(name, _key(name), number=False) for name in names),
        Column("accepted", lambda row: count(row["n"])),
        Column("heard of", lambda row: count(row["heard"]), weight=2),
        Column("coverage", lambda row: percent(row["coverage"])),
        Column(
            "95 % interval",
            lambda row: interval(row["coverage_low"], row["coverage_high"]),
            weight=1,
        ),
        Column("measured", lambda row: _measured(row), number=False),
        Column("listed", lambda row: listed[row["declared"]], number=False, weight=3),
        Column("", lambda row: "! surprise" if row["surprise"] else "", number=False),
    ]


def _measured(row: Row) -> str:
    ending = ", operator only" if row["operator_only"] else ""
    return f"{row['class'] or DASH}{ending}"


def _mark(row: Row) -> str:
    if row.get("reports") is False:
        return "no reports, by the list"
    return "! silent" if row.get("class") == "silent" else ""


def _key(name: str) -> Callable[[Row], str]:
    if name == "country":
        return lambda row: f"{row['country']} {row['country_name']}"
    return lambda row: key_text(row[name])


def key_text(value: Any) -> str:
    """What a group is called: text as it is, days without a clock, a dash for none.

    >>> key_text(datetime(2026, 3, 2)), key_text(None)
    ('2026-03-02', '—')
    """
    if value is None:
        return DASH
    if isinstance(value, datetime):
        clock = "%Y-%m-%d" if value.tzinfo is None else "%Y-%m-%d %H:%M%z"
        return value.strftime(clock)
    return value.isoformat() if isinstance(value, date) else str(value)
