"""Frames of other engines than pandas and polars: their rows come and go by Arrow.

What runs in this process becomes a polars plan, and the result goes back as what came: `arrow`
(pyarrow Tables), `duck` (DuckDB relations), `ibis_tables`. Of relations and Ibis tables only the
columns that are wanted are asked for, batch by batch (`batches`). What is spread over many machines
is worked on there, piece by piece (`spark`). An engine is imported only where its frame came.
"""

from collections.abc import Callable
from typing import Any

import narwhals as nw
import polars as pl

from infobip_analytics.engines import arrow, duck, ibis_tables
from infobip_analytics.engines.foreign import Foreign
from infobip_analytics.engines.spark import is_spark

Received = tuple[pl.LazyFrame, Foreign]

__all__ = ["Foreign", "foreign", "is_spark", "way_out"]

_ENGINES: list[tuple[Callable[[Any], bool], Callable[[Any], Received]]] = [
    (nw.dependencies.is_pyarrow_table, arrow.received),
    (nw.dependencies.is_duckdb_relation, duck.received),
    (nw.dependencies.is_ibis_table, ibis_tables.received),
]

#: What turns a frame into one that is understood, as (method, what to write).
_WAYS = [
    ("to_polars", ".to_polars()"),
    ("pl", ".pl()"),
    ("toArrow", ".toArrow()"),
    ("to_arrow", ".to_arrow()"),
    ("to_table", ".to_table()"),
    ("read_all", ".read_all()"),
    ("compute", ".compute()"),
    ("to_pandas", ".to_pandas()"),
    ("toPandas", ".toPandas()"),
    ("to_frame", ".to_frame()"),
]


def foreign(frame: Any) -> Received | None:
    """A frame of another engine of this process as a plan, and its engine; None where it is none.

    Raises:
        ColumnError: A column is of a type that cannot be read here.
    """
    return next((receive(frame) for is_one, receive in _ENGINES if is_one(frame)), None)


def way_out(frame: Any) -> str:
    """How to make a frame that is understood out of one that is not, as far as it shows."""
    ways = [written for method, written in _WAYS if hasattr(type(frame), method)]
    if not ways:
        return "most others have .to_polars(), .pl() or .to_arrow()"
    return f"give {' or '.join(ways[:2])} of it"
