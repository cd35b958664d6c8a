"""Answers of Bloomreach's Data API, opened to the events or the customers that are in them.

`customers/events` answers `{"success": true, "data": [event, ...]}` and does not name its customer;
saved as `{"customer_ids": {...}, "response": {...}}` it does. `customers/export-one` answers with
ids, properties and events.
"""

import re
from collections.abc import Iterator
from typing import Any

from infobip_analytics.reference import rows as table
from infobip_analytics.sources.fields import aliases, folded
from infobip_analytics.sources.texts import text

Entry = dict[str, Any]

#: Where an answer, or who saved it, names its customer
_IDS = ("ids", "customer_ids")

#: A field of events in an answer that does not name its customer
UNNAMED = "(no customer)"

#: What an answer that failed says of it
_SAID = ("errors", "error", "message")


def events_of(value: Any) -> list[Any]:
    """The events in one JSON value: those of answers, of a list of events or answers, or itself.

    Events get what an answer says of their customer: `customer_ids` (the one id that
    `customer_id` chooses), `customer_phone` and `customer_country`. Their own `properties` stay
    nested. An answer that failed is an entry `errors`; a table of an analysis or of customers stays
    what it is (other_shapes.csv names both).

    >>> answer = {"success": True, "data": [{"type": "campaign", "timestamp": 1}]}
    >>> events_of({"customer_ids": {"registered": "c-1"}, "response": answer})
    [{'customer_ids': 'c-1', 'type': 'campaign', 'timestamp': 1}]
    """
    values = value if isinstance(value, list) else [value]
    return [event for each in values for event in _events(each)]


def _events(value: Any) -> Iterator[Any]:
    """The events of one value that is no list."""
    if not isinstance(value, dict):
        yield value
        return
    answer = _answer(value)
    if error := _error(answer):
        yield error
        return
    customer = _of_customer(answer) | _who(answer, value)
    events = next((answer[name] for name in ("data", "events") if _are_events(answer, name)), None)
    if events is None:
        yield _table(answer) or {**_plain(answer), **customer}
        return
    known = customer if "customer_ids" in customer else {**customer, UNNAMED: "yes"}
    for event in events:
        yield {**known, **_single(event)} if isinstance(event, dict) else event


def _single(event: Entry) -> Entry:
    """An event with the one id that names its customer, where it has ids of its own."""
    own = _who(event)
    return {**_plain(event), **own, UNNAMED: None} if own else event


def _answer(value: Entry) -> Entry:
    """The answer itself, out of what it was saved in; a single event may have a `response` too."""
    inner = value.get("response")
    if "timestamp" in value or not isinstance(inner, (dict, list)):
        return value
    return {"data": inner} if isinstance(inner, list) else inner


def _are_events(answer: Entry, name: str) -> bool:
    """Whether a list of events stands there: in tables of customers `data` holds their rows."""
    single = "timestamp" in answer or isinstance(answer.get("fields"), list)
    return isinstance(answer.get(name), list) and not single


def _plain(event: Entry) -> Entry:
    return {name: part for name, part in event.items() if not _names_customer(name, part)}


def _names_customer(name: str, part: Any) -> bool:
    return name in _IDS and isinstance(part, dict)


def _who(*values: Entry) -> Entry:
    ids = {
        name: each
        for value in values
        for part in _IDS
        if isinstance(value.get(part), dict)
        for name, each in value[part].items()
    }
    found = customer_id(ids)
    return {"customer_ids": found} if found else {}


def customer_id(ids: Entry) -> str | None:
    """The one of a customer's ids that names them: a hard one before soft ones, as lists are.

    Which are known, and their order, is in event_fields.csv; others go by their name. Of several
    values it is the least, so that their order does not matter.

    >>> customer_id({"cookie": ["b", "a"], "registered": "c-1"})
    'c-1'
    """
    hard, soft = (aliases("event_fields")[column] for column in ("customer", "(soft id)"))

    def rank(name: str) -> tuple[int, int, str]:
        if name in hard:
            return 0, hard.index(name), name
        known = name in soft
        listed = known or isinstance(ids[name], list)
        return (2 if listed else 1), soft.index(name) if known else len(soft), name

    values = (_least(ids[name]) for name in sorted(ids, key=rank))
    return next(filter(None, values), None)


