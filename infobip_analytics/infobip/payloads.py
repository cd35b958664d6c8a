"""What Infobip sends as JSON: answers, callbacks, lists and lines of these, opened to entries.

A page is `{"results": [...]}`. It is taken apart without looking into its entries, which then
become rows many at a time (shapes.py).
"""

import json
from typing import Any

import msgspec

#: Objects that are looked at as a whole: only whether they are there matters
WHOLE = frozenset({"content", "messageSegments"})

#: Fields of an answer that is an error, whose words are gathered in one of them
_ERRORS = (b'"requestError"', b'"errorCode"')


class _Page(msgspec.Struct):
    results: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET


_PAGE = msgspec.json.Decoder(_Page)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_ANY = msgspec.json.Decoder(msgspec.Raw)


def opened(text: bytes) -> list[bytes]:
    """The entries of one JSON text, each as JSON; ValueError where it is none.

    >>> [bytes(entry) for entry in opened(b'{"results": [{"messageId": "m-1"}]}')]
    [b'{"messageId": "m-1"}']
    """
    if text.lstrip().startswith(b"["):
        return [entry for each in _LIST.decode(text) for entry in opened(bytes(each))]
    if b'"results"' in text:
        return _of_page(text)
    if any(mark in text for mark in _ERRORS):
        return _encoded(entries(json.loads(text)))
    _ANY.decode(text)
    return [text]


def _of_page(text: bytes) -> list[bytes]:
    try:
        found = _PAGE.decode(text).results
    except msgspec.ValidationError:  # its results are something else
        return _encoded(entries(json.loads(text)))
    return [text] if isinstance(found, msgspec.UnsetType) else list(found)


def _encoded(values: list[Any]) -> list[bytes]:
    return [json.dumps(value).encode() for value in values]


def entries(value: Any) -> list[Any]:
    """The reports in one JSON value: those of a page, of a list of reports or pages, or itself.

    >>> entries({"results": [{"messageId": "m-1"}]})
    [{'messageId': 'm-1'}]
    """
    if isinstance(value, list):
        return [entry for each in value for entry in _of_one(each)]
    return _of_one(value)


def _of_one(value: Any) -> list[Any]:
    return list(value["results"]) if _is_page(value) else [_with_its_text(value)]


def _is_page(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("results"), list)


def _with_its_text(value: Any) -> Any:
    """An error answer of the API with what it says, in a field of one line; else the value."""
    if not isinstance(value, dict) or "messageId" in value or "message_id" in value:
        return value
    if isinstance(value.get("requestError"), dict):
        return {"requestError": _joined(*map(_said, value["requestError"].values()))}
    if "errorCode" in value:
        said = map(value.get, ("errorCode", "description", "action"))
        return {"requestError": _joined(*said, _violations(value.get("violations")))}
    return value


def _said(exception: Any) -> str:
    """What an exception of v1 says, with the fields at fault."""
    if not isinstance(exception, dict):
        return str(exception)
    faults = exception.get("validationErrors")
    said = (
        [f"{name}: {_listed(why)}" for name, why in faults.items()]
        if isinstance(faults, dict)
        else []
    )
    return _joined(exception.get("messageId"), exception.get("text"), "; ".join(said))


def _listed(why: Any) -> str:
    return ", ".join(map(str, why)) if isinstance(why, list) else str(why)


def _violations(found: Any) -> str:
    listed = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return "; ".join(f"{each.get('property')}: {each.get('violation')}" for each in listed)


def _joined(*texts: Any) -> str:
    return " - ".join(str(text)[:300] for text in texts if text)
