"""CSV files, as rows of text."""

import csv
import io
import re

import polars as pl

from infobip_analytics.sources.aside import SetAside
from infobip_analytics.sources.documents import Document, assumed_encoding, decoded
from infobip_analytics.sources.texts import LINE, OWN, Texts, texts


def csv_texts(document: Document) -> Texts:
    """The rows of a CSV file with a line of headings; `,`, `;`, tab or `|` between its values."""
    raw = document.read()
    body, separator = _body(decoded(raw))
    aside: list[SetAside] = []
    try:
        frame = _csv_at_once(body, separator)
    except pl.exceptions.PolarsError:
        frame, aside = _csv_by_row(document.name, body, separator)
    named = [name for name in frame.columns if name.strip() and name not in OWN]
    filled = frame.select(LINE, *named).filter(~pl.all_horizontal(pl.exclude(LINE).is_null()))
    assumed = assumed_encoding(document.name, raw)
    return Texts(filled, aside, assumed, empty=not aside and filled.is_empty())


def headings(text: str) -> list[str]:
    """The headings of CSV text.

    >>> headings("customer;status")
    ['customer', 'status']
    """
    body, separator = _body(text)
    return next(csv.reader(io.StringIO(body, newline=""), delimiter=separator), [])


def _body(text: str) -> tuple[str, str]:
    """CSV text without a first line that tells Excel the separator, and the separator."""
    told = re.match(r'"?sep=(.)"?\r?\n', text)
    if told:
        return text[told.end() :], told[1]
    first_line = re.sub(r'"[^"]*"', "", text.lstrip().partition("\n")[0])
    return text, max(",;\t|", key=first_line.count)


def _csv_at_once(text: str, separator: str) -> pl.DataFrame:
    frame = pl.read_csv(io.BytesIO(text.encode()), separator=separator, infer_schema=False)
    breaks = pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True).fill_null(0))
    many_lines = text.count("\n") > len(frame) + 1
    before = breaks.cum_sum().shift(1, fill_value=0) if many_lines else pl.lit(0)
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    return frame.with_columns((place + 2 + before).cast(pl.Int64).alias(LINE))


def _csv_by_row(name: str, text: str, separator: str) -> tuple[pl.DataFrame, list[SetAside]]:
    """The slow way, where a row is broken: what can be read is read, the rest set aside."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[tuple[int, dict[str, str | None]]] = []
    aside: list[SetAside] = []
    names = _unique(next(reader, []))
    line = reader.line_num + 1
    try:
        for values in reader:
            if len(values) > len(names):
                why = f"it has {len(values)} values under {len(names)} headings"
                aside.append(SetAside(name, line, why, {"values": values}))
            elif values:
                rows.append((line, dict(zip(names, (v or None for v in values), strict=False))))
            line = reader.line_num + 1
    except csv.Error as broken:
        aside.append(SetAside(name, line, f"the file cannot be read from here on: {broken}", None))
    empty = pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    return pl.concat([empty, texts(rows)], how="diagonal"), aside


def _unique(names: list[str]) -> list[str]:
    """Headings of which none occurs twice."""
    return [
        f"{name}_duplicated_{index}" if name in names[:index] else name
        for index, name in enumerate(names)
    ]
