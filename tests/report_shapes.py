"""One small world of delivery reports, written in every shape that Infobip is known to send.

`WORLD` holds what is to be read, in our names. A `Shape` says under which fields one payload writes
it, an envelope how payloads lie in a source. What a shape does not carry is null when it is read.
The expected rows come from the world and the shape alone, never from a reader.
"""

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import polars as pl

from infobip_analytics.frames import DELIVERY_REPORTS

Row = dict[str, Any]
Entry = dict[str, Any]
Envelope = Callable[[list[Entry], Path], Any]

GROUPS = ["ACCEPTED", "PENDING", "UNDELIVERABLE", "DELIVERED", "EXPIRED", "REJECTED"]
ERROR_GROUPS = ["OK", "HANDSET_ERRORS", "USER_ERRORS", "OPERATOR_ERRORS"]


def at(day: int, clock: str) -> datetime:
    """A moment in March 2026, in UTC."""
    return datetime.fromisoformat(f"2026-03-{day:02}T{clock}+00:00")


NO_ERROR: Row = {"error_id": 0, "error_name": "NO_ERROR", "error_group": "OK", "permanent": False}
DELIVERED: Row = {
    "status_id": 5,
    "status_name": "DELIVERED_TO_HANDSET",
    "status_group": "DELIVERED",
    **NO_ERROR,
}
IN_EUROS: Row = {"price": 0.0321, "currency": "EUR"}
SPRING: Row = {"bulk_id": "bulk-1", "sender": "ExampleShop", "campaign_reference": "spring-26"}

