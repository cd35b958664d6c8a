"""Worlds of few numbers that are written to again and again, for tests of hygiene and costs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from infobip_analytics.frames import MESSAGES

T = datetime(2026, 3, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)
SILENT = ["DE"]
ERRORS = [
    "EC_UNKNOWN_SUBSCRIBER", "EC_DEACTIVATED_LIST", "EC_UNIDENTIFIED_SUBSCRIBER",
    "EC_ABSENT_SUBSCRIBER", "EC_ABSENT_SUBSCRIBER", "EC_ABSENT_SUBSCRIBER", "EC_UNKNOWN_EQUIPMENT",
    "EC_SC_BLOCKED_BY_END_USER", "EC_HANDSET_DOES_NOT_SUPPORT_MMS", "EC_CONSENT_FAILED",
    "EC_UNKNOWN_BASE_STATION", "EC_NOBODY_KNOWS", None,
]  # fmt: skip


def number(*messages: Any, recipient: str = "447700900123", **other: Any) -> pl.DataFrame:
    """Make messages to a number, a day apart: "delivered", or the name of an error, or fields."""
    rows = [_row(place, each) for place, each in enumerate(messages)]
    usual = {"recipient": recipient, "country": "GB", "settled": True, "orphan": False}
    stamp = {"channel": "sms", "as_of": T + 90 * DAY, "waiting_days": 4.0, "population": "sent"}
    return pl.DataFrame([{**usual, **stamp, **row, **other} for row in rows], schema=MESSAGES)


def _row(place: int, message: Any) -> dict[str, Any]:
    told = message if isinstance(message, dict) else {}
    said = "failed" if told else message
    outcome = said if said in ("delivered", "unreported") else "failed"
    error = None if outcome == said else message
    at = {"sent_at": T + place * DAY, "outcome": outcome, "error_name": error}
    return at | told if told else at


def world(seed: int, size: int = 500) -> pl.DataFrame:
    """Make messages of all kinds to few numbers over three months."""
    dice = np.random.default_rng(seed)

    def choose(values: list[Any], odds: list[float] | None = None) -> list[Any]:
        return [values[at] for at in dice.choice(len(values), size, p=odds)]

    people = [f"44770090{each:04}" for each in range(size // 8)]
    whose = choose([*people, None])
    outcomes = ["delivered", "failed", "rejected", "unreported", "pending", "enqueue_failed"]
    outcome = choose(outcomes, [0.15, 0.6, 0.1, 0.05, 0.05, 0.05])
    # a grid of six hours, so that times are equal and days are exact
    sent = [T + int(step) * DAY / 4 for step in dice.integers(0, 360, size)]
    waited = [int(step) * DAY / 4 for step in dice.integers(0, 12, size)]
    rows = {
        "recipient": whose,
        "customer": [who and f"c{who[-3:]}" for who in choose([*people, None])],
        "country": [("DE" if who and int(who) % 7 == 0 else "GB") for who in whose],
        "network": choose(["23410", "23415", None]),
        "channel": choose(["sms", "sms", "mms"]),
        "campaign_name": choose(["spring", "summer", None]),
        "outcome": outcome,
        "receipt": [
            how if what == "delivered" else None
            for how, what in zip(choose(["handset", "operator"]), outcome, strict=True)
        ],
        "settled": choose([True, True, True, False]),
        "orphan": choose([False] * 9 + [True]),
        "sent_at": [
            at if keep else None for at, keep in zip(sent, choose([1] * 19 + [0]), strict=True)
        ],
        "done_at": [
            at + long if keep else None
            for at, long, keep in zip(sent, waited, choose([1, 1, 0]), strict=True)
        ],
        "error_name": [
            error if what in ("failed", "rejected") else None
            for error, what in zip(choose(ERRORS), outcome, strict=True)
        ],
        "parts": choose([1, 1, 2, 3, 4, 6, None]),
        "price": choose([0.5, 0.25, 0.125, None]),
        "currency": choose(["EUR", "EUR", "USD", None]),
    }
    stamp = {"as_of": T + 90 * DAY, "waiting_days": 4.0, "population": "sent"}
    absent = {name: None for name in MESSAGES if name not in rows | stamp}
    made = pl.DataFrame(rows | absent, schema_overrides=MESSAGES)
    return made.with_columns(**{name: pl.lit(value) for name, value in stamp.items()}).select(
        pl.col(name).cast(dtype) for name, dtype in MESSAGES.items()
    )
