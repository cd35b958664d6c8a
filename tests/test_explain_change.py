"""Changes: split exactly, judged without false alarms, and told in a sentence."""

import json
import random
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import comb, isclose
from typing import Any

import numpy as np
import polars as pl
import pytest
from conftest import Back, Engine, Run
from scipy.stats import hypergeom
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from infobip_analytics.changing import explain_change
from infobip_analytics.changing.asked import Asked
from infobip_analytics.changing.judging import judge, p_values
from infobip_analytics.changing.periods import Period, two_periods
from infobip_analytics.changing.splitting import split
from infobip_analytics.errors import ArgumentError, ColumnError
from infobip_analytics.rates import delivery_rates

#: Delivered, settled
Counts = dict[str, tuple[int, int]]

AS_OF = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)

#: Delivery gets better everywhere, and the rate falls: most messages now go to India
BEFORE: Counts = {"FR": (7760, 8000), "IN": (800, 1000), "US": (930, 1000)}
AFTER: Counts = {"FR": (2925, 3000), "IN": (4920, 6000), "US": (940, 1000)}


def rows(country: str, number: int, outcome: str = "delivered", **more: Any) -> pl.DataFrame:
    """Make messages that are alike."""
    usual = {"settled": True, "record": "log", "as_of": AS_OF, "waiting_days": 4.0}
    sent = {"sent_at": AS_OF - 10 * DAY}
    one = {"country": country, "outcome": outcome, **usual, **sent, **more}
    alike = pl.DataFrame({name: [value] for name, value in one.items()})
    return alike.join(pl.DataFrame({"_": range(number)}), how="cross").drop("_")


def world(counts: Counts, *others: pl.DataFrame, **more: Any) -> pl.DataFrame:
    """Make messages of which so many were delivered, of so many settled ones, by country."""
    kinds = [
        rows(country, number, outcome, **more)
        for country, (delivered, settled) in counts.items()
        for outcome, number in (("delivered", delivered), ("failed", settled - delivered))
    ]
    return pl.concat([*kinds, *others], how="diagonal")


def by_country(before: Counts, after: Counts, **asked: Any) -> dict[str, dict[str, Any]]:
    frame: pl.DataFrame = explain_change(world(before), world(after), **asked).frame
    return {row["country"]: row for row in frame.to_dicts()}


# the split


def test_the_rate_falls_while_every_country_improves(engine: Engine, back: Back) -> None:
    change = explain_change(engine(world(BEFORE)), engine(world(AFTER)))
    assert change.sentence == "−7.1 points: mix −8.1, rate +1.1: more messages to India"
    totals = change.totals
    assert isclose(totals["difference"], -0.0705)
    assert isclose(totals["mix_effect"], -0.08125)
    assert isclose(totals["rate_effect"], 0.01075)
    # of a directly standardised difference
    assert round(totals["rate_effect_low"], 5) == 0.00049
    assert round(totals["rate_effect_high"], 5) == 0.02101
    found = back(change.frame)
    assert found["country"].to_list() == ["IN", "FR", "US"]
    assert np.allclose(found["mix_effect"], [-0.0695, -0.01175, 0])
    assert np.allclose(found["rate_effect"], [0.007, 0.00275, 0.001])
    counts = ["before_settled", "before_delivered", "after_settled", "after_delivered"]
    assert found.select(counts).rows()[0] == (1000, 800, 6000, 4920)


@pytest.mark.parametrize("seed", range(20))
def test_all_effects_together_are_the_change_whatever_enters_or_leaves(seed: int) -> None:
    chance = random.Random(seed)
    before, after = a_world(chance), a_world(chance)
    found = by_country(before, after, no_report_countries=())
    expected = kitagawa(before, after)
    assert found.keys() == expected.keys()
    for country, (rate, mix) in expected.items():
        assert isclose(found[country]["rate_effect"], rate, abs_tol=1e-14)
        assert isclose(found[country]["mix_effect"], mix, abs_tol=1e-14)
    total = sum(row["rate_effect"] + row["mix_effect"] for row in found.values())
    assert isclose(total, overall(after) - overall(before), abs_tol=1e-13)


