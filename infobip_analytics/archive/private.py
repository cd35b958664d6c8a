"""What is taken out of an answer before it is kept: texts, callback data, recipients.

In its place stands a word, for what a row has tells what it is. Of fields that nobody knows yet
numbers stay, and no words, for these may be a text; of a row that breaks off, what stands before
such a field; of what is no JSON nothing. An answer that holds nothing of that kind stays as it
came, byte by byte.
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import msgspec
import polars as pl

from infobip_analytics.archive import fields
from infobip_analytics.archive.mentions import Mentions, digits_in
from infobip_analytics.archive.place import Keeps
from infobip_analytics.archive.pseudonyms import pseudonyms
from infobip_analytics.countries.numbers import LEAST_DIGITS
from infobip_analytics.countries.recipients import normalised
from infobip_analytics.infobip.shapes import ENVELOPE
from infobip_analytics.sources.encodings import decoded
from infobip_analytics.sources.json_lines import Block, reopened

#: Stands where something was
NOT_KEPT = "(not kept)"

#: A row that has one of these is a report, whatever else it has
_REPORTS = frozenset({"status", "status.id", "status_id", "doneAt", "done_at"})


def private(body: bytes, keeps: Keeps) -> bytes:
    """An answer without what is not to be kept of it."""
    if keeps.key is None and (_keeps_all(keeps) or _is_harmless(body, keeps)):
        return body
    page, entries = opened(body)
    names = _pseudonyms_of(entries, keeps)
    kept = [_entry(entry, keeps, names) for entry in entries]
    return json.dumps({**page, "results": kept}, separators=(",", ":")).encode()


def _keeps_all(keeps: Keeps) -> bool:
    return keeps.text and keeps.callback_data


def _is_harmless(body: bytes, keeps: Keeps) -> bool:
    """Whether an answer has nothing but reports with fields that are known, and kept.

    Names of fields are looked for in its bytes too, for one may stand there twice.
    """
    taken = _taken_out(keeps) | fields.other_shapes()
    if b"\0" in body or rb"\u00" in body or any(f'"{name}"'.encode() in body for name in taken):
        return False
    try:
        page = msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return False
    if not isinstance(page, dict) or not {"results"} <= page.keys() <= {"results", "cursor"}:
        return False
    found = page["results"]
    return isinstance(found, list) and all(_is_known("", each) for each in found)


def _is_known(path: str, value: Any) -> bool:
    """Whether a value has nothing in it but fields that are known."""
    if isinstance(value, dict):
        return all(
            _is_known(name if not path else f"{path}.{name}", inner)
            for name, inner in value.items()
        ) and (not path or path in fields.objects())
    return path in fields.known() and not isinstance(value, list)


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
            yield _Piece(_beginning(decoded(line)))


class _Piece(str):
    """The beginning of a row that breaks off."""

    __slots__ = ()


def _beginning(text: str) -> str:
    """Of a broken row what stands before the first field that may hold anything."""
    start = text.lstrip()
    if not start.startswith("{"):
        return NOT_KEPT
    names = ((found[1], found.start()) for found in _NAME.finditer(start))
    kept = start[: next((at for name, at in names if name not in fields.parts()), None)]
    whole, comma, last = kept.rpartition(",")
    # what follows the last comma may be the beginning of a name that nobody knows
    return kept if _NAME.match(last.lstrip(" {")) else whole + comma


_NAME = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:')


def people_of(entry: Any) -> list[str]:
    """The numbers that a row is about: recipient and sender, as bare digits."""
    return _digits_of(entry, fields.named("recipient") | fields.named("sender"))


def _digits_of(entry: Any, among: frozenset[str]) -> list[str]:
    if not isinstance(entry, dict):
        return []
    found = [str(value) for name, value in entry.items() if name in among and _is_plain(value)]
    return normalised(pl.Series(found, dtype=pl.String)).drop_nulls().to_list()


def _pseudonyms_of(entries: Iterable[Any], keeps: Keeps) -> dict[str, str]:
    """The pseudonym of each recipient, all made at once."""
    if keeps.key is None:
        return {}
    found = {
        str(value)
        for entry in entries
        if isinstance(entry, dict)
        for name, value in entry.items()
        if name in fields.named("recipient") and _is_plain(value)
    }
    numbers = pl.Series(sorted(found), dtype=pl.String)
    return dict(zip(numbers, pseudonyms(numbers, keeps.key), strict=True))


def _is_plain(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _entry(entry: Any, keeps: Keeps, names: dict[str, str]) -> Any:
    """One row with what is kept of it."""
    if isinstance(entry, _Piece) and keeps.key is None:
        return entry
    if not isinstance(entry, dict):
        return NOT_KEPT
    if fields.other_shapes() & entry.keys() and not _REPORTS & entry.keys():
        return entry if keeps.text and not keeps.key else _without_words(entry)
    kept = {name: _kept(name, value, keeps) for name, value in entry.items() if _is_name(name)}
    return kept if keeps.key is None else _pseudonymous(kept, names)


def _without_words(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: NOT_KEPT for name in entry if _is_name(name)}


@lru_cache(maxsize=4096)
def _is_name(name: str) -> bool:
    """Whether a field is called as fields are: one that nobody knows may be called anything."""
    return name in fields.names() or (name.isidentifier() and len(name) < 40)


def _kept(path: str, value: Any, keeps: Keeps) -> Any:
    """What is kept of a field's value; of an object of texts its fields stay, which tell of MMS."""
    if path in fields.free():
        if path not in _taken_out(keeps) or value in (None, ""):
            return value
        return (
            dict.fromkeys(filter(_is_name, value), NOT_KEPT)
            if isinstance(value, dict)
            else (NOT_KEPT)
        )
    if isinstance(value, dict) and path in fields.objects():
        inside = {name: _kept(f"{path}.{name}", value[name], keeps) for name in value}
        return {name: inner for name, inner in inside.items() if _is_name(name)}
    if path in fields.known() and not isinstance(value, (dict, list)):
        return value
    # nobody knows it: a word may be a text
    harmless = value in (None, "") or isinstance(value, (bool, int, float))
    return value if harmless or _keeps_all(keeps) else NOT_KEPT


