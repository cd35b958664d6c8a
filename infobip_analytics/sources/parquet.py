"""Parquet: our own stays a lazy scan, any other becomes rows of text."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from infobip_analytics.sources.aside import SetAside
from infobip_analytics.sources.documents import Document
from infobip_analytics.sources.fields import aliases
from infobip_analytics.sources.texts import LINE, frame_texts, text

#: How many rows of a foreign file are made text at once
_ROWS = 250_000


@dataclass(frozen=True, slots=True)
class Scan:
    """A Parquet file with our names and types, unread.

    Attributes:
        file: The name of the document.
        plan: Its rows, without those that lack the key.
        set_aside: The rows that lack it.
        declared: How many rows were set aside when the file was made, by its own `set_aside`.
    """

    file: str
    plan: pl.LazyFrame
    set_aside: list[SetAside]
    declared: int


def scanned(document: Document) -> pl.LazyFrame:
    """The rows of a Parquet document, unread."""
    if document.path is None:
        content, _ = document.whole()
        return pl.read_parquet(io.BytesIO(content)).lazy()
    return pl.scan_parquet(document.path, glob=False)


def is_ours(found: pl.Schema, schema: Mapping[str, Any], table: str, key: str) -> bool:
    """Tell whether columns are ours: the key is there, every type fits, and nothing is an alias."""
    ours = [name for name in schema if name in found]
    foreign = [
        column
        for column, fields in aliases(table).items()
        if column in schema and column not in found and any(name in found for name in fields)
    ]
    nested = any(isinstance(dtype, pl.Struct) for dtype in found.values())
    if nested or foreign or key not in ours:
        return False
    return all(_fits(found[name], schema[name]) for name in ours)


def _fits(found: pl.DataType, wanted: Any) -> bool:
    """Whether a plain cast makes the wanted type; a time without a zone needs to be read."""
    if found == pl.Null or found == wanted:
        return True
    if isinstance(wanted, pl.Datetime):
        return isinstance(found, pl.Datetime) and found.time_zone is not None
    if wanted == pl.String:
        return isinstance(found, (pl.Categorical, pl.Enum))
    return found.is_integer() if wanted == pl.Int64 else found.is_numeric() and wanted == pl.Float64


def own_scan(document: Document, plan: pl.LazyFrame, key: str, lacking: str) -> Scan:
    """A file with our columns as a scan, without the rows that lack the key."""
    lacks = pl.col(key).is_null()
    if plan.collect_schema()[key] == pl.String:
        lacks |= pl.col(key) == ""
    # written like this, the file's statistics answer it and no row is read; a negation or a row
    # index would have the column read
    if plan.filter(lacks).select(pl.len()).collect().item() == 0:
        return Scan(document.name, plan, [], _declared(plan))
    rows = plan.with_row_index(LINE, offset=1).filter(lacks).collect()
    aside = [
        SetAside(
            document.name, row.pop(LINE), lacking, {name: text(v) for name, v in row.items() if v}
        )
        for row in rows.to_dicts()
    ]
    return Scan(document.name, plan.filter(~lacks), aside, _declared(plan))


def _declared(plan: pl.LazyFrame) -> int:
    if "set_aside" not in plan.collect_schema():
        return 0
    return int(plan.select(pl.col("set_aside").max().fill_null(0).cast(pl.Int64)).collect().item())


def parquet_texts(plan: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """Any other Parquet file as rows of text, some at a time."""
    rows = int(plan.select(pl.len()).collect().item())
    for start in range(0, max(rows, 1), _ROWS):
        texts = frame_texts(plan.slice(start, _ROWS).collect())
        yield texts.with_columns(pl.col(LINE) + start)
