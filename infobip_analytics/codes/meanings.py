"""Every meaning of every code, read once from the tables."""

from functools import cache
from typing import NamedTuple

from infobip_analytics.codes.spelling import fold
from infobip_analytics.reference import rows

#: What Infobip's flag means, in a sentence to show beside it
PERMANENT_MEANS = (
    "Infobip's own flag: sending this very message again will fail again. It speaks of the "
    "message, not of the number."
)


class Meaning(NamedTuple):
    """One thing that a code can mean.

    `kind` is status, error, smpp_command or smpp_state; `permanent` is Infobip's own flag and
    None where it gives none (PERMANENT_MEANS says what it means); `who` can act (list, content,
    account, operator, infobip, nobody); `retry` is no, later or after fix; `suppress` (the number)
    is yes, after repeats or no. `advice` says whether `action` is documented by Infobip or ours.

    Meanings with the same `cause` have its `cause_title`, who, retry, suppress, `when` to send
    again and `evidence` to send to Infobip Support in common, and all of that is our advice;
    `why` gives the reasons for it. `also` has other spellings of the name, with spaces between.
    None where there is nothing to say.
    """

    kind: str
    channel: str
    id: int
    name: str | None
    group: str | None
    permanent: bool | None
    description: str
    who: str
    action: str
    retry: str
    suppress: str
    source: str
    note: str | None
    advice: str
    cause: str
    cause_title: str
    when: str | None
    why: str
    evidence: str | None
    also: str | None

    @property
    def title(self) -> str:
        """Id and name, as people write them: `5 DELIVERED_TO_HANDSET`."""
        return f"{self.id} {self.name or '(no name)'}"


FLAGS = {"true": True, "false": False}


def with_id(number: int) -> list[Meaning]:
    """The meanings of a number: statuses first, then errors (SMS, MMS, DLT), then SMPP."""
    return [meaning_of(row) for row in coded_rows() if row["id"] == str(number)]


def with_name(name: str) -> list[Meaning]:
    """The meanings of a name in any spelling, in the same order."""
    return [meaning_of(row) for row in by_name().get(fold(name), [])]


@cache
def by_name() -> dict[str, list[dict[str, str]]]:
    """The rows of all codes by folded name, old spellings included."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in coded_rows():
        for name in {fold(name) for name in (row["name"], *row["also"].split()) if name}:
            found.setdefault(name, []).append(row)
    return found


@cache
def coded_rows() -> list[dict[str, str]]:
    """The rows of the three tables of codes, each with its kind and channel."""
    return [
        *({"kind": "status", **row} for row in rows("statuses")),
        *({"kind": "error", **row} for row in rows("errors")),
        *({"channel": "smpp", **row} for row in rows("smpp_errors")),
    ]


@cache
def causes() -> dict[str, dict[str, str]]:
    """The causes by their keys, in the order of their table."""
    return {row["cause"]: row for row in rows("causes")}


def meaning_of(row: dict[str, str]) -> Meaning:
    """The meaning that one row gives, with what its cause says; an empty cell is None."""
    cause = causes()[row["cause"]]
    return Meaning(
        kind=row["kind"],
        channel=row["channel"],
        id=int(row["id"]),
        name=row["name"] or None,
        group=row.get("group") or None,
        permanent=FLAGS.get(row.get("permanent", "")),
        description=row["description"],
        who=cause["who"],
        action=row["action"],
        retry=cause["retry"],
        suppress=cause["suppress"],
        source=row["source"],
        note=row["note"] or None,
        advice=row["advice"],
        cause=row["cause"],
        cause_title=cause["title"],
        when=cause["when"] or None,
        why=" ".join(filter(None, (row["reason"], cause["why"]))),
        evidence=cause["evidence"] or None,
        also=row["also"] or None,
    )