#: What was reported; a column that a row does not name is null
WORLD: list[Row] = [
    {
        "message_id": "m-01",
        "recipient": "447700900101",
        "sent_at": at(2, "09:00:00.120"),
        "done_at": at(2, "09:00:03.482"),
        "parts": 2,
        "network": "23410",
        "callback_data": '{"customer": "c-101", "results": [{"messageId": "no report"}]}',
        **SPRING,
        **IN_EUROS,
        **DELIVERED,
    },
    {
        "message_id": "m-02",
        "recipient": "447700900102",
        "sent_at": at(2, "09:00:00.121"),
        "done_at": at(2, "09:00:05.010"),
        "parts": 1,
        "network": "23415",
        **SPRING,
        **IN_EUROS,
        "status_id": 9,
        "status_name": "UNDELIVERABLE_NOT_DELIVERED",
        "status_group": "UNDELIVERABLE",
        "error_id": 5,
        "error_name": "EC_UNIDENTIFIED_SUBSCRIBER",
        "error_group": "HANDSET_ERRORS",
        "permanent": False,
    },
    {
        "message_id": "m-03",
        "recipient": "491700000001",
        "sent_at": at(2, "09:00:00.122"),
        "done_at": at(2, "09:00:01.900"),
        "parts": 1,
        "network": "26201",
        **SPRING,
        "price": 0.0745,
        "currency": "EUR",
        **DELIVERED,
        "status_id": 2,
        "status_name": "DELIVERED_TO_OPERATOR",
    },
    {
        "message_id": "m-04",
        "recipient": "491700000002",
        "sent_at": at(2, "09:00:00.123"),
        "done_at": at(4, "09:00:00.500"),
        "parts": 1,
        "network": "26203",
        **SPRING,
        **NO_ERROR,
        "status_id": 29,
        "status_name": "EXPIRED_DLR_UNKNOWN",
        "status_group": "EXPIRED",
    },
    {
        "message_id": "m-05",
        "recipient": "12025550123",
        "sent_at": at(2, "09:00:00.124"),
        "done_at": at(2, "09:00:02.700"),
        "parts": 3,
        "network": "310410",
        **SPRING,
        "price": 0.00787679,
        "currency": "USD",
        "status_id": 4,
        "status_name": "UNDELIVERABLE_REJECTED_OPERATOR",
        "status_group": "UNDELIVERABLE",
        "error_id": 607,
        "error_name": "EC_REJECTED_SPAM_BY_OPERATOR",
        "error_group": "USER_ERRORS",
        "permanent": True,
    },
    # refused at once: no bulk, no network, no price, and yet error 0
    {
        "message_id": "m-06",
        "recipient": "447700900106",
        "sender": "ExampleShop",
        "sent_at": at(2, "09:00:00.125"),
        "done_at": at(2, "09:00:00.130"),
        "parts": 1,
        "price": 0.0,
        "currency": "EUR",
        **NO_ERROR,
        "status_id": 6,
        "status_name": "REJECTED_NETWORK",
        "status_group": "REJECTED",
    },
    # under way: nothing is known of its end
    {
        "message_id": "m-07",
        "recipient": "447700900107",
        "sender": "447700900999",
        "sent_at": at(2, "09:00:00"),
        "status_id": 26,
        "status_name": "PENDING_ACCEPTED",
        "status_group": "PENDING",
    },
    # the same message later, once it had ended
    {
        "message_id": "m-07",
        "recipient": "447700900107",
        "sender": "447700900999",
        "sent_at": at(2, "09:00:00"),
        "done_at": at(2, "23:59:59.999"),
        "parts": 1,
        "network": "23433",
        **DELIVERED,
    },
    # codes and groups that no table has
    {
        "message_id": "m-08",
        "recipient": "447700900108",
        "sent_at": at(3, "00:00:00"),
        "done_at": at(3, "00:00:00.001"),
        **SPRING,
        "status_id": 9876,
        "status_name": "NOVEL_STATUS",
        "status_group": "NOVEL",
        "error_id": 7654,
        "error_name": "EC_NOVEL",
        "error_group": "NOVEL_ERRORS",
        "permanent": True,
    },
    # ids that are numbers, longer than a float can hold
    {
        "message_id": "9223372036854775809",
        "bulk_id": "2034072219640523072",
        "recipient": "447700900109",
        "sender": "12345",
        "sent_at": at(3, "10:00:00"),
        "done_at": at(3, "10:00:01"),
        "parts": 1,
        "network": "23410",
        **DELIVERED,
    },
    # words of every kind
    {
        "message_id": "m-10 \u017elut\u00fd, k\u016f\u0148; \u20ac",
        "recipient": "447700900110",
        "sender": "Caf\u00e9 \u03a9 \U0001f4e6",
        "sent_at": at(3, "10:00:00"),
        "done_at": at(3, "10:00:02"),
        "parts": 10,
        "network": "23410",
        "campaign_reference": 'a "quoted", reference',
        "callback_data": "two\nlines\tand \\ a backslash",
        "price": 0.1,
        "currency": "CZK",
        **DELIVERED,
    },
    # as little as a report can say
    {"message_id": "m-11", "status_group": "EXPIRED"},
]
# a callback that was sent again
WORLD.append(dict(WORLD[0]))

_IDS = {"message_id": "messageId", "bulk_id": "bulkId"}
_TIMES = {"sent_at": "sentAt", "done_at": "doneAt"}
_PRICE = {"price": "price.pricePerMessage", "currency": "price.currency"}
_STATUS = {
    "status_id": "status.id",
    "status_name": "status.name",
    "status_group": "status.groupName",
}
_ERROR = {"error_id": "error.id", "error_name": "error.name", "error_group": "error.groupName"}
_PERMANENT = {"permanent": "error.permanent"}
_CALLBACK = {"callback_data": "callbackData"}
_CAMPAIGN = {"campaign_reference": "campaignReferenceId"}
_NETWORK = {"network": "mccMnc"}

