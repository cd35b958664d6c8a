"""All documents of a source, one after the other: rows of text, some at a time, and own scans."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from infobip_analytics.sources.aside import SetAside
from infobip_analytics.sources.blocks import SIZE, ahead
from infobip_analytics.sources.documents import Document
from infobip_analytics.sources.fields import aliases, named, renamed
from infobip_analytics.sources.from_csv import csv_texts
from infobip_analytics.sources.from_json import json_texts
from infobip_analytics.sources.json_lines import Block, Envelope, blocks
from infobip_analytics.sources.parquet import Scan, is_ours, own_scan, parquet_texts, scanned
from infobip_analytics.sources.texts import FILE, LINE, Texts, no_texts
from infobip_analytics.sources.workbooks import workbook_sheets

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
        envelope: How its JSON is opened.
        named: Gives the fields of one document the names of the table, or ours.
        tidy: Our names and types out of named rows of text, why a row cannot be read, and what was
            assumed: sentences with a place for their `count`.
        refuses: Why a table with such headings is not read, whatever is in it; "" where it is.
        defaults: What stands in columns that a file of our own does not have.
    """

    called: str
    expected: str
    schema: Mapping[str, Any]
    table: str
    key: str
    lacking: str
    envelope: Envelope
    named: Callable[[pl.DataFrame], pl.DataFrame]
    tidy: Callable[[pl.DataFrame, str], tuple[pl.DataFrame, Counter[str]]]
    refuses: Callable[[Iterable[str]], str] = lambda _: ""
    defaults: Mapping[str, str] = field(default_factory=dict)


def gathered(documents: Sequence[Document], door: Door, columns: Columns) -> Iterator[Texts | Scan]:
    """Read every document as far as named rows of text; what cannot be opened is set aside.

    Entries of JSON are gathered over many documents (callbacks come in small ones), for reading
    them at once is what makes it fast.
    """
    held: list[Block] = []
    for piece in ahead(_all_pieces(documents, door, columns), _size):
        if isinstance(piece, Block):
            held.append(piece)
        if not isinstance(piece, Block) or sum(len(each.text) for each in held) >= SIZE:
            yield from _released(held, door, columns)
        if not isinstance(piece, Block):
            yield piece
    yield from _released(held, door, columns)


def _size(piece: Block | Texts | Scan) -> int:
    return len(piece.text) if isinstance(piece, Block) else SIZE


def _all_pieces(
    documents: Sequence[Document], door: Door, columns: Columns
) -> Iterator[Block | Texts | Scan]:
    return (piece for document in documents for piece in _pieces(document, door, columns))


def _released(held: list[Block], door: Door, columns: Columns) -> Iterator[Texts]:
    """The rows of the blocks that were held, which are then held no more."""
    if held:
        yield _named(json_texts(held, door.envelope, every_field=bool(columns)), door, columns)
        held.clear()


def _pieces(document: Document, door: Door, columns: Columns) -> Iterator[Block | Texts | Scan]:
    try:
        match document.format:
            case "unreadable":
                yield _nothing(document, document.problem)
            case "parquet":
                yield from _of_parquet(document, door, columns)
            case "csv":
                yield from _of_tables(document, csv_texts(document), door, columns)
            case "workbook":
                yield from _of_workbook(document, door, columns)
            case _:
                yield from _of_json(document, door)
    except OSError:
        yield _nothing(document, "it cannot be read to its end")
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        yield _nothing(document, "its Parquet is broken or cut off")


def _nothing(document: Document, why: str) -> Texts:
    return Texts(no_texts(), [SetAside(document.name, None, why, None)])


def _of_json(document: Document, door: Door) -> Iterator[Block | Texts]:
    """The blocks of a JSON document; one without entries says so itself."""
    empty = True
    for piece in blocks(document, door.envelope):
        if isinstance(piece, SetAside):
            yield Texts(no_texts(), [piece])
        elif len(piece):
            yield piece
        empty = empty and isinstance(piece, Block) and not len(piece)
    if empty:
        yield Texts(no_texts(), empty=True)


def _of_parquet(document: Document, door: Door, columns: Columns) -> Iterator[Texts | Scan]:
    plan = scanned(document)
    found = plan.collect_schema()
    if not columns and is_ours(found, door.schema, door.table, door.key):
        yield own_scan(document, plan, door.key, door.lacking)
    else:
        read = (Texts(rows, empty=rows.is_empty()) for rows in parquet_texts(plan))
        yield from _of_tables(document, read, door, columns)


def _of_workbook(document: Document, door: Door, columns: Columns) -> Iterator[Texts]:
    for sheet in workbook_sheets(document.path or document.whole()[0], document.name):
        if sheet.problem:
            yield Texts(no_texts(), [SetAside(sheet.name, None, sheet.problem, None)])
        else:
            read = Texts(sheet.rows, empty=sheet.rows.is_empty())
            yield from _of_tables(replace(document, name=sheet.name), [read], door, columns)


def _of_tables(
    document: Document, parts: Iterable[Texts], door: Door, columns: Columns
) -> Iterator[Texts]:
    """The parts of one table with the names of the table of fields.

    A table without the key column is set aside as a whole.
    """
    keys = {door.key, *aliases(door.table).get(door.key, ())}
    for part in parts:
        if part.rows.columns == [LINE] and (part.set_aside or part.empty):
            yield part  # no rows, and no word on what their headings are
            continue
        with_file = replace(part, rows=part.rows.with_columns(pl.lit(document.name).alias(FILE)))
        tidy = _named(with_file, door, columns)
        refused = door.refuses(tidy.rows.columns)
        if refused or (part.rows.columns and not keys.intersection(tidy.rows.columns)):
            why = refused or f"it has no column {door.key}; it has {named(part.rows.columns)}"
            aside = [SetAside(document.name, None, document.problem or why, None)]
            yield Texts(no_texts(), aside, headings=tidy.headings)
            return
        yield tidy


def _named(texts: Texts, door: Door, columns: Columns) -> Texts:
    """Rows with the names of the table of fields."""
    rows = door.named(renamed(texts.rows, columns, door.schema))
    return replace(texts, rows=rows, headings=list(texts.rows.columns))
