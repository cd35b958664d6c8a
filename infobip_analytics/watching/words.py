"""An alert as a sentence for whoever is woken by it."""

from datetime import date
from typing import Any

import polars as pl

from infobip_analytics.countries import country_name
from infobip_analytics.masking import mask
from infobip_analytics.plots.pareto import error_title
from infobip_analytics.tables.columns import key_text
from infobip_analytics.tables.text import printable
from infobip_analytics.wording import MONTHS, count, per_thousand, percent, plural

Row = dict[str, Any]


def sentence(row: Row, names: list[str]) -> str:
    """What broke, since when, with counts and rates now and before, and the error that rose."""
    what = _silent(row) if row["kind"] == "silent" else _falling(row)
    return printable(f"{called(row, names)}: {what}{_error(row)}")


def called(row: Row, names: list[str]) -> str:
    """What a series is called; people are masked.

    >>> called({"country": "FR", "network": "20801"}, ["country", "network"])
    'France, network 20801'
    >>> called({}, []), called({"network": None}, ["network"])
    ('All messages', 'network unknown')
    """
    keys = mask(pl.DataFrame({name: [row[name]] for name in names})).row(0) if names else ()
    said = [_key(name, value) for name, value in zip(names, keys, strict=True)]
    return ", ".join(said) or "All messages"


def _key(name: str, value: Any) -> str:
    if name == "country":
        return country_name(value) or str(value)
    return f"{name} {'unknown' if value is None else key_text(value)}"


def _falling(row: Row) -> str:
    return (
        f"delivery fell from {percent(row['usual_rate'])} "
        f"({count(row['usual_delivered'])} of {count(row['usual_messages'])}) to "
        f"{percent(row['rate'])} ({count(row['delivered'])} of "
        f"{plural(row['messages'], 'message')}{_by(row)}) since {day(row['since'])}, "
        f"{count(row['missing'])} fewer than usual"
    )


def _silent(row: Row) -> str:
    now = _share(row["coverage"], row["heard"], row["accepted"])
    usual = _share(row["usual_coverage"], row["usual_heard"], row["usual_accepted"])
    return (
        f"reports stopped: anything final is heard of {now} of the accepted messages{_by(row)} "
        f"since {day(row['since'])}, usually of {usual}; a dead route, or reports that are lost on "
        "their way"
    )


def _share(share: float | None, part: int, whole: int) -> str:
    return f"{percent(share)} ({count(part)} of {count(whole)})"


def _by(row: Row) -> str:
    """By when, where that is not by the end of the waiting period."""
    return "" if row["basis"] == "settled" else f", within {row['basis']} of sending"


def _error(row: Row) -> str:
    if row["error_per_1000"] is None:
        return ""
    now, before = (per_thousand(row[name]) for name in ("error_per_1000", "usual_error_per_1000"))
    return f"; most of all rose {error_title(row)}, from {before} to {now} per 1,000"


def day(when: date) -> str:
    """A day as people write it.

    >>> day(date(2026, 3, 2))
    '2 Mar 2026'
    """
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"
