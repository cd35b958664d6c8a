"""A campaign event as it is asked about: a mapping, a row or a frame of one row.

Frames are told by what they can do, so that no data frame library is loaded.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from infobip_analytics.codes.spelling import WAY_OUT
from infobip_analytics.errors import ArgumentError

HIDDEN = "•••"
MISSING = frozenset({"", "nan", "none", "null", "<na>", "nat"})
LONGEST = 2_000  # no status, code, error or comment is as long

#: What a code looks like, however many digits: no phone number
CODE = re.compile(r"0x[0-9a-f]{1,8}|\d{1,6}(\s*\+\s*\d{1,6})*|\d{1,6}\.0+", re.IGNORECASE)
#: Seven digits or more, also with what people write between the digits of a phone number
NUMBER = re.compile(r"[(+]*\d(?:[\W_]{0,2}\d){6,}")
#: An e-mail address, also one that is cut off
ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)*")


class Event(NamedTuple):
    """What an event says of its fate, as text on one line, numbers of persons masked."""

    status: str | None = None
    status_code: str | None = None
    error: str | None = None
    comment: str | None = None
    action_type: str | None = None


def event_of(values: dict[str, Any]) -> Event:
    """The event that the values of a row make; ArgumentError where none is a field of an event."""
    if not values.keys() & set(Event._fields):
        fields = ", ".join(Event._fields)
        raise ArgumentError(
            f"an event has one of {fields}, a report has a status or an error; this has none. "
            f"Or {WAY_OUT}"
        )
    return tidied({name: values.get(name) for name in Event._fields})


def values_of(row: Any) -> dict[str, Any] | None:
    """The values of a row by name; None for what has no named values.

    Bloomreach's export nests what an event says in `properties`: these are its values.
    """
    # what its type can do: a row of pandas has its columns' names for attributes
    if hasattr(type(row), "collect"):
        row = row.collect()
    if hasattr(type(row), "columns") and hasattr(type(row), "__len__"):
        row = only_row_of(row)
    if hasattr(type(row), "_asdict"):
        row = row._asdict()
    if not hasattr(type(row), "keys"):
        return None
    values = {str(name): row[name] for name in row.keys()}  # noqa: SIM118 (a row of pandas)
    inner = values.get("properties")
    return {str(name): inner[name] for name in inner} if isinstance(inner, Mapping) else values


def only_row_of(frame: Any) -> Any:
    """The row of a frame of pandas, or of one that gives rows by name; ArgumentError if several."""
    if len(frame) != 1:
        raise ArgumentError(
            f"a frame of {len(frame)} rows is no event; give one row of it, "
            "such as frame.row(0, named=True) of polars or frame.iloc[0] of pandas"
        )
    return frame.iloc[0] if hasattr(frame, "iloc") else frame.rows(named=True)[0]


def tidied(values: dict[str, Any]) -> Event:
    """An event of whatever values, each as text on one line; what means nothing is None."""
    return Event(**{name: text_of(value) for name, value in values.items()})


def text_of(value: Any) -> str | None:
    r"""A value as text on one line with long numbers masked; None where it is missing.

    >>> [text_of(value) for value in (27.0, float("nan"), " ", "no\nsuch  number 447700900123")]
    ['27.0', None, None, 'no such number •••']
    """
    text = " ".join(str(value)[:LONGEST].split())
    return None if text.casefold() in MISSING else masked(text)


def masked(text: str) -> str:
    """A text whose runs of 7 and more digits and e-mail addresses are hidden: they may be people's.

    >>> masked("no 447700900123 of ada@mail.example"), masked("1153+0+0+0")
    ('no ••• of •••', '1153+0+0+0')
    """
    return text if CODE.fullmatch(text) else NUMBER.sub(HIDDEN, ADDRESS.sub(HIDDEN, text))
