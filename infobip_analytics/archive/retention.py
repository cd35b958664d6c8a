"""Keeping an archive small: larger files, and nothing that is older than was asked for."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from typing import Any

from infobip_analytics.archive import files, journal, segments, table
from infobip_analytics.archive.keeping import replay
from infobip_analytics.archive.locks import locked
from infobip_analytics.archive.place import Archive, keep_from
from infobip_analytics.archive.rows import DAY
from infobip_analytics.errors import ArgumentError

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

    It goes from the table at once; an answer goes from the journal *days* days after it came, and
    what it says of older messages is not read any more. What still comes about these is not kept in
    the table.

    Raises:
        ArgumentError: *days* is less than 1.
    """
    if days < 1:
        raise ArgumentError(f"reports cannot be kept for {days} days; the least is 1")
    first = ((today or datetime.now(UTC)) - timedelta(days=days)).astimezone(UTC).date()
    size = table.bytes_of(archive.path)
    replay(archive)
    # noted first: a run that is killed after this has dropped all, and the next one deletes it
    since = keep_from(archive, first)
    with locked(archive.path, "table", doing="dropping what is old"):
        with table.told_plainly(archive):
            rows = _drop_rows(archive, since)
        with locked(archive.path, "journal", doing="dropping what is old"):
            gone = _drop_segments(archive, since)
    return Dropped(since, rows, gone, size - table.bytes_of(archive.path))


def _drop_rows(archive: Archive, since: date) -> int:
    now = table.opened(archive)
    if now is None:
        return 0
    done = now.delete(f"{DAY} < '{since.isoformat()}'")
    table.sync(archive, now)
    clean(now, 0)
    return int(done.get("num_deleted_rows") or 0)


def _drop_segments(archive: Archive, since: date) -> int:
    """Delete the segments that were begun, and so done with, before the first day that is kept."""
    found = segments.segments(archive.journal)
    old = list(takewhile(lambda each: each.day < since, found))
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
