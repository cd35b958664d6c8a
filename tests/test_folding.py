"""Several reports, one message: which of them is believed, and when."""

import random
from datetime import timedelta
from itertools import pairwise
from typing import Any

import hypothesis.strategies as st
import polars as pl
import pytest
from conftest import ENGINES, Back, Engine, to_polars
from hypothesis import given, settings
from oracle_folding import Question, Row, differences, messages_of_reports
from oracle_worlds import DAY, HOUR, SECOND, US, WAITING, T, report_worlds, reports, reports_of
from polars.testing import assert_frame_equal

from infobip_analytics.frames import MESSAGES
from infobip_analytics.journey import messages

LATER = T + 10 * DAY

DELIVERED = {"status_group": "DELIVERED", "status_id": 5}
TO_OPERATOR = {"status_group": "DELIVERED", "status_id": 2}
FAILED = {"status_group": "UNDELIVERABLE", "status_id": 4}
REJECTED = {"status_group": "REJECTED", "status_id": 6}
UNKNOWN = {"status_group": "EXPIRED", "status_id": 29}
PENDING = {"status_group": "PENDING", "status_id": 3}


def folded(*rows: Row, **question: Any) -> Row:
    """Fold rows of one message; by default long after its waiting period."""
    made: pl.DataFrame = messages(reports(*rows), **{"as_of": LATER} | question)
    return made.row(0, named=True)


# what a report says


@pytest.mark.parametrize(
    ("group", "outcome"),
    [
        ("DELIVERED", "delivered"),
        ("UNDELIVERABLE", "failed"),
        ("EXPIRED", "failed"),
        ("REJECTED", "rejected"),
        ("PENDING", "unreported"),
        ("ACCEPTED", "unreported"),
        ("SEEN", "unreported"),
        (None, "unreported"),
    ],
)
def test_the_status_group_tells_the_outcome(
    group: str | None, outcome: str, engine: Engine, back: Back
) -> None:
    frame = engine(reports({"status_group": group, "done_at": T}))
    assert back(messages(frame, as_of=LATER))["outcome"].to_list() == [outcome]


@pytest.mark.parametrize(
    "row", [PENDING, UNKNOWN, {"status_group": "SEEN"}, {"status_group": None}]
)
def test_without_a_usable_report_a_message_is_pending_until_its_waiting_period_is_over(
    row: Row,
) -> None:
    assert folded(row, as_of=T + WAITING - US)["outcome"] == "pending"
    assert folded(row, as_of=T + WAITING)["outcome"] == "unreported"


@pytest.mark.parametrize(("status", "receipt"), [(5, "handset"), (2, "operator")])
def test_a_receipt_says_how_far_the_message_came(status: int, receipt: str) -> None:
    assert folded({"status_group": "DELIVERED", "status_id": status})["receipt"] == receipt
    assert folded({"status_group": "REJECTED", "status_id": status})["receipt"] is None


def test_success_is_read_from_the_status_and_never_from_the_error() -> None:
    assert folded(REJECTED | {"error_id": 0, "error_name": "NO_ERROR"})["outcome"] == "rejected"
    assert (
        folded(DELIVERED | {"error_id": 5, "error_group": "USER_ERRORS"})["outcome"] == "delivered"
    )


def test_the_group_decides_what_an_ambiguous_id_means() -> None:
    assert folded({"status_group": "EXPIRED", "status_id": 87})["outcome"] == "failed"
    assert folded({"status_group": "REJECTED", "status_id": 87})["outcome"] == "rejected"
    assert folded({"status_group": "REJECTED", "status_id": 29})["outcome"] == "rejected"


# which of several is believed

BY_RANK = [PENDING, UNKNOWN, TO_OPERATOR, FAILED, DELIVERED]


@pytest.mark.parametrize(("less", "more"), list(pairwise(BY_RANK)))
def test_a_higher_rank_wins_whatever_the_times(less: Row, more: Row) -> None:
    message = folded(less | {"done_at": T + HOUR}, more | {"done_at": T})
    assert (message["status_id"], message["done_at"]) == (more["status_id"], T)


def test_rejected_has_the_rank_of_failed() -> None:
    late = {"done_at": T + HOUR}
    assert folded(REJECTED, FAILED | late)["outcome"] == "failed"
    assert folded(FAILED, REJECTED | late)["outcome"] == "rejected"


def test_within_a_rank_the_latest_done_at_wins() -> None:
    early, late = DELIVERED | {"done_at": T}, DELIVERED | {"done_at": T + SECOND, "error_id": 7}
    assert folded(late, early)["error_id"] == 7
    assert folded(early, late)["done_at"] == T + SECOND


def test_a_missing_done_at_counts_as_sent_at() -> None:
    none = FAILED | {"error_id": 1}
    assert folded(none, FAILED | {"error_id": 2, "done_at": T - US})["error_id"] == 1
    assert folded(none, FAILED | {"error_id": 0, "done_at": T + US})["error_id"] == 0
    assert folded(none)["done_at"] is None


