"""DuckDB relations."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import polars as pl

from infobip_analytics.engines.batches import scanned
from infobip_analytics.engines.foreign import Foreign, to_arrow

#: What the relation itself is called while its connection makes another one.
_ALIAS = "infobip_analytics_asks"


def received(relation: Any) -> tuple[pl.LazyFrame, Foreign]:
    """A relation as a plan that queries it when it is computed; back comes one beside it.

    The one that comes back is of the same connection, so that the two can be joined.
    """
    schema = _table(relation.limit(0)).schema
    plan = scanned(schema, partial(_read, relation))
    return plan, Foreign("DuckDB", partial(_back, relation))


def _read(relation: Any, columns: list[str], rows: int) -> Iterator[Any]:
    """The batches of a query for *columns* alone, which is ended where no more are wanted."""
    reader = _reader(relation.project(", ".join(map(_quoted, columns))), rows)
    try:
        yield from reader
    finally:
        reader.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _back(relation: Any, made: pl.DataFrame) -> Any:
    """A relation over what was made, on the connection of *relation*."""
    infobip_analytics_made = to_arrow(made)  # noqa: F841 (DuckDB finds it by its name)
    return relation.query(_ALIAS, "SELECT * FROM infobip_analytics_made")


# older DuckDBs have other names for these, of which newer ones warn
def _table(relation: Any) -> Any:
    asked = getattr(relation, "to_arrow_table", None) or relation.fetch_arrow_table
    return asked()


def _reader(relation: Any, rows: int) -> Any:
    asked = getattr(relation, "to_arrow_reader", None) or relation.fetch_arrow_reader
    return asked(rows)
