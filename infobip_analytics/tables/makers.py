"""Rates and report coverage as tables: numbers that never travel alone."""

from collections.abc import Iterable
from typing import Any, Literal

import polars as pl

from infobip_analytics.counting import ALIKE, as_messages
from infobip_analytics.countries import no_report_codes
from infobip_analytics.coverage import CONFIDENCE, report_coverage
from infobip_analytics.frames import Engine, as_plan, to_engine
from infobip_analytics.grouping import SHORT, By, key_columns, keys
from infobip_analytics.leftovers import left_out
from infobip_analytics.masking import as_shown
from infobip_analytics.rates import delivery_rates
from infobip_analytics.tables.columns import Row, coverage_columns, rate_columns
from infobip_analytics.tables.notes import Facts, coverage_headline, coverage_notes, headline, notes
from infobip_analytics.tables.table import Table


def rates_table(
    messages: Any,
    by: By = "country",
    *,
    no_report: Literal["exclude", "show"] = "exclude",
    no_report_countries: Iterable[str] | None = None,
    confidence: float = 0.95,
    timezone: str = "UTC",
    price_per: Literal["part", "message"] = "part",
    show_numbers: bool = False,
) -> Table:
    """Rates per *by* as `delivery_rates` gives them, in a table that says what they count.

    Arguments and errors are those of `delivery_rates`. `.frame` holds the rates, `.note` the notes;
    the table prints itself in a terminal and in a notebook, the largest groups first (by time: in
    order of time). Where it prints, people that messages are grouped by are masked, unless
    *show_numbers*; each keeps a line of its own.
    """
    silent = no_report_codes(no_report_countries)
    narrow, engine = _narrow(messages, by)
    rates = delivery_rates(
        narrow,
        by,
        no_report=no_report,
        no_report_countries=silent,
        confidence=confidence,
        timezone=timezone,
        price_per=price_per,
    )
    facts = _facts(narrow, silent, confidence)
    return Table(
        frame=rates if engine == "lazy" else to_engine(rates.lazy(), engine),
        headline=headline(facts.headline),
        notes=tuple(notes(facts)),
        _columns=tuple(rate_columns(keys(by), confidence)),
        _rows=tuple(_ordered(rates, keys(by), facts.coverage, show_numbers=show_numbers)),
    )


def coverage_table(
    messages: Any,
    by: By = "country",
    *,
    no_report_countries: Iterable[str] | None = None,
    timezone: str = "UTC",
    show_numbers: bool = False,
) -> Table:
    """Report coverage per *by* as `report_coverage` measures it, in a table that prints itself.

    People that messages are grouped by are masked where it prints, unless *show_numbers*.
    """
    silent = no_report_codes(no_report_countries)
    narrow, engine = _narrow(messages, by)
    coverage = report_coverage(narrow, by, no_report_countries=silent, timezone=timezone)
    facts = _facts(narrow, silent, CONFIDENCE)
    order = coverage if not keys(by) else coverage.sort("n", descending=True, maintain_order=True)
    return Table(
        frame=coverage if engine == "lazy" else to_engine(coverage.lazy(), engine),
        headline=coverage_headline(coverage),
        notes=tuple(coverage_notes(facts)),
        _columns=tuple(coverage_columns(keys(by))),
        _rows=tuple(as_shown(order, show_numbers=show_numbers).to_dicts()),
    )


#: What rates and notes are made of, so that a plan need not compute the rest.
_NEEDED = [
    "country", "outcome", "receipt", "settled", "orphan", "sent_at", "currency", "price", "parts",
    "population", "record", "status_group", "n_reports", "n_late", "channel",
    "integration_name", "as_of", "waiting_days", "set_aside", "before_since", "after_until",
    ALIKE,
]  # fmt: skip


def _narrow(messages: Any, by: By) -> tuple[pl.DataFrame, Engine]:
    """The columns that are asked for, computed once; what is no frame of messages raises here."""
    there = as_messages(messages).collect_schema()
    key_columns(keys(by), there, "UTC")
    asked = {column for name in keys(by) for column in SHORT.get(name, [name])}
    kept = [name for name in there if name in asked or name in _NEEDED]
    plan, engine = as_plan(messages)
    return plan.select(kept).collect(engine="streaming"), engine


def _facts(narrow: pl.DataFrame, silent: frozenset[str], confidence: float) -> Facts:
    overall = delivery_rates(narrow, None, no_report_countries=silent, confidence=confidence)
    coverage = report_coverage(narrow, no_report_countries=silent)
    left = left_out(narrow, no_report_countries=silent)
    return Facts(
        messages=narrow,
        headline=overall.row(0, named=True),
        coverage=coverage.sort("n", descending=True).to_dicts(),
        left={reason: (n, share) for reason, n, share in left.iter_rows()},
        silent=silent,
        confidence=confidence,
    )


def _ordered(
    rates: pl.DataFrame, names: list[str], coverage: list[Row], *, show_numbers: bool
) -> list[Row]:
    """The rows in the order in which they are read, with the measured class of a country."""
    timed = names and rates[names[0]].dtype.is_temporal()
    order = (
        rates
        if timed or not names
        else rates.sort("settled", "messages", descending=True, maintain_order=True)
    )
    classes = {row["country"]: row["class"] for row in coverage}
    rows = as_shown(order, show_numbers=show_numbers).to_dicts()
    return [{**row, "class": classes.get(row.get("country"))} for row in rows]
