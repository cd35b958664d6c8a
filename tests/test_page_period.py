"""The time a report is about, the time before it, what is still coming, and the small trends."""

import math
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep
from test_page import a_message, failed, frame

from infobip_analytics.page.coming import waiting_rows
from infobip_analytics.page.period import Period, before, period_of
from infobip_analytics.page.sparks import trends

AS_OF = datetime(2026, 10, 5, 10, tzinfo=UTC)
SETTLED = AS_OF - timedelta(days=4)
DAY = timedelta(days=1)
ABSENT = (27, "EC_ABSENT_SUBSCRIBER")
NOBODY: frozenset[str] = frozenset()


def sent(days_ago: float, **values: Any) -> dict[str, Any]:
    """A message sent so many days before the last moment at which messages are settled."""
    return a_message(sent_at=SETTLED - days_ago * DAY, as_of=AS_OF, **values)


def missed(days_ago: float) -> dict[str, Any]:
    return failed(ABSENT, sent_at=SETTLED - days_ago * DAY, as_of=AS_OF)


def waiting(days_ago: float, **values: Any) -> dict[str, Any]:
    return sent(days_ago, settled=False, **values)


LONG = frame(*(sent(days) for days in range(80)), waiting(-1))


def test_it_is_the_last_28_settled_days() -> None:
    assert period_of(LONG, None, None, 28) == Period(SETTLED - 28 * DAY, end=SETTLED)


def test_a_bound_that_was_asked_for_goes_before_it() -> None:
    assert period_of(LONG, SETTLED, None, 28) == Period(SETTLED, None, SETTLED, chosen=True)
    assert period_of(LONG, None, SETTLED, 28) == Period(None, SETTLED, SETTLED, chosen=True)


def test_shorter_data_are_looked_at_as_a_whole() -> None:
    assert period_of(frame(sent(27), sent(1)), None, None, 28) == Period()
    assert period_of(LONG, None, None, None) == Period()


def test_where_nothing_is_settled_there_is_no_period() -> None:
    assert period_of(frame(waiting(-1), waiting(-2)), None, None, 28) == Period()
    assert period_of(frame(), None, None, 28) == Period()


def test_of_old_data_it_ends_with_the_last_send() -> None:
    old = frame(*(sent(days) for days in range(400, 480)))
    period = period_of(old, None, None, 28)
    assert period == Period(SETTLED - 428 * DAY, end=SETTLED - 400 * DAY)
    found = before(old, period, NOBODY)
    assert found
    assert (found["since"], found["settled"]) == (SETTLED - 456 * DAY, 28)


def test_the_change_is_of_as_long_a_time_before_with_newcombes_interval() -> None:
    world = frame(
        *(sent(days) for days in range(28)), *(missed(days + 0.5) for days in range(3)),
        *(sent(28.5 + days) for days in range(28)), *(missed(28.6 + days) for days in range(10)),
        sent(90),
    )  # fmt: skip
    found = before(world, period_of(world, None, None, 28), NOBODY)
    assert found
    assert (found["since"], found["until"]) == (SETTLED - 56 * DAY, SETTLED - 28 * DAY)
    assert (found["delivered"], found["settled"]) == (28, 38)
    assert math.isclose(found["change"], 28 / 31 - 28 / 38)
    low, high = confint_proportions_2indep(28, 31, 28, 38, method="newcomb")
    assert math.isclose(found["change_low"], low, abs_tol=1e-12)
    assert math.isclose(found["change_high"], high, abs_tol=1e-12)


@pytest.mark.parametrize("first", [28.5, 40, 54.9])
def test_data_that_do_not_reach_back_are_not_compared(first: float) -> None:
    world = frame(*(sent(days) for days in range(28)), sent(first))
    assert before(world, period_of(world, None, None, 28), NOBODY) is None


def test_without_a_beginning_there_is_nothing_before() -> None:
    assert before(LONG, Period(), NOBODY) is None
    assert before(frame(), Period(SETTLED, end=SETTLED), NOBODY) is None


def test_a_chosen_time_is_compared_with_as_long_a_time_before() -> None:
    found = before(LONG, period_of(LONG, SETTLED - 20 * DAY, SETTLED - 10 * DAY, 28), NOBODY)
    assert found
    assert (found["since"], found["settled"]) == (SETTLED - 30 * DAY, 10)


