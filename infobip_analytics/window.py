"""The window in time through which messages are looked at."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

import polars as pl

from infobip_analytics.errors import ArgumentError, SourceError

FOUR_DAYS = timedelta(days=4)

_EARLIEST = 1900  # far enough from the first year that a date can have


@dataclass(frozen=True, slots=True)
class Window:
    """As of when, how long a report is waited for, and which sends count.

    Attributes:
        as_of: The moment for which the numbers are true (UTC); None until the data have been seen.
        waiting_period: How long after sending a report may still come.
        since: Sends before this moment are left out (UTC), None for no bound.
        until: Sends after this moment are left out (UTC), None for no bound.
    """

    as_of: datetime | None
    waiting_period: timedelta = FOUR_DAYS
    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse moments between which no message can have been sent."""
        if self.since and self.until and self.since > self.until:
            raise ArgumentError(
                f"since={self.since.isoformat()} is later than until={self.until.isoformat()}, and "
                "nothing was sent between them; exchange them"
            )
        if self.as_of and self.as_of.year < _EARLIEST:
            raise ArgumentError(f"as_of={self.as_of.isoformat()} lies before any SMS was sent")

    @property
    def moment(self) -> datetime:
        """`as_of`, once it is known."""
        if self.as_of is None:
            raise SourceError(
                "no row says when anything happened after sending, so the moment for which the "
                "numbers would be true is unknown; say it as as_of (on the command line --as-of), "
                "for example 2026-10-05T10:00Z, or now"
            )
        return self.as_of

    @property
    def waiting_days(self) -> float:
        """The waiting period in days, as the frames carry it."""
        return self.waiting_period / timedelta(days=1)

    def seen_from(self, latest: datetime | None) -> Self:
        """This window, as of *latest* where nothing else was asked for."""
        return (
            self if self.as_of else type(self)(latest, self.waiting_period, self.since, self.until)
        )

    def settled(self, sent: pl.Expr) -> pl.Expr:
        """Whether the waiting period of a message sent at *sent* is over; undated ones are not."""
        return (sent <= self.moment - self.waiting_period).fill_null(value=False)