def a_world(chance: random.Random) -> Counts:
    countries = chance.sample(
        ["FR", "IN", "US", "GB", "IT", "ES", "PL", "SE"], chance.randint(1, 6)
    )
    settled = {country: chance.randint(1, 400) for country in countries}
    return {country: (chance.randint(0, n), n) for country, n in settled.items()}


def overall(counts: Counts) -> Fraction:
    delivered, settled = map(sum, zip(*counts.values(), strict=True))
    return Fraction(delivered, settled)


def kitagawa(before: Counts, after: Counts) -> dict[str, tuple[Fraction, Fraction]]:
    """Split as on paper, in fractions: (rate, mix) by country."""
    base, parts = overall(before), {}
    whole = [sum(n for _, n in each.values()) for each in (before, after)]
    for country in {*before, *after}:
        (k1, n1), (k2, n2) = before.get(country, (0, 0)), after.get(country, (0, 0))
        v1, v2 = Fraction(n1, whole[0]), Fraction(n2, whole[1])
        if not n1:
            parts[country] = (Fraction(0), v2 * (Fraction(k2, n2) - base))
        elif not n2:
            parts[country] = (Fraction(0), -v1 * (Fraction(k1, n1) - base))
        else:
            p1, p2 = Fraction(k1, n1), Fraction(k2, n2)
            parts[country] = ((v1 + v2) / 2 * (p2 - p1), ((p1 + p2) / 2 - base) * (v2 - v1))
    return parts


def test_what_enters_or_leaves_moves_the_mix_alone_and_has_no_difference() -> None:
    found = by_country({"FR": (90, 100), "IT": (50, 50)}, {"FR": (90, 100), "IN": (10, 50)})
    kinds = {country: (row["kind"], row["verdict"]) for country, row in found.items()}
    assert kinds == {
        "FR": ("both", "unproven"),
        "IT": ("leaving", "leaving"),
        "IN": ("entering", "entering"),
    }
    assert found["IN"]["rate_effect"] == found["IT"]["rate_effect"] == 0
    assert found["IN"]["before_settled"] == found["IT"]["after_settled"] == 0
    for name in ("before_rate", "difference", "difference_low", "p_value", "q_value"):
        assert found["IN"][name] is None


# who counts


def test_only_settled_messages_to_countries_that_report_are_compared(
    engine: Engine, back: Back
) -> None:
    silent = rows("DE", 500, "unreported")
    waiting = rows("FR", 40, "pending", settled=False)
    never = rows("FR", 30, "enqueue_failed")
    orphans = rows("FR", 20, "failed", orphan=True)
    after = world({"FR": (80, 100)}, silent, waiting, never, orphans)
    change = explain_change(engine(world({"FR": (90, 100)})), engine(after))
    [row] = back(change.frame).to_dicts()
    assert (row["country"], row["after_settled"], row["after_delivered"]) == ("FR", 100, 80)
    assert row["after_waiting"] == 40
    assert change.notes[-1] == (
        "left out after: 30 never forwarded (enqueue_failed); 20 orphans; "
        "500 to no-report countries; 40 still waiting"
    )


def test_grouped_by_something_else_no_report_countries_are_left_out_too() -> None:
    quiet = rows("DE", 300, "unreported", network="1")
    change = explain_change(
        world({"FR": (90, 100)}, network="1"),
        world({"FR": (90, 100)}, quiet, network="1"),
        "network",
    )
    [row] = change.frame.to_dicts()
    assert (row["after_settled"], row["difference"]) == (100, 0.0)
    other = explain_change(
        world({"FR": (90, 100)}), world({"FR": (90, 100)}, quiet), no_report_countries=()
    )
    assert other.frame.filter(country="DE")["after_settled"].to_list() == [300]


def test_the_counts_and_rates_are_those_of_delivery_rates() -> None:
    found = by_country(BEFORE, AFTER)
    for prefix, counts in (("before", BEFORE), ("after", AFTER)):
        for row in delivery_rates(world(counts)).to_dicts():
            mine = found[row["country"]]
            assert mine[f"{prefix}_rate"] == row["delivery_rate"]
            assert mine[f"{prefix}_coverage"] == row["coverage"]


