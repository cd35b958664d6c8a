"""How far a day may fall by chance, and when that is an alert: rules held against their numbers."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from alert_worlds import days_of
from scipy.stats import false_discovery_control, norm

from infobip_analytics.watching import limits, scanning
from infobip_analytics.watching.limits import Level, level, spread
from infobip_analytics.watching.scanning import Watched, watch

USUAL = [950.0] * 28


def watched(*days: float, before: Any = USUAL, **asked: Any) -> Watched:
    """Watch days of 1,000 messages after the usual ones."""
    return watch(days_of([*before, *days], **asked))


def alerts(*days: float, before: Any = USUAL, **asked: Any) -> list[int]:
    """Give the days, from 0 on after the usual ones, on which an alert began."""
    return [day - len(before) for day, _ in watched(*days, before=before, **asked).begun]


def below(deviations: float, size: float = 1000) -> float:
    """Give how many arrive on a day that is so many deviations below 28 days of 95 %."""
    chance, once = 0.95 * 0.05, 0.01**2
    deviation = math.sqrt(chance / size + once + chance / (28 * size) + once / 28)
    skewness = chance * (1 - 2 * 0.95) / size**2 / deviation**3
    # the score that the correction makes what was asked for
    scores = np.linspace(-12, 0, 200_001)
    corrected = scores - skewness * (np.minimum(scores**2, 25) - 1) / 6
    return size * (0.95 + deviation * float(scores[np.argmin(abs(corrected + deviations))]))


def test_the_level_is_that_of_the_28_latest_usable_days() -> None:
    successes = np.array([10.0] * 5 + [90.0] * 20 + [0.0] + [80.0] * 10)[:, None]
    usable = successes > 0
    found = level(np.full_like(successes, 100), successes, usable)
    assert found.days.tolist() == [28]
    # a pseudo-count keeps a level of all or nothing apart from certainty
    assert found.share[0] == pytest.approx((18 * 90 + 10 * 80 + 0.5) / 2801)


@pytest.mark.parametrize(("days", "known"), [(13, False), (14, True)])
def test_fewer_than_14_days_are_no_baseline(days: int, known: bool) -> None:
    trials, usable = np.full((30, 1), 100.0), np.arange(30)[:, None] < days
    assert np.isfinite(level(trials, trials * 0.9, usable).share[0]) == known


def test_on_days_of_one_size_the_spread_is_that_of_laney(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LAGS", 1)
    chance = np.random.default_rng(4)
    n, p = 2000, 0.92
    k = chance.binomial(n, p + 0.03 * chance.standard_normal(28)).astype(float)
    z = (k / n - p) / math.sqrt(p * (1 - p) / n)
    sigma_z = np.abs(np.diff(z)).mean() / 1.128379
    usable = np.ones((28, 1), bool)
    [found] = spread(np.full((28, 1), float(n)), k[:, None], usable, np.array([p]))
    assert math.sqrt(1 + found**2 * n / (p * (1 - p))) == pytest.approx(sigma_z, rel=1e-3)
    assert found > 0.02


def test_where_days_differ_in_size_the_spread_is_still_found() -> None:
    chance = np.random.default_rng(5)
    sizes = chance.choice([150.0, 1000.0, 30_000.0], (56, 400))
    shares = 0.8 + 0.03 * chance.standard_normal((56, 400))
    k = chance.binomial(sizes.astype(int), shares).astype(float)
    found = spread(sizes, k, np.ones((56, 400), bool), np.full(400, 0.8))
    assert np.median(found) == pytest.approx(0.03, rel=0.05)


def test_a_pattern_of_weekdays_is_spread() -> None:
    week = [900.0] * 5 + [960.0] * 2
    days = np.array(week * 8)[:, None]
    found = spread(np.full((56, 1), 1000.0), days, np.ones((56, 1), bool), np.array([0.917]))
    assert 0.015 < found[0] < 0.05
    assert watch(days_of(week * 12)).begun == []


def test_the_spread_is_never_taken_for_less_than_a_point() -> None:
    usable = np.ones((28, 1), bool)
    found = spread(np.full((28, 1), 1e6), np.full((28, 1), 9.5e5), usable, np.array([0.95]))
    assert found.tolist() == [0.01]


def test_a_score_is_normal_where_messages_are_few() -> None:
    # of 100 messages 5 fail; so few are skewed, and without the correction -3.1 is one in 1,000
    usual = Level(np.array([0.95]), np.array([1e9]), np.array([10**9]))
    failures = np.random.default_rng(6).binomial(100, 0.05, 400_000)
    scores = usual.score(1 - failures / 100, np.array([100.0]), 0.0)
    for limit in (2.5, 3.1):
        plain = (failures - 5) / math.sqrt(4.75) >= limit
        corrected = scores <= -limit
        expected = norm.sf(limit)
        assert abs(corrected.mean() - expected) < abs(plain.mean() - expected)


@pytest.mark.parametrize(("deviations", "begun"), [(4.95, []), (5.05, [0])])
def test_one_day_far_below_is_an_alert_at_once(deviations: float, begun: list[int]) -> None:
    assert alerts(below(deviations), 950) == begun


@pytest.mark.parametrize(
    ("days", "begun"),
    [
        ((2.6, 2.6), [1]),
        ((2.4, 2.4), []),
        ((4.1, 1.05), [1]),
        ((4.3, 0.9), []),
        ((4.9, -1.0, 4.9), []),
    ],
)
def test_two_days_in_a_row_must_both_be_below(days: tuple[float, ...], begun: list[int]) -> None:
    assert alerts(*map(below, days)) == begun


def test_days_without_messages_do_not_break_a_row_up_to_a_week() -> None:
    low = below(2.8)
    for gap, begun in ((6, [7]), (7, [])):
        days = [low, *[0.0] * gap, low]
        sent = [1000.0] * 28 + [1000.0, *[0.0] * gap, 1000.0]
        assert alerts(*days, sent=sent) == begun


def test_a_fall_is_one_incident_until_two_days_in_a_row_are_back() -> None:
    assert alerts(*[850.0] * 9) == [0]
    assert alerts(850, 850, 950, 850, 850) == [0]
    assert alerts(850, 850, 950, 950, 850, 850) == [0, 4]
    assert watched(850, 850, 950).since.tolist() == [28]
    assert watched(850, 850, 950, 950).since.tolist() == [-1]


def test_young_days_need_more_and_begin_where_they_will_when_settled() -> None:
    days = days_of([*USUAL, below(2.6), below(2.6), below(4.6)])
    assert watch(days).begun == [(29, 0)]
    assert watch(days).since.tolist() == [28]
    # judged by their age, by the same numbers
    young = replace(days, bases=days.bases * 2, chosen=days.chosen.copy())
    young.chosen[28:] = 1
    assert watch(young).begun == [(30, 0)]
    assert watch(young).since.tolist() == [28]


def test_an_incident_begins_with_its_first_day() -> None:
    assert watched(below(2.6), below(2.6), 850).since.tolist() == [28]
    # a day that is low by chance before one that is an alert by itself is no part of it
    assert watched(below(1.2), 850).since.tolist() == [29]
    assert watched(below(3.2), 850).since.tolist() == [28]


def test_days_of_an_incident_and_odd_days_are_not_usual() -> None:
    seen = watched(850, 850, 950, 950)
    assert seen.usual[28:, 0].tolist() == [False, False, False, True]
    seen = watched(below(3.1), 950, below(2.9), 950)
    assert seen.usual[28:, 0].tolist() == [False, True, True, True]
    # better than ever on one day is odd, on two in a row it is how things are now
    seen = watched(1000, 950, 1000, 1000)
    assert seen.usual[28:, 0].tolist() == [False, True, False, True]


def test_what_has_lasted_four_weeks_is_how_things_are() -> None:
    seen = watched(*[850.0] * 28)
    assert seen.since.tolist() == [28]
    seen = watched(*[850.0] * 32)
    assert (seen.since.tolist(), len(seen.begun)) == ([-1], 1)
    assert not seen.usual[:28].any()
    assert seen.usual[28:].all()
    assert alerts(*[850.0] * 32, 700) == [0, 32]


def test_an_incident_of_which_nothing_is_heard_is_closed() -> None:
    quiet = [0.0] * 15
    for days, open_ in ((14, True), (15, False)):
        sent = [1000.0] * 29 + quiet[:days]
        seen = watched(850, *quiet[:days], sent=sent)
        assert (seen.since[0] >= 0) == open_


def test_the_worse_a_day_is_the_lower_is_its_score() -> None:
    usual = Level(np.full(101, 0.95), np.full(101, 2800.0), np.full(101, 28))
    scores = usual.score(np.arange(101) / 100, np.full(101, 100.0), 0.01)
    assert (np.diff(scores) > 0).all()


@pytest.mark.parametrize(("size", "begun"), [(99, []), (100, [0])])
def test_a_day_of_fewer_than_100_messages_is_not_judged(size: int, begun: list[int]) -> None:
    sent = [1000.0] * 28 + [size]
    assert alerts(0.3 * size, sent=sent) == begun


def test_a_new_route_is_judged_after_14_days() -> None:
    assert alerts(500, before=[950.0] * 13) == []
    assert alerts(500, before=[950.0] * 14) == [0]


def test_days_older_than_eight_weeks_say_nothing() -> None:
    for gap, begun in ((41, [42]), (44, [])):
        # the 56 days before the last one: 14 days of the 28 are among them with a gap of 42
        sent = [1000.0] * 28 + [0.0] * (gap + 1) + [1000.0]
        assert alerts(*[0.0] * (gap + 1), 500, sent=sent) == begun


def test_a_certain_but_small_fall_is_no_alert() -> None:
    low = [below(2.8, 100_000)] * 2
    usual = {"before": [95_000.0] * 28, "sent": 100_000.0}
    assert alerts(*low, **usual) == [1]
    assert alerts(*low, **usual, effect=0.03) == []


def test_a_route_falls_silent_at_once_and_is_said_to_be() -> None:
    heard = [990.0] * 28 + [480.0]
    seen = watched(470, heard=heard)
    assert (seen.begun, seen.silent.tolist()) == ([(28, 0)], [True])
    # half as many are heard of as usual: that is a fall
    seen = watched(500, heard=[990.0] * 28 + [510.0])
    assert (seen.begun, seen.silent.tolist()) == ([(28, 0)], [False])


def test_a_route_that_was_never_heard_of_is_no_news() -> None:
    never = [60.0] * 28
    assert alerts(0, before=never, heard=[90.0] * 28 + [0.0]) == []
    little = [150.0] * 28
    assert alerts(0, before=little, heard=[160.0] * 28 + [0.0]) == [0]


def test_many_series_asked_at_once_are_held_to_a_harder_standard() -> None:
    chance = np.random.default_rng(7)
    p_values = chance.uniform(0, 1, 500) ** 3
    judged = chance.random(500) < 0.8
    found = scanning._held(np.where(judged, p_values, 1.0), judged, 0.05)
    expected = false_discovery_control(p_values[judged]) <= 0.05
    assert found[judged].tolist() == expected.tolist()
    assert not found[~judged].any()
    assert 0 < expected.sum() < 200


def test_one_doubtful_alert_among_thousands_of_series_is_not_given() -> None:
    days = np.full((30, 3000), 950.0)
    days[28:, 0] = below(2.6)
    assert watch(days_of(days[:, :100])).begun == [(29, 0)]
    assert watch(days_of(days)).begun == []
    assert watch(days_of(days, false_share=1.0)).begun == [(29, 0)]


def simulated(months: int, fall: float, days: int, seed: int) -> list[tuple[int, int]]:
    """Watch series of 1,000 messages a day whose rate spreads by 1 point; give the alerts."""
    chance = np.random.default_rng(seed)
    shares = 0.95 + 0.01 * chance.standard_normal((56 + days, months))
    shares[56:] -= fall
    delivered = chance.binomial(1000, np.clip(shares, 0, 1))
    begun = watch(days_of(delivered, false_share=1.0)).begun
    return [(day - 56, each) for day, each in begun if day >= 56]


@pytest.mark.slow
def test_where_nothing_breaks_there_is_hardly_an_alert_in_100_months() -> None:
    # 1 in 100 would be 12; more than 21 of them come once in 200 such tests
    assert len(simulated(1200, 0.0, 30, seed=90_001)) <= 21


@pytest.mark.slow
def test_a_fall_of_5_points_is_found_within_two_days() -> None:
    found = {each for _, each in simulated(1500, 0.05, 2, seed=90_002)}
    # 95 %, less three standard errors
    assert len(found) / 1500 >= 0.933
