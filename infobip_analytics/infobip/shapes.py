"""The documented shapes of Infobip's JSON, as schemas of text.

They are made from the table of fields. Everything is text in them, so that no id can become a
number; a document in which anything is not as documented is refused, and read value by value.
"""

from functools import cache
from typing import Any

import polars as pl

from infobip_analytics.frames import DELIVERY_REPORTS
from infobip_analytics.infobip.payloads import WHOLE, entries, opened
from infobip_analytics.reference import rows
from infobip_analytics.sources.json_lines import Envelope, Shape


def shape(first: bytes) -> Shape | None:
    """A schema for lines of which *first* is one: reports of Infobip, or with our names.

    None where their objects were taken apart before, `"status.id"`.
    """
    if any(field in first for field in _flattened()):
        return None
    return _ours() if b'"message_id"' in first else _theirs()


@cache
def _flattened() -> tuple[bytes, ...]:
    fields = [row["field"] for row in rows("report_fields")]
    return tuple(f'"{field}"'.encode() for field in fields if "." in field)


@cache
def _ours() -> Shape:
    stranger = "messageId"
    return Shape(
        dict.fromkeys([*DELIVERY_REPORTS, "results", stranger], pl.String), frozenset({stranger})
    )


@cache
def _theirs() -> Shape:
    """One report or log entry: text everywhere, `status.id` within `status`."""
    stranger = "message_id"
    fields = [row["field"] for row in rows("report_fields") if row["kind"] == "payload"]
    shapes = [row["field"] for row in rows("other_shapes")]
    parts: dict[str, dict[str, Any]] = {}
    for field in [*fields, *shapes, "results", stranger]:
        name, _, part = field.partition(".")
        parts.setdefault(name, {}).update({part: pl.String} if part else {})
    schema = {name: pl.Struct(inner) if inner else pl.String for name, inner in parts.items()}
    return Shape(schema, frozenset({stranger}))


ENVELOPE = Envelope(
    closed=lambda line: b'"results"' in line,
    opened=opened,
    entries=entries,
    shape=shape,
    keys=frozenset({"message_id", "messageId"}),
    envelopes=frozenset({"results", "requestError", "errorCode"}),
    whole=WHOLE,
)
