"""What is still coming: messages whose waiting period is not over, by the day of sending."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import polars as pl

from infobip_analytics.coming import ASSUMES, with_total
from infobip_analytics.page.summary import Row
from infobip_analytics.rates import delivery_rates


def still_coming(
    messages: pl.DataFrame, inside: pl.DataFrame, silent: frozenset[str]
) -> tuple[list[Row], Row | None]:
    """What is waiting *inside* the time of a report, by day, and what is expected of it.

    Out: `waiting_rows`, each with `FORECAST` as `nowcast` gives it, learnt of all *messages*; and
    the same of all together, with `waiting` and `assumes`, None where nothing is waiting. The
    forecasts are null, and `refused` says why, where the history cannot carry them.
    """
    rows = waiting_rows(inside, silent)
    if not rows:
        return [], None
    if missing := [name for name in ("done_at", "as_of") if name not in messages.columns]:
        nothing = dict.fromkeys(FORECAST) | {"refused": f"the messages lack {missing[0]}"}
        waiting = sum(row["waiting"] for row in rows)
        return [row | nothing for row in rows], {"waiting": waiting, **nothing, "assumes": ASSUMES}
    # whatever is settled teaches, also what was sent before the time of the report
    asked = pl.concat([messages.filter("settled"), inside.filter(~pl.col("settled"))])
    daily, total = with_total(asked, "day", silent=silent)
    days = {row["day"]: row for row in daily.iter_rows(named=True)}
    together = {name: total[name] for name in ("waiting", *FORECAST)} | {"assumes": ASSUMES}
    return [row | _forecast(days[row["day"].date()]) for row in rows], together


#: What a report says of the forecast of waiting messages
FORECAST = ["open", "coming", "expected_rate", "expected_low", "expected_high", "refused"]


def _forecast(row: Row) -> Row:
    return {name: row[name] for name in FORECAST}


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
