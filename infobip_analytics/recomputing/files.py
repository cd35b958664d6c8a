"""The files of a source as they lie on disk, and which of them are new or changed since a run."""

import os
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infobip_analytics.errors import SourceError
from infobip_analytics.sources.locating import files_at

#: Clocks of file systems are coarse: within these nanoseconds a file may change and look the same
_COARSE, _COARSEST = 20_000_000, 2_000_000_000

UNTRUSTED = -1


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as a run found it.

    Attributes:
        path: As it was found, for messages.
        size: In bytes.
        mtime_ns: When it was changed last; `UNTRUSTED` where a later change might not show.
    """

    path: Path
    size: int
    mtime_ns: int


def found_in(sources: Iterable[Any], apart: Collection[Path]) -> dict[str, Seen]:
    """The files of *sources* by their full path, each once, sorted, without the files *apart*.

    Raises:
        SourceError: Nothing lies there, or what was given is no path.
    """
    own = {os.path.realpath(path) for path in apart}
    names = {path.name for path in apart}
    paths = {os.path.abspath(path): path for source in sources for path in _paths(source)}
    seen = {
        full: look
        for full, path in sorted(paths.items())
        if not (path.name in names and os.path.realpath(path) in own) and (look := seen_at(path))
    }
    if not seen:
        raise SourceError(
            f"{_named(sources)} holds no file; give the folder of the exports. Nothing was written"
        )
    return seen


def _paths(source: Any) -> list[Path]:
    if isinstance(source, (str, os.PathLike)):
        return files_at(os.fspath(source))
    raise SourceError(
        f"recompute reads files, not what is of the type {type(source).__name__}: give the path of "
        "a file or folder, a glob, or a list of these"
    )


def _named(sources: Iterable[Any]) -> str:
    return ", ".join(map(str, sources)) or "an empty list"


def seen_at(path: Path) -> Seen | None:
    """The file at *path* as it is now; None where there is none any more."""
    now = time.time_ns()
    try:
        stat = path.stat()
    except OSError:
        return None
    coarse = _COARSEST if stat.st_mtime_ns % 1_000_000_000 == 0 else _COARSE
    settled = stat.st_mtime_ns < now - coarse and may(path, os.R_OK)
    return Seen(path, stat.st_size, stat.st_mtime_ns if settled else UNTRUSTED)


def may(path: Path, mode: int) -> bool:
    """Whether this process has the right to do something (`os.R_OK`, `os.W_OK`) with a file."""
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def unchanged(seen: Seen, size: int, mtime_ns: int) -> bool:
    """Whether a file is as it was when it was read."""
    return (seen.size, seen.mtime_ns) == (size, mtime_ns) and mtime_ns != UNTRUSTED
