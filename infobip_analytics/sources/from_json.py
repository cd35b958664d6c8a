"""JSON documents, NDJSON and parsed JSON, as rows of text."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from infobip_analytics.sources.aside import SetAside
from infobip_analytics.sources.documents import Document, assumed_encoding, decoded, in_utf8
from infobip_analytics.sources.texts import Texts, flat, texts


def json_texts(
    document: Document,
    entries: Callable[[Any], list[Any]],
    whole: frozenset[str] = frozenset(),
) -> Texts:
    """The rows of a JSON document, of NDJSON or of parsed JSON.

    Args:
        document: Where they are.
        entries: Opens the envelope of a value: the rows in it.
        whole: Fields that stay JSON text where they hold an object; of others the parts become
            fields, `status.id`.
    """
    rows: list[tuple[int, dict[str, str | None]]] = []
    aside: list[SetAside] = []
    values = 0
    for line, value, problem in _values(document):
        values += 1
        if problem:
            aside.append(SetAside(document.name, line, problem, None))
            continue
        for place, entry in enumerate(entries(value), start=1):
            where = line or place
            if isinstance(entry, dict):
                rows.append((where, flat(entry, whole)))
            else:
                aside.append(SetAside(document.name, where, "no JSON object", {"row": entry}))
    assumed = assumed_encoding(document.name, document.read())
    return Texts(texts(rows), aside, assumed, empty=bool(values) and not rows and not aside)


def _values(document: Document) -> Iterator[tuple[int | None, Any, str]]:
    """Each JSON value of a document: its line (None where it is the whole), and what is wrong."""
    if document.format == "parsed":
        yield None, document.parsed, ""
        return
    raw = in_utf8(document.read())
    whole = _parsed(raw) if document.format == "json" else (None, "not tried")
    if not whole[1]:
        yield (None, *whole)
        return
    # a list that is cut off may still have a row a line
    lines = [
        (number, *_parsed(line.strip().removesuffix(b",")))
        for number, line in enumerate(raw.split(b"\n"), start=1)
        if line.strip()
    ]
    # another broken document is one thing that cannot be read, and not each of its lines
    readable = document.format == "ndjson" or any(isinstance(value, dict) for _, value, _ in lines)
    yield from lines if readable else [(None, *whole)]


def _parsed(raw: bytes) -> tuple[Any, str]:
    try:
        return json.loads(decoded(raw)), ""
    except RecursionError:
        return None, "its JSON is nested too deeply"
    except ValueError:
        return None, "it is no JSON, or cut off"
