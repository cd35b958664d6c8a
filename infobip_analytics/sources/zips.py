"""ZIP archives: what they hold as streams, and which of them are workbooks.

Nothing is unpacked to the disk, so the names in an archive only ever stand in messages.
"""

import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from infobip_analytics.sources.packing import (
    BLOCK,
    BOMB,
    BOMB_RATIO,
    BOMB_SIZE,
    Blocks,
    BrokenError,
    Unpacked,
    Weight,
    inflated,
    with_head,
    without_gzip,
)
from infobip_analytics.sources.zip_entries import HEADER, ZIP, Entry, entries, left_over, opened

#: What the first file of a workbook's ZIP is called
_WORKBOOK_NAME = re.compile(rb"\[Content_Types\]\.xml|(_rels|docProps|xl|customXml|theme)/")

CUT_OFF = "its ZIP is cut off, or its directory broken; files may be missing"
ZIP_IN_ZIP = "a ZIP within a ZIP; unpack it first"
_PASSWORD = "it is protected by a password; unpack it first"


@dataclass(frozen=True, slots=True)
class Member:
    """One file within a ZIP.

    Attributes:
        name: What messages call it: "archive.zip/inner/report.ndjson".
        open: Open it, as often as it is wanted; a gzip in it is unpacked too.
    """

    name: str
    open: Callable[[], Unpacked]


@dataclass(slots=True)
class _Archive:
    """A ZIP whose members are read one by one, and what they unpacked to so far."""

    source: Path | BinaryIO
    packed: int
    total: int = 0
    sizes: dict[Entry, int] = field(default_factory=dict)

    def guarded(self, entry: Entry, blocks: Blocks) -> Blocks:
        """The blocks of a member, as long as all members together are in proportion.

        Members may lie upon each other, so that each is in proportion and all of them are not.
        What is read twice counts once.
        """
        size = 0
        for block in blocks:
            size += len(block)
            more = max(0, size - self.sizes.get(entry, 0))
            self.sizes[entry] = self.sizes.get(entry, 0) + more
            self.total += more
            if self.total > max(BOMB_SIZE, BOMB_RATIO * self.packed):
                raise BrokenError(BOMB)
            yield block


def members(source: Path | BinaryIO, name: str) -> list[Member]:
    """The files within a ZIP, in the order of its directory; no folders and no hidden files.

    The directory is read here, and not again by opening a member. A member that cannot be unpacked
    (a password, a strange method, a ZIP) gives an empty stream that says so. Where the directory is
    lost, as in a ZIP that is cut off, the members are those that are found without it; one more,
    empty and of the name of the ZIP, says that files may be missing.

    Args:
        source: The ZIP: a path, or a file that can seek and stays open as long as its members are
            read.
        name: What messages call it.

    Raises:
        zipfile.BadZipFile: It is no ZIP.
        OSError: It cannot be opened.
    """
    archive = _Archive(source, _size(source))
    try:
        return _listed(archive, name, entries(source))
    except zipfile.BadZipFile:
        found = _listed(archive, name, left_over(source))
        if not found:
            raise
        return [*found, Member(name, partial(Unpacked, iter(()), CUT_OFF))]


def every_member(source: Path | BinaryIO, name: str) -> list[Member]:
    """The same with hidden files; one that is cut off raises BadZipFile."""
    return _listed(_Archive(source, _size(source)), name, entries(source), hidden=True)


def _listed(
    archive: _Archive, name: str, found: list[Entry], *, hidden: bool = False
) -> list[Member]:
    return [
        Member(f"{name}/{shown(entry.name)}", partial(_opened, archive, entry))
        for entry in found
        if not entry.name.endswith("/") and (hidden or not _is_hidden(entry.name))
    ]


def _size(source: Path | BinaryIO) -> int:
    with opened(source) as file:
        return file.seek(0, io.SEEK_END)


def _parts(name: str) -> list[str]:
    return [part for part in re.split(r"[/\\]", name) if part not in ("", ".")]


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__")) and part != ".." for part in _parts(name))


def shown(name: str) -> str:
    """A name for messages: without characters that steer a terminal, and of bearable length."""
    sound = "".join("?" if unicodedata.category(each)[0] == "C" else each for each in name)
    return "/".join(_parts(sound))[-200:]


def _opened(archive: _Archive, entry: Entry) -> Unpacked:
    weight = Weight()
    inner = weight.guarded(_member(archive.source, entry, weight))
    return Unpacked(archive.guarded(entry, _no_zip(without_gzip(inner, weight))))


def _no_zip(blocks: Blocks) -> Blocks:
    """The same blocks, but of no ZIP within a ZIP; a workbook is a file like any other."""
    head, blocks = with_head(blocks, HEADER.size + 32)
    if head.startswith(ZIP) and not begins_workbook(head):
        raise BrokenError(ZIP_IN_ZIP)
    yield from blocks


def begins_workbook(head: bytes) -> bool:
    """Whether the first file of a ZIP is called as that of a workbook."""
    return bool(head.startswith(ZIP) and _WORKBOOK_NAME.match(head, HEADER.size))


def _member(source: Path | BinaryIO, entry: Entry, weight: Weight) -> Blocks:
    """What a member holds, checked against what the ZIP says of it."""
    if entry.encrypted:
        raise BrokenError(_PASSWORD)
    if entry.method not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BrokenError(
            f"it is packed by a method (number {entry.method}) that cannot be unpacked here; "
            "unpack it first"
        )
    packed = weight.counted(_packed(source, entry))
    crc = size = 0
    for block in packed if entry.method == zipfile.ZIP_STORED else _deflated(packed):
        crc, size = zlib.crc32(block, crc), size + len(block)
        yield block
    if entry.check not in (None, (crc, size)):
        raise BrokenError("it is corrupt: its ZIP says otherwise what it should be")


def _packed(source: Path | BinaryIO, entry: Entry) -> Blocks:
    """The packed bytes of a member; each block is sought, for others may read the same file."""
    with opened(source) as file:
        start = _start(file, entry.header)
        end = start + entry.packed
        while start < end:
            file.seek(start)
            block = file.read(min(BLOCK, end - start))
            if not block:
                raise BrokenError("its ZIP is cut off")
            yield block
            start += len(block)


def _start(file: BinaryIO, place: int) -> int:
    """Where the packed bytes of the member at *place* begin."""
    # a directory that says too much of itself puts members before the file
    header = file.read(HEADER.size) if file.seek(max(place, 0)) == place else b""
    if len(header) < HEADER.size or not header.startswith(ZIP):
        raise BrokenError("its ZIP is corrupt: it is not where the directory says")
    *_, name, extra = HEADER.unpack(header)
    return place + HEADER.size + int(name) + int(extra)


def _deflated(packed: Blocks) -> Blocks:
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    for block in packed:
        yield from inflated(machine, block, "it is corrupt within its ZIP")
    if not machine.eof:
        yield machine.flush()
        raise BrokenError("it is cut off within its ZIP")