_V3 = {
    **_IDS,
    "sender": "sender",
    **_TIMES,
    "parts": "messageCount",
    **_PRICE,
    **_NETWORK,
    **_STATUS,
    **_ERROR,
    **_PERMANENT,
    **_CAMPAIGN,
}
_V1 = {**_V3, "sender": "from", "recipient": "to", "parts": "smsCount"}
_PLATFORM = {"platform": {"entityId": "shop-uk", "applicationId": "promo"}}
_ON_TOP = {"entityId": "shop-uk", "applicationId": "promo"}
_TEXT = {"text": "Your parcel is on its way, \u010dek\u00e1 na v\u00e1s."}
_LANGUAGE = {"languageCode": "AUTODETECT", "singleShift": False, "lockingShift": False}
_SEGMENTS = [
    {"type": "TEXT", "contentId": "one", "text": "Have a look"},
    {"type": "LINK", "contentUrl": "https://shop.example/a.png", "contentType": "image/png"},
]


def _without(fields: Mapping[str, str], *columns: str) -> dict[str, str]:
    return {column: name for column, name in fields.items() if column not in columns}


@dataclass(frozen=True, slots=True)
class Shape:
    """One documented payload.

    Attributes:
        fields: Where each of our columns stands in it, `status.id`; what is not here it lacks.
        record: What its rows are, `report` or `log`.
        channel: Of what.
        always: What stands in each of its entries besides.
        instead: What it writes where a row has nothing.
        beside: What stands beside the results of its pages.
        told_by: The column without which a row does not tell its channel, and counts as an SMS.
    """

    fields: Mapping[str, str]
    record: str = "report"
    channel: str = "sms"
    always: Entry = field(default_factory=dict)
    instead: Entry = field(default_factory=dict)
    beside: Entry = field(default_factory=dict)
    told_by: str = "message_id"


_CURSOR = {"cursor": {"limit": 50, "nextCursor": "ZXhhbXBsZQ=="}}
_V3_REPORT = {**_V3, "recipient": "to", **_CALLBACK}
_V3_LOG = {**_V3, "recipient": "destination"}
_V1_REPORT = {**_V1, **_CALLBACK}
_MMS_V1 = _without({**_V1, "parts": "mmsCount"}, "permanent", "campaign_reference")
_ALL_CHANNELS = {**_without(_V3, "price", "currency"), "recipient": "destination", **_CALLBACK}
_OMNI = {**_without(_V3, "campaign_reference"), "recipient": "to"}

#: Every documented payload of reports and logs; a callback has the shape of its pull answer where
#: it is not here
SHAPES: dict[str, Shape] = {
    "SMS v3 report": Shape(_V3_REPORT, always=_PLATFORM),
    "SMS v3 log": Shape(
        _V3_LOG,
        "log",
        always={**_PLATFORM, "content": {**_TEXT, "language": _LANGUAGE}},
        beside=_CURSOR,
    ),
    "SMS v3 log of before cursors, its content hidden": Shape(
        _V3_LOG, "log", always={"content": {}}
    ),
    "SMS v3 log of a binary message": Shape(
        _V3_LOG, "log", always={"content": {"dataCoding": 0, "esmClass": 64, "hex": "0a0b"}}
    ),
    "SMS v1 report": Shape(_V1_REPORT, always=_ON_TOP),
    "SMS v1 callback": Shape(_without(_V1_REPORT, "sender"), always=_ON_TOP),
    "SMS v1 log": Shape(_V1, "log", always={**_ON_TOP, **_TEXT}),
    "SMS v1 log of 2015": Shape(
        {**_without(_V1, "campaign_reference"), "network": "mccmnc"}, "log", always=_TEXT
    ),
    # it differs in nothing from an SMS
    "MMS v2 report": Shape(_V3_REPORT, always=_PLATFORM),
    "MMS v2 log": Shape(
        _V3_LOG,
        "log",
        "mms",
        always={"title": "New", "content": {"title": "New", "messageSegments": _SEGMENTS}},
        beside=_CURSOR,
    ),
    "MMS v1 report": Shape(
        {**_MMS_V1, **_CALLBACK}, channel="mms", always=_ON_TOP, told_by="parts"
    ),
    "MMS v1 log": Shape(
        _MMS_V1, "log", "mms", always={"title": "New", "messageSegments": _SEGMENTS, **_ON_TOP}
    ),
    "MMS v1 log without a title": Shape(
        _without(_MMS_V1, "parts"), "log", "mms", always={"messageSegments": _SEGMENTS}
    ),
    "MMS v1 log without segments": Shape(
        _without(_MMS_V1, "parts"), "log", "mms", always={"title": "New"}
    ),
    # nor does this
    "MMS v1 callback": Shape(
        _without({**_V1_REPORT}, "sender", "campaign_reference"), always=_ON_TOP
    ),
    "Messages API report": Shape(
        _ALL_CHANNELS,
        always={**_PLATFORM, "event": "DELIVERY", "channel": "SMS", "networkId": 7},
        instead={"bulkId": ""},
    ),
    "Messages API report of an MMS": Shape(
        _ALL_CHANNELS, channel="mms", always={"event": "DELIVERY", "channel": "MMS"}
    ),
    "Omni report": Shape(
        {**_without(_OMNI, "sender"), **_CALLBACK},
        always={"channel": "SMS", "contact": {"name": "Ann", "phoneNumber": "447700900101"}},
    ),
    "Omni log": Shape(
        {**_without(_OMNI, *_ERROR, *_PERMANENT), "sender": "from"},
        "log",
        always={"channel": "SMS", **_TEXT},
    ),
}