def test_waiting_messages_are_counted_by_day_and_say_when_they_are_final() -> None:
    world = frame(
        waiting(-1), waiting(-1.1, outcome="pending"), waiting(-2, outcome="failed"), sent(1),
        waiting(-2, country="DE"),
    )  # fmt: skip
    rows = waiting_rows(world, frozenset({"DE"}))
    assert [(row["day"].date(), row["waiting"]) for row in rows] == [
        (date(2026, 10, 2), 2), (date(2026, 10, 3), 1),
    ]  # fmt: skip
    assert [(row["delivered_so_far"], row["reported_so_far"]) for row in rows] == [(1, 1), (0, 1)]
    assert rows[0]["final"] == datetime(2026, 10, 7, tzinfo=UTC)
    assert waiting_rows(frame(sent(1)), NOBODY) == []


def test_a_point_of_a_trend_is_a_day_or_as_many_as_say_something() -> None:
    world = frame(
        *[sent(9)] * 20, *[missed(8)] * 15, *[sent(7)] * 5, *[sent(3)] * 30, missed(1),
        *[sent(5, country="FR")] * 3, waiting(-1),
    )  # fmt: skip
    found = trends(world, NOBODY)
    assert (found["from"], found["to"]) == ("2026-09-22", "2026-09-30")
    british = [
        (each["from"][-2:], each["to"][-2:], each["delivered"], each["settled"])
        for each in found["countries"]["GB"]
    ]
    assert british == [("22", "22", 20, 20), ("23", "24", 5, 20), ("28", "30", 30, 31)]
    assert [each["delivery_rate"] for each in found["countries"]["GB"]] == [1.0, 0.25, 30 / 31]
    [french] = found["countries"]["FR"]
    assert (french["settled"], french["delivery_rate"]) == (3, 1.0)


def test_the_points_of_a_long_time_are_weeks() -> None:
    daily = [sent(day) for day in range(80) for _ in range(25)]
    found = trends(frame(*daily), NOBODY)
    assert found["days"] == 7
    first, last = found["all"][0], found["all"][-1]
    assert len(found["all"]) == 12
    assert date.fromisoformat(first["to"]) - date.fromisoformat(first["from"]) == timedelta(days=6)
    assert (first["settled"], last["settled"]) == (7 * 25, 3 * 25)
    assert trends(frame(*daily[: 63 * 25]), NOBODY)["days"] == 1


@pytest.mark.parametrize("seed", range(5))
def test_the_points_of_a_trend_hold_every_settled_message_once(seed: int) -> None:
    chance = random.Random(seed)
    days = [chance.randrange(60) for _ in range(chance.randrange(1, 400))]
    world = frame(*(sent(day) if chance.random() > 0.3 else missed(day) for day in days))
    found = trends(world, NOBODY)["all"]
    assert sum(each["settled"] for each in found) == world.height
    assert sum(each["delivered"] for each in found) == world.filter(outcome="delivered").height
    assert all(each["settled"] >= 20 for each in found) or len(found) == 1
    for each in found:
        first, last = (date.fromisoformat(each[end]) for end in ("from", "to"))
        of_days = world.filter(pl.col("sent_at").dt.date().is_between(first, last))
        assert of_days.height == each["settled"]


def test_without_settled_messages_or_times_there_is_no_trend() -> None:
    assert trends(frame(waiting(-1)), NOBODY) == {}
    assert trends(frame(sent(1)).drop("sent_at"), NOBODY) == {}


def test_orphans_and_what_was_never_forwarded_do_not_stretch_the_data() -> None:
    world = frame(sent(1), sent(60, orphan=True), sent(70, outcome="enqueue_failed"))
    assert period_of(world, None, None, 28) == Period()


def test_it_says_on_how_many_days_there_was_something_to_compare_with() -> None:
    world = frame(*(sent(days) for days in range(28)), sent(29), sent(29), sent(80))
    found = before(world, period_of(world, None, None, 28), NOBODY)
    assert found
    assert (found["days"], found["settled"]) == (1, 2)
    hole = frame(*(sent(days) for days in range(28)), sent(80))
    found = before(hole, period_of(hole, None, None, 28), NOBODY)
    assert found
    assert (found["days"], found["settled"], found["change"]) == (0, 0, None)
