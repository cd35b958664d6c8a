"""Journal against table: whether every report that came is there, once, as it came."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from infobip_analytics.archive import segments, table
from infobip_analytics.archive.keeping import noted_place, portions
from infobip_analytics.archive.place import Archive, Readable, first_day
from infobip_analytics.archive.rows import COLUMNS, IDENTITY, PLACE, rows_of
from infobip_analytics.archive.wholeness import Lines
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
        harmed: Where in the journal lines are damaged or lost, a sentence each.
        waiting: Distinct reports that came after the line up to which the table has come: the next
            run reads them.
        in_table: Rows of the table.
        missing: Distinct reports that the table lacks though it has come past them.
        extra: Rows of the table that the journal does not have.
        twice: Rows of the table that are there already.
        changed: Rows of the table that are not as they came.
        undone: Lines that the table had come past, and has not now: entries of its log are gone.
    """

    answers: int
    reports: int
    distinct: int
    set_aside: int
    torn: int
    damaged: int
    lost_lines: int
    harmed: tuple[str, ...]
    waiting: int
    in_table: int
    missing: int
    extra: int
    twice: int
    changed: int
    undone: int = 0

    @property
    def sound(self) -> bool:
        """Whether the table holds what the journal holds, and the journal is whole."""
        return self._whole_journal and not self._table_differs and not self.undone

    @property
    def _whole_journal(self) -> bool:
        return not (self.damaged or self.lost_lines)

    @property
    def _table_differs(self) -> bool:
        return bool(self.missing or self.extra or self.twice or self.changed)

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
            f"{plural(self.undone, 'line')} read into the table once, and not there now": (
                self.undone
            ),
        }
        said += [sentence for sentence, number in aside.items() if number]
        verdict = "sound" if self.sound else f"NOT SOUND: {self._what_to_do}"
        return "\n".join([*said, *self.harmed, verdict])

    @property
    def _what_to_do(self) -> str:
        if not self._whole_journal:
            return (
                "the journal is not whole. Put its segments back from a copy, then verify again; "
                "do not make the table anew before, for it may have what the journal lacks"
            )
        if not self._table_differs:
            return (
                "the table has lost what it had, and the journal has it: infobip-analytics archive "
                "replay"
            )
        return (
            "the journal is whole, and the table is not what it makes. Make it anew: "
            "infobip-analytics archive rebuild"
        )


def verify(archive: Readable) -> Verified:
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
    counted.lines.look_at_the_end(place)
    first = came.unique("identity", keep="first", maintain_order=True)
    passed = first.filter(pl.col(PLACE) <= place)
    once = there.unique("identity")
    both = passed.join(once, on="identity", suffix="_there")
    return Verified(
        answers=counted.lines.answers,
        reports=len(came),
        distinct=len(first),
        set_aside=counted.set_aside,
        torn=len(segments.torn(archive.journal)),
        damaged=counted.lines.damaged,
        lost_lines=counted.lines.lost,
        harmed=tuple(counted.lines.harmed()),
        waiting=len(first) - len(passed),
        in_table=len(there),
        missing=len(passed) - len(both),
        extra=len(once) - len(both),
        twice=len(there) - len(once),
        changed=int((both["content"] != both["content_there"]).sum()),
        # a copy may have been made between the two
        undone=max(0, noted_place(archive) - place) if isinstance(archive, Archive) else 0,
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
    """The reports of the journal, read once and counted meanwhile."""

    def __init__(self, archive: Readable) -> None:
        self.lines, self.since = Lines(archive), first_day(archive)
        self.set_aside = 0

    def keys(self) -> Iterator[pl.DataFrame]:
        """The reports of the journal, told apart, some at a time."""
        for lines, _ in portions(self.lines.read(), _PORTION):
            if lines:
                found = rows_of(lines, self.since)
                self.set_aside += found.set_aside
                yield _told_apart(found.frame.lazy()).collect()
