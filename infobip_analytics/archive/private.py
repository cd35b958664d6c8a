"""What is taken out of an answer before it is kept: texts, callback data, recipients.

In its place stands a word, for what a row has tells what it is. An answer that holds nothing of
that kind stays as it came, byte by byte.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import polars as pl

from infobip_analytics.archive.place import Keeps
from infobip_analytics.archive.pseudonyms import pseudonyms
from infobip_analytics.countries.recipients import normalised
from infobip_analytics.infobip.shapes import ENVELOPE
from infobip_analytics.reference import rows
from infobip_analytics.sources.encodings import decoded
from infobip_analytics.sources.json_lines import Block, reopened

#: Stands where something was
NOT_KEPT = "(not kept)"

#: A row that has one of these is a report, whatever else it has
_REPORTS = frozenset({"status", "status.id", "status_id", "doneAt", "done_at"})


def private(body: bytes, keeps: Keeps) -> bytes:
    """An answer without what is not to be kept of it."""
    if keeps.key is None and not _has_private(body, keeps):
        return body
    page, entries = opened(body)
    names = _pseudonyms_of(entries, keeps)
    kept = [_entry(entry, keeps, names) for entry in entries]
    return json.dumps({**page, "results": kept}, separators=(",", ":")).encode()


def _has_private(body: bytes, keeps: Keeps) -> bool:
    return any(f'"{name}"'.encode() in body for name in _taken_out(keeps) | _other_shapes())


def opened(body: bytes) -> tuple[dict[str, Any], list[Any]]:
    """The page without its rows, and its rows; of a broken one those that can be read."""
    try:
        value = json.loads(decoded(body))
    except (ValueError, RecursionError):
        return {}, list(_salvaged(body))
    page = value if isinstance(value, dict) and isinstance(value.get("results"), list) else {}
    cursor = {"cursor": page["cursor"]} if isinstance(page.get("cursor"), dict) else {}
    return cursor, ENVELOPE.entries(value)


def _salvaged(body: bytes) -> Iterator[Any]:
    """The rows of an answer that breaks off; of what cannot be read, only that it was there."""
    block = Block("", body.replace(b"\n", b" "), [(1, 1)])
    for _, line in reopened(block, ENVELOPE).lines():
        try:
            yield from ENVELOPE.entries(json.loads(decoded(line)))
        except (ValueError, RecursionError):
            yield NOT_KEPT


def people_of(entry: Any) -> list[str]:
    """The numbers that a row is about: recipient and sender, as bare digits."""
    if not isinstance(entry, dict):
        return []
    fields = _named("recipient") | _named("sender")
    named = [str(value) for name, value in entry.items() if name in fields and _is_plain(value)]
    return normalised(pl.Series(named, dtype=pl.String)).drop_nulls().to_list()


def _pseudonyms_of(entries: Iterable[Any], keeps: Keeps) -> dict[str, str]:
    """The pseudonym of each recipient, all made at once."""
    if keeps.key is None:
        return {}
    found = {
        str(value)
        for entry in entries
        if isinstance(entry, dict)
        for name, value in entry.items()
        if name in _named("recipient") and _is_plain(value)
    }
    numbers = pl.Series(sorted(found), dtype=pl.String)
    return dict(zip(numbers, pseudonyms(numbers, keeps.key), strict=True))


def _is_plain(value: Any) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool)


def _entry(entry: Any, keeps: Keeps, names: dict[str, str]) -> Any:
    """One row with what is kept of it."""
    if not isinstance(entry, dict):
        return NOT_KEPT
    if _other_shapes() & entry.keys() and not _REPORTS & entry.keys():
        return entry if keeps.text and not keeps.key else dict.fromkeys(entry, NOT_KEPT)
    taken = _taken_out(keeps)
    kept = {
        name: _word_for(value) if name in taken and value not in (None, "") else value
        for name, value in entry.items()
    }
    return kept if keeps.key is None else _pseudonymous(kept, names)


def _word_for(value: Any) -> Any:
    """What stands where something was; of an object its fields stay, which tell SMS from MMS."""
    return dict.fromkeys(value, NOT_KEPT) if isinstance(value, dict) else NOT_KEPT


def _pseudonymous(entry: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """A row with a pseudonym for its recipient, and without fields that nobody knows."""
    return {
        name: _named_anew(value, names) if name in _named("recipient") else value
        for name, value in entry.items()
        if name in _known()
    }


def _named_anew(value: Any, names: dict[str, str]) -> Any:
    return value if value is None else names.get(str(value)) if _is_plain(value) else NOT_KEPT


def is_free(name: str) -> bool:
    """Whether a field may hold anything: a text, callback data, or what nobody knows."""
    return name in _texts() | _named("callback_data") or name not in _known()


def _taken_out(keeps: Keeps) -> frozenset[str]:
    """The fields that are not kept."""
    text = frozenset() if keeps.text else _texts()
    return text | (frozenset() if keeps.callback_data else _named("callback_data"))


@cache
def _named(column: str) -> frozenset[str]:
    """The fields that are one column of ours, in payloads and by our own name."""
    found = (each["field"] for each in rows("report_fields") if each["column"] == column)
    return frozenset({column, *found})


@cache
def _texts() -> frozenset[str]:
    """The fields that hold the text of a message."""
    return _named("log_mark") | {"cleanText", "message"}


@cache
def _known() -> frozenset[str]:
    """The fields that mean something, and the objects that hold some."""
    fields = [name for each in rows("report_fields") for name in (each["column"], each["field"])]
    return frozenset(fields) | {name.partition(".")[0] for name in fields}


@cache
def _other_shapes() -> frozenset[str]:
    """Fields of what is no report: inbound messages, notices of clicks."""
    ours = (each for each in rows("other_shapes") if each["door"] == "delivery_reports")
    return frozenset(each["field"] for each in ours)
