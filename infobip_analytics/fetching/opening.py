"""Opening answers: the entries of a page as far as it came, and answers as one frame."""

import io
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
import polars as pl

from infobip_analytics.errors import AssumptionWarning
from infobip_analytics.fetching.answers import Answer
from infobip_analytics.fetching.endpoints import endpoints
from infobip_analytics.frames import DELIVERY_REPORTS, Backend, conform, to_engine
from infobip_analytics.infobip.reader import DOOR
from infobip_analytics.sources.aside import Ledger, warn
from infobip_analytics.sources.documents import Document, told
from infobip_analytics.sources.encodings import in_utf8, without_halves
from infobip_analytics.sources.handing import Account, Asked, tidied
from infobip_analytics.sources.parquet import Scan
from infobip_analytics.sources.texts import FILE


class _Page(msgspec.Struct):
    results: list[msgspec.Raw]
    cursor: Any = None


_PAGE = msgspec.json.Decoder(_Page)

#: Where the entries begin; an entry that has such a field is within them
_ENTRIES = re.compile(r'"results"\s*:\s*\[\s*')

#: A line break within a text is no JSON, and no reason to lose an entry
_LENIENT = json.JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class Page:
    """What stands around the entries of one answer.

    Attributes:
        count: How many entries it has.
        has_cursor: Whether it has a cursor at all, be it the last.
        cursor: Where the next page begins; "" on the last one.
        problem: Why it cannot be read, or not all of it; "" where all is well.
    """

    count: int
    has_cursor: bool = False
    cursor: str = ""
    problem: str = ""


def page_of(answer: Answer) -> Page:
    """Open one answer as far as paging needs it: its entries are not looked into.

    >>> from datetime import UTC, datetime
    >>> page_of(Answer("/sms/3/logs", datetime.now(UTC), 200, b'{"results": [{}, {}]}')).count
    2
    """
    if answer.problem:
        return Page(len(_whole_entries(answer.content)), problem=answer.problem)
    content = in_utf8(answer.content)
    try:
        found = _page(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Page(len(_whole_entries(content)), problem=_no_page(content))
    return Page(len(found.results), *_cursor(found.cursor))


def _page(content: bytes) -> _Page:
    try:
        return _PAGE.decode(content)
    except msgspec.DecodeError:
        return _PAGE.decode(without_halves(content))


def _cursor(told: Any) -> tuple[bool, str]:
    """Whether there is a cursor that can be understood, and where it says the next page begins."""
    after = told.get("nextCursor") if isinstance(told, dict) else told
    if after is None:
        return isinstance(told, dict), ""
    known = isinstance(after, (str, int, float)) and not isinstance(after, bool)
    return known, str(after) if known else ""


def _no_page(content: bytes) -> str:
    if not content.strip():
        return "the answer is empty"
    if re.match(rb"\s*<", content):
        return "the answer is a page of HTML or XML, not JSON"
    return "the answer is broken off, or no JSON with results"


def read_answers(answers: Sequence[Answer], backend: Backend = "polars") -> Any:
    """Delivery reports out of answers of the API, in our names, as the package's reader reads them.

    Channel and record are those of the endpoint, `received_at` that of the answer. Of an answer
    that broke off, the whole entries are read; what cannot be read is counted in `set_aside`, and
    a warning says so.
    """
    account = Account(Ledger("warn"))
    documents = [_document(place, each) for place, each in enumerate(answers, start=1)]
    pieces = [
        piece.drop("channel", "record", "received_at").join(
            _origins(documents, answers), on=FILE, how="left"
        )
        for piece in tidied(documents, DOOR, Asked(), account)
        if not isinstance(piece, Scan)
    ]
    account.ledger.announce()
    _announce(account.assumed)
    plan = pl.concat(pieces, how="diagonal").lazy() if pieces else pl.LazyFrame()
    counted = plan.drop(FILE, strict=False).with_columns(
        set_aside=pl.lit(len(account.ledger), pl.Int64)
    )
    return to_engine(conform(counted, DELIVERY_REPORTS).select(list(DELIVERY_REPORTS)), backend)


def _origins(documents: Sequence[Document], answers: Sequence[Answer]) -> pl.DataFrame:
    """What an answer knows of its entries, which they do not say themselves."""
    asked = [endpoints()[each.endpoint] for each in answers]
    return pl.DataFrame(
        {
            FILE: [each.name for each in documents],
            "channel": [each.channel for each in asked],
            "record": [each.record for each in asked],
            "received_at": [each.received_at for each in answers],
        },
        schema_overrides={"received_at": DELIVERY_REPORTS["received_at"]},
    )


def _announce(assumed: Counter[str]) -> None:
    for sentence, count in assumed.items():
        warn(sentence.format(count=count), AssumptionWarning)


def _document(place: int, answer: Answer) -> Document:
    content = answer.content
    if page_of(answer).problem:
        content = b'{"results": [' + b",".join(_whole_entries(content)) + b"]}"
    name = f"answer {place} of {answer.endpoint}"
    return told(Document(name, "unreadable", partial(io.BytesIO, content)))


def _whole_entries(content: bytes) -> list[bytes]:
    """The entries of a page that breaks off, up to the last whole one, as they were written."""
    text = content.decode("utf-8", "replace")
    begin = _ENTRIES.search(text)
    place = begin.end() if begin else len(text)
    found = []
    while place < len(text) and text[place] == "{":
        try:
            _, end = _LENIENT.raw_decode(text, place)
        except (ValueError, RecursionError):
            break
        found.append(text[place:end].encode())
        place = _next_entry(text, end)
    return found


def _next_entry(text: str, end: int) -> int:
    between = re.compile(r"\s*,?\s*").match(text, end)
    return between.end() if between else end
