"""The fields of a document, told by its head: enough to know what it is, without reading it all."""

import re
from typing import Any

import polars as pl

from infobip_analytics.sources.documents import Document
from infobip_analytics.sources.encodings import decoded
from infobip_analytics.sources.fields import named
from infobip_analytics.sources.from_csv import headings
from infobip_analytics.sources.parquet import scanned
from infobip_analytics.sources.workbooks import workbook_sheets

_JSON_NAME = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:')


def what_it_has(document: Document) -> str:
    """What to say of a document that is nothing known: its problem, or its fields."""
    if document.problem:
        return document.problem
    if found := head_fields(document):
        return f"it has {named(found)}"
    match document.format:
        case "parquet":
            return "its Parquet is broken or cut off"
        case "workbook":
            sheets = workbook_sheets(document.path or document.whole()[0], document.name)
            return next((each.problem for each in sheets if each.problem), "it has no headings")
        case "json" | "ndjson":
            return "its JSON is broken, or has no fields"
        case _:
            return "it has no headings"


def head_fields(document: Document) -> list[str]:
    """The names of its fields, each once; none where it cannot be read."""
    try:
        match document.format:
            case "unreadable":
                return []
            case "parsed":
                return _names(document.parsed)
            case "parquet":
                return _of_schema(scanned(document).collect_schema())
            case "csv":
                return headings(decoded(document.head()))
            case "workbook":
                sheets = workbook_sheets(document.path or document.whole()[0], document.name)
                return list(dict.fromkeys(name for each in sheets for name in each.rows.columns))
            case _:
                return list(dict.fromkeys(_JSON_NAME.findall(decoded(document.head()))))
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return []


def _names(value: Any, depth: int = 3) -> list[str]:
    """The names in parsed JSON; of a list its first hundred speak for all."""
    inner = value.values() if isinstance(value, dict) else value[:100]
    own = list(value) if isinstance(value, dict) else []
    for each in inner:
        if depth and isinstance(each, (dict, list)):
            own.extend(_names(each, depth - 1))
    return list(dict.fromkeys(own))


def _of_schema(schema: pl.Schema) -> list[str]:
    structs = [dtype for dtype in schema.values() if isinstance(dtype, pl.Struct)]
    return [*schema, *(part.name for dtype in structs for part in dtype.fields)]
