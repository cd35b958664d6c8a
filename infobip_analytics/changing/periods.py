"""Two periods of one frame of messages: what was asked for, else the last days and those before."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from infobip_analytics.clock import moment
from infobip_analytics.errors import ArgumentError
from infobip_analytics.outcomes import Outcome
from infobip_analytics.wording import moment as told

#: Four whole weeks: every weekday as often as any other
DAYS = 28

_DAY, _WEEK, _MINUTE = timedelta(days=1), timedelta(days=7), timedelta(minutes=1)
_LAST = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Period:
    """A time of sending, from its first moment up to the one that no longer belongs to it."""

    since: datetime
    until: datetime

    def __str__(self) -> str:
        return f"{told(self.since)} to {told(self.until)}"

    def of(self, messages: pl.DataFrame) -> pl.DataFrame:
        """The messages that were sent in it."""
        return messages.filter(pl.col("sent_at").is_between(self.since, self.until, closed="left"))


def two_periods(
    messages: pl.DataFrame,
    *,
    after: str | None = None,
    before: str | None = None,
    days: int | None = None,
    timezone: str = "UTC",
) -> tuple[Period, Period]:
    """The two periods to compare, the earlier one first.

    *after* is a time, from which on everything settled counts, or two with `..` between; *before*
    likewise, by default as long a time just before *after*. Where neither is given they are the
    last *days* that are settled and as many before; 28, or as many whole weeks as there are.

    Raises:
        ArgumentError: A time cannot be read, the two overlap, or no period is left.
    """
    if days is not None and days < 1:
        raise ArgumentError(f"days={days!r}: give a number of days from 1")
    if after is None and before is not None:
        raise ArgumentError("before names a period, and after is missing: name both, or after only")
    first, end = _settled(messages)
    length = None if days is None else days * _DAY
    now = (
        _last(first, end, length) if after is None else _read("after", after, timezone, length, end)
    )
    if before is None:
        return Period(now.since - (now.until - now.since), now.since), now
    then = _read("before", before, timezone, None, now.since)
    if then.until > now.since and now.until > then.since:
        raise ArgumentError(
            f"before ({then}) and after ({now}) overlap: a message would be compared with itself"
        )
    return then, now


def _settled(messages: pl.DataFrame) -> tuple[datetime | None, datetime | None]:
    """When the first settled message was sent, and up to when all are settled."""
    forwarded = messages.filter("settled", pl.col("outcome") != str(Outcome.ENQUEUE_FAILED))
    if "orphan" in messages.columns:
        forwarded = forwarded.filter(~pl.col("orphan").fill_null(value=False))
    first, last, as_of, waiting = forwarded.select(
        pl.min("sent_at"), pl.max("sent_at").alias("last"), pl.max("as_of"), pl.max("waiting_days")
    ).row(0)
    if first is None:
        return None, None
    settled = None if None in (as_of, waiting) else as_of - timedelta(days=waiting)
    # the days of an old export end with its last send
    old = settled is None or settled - last > _DAY
    return first, last.replace(second=0, microsecond=0) + _MINUTE if old else settled


def _last(first: datetime | None, end: datetime | None, length: timedelta | None) -> Period:
    """The last days that are settled: *length*, or half of what there is, in whole weeks."""
    if first is None or end is None:
        raise ArgumentError(
            "nothing is settled, so there are no settled days to compare: wait, or say an as_of "
            "that is later than the last report"
        )
    if length is None:
        half = (end - first) / 2
        length = min(DAYS * _DAY, half // _WEEK * _WEEK or half // _DAY * _DAY or half)
    return Period(end - length, end)


def _read(
    what: str, text: str, timezone: str, length: timedelta | None, end: datetime | None
) -> Period:
    """The period that *text* names: a time, or two with `..` between."""
    start, dots, stop = (part.strip() for part in text.partition(".."))
    since = moment(start or None, timezone=timezone)
    if since is None or (dots and not stop):
        raise ArgumentError(
            f"{what}={text!r}: write 2026-04-01, or two times with .. between: "
            "2026-04-01..2026-04-28"
        )
    if dots and length is not None:
        raise ArgumentError(
            f"{what}={text!r} has an end, and days would give it another: leave one out"
        )
    last = moment(stop, timezone=timezone, end_of_day=True) if dots else None
    until = last + _LAST if last else since + length if length else end
    if until is None or until <= since:
        ended = "" if until is None or dots else f", for all is settled only up to {told(until)}"
        raise ArgumentError(f"{what}={text!r}: no settled message can lie in that time{ended}")
    return Period(since, until)
