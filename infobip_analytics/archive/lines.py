"""The lines of a journal: an answer each, as a JSON object with a number and a checksum."""

import json
import re
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from infobip_analytics.archive.addresses import Address

_SUM = re.compile(rb',"crc":"([0-9a-f]{8})"\}$')
_END = len(',"crc":"00000000"}')


@dataclass(frozen=True, slots=True)
class Answer:
    """What one call or one callback brought.

    Attributes:
        body: As it came.
        endpoint: From where: "/sms/3/reports", "/mms/2/logs", or the path of a callback.
        kind: "reports", "logs" or "callback".
        received_at: When it came, in UTC.
    """

    body: bytes = field(repr=False)
    endpoint: str
    kind: str
    received_at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Line(msgspec.Struct):
    """One line of the journal."""

    n: int
    received_at: datetime
    endpoint: str
    kind: str
    body: str


@dataclass(frozen=True, slots=True)
class Damaged:
    """A line of which the checksum is wrong: where it is, and its bytes."""

    path: Path | Address
    text: bytes


def line_of(number: int, answer: Answer) -> bytes:
    """An answer as a line with this number."""
    told = {
        "n": number,
        "received_at": answer.received_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "endpoint": answer.endpoint,
        "kind": answer.kind,
        "body": _text(answer.body),
    }
    return summed(json.dumps(told, ensure_ascii=False, separators=(",", ":")))


def rewritten(line: Line, body: str) -> bytes:
    """The same line with another body."""
    answer = Answer(body.encode(), line.endpoint, line.kind, line.received_at)
    return line_of(line.n, answer)


def summed(told: str) -> bytes:
    """A JSON object as a line with its checksum."""
    text = told.encode("utf-8", "backslashreplace").removesuffix(b"}")
    return text + b',"crc":"%08x"}\n' % zlib.crc32(text)


def _text(body: bytes) -> str:
    """A body as text; of what is no UTF-8, each byte as a character."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("latin-1")


def read_line(text: bytes) -> Line | None:
    """A line, given without its break; None where it is not what was written."""
    found = _SUM.search(text, max(0, len(text) - _END))
    if not found or int(found[1], 16) != zlib.crc32(text[: found.start()]):
        return None
    try:
        return msgspec.json.decode(text, type=Line)
    except (msgspec.DecodeError, ValueError):
        return None
