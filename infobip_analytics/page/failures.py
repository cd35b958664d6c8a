"""Why messages were not delivered: the errors of failed and rejected messages, explained."""

from collections.abc import Callable
from typing import Any

import narwhals as nw
import polars as pl

from infobip_analytics.codes import Meaning, explain
from infobip_analytics.counting import as_messages, cells
from infobip_analytics.outcomes import Outcome
from infobip_analytics.page.summary import Row

KEYS = ["error_id", "error_name", "error_group", "status_id", "status_name", "status_group"]
NOT_DELIVERED = [Outcome.FAILED, Outcome.REJECTED]
NO_ERROR = 0

#: How many statuses are named below an error that says nothing itself
MOST_STATUSES = 5


def failures(messages: pl.DataFrame, settled: int, silent: frozenset[str]) -> list[Row]:
    """Count the errors of settled messages that failed or were rejected, most frequent first.

    Args:
        messages: A frame of messages; absent columns of errors and statuses count as unknown.
        settled: What the counts are held against: all settled messages of the same countries.
        silent: The countries that are left out, as everywhere.

    Returns:
        A row for each error: `code` (what to show; "no error given" is not error 0), `messages`,
        `per_thousand` (of *settled*), `failed`, `rejected`; what `explain` has of it:
        `description`, `who`, `action`, `retry` (null where no table has the code); and `statuses`,
        which tell more where the error says nothing: rows of the same columns but `failed` and
        `rejected`.
    """
    counted = _counted(messages, silent).rows(named=True)
    rows = [_failure(group, settled) for group in _grouped(counted, _error_key).values()]
    return sorted(rows, key=lambda row: (-row["messages"], row["code"]))


def _counted(messages: pl.DataFrame, silent: frozenset[str]) -> pl.DataFrame:
    """Messages per error, status and outcome."""
    absent = [pl.lit(None).alias(name) for name in KEYS if name not in messages.columns]
    there = as_messages(messages.with_columns(absent))
    kept = cells(there, KEYS, "UTC").filter(
        nw.col("_scope") == "counted",
        nw.col("_settled"),
        nw.col("_outcome").is_in(NOT_DELIVERED),
        ~nw.col("_country").is_in(sorted(silent)),
    )
    summed: pl.DataFrame = kept.collect().to_native()
    return summed.group_by(*KEYS, "_outcome").agg(pl.sum("_n")).sort(pl.all(), nulls_last=True)


def _grouped(rows: list[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def _error_key(row: Row) -> tuple[Any, Any]:
    return row["error_id"], _text(row["error_name"])


def _status_key(row: Row) -> tuple[Any, Any, Any]:
    return row["status_id"], _text(row["status_name"]), _text(row["status_group"])


def _failure(rows: list[Row], settled: int) -> Row:
    number, name = _error_key(rows[0])
    messages = sum(row["_n"] for row in rows)
    says_nothing = number == NO_ERROR or (number is None and name is None)
    return {
        "code": _code(number, name) or "no error given",
        "messages": messages,
        "per_thousand": _per_thousand(messages, settled),
        "failed": sum(row["_n"] for row in rows if row["_outcome"] == Outcome.FAILED),
        "rejected": sum(row["_n"] for row in rows if row["_outcome"] == Outcome.REJECTED),
        **_explained("error", number, name, rows[0]["error_group"]),
        "statuses": _statuses(rows, settled) if says_nothing else [],
    }


def _statuses(rows: list[Row], settled: int) -> list[Row]:
    """The statuses of messages whose error says nothing: the status alone tells why."""
    named = [row for row in rows if not _is_bare(*_status_key(row)[:2])]
    groups = [_status(key, group, settled) for key, group in _grouped(named, _status_key).items()]
    return sorted(groups, key=lambda row: (-row["messages"], row["code"]))[:MOST_STATUSES]


def _status(key: tuple[Any, Any, Any], rows: list[Row], settled: int) -> Row:
    messages = sum(row["_n"] for row in rows)
    return {
        "code": _code(*key[:2]),
        "messages": messages,
        "per_thousand": _per_thousand(messages, settled),
        **_explained("status", *key),
    }


def _is_bare(number: int | None, name: str | None) -> bool:
    """Whether a status says no more than the outcome, as those of campaign events do."""
    return number is None and (name is None or name.casefold() in set(Outcome))


def _per_thousand(messages: int, settled: int) -> float | None:
    return 1000 * messages / settled if settled else None


def _explained(kind: str, number: int | None, name: str | None, group: str | None) -> Row:
    """What the tables have of a code: the meaning that fits name and group best, or nothing."""
    meaning = _meaning(kind, number, name, group)
    told = ("description", "who", "action", "retry")
    return {part: getattr(meaning, part) if meaning else None for part in told}


def _meaning(kind: str, number: int | None, name: str | None, group: str | None) -> Meaning | None:
    asked = number if number is not None else name
    meanings = [] if asked is None else [m for m in explain(asked) if m.kind == kind]
    same = (name or "").casefold(), (group or "").casefold()

    def fits(meaning: Meaning) -> tuple[bool, bool]:
        own = (meaning.name or "").casefold(), (meaning.group or "").casefold()
        return own[0] == same[0], own[1] == same[1]

    return max(meanings, key=fits, default=None)


def _code(number: int | None, name: str | None) -> str:
    return " ".join(str(part) for part in (number, name) if part is not None)


def _text(value: Any) -> str | None:
    """A name without blanks around it; nothing but blanks is no name."""
    return str(value).strip() or None if value is not None else None
