"""Shorter ways give what the long ones give: folded in parts, and counted before all is said."""

import random
import warnings
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
import polars as pl
import pytest
from hypothesis import given, settings
from oracle_folding import Question, Row
from oracle_worlds import DAY, HOUR, T, report_worlds, reports, reports_of
from polars.testing import assert_frame_equal

import infobip_analytics as ia
from infobip_analytics.errors import InfobipAnalyticsWarning, SourceError
from infobip_analytics.folding import parts
from infobip_analytics.unfinished import remembered

LATER = T + 10 * DAY
BY: list[Any] = [None, "country", "network", "day", ["channel", "country"], "error"]


def world(chance: random.Random, size: int) -> pl.DataFrame:
    """Reports of *size* messages, some of them without a name."""
    names = [chance.choice([f"m{n}", f"m{n}", None]) for n in range(size)]
    return reports(*[row for n in names for row in reports_of(chance.choice, n, 2 * HOUR)])


def plan_of(frame: pl.DataFrame, **question: Any) -> pl.LazyFrame:
    made: pl.LazyFrame = ia.messages(frame.lazy(), **question)
    return made


# counted ahead


@settings(max_examples=25)
@given(
    report_worlds(),
    st.sampled_from(BY),
    st.sampled_from([None, T, T + HOUR, T + DAY]),
    st.sampled_from([None, T, T + 2 * HOUR, T + 9 * DAY]),
)
def test_a_plan_is_rated_as_its_messages_are(
    world: tuple[list[Row], Question], by: Any, since: Any, until: Any
) -> None:
    rows, (as_of, waiting) = world
    frame = reports(*rows)
    asked = {"as_of": as_of, "waiting_period": waiting, "since": since}
    asked["until"] = until if until is None or since is None or until >= since else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InfobipAnalyticsWarning)
        plan, whole = plan_of(frame, **asked), ia.messages(frame, **asked)
        for count in (ia.delivery_rates, ia.report_coverage):
            key = "country" if count is ia.report_coverage and by is None else by
            assert_frame_equal(count(plan, by=key).collect(), count(whole, by=key))


def test_what_was_done_to_a_plan_counts() -> None:
    plan = plan_of(world(random.Random(1), 30), as_of=LATER)
    assert remembered(plan) is not None
    some = plan.filter(pl.col("outcome") == "delivered")
    assert remembered(some) is None
    found = ia.delivery_rates(some, by=None).collect()
    assert found["delivered"].sum() == found["settled"].sum() > 0


def test_a_plan_of_which_nothing_is_left_says_so_when_it_is_counted() -> None:
    rates = ia.delivery_rates(plan_of(world(random.Random(2), 5), as_of=LATER, since=T + 9 * DAY))
    with pytest.warns(InfobipAnalyticsWarning, match="nothing is left"):
        assert rates.collect().is_empty()


# folded in parts


@settings(max_examples=8)
@given(st.integers(0, 10**6), st.sampled_from([1, 7, 40]))
def test_parts_make_the_whole(seed: int, size: int) -> None:
    frame = world(random.Random(seed), 40)
    whole = ia.messages(frame, as_of=LATER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "MANY", size)
        patch.setattr(parts, "PART", size)
        patch.setattr(parts, "_PIECE", 5)
        assert_frame_equal(ia.messages(frame, as_of=LATER), whole)
        rates = ia.delivery_rates(plan_of(frame, as_of=LATER)).collect()
    assert_frame_equal(rates, ia.delivery_rates(whole))


def test_a_full_disk_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parts, "MANY", 5)
    monkeypatch.setattr(parts, "PART", 5)
    monkeypatch.setattr(parts._Spilled, "add", full)
    with pytest.raises(SourceError, match=r"no room .* \(No space left on device\): make room"):
        ia.messages(world(random.Random(3), 30), as_of=LATER)


def test_parts_wait_for_nobody(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MANY", 5)
    monkeypatch.setattr(parts, "PART", 5)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    plan = plan_of(world(random.Random(4), 30), as_of=LATER, waiting_period=timedelta(hours=2))
    assert ia.delivery_rates(plan, by=None).collect().height == 1
    assert not list(tmp_path.iterdir())
