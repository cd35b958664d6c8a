"""The tables of knowledge: codes, countries, prefixes, names of columns. README.md has sources.

Plain CSV rows, read with the standard library only, so that looking up one code loads no
data frame library.
"""

import csv
import os
from functools import cache

from infobip_analytics.errors import ArgumentError

FOLDER = os.path.dirname(os.path.abspath(__file__))


@cache
def rows(table: str) -> list[dict[str, str]]:
    """Every row of one table, as text, in the order of the file; an empty cell is `""`.

    The list is read once and shared: look, do not change it. ArgumentError where there is no such
    table, or where a line of it has more or fewer cells than the heading.

    >>> rows("status_groups")[0]["group"]
    'ACCEPTED'
    """
    path = os.path.join(FOLDER, f"{table}.csv")
    if not os.path.isfile(path):
        raise ArgumentError(
            f"there is no reference table {table!r}; there are {', '.join(tables())}"
        )
    with open(path, encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)  # in a third of the time of a DictReader
    for line in lines:
        if line and len(line) != len(header):
            raise ArgumentError(torn(table, header, line))
    return [dict(zip(header, line, strict=True)) for line in lines if line]


def torn(table: str, header: list[str], line: list[str]) -> str:
    """That a line of a table has more or fewer cells than its heading, as a sentence."""
    return (
        f"{table}.csv: the line that begins {','.join(line[:4])} has {len(line)} cells, the "
        f"heading has {len(header)} ({', '.join(header)}); an empty cell needs its comma too, and "
        "a text with a comma in it needs quotes around it"
    )


def tables() -> list[str]:
    """The names of all tables, sorted.

    >>> "status_groups" in tables()
    True
    """
    return sorted(name.removesuffix(".csv") for name in os.listdir(FOLDER) if name.endswith(".csv"))
