"""What a callback holds: unpacked, as UTF-8, and how many reports are in it."""

import zlib
from dataclasses import dataclass, field
from functools import cache

import msgspec

from infobip_analytics.infobip.shapes import ENVELOPE
from infobip_analytics.receiving.refusals import (
    BROKEN_OFF,
    EMPTY,
    LARGE,
    NO_JSON,
    NO_REPORTS,
    PACKED,
    XML,
    Refused,
)
from infobip_analytics.reference import rows
from infobip_analytics.sources.encodings import in_utf8, without_halves

_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])

#: What of a report says how it went, by its column
_OUTCOME = {"status_id", "status_name", "status_group", "done_at"}


@dataclass(frozen=True, slots=True)
class Callback:
    """What was posted.

    Attributes:
        body: As it came, but unpacked and in UTF-8.
        reports: How many reports are in it.
        notices: How many notices of something else: clicks, inbound messages, other events.
    """

    body: bytes = field(repr=False)
    reports: int
    notices: int


def opened(raw: bytes, encoding: str, limit: int) -> Callback:
    """Look into what was posted.

    A notice of something else is taken too, if it is known to be one: Infobip would post it again
    for 41.5 hours, and it is no junk.

    Args:
        raw: The bytes that came.
        encoding: The header Content-Encoding; "" where there is none.
        limit: How many bytes it may be when it is unpacked.

    Raises:
        Refused: It is too large, no JSON, or holds nothing that could be a report.

    >>> opened(b'{"results": [{"messageId": "m-1", "status": {"id": 5}}]}', "", 1000).reports
    1
    """
    body = in_utf8(_unpacked(raw, encoding, limit)).strip()
    _refuse_what_is_no_json(body)
    try:
        kinds = [_kind(fields) for fields in _objects(without_halves(body))]
    except (ValueError, RecursionError):
        raise Refused(NO_JSON, "the body is no JSON, or breaks off") from None
    reports, notices = kinds.count("report"), kinds.count("notice")
    if not reports and not notices:
        raise Refused(
            NO_REPORTS,
            'the body is JSON without a delivery report; expected is {"results": [...]} of '
            "reports with messageId and status",
        )
    return Callback(body, reports, notices)


def _unpacked(raw: bytes, encoding: str, limit: int) -> bytes:
    packings = {each.strip().lower() for each in encoding.split(",")} - {"", "identity"}
    if not packings:
        return raw
    if packings - {"gzip", "x-gzip"} or "," in encoding:
        raise Refused(PACKED, "the body is packed in a way that is not known here; gzip is")
    reader = zlib.decompressobj(wbits=31)
    try:
        body = reader.decompress(raw, limit + 1)
    except zlib.error:
        raise Refused(BROKEN_OFF, "the body is said to be gzip, and is not") from None
    if len(body) > limit:
        raise Refused(LARGE, f"the body has more than {limit:,} bytes when it is unpacked")
    # one piece: of thousands of tiny ones each would cost a look at all that follow
    if not reader.eof or reader.unused_data:
        raise Refused(BROKEN_OFF, "the gzip of the body breaks off, or something follows it")
    return body


def _refuse_what_is_no_json(body: bytes) -> None:
    if not body:
        raise Refused(EMPTY, "the body is empty")
    if body.startswith(b"<"):
        raise Refused(
            XML, "the body is XML; set the content type of the subscription to application/json"
        )


def _objects(body: bytes) -> list[dict[str, msgspec.Raw]]:
    """The entries of a page, of a list of pages or entries, or the one that it is."""
    if not body.startswith(b"["):
        return _of_page(body)
    return [entry for each in _LIST.decode(body) for entry in _of_page(bytes(each))]


def _of_page(text: bytes) -> list[dict[str, msgspec.Raw]]:
    fields = _fields(text)
    results = bytes(fields.get("results", b"")).lstrip()
    if not results.startswith(b"["):
        return [fields]
    return [_fields(bytes(entry)) for entry in _LIST.decode(results)]


def _fields(text: bytes) -> dict[str, msgspec.Raw]:
    """The fields of an object; of anything else, which is no report, none."""
    try:
        return _OBJECT.decode(text)
    except msgspec.ValidationError:
        return {}


def _kind(fields: dict[str, msgspec.Raw]) -> str:
    named = not ENVELOPE.keys.isdisjoint(fields)
    if named and not _outcomes().isdisjoint(fields):
        return "report"
    return "notice" if named or not _notices().isdisjoint(fields) else "junk"


@cache
def _outcomes() -> frozenset[str]:
    """Fields that say how a message went, and the objects that hold such."""
    told = [row for row in rows("report_fields") if row["column"] in _OUTCOME]
    payload = [row["field"] for row in told if row["kind"] == "payload"]
    return frozenset({*_OUTCOME, *payload, *(field.partition(".")[0] for field in payload)})


@cache
def _notices() -> frozenset[str]:
    """Fields of what Infobip pushes beside reports; error answers it does not push."""
    ours = {row["field"] for row in rows("other_shapes") if row["door"] == "delivery_reports"}
    return frozenset(ours) - ENVELOPE.envelopes
