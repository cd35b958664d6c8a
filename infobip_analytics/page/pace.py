"""How fast messages were delivered: of all together, and by country."""

import polars as pl

from infobip_analytics.page.summary import Row
from infobip_analytics.plots.rows import plain_rows
from infobip_analytics.timing import delivery_delays

MOST_COUNTRIES = 30


def pace(messages: pl.DataFrame, silent: frozenset[str]) -> Row | None:
    """The delays of delivered messages; None where no delivered message has both its times.

    Out: `all`, a row of `delivery_delays`, `countries`, a row each, those with most messages first,
    cut off, and `countries_in_all`.
    """
    if not {"sent_at", "done_at"}.issubset(messages.columns):
        return None
    [together] = plain_rows(delivery_delays(messages, by=None, no_report_countries=silent))
    if not together["timed"]:
        return None
    apart = plain_rows(delivery_delays(messages, no_report_countries=silent))
    rows = sorted((row for row in apart if row["timed"]), key=_most_first)
    return {
        "all": _times_out(together),
        "countries": [_times_out(row) for row in rows[:MOST_COUNTRIES]],
        "countries_in_all": len(rows),
    }


def _most_first(row: Row) -> tuple[int, str]:
    return -row["timed"], row["country"]


def _times_out(row: Row) -> Row:
    """The row without what the report says once."""
    return {name: row[name] for name in row if name not in ("as_of", "waiting_days")}
