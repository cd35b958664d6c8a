"""What differs between the two sources, why that may be, and what to do: a sentence each."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from infobip_analytics.matching import MOST_APART
from infobip_analytics.reconciling.compared import EVENTS_ONLY, REPORTS_ONLY
from infobip_analytics.wording import count, moment, percent, plural

Row = dict[str, Any]

_MINUTE = 60.0


def headline(totals: Row) -> str:
    """How many messages of either source the other has, in one sentence."""
    of_events = totals["event_messages"] - totals["never_forwarded"]
    return (
        f"{_of(totals['matched'], of_events)} of the events have a report; "
        f"{_of(totals['matched'], totals['report_messages'])} of the reports have an event; "
        f"the outcomes of {_of(totals['outcome_differs'], totals['matched'])} differ"
    )


def notes(rows: pl.DataFrame, totals: Row, matrix: pl.DataFrame) -> list[str]:
    """The notes of a reconciliation, the weightiest first."""
    return [
        *_matched(totals),
        *_events_only(rows, totals),
        *_reports_only(rows, totals),
        *_outcomes(totals, matrix),
        *_parts(totals),
        *_times(totals),
    ]


def _of(number: int, all_of: int) -> str:
    return f"{count(number)} of {plural(all_of, 'message')} ({_share(number, all_of)})"


def _share(number: int, all_of: int) -> str:
    return percent(number / all_of if all_of else None)


def _matched(totals: Row) -> Iterator[str]:
    minutes = MOST_APART // timedelta(minutes=1)
    yield (
        f"matched one to one: {count(totals['by_message_id'])} by message id, "
        f"{count(totals['by_recipient'])} by recipient, time (at most {minutes} minutes apart) and "
        "campaign reference; only an id is proof"
    )
    if totals["as_of"]:
        yield (
            f"both as of {moment(totals['as_of'])}; a report may take "
            f"{totals['waiting_days']:g} days"
        )
    if totals["never_forwarded"]:
        yield (
            f"{plural(totals['never_forwarded'], 'message')} of the events never reached Infobip "
            "(enqueue_failed), so that no report is missing"
        )


def _events_only(rows: pl.DataFrame, totals: Row) -> Iterator[str]:
    if totals["events_only"]:
        yield (
            f"{plural(totals['events_only'], 'message')} only in the events"
            f"{_orphans(rows)}{_outside(rows, EVENTS_ONLY, 'report')}: the reports are incomplete "
            "(final reports alone lack what stayed silent: fetch logs), another provider sent them "
            "(choose one with integration=), or neither id nor number is in the events"
        )


def _reports_only(rows: pl.DataFrame, totals: Row) -> Iterator[str]:
    if totals["reports_only"]:
        yield (
            f"{plural(totals['reports_only'], 'message')} only in the reports"
            f"{_outside(rows, REPORTS_ONLY, 'event')}: something else than campaigns sends through "
            "the same account, or the events are filtered; compare senders and campaign references"
        )


def _orphans(rows: pl.DataFrame) -> str:
    orphans = rows.filter(pl.col("orphan"), found=EVENTS_ONLY).height
    return (
        f", {count(orphans)} of them orphans (their send is not in the events)" if orphans else ""
    )


def _outside(rows: pl.DataFrame, found: str, other: str) -> str:
    """How many of those *found* in one source were sent when the *other* has no message at all."""
    first, last = _ends(rows, other)
    if first is None or last is None:
        return ""
    sent = pl.col("sent_at")
    beyond = rows.filter(pl.col("found") == found, (sent < first) | (sent > last)).height
    covered = f"from {moment(first)} to {moment(last)}"
    return (
        f", {count(beyond)} of them outside the time of the {other}s, {covered}" if beyond else ""
    )


def _ends(rows: pl.DataFrame, side: str) -> tuple[datetime | None, datetime | None]:
    sent = rows[f"{side}_sent_at"]
    first, last = sent.min(), sent.max()
    return (
        (first, last)
        if isinstance(first, datetime) and isinstance(last, datetime)
        else (None, None)
    )


def _outcomes(totals: Row, matrix: pl.DataFrame) -> Iterator[str]:
    if not totals["matched"]:
        return
    if not totals["outcome_differs"]:
        yield f"all {plural(totals['matched'], 'matched message')} have the same outcome in both"
        return
    most = matrix.filter(~pl.col("agree")).head(3).rows(named=True)
    named = [
        f"{count(row['messages'])} {row['event_outcome']} in the events but "
        f"{row['report_outcome']} in the reports"
        for row in most
    ]
    yield (
        f"the outcomes of {_of(totals['outcome_differs'], totals['matched'])} differ: "
        f"{'; '.join(named)}{_more(matrix, len(named))}. Where an event lacks an outcome, "
        "the report did not reach Bloomreach in time or the events were exported earlier; where a "
        "report lacks it, the reports were. Export both after the waiting period; in "
        "ia.messages(events, reports=reports) the report's word stands where it decides"
    )


def _more(matrix: pl.DataFrame, named: int) -> str:
    return "; and others" if matrix.filter(~pl.col("agree")).height > named else ""


def _parts(totals: Row) -> Iterator[str]:
    if totals["parts_differ"]:
        yield (
            f"the parts of {_of(totals['parts_differ'], totals['parts_compared'])} differ: events "
            "estimate them from the text, Infobip charges for those of its reports, which count in "
            "costs"
        )


def _times(totals: Row) -> Iterator[str]:
    if not totals["timed"]:
        return
    median, most = totals["seconds_median"], totals["seconds_95"]
    said = (
        f"times of sending are {_seconds(median)} apart in the median and at most {_seconds(most)} "
        f"in 95 % of {plural(totals['timed'], 'message')}"
    )
    scheduled = (
        ": minutes mean that one of the sources tells when sending was planned, as reports of "
        "version 1 do; days near midnight may differ"
        if most >= _MINUTE
        else ""
    )
    yield said + scheduled


def _seconds(seconds: float) -> str:
    return f"{seconds / _MINUTE:.1f} min" if seconds >= _MINUTE else f"{seconds:.1f} s"
