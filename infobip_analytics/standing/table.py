"""The answer: groups in order, raw rates beside shrunk ones, and what that assumes."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import polars as pl

from infobip_analytics.masking import as_shown
from infobip_analytics.standing.fitting import Spread
from infobip_analytics.tables import Table
from infobip_analytics.tables.columns import Column, key_text
from infobip_analytics.tables.text import printable
from infobip_analytics.wording import DASH, NBSP, count, interval, moment, percent, plural

Row = dict[str, Any]

ASSUMES = (
    "assumes that the true rates of the groups are spread like a beta distribution, which is "
    "estimated from the groups themselves and then taken as known, and that messages of a group "
    "are independent, which those of one campaign are not: intervals are at least this wide"
)
RAW_ASSUMES = (
    "assumes that messages of a group are independent, which those of one campaign are not: "
    "intervals are at least this wide; and small groups lead and trail by luck"
)

#: So many groups are named in the headline
_NAMED = 5


@dataclass(frozen=True, slots=True)
class League:
    """Groups in order of how sure it is that they are worse; it prints itself.

    Attributes:
        frame: A row for each group, the surest to be under the target first.
        whole: The rates of all groups together, a row of `delivery_rates` by nothing.
        target: The rate to be reached; None where nothing is settled.
        spread: The distribution of true rates that was fitted, or why there is none.
    """

    frame: Any
    whole: Row
    target: float | None
    spread: Spread | str
    _polars: pl.DataFrame = field(repr=False)
    _names: tuple[str, ...] = field(repr=False)
    _silent: frozenset[str] = field(repr=False)
    _confidence: float = field(repr=False)
    _show_numbers: bool = field(repr=False)

    @property
    def assumes(self) -> str:
        """What must be so for the answer to hold."""
        return RAW_ASSUMES if isinstance(self.spread, str) else ASSUMES

    @property
    def headline(self) -> str:
        """Who is under the target beyond doubt, in one sentence."""
        ranked = self._polars.filter(pl.col("rank").is_not_null())
        if ranked.is_empty() or self.target is None:
            return "Nothing to rank: no group has settled messages"
        under = [row["label"] for row in self._labelled() if row["verdict"] == "under"]
        named = [", ".join(under[:_NAMED])] if under else []
        more = [f"{len(under) - _NAMED} more"] if len(under) > _NAMED else []
        told = f": {' and '.join([*named, *more])}" if under else ""
        return (
            f"{len(under) or 'None'} of {plural(len(ranked), 'group')} "
            f"{'is' if len(under) < 2 else 'are'} surely under {self._goal()}{told}"
        )

    def _goal(self) -> str:
        ours = self.target == self.whole["delivery_rate"]
        return f"{percent(self.target)}{', the rate of all together' if ours else ''}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What the numbers count, what they leave out, and what they assume."""
        return tuple(self._notes())

    @property
    def note(self) -> str:
        """The notes as one text, a line each."""
        return "\n".join(self.notes)

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
        fit = None if isinstance(self.spread, str) else asdict(self.spread)
        shown = as_shown(self._polars, show_numbers=self._show_numbers)
        return {
            "headline": self.headline,
            "target": self.target,
            "method": "raw" if fit is None else "shrunk",
            "spread": fit,
            "why_raw": self.spread if fit is None else None,
            "by": list(self._names),
            "whole": _plain(self.whole),
            "groups": [_plain(row) for row in shown.iter_rows(named=True)],
            "notes": list(self.notes),
            "assumes": self.assumes,
        }

    def _labelled(self) -> list[Row]:
        """The groups with what they are called, for people."""
        naming = ["country_name" if name == "country" else name for name in self._names]
        called = as_shown(self._polars.select(naming), show_numbers=self._show_numbers)
        labels = [printable(", ".join(map(key_text, row))) for row in called.iter_rows()]
        rows = self._polars.iter_rows(named=True)
        return [row | {"label": label} for row, label in zip(rows, labels, strict=True)]

    def _table(self) -> Table:
        rows = as_shown(self._polars, show_numbers=self._show_numbers)
        return Table(
            frame=self.frame,
            headline=self.headline,
            notes=self.notes,
            _columns=tuple(self._columns()),
            _rows=tuple(rows.to_dicts()),
        )

    def _columns(self) -> list[Column]:
        level = f"{100 * self._confidence:g} % interval"
        shrunk = [
            Column("shrunk", lambda row: percent(row["shrunk_rate"])),
            Column(level, lambda row: interval(row["shrunk_low"], row["shrunk_high"]), weight=1),
            Column("P under", lambda row: percent(row["under_target"])),
        ]
        return [
            Column("", lambda row: DASH if row["rank"] is None else str(row["rank"])),
            *(Column(name, _key(name), number=False) for name in self._names),
            Column("settled", lambda row: count(row["settled"])),
            Column("raw", lambda row: percent(row["delivery_rate"])),
            Column(level, lambda row: interval(row["rate_low"], row["rate_high"]), weight=2),
            *([] if isinstance(self.spread, str) else shrunk),
            Column("", lambda row: _mark(row["verdict"]), number=False),
        ]

    def _notes(self) -> Iterator[str]:
        rows = self._labelled()
        if isinstance(self.spread, str):
            if rows:
                yield (
                    f"nothing is shrunk, for {self.spread}; so these are raw rates with Wilson "
                    "intervals, and no probability is given"
                )
        else:
            yield self._about_shrinking(self.spread)
        if self.whole["population"] == "reported" and rows:
            yield (
                "only reported messages are known, so these are rates among reported messages; "
                "read logs, or campaign events, and they become rates of all that was sent"
            )
        for row in rows:
            if row["verdict"] == "silent":
                yield (
                    f"{row['label']}: not ranked, for it measures silent (coverage "
                    f"{percent(row['coverage'])}): no-report country or dead route?"
                )
        scope = "no-report countries left out" if self._silent else "to all countries"
        yield f"delivery rate = delivered / settled messages, {scope}"
        yield self.assumes
        if self.whole["as_of"] is not None:
            yield f"as of {moment(self.whole['as_of'])}"
        left = {"waiting": "still waiting", "no_report_messages": "to no-report countries"}
        told = [f"{count(self.whole[n])} {words}" for n, words in left.items() if self.whole[n]]
        if told:
            yield f"left out: {'; '.join(told)}"

    def _about_shrinking(self, spread: Spread) -> str:
        worth = spread.a + spread.b
        mean = percent(spread.a / worth)
        return (
            f"shrunk: the rate once the group's luck is taken out; groups are spread around {mean} "
            f"as if each had brought {worth:,.0f} messages of that rate along (beta distribution, "
            f"a = {spread.a:.4g}, b = {spread.b:.4g}); P under: the probability that the true rate "
            f"is under {percent(self.target)}, by which groups are ranked; intervals "
            f"{100 * self._confidence:g}{NBSP}%"
        )


def _mark(verdict: str | None) -> str:
    return {None: "", "open": "", "silent": "! silent"}.get(verdict, verdict or "")


def _key(name: str) -> Any:
    if name == "country":
        return lambda row: f"{row['country']} {row['country_name']}"
    return lambda row: key_text(row[name])


def _plain(row: Row) -> Row:
    return {
        name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()
    }
