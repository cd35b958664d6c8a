"""From what a user points at to documents: each one file, one open file or one parsed answer."""

import glob
import gzip
import io
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from infobip_analytics.errors import SourceError

Format = Literal["json", "ndjson", "csv", "parquet", "parsed", "unreadable"]

#: How much of a document is looked at to tell its format
HEAD = 64 * 1024

#: What a file that cannot be opened or unpacked raises
BROKEN = (OSError, EOFError, zlib.error)


@dataclass(frozen=True, slots=True)
class Document:
    """One file, one open file or one parsed answer, and how it is to be read.

    Attributes:
        name: What messages call it.
        format: Told by the content, not by the name.
        path: Where it lies as it is; None where it is packed or no file.
        content: Its bytes, where they do not lie at *path*.
        parsed: JSON that was parsed already.
        problem: Why it is `unreadable`.
    """

    name: str
    format: Format
    path: Path | None = None
    content: bytes = b""
    parsed: Any = None
    problem: str = ""

    def read(self) -> bytes:
        """Read all its bytes."""
        return self.path.read_bytes() if self.path else self.content

    def head(self) -> bytes:
        """Read its first bytes, enough to tell what it is."""
        if self.path is None:
            return self.content[:HEAD]
        with self.path.open("rb") as file:
            return file.read(HEAD)


def documents(source: Any) -> list[Document]:
    """Find the documents of *source*, in a fixed order.

    Args:
        source: A path, glob or folder (with all below it, but hidden files), a list of these, an
            open file, or parsed JSON. gzip is unpacked.

    Raises:
        SourceError: Nothing lies there.
    """
    found = list(_found(source))
    if not found:
        raise SourceError(f"{_short(str(source))} holds no file; give the folder of an export")
    return found


def _found(source: Any) -> Iterator[Document]:
    if isinstance(source, Document):
        yield source
    elif isinstance(source, (str, os.PathLike)):
        yield from map(_file, _files_at(os.fspath(source)))
    elif isinstance(source, dict):
        yield Document("the parsed answer", "parsed", parsed=source)
    elif hasattr(source, "read"):
        yield _open_file(source)
    elif hasattr(source, "columns") or isinstance(source, (bytes, bytearray)):
        raise SourceError(_NOT_A_SOURCE.get(hasattr(source, "columns"), ""))
    elif isinstance(source, Iterable):
        yield from _each(list(source))
    else:
        raise SourceError(
            f"what was given is no source, but of the type {type(source).__name__}; {_SOURCES}"
        )


_SOURCES = "give a path, a glob, a folder, a list of these, an open file or parsed JSON"

