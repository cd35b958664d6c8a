"""A report or an event as JSON text, as people paste it."""

import re
from typing import Any

from infobip_analytics.codes.spelling import WAY_OUT
from infobip_analytics.errors import ArgumentError

#: How the JSON of an object or of a list of objects begins; no code does
BEGINNING = re.compile(r"\s*(\{|\[\s*\{)")


def is_json(text: str) -> bool:
    """Whether a text can only be meant as JSON.

    >>> is_json('{"status": {"id": 9}}'), is_json("[27]"), is_json("27")
    (True, False, False)
    """
    return BEGINNING.match(text) is not None


def row_in(text: str) -> Any:
    """The report or event that JSON text holds, a list being a page of the API; ArgumentError."""
    import json

    try:
        row = json.loads(text)
    except (ValueError, RecursionError) as error:
        what = "it is nested too deep" if isinstance(error, RecursionError) else error
        raise ArgumentError(f"this is no JSON that can be read ({what}); {WAY_OUT}") from error
    return {"results": row} if isinstance(row, list) else row
