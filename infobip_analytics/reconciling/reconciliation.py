"""What two sources say of the same sends, side by side; it prints itself."""

import shutil
import textwrap
from dataclasses import dataclass, field
from typing import Any

from infobip_analytics.reconciling.notes import headline
from infobip_analytics.reconciling.showing import countries_columns, matrix_of, write_html
from infobip_analytics.tables.text import write_table
from infobip_analytics.wording import plural

Row = dict[str, Any]

MOST_ROWS = 25  # more are in `.frame`


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Campaign events and delivery reports compared; it prints itself, in notebooks too.

    Attributes:
        frame: A row for each `day` of sending and `country`: `event_messages`, `report_messages`,
            `matched` (`by_message_id`, `by_recipient`), `events_only`, `never_forwarded`,
            `reports_only`; of the matched `outcome_differs`, `parts_differ` (of `parts_compared`),
            `seconds_median` and `seconds_95` between the times of sending (of `timed`).
        totals: The same of all together, by name.
        disagreements: A row for each `event_outcome` and `report_outcome` of matched messages, with
            `agree` and `messages`.
        examples: The latest few messages of each `kind` of difference, people masked, ids not.
        notes: What differs, why that may be, and what to do, a sentence each.
    """

    frame: Any
    totals: Row
    disagreements: Any
    examples: Any
    notes: tuple[str, ...]
    _matrix: tuple[Row, ...] = field(repr=False)
    _countries: tuple[Row, ...] = field(repr=False)

    @property
    def note(self) -> str:
        """The notes as one text, a line each."""
        return "\n".join(self.notes)

    @property
    def headline(self) -> str:
        """What holds for all together, in one sentence."""
        return headline(self.totals)

    def to_text(self, width: int | None = None) -> str:
        """All of it for a terminal, *width* characters wide (by default: its own)."""
        wide = width or shutil.get_terminal_size((100, 24)).columns
        said = [
            textwrap.fill(note, wide, initial_indent="· ", subsequent_indent="  ")
            for note in self.notes
        ]
        tables = [write_table(columns, rows, wide) for columns, rows in self._tables()]
        hidden = len(self._countries) - MOST_ROWS
        if hidden > 0:
            tables[0] += f"\n… {plural(hidden, 'more country')}"
        blocks = [textwrap.fill(self.headline, wide), *tables, "\n".join(said)]
        return "\n\n".join(block for block in blocks if block)

    def _tables(self) -> list[tuple[Any, list[Row]]]:
        """By country, most messages first, and the two outcomes crossed, where there are any."""
        countries = sorted(
            self._countries, key=lambda row: (-row["event_messages"], -row["report_messages"])
        )
        tables = [(countries_columns(), countries[:MOST_ROWS]), matrix_of(self._matrix)]
        return [(columns, rows) for columns, rows in tables if rows]

    def __repr__(self) -> str:
        return self.to_text()

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return write_html(self.headline, self.notes, self._tables())
