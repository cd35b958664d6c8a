"""One door for all sources: exports, answers, and archives, of delivery reports or events."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from infobip_analytics.archive import read_archives, told_apart
from infobip_analytics.bloomreach import reader as bloomreach
from infobip_analytics.errors import ArgumentError, SourceError
from infobip_analytics.frames import Backend
from infobip_analytics.infobip import reader as infobip
from infobip_analytics.reading.found import Found, found_in
from infobip_analytics.reading.telling import Columns, Kind, both, documents_in
from infobip_analytics.sources.documents import Document
from infobip_analytics.sources.handing import NothingReadError
from infobip_analytics.sources.heads import head_fields

_ONLY_EVENTS = frozenset({"customers", "integration"})


def read(source: Any, **options: Any) -> Any:
    """Read delivery reports or campaign events, whichever *source* holds.

    Args:
        source: A path, glob or folder, a list of these, an open file, or parsed JSON; or an
            archive, by its path or its address in an object store (`s3://`, `gs://`, `az://`).
        **options: Those of `read_delivery_reports` or `read_campaign_events`.

    Returns:
        The frame of the reader that fits.

    Raises:
        SourceError: It holds neither, or both.
        ArgumentError: An option is not for this kind of source.
    """
    found = found_in([source], options)
    if len(found.documents) > 1:
        raise SourceError(both(found.documents, found.archives))
    [kind] = found.documents
    return _read(kind, found, options)


def read_each(sources: Iterable[Any], **options: Any) -> dict[Kind, Any]:
    """Read delivery reports and campaign events, whichever *sources* hold, each to its own frame.

    Options are those of `read`; `customers` and `integration` are for the events alone, `columns`
    for those of which a document has the heading.

    Raises:
        SourceError: There is neither.
        ArgumentError: An option is for events, and there are none.
    """
    found = found_in(sources, options)
    if len(found.documents) > 1:
        return _read_both(found, options)
    return {kind: _read(kind, found, options) for kind in found.documents}


def read_delivery_reports(
    source: Any,
    *,
    backend: Backend = "polars",
    lazy: bool = False,
    columns: Columns = None,
    timezone: str = "UTC",
    on_bad: str = "warn",
) -> Any:
    """Read delivery reports and logs of Infobip: a row each, as it arrived, in our names.

    An archive, by its path or its address in an object store; and answers of the API and callbacks
    (SMS v3 and v1, MMS v2 and v1, Messages API and Omni; reports and logs), lists and NDJSON of
    them, CSV and workbooks with headings as people have them, and CSV, NDJSON and Parquet with our
    names; packed as gzip or ZIP too. What cannot be read is set aside and counted in `set_aside`.

    Args:
        source: A path, glob or folder, `s3://`, `gs://` or `az://` and the rest of an archive's
            address, a list of these, an open file, parsed JSON, or objects of Infobip's own Python
            client. An archive in a folder is read as one.
        backend: The engine of the frame: "polars" or "pandas".
        lazy: A polars plan: an archive and Parquet of our own are not read before the plan is
            collected, and what does not fit into memory is kept in a folder for temporary files.
        columns: What their headings are in our names, `{"Message ref": "message_id"}`.
        timezone: In which times without an offset are meant.
        on_bad: What to do with rows that cannot be read: "warn", "raise", or a path that gets them
            as NDJSON with file, line and reason (those of an archive stay in its journal).

    Returns:
        The columns of delivery reports. `record` is `log` where a row has what only logs have
        (`destination`, `content`, `text`), else `report`. Times are UTC, ids text.

    Raises:
        SourceError: Nothing lies there, or nothing in it can be read.
        ArgumentError: An argument means nothing.
    """
    apart = told_apart([source])
    if not apart.archives:
        return infobip.read_delivery_reports(
            _one(apart.others),
            backend=backend,
            lazy=lazy,
            columns=columns,
            timezone=timezone,
            on_bad=on_bad,
        )
    options = {"backend": backend, "lazy": lazy, "columns": columns, "timezone": timezone}
    found = [each for other in apart.others for each in documents_in(other)]
    return _read(
        "delivery_reports",
        Found({"delivery_reports": found}, apart.archives),
        {**options, "on_bad": on_bad},
    )


def read_campaign_events(
    source: Any,
    *,
    backend: Backend = "polars",
    lazy: bool = False,
    columns: Columns = None,
    timezone: str = "UTC",
    on_bad: str = "warn",
    customers: Any = None,
    integration: str | None = None,
) -> Any:
    """Read campaign events of Bloomreach: a row each, as it arrived, in our names.

    CSV with `,`, `;` or tab and workbooks (headings plain, or `properties.x`, `campaign.x`);
    answers of the Data API (`customers/events`, `export-one`), alone, as a list, or a line each;
    extracts of BigQuery (NDJSON, Parquet with the record `properties`); flat events as NDJSON or
    parsed lists; and CSV, NDJSON and Parquet with our names; packed as gzip or ZIP too. Events of
    other action types (e-mail, push) stay: they tell as of when the export is.

    Args:
        source: A path, glob or folder, a list of these, an open file, or parsed JSON.
        backend: The engine of the frame: "polars" or "pandas".
        lazy: A polars plan: Parquet of our own is not read before the plan is collected, and what
            does not fit into memory is kept in a folder for temporary files.
        columns: What their headings are in our names, `{"Kunde": "customer"}`.
        timezone: In which times without an offset are meant.
        on_bad: What to do with rows that cannot be read: "warn", "raise", or a path that gets them
            as NDJSON with file, line and reason.
        customers: A source or frame with customer, phone and country; the country tells where a
            local number is, and the phone is the recipient where an SMS or MMS names none.
        integration: Leave out SMS and MMS of every other integration.

    Returns:
        The columns of campaign events, then every other property under its own name, as text.
        `country` among them is where a click came from.

    Raises:
        SourceError: Nothing lies there, or nothing in it can be read.
        ArgumentError: An argument means nothing, such as an integration that is not there.
    """
    apart = told_apart([source])
    if apart.archives:
        raise SourceError(
            f"{apart.archives[0]} is an archive of delivery reports, and has no campaign events; "
            "read it with ia.read_delivery_reports(...), and name the exports of events by "
            "themselves"
        )
    return bloomreach.read_campaign_events(
        _one(apart.others),
        backend=backend,
        lazy=lazy,
        columns=columns,
        timezone=timezone,
        on_bad=on_bad,
        customers=customers,
        integration=integration,
    )


def _one(others: list[Any]) -> Any:
    """The source that was given; or the files of it, where others of its files are an archive's."""
    return others[0] if len(others) == 1 else others


