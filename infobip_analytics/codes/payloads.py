"""A delivery report as it is asked about: of the API, of its client, or a row of our frames.

Names of fields are those of reference/report_fields.csv and of our own columns; case, dots and
underscores in them do not matter. Nothing but what tells of the message's fate is looked at.
"""

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, NamedTuple

from infobip_analytics.codes import events
from infobip_analytics.codes.groups import groups, groups_named
from infobip_analytics.codes.lookup import asked_for
from infobip_analytics.codes.meanings import with_name
from infobip_analytics.codes.ranking import CHANNELS, Context
from infobip_analytics.codes.spelling import fold
from infobip_analytics.errors import ArgumentError
from infobip_analytics.reference import rows

#: What holds the reports of an answer of the API
PAGES = ("results", "messages")
#: The parts of a report that are objects of their own, and what they are called in our columns
PARTS = ("status", "error")
#: Fields of such an object, by which one is known that is given alone
ALONE = frozenset({"groupid", "groupname"})
FLAGS = {"true": True, "false": False, "1": True, "0": False}


class Report(NamedTuple):
    """What a report says of its message's fate; texts on one line, numbers of persons masked.

    A group that is given by its id alone has the name that the tables have for it.
    """

    channel: str | None = None
    status_group_id: int | None = None
    status_group: str | None = None
    status_id: int | None = None
    status_name: str | None = None
    error_group_id: int | None = None
    error_group: str | None = None
    error_id: int | None = None
    error_name: str | None = None
    permanent: bool | None = None


def values_of(row: Any) -> dict[str, Any] | None:
    """The values of a row or object by name, one level deep; None for what has none.

    A page of the API with one report is that report; ArgumentError where it has several.
    """
    values = fields_of_model(row) if is_model(row) else events.values_of(row)
    for name in PAGES:
        reports = (values or {}).get(name)
        if isinstance(reports, list | tuple):
            return values_of(only_one_of(reports))
    return values


def only_one_of(reports: Any) -> Any:
    """The one report of a page; ArgumentError where there is another number of them."""
    if len(reports) != 1:
        raise ArgumentError(
            f"a page of {len(reports)} reports is no report; give one of them, such as "
            'page["results"][0]'
        )
    return reports[0]


def is_model(row: Any) -> bool:
    """Whether it is an object of Infobip's client for Python, of today or of older editions."""
    return hasattr(type(row), "model_dump") or hasattr(type(row), "attribute_map")


def fields_of_model(model: Any) -> dict[str, Any]:
    """What an object of the client holds, by the names that it has in Python."""
    names = getattr(type(model), "model_fields", None) or type(model).attribute_map
    return {name: getattr(model, name, None) for name in names}


def report_in(values: dict[str, Any], context: Context) -> Report | None:
    """The report that some values make; None where they have no field of one.

    A status or an error that is given alone is told by its group, its name or its fields, or by
    the kind that is known of it.
    """
    flat = flattened(values)
    names = set(map(fold, values))
    if names & ALONE or {"id", "name"} <= names:
        part = part_of(flat, context)
        flat = {"permanent" if name == "permanent" else part + name: flat[name] for name in flat}
    found: dict[str, str] = {}
    for name, value in flat.items():
        column, text = columns().get(name), events.text_of(plain(value))
        if column and text is not None:
            found.setdefault(column, text)
    is_report = any(column.partition("_")[0] in PARTS for column in found)
    return report_of(in_text(flat) | found, context, flat) if is_report else None


def in_text(flat: dict[str, Any]) -> dict[str, str]:
    """What a status or an error says that is a plain text or number beside the other, by column.

    {"status": {"id": 9}, "error": "EC_ABSENT_SUBSCRIBER"} has such an error.
    """
    found: dict[str, str] = {}
    for part in PARTS:
        value = plain(flat.get(part))
        text = None if isinstance(value, Mapping | list | tuple) else events.text_of(value)
        if text is None:
            continue
        asked = asked_for(text)
        groups_of_it = {one.kind for one in groups_named(text)}
        name = text if asked.number is None else asked.name
        column = f"{part}_group" if part in groups_of_it else f"{part}_name"
        found |= {column: name} if name is not None else {}
        found |= {f"{part}_id": str(asked.number)} if asked.number is not None else {}
    return found


def flattened(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values by folded name, those of status and error behind `status` and `error`."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        inner = fields_of_model(value) if is_model(value) else value
        if fold(name) in PARTS and isinstance(inner, Mapping):
            flat |= {fold(f"{name}{field}"): inner[field] for field in inner}
        else:
            flat[fold(name)] = value
    return {("permanent" if name == "errorpermanent" else name): flat[name] for name in flat}


def part_of(flat: dict[str, Any], context: Context) -> str:
    """Whether an object that is given alone is a status or an error."""
    if context.kind in PARTS:
        return str(context.kind)
    if "permanent" in flat:
        return "error"
    group, name = (events.text_of(plain(flat.get(field))) or "" for field in ("groupname", "name"))
    kinds = {one.kind for one in groups_named(group)}
    kinds = kinds if len(kinds) == 1 else {one.kind for one in with_name(name)} & set(PARTS)
    return "error" if kinds == {"error"} or fold(name).startswith("ec") else "status"


def plain(value: Any) -> Any:
    """The value of an enumeration; anything else as it is."""
    return value.value if isinstance(value, Enum) else value


@cache
def columns() -> dict[str, str]:
    """Which of our columns a field is, by its folded name."""
    fields = {
        fold(row["field"]): row["column"]
        for row in rows("report_fields")
        if row["kind"] == "payload"
        and row["column"] in Report._fields
        and fold(row["field"]) not in PARTS
    }
    return fields | {fold(column): column for column in Report._fields}


def report_of(found: dict[str, str], context: Context, flat: dict[str, Any]) -> Report:
    """The report of texts by column; ids that are no numbers are left out."""
    return Report(
        channel=channel_in(found, flat) or context.channel,
        status_group_id=number_in(found.get("status_group_id")),
        status_group=found.get("status_group") or group_by_id(found, "status"),
        status_id=number_in(found.get("status_id")),
        status_name=found.get("status_name"),
        error_group_id=number_in(found.get("error_group_id")),
        error_group=found.get("error_group") or group_by_id(found, "error"),
        error_id=number_in(found.get("error_id")),
        error_name=found.get("error_name"),
        permanent=FLAGS.get(found.get("permanent", "").removesuffix(".0").casefold()),
    )


def group_by_id(found: dict[str, str], part: str) -> str | None:
    """The name that the tables have for the id of a group."""
    number = number_in(found.get(f"{part}_group_id"))
    return next((one.name for one in groups() if (one.kind, one.id) == (part, number)), None)


def channel_in(found: dict[str, str], flat: dict[str, Any]) -> str | None:
    """The channel that a report names, or MMS where it counts them."""
    channel = found.get("channel", "").casefold()
    if channel in CHANNELS:
        return channel
    marks = {fold(row["field"]) for row in rows("report_fields") if row["column"] == "mms_mark"}
    return "mms" if marks & flat.keys() else None


def number_in(text: str | None) -> int | None:
    """An id that is written as a number, also as 5.0; None for anything else."""
    digits = (text or "").removesuffix(".0")
    return int(digits) if digits.isdecimal() and len(digits) < 10 else None
