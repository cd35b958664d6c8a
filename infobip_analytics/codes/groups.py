"""Groups of statuses and of errors: what they mean, and which codes are in them."""

from functools import cache
from typing import NamedTuple

from infobip_analytics.codes.meanings import coded_rows
from infobip_analytics.codes.spelling import fold
from infobip_analytics.reference import rows

#: How many codes of a group are named before the rest is counted
MOST = 8


class Group(NamedTuple):
    """A group: `kind` is status or error, `outcome` what a status of it means for a message."""

    kind: str
    id: int
    name: str
    also: str | None
    outcome: str | None
    description: str
    source: str

    @property
    def codes(self) -> list[str]:
        """The codes in it, as people write them; without those of voice."""
        mine = [row for row in coded_rows() if self.has(row)]
        return list(dict.fromkeys(f"{row['id']} {row['name']}" for row in mine))

    def has(self, row: dict[str, str]) -> bool:
        """Whether a row of the tables of codes is in this group."""
        return (row["kind"], row.get("group"), row["channel"] == "voice") == (
            self.kind,
            self.name,
            False,
        )


@cache
def groups() -> tuple[Group, ...]:
    """All groups: of statuses, then of errors."""
    return tuple(
        Group(
            kind=kind,
            id=int(row["id"]),
            name=row["group"],
            also=row.get("also") or None,
            outcome=row.get("outcome") or None,
            description=row["description"],
            source=row["source"],
        )
        for kind, table in (("status", "status_groups"), ("error", "error_groups"))
        for row in rows(table)
    )


def groups_named(name: str) -> list[Group]:
    """The groups that go by a name in any spelling: `OK` is one of errors and one of statuses.

    >>> [(group.kind, group.id) for group in groups_named("user errors")]
    [('error', 2)]
    """
    asked = fold(name)
    return [one for one in groups() if asked and asked in {fold(one.name), fold(one.also or "")}]


def meant_by(group: Group) -> str:
    """What a group means, in one sentence or two."""
    outcome = {
        None: "",
        "unknown": " Its messages count as unreported.",
        "pending": " Not final: its messages count as pending, then as unreported.",
    }.get(group.outcome, f" Its messages count as {group.outcome}.")
    return f"{group.name} is the {group.kind} group {group.id}: {group.description}{outcome}"


def members(group: Group) -> str:
    """The codes in a group: some of them by name, the rest as a number."""
    codes = group.codes
    if not codes:
        return "No code is in it."
    shown, rest = codes[:MOST], len(codes) - MOST
    return f"In it: {', '.join(shown)}{f' and {rest} others' if rest > 0 else ''}."
