"""Keeping an archive small: larger files, and nothing that is older than was asked for."""

import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from typing import Any

import polars as pl

from infobip_analytics.archive import files, journal, segments, table
from infobip_analytics.archive.keeping import replay
from infobip_analytics.archive.locks import locked
from infobip_analytics.archive.place import Archive, keep_from
from infobip_analytics.archive.rows import DAY, PLACE
from infobip_analytics.errors import ArgumentError, SourceError
from infobip_analytics.wording import moment, plural

#: After so many days without an answer, or as many as are kept if these are fewer, but a week at
#: least, a clock has to be confirmed before what is dropped by it is gone for good
SILENCE, WEEK = 30, 7

#: Hours for which files stay that the table needs no more, for those who are reading them
GRACE = 24


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was dropped.

    Attributes:
        since: The first day of sending of which reports are kept.
        rows: Rows of the table.
        segments: Segments of the journal.
        freed: Bytes on disk.
    """

    since: date
    rows: int
    segments: int
    freed: int


def compact(archive: Archive) -> int:
    """Make few large files of the many small ones of each day; gives how many files are gone.

    Segments of the journal that are done with are packed, too. What the table needs no more stays
    for a day, for those who are reading it.
    """
    with locked(archive.path, "table", doing="compacting"), table.told_plainly(archive):
        with locked(archive.path, "journal", doing="packing the journal"):
            segments.pack(archive.journal)
        now = table.opened(archive)
        if now is None:
            return 0
        before = len(table.rows_in(archive, now))
        now.optimize.compact()
        table.sync(archive, now)
        clean(now, GRACE)
        return before - len(table.rows_in(archive, now))


def clean(now: Any, hours: int) -> None:
    """Delete files that no version of the last *hours* needs, and old entries of the log."""
    # full: also what a run that was killed has written and never named in the log
    now.vacuum(retention_hours=hours, dry_run=False, enforce_retention_duration=False, full=True)
    now.create_checkpoint()
    now.cleanup_metadata()


def drop_older(archive: Archive, days: int, *, today: datetime | None = None) -> Dropped:
    """Drop what was sent more than *days* days ago.

    It goes from the table at once; an answer goes from the journal *days* days after it came (and
    later where it has told of a message before that was sent), and what it says of older messages
    is not read any more. What still comes about these is not kept in the table.

    Args:
        archive: The archive.
        days: For how many days reports are kept.
        today: The time; without it that of this machine's clock, if the archive agrees with it.

    Raises:
        ArgumentError: *days* is less than 1.
        SourceError: By the clock no answer has come for long: it may have jumped forward.
    """
    if days < 1:
        raise ArgumentError(f"reports cannot be kept for {days} days; the least is 1")
    first = ((today or _now(archive, days)) - timedelta(days=days)).astimezone(UTC).date()
    size = table.bytes_of(archive.path)
    replay(archive)
    # noted first: a run that is killed after this has dropped all, and the next one deletes it
    since = keep_from(archive, first)
    with locked(archive.path, "table", doing="dropping what is old"):
        with table.told_plainly(archive):
            rows, needed = _drop_rows(archive, since)
        with locked(archive.path, "journal", doing="dropping what is old"):
            gone = _drop_segments(archive, since, needed)
            sweep(archive)
    return Dropped(since, rows, gone, size - table.bytes_of(archive.path))


def _now(archive: Archive, days: int) -> datetime:
    """The time by this machine's clock; SourceError where it may have jumped forward."""
    now, last = datetime.now(UTC), journal.last_arrival(archive.journal)
    if last and now - last > timedelta(days=max(WEEK, min(days, SILENCE))):
        raise SourceError(
            f"by the clock of this machine it is {moment(now)}, and the last answer in "
            f"{archive.path} came {plural((now - last).days, 'day')} before: has the clock jumped "
            "forward? What is dropped is gone for good, so nothing was. If the clock is right, "
            f"say so: infobip-analytics archive drop {archive.path} --keep {days} --today "
            f"{now.date()}"
        )
    return now


def sweep(archive: Archive) -> None:
    """Delete what killed runs were writing or deleting; both locks have to be held.

    Rows are in it as in any other file of the archive.
    """
    shutil.rmtree(archive.path / ".reports.gone", ignore_errors=True)
    for path in [*archive.table.rglob("*#*"), *archive.journal.glob(".*.new")]:
        path.unlink()


def _drop_rows(archive: Archive, since: date) -> tuple[int, int | None]:
    """Drop rows from the table; gives how many, and the first line of which it still has some."""
    now = table.opened(archive)
    if now is None:
        return 0, None
    done = now.delete(f"{DAY} < '{since.isoformat()}'")
    table.sync(archive, now)
    clean(now, 0)
    needed = table.plan(archive, now).select(pl.min(PLACE)).collect().item()
    return int(done.get("num_deleted_rows") or 0), needed


def _drop_segments(archive: Archive, since: date, needed: int | None) -> int:
    """Delete the segments that were begun, and so done with, before the first day that is kept.

    Those stay from which the table still has rows, of messages that were sent after they were told
    of: by a clock that is wrong, or planned for later.
    """
    found = segments.segments(archive.journal)
    ends = [*(each.first for each in found[1:]), None]
    passed = (needed is None or (end is not None and end <= needed) for end in ends)
    old = [
        each
        for each, _ in takewhile(
            lambda pair: pair[0].day < since and pair[1], zip(found, passed, strict=True)
        )
    ]
    if old == found:
        old = _all_but_the_number(archive, old)
    for each in old:
        for path in archive.journal.glob(f"{each.first:012}-*.ndjson*"):
            path.unlink()
    for path in segments.torn(archive.journal):
        if segments.day_of(path) < since:
            path.unlink()
    files.sync_folder(archive.journal)
    return len(old)


def _all_but_the_number(archive: Archive, old: list[segments.Segment]) -> list[segments.Segment]:
    """All of *old*, with an empty segment behind it, so that the numbers of lines count on."""
    number = journal.mend(archive.journal) + 1
    if not old or old[-1].first == number:
        return old[:-1]
    name = segments.segment_name(number, datetime.now(UTC).date())
    (archive.journal / name).touch(mode=0o600)
    files.sync_folder(archive.journal)
    return old
