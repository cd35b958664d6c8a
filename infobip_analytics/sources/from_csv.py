"""CSV files, as rows of text."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import polars as pl

from infobip_analytics.sources.aside import SetAside
from infobip_analytics.sources.blocks import SIZE, Lines
from infobip_analytics.sources.documents import Document
from infobip_analytics.sources.encodings import assumed_encoding, decoded_lines, is_utf8
from infobip_analytics.sources.texts import LINE, OWN, Texts, no_texts, texts


@dataclass(frozen=True, slots=True)
class Layout:
    """How a CSV file is written: its line of headings, and what stands between values."""

    headings: str
    separator: str


def csv_texts(document: Document) -> Iterator[Texts]:
    """The rows of a CSV file with a line of headings; `,`, `;`, tab or `|` between its values."""
    layout, above, empty = None, "", True
    for lines in _rows_of(document.lines()):
        if lines.problem:
            empty = False
            yield _nothing(document.name, lines.first, lines.problem)
            continue
        text, first = decoded_lines(lines.text), lines.first
        assumed = [] if is_utf8(lines.text) else [assumed_encoding(document.name)]
        if layout is None:
            # without any other break its lines end as on old Macs
            text = text if "\n" in text else text.replace("\r", "\n")
            found, text, first = _layout(above + text)
            above = "" if found.headings.strip() else above + text
            layout = found if found.headings.strip() else None
        if layout:
            part = _rows(document.name, layout, text, first, assumed)
            empty = empty and part.rows.is_empty() and not part.set_aside
            yield part
    if layout is None and empty:
        yield _nothing(document.name, 0, "it has no line of headings")
    elif empty:
        yield Texts(no_texts(), empty=True)


def _nothing(name: str, line: int, why: str) -> Texts:
    return Texts(no_texts(), [SetAside(name, line or None, why, None)])


def _rows_of(pieces: Iterable[Lines]) -> Iterator[Lines]:
    """Pieces of whole rows: a row may have breaks within quotes."""
    held = Lines(1, b"")
    for piece in pieces:
        if piece.problem:
            if held.text and not held.text.endswith(b"\n"):
                # the row that is cut off: what is there of its last value may look whole
                whole = held.text.rfind(b"\n") + 1
                if whole:
                    yield Lines(held.first, held.text[:whole])
                held = Lines(held.first + held.text.count(b"\n"), b"")
                piece = replace(piece, first=piece.first or held.first)
            yield piece
            continue
        if len(held.text) > 8 * SIZE:  # no row is so long: a quote was never closed
            yield held
            held = Lines(piece.first, b"")
        text = held.text + piece.text if held.text else piece.text
        first = held.first if held.text else piece.first
        # what has no break yet may be cut off
        cut = whole_rows(text if text.endswith(b"\n") else text[: text.rfind(b"\n") + 1])
        if cut:
            yield Lines(first, text[:cut])
        held = Lines(first + text.count(b"\n", 0, cut), text[cut:])
    if held.text:
        yield held


def whole_rows(text: bytes) -> int:
    r"""How much of *text* is whole rows: a row may have breaks within quotes.

    >>> whole_rows(b'a;"b\nc"\nd;"e\n')
    8
    """
    cut = len(text)
    within = text.count(b'"') % 2
    while within and cut:
        quote = text.rfind(b'"', 0, cut)
        before = text.rfind(b"\n", 0, quote) + 1
        within = (within + text.count(b'"', before, cut)) % 2
        cut = before
    return cut


def headings(text: str) -> list[str]:
    """The headings of CSV text.

    >>> headings("customer;status")
    ['customer', 'status']
    """
    layout, _, _ = _layout(text)
    return _values(layout.headings, layout.separator)


def _values(line: str, separator: str) -> list[str]:
    return next(csv.reader(io.StringIO(line, newline=""), delimiter=separator), [])


def _layout(text: str) -> tuple[Layout, str, int]:
    """How CSV text is written, its rows, and the line of the first of them.

    A first line may tell Excel the separator.
    """
    told = re.match(r'"?sep=(.)"?\r?\n', text)
    body = (text[told.end() :] if told else text).lstrip("\r\n")
    plain = re.sub(r'"[^"]*"', "", body.partition("\n")[0])
    by_look = max(",;\t|", key=plain.count)
    separator = told[1] if told and told[1] in plain.replace('"', "") else by_look
    row = _first_row(body, separator)
    above = text[: len(text) - len(body)] + row
    line = 1 + above.count("\n")
    return Layout(_written(_values(row, separator), separator), separator), body[len(row) :], line


def _written(values: list[str], separator: str) -> str:
    """Headings as a sound line, whatever quotes they came with."""
    line = io.StringIO()
    csv.writer(line, delimiter=separator, lineterminator="\n").writerow(values)
    return line.getvalue()


def _first_row(body: str, separator: str) -> str:
    """The line of headings with its break, or its lines, where a heading has a break within."""
    lines = io.StringIO(body, newline="")
    try:
        next(csv.reader(lines, delimiter=separator, strict=True), None)
    except csv.Error:  # a quote that is never closed
        return "".join(body.partition("\n")[:2])
    return body[: lines.tell()]


def _rows(name: str, layout: Layout, text: str, first: int, assumed: list[str]) -> Texts:
    """The rows in *text*, which begins at the line *first* of the document."""
    aside: list[SetAside] = []
    frame = _at_once(layout, text, first) if text.count('"') % 2 == 0 else None
    if frame is None:
        frame, aside = _by_row(name, layout, text, first)
    named = [heading for heading in frame.columns if heading.strip() and heading not in OWN]
    filled = frame.select(LINE, *named).filter(~pl.all_horizontal(pl.exclude(LINE).is_null()))
    return Texts(filled, aside, assumed)


def _at_once(layout: Layout, text: str, first: int) -> pl.DataFrame | None:
    """All rows by one reader; None where it refuses any of them."""
    content = io.BytesIO((layout.headings.rstrip("\r\n") + "\n" + text).encode())
    try:
        frame = pl.read_csv(content, separator=layout.separator, infer_schema=False)
    except pl.exceptions.PolarsError:
        return None
    breaks = pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True).fill_null(0))
    many_lines = text.count("\n") > len(frame)
    before = breaks.cum_sum().shift(1, fill_value=0) if many_lines else pl.lit(0)
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    return frame.with_columns((place + first + before).cast(pl.Int64).alias(LINE))


def _by_row(
    name: str, layout: Layout, text: str, first: int
) -> tuple[pl.DataFrame, list[SetAside]]:
    """The slow way, where a row is broken: what can be read is read, the rest set aside."""
    names = _unique(_values(layout.headings, layout.separator))
    rows: list[tuple[int, dict[str, str | None]]] = []
    aside: list[SetAside] = []
    for line, values in _rows_with_lines(text, layout.separator, first):
        if isinstance(values, str):
            aside.append(SetAside(name, line, values, None))
        elif len(values) > len(names):
            why = f"it has {len(values)} values under {len(names)} headings"
            aside.append(SetAside(name, line, why, {"values": values}))
        elif values:
            rows.append((line, dict(zip(names, (v or None for v in values), strict=False))))
    empty = pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    return pl.concat([empty, texts(rows)], how="diagonal"), aside


def _rows_with_lines(
    text: str, separator: str, first: int
) -> Iterator[tuple[int, list[str] | str]]:
    """Each row with its line, or why it is none; after one that is broken the next line is next."""
    lines = list(io.StringIO(text, newline=""))
    begin = place = 0

    def following() -> Iterator[str]:
        nonlocal place
        while place < len(lines):
            place += 1
            yield lines[place - 1]

    reader = csv.reader(following(), delimiter=separator, strict=True)
    while begin < len(lines):
        try:
            row: list[str] | str = next(reader, [])
        except csv.Error:
            row = _one_line_row(lines[begin], separator)
            place = begin + 1
            reader = csv.reader(following(), delimiter=separator, strict=True)
        yield first + begin, row
        begin = place


def _one_line_row(line: str, separator: str) -> list[str] | str:
    """A line in which quotes are not as they should be, or why it cannot be a row."""
    try:
        values = _values(line.rstrip("\r\n") + "\n", separator)
    except csv.Error:
        return f"a value in it has more than {csv.field_size_limit():,} characters"
    return "a quote in it is never closed" if values[-1:] and values[-1].endswith("\n") else values


def _unique(names: list[str]) -> list[str]:
    """Headings of which none occurs twice."""
    return [
        f"{name}_duplicated_{index}" if name in names[:index] else name
        for index, name in enumerate(names)
    ]
