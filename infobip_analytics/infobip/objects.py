"""The objects that clients of Infobip's API hand out, as the JSON they were made of.

The clients themselves are not needed: an object is known by what it can do. Those of today's
official client have `model_dump` and `to_dict`, those of older generated ones `attribute_map`.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

#: What parsed JSON is made of, but for lists and objects
_JSON = (str, int, float, bool, type(None))


def is_object(value: Any) -> bool:
    """Whether a value is, or holds, an object of a client, which `plain` makes JSON of.

    >>> is_object({"results": [{"messageId": "m-1"}]})
    False
    """
    left = [value]
    while left:  # not by recursion: parsed JSON may be deep
        each = left.pop()
        if type(each) in _JSON:
            continue
        if isinstance(each, (dict, list, tuple)):
            left.extend(each.values() if isinstance(each, dict) else each)
        elif _is_model(each) or _is_answer(each):
            return True
    return False


def _is_model(value: Any) -> bool:
    # frames and their columns can `to_dict` too
    is_frame = hasattr(value, "columns") or hasattr(value, "dtype")
    able = hasattr(value, "model_dump") or hasattr(value, "to_dict")
    return able and not is_frame and not isinstance(value, type)


def _is_answer(value: Any) -> bool:
    """Whether it is what clients wrap an answer in: the status and headers of HTTP beside data."""
    return hasattr(value, "data") and hasattr(value, "status_code") and hasattr(value, "headers")


def plain(value: Any) -> Any:
    """A value as parsed JSON, under the names of the JSON (`messageId`); what is not set left out.

    Objects, lists of them, answers with their HTTP status, and plain JSON between them. Times
    become ISO 8601, with an offset where they have one; of an enumeration its value.

    >>> from datetime import UTC, datetime
    >>> plain([{"sentAt": datetime(2026, 3, 2, 9, tzinfo=UTC)}])
    [{'sentAt': '2026-03-02T09:00:00+00:00'}]
    """
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, _JSON):
        return value
    if isinstance(value, Mapping):
        return {str(plain(name)): plain(each) for name, each in value.items()}
    if _is_answer_of_old(value):
        return plain(value[0])
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in value]
    if _is_answer(value):
        return plain(value.data)
    if _is_model(value):
        return plain(_fields(value))
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else str(value)


def _is_answer_of_old(value: Any) -> bool:
    """Whether it is what `..._with_http_info` once returned: data, HTTP status, headers."""
    return isinstance(value, tuple) and len(value) == 3 and type(value[1]) is int


def _fields(model: Any) -> Any:
    """What an object holds, one level deep or more, under the names of the JSON."""
    if hasattr(model, "attribute_map"):
        named = {name: getattr(model, field, None) for field, name in model.attribute_map.items()}
        return {name: value for name, value in named.items() if value is not None}
    if hasattr(model, "model_dump"):
        # its own to_dict() also opens what may be one of several models
        own = getattr(model, "to_dict", None)
        return own() if own else model.model_dump(by_alias=True, exclude_none=True)
    return _camel(model.to_dict())


def _camel(value: Any) -> Any:
    """Names as JSON spells them, where an object does not say: `messageId` for `message_id`."""
    if isinstance(value, Mapping):
        return {
            re.sub(r"(?<=[a-z0-9])_([a-z0-9])", lambda found: found[1].upper(), str(name)): _camel(
                each
            )
            for name, each in value.items()
            if each is not None
        }
    return [_camel(each) for each in value] if isinstance(value, (list, tuple)) else value
