"""Ibis tables: of whatever backend Ibis speaks to, rows come here by Arrow."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import polars as pl

from infobip_analytics.engines.batches import scanned
from infobip_analytics.engines.foreign import Foreign, to_arrow


def received(table: Any) -> tuple[pl.LazyFrame, Foreign]:
    """An Ibis table as a plan that asks its backend when it is computed; back comes a memtable."""
    schema = table.schema().to_pyarrow()
    return scanned(schema, partial(_read, table)), Foreign("Ibis", _back)


def _read(table: Any, columns: list[str], rows: int) -> Iterator[Any]:
    """The batches of a query for *columns* alone."""
    asked = table.select(columns)
    if not _streams(table):
        yield from asked.to_pyarrow().to_batches(max_chunksize=rows)
        return
    with asked.to_pyarrow_batches(chunk_size=rows) as reader:
        yield from reader


def _streams(table: Any) -> bool:
    """Whether its backend gives batches: Ibis 12 asks DuckDB 2 for them by a name that is gone."""
    import ibis

    backend = ibis.get_backend(table)
    return backend.name != "duckdb" or hasattr(backend.con, "fetch_record_batch")


def _back(made: pl.DataFrame) -> Any:
    """What was made, as a table of Ibis that any backend can join with its own."""
    import ibis

    return ibis.memtable(to_arrow(made))
