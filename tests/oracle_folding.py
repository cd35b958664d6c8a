"""What the definitions say of reports: plain Python, row by row, slow and easy to believe.

Nothing here is shared with the code under test. A row is a dict of the columns of delivery reports
(absent ones are null); `oracle_pairing` brings campaign events into the same shape.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

Row = dict[str, Any]

#: From the least to the most believed.
RANKS = ["not forwarded", "enqueued", "pending", "unknown", "operator", "failed", "handset"]

STATUS = [
    "status_id", "status_name", "status_group", "error_id", "error_name", "error_group",
    "permanent",
]  # fmt: skip

#: What is the greatest of the message's rows.
GREATEST = [
    "message_id", "channel", "sender", "recipient", "customer", "network", "bulk_id",
    "campaign_id", "campaign_name", "action_id", "action_name", "variant", "language",
    "campaign_reference", "integration_name", "parts", "price", "currency",
]  # fmt: skip


class Told(NamedTuple):
    """What one row says became of its message."""

    outcome: str
    receipt: str | None
    rank: str


class Question(NamedTuple):
    """As of when, and with how much patience, a message is looked at."""

    as_of: datetime
    waiting: timedelta


def told_by_report(row: Row) -> Told:
    """Read a report by its group, which the id refines."""
    group, status = (row.get("status_group") or "").strip().upper(), row.get("status_id")
    if group == "DELIVERED":
        receipt = {5: "handset", 2: "operator"}.get(status or 0, "unknown")
        return Told("delivered", receipt, "operator" if status == 2 else "handset")
    if group == "EXPIRED" and status == 29:
        return Told("unknown", None, "unknown")
    if group in ("UNDELIVERABLE", "EXPIRED"):
        return Told("failed", None, "failed")
    if group == "REJECTED":
        return Told("rejected", None, "failed")
    if group in ("PENDING", "ACCEPTED"):
        return Told("pending", None, "pending")
    return Told("unknown", None, "unknown")


def messages_of_reports(rows: list[Row], question: Question) -> list[Row]:
    """Make one row a message out of reports; `told` has every winner that the rules leave open."""
    groups = defaultdict(list)
    for row in rows:
        if row.get("message_id") is not None:
            groups[row["message_id"]].append({"record": "report", **_without_nulls(row)})
    sent = {name: _least(row.get("sent_at") for row in group) for name, group in groups.items()}
    folded = (fold(group, sent[name], question, told_by_report) for name, group in groups.items())
    messages = [message for message in folded if message]
    return with_population(
        [message | {"campaign_id": message["campaign_reference"]} for message in messages]
    )


def fold(
    rows: list[Row], lent: datetime | None, question: Question, tell: Callable[[Row], Told]
) -> Row | None:
    """Fold the rows of one message; None where none of them exists yet.

    *lent* is the message's time of sending, for the rows that have none. A row whose `done_at` is
    null counts as reported when it was sent.
    """
    there = [row for row in rows if _exists(row, lent, question)]
    if not there:
        return None
    seen = [row for row in there if _at_or_before(_when(row, lent), question.as_of)]
    late = [row for row in seen if _is_late(row, lent, question)]
    deciding = [row for row in seen if row not in late]
    sent_at = _least(_sent(row, lent) for row in there)
    settled = sent_at is not None and sent_at <= question.as_of - question.waiting
    best = _winners(deciding, lent, tell)
    outcome, receipt = _outcome(best, settled, tell)
    finals = {tell(row).outcome for row in deciding if tell(row).rank in ("failed", "handset")}
    return {
        "sent_at": sent_at,
        "settled": settled,
        "outcome": outcome,
        "receipt": receipt,
        "told": _told(best),
        "n_reports": len(_distinct(seen)),
        "n_late": len(_distinct(late)),
        "conflicting": len(finals) > 1,
        "record": min(row["record"] for row in there),
        "known": any(row["record"] in ("log", "event") for row in there)
        or any(tell(row).rank == "pending" for row in seen),
        **{name: _greatest(row.get(name) for row in there) for name in GREATEST},
    }


def _outcome(best: list[Row], settled: bool, tell: Callable[[Row], Told]) -> tuple[str, str | None]:
    # the rules order rows by outcome too, so that all winners tell the same
    told = {(tell(row).outcome, tell(row).receipt) for row in best}
    assert len(told) <= 1
    outcome, receipt = told.pop() if told else ("pending", None)
    silent = outcome in ("unknown", "pending")
    return ("unreported" if settled else "pending", None) if silent else (outcome, receipt)


def _winners(rows: list[Row], lent: datetime | None, tell: Callable[[Row], Told]) -> list[Row]:
    """Find the deciding row: several where the rules do not tell them apart."""

    def standing(row: Row) -> list[tuple[bool, Any]]:
        told = tell(row)
        order = [
            RANKS.index(told.rank), _when(row, lent), row.get("status_id"),
            told.outcome == "rejected", row.get("error_id"), row.get("status_name"),
        ]  # fmt: skip
        return [(value is not None, 0 if value is None else value) for value in order]

    best = max(map(standing, rows), default=None)
    return [row for row in rows if standing(row) == best]


def _told(best: list[Row]) -> list[Row]:
    names = [*STATUS, "done_at"]
    return [{name: row.get(name) for name in names} for row in best or [{}]]


def _exists(row: Row, lent: datetime | None, question: Question) -> bool:
    """Tell whether a row was sent by `as_of`; an undated one is there once it is seen."""
    sent = _sent(row, lent)
    return _at_or_before(row.get("done_at") if sent is None else sent, question.as_of)


def _is_late(row: Row, lent: datetime | None, question: Question) -> bool:
    sent, when = _sent(row, lent), _when(row, lent)
    return sent is not None and when is not None and when > sent + question.waiting


def _sent(row: Row, lent: datetime | None) -> datetime | None:
    sent: datetime | None = row.get("sent_at")
    return lent if sent is None else sent


def _when(row: Row, lent: datetime | None) -> datetime | None:
    done: datetime | None = row.get("done_at")
    return _sent(row, lent) if done is None else done


def _at_or_before(when: datetime | None, as_of: datetime) -> bool:
    return when is None or when <= as_of


def _distinct(rows: list[Row]) -> set[frozenset[tuple[str, Any]]]:
    arrival = ("received_at", "set_aside")
    return {
        frozenset((name, value) for name, value in row.items() if name not in arrival)
        for row in rows
    }


def _without_nulls(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None}


def _without(row: Row, name: str) -> Row:
    return {each: value for each, value in row.items() if each != name}


def _known(values: Iterable[Any]) -> Iterator[Any]:
    return (value for value in values if value is not None)


def _least(values: Iterable[Any]) -> Any:
    return min(_known(values), default=None)


def _greatest(values: Iterable[Any]) -> Any:
    return max(_known(values), default=None)


def with_population(messages: list[Row]) -> list[Row]:
    """Say of all messages whether more are known than those that were reported on."""
    sent = any(message["known"] for message in messages)
    population = {"population": "sent" if sent else "reported"}
    return [_without(message, "known") | population for message in messages]


def differences(made: list[Row], expected: list[Row]) -> list[str]:
    """Say in what the messages that were made differ from those of an oracle, if in anything."""
    ours, theirs = sorted(made, key=_place), sorted(expected, key=_place)
    if [_place(row) for row in ours] != [_place(row) for row in theirs]:
        return [f"messages {[_place(r) for r in ours]}, expected {[_place(r) for r in theirs]}"]
    return [
        difference
        for got, want in zip(ours, theirs, strict=True)
        for difference in _difference(got, want)
    ]


def _place(row: Row) -> str:
    return str(row["message_id"])


def _difference(got: Row, want: Row) -> Iterator[str]:
    for name in (*STATUS, "done_at"):
        if got[name] not in [told[name] for told in want["told"]]:
            yield f"{_place(got)}: {name} is {got[name]!r}, expected one of {want['told']}"
    told = {name: got[name] for name in (*STATUS, "done_at")}
    if told not in want["told"]:
        yield f"{_place(got)}: {told} is of no single row"
    for name, value in want.items():
        if name != "told" and got[name] != value:
            yield f"{_place(got)}: {name} is {got[name]!r}, expected {value!r}"
