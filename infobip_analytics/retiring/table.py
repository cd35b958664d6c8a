"""Numbers to stop texting as a table, with the rate of people reached below it."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import polars as pl

from infobip_analytics.counting import as_messages, narrowed
from infobip_analytics.countries import no_report_codes
from infobip_analytics.errors import ArgumentError
from infobip_analytics.frames import as_plan, to_engine
from infobip_analytics.grouping import By, keys
from infobip_analytics.masking import as_shown
from infobip_analytics.retiring.evidence import LOOKED_AT, gathered
from infobip_analytics.retiring.listing import about_pseudonyms
from infobip_analytics.retiring.paid import amount, amounts, paid_for
from infobip_analytics.retiring.reach import unique_recipient_rates
from infobip_analytics.retiring.rules import ASSUMES
from infobip_analytics.retiring.verdicts import KEEP, SUPPRESS, VERDICTS, checked_price, judged
from infobip_analytics.tables import Table, rates_table
from infobip_analytics.tables.columns import Column, Row, rate_columns
from infobip_analytics.tables.table import MOST_ROWS
from infobip_analytics.undelivered.counted import TOLD
from infobip_analytics.wording import DASH, MONTHS, count, interval, percent, plural

Verdict = Literal["suppress", "watch", "keep", "all"]

UNIQUE = (
    "unique recipient rate = recipients with at least one delivery / recipients of settled "
    "messages, {}; a dead number counts once, however often it was tried; who is in several groups "
    "counts in each"
)


@dataclass(frozen=True, slots=True)
class HygieneTable:
    """Numbers with their verdicts, and the people reached, each a table; both print as one.

    Attributes:
        numbers: The rows of `hygiene` that were asked for; a table that prints itself.
        people: The rows of `unique_recipient_rates`; a table that prints itself.
    """

    numbers: Table
    people: Table

    @property
    def frame(self) -> Any:
        """The rows of `hygiene`, on the engine of the messages (polars of polars-lazy)."""
        return self.numbers.frame

    @property
    def headline(self) -> str:
        """How many numbers have which verdict, in one sentence."""
        return self.numbers.headline

    @property
    def notes(self) -> tuple[str, ...]:
        """What both tables assume, count and leave out, a sentence each."""
        return tuple(dict.fromkeys([*self.numbers.notes, *self.people.notes]))

    @property
    def note(self) -> str:
        """The notes as one text, a line each."""
        return "\n".join(self.notes)

    def to_text(self, width: int | None = None) -> str:
        """Both tables, then the notes, for a terminal (by default of its own width)."""
        wide = width or shutil.get_terminal_size((100, 24)).columns
        return "\n".join(table.to_text(wide) for table in self._tables())

    def __repr__(self) -> str:
        return self.to_text()

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return "".join(table._repr_html_() for table in self._tables())

    def _tables(self) -> list[Table]:
        """The two tables, with the notes of both below the second."""
        return [replace(self.numbers, notes=()), replace(self.people, notes=self.notes)]


def hygiene_table(
    messages: Any,
    by: By = None,
    *,
    verdict: Verdict = "suppress",
    no_report_countries: Iterable[str] | None = None,
    timezone: str = "UTC",
    price_per: Literal["part", "message"] = "part",
    show_numbers: bool = False,
) -> HygieneTable:
    """The numbers with one *verdict* as `hygiene` judges them, and who was reached, per *by*.

    Arguments and errors are those of `hygiene` and `unique_recipient_rates`. `.frame` holds the
    numbers, `.people.frame` the rates; both print themselves in a terminal and in a notebook, with
    what was paid for messages to the numbers to suppress. Numbers and customers are masked there,
    unless *show_numbers*.
    """
    if verdict not in (*VERDICTS, "all"):
        raise ArgumentError(
            f"verdict={verdict!r}: there are {', '.join(map(repr, VERDICTS))} and 'all'"
        )
    silent = no_report_codes(no_report_countries)
    per_part = checked_price(price_per)
    _, engine = as_plan(messages)
    made = _narrow(messages, keys(by))
    evidence = gathered(made, silent, per_part=per_part)
    numbers = judged(evidence)
    listed = numbers if verdict == "all" else numbers.filter(verdict=verdict)
    people = unique_recipient_rates(made, by, no_report_countries=silent, timezone=timezone)
    total = unique_recipient_rates(made, None, no_report_countries=silent).row(0, named=True)
    saved = paid_for(evidence.paid, numbers.filter(verdict=SUPPRESS))

    def handed(frame: pl.DataFrame) -> Any:
        return frame if engine == "lazy" else to_engine(frame.lazy(), engine)

    return HygieneTable(
        numbers=Table(
            frame=handed(listed),
            headline=headline(numbers),
            notes=(ASSUMES, *_notes(numbers, made, saved)),
            _columns=tuple(_number_columns()),
            _rows=_printed(listed, show_numbers=show_numbers),
        ),
        people=Table(
            frame=handed(people),
            headline=_reached(total),
            notes=(UNIQUE.format(_scope(silent)), *_said_of_rates(made, silent)),
            _columns=tuple(_people_columns(keys(by))),
            _rows=tuple(as_shown(_ordered(people, keys(by)), show_numbers=show_numbers).to_dicts()),
        ),
    )


def _printed(listed: pl.DataFrame, *, show_numbers: bool) -> tuple[Row, ...]:
    """The rows that are printed; those below them, of which there may be millions, only count."""
    first = as_shown(listed.head(MOST_ROWS), show_numbers=show_numbers).to_dicts()
    return (*first, *[Row()] * (listed.height - len(first)))


#: What the notes of a rates table look at, beside what is counted.
_BESIDE = ["n_reports", "n_late", "integration_name", "channel"]


def _narrow(messages: Any, names: list[str]) -> pl.DataFrame:
    """The columns that are looked at, computed once; what is no frame of messages raises here."""
    there = as_messages(messages).collect_schema().names()
    asked = ["recipient", *LOOKED_AT, *TOLD.values(), *_BESIDE]
    return narrowed(messages, list(dict.fromkeys([*names, *(n for n in asked if n in there)])))


def headline(numbers: pl.DataFrame) -> str:
    """How many numbers have which verdict."""
    found = dict(numbers["verdict"].value_counts().iter_rows())
    each = [f"{count(found.get(verdict, 0))} to {verdict}" for verdict in VERDICTS]
    return f"{plural(numbers.height, 'number')}: {', '.join(each)}"


def _notes(
    numbers: pl.DataFrame, made: pl.DataFrame, saved: dict[str, tuple[float, int]]
) -> Iterator[str]:
    stopped = numbers.filter(verdict=SUPPRESS)
    if stopped.height:
        sent, arrived = (int(stopped[name].sum()) for name in ("messages", "delivered"))
        before = f" ({count(arrived)} of them delivered, before)" if arrived else ""
        paid = (
            f"paid for them in this time: {amounts(saved)}; leaving the numbers out would have "
            "saved that at most"
            if saved
            else "what they cost is not known, for none has a price"
        )
        yield (
            f"{plural(sent, 'message')}{before} went to the {plural(stopped.height, 'number')} to "
            f"suppress; {paid}"
        )
    quiet = numbers.filter(
        pl.col("verdict") == KEEP, pl.col("reason").str.starts_with("to a no-report country")
    ).height
    if quiet:
        yield f"{plural(quiet, 'number')} of no-report countries: never judged, always kept"
    nameless = made.filter(pl.col("recipient").is_null()).height
    if nameless:
        yield f"{plural(nameless, 'message')} without a number: judged nowhere"
    yield from about_pseudonyms(numbers)


def _reached(row: Row) -> str:
    if not row["recipients"]:
        return "Nobody is counted yet: nothing is settled"
    return (
        f"{percent(row['unique_recipient_rate'])} of recipients reached "
        f"({interval(row['rate_low'], row['rate_high'])}, n = {count(row['recipients'])}); "
        f"of their messages {percent(row['delivery_rate'])} delivered "
        f"(n = {count(row['settled'])} settled)"
    )


def _said_of_rates(made: pl.DataFrame, silent: frozenset[str]) -> list[str]:
    """What a table of delivery rates says of the same messages: as of when, what was left out."""
    delivery = rates_table(made, None, no_report_countries=silent)
    return [note for note in delivery.notes if not note.startswith(_OF_RATES)]


_OF_RATES = ("delivery rate =", "several currencies")


def _scope(silent: frozenset[str]) -> str:
    return "no-report countries left out" if silent else "to all countries"


def _number_columns() -> list[Column]:
    return [
        Column("number", lambda row: row["recipient"] or DASH, number=False),
        Column("country", lambda row: row["country"], number=False, weight=2),
        Column("verdict", lambda row: row["verdict"], number=False),
        Column("messages", lambda row: count(row["messages"]), weight=1),
        Column("failures", lambda row: count(row["failures"]), weight=3),
        Column("last failure", lambda row: _day(row["last_failure"]), weight=4),
        Column("last delivery", lambda row: _day(row["last_delivery"]), weight=5),
        Column("paid", lambda row: amount(row["cost"], row["currency"]), weight=6),
        Column("why", lambda row: row["reason"], number=False, least=36),
    ]


def _day(when: Any) -> str:
    return DASH if when is None else f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def _people_columns(names: list[str]) -> list[Column]:
    return [
        *rate_columns(names, 0.95)[: len(names)],
        Column("recipients", lambda row: count(row["recipients"])),
        Column("reached", lambda row: count(row["reached"]), weight=2),
        Column("unique rate", lambda row: percent(row["unique_recipient_rate"])),
        Column("95 % interval", lambda row: interval(row["rate_low"], row["rate_high"]), weight=1),
        Column("settled", lambda row: count(row["settled"]), weight=4),
        Column("delivery rate", lambda row: percent(row["delivery_rate"]), weight=3),
    ]


def _ordered(people: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """The rows in the order in which they are read."""
    if not names or people[names[0]].dtype.is_temporal():
        return people
    return people.sort("recipients", descending=True, maintain_order=True)