# what is beyond chance


def test_differences_have_newcombes_interval() -> None:
    for row in by_country(BEFORE, AFTER, confidence=0.9).values():
        low, high = confint_proportions_2indep(
            row["after_delivered"], row["after_settled"],
            row["before_delivered"], row["before_settled"],
            method="newcomb", alpha=0.1,
        )  # fmt: skip
        assert np.allclose([row["difference_low"], row["difference_high"]], [low, high], atol=1e-12)


def exact_mid_p(k1: int, n1: int, k2: int, n2: int) -> Fraction:
    """Add up all that could have been, in whole numbers."""
    both, whole = k1 + k2, comb(n1 + n2, k1 + k2)
    ways = {k: Fraction(comb(n2, k) * comb(n1, both - k), whole) for k in range(both + 1)}
    seen = ways[k2] / 2
    lower = sum((way for k, way in ways.items() if k < k2), Fraction(0)) + seen
    return min(2 * min(lower, 1 - lower), Fraction(1))


@pytest.mark.parametrize(
    "counts",
    [(93, 100, 90, 100), (0, 40, 0, 60), (40, 40, 60, 60), (150, 150, 97, 100), (1, 300, 9, 200)],
)
def test_p_values_are_those_of_the_exact_test_with_mid_p(counts: tuple[int, ...]) -> None:
    names = ["before_delivered", "before_settled", "after_delivered", "after_settled"]
    [p] = p_values(pl.DataFrame([dict(zip(names, counts, strict=True))]))
    assert isclose(p, exact_mid_p(*counts), rel_tol=1e-9)


