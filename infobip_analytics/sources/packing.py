"""Packed bytes as streams of unpacked ones, without ever holding a whole file in memory.

What is packed may be cut off, corrupt or a bomb. A stream then gives what could be unpacked before
that, ends, and says so in `problem`.
"""

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, BinaryIO, TypeAlias

#: How many bytes are unpacked at once
BLOCK = 256 * 1024

#: More than both is a bomb. Exports of reports shrink 10 to 30 times, the dullest table of numbers
#: less than 200 times, and deflate cannot do more than 1,032; below 256 MiB nothing is harmed.
BOMB_SIZE = 256 * 1024 * 1024
BOMB_RATIO = 300

#: How often something may be packed again
LEVELS = 3

GZIP = b"\x1f\x8b"

BOMB = f"it unpacks to more than {BOMB_RATIO} times its size, as a bomb does; the rest was not read"
_TOO_DEEP = f"it is packed more than {LEVELS} times over; unpack it first"

Blocks: TypeAlias = Iterator[bytes]


class BrokenError(Exception):
    """Nothing further can be unpacked; its text is the problem of the stream."""


class _Source(io.RawIOBase):
    """Blocks of bytes as a raw file, as BufferedReader wants one; where they break, it ends."""

    def __init__(self, blocks: Blocks, problem: str) -> None:
        super().__init__()
        self.problem = problem
        self._blocks = blocks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._rest = self._rest or self._next()
        given = self._rest[: len(buffer)]
        buffer[: len(given)] = given
        self._rest = self._rest[len(given) :]
        return len(given)

    def readall(self) -> bytes:
        return b"".join([self._rest, *iter(self._next, b"")])

    def close(self) -> None:
        # a block may come from a file that the generator has opened
        getattr(self._blocks, "close", lambda: None)()
        super().close()

    def _next(self) -> bytes:
        try:
            return next(filter(None, self._blocks), b"")
        except BrokenError as broken:
            self.problem = str(broken)
            return b""


class Unpacked(io.BufferedReader):
    """A buffered reader of what something packed holds; read to its end it knows its `problem`."""

    def __init__(self, blocks: Blocks, problem: str = "", packed: BinaryIO | None = None) -> None:
        self._source = _Source(blocks, problem)
        self._packed = packed
        super().__init__(self._source, BLOCK)

    def close(self) -> None:
        """Close it, and the packed stream below it."""
        super().close()
        if self._packed:
            self._packed.close()

    @property
    def problem(self) -> str:
        """Why it ended early, as "its gzip is cut off"; "" while all is well."""
        return self._source.problem


def unpacked(raw: BinaryIO) -> Unpacked:
    """What a gzip holds, also one of several members or packed again; other bytes as they are.

    >>> import gzip
    >>> unpacked(io.BytesIO(gzip.compress(b"reports"))).read()
    b'reports'
    """
    weight = Weight()
    return Unpacked(without_gzip(weight.counted(_blocks_of(raw)), weight), packed=raw)


@dataclass(slots=True)
class Weight:
    """How many packed bytes were read so far, from the outermost layer."""

    packed: int = 0

    def counted(self, blocks: Blocks) -> Blocks:
        """The same blocks, counted."""
        for block in blocks:
            self.packed += len(block)
            yield block

    def guarded(self, blocks: Blocks) -> Blocks:
        """What they unpack to, as long as it is in proportion."""
        size = 0
        for block in blocks:
            size += len(block)
            if size > BOMB_SIZE and size > BOMB_RATIO * self.packed:
                raise BrokenError(BOMB)
            yield block


def _blocks_of(raw: BinaryIO) -> Blocks:
    return iter(lambda: raw.read(BLOCK), b"")


def with_head(blocks: Blocks, size: int) -> tuple[bytes, Blocks]:
    """The first *size* bytes, or all there are, and all of the blocks."""
    head = b""
    try:
        for block in blocks:
            head += block
            if len(head) >= size:
                break
    except BrokenError as broken:
        return head[:size], _broken_after(head, broken)
    return head[:size], chain([head], blocks)


def _broken_after(head: bytes, broken: BrokenError) -> Blocks:
    yield head
    raise broken


def without_gzip(blocks: Blocks, weight: Weight, levels: int = LEVELS) -> Blocks:
    """The blocks with up to *levels* layers of gzip taken off."""
    head, blocks = with_head(blocks, len(GZIP))
    if head != GZIP:
        yield from blocks
    elif levels == 0:
        raise BrokenError(_TOO_DEEP)
    else:
        yield from without_gzip(weight.guarded(_gunzipped(blocks)), weight, levels - 1)


def _gunzipped(blocks: Blocks) -> Blocks:
    """What the members of a gzip hold, one after the other; zeros may pad it."""
    machine = _gunzip()
    for block in blocks:
        rest = block
        while rest := rest.lstrip(b"\0") if machine.eof else rest:
            if machine.eof and not GZIP.startswith(rest[:2]):
                raise BrokenError("something else follows its gzip")
            machine = _gunzip() if machine.eof else machine
            yield from inflated(machine, rest, "its gzip is corrupt")
            rest = machine.unused_data
    if not machine.eof:
        yield machine.flush()
        raise BrokenError("its gzip is cut off")


def _gunzip() -> Any:
    return zlib.decompressobj(zlib.MAX_WBITS | 16)


def inflated(machine: Any, packed: bytes, corrupt: str) -> Blocks:
    """What *packed* unpacks to, up to the end of the stream of *machine*."""
    while packed and not machine.eof:
        before = machine.copy()
        try:
            block = machine.decompress(packed, BLOCK)
        except zlib.error:
            yield from _saved(before, packed)
            raise BrokenError(corrupt) from None
        yield block
        packed = machine.unconsumed_tail


def _saved(machine: Any, packed: bytes) -> Blocks:
    """What lies before the byte that is wrong; zlib at once gives nothing of such a block."""
    for place in range(len(packed)):
        try:
            block = machine.decompress(packed[place : place + 1])
        except zlib.error:
            return
        yield block
