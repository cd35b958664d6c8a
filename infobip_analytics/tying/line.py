"""Rows of events in a line: group by group, in it by time, sends in front of their final rows."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MICROSECOND = timedelta(microseconds=1)

#: How much earlier than its send a final row may be, for clocks differ.
TOLERANCE = timedelta(seconds=5) // MICROSECOND


def in_line(rows: pl.DataFrame) -> pl.DataFrame:
    """Put *rows* in line by their `_group`, drop those that are there already, and number them.

    Rows of equal time go by what they say (`_whole`), so that no result depends on their order,
    nor on what other properties an export has.
    Columns out: those of *rows*, `_at` (where in its group a row stands), and `_row`.
    """
    # within the tolerance a final row is not earlier than its send
    early = pl.when("_final").then(0).otherwise(TOLERANCE)
    at = (pl.col("_time") - early) * 2 + pl.col("_final").cast(pl.Int64)
    placed = rows.with_columns(_at=at)
    order = placed.select(pl.arg_sort_by("_group", "_at", "_whole")).to_series()
    same = [pl.col(name).gather(order) for name in ("_at", "_whole")]
    again = pl.all_horizontal(each.eq_missing(each.shift()) for each in same)
    fresh = order.filter(placed.select(~again).to_series())
    return placed.select(pl.all().gather(fresh)).with_row_index("_row")


@dataclass(frozen=True, slots=True)
class Line:
    """Rows that stand in line.

    Attributes:
        closing: Whether it is a final row.
        group: The how manieth group it is in.
        start: Where that group begins.
    """

    closing: Flags
    group: Numbers
    start: Numbers


def line_of(rows: pl.DataFrame, by: str) -> Line:
    """The line of *rows*, which stand in order of their groups *by*."""
    first = rows.select(pl.col(by).ne_missing(pl.col(by).shift())).to_series().to_numpy()
    group = np.cumsum(first) - 1
    return Line(rows["_final"].to_numpy(), group, np.flatnonzero(first)[group])


def numbers(rows: pl.DataFrame, name: str) -> Numbers:
    """A column without gaps as an array of whole numbers."""
    made: Numbers = rows[name].cast(pl.Int64).to_numpy()
    return made
