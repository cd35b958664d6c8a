"""The days of an archive as the state has them: which ids occur on each, and on which others."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from infobip_analytics.archive.rows import DAY
from infobip_analytics.recomputing.ids import (
    FEW,
    NONE,
    Ids,
    bytes_of,
    ids_of,
    on_several_days,
)
from infobip_analytics.recomputing.snapshot import ID, Snapshot
from infobip_analytics.recomputing.state import State, digest_of

#: So many reports are looked through at once
PORTION = 2_000_000


@dataclass(frozen=True, slots=True)
class Days:
    """What is known of the days.

    Attributes:
        changed: Those whose reports are not those of the run before.
        gone: How many there were in the run before that are not there any more.
        latest: The latest moment that any report speaks of, in microseconds since 1970.
        strays: `ID` and `DAY` of each message whose reports lie on several days, a row for each of
            them, and the first of them as `OWNER`.
    """

    changed: frozenset[int]
    gone: int
    latest: int | None
    strays: pl.DataFrame


#: The column of the first of the days on which a message has reports
OWNER = "(owner)"


def refreshed_days(state: State, found: Snapshot) -> Days:
    """Bring the ids in the state up to date, reading those of the days that changed."""
    known = dict(state.execute("SELECT day, version FROM days").fetchall())
    gone = known.keys() - found.days.keys()
    changed = [day for day, each in found.days.items() if known.get(day) != each.version]
    # before anything is deleted: of a day that is gone its messages are no strays any more
    before = _all_strays(state)
    state.executemany("DELETE FROM days WHERE day = ?", [[day] for day in gone])
    new = _read(state, found, changed)
    if gone or changed:
        _mark_strays(state, None if new is None else np.concatenate([new, before]))
    [latest] = state.execute("SELECT max(latest) FROM days").fetchone()
    return Days(frozenset(changed), len(gone), latest, _strays(state))


def portions(days: Iterable[int], found: Snapshot, rows: int) -> Iterator[list[int]]:
    """Days in portions, each of so many rows that with one day less it would be too few."""
    held: list[int] = []
    for day in days:
        held.append(day)
        if sum(found.days[each].n_rows for each in held) >= rows:
            yield held
            held = []
    if held:
        yield held


def _read(state: State, found: Snapshot, days: list[int]) -> Ids | None:
    """Read the ids of *days* into the state; gives those that are new to them, None if too many."""
    new: list[Ids] = []
    few = True
    for portion in portions(days, found, PORTION):
        for day, ids, latest in _ids(found, portion):
            there = state.execute("SELECT ids FROM days WHERE day = ?", [day]).fetchone()
            if few:
                new.append(np.setdiff1d(ids, ids_of(there[0]) if there else NONE, True))
                few = sum(map(len, new)) <= FEW
            _put(state, found, day, ids, latest)
    return np.concatenate([NONE, *new]) if few else None


def _ids(found: Snapshot, days: list[int]) -> Iterator[tuple[int, Ids, int | None]]:
    """Day by day its ids, sorted and each once, and the latest moment that it speaks of."""
    frame = (
        found.rows(days)
        .select(
            pl.col(DAY).to_physical(),
            pl.when(pl.col("message_id").is_not_null()).then(ID).alias(ID),
            pl.max_horizontal("done_at", "received_at").dt.timestamp("us").alias("latest"),
        )
        .collect(engine="streaming")
    )
    parts = frame.partition_by(DAY, as_dict=True)
    for day in days:
        rows = parts.get((day,), frame.clear())
        ids = rows[ID].drop_nulls().unique().sort().to_numpy()
        yield day, ids, rows.select(pl.max("latest")).item()


def _put(state: State, found: Snapshot, day: int, ids: Ids, latest: int | None) -> None:
    each, content = found.days[day], bytes_of(ids)
    row = [day, each.version, each.n_rows, latest, digest_of(content), content]
    state.execute("INSERT OR REPLACE INTO days VALUES (?, ?, ?, ?, ?, ?)", row)


def _mark_strays(state: State, new: Ids | None) -> None:
    """Write down for each day which of its ids occur on another day too."""
    strays = on_several_days(lambda: _each(state, "days"), new)
    state.execute("DELETE FROM strays")
    rows = [[day, bytes_of(ids)] for day, ids in strays.items()]
    state.executemany("INSERT INTO strays VALUES (?, ?)", rows)


def _each(state: State, table: str) -> Iterator[tuple[int, Ids]]:
    for day, content in state.execute(f"SELECT day, ids FROM {table} ORDER BY day"):
        yield day, ids_of(content)


def _all_strays(state: State) -> Ids:
    return np.unique(np.concatenate([NONE, *(ids for _, ids in _each(state, "strays"))]))


def _strays(state: State) -> pl.DataFrame:
    schema = {ID: pl.UInt64, DAY: pl.Int32}
    frames = [
        pl.DataFrame({ID: ids}).with_columns(pl.lit(day, pl.Int32).alias(DAY))
        for day, ids in _each(state, "strays")
    ]
    whole = pl.concat([pl.DataFrame(schema=schema), *frames])
    return whole.with_columns(pl.min(DAY).over(ID).alias(OWNER))
