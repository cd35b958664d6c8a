"""The journal: what was received, as it came, a line each, on disk before anything is made of it.

A line (`lines`) has a number that counts on and a checksum of what stands before it. Lines are in
segments, `journal/000000000001-2026-11-23.ndjson`, named after the number of their first one
and the day on which they were begun. A segment is only ever appended to, and may be packed when
the next one was begun.
"""

import gzip
import os
import re
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infobip_analytics.archive import files
from infobip_analytics.archive.addresses import Address
from infobip_analytics.archive.lines import Answer, Damaged, Line, line_of, read_line
from infobip_analytics.archive.segments import (
    AnySegment,
    opened,
    segment_name,
    segments,
    size_of,
    tail,
)
from infobip_analytics.errors import SourceError

#: A segment that has so many bytes, or is of another day, is not appended to any more
SEGMENT = 64 * 1024 * 1024

_BEGIN = re.compile(rb'\{"n":(\d{1,18}),')


def last_number(journal: Path | Address) -> int:
    """The number of the last line; 0 where there is none."""
    found = segments(journal)
    return _last_of(found[-1]) if found else 0


def last_arrival(journal: Path) -> datetime | None:
    """When the answer of the last line came; None where there is none that can be read."""
    for segment in reversed(segments(journal)):
        came = [each.received_at for each in lines_of(segment.path) if isinstance(each, Line)]
        if came:
            return came[-1]
    return None


def _last_of(segment: AnySegment[Any]) -> int:
    """The number of the last line of a segment; that before its first where it has none.

    A damaged line has a number too, for it may be in the table.
    """
    if segment.path.suffix == ".gz":  # as where the one behind it was lost
        last = segment.first - 1
        for each in lines_of(segment.path):
            last = each.n if isinstance(each, Line) else last + 1
        return last
    size = size_of(segment.path)
    look = 64 * 1024
    while True:
        lines = tail(segment.path, look).split(b"\n")[0 if look >= size else 1 : -1]
        for behind, text in enumerate(reversed(lines)):
            if line := read_line(text):
                return line.n + behind
        if look >= size:
            return segment.first - 1 + len(lines)
        look *= 16


def append(
    journal: Path, answers: Sequence[Answer], *, behind: int = 0, segment: int = SEGMENT
) -> int:
    """Write answers to the journal and to disk; gives the number of the last line.

    The lock of the journal has to be held. Where it fails nothing was added.

    Args:
        journal: The folder of the journal.
        answers: What came.
        behind: A number that the new lines are to be greater than, even if the journal has lost
            lines.
        segment: How large a segment may be before another is begun.

    Raises:
        SourceError: The disk is full, or nothing can be written there.
    """
    try:
        last = max(mend(journal), behind)
        lines = [line_of(n, answer) for n, answer in enumerate(answers, last + 1)]
        if lines:
            _write(_place(journal, last + 1, answers[0], segment), b"".join(lines))
    except OSError as problem:
        reason = (problem.strerror or str(problem)).lower()
        raise SourceError(
            f"{journal} cannot be written: {reason}; nothing of these answers was kept. Make room "
            "there and start again"
        ) from problem
    return last + len(lines)


def _place(journal: Path, number: int, answer: Answer, most: int) -> Path:
    """The segment in which the line *number* goes."""
    found = [each for each in segments(journal) if each.path.suffix != ".gz"]
    today = answer.received_at.astimezone(UTC).date()
    if found and found[-1].day == today and found[-1].path.stat().st_size < most:
        return found[-1].path
    place = journal / segment_name(number, today)
    if found and found[-1].first == number:
        # nothing is in it yet, and by its day it would be dropped before its time
        found[-1].path.replace(place)
        files.sync_folder(journal)
    return place


def _write(path: Path, text: bytes) -> None:
    """Append to a segment, on disk; where that fails, take back what was written of it."""
    new = not path.exists()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(handle).st_size
        try:
            rest = memoryview(text)
            while rest:
                rest = rest[os.write(handle, rest) :]
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, size)
            raise
    finally:
        os.close(handle)
    if new:
        files.sync_folder(path.parent)


def lines_after(journal: Path | Address, number: int) -> Iterator[Line | Damaged]:
    """The lines behind the line *number*, and what is damaged among them.

    What is behind the last break is not there yet: it is being written, or `mend` will see to it.
    """
    found = segments(journal)
    for place, segment in enumerate(found, start=1):
        if place == len(found) or found[place].first > number + 1:
            yield from lines_of(segment.path, number)


def lines_of(path: Path | Address, number: int = 0) -> Iterator[Line | Damaged]:
    """The lines of a segment behind the line *number*.

    Of a packed one that is harmed, those up to there, and one damaged line for all the others.
    """
    with opened(path) as file:
        try:
            for text in file:
                begin = _BEGIN.match(text)
                passed = begin is not None and int(begin[1]) <= number
                if text.endswith(b"\n") and not passed:
                    yield read_line(text[:-1]) or Damaged(path, text)
        except (gzip.BadGzipFile, EOFError, zlib.error):
            yield Damaged(path, b"")


def mend(journal: Path) -> int:
    """See to it that the last segment ends with a whole line; gives the number of the last line.

    A power cut may leave a line half written. It is moved to a file of its own, `*.torn`; if only
    its break is missing, it gets one.
    """
    found = segments(journal)
    if not found or found[-1].path.suffix == ".gz":  # which was whole when it was packed
        return last_number(journal)
    path = found[-1].path
    rest = _behind_last_break(path)
    if rest and read_line(rest):
        _write(path, b"\n")
    elif rest:
        whole = path.stat().st_size - len(rest)
        files.put(path.with_name(f"{path.stem}.{whole}.torn"), rest)
        with path.open("rb+") as file:
            file.truncate(whole)
            os.fsync(file.fileno())
    return _last_of(found[-1])


def _behind_last_break(path: Path) -> bytes:
    """What follows the last break of a file."""
    size, look = path.stat().st_size, 64 * 1024
    while b"\n" not in (end := tail(path, look)) and look < size:
        look *= 16
    return end.rpartition(b"\n")[2]
