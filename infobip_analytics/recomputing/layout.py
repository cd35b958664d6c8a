"""What is kept in a state: its tables, and what in them tells whether it is sound."""

from collections.abc import Mapping
from dataclasses import dataclass

_STAMP = "CREATE TABLE stamp (made_by TEXT, digest TEXT)"


@dataclass(frozen=True, slots=True)
class Layout:
    """What is kept of one sort of source.

    Attributes:
        tables: By its name how each table is made, beside that of the stamp.
        told: Queries of all that is neither rows nor ids, in an order of its own.
        contents: A query of the digest and the content of each piece.
        with_what: What, beside the version, makes what is kept of no use where it is another.
        again: What has to be read again where it is.
    """

    tables: Mapping[str, str]
    told: tuple[str, ...]
    contents: str
    with_what: str
    again: str

    @property
    def all_tables(self) -> dict[str, str]:
        """How each table is made."""
        return {"stamp": _STAMP, **self.tables}


#: What is kept of files
FILES = Layout(
    tables={
        "files": "CREATE TABLE files (number INTEGER PRIMARY KEY, path BLOB UNIQUE, "
        "size INTEGER, mtime_ns INTEGER, kind TEXT, read_as TEXT, n_rows INTEGER, "
        "set_aside INTEGER, reason TEXT)",
        "pieces": "CREATE TABLE pieces (number INTEGER PRIMARY KEY, n_rows INTEGER, digest TEXT, "
        "content BLOB)",
        "contents": "CREATE TABLE contents (piece INTEGER, file INTEGER, "
        "PRIMARY KEY (piece, file))",
    },
    told=(
        "SELECT * FROM files ORDER BY number",
        "SELECT number, n_rows, digest FROM pieces ORDER BY number",
        "SELECT * FROM contents ORDER BY piece, file",
    ),
    contents="SELECT digest, content FROM pieces",
    with_what="with another --timezone, --column, --customers or --integration",
    again="every file",
)

#: What is kept of an archive. Without any index, so that none can lie.
ARCHIVE = Layout(
    tables={
        "days": "CREATE TABLE days (day INTEGER PRIMARY KEY, version TEXT, n_rows INTEGER, "
        "latest INTEGER, digest TEXT, ids BLOB)",
        # by themselves, for what is long would be written again with them
        "strays": "CREATE TABLE strays (day INTEGER PRIMARY KEY, ids BLOB)",
        "units": "CREATE TABLE units (number INTEGER PRIMARY KEY, days TEXT, mark TEXT, "
        "n_rows INTEGER, as_of INTEGER, settled INTEGER, facts TEXT, digest TEXT, content BLOB)",
    },
    told=(
        "SELECT day, version, n_rows, latest, digest FROM days ORDER BY day",
        "SELECT day, ids FROM strays ORDER BY day",
        "SELECT number, days, mark, n_rows, as_of, settled, facts, digest FROM units "
        "ORDER BY number",
    ),
    contents="SELECT digest, ids FROM days UNION ALL SELECT digest, content FROM units",
    with_what="of another archive",
    again="every day",
)
