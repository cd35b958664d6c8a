"""A table for a terminal: as wide as that is, in plain characters, safe to print."""

import unicodedata
from collections.abc import Sequence

from infobip_analytics.tables.columns import Column, Row

_STEERING = ("Cc", "Cf", "Cs", "Zl", "Zp")
_GAP = "  "
_LEAST = 8  # a name is never cut shorter than this


def write_table(columns: Sequence[Column], rows: Sequence[Row], width: int) -> str:
    """Lines of text, at most *width* wide where that can be: columns are dropped, texts are cut."""
    kept = _kept(columns, _widths(_cells(columns, rows)), width)
    table = _cells(kept, rows)
    rooms = _rooms(kept, _widths(table), width)
    cut = [[shorten(text, room) for text, room in zip(line, rooms, strict=True)] for line in table]
    return "\n".join(_line(kept, line, _widths(cut)) for line in _ruled(cut))


def _kept(columns: Sequence[Column], widths: Sequence[int], width: int) -> list[Column]:
    """The columns that there is room for, the weightless always, then those of the least weight.

    One that is too wide does not keep out a narrower one after it.
    """
    least = [_least(*each) for each in zip(columns, widths, strict=True)]
    kept = {place for place, column in enumerate(columns) if not column.weight}
    for place in sorted(range(len(columns)), key=lambda place: columns[place].weight):
        if _across([least[each] for each in kept | {place}]) <= width:
            kept.add(place)
    return [columns[place] for place in sorted(kept)]


def _rooms(columns: Sequence[Column], widths: Sequence[int], width: int) -> list[int]:
    """How wide each column gets: those that can be cut share what is left, from left to right."""
    rooms = [_least(*each) for each in zip(columns, widths, strict=True)]
    for place, wanted in enumerate(widths):
        rooms[place] += max(0, min(wanted - rooms[place], width - _across(rooms)))
    lacking = max(0, _across(rooms) - width)
    return [max(rooms[0] - lacking, min(rooms[0], _LEAST)), *rooms[1:]]


def _least(column: Column, width: int) -> int:
    return min(column.least, width) or width


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


def _across(widths: Sequence[int]) -> int:
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
