"""What a receiver has done so far: counts, and never anything of what it received."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from infobip_analytics.receiving.refusals import BUSY, Refusal, Refused

#: How many bytes of bodies are in memory at most
MOST_HELD = 256 * 1024 * 1024


@dataclass(slots=True)
class Tally:
    """Counts of one receiver.

    Attributes:
        callbacks: How many were kept, and answered with 200.
        reports: How many reports were in them, each as often as it came.
        notices: How many notices of something else.
        syncs: How often the journal was written to disk.
        refused: How many were not taken, by kind.
        new: How many reports came into the table that were not there.
        line: The last line of the journal, as far as is known here.
        place: The line up to which the table has everything.
        held: The bytes of the bodies that are in memory.
        waiting: How many callbacks wait for the disk.
        failed_at: When something could not be written last, by a clock that only goes on.
    """

    callbacks: int = 0
    reports: int = 0
    notices: int = 0
    syncs: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    new: int = 0
    line: int = 0
    place: int = 0
    held: int = 0
    waiting: int = 0
    failed_at: float | None = None

    @contextmanager
    def holding(self) -> Iterator[Callable[[int], None]]:
        """Count bytes that are in memory until the end; Refused where they would be too many."""
        mine = 0

        def hold(size: int) -> None:
            nonlocal mine
            if self.held + size > MOST_HELD:
                raise Refused(BUSY, "too much is coming at once; send it again in a minute")
            self.held += size
            mine += size

        try:
            yield hold
        finally:
            self.held -= mine

    def refuse(self, refusal: Refusal) -> None:
        """Count a callback that was not taken."""
        self.refused[refusal.kind] += 1

    def fail(self) -> None:
        """Note that something could not be written."""
        self.failed_at = time.monotonic()

    def failed_within(self, seconds: float) -> bool:
        """Whether something could not be written in the last seconds, and nothing since."""
        return self.failed_at is not None and time.monotonic() - self.failed_at < seconds
