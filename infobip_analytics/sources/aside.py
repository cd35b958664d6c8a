"""Rows that cannot be read: set aside with file, line and reason, counted, and said once."""

import json
import os
import sys
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infobip_analytics.errors import ArgumentError, SetAsideWarning, SourceError
from infobip_analytics.sources.showing import harmless
from infobip_analytics.wording import plural


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
        return harmless(f"{where}: {self.reason.rstrip('.')}")


#: What others call such a choice, and nobody would call a file
_NO_CHOICE = ("", "ignore", "skip", "drop", "error", "coerce", "warning")


class Ledger:
    """What was set aside: how much of which file, the first of it, and all of it on request.

    Args:
        on_bad: "warn", "raise", or the path that gets the rows as NDJSON; SourceError where it
            cannot be written.
    """

    def __init__(self, on_bad: Any) -> None:
        if not isinstance(on_bad, (str, os.PathLike)) or on_bad in _NO_CHOICE:
            raise ArgumentError(
                f"on_bad={on_bad!r}: there are 'warn', 'raise', or the path that gets the rows"
            )
        self.on_bad = os.fspath(on_bad)
        self.first: SetAside | None = None
        self.by_file: Counter[str] = Counter()
        if self.on_bad not in ("warn", "raise"):
            self._write([], "w")

    def __len__(self) -> int:
        return self.by_file.total()

    def add(self, aside: Sequence[SetAside]) -> None:
        """Enter rows that cannot be read."""
        if not aside:
            return
        self.first = self.first or aside[0]
        self.by_file.update(each.file for each in aside)
        if self.on_bad not in ("warn", "raise"):
            self._write(aside, "a")

    def _write(self, aside: Sequence[SetAside], mode: str) -> None:
        lines = (json.dumps(asdict(each), ensure_ascii=False, default=str) for each in aside)
        try:
            # a file name may hold half a character, which is then an escape of JSON
            with Path(self.on_bad).open(mode, encoding="utf-8", errors="backslashreplace") as file:
                file.writelines(f"{line}\n" for line in lines)
        except OSError as problem:
            raise SourceError(
                f"on_bad={self.on_bad!r} cannot be written: {problem.strerror}"
            ) from None

    @property
    def counted(self) -> str:
        """How many rows, of how many files: "1 row of 1 file"."""
        return f"{plural(len(self), 'row')} of {plural(len(self.by_file), 'file')}"

    def announce(self) -> None:
        """Say once that rows were set aside, as `on_bad` asks: a warning or SourceError."""
        if self.first is None:
            return
        if self.on_bad == "raise":
            raise SourceError(
                f"{self.first} ({self.counted} cannot be read; on_bad='warn' sets them aside)"
            )
        kept = (
            "on_bad='aside.ndjson' (on the command line --set-aside aside.ndjson) keeps them"
            if self.on_bad == "warn"
            else f"They are in {self.on_bad}"
        )
        were = "was" if len(self) == 1 else "were"
        warn(
            f"{self.counted} could not be read and {were} set aside; the first is {self.first}. "
            f"{kept}",
            SetAsideWarning,
        )


def warn(sentence: str, category: type[Warning]) -> None:
    """Warn of something, at the line outside this package that asked for it."""
    depth, frame = 1, sys._getframe()
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("infobip_analytics"):
        depth, frame = depth + 1, frame.f_back
    warnings.warn(sentence, category, stacklevel=depth)