def spelled(moment: datetime, hours: int = 0, colon: str = "", digits: int = 3) -> str:
    """A time as Infobip writes it: milliseconds, and an offset without a colon."""
    local = moment.astimezone(timezone(timedelta(hours=hours)))
    fraction = f"{local.microsecond:06}000"[:digits]
    offset = f"{'-' if hours < 0 else '+'}{abs(hours):02}{colon}00"
    return f"{local:%Y-%m-%dT%H:%M:%S}{'.' * bool(digits)}{fraction}{offset}"


def entry(shape: Shape, row: Row, spell: Callable[[datetime], str] = spelled) -> Entry:
    """One row of the world as an entry of a payload."""
    made: Entry = dict(shape.instead)
    for column, name in shape.fields.items():
        value = row.get(column)
        if value is not None:
            _put(made, name, spell(value) if isinstance(value, datetime) else value)
    _with_group_ids(made)
    if "event" in shape.always and str(made.get("mccMnc", "")).isdecimal():
        made["mccMnc"] = int(made["mccMnc"])
    return {**made, **shape.always}


def _put(made: Entry, name: str, value: Any) -> None:
    outer, _, inner = name.partition(".")
    if inner:
        made.setdefault(outer, {})[inner] = value
    else:
        made[outer] = value


def _with_group_ids(made: Entry) -> None:
    for part, groups in (("status", GROUPS), ("error", ERROR_GROUPS)):
        group = made.get(part, {}).get("groupName")
        if group in groups:
            made[part]["groupId"] = groups.index(group)
            made[part]["description"] = "In words, that may change"


def entries(shape: Shape, rows: Iterable[Row] = WORLD) -> list[Entry]:
    """Rows of the world as entries of a payload."""
    return [entry(shape, row) for row in rows]


def expected(shape: Shape, rows: Iterable[Row] = WORLD, set_aside: int = 0) -> pl.DataFrame:
    """What is to be read: the rows, without what the shape does not carry."""
    same = {"record": shape.record, "set_aside": set_aside}
    return frame(
        {name: row[name] for name in shape.fields if name in row}
        | same
        | {"channel": shape.channel if shape.told_by in row else "sms"}
        for row in rows
    )


def frame(rows: Iterable[Row]) -> pl.DataFrame:
    """Rows as a frame of delivery reports; a column that a row does not name is null."""
    full = [dict.fromkeys(DELIVERY_REPORTS) | row for row in rows]
    return pl.DataFrame(full, schema=DELIVERY_REPORTS)


