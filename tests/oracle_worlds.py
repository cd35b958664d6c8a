"""Small worlds full of collisions, for tests that hold the code against the oracles.

A world is made by choosing: hypothesis chooses where a failure is to be made small, a seeded random
generator where thousands of worlds fit into one frame.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import polars as pl
from oracle_folding import Question, Row

from infobip_analytics.frames import CAMPAIGN_EVENTS, DELIVERY_REPORTS, MESSAGES, TIME

Choose = Callable[[Sequence[Any]], Any]

T = datetime(2026, 3, 2, 9, tzinfo=UTC)
US = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WAITING = 4 * DAY  # the waiting period where a test does not ask for another

GROUPS = [
    "DELIVERED", "DELIVERED", "EXPIRED", "UNDELIVERABLE", "REJECTED", "PENDING", "ACCEPTED",
    " delivered", "Expired", "SEEN", "", None,
]  # fmt: skip


def reports(*rows: Row) -> pl.DataFrame:
    """Make delivery reports; a row is message "m", sent at T, unless it says otherwise."""
    usual = {"message_id": "m", "sent_at": T}
    return pl.DataFrame([usual | row for row in rows], schema=DELIVERY_REPORTS)


def events(*rows: Row) -> pl.DataFrame:
    """Make campaign events; a row is an SMS of one action to "c" at T unless it says otherwise."""
    usual = {"timestamp": T, "action_type": "sms", "campaign_id": "k", "action_id": "a"}
    who = {"customer": "c", "recipient": "447700900123"}
    schema = {**CAMPAIGN_EVENTS, "ingest_timestamp": TIME}
    return pl.DataFrame([usual | who | row for row in rows], schema=schema)


def sent(*rows: Row, **constants: Any) -> pl.DataFrame:
    """Make messages; a row was delivered to a handset in GB long ago unless it says otherwise."""
    usual: Row = {"country": "GB", "sent_at": T, "outcome": "delivered", "settled": True}
    stamp = {"orphan": False, "as_of": T + 9 * DAY, "waiting_days": 4.0, "population": "sent"}
    receipts = {"delivered": "handset"}
    made = [usual | stamp | constants | row for row in rows]
    told = [{"receipt": receipts.get(row["outcome"])} | row for row in made]
    return pl.DataFrame(told, schema=MESSAGES)


def edges(waiting: timedelta) -> list[datetime]:
    """Give the times at which something changes, for messages sent at T."""
    end = T + waiting
    return [T - SECOND, T, T + US, end - US, end, end + US, end + 2 * US, end + waiting]


def reports_of(choose: Choose, name: str | None, waiting: timedelta) -> list[Row]:
    """Make some reports of one message, of which a few are alike but for one thing."""
    rows = [_report(choose, name, waiting) for _ in range(choose([1, 1, 2, 3, 5]))]
    for alike in choose([[], [], [], ["received_at"], ["status_id"], ["error_id"], ["done_at"]]):
        rows.append(rows[0] | {alike: _report(choose, name, waiting)[alike]})
    return rows


def _report(choose: Choose, name: str | None, waiting: timedelta) -> Row:
    times = [None, *edges(waiting)]
    return {
        "message_id": name,
        "sent_at": choose(
            [T, T, T, None, T + US, T + 2 * waiting, datetime(1969, 7, 20, tzinfo=UTC)]
        ),
        "done_at": choose(times),
        "received_at": choose(times),
        "record": choose([None, "report", "report", "report", "log"]),
        "status_group": choose(GROUPS),
        "status_id": choose([None, 2, 5, 5, 29, 87, 4711, 2**40]),
        "status_name": choose([None, "A", "B"]),
        "error_id": choose([None, 0, 1, 5001]),
        "error_name": choose([None, "NO_ERROR", "EC_X"]),
        "error_group": choose([None, "OK"]),
        "permanent": choose([None, True, False]),
        "parts": choose([None, 1, 2]),
        "price": choose([None, 0.0, 0.125]),
        "currency": choose([None, "EUR", "USD"]),
        "recipient": choose([None, "12", "120", "420601123456", "0049", "", "x@y", "9" * 17]),
        "sender": choose([None, "Shop", "shop"]),
        "channel": choose([None, "sms"]),
        "bulk_id": choose([None, "b", "B"]),
        "network": choose([None, "23001"]),
        "campaign_reference": choose([None, "spring", "Spring"]),
        "callback_data": choose([None, "{}"]),
    }


def events_of(choose: Choose, campaign: str) -> list[Row]:
    """Make some events of one action, in few seconds: who and when is known now and then."""
    ids, sents = choose(_CERTAIN), choose([[None], [None], [T], [None, T], [None, T, T + SECOND]])
    customers = choose([["c1"], ["c1", "c2"], [None], ["c1", None], ["c1", "c2", None]])
    recipients = choose([["1"], ["1", "2"], ["1", None], [None]])
    statuses = choose(
        [
            ["enqueued", "delivered"],
            ["enqueued", "delivered", "failed"],
            ["enqueued", "enqueued", "delivered", "failed", "rejected", "enqueue_failed"],
        ]
    )
    times = choose([_SECONDS[:6], _SECONDS, _SECONDS + _LATER, _SECONDS + _LATER])
    rows = [
        {
            "timestamp": choose(times),
            "action_type": choose(["sms"] * 9 + ["mms"]),
            "status": choose(statuses),
            "campaign_id": campaign,
            "action_id": "a",
            "customer": choose(customers),
            "recipient": choose(recipients),
            "message_id": choose([name and campaign + name for name in ids]),
            "sent_timestamp": choose(sents),
            # the least and the greatest tell which rows were tied
            "sender": f"{place:02}",
            "language": f"{99 - place:02}",
            "status_code": choose([None, "5", "27"]),
            "error": choose([None, "EC_X"]),
            "parts": choose([None, 1, 2]),
        }
        for place in range(choose([1, 2, 3, 4, 5, 6, 7]))
    ]
    again = choose([[], [], [], [rows[0] | {"ingest_timestamp": T + DAY}]])
    return [*rows, *again]


_CERTAIN = [[None], [None], [None, None, "x"], ["x", "y"], ["x", "y", None]]
_SECONDS = [T + SECOND * n for n in range(24)]
_LATER = [T + HOUR + SECOND * n for n in range(-8, 8)] + [
    T + HOUR - US,
    T + HOUR + US,
    T + 2 * HOUR,
]


def sent_of(choose: Choose, size: int) -> pl.DataFrame:
    """Make messages of all kinds: to few countries, of few campaigns, over few months."""
    countries = choose([["GB"], ["GB", "DE"], ["DE", "VN"], ["GB", "US", "DE", "VN", "ZZ"]])
    currencies = choose([[None], ["EUR"], ["EUR", None], ["EUR", "USD", None]])
    receipts = choose([["unknown"], ["handset"], ["handset", "operator"], ["handset", "unknown"]])
    rows = [_sent(choose, countries, currencies, receipts) for _ in range(size)]
    outside = {"set_aside": 3, "before_since": 2, "after_until": 1}
    return sent(*rows, **outside, population=choose(["sent", "reported"]))


def _sent(choose: Choose, countries: list[str], currencies: list[Any], receipts: list[str]) -> Row:
    settled = choose([True, True, False])
    silent = "unreported" if settled else "pending"
    heard = ["delivered"] * 4 + ["failed", "rejected"]
    outcome = choose([*heard, silent, choose([silent, "enqueue_failed"])])
    return {
        "country": choose(countries),
        "campaign_id": choose([None, "a", "b"]),
        "campaign_name": choose([None, "Spring"]),
        "channel": choose(["sms", "mms", None]),
        "outcome": outcome,
        "settled": settled,
        "receipt": choose(receipts) if outcome == "delivered" else None,
        "orphan": choose([False] * 9 + [True]),
        "sent_at": choose([None, *[T + 37 * n * HOUR - SECOND for n in range(40)]]),
        "parts": choose([None, 1, 2, 3]),
        "price": choose([None, 0.0, 0.125, 0.25]),
        "currency": choose(currencies),
    }


#: The questions that are asked of worlds of events, whose waiting period is one hour.
EVENT_QUESTIONS = [
    Question(T + after, HOUR)
    for after in (3 * SECOND, 20 * SECOND, HOUR, HOUR + 4 * SECOND, 2 * HOUR, 5 * HOUR, 5 * HOUR)
]


@st.composite
def report_worlds(draw: st.DrawFn) -> tuple[list[Row], Question]:
    """Draw a world of reports, and a question about it."""

    def choose(options: Sequence[Any]) -> Any:
        return draw(st.sampled_from(options))

    waiting = choose([HOUR, WAITING, 3 * US])
    names = draw(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1, max_size=4))
    rows = [row for name in names for row in reports_of(choose, name, waiting)]
    as_of = choose([*edges(waiting), T + 5 * waiting, datetime(1950, 1, 1, tzinfo=UTC)])
    return rows, Question(as_of, waiting)


@st.composite
def event_worlds(draw: st.DrawFn) -> tuple[list[Row], Question]:
    """Draw a world of events, and a question about it."""

    def choose(options: Sequence[Any]) -> Any:
        return draw(st.sampled_from(options))

    return events_of(choose, "k"), choose(EVENT_QUESTIONS)


@st.composite
def sent_worlds(draw: st.DrawFn) -> pl.DataFrame:
    """Draw a world of messages."""

    def choose(options: Sequence[Any]) -> Any:
        return draw(st.sampled_from(options))

    return sent_of(choose, choose([0, 1, 2, 5, 12]))
