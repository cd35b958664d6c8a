"""Rows that cannot be read: set aside with file, line and reason, counted, and said once."""

import json
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infobip_analytics.errors import SetAsideWarning, SourceError


@dataclass(frozen=True, slots=True)
class SetAside:
    """One row that could not be read.

    Attributes:
        file: The document it is in.
        line: Its line in an NDJSON or CSV file, else its place in the document; None for all of it.
        reason: Why; never with a value of the row, which may be personal.
        row: What it holds.
    """

    file: str
    line: int | None
    reason: str
    row: dict[str, Any] | None

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{where}: {self.reason.rstrip('.')}"


def announce(aside: Sequence[SetAside], on_bad: str, stacklevel: int) -> None:
    """Say once that rows were set aside, as *on_bad* asks: "warn", "raise", or where they are."""
    if not aside:
        return
    if on_bad == "raise":
        raise SourceError(
            f"{aside[0]} ({counted(aside)} cannot be read; on_bad='warn' sets them aside)"
        )
    kept = "on_bad='set_aside.ndjson' keeps them" if on_bad == "warn" else f"They are in {on_bad}"
    warnings.warn(
        f"{counted(aside)} could not be read and were set aside; the first is {aside[0]}. {kept}",
        SetAsideWarning,
        stacklevel=stacklevel,
    )


def counted(aside: Sequence[SetAside]) -> str:
    """How many rows, of how many files.

    >>> counted([SetAside("reports.json", 3, "no message id", None)])
    '1 row of 1 file'
    """
    files = len({each.file for each in aside})
    return f"{_number(len(aside), 'row')} of {_number(files, 'file')}"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def keep(aside: Sequence[SetAside], path: Path) -> None:
    """Write rows that were set aside as NDJSON; SourceError where the path cannot be written."""
    lines = (json.dumps(asdict(each), ensure_ascii=False, default=str) for each in aside)
    try:
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as problem:
        raise SourceError(f"on_bad={str(path)!r} cannot be written: {problem.strerror}") from None
