"""pyarrow Tables."""

from typing import Any

import polars as pl

from infobip_analytics.engines.batches import polars_schema
from infobip_analytics.engines.foreign import Foreign, to_arrow


def received(table: Any) -> tuple[pl.LazyFrame, Foreign]:
    """A pyarrow Table as a polars plan, without a copy of most of it; back comes a Table."""
    polars_schema(table.schema)
    return pl.DataFrame(table).lazy(), Foreign("pyarrow", to_arrow)
