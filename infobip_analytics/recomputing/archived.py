"""The messages of an archive, counted: of days that are settled and did not change as before."""

import warnings
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from infobip_analytics.archive import archive_at, told_apart
from infobip_analytics.archive.place import Readable
from infobip_analytics.archive.table import told_plainly
from infobip_analytics.clock import moment, waiting
from infobip_analytics.errors import ArgumentError, InfobipAnalyticsWarning, SourceError
from infobip_analytics.frames import DELIVERY_REPORTS, MESSAGES
from infobip_analytics.journey import messages
from infobip_analytics.recomputing.alike import alike, together
from infobip_analytics.recomputing.asking import Reading
from infobip_analytics.recomputing.days import refreshed_days
from infobip_analytics.recomputing.refreshing import Rows
from infobip_analytics.recomputing.snapshot import Snapshot, snapshot_of
from infobip_analytics.recomputing.state import State
from infobip_analytics.recomputing.stats import Question, needed
from infobip_analytics.recomputing.units import Counting, Facts, counted, refreshed_units
from infobip_analytics.sources.aside import Ledger
from infobip_analytics.window import Window
from infobip_analytics.wording import plural

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def archive_among(sources: Iterable[Any]) -> Readable | None:
    """The archive that *sources* are, None where they are files.

    Raises:
        SourceError: There is an archive and something else, or a source reaches into one.
    """
    found = told_apart(sources)
    if not found.archives:
        return None
    if len(found.archives) > 1 or found.others:
        raise SourceError(
            "an archive is recomputed by itself, not together with other sources; keep their "
            "reports in it too, or give each an output of its own"
        )
    return archive_at(found.archives[0])


def check_asked(how: Reading) -> None:
    """Raise ArgumentError where something is asked that archives cannot be asked."""
    how.check("delivery_reports")
    Ledger(how.on_bad)  # which refuses what means nothing
    if how.columns:
        raise ArgumentError(
            "columns= is for the headings of exports; in an archive the columns have our names "
            "already, so leave it out"
        )


def messages_of(
    state: State, archive: Readable, question: Question, on_bad: str
) -> tuple[pl.DataFrame, Rows]:
    """The messages of an archive, those that are alike as one row, and what was read for them."""
    with told_plainly(archive):
        found = snapshot_of(archive)
        if found.set_aside and on_bad == "raise":
            raise SourceError(
                f"{plural(found.set_aside, 'row')} of the answers in the archive {archive.path} "
                "cannot be read; on_bad='warn' reads the others. Nothing was written"
            )
        days = refreshed_days(state, found)
        if not found.days:
            state.execute("DELETE FROM units")
            return _none(question), _rows(found, frozenset(), days.gone)
        window = _window(question, days.latest)
        counting = Counting(found, days, question, window)
        read = refreshed_units(state, counting)
    parts, facts = zip(*counted(state), strict=True)
    whole = together(parts, question)
    return _told(whole, facts, found, window), _rows(found, days.changed | read, days.gone)


def _window(question: Question, latest: int | None) -> Window:
    """What is asked of time: as of the moment that is given, else of the latest in the reports."""
    timezone = question.timezone
    asked = Window(
        as_of=moment(question.as_of, timezone=timezone, end_of_day=True),
        waiting_period=waiting(question.waiting_period),
        since=moment(question.since, timezone=timezone),
        until=moment(question.until, timezone=timezone, end_of_day=True),
    )
    return asked.seen_from(None if latest is None else _EPOCH + latest * _MICROSECOND)


def _none(question: Question) -> pl.DataFrame:
    empty = messages(pl.LazyFrame(schema=DELIVERY_REPORTS)).select(needed(question)).collect()
    constant = [name for name in empty.columns if name not in alike(empty, question).columns]
    return alike(empty, question).with_columns(pl.lit(None, MESSAGES[n]).alias(n) for n in constant)


def _told(
    whole: pl.DataFrame,
    facts: Iterable[Facts],
    found: Snapshot,
    window: Window,
) -> pl.DataFrame:
    """Counted messages with what is the same in every row, of all of them together."""
    each = list(facts)
    before, after = sum(one.before for one in each), sum(one.after for one in each)
    if whole.is_empty() and before + after:
        left = plural(before + after, "message")
        said = f"nothing is left: {left} sent before since= or after until="
        warnings.warn(said, InfobipAnalyticsWarning, stacklevel=3)
    constant = {
        "as_of": window.moment,
        "waiting_days": window.waiting_days,
        "population": "sent" if any(one.known for one in each) else "reported",
        "set_aside": found.set_aside + sum(one.nameless for one in each),
        "before_since": before,
        "after_until": after,
    }
    return whole.with_columns(
        pl.lit(value, MESSAGES[name]).alias(name) for name, value in constant.items()
    )


def _rows(found: Snapshot, read: frozenset[int], gone: int) -> Rows:
    return Rows(
        kind="delivery_reports",
        files=len(found.days),
        read=len(read),
        skipped=0,
        gone=gone,
        set_aside=found.set_aside,
        first="",
        in_files=0,
        of="day",
    )
