"""When to ask: the pace that an endpoint allows, and how long to wait after a refusal."""

import random
import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: Waits after a refusal are drawn from twice the span of the time before, up to the longest
FIRST, LONGEST = 1.0, 60.0


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Timing:
    """The clocks that waiting needs; a test gives its own.

    Attributes:
        now: The time of day, in UTC.
        ticks: Seconds that only go on, whatever becomes of the time of day.
        sleep: Waits for some seconds.
        chance: A number from 0 up to 1.
    """

    now: Callable[[], datetime] = _now
    ticks: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random


TIMING = Timing()


class Throttle:
    """Lets no more than so many calls happen in so many seconds; without a number it lets all."""

    def __init__(self, calls: int, seconds: float, timing: Timing) -> None:
        self._calls = calls
        self._seconds = seconds
        self._timing = timing
        self._times: deque[float] = deque(maxlen=calls)

    def wait(self) -> None:
        """Wait until one more call is allowed, and count it."""
        if not self._calls:
            return
        if len(self._times) == self._calls:
            left = self._times[0] + self._seconds - self._timing.ticks()
            if left > 0:
                self._timing.sleep(left)
        self._times.append(self._timing.ticks())


def back_off(refusals: int, timing: Timing) -> float:
    """How long to wait after so many refusals in a row, in seconds: exponential, with full jitter.

    >>> back_off(3, Timing(chance=lambda: 0.5))
    2.0
    """
    return timing.chance() * min(LONGEST, FIRST * 2.0 ** (refusals - 1))


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """How long the service asks to wait, in seconds; None where it does not say.

    A date is measured by the service's own clock, where its answer has one.

    >>> retry_after({"Retry-After": "30"}, datetime.now(UTC))
    30.0
    """
    said = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", said):
        return float(said)
    until = http_date(said)
    if until is None:
        return None
    return max(0.0, (until - (http_date(headers.get("Date", "")) or now)).total_seconds())


def http_date(text: str) -> datetime | None:
    """A date as HTTP writes it.

    >>> http_date("Mon, 02 Mar 2026 09:00:00 GMT").isoformat()
    '2026-03-02T09:00:00+00:00'
    """
    try:
        read = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return read.replace(tzinfo=read.tzinfo or UTC)
