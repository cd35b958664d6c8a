"""Whether a journal is whole: lines that are damaged, and numbers of lines that are nowhere."""

from collections import Counter
from collections.abc import Iterator

from infobip_analytics.archive import journal
from infobip_analytics.archive.lines import Damaged, Line
from infobip_analytics.archive.place import Readable, first_day
from infobip_analytics.wording import plural


class Lines:
    """The lines of a journal, counted while they are read.

    Attributes:
        answers: How many can be read.
        lost: How many numbers of lines are in no segment.
    """

    def __init__(self, archive: Readable) -> None:
        self.archive, self.dropped = archive, first_day(archive) is not None
        self.answers = self.lost = 0
        self._damaged: Counter[str] = Counter()
        self._gaps: list[tuple[int, int]] = []
        self._last, self._harmed = 0, 0

    @property
    def damaged(self) -> int:
        """How many lines have a wrong checksum."""
        return sum(self._damaged.values())

    @property
    def whole(self) -> bool:
        """Whether nothing is damaged or lost."""
        return not (self.damaged or self.lost)

    def read(self) -> Iterator[Line | Damaged]:
        """The lines, while they are counted."""
        for each in journal.lines_after(self.archive.journal, 0):
            if isinstance(each, Damaged):
                self._damaged[each.path.name] += 1
                self._harmed += 1
            else:
                # where days were dropped, the first lines are gone with them
                if self._last or not self.dropped:
                    self._count_lost(each.n)
                self._last, self._harmed = each.n, 0
                self.answers += 1
            yield each

    def look_at_the_end(self, place: int) -> None:
        """Count what is behind the last line, though a table has come past it."""
        # an empty segment is named after the number that comes next
        last = journal.last_number(self.archive.journal)
        if self._last or not self.dropped:
            self._count_lost(last + 1)
        self._last, self._harmed = max(self._last, last), 0
        self._count_lost(place + 1)

    def _count_lost(self, number: int) -> None:
        # a damaged line has one of the numbers that are passed over
        lost = number - self._last - 1 - self._harmed
        if lost > 0:
            self.lost += lost
            self._gaps.append((self._last + 1, number - 1))

    def harmed(self) -> Iterator[str]:
        """Where lines are damaged or lost, a sentence each."""
        for name, number in self._damaged.items():
            yield f"journal/{name}: {plural(number, 'line')} with a wrong checksum"
        for first, last in self._gaps:
            yield (
                f"journal: line {first:,} is in no segment"
                if first == last
                else f"journal: of the lines {first:,} to {last:,} some or all are in no segment"
            )


def is_whole(archive: Readable, place: int) -> bool:
    """Whether the journal has every line up to which a table has come, unharmed."""
    lines = Lines(archive)
    for _ in lines.read():
        pass
    lines.look_at_the_end(place)
    return lines.whole
