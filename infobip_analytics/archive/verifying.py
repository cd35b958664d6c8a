"""Journal against table: whether every report that came is there, once, as it came."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from infobip_analytics.archive import journal, segments, table
from infobip_analytics.archive.journal import Damaged, Line
from infobip_analytics.archive.keeping import portions
from infobip_analytics.archive.place import Archive, first_day
from infobip_analytics.archive.rows import COLUMNS, IDENTITY, PLACE, rows_of
from infobip_analytics.wording import plural

#: How much of the journal is read at once
_PORTION = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Verified:
    """What was counted.

    Attributes:
        answers: Lines of the journal.
        reports: Reports in them, each as often as it came.
        distinct: Distinct reports among these.
        set_aside: Rows of the lines that cannot be read.
        torn: Lines that a power cut left half written, and that were set aside.
        damaged: Lines with a wrong checksum.
        lost_lines: Numbers of lines that are in no segment.
        waiting: Distinct reports that came after the line up to which the table has come: the next
            run reads them.
        in_table: Rows of the table.
        missing: Distinct reports that the table lacks though it has come past them.
        extra: Rows of the table that the journal does not have.
        twice: Rows of the table that are there already.
        changed: Rows of the table that are not as they came.
    """

    answers: int
    reports: int
    distinct: int
    set_aside: int
    torn: int
    damaged: int
    lost_lines: int
    waiting: int
    in_table: int
    missing: int
    extra: int
    twice: int
    changed: int

    @property
    def sound(self) -> bool:
        """Whether the table holds what the journal holds, and the journal is whole."""
        return not any(
            (self.damaged, self.lost_lines, self.missing, self.extra, self.twice, self.changed)
        )

    def to_dict(self) -> dict[str, Any]:
        """The counts by name."""
        return {**asdict(self), "sound": self.sound}

    def __str__(self) -> str:
        said = [
            f"journal: {plural(self.answers, 'answer')}, {plural(self.reports, 'report')}, "
            f"{self.distinct:,} of them distinct",
            f"table: {plural(self.in_table, 'row')}; missing {self.missing:,}, extra "
            f"{self.extra:,}, twice {self.twice:,}, changed {self.changed:,}",
        ]
        aside = {
            f"{plural(self.set_aside, 'row')} cannot be read": self.set_aside,
            f"{plural(self.torn, 'line')} half written and set aside": self.torn,
            f"{plural(self.damaged, 'line')} damaged": self.damaged,
            f"{plural(self.lost_lines, 'line')} lost": self.lost_lines,
            f"{plural(self.waiting, 'report')} not yet in the table": self.waiting,
        }
        said += [sentence for sentence, number in aside.items() if number]
        return "\n".join([*said, "sound" if self.sound else "NOT SOUND"])


def verify(archive: Archive) -> Verified:
    """Count the journal against the table; nothing is written.

    Raises:
        SourceError: The table cannot be read.
    """
    with table.told_plainly(archive):
        now = table.opened(archive)
        place = table.place_of(now, archive)
        there = _told_apart(table.plan(archive, now)).collect(engine="streaming")
    counted = _Journal(archive)
    came = pl.concat([_no_rows(), *counted.keys()])
    first = came.unique("identity", keep="first", maintain_order=True)
    passed = first.filter(pl.col(PLACE) <= place)
    once = there.unique("identity")
    both = passed.join(once, on="identity", suffix="_there")
    return Verified(
        answers=counted.answers,
        reports=len(came),
        distinct=len(first),
        set_aside=counted.set_aside,
        torn=len(segments.torn(archive.journal)),
        damaged=counted.damaged,
        lost_lines=counted.lost_lines,
        waiting=len(first) - len(passed),
        in_table=len(there),
        missing=len(passed) - len(both),
        extra=len(once) - len(both),
        twice=len(there) - len(once),
        changed=int((both["content"] != both["content_there"]).sum()),
    )


def _told_apart(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Rows as two numbers of 64 bits: which report it is, and all that it says."""
    return rows.select(
        PLACE,
        identity=pl.struct(IDENTITY).hash(),
        content=pl.struct(name for name in COLUMNS if name != PLACE).hash(),
    )


def _no_rows() -> pl.DataFrame:
    return _told_apart(pl.LazyFrame(schema=COLUMNS)).collect()


class _Journal:
    """The journal, read once and counted meanwhile."""

    def __init__(self, archive: Archive) -> None:
        self.archive, self.since = archive, first_day(archive)
        self.answers = self.set_aside = self.damaged = self.lost_lines = 0

    def keys(self) -> Iterator[pl.DataFrame]:
        """The reports of the journal, told apart, some at a time."""
        for lines, damaged in portions(self._counted(), _PORTION):
            self.damaged += damaged
            if lines:
                found = rows_of(lines, self.since)
                self.set_aside += found.set_aside
                yield _told_apart(found.frame.lazy()).collect()

    def _counted(self) -> Iterator[Line | Damaged]:
        last, harmed = 0, 0
        for each in journal.lines_after(self.archive.journal, 0):
            if isinstance(each, Damaged):
                harmed += 1
            else:
                # a damaged line has one of the numbers that are passed over
                lost = each.n - last - 1 - harmed if last else 0
                self.lost_lines += max(0, lost)
                last, harmed = each.n, 0
                self.answers += 1
            yield each