@pytest.mark.parametrize(
    ("less", "more"),
    [
        (FAILED | {"error_id": 9}, FAILED | {"status_id": 4711}),
        (FAILED | {"status_id": None, "error_id": 9}, FAILED | {"status_id": 0}),
        (
            {"status_group": "EXPIRED", "status_id": 87, "error_id": 9},
            {"status_group": "REJECTED", "status_id": 87},
        ),
        (FAILED | {"error_id": 5, "status_name": "Z"}, FAILED | {"error_id": 5001}),
        (FAILED | {"error_id": None, "status_name": "Z"}, FAILED | {"error_id": 0}),
        (FAILED | {"status_name": "A"}, FAILED | {"status_name": "B"}),
        (FAILED | {"status_name": None}, FAILED | {"status_name": ""}),
    ],
    ids=[
        "the greater status id", "no status id is lowest", "rejected over failed",
        "the greater error id", "no error id is lowest", "the greater name", "no name is lowest",
    ],
)  # fmt: skip
def test_rows_of_one_rank_and_time_are_told_apart(less: Row, more: Row) -> None:
    for rows in [(less, more), (more, less)]:
        message = folded(*rows)
        assert {name: message[name] for name in more} == more


def test_an_id_beyond_all_tables_does_not_outweigh_the_time() -> None:
    huge = FAILED | {"status_id": 2**40, "error_id": 2**40}
    assert folded(huge, FAILED | {"done_at": T + US})["status_id"] == 4
    assert folded(huge, DELIVERED)["outcome"] == "delivered"


def test_status_error_and_done_at_are_of_one_row() -> None:
    message = folded(
        FAILED | {"done_at": T, "error_id": 9, "error_name": "EC_Z", "permanent": True},
        DELIVERED | {"done_at": T - SECOND, "error_group": "OK"},
    )
    told = ["status_id", "done_at", "error_id", "error_name", "error_group", "permanent"]
    assert [message[name] for name in told] == [5, T - SECOND, None, None, "OK", None]


def test_they_are_null_where_no_row_decides() -> None:
    message = folded(DELIVERED | {"done_at": T + WAITING + US})
    assert message["outcome"] == "unreported"
    assert [message[name] for name in ("status_id", "status_group", "done_at")] == [None] * 3


def test_the_rest_is_the_least_time_of_sending_and_the_greatest_of_everything_else() -> None:
    one = {"parts": 2, "price": 0.1, "sender": "A", "recipient": "12", "currency": None}
    two = {"parts": 1, "price": 0.2, "sender": "B", "recipient": "120", "currency": "EUR"}
    message = folded(DELIVERED | one, DELIVERED | two | {"sent_at": T + SECOND})
    rest = ["sent_at", "parts", "price", "sender", "recipient", "currency"]
    assert [message[name] for name in rest] == [T, 2, 0.2, "B", "120", "EUR"]


def test_distinct_rows_are_counted_whenever_they_arrived() -> None:
    row = DELIVERED | {"done_at": T}
    message = folded(row, row, row | {"received_at": LATER}, row | {"callback_data": "{}"}, PENDING)
    assert message["n_reports"] == 3


def test_a_log_entry_and_a_report_are_two_rows_of_one_message_known_from_the_log() -> None:
    message = folded(DELIVERED | {"record": "report"}, DELIVERED | {"record": "log"}, DELIVERED)
    assert (message["record"], message["n_reports"]) == ("log", 2)


@pytest.mark.parametrize(
    ("one", "other", "conflicting"),
    [
        (DELIVERED, FAILED, True),
        (REJECTED, FAILED, True),
        (TO_OPERATOR, FAILED, False),
        (TO_OPERATOR, DELIVERED, False),
        (FAILED, {"status_group": "EXPIRED", "status_id": 15}, False),
        (UNKNOWN, DELIVERED, False),
        (DELIVERED, FAILED | {"done_at": T + WAITING + US}, False),
        (DELIVERED, FAILED | {"done_at": LATER + US}, False),
    ],
)
def test_two_different_final_outcomes_conflict(one: Row, other: Row, conflicting: bool) -> None:
    assert folded(one, other)["conflicting"] is conflicting


def test_rows_without_a_message_id_make_no_message() -> None:
    frame = reports(DELIVERED, DELIVERED | {"message_id": None})
    assert messages(frame, as_of=LATER)["message_id"].to_list() == ["m"]


# as of when


def test_a_message_exists_from_when_it_was_sent() -> None:
    row = reports(DELIVERED)
    assert messages(row, as_of=T - US).is_empty()
    assert messages(row, as_of=T).height == 1


def test_a_row_sent_after_as_of_does_not_exist() -> None:
    message = folded(PENDING, DELIVERED | {"sent_at": LATER + US, "done_at": T, "parts": 9})
    assert (message["outcome"], message["parts"], message["n_reports"]) == ("unreported", None, 1)


def test_reports_after_as_of_are_not_seen() -> None:
    rows = PENDING, DELIVERED | {"done_at": T + HOUR}
    before, then = folded(*rows, as_of=T + HOUR - US), folded(*rows, as_of=T + HOUR)
    assert (before["outcome"], before["n_reports"]) == ("pending", 1)
    assert (then["outcome"], then["n_reports"]) == ("delivered", 2)


