"""The frames of the journey: their columns, their types, and how they change engine."""

from typing import Any, Literal

import narwhals as nw
import polars as pl

from infobip_analytics.errors import ArgumentError, ColumnError

Backend = Literal["polars", "pandas"]

TIME = pl.Datetime("us", "UTC")

#: One report or log entry of Infobip, as it arrived. `set_aside` is the same in every row:
#: how many rows of the source could not be read.
DELIVERY_REPORTS: dict[str, Any] = {
    "message_id": pl.String,
    "bulk_id": pl.String,
    "record": pl.String,
    "channel": pl.String,
    "sender": pl.String,
    "recipient": pl.String,
    "sent_at": TIME,
    "done_at": TIME,
    "received_at": TIME,
    "parts": pl.Int64,
    "price": pl.Float64,
    "currency": pl.String,
    "network": pl.String,
    "status_id": pl.Int64,
    "status_name": pl.String,
    "status_group": pl.String,
    "error_id": pl.Int64,
    "error_name": pl.String,
    "error_group": pl.String,
    "permanent": pl.Boolean,
    "campaign_reference": pl.String,
    "callback_data": pl.String,
    "set_aside": pl.Int64,
}

#: One campaign event of Bloomreach, as it arrived; other properties follow under their own names.
CAMPAIGN_EVENTS: dict[str, Any] = {
    "customer": pl.String,
    "event_name": pl.String,
    "timestamp": TIME,
    "action_type": pl.String,
    "action_id": pl.String,
    "action_name": pl.String,
    "campaign_id": pl.String,
    "campaign_name": pl.String,
    "recipient": pl.String,
    "sender": pl.String,
    "status": pl.String,
    "status_code": pl.String,
    "error": pl.String,
    "comment": pl.String,
    "parts": pl.Int64,
    "message_id": pl.String,
    "sent_timestamp": TIME,
    "integration_name": pl.String,
    "variant": pl.String,
    "language": pl.String,
    "customer_country": pl.String,
    "set_aside": pl.Int64,
}

#: One message to one recipient, with its outcome. From `as_of` on, the same in every row.
#: `matched_by`, the two outcomes beside it and `unmatched_reports` are null but where delivery
#: reports were put beside campaign events.
MESSAGES: dict[str, Any] = {
    "message_id": pl.String,
    "channel": pl.String,
    "sender": pl.String,
    "recipient": pl.String,
    "customer": pl.String,
    "country": pl.String,
    "network": pl.String,
    "bulk_id": pl.String,
    "campaign_id": pl.String,
    "campaign_name": pl.String,
    "action_id": pl.String,
    "action_name": pl.String,
    "variant": pl.String,
    "language": pl.String,
    "campaign_reference": pl.String,
    "integration_name": pl.String,
    "sent_at": TIME,
    "done_at": TIME,
    "outcome": pl.String,
    "receipt": pl.String,
    "settled": pl.Boolean,
    "orphan": pl.Boolean,
    "status_id": pl.Int64,
    "status_name": pl.String,
    "status_group": pl.String,
    "error_id": pl.Int64,
    "error_name": pl.String,
    "error_group": pl.String,
    "permanent": pl.Boolean,
    "parts": pl.Int64,
    "price": pl.Float64,
    "currency": pl.String,
    "n_reports": pl.Int64,
    "n_late": pl.Int64,
    "conflicting": pl.Boolean,
    "record": pl.String,
    "matched_by": pl.String,
    "event_outcome": pl.String,
    "report_outcome": pl.String,
    "as_of": TIME,
    "waiting_days": pl.Float64,
    "population": pl.String,
    "set_aside": pl.Int64,
    "before_since": pl.Int64,
    "after_until": pl.Int64,
    "unmatched_reports": pl.Int64,
}


def conform(frame: pl.LazyFrame, schema: dict[str, Any]) -> pl.LazyFrame:
    """Give *frame* the columns of *schema* first, typed (absent ones null); its others follow."""
    there = frame.collect_schema()
    ours = [
        pl.col(name).cast(dtype) if name in there else pl.lit(None, dtype).alias(name)
        for name, dtype in schema.items()
    ]
    return frame.select(*ours, *(pl.col(name) for name in there if name not in schema))


def to_engine(frame: pl.LazyFrame, backend: Backend = "polars", *, lazy: bool = False) -> Any:
    """Hand a polars plan over as what the user asked for: a polars frame or plan, or pandas."""
    if backend not in ("polars", "pandas"):
        raise ArgumentError(f"backend={backend!r}: there are 'polars' and 'pandas'")
    if backend == "pandas" and lazy:
        raise ArgumentError("lazy=True needs backend='polars': pandas has no lazy frames")
    if lazy:
        return frame
    collected = frame.collect()
    return collected if backend == "polars" else to_pandas(collected)


def to_pandas(frame: pl.DataFrame) -> Any:
    """A pandas frame in which integers and booleans with gaps stay what they are."""
    import pandas as pd
    import pyarrow as pa

    nullable = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    # pandas knows no days, and would make objects of them
    table = frame.with_columns(pl.col(pl.Date).cast(pl.Datetime("us"))).to_arrow(
        compat_level=pl.CompatLevel.oldest()
    )
    return table.to_pandas(types_mapper=nullable.get)


def as_plan(frame: Any) -> tuple[pl.LazyFrame, Literal["polars", "lazy", "pandas"]]:
    """A frame as a polars plan, and which engine it came from; other engines raise ColumnError."""
    if isinstance(frame, pl.LazyFrame):
        return frame, "lazy"
    if isinstance(frame, pl.DataFrame):
        return frame.lazy(), "polars"
    if nw.dependencies.is_pandas_dataframe(frame):
        return pl.from_pandas(frame).lazy(), "pandas"
    raise ColumnError(
        f"a {type(frame).__name__} is no frame that can be read here; give a pandas or polars "
        "frame (most others have .to_polars(), .pl() or .to_pandas())"
    )
