"""Rank, time and place of a row in one whole number: the greatest decides about the message."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import polars as pl

from infobip_analytics.frames import TIME

#: What a whole number of 64 bits has room for
_ROOM = 2**63

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Packing:
    """How rank, time and place of a row become one integer.

    Attributes:
        first: The earliest time, in microseconds.
        times: How many times there are; the least stands for none.
        places: How many places there are, each twice: with a `done_at`, and with a lent one.
        dtype: An integer of 64 bits, which is compared sooner, or one of 128 where they do not fit.
    """

    first: int
    times: int
    places: int
    dtype: Any

    @classmethod
    def of(cls, first: datetime | None, last: datetime | None, standing: pl.DataFrame) -> Self:
        """The packing of rows whose times lie between *first* and *last*."""
        earliest, latest = (_microseconds(each) for each in (first, last))
        times, places = latest - earliest + 2, 2 * standing.height
        ranks = max(standing["_rank"], default=0) + 2
        fits = ranks * times * places < _ROOM
        return cls(earliest, times, places, pl.Int64 if fits else pl.Int128)

    def base(self) -> pl.Expr:
        """What rank and place, of a standing, add to the integer."""
        rank = pl.col("_rank").cast(self.dtype) + 1  # an event that was not even enqueued has -1
        return rank * self._wide(self.times * self.places) + pl.col("_place").cast(self.dtype) * 2

    def packed(self, when: pl.Expr) -> pl.Expr:
        """Rank, time and place, in the order in which they decide."""
        time = (when.dt.timestamp("us") - (self.first - 1)).fill_null(0).cast(self.dtype)
        done = pl.col("done_at").is_not_null().cast(self.dtype)
        return pl.col("_base") + time * self._wide(self.places) + done

    def place(self) -> pl.Expr:
        """The place of the row that is `_best`."""
        return ((pl.col("_best") % self._wide(self.places)) // 2).cast(pl.Int64)

    def done_at(self) -> pl.Expr:
        """The `done_at` of the row that is `_best`; null where it has none or there is none."""
        ranked = pl.col("_best") // self._wide(self.places)
        time = (ranked % self._wide(self.times)).cast(pl.Int64) + (self.first - 1)
        return pl.when(pl.col("_best") % self._wide(2) == self._wide(1)).then(time.cast(TIME))

    def _wide(self, number: int) -> pl.Expr:
        return pl.lit(number, dtype=self.dtype)


def span(sent_at: str) -> list[pl.Expr]:
    """The `first` and the `last` moment of rows, with the columns `done_at` and *sent_at*."""
    done, sent = pl.col("done_at"), pl.col(sent_at)
    return [
        pl.min_horizontal(done.min(), sent.min()).alias("first"),
        pl.max_horizontal(done.max(), sent.max()).alias("last"),
    ]


def _microseconds(moment: datetime | None) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) if moment else 0
