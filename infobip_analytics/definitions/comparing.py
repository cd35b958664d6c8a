"""Definitions side by side: a row for each, and a table that prints itself."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from infobip_analytics.counting import as_messages, cells
from infobip_analytics.countries import country_names, no_report_codes
from infobip_analytics.definitions.counts import STAMP, STEPS, count, rows
from infobip_analytics.definitions.notes import headline, notes
from infobip_analytics.definitions.showing import columns, side_by_side
from infobip_analytics.errors import ArgumentError
from infobip_analytics.frames import as_plan, to_engine
from infobip_analytics.grouping import By, keys, shown
from infobip_analytics.tables import Table

OURS = [
    "definition", "countries", "numerator", "denominator", "rate", "counts", *STEPS, *STAMP,
]  # fmt: skip


def compare_definitions(
    messages: Any,
    by: By = None,
    *,
    no_report_countries: Iterable[str] | None = None,
    timezone: str = "UTC",
    show_numbers: bool = False,
) -> Table:
    """Rate the same messages by each definition in use, with and without no-report countries.

    `ours` = delivered / settled. `Bloomreach` = unique delivered / enqueued: every message that was
    forwarded, of any age, so those still waiting count in the denominator, and in the numerator as
    soon as they are delivered. `Infobip Metrics` = delivered / (sent - rejected), of any age, too.
    (Infobip's glossary has delivered / sent, which here is Bloomreach's number.)

    All are computed on one row a message: several reports of it count once, a report after the
    waiting period or after `as_of` counts nowhere. What was never forwarded (`enqueue_failed`),
    orphans and undated messages are in no numerator and no denominator. So these are the formulas
    on the messages and outcomes of this frame, not the dashboards themselves: those may see other
    messages, and of events that were matched with reports Bloomreach knows its own outcome only.

    Args:
        messages: A frame of messages (pandas, polars or polars-lazy), as `messages` makes it.
        by: As in `delivery_rates`; None for all messages together.
        no_report_countries: Codes or names instead of the list of 34; `()` for none.
        timezone: In which hours, days, weeks and months begin.
        show_numbers: Whether people that messages are grouped by are shown unmasked where the table
            prints itself; in `.frame` they always are.

    Returns:
        A table that prints itself and says why the numbers differ here. Its `.frame`, on the same
        engine (polars for polars-lazy), has a row for each group, definition and `countries`
        (`reporting`: without no-report countries; `all`): the keys, `definition`, `countries`,
        `numerator`, `denominator` (messages), `rate` (null where the denominator is 0), `counts`
        (what is divided, in words), and how the rate comes from ours over reporting countries, in
        shares of 1 whose sum is the difference: `from_waiting` (waiting messages come in), then
        `from_no_report` (messages to no-report countries do), then `from_rejected` (rejected ones
        leave the denominator); null where a rate on this way is. `population`, `as_of` and
        `waiting_days` are the same in every row.

    Raises:
        ColumnError: The frame is no frame of messages.
        ArgumentError: *by* is unknown, or a country of the list is.
    """
    names = _free(keys(by))
    silent = no_report_codes(no_report_countries)
    _, engine = as_plan(messages)
    plan: pl.LazyFrame = cells(as_messages(messages), names, timezone).to_native()
    counted = plan.collect(engine="streaming")
    groups = count(counted, names, silent)
    made = _named(rows(groups, names), names).select(*shown(names), *OURS)
    total = count(counted, [], silent)
    return Table(
        frame=made if engine == "lazy" else to_engine(made.lazy(), engine),
        headline=headline(total),
        notes=tuple(notes(total, counted, listed=bool(silent))),
        _columns=tuple(columns(names)),
        _rows=tuple(side_by_side(_named(groups, names), names, show_numbers=show_numbers)),
    )


def _free(names: list[str]) -> list[str]:
    taken = [name for name in names if name in OURS]
    if taken:
        raise ArgumentError(
            f"by={taken[0]!r}: the comparison has a column of that name itself; give the messages "
            "a copy of theirs under another name, and group by that"
        )
    return names


def _named(made: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """The rows, with the name of a country beside its code."""
    if "country" not in names:
        return made
    country = pl.col("country")
    return made.with_columns(country_name=country.replace(country_names()))
