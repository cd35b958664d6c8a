"""JSON as lines: whatever holds the entries (a document, NDJSON, parsed JSON), each becomes a line.

What it holds is not looked at here: a line is read, and found broken, where it becomes a row.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, repeat, starmap
from typing import Any

from infobip_analytics.sources.aside import SetAside
from infobip_analytics.sources.blocks import SIZE, Lines
from infobip_analytics.sources.broken_json import entries_of, values_of
from infobip_analytics.sources.documents import Document
from infobip_analytics.sources.encodings import decoded


@dataclass(frozen=True, slots=True)
class Shape:
    """How lines are read: a schema in which all is text, with parts where an object has some.

    Attributes:
        schema: The schema for polars.
        strangers: Fields that show, where a line has them, that it is of another shape.
    """

    schema: dict[str, Any]
    strangers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a door knows of the JSON of its kind.

    Attributes:
        closed: Tells whether the entries are within this line, not the line itself.
        opened: The entries of one JSON text, each as JSON; ValueError where it is none.
        entries: The entries of one parsed value.
        shape: A schema of text for lines that are like this one; None where the lines themselves
            have to tell.
        keys: Fields of which some row of such a shape has one; else every field is looked at.
        envelopes: Fields that show, when lines have been read, that some are envelopes after all.
        whole: Fields that stay JSON text where they hold an object.
    """

    closed: Callable[[bytes], bool]
    opened: Callable[[bytes], list[bytes]]
    entries: Callable[[Any], list[Any]]
    shape: Callable[[bytes], Shape | None]
    keys: frozenset[str] = frozenset()
    envelopes: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Block:
    """Entries of one document, each a line of JSON.

    Attributes:
        file: The name of the document.
        text: The lines.
        runs: How often each number stands for the next of them: the line in NDJSON, else the place.
            (3, 1) is the line 3; a page on the line 3 may be (3, 1000). A range counts on.
    """

    file: str
    text: bytes
    runs: range | list[tuple[int, int]]

    def __len__(self) -> int:
        runs = self.runs
        return len(runs) if isinstance(runs, range) else sum(count for _, count in runs)

    def numbers(self) -> Iterator[int]:
        """The number of each line."""
        runs = self.runs
        return iter(runs) if isinstance(runs, range) else chain.from_iterable(starmap(repeat, runs))

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Each line that is not blank, with its number."""
        # the last break has no line behind it
        pairs = zip(self.numbers(), self.text.split(b"\n"), strict=False)
        return ((number, line) for number, line in pairs if line.strip())


def blocks(document: Document, envelope: Envelope) -> Iterator[Block | SetAside]:
    """The entries of a JSON document, in blocks that fit into memory, and what is none."""
    match document.format:
        case "parsed":
            yield from _of_parsed(document, envelope)
        case "ndjson":
            for lines in document.lines():
                yield _of_lines(document.name, lines, envelope)
        case _:
            yield from _of_whole(document, envelope)


def _of_lines(file: str, lines: Lines, envelope: Envelope) -> Block | SetAside:
    if lines.problem:
        return SetAside(file, lines.first or None, lines.problem, None)
    block = Block(file, lines.text, range(lines.first, lines.first + lines.count))
    return reopened(block, envelope) if envelope.closed(first_line(lines.text)) else block


def first_line(text: bytes) -> bytes:
    """The first line that is not blank."""
    begin = re.search(rb"\S", text)
    start = begin.start() if begin else 0
    end = text.find(b"\n", start)
    return text[start : end if end >= 0 else None]


def without_blanks(block: Block) -> Block:
    """The block without its blank lines."""
    filled = list(block.lines())
    text = b"\n".join(line for _, line in filled)
    return Block(block.file, text, [(number, 1) for number, _ in filled])


def reopened(block: Block, envelope: Envelope) -> Block:
    """Lines of which some are envelopes: each entry has the number of its line."""
    found: list[bytes] = []
    runs: list[tuple[int, int]] = []
    for number, line in block.lines():
        entries = _opened(line, envelope)
        found += entries
        runs.append((number, len(entries)))
    return Block(block.file, b"\n".join(found), runs)


def _opened(line: bytes, envelope: Envelope) -> list[bytes]:
    try:
        return envelope.opened(line)
    except (ValueError, RecursionError):
        # of anything but a list or an answer, pieces would only be counted as so many rows
        return _salvaged(line, envelope)[0] if line.lstrip()[:1] in (b"{", b"[") else [line]


def _salvaged(text: bytes, envelope: Envelope) -> tuple[list[bytes], bool]:
    """The entries of broken JSON, a line each; whether the last of them is cut off.

    What is broken is among them, and told to be so when it is read.
    """
    found: list[bytes] = []
    cut = False
    for value in values_of(text):
        whole = _of_one(value, envelope)
        pieces, cut = ([], False) if whole is not None else entries_of(value)
        found += whole or []
        found += (
            entry for piece in pieces for entry in _of_one(piece, envelope) or [_one_line(piece)]
        )
    return found, cut


def _of_one(value: bytes, envelope: Envelope) -> list[bytes] | None:
    """The entries of one value, also with what strict readers refuse, as NaN; None of no JSON."""
    try:
        return [json.dumps(each).encode() for each in envelope.entries(json.loads(decoded(value)))]
    except (ValueError, RecursionError):
        return None


def _of_whole(document: Document, envelope: Envelope) -> Iterator[Block | SetAside]:
    """A document that is one value, or else broken."""
    content, problem = document.whole()
    try:
        entries = envelope.opened(_one_line(content))
    except (ValueError, RecursionError):
        yield from _of_broken(document.name, content, problem, envelope)
    else:
        yield from _portions(document.name, entries, len(content))
        if problem:
            yield SetAside(document.name, None, problem, None)


def _one_line(text: bytes) -> bytes:
    """The same JSON: within it a break is but space."""
    return text.replace(b"\n", b" ") if b"\n" in text else text


def _portions(file: str, entries: list[bytes], size: int) -> Iterator[Block]:
    """Entries of about *size* bytes together in blocks of about one size."""
    step = max(1, len(entries) * SIZE // max(size, 1))
    for start in range(0, len(entries), step):
        some = entries[start : start + step]
        yield Block(file, b"\n".join(some), range(start + 1, start + 1 + len(some)))


def _of_broken(
    file: str, content: bytes, problem: str, envelope: Envelope
) -> Iterator[Block | SetAside]:
    """Lines that are a row each where any is, as in a list of them; else what can be salvaged."""
    lines = [line.strip().removesuffix(b",") for line in content.split(b"\n")]
    if any(_is_object(line) for line in lines):
        kept = [(number, line) for number, line in enumerate(lines, 1) if not _FRAME.match(line)]
        text = b"\n".join(line for _, line in kept)
        yield reopened(Block(file, text, [(number, 1) for number, _ in kept]), envelope)
        if problem:
            yield SetAside(file, None, problem, None)
        return
    found, cut = _salvaged(content, envelope)
    entries = found[:-1] if cut else found
    yield from _portions(file, entries, len(content))
    if cut or problem:
        place = len(entries) + 1 if entries else None
        yield SetAside(file, place, problem or "it is no JSON, or cut off", None)


#: Lines of a list that has a row a line, but no row themselves
_FRAME = re.compile(rb'(?:\[|\]|\{\s*"\w+"\s*:\s*\[|\]\s*\}|)$')


def _is_object(line: bytes) -> bool:
    if not (line.startswith(b"{") and line.endswith(b"}")):
        return False
    try:
        return isinstance(json.loads(decoded(line)), dict)
    except (ValueError, RecursionError):
        return False


def _of_parsed(document: Document, envelope: Envelope) -> Iterator[Block]:
    values = envelope.entries(document.parsed)
    entries = [json.dumps(entry, default=str).encode() for entry in values]
    yield from _portions(document.name, entries, sum(map(len, entries)))
