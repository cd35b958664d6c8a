"""Rows on their way out as JSON, with the sentences that go with them and what they assume."""

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """Rows with what is said of them, as `write_answer` takes an answer.

    Attributes:
        frame: The rows (polars), people in full.
        headline: What holds for all of them, in one sentence.
        notes: What they count and leave out, a sentence each.
        assumes: What they rest on.
        text: What a terminal shows.
        show_numbers: Whether people stay in full.
    """

    frame: Any
    headline: str
    notes: tuple[str, ...]
    assumes: str
    text: str
    show_numbers: bool

    def __str__(self) -> str:
        return self.text

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values; people are masked, unless asked otherwise."""
        from infobip_analytics.masking import as_shown

        shown = as_shown(self.frame, show_numbers=self.show_numbers)
        rows = [{name: _plain(value) for name, value in row.items()} for row in shown.to_dicts()]
        return {
            "headline": self.headline,
            "rows": rows,
            "notes": [note for note in self.notes if note != self.assumes],
            "assumes": self.assumes,
        }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
