"""Invented nights of an archive: reports that come late, over midnight, without a time of sending.

A world is made by a seeded generator: what each of its nights brings, and what is done to the
archive and to the state before the stats are recomputed.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from archive_answers import STATUSES, page

from infobip_analytics.archive import Answer, Archive, append, compact, drop_older, forget, replay

#: Fictional numbers, of three countries that report and of two that the list says do not
NUMBERS = ["447700900{:03}", "1202555{:04}", "420601123{:03}", "8490000{:04}", "91900000{:04}"]
DAY = timedelta(days=1)
#: The clocks of New York change on 8 March, those of Auckland on 5 April
STARTS = [datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 29, tzinfo=UTC)]

QUESTIONS: list[dict[str, Any]] = [
    {},
    {"no_report": "show", "timezone": "Pacific/Auckland"},
    {"by": ["campaign", "month"], "no_report_countries": ()},
    {"by": "hour", "timezone": "America/New_York"},
    {"by": ["country", "week"], "timezone": "Pacific/Auckland"},
    {"by": ["n_reports", "n_late"], "timezone": "America/New_York"},
    {"by": ["status", "error", "record"]},
    {"by": ["sender", "sent_at"], "waiting_period": "36h"},
    {"as_of": "2026-03-07", "timezone": "America/New_York"},
    {"as_of": "2026-05-30", "since": "2026-03-03", "until": "2026-04-02"},
]


@dataclass(frozen=True)
class Night:
    """What happens before one run.

    Attributes:
        answers: What comes.
        folded: Whether it is read into the table, or stays in the journal alone.
        done: What else happens: "", "compact", "forget", "drop", "delete", "harm" or "check".
    """

    answers: list[Answer]
    folded: bool
    done: str


def nights(seed: int, count: int = 6, messages: int = 60) -> list[Night]:
    """Give the nights of a world."""
    rng = random.Random(seed)
    start = rng.choice(STARTS)
    sends = [start + count * DAY * rng.random() for _ in range(messages)]
    told: list[list[tuple[str, dict[str, Any]]]] = [[] for _ in range(count)]
    logs_from = rng.randrange(2 * count)
    for number, sent in enumerate(sends):
        first = min((sent - start) // DAY, count - 1)
        for _ in range(rng.choice([1, 1, 2, 3])):
            night = min(first + rng.choice([0, 0, 0, 1, 3]), count - 1)
            kind = "logs" if night >= logs_from and rng.random() < 0.2 else "reports"
            told[night].append((kind, _report(rng, number, sent)))
    return [_night(rng, start + (n + 1) * DAY, rows) for n, rows in enumerate(told)]


def _night(rng: random.Random, came: datetime, rows: list[tuple[str, dict[str, Any]]]) -> Night:
    answers = [
        Answer(page(row), f"/sms/3/{kind}", kind, came - timedelta(hours=rng.random() * 20))
        for kind, row in rows
    ]
    if rng.random() < 0.2:
        answers.append(Answer(b"<html>", "/push", "callback", came))
    does = ["", "", "", "compact", "forget", "drop", "delete", "harm", "check"]
    return Night(answers, rng.random() < 0.8, rng.choice(does))


def _report(rng: random.Random, number: int, sent: datetime) -> dict[str, Any]:
    """One report about the message *number*: its time of sending may differ, or be lacking."""
    midnight = sent.replace(hour=0, minute=0, second=0, microsecond=0)
    around = [sent] * 6 + [midnight, midnight - timedelta(milliseconds=1), sent + 2 * DAY]
    told = rng.choice(around)
    done = sent + rng.choice([timedelta(minutes=3), DAY, 3 * DAY, 5 * DAY, 20 * DAY])
    status = rng.choice(["delivered", "delivered", "failed", "pending"])
    (group, group_name, id, name), error = STATUSES[status]
    row = {
        "messageId": f"m-{number}",
        "to": NUMBERS[number % len(NUMBERS)].format(number),
        "sender": rng.choice(["Shop", "shop"]),
        "sentAt": _written(told),
        "doneAt": _written(done),
        "messageCount": number % 3 + 1,
        "price": {"pricePerMessage": 0.00787679 * (number % 4), "currency": "EUR"},
        "status": {"groupId": group, "groupName": group_name, "id": id, "name": name},
        "error": {"groupId": 0, "groupName": "OK", "id": error, "name": "-", "permanent": False},
        "campaignReferenceId": f"=c{number % 2}",
    }
    for name in rng.choice([[], [], [], [], ["sentAt"], ["doneAt"], ["sentAt", "doneAt"]]):
        del row[name]
    return row


def _written(when: datetime) -> str:
    return when.isoformat(timespec="milliseconds")


def pass_night(archive: Archive, night: Night, state: Path, rng: random.Random) -> bool:
    """Let a night pass; gives whether the state was harmed."""
    append(archive, night.answers)
    if night.folded:
        replay(archive)
    if night.done == "compact":
        compact(archive)
    elif night.done == "forget":
        forget(archive, NUMBERS[0].format(rng.randrange(12) * 5))
    elif night.done == "drop":
        came = [each.received_at for each in night.answers]
        drop_older(archive, 3, today=came[0] if came else datetime.now(UTC))
    elif night.done == "delete":
        state.unlink(missing_ok=True)
    elif night.done == "harm" and state.exists():
        content = bytearray(state.read_bytes())
        for _ in range(3):
            content[rng.randrange(len(content))] ^= 0x55
        state.write_bytes(content)
        return True
    return False
