"""A table that prints itself, in a terminal and in a notebook, with what it counts beside it."""

import shutil
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from infobip_analytics.tables.columns import Column, Row
from infobip_analytics.tables.html import write_html
from infobip_analytics.tables.text import write_table

MOST_ROWS = 60  # more are in `.frame`; a terminal is for looking


@dataclass(frozen=True, slots=True)
class Table:
    """Numbers with their definition, their as-of and what was left out; it prints itself.

    Attributes:
        frame: The numbers, on the engine of the messages (polars for polars-lazy).
        headline: What holds for all together, in one sentence.
        notes: What the numbers count and what they leave out, a sentence each.
    """

    frame: Any
    headline: str
    notes: tuple[str, ...]
    _columns: tuple[Column, ...] = field(repr=False)
    _rows: tuple[Row, ...] = field(repr=False)

    @property
    def note(self) -> str:
        """The notes as one text, a line each."""
        return "\n".join(self.notes)

    def to_text(self, width: int | None = None) -> str:
        """The table and its notes for a terminal, *width* characters wide (by default: its own)."""
        wide = width or shutil.get_terminal_size((100, 24)).columns
        return "\n".join(self._lines(wide))

    def _lines(self, width: int) -> list[str]:
        hidden = len(self._rows) - MOST_ROWS
        more = [f"… {hidden} more rows"] if hidden > 0 else []
        table = write_table(self._columns, self._rows[:MOST_ROWS], width)
        return [
            textwrap.fill(self.headline, width),
            "",
            table,
            *more,
            "",
            *_wrapped(self.notes, width),
        ]

    def __repr__(self) -> str:
        return self.to_text()

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return write_html(self.headline, self.notes, self._columns, self._rows[:MOST_ROWS])


def _wrapped(lines: Iterable[str], width: int) -> list[str]:
    return [
        textwrap.fill(line, width, initial_indent="· ", subsequent_indent="  ") for line in lines
    ]
