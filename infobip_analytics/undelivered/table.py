"""Errors as a table that says what it counts, with what to fix first below it."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from infobip_analytics.codes.events import masked
from infobip_analytics.counting import narrowed
from infobip_analytics.countries import no_report_codes
from infobip_analytics.frames import as_plan, to_engine
from infobip_analytics.grouping import By, keys
from infobip_analytics.masking import as_shown
from infobip_analytics.plots.pareto import error_titles
from infobip_analytics.rates import delivery_rates
from infobip_analytics.tables import Table, rates_table
from infobip_analytics.tables.columns import Column, Row, rate_columns
from infobip_analytics.tables.text import printable
from infobip_analytics.undelivered.breakdown import error_breakdown
from infobip_analytics.undelivered.counted import TOLD
from infobip_analytics.undelivered.fixing import ARRIVES, IN_TIME, IN_VAIN, LOOK, fix_first
from infobip_analytics.wording import DASH, count, interval, per_thousand, percent, plural

#: How far names and causes are cut where a terminal is narrow
LEAST_NAME, LEAST_CAUSE, LEAST_TITLE = 24, 16, 44

DEFINITION = (
    "per 1,000 = undelivered messages with the error / settled messages, {}; what was delivered is "
    "delivered, whatever error it carries; Wilson {:g} % interval, at least this wide"
)
SHARE = (
    "share = messages with the error / undelivered messages of the group; Goodman {:g} % interval, "
    "for all errors at once"
)
SAVES = (
    "saves is an upper bound, had it been done before: where numbers are to be suppressed, all "
    "messages to them; where messages can be sent again, those that would arrive if they arrived "
    "as often as all others. First stands what somebody can act on, below it what only time can "
    "mend (if time helps)"
)
FLAG = (
    "flag = Infobip's own: perm. says that this very message would fail again, temp. that it may "
    "pass another time; neither speaks of the number"
)
REPEATS = (
    "repeats = messages to somebody of whom an earlier message had failed for the same cause: they "
    "could have been known"
)


@dataclass(frozen=True, slots=True)
class ErrorsTable:
    """Errors, and what to fix first, each a table with its notes; both print as one.

    Attributes:
        errors: The rows of `error_breakdown`; a table that prints itself.
        fixes: The rows of `fix_first`; a table that prints itself.
    """

    errors: Table
    fixes: Table

    @property
    def frame(self) -> Any:
        """The rows of `error_breakdown`, on the engine of the messages (polars of polars-lazy)."""
        return self.errors.frame

    @property
    def headline(self) -> str:
        """What holds for all errors together, in one sentence."""
        return self.errors.headline

    @property
    def notes(self) -> tuple[str, ...]:
        """What both tables count and leave out, a sentence each."""
        return tuple(dict.fromkeys([*self.errors.notes, *self.fixes.notes]))

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
        return [replace(self.errors, notes=()), replace(self.fixes, notes=self.notes)]


def errors_table(
    messages: Any,
    by: By = None,
    *,
    no_report_countries: Iterable[str] | None = None,
    confidence: float = 0.95,
    timezone: str = "UTC",
    show_numbers: bool = False,
) -> ErrorsTable:
    """Errors per *by* as `error_breakdown` gives them, and below them what to fix first.

    Arguments and errors are those of `error_breakdown`. `.frame` holds the breakdown,
    `.fixes.frame` what `fix_first` gives; the table prints itself in a terminal and in a notebook,
    with what the numbers count and what was left out. People that messages are grouped by, and
    their numbers in the texts of errors, are masked where it prints; with *show_numbers* the people
    are not.
    """
    silent = no_report_codes(no_report_countries)
    _, engine = as_plan(messages)
    made = _narrow(messages, keys(by))
    options: dict[str, Any] = {"no_report_countries": silent, "timezone": timezone}
    errors = error_breakdown(made, by, confidence=confidence, **options)
    fixes = fix_first(made, by, **options)
    total = delivery_rates(made, None, no_report_countries=silent, confidence=confidence)
    said = _said_of_rates(made, silent, confidence)
    headline = _headline(total.row(0, named=True))

    def handed(frame: pl.DataFrame) -> Any:
        return frame if engine == "lazy" else to_engine(frame.lazy(), engine)

    return ErrorsTable(
        errors=Table(
            frame=handed(errors),
            headline=headline,
            notes=tuple(_notes_on_errors(errors, silent, confidence, said)),
            _columns=tuple(_error_columns(keys(by), confidence)),
            _rows=tuple(_titled(as_shown(errors, show_numbers=show_numbers).to_dicts())),
        ),
        fixes=Table(
            frame=handed(fixes),
            headline=_fixes_headline(fixes),
            notes=(SAVES, *([REPEATS] if fixes["repeats"].sum() else []), *said),
            _columns=tuple(_fix_columns(keys(by))),
            _rows=tuple(as_shown(fixes, show_numbers=show_numbers).to_dicts()),
        ),
    )


#: What the notes of a rates table and `repeats` look at, beside what is counted.
_BESIDE = ["n_reports", "n_late", "integration_name", "recipient", "customer"]


def _narrow(messages: Any, names: list[str]) -> pl.DataFrame:
    """The columns that are looked at, computed once; what is no frame of messages raises here."""
    there = as_plan(messages)[0].collect_schema().names()
    beside = [name for name in (*TOLD.values(), *_BESIDE) if name in there]
    return narrowed(messages, list(dict.fromkeys([*names, *beside])))


def _said_of_rates(made: pl.DataFrame, silent: frozenset[str], confidence: float) -> list[str]:
    """What a table of delivery rates says of the same messages: as of when, what was left out."""
    delivery = rates_table(made, None, no_report_countries=silent, confidence=confidence)
    return [note for note in delivery.notes if not note.startswith(_OF_RATES)]


_OF_RATES = ("delivery rate =", "several currencies")


def _headline(row: Row) -> str:
    """How many messages were not delivered, and what became of them."""
    if not row["settled"]:
        return "No errors yet: nothing is settled"
    lost = row["settled"] - row["delivered"]
    ends = ", ".join(f"{count(row[end])} {end}" for end in ("failed", "rejected", "unreported"))
    between = f"{_per_1000(1 - row['rate_high'])}\N{EN DASH}{_per_1000(1 - row['rate_low'])}"
    return (
        f"{_per_1000(lost / row['settled'])} of 1,000 messages not delivered ({between}): "
        f"{count(lost)} of {count(row['settled'])} settled; {ends}"
    )


def _per_1000(share: float) -> str:
    return per_thousand(1000 * share)


def _fixes_headline(fixes: pl.DataFrame) -> str:
    first = fixes.filter(pl.col("saves") > 0).head(1).to_dicts()
    if not first:
        return "What to fix first: nothing that acting would save"
    [row] = first
    by_time = row["effect"] == IN_TIME
    who = "nothing that anybody can act on; " if by_time else ""
    actor = "" if by_time else f" ({row['who']})"
    return (
        f"What to fix first: {who}{row['cause_title']}: {how(row)}{actor}; at most "
        f"{plural(row['saves'], 'message')} {row['effect']}"
    )


def _notes_on_errors(
    errors: pl.DataFrame, silent: frozenset[str], confidence: float, said: list[str]
) -> Iterator[str]:
    scope = "no-report countries left out" if silent else "to all countries"
    yield DEFINITION.format(scope, 100 * confidence)
    yield SHARE.format(100 * confidence)
    yield FLAG
    nothing = errors.filter(pl.col("error_id").is_null(), pl.col("error_name").is_null())
    messages, silence = (int(nothing[name].sum()) for name in ("messages", "unreported"))
    if messages:
        yield (
            f"no error given: of {plural(messages, 'message')} nothing was said of an error; of "
            f"{count(silence)} of them nothing final was heard at all, and some may have arrived"
        )
    unknown = errors.filter(
        pl.col("explanation").is_null(),
        pl.any_horizontal(pl.col("error_id", "error_name").is_not_null()),
    )
    if unknown.height:
        names = dict.fromkeys(map(printable, error_titles(unknown.to_dicts())))
        listed = ", ".join([*names][:5]) + (", …" if len(names) > 5 else "")
        yield f"in no table of codes, counted as they came: {listed}"
    yield from said


def _error_columns(names: list[str], confidence: float) -> list[Column]:
    wide = f"{100 * confidence:g} % interval"
    return [
        *rate_columns(names, confidence)[: len(names)],
        Column("error", lambda row: row["title"], number=False, least=LEAST_NAME if names else 0),
        Column("messages", lambda row: count(row["messages"])),
        Column("per 1,000", lambda row: per_thousand(row["per_1000"])),
        Column(wide, _between, weight=4),
        Column("share", lambda row: percent(row["share"]), weight=3),
        Column(wide, lambda row: interval(row["share_low"], row["share_high"]), weight=5),
        Column("unreported", lambda row: count(row["unreported"]), weight=6),
        Column("flag", _permanent, number=False, weight=1),
        Column("who", lambda row: row["who"] or DASH, number=False),
        Column("what it means", _meaning, number=False, weight=2, least=LEAST_CAUSE),
    ]


def _titled(rows: list[Row]) -> list[Row]:
    titles = error_titles(rows)
    return [row | {"title": title} for row, title in zip(rows, titles, strict=True)]


def _meaning(row: Row) -> str:
    return row["cause_title"] or DASH


def _between(row: Row) -> str:
    low, high = per_thousand(row["per_1000_low"]), per_thousand(row["per_1000_high"])
    return f"{low}\N{EN DASH}{high}"


def _permanent(row: Row) -> str:
    return {True: "perm.", False: "temp.", None: DASH}[row["permanent"]]


def _fix_columns(names: list[str]) -> list[Column]:
    return [
        *rate_columns(names, 0.95)[: len(names)],
        Column("what", _meaning, number=False, least=LEAST_NAME if names else LEAST_TITLE),
        Column("who", lambda row: row["who"] or DASH, number=False),
        Column("messages", lambda row: count(row["messages"]), weight=1),
        Column("saves at most", lambda row: count(row["saves"])),
        Column("", _effect, number=False, weight=2),
        Column("how", how, number=False, weight=3),
        Column("repeats", lambda row: count(row["repeats"]), weight=4),
        Column("when", lambda row: row["when"] or DASH, number=False, weight=5, least=LEAST_CAUSE),
        Column("codes", _codes, number=False, weight=6, least=LEAST_NAME),
    ]


def _effect(row: Row) -> str:
    return row["effect"] if row["saves"] else ""


def _codes(row: Row) -> str:
    return masked(row["codes"]) if row["codes"] else DASH


def how(row: Row) -> str:
    """What acting on a cause is, in two or three words."""
    if row["effect"] in (ARRIVES, IN_TIME):
        return "send again later" if row["retry"] == "later" else "fix, then send again"
    return {IN_VAIN: "leave out", LOOK: "look into it"}.get(row["effect"], DASH)