def _least(value: Any) -> str | None:
    values = value if isinstance(value, list) else [value]
    return min(filter(None, map(text, values)), default=None)


def _of_customer(answer: Entry) -> Entry:
    """Phone and country of the customer, where an answer has a customer's properties."""
    properties = answer.get("properties")
    if not isinstance(properties, dict) or not _are_events(answer, "events"):
        return {}
    found = {f"customer_{column}": _property(properties, column) for column in ("phone", "country")}
    return {name: value for name, value in found.items() if value}


def _property(properties: Entry, column: str) -> Any:
    by_look = {folded(name): value for name, value in properties.items() if value}
    names = map(folded, aliases("customer_fields")[column])
    return next((by_look[name] for name in names if name in by_look), None)


def _table(answer: Entry) -> Entry | None:
    """A table that holds no events: of customers, which names them, or of an analysis."""
    header = answer.get("header")
    if not isinstance(header, list) or not isinstance(answer.get("rows"), list):
        return None
    names = {row["field"] for row in table("customer_fields") if row["column"] != "country"}
    if "name" in answer or not names.intersection(map(str, header)):
        return answer
    return {"fields": header, "rows": answer["rows"]}


def _error(answer: Entry) -> Entry | None:
    """An answer that failed, as one line of what it says; None for one that did not."""
    failed = answer.get("success", not answer.get("errors")) is False
    if "timestamp" in answer or not failed:
        return None
    said = " - ".join(_strings([answer.get(name) for name in _SAID]))
    return {"errors": _impersonal(said) or "it says no more than that it failed"}


def _strings(value: Any, most: int = 100) -> list[str]:
    """The first texts in a value, of whatever depth: not by recursion, for that has an end."""
    found: list[str] = []
    waiting = [value]
    while waiting and len(found) < most:
        each = waiting.pop()
        if isinstance(each, (dict, list)):
            waiting.extend(reversed(list(each.values()) if isinstance(each, dict) else each))
        elif each is not None:
            found.append(str(each))
    return found


def _impersonal(said: str) -> str:
    """One line of at most 300 characters, without addresses and numbers of people."""
    line = " ".join(said[:10_000].split())
    return re.sub(r"[^\s'\"{}\[\],:]+@[^\s'\"{}\[\],]+|\+?\d[\d ()-]{5,}\d", "...", line)[:300]


def customers_of(value: Any) -> list[Any]:
    """The customers in one JSON value, each with ids and properties in one object.

    Read are answers of `customers/export` (`table_json`, `native_json`) and of
    `customers/export-one`, lists of these, and single customers.

    >>> customers_of({"header": ["registered", "country"], "rows": [["c-1", "NO"]]})
    [{'registered': 'c-1', 'country': 'NO'}]
    """
    values = value if isinstance(value, list) else [value]
    return [customer for each in values for customer in _customers(each)]


def _customers(value: Any) -> Iterator[Any]:
    if not isinstance(value, dict):
        yield value
        return
    answer = _answer(value)
    if error := _error(answer):
        yield error
    elif isinstance(answer.get("rows"), list) and isinstance(answer.get("header"), list):
        yield from _of_rows(answer["header"], answer["rows"])
    elif isinstance(answer.get("data"), list) and isinstance(answer.get("fields"), list):
        yield from _of_rows([_named(field) for field in answer["fields"]], answer["data"])
    else:
        rest = {name: part for name, part in _plain(answer).items() if name != "events"}
        yield {**rest, **_who(answer, value)}


def _named(field: Any) -> str:
    """The name of a column of `native_json`: `{"property": "phone", "type": "property"}`."""
    known = field if isinstance(field, dict) else {"id": field}
    return str(known.get("property") or known.get("id") or "")


def _of_rows(names: list[Any], rows: list[Any]) -> Iterator[Any]:
    for row in rows:
        yield dict(zip(map(str, names), row, strict=False)) if isinstance(row, list) else row
