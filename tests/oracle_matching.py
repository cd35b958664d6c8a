"""What the definitions say of two sources: plain Python, one pair after the other.

Nothing here is shared with the code under test. A row is a dict of the columns of messages (absent
ones are null), as the events and the reports make them each by itself.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

Row = dict[str, Any]

MOST = timedelta(minutes=15)
FINAL = ("delivered", "failed", "rejected")
STATUS = (
    "done_at", "status_id", "status_name", "status_group", "error_id", "error_name", "error_group",
    "permanent",
)  # fmt: skip
INFOBIP_KNOWS = (
    "channel", "network", "bulk_id", "campaign_reference", "price", "currency", "parts",
)  # fmt: skip


def pairs(sent: Sequence[Row], reported: Sequence[Row]) -> dict[int, tuple[int, str]]:
    """Give for places in *sent* those in *reported* that belong to them, and how that is known."""
    found: dict[int, tuple[int, str]] = {}
    order = sorted(range(len(sent)), key=lambda place: _content(sent[place]))
    for place in order:
        for other, report in enumerate(reported):
            same = sent[place]["message_id"] and sent[place]["message_id"] == report["message_id"]
            if same and other not in {taken for taken, _ in found.values()}:
                found[place] = (other, "message_id")
    references = {row[name] for row in sent for name in ("campaign_id", "campaign_name")} - {None}
    possible = [
        (*weight, order.index(place), place, other)
        for place, event in enumerate(sent)
        for other, report in enumerate(reported)
        if (weight := _weight(event, report, references))
    ]
    for *_, place, other in sorted(possible):
        if place not in found and other not in {taken for taken, _ in found.values()}:
            found[place] = (other, "recipient")
    return found


def _weight(event: Row, report: Row, references: set[str]) -> tuple[Any, ...] | None:
    """Tell how good a pair by recipient and time is, the least first; None where it is none."""
    reference = report["campaign_reference"]
    agrees = reference is not None and reference in (event["campaign_id"], event["campaign_name"])
    numbers = _number(event["recipient"]), _number(report["recipient"])
    if (
        (event["message_id"] and report["message_id"])
        or event["outcome"] == "enqueue_failed"
        or numbers[0] is None
        or numbers[0] != numbers[1]
        or event["sent_at"] is None
        or report["sent_at"] is None
        or (reference in references and not agrees)
    ):
        return None
    apart = abs(event["sent_at"] - report["sent_at"])
    when = (apart, event["sent_at"], report["sent_at"], report["message_id"])
    return None if apart > MOST else (not agrees, *when)


def _number(recipient: str | None) -> str | None:
    bare = "".join(sign for sign in recipient or "" if sign not in "+ ")
    return bare if bare.isdigit() else None


def _content(row: Row) -> list[tuple[bool, Any]]:
    names = ["sent_at", "message_id", "recipient", *_TELLING]
    return [(row.get(name) is None, row.get(name) or 0) for name in names]


_TELLING = [
    "campaign_id", "campaign_name", "action_id", "action_name", "customer", "variant", "language",
    "sender", "integration_name", "channel", "outcome", "done_at", "status_name", "error_name",
    "error_id", "parts", "n_reports", "n_late", "orphan",
]  # fmt: skip


def together(sent: Sequence[Row], reported: Sequence[Row]) -> list[Row]:
    """Make one row a message of *sent*, with what its report knows better."""
    found = pairs(sent, reported)
    rows = []
    for place, event in enumerate(sent):
        other, how = found.get(place, (None, None))
        told = event if other is None else _both(event, reported[other])
        rows.append(
            told
            | {
                "matched_by": how,
                "event_outcome": event["outcome"],
                "unmatched_reports": len(reported) - len(found),
            }
        )
    return rows


def _both(event: Row, report: Row) -> Row:
    silent = "unreported" if event["settled"] else "pending"
    word = report["outcome"] if report["outcome"] in FINAL else None
    event_word = event["outcome"] if event["outcome"] in (*FINAL, "enqueue_failed") else None
    if report["receipt"] == "operator" and event_word in ("failed", "rejected"):
        decides = False  # the operator's receipt is no final word
    else:
        decides = word is not None
    row = dict(event)
    if decides:
        row |= {"outcome": word, "receipt": report["receipt"]}
    if decides or event_word is None:
        row |= {name: report[name] for name in STATUS}
    for name in INFOBIP_KNOWS:
        row[name] = event[name] if report[name] is None else report[name]
    for name in ("message_id", "sender", "recipient"):
        row[name] = report[name] if event[name] is None else event[name]
    for name in ("n_reports", "n_late"):
        row[name] = event[name] + report[name]
    clash = decides and event_word is not None and event_word != word
    row["conflicting"] = event["conflicting"] or report["conflicting"] or clash
    row["report_outcome"] = word or silent
    return row
