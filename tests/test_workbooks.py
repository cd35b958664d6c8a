"""Workbooks: their sheets as rows of text, as a CSV export would have had them."""

import io
import random
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904  # type: ignore[import-untyped]

from infobip_analytics.sources import packing, zips
from infobip_analytics.sources.texts import LINE
from infobip_analytics.sources.workbooks import (
    BINARY,
    BROKEN_WORKBOOK,
    EMPTY,
    NO_HEADINGS,
    OLD,
    PROTECTED,
    SPREAD,
    Sheet,
    unique,
    workbook_sheets,
)

SENT = datetime(2026, 3, 2, 9, 0, 0, 120_000)  # noqa: DTZ001 - workbooks know no offsets


def saved(book: openpyxl.Workbook) -> bytes:
    """Give the bytes of a workbook."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def workbook(**sheets: Sequence[Any]) -> bytes:
    """Make a workbook of rows by sheet."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return saved(book)


def only(content: bytes) -> Sheet:
    """Read a workbook of one sheet."""
    (sheet,) = workbook_sheets(content, "export.xlsx")
    return sheet


def column(*values: Any) -> list[Any]:
    """Read what becomes of some values in one column."""
    return (
        only(workbook(Log=[["value", "x"], *([each, "x"] for each in values)]))
        .rows["value"]
        .to_list()
    )


def test_a_sheet_is_rows_of_text_with_their_place_in_it() -> None:
    rows: list[list[Any]] = [
        ["Message ID", "To", "Sent At"],
        ["m-1", 447700900101, SENT],
        ["m-2", "+44 7700 900102", SENT],
    ]
    sheet = only(workbook(Log=rows))
    assert (sheet.name, sheet.problem) == ("export.xlsx/Log", "")
    assert sheet.rows.to_dict(as_series=False) == {
        LINE: [2, 3],
        "Message ID": ["m-1", "m-2"],
        "To": ["447700900101", "+44 7700 900102"],
        "Sent At": ["2026-03-02T09:00:00.120"] * 2,
    }
    assert sheet.rows.schema == {LINE: pl.Int64, **dict.fromkeys(rows[0], pl.String)}


def test_a_file_is_read_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "export.xlsx"
    path.write_bytes(workbook(Log=[["a", "b"], [1, 2]]))
    assert workbook_sheets(path, "export.xlsx")[0].rows.rows() == [(2, "1", "2")]
    with pytest.raises(FileNotFoundError):
        workbook_sheets(tmp_path / "none.xlsx", "none.xlsx")


def test_titles_above_the_headings_and_empty_rows_and_columns_are_no_rows() -> None:
    rows: list[Any] = [[], [None, None, "Logs of March"], [], [None, None, "to", "status"]]
    more = [[None, None, "447700900101", 5], [], [None, None, None, 9]]
    sheet = only(workbook(Log=[*rows, *more]))
    assert sheet.rows.rows() == [(5, "447700900101", "5"), (7, None, "9")]
    assert sheet.rows.columns == [LINE, "to", "status"]


def test_numbers_are_written_as_they_are() -> None:
    whole = [447700900101, 447700900101.0, 123456789012345, -3, 0, 2**53]
    assert column(*whole) == [
        "447700900101",
        "447700900101",
        "123456789012345",
        "-3",
        "0",
        f"{2**53}",
    ]
    assert column(0.5, 0.00787679, 0.0000001, 0.1 + 0.2) == [
        "0.5",
        "0.00787679",
        "0.0000001",
        "0.3",
    ]
    assert column("007", "4.477009E+11", "1.0", " x ") == ["007", "4.477009E+11", "1.0", " x "]


def test_flags_are_words_and_empty_cells_and_errors_are_null() -> None:
    assert column(True, False, "TRUE") == ["true", "false", "TRUE"]
    assert column(None, "", "#N/A", "#DIV/0!", "kept") == [None, None, None, None, "kept"]


def test_times_are_iso_to_the_millisecond() -> None:
    times = [SENT + timedelta(milliseconds=37 * each) for each in range(3000)]
    assert column(*times) == [
        (each.isoformat(timespec="milliseconds") if each.microsecond else each.isoformat())
        for each in times
    ]


def test_a_day_is_its_midnight_and_a_time_of_day_has_no_day() -> None:
    assert column(date(2026, 3, 2), clock_time(9, 30), clock_time(0, 0)) == [
        "2026-03-02T00:00:00",
        "09:30:00",
        "00:00:00",
    ]


