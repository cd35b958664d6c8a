"""The output: what lies there from the run before, and putting the new one in its place."""

import csv
import io
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from infobip_analytics.errors import ArgumentError, SourceError
from infobip_analytics.recomputing.files import may
from infobip_analytics.recomputing.lines import OURS, as_csv, as_parquet, as_texts
from infobip_analytics.sources.fields import named

_WRITERS = {".csv": as_csv, ".parquet": as_parquet}


@dataclass(frozen=True, slots=True)
class Old:
    """What lies where the output goes.

    Attributes:
        content: Its bytes; None where there is no file.
        lines: Its lines as text; None where there are none that can be compared.
        problem: Why there are none.
    """

    content: bytes | None = None
    lines: pl.DataFrame | None = None
    problem: str = ""


def output_path(output: Any) -> Path:
    """The file that *output* names, behind links; ArgumentError where it is none of CSV or Parquet.

    >>> output_path("stats.json")
    Traceback (most recent call last):
    infobip_analytics.errors.ArgumentError: the output 'stats.json' ends neither in .csv nor in ...
    """
    if not output or output == "-":
        raise ArgumentError(
            "the stats go to a file, which is compared with the one of the run before: name it, "
            "--output stats.csv or --output stats.parquet"
        )
    path = Path(output).expanduser()
    if path.suffix.lower() not in _WRITERS:
        raise ArgumentError(
            f"the output {str(output)!r} ends neither in .csv nor in .parquet, and these are the "
            "two formats there are"
        )
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def check_place(path: Path) -> None:
    """Raise SourceError where no file can be put at *path*, before anything is read."""
    if path.is_dir():
        why = "it is a folder"
    elif not path.parent.is_dir():
        why = "there is no such folder"
    elif not may(path.parent, os.W_OK):
        why = "no permission to write in its folder"
    else:
        return
    raise SourceError(
        f"nothing can be written to {path}: {why}; name a file in a folder that is there and may "
        "be written to"
    )


def old_output(path: Path) -> Old:
    """What lies at *path*; SourceError where that is no file of ours, for it would be lost."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Old(problem="the file was not there")
    except OSError as problem:
        raise SourceError(f"{path} cannot be read: {problem.strerror}") from None
    if not content.strip():
        return Old(content, problem="the file was empty")
    return (
        _old_parquet(path, content)
        if path.suffix.lower() == ".parquet"
        else _old_csv(path, content)
    )


def _old_csv(path: Path, content: bytes) -> Old:
    first = content.partition(b"\n")[0].decode("utf-8-sig", errors="replace")
    _refuse_foreign(path, _headings(first))
    try:
        lines = pl.read_csv(io.BytesIO(content), infer_schema=False)
    except pl.exceptions.PolarsError:
        return Old(content, None, "what was there could not be read any more")
    return Old(content, lines)


def _headings(line: str) -> list[str]:
    """The headings of CSV; none where the line cannot be one of headings."""
    try:
        return next(csv.reader(io.StringIO(line, newline="")), [])
    except csv.Error:  # longer than any heading is
        return []


def _old_parquet(path: Path, content: bytes) -> Old:
    try:
        lines = pl.read_parquet(io.BytesIO(content))
    except pl.exceptions.PolarsError:
        raise SourceError(
            f"{path} is there and cannot be read as Parquet, so it may be someone else's; delete "
            "it or name another output. Nothing was written"
        ) from None
    _refuse_foreign(path, lines.columns)
    return Old(content, as_texts(lines))


def _refuse_foreign(path: Path, headings: Iterable[str]) -> None:
    if not set(OURS) <= set(headings):
        raise SourceError(
            f"{path} is there and was not made by recompute: it has {named(list(headings))}; move "
            "it away or name another output. Nothing was written"
        )


def is_current(path: Path, old: Old, lines: pl.DataFrame) -> bool:
    """Whether the file is what would be written: CSV byte by byte, Parquet by what is in it."""
    if old.content is None:
        return False
    if path.suffix.lower() == ".csv":
        return old.content == as_csv(lines)
    if old.lines is None:
        return False
    there = pl.read_parquet(io.BytesIO(old.content))
    return there.schema == lines.schema and there.equals(lines)


def put(path: Path, lines: pl.DataFrame) -> None:
    """Put the lines at *path*, at once: whoever reads it sees the old file or the new one."""
    content = _WRITERS[path.suffix.lower()](lines)
    try:
        _replace(path, content)
    except OSError as problem:
        reason = (problem.strerror or str(problem)).lower()
        raise SourceError(
            f"nothing can be written to {path}: {reason}; what was there is there still"
        ) from problem


def _replace(path: Path, content: bytes) -> None:
    # hidden, so that no run takes it for an export; with the rights that a new file gets here
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            beside.chmod(path.stat().st_mode & 0o777)
        beside.replace(path)
    finally:
        with suppress(OSError):  # there is none where all went well
            beside.unlink()
