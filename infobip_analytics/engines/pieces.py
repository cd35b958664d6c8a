"""What a worker of Spark does with the batches of its partition: our work, in polars."""

import io
import pickle
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import polars as pl

from infobip_analytics.engines.foreign import to_arrow
from infobip_analytics.errors import InfobipAnalyticsError, InfobipAnalyticsWarning

#: What is made of a piece. It is sent to the workers, so it must be what they can import: a
#: function of a module, or a partial of one.
Work = Callable[[pl.LazyFrame], pl.DataFrame]

#: Rows that are worked on at once, where any will do.
PIECE = 1_000_000

#: Rows of an Arrow batch that goes back to Spark.
BATCH = 100_000


def packed(work: bytes, batches: Iterator[Any], rows: int | None) -> Iterator[Any]:
    """What *work* makes of every so many *rows* (None: of all), each as bytes in one row.

    What it refuses is told in the same way, for a worker's exception comes as a wall of text.
    """
    import pyarrow as pa

    for piece in _pieces(batches, rows):
        made, refused = None, None
        try:
            made = _as_bytes(_done(work, piece))
        except InfobipAnalyticsError as error:
            refused = pickle.dumps(error)
        columns = {
            "made": pa.array([made], pa.binary()),
            "refused": pa.array([refused], pa.binary()),
        }
        yield pa.RecordBatch.from_pydict(columns)


def made(work: bytes, batches: Iterator[Any]) -> Iterator[Any]:
    """What *work* makes of all rows, in Arrow batches."""
    import pyarrow as pa

    for piece in _pieces(batches, None):
        table = to_arrow(_done(work, piece))
        plain = [
            field.with_type(pa.string()) if pa.types.is_large_string(field.type) else field
            for field in table.schema
        ]
        for start in range(0, table.num_rows, BATCH):
            yield from (
                table.slice(start, BATCH).cast(pa.schema(plain)).combine_chunks().to_batches()
            )


def _pieces(batches: Iterator[Any], rows: int | None) -> Iterator[pl.DataFrame]:
    """The rows of *batches*, so many or more at once; nothing where there are none."""
    held: list[pl.DataFrame] = []
    height = 0
    for batch in batches:
        held.append(pl.DataFrame(batch))
        height += batch.num_rows
        if rows is not None and height >= rows:
            yield pl.concat(held)
            held, height = [], 0
    if height:
        yield pl.concat(held)


def _done(work: bytes, piece: pl.DataFrame) -> pl.DataFrame:
    # what is to be said of the whole, the driver says
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InfobipAnalyticsWarning)
        done: pl.DataFrame = pickle.loads(work)(piece.lazy())
    return done


def _as_bytes(frame: pl.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.write_ipc(file)
    return file.getvalue()
