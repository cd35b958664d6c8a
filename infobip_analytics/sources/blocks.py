"""A stream in pieces of whole lines, so that no file need fit into memory."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

Piece = TypeVar("Piece")

#: How much of a stream is read at once: work for all cores, and little beside a machine's memory
SIZE = 16 * 1024 * 1024

#: No export has a line like this; what is longer is skipped, and never held
LONGEST = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines of a document.

    Attributes:
        first: The number of the first of them in the document, from 1.
        text: The lines, with their breaks.
        count: How many they are.
        problem: Why they are not there.
    """

    first: int
    text: bytes
    count: int = 0
    problem: str = ""


def lines_of(stream: Any, size: int = SIZE, longest: int = LONGEST) -> Iterator[Lines]:
    r"""The lines of a stream, about *size* bytes at a time; a line that is too long is a problem.

    >>> import io
    >>> [(each.first, each.text) for each in lines_of(io.BytesIO(b"a;b\nc;d\n1"), size=5)]
    [(1, b'a;b\nc;d\n'), (3, b'1')]
    """
    first = 1
    while text := stream.read(size):
        if not text.endswith(b"\n"):
            text += stream.readline(longest)
        begin = text.rfind(b"\n") + 1
        too_long = not text.endswith(b"\n") and len(text) - begin >= longest
        text = text[:begin] if too_long else text
        count = text.count(b"\n") + (not text.endswith(b"\n") and not too_long)
        if text:
            yield Lines(first, text, count)
        first += count
        if too_long:
            _skip_line(stream, size)
            yield Lines(first, b"", problem=f"a line of more than {longest:,} bytes")
            first += 1


def _skip_line(stream: Any, size: int) -> None:
    """Read a line to its end, and throw it away."""
    while (more := stream.readline(size)) and not more.endswith(b"\n"):
        pass


def ahead(
    pieces: Iterator[Piece], size_of: Callable[[Piece], int], size: int = SIZE
) -> Iterator[Piece]:
    """The same pieces, made while those before are worked on: about *size* bytes of them at once.

    >>> list(ahead(iter("abc"), size_of=len, size=2))
    ['a', 'b', 'c']
    """
    with ThreadPoolExecutor(max_workers=1) as worker:
        coming = worker.submit(_some, pieces, size_of, size)
        while made := coming.result():
            coming = worker.submit(_some, pieces, size_of, size)
            yield from made


def _some(pieces: Iterator[Piece], size_of: Callable[[Piece], int], size: int) -> list[Piece]:
    """The next pieces, until they have *size* bytes together."""
    found: list[Piece] = []
    while size > 0 and (piece := next(pieces, None)) is not None:
        found.append(piece)
        size -= size_of(piece)
    return found
