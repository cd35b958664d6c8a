"""Workbooks: their sheets as rows of text, as a CSV export would have had them."""

import io
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile

import polars as pl

from infobip_analytics.sources.packing import BLOCK, BrokenError
from infobip_analytics.sources.texts import LINE, OWN, no_texts
from infobip_analytics.sources.zip_entries import HEADER, ZIP, entries
from infobip_analytics.sources.zips import ZIP_IN_ZIP, begins_workbook, every_member, shown

BROKEN_WORKBOOK = "it is a workbook that is broken or cut off; save it again, or as CSV"
PROTECTED = "it is protected by a password; save it without one, or as CSV"
EMPTY = "it is empty"
OLD = "it is an old workbook (XLS); save it as XLSX or CSV"
BINARY = "it is a binary workbook (XLSB); save it as XLSX or CSV"
SPREAD = "its cells lie too far apart to be a table; delete those at its far end, or save it as CSV"
NO_HEADINGS = "it has no line of headings: none of its rows has two filled cells"

#: How an old workbook (XLS) begins, and one under a password
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

#: What names a password in the files of Excel
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


# what the library remarks (that a sheet is a chart) goes to logs, and not to a terminal by itself
logging.getLogger("calamine").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook.

    Attributes:
        name: "export.xlsx/Sheet1"; of a workbook that cannot be read, its own.
        rows: One column of text a heading, and `LINE`: the row's number in the sheet.
        problem: Why it cannot be read; "" while all is well.
    """

    name: str
    rows: pl.DataFrame
    problem: str = ""


def is_workbook(source: Path | BinaryIO) -> bool:
    """Whether a file is a workbook: XLSX, XLSB, or what Excel wrote before (or under a password).

    A workbook that is cut off is one too. A file keeps its place.

    Raises:
        OSError: It cannot be opened.
    """
    if isinstance(source, Path):
        with source.open("rb") as file:
            return is_workbook(file)
    place = source.tell()
    try:
        source.seek(0)
        return _is_workbook(source, source.read(HEADER.size + 32))
    finally:
        source.seek(place)


def _is_workbook(file: BinaryIO, head: bytes) -> bool:
    if not head.startswith(ZIP):
        return head.startswith(OLE)
    try:
        names = [entry.name for entry in entries(file)]
    except BadZipFile:
        return begins_workbook(head)
    return "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names)


def workbook_sheets(source: Path | bytes, name: str) -> list[Sheet]:
    """The sheets of a workbook (XLSX) that hold anything, hidden ones too.

    The first row with two filled cells has the headings; what stands above is no row. Numbers are
    written as short as they are, `447700900101` and `0.5`, with nine decimals at most; times are
    ISO 8601 without an offset, to the millisecond; flags `true` and `false`; empty cells and errors
    (`#N/A`) are null.

    Args:
        source: Where the workbook lies, or all its bytes.
        name: What messages call it.

    Returns:
        A sheet each; of a workbook that cannot be read, or is empty, one without rows that says so.

    Raises:
        OSError: It cannot be opened.
    """
    problem = _problem(source)
    if problem:
        return [Sheet(name, no_texts(), problem)]
    try:
        return list(_sheets(source, name)) or [Sheet(name, no_texts(), EMPTY)]
    except BrokenError as refused:
        return [Sheet(name, no_texts(), str(refused))]


def _sheets(source: Path | bytes, name: str) -> Iterator[Sheet]:
    import fastexcel

    reader = _asked(fastexcel.read_excel, source)
    for place, sheet in enumerate(reader.sheet_names):
        called = f"{name}/{shown(sheet)}"
        try:
            cells = _asked(_cells, reader, place)
        except BrokenError as refused:
            yield Sheet(called, no_texts(), str(refused))
            continue
        if not cells.is_empty():
            yield _titled(called, cells)


def _asked(question: Any, *about: Any) -> Any:
    """The answer of the library that reads workbooks; `BrokenError` where it has none."""
    from fastexcel import FastExcelError

    try:
        return question(*about)
    except FastExcelError as error:
        raise BrokenError(
            PROTECTED if "password" in str(error).lower() else BROKEN_WORKBOOK
        ) from None


def _cells(reader: Any, place: int) -> pl.DataFrame:
    """All cells of a sheet as text, from its first row on, and `LINE`; no row where it is empty."""
    sheet = reader.load_sheet(place, header_row=None, skip_rows=0, dtypes="string")
    if sheet.width == 0:
        return no_texts()
    cells: pl.DataFrame = sheet.to_polars()
    numbered = cells.with_row_index(LINE, offset=1).cast({LINE: pl.Int64})
    return numbered.filter(pl.any_horizontal(pl.exclude(LINE).is_not_null()))


def _titled(name: str, cells: pl.DataFrame) -> Sheet:
    """The rows below the headings, under them; columns without a heading are left out."""
    filled = pl.sum_horizontal(pl.exclude(LINE).str.contains(r"\S").fill_null(value=False))
    titled = cells.select((filled >= 2).arg_true()).to_series()
    if titled.is_empty():
        return Sheet(name, no_texts(), NO_HEADINGS)
    fields = [column for column in cells.columns if column != LINE]
    headings = dict(zip(fields, unique(cells.row(titled[0])[1:]), strict=True))
    kept = {field: text for field, text in headings.items() if text.strip() and text not in OWN}
    rows = cells[titled[0] + 1 :].select(LINE, *(_text(field).alias(kept[field]) for field in kept))
    return Sheet(name, rows.filter(pl.any_horizontal(pl.exclude(LINE).is_not_null())))


def unique(headings: Iterable[str | None]) -> list[str]:
    """Headings of which none occurs twice; a repeated one says at which place it stands.

    >>> unique(("to", None, "to"))
    ['to', '', 'to_duplicated_2']
    """
    names: list[str] = []
    for place, heading in enumerate(headings):
        name = heading or ""
        while name.strip() and name in names:
            name = f"{name}_duplicated_{place}"
        names.append(name)
    return names


def _text(field: str) -> pl.Expr:
    """Cells as text; times as `2026-03-02T09:00:00.120`, or as `09:00:00` where no day is given."""
    iso = pl.col(field).str.replace(r"^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)$", "${1}T${2}")
    return iso.str.replace(r"^1899-12-3[01]T", "")


def _problem(source: Path | bytes) -> str:
    """Why a workbook must not be parsed; "" where nothing speaks against it."""
    with source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as file:
        if file.read(len(OLE)) == OLE:
            # the library panics on an old one that is broken, or ends the whole process
            return PROTECTED if _ENCRYPTED in file.read() else OLD
        try:
            return _packing_problem(file)
        except BadZipFile:
            return BROKEN_WORKBOOK


def _packing_problem(file: BinaryIO) -> str:
    """What unpacking it once brings to light: a bomb, or cells that would fill the memory.

    The library unpacks without asking, and holds all cells from the first to the last, also those
    that are not there: two cells at the two ends of a sheet are 17 billion.
    """
    far = False
    for member in every_member(file, ""):
        if member.name.endswith("xl/workbook.bin"):
            return BINARY
        with member.open() as stream:
            # all of it is looked at: the stream tells its problem only at its end
            far |= sum(_FAR.search(block) is not None for block in _blocks(stream)) > 0
            if stream.problem not in ("", ZIP_IN_ZIP):
                return stream.problem
    return SPREAD if far and _is_spread(file) else ""


#: A reference of a cell or row that is beyond column Z, or beyond row 999,999
_FAR = re.compile(rb"""r(?<=\sr)\s*=\s*["'](?:[A-Za-z]{2}|[A-Za-z]?\d{7})""")

_REFERENCE = re.compile(rb"""r(?<=\sr)\s*=\s*["']([A-Za-z]{0,4})(\d+)""")


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    """The blocks of a stream, each with the end of the one before."""
    end = b""
    while block := stream.read(BLOCK):
        yield end + block
        end = block[-1024:]


def _is_spread(file: BinaryIO) -> bool:
    """Whether a sheet has room for far more cells than it has; exact, and so it takes its time."""
    for member in every_member(file, ""):
        columns = rows = cells = 0
        with member.open() as stream:
            for block in _blocks(stream):
                found = _REFERENCE.findall(block)
                columns = max(columns, *map(_column, {letters for letters, _ in found}), 0)
                rows = max(rows, *map(int, {digits for _, digits in found}), 0)
                cells += len(found)
        if columns * rows > max(5_000_000, 100 * cells):
            return True
    return False


def _column(letters: bytes) -> int:
    """The number of a column.

    >>> _column(b"AB")
    28
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number