@pytest.mark.parametrize("size", [200, 40_000, 3_000_000])
def test_p_values_hold_for_any_number_of_messages(size: int) -> None:
    chance = np.random.default_rng(size)
    n = chance.integers(1, size, (2, 60))
    fallen = np.array([[0.0], [0.001]]) * (chance.random(60) < 0.3)
    k = chance.binomial(n, np.maximum(chance.beta(9, 1, 60) - fallen, 0))
    names = ["before_delivered", "before_settled", "after_delivered", "after_settled"]
    columns = (k[0], n[0], k[1], n[1])
    found = p_values(pl.DataFrame(dict(zip(names, columns, strict=True))))
    among = hypergeom(n[0] + n[1], k[0] + k[1], n[1])
    tails = [tail(k[1]) + sign * among.pmf(k[1]) / 2
             for tail, sign in ((among.cdf, -1), (among.sf, 1))]  # fmt: skip
    assert np.allclose(found, np.minimum(2 * np.minimum(*tails), 1), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_all_that_is_tested_in_one_call_is_one_family(seed: int) -> None:
    chance = random.Random(seed)
    names = ["FR", "IN", "US", "GB", "IT", "ES", "PL", "SE", "NL"]
    sizes = {name: chance.choice([60, 150, 400, 900]) for name in names}
    before = {name: (int(n * chance.uniform(0.8, 1)), n) for name, n in sizes.items()}
    after = {name: (int(n * chance.uniform(0.75, 1)), n) for name, n in sizes.items()}
    change = explain_change(world(before), world(after))
    tested = change.frame.filter(pl.col("p_value").is_not_null())
    assert {*tested["country"]} == {name for name, n in sizes.items() if n >= 100}
    totals = change.totals
    family = [*tested["p_value"], totals["p_value"], totals["rate_effect_p_value"]]
    expected = multipletests(family, alpha=0.05, method="fdr_bh")[1]
    mine = [*tested["q_value"], totals["q_value"], totals["rate_effect_q_value"]]
    assert np.allclose(mine, expected, rtol=1e-12)
    assert totals["tested"] == len(family)


def test_a_finding_needs_messages_and_an_effect_and_to_be_beyond_chance() -> None:
    before = {"FR": (9000, 10_000), "IN": (90, 99), "US": (90_000, 100_000), "GB": (90, 100)}
    after = {"FR": (8900, 10_000), "IN": (10, 10_000), "US": (89_001, 100_000), "GB": (85, 100)}
    verdicts = {name: row["verdict"] for name, row in by_country(before, after).items()}
    # one point to the last digit is a point; and whoever tests a hundred tests no ninety-nine
    assert verdicts == {"FR": "worse", "IN": "too few", "US": "small", "GB": "unproven"}
    more = by_country(before, after, minimum_effect=0.005, minimum_messages=99)
    assert (more["US"]["verdict"], more["IN"]["verdict"]) == ("worse", "worse")
    less = by_country(after, before)
    assert (less["FR"]["verdict"], less["IN"]["p_value"]) == ("better", None)


def test_where_nothing_changed_there_is_hardly_ever_an_alarm() -> None:
    """False alarms are at most one run in twenty, also where failures are rare."""
    chance = np.random.default_rng(20260501)
    asked = Asked(["country"], frozenset(), 0.01, 100, 0.95, "UTC", show_numbers=False)
    runs, alarms, careless = 250, 0, 0
    for _ in range(runs):
        sizes = np.exp(chance.uniform(np.log(100), np.log(10_000), (2, 60))).astype(int)
        rates = chance.beta(200, 2, 60)
        delivered = chance.binomial(sizes, rates)
        groups = counted(delivered, sizes)
        judged, _ = judge(groups, totals_of(groups), asked)
        alarms += judged["verdict"].is_in(["worse", "better"]).any()
        careless += (judged["p_value"] < 0.05).any()
    assert alarms <= 0.05 * runs
    assert careless > 0.5 * runs


def counted(delivered: Any, settled: Any) -> pl.DataFrame:
    """Make the groups of two sides, split, out of arrays of counts."""
    sides = pl.DataFrame({
        "before_delivered": delivered[0], "before_settled": settled[0],
        "after_delivered": delivered[1], "after_settled": settled[1],
    })  # fmt: skip
    rated = sides.with_columns(
        before_rate=pl.col("before_delivered") / pl.col("before_settled"),
        after_rate=pl.col("after_delivered") / pl.col("after_settled"),
    )
    return split(rated).with_columns(difference=pl.col("after_rate") - pl.col("before_rate"))


def totals_of(groups: pl.DataFrame) -> dict[str, Any]:
    names = ["before_delivered", "before_settled", "after_delivered", "after_settled"]
    sums = groups.select(pl.sum(*names, "rate_effect")).row(0, named=True)
    return sums | {"difference": groups["effect"].sum()}


def test_a_rate_effect_without_spread_has_no_interval() -> None:
    all_of_them = explain_change(world({"FR": (200, 200)}), world({"FR": (200, 200)}))
    assert all_of_them.totals["rate_effect_low"] is None
    assert all_of_them.totals["rate_effect_p_value"] is None
    assert all_of_them.totals["rate_effect_verdict"] == "too few"


# the sentence


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (
            {"FR": (970, 1000), "US": (950, 1000), "IN": (700, 1000)},
            {"FR": (970, 1000), "US": (950, 1000)},
            "no more messages to India",
        ),
        (
            {"FR": (970, 1000)},
            {"FR": (970, 1000), "IN": (600, 1000)},
            "messages to India, where there were none before",
        ),
        (
            {"FR": (9700, 10_000), "IN": (700, 1000)},
            {"FR": (970, 1000), "IN": (350, 500)},
            "a larger share of messages to India",
        ),
        (
            {"FR": (970, 1000), "IN": (700, 1000)},
            {"FR": (970, 1000), "IN": (500, 1000)},
            "India delivers less (70.0\xa0% → 50.0\xa0%)",
        ),
        (
            {"FR": (97, 100), "IN": (70, 100)},
            {"FR": (97, 100), "IN": (66, 100)},
            "which may be chance",
        ),
        ({"FR": (970, 1000)}, {"FR": (969, 1000)}, "next to nothing, each less than 1 point"),
        (
            {"FR": (9000, 10_000), "IN": (90, 100)},
            {"FR": (9010, 10_000), "IN": (50, 100)},
            "next to nothing, each less than 1 point, though India delivers less "
            "(90.0\xa0% → 50.0\xa0%)",
        ),
        (  # what all together do may be chance, what one of them does is not
            {"FR": (440, 500), "IN": (98, 100)},
            {"FR": (438, 500), "IN": (80, 100)},
            "India delivers less (98.0\xa0% → 80.0\xa0%)",
        ),
        (
            {"FR": (97, 99)},
            {"FR": (9, 1000)},
            "too few to judge, with 99 settled messages on a side",
        ),
    ],
)
def test_the_sentence_says_what_made_the_change(before: Counts, after: Counts, reason: str) -> None:
    assert explain_change(world(before), world(after)).sentence.endswith(f": {reason}")


