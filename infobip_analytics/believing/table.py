"""Receipts as a table that says what is implausible about them, and what that rests on."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from infobip_analytics.believing.judging import (
    ASSUMES,
    IMPLAUSIBLE,
    LEAST,
    NOT_JUDGED,
    PLAUSIBLE,
    implausible_receipts,
)
from infobip_analytics.counting import as_messages, narrowed
from infobip_analytics.countries import no_report_codes
from infobip_analytics.durations import duration
from infobip_analytics.frames import as_plan, to_engine
from infobip_analytics.tables import Table, rates_table
from infobip_analytics.tables.columns import Column
from infobip_analytics.undelivered.counted import TOLD
from infobip_analytics.wording import DASH, count, percent, plural

DEFINITION = (
    "implausible: at least 90 % of the delays below 1 s (instant) or within half a second of the "
    "median (constant), or of the receipts only the operator's, all at 95 % confidence; or no "
    "phone ever out of reach although the other networks of the country make that a chance below "
    "1 in 1,000. Not judged: fewer than {} delivered, or nothing to judge by"
)

_BESIDE = [
    "network", "done_at", "n_reports", "n_late", "integration_name", "channel",
]  # fmt: skip


def receipts_table(
    messages: Any,
    *,
    minimum: int = LEAST,
    no_report_countries: Iterable[str] | None = None,
) -> Table:
    """The verdicts of `implausible_receipts` in a table that says what they rest on.

    Arguments and errors are those of `implausible_receipts`. `.frame` holds the verdicts, `.note`
    the notes; the table prints itself in a terminal and in a notebook.
    """
    silent = no_report_codes(no_report_countries)
    there = as_messages(messages).collect_schema().names()
    _, engine = as_plan(messages)
    made = narrowed(messages, [name for name in (*_BESIDE, *TOLD.values()) if name in there])
    receipts = implausible_receipts(made, minimum=minimum, no_report_countries=silent)
    delivery = rates_table(made, None, no_report_countries=silent)
    said = [note for note in delivery.notes if not note.startswith(_OF_RATES)]
    return Table(
        frame=receipts if engine == "lazy" else to_engine(receipts.lazy(), engine),
        headline=headline(receipts),
        notes=(ASSUMES, DEFINITION.format(minimum), *said),
        _columns=tuple(_columns()),
        _rows=tuple(receipts.to_dicts()),
    )


_OF_RATES = ("delivery rate =", "several currencies")


def headline(receipts: pl.DataFrame) -> str:
    """How many networks have which verdict, and how many deliveries are in question."""
    each = []
    for verdict in (IMPLAUSIBLE, PLAUSIBLE, NOT_JUDGED):
        rows = receipts.filter(verdict=verdict)
        each.append(f"{count(rows.height)} {verdict}")
    doubted = int(receipts.filter(verdict=IMPLAUSIBLE)["delivered"].sum())
    told = f"; {plural(doubted, 'delivery')} in question" if doubted else ""
    return f"Receipts of {plural(receipts.height, 'network')}: {', '.join(each)}{told}"


def _columns() -> list[Column]:
    return [
        Column("country", lambda row: f"{row['country']} {row['country_name']}", number=False),
        Column("network", lambda row: row["network"] or DASH, number=False),
        Column("verdict", lambda row: row["verdict"], number=False),
        Column("delivered", lambda row: count(row["delivered"])),
        Column("median", lambda row: duration(row["median"]), weight=3),
        Column("instant", lambda row: percent(row["instant_share"]), weight=2),
        Column("constant", lambda row: percent(row["constant_share"]), weight=4),
        Column("unreachable", lambda row: count(row["unreachable"]), weight=5),
        Column("operator", lambda row: percent(row["operator_share"]), weight=6),
        Column("why", lambda row: row["reason"], number=False, weight=1, least=30),
    ]
