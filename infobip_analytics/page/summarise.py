"""Messages in, the plain values of a report out."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from infobip_analytics.clock import moment
from infobip_analytics.counting import as_messages
from infobip_analytics.countries import no_report_codes
from infobip_analytics.coverage import report_coverage
from infobip_analytics.errors import ArgumentError, ColumnError
from infobip_analytics.frames import as_plan
from infobip_analytics.leftovers import left_out
from infobip_analytics.page.advice import fixing, foremost, way_out
from infobip_analytics.page.breaking import breaking
from infobip_analytics.page.coming import still_coming
from infobip_analytics.page.failures import failures
from infobip_analytics.page.pace import pace
from infobip_analytics.page.period import DAYS, Period, before, period_of
from infobip_analytics.page.sources import COLUMNS, two_sources
from infobip_analytics.page.sparks import trends
from infobip_analytics.page.summary import Row, Summary
from infobip_analytics.plots.pareto import pareto_bars
from infobip_analytics.plots.rows import plain_rows
from infobip_analytics.rates import delivery_rates
from infobip_analytics.tables import rates_table
from infobip_analytics.tables.text import printable
from infobip_analytics.window import Window

TITLE = "SMS delivery"
MOST_CAMPAIGNS = 20
MOST_ERRORS = 20

#: Why messages of before the last settled days are not counted
EARLIER = "before these days"

Moment = str | date | datetime | None

#: What a report is made of. Recipients and customers are not among it: it is not about people.
NEEDED = [
    "country", "outcome", "settled", "receipt", "orphan", "sent_at", "done_at", "campaign_id",
    "campaign_name", "status_id", "status_name", "status_group", "error_id", "error_name",
    "error_group", "permanent", "record", "population", "n_reports", "n_late", "channel", "network",
    "integration_name", "as_of", "waiting_days", "set_aside", "before_since", "after_until",
    *COLUMNS,
]  # fmt: skip


def summarise(
    messages: Any,
    *,
    title: str | None = None,
    since: Moment = None,
    until: Moment = None,
    days: int | None = DAYS,
    no_report_countries: Iterable[str] | None = None,
    timezone: str = "UTC",
) -> Summary:
    """Summarise a frame of messages (pandas, polars or polars-lazy) to the values of a report.

    It is about what *since* and *until* ask for, else about the last *days* that are settled (None:
    about all there is), and about what is still waiting. Bounds without an offset are meant in
    *timezone*.

    Raises:
        ColumnError: The frame is no frame of messages, or lacks the times that a bound needs.
        ArgumentError: *since* or *until* cannot be read, or nothing lies between them; or a country
            is unknown.
    """
    first = moment(since, timezone=timezone)
    last = moment(until, timezone=timezone, end_of_day=True)
    Window(None, since=first, until=last)  # which refuses what cannot be meant
    silent = no_report_codes(no_report_countries)
    frame = _collected(messages)
    period = period_of(frame, first, last, _whole(days))
    outside = _outside(frame, period)
    inside = frame.filter(~mark for mark in outside.values()) if outside else frame
    beyond = {reason: frame.select(mark.sum()).item() for reason, mark in outside.items()}
    return _summary(frame, inside, beyond, printable(title or TITLE), period, silent)


def _whole(days: int | None) -> int | None:
    if days is not None and days < 1:
        raise ArgumentError(f"days={days!r}: give a number of days from 1, or None for all of them")
    return days


def _collected(messages: Any) -> pl.DataFrame:
    """The columns that a report is made of, computed once; a frame made by hand may lack some."""
    as_messages(messages)
    plan, _ = as_plan(messages)
    there = plan.collect_schema().names()
    frame: pl.DataFrame = plan.select(name for name in NEEDED if name in there).collect()
    return frame


def _outside(frame: pl.DataFrame, period: Period) -> dict[str, pl.Expr]:
    """Which messages were sent too early or too late, by the reason that `left_out` gives."""
    if not (period.since or period.until):
        return {}
    if "sent_at" not in frame.columns:
        raise ColumnError("since and until need the column sent_at, which these messages lack")
    sent = pl.col("sent_at")
    early = "before since" if period.chosen else EARLIER
    marks = {
        early: sent < period.since if period.since else None,
        "after until": sent > period.until if period.until else None,
    }
    return {
        reason: mark.fill_null(value=False) for reason, mark in marks.items() if mark is not None
    }


def _summary(
    frame: pl.DataFrame,
    inside: pl.DataFrame,
    beyond: dict[str, int],
    title: str,
    period: Period,
    silent: frozenset[str],
) -> Summary:
    [headline] = plain_rows(delivery_rates(inside, by=None, no_report_countries=silent))
    coverage = _most_first(report_coverage(inside, no_report_countries=silent), by="n")
    campaigns = _campaigns(inside, silent)
    errors = [_values(row) for row in failures(inside, silent)]
    fixes = fixing(inside, silent)
    out = _left_out(inside, beyond, headline["settled"], silent)
    first_sent, last_sent = _ends(inside)
    coming, expected = still_coming(frame, inside, silent)
    as_of, waiting_days = _greatest(frame, "as_of"), _greatest(frame, "waiting_days")
    return Summary(
        title=title,
        seen=inside.height,
        first_sent=_iso(first_sent),
        last_sent=_iso(last_sent),
        as_of=_iso(as_of),
        waiting_days=waiting_days,
        since=_iso(period.since),
        until=_iso(period.until),
        end=_iso(period.end),
        chosen=period.chosen,
        before=_maybe(before(frame, period, silent)),
        headline=_values(headline),
        alerts=[_values(row) for row in breaking(frame, period, silent)],
        countries=_countries(inside, coverage, silent),
        campaigns=campaigns[:MOST_CAMPAIGNS],
        campaigns_in_all=len(campaigns),
        errors=errors[:MOST_ERRORS],
        errors_in_all=len(errors),
        pareto=pareto_bars(errors),
        fixes=[_values(row) for row in foremost(fixes)],
        fixes_in_all=len(fixes),
        left_out=out,
        surprises=[row for row in coverage if row["surprise"]],
        trend=trends(inside, silent),
        pace=pace(inside, silent),
        coming=[_values(row) for row in coming],
        expected=_maybe(expected),
        sources=two_sources(inside),
        notes=list(rates_table(inside, no_report_countries=silent).notes),
        way_out=way_out(headline, out, last_sent, as_of, waiting_days),
    )


def _countries(messages: pl.DataFrame, coverage: list[Row], silent: frozenset[str]) -> list[Row]:
    """Rates by country, each with the class of its coverage: one that measures silent is marked.

    A country of which nothing is counted, as where all failed to be enqueued, has no row.
    """
    classes = {row["country"]: row["class"] for row in coverage}
    rates = delivery_rates(messages, no_report="show", no_report_countries=silent)
    return [
        {**row, "class": classes.get(row["country"])}
        for row in _most_first(rates)
        if row["messages"]
    ]


def _campaigns(messages: pl.DataFrame, silent: frozenset[str]) -> list[Row]:
    """Rates by campaign; nothing where no message names one."""
    names = [name for name in ("campaign_name", "campaign_id") if name in messages.columns]
    if not names or messages.select(pl.col(names).is_null().all()).row(0) == (True,) * len(names):
        return []
    return _most_first(delivery_rates(messages, by="campaign", no_report_countries=silent))


def _left_out(
    messages: pl.DataFrame, beyond: dict[str, int], settled: int, silent: frozenset[str]
) -> list[Row]:
    """The reasons for which anything was left out, those of this report's own bounds among them."""
    rows = plain_rows(left_out(messages, no_report_countries=silent))
    counts = {row["reason"]: row["messages"] for row in rows}
    counts |= {reason: counts.get(reason, 0) + more for reason, more in beyond.items()}
    total = settled + sum(counts.values())
    return [
        {"reason": reason, "messages": number, "share": number / total}
        for reason, number in counts.items()
        if number
    ]


def _ends(messages: pl.DataFrame) -> tuple[datetime | None, datetime | None]:
    """When the first and the last message was sent."""
    if "sent_at" not in messages.columns:
        return None, None
    first, last = messages.select(pl.min("sent_at"), pl.max("sent_at").alias("last")).row(0)
    return first, last


def _greatest(messages: pl.DataFrame, name: str) -> Any:
    return messages[name].max() if name in messages.columns else None


def _most_first(frame: Any, by: str = "messages") -> list[Row]:
    """Rows as plain values, the greatest first, and in the order of the frame among equals."""
    counted = "no_report_messages"
    rows = [_values(row) for row in plain_rows(frame)]
    return sorted(rows, key=lambda row: (-row[by], -row.get(counted, 0)))


def _maybe(row: Row | None) -> Row | None:
    return None if row is None else _values(row)


def _values(row: Row) -> Row:
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    """A value as JSON has it; a name cannot turn the writing round that follows it."""
    if isinstance(value, datetime):
        return _iso(value)
    return printable(value) if isinstance(value, str) else value


def _iso(when: datetime | None) -> str | None:
    return None if when is None else when.astimezone(UTC).isoformat()