def test_many_small_changes_are_no_single_countrys() -> None:
    names = ["FR", "IN", "US", "GB", "IT", "ES", "PL", "SE", "NL", "BE", "PT", "CH"]
    change = explain_change(
        world(dict.fromkeys(names, (360, 400))), world(dict.fromkeys(names, (346, 400)))
    )
    assert change.totals["rate_effect_verdict"] == "worse"
    assert change.sentence.endswith("12 groups together, none of them beyond chance by itself")


def test_where_one_side_has_nothing_settled_no_change_is_told(engine: Engine, back: Back) -> None:
    waiting = rows("FR", 7, "pending", settled=False)
    change = explain_change(engine(world(BEFORE)), engine(waiting))
    assert change.sentence == (
        "No change can be told: nothing of after is settled (7 still waiting)"
    )
    found = back(change.frame)
    assert found["before_settled"].sum() == 10_000
    for name in ("rate_effect", "mix_effect", "difference", "q_value"):
        assert found[name].null_count() == 3
    assert change.totals["difference"] is None
    empty = explain_change(engine(waiting), engine(waiting))
    assert back(empty.frame).is_empty()
    assert "nothing of before is settled" in str(empty)


def test_reports_that_stopped_are_told_from_delivery_that_fell() -> None:
    heard = world({"NG": (900, 1000)})
    unheard = world({"NG": (300, 350)}, rows("NG", 650, "unreported"))
    change = explain_change(heard, unheard)
    assert (
        "Nigeria: coverage fell from 100.0\xa0% to 35.0\xa0%: perhaps it is the reports that "
        "stopped, and not delivery"
    ) in change.notes
    failed = explain_change(heard, world({"NG": (300, 1000)}))
    assert "coverage fell" not in failed.note


def test_it_says_what_it_assumes_wherever_it_shows_itself() -> None:
    change = explain_change(world(BEFORE), world(AFTER))
    shown = (str(change), change._repr_html_(), json.dumps(change.to_dict()))
    assert all("messages are independent" in " ".join(text.split()) for text in shown)
    assert json.loads(shown[2])["groups"][0]["after_as_of"] == "2026-05-01T00:00:00+00:00"


def test_people_are_masked_and_text_is_harmless() -> None:
    before = world({"FR": (150, 200)}, recipient="447700900123", campaign_name="<b>x</b>")
    after = world({"FR": (20, 200)}, recipient="447700900123", campaign_name="<b>x</b>")
    hidden = explain_change(before, after, "recipient")
    assert "447700900123" not in str(hidden) + hidden._repr_html_() + json.dumps(hidden.to_dict())
    assert "4477•••23 delivers less" in hidden.sentence
    assert hidden.frame["recipient"].to_list() == ["447700900123"]
    whole = explain_change(before, after, "recipient", show_numbers=True)
    assert "447700900123 delivers less" in whole.sentence
    assert "<b>x" not in explain_change(before, after, "campaign")._repr_html_()


# what is refused


