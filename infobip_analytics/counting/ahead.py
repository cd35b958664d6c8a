"""Cells counted before it is known what is said of all messages together: a shorter way.

The cells are equal to those of finished messages; only, no frame of as many rows as there are
messages is made on the way.
"""

from collections.abc import Callable, Iterator

import narwhals as nw
import polars as pl
from polars.io.plugins import register_io_source

from infobip_analytics.counting.cells import STAMPS, Frame, looked_at, summed
from infobip_analytics.grouping import SHORT, TIMES
from infobip_analytics.unfinished import (
    AFTER_UNTIL,
    APART,
    BEFORE_SINCE,
    INSIDE,
    NAMELESS,
    Unfinished,
    kind_of,
    known_of,
    remembered,
    rows_of,
)

Count = Callable[[Frame, list[str]], Frame]

#: What is said of all messages together, and so cannot be counted by before they are all there.
_SAID = {"population", *STAMPS}


def counted_ahead(
    plan: pl.LazyFrame, names: list[str], count: Count, finished: pl.LazyFrame
) -> pl.LazyFrame:
    """The cells of *plan* as *count* makes them: the shorter way, or else *finished*."""
    prepare = remembered(plan)
    if prepare is None or not _SAID.isdisjoint(names):
        return finished
    return _later(finished, lambda: _cells(prepare(_asked(names)), names, count))


def _asked(names: list[str]) -> set[str]:
    """The columns that counting by *names* looks at, but for what it is told otherwise."""
    keys = {column for name in names for column in SHORT.get(name, [name])}
    keys |= {"sent_at"} if keys & set(TIMES) else set()
    # whether a message was sent at all is told, and whether it is known `APART` says
    return looked_at(names) - ({"sent_at", "status_group"} - keys)


def _later(plan: pl.LazyFrame, make: Callable[[], pl.DataFrame | None]) -> pl.LazyFrame:
    """What *make* gives once it is asked for; where that is nothing, what *plan* gives."""
    schema = plan.collect_schema()

    def source(
        columns: list[str] | None, predicate: pl.Expr | None, rows: int | None, batch: int | None
    ) -> Iterator[pl.DataFrame]:
        made = make()
        frame = plan.collect(engine="streaming") if made is None else made.select(schema.names())
        frame = frame if predicate is None else frame.filter(predicate)
        frame = frame if columns is None else frame.select(columns)
        yield frame if rows is None else frame.head(rows)

    return register_io_source(source, schema=schema)


def _cells(messages: Unfinished | None, names: list[str], count: Count) -> pl.DataFrame | None:
    if messages is None:
        return None
    some: pl.LazyFrame = count(nw.from_native(messages.rows), [*names, APART]).to_native()
    found = some.collect(engine="streaming")
    inside = found.filter(kind_of(APART) == INSIDE)
    if inside.is_empty():
        messages.where_nothing()
    stated = inside.with_columns(**_said(found, messages))
    made: pl.DataFrame = summed(nw.from_native(stated.lazy()), names).to_native().collect()
    return made


def _said(found: pl.DataFrame, messages: Unfinished) -> dict[str, pl.Expr]:
    """What is the same in every cell, and known now that all of them are there."""
    kind, n = kind_of(APART), pl.col("_n")
    told = found.select(
        known=(known_of(APART) & (kind != NAMELESS)).any(),
        before_since=n.filter(kind == BEFORE_SINCE).sum(),
        after_until=n.filter(kind == AFTER_UNTIL).sum(),
        set_aside=rows_of(APART).filter(kind == NAMELESS).sum() + messages.set_aside,
    )
    [row] = told.to_dicts()
    known = row.pop("known")
    counts = {name: pl.lit(value, pl.Int64) for name, value in row.items()}
    return {"_known": n if known else pl.lit(0, pl.Int64), **messages.constants, **counts}
