"""A run: bring the state up to date, compute all stats, compare, and put the file in its place."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from infobip_analytics.archive.place import Readable
from infobip_analytics.errors import SourceError
from infobip_analytics.grouping import TIMES, By
from infobip_analytics.journey import Moment
from infobip_analytics.recomputing.archived import archive_among, check_asked, messages_of
from infobip_analytics.recomputing.asking import Reading, asked_customers
from infobip_analytics.recomputing.comparing import Changes, compared, newly_settled
from infobip_analytics.recomputing.files import found_in
from infobip_analytics.recomputing.layout import ARCHIVE, FILES, Layout
from infobip_analytics.recomputing.lines import as_texts
from infobip_analytics.recomputing.output import (
    Old,
    check_place,
    is_current,
    old_output,
    output_path,
    put,
)
from infobip_analytics.recomputing.pieces import plan_of
from infobip_analytics.recomputing.refreshing import Rows, refreshed
from infobip_analytics.recomputing.result import Recomputed
from infobip_analytics.recomputing.state import State, keep, opened, say_unwritable, state_path
from infobip_analytics.recomputing.stats import (
    Question,
    Stats,
    nothing,
    stats_from,
    stats_of,
    with_time,
)
from infobip_analytics.window import FOUR_DAYS
from infobip_analytics.wording import count, plural


def recompute(
    source: Any,
    output: str | os.PathLike[str],
    *,
    by: By = "country",
    no_report: Literal["exclude", "show"] = "exclude",
    no_report_countries: Iterable[str] | None = None,
    timezone: str = "UTC",
    as_of: Moment = None,
    since: Moment = None,
    until: Moment = None,
    waiting_period: timedelta | str | float = FOUR_DAYS,
    columns: Mapping[str, str] | None = None,
    customers: Any = None,
    integration: str | None = None,
    on_bad: str = "warn",
    check: bool = False,
) -> Recomputed:
    """Write stats per day and country, reading only what is new or changed.

    The stats always equal those of a full run. What was read of files, and what was counted of an
    archive, is kept in a state file beside the output, which can be deleted at any time.

    Args:
        source: The path of a file or folder of exports, a glob, or a list of these; or an archive.
        output: The file to write, CSV or Parquet by its ending.
        by: What a line stands for, as in `delivery_rates`; without a piece of time (`hour`, `day`,
            `week`, `month`) in it, `day` comes first.
        no_report: `"exclude"` leaves the no-report countries out; `"show"` keeps their lines.
        no_report_countries: Codes or names instead of the list of 34; `()` for none.
        timezone: In which days begin, and times without an offset are meant.
        as_of: The moment for which the stats are true; by default the last time in the data.
        since: Leave out what was sent before.
        until: Leave out what was sent after.
        waiting_period: How long a report may take.
        columns: What headings of the exports are in our names, `{"Message ref": "message_id"}`.
        customers: For events, a source or frame with customer, phone and country: the country tells
            where a local number is, and the phone is the recipient where an SMS or MMS names none.
        integration: For events, leave out SMS and MMS of every other integration.
        on_bad: What to do with rows that cannot be read, of the files read in this run: "warn"
            counts them, "raise", or a path that gets them as NDJSON with file, line and reason.
        check: Only compare: neither the output nor the state is written.

    Returns:
        What changed, and what was read; it prints itself. `up_to_date` is false where the file was
        not what it should be. A line whose day has settled keeps the moment at which it did as its
        `as_of`: the end of the day and the waiting period after it.

    Raises:
        SourceError: Nothing there can be read, both kinds are there, or nothing can be written.
        ArgumentError: An argument means nothing here.
    """
    target = output_path(output)
    question = Question(
        with_time(by), no_report, _once(no_report_countries), timezone, as_of, since, until,
        waiting_period,
    )  # fmt: skip
    nothing(question)
    sources = _listed(source)
    archive = archive_among(sources)
    if not archive:
        found_in(sources, _own(target, on_bad))
    if not check:
        check_place(target)
    old_output(target)
    how = Reading(timezone, columns, asked_customers(customers), integration, on_bad)
    counted = _of_archive(archive, how) if archive else _of_files(sources, target, how)
    try:
        return _run(counted, target, question, check=check, passing=check)
    except sqlite3.Error as problem:
        say_unwritable(state_path(target), problem)
    try:
        return _run(counted, target, question, check=check, passing=True)
    except sqlite3.Error as problem:
        raise SourceError(f"there is no room to work in: {problem}; free some") from None


def _once(countries: Iterable[str] | None) -> Iterable[str] | None:
    """Countries that can be asked for more than once."""
    return countries if countries is None or isinstance(countries, str) else frozenset(countries)


def _listed(source: Any) -> list[Any]:
    many = isinstance(source, Iterable) and not isinstance(source, (str, bytes, Mapping))
    return list(source) if many else [source]


def _own(target: Path, on_bad: str) -> list[Path]:
    """What a run makes itself, which is no source even where it lies among the exports."""
    state = state_path(target)
    beside = [state.with_name(f"{state.name}-{what}") for what in ("journal", "wal", "shm")]
    return [target, state, *beside, *([] if on_bad in ("warn", "raise") else [Path(on_bad)])]


@dataclass(frozen=True, slots=True)
class _Counted:
    """How a source is counted.

    Attributes:
        asked: What the state depends on beside what lies there.
        layout: What is kept in the state.
        stats: Brings the state up to date; gives what it holds then, and the stats.
    """

    asked: list[Any]
    layout: Layout
    stats: Callable[[State, Question], tuple[Rows, Stats]]


def _of_files(sources: list[Any], target: Path, how: Reading) -> _Counted:
    def stats(state: State, question: Question) -> tuple[Rows, Stats]:
        rows = refreshed(state, found_in(sources, _own(target, how.on_bad)), how)
        return rows, stats_of(how.chosen(plan_of(state, rows.kind, rows.set_aside)), question)

    return _Counted(how.stamp, FILES, stats)


def _of_archive(archive: Readable, how: Reading) -> _Counted:
    def stats(state: State, question: Question) -> tuple[Rows, Stats]:
        counted, rows = messages_of(state, archive, question, how.on_bad)
        return rows, stats_from(counted, question)

    check_asked(how)
    return _Counted([archive.id], ARCHIVE, stats)


def _run(
    counted: _Counted, target: Path, question: Question, *, check: bool, passing: bool
) -> Recomputed:
    """One run, with the state locked from beginning to end."""
    path = state_path(target)
    with closing(opened(path, counted.asked, passing=passing, layout=counted.layout)) as state:
        rows, stats = counted.stats(state, question)
        old = old_output(target)
        current = is_current(target, old, stats.lines)
        if not (current or check):
            put(target, stats.lines)
        if not passing:
            keep(state, path, counted.layout)
    return _told(target, question, old, rows, stats, current=current, check=check)


def _told(
    target: Path,
    question: Question,
    old: Old,
    rows: Rows,
    stats: Stats,
    *,
    current: bool,
    check: bool,
) -> Recomputed:
    new = as_texts(stats.lines)
    time = next(name for name in question.by if name in TIMES)
    newly = newly_settled(old.lines, new, time, stats.sealed)
    return Recomputed(
        output=target,
        up_to_date=current,
        written=not (current or check),
        lines=new.height,
        changes=Changes() if current else compared(old.lines, new, question.by),
        rows=rows,
        as_of=stats.as_of,
        sealed=f"{count(len(stats.sealed))} of {plural(stats.pieces, time)} settled"
        + (f" ({count(newly)} of them since the last run)" if newly else ""),
        remark=old.problem,
        notes=stats.notes,
    )
