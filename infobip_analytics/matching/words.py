"""How messages of two sources were matched, counted and said."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from infobip_analytics.wording import count, plural

#: The columns that it is read off.
COLUMNS = ["matched_by", "unmatched_reports"]


@dataclass(frozen=True, slots=True)
class Matched:
    """How many messages of campaign events have a report, and how it was found.

    Attributes:
        messages: Messages of the events.
        by_id: Those that have a report with their message id.
        by_recipient: Those that have one by recipient and time.
        unmatched: Messages of the reports that no event has.
    """

    messages: int
    by_id: int
    by_recipient: int
    unmatched: int

    @property
    def matched(self) -> int:
        """The messages that have a report."""
        return self.by_id + self.by_recipient

    def __str__(self) -> str:
        how = [
            f"{count(number)} {by}"
            for number, by in (
                (self.by_id, "by message id"),
                (self.by_recipient, "by recipient and time"),
            )
            if number
        ]
        told = f": {', '.join(how)}" if how else ""
        are = "is" if self.unmatched == 1 else "are"
        return (
            f"matched {count(self.matched)} of {plural(self.messages, 'message')} with a report"
            f"{told}; {plural(self.unmatched, 'message')} of the reports {are} in no event"
        )


def how_matched(messages: Any) -> Matched | None:
    """Count how messages (polars) were matched; None where no reports were put beside events."""
    if not set(messages.columns).issuperset(COLUMNS):
        return None
    by = pl.col("matched_by")
    counted = messages.select(
        pl.len(),
        by_id=(by == "message_id").sum(),
        by_recipient=(by == "recipient").sum(),
        unmatched=pl.max("unmatched_reports"),
    )
    [(height, by_id, by_recipient, unmatched)] = counted.rows()
    return None if unmatched is None else Matched(height, by_id, by_recipient, unmatched)
