"""Where the files of a ZIP lie in it: by its directory, or by their own headers if that is lost."""

import io
import struct
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from infobip_analytics.sources.packing import BLOCK

ZIP = b"PK\x03\x04"

#: Before each file: magic, version, flags, method, time, date, CRC, two sizes, lengths of two names
HEADER = struct.Struct("<4s5H3I2H")

_ENCRYPTED, _SIZES_FOLLOW, _UTF8 = 1, 8, 0x800


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in a ZIP, as it is described.

    Attributes:
        name: Whatever somebody wrote there: for messages only.
        header: Where its header begins.
        packed: How many bytes it takes, packed.
        method: How it is packed, by its number.
        encrypted: Whether it needs a password.
        check: Its checksum and its size unpacked; None where nothing tells them.
    """

    name: str
    header: int
    packed: int
    method: int
    encrypted: bool
    check: tuple[int, int] | None


def opened(source: Path | BinaryIO) -> AbstractContextManager[BinaryIO]:
    """A ZIP to read in: a path is opened and closed, an open file stays open."""
    return source.open("rb") if isinstance(source, Path) else nullcontext(source)


def entries(source: Path | BinaryIO) -> list[Entry]:
    """The files in the directory of a ZIP; BadZipFile where it has none that can be read."""
    try:
        with zipfile.ZipFile(source) as directory:
            # the same file described twice is still one file
            return list(dict.fromkeys(map(_entry, directory.infolist())))
    except (ValueError, OverflowError, NotImplementedError, struct.error) as wrong:
        # a directory of nonsense: names that are no text, places before the beginning
        raise zipfile.BadZipFile("its ZIP is corrupt") from wrong


def _entry(info: zipfile.ZipInfo) -> Entry:
    return Entry(
        info.filename,
        info.header_offset,
        info.compress_size,
        info.compress_type,
        bool(info.flag_bits & _ENCRYPTED),
        (info.CRC, info.file_size),
    )


def left_over(source: Path | BinaryIO) -> list[Entry]:
    """The files that lie one after the other from the beginning of a ZIP that has no directory."""
    with opened(source) as file:
        return list(_walked(file))


def _walked(file: BinaryIO) -> Iterator[Entry]:
    end, place = file.seek(0, io.SEEK_END), 0
    while len(header := _read(file, place, HEADER.size)) == HEADER.size and header[:4] == ZIP:
        _, _, flags, method, _, _, crc, packed, size, name_size, extra = HEADER.unpack(header)
        name = _read(file, place + HEADER.size, name_size)
        start = place + HEADER.size + name_size + extra
        told = not flags & _SIZES_FOLLOW and packed < 0xFFFFFFFF
        after = start + packed if told else _next(file, start, end)
        yield Entry(
            name.decode("utf-8" if flags & _UTF8 else "cp437", "replace"),
            place,
            after - start,
            method,
            bool(flags & _ENCRYPTED),
            (crc, size) if told else None,
        )
        place = after


def _next(file: BinaryIO, start: int, end: int) -> int:
    """Where the next header begins, or the end; four bytes like it are by chance once in 4 GB."""
    for place in range(start, end, BLOCK):
        found = _read(file, place, BLOCK + len(ZIP) - 1).find(ZIP)
        if found >= 0:
            return place + found
    return max(start, end)


def _read(file: BinaryIO, place: int, size: int) -> bytes:
    file.seek(place)
    return file.read(size)
