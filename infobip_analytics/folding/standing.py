"""What a combination of status and error says: its rank, and its place where ranks are equal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import polars as pl

from infobip_analytics.codes import Verdict
from infobip_analytics.outcomes import Outcome

Judge = Callable[[dict[str, Any]], Verdict]

STATUS = ["status_group", "status_id"]

#: Verdicts that are outcomes; the others leave it to the waiting period.
_TELLING = [Outcome.DELIVERED, Outcome.FAILED, Outcome.REJECTED, Outcome.ENQUEUE_FAILED]

#: So many places a table of all groups and ids may have; beyond it, standings are joined.
_TABLE = 1_000_000


def standings(found: pl.DataFrame, judge: Judge) -> pl.DataFrame:
    """Rank and place the combinations of status and error that were *found*.

    Columns out: those of *found*, `_place`, `_rank`, `_verdict`, `receipt`, and `_final`, which is
    null where the verdict is not final.
    """
    judged = sorted(
        ((row, judge(row)) for row in found.iter_rows(named=True)),
        key=lambda pair: _tie_break(*pair),
    )
    verdicts = [each for _, each in judged]
    outcome = pl.col("_verdict").cast(pl.Enum(Outcome)).to_physical()
    return (
        pl.DataFrame([row for row, _ in judged], schema=found.schema)
        .with_row_index("_place")
        .with_columns(
            pl.col("_place").cast(pl.Int64),
            _rank=pl.Series([each.rank for each in verdicts], dtype=pl.Int64),
            _verdict=pl.Series([each.outcome for each in verdicts], dtype=pl.String),
            receipt=pl.Series([each.receipt for each in verdicts], dtype=pl.String),
        )
        # a receipt of the operator (rank 3) is not final
        .with_columns(
            _final=pl.when(pl.col("_rank") > 3).then(outcome),
            _pends=pl.col("_verdict") == Outcome.PENDING,
            _told=pl.when(pl.col("_verdict").is_in(_TELLING)).then("_verdict"),
        )
    )


def _tie_break(row: dict[str, Any], judged: Verdict) -> list[tuple[bool, Any]]:
    """What decides where rank and time are equal: the greater wins, and null is lowest."""
    rest = ("error_id", "status_name", "error_name", "error_group", "status_group", "permanent")
    order = [row.get("status_id"), judged.outcome == Outcome.REJECTED, *map(row.get, rest)]
    return [(value is not None, 0 if value is None else value) for value in order]


def ranked(rows: pl.LazyFrame, standing: pl.DataFrame, status: list[str]) -> pl.LazyFrame:
    """Add to *rows* the columns of *standing* beside *status*, by which they are found."""
    table = _Table.of(standing) if status == STATUS else None
    if table is None:
        return rows.join(standing.lazy(), on=status, how="left", nulls_equal=True)
    asked = [name for name in standing.columns if name not in status]
    looked_up = {name: table.column(standing[name]) for name in asked}
    code = table.code(*map(pl.col, STATUS)).alias("_code")
    return rows.with_columns(code).with_columns(**looked_up)


@dataclass(frozen=True, slots=True)
class _Table:
    """Standings by number: there is one for each group and id, found sooner than by a join.

    Attributes:
        groups: The groups, in the order of their numbers; after them comes none.
        least: The least id.
        width: How many ids there are, and none.
        codes: The number of each standing.
    """

    groups: list[str]
    least: int
    width: int
    codes: pl.Series

    @classmethod
    def of(cls, standing: pl.DataFrame) -> Self | None:
        """The table of *standing*; None where it would be too large."""
        groups = standing["status_group"].drop_nulls().unique().sort().to_list()
        ids = standing["status_id"].drop_nulls().to_list() or [0]
        least, width = min(ids), max(ids) - min(ids) + 2
        if width * (len(groups) + 1) > _TABLE:
            return None
        empty = cls(groups, least, width, pl.Series(dtype=pl.Int64))
        codes = standing.select(empty.code(*map(pl.col, STATUS))).to_series()
        return cls(groups, least, width, codes)

    def code(self, group: pl.Expr, id_: pl.Expr) -> pl.Expr:
        """The number of a group and an id, either of which may be null."""
        place = group.cast(pl.Enum(self.groups)).to_physical().cast(pl.Int64)
        which = (id_ - (self.least - 1)).fill_null(0)
        return place.fill_null(len(self.groups)) * self.width + which

    def column(self, told: pl.Series) -> pl.Expr:
        """What *told*, a column of the standings, says to each code."""
        size = self.width * (len(self.groups) + 1)
        table = pl.Series([None], dtype=told.dtype).new_from_index(0, size)
        filled = table.scatter(self.codes, told)
        return pl.col("_code").map_batches(
            filled.gather, return_dtype=told.dtype, is_elementwise=True
        )
