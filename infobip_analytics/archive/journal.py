"""The journal: what was received, as it came, a line each, on disk before anything is made of it.

A line is a JSON object, with a number that counts on and a checksum of what stands before it. Lines
are in segments, `journal/000000000001-2026-11-23.ndjson`, named after the number of their first one
and the day on which they were begun. A segment is only ever appended to, and may be packed when
the next one was begun.
"""

import json
import os
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from infobip_analytics.archive import files
from infobip_analytics.archive.segments import Segment, opened, segment_name, segments, tail
from infobip_analytics.errors import SourceError

#: A segment that has so many bytes, or is of another day, is not appended to any more
SEGMENT = 64 * 1024 * 1024

_BEGIN = re.compile(rb'\{"n":(\d{1,18}),')
_SUM = re.compile(rb',"crc":"([0-9a-f]{8})"\}$')
_END = len(',"crc":"00000000"}')


@dataclass(frozen=True, slots=True)
class Answer:
    """What one call or one callback brought.

    Attributes:
        body: As it came.
        endpoint: From where: "/sms/3/reports", "/mms/2/logs", or the path of a callback.
        kind: "reports", "logs" or "callback".
        received_at: When it came, in UTC.
    """

    body: bytes = field(repr=False)
    endpoint: str
    kind: str
    received_at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Line(msgspec.Struct):
    """One line of the journal."""

    n: int
    received_at: datetime
    endpoint: str
    kind: str
    body: str


@dataclass(frozen=True, slots=True)
class Damaged:
    """A line of which the checksum is wrong: where it is, and its bytes."""

    path: Path
    text: bytes


def last_number(journal: Path) -> int:
    """The number of the last line; 0 where there is none."""
    found = segments(journal)
    return _last_of(found[-1]) if found else 0


def _last_of(segment: Segment) -> int:
    """The number of the last line of a segment; that before its first where it has none.

    A damaged line has a number too, for it may be in the table.
    """
    size = segment.path.stat().st_size
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
        lines = [_line(n, answer) for n, answer in enumerate(answers, last + 1)]
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
    found = segments(journal)
    today = answer.received_at.astimezone(UTC).date()
    if found and found[-1].day == today and found[-1].path.stat().st_size < most:
        return found[-1].path
    if found and found[-1].first == number:  # nothing is in it yet
        return found[-1].path
    return journal / segment_name(number, today)


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


def _line(number: int, answer: Answer) -> bytes:
    told = {
        "n": number,
        "received_at": answer.received_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "endpoint": answer.endpoint,
        "kind": answer.kind,
        "body": _text(answer.body),
    }
    return summed(json.dumps(told, ensure_ascii=False, separators=(",", ":")))


def rewritten(line: Line, body: str) -> bytes:
    """The same line with another body."""
    answer = Answer(body.encode(), line.endpoint, line.kind, line.received_at)
    return _line(line.n, answer)


def summed(told: str) -> bytes:
    """A JSON object as a line with its checksum."""
    text = told.encode("utf-8", "backslashreplace").removesuffix(b"}")
    return text + b',"crc":"%08x"}\n' % zlib.crc32(text)


def _text(body: bytes) -> str:
    """A body as text; of what is no UTF-8, each byte as a character."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("latin-1")


def read_line(text: bytes) -> Line | None:
    """A line, given without its break; None where it is not what was written."""
    found = _SUM.search(text, max(0, len(text) - _END))
    if not found or int(found[1], 16) != zlib.crc32(text[: found.start()]):
        return None
    try:
        return msgspec.json.decode(text, type=Line)
    except (msgspec.DecodeError, ValueError):
        return None


def lines_after(journal: Path, number: int) -> Iterator[Line | Damaged]:
    """The lines behind the line *number*, and what is damaged among them.

    What is behind the last break is not there yet: it is being written, or `mend` will see to it.
    """
    found = segments(journal)
    for place, segment in enumerate(found, start=1):
        if place == len(found) or found[place].first > number + 1:
            yield from lines_of(segment.path, number)


def lines_of(path: Path, number: int = 0) -> Iterator[Line | Damaged]:
    """The lines of a segment behind the line *number*."""
    with opened(path) as file:
        for text in file:
            begin = _BEGIN.match(text)
            passed = begin is not None and int(begin[1]) <= number
            if text.endswith(b"\n") and not passed:
                yield read_line(text[:-1]) or Damaged(path, text)


def mend(journal: Path) -> int:
    """See to it that the last segment ends with a whole line; gives the number of the last line.

    A power cut may leave a line half written. It is moved to a file of its own, `*.torn`; if only
    its break is missing, it gets one.
    """
    found = segments(journal)
    if not found:
        return 0
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
