"""What no rate counts is never silent: how many messages, which share, and why."""

from typing import Any

import oracle_rates
import polars as pl
import pytest
from conftest import Back, Engine
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle_folding import Row
from oracle_worlds import reports, sent, sent_worlds

from infobip_analytics.countries import no_report_codes
from infobip_analytics.errors import ArgumentError, ColumnError
from infobip_analytics.leftovers import left_out
from infobip_analytics.rates import delivery_rates

REASONS = [
    "set aside", "before since", "after until", "enqueue failed", "orphan", "undated",
    "no-report country", "waiting",
]  # fmt: skip


def counted(*rows: Row, **constants: int) -> dict[str, int]:
    """The reasons that hold for some of these messages."""
    made = left_out(sent(*rows, **constants))
    return {reason: n for reason, n, _ in made.iter_rows() if n}


def test_every_reason_has_a_row_whether_it_holds_or_not(engine: Engine, back: Back) -> None:
    made = back(left_out(engine(sent({}, {"settled": False}))))
    assert made["reason"].to_list() == REASONS
    assert made["messages"].to_list() == [0] * 7 + [1]
    assert made["share"].to_list() == [0] * 7 + [1 / 2]
    assert made.schema["messages"] == pl.Int64


@pytest.mark.parametrize(
    ("reason", "row"),
    [
        ("enqueue failed", {"outcome": "enqueue_failed"}),
        ("orphan", {"orphan": True}),
        ("undated", {"sent_at": None, "settled": False}),
        ("no-report country", {"country": "DE"}),
        ("waiting", {"settled": False}),
    ],
)
def test_each_reason_counts_its_messages(reason: str, row: Row) -> None:
    assert counted({}, row, row) == {reason: 2}


def test_a_message_counts_under_the_first_reason_that_holds() -> None:
    everything: Row = {"settled": False}
    reasons: list[tuple[str, Row]] = [
        ("no-report country", {"country": "DE"}),
        ("undated", {"sent_at": None}),
        ("orphan", {"orphan": True}),
        ("enqueue failed", {"outcome": "enqueue_failed"}),
    ]
    for reason, row in reasons:
        everything |= row
        assert counted(everything) == {reason: 1}


def test_what_is_no_row_of_the_frame_is_counted_from_its_columns(
    engine: Engine, back: Back
) -> None:
    frame = engine(sent({}, {}, set_aside=3, before_since=2, after_until=1))
    made = back(left_out(frame))
    assert made["messages"].to_list() == [3, 2, 1, 0, 0, 0, 0, 0]
    assert made["share"].to_list()[:3] == [3 / 8, 2 / 8, 1 / 8]


def test_without_messages_there_is_no_share(engine: Engine, back: Back) -> None:
    made = back(left_out(engine(sent())))
    assert made["messages"].to_list() == [0] * 8
    assert made["share"].null_count() == 8


def test_the_list_is_an_argument() -> None:
    made = left_out(sent({"country": "DE"}), no_report_countries=())
    assert made["messages"].sum() == 0
    with pytest.raises(ArgumentError, match="Germanny"):
        left_out(sent({}), no_report_countries=["Germanny"])


def test_raw_rows_are_answered_with_the_missing_line() -> None:
    with pytest.raises(ColumnError, match=r"ia\.messages\("):
        left_out(reports({}))


@settings(max_examples=20)
@given(sent_worlds(), st.sampled_from([None, (), ["GB"], ("Vietnam", "US")]))
def test_what_is_left_out_and_what_is_counted_are_everything(
    frame: pl.DataFrame, listed: Any
) -> None:
    made = left_out(frame, no_report_countries=listed)
    found = {reason: n for reason, n, _ in made.iter_rows()}
    known = oracle_rates.left_out(frame, no_report_codes(listed))
    headline = delivery_rates(frame, by=None, no_report_countries=listed)
    assert headline["settled"].item() == known.pop("counted", 0)
    assert {reason: n for reason, n in found.items() if n and reason in REASONS[3:]} == known
    assert [found[reason] for reason in REASONS[:3]] == ([3, 2, 1] if frame.height else [0] * 3)
    settled = headline["settled"].item()
    if settled + sum(found.values()):
        assert made["share"].sum() == pytest.approx(1 - settled / (settled + sum(found.values())))
