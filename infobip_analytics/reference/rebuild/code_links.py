"""Links of the page of codes: to a code, to a source."""

from infobip_analytics.codes.meanings import coded_rows
from infobip_analytics.reference import rows
from infobip_analytics.reference.rebuild.markdown import escaped

Row = dict[str, str]

#: A judgement, and no document
OURS = "ours"


def to_code(row: Row, *, kind: bool = False) -> str:
    """A link to a code, with its kind where several stand together."""
    word = f"{row['kind'].replace('smpp_', 'SMPP ')} " if kind else ""
    return f"[{word}{called(row)}](#{anchor(row)})"


def called(row: Row) -> str:
    """Id, in hex too where SMPP writes it so, and name."""
    number = f"{row['id']} ({row['hex']})" if "hex" in row else row["id"]
    return f"{number} `{row['name']}`" if row["name"] else f"{number} (no name)"


def anchor(row: Row) -> str:
    """Where a code is on the page: `error-27`; with as many more words as tell shared ids apart."""
    ways = (["kind", "id"], ["kind", "id", "channel", "group"], ["kind", "id", "channel", "name"])
    way = next((way for way in ways if is_only(row, way)), [*ways[1], "name"])
    words = [row[column] for column in way if row.get(column)]
    return "-".join(words).lower().replace("_", "-")


def is_only(row: Row, columns: list[str]) -> bool:
    """Whether no other code has the same in these columns."""
    asked = [row.get(column) for column in columns]
    return [[one.get(column) for column in columns] for one in coded_rows()].count(asked) == 1


def to_sources(sources: str) -> str:
    """Links to sources by their titles, to the judgement of this project by a word."""
    titles = {row["source"]: row["title"] for row in rows("sources")} | {OURS: OURS}
    return ", ".join(
        f"[{escaped(titles[source])}](#{source_anchor(source)})" for source in sources.split("; ")
    )


def source_title(row: Row) -> str:
    """The title of a source, linked where it has an address."""
    title = escaped(row["title"])
    return f"[{title}]({row['address']})" if row["address"] else title


def source_anchor(source: str) -> str:
    """Where a source is on the page."""
    return f"source-{[row['source'] for row in rows('sources')].index(source) + 1}"
