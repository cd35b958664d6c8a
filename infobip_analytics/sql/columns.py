"""The columns of a table as a statement reads them: under our names, with our types.

Which field of which table is which column of ours, and how it is read, is the table
`reference/sql_columns.csv`; who has a column elsewhere, or not at all, says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from infobip_analytics.countries.recipients import _READABLE, MOST_DIGITS, _trunk_zero
from infobip_analytics.errors import ArgumentError
from infobip_analytics.reference import rows
from infobip_analytics.sql.dialects import Dialect, path_of, text

#: Each source, and the shapes that its tables may have.
SHAPES = {"reports": ("reports", "infobip", "infobip-logs"), "events": ("events", "bloomreach")}

#: What a path is called that a table does not have.
ABSENT = "none"

#: As which type a column is absent.
_TYPES = {
    "integer": "integer",
    "whole": "integer",
    "time": "integer",
    "moment": "integer",
    "number": "real",
    "flag": "integer",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of ours: the path of its field, and how that is read (`kind`)."""

    path: str
    kind: str


def shape_of(source: str, shape: str | None) -> str:
    """The shape of the table; ArgumentError names those that *source* may have."""
    if source not in SHAPES:
        raise ArgumentError(f"source={source!r}: there are {', '.join(map(repr, SHAPES))}")
    if shape is None:
        return SHAPES[source][-1] if source == "events" else SHAPES[source][0]
    if shape in SHAPES[source]:
        return shape
    raise ArgumentError(
        f"shape={shape!r}: tables of {source} have {' or '.join(map(repr, SHAPES[source]))}"
    )


def columns_of(shape: str, paths: Mapping[str, str]) -> dict[str, Column]:
    """The columns that a table of *shape* has, with other *paths* for some of them.

    Raises:
        ArgumentError: *paths* names a column that this source cannot have.
    """
    source = next(name for name, shapes in SHAPES.items() if shape in shapes)
    listed = {row["column"]: Column(row["path"], row["kind"]) for row in _rows(shape)}
    # a column that only the other shapes have is read as texts are that come from outside
    possible = {row["column"]: row["kind"] for each in SHAPES[source] for row in _rows(each)}
    for name, path in paths.items():
        if name not in possible:
            raise ArgumentError(
                f"columns: {source} have no {name!r} in a statement; there are "
                f"{', '.join(possible)}"
            )
        listed[name] = Column(path, listed[name].kind if name in listed else possible[name])
    return {name: column for name, column in listed.items() if column.path != ABSENT}


def _rows(shape: str) -> list[dict[str, str]]:
    return [row for row in rows("sql_columns") if row["shape"] == shape]


def selected(names: Iterable[str], there: Mapping[str, Column], dialect: Dialect) -> str:
    """The columns *names* as a list to select; those that the table lacks are null.

    A recipient that is not yet bare digits is called `came`.
    """
    types = {row["column"]: _TYPES.get(row["kind"], "text") for row in rows("sql_columns")}

    def read(name: str) -> str:
        if name not in there:
            return f"CAST(NULL AS {getattr(dialect, types[name])}) AS {called(name, there)}"
        column = there[name]
        if column.kind == "word itself":
            return f"'{column.path}' AS {name}"
        said = _read(path_of(column.path, dialect), column.kind, dialect)
        return f"{said} AS {called(name, there)}"

    return ",\n    ".join(map(read, names))


def called(name: str, there: Mapping[str, Column]) -> str:
    """What a column is called in the statement; some names are words of its language."""
    as_it_came = name in there and there[name].kind == "recipient"
    return "came" if as_it_came else {"timestamp": "happened"}.get(name, name)


def _read(path: str, kind: str, dialect: Dialect) -> str:
    """The field at *path*, read as its *kind* asks."""
    came = f"CAST({path} AS {dialect.text})"
    filled = f"NULLIF({came}, '')"
    number = f"{dialect.attempt}({came} AS {dialect.real})"
    ways = {
        "text": lambda: came,
        "filled": lambda: filled,
        "integer": lambda: f"CAST({path} AS {dialect.integer})",
        "whole": lambda: f"{dialect.attempt}({number} AS {dialect.integer})",
        "number": lambda: number,
        "flag": lambda: f"CASE WHEN {path} THEN 1 WHEN NOT {path} THEN 0 END",
        "time": lambda: dialect.micros.format(path),
        "moment": lambda: _moment(came, number, dialect),
        "word": lambda: f"REPLACE(REPLACE(LOWER(TRIM({filled})), ' ', '_'), '-', '_')",
        "code": lambda: _replaced(filled, r"\.0+$", "", dialect),
        "recipient": lambda: filled,
    }
    return ways[kind]()


def _moment(came: str, number: str, dialect: Dialect) -> str:
    """A time in microseconds: ISO with any offset, or Unix, where its size tells the unit."""
    offset = _replaced(came, r"([+-][0-9]{2})([0-9]{2})$", r"\1:\2", dialect)
    stamp = f"{dialect.attempt}({offset} AS TIMESTAMP)"
    return f"""COALESCE(
      {dialect.attempt}(ROUND({number} * CASE
        WHEN {number} < 1e11 THEN 1000000
        WHEN {number} < 1e14 THEN 1000
        ELSE 1 END) AS {dialect.integer}),
      {dialect.micros.format(stamp)})"""


def digits(came: str, dialect: Dialect) -> str:
    """The digits alone of a recipient: no plus, no 00, no punctuation, no zero in brackets."""
    whole = _replaced(came, r"^([0-9]+)\.0$", r"\1", dialect)
    dialled = _replaced(whole, _trunk_zero(), r"\1", dialect)
    bare = _replaced(dialled, "[^0-9]", "", dialect)
    return _replaced(bare, "^00([1-9])", r"\1", dialect)


def readable(came: str, number: str, dialect: Dialect) -> str:
    """Whether *number*, the digits of what *came*, is what it says."""
    looks = dialect.matches.format(came, text(_READABLE, dialect))
    return f"{looks} AND LENGTH({number}) <= {MOST_DIGITS}"


def _replaced(column: str, pattern: str, instead: str, dialect: Dialect) -> str:
    return dialect.replaced.format(column, text(pattern, dialect), text(instead, dialect))
