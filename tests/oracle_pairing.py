"""What the definitions say of campaign events: plain Python, one final row after the other.

Nothing here is shared with the code under test. A row is a dict of the columns of campaign events
(absent ones are null).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain, groupby, permutations, product
from math import factorial, prod
from typing import Any

from oracle_folding import Question, Row, Told, fold, with_population

TOLERANCE = timedelta(seconds=5)
SENDS = ("enqueued", "enqueue_failed")
FINALS = ("delivered", "failed", "rejected")


def told_by_event(row: Row) -> Told:
    """Read an event by its status."""
    return {
        "enqueued": Told("pending", None, "enqueued"),
        "enqueue_failed": Told("enqueue_failed", None, "not forwarded"),
        "delivered": Told("delivered", "unknown", "handset"),
        "failed": Told("failed", None, "failed"),
        "rejected": Told("rejected", None, "failed"),
    }[row["status"]]


def messages_of_events(rows: Sequence[Row], question: Question) -> list[Row]:
    """Make one row a message out of *rows*, of which those of equal time stand in some order."""
    there = [row for row in distinct(rows) if _ours(row) and _has_happened(row, question)]
    tied = tie(sorted(there, key=lambda row: row["timestamp"]), question.waiting)
    folded = (_folded(group, orphan, question) for group, orphan in tied)
    return with_population([message for message in folded if message])


def distinct(rows: Sequence[Row]) -> list[Row]:
    """Drop exact repeats, whatever their `ingest_timestamp`."""
    seen: dict[frozenset[tuple[str, Any]], Row] = {}
    for row in rows:
        known = {name: value for name, value in row.items() if value is not None}
        known.pop("ingest_timestamp", None)
        seen.setdefault(frozenset(known.items()), row)
    return list(seen.values())


def orders(rows: Sequence[Row], most: int) -> Iterator[list[Row]]:
    """Put rows in order of time, those of equal time in every order; nothing if these are too many.

    Which of two rows at the same microsecond goes first is nowhere said.
    """
    timed = sorted(rows, key=lambda row: row["timestamp"])
    alike = [list(group) for _, group in groupby(timed, key=lambda row: row["timestamp"])]
    if prod(factorial(len(group)) for group in alike) <= most:
        yield from (list(chain(*each)) for each in product(*map(permutations, alike)))


def tie(rows: list[Row], waiting: timedelta) -> list[tuple[list[Row], bool]]:
    """Group *rows*, given in their order, to messages; the flag says which are orphans."""
    sends = [row for row in rows if row["status"] in SENDS]
    message = _messages_of_sends(sends)
    enqueued = [row for row in sends if row["status"] == "enqueued"]
    groups = defaultdict(list)
    for row in sends:
        groups[message[id(row)]].append(row)
    finals = [row for row in rows if row["status"] in FINALS]
    certain = {id(final): _certain(final, enqueued) for final in finals}
    since: dict[Any, Any] = {}  # when a message got its first final row
    for final in finals:
        if send := certain[id(final)]:
            since.setdefault(message[id(send)], final["timestamp"])
    orphans = defaultdict(list)
    for final in finals:
        send = certain[id(final)]
        if send is None:
            near = [row for row in enqueued if _near(row, final, waiting)]
            free = [
                row
                for row in near
                if not _has_final(since.get(message[id(row)]), final["timestamp"])
            ]
            send = _latest(free or near)
        if send is None:
            orphans[_identity(final)].append(final)
        else:
            groups[message[id(send)]].append(final)
            known = since.setdefault(message[id(send)], final["timestamp"])
            since[message[id(send)]] = min(known, final["timestamp"])
    return [
        *((group, False) for group in groups.values()),
        *((group, True) for group in orphans.values()),
    ]


def _has_final(since: Any, now: Any) -> bool:
    return since is not None and since <= now


def _messages_of_sends(sends: list[Row]) -> dict[int, Any]:
    """Name each send's message: its id, else its attempt, else the row itself."""
    return {
        id(row): _identity(row)
        if row.get("message_id") is not None or row.get("sent_timestamp") is not None
        else id(row)
        for row in sends
    }


def _identity(row: Row) -> tuple[Any, ...]:
    """The message id, else customer, campaign, action, recipient and time of sending."""
    if row.get("message_id") is not None:
        return (row["message_id"],)
    return _attempt(row)


def _attempt(row: Row) -> tuple[Any, ...]:
    return (
        row.get("customer"),
        *_stage(row),
        row.get("recipient"),
        row.get("sent_timestamp"),
    )


def _stage(row: Row) -> tuple[Any, ...]:
    campaign = row.get("campaign_id") or row.get("campaign_name")
    return campaign, row.get("action_id") or row.get("action_name")


def _certain(final: Row, enqueued: list[Row]) -> Row | None:
    """The send that the first or the second rule gives."""
    name = final.get("message_id")
    same = [row for row in enqueued if name is not None and row.get("message_id") == name]
    if not same and final.get("sent_timestamp") is not None:
        same = [
            row
            for row in enqueued
            if _attempt(row) == _attempt(final) and _may_be_equal(row, final, "message_id")
        ]
    return _latest(same)


def _near(send: Row, final: Row, waiting: timedelta) -> bool:
    """Whether the third rule allows the pair, whatever else has a final row already."""
    age = final["timestamp"] - send["timestamp"]
    both = send.get("customer") is not None and final.get("customer") is not None
    who = "customer" if both else "recipient"
    return (
        _stage(send) == _stage(final)
        and send.get(who) is not None
        and send.get(who) == final.get(who)
        and -TOLERANCE <= age <= waiting
        and _may_be_equal(send, final, "sent_timestamp")
        and _may_be_equal(send, final, "message_id")
    )


def _may_be_equal(one: Row, other: Row, name: str) -> bool:
    return one.get(name) is None or other.get(name) is None or one[name] == other[name]


def _latest(rows: list[Row]) -> Row | None:
    # rows stand in their order, so the last of the latest is taken
    return max(
        enumerate(rows), key=lambda each: (each[1]["timestamp"], each[0]), default=(0, None)
    )[1]


def _ours(row: Row) -> bool:
    return row.get("action_type") in ("sms", "mms") and row["status"] in (*SENDS, *FINALS)


def _has_happened(row: Row, question: Question) -> bool:
    """A send is there from when it was sent, a final row only once it has been reported, too."""
    time: datetime = row["timestamp"]
    sent: datetime = row.get("sent_timestamp") or time
    return (sent if row["status"] in SENDS else max(sent, time)) <= question.as_of


def _folded(group: list[Row], orphan: bool, question: Question) -> Row | None:
    rows = [_as_report(row) for row in group]
    lent = min((row["sent_at"] for row in rows if row["sent_at"]), default=None)
    message = fold(rows, lent, question, told_by_event)
    return message and message | {"orphan": orphan}


def _as_report(row: Row) -> Row:
    """An event in the columns of a report; a send that went well has no status of its own."""
    final, told = row["status"] in FINALS, row["status"] != "enqueued"
    sent = row.get("sent_timestamp")
    code = row.get("status_code")
    return {
        **row,
        "record": "event",
        "channel": row["action_type"],
        "sent_at": sent if final else sent or row["timestamp"],
        "done_at": row["timestamp"] if final else None,
        "status_name": row["status"] if told else None,
        "error_name": row.get("error") if told else None,
        "error_id": int(code) if told and code is not None else None,
    }
