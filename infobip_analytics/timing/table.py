"""Delays as a table that says what is measured, and of which messages."""

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from infobip_analytics.counting import as_messages
from infobip_analytics.countries import no_report_codes
from infobip_analytics.durations import duration
from infobip_analytics.frames import as_plan, to_engine
from infobip_analytics.grouping import By, keys
from infobip_analytics.masking import as_shown
from infobip_analytics.tables import Table, rates_table
from infobip_analytics.tables.columns import Column, Row, rate_columns
from infobip_analytics.timing.delays import delivery_delays
from infobip_analytics.wording import count, percent, plural

DEFINITION = (
    "p50, p90, p99: 50, 90, 99 % of the delivered messages took at most so long from sending to "
    "delivery; 'in 5 s' and the like: the share of all settled messages, {}, that was delivered by "
    "then, so failures are no slow deliveries"
)


def delays_table(
    messages: Any,
    by: By = "country",
    *,
    no_report_countries: Iterable[str] | None = None,
    timezone: str = "UTC",
    show_numbers: bool = False,
) -> Table:
    """Delays per *by* as `delivery_delays` measures them, in a table that says what they are.

    Arguments and errors are those of `delivery_delays`. `.frame` holds the delays, `.note` the
    notes; the table prints itself in a terminal and in a notebook, the largest groups first (by
    time: in order of time). People that messages are grouped by are masked there, unless
    *show_numbers*.
    """
    silent = no_report_codes(no_report_countries)
    plan, engine = as_plan(messages)
    as_messages(plan)
    made = plan.collect(engine="streaming")
    delays = delivery_delays(made, by, no_report_countries=silent, timezone=timezone)
    overall = delivery_delays(made, None, no_report_countries=silent).row(0, named=True)
    return Table(
        frame=delays if engine == "lazy" else to_engine(delays.lazy(), engine),
        headline=headline(overall),
        notes=tuple(_notes(made, overall, silent)),
        _columns=tuple(_columns(keys(by))),
        _rows=tuple(as_shown(_ordered(delays, keys(by)), show_numbers=show_numbers).to_dicts()),
    )


def headline(row: Row) -> str:
    """How fast all together were, in one sentence; *row* is one of `delivery_delays`."""
    if row["p50"] is None:
        return "No delay is known: no settled message is delivered with both of its times"
    return (
        f"Half of the delivered messages arrived within {duration(row['p50'])}, 90 % within "
        f"{duration(row['p90'])}, 99 % within {duration(row['p99'])} (n = {count(row['timed'])}); "
        f"{percent(row['within_1min'])} of all {count(row['settled'])} settled were delivered "
        "within 1 min"
    )


def _notes(messages: pl.DataFrame, row: Row, silent: frozenset[str]) -> Iterator[str]:
    yield DEFINITION.format("no-report countries left out" if silent else "to all countries")
    yield from _about_times(row)
    # what a table of delivery rates says of the same messages holds here, but for its definition
    # and what it says of costs
    delivery = rates_table(messages, None, no_report_countries=silent)
    yield from (note for note in delivery.notes if not note.startswith(_OF_RATES))


_OF_RATES = ("delivery rate =", "several currencies")


def _about_times(row: Row) -> Iterator[str]:
    if row["untimed"]:
        yield (
            f"{plural(row['untimed'], 'delivered message')} without a time of delivery: in no "
            "quantile, and the shares are lower bounds"
        )
    if row["negative"]:
        yield (
            f"{plural(row['negative'], 'message')} delivered before being sent: two clocks "
            "disagree, or sent_at is a scheduled time"
        )
    if row["operator"]:
        yield (
            f"{count(row['operator'])} of {count(row['timed'])} times are those of receipts of "
            "the operator: when it took the message, not when the handset did"
        )


def _columns(names: list[str]) -> list[Column]:
    return [
        *rate_columns(names, 0.95)[: len(names)],
        Column("settled", lambda row: count(row["settled"]), weight=2),
        Column("timed", lambda row: count(row["timed"])),
        Column("p50", lambda row: duration(row["p50"])),
        Column("p90", lambda row: duration(row["p90"])),
        Column("p99", lambda row: duration(row["p99"])),
        Column("in 5 s", lambda row: percent(row["within_5s"]), weight=3),
        Column("in 1 min", lambda row: percent(row["within_1min"]), weight=1),
        Column("in 5 min", lambda row: percent(row["within_5min"]), weight=5),
        Column("in 1 h", lambda row: percent(row["within_1h"]), weight=4),
        Column("in 24 h", lambda row: percent(row["within_24h"]), weight=6),
    ]


def _ordered(delays: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """The rows in the order in which they are read."""
    timed = names and delays[names[0]].dtype.is_temporal()
    if timed or not names:
        return delays
    return delays.sort("settled", "waiting", descending=True, maintain_order=True)
