"""A file put in its place at once."""

import os
from contextlib import suppress
from pathlib import Path

from infobip_analytics.errors import SourceError


def put(path: Path, content: bytes) -> None:
    """Put *content* at *path*: whoever reads it sees the old file or the new one, never a part.

    Raises:
        SourceError: It cannot be written; what was there is there still.
    """
    try:
        _replace(Path(os.path.realpath(path)), content)
    except OSError as problem:
        raise SourceError(_unwritable(path, (problem.strerror or str(problem)).lower())) from None


def check_place(path: Path) -> None:
    """Raise SourceError where no file can be put at *path*, before any work is done for it."""
    parent = Path(os.path.realpath(path)).parent
    if path.is_dir():
        raise SourceError(_unwritable(path, "it is a folder"))
    if not parent.is_dir():
        raise SourceError(_unwritable(path, "there is no such folder"))
    if not os.access(parent, os.W_OK):
        raise SourceError(_unwritable(path, "no permission to write in its folder"))


def _replace(path: Path, content: bytes) -> None:
    # hidden, and with the rights that a new file gets here
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        beside.write_bytes(content)
        if path.exists():
            beside.chmod(path.stat().st_mode & 0o777)
        beside.replace(path)
    finally:
        with suppress(OSError):  # there is none where all went well
            beside.unlink()


def _unwritable(path: Path, why: str) -> str:
    return (
        f"nothing can be written to {path}: {why}; name a file in a folder that is there and may "
        "be written to"
    )