def as_text(value: Any) -> str:
    """JSON as a service writes it: on one line, other letters than ASCII as they are."""
    return json.dumps(value, ensure_ascii=False)


def as_lines(values: Iterable[Any], end: str = "\n") -> str:
    """A JSON value a line."""
    return "".join(f"{as_text(value)}{end}" for value in values)


def pages(found: list[Entry]) -> list[Entry]:
    """The same entries as three answers, of which one is empty."""
    half = len(found) // 2
    return [
        {"results": found[:half], "cursor": {"limit": half, "nextCursor": "bW9yZQ=="}},
        {"results": []},
        {"results": found[half:], "cursor": {"limit": half, "nextCursor": None}},
    ]


def _file(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _one_a_file(found: list[Entry], folder: Path) -> list[Path]:
    return [_file(folder, f"{place:03}.json", as_text(value)) for place, value in enumerate(found)]


def _zipped(folder: Path, *members: str) -> Path:
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / "export.zip", "w") as packed:
        for place, text in enumerate(members):
            packed.writestr(f"{place}.json", text)
    return folder / "export.zip"


def _page(found: list[Entry]) -> str:
    return as_text({"results": found})


#: What needs no file
IN_MEMORY: dict[str, Envelope] = {
    "a parsed answer": lambda found, _: {"results": found},
    "parsed reports": lambda found, _: found,
    "parsed answers": lambda found, _: pages(found),
    "an answer": lambda found, _: io.StringIO(_page(found)),
    "an answer as bytes": lambda found, _: io.BytesIO(_page(found).encode()),
    "an answer in ASCII": lambda found, _: io.StringIO(json.dumps({"results": found})),
    "an answer, pretty": lambda found, _: io.StringIO(json.dumps({"results": found}, indent=2)),
    "an answer, pretty, with CRLF": lambda found, _: io.BytesIO(
        json.dumps({"results": found}, indent="\t").replace("\n", "\r\n").encode()
    ),
    "an answer with a BOM": lambda found, _: io.BytesIO(_page(found).encode("utf-8-sig")),
    "an answer in UTF-16": lambda found, _: io.BytesIO(_page(found).encode("utf-16")),
    "an answer in UTF-16, the other way": lambda found, _: io.BytesIO(
        b"\xfe\xff" + _page(found).encode("utf-16-be")
    ),
    "a list": lambda found, _: io.StringIO(as_text(found)),
    "a list, a report a line": lambda found, _: io.StringIO(
        "[\n" + ",\n".join(map(as_text, found)) + "\n]\n"
    ),
    "a list of answers": lambda found, _: io.StringIO(as_text(pages(found))),
    "lines of reports": lambda found, _: io.StringIO(as_lines(found)),
    "lines of reports with CRLF and a BOM": lambda found, _: io.BytesIO(
        as_lines(found, "\r\n").encode("utf-8-sig")
    ),
    "lines of reports in UTF-16": lambda found, _: io.BytesIO(as_lines(found).encode("utf-16")),
    "lines of reports, some of them blank": lambda found, _: io.StringIO(
        "\n" + as_lines(found, "\n \n\n").rstrip()
    ),
    "callbacks one after the other": lambda found, _: io.StringIO(as_lines(pages(found))),
    "lines of reports and answers by turns": lambda found, _: io.StringIO(
        as_lines([*found[:3], {"results": found[3:]}])
    ),
    "gzip": lambda found, _: io.BytesIO(gzip.compress(_page(found).encode())),
    "open files": lambda found, _: [io.StringIO(as_text(one)) for one in found],
}

