"""A source of Arrow batches as a polars plan: only what is wanted is asked for."""

from collections.abc import Callable, Iterator
from typing import Any

import polars as pl
from polars.io.plugins import register_io_source

from infobip_analytics.errors import ColumnError

#: Rows of a batch, where polars asks for none.
ROWS = 131_072

#: Gives batches of so many rows, with these columns.
Read = Callable[[list[str], int], Iterator[Any]]


def scanned(schema: Any, read: Read) -> pl.LazyFrame:
    """A plan of what *read* gives, whose columns have the Arrow *schema*."""
    types = polars_schema(schema)

    def source(
        columns: list[str] | None, predicate: pl.Expr | None, rows: int | None, size: int | None
    ) -> Iterator[pl.DataFrame]:
        left = rows
        for batch in read(list(types) if columns is None else columns, size or ROWS):
            frame = _typed(batch, types)
            frame = frame if predicate is None else frame.filter(predicate)
            yield frame if left is None else frame.head(left)
            left = None if left is None else left - frame.height
            if left is not None and left <= 0:
                return

    return register_io_source(source, schema=types)


def _typed(batch: Any, types: dict[str, Any]) -> pl.DataFrame:
    frame = pl.DataFrame(batch)
    return frame.cast(
        {name: types[name] for name in frame.columns if frame[name].dtype != types[name]}
    )


def polars_schema(schema: Any) -> dict[str, Any]:
    """The types that columns of an Arrow *schema* have in polars; a few kinds of text are text.

    Raises:
        ColumnError: polars has no such type.
    """
    return {field.name: _type(field) for field in schema}


def _type(field: Any) -> Any:
    import pyarrow as pa

    empty = pa.table([pa.array([], field.type)], names=[field.name])
    try:
        dtype = None if pa.types.is_interval(field.type) else pl.DataFrame(empty).dtypes[0]
    except pl.exceptions.PolarsError:
        dtype = None
    if dtype is None:
        raise ColumnError(
            f"the column {field.name} is of the type {field.type}, which cannot be read here; "
            "leave it out, or cast it to text"
        )
    return pl.String if dtype in (pl.Categorical, pl.Enum) else dtype
