"""What a status says became of a message, and which report of several to believe."""

from functools import cache
from typing import NamedTuple

from infobip_analytics.reference import rows


class Verdict(NamedTuple):
    """What one report says: outcome, how far the receipt reaches, and how much it weighs.

    `outcome` is delivered, failed, rejected, unknown or pending; `receipt` is handset, operator
    or unknown for delivered messages, else None; of several reports the greatest `rank` wins.
    """

    outcome: str
    receipt: str | None
    rank: int


#: A handset's word outweighs a failure, a failure outweighs the operator's word: that one is
#: an intermediate report, though its group is DELIVERED.
RANKS: dict[tuple[str, str | None], int] = {
    ("delivered", "handset"): 5,
    ("delivered", "unknown"): 5,
    ("failed", None): 4,
    ("rejected", None): 4,
    ("delivered", "operator"): 3,
    ("unknown", None): 2,
    ("pending", None): 1,
}

UNKNOWN = Verdict("unknown", None, RANKS["unknown", None])


def verdict(group: str | None, id: int | None) -> Verdict:
    """What a report with status *group* and status *id* says; the group decides, the id refines.

    A status id alone is not unique, so without a known group nothing is known.

    >>> verdict("DELIVERED", 5)
    Verdict(outcome='delivered', receipt='handset', rank=5)
    >>> verdict("EXPIRED", 29).outcome, verdict("REJECTED", 29).outcome, verdict(None, 5).outcome
    ('unknown', 'rejected', 'unknown')
    """
    name = (group or "").strip().upper()
    by_status = verdicts()
    return by_status.get((name, id)) or by_status.get((name, None)) or UNKNOWN


def group_of(group_id: int) -> str | None:
    """The name of a status group, for payloads that carry its id only; None if there is none.

    >>> group_of(3), group_of(9)
    ('DELIVERED', None)
    """
    return group_names("status_groups").get(group_id)


def error_group_of(group_id: int) -> str | None:
    """The name of an error group, for payloads that carry its id only; None if there is none.

    >>> error_group_of(1), error_group_of(9)
    ('HANDSET_ERRORS', None)
    """
    return group_names("error_groups").get(group_id)


@cache
def group_names(table: str) -> dict[int, str]:
    """The names of the groups of one table, by id."""
    return {int(row["id"]): row["group"] for row in rows(table)}


@cache
def verdicts() -> dict[tuple[str, int | None], Verdict]:
    """The verdict of every status by (group, id), and of every group by (group, None)."""
    groups, statuses = rows("status_groups"), rows("statuses")
    judged: dict[tuple[str, int | None], Verdict] = {
        (name, None): judge(row) for row in groups for name in (row["group"], row["also"]) if name
    }
    return judged | {(row["group"], int(row["id"])): judge(row) for row in statuses}


def judge(row: dict[str, str]) -> Verdict:
    """The verdict that one row of a table gives."""
    outcome, receipt = row["outcome"], row["receipt"] or None
    return Verdict(outcome, receipt, RANKS[outcome, receipt])
