"""All documents of a source together: rows of text, scans of our own files, what was set aside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from infobip_analytics.errors import ArgumentError, SourceError
from infobip_analytics.sources.aside import SetAside, counted
from infobip_analytics.sources.documents import BROKEN, Document
from infobip_analytics.sources.fields import aliases, named, never_found, renamed
from infobip_analytics.sources.from_csv import csv_texts
from infobip_analytics.sources.parquet import Scan, is_ours, own_scan, parquet_texts, scanned
from infobip_analytics.sources.texts import FILE, LINE, REASON, Texts, no_texts

Columns = Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Door:
    """What a door knows of its kind of source.

    Attributes:
        called: What it reads, for messages.
        expected: What it can read, for messages.
        schema: The columns of its frame.
        table: The reference table of its fields.
        key: The column without which a row cannot be read.
        lacking: What to say of such a row.
        json_texts: Opens a JSON document; with True, with every field, also those nobody knows.
        named: Gives the fields of one document the names of the table, or ours.
        defaults: What stands in columns that a file of our own does not have.
    """

    called: str
    expected: str
    schema: Mapping[str, Any]
    table: str
    key: str
    lacking: str
    json_texts: Callable[[Document, bool], Texts]
    named: Callable[[pl.DataFrame], pl.DataFrame]
    defaults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the documents of a source hold.

    Attributes:
        texts: Their rows as text by field, with `FILE` and `LINE`.
        scans: Those that are ours already.
        set_aside: What is no row at all.
        assumed: What was assumed, a sentence each.
        empty: Whether one of them says itself that it has no rows.
        places: The place of each document among them, by its name.
    """

    texts: pl.DataFrame
    scans: list[Scan]
    set_aside: list[SetAside]
    assumed: list[str]
    empty: bool
    places: dict[str, int]


def gathered(documents: Sequence[Document], door: Door, columns: Columns) -> Gathered:
    """Read every document as far as text; what cannot be opened is set aside."""
    read = [(document, _read(document, door, columns)) for document in documents]
    scans = [each for _, each in read if isinstance(each, Scan)]
    texts = [(document, each) for document, each in read if isinstance(each, Texts)]
    if not scans and (lost := never_found(columns, _headings(texts))):
        raise ArgumentError(lost)
    kept = [(document, _named(document, each, door, columns)) for document, each in texts]
    return Gathered(
        texts=pl.concat(
            [no_texts().with_columns(pl.lit(None, pl.String).alias(FILE))]
            + [
                each.rows.with_columns(pl.lit(document.name).alias(FILE)) for document, each in kept
            ],
            how="diagonal",
            rechunk=True,
        ),
        scans=scans,
        set_aside=[one for _, each in kept for one in each.set_aside],
        assumed=[one for _, each in kept for one in each.assumed],
        empty=any(each.empty for _, each in kept),
        places={document.name: place for place, document in enumerate(documents)},
    )


def _read(document: Document, door: Door, columns: Columns) -> Texts | Scan:
    try:
        match document.format:
            case "unreadable":
                return _nothing(document, document.problem)
            case "parquet":
                return _parquet(document, door, columns)
            case "csv":
                return csv_texts(document)
            case _:
                return door.json_texts(document, bool(columns))
    except BROKEN:
        return _nothing(document, "it cannot be read to its end")
    except pl.exceptions.PolarsError:
        return _nothing(document, "its Parquet is broken or cut off")


def _nothing(document: Document, why: str) -> Texts:
    return Texts(no_texts(), [SetAside(document.name, None, why, None)])


def _parquet(document: Document, door: Door, columns: Columns) -> Texts | Scan:
    plan = scanned(document)
    found = plan.collect_schema()
    if not columns and is_ours(found, door.schema, door.table, door.key):
        return own_scan(document, plan, door.key, door.lacking)
    rows = parquet_texts(plan)
    return Texts(rows, empty=rows.is_empty())


def _headings(texts: Sequence[tuple[Document, Texts]]) -> list[str]:
    return list(dict.fromkeys(name for _, each in texts for name in each.rows.columns))


def _named(document: Document, texts: Texts, door: Door, columns: Columns) -> Texts:
    """The rows with the names of the table; a table without the key column is set aside whole."""
    rows = door.named(renamed(texts.rows, columns, door.schema))
    keys = {door.key, *aliases(door.table).get(door.key, ())}
    if document.format in ("csv", "parquet") and not keys.intersection(rows.columns):
        why = f"it has no column {door.key}; it has {named(texts.rows.columns)}"
        return Texts(no_texts(), [SetAside(document.name, None, why, None)])
    return Texts(rows, texts.set_aside, texts.assumed, texts.empty)


def nothing_readable(aside: Sequence[SetAside], door: Door) -> SourceError:
    """The error for a source in which nothing can be read: what was found, expected, to do."""
    return SourceError(
        f"nothing here can be read as {door.called}. Found: {counted(aside)} that cannot be read, "
        f"the first is {aside[0]}. Expected: {door.expected}. Choose the export itself; where its "
        "headings are others, name them: columns={'their heading': 'our_column'}"
    )


def bad_rows(texts: pl.DataFrame, tidy: pl.DataFrame) -> list[SetAside]:
    """The rows of *tidy* that have a reason, with what they held as text in *texts*."""
    where = tidy[REASON].is_not_null()
    if not where.any():
        return []
    held = texts.filter(where).drop(FILE, LINE)
    return [
        SetAside(file, line, why, {name: value for name, value in row.items() if value is not None})
        for (file, line, why), row in zip(
            tidy.filter(where).select(FILE, LINE, REASON).iter_rows(), held.to_dicts(), strict=True
        )
    ]
