"""One door for both: tells delivery reports from campaign events by what is in them."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from infobip_analytics.archive import is_archive, read_archive
from infobip_analytics.bloomreach.headings import bare
from infobip_analytics.bloomreach.reader import DOOR as EVENTS
from infobip_analytics.bloomreach.reader import read_campaign_events
from infobip_analytics.errors import ArgumentError, SourceError
from infobip_analytics.infobip.objects import is_object, plain
from infobip_analytics.infobip.reader import DOOR as REPORTS
from infobip_analytics.infobip.reader import read_delivery_reports
from infobip_analytics.reference import rows
from infobip_analytics.sources.documents import Document, documents
from infobip_analytics.sources.fields import folded, known_fields
from infobip_analytics.sources.heads import head_fields, what_it_has
from infobip_analytics.sources.showing import harmless

Kind = Literal["delivery_reports", "campaign_events"]

Columns = Mapping[str, str] | None

_READERS = {"delivery_reports": read_delivery_reports, "campaign_events": read_campaign_events}


def read(source: Any, **options: Any) -> Any:
    """Read delivery reports or campaign events, whichever *source* holds.

    Args:
        source: A path, glob or folder, a list of these, an open file, or parsed JSON; or an
            archive, which is read whole.
        **options: Those of `read_delivery_reports` or `read_campaign_events`.

    Returns:
        The frame of the reader that fits.

    Raises:
        SourceError: It holds neither, or both.
        ArgumentError: An option is not for this kind of source.
    """
    if is_archive(source):
        return _read_archive(source, options)
    [(kind, its_documents)] = _of_one_kind(source, options.get("columns")).items()
    return _read(kind, its_documents, options)


def _of_one_kind(source: Any, columns: Columns) -> dict[Kind, list[Document]]:
    found, unknown = _sorted([source], columns)
    if len(found) > 1:
        raise SourceError(_both(found))
    return _with_unknown(found, unknown)


def read_each(sources: Iterable[Any], **options: Any) -> dict[Kind, Any]:
    """Read delivery reports and campaign events, whichever *sources* hold, each to its own frame.

    Options are those of `read`; `customers` and `integration` are for the events alone, `columns`
    for those of which a document has the heading.

    Raises:
        SourceError: There is neither.
        ArgumentError: An option is for events, and there are none.
    """
    sources = list(sources)
    if any(map(is_archive, sources)):
        return {"delivery_reports": _read_archive(_the_only(sources), options)}
    found = sort_sources(sources, options.get("columns"))
    if len(found) > 1:
        return _read_both(found, options)
    [(kind, its_documents)] = found.items()
    return {kind: _read(kind, its_documents, options)}


def _read_archive(source: Any, options: dict[str, Any]) -> Any:
    """The delivery reports of an archive: they are typed already, so most options say nothing."""
    return read_archive(
        source, backend=options.get("backend", "polars"), lazy=options.get("lazy", False)
    )


def _the_only(sources: list[Any]) -> Any:
    """The archive among *sources*, which has to stand alone."""
    if len(sources) > 1:
        raise SourceError(
            "an archive is read by itself, not together with other sources; keep their reports in "
            "it too, or leave it out"
        )
    return sources[0]


def _read(kind: Kind, its_documents: list[Document], options: dict[str, Any]) -> Any:
    only_events = _ONLY_EVENTS.intersection(options)
    if kind == "delivery_reports" and only_events:
        names = " and ".join(f"{name}=" for name in sorted(only_events))
        raise ArgumentError(f"{names} is for campaign events; this source holds delivery reports")
    return _READERS[kind](its_documents, **options)


_ONLY_EVENTS = frozenset({"customers", "integration"})


def _read_both(found: dict[Kind, list[Document]], options: dict[str, Any]) -> dict[Kind, Any]:
    """Each kind in its own frame; what is set aside of the one is kept beside that of the other."""
    frames: dict[Kind, Any] = {}
    earlier = b""
    for kind, its_documents in found.items():
        try:
            frames[kind] = _read(kind, its_documents, _for_kind(kind, found, options))
        finally:
            earlier = _kept(options.get("on_bad", "warn"), earlier)
    return frames


def _kept(on_bad: str, earlier: bytes) -> bytes:
    """Put what was set aside *earlier* back in front of what has been since; all of it."""
    if on_bad in ("warn", "raise") or not Path(on_bad).is_file():
        return earlier
    if earlier:
        Path(on_bad).write_bytes(earlier + Path(on_bad).read_bytes())
    return Path(on_bad).read_bytes()


def _for_kind(
    kind: Kind, found: dict[Kind, list[Document]], options: dict[str, Any]
) -> dict[str, Any]:
    """The options that are for this kind; a heading that no document has is for every kind."""
    fits = dict(options)
    if kind == "delivery_reports":
        fits = {name: value for name, value in options.items() if name not in _ONLY_EVENTS}
    if columns := options.get("columns"):
        has = {each: _headings(its_documents) for each, its_documents in found.items()}
        others = set().union(*(names for each, names in has.items() if each != kind)) - has[kind]
        fits["columns"] = {
            heading: name for heading, name in columns.items() if heading not in others
        }
    return fits


def _headings(its_documents: list[Document]) -> set[str]:
    return {name for document in its_documents for name in head_fields(document)}


def kind_of(source: Any, columns: Columns = None) -> Kind:
    """Tell what *source* holds by its first bytes; SourceError where it is neither, or both."""
    return next(iter(_of_one_kind(source, columns)))


def sort_sources(sources: Iterable[Any], columns: Columns = None) -> dict[Kind, list[Document]]:
    """Sort the documents of many sources by what they hold; each reader takes its list.

    A document that is neither goes to the reader of the others, which sets it aside and says so.
    *columns* are headings in our names. SourceError where all are neither.
    """
    return _with_unknown(*_sorted(sources, columns))


def _sorted(
    sources: Iterable[Any], columns: Columns
) -> tuple[dict[Kind, list[Document]], list[Document]]:
    """The documents by kind, and those that are neither."""
    found: dict[Kind, list[Document]] = {}
    unknown: list[Document] = []
    for document in (document for source in sources for document in documents(_plain(source))):
        kind = _kind(document, columns or {})
        (found.setdefault(kind, []) if kind else unknown).append(document)
    if not found:
        raise SourceError(_neither(unknown[0]))
    return found, unknown


def _with_unknown(
    found: dict[Kind, list[Document]], unknown: list[Document]
) -> dict[Kind, list[Document]]:
    first = next(iter(found))
    return {**found, first: [*found[first], *unknown]}


def _plain(source: Any) -> Any:
    return plain(source) if is_object(source) else source


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


def _both(found: dict[Kind, list[Document]]) -> str:
    said = (
        f"{kind.replace('_', ' ')} in {_some([harmless(each.name) for each in its])}"
        for kind, its in found.items()
    )
    return (
        f"there are {' and '.join(said)}. Read each by itself, reports = "
        "ia.read_delivery_reports(...) and events = ia.read_campaign_events(...), and put them "
        "together: ia.messages(events, reports=reports)"
    )


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _neither(document: Document) -> str:
    return (
        f"{harmless(document.name)} is neither delivery reports nor campaign events: "
        f"{what_it_has(document)}. Expected: {REPORTS.expected}; or {EVENTS.expected}. Choose the "
        "export itself; where its headings are others, name them: ia.read_delivery_reports(..., "
        "columns={'their heading': 'our_column'}), on the command line --column"
    )
