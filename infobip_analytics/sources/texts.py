"""Rows of text: whatever a document holds, each of its rows as text by field, and its line.

Text, because ids, numbers and codes are text from first to last, and because only what is still
text can be set aside as it came.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from infobip_analytics.sources.aside import SetAside

#: Columns beside the fields; a field of such a name is left out
FILE, LINE, REASON, WHAT = OWN = ("(file)", "(line)", "(reason)", "(what)")


@dataclass(frozen=True, slots=True)
class Texts:
    """Some rows of a document, or of several.

    Attributes:
        rows: One column of text a field, `FILE` (its document), and `LINE`: the line of the file,
            or in a document of several lines a row, the place of the row.
        set_aside: What is no row at all.
        assumed: What was assumed to read it, a sentence each.
        empty: Whether the document says itself that it has no rows.
        headings: What its fields were called there.
    """

    rows: pl.DataFrame
    set_aside: list[SetAside] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    empty: bool = False
    headings: list[str] = field(default_factory=list)


def texts(entries: Iterable[tuple[int, dict[str, str | None]]]) -> pl.DataFrame:
    """A frame of text with a column a field, out of rows and their lines."""
    lines, rows = [], []
    for line, row in entries:
        lines.append(line)
        rows.append(row)
    fields = dict.fromkeys(name for row in rows for name in row if name not in OWN)
    columns = {name: pl.Series([row.get(name) for row in rows], dtype=pl.String) for name in fields}
    return pl.DataFrame({LINE: pl.Series(lines, dtype=pl.Int64), **columns})


def no_texts() -> pl.DataFrame:
    """A frame without rows and fields."""
    return texts([])


def flat(entry: dict[str, Any], whole: frozenset[str]) -> dict[str, str | None]:
    """A row as text by field; the parts of an object in it are fields too: `status.id`."""
    row: dict[str, str | None] = {}
    for name, value in entry.items():
        field = _sound(name)
        if isinstance(value, dict) and name not in whole:
            row.update((f"{field}.{_sound(part)}", text(inner)) for part, inner in value.items())
        else:
            row[field] = text(value)
    return row


def text(value: Any) -> str | None:
    """One value as text: numbers digit by digit, objects and lists as JSON."""
    if value is None:
        return None
    if isinstance(value, str):
        return _sound(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, (bool, dict, list, tuple)):
        return _json_text(value)
    return str(value)


def _sound(words: str) -> str:
    """The same text without halves of characters, which JSON can hold and UTF-8 cannot."""
    return words if words.isascii() else words.encode("utf-8", "replace").decode()


def _json_text(value: Any) -> str:
    try:
        return text(json.dumps(value, ensure_ascii=False, default=str)) or ""
    except (ValueError, RecursionError):
        return ""


def frame_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """A typed frame as rows of text; of structs the parts become fields, `properties.status`."""
    plain = frame.select(
        part
        for name, dtype in frame.schema.items()
        for part in _parts_of(name, dtype)
        if name not in OWN
    )
    return plain.select(
        (pl.int_range(pl.len(), dtype=pl.Int64) + 1).alias(LINE),
        *(as_text(name, dtype) for name, dtype in plain.schema.items()),
    )


def _parts_of(name: str, dtype: pl.DataType) -> list[pl.Expr]:
    if not isinstance(dtype, pl.Struct):
        return [pl.col(name)]
    return [
        pl.col(name).struct.field(part.name).alias(f"{name}.{part.name}") for part in dtype.fields
    ]


def as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    """A column of any type as text; lists and structs as JSON."""
    if dtype.is_nested() or dtype == pl.Object:
        return pl.col(name).map_elements(_nested_text, return_dtype=pl.String)
    return pl.col(name).cast(pl.String, strict=False)


def _nested_text(value: Any) -> str | None:
    return text(value.to_list() if isinstance(value, pl.Series) else value)