#: What lies on disk
ON_DISK: dict[str, Envelope] = {
    "a file": lambda found, folder: _file(folder, "answer.json", _page(found)),
    "a file by name": lambda found, folder: str(_file(folder, "a", as_lines(found))),
    "a gzip file of lines": lambda found, folder: _file(
        folder, "reports.ndjson.gz", gzip.compress(as_lines(found).encode())
    ),
    "a gzip file in two pieces": lambda found, folder: _file(
        folder,
        "reports.gz",
        b"".join(gzip.compress(as_lines(part).encode()) for part in (found[:5], found[5:])),
    ),
    "a zip file": lambda found, folder: _zipped(folder, _page(found)),
    "a zip file of two": lambda found, folder: _zipped(
        folder, _page(found[:5]), as_lines(found[5:])
    ),
    "a folder of single reports": lambda found, folder: (_one_a_file(found, folder), folder)[1],
    "a folder of answers": lambda found, folder: (_one_a_file(pages(found), folder), folder)[1],
    "a folder of folders": lambda found, folder: (
        _file(folder, "2026/03/02/1.json", _page(found[:4])),
        _file(folder, "2026/03/02/2.json.gz", gzip.compress(_page(found[4:5]).encode())),
        _file(folder, "2026/03/10/1.ndjson", as_lines(found[5:])),
        folder,
    )[-1],
    "a glob": lambda found, folder: (
        _one_a_file(pages(found), folder),
        str(folder / "*.json"),
    )[1],
    "a list of paths": lambda found, folder: _one_a_file(pages(found), folder),
    "an open binary file": lambda found, folder: _file(folder, "a", _page(found)).open("rb"),
    "an open text file": lambda found, folder: _file(folder, "a", as_lines(found)).open(
        encoding="utf-8"
    ),
}
ENVELOPES: dict[str, Envelope] = {**IN_MEMORY, **ON_DISK}


# --- the same facts, written otherwise


def numbers_as_text(value: Any) -> Any:
    """Every number and flag of an entry as text."""
    if isinstance(value, dict):
        return {name: numbers_as_text(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return list(map(numbers_as_text, value))
    return json.dumps(value) if isinstance(value, (bool, int, float)) else value


def text_as_numbers(found: Entry) -> Entry:
    """Every text on top of an entry that is digits as a number."""
    return {
        name: int(value) if isinstance(value, str) and value.isdecimal() else value
        for name, value in found.items()
    }


def backwards(value: Any) -> Any:
    """The names of an entry in the opposite order, also within."""
    if not isinstance(value, dict):
        return value
    return {name: backwards(value[name]) for name in reversed(value)}


def with_more(found: Entry) -> Entry:
    """An entry with fields that nobody knows, on top and within, objects and lists among them."""
    inner = {
        name: {**value, "novel": [{"deep": None}], "other": {"a": 1}}
        for name, value in found.items()
        if isinstance(value, dict) and value
    }
    more = {"novel": {"list": [1, [2]], "text": "\u2028"}, "lines": [], "flag": True, "": 0}
    return {**more, **found, **inner}


def filled_up(shape: Shape, found: Entry, empty: Any) -> Entry:
    """An entry in which every field that the shape knows stands, *empty* where it has no value."""
    made: Entry = {}
    for name in shape.fields.values():
        outer, _, inner = name.partition(".")
        value = found.get(outer)
        if inner:
            parts = value if isinstance(value, dict) else {}
            _put(made, name, parts.get(inner, empty))
        else:
            made[outer] = found.get(outer, empty)
    return {**found, **made}


def as_table(headings: Mapping[str, str], rows: Iterable[Row] = WORLD, separator: str = ",") -> str:
    """Rows as CSV under these headings (ours -> theirs), quoted where a value needs it."""
    lines = [list(headings.values())]
    lines += [[_cell(row.get(column)) for column in headings] for row in rows]
    return "".join(separator.join(map(_quoted, line)) + "\n" for line in lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _quoted(cell: str) -> str:
    needs = any(mark in cell for mark in ',;\t|"\r\n')
    return '"' + cell.replace('"', '""') + '"' if needs else cell