def test_a_report_decides_up_to_the_last_microsecond_of_the_waiting_period() -> None:
    in_time = folded(DELIVERED | {"done_at": T + WAITING})
    too_late = folded(DELIVERED | {"done_at": T + WAITING + US})
    assert (in_time["outcome"], in_time["n_late"]) == ("delivered", 0)
    assert (too_late["outcome"], too_late["n_late"], too_late["n_reports"]) == ("unreported", 1, 1)


def test_a_late_report_is_counted_once_and_only_once_it_is_seen() -> None:
    late = DELIVERED | {"done_at": T + WAITING + HOUR}
    assert folded(late, late, as_of=T + WAITING)["n_late"] == 0
    assert folded(late, late, as_of=T + WAITING + HOUR)["n_late"] == 1


def test_the_waiting_period_runs_from_the_time_of_the_row_else_of_the_message() -> None:
    done = {"done_at": T + WAITING + SECOND}
    assert folded(PENDING, DELIVERED | done | {"sent_at": T + SECOND})["outcome"] == "delivered"
    assert folded(PENDING, DELIVERED | done | {"sent_at": None})["outcome"] == "unreported"


def test_a_message_is_settled_to_the_microsecond() -> None:
    assert not folded(DELIVERED, as_of=T + WAITING - US)["settled"]
    assert folded(DELIVERED, as_of=T + WAITING)["settled"]


def test_a_message_without_any_time_of_sending_is_undated_and_never_settled() -> None:
    message = folded(DELIVERED | {"sent_at": None, "done_at": T})
    assert (message["outcome"], message["sent_at"], message["settled"]) == (
        "delivered",
        None,
        False,
    )


# against the oracle


def agree(rows: list[Row], question: Question, engine: Engine = ENGINES["polars"]) -> None:
    """Fold *rows* on one engine and hold the messages against the oracle's."""
    as_of, waiting = question
    made = messages(engine(reports(*rows)), as_of=as_of, waiting_period=waiting)
    assert differences(to_polars(made).to_dicts(), messages_of_reports(rows, question)) == []


@settings(max_examples=60)
@given(report_worlds())
def test_small_worlds_fold_as_the_definitions_say(world: tuple[list[Row], Question]) -> None:
    agree(*world)


@settings(max_examples=10)
@given(world=report_worlds())
def test_on_every_engine(engine: Engine, world: tuple[list[Row], Question]) -> None:
    agree(*world, engine)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("waiting", [HOUR, WAITING])
def test_a_thousand_messages_fold_as_the_definitions_say(seed: int, waiting: timedelta) -> None:
    chance = random.Random(seed)
    names = [f"m{n:04}" for n in range(1_000)]
    rows = [row for name in names for row in reports_of(chance.choice, name, waiting)]
    chance.shuffle(rows)
    agree(rows, Question(chance.choice([T + waiting, T + waiting + US, T + 5 * waiting]), waiting))


@settings(max_examples=25)
@given(report_worlds(), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_of_rows_matters(
    world: tuple[list[Row], Question], chance: random.Random
) -> None:
    rows, (as_of, waiting) = world
    again = [*rows, *chance.choices(rows, k=3)]
    chance.shuffle(again)
    one, other = (
        messages(reports(*each), as_of=as_of, waiting_period=waiting) for each in (rows, again)
    )
    assert_frame_equal(one.drop("set_aside"), other.drop("set_aside"))


@settings(max_examples=25)
@given(report_worlds())
def test_a_settled_outcome_stays_as_time_goes_on(world: tuple[list[Row], Question]) -> None:
    rows, (as_of, waiting) = world
    # in sound data all rows of a message know the same time of sending
    sound = reports(*[row | {"sent_at": T} for row in rows if row["message_id"]])
    told = ["message_id", "outcome", "receipt", "status_id", "error_id", "done_at", "conflicting"]
    early, late = (
        messages(sound, as_of=moment, waiting_period=waiting).filter("settled").select(told)
        for moment in (as_of, as_of + 3 * waiting)
    )
    assert_frame_equal(early, late.filter(pl.col("message_id").is_in(early["message_id"])))


@settings(max_examples=20)
@given(report_worlds(), st.sets(st.sampled_from(list(MESSAGES)), min_size=1, max_size=4))
def test_a_lazy_frame_asked_for_few_columns_tells_the_same(
    world: tuple[list[Row], Question], names: set[str]
) -> None:
    rows, (as_of, waiting) = world
    frame, columns = reports(*rows), sorted({"message_id", *names})
    whole = messages(frame, as_of=as_of, waiting_period=waiting).select(columns)
    asked = messages(frame.lazy(), as_of=as_of, waiting_period=waiting).select(columns).collect()
    assert_frame_equal(whole.sort("message_id"), asked.sort("message_id"))


def test_asked_for_done_at_alone_a_lazy_frame_takes_it_from_the_same_row() -> None:
    frame = reports(DELIVERED | {"error_id": 9}, DELIVERED | {"error_id": 1, "done_at": T})
    assert messages(frame.lazy(), as_of=LATER).select("done_at").collect().item() is None
