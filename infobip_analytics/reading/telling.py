"""Telling delivery reports from campaign events by what is in them."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Literal

from infobip_analytics.bloomreach.headings import bare
from infobip_analytics.bloomreach.reader import DOOR as EVENTS
from infobip_analytics.errors import SourceError
from infobip_analytics.infobip.objects import is_object, plain
from infobip_analytics.infobip.reader import DOOR as REPORTS
from infobip_analytics.reference import rows
from infobip_analytics.sources.documents import Document, documents
from infobip_analytics.sources.fields import folded, known_fields
from infobip_analytics.sources.heads import head_fields, what_it_has
from infobip_analytics.sources.showing import harmless

Kind = Literal["delivery_reports", "campaign_events"]

Columns = Mapping[str, str] | None


def kind_of(source: Any, columns: Columns = None) -> Kind:
    """Tell what *source* holds by its first bytes; SourceError where it is neither, or both."""
    found, unknown = by_kind([source], columns)
    if not found:
        raise SourceError(neither(unknown[0]))
    if len(found) > 1:
        raise SourceError(both(found))
    return next(iter(found))


def sort_sources(sources: Iterable[Any], columns: Columns = None) -> dict[Kind, list[Document]]:
    """Sort the documents of many sources by what they hold; each reader takes its list.

    A document that is neither goes to the reader of the others, which sets it aside and says so.
    *columns* are headings in our names. SourceError where all are neither.
    """
    found, unknown = by_kind(sources, columns)
    if not found:
        raise SourceError(neither(unknown[0]))
    first = next(iter(found))
    return {**found, first: [*found[first], *unknown]}


def by_kind(
    sources: Iterable[Any], columns: Columns
) -> tuple[dict[Kind, list[Document]], list[Document]]:
    """The documents by kind, and those that are neither."""
    found: dict[Kind, list[Document]] = {}
    unknown: list[Document] = []
    for document in (document for source in sources for document in documents_in(source)):
        kind = _kind(document, columns or {})
        (found.setdefault(kind, []) if kind else unknown).append(document)
    return found, unknown


def documents_in(source: Any) -> list[Document]:
    """The documents of a source, also of objects of Infobip's own client."""
    return documents(plain(source) if is_object(source) else source)


def _kind(document: Document, columns: Mapping[str, str]) -> Kind | None:
    """The kind of which a document has more of the fields that the other kind lacks."""
    found = [columns.get(name, name) for name in head_fields(document)]
    if document.format in ("csv", "workbook") and EVENTS.refuses(found):
        return "campaign_events"  # whose door says why not
    fields = set(map(folded, bare(found, "event_fields").values()))
    votes = {kind: len(fields & evidence) for kind, evidence in _evidence().items()}
    best = max(votes, key=lambda kind: votes[kind])
    return best if votes[best] else None


@cache
def _evidence() -> dict[Kind, set[str]]:
    """The fields that only one kind has, also those of what it may be taken for."""
    reports = {"results", *known_fields("report_fields", REPORTS.schema)}
    events = set(known_fields("event_fields", EVENTS.schema))
    for row in rows("other_shapes"):
        (reports if row["door"] == "delivery_reports" else events).add(row["field"])
    of_reports, of_events = ({folded(name) for name in names} for names in (reports, events))
    return {"delivery_reports": of_reports - of_events, "campaign_events": of_events - of_reports}


def neither(document: Document) -> str:
    """What to say of a document that is nothing known."""
    return (
        f"{harmless(document.name)} is neither delivery reports nor campaign events: "
        f"{what_it_has(document)}. Expected: {REPORTS.expected}; or {EVENTS.expected}. Choose the "
        "export itself; where its headings are others, name them: ia.read_delivery_reports(..., "
        "columns={'their heading': 'our_column'}), on the command line --column"
    )


def both(found: Mapping[Kind, list[Document]], archives: Iterable[Any] = ()) -> str:
    """What to say of sources that hold both, where one of them is asked for."""
    names = {kind: [each.name for each in its] for kind, its in found.items()}
    names["delivery_reports"] = [*map(str, archives), *names["delivery_reports"]]
    said = (
        f"{kind.replace('_', ' ')} in {_some(list(map(harmless, its)))}"
        for kind, its in names.items()
    )
    return (
        f"there are {' and '.join(said)}. Read each by itself, reports = "
        "ia.read_delivery_reports(...) and events = ia.read_campaign_events(...), and put them "
        "together: ia.messages(events, reports=reports)"
    )


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
