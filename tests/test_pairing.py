"""Campaign events: which rows are one message, and what became of it."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
import polars as pl
import pytest
from conftest import ENGINES, Back, Engine, to_polars
from hypothesis import given, settings
from oracle_folding import Question, Row
from oracle_pairing import distinct, messages_of_events, orders
from oracle_worlds import (
    DAY,
    EVENT_QUESTIONS,
    HOUR,
    SECOND,
    US,
    WAITING,
    T,
    event_worlds,
    events,
    events_of,
)
from polars.io.plugins import register_io_source
from polars.testing import assert_frame_equal

from infobip_analytics import pairing
from infobip_analytics.codes import explain
from infobip_analytics.errors import SetAsideWarning
from infobip_analytics.frames import CAMPAIGN_EVENTS, TIME
from infobip_analytics.journey import messages
from infobip_analytics.window import Window

LATER = T + 30 * DAY
SENT: Row = {"status": "enqueued"}
MINUTE = timedelta(minutes=1)


def final(after: timedelta, status: str = "delivered") -> Row:
    """Make a final row at some time after T."""
    return {"status": status, "timestamp": T + after}


def paired(*rows: Row, **question: Any) -> list[Row]:
    """Pair events; by default long after their waiting period, and by their time of sending."""
    made: pl.DataFrame = messages(events(*rows), **{"as_of": LATER} | question)
    return made.sort("orphan", "sent_at", "outcome").to_dicts()


def outcomes(*rows: Row, **question: Any) -> list[str]:
    """Pair events; orphans are in brackets."""
    made = paired(*rows, **question)
    return [f"({row['outcome']})" if row["orphan"] else row["outcome"] for row in made]


# what an event says


@pytest.mark.parametrize("status", ["delivered", "failed", "rejected"])
def test_a_final_event_is_the_outcome_of_its_send(status: str, engine: Engine, back: Back) -> None:
    frame = engine(events(SENT, final(MINUTE, status)))
    made = back(messages(frame, as_of=LATER))
    assert made.select("outcome", "n_reports", "orphan").rows() == [(status, 2, False)]


def test_the_receipt_of_a_campaign_event_is_unknown() -> None:
    delivered, failed = paired(SENT, final(MINUTE)), paired(SENT, final(MINUTE, "failed"))
    assert (delivered[0]["receipt"], failed[0]["receipt"]) == ("unknown", None)


def test_a_send_without_a_final_row_is_pending_then_unreported() -> None:
    assert outcomes(SENT, as_of=T + WAITING - US) == ["pending"]
    assert outcomes(SENT, as_of=T + WAITING) == ["unreported"]


def test_what_was_not_forwarded_is_a_message_of_its_own_that_no_final_row_ends() -> None:
    assert outcomes({"status": "enqueue_failed"}) == ["enqueue_failed"]
    assert outcomes({"status": "enqueue_failed"}, final(MINUTE)) == [
        "enqueue_failed",
        "(delivered)",
    ]


@pytest.mark.parametrize("status", ["clicked", "incoming_message", "suppressed"])
def test_other_events_neither_make_nor_end_a_message(status: str) -> None:
    assert outcomes(SENT, final(MINUTE, status)) == ["unreported"]
    assert outcomes(final(MINUTE, status)) == []


def test_events_with_an_unknown_status_are_set_aside_and_counted() -> None:
    strange = final(MINUTE, "telepathy")
    with pytest.warns(SetAsideWarning, match=r"2 rows .*: telepathy\. Known are enqueued"):
        (message,) = paired(SENT, strange, strange | {"customer": "d"})
    assert (message["outcome"], message["set_aside"]) == ("unreported", 2)


@pytest.mark.parametrize("channel", ["email", "webhook", "mobile notification"])
def test_events_of_other_channels_are_not_ours(channel: str) -> None:
    other = {"action_type": channel}
    assert outcomes(SENT, final(MINUTE, "failed") | other, SENT | other) == ["unreported"]


def test_as_of_is_the_latest_event_of_any_channel_and_status() -> None:
    mail = {"action_type": "email", "status": "opened", "timestamp": T + WAITING}
    assert outcomes(SENT, as_of=None) == ["pending"]
    assert outcomes(SENT, mail, as_of=None) == ["unreported"]


def test_sms_and_mms_are_one_thing_for_pairing_and_keep_their_names() -> None:
    (message,) = paired(SENT | {"action_type": "mms"}, final(MINUTE) | {"action_type": "mms"})
    assert (message["channel"], message["outcome"]) == ("mms", "delivered")


def test_error_and_code_are_those_of_the_final_row() -> None:
    (message,) = paired(SENT, final(MINUTE, "failed") | {"status_code": "5", "error": "EC_X"})
    told = [message[name] for name in ("status_name", "error_id", "error_name", "done_at")]
    assert told == ["failed", 5, "EC_X", T + MINUTE]
    (message,) = paired(SENT | {"status_code": "5", "error": "EC_X"})
    told = [message[name] for name in ("status_name", "error_id", "error_name", "done_at")]
    assert told == [None] * 4


@pytest.mark.parametrize(
    ("code", "error_id"),
    [
        ("1153+0+0+0", 1153),
        ("0x1B", 27),
        ("err:027", 27),
        ("27.0", 27),
        ("EC_ABSENT_SUBSCRIBER", 27),
    ],
)
def test_a_code_is_read_in_every_form_that_explain_reads(code: str, error_id: int) -> None:
    (message,) = paired(SENT, final(MINUTE, "failed") | {"status_code": code})
    assert message["error_id"] == error_id == explain({"status_code": code}).meanings[0].id


@pytest.mark.parametrize("code", [" ", "no answer", "0x" + "f" * 40, "+447700900123 x", "\x1b"])
def test_a_code_that_is_no_number_is_no_id(code: str) -> None:
    (message,) = paired(SENT, final(MINUTE, "failed") | {"status_code": code})
    assert (message["outcome"], message["error_id"]) == ("failed", None)


def test_sent_at_is_the_sent_timestamp_else_the_time_of_the_send() -> None:
    assert paired(SENT)[0]["sent_at"] == T
    assert paired(SENT | {"sent_timestamp": T - SECOND})[0]["sent_at"] == T - SECOND


def test_delivered_outweighs_failed_and_both_together_conflict() -> None:
    (message,) = paired(SENT, final(HOUR), final(2 * HOUR, "failed"))
    assert (message["outcome"], message["conflicting"], message["n_reports"]) == (
        "delivered", True, 3,
    )  # fmt: skip


def test_every_frame_of_events_knows_what_was_sent() -> None:
    assert {row["population"] for row in paired(SENT, final(MINUTE))} == {"sent"}
    assert {row["record"] for row in paired(SENT, final(MINUTE))} == {"event"}


def test_exact_repeats_count_once_whatever_their_ingest_timestamp() -> None:
    rows = [SENT, SENT | {"ingest_timestamp": LATER}, final(MINUTE), final(MINUTE)]
    assert paired(*rows)[0]["n_reports"] == 2


def test_rows_that_have_exchanged_two_values_are_no_repeats() -> None:
    rows = [final(MINUTE) | {"sender": x, "language": y} for x, y in ("ab", "ba")]
    assert paired(SENT, *rows)[0]["n_reports"] == 3


def test_what_rows_tell_differently_is_the_greatest_and_nothing_hides_nothing() -> None:
    told: list[Row] = [{"sender": "b", "parts": 2}, {"sender": "a", "variant": "v"}, {}]
    named = [row | {"message_id": "m"} for row in (SENT, final(MINUTE), final(HOUR))]
    (message,) = paired(*[row | more for row, more in zip(named, told, strict=True)])
    assert [message[name] for name in ("sender", "parts", "variant")] == ["b", 2, "v"]
    (message,) = paired(*[row | more for row, more in zip(named, told[::-1], strict=True)])
    assert [message[name] for name in ("sender", "parts", "variant")] == ["b", 2, "v"]


def test_columns_that_were_not_asked_for_change_nothing() -> None:
    rows = [SENT, final(MINUTE, "failed") | {"error": "E"}, final(HOUR) | {"customer": None}]
    plan = messages(events(*rows).lazy(), as_of=LATER)
    few = ["outcome", "n_reports", "conflicting"]
    assert_frame_equal(plan.select(few).collect(), plan.collect().select(few))


def test_events_are_read_once_to_be_paired() -> None:
    reads = []

    def read(columns: Any, predicate: Any, *_: Any) -> Iterator[pl.DataFrame]:
        reads.append(columns)
        frame = events(SENT, final(MINUTE), final(HOUR, "telepathy"))
        yield frame.select(columns or pl.all()).filter(
            pl.lit(True) if predicate is None else predicate
        )

    plan = register_io_source(read, schema={**CAMPAIGN_EVENTS, "ingest_timestamp": TIME})
    with pytest.warns(SetAsideWarning):
        made = pairing.pair(plan, Window(LATER), {"customer", "error_name"}).collect()
    assert (made.height, len(reads)) == (1, 1)


# as of when


def test_a_send_is_there_from_when_it_was_sent() -> None:
    assert outcomes(SENT, as_of=T - US) == []
    assert outcomes(SENT | {"sent_timestamp": T + SECOND}, as_of=T) == []
    assert outcomes(SENT | {"sent_timestamp": T - SECOND}, as_of=T - SECOND) == ["pending"]


def test_final_rows_after_as_of_are_not_seen() -> None:
    assert outcomes(SENT, final(MINUTE), as_of=T + MINUTE - US) == ["pending"]
    assert outcomes(SENT, final(MINUTE), as_of=T + MINUTE) == ["delivered"]
    assert outcomes(final(MINUTE), as_of=T + MINUTE - US) == []


def test_a_final_row_of_a_later_send_is_not_there_yet_and_ends_nothing() -> None:
    later = final(MINUTE) | {"sent_timestamp": T + 2 * HOUR}
    made = paired(SENT, later, final(2 * MINUTE, "failed"), as_of=T + HOUR)
    assert [(row["outcome"], row["n_reports"]) for row in made] == [("failed", 2)]
    name = {"message_id": "m"}
    (orphan,) = paired(later | name, final(2 * MINUTE) | name, as_of=T + HOUR)
    assert (orphan["sent_at"], orphan["n_reports"]) == (None, 1)


def test_a_final_row_decides_within_the_waiting_period_of_the_sent_timestamp() -> None:
    sent = SENT | {"sent_timestamp": T - HOUR}
    assert outcomes(sent, final(WAITING - HOUR)) == ["delivered"]
    (late,) = paired(sent, final(WAITING - HOUR + US))
    assert (late["outcome"], late["n_late"]) == ("unreported", 1)


# the first rule: a message id


def test_rows_of_one_message_id_are_one_message_whatever_else_they_say() -> None:
    name = {"message_id": "m"}
    other = {"customer": "d", "action_id": "b", "sent_timestamp": T - SECOND}
    assert outcomes(SENT | name, final(MINUTE) | name | other) == ["delivered"]


def test_a_message_id_ties_what_is_too_old_for_nearness() -> None:
    (message,) = paired(SENT | {"message_id": "m"}, final(WAITING + HOUR) | {"message_id": "m"})
    assert (message["outcome"], message["n_late"]) == ("unreported", 1)


def test_two_message_ids_that_differ_are_never_tied() -> None:
    assert outcomes(SENT | {"message_id": "m"}, final(MINUTE) | {"message_id": "n"}) == [
        "unreported", "(delivered)",
    ]  # fmt: skip
    timed = {"sent_timestamp": T}
    rows = SENT | timed | {"message_id": "m"}, final(MINUTE) | timed | {"message_id": "n"}
    assert outcomes(*rows) == ["unreported", "(delivered)"]


def test_a_message_id_on_one_side_only_forbids_nothing() -> None:
    assert outcomes(SENT | {"message_id": "m"}, final(MINUTE)) == ["delivered"]
    assert outcomes(SENT, final(MINUTE) | {"message_id": "m"}) == ["delivered"]


# the second rule: a time of sending


def test_one_time_of_sending_ties_in_spite_of_nearer_sends() -> None:
    first, second = (SENT | {"sent_timestamp": T + n * HOUR} for n in (0, 1))
    second |= {"timestamp": T + HOUR}
    made = paired(first, second, final(2 * HOUR) | {"sent_timestamp": T})
    assert [row["outcome"] for row in made] == ["delivered", "unreported"]


@pytest.mark.parametrize("column", ["customer", "campaign_id", "action_id", "recipient"])
def test_one_time_of_sending_ties_only_what_is_alike(column: str) -> None:
    timed = {"sent_timestamp": T}
    # ten days later nothing is near
    tied = paired(SENT | timed, final(10 * DAY) | timed)
    assert [row["orphan"] for row in tied] == [False]
    apart = paired(SENT | timed, final(10 * DAY) | timed | {column: "other"})
    assert [row["orphan"] for row in apart] == [False, True]


def test_a_message_id_that_no_send_has_may_be_of_a_send_without_one() -> None:
    timed = {"sent_timestamp": T}
    named = SENT | timed | {"message_id": "m", "timestamp": T + SECOND}
    made = paired(SENT | timed, named, final(10 * DAY) | timed | {"message_id": "n"})
    assert sorted((row["message_id"], row["n_reports"]) for row in made) == [("m", 1), ("n", 2)]


# the third rule: nearness


def test_a_final_row_belongs_to_the_latest_send_that_is_not_later() -> None:
    made = paired(SENT, SENT | {"timestamp": T + HOUR}, final(2 * HOUR))
    assert [row["outcome"] for row in made] == ["unreported", "delivered"]
    made = paired(SENT, SENT | {"timestamp": T + HOUR}, final(MINUTE))
    assert [row["outcome"] for row in made] == ["delivered", "unreported"]


def test_five_seconds_are_tolerated() -> None:
    assert outcomes(SENT, final(-5 * SECOND)) == ["delivered"]
    assert outcomes(SENT, final(-5 * SECOND - US)) == ["unreported", "(delivered)"]


def test_a_send_older_than_the_waiting_period_is_not_near() -> None:
    assert outcomes(SENT, final(WAITING)) == ["delivered"]
    assert outcomes(SENT, final(WAITING + US)) == ["unreported", "(delivered)"]


def test_an_open_send_is_near_up_to_the_last_microsecond_of_the_waiting_period() -> None:
    sends = [SENT, SENT | {"timestamp": T + HOUR}]
    at_last = paired(*sends, final(2 * HOUR), final(WAITING, "failed"))
    assert [row["outcome"] for row in at_last] == ["failed", "delivered"]
    too_late = paired(*sends, final(2 * HOUR), final(WAITING + US, "failed"))
    assert [row["n_reports"] for row in too_late] == [1, 3]


def test_every_send_gets_a_final_row_before_one_gets_two() -> None:
    sends = [SENT, SENT | {"timestamp": T + SECOND}]
    made = paired(*sends, final(MINUTE, "failed"), final(HOUR))
    assert [row["outcome"] for row in made] == ["delivered", "failed"]


def test_a_final_row_too_many_repeats_the_latest_send() -> None:
    sends = [SENT, SENT | {"timestamp": T + SECOND}]
    made = paired(*sends, final(MINUTE, "failed"), final(HOUR), final(2 * HOUR, "rejected"))
    assert [row["n_reports"] for row in made] == [2, 3]


def test_a_send_that_a_certain_rule_has_tied_is_open_until_then() -> None:
    sends = [SENT, SENT | {"timestamp": T + SECOND, "message_id": "m"}]
    before = paired(*sends, final(MINUTE), final(HOUR, "failed") | {"message_id": "m"})
    assert [row["n_reports"] for row in before] == [1, 3]
    after = paired(*sends, final(MINUTE, "failed") | {"message_id": "m"}, final(HOUR))
    assert [row["outcome"] for row in after] == ["delivered", "failed"]


def test_the_customer_counts_where_both_rows_have_one_else_the_recipient() -> None:
    other = {"recipient": "447700900999"}
    assert outcomes(SENT, final(MINUTE) | other) == ["delivered"]
    assert outcomes(SENT, final(MINUTE) | {"customer": "d"}) == ["unreported", "(delivered)"]
    assert outcomes(SENT, final(MINUTE) | {"customer": None}) == ["delivered"]
    assert outcomes(SENT, final(MINUTE) | other | {"customer": None}) == [
        "unreported",
        "(delivered)",
    ]
    nobody = {"customer": None, "recipient": None}
    assert outcomes(SENT | nobody, final(MINUTE) | nobody) == ["unreported", "(delivered)"]


@pytest.mark.parametrize("column", ["campaign_id", "action_id"])
def test_rows_of_two_campaigns_or_actions_are_never_near(column: str) -> None:
    assert outcomes(SENT, final(MINUTE) | {column: "other"}) == ["unreported", "(delivered)"]


def test_a_campaign_without_an_id_goes_by_its_name() -> None:
    named = {"campaign_id": None, "campaign_name": "Spring"}
    assert outcomes(SENT | named, final(MINUTE) | named) == ["delivered"]
    autumn = named | {"campaign_name": "Autumn"}
    assert outcomes(SENT | named, final(MINUTE) | autumn) == ["unreported", "(delivered)"]


def test_two_times_of_sending_that_differ_are_never_near() -> None:
    sent = SENT | {"sent_timestamp": T}
    assert outcomes(sent, final(MINUTE) | {"sent_timestamp": T + US}) == [
        "unreported",
        "(delivered)",
    ]
    assert outcomes(sent, final(MINUTE)) == ["delivered"]
    assert outcomes(SENT, final(MINUTE) | {"sent_timestamp": T}) == ["delivered"]


def test_each_row_of_a_send_that_is_told_twice_may_be_near() -> None:
    again = {"message_id": "m", "timestamp": T + HOUR}
    (message,) = paired(SENT | {"message_id": "m"}, SENT | again, final(WAITING + MINUTE))
    assert message["n_reports"] == 3


def test_of_many_sends_at_once_the_last_is_ended_first() -> None:
    sends = [SENT | {"timestamp": T + n * SECOND, "sender": f"{n:03}"} for n in range(300)]
    ends = [final(HOUR + n * SECOND) | {"language": f"{n:03}"} for n in range(300)]
    made = paired(*sends, *ends)
    assert [int(row["sender"]) + int(row["language"]) for row in made] == [299] * 300


@pytest.mark.parametrize("others", [[], [{"customer": None, "recipient": "9"}]])
def test_what_is_left_over_of_one_customer_is_not_given_to_the_next(others: list[Row]) -> None:
    def rows(customer: int, sends: int, ends: int) -> list[Row]:
        who = {"customer": f"c{customer:02}"}
        return [
            *[SENT | who | {"timestamp": T + n * SECOND} for n in range(sends)],
            *[final(MINUTE + n * SECOND) | who for n in range(ends)],
        ]

    counts = [(1, 3), (0, 2), (3, 1), (2, 0), (1, 1), (0, 1), (2, 4)]
    ours = [row for n, count in enumerate(counts) for row in rows(n, *count)]
    made = paired(*ours, *[SENT | other for other in others])
    found = Counter(
        (row["customer"], row["orphan"], row["n_reports"]) for row in made if row["customer"]
    )
    assert found == Counter(
        {
            ("c00", False, 4): 1,
            ("c01", True, 2): 1,
            ("c02", False, 2): 1, ("c02", False, 1): 2,
            ("c03", False, 1): 2,
            ("c04", False, 2): 1,
            ("c05", True, 1): 1,
            ("c06", False, 2): 1, ("c06", False, 4): 1,
        }
    )  # fmt: skip


# the fourth rule: orphans


def test_a_final_row_without_a_send_is_an_orphan_also_where_its_send_time_is_known() -> None:
    (orphan,) = paired(final(MINUTE) | {"sent_timestamp": T})
    told = orphan["orphan"], orphan["outcome"], orphan["sent_at"], orphan["settled"]
    assert told == (True, "delivered", T, True)
    (undated,) = paired(final(MINUTE))
    assert (undated["sent_at"], undated["settled"]) == (None, False)


def test_orphans_of_one_message_id_or_else_of_one_attempt_are_one() -> None:
    assert len(paired(final(MINUTE), final(HOUR, "failed"))) == 1
    assert len(paired(final(MINUTE), final(HOUR) | {"sent_timestamp": T})) == 2
    assert len(paired(final(MINUTE), final(HOUR) | {"customer": "d"})) == 2
    named = {"message_id": "m"}
    assert len(paired(final(MINUTE) | named, final(HOUR) | named | {"customer": "d"})) == 1
    assert len(paired(final(MINUTE) | named, final(HOUR) | {"message_id": "n"})) == 2


# against the oracle

COMPARED = [
    "message_id", "channel", "customer", "campaign_id", "recipient", "sender", "language",
    "sent_at", "settled", "outcome", "receipt", "n_reports", "n_late", "conflicting", "record",
    "parts", "orphan", "population",
]  # fmt: skip


def kinds(made: list[Row]) -> Counter[tuple[Any, ...]]:
    """Count messages that look alike."""
    return Counter(tuple(row[name] for name in COMPARED) for row in made)


def is_possible(made: list[Row], rows: list[Row], question: Question) -> bool:
    """Whether the oracle makes these messages, in some order of rows of equal time."""
    return any(
        kinds(messages_of_events(order, question)) == kinds(made)
        for order in orders(distinct(rows), most=720)
    )


def pair(rows: list[Row], question: Question, engine: Engine = ENGINES["polars"]) -> list[Row]:
    """Pair *rows* on one engine."""
    as_of, waiting = question
    made = messages(engine(events(*rows)), as_of=as_of, waiting_period=waiting)
    return to_polars(made).to_dicts()


def few_ties(world: tuple[list[Row], Question]) -> bool:
    """Whether the oracle may try every order of rows of equal time."""
    return next(orders(distinct(world[0]), most=720), None) is not None


@settings(max_examples=50)
@given(event_worlds().filter(few_ties))
def test_small_worlds_pair_as_the_definitions_say(world: tuple[list[Row], Question]) -> None:
    assert is_possible(pair(*world), *world)


@settings(max_examples=8)
@given(world=event_worlds().filter(few_ties))
def test_on_every_engine(engine: Engine, world: tuple[list[Row], Question]) -> None:
    assert is_possible(pair(*world, engine), *world)


@pytest.mark.parametrize("question", EVENT_QUESTIONS[2:6], ids=str)
def test_hundreds_of_worlds_pair_as_the_definitions_say(question: Question) -> None:
    chance = random.Random(str(question))
    worlds = {name: events_of(chance.choice, name) for name in (f"w{n:03}" for n in range(800))}
    rows = [row for world in worlds.values() for row in world]
    chance.shuffle(rows)
    made = pl.DataFrame(pair(rows, question), infer_schema_length=None)
    found = {name: made.filter(campaign_id=name).to_dicts() for name in worlds}
    wrong = [
        name
        for name, world in worlds.items()
        if few_ties((world, question)) and not is_possible(found[name], world, question)
    ]
    assert wrong == []


@settings(max_examples=25)
@given(event_worlds(), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_of_rows_matters(
    world: tuple[list[Row], Question], chance: random.Random
) -> None:
    rows, (as_of, waiting) = world
    again = [*rows, *[row | {"ingest_timestamp": LATER} for row in chance.choices(rows, k=2)]]
    chance.shuffle(again)
    one, other = (
        messages(events(*each), as_of=as_of, waiting_period=waiting).sort(pl.all())
        for each in (rows, again)
    )
    assert_frame_equal(one, other)


def test_a_settled_outcome_stays_as_time_goes_on() -> None:
    chance = random.Random(4)
    rows = [
        {"customer": f"c{n % 20}", "sender": f"{n}"} | row
        for n in range(200)
        for at in [T + chance.randrange(50_000) * SECOND]
        for row in [
            SENT | {"timestamp": at},
            *[
                final(at - T + chance.randrange(-5, 7_000) * SECOND, status)
                for status in chance.choice([[], ["delivered"], ["failed", "delivered"]])
            ],
        ]
    ]
    frame, told = events(*rows), ["customer", "sent_at", "outcome", "done_at", "n_late"]
    last = messages(frame, as_of=LATER, waiting_period=HOUR).filter(~pl.col("orphan"))
    for hours in (2, 5, 9):
        as_of = T + hours * HOUR
        early = messages(frame, as_of=as_of, waiting_period=HOUR).filter(
            "settled", ~pl.col("orphan")
        )
        late = last.filter(pl.col("sent_at") <= as_of - HOUR)
        assert_frame_equal(early.select(told).sort(told), late.select(told).sort(told))