def _pseudonymous(entry: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """A row with a pseudonym for its recipient wherever that stands, and without unknown fields."""
    recipients = fields.named("recipient")
    whose = [str(v) for name, v in entry.items() if name in recipients and _is_plain(v)]
    others = {name: value for name, value in entry.items() if name not in recipients}
    digits = digits_in(json.dumps(others, ensure_ascii=False).encode("utf-8", "replace"))
    looked_for = [
        (Mentions([number]), names[text])
        for text, number in zip(whose, map(_bare, whose), strict=True)
        if number and number[-LEAST_DIGITS:].encode() in digits
    ]
    return {
        name: _named_anew(value, names)
        if name in recipients
        else _without_number(name, value, looked_for)
        for name, value in entry.items()
        if name in fields.names()
    }


def _bare(text: str) -> str:
    """A recipient as bare digits; empty where these could stand anywhere by chance."""
    plain = text.removeprefix("+")
    if not plain.isdecimal() or plain.startswith("0"):
        plain = normalised(pl.Series([text], dtype=pl.String))[0] or ""
    return plain if plain.isdecimal() and len(plain) >= LEAST_DIGITS else ""


def _named_anew(value: Any, names: dict[str, str]) -> Any:
    return value if value is None else names.get(str(value)) if _is_plain(value) else NOT_KEPT


def _without_number(path: str, value: Any, looked_for: list[tuple[Mentions, str]]) -> Any:
    """A value with a pseudonym where the recipient's own number stands in it."""
    match value:
        case dict():
            inner = path not in fields.free()
            return {
                name: _without_number(f"{path}.{name}" if inner else path, each, looked_for)
                for name, each in value.items()
                if not inner or f"{path}.{name}" in fields.known()
            }
        case list():
            return [_without_number(path, each, looked_for) for each in value]
        case str() | int() if not isinstance(value, bool) and not fields.is_measure(path, value):
            text = str(value)
            for mentions, word in looked_for:
                text = mentions.replaced(text, word)
            return value if text == str(value) else text
    return value


def _taken_out(keeps: Keeps) -> frozenset[str]:
    """The fields that are not kept."""
    text = frozenset() if keeps.text else fields.texts()
    return text | (frozenset() if keeps.callback_data else fields.named("callback_data"))
