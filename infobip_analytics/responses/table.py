"""Click and reply rates as a table that says what it counts and what it leaves out."""

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from infobip_analytics.counting import as_messages
from infobip_analytics.countries import no_report_codes
from infobip_analytics.frames import as_plan, to_engine
from infobip_analytics.grouping import By, keys
from infobip_analytics.masking import as_shown
from infobip_analytics.responses.counts import unmatched_sentence
from infobip_analytics.responses.rates import response_rates
from infobip_analytics.tables import Table, rates_table
from infobip_analytics.tables.columns import Column, Row, rate_columns
from infobip_analytics.wording import count, interval, percent, plural

DEFINITION = (
    "click rate = delivered messages with a click / delivered messages, reply rate likewise; "
    "settled messages, {}; Wilson {:g} % intervals, at least this wide. Bloomreach's click rate "
    "divides by all that was sent"
)


def responses_table(
    messages: Any,
    by: By = "campaign",
    *,
    no_report_countries: Iterable[str] | None = None,
    confidence: float = 0.95,
    timezone: str = "UTC",
    show_numbers: bool = False,
) -> Table:
    """Click and reply rates per *by* as `response_rates` gives them, in a table.

    Arguments and errors are those of `response_rates`. `.frame` holds the rates, `.note` the notes;
    the table prints itself in a terminal and in a notebook, the largest groups first (by time: in
    order of time). People that messages are grouped by are masked there, unless *show_numbers*.
    """
    silent = no_report_codes(no_report_countries)
    plan, engine = as_plan(messages)
    as_messages(plan)
    made = plan.collect(engine="streaming")
    asked: dict[str, Any] = {"no_report_countries": silent, "confidence": confidence}
    rates = response_rates(made, by, timezone=timezone, **asked)
    overall = response_rates(made, None, **asked).row(0, named=True)
    return Table(
        frame=rates if engine == "lazy" else to_engine(rates.lazy(), engine),
        headline=_headline(overall),
        notes=tuple(_notes(made, overall, silent, confidence)),
        _columns=tuple(_columns(keys(by), confidence)),
        _rows=tuple(as_shown(_ordered(rates, keys(by)), show_numbers=show_numbers).to_dicts()),
    )


def _headline(row: Row) -> str:
    """Both rates with their companions, in one sentence."""
    if not row["delivered"]:
        return "No click or reply rate: no settled message is known to be delivered"
    return (
        f"{percent(row['click_rate'])} of delivered messages clicked "
        f"({interval(row['click_low'], row['click_high'])}), {percent(row['reply_rate'])} answered "
        f"({interval(row['reply_low'], row['reply_high'])}); n = {count(row['delivered'])} "
        f"delivered, {count(row['clicks'])} clicks and {count(row['replies'])} replies in all"
    )


def _notes(
    messages: pl.DataFrame, row: Row, silent: frozenset[str], confidence: float
) -> Iterator[str]:
    scope = "no-report countries left out" if silent else "to all countries"
    yield DEFINITION.format(scope, 100 * confidence)
    yield from _about_responses(messages, row, silent)
    # what a table of delivery rates says of the same messages holds here, but for its definition
    # and what it says of costs
    delivery = rates_table(messages, None, no_report_countries=silent, confidence=confidence)
    yield from (note for note in delivery.notes if not note.startswith(_OF_RATES))


_OF_RATES = ("delivery rate =", "several currencies")


def _about_responses(messages: pl.DataFrame, row: Row, silent: frozenset[str]) -> Iterator[str]:
    if row["still_open"]:
        yield (
            f"{plural(row['still_open'], 'delivered message')} sent less than "
            f"{row['response_days']:g} days before may still be clicked or answered"
        )
    unmatched = unmatched_sentence(row["unmatched_clicks"] or 0, row["unmatched_replies"] or 0)
    if unmatched:
        yield unmatched
    wrong = row["clicked_undelivered"] + row["replied_undelivered"]
    if wrong:
        yield (
            f"{plural(row['clicked_undelivered'], 'message')} clicked and "
            f"{count(row['replied_undelivered'])} answered are not known to be delivered, though "
            "they were: in no rate, and a sign of wrong or missing reports"
        )
    responded = (pl.col("clicks") > 0) | (pl.col("replies") > 0)
    quiet = messages.filter(responded & pl.col("country").is_in(sorted(silent))).height
    if quiet:
        yield (
            f"{plural(quiet, 'message')} to no-report countries clicked or answered: delivered, "
            "though no report says so; in no rate"
        )
    if not messages["clicks"].sum() and not row["unmatched_clicks"]:
        yield "no clicks at all: Bloomreach tracks them only where its link shortener is on"


def _columns(names: list[str], confidence: float) -> list[Column]:
    wide = f"{100 * confidence:g} % interval"
    return [
        *rate_columns(names, confidence)[: len(names)],
        Column("delivered", lambda row: count(row["delivered"])),
        Column("clicked", lambda row: count(row["clicked"])),
        Column("click rate", lambda row: percent(row["click_rate"])),
        Column(wide, lambda row: interval(row["click_low"], row["click_high"]), weight=2),
        Column("clicks", lambda row: count(row["clicks"]), weight=6),
        Column("replied", lambda row: count(row["replied"])),
        Column("reply rate", lambda row: percent(row["reply_rate"])),
        Column(wide, lambda row: interval(row["reply_low"], row["reply_high"]), weight=3),
        Column("undelivered, yet clicked", _undelivered, weight=5),
    ]


def _undelivered(row: Row) -> str:
    return count(row["clicked_undelivered"])


def _ordered(rates: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """The rows in the order in which they are read."""
    timed = names and rates[names[0]].dtype.is_temporal()
    if timed or not names:
        return rates
    return rates.sort("delivered", "settled", descending=True, maintain_order=True)
