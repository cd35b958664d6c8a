"""Where campaign events and delivery reports of the same sends agree, and where they do not."""

from datetime import timedelta
from typing import Any

import polars as pl

from infobip_analytics.clock import moment, zone
from infobip_analytics.frames import as_plan, to_engine
from infobip_analytics.journey import Moment, both_sides
from infobip_analytics.reconciling.compared import compared, within
from infobip_analytics.reconciling.counts import counted, crossed, examples
from infobip_analytics.reconciling.notes import notes
from infobip_analytics.reconciling.reconciliation import Reconciliation
from infobip_analytics.window import FOUR_DAYS, Window

__all__ = ["Reconciliation", "reconcile"]


def reconcile(
    events: Any,
    reports: Any,
    *,
    as_of: Moment = None,
    waiting_period: timedelta | str | float = FOUR_DAYS,
    since: Moment = None,
    until: Moment = None,
    timezone: str = "UTC",
) -> Reconciliation:
    """Compare the messages of campaign events with those of delivery reports, one by one.

    They are matched as `messages(events, reports=reports)` does it. What is found is counted by day
    of sending and country of destination; times of sending are those of the events, of the reports
    where there is no event.

    Args:
        events: Campaign events (pandas, polars or polars-lazy), as the reader gives them.
        reports: Delivery reports, on the same engine or another.
        as_of: The moment for which both are looked at; by default the latest that either tells of.
        waiting_period: How long a report may take.
        since: Messages sent before it are left out.
        until: Messages sent after it are left out.
        timezone: Of the days, and of dates and times without an offset.

    Returns:
        What agrees and what does not, on the engine of *events* (polars for polars-lazy). It prints
        itself in a terminal and in a notebook; recipients and customers are masked.

    Raises:
        ColumnError: The frames are not campaign events and delivery reports.
        ArgumentError: A time cannot be read, or nothing in the data tells when `as_of` is.

    Source: docs/definitions.md, section 2, "Two sources, one message".
    """
    zone(timezone)
    bounds = Window(
        None,
        since=moment(since, timezone=timezone),
        until=moment(until, timezone=timezone, end_of_day=True),
    )
    sides = both_sides(
        events, reports, as_of=as_of, waiting_period=waiting_period, timezone=timezone
    )
    rows = within(compared(*sides, timezone), bounds)
    totals: dict[str, Any] = counted(rows, []).row(0, named=True)
    matrix = crossed(rows)

    def handed(frame: pl.DataFrame) -> Any:
        _, engine = as_plan(events)
        return to_engine(frame.lazy(), "pandas" if engine == "pandas" else "polars")

    return Reconciliation(
        frame=handed(counted(rows, ["day", "country"])),
        totals=totals,
        disagreements=handed(matrix),
        examples=handed(examples(rows)),
        notes=tuple(notes(rows, totals, matrix)),
        _matrix=tuple(matrix.to_dicts()),
        _countries=tuple(counted(rows, ["country"]).to_dicts()),
    )
