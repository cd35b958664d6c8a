"""What is still coming: messages whose waiting period is not over, by the day of sending."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import polars as pl

from infobip_analytics.page.summary import Row
from infobip_analytics.rates import delivery_rates


def waiting_rows(messages: pl.DataFrame, silent: frozenset[str]) -> list[Row]:
    """Waiting messages to countries that report, a row a day of sending (UTC), oldest first.

    Out: `day`, `waiting`, `delivered_so_far` and `reported_so_far` of these, and `final`: when the
    last of them is settled, the end of its day at the latest. Counts, and never divided: early
    reports are no fair sample of all reports.
    """
    if not {"sent_at", "waiting_days"}.issubset(messages.columns):
        return []
    waiting = messages.filter(~pl.col("settled"))
    if waiting.is_empty():
        return []
    days = delivery_rates(waiting, by="day", no_report_countries=silent)
    return [_row(row) for row in days.iter_rows(named=True) if row["waiting"] and row["day"]]


def _row(row: dict[str, Any]) -> Row:
    day = datetime.combine(row["day"], time(), UTC)
    return {
        "day": day,
        "waiting": row["waiting"],
        "delivered_so_far": row["delivered_so_far"],
        "reported_so_far": row["reported_so_far"],
        "final": day + timedelta(days=1 + row["waiting_days"]),
    }