def _read(kind: Kind, found: Found, options: dict[str, Any]) -> Any:
    its_documents = found.documents[kind]
    if kind == "campaign_events":
        return bloomreach.read_campaign_events(its_documents, **options)
    if only_events := _ONLY_EVENTS.intersection(options):
        names = " and ".join(f"{name}=" for name in sorted(only_events))
        raise ArgumentError(f"{names} is for campaign events; this source holds delivery reports")
    if not found.archives:
        return infobip.read_delivery_reports(its_documents, **options)
    of_archives = {name: value for name, value in options.items() if name != "timezone"}
    if not its_documents:
        return read_archives(found.archives, **of_archives)
    try:
        beside = infobip.read_delivery_reports(
            its_documents, **{**options, "backend": "polars", "lazy": True}
        )
    except NothingReadError as nothing:
        # as where stats were written beside the archive: it has its reports all the same
        nothing.ledger.announce()
        return read_archives(found.archives, aside=len(nothing.ledger), **of_archives)
    return read_archives(found.archives, beside, **of_archives)


def _read_both(found: Found, options: dict[str, Any]) -> dict[Kind, Any]:
    """Each kind in its own frame; what is set aside of the one is kept beside that of the other."""
    frames: dict[Kind, Any] = {}
    earlier = b""
    for kind in found.documents:
        try:
            frames[kind] = _read(kind, found, _for_kind(kind, found.documents, options))
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
