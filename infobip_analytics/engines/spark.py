"""Spark DataFrames: their rows stay where they are, and the work is sent to them.

A frame is worked on in pieces, in the Python of the workers (where this package is installed, too).
What comes to the driver is what a piece is made into: a few numbers, counts.
"""

import pickle
from collections.abc import Callable, Iterator
from typing import Any

import narwhals as nw
import polars as pl

from infobip_analytics.engines.batches import polars_schema
from infobip_analytics.engines.foreign import Foreign, to_arrow
from infobip_analytics.engines.pieces import PIECE, Work

Worker = Callable[[Iterator[Any]], Iterator[Any]]


def is_spark(frame: Any) -> bool:
    """Whether *frame* is a DataFrame of Spark, classic or Connect."""
    known = nw.dependencies
    return bool(known.is_pyspark_dataframe(frame) or known.is_pyspark_connect_dataframe(frame))


def spark_of(frame: Any) -> Foreign:
    """Spark as the engine to hand results back to, in the session of *frame*."""
    return Foreign("Spark", lambda made: frame.sparkSession.createDataFrame(to_arrow(made)))


def without_rows(frame: Any) -> pl.LazyFrame:
    """A polars plan with the columns and types of *frame*, and no rows."""
    return pl.LazyFrame(schema=polars_schema(frame.limit(0).toArrow().schema))


def gathered(frame: Any, work: Work, *, whole: bool = False) -> pl.DataFrame:
    """What *work* makes of the pieces of *frame*, one below the other, here.

    A piece is a *whole* partition, or else so many rows of one. What *work* refuses is raised here.
    """
    worker = _gathering(pickle.dumps(work), None if whole else PIECE)
    pieces = frame.mapInArrow(worker, "made binary, refused binary").collect()
    for piece in pieces:
        if piece["refused"] is not None:
            raise pickle.loads(bytes(piece["refused"]))
    made = [pl.read_ipc(bytes(piece["made"])) for piece in pieces]
    return pl.concat(made) if made else work(without_rows(frame))


def spread(frame: Any, work: Work, schema: dict[str, Any]) -> Any:
    """What *work* makes of each partition of *frame*, as a Spark frame of *schema*."""
    types = spark_of(frame).back(pl.DataFrame(schema=schema)).schema
    return frame.mapInArrow(_spreading(pickle.dumps(work)), types)


# Both functions are sent as they stand, so that nothing is imported in a worker before it knows
# how many threads are its own: Spark has a worker for each core already.


def _gathering(work: bytes, rows: int | None) -> Worker:
    def worker(batches):  # type: ignore[no-untyped-def]
        import os

        os.environ.setdefault("POLARS_MAX_THREADS", "1")
        from infobip_analytics.engines.pieces import packed

        yield from packed(work, batches, rows)

    return worker


def _spreading(work: bytes) -> Worker:
    def worker(batches):  # type: ignore[no-untyped-def]
        import os

        os.environ.setdefault("POLARS_MAX_THREADS", "1")
        from infobip_analytics.engines.pieces import made

        yield from made(work, batches)

    return worker
