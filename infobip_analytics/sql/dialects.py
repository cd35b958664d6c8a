"""How two engines say the same: only what BigQuery and DuckDB spell in different ways is here.

All the rest of a statement is written once, in words that both of them know.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from infobip_analytics.errors import ArgumentError

#: Project, data set and table; or a table of DuckDB, or a folder or glob of Parquet files.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_:-]*(?:\.[A-Za-z0-9_][A-Za-z0-9_-]*){0,3}\*?")
_FILE = re.compile(r"[^\x00-\x1f\x7f'\"`;\\]+\.parquet", re.IGNORECASE)
_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)*")
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Dialect:
    """The words of one engine; in templates `{}` stands for an expression.

    Attributes:
        name: What the engine is called on the command line.
        integer: The type of whole numbers, 64 bits.
        real: The type of numbers with a fraction.
        text: The type of texts.
        attempt: A cast that gives null where it fails.
        mark: What stands around names.
        raw: What stands before a text in which a backslash is a backslash.
        quote: A single quote within a text.
        micros: A moment as microseconds since 1970.
        moment: The way back.
        now: The present moment.
        day: The date of a moment (microseconds) in a time zone.
        trunc: The first day of a piece of time that holds a date.
        split: A text, cut at a separator.
        item: One of the pieces, the first is 0.
        unnest: The pieces as rows, under a name.
        matches: Whether a text has a pattern.
        replaced: A text in which every match of a pattern is replaced.
        field: A column within a record.
        digest: A record as a short text of its own.
        first_item: What the engine calls the first item.
        week: The piece of time that begins on Monday.
        files: Whether a file can stand where a table does.
    """

    name: str
    integer: str
    real: str
    text: str
    attempt: str
    mark: str
    raw: str
    quote: str
    micros: str
    moment: str
    now: str
    day: str
    trunc: str
    split: str
    item: str
    unnest: str
    matches: str
    replaced: str
    field: str
    digest: str
    first_item: int
    week: str
    files: bool


BIGQUERY = Dialect(
    name="bigquery",
    integer="INT64",
    real="FLOAT64",
    text="STRING",
    attempt="SAFE_CAST",
    mark="`",
    raw="r",
    quote="\\'",
    micros="UNIX_MICROS({})",
    moment="TIMESTAMP_MICROS({})",
    now="CURRENT_TIMESTAMP()",
    day="DATE(TIMESTAMP_MICROS({}), '{}')",
    trunc="DATE_TRUNC({}, {})",
    split="SPLIT({}, '{}')",
    item="{}[OFFSET({})]",
    unnest="UNNEST({}) AS {}",
    matches="REGEXP_CONTAINS({}, {})",
    replaced="REGEXP_REPLACE({}, {}, {})",
    field="{0} AS {0}",
    digest="TO_HEX(MD5(TO_JSON_STRING(STRUCT({}))))",
    first_item=0,
    week="ISOWEEK",
    files=False,
)

DUCKDB = Dialect(
    name="duckdb",
    integer="BIGINT",
    real="DOUBLE",
    text="VARCHAR",
    attempt="TRY_CAST",
    mark='"',
    raw="",
    quote="''",
    micros="EPOCH_US({})",
    moment="MAKE_TIMESTAMP({}) AT TIME ZONE 'UTC'",
    now="CURRENT_TIMESTAMP",
    day="CAST(MAKE_TIMESTAMP({}) AT TIME ZONE 'UTC' AT TIME ZONE '{}' AS DATE)",
    trunc="DATE_TRUNC('{1}', {0})",
    split="STRING_SPLIT({}, '{}')",
    item="{}[{}]",
    unnest="UNNEST({0}) AS {1}s({1})",
    matches="REGEXP_MATCHES({}, {})",
    replaced="REGEXP_REPLACE({}, {}, {}, 'g')",
    field="'{0}': {0}",
    digest="MD5(CAST(TO_JSON({{{}}}) AS VARCHAR))",
    first_item=1,
    week="WEEK",
    files=True,
)

DIALECTS = {dialect.name: dialect for dialect in (BIGQUERY, DUCKDB)}


def dialect_of(name: str) -> Dialect:
    """The dialect called *name*; ArgumentError names those there are."""
    if name not in DIALECTS:
        raise ArgumentError(f"dialect={name!r}: there are {', '.join(map(repr, DIALECTS))}")
    return DIALECTS[name]


def table_name(name: str, dialect: Dialect) -> str:
    """The name of a table as it stands in a statement.

    >>> table_name("shop-1.crm.campaign", BIGQUERY), table_name("crm.campaign", DUCKDB)
    ('`shop-1.crm.campaign`', '"crm"."campaign"')

    Raises:
        ArgumentError: It is no name of a table: nothing else gets into a statement.
    """
    if dialect.files and len(name) < _LONGEST and _FILE.fullmatch(name):
        return f"'{name}'"
    if len(name) > _LONGEST or not _NAME.fullmatch(name):
        files = "; or a Parquet file such as reports/*.parquet" if dialect.files else ""
        raise ArgumentError(
            f"table={name[:80]!r} is no name of a table: letters, digits, _ and -, with points "
            f"between project, dataset and table, such as my-project.my_dataset.campaign{files}"
        )
    if dialect.name == "bigquery":
        return f"`{name}`"
    return path_of(name.replace(":", "_"), dialect)


def path_of(path: str, dialect: Dialect) -> str:
    """A column, or a field within one, as it stands in a statement.

    Raises:
        ArgumentError: It is no path of plain names.
    """
    if len(path) > _LONGEST or not _PATH.fullmatch(path.lstrip("0123456789")):
        raise ArgumentError(
            f"{path[:80]!r} is no column: letters, digits, _ and -, with points between a record "
            "and its fields, such as properties.recipient"
        )
    return ".".join(f"{dialect.mark}{part}{dialect.mark}" for part in path.split("."))


def text(value: str, dialect: Dialect) -> str:
    """A text as it stands in a statement.

    >>> text("^[0-9]+$", BIGQUERY), text("Lao People's", DUCKDB)
    ("'^[0-9]+$'", "'Lao People''s'")

    Raises:
        ArgumentError: It has a line end, or a backslash beside a quote.
    """
    backslash, quote = "\\" in value, "'" in value
    if not value.isprintable() or (backslash and quote):
        raise ArgumentError(f"{value[:80]!r} cannot stand in a statement")
    return f"{dialect.raw if backslash else ''}'{value.replace(chr(39), dialect.quote)}'"


def piece(array: str, place: int, dialect: Dialect) -> str:
    """The item of an array at *place*, where the first is 0."""
    return dialect.item.format(array, place + dialect.first_item)


def rows_of(entries: Iterable[str], name: str, dialect: Dialect) -> str:
    """Some entries without `|` as rows of one column, which stand as one text in the statement."""
    packed = dialect.split.format(text("|".join(entries), dialect), "|")
    return dialect.unnest.format(packed, name)


def digest(columns: Iterable[str], dialect: Dialect) -> str:
    """A short text that is the same where all *columns* are, and nowhere else (MD5)."""
    return dialect.digest.format(", ".join(map(dialect.field.format, columns)))
