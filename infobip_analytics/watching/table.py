"""Alerts as a table that says what it assumes, and what could not be watched."""

import shutil
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from infobip_analytics.countries import no_report_codes
from infobip_analytics.frames import as_plan, to_engine
from infobip_analytics.grouping import By, keys
from infobip_analytics.masking import as_shown
from infobip_analytics.plots.pareto import error_title
from infobip_analytics.tables import Table
from infobip_analytics.tables.columns import Column, Row, rate_columns
from infobip_analytics.watching.alerting import EFFECT, LEAST, Seen, look
from infobip_analytics.watching.scanning import STALE
from infobip_analytics.watching.words import day
from infobip_analytics.wording import DASH, count, moment, percent, plural

ASSUMES = (
    "assumes that days are alike but for chance and for a spread from day to day, which is "
    "measured over the eight weeks before and never taken for less than 1 point; so a fall by less "
    "than about 2.5 points is not seen, nor is one that takes weeks. Days of more than one kind of "
    "campaign spread more, and hide more"
)
DEFINITION = (
    "an alert: one day 5 standard deviations below the 28 usual days before it, or two days in a "
    "row that are below by 1 each and by 3.58 together; or reports of less than half as many "
    "messages as usual. It lasts until two days in a row are back; young days are held against the "
    "same age of the days before"
)

#: A series of which no day was judged for so many days is not watched now
_RECENT = STALE + 1


@dataclass(frozen=True, slots=True)
class Alerts:
    """What is breaking now, and what was watched; it prints itself.

    Attributes:
        by: What it is grouped by.
        watched: How many groups were judged in the last two weeks.
        table: The alerts, a table with its notes.
    """

    by: tuple[str, ...]
    watched: int
    table: Table

    @property
    def frame(self) -> Any:
        """The rows of `alerts`, on the engine of the messages (polars of polars-lazy)."""
        return self.table.frame

    @property
    def headline(self) -> str:
        """How many alerts there are, in one sentence."""
        return self.table.headline

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence for each alert, what an alert is, what it assumes, what is not watched."""
        return self.table.notes

    @property
    def note(self) -> str:
        """The notes as one text, a line each."""
        return self.table.note

    def to_dict(self) -> dict[str, Any]:
        """The same as plain values, ready for JSON; people are masked, unless asked otherwise."""
        return {
            "sentence": self.headline,
            "by": list(self.by),
            "watched": self.watched,
            "alerts": [_plain(row) for row in self.table._rows],
            "notes": list(self.notes),
            "assumes": ASSUMES,
        }

    def __repr__(self) -> str:
        if self.table._rows:
            return str(self.table)
        wide = shutil.get_terminal_size((100, 24)).columns
        notes = (
            textwrap.fill(note, wide, initial_indent="· ", subsequent_indent="  ")
            for note in self.notes
        )
        return "\n".join([textwrap.fill(self.headline, wide), "", *notes])

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


def _plain(row: Row) -> Row:
    return {
        name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()
    }


def alerts_table(
    messages: Any,
    by: By = ("country", "network"),
    *,
    no_report_countries: Iterable[str] | None = None,
    minimum_messages: int = LEAST,
    minimum_effect: float = EFFECT,
    timezone: str = "UTC",
    show_numbers: bool = False,
) -> Alerts:
    """What is breaking now per *by*, as `alerts` finds it, with a sentence for each.

    Arguments and errors are those of `alerts`. It prints itself in a terminal and in a notebook,
    and says how much could not be watched, and why. People that messages are grouped by are masked
    there, unless *show_numbers*.
    """
    silent = no_report_codes(no_report_countries)
    seen = look(
        messages,
        by,
        no_report_countries=silent,
        minimum_messages=minimum_messages,
        minimum_effect=minimum_effect,
        timezone=timezone,
    )
    found, (_, engine), watched = seen.alerts, as_plan(messages), _watched(seen)
    return Alerts(
        by=tuple(keys(by)),
        watched=watched,
        table=Table(
            frame=found if engine == "lazy" else to_engine(found.lazy(), engine),
            headline=_headline(found.height, watched),
            notes=tuple(_notes(seen, watched, minimum_messages)),
            _columns=tuple(_columns(keys(by))) if found.height else (),
            _rows=tuple(as_shown(found, show_numbers=show_numbers).to_dicts()),
        ),
    )


def _watched(seen: Seen) -> int:
    """How many series were judged on one of the last days."""
    if seen.watched is None:
        return 0
    return int(seen.watched.judged[-_RECENT:].any(0).sum())


def _headline(alerts: int, watched: int) -> str:
    groups = plural(watched, "group")
    if not watched and not alerts:
        return "Nothing can be watched: no group has had enough messages on enough days"
    if not alerts:
        return f"Nothing is breaking: {groups} watched, no alert"
    return f"{plural(alerts, 'alert')}: {groups} watched"


def _notes(seen: Seen, watched: int, least: int) -> Iterator[str]:
    yield from seen.alerts["sentence"]
    if seen.gathered.population == "reported" and seen.gathered.as_of:
        yield (
            "only reported messages are known: a route of which no report comes any more has no "
            "messages at all here, and gives no alert; read logs, or campaign events"
        )
    yield DEFINITION
    yield ASSUMES
    yield from _unwatched(seen, watched, least)
    if seen.gathered.quiet:
        yield (
            f"{plural(seen.gathered.quiet, 'message')} to no-report countries: silence is usual "
            "there, and never an alert"
        )
    if seen.gathered.as_of:
        yield f"as of {moment(seen.gathered.as_of)}"


def _unwatched(seen: Seen, watched: int, least: int) -> Iterator[str]:
    """What nothing can be said of, and why."""
    total = seen.gathered.messages.height
    if not total:
        return
    if seen.counted is None or seen.watched is None:
        yield f"of no group there are {plural(least, 'message')} on any day"
        return
    if seen.counted.others:
        yield (
            f"{percent(seen.counted.others / total)} of the messages belong to groups with fewer "
            f"than {plural(least, 'message')} on every day: not watched"
        )
    young = seen.counted.series.height - watched
    if young:
        busy = np.flatnonzero(~seen.watched.judged[-_RECENT:].any(0))
        share = seen.counted.days.bases[0].sent[:, busy].sum() / total
        yield (
            f"{plural(young, 'group')} ({percent(float(share))} of the messages) had no day in the "
            f"last two weeks with {plural(least, 'message')} and 14 usual days before it, or is "
            "hardly ever heard of: not watched"
        )


def _columns(names: list[str]) -> list[Column]:
    return [
        *rate_columns(names, 0.95)[: len(names)],
        Column("what", lambda row: row["kind"], number=False),
        Column("since", lambda row: day(row["since"]), number=False),
        Column("messages", lambda row: count(row["messages"])),
        Column("rate", lambda row: percent(row["rate"])),
        Column("usual", lambda row: percent(row["usual_rate"])),
        Column("missing", lambda row: count(row["missing"]), weight=2),
        Column("coverage", lambda row: percent(row["coverage"]), weight=4),
        Column("usual", lambda row: percent(row["usual_coverage"]), weight=4),
        Column("counted", _basis, number=False, weight=3),
        Column("error that rose", _error, number=False, weight=1, least=12),
        Column("incident", lambda row: row["incident"], number=False, weight=5),
    ]


def _basis(row: Row) -> str:
    return "settled" if row["basis"] == "settled" else f"by {row['basis']}"


def _error(row: Row) -> str:
    return DASH if row["error_per_1000"] is None else error_title(row)
