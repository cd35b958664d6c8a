"""What Infobip sends as JSON: from an answer, a callback or lines of them to rows of text.

A page is `{"results": [...]}`. Documents of the documented shapes are read at once (shapes.py);
where that is refused, a document is read value by value, which takes longer and sets aside only
what is broken.
"""

from typing import Any

from infobip_analytics.infobip.shapes import rows_at_once
from infobip_analytics.sources.documents import Document
from infobip_analytics.sources.from_json import json_texts
from infobip_analytics.sources.texts import Texts

#: Objects that are looked at as a whole: only whether they are there matters
WHOLE = frozenset({"content", "messageSegments"})


def payload_texts(document: Document, every_field: bool = False) -> Texts:
    """The rows of reports and logs in a JSON document, as text by field.

    Args:
        document: An answer, a callback, NDJSON of these or of reports, or parsed JSON.
        every_field: Whether fields that no table knows are wanted too; it takes longer.
    """
    if not every_field and document.format in ("json", "ndjson"):
        read = rows_at_once(document)
        if read is not None:
            return Texts(read, empty=read.is_empty())
    return json_texts(document, entries, WHOLE)


def entries(value: Any) -> list[Any]:
    """The reports in one JSON value: those of a page, of a list of reports or pages, or itself.

    >>> entries({"results": [{"messageId": "m-1"}]})
    [{'messageId': 'm-1'}]
    """
    if isinstance(value, list):
        return [entry for each in value for entry in (entries(each) if _is_page(each) else [each])]
    if _is_page(value):
        return list(value["results"])
    return [_with_its_text(value)]


def _is_page(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("results"), list)


def _with_its_text(value: Any) -> Any:
    """An error answer of the API with what it says, in a field of one line; else the value."""
    if not isinstance(value, dict):
        return value
    if "requestError" in value:
        return {"requestError": _joined(*_strings(value["requestError"]))}
    if "errorCode" in value:
        return {"errorCode": _joined(*map(value.get, ("errorCode", "description", "action")))}
    return value


def _strings(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _strings(inner)]
    return (
        [text for inner in value for text in _strings(inner)]
        if isinstance(value, list)
        else [value]
    )


def _joined(*texts: Any) -> str:
    return " - ".join(str(text)[:300] for text in texts if text)
