"""The documented shapes of Infobip's JSON, read at once.

polars gets a schema made from the table of fields, in which everything is text, so that no id can
become a number. It refuses a document in which anything is not as documented.
"""

import io
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import polars as pl

from infobip_analytics.frames import DELIVERY_REPORTS
from infobip_analytics.reference import rows
from infobip_analytics.sources.documents import UTF16, Document, in_utf8
from infobip_analytics.sources.fields import known_fields
from infobip_analytics.sources.texts import LINE

Shape = dict[str, Any]


def rows_at_once(document: Document) -> pl.DataFrame | None:
    """The rows of a JSON or NDJSON document as text by field; None where it is not as documented.

    Only documented fields are in it, and those that tell what else a row may be.
    """
    with _bytes_of(document) as content:
        shape = _shape(content)
        if shape is None:
            return None
        try:
            if document.format == "json":
                return _by_place(_flat(_values(content, shape)))
            source = document.path or io.BytesIO(document.content)
            return _by_line(_flat(pl.scan_ndjson(source, schema=shape).collect().lazy()), content)
        except (pl.exceptions.PolarsError, UnicodeDecodeError):
            return None


@contextmanager
def _bytes_of(document: Document) -> Iterator[Any]:
    """The bytes of a document to search in, without holding a large file in memory."""
    if document.path is None:
        yield document.content
        return
    with (
        document.path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held,
    ):
        yield held


def _shape(content: Any) -> Shape | None:
    """The shape of one value of a document; None where it must be read value by value.

    Those are error answers, and a mixture of our names and Infobip's. `results` stands beside the
    fields, for lines may be reports and pages by turns.
    """

    def has(name: str) -> bool:
        return bool(content.find(f'"{name}"'.encode()) >= 0)

    mixed = has("message_id") and has("messageId")
    if mixed or has("requestError") or has("errorCode") or content[:2] in UTF16:
        return None
    entry = dict.fromkeys(DELIVERY_REPORTS, pl.String) if has("message_id") else _entry()
    return {"results": pl.List(pl.Struct(entry)), **entry} if has("results") else entry


@cache
def _entry() -> Shape:
    """The shape of one report or log entry: text everywhere, `status.id` within `status`."""
    fields = [*known_fields("report_fields", ()), *(row["field"] for row in rows("other_shapes"))]
    parts: dict[str, dict[str, Any]] = {}
    for field in fields:
        name, _, part = field.partition(".")
        parts.setdefault(name, {}).update({part: pl.String} if part else {})
    return {name: pl.Struct(inner) if inner else pl.String for name, inner in parts.items()}


def _values(content: Any, shape: Shape) -> pl.LazyFrame:
    """The value of a document, or those of its list, a column a name."""
    text = in_utf8(content[:]).decode().strip()
    value, column = pl.Struct(shape), pl.col("value")
    if text.startswith("["):
        decoded = column.str.json_decode(pl.List(value)).explode()
    else:
        decoded = column.str.json_decode(value)
    return pl.LazyFrame({"value": [text]}).select(decoded).unnest("value")


def _flat(values: pl.LazyFrame) -> pl.DataFrame:
    """Pages opened, and the parts of objects as fields of their own; `LINE` counts the values."""
    numbered = values.with_row_index(LINE, offset=1).cast({LINE: pl.Int64})
    if "results" not in values.collect_schema():
        return _opened(numbered).collect()
    reports = numbered.filter(pl.col("results").is_null()).drop("results")
    pages = (
        numbered.select(LINE, "results")
        .filter(pl.col("results").list.len() > 0)
        .explode("results")
        .unnest("results")
    )
    return _opened(pl.concat([reports, pages])).collect().sort(LINE, maintain_order=True)


def _opened(entries: pl.LazyFrame) -> pl.LazyFrame:
    return entries.select(
        pl.col(name).struct.field(part.name).alias(f"{name}.{part.name}") if part else pl.col(name)
        for name, dtype in entries.collect_schema().items()
        for part in (dtype.fields if isinstance(dtype, pl.Struct) else [None])
    )


def _by_place(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(LINE))


def _by_line(rows: pl.DataFrame, content: Any) -> pl.DataFrame:
    """Rows with their line in the file, of which only lines that are not blank were counted."""
    if not any(content.find(blank) >= 0 for blank in (b"\n\n", b"\n\r", b"\n ", b"\n\t")):
        return rows
    lines = content[:].split(b"\n")
    numbers = [number for number, line in enumerate(lines, start=1) if line.strip()]
    return rows.with_columns(pl.Series(numbers, dtype=pl.Int64).gather(rows[LINE] - 1).alias(LINE))
