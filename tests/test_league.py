"""Leagues: the likeliest fit, closer to the truth than raw rates, and honest without one."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from conftest import Back, Engine, Run
from scipy import optimize, stats

from infobip_analytics.countries import no_report_codes
from infobip_analytics.countries.names import country_names
from infobip_analytics.errors import ArgumentError, ColumnError
from infobip_analytics.plots import plot_rates
from infobip_analytics.rates import delivery_rates
from infobip_analytics.standing import league
from infobip_analytics.standing.fitting import Spread, fitted
from infobip_analytics.standing.shrunken import shrunken

AS_OF = datetime(2026, 5, 1, tzinfo=UTC)
COUNTRIES = sorted(set(country_names()) - no_report_codes())

#: Delivered, settled: 12 groups that differ, one of them small and unlucky
GROUPS = [
    (960, 1000), (1880, 2000), (455, 500), (810, 900), (264, 300), (3680, 4000), (85, 100),
    (1550, 1600), (690, 750), (3, 5), (1700, 2000), (198, 200),
]  # fmt: skip


def rows(country: str, number: int, outcome: str = "delivered", **more: Any) -> pl.DataFrame:
    """Make messages that are alike."""
    usual = {"settled": True, "record": "log", "as_of": AS_OF, "waiting_days": 4.0}
    sent = {"sent_at": AS_OF - timedelta(days=10)}
    one = {"country": country, "outcome": outcome, **usual, **sent, **more}
    alike = pl.DataFrame({name: [value] for name, value in one.items()})
    return alike.join(pl.DataFrame({"_": range(number)}), how="cross").drop("_")


def world(groups: list[tuple[int, int]], *others: pl.DataFrame, **more: Any) -> pl.DataFrame:
    """Make messages of which so many were delivered, of so many settled ones, a country a group."""
    kinds = [
        rows(country, number, outcome, **more)
        for country, (delivered, settled) in zip(COUNTRIES, groups, strict=False)
        for outcome, number in (("delivered", delivered), ("failed", settled - delivered))
    ]
    return pl.concat([*kinds, *others], how="diagonal")


def arrays(groups: list[tuple[int, int]]) -> tuple[Any, Any]:
    delivered, settled = np.array(groups, dtype=float).T
    return delivered, settled


def fit(groups: list[tuple[int, int]]) -> Spread:
    found = fitted(*arrays(groups))
    assert isinstance(found, Spread), found
    return found


# the fit


def likelihood(a: float, b: float, groups: list[tuple[int, int]]) -> float:
    delivered, settled = arrays(groups)
    return float(stats.betabinom.logpmf(delivered, settled, a, b).sum())


def drawn(seed: int, a: float, b: float, number: int, most: int = 2000) -> list[tuple[int, int]]:
    """Draw groups whose true rates come from a beta distribution."""
    chance = np.random.default_rng(seed)
    settled = np.exp(chance.uniform(np.log(5), np.log(most), number)).astype(int)
    delivered = chance.binomial(settled, chance.beta(a, b, number))
    return [(int(k), int(n)) for k, n in zip(delivered, settled, strict=True)]


@pytest.mark.parametrize(
    "groups",
    [
        GROUPS,
        drawn(1, 45, 5, 40),
        drawn(2, 2, 1, 30),
        drawn(3, 300, 10, 60, most=20_000),
        drawn(4, 0.4, 0.1, 25),
        drawn(5, 20, 1, 9),
    ],
)
def test_the_fit_is_the_likeliest_one(groups: list[tuple[int, int]]) -> None:
    """An optimiser of another kind, over another likelihood, finds nothing better."""
    found = fit(groups)

    def loss(logs: Any) -> float:
        a, b = np.exp(logs)
        return -likelihood(a, b, groups)

    starts = [np.log([mean * total, (1 - mean) * total])
              for mean in (0.8,) for total in (2, 60)]  # fmt: skip
    best = min(
        (optimize.minimize(loss, start, method="Nelder-Mead",
                           options={"xatol": 1e-6, "fatol": 1e-10, "maxiter": 1000})
         for start in starts),
        key=lambda result: float(result.fun),
    )  # fmt: skip
    assert likelihood(found.a, found.b, groups) >= -best.fun - 1e-8
    assert np.allclose(np.log([found.a, found.b]), best.x, atol=1e-3)


def test_a_group_is_known_by_the_beta_distribution_that_its_counts_make() -> None:
    spread = fit(GROUPS)
    delivered, settled = arrays(GROUPS)
    found = shrunken(delivered, settled, spread, 0.9, 0.8)
    known = stats.beta(delivered + spread.a, settled - delivered + spread.b)
    assert np.allclose(found["shrunk_rate"], known.mean())
    assert np.allclose(found["shrunk_low"], known.ppf(0.1))
    assert np.allclose(found["shrunk_high"], known.ppf(0.9))
    assert np.allclose(found["under_target"], known.cdf(0.9))


def test_shrunk_rates_are_closer_to_the_truth_than_raw_ones() -> None:
    """Over 100 worlds of 20 groups; small groups gain most, and intervals hold what they say."""
    chance = np.random.default_rng(20260501)
    raw, shrunk, small_raw, small_shrunk, held, sure, right = [], [], [], [], [], [], []
    for _ in range(100):
        truth = chance.beta(30, 3, 20)
        settled = np.exp(chance.uniform(np.log(10), np.log(3000), 20)).astype(int)
        delivered = chance.binomial(settled, truth).astype(float)
        spread = fitted(delivered, settled.astype(float))
        if isinstance(spread, str):
            continue
        found = shrunken(delivered, settled, spread, 0.9, 0.95)
        off = np.abs(delivered / settled - truth), np.abs(found["shrunk_rate"].to_numpy() - truth)
        raw.append(off[0])
        shrunk.append(off[1])
        small_raw.append(off[0][settled < 50])
        small_shrunk.append(off[1][settled < 50])
        low, high = found["shrunk_low"].to_numpy(), found["shrunk_high"].to_numpy()
        held.append((low <= truth) & (truth <= high))
        under = found["under_target"].to_numpy() > 0.975
        sure.append(under.sum())
        right.append((truth < 0.9)[under].sum())
    assert len(raw) >= 97
    assert np.mean(shrunk) < 0.9 * np.mean(raw)
    assert np.mean(np.concatenate(small_shrunk)) < 0.7 * np.mean(np.concatenate(small_raw))
    assert 0.92 < np.mean(held) < 0.965
    assert sum(right) / sum(sure) > 0.97


# the league


def test_the_unlucky_few_do_not_come_last(engine: Engine, back: Back) -> None:
    answer = league(engine(world(GROUPS)), target=0.9)
    found = back(answer.frame)
    raw_last = found.sort("delivery_rate").row(0, named=True)
    assert (raw_last["settled"], raw_last["delivered"]) == (5, 3)
    assert raw_last["rank"] > 1
    assert raw_last["delivery_rate"] < raw_last["shrunk_rate"] < 1
    worst = found.row(0, named=True)
    assert (worst["rank"], worst["settled"], worst["delivered"]) == (1, 2000, 1700)
    assert worst["verdict"] == "under"
    assert worst["under_target"] > 0.9999
    assert found["rank"].to_list() == list(range(1, 13))
    assert found["under_target"].is_sorted(descending=True)
    assert {*found["method"]} == {"shrunk"}
    assert f"surely under 90.0\xa0%: {worst['country_name']}" in answer.headline


def test_raw_rates_stand_beside_with_wilsons_interval_and_their_counts() -> None:
    messages = world(GROUPS, rows("FR", 9, "pending", settled=False))
    found = league(messages).frame.sort("country")
    rates = delivery_rates(messages).filter(pl.col("settled") > 0)
    beside = ["country", "settled", "delivered", "delivery_rate", "rate_low", "rate_high"]
    assert found.filter(pl.col("settled") > 0).select(beside).equals(rates.select(beside))
    assert found.filter(country="FR").select("waiting", "rank", "verdict").row(0) == (9, None, None)


def test_the_target_is_the_rate_of_all_together_unless_said() -> None:
    answer = league(world(GROUPS))
    delivered, settled = map(sum, zip(*GROUPS, strict=True))
    assert answer.target == delivered / settled
    assert answer.frame["target"].unique().to_list() == [answer.target]
    assert "the rate of all together" in answer.headline
    assert "the rate of all together" not in league(world(GROUPS), target=0.95).headline


def test_verdicts_are_where_the_whole_interval_lies() -> None:
    for row in league(world(GROUPS), target=0.92).frame.to_dicts():
        under, over = row["shrunk_high"] < 0.92, row["shrunk_low"] > 0.92
        assert row["verdict"] == ("under" if under else "over" if over else "open")


def test_countries_of_no_report_are_never_judged() -> None:
    quiet = rows("DE", 400, "unreported", network="9")
    found = league(world(GROUPS, quiet))
    assert "DE" not in found.frame["country"].to_list()
    assert found.spread == league(world(GROUPS)).spread
    assert "400 to no-report countries" in found.note
    asked = league(world(GROUPS, quiet), no_report_countries=())
    assert asked.frame.filter(country="DE")["verdict"].to_list() == ["silent"]


def test_a_group_that_measures_silent_is_neither_fitted_nor_ranked(
    engine: Engine, back: Back
) -> None:
    answer = league(engine(world(GROUPS, rows("SE", 500, "unreported"))), target=0.9)
    assert answer.spread == league(world(GROUPS), target=0.9).spread
    [last] = back(answer.frame).tail(1).to_dicts()
    assert (last["country"], last["delivery_rate"], last["verdict"]) == ("SE", 0.0, "silent")
    assert last["rank"] is last["shrunk_rate"] is last["under_target"] is None
    assert "Sweden: not ranked, for it measures silent" in answer.note


def test_with_fewer_than_eight_groups_it_says_so_and_stays_raw(engine: Engine, back: Back) -> None:
    few = league(engine(world(GROUPS[:7])), target=0.9)
    found = back(few.frame)
    assert {*found["method"]} == {"raw"}
    for name in ("shrunk_rate", "shrunk_low", "shrunk_high", "under_target"):
        assert found[name].null_count() == 7
        assert found[name].dtype == pl.Float64
    assert found["delivery_rate"].is_sorted()
    assert found["rank"].to_list() == list(range(1, 8))
    assert found.filter(pl.col("rate_high") < 0.9)["verdict"].to_list() == []
    assert "fewer than 8 groups with settled messages (7)" in few.notes[0]
    assert "P under" not in str(few)
    assert back(league(engine(world(GROUPS[:8]))).frame)["method"].to_list() == ["shrunk"] * 8


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        ([(900, 1000)] * 10, "no more than chance"),
        ([(50, 50)] * 10, "no more than chance"),
        ([(0, 50)] * 10, "no more than chance"),
        ([(0, 400), (400, 400)] * 6, "wholly or not at all"),
    ],
)
def test_a_fit_at_a_boundary_is_no_fit(groups: list[tuple[int, int]], reason: str) -> None:
    answer = league(world(groups))
    assert isinstance(answer.spread, str)
    assert reason in answer.spread
    assert reason in answer.notes[0]
    assert answer.frame["method"].unique().to_list() == ["raw"]


def test_groups_of_one_rate_are_mostly_seen_to_be_of_one_rate() -> None:
    """Chance alone makes a spread in about half of such worlds; it is small then."""
    chance = np.random.default_rng(7)
    spreads = []
    for _ in range(50):
        settled = chance.integers(50, 500, 20).astype(float)
        spreads.append(fitted(chance.binomial(settled.astype(int), 0.9).astype(float), settled))
    found = [spread for spread in spreads if isinstance(spread, Spread)]
    assert 10 <= 50 - len(found) <= 40
    deviations = [(s.a * s.b / (s.a + s.b) ** 2 / (s.a + s.b + 1)) ** 0.5 for s in found]
    assert max(deviations) < 0.03


def test_no_messages_at_all_are_nothing_to_rank(engine: Engine, back: Back) -> None:
    nothing = league(engine(rows("FR", 3, "pending", settled=False)))
    assert nothing.headline == "Nothing to rank: no group has settled messages"
    assert nothing.target is None
    assert back(nothing.frame)["rank"].to_list() == [None]
    empty = league(engine(world(GROUPS).clear()))
    assert back(empty.frame).is_empty()
    assert "Nothing to rank" in str(empty)


def test_the_answer_is_on_the_engine_that_came_with_the_same_types(
    engine: Engine, back: Back
) -> None:
    made = engine(world(GROUPS))
    answer = league(made)
    eager = made.collect() if isinstance(made, pl.LazyFrame) else made
    assert isinstance(answer.frame, type(eager))
    found = back(answer.frame)
    assert {found[name].dtype for name in ("settled", "delivered", "rank")} == {pl.Int64}
    assert found.equals(league(world(GROUPS)).frame.cast(dict(found.schema)))
    assert len(plot_rates(answer.frame).data[0]["y"]) == 12


def test_it_says_what_it_assumes_wherever_it_shows_itself() -> None:
    for answer, assumption in (
        (league(world(GROUPS)), "spread like a beta distribution"),
        (league(world(GROUPS[:3])), "lead and trail by luck"),
    ):
        shown = (str(answer), answer._repr_html_(), json.dumps(answer.to_dict()))
        assert all(assumption in " ".join(text.split()) for text in shown)
    reported = league(world(GROUPS, record="report"))
    assert "only reported messages are known" in reported.note


def test_people_are_masked_unless_asked_otherwise() -> None:
    people = pl.concat(
        rows("FR", 40, outcome, recipient=f"4477009001{n:02}")
        for n in range(10)
        for outcome in (["delivered"] * n + ["failed"])
    )
    hidden = league(people, "recipient")
    assert "44770090010" not in str(hidden) + hidden._repr_html_() + json.dumps(hidden.to_dict())
    assert "447700900100" in str(league(people, "recipient", show_numbers=True))
    assert "447700900100" in hidden.frame["recipient"].to_list()


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"by": None}, "by=None makes one group"),
        ({"by": "rank"}, "has a column of that name itself"),
        ({"by": "contry"}, "did you mean 'country'"),
        ({"target": 95}, "target=95 is a share"),
        ({"target": 0}, "target=0 is a share"),
        ({"target": True}, "target=True is a share"),
        ({"confidence": 1}, "confidence=1"),
    ],
)
def test_what_means_nothing_is_refused(asked: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ArgumentError, match=complaint):
        league(world(GROUPS, rank="x"), **asked)
    with pytest.raises(ColumnError, match=r"ia\.messages"):
        league(pl.DataFrame({"status_group": ["DELIVERED"]}))


# the command


def test_the_command_ranks_the_sample_and_says_who_is_not_ranked(run: Run) -> None:
    status, said, _ = run("league")
    assert status == 0
    assert said.startswith("2 of 23 groups are surely under 89.4\xa0%")
    assert "! silent" in said


@pytest.mark.parametrize("target", ["95", "95%", "0.95", " 95 % "])
def test_the_command_takes_a_target_as_people_write_it(run: Run, target: str) -> None:
    status, said, _ = run("league", "--by", "channel", "--target", target, "--format", "json")
    answer = json.loads(said)
    assert (status, answer["target"], answer["method"]) == (0, 0.95, "raw")
    assert "fewer than 8 groups" in answer["why_raw"]


@pytest.mark.parametrize("target", ["high", "0", "100", "120%", "nan"])
def test_the_command_refuses_a_target_that_is_none(run: Run, target: str) -> None:
    status, said, noted = run("league", "--target", target)
    assert (status, said) == (2, "")
    assert "write a rate between 0 and 100 %" in noted


def test_the_command_writes_rows_as_csv_with_notes_beside(run: Run) -> None:
    status, said, noted = run("league", "--by", "channel", "--format", "csv")
    assert status == 0
    assert said.splitlines()[0].startswith("channel,settled,delivered,delivery_rate,")
    assert "nothing is shrunk" in noted
