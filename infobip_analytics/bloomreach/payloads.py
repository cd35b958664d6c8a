"""What Bloomreach answers as JSON, opened to its events, or to its customers, as JSON a line."""

import json
from collections.abc import Callable
from typing import Any

from infobip_analytics.bloomreach.answers import customers_of, events_of
from infobip_analytics.sources.encodings import decoded
from infobip_analytics.sources.json_lines import Envelope

#: Fields of answers; an event that has one of them is looked at by itself, and is then itself
_ANSWERS = frozenset(
    {"data", "events", "response", "success", "errors", "header", "fields", "rows", "customer_ids"}
)
_MARKS = [f'"{name}"'.encode() for name in _ANSWERS]


def _envelope(entries: Callable[[Any], list[Any]]) -> Envelope:
    def opened(text: bytes) -> list[bytes]:
        return [json.dumps(entry).encode() for entry in entries(json.loads(decoded(text)))]

    return Envelope(
        closed=lambda line: any(mark in line for mark in _MARKS),
        opened=opened,
        entries=entries,
        shape=lambda _: None,
        envelopes=_ANSWERS,
    )


EVENTS = _envelope(events_of)
CUSTOMERS = _envelope(customers_of)
