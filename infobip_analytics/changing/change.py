"""The answer: a change and its two parts, which shows itself."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from infobip_analytics.changing.asked import Asked
from infobip_analytics.changing.sides import Row
from infobip_analytics.changing.telling import ASSUMES, sentence
from infobip_analytics.differences import points
from infobip_analytics.masking import as_shown
from infobip_analytics.tables import Table
from infobip_analytics.tables.columns import Column, key_text
from infobip_analytics.wording import DASH, count, percent


@dataclass(frozen=True, slots=True)
class Change:
    """Why one delivery rate differs from another; it prints itself.

    Attributes:
        frame: A row for each group, the greatest effects first.
        why: The two parts of the change, and where they come from; None where there is none.
        totals: What holds for all groups together: both rates with their counts, the difference
            with its interval, its two parts, and what was tested.
        notes: What the numbers count, what they leave out, and what they assume.
    """

    frame: Any
    why: str | None
    totals: Row
    notes: tuple[str, ...]
    _polars: pl.DataFrame = field(repr=False)
    _asked: Asked = field(repr=False)

    @property
    def note(self) -> str:
        """The notes as one text, a line each."""
        return "\n".join(self.notes)

    @property
    def sentence(self) -> str:
        """The answer: how much, by mix and by rate, and where."""
        return sentence(self.totals, self.why)

    @property
    def headline(self) -> str:
        """The same, as tables call it."""
        return self.sentence

    def to_text(self, width: int | None = None) -> str:
        """The answer for a terminal, *width* characters wide (by default: its own)."""
        return self._table().to_text(width)

    def __repr__(self) -> str:
        return self.to_text()

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return self._table()._repr_html_()

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values, ready for JSON; people are masked, unless asked otherwise."""
        groups = as_shown(self._polars, show_numbers=self._asked.show_numbers)
        return {
            "sentence": self.sentence,
            **_plain(self.totals),
            "by": self._asked.names,
            "groups": [_plain(row) for row in groups.iter_rows(named=True)],
            "notes": list(self.notes),
            "assumes": ASSUMES,
        }

    def _table(self) -> Table:
        rows = as_shown(self._polars, show_numbers=self._asked.show_numbers)
        return Table(
            frame=self.frame,
            headline=self.sentence,
            notes=self.notes,
            _columns=tuple(_columns(self._asked)),
            _rows=tuple(rows.to_dicts()),
        )


def _plain(row: Row) -> Row:
    return {
        name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()
    }


def _columns(asked: Asked) -> list[Column]:
    return [
        *(Column(name, _key(name), number=False) for name in asked.names),
        Column("before", lambda row: count(row["before_settled"]), weight=1),
        Column("rate", lambda row: percent(row["before_rate"]), weight=2),
        Column("after", lambda row: count(row["after_settled"]), weight=1),
        Column("rate", lambda row: percent(row["after_rate"]), weight=2),
        Column("points", lambda row: points(row["difference"])),
        Column(f"{100 * asked.confidence:g} % interval", _interval, weight=3),
        Column("by rate", lambda row: points(row["rate_effect"])),
        Column("by mix", lambda row: points(row["mix_effect"])),
        Column("", lambda row: row["verdict"], number=False),
    ]


def _key(name: str) -> Any:
    if name == "country":
        return lambda row: f"{row['country']} {row['country_name']}"
    return lambda row: key_text(row[name])


def _interval(row: Row) -> str:
    if row["difference"] is None:
        return DASH
    return f"{points(row['difference_low'])} to {points(row['difference_high'])}"
