"""From what a user points at to documents: each one file, one open file or one parsed answer."""

import io
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from infobip_analytics.errors import SourceError
from infobip_analytics.sources.blocks import LONGEST, Lines, lines_of
from infobip_analytics.sources.encodings import MARK, recoded
from infobip_analytics.sources.formats import HEAD, Format, problem_of, told_format
from infobip_analytics.sources.locating import SOURCES, files_at, short
from infobip_analytics.sources.packing import GZIP, unpacked
from infobip_analytics.sources.workbooks import is_workbook
from infobip_analytics.sources.zip_entries import ZIP
from infobip_analytics.sources.zips import members


@dataclass(frozen=True, slots=True)
class Document:
    """One file, one member of a ZIP, one open file or one parsed answer.

    Attributes:
        name: What messages call it.
        format: Told by the content, not by the name.
        source: Opens its bytes, unpacked.
        path: Where these bytes lie as they are; None where they are packed or in memory.
        file: The file it is, or is in.
        parsed: JSON that was parsed already.
        problem: Why it is `unreadable`, or what is already known to be wrong with it.
    """

    name: str
    format: Format
    source: Callable[[], Any] = io.BytesIO
    path: Path | None = None
    file: Path | None = None
    parsed: Any = None
    problem: str = ""

    def open(self) -> Any:
        """Open it as a stream of bytes: unpacked, not UTF-16, without a mark at its beginning.

        What is wrong with it may be known only at its end: then the stream has a `problem`.
        """
        stream = self.source()
        head = stream.read(len(MARK))
        if head == MARK:
            return stream
        stream.close()
        return recoded(self.source(), head)

    def head(self) -> bytes:
        """Read its first bytes, enough to tell what it is."""
        with closing(self.open()) as stream:
            return bytes(stream.read(HEAD))

    def lines(self) -> Iterator[Lines]:
        """Read its lines, some at a time; what is wrong with it comes last."""
        with closing(self.open()) as stream:
            yield from lines_of(stream)
            if problem := getattr(stream, "problem", ""):
                yield Lines(0, b"", problem=problem)

    def whole(self) -> tuple[bytes, str]:
        """Read all its bytes, and say what is wrong with it."""
        with closing(self.open()) as stream:
            # what is packed may be larger than it looks
            most = -1 if self.path else LONGEST
            content = bytes(stream.read(most))
            more = most > 0 and stream.read(1)
            problem = f"it unpacks to more than {LONGEST:,} bytes; unpack it first" if more else ""
            return (b"", problem) if more else (content, getattr(stream, "problem", ""))


def documents(source: Any) -> list[Document]:
    """Find the documents of *source*, in a fixed order.

    Args:
        source: A path, glob or folder (with all below it, but hidden files), a list of these, an
            open file, or parsed JSON. gzip and ZIP are unpacked.

    Raises:
        SourceError: Nothing lies there.
    """
    found = list(_found(source))
    if not found:
        named = source if isinstance(source, (list, tuple)) else [source]
        raise SourceError(
            f"{', '.join(short(str(each)) for each in named)}: there is no file in it; give the "
            "folder of an export"
        )
    return found


def _found(source: Any) -> Iterator[Document]:
    if isinstance(source, Document):
        yield source
    elif isinstance(source, (str, os.PathLike)):
        for path in files_at(os.fspath(source)):
            yield from _file(path)
    elif isinstance(source, dict):
        yield Document("the parsed answer", "parsed", parsed=source)
    elif hasattr(source, "read"):
        yield from _open_file(source)
    elif hasattr(source, "columns") or isinstance(source, (bytes, bytearray)):
        raise SourceError(_NOT_A_SOURCE.get(hasattr(source, "columns"), ""))
    elif isinstance(source, Iterable):
        yield from _each(list(source))
    else:
        raise SourceError(
            f"what was given is no source, but of the type {type(source).__name__}; {SOURCES}"
        )


_NOT_A_SOURCE = {
    True: "this is a frame already: give it to ia.messages(...), or its file to the reader",
    False: f"bytes are no source; {SOURCES} (io.BytesIO(...) makes bytes an open file)",
}


def _each(items: list[Any]) -> Iterator[Document]:
    """The documents of a list: of sources, or else one parsed list of rows."""
    if not items:
        raise SourceError(
            "an empty list is no source: no file was found, or no row given. An answer without "
            'rows is {"results": []}'
        )
    sources = (str, os.PathLike, Document)
    if any(isinstance(item, sources) or hasattr(item, "read") for item in items):
        for item in items:
            yield from _found(item)
    else:
        yield Document("the parsed list", "parsed", parsed=items)


def _file(path: Path) -> Iterator[Document]:
    """The documents in one file; what cannot be opened is `unreadable`, and says why."""
    source = partial(path.open, "rb")
    yield from _inside(Document(_name(path), "unreadable", source, path=path, file=path))


def _name(path: Any) -> str:
    """What messages call a file: on disk its name is bytes, which need not be text."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _open_file(file: Any) -> Iterator[Document]:
    name = getattr(file, "name", None)
    content = file.read()
    raw = content.encode() if isinstance(content, str) else bytes(content)
    called = _name(name) if isinstance(name, (str, bytes, os.PathLike)) else "the open file"
    yield from _inside(Document(called, "unreadable", partial(io.BytesIO, raw)))


def _inside(document: Document) -> Iterator[Document]:
    """What is in a document: itself with its format, or what its gzip or its ZIP holds."""
    try:
        with closing(document.source()) as stream:
            head = stream.read(4)
            stream.seek(0)
            if head.startswith(GZIP):
                yield told(replace(document, source=partial(_unpacked, document), path=None))
            elif head.startswith(ZIP) and not is_workbook(document.path or stream):
                yield from _members(document, stream)
            else:
                yield told(document)
    except OSError as broken:
        yield replace(document, problem=_why(broken))


def _unpacked(document: Document) -> Any:
    return unpacked(document.source())


def _members(document: Document, stream: Any) -> Iterator[Document]:
    """What a ZIP holds, a document each."""
    try:
        found = members(document.path or stream, document.name)
    except zipfile.BadZipFile:
        yield replace(document, problem="its ZIP is broken or cut off")
        return
    if not found:
        yield replace(document, problem="it is a ZIP without any file in it")
    for member in found:
        yield told(Document(member.name, "unreadable", member.open, file=document.file))


def _why(broken: OSError) -> str:
    if isinstance(broken, PermissionError):
        return "no permission to read it"
    return broken.strerror or "it cannot be opened"


def told(document: Document) -> Document:
    """The document with its format, told by its first bytes, and what is wrong with them."""
    with closing(document.source()) as stream:
        head = stream.read(HEAD)
        problem = (getattr(stream, "problem", "") if not head else "") or problem_of(head)
        kind = "unreadable" if problem else told_format(head, stream)
        return replace(document, format=kind, problem=problem or getattr(stream, "problem", ""))
