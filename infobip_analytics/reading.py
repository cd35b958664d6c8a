"""One door for both: tells delivery reports from campaign events by what is in them."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Literal

from infobip_analytics.bloomreach.reader import DOOR as EVENTS
from infobip_analytics.bloomreach.reader import read_campaign_events
from infobip_analytics.errors import ArgumentError, SourceError
from infobip_analytics.infobip.reader import DOOR as REPORTS
from infobip_analytics.infobip.reader import read_delivery_reports
from infobip_analytics.reference import rows
from infobip_analytics.sources.documents import Document, documents
from infobip_analytics.sources.fields import folded, known_fields, named
from infobip_analytics.sources.heads import head_fields

Kind = Literal["delivery_reports", "campaign_events"]

_READERS = {"delivery_reports": read_delivery_reports, "campaign_events": read_campaign_events}


def read(source: Any, **options: Any) -> Any:
    """Read delivery reports or campaign events, whichever *source* holds.

    Args:
        source: A path, glob or folder, a list of these, an open file, or parsed JSON.
        **options: Those of `read_delivery_reports` or `read_campaign_events`.

    Returns:
        The frame of the reader that fits.

    Raises:
        SourceError: It holds neither, or both.
        ArgumentError: An option is not for this kind of source.
    """
    found = sort_sources([source])
    if len(found) > 1:
        raise SourceError(_both(found))
    [(kind, its_documents)] = found.items()
    only_events = {"customers", "integration"}.intersection(options)
    if kind == "delivery_reports" and only_events:
        names = " and ".join(f"{name}=" for name in sorted(only_events))
        raise ArgumentError(f"{names} is for campaign events; this source holds delivery reports")
    return _READERS[kind](its_documents, **options)


def kind_of(source: Any) -> Kind:
    """Tell what *source* holds by its first bytes; SourceError where it is neither, or both."""
    found = sort_sources([source])
    if len(found) > 1:
        raise SourceError(_both(found))
    return next(iter(found))


def sort_sources(sources: Iterable[Any]) -> dict[Kind, list[Document]]:
    """Sort the documents of many sources by what they hold; each reader takes its list.

    A document that is neither goes to the reader of the others, which sets it aside and says so.
    SourceError where all are neither.
    """
    found: dict[Kind, list[Document]] = {}
    unknown: list[Document] = []
    for document in (document for source in sources for document in documents(source)):
        kind = _kind(document)
        (found.setdefault(kind, []) if kind else unknown).append(document)
    if not found:
        raise SourceError(_neither(unknown[0]))
    next(iter(found.values())).extend(unknown)
    return found


def _kind(document: Document) -> Kind | None:
    """The kind of which a document has more of the fields that the other kind lacks."""
    fields = {folded(re.sub(_prefixes(), "", name)) for name in head_fields(document)}
    votes = {kind: len(fields & evidence) for kind, evidence in _evidence().items()}
    best = max(votes, key=lambda kind: votes[kind])
    return best if votes[best] else None


@cache
def _prefixes() -> str:
    prefixes = [row["field"] for row in rows("event_fields") if row["column"] == "(prefix)"]
    return rf"^(?:{'|'.join(map(re.escape, prefixes))})"


@cache
def _evidence() -> dict[Kind, set[str]]:
    """The fields that only one kind has, also those of what it may be taken for."""
    reports = {"results", *known_fields("report_fields", REPORTS.schema)}
    events = set(known_fields("event_fields", EVENTS.schema))
    for row in rows("other_shapes"):
        (reports if row["door"] == "delivery_reports" else events).add(row["field"])
    of_reports, of_events = ({folded(name) for name in names} for names in (reports, events))
    return {"delivery_reports": of_reports - of_events, "campaign_events": of_events - of_reports}


def _both(found: dict[Kind, list[Document]]) -> str:
    said = (
        f"{kind.replace('_', ' ')} in {_some([each.name for each in its])}"
        for kind, its in found.items()
    )
    return (
        f"there are {' and '.join(said)}. Read each by itself: ia.read_delivery_reports(...) and "
        "ia.read_campaign_events(...)"
    )


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _neither(document: Document) -> str:
    what = document.problem or f"it has {named(head_fields(document))}"
    return (
        f"{document.name} is neither delivery reports nor campaign events: {what}. Expected: "
        f"{REPORTS.expected}; or {EVENTS.expected}"
    )
