"""The fields of reports and logs: which mean something, which may hold anything."""

import re
from functools import cache

from infobip_analytics.reference import rows


def is_free(name: str) -> bool:
    """Whether a field may hold anything: a text, callback data, or what nobody knows."""
    return name in free() or name not in names()


def is_measure(path: str, value: object) -> bool:
    """Whether a value is a time, a price or the like: no name, and no place for a number."""
    return path in _measures() and not _WORDS.search(str(value))


#: Letters that stand in no time
_WORDS = re.compile(r"[^\W\d_TZ]")


@cache
def _measures() -> frozenset[str]:
    columns = ("sent_at", "done_at", "received_at", "price", "currency", "parts", "network")
    return frozenset().union(*map(named, columns))


@cache
def named(column: str) -> frozenset[str]:
    """The fields that are one column of ours, in payloads and by our own name."""
    found = (each["field"] for each in rows("report_fields") if each["column"] == column)
    return frozenset({column, *found})


@cache
def texts() -> frozenset[str]:
    """The fields that hold the text of a message."""
    return named("log_mark") | {"cleanText", "message"}


@cache
def free() -> frozenset[str]:
    """The fields that may hold anything: texts and callback data."""
    return texts() | named("callback_data")


@cache
def known() -> frozenset[str]:
    """The fields that mean something; those within an object with its name before them."""
    ours = [name for each in rows("report_fields") for name in (each["column"], each["field"])]
    return frozenset([*ours, *(each["field"] for each in rows("kept_fields"))])


@cache
def objects() -> frozenset[str]:
    """The fields that are objects with others in them."""
    return frozenset(name.partition(".")[0] for name in known() if "." in name)


@cache
def names() -> frozenset[str]:
    """All fields that mean something, and the objects that hold some."""
    return known() | objects()


@cache
def parts() -> frozenset[str]:
    """What known fields are called where they stand, without what they are in."""
    found = {part for name in names() for part in name.split(".")}
    return frozenset(found) - free()


@cache
def other_shapes() -> frozenset[str]:
    """Fields of what is no report: inbound messages, notices of clicks."""
    ours = (each for each in rows("other_shapes") if each["door"] == "delivery_reports")
    return frozenset(each["field"] for each in ours)
