"""The frames of the journey: their columns, their types, and how they change engine."""

from typing import Any, Literal

import narwhals as nw
import polars as pl

from infobip_analytics.clock import parse_times
from infobip_analytics.engines import Foreign, foreign, is_spark, way_out
from infobip_analytics.errors import ArgumentError, ColumnError

Backend = Literal["polars", "pandas"]

TIME = pl.Datetime("us", "UTC")

#: Where a frame came from, and where what is made of it goes back to.
Engine = Literal["polars", "lazy", "pandas"] | Foreign

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


def typed(frame: pl.LazyFrame, schema: dict[str, Any]) -> pl.LazyFrame:
    """Give those columns of *frame* that *schema* names its types; the others stay as they are.

    They differ in files of text, and where an engine knows no better. Times without a zone are UTC.

    Raises:
        ColumnError: A column holds what its type cannot.
    """
    there = frame.collect_schema()
    wrong = {name: schema[name] for name in there if name in schema and there[name] != schema[name]}
    made = {name: _as_type(name, there[name], dtype) for name, dtype in wrong.items()}
    texts = [name for name in wrong if there[name] == pl.String]
    _check(frame, {name: made[name] for name in texts}, schema)
    return frame.with_columns(**made)


def _as_type(name: str, dtype: Any, wanted: Any) -> pl.Expr:
    """The column *name*, of type *dtype*, as it is *wanted*; text that says none is null."""
    column = pl.col(name)
    if dtype.is_nested() or dtype in (pl.Binary, pl.Object):
        raise ColumnError(
            f"the column {name} holds {dtype}, where {wanted} is wanted; cast it, or leave it out"
        )
    if dtype == pl.String and wanted == TIME:
        return parse_times(column)
    if dtype == pl.String and wanted == pl.Boolean:
        return column.str.to_lowercase().replace_strict(
            ["true", "false", "1", "0"], [True, False] * 2, default=None, return_dtype=pl.Boolean
        )
    if dtype == pl.String:
        return column.cast(wanted, strict=False)
    if dtype.is_float() and wanted == pl.String:  # an id that had gaps beside it
        whole = column.cast(pl.Int64, strict=False)
        return pl.when(whole == column).then(whole.cast(wanted)).otherwise(column.cast(wanted))
    return column.cast(wanted)


def _check(frame: pl.LazyFrame, read: dict[str, pl.Expr], schema: dict[str, Any]) -> None:
    """Raise ColumnError where a text is not *read* as what *schema* wants, and is not empty."""
    lost = {name: (made.is_null() & (pl.col(name) != "")).sum() for name, made in read.items()}
    found = frame.select(**lost).collect(engine="streaming").to_dicts() if lost else [{}]
    bad = [
        f"{count} of its values in the column {name} are no {schema[name]}"
        for name, count in found[0].items()
        if count
    ]
    if bad:
        raise ColumnError(
            f"the frame has texts where numbers or times are wanted: {'; '.join(bad)}. Read the "
            "export with ia.read(...), or cast the columns first"
        )


def to_engine(
    frame: pl.LazyFrame, backend: Backend | Foreign = "polars", *, lazy: bool = False
) -> Any:
    """Hand a polars plan over as what the user asked for: a polars frame or plan, pandas, ..."""
    if isinstance(backend, Foreign):
        return backend.back(frame.collect(engine="streaming"))
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


def as_plan(frame: Any) -> tuple[pl.LazyFrame, Engine]:
    """A frame as a polars plan, and which engine it came from; what is none raises ColumnError."""
    if isinstance(frame, pl.LazyFrame):
        return frame, "lazy"
    if isinstance(frame, pl.DataFrame):
        return frame.lazy(), "polars"
    if nw.dependencies.is_pandas_dataframe(frame):
        return pl.from_pandas(frame).lazy(), "pandas"
    received = foreign(frame)
    if received is not None:
        return received
    if is_spark(frame):
        raise ColumnError(
            "this takes no Spark frame; ia.messages, ia.delivery_rates, ia.report_coverage and "
            "ia.error_breakdown do, and make it small: give .toArrow() of what they give (of the "
            "whole frame only where it fits into memory)"
        )
    raise ColumnError(
        f"a {type(frame).__name__} is no frame that can be read here; give a pandas or polars "
        f"frame, a pyarrow Table, a DuckDB relation, or an Ibis table: {way_out(frame)}"
    )
