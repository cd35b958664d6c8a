"""The answer to `explain`: a list of meanings that shows itself in terminal and notebook."""

from collections.abc import Iterator
from typing import Any

from infobip_analytics.codes.meanings import Meaning


class Explanation:
    """All meanings of one code, to be read as a list, printed, or taken as plain values.

    `code` is what was asked for, `note` what to know about the answer as a whole.
    """

    __slots__ = ("code", "meanings", "note")

    def __init__(self, code: int | str, meanings: tuple[Meaning, ...], note: str | None) -> None:
        self.code = code
        self.meanings = meanings
        self.note = note

    def __len__(self) -> int:
        return len(self.meanings)

    def __iter__(self) -> Iterator[Meaning]:
        return iter(self.meanings)

    def __getitem__(self, position: int) -> Meaning:
        return self.meanings[position]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON: code, meanings (a list of dicts) and note."""
        meanings = [meaning._asdict() for meaning in self.meanings]
        return {"code": self.code, "meanings": meanings, "note": self.note}

    def __str__(self) -> str:
        from infobip_analytics.codes.terminal import as_text, terminal_width

        return as_text(self.code, self.meanings, self.note, width=terminal_width())

    def __repr__(self) -> str:
        """The same, in colour where a terminal shows it: a prompt displays the repr."""
        from infobip_analytics.codes.terminal import as_text, colour_is_wanted, terminal_width

        colour = colour_is_wanted()
        width = terminal_width()
        return as_text(self.code, self.meanings, self.note, width=width, colour=colour)

    def _repr_html_(self) -> str:
        from infobip_analytics.codes.notebook import as_html

        return as_html(self.code, self.meanings, self.note)
