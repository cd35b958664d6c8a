"""Why messages were not delivered: their errors, and below those that say nothing the statuses."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from infobip_analytics.codes import Meaning
from infobip_analytics.codes.meanings import causes
from infobip_analytics.outcomes import Outcome
from infobip_analytics.page.summary import Row
from infobip_analytics.plots.pareto import error_title, error_titles
from infobip_analytics.plots.rows import plain_rows
from infobip_analytics.tables.text import printable
from infobip_analytics.undelivered import error_breakdown
from infobip_analytics.undelivered.counted import DELIVERED, TOLD, counted
from infobip_analytics.undelivered.resolving import (
    NO_ERROR,
    SILENCE,
    Said,
    error_of,
    says_why,
    status_of,
)
from infobip_analytics.wording import plural

#: How many statuses are named below an error that says nothing itself
MOST_STATUSES = 5

#: What is told of a status, as of an error: our name, and the field of a meaning
_TELLING = {
    "explanation": "description",
    "who": "who",
    "cause_title": "cause_title",
    "action": "action",
    "retry": "retry",
    "suppress": "suppress",
    "permanent": "permanent",
}

Mute = list[tuple[Said, str, int]]


def failures(messages: pl.DataFrame, silent: frozenset[str]) -> list[Row]:
    """Count the errors of settled messages that were not delivered, most frequent first.

    Args:
        messages: A frame of messages; absent columns of errors and statuses count as unknown.
        silent: The countries that are left out, as everywhere.

    Returns:
        The rows of `error_breakdown`, each with `code` (what to show) and `statuses`, which tell
        more where the error says nothing: rows with `code`, `messages`, `per_1000`, and what the
        tables have of the status, as of an error.
    """
    rows = plain_rows(error_breakdown(messages, no_report_countries=silent))
    small = counted(messages, [], silent, "UTC").collect(engine="streaming")
    mute = _mute(small)
    return [
        {**row, "code": code, "statuses": _statuses(row, mute)}
        for row, code in zip(rows, error_titles(rows), strict=True)
    ]


def _mute(small: pl.DataFrame) -> Mute:
    """What was said, but for an error, of undelivered messages, what became of them, how many."""
    lost = small.filter(pl.col("_outcome") != DELIVERED).select(*TOLD, "_outcome", "_n")
    said = [
        (Said(*values), end, number) for *values, end, number in lost.sort(pl.all()).iter_rows()
    ]
    return [each for each in said if _says_nothing(_error_key(each[0]))]


def _error_key(said: Said) -> tuple[int | None, str | None]:
    error = error_of(said)
    return (error.id, error.name) if error else (said.error_id, said.error_name)


def _says_nothing(key: tuple[int | None, str | None]) -> bool:
    return key[0] == NO_ERROR or key == (None, None)


def _statuses(row: Row, mute: Mute) -> list[Row]:
    """The statuses of messages whose error says nothing: the status alone tells why."""
    key = (row["error_id"], row["error_name"])
    if not _says_nothing(key):
        return []
    groups: dict[Any, Mute] = {}
    for each in mute:
        if _error_key(each[0]) == key and each[0].status_id is not None:
            groups.setdefault(each[0][-3:], []).append(each)
    statuses = [_status(group, row["settled"]) for group in groups.values()]
    statuses.sort(key=lambda each: (-each["messages"], each["code"]))
    return [*statuses[:MOST_STATUSES], *_rest(statuses, row)] if statuses else []


def _rest(statuses: list[Row], row: Row) -> Iterator[Row]:
    """What is not named of the messages of an error: rarer statuses, and no status at all."""
    rarer = statuses[MOST_STATUSES:]
    without = row["messages"] - sum(each["messages"] for each in statuses)
    others = {plural(len(rarer), "other"): sum(each["messages"] for each in rarer)}
    for code, messages in (others | {"no status": without}).items():
        if messages:
            told = {"code": code, "messages": messages, "named": False}
            yield told | {"per_1000": 1000 * messages / row["settled"]} | dict.fromkeys(_TELLING)


def _status(group: Mute, settled: int) -> Row:
    said, messages = group[0][0], sum(number for *_, number in group)
    named = {"error_id": said.status_id, "error_name": said.status_name}
    silent = all(end == str(Outcome.UNREPORTED) for _, end, _ in group)
    return {
        "code": printable(error_title(named)),
        "messages": messages,
        "named": True,
        "per_1000": 1000 * messages / settled,
        **_told(status_of(said), silent=silent),
    }


def _told(meaning: Meaning | None, *, silent: bool) -> Row:
    told = {ours: getattr(meaning, field) if meaning else None for ours, field in _TELLING.items()}
    if meaning is None or says_why(meaning):
        return told
    if not silent:
        # "pending" is no reason why a message failed
        return dict.fromkeys(told) | {"explanation": told["explanation"]}
    # settled messages have waited: "wait for the next report" is no advice for them
    silence = causes()[SILENCE]
    names = {"who": "who", "cause_title": "title", "action": "act"}
    return told | {ours: silence[names.get(ours, ours)] for ours in [*names, "retry", "suppress"]}
