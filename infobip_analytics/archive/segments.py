"""The files of the journal: named after their first line and their day, the old ones packed."""

import gzip
import os
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Generic, TypeVar, cast

from infobip_analytics.archive import files
from infobip_analytics.archive.addresses import Address
from infobip_analytics.errors import SourceError

#: Where a journal lies: in a folder, or in an object store
Where = TypeVar("Where", bound=Path | Address)

_NAME = re.compile(r"(\d{12,})-(\d{4}-\d{2}-\d{2})\.ndjson(\.gz)?")


@dataclass(frozen=True, slots=True)
class AnySegment(Generic[Where]):
    """A file of the journal: the number of its first line, and the day on which it was begun."""

    path: Where
    first: int
    day: date


#: One that can be written to
Segment = AnySegment[Path]


def segments(journal: Where) -> list[AnySegment[Where]]:
    """The segments of a journal, from the oldest to the newest."""
    # of one that was being packed when its process was killed, the packed file comes last
    paths = sorted(_inside(journal), key=lambda path: path.name)
    named = ((path, _NAME.fullmatch(path.name)) for path in paths)
    found = {int(m[1]): AnySegment(p, int(m[1]), date.fromisoformat(m[2])) for p, m in named if m}
    return [found[first] for first in sorted(found)]


def _inside(journal: Where) -> list[Where]:
    try:
        return cast(list[Where], list(journal.iterdir()))
    except FileNotFoundError:
        raise SourceError(
            f"the journal {journal} is gone; put it back from a copy, for all else is made of it"
        ) from None


def pack(journal: Path) -> int:
    """Pack all segments but the last, which is still written to; gives the bytes that are saved."""
    saved = 0
    for segment in segments(journal)[:-1]:
        plain = segment.path
        packed = plain if plain.suffix == ".gz" else plain.with_name(f"{plain.name}.gz")
        if packed != plain:
            files.put(packed, gzip.compress(plain.read_bytes(), mtime=0))
        left = packed.with_suffix("")
        if left.exists():
            saved += left.stat().st_size - packed.stat().st_size
            left.unlink()
    files.sync_folder(journal)
    return saved


def put_segment(path: Path, lines: list[bytes]) -> None:
    """Put other lines in the place of a segment."""
    text = b"".join(lines)
    files.put(path, gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)


def opened(path: Path | Address) -> IO[bytes]:
    """A segment as a stream of its lines, packed or not."""
    packed = path.with_name(f"{path.name}.gz")
    if path.suffix != ".gz" and (path.exists() or not packed.exists()):
        return path.open("rb")
    # which may have been packed since it was looked for
    packed = path if path.suffix == ".gz" else packed
    stream = packed.open("rb") if isinstance(packed, Address) else packed
    return cast(IO[bytes], gzip.open(stream))


def segment_name(number: int, day: date) -> str:
    """What a segment is called.

    >>> segment_name(1, date(2026, 11, 23))
    '000000000001-2026-11-23.ndjson'
    """
    return f"{number:012}-{day.isoformat()}.ndjson"


def size_of(path: Path | Address) -> int:
    """How many bytes a file has."""
    return path.size() if isinstance(path, Address) else path.stat().st_size


def tail(path: Path | Address, size: int) -> bytes:
    """The last bytes of a file."""
    if isinstance(path, Address):
        return path.tail(size)
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - size))
        return file.read()


def torn(journal: Where) -> list[Where]:
    """What was half written, and set aside."""
    found = [path for path in _inside(journal) if path.suffix == ".torn"]
    return sorted(found, key=lambda path: path.name)


def day_of(path: Path) -> date:
    """The day on which the segment was begun of which this is a torn line."""
    return date.fromisoformat(path.name.split(".")[0].partition("-")[2])