def test_workbooks_that_count_from_1904_have_the_same_times() -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.worksheets[0].append(["sent", "to"])
    book.worksheets[0].append([SENT, "x"])
    assert only(saved(book)).rows["sent"].to_list() == ["2026-03-02T09:00:00.120"]


def test_a_column_of_all_kinds_loses_nothing() -> None:
    mixed = [*([1] * 2000), "m-1", True, SENT, 0.5, "447700900101"]
    assert column(*mixed)[2000:] == [
        "m-1",
        "true",
        "2026-03-02T09:00:00.120",
        "0.5",
        "447700900101",
    ]


@pytest.mark.parametrize(
    ("headings", "names"),
    [
        (("to", "to", "to"), ["to", "to_duplicated_1", "to_duplicated_2"]),
        (
            ("to", "to_duplicated_2", "to"),
            ["to", "to_duplicated_2", "to_duplicated_2_duplicated_2"],
        ),
        ((None, None, ""), ["", "", ""]),
    ],
)
def test_no_heading_occurs_twice(headings: tuple[str | None, ...], names: list[str]) -> None:
    assert unique(headings) == names


def test_columns_without_a_heading_or_with_one_of_ours_are_left_out() -> None:
    rows = [["to", None, LINE, " ", "to", 2026], ["a", "b", "c", "d", "e", "f"], [None, "b"]]
    sheet = only(workbook(Log=rows))
    assert sheet.rows.rows(named=True) == [
        {LINE: 2, "to": "a", "to_duplicated_4": "e", "2026": "f"}
    ]


def test_every_sheet_that_holds_anything_is_read_and_hidden_ones_too() -> None:
    book = openpyxl.load_workbook(
        io.BytesIO(
            workbook(
                Notes=[["Made for you"]],
                Empty=[],
                Errors=[["#N/A"]],
                Log=[["a", "b"], [1, 2]],
                Old=[["a", "b"]],
            )
        )
    )
    book["Log"].sheet_state = "hidden"
    book.create_chartsheet("Chart")
    sheets = workbook_sheets(saved(book), "e.xlsx")
    assert [(each.name, len(each.rows), each.problem) for each in sheets] == [
        ("e.xlsx/Notes", 0, NO_HEADINGS),
        ("e.xlsx/Log", 1, ""),
        ("e.xlsx/Old", 0, ""),
    ]
    assert [each.problem for each in workbook_sheets(workbook(Empty=[]), "e.xlsx")] == [EMPTY]