def test_two_rates_of_different_kinds_are_not_compared() -> None:
    reported = world(BEFORE, record="report")
    with pytest.raises(ArgumentError, match="only messages with a report, after all that was sent"):
        explain_change(reported, world(AFTER))
    assert "only reported messages are known" in explain_change(reported, reported).note
    with pytest.raises(ArgumentError, match="before waits 4 days for a report, after 2"):
        explain_change(world(BEFORE), world(AFTER, waiting_days=2.0))


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"by": None}, "by=None makes one group"),
        ({"by": "kind"}, "has a column of that name itself"),
        ({"by": "contry"}, "did you mean 'country'"),
        ({"minimum_effect": 1}, "minimum_effect=1 is a share"),
        ({"minimum_effect": -0.1}, "minimum_effect=-0.1 is a share"),
        ({"minimum_messages": 0}, "minimum_messages=0"),
        ({"minimum_messages": 1.5}, "minimum_messages=1.5"),
        ({"confidence": 95}, "confidence=95"),
        ({"no_report_countries": ["XY"]}, "XY"),
    ],
)
def test_what_means_nothing_is_refused(asked: dict[str, Any], complaint: str) -> None:
    frame = world({"FR": (90, 100)}, kind="x")
    with pytest.raises(ArgumentError, match=complaint):
        explain_change(frame, frame, **asked)


def test_what_is_no_frame_of_messages_is_refused() -> None:
    with pytest.raises(ColumnError, match=r"ia\.messages"):
        explain_change(world(BEFORE), pl.DataFrame({"status_group": ["DELIVERED"]}))


def test_the_answer_is_on_the_engine_of_after_with_the_same_types(
    engine: Engine, back: Back
) -> None:
    change = explain_change(world(BEFORE), engine(world(AFTER)))
    made = engine(world(AFTER))
    if isinstance(made, pl.LazyFrame):
        made = made.collect()
    assert isinstance(change.frame, type(made))
    found = back(change.frame)
    assert {found[f"{end}_{name}"].dtype for end in ("before", "after")
            for name in ("settled", "delivered", "waiting")} == {pl.Int64}  # fmt: skip
    assert found["country_name"].to_list() == ["India", "France", "United States"]


# which two periods


def sent(*days: float, settled: bool = True) -> pl.DataFrame:
    """Make messages that were sent so many days before all are settled."""
    at = [AS_OF - (4 + day) * DAY for day in days]
    return pl.concat([rows("FR", 1, sent_at=when, settled=settled) for when in at])


SETTLED = AS_OF - 4 * DAY


@pytest.mark.parametrize(
    ("days", "length"), [([0, 60], 28), ([0, 50], 21), ([0, 13], 6), ([0, 1.5], 0.75)]
)
def test_without_a_wish_it_is_the_last_weeks_that_both_have(
    days: list[float], length: float
) -> None:
    then, now = two_periods(sent(*days))
    assert now == Period(SETTLED - length * DAY, SETTLED)
    assert then == Period(SETTLED - 2 * length * DAY, SETTLED - length * DAY)


def test_waiting_messages_do_not_lengthen_the_periods() -> None:
    both = pl.concat([sent(0, 60), sent(-2, settled=False)])
    assert two_periods(both)[1].until == SETTLED


def test_an_old_export_ends_with_its_last_send() -> None:
    _, now = two_periods(sent(100, 200))
    assert now.until == SETTLED - 100 * DAY + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("asked", "before", "after"),
    [
        ({"after": "2026-04-20"}, ("2026-04-13", "2026-04-20"), ("2026-04-20", "2026-04-27")),
        (
            {"after": "2026-04-20", "days": 3},
            ("2026-04-17", "2026-04-20"),
            ("2026-04-20", "2026-04-23"),
        ),
        ({"days": 7}, ("2026-04-13", "2026-04-20"), ("2026-04-20", "2026-04-27")),
        (
            {"after": "2026-04-10..2026-04-12", "before": "2025-04-10..2025-04-12"},
            ("2025-04-10", "2025-04-13"),
            ("2026-04-10", "2026-04-13"),
        ),
        (
            {"after": "2026-04-10..2026-04-12", "before": "2026-04-01"},
            ("2026-04-01", "2026-04-10"),
            ("2026-04-10", "2026-04-13"),
        ),
    ],
)
def test_periods_are_what_was_asked_for(
    asked: dict[str, Any], before: tuple[str, str], after: tuple[str, str]
) -> None:
    found = two_periods(sent(0, 60), **asked)
    wanted = tuple(
        Period(*(datetime.fromisoformat(day).replace(tzinfo=UTC) for day in days))
        for days in (before, after)
    )
    assert found == wanted


