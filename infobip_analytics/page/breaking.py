"""What is breaking as the report is made: the alerts, where there are any."""

from datetime import UTC, date, datetime

import polars as pl

from infobip_analytics.page.period import Period
from infobip_analytics.page.summary import Row
from infobip_analytics.watching import ASSUMES, alerts


def breaking(messages: pl.DataFrame, period: Period, silent: frozenset[str]) -> list[Row]:
    """Rows of `alerts` by country and network, the worst first, each with what it assumes.

    They are learnt of all *messages*. Nothing where the report is about a time that is over, or
    where the times are not known; by country alone where no network is.
    """
    if period.until is not None or not {"sent_at", "done_at"}.issubset(messages.columns):
        return []
    known = "network" in messages.columns and messages["network"].is_not_null().any()
    found = alerts(
        messages, ["country", *(["network"] if known else [])], no_report_countries=silent
    )
    return [_plain(row) | {"assumes": ASSUMES} for row in found.iter_rows(named=True)]


def _plain(row: Row) -> Row:
    return {
        name: value.astimezone(UTC).isoformat()
        if isinstance(value, datetime)
        else value.isoformat()
        if isinstance(value, date)
        else value
        for name, value in row.items()
    }
