"""What a run did: it prints itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from infobip_analytics.recomputing.comparing import Changes
from infobip_analytics.recomputing.refreshing import Rows
from infobip_analytics.wording import count, moment, plural


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What a run of `recompute` found and did; it prints itself.

    Attributes:
        output: The file of stats.
        up_to_date: Whether it was what it should be before the run.
        written: Whether it was written.
        lines: How many lines the stats have.
        changes: What differs from what lay there before.
        rows: How many files (of an archive: days of sending) there are, were read and are gone,
            and what was set aside.
        as_of: The moment for which the stats are true; None where there are no messages.
        sealed: How many days (or hours, weeks, months) are settled, as a sentence.
        remark: Why there was nothing to compare with; "" where there was.
        notes: What the numbers count and what they leave out, a sentence each.
    """

    output: Path
    up_to_date: bool
    written: bool
    lines: int
    changes: Changes
    rows: Rows
    as_of: datetime | None
    sealed: str
    remark: str
    notes: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self._sentences())

    __repr__ = __str__

    def _sentences(self) -> Iterator[str]:
        if self.up_to_date:
            files = f"{self._files()}{self._set_aside()}"
            yield f"up to date: {self.output}, {plural(self.lines, 'line')}; {files}"
            return
        done = "wrote" if self.written else "out of date:"
        yield f"{done} {self.output}, {plural(self.lines, 'line')}: {self._summary()}"
        yield from (f"  {sentence}" for sentence in self.changes.told)
        yield f"{self._files()}{self._set_aside()}"
        yield f"{self.sealed}, as of {moment(self.as_of)}" if self.as_of else "no messages"
        yield from (note for note in self.notes if note.startswith(_LEFT_OUT))

    def _summary(self) -> str:
        """How many lines differ, and in what."""
        changes = self.changes
        counts = {
            "added": changes.added,
            "changed": changes.changed,
            "removed": changes.removed,
            "with nothing new but as_of": changes.restamped,
        }
        told = [f"{count(number)} {what}" for what, number in counts.items() if number]
        return (
            self.remark
            or ", ".join(told)
            or ("no value differs, but the order, the columns or the line ends do")
        )

    def _files(self) -> str:
        gone = f", {count(self.rows.gone)} gone since the last run" if self.rows.gone else ""
        skipped = (
            f", {count(self.rows.skipped)} skipped (made by recompute itself)"
            if self.rows.skipped
            else ""
        )
        there = plural(self.rows.files, self.rows.of)
        return f"read {count(self.rows.read)} of {there}{skipped}{gone}"

    def _set_aside(self) -> str:
        if not self.rows.set_aside:
            return ""
        if self.rows.of == "day":
            return f"; {plural(self.rows.set_aside, 'row')} of its answers could not be read"
        return (
            f"; {plural(self.rows.set_aside, 'row')} of {plural(self.rows.in_files, 'file')} could "
            f"not be read, the first is {self.rows.first}"
        )


#: How the note on what was left out begins
_LEFT_OUT = ("left out", "nothing was left out")