def test_days_begin_in_the_time_zone_and_a_moment_belongs_to_one_period() -> None:
    then, now = two_periods(sent(0, 60), after="2026-04-20", timezone="Europe/Prague")
    assert now.since == datetime(2026, 4, 19, 22, tzinfo=UTC) == then.until
    edge = rows("FR", 1, sent_at=now.since)
    assert (len(then.of(edge)), len(now.of(edge))) == (0, 1)


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"before": "2026-04-01..2026-04-02"}, "after is missing"),
        ({"days": 0}, "days=0"),
        ({"after": "2026-04-10..2026-04-12", "days": 2}, "leave one out"),
        ({"after": "2026-04-10.."}, "two times with .. between"),
        ({"after": "2026-04-28"}, "all is settled only up to 27 Apr 2026"),
        ({"after": "2026-04-12..2026-04-10"}, "no settled message can lie"),
        ({"after": "2026-04-10", "before": "2026-04-01..2026-04-10"}, "overlap"),
        ({"after": "soon"}, "'soon' is no moment"),
    ],
)
def test_periods_that_mean_nothing_are_refused(asked: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ArgumentError, match=complaint):
        two_periods(sent(0, 60), **asked)


def test_where_nothing_is_settled_there_are_no_days_to_compare() -> None:
    with pytest.raises(ArgumentError, match="nothing is settled"):
        two_periods(sent(1, settled=False))


# the command


def test_the_command_compares_the_last_settled_weeks(run: Run) -> None:
    status, said, noted = run("change")
    assert status == 0
    assert "before: 14 Mar 2026 00:00 UTC to 28 Mar 2026 00:00 UTC" in noted
    assert said.splitlines()[0].endswith("which may be chance")
    assert "GB United Kingdom" in said


def test_the_command_gives_its_whole_answer_as_json_and_its_rows_as_csv(run: Run) -> None:
    asked = ("change", "--after", "2026-04-01", "--days", "7", "--by", "channel")
    status, said, _ = run(*asked, "--format", "json")
    answer = json.loads(said)
    assert (status, answer["by"]) == (0, ["channel"])
    assert {"sentence", "totals"} & answer.keys() == {"sentence"}
    assert answer["groups"][0]["before_settled"] > 0
    assert answer["assumes"].startswith("assumes")
    _, lines, noted = run(*asked, "--format", "csv")
    assert lines.splitlines()[0].startswith("channel,before_settled,")
    assert answer["sentence"] in noted


def test_the_command_compares_two_sources(run: Run, tmp_path: Any) -> None:
    old, new = tmp_path / "old.parquet", tmp_path / "new.parquet"
    reports = ["message_id", "sent_at", "done_at", "recipient", "status_group", "record"]
    for path, delivered in ((old, 190), (new, 120)):
        kinds = ["DELIVERED"] * delivered + ["UNDELIVERABLE"] * (200 - delivered)
        table = [
            (str(n), SETTLED, SETTLED, "447700900123", kind, "log") for n, kind in enumerate(kinds)
        ]
        pl.DataFrame(table, reports, orient="row").write_parquet(path)
    asked = ("change", str(new), "--against", str(old), "--as-of", "2026-05-02")
    status, said, _ = run(*asked)
    assert status == 0
    assert said.startswith("−35.0 points: mix ±0.0, rate −35.0: United Kingdom delivers less")
    assert run(*asked, "--days", "7")[0] == 2
    assert run("change", "--against", str(old))[0] == 2


@pytest.mark.parametrize(
    "wrong",
    [("--days", "x"), ("--minimum-effect", "much"), ("--minimum-messages", "0"), ("--by", "none")],
)
def test_the_command_refuses_in_a_sentence(run: Run, wrong: tuple[str, str]) -> None:
    status, said, noted = run("change", *wrong)
    assert (status, said) == (2, "")
    assert noted.splitlines()[-1].startswith("infobip-analytics: ")
