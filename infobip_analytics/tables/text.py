"""A table for a terminal: as wide as that is, in plain characters, safe to print."""

import unicodedata
from collections.abc import Sequence

from infobip_analytics.tables.columns import Column, Row

_STEERING = ("Cc", "Cf", "Cs", "Zl", "Zp")
_GAP = "  "
_LEAST = 8  # a name is never cut shorter than this


def write_table(columns: Sequence[Column], rows: Sequence[Row], width: int) -> str:
    """Lines of text, at most *width* wide where that can be: columns are dropped, names are cut."""
    kept = list(columns)
    while _width(kept, rows) > width and any(column.weight for column in kept):
        kept.remove(max(kept, key=lambda column: column.weight))
    table = _cells(kept, rows)
    room = max(_LEAST, width - _width(kept, rows) + _widths(table)[0])
    cut = [[shorten(line[0], room), *line[1:]] for line in table]
    return "\n".join(_line(kept, line, _widths(cut)) for line in _ruled(cut))


def printable(text: str) -> str:
    r"""Text without what could steer a terminal: line ends, escapes and turned-round writing.

    >>> printable("Spring\x1b[2J sale\n")
    'Spring [2J sale '
    """
    return "".join(" " if unicodedata.category(c) in _STEERING else c for c in text)


def shorten(text: str, room: int) -> str:
    """Cut *text* to *room* characters, an ellipsis at its end.

    >>> shorten("Abandoned cart reminder", 12)
    'Abandoned c…'
    """
    if display_width(text) <= room:
        return text
    while display_width(text) > room - 1:
        text = text[:-1]
    return f"{text}…"


def display_width(text: str) -> int:
    """How many columns of a terminal *text* takes; Chinese and emoji take two each."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    marks = sum(unicodedata.combining(c) > 0 for c in text)
    return len(text) + wide - marks


def _cells(columns: Sequence[Column], rows: Sequence[Row]) -> list[list[str]]:
    heading = [printable(column.heading) for column in columns]
    return [heading, *([printable(column.write(row)) for column in columns] for row in rows)]


def _widths(table: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(display_width, column)) for column in zip(*table, strict=True)]


def _width(columns: Sequence[Column], rows: Sequence[Row]) -> int:
    widths = _widths(_cells(columns, rows))
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _ruled(table: list[list[str]]) -> list[list[str]]:
    return [table[0], ["─" * width for width in _widths(table)], *table[1:]]


def _line(columns: Sequence[Column], cells: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(
        _padded(cell, width, right=column.number)
        for column, cell, width in zip(columns, cells, widths, strict=True)
    ).rstrip()


def _padded(text: str, width: int, *, right: bool) -> str:
    space = " " * (width - display_width(text))
    return space + text if right else text + space
