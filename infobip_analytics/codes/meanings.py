"""Every meaning of every code, read once from the tables."""

from functools import cache
from typing import NamedTuple

from infobip_analytics.codes.spelling import fold
from infobip_analytics.reference import rows


class Meaning(NamedTuple):
    """One thing that a code can mean.

    `kind` is status, error, smpp_command or smpp_state; `permanent` is Infobip's own flag and
    None where it gives none; `who` can act (list, content, account, operator, infobip, nobody);
    `retry` is no, later or after fix; `suppress` (the number) is yes, after repeats or no.
    `advice` says whether `action` is documented by Infobip or ours; the other advice is ours.
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
    advice: str
    retry: str
    suppress: str
    source: str
    note: str | None

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


def meaning_of(row: dict[str, str]) -> Meaning:
    """The meaning that one row gives; an empty cell is None."""
    return Meaning(
        kind=row["kind"],
        channel=row["channel"],
        id=int(row["id"]),
        name=row["name"] or None,
        group=row.get("group") or None,
        permanent=FLAGS.get(row.get("permanent", "")),
        description=row["description"],
        who=row["who"],
        action=row["action"],
        advice=row["advice"],
        retry=row["retry"],
        suppress=row["suppress"],
        source=row["source"],
        note=row["note"] or None,
    )