def shown(value: Any) -> str | None:
    """Say what a CSV export of openpyxl's values would have had."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


MILLISECONDS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(  # noqa: DTZ001
    lambda each: each.replace(microsecond=each.microsecond // 1000 * 1000)
)
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**15), 10**15),
    st.integers(10**4, 10**12).map(lambda each: each / 10**6),
    st.text(
        st.characters(min_codepoint=32, exclude_categories=["Cs", "Cn", "Cc"]), max_size=9
    ).filter(lambda each: not each.startswith(("=", "#"))),
    MILLISECONDS,
)


@settings(max_examples=30)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=12))
def test_any_sheet_holds_what_another_library_reads_in_it(rows: list[list[Any]]) -> None:
    content = workbook(Log=[["a", "b", "c"], *rows])
    oracle = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    cells = [
        tuple(shown(cell.value) for cell in row) for row in oracle.iter_rows(min_row=2, max_col=3)
    ]
    expected = [
        (line, *row) for line, row in enumerate(cells, start=2) if any(x is not None for x in row)
    ]
    assert only(content).rows.rows() == expected


# what cannot be read


def with_part(name: str, change: Callable[[bytes], bytes], content: bytes = b"") -> bytes:
    """Change one part of a workbook, and pack it again."""
    file, parts = (
        io.BytesIO(),
        zipfile.ZipFile(io.BytesIO(content or workbook(Log=[["a", "b"], [1, 2]]))),
    )
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
        for part in parts.namelist():
            raw = parts.read(part)
            opened.writestr(part, change(raw) if part == name else raw)
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def cells(rows: str) -> bytes:
    """Make a workbook whose sheet holds these rows of XML."""
    around = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
    return with_part(SHEET, lambda _: around % rows.encode())


def test_a_broken_workbook_is_told() -> None:
    whole = workbook(Log=[["a", "b"], [1, 2]])
    for content in (whole[: len(whole) // 2], b"PK\3\4", b"", b"nothing of the kind"):
        sheet = only(content)
        assert (sheet.name, sheet.problem) == ("export.xlsx", BROKEN_WORKBOOK)
        assert sheet.rows.is_empty()
    assert only(with_part(SHEET, lambda raw: raw[:200])).problem == BROKEN_WORKBOOK
    assert only(with_part("xl/workbook.xml", lambda raw: raw[:200])).problem == BROKEN_WORKBOOK
    damaged = bytearray(whole)
    damaged[whole.index(b"xl/worksheets/sheet1.xml") + 60] ^= 255
    assert "corrupt" in only(bytes(damaged)).problem


def test_a_broken_sheet_does_not_take_the_others_with_it() -> None:
    two = workbook(Log=[["a", "b"], [1, 2]], More=[["a", "b"], [3, 4]])
    sheets = workbook_sheets(with_part(SHEET, lambda raw: raw[:200], two), "e.xlsx")
    assert [each.problem for each in sheets] == [BROKEN_WORKBOOK, ""]
    assert sheets[1].rows.rows() == [(2, "3", "4")]


def test_passwords_and_kinds_that_cannot_be_read_are_told() -> None:
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)
    assert only(old + "EncryptedPackage".encode("utf-16-le") + bytes(99)).problem == PROTECTED
    assert only(old).problem == OLD
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as opened:
        opened.writestr("[Content_Types].xml", b"")
        opened.writestr("xl/workbook.bin", b"")
    assert only(file.getvalue()).problem == BINARY


def test_a_bomb_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "BOMB_SIZE", 1_000_000)
    monkeypatch.setattr(zips, "BOMB_SIZE", 1_000_000)
    bomb = with_part(SHEET, lambda raw: raw + b" " * 30_000_000)
    assert only(bomb).problem == packing.BOMB


def test_a_bomb_whose_directory_lies_about_its_size_is_not_parsed() -> None:
    raw = bytearray(with_part(SHEET, lambda raw: raw + b" " * 90_000))
    entry = raw.index(b"PK\1\2", raw.index(SHEET.encode()) + 99)
    while SHEET.encode() not in raw[entry : entry + 90]:
        entry = raw.index(b"PK\1\2", entry + 1)
    raw[entry + 24 : entry + 28] = (99).to_bytes(4, "little")
    assert "corrupt" in only(bytes(raw)).problem


@pytest.mark.parametrize(
    "far",
    [
        '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576"><v>2</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="900000"><c r="ZZ900000"><v>2</v></c></row>',
        "<row r='1'><c r = 'a1'><v>1</v></c><c r = 'zzz99999'><v>2</v></c></row>",
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="4000000000"><c><v>2</v></c></row>',
    ],
)
def test_two_cells_far_apart_do_not_fill_the_memory(far: str) -> None:
    assert only(cells(far)).problem == SPREAD


def test_a_wide_sheet_and_a_long_one_are_no_harm() -> None:
    wide = only(workbook(Log=[[f"h{n}" for n in range(300)], list(range(300))]))
    assert wide.rows.shape == (1, 301)
    ends = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>{}'
    long = only(cells(ends.format('<row r="1048576"><c r="A1048576"><v>3</v></c></row>')))
    assert long.rows.rows() == [(1_048_576, "3", None)]


def test_colours_are_not_taken_for_cells() -> None:
    theme = "xl/theme/theme1.xml"
    content = with_part(
        theme, lambda raw: raw.replace(b'lastClr="FFFFFF"', b'lastClr="ZZZ9999999"')
    )
    assert b"ZZZ9999999" in zipfile.ZipFile(io.BytesIO(content)).read(theme)
    assert only(content).problem == ""


@pytest.mark.parametrize("seed", range(20))
def test_nonsense_within_a_workbook_is_answered_without_an_error(seed: int) -> None:
    chance = random.Random(seed)
    part = chance.choice([SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"])

    def spoilt(raw: bytes) -> bytes:
        place, other = chance.randrange(len(raw)), chance.randrange(len(raw))
        token = chance.choice([b"<", b'"', b"&#0;", b"-1", b"\xff", b'<c t="s"><v>99</v></c>'])
        return raw[:place] + token + raw[other : other + 40] + raw[place + chance.randrange(9) :]

    assert isinstance(only(with_part(part, spoilt)).problem, str)
