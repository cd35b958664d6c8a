"""What sources hold: documents by kind, and archives."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from infobip_analytics.archive import told_apart
from infobip_analytics.errors import SetAsideWarning, SourceError
from infobip_analytics.reading.telling import Kind, by_kind, neither, sort_sources
from infobip_analytics.sources.aside import warn
from infobip_analytics.sources.documents import Document


@dataclass(frozen=True, slots=True)
class Found:
    """What was found.

    Attributes:
        documents: Documents by kind.
        archives: Archives, which are beside the delivery reports.
    """

    documents: dict[Kind, list[Document]]
    archives: list[Any]


def found_in(sources: Iterable[Any], options: Mapping[str, Any]) -> Found:
    """What *sources* hold; of the *options* of reading, `columns` and `on_bad` matter.

    Raises:
        SourceError: There is nothing, or with `on_bad` "raise" a document is neither kind.
    """
    apart = told_apart(sources)
    if not apart.archives:
        return Found(sort_sources(apart.others, options.get("columns")), [])
    found, unknown = by_kind(apart.others, options.get("columns"))
    if unknown and found:
        found[next(iter(found))] += unknown
    elif unknown and options.get("on_bad") == "raise":
        raise SourceError(neither(unknown[0]))
    elif unknown:
        warn(f"left out, beside the archive: {neither(unknown[0])}", SetAsideWarning)
    return Found({"delivery_reports": [], **found}, apart.archives)
