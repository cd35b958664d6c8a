"""What is still coming as a table that says what it assumes, and why where it says nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from infobip_analytics.coming.counted import LOOKED_AT
from infobip_analytics.coming.expected import ASSUMES, with_total
from infobip_analytics.counting import narrowed
from infobip_analytics.countries import no_report_codes
from infobip_analytics.frames import as_plan, to_engine
from infobip_analytics.grouping import By, keys
from infobip_analytics.masking import as_shown
from infobip_analytics.outcomes import Outcome, Receipt
from infobip_analytics.tables import Table, rates_table
from infobip_analytics.tables.columns import Column, Row, rate_columns
from infobip_analytics.wording import DASH, MONTHS, count, interval, percent, plural

DEFINITION = (
    "final rate = delivered when the waiting period is over / messages sent, {}; the interval "
    "holds what really comes in 95 of 100 cases (a prediction interval). Until then no delivery "
    "rate counts these messages"
)


@dataclass(frozen=True, slots=True)
class Nowcast:
    """What is still coming, of all together and by group; it prints itself.

    Attributes:
        total: The row of `nowcast` by nothing, as plain values.
        by: What it is grouped by.
        table: The groups, a table with its notes.
    """

    total: Row
    by: tuple[str, ...]
    table: Table

    @property
    def frame(self) -> Any:
        """The rows of `nowcast`, on the engine of the messages (polars of polars-lazy)."""
        return self.table.frame

    @property
    def headline(self) -> str:
        """What is still coming of all together, in one sentence."""
        return self.table.headline

    @property
    def notes(self) -> tuple[str, ...]:
        """What it means, what it assumes, why there is no forecast, what was left out."""
        return self.table.notes

    @property
    def note(self) -> str:
        """The notes as one text, a line each."""
        return self.table.note

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values, ready for JSON; people are masked, unless asked otherwise."""
        return {
            "sentence": self.headline,
            "total": _plain(self.total),
            "by": list(self.by),
            "groups": [_plain(row) for row in self.table._rows],
            "notes": list(self.notes),
            "assumes": ASSUMES,
        }

    def __repr__(self) -> str:
        return str(self.table)

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


def _plain(row: Row) -> Row:
    return {
        name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()
    }


def nowcast_table(
    messages: Any,
    by: By = "day",
    *,
    no_report_countries: Iterable[str] | None = None,
    timezone: str = "UTC",
    show_numbers: bool = False,
) -> Nowcast:
    """What is still coming per *by* as `nowcast` tells it, in a table that says what it assumes.

    Arguments and errors are those of `nowcast`. The table prints itself in a terminal and in a
    notebook, the groups with most waiting messages first (by time: in order of time). People that
    messages are grouped by are masked there, unless *show_numbers*.
    """
    silent = no_report_codes(no_report_countries)
    names, (plan, engine) = keys(by), as_plan(messages)
    there = plan.collect_schema().names()
    beside = [name for name in sorted(LOOKED_AT | _TOLD) if name in there]
    made = narrowed(plan, list(dict.fromkeys([*names, *beside])))
    told, together = with_total(made, by, silent=silent, timezone=timezone)
    return Nowcast(
        total=together,
        by=tuple(names),
        table=Table(
            frame=told if engine == "lazy" else to_engine(told.lazy(), engine),
            headline=headline(together),
            notes=tuple(_notes(made, told, silent)),
            _columns=tuple(_columns(names)),
            _rows=tuple(as_shown(_ordered(told, names), show_numbers=show_numbers).to_dicts()),
        ),
    )


#: What the notes of a rates table look at, beside what is counted
_TOLD = {"receipt", "n_reports", "n_late", "integration_name", "channel"}


def headline(row: Row) -> str:
    """What is still coming of all together, in one sentence; *row* is one of `nowcast`."""
    if not row["waiting"]:
        return "Nothing is waiting: what there is is final"
    waiting = plural(row["waiting"], "waiting message")
    if row["refused"]:
        return f"No forecast for {waiting}: {row['refused']}"
    between = interval(row["expected_low"], row["expected_high"])
    return (
        f"Of {waiting} {percent(row['expected_rate'])} will have been delivered ({between}, 95 % "
        f"prediction interval) on {day(row['final_on'])}, when the last is final; "
        f"{about(row['coming'])} of {count(row['open'])} open ones are still coming"
    )


def about(number: float) -> str:
    """An expected number of messages.

    >>> about(12.4), about(0.2)
    ('about 12', 'hardly any')
    """
    return f"about {count(round(number))}" if number >= 0.5 else "hardly any"


def day(when: date | None) -> str:
    """A day for people; a dash for none."""
    return DASH if when is None else f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def _notes(messages: pl.DataFrame, told: pl.DataFrame, silent: frozenset[str]) -> Iterator[str]:
    # what a table of delivery rates says of the same messages holds here, but for its definition
    delivery = rates_table(messages, None, no_report_countries=silent)
    yield DEFINITION.format("no-report countries left out" if silent else "to all countries")
    yield ASSUMES
    yield from _refusals(told)
    yield from _of_operators(messages, silent)
    yield from (note for note in delivery.notes if not note.startswith(_OF_RATES))


_OF_RATES = ("delivery rate =", "several currencies", "nothing is settled")


def _refusals(told: pl.DataFrame) -> Iterator[str]:
    reasons = told.filter(pl.col("refused").is_not_null()).group_by("refused").len()
    for reason, groups in reasons.sort("len", "refused", descending=[True, False]).iter_rows():
        yield f"no forecast for {groups} of {plural(told.height, 'row')}: {reason}"


def _of_operators(messages: pl.DataFrame, silent: frozenset[str]) -> Iterator[str]:
    if "receipt" not in messages.columns:
        return
    only = messages.filter(
        ~pl.col("settled"),
        pl.col("outcome") == str(Outcome.DELIVERED),
        pl.col("receipt") == str(Receipt.OPERATOR),
        ~pl.col("country").is_in(sorted(silent)),
    ).height
    if only:
        yield (
            f"{plural(only, 'waiting message')} delivered so far by the operator's word alone, "
            "which a failure may still overrule: counted as delivered"
        )


def _columns(names: list[str]) -> list[Column]:
    return [
        *rate_columns(names, 0.95)[: len(names)],
        Column("messages", lambda row: count(row["messages"]), weight=4),
        Column("waiting", lambda row: count(row["waiting"])),
        Column("open", lambda row: count(row["open"]), weight=2),
        Column("still coming", lambda row: _coming(row["coming"]), weight=1),
        Column("of the waiting", lambda row: percent(row["expected_rate"]), weight=6),
        Column(
            "95 % interval",
            lambda row: interval(row["expected_low"], row["expected_high"]),
            weight=7,
        ),
        Column("final rate", lambda row: percent(row["final_rate"])),
        Column("95 % interval", lambda row: interval(row["final_low"], row["final_high"])),
        Column("final on", lambda row: day(row["final_on"]), weight=3),
        Column("", lambda row: "no forecast" if row["refused"] else "", number=False),
    ]


def _coming(number: float | None) -> str:
    if number is None:
        return DASH
    return count(round(number)) if number >= 9.95 or not number else f"{number:.1f}"


def _ordered(told: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """The rows in the order in which they are read."""
    timed = names and told[names[0]].dtype.is_temporal()
    if timed or not names:
        return told
    return told.sort("waiting", "messages", descending=True, maintain_order=True)
