"""Which logs are asked for: those of what was sent between two moments."""

from datetime import UTC, date, datetime, timedelta

from infobip_analytics.clock import moment
from infobip_analytics.errors import ArgumentError, AssumptionWarning
from infobip_analytics.sources.aside import warn
from infobip_analytics.wording import moment as said

Moment = str | date | datetime | None

#: Infobip keeps reports and logs this long
KEPT = timedelta(hours=48)


def period(since: Moment, until: Moment, now: datetime) -> tuple[datetime, datetime]:
    """The two moments, in UTC; without them, from 48 hours ago to now.

    Raises:
        ArgumentError: A moment cannot be read, or *since* is not before *until*.
    """
    end = moment(until, end_of_day=True) or now
    begin = moment(since) or now - KEPT
    if begin >= end:
        to = f"until={until!r}; turn them round" if until else f"now ({said(end.astimezone(UTC))})"
        raise ArgumentError(f"since={since!r} is not before {to}")
    if begin < now - KEPT - timedelta(minutes=5):
        warn(
            f"Infobip keeps logs for {KEPT // timedelta(hours=1)} hours: what was sent before "
            f"{said((now - KEPT).astimezone(UTC))} cannot be fetched any more",
            AssumptionWarning,
        )
    return begin.astimezone(UTC), end.astimezone(UTC)