_NOT_A_SOURCE = {
    True: "this is a frame already: give it to ia.messages(...), or its file to the reader",
    False: f"bytes are no source; {_SOURCES} (io.BytesIO(...) makes bytes an open file)",
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


def _files_at(source: str) -> list[Path]:
    if not source.strip():
        raise SourceError(f"the name of the source is empty; {_SOURCES}")
    try:
        return _paths(source)
    except PermissionError:
        raise SourceError(f"no permission to look into {_short(source)}") from None
    except (OSError, ValueError):  # no name that a file could have
        raise SourceError(_nothing_at(source)) from None


def _paths(source: str) -> list[Path]:
    """The files that *source* names, sorted."""
    path = Path(source).expanduser()
    if path.is_dir():
        return [found for found in sorted(_below(path)) if _is_visible_file(found, path)]
    if path.exists():
        return [path]
    matches = sorted(map(Path, glob.glob(str(path), recursive=True)))
    found = [
        each for match in matches for each in (_paths(str(match)) if match.is_dir() else [match])
    ]
    if found:
        return list(dict.fromkeys(found))
    raise SourceError(_nothing_at(source))


def _below(folder: Path) -> Iterator[Path]:
    """Every file below *folder*; one that may not be looked into raises, and is not skipped."""

    def refuse(error: OSError) -> None:
        raise SourceError(
            f"no permission to look into {_short(str(error.filename))}, so files may be missing; "
            "allow it, or name the files that may be read"
        ) from error

    for place, _, names in os.walk(folder, onerror=refuse):
        yield from (Path(place) / name for name in names)


def _is_visible_file(found: Path, folder: Path) -> bool:
    hidden = any(part.startswith((".", "__")) for part in found.relative_to(folder).parts)
    return not hidden and found.is_file()


def _nothing_at(source: str) -> str:
    if source.lstrip()[:1] in ("{", "[") and ":" in source:
        return "this is JSON text, not a path; parse it first: json.loads(text)"
    what = "no file matches" if glob.has_magic(source) else "there is no file or folder"
    return f"{what} {_short(source)} (looked in {Path.cwd()}); {_SOURCES}"


def _short(text: str) -> str:
    return repr(text if len(text) <= 200 else text[:200] + "...")


def _file(path: Path) -> Document:
    """The document in one file; what cannot be opened is `unreadable`, and says why."""
    document = Document(str(path), "unreadable", path=path)
    try:
        return told(_unpacked(document))
    except BROKEN as broken:
        return replace(document, problem=_why(broken))


def _open_file(file: Any) -> Document:
    name = getattr(file, "name", None)
    content = file.read()
    raw = content.encode() if isinstance(content, str) else bytes(content)
    document = Document(str(name or "the open file"), "unreadable", content=raw)
    try:
        return told(_unpacked(document))
    except BROKEN as broken:
        return replace(document, problem=_why(broken))


def _unpacked(document: Document) -> Document:
    """The document itself, or what lies inside its gzip."""
    if not document.head().startswith(b"\x1f\x8b"):
        return document
    with gzip.open(document.path or io.BytesIO(document.content)) as packed:
        return replace(document, path=None, content=packed.read())


def _why(broken: BaseException) -> str:
    if isinstance(broken, PermissionError):
        return "no permission to read it"
    if isinstance(broken, (EOFError, zlib.error, gzip.BadGzipFile)):
        return "its gzip is broken or cut off"
    return getattr(broken, "strerror", None) or "it cannot be opened"


def told(document: Document) -> Document:
    """The document with its format, told by its first bytes."""
    head = document.head()
    if head.startswith(b"PAR1"):
        return replace(document, format="parquet")
    if problem := _problem(head):
        return replace(document, format="unreadable", problem=problem)
    lines = decoded(head).strip().split("\n")
    if lines[0][:1] in ("{", "["):
        return replace(document, format=_json_format(lines))
    looks_like_ndjson = any(line.lstrip().startswith('{"') for line in lines[1:])
    return replace(document, format="ndjson" if looks_like_ndjson else "csv")


def _problem(head: bytes) -> str:
    """Why a document that begins with *head* cannot be read; "" where nothing speaks against it."""
    if head.startswith(b"PK\x03\x04"):
        return "it is a ZIP archive or a workbook; unpack it, or save it as CSV"
    if b"\0" in head and not head.startswith(UTF16):
        return "it is neither JSON, NDJSON, CSV nor Parquet"
    text = decoded(head).strip()
    if not text:
        return "it is empty"
    return "it is XML or HTML; ask for JSON instead" if text.startswith("<") else ""


def _json_format(lines: list[str]) -> Format:
    """`ndjson` where the first line is a value of its own and another follows."""
    try:
        json.loads(lines[0])
    except (ValueError, RecursionError):
        return "json"
    return "ndjson" if any(line.strip() for line in lines[1:]) else "json"


UTF16 = (b"\xff\xfe", b"\xfe\xff")


def in_utf8(raw: bytes) -> bytes:
    """The same text as UTF-8 without a mark at its beginning, where it is UTF-8 or UTF-16."""
    return decoded(raw).encode() if raw.startswith(UTF16) else raw.removeprefix(b"\xef\xbb\xbf")


def assumed_encoding(name: str, raw: bytes) -> list[str]:
    """Say where `decoded` had to assume an encoding."""
    try:
        raw.decode("utf-16" if raw.startswith(UTF16) else "utf-8")
    except UnicodeDecodeError:
        return [
            f"{name} is not UTF-8 and was read as Windows-1252; save it as UTF-8 if words look odd"
        ]
    return []


def decoded(raw: bytes) -> str:
    """Text of any usual encoding: UTF-8 or UTF-16 by its mark, else UTF-8, else Windows-1252."""
    if raw.startswith(UTF16):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        # the head of a document may end within a character
        within = wrong.reason == "unexpected end of data"
        return raw.decode("utf-8-sig" if within else "cp1252", errors="replace")
