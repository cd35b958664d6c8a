"""Units: days whose messages are counted together, once, and again only where that may change.

A message belongs to the first of the days on which it has reports. What is counted in a unit no
longer depends on `as_of` when all its messages are settled and all its reports are seen; until then
it is counted anew whenever `as_of` is another.
"""

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from infobip_analytics.archive.rows import DAY
from infobip_analytics.frames import DELIVERY_REPORTS
from infobip_analytics.journey import messages
from infobip_analytics.recomputing.alike import alike, within
from infobip_analytics.recomputing.days import OWNER, Days, portions
from infobip_analytics.recomputing.snapshot import ID, Snapshot
from infobip_analytics.recomputing.state import State, digest_of
from infobip_analytics.recomputing.stats import Question, needed
from infobip_analytics.window import Window

#: So many reports are counted together at least, where there are so many
LEAST = 300_000

#: So many units of few reports are let be
SMALL_ONES = 32

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the messages of a unit beside their counts.

    Attributes:
        known: Whether any is known whatever was heard of it.
        before: How many were sent before those that were asked for.
        after: How many after them.
        nameless: How many reports have no message.
    """

    known: bool
    before: int
    after: int
    nameless: int


@dataclass(frozen=True, slots=True)
class _Unit:
    number: int
    days: tuple[int, ...]
    mark: str
    n_rows: int
    as_of: int
    settled: int

    def holds(self, mark: str, as_of: int) -> bool:
        """Whether what was counted is what would be counted now."""
        return self.mark == mark and (self.as_of == as_of or min(self.as_of, as_of) >= self.settled)


@dataclass(frozen=True, slots=True)
class Counting:
    """What is counted: an archive, of which the days are known, as of a moment.

    Attributes:
        found: The archive.
        days: What the state knows of its days.
        question: What is asked.
        window: As of when, how long a report is waited for, and which sends count.
    """

    found: Snapshot
    days: Days
    question: Question
    window: Window

    @property
    def as_of(self) -> int:
        """As of when, in microseconds since 1970."""
        return (self.window.moment - _EPOCH) // _MICROSECOND

    @property
    def wait(self) -> int:
        """How long a report is waited for, in microseconds."""
        return self.window.waiting_period // _MICROSECOND

    @property
    def asked(self) -> tuple[Any, ...]:
        """What is asked, `as_of` apart."""
        window, question = self.window, self.question
        return question.by, question.timezone, self.wait, str(window.since), str(window.until)

    def mark(self, days: Sequence[int]) -> str:
        """A text that is another one where anything may be that a unit of *days* is made of."""
        versions = [[day, self.found.days[day].version] for day in days]
        apart, beside = self.apart(days), self.beside(days)
        others = [[day, self.found.days[day].version] for day in beside[DAY].unique().sort()]
        ids = [frame.sort(ID, DAY).rows() for frame in (apart, beside)]
        told = repr((self.asked, versions, others, ids))
        return digest_of(told.encode())

    def apart(self, days: Sequence[int]) -> pl.DataFrame:
        """The messages that have reports on *days*, and belong to an earlier one."""
        strays = self.days.strays
        return strays.filter(pl.col(DAY).is_in(days), ~pl.col(OWNER).is_in(days))

    def beside(self, days: Sequence[int]) -> pl.DataFrame:
        """The messages that belong to one of *days*, and have reports on another day."""
        strays = self.days.strays
        return strays.filter(pl.col(OWNER).is_in(days), ~pl.col(DAY).is_in(days))


def refreshed_units(state: State, counting: Counting) -> frozenset[int]:
    """Count anew what may have changed; gives the days that were read for it."""
    units = [_Unit(n, tuple(json.loads(days)), *rest) for n, days, *rest in state.execute(_UNITS)]
    there = counting.found.days.keys()
    good = [
        unit
        for unit in units
        if there >= set(unit.days) and unit.holds(counting.mark(unit.days), counting.as_of)
    ]
    small = [unit for unit in good if unit.n_rows < LEAST // 2]
    kept = [unit for unit in good if unit not in small] if len(small) > SMALL_ONES else good
    numbers = {unit.number for unit in kept}
    gone = [[unit.number] for unit in units if unit.number not in numbers]
    state.executemany("DELETE FROM units WHERE number = ?", gone)
    done = {day for unit in kept for day in unit.days}
    read: set[int] = set()
    for days in _portions(sorted(there - done), counting):
        read.update(days, counting.beside(days)[DAY])
        _count(state, counting, days)
    return frozenset(read)


_UNITS = "SELECT number, days, mark, n_rows, as_of, settled FROM units"


def _portions(days: Iterable[int], counting: Counting) -> Iterator[list[int]]:
    """Days in units: those that still change apart from those that are over."""
    last = (counting.as_of - counting.wait) // _DAY - 1
    each = list(days)
    over = [day for day in each if day <= last]
    yield from portions(over, counting.found, LEAST)
    yield from portions(each[len(over) :], counting.found, LEAST)


def _count(state: State, counting: Counting, days: list[int]) -> None:
    """Count the messages of a unit, and keep the counts."""
    rows = _rows(counting, days)
    made = messages(
        rows.drop(DAY, ID).with_columns(set_aside=pl.lit(0, pl.Int64)).lazy(),
        as_of=counting.window.moment,
        waiting_period=counting.window.waiting_period,
    )
    narrow = made.select(needed(counting.question)).collect(engine="streaming")
    inside, before, after = within(narrow, counting.window)
    first = narrow.head(1)
    known = first["population"].to_list() == ["sent"]
    facts = [known, before, after, sum(first["set_aside"])]
    buffer = io.BytesIO()
    alike(inside, counting.question).write_parquet(buffer, compression="zstd", statistics=False)
    content: Any = buffer.getvalue()
    row = [
        json.dumps(days), counting.mark(days), rows.height, counting.as_of,
        _settled(rows, counting.wait), json.dumps(facts), digest_of(content), content,
    ]  # fmt: skip
    state.execute(f"INSERT INTO units ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


_COLUMNS = "days, mark, n_rows, as_of, settled, facts, digest, content"


def _rows(counting: Counting, days: list[int]) -> pl.DataFrame:
    """The reports of the messages that belong to *days*, wherever they lie."""
    apart, beside = (frame.select(ID) for frame in (counting.apart(days), counting.beside(days)))
    columns = [DAY, ID, *_columns(counting.question)]
    own = counting.found.rows(days).select(columns)
    plans = [own.join(apart.lazy(), on=ID, how="anti") if apart.height else own]
    if beside.height:
        others = counting.found.rows(counting.beside(days)[DAY].unique().sort()).select(columns)
        plans.append(others.join(beside.lazy(), on=ID, how="semi"))
    return pl.concat(plans).collect(engine="streaming")


#: Long columns that only matter where they are asked for, or where repeats are told apart
_LONG = {"bulk_id", "sender", "campaign_reference", "callback_data"}
_NEEDS_ALL = {"n_reports", "n_late"}


def _columns(question: Question) -> list[str]:
    asked = set(needed(question))
    reference = {"campaign_reference"} if "campaign_id" in asked else set()
    spared = set() if asked & _NEEDS_ALL else _LONG - asked - reference
    return [name for name in DELIVERY_REPORTS if name not in {*spared, "set_aside"}]


def _settled(rows: pl.DataFrame, wait: int) -> int:
    """The moment from which on all is settled and seen, in microseconds since 1970."""
    sent, done = (pl.col(name).dt.timestamp("us") for name in ("sent_at", "done_at"))
    moments = rows.select(pl.max_horizontal(sent.max() + wait, done.max()))
    return int(moments.item() or 0)


def counted(state: State) -> Iterator[tuple[pl.DataFrame, Facts]]:
    """What was counted in each unit."""
    for facts, content in state.execute("SELECT facts, content FROM units ORDER BY number"):
        yield pl.read_parquet(io.BytesIO(content)), Facts(*json.loads(facts))
