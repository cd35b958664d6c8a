"""What a file among exports is: of which kind, empty, or made by recompute itself."""

from collections.abc import Iterable, Mapping
from typing import Literal

from infobip_analytics.bloomreach.headings import bare
from infobip_analytics.bloomreach.reader import DOOR as EVENTS
from infobip_analytics.errors import SourceError
from infobip_analytics.grouping import TIMES
from infobip_analytics.infobip.reader import DOOR as REPORTS
from infobip_analytics.reading import kind_of
from infobip_analytics.recomputing.keeping import Kind
from infobip_analytics.recomputing.lines import OURS
from infobip_analytics.sources.documents import Document
from infobip_analytics.sources.fields import aliases, folded
from infobip_analytics.sources.gathered import Door
from infobip_analytics.sources.heads import head_fields

_DOORS: dict[Kind, Door] = {"delivery_reports": REPORTS, "campaign_events": EVENTS}

#: A file that holds nothing but stats of ours, or is the state beside one
STATS: Literal["stats"] = "stats"


def told_by(
    found: Iterable[Document], columns: Mapping[str, str] | None
) -> frozenset[Kind | Literal["stats"]]:
    """What documents of one file are; of those that are neither nothing is said."""
    each = list(found)
    if each and all(map(is_stats, each)):
        return frozenset({STATS})
    kinds = (_kind(document, columns) for document in each if not is_stats(document))
    return frozenset(kind for kind in kinds if kind)


def is_stats(document: Document) -> bool:
    """Whether a document is the output of a run, by its headings, or the state beside one."""
    if document.format == "unreadable":
        return _is_state(document)
    if document.format not in ("csv", "parquet"):
        return False
    found = set(head_fields(document))
    return set(OURS) <= found and bool(found & set(TIMES))


def _is_state(document: Document) -> bool:
    path = document.path
    if not path or not path.name.lower().endswith((".csv.state", ".parquet.state")):
        return False
    try:
        return document.head().startswith(b"SQLite format 3\0")
    except OSError:
        return False


def is_empty(document: Document) -> bool:
    """Whether a document has nothing in it: of a night in which nothing was sent."""
    return document.format == "unreadable" and document.problem == "it is empty"


def _kind(document: Document, columns: Mapping[str, str] | None) -> Kind | None:
    """The kind of a document, if it has what the rows of that kind cannot do without.

    So what only looks a bit like one of them is none.
    """
    try:
        kind = kind_of(document, columns=columns)
    except SourceError:
        return None
    door = _DOORS[kind]
    keys = {folded(name) for name in (door.key, *aliases(door.table).get(door.key, ()))}
    named = [(columns or {}).get(name, name) for name in head_fields(document)]
    fields = {folded(name) for name in bare(named, EVENTS.table).values()}
    return kind if keys & fields else None
