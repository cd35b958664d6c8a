"""Delays: which messages they are of, what a quantile is, and what is said beside them."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import oracle_delays
import polars as pl
import pytest
from conftest import Back, Engine
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from infobip_analytics.durations import duration
from infobip_analytics.errors import ArgumentError, ColumnError
from infobip_analytics.rates import delivery_rates
from infobip_analytics.timing import delays_table, delivery_delays

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
AS_OF = START + timedelta(days=30)
COUNTS = ["waiting", "settled", "delivered", "timed", "untimed", "negative", "operator"]
QUANTILES = ["p50", "p90", "p99"]
SHARES = ["within_5s", "within_1min", "within_5min", "within_1h", "within_24h"]

SCHEMA: dict[str, Any] = {
    "country": pl.String,
    "outcome": pl.String,
    "receipt": pl.String,
    "settled": pl.Boolean,
    "orphan": pl.Boolean,
    "sent_at": pl.Datetime("us", "UTC"),
    "done_at": pl.Datetime("us", "UTC"),
    "record": pl.String,
    "as_of": pl.Datetime("us", "UTC"),
    "waiting_days": pl.Float64,
}


def message(delay: float | None = 1.0, /, outcome: str = "delivered", **other: Any) -> Any:
    """Describe a message, delivered *delay* seconds after it was sent."""
    sent = other.pop("sent_at", START)
    done = None if delay is None or sent is None else sent + timedelta(seconds=delay)
    usual = {"country": "FR", "receipt": "handset", "settled": True, "orphan": False}
    stamp = {"record": "log", "as_of": AS_OF, "waiting_days": 4.0}
    return {**usual, **stamp, "outcome": outcome, "sent_at": sent, "done_at": done, **other}


def frame(*rows: Any) -> pl.DataFrame:
    return pl.DataFrame(list(rows), SCHEMA)


def delays_of(*rows: Any, by: Any = None, **asked: Any) -> list[dict[str, Any]]:
    found: pl.DataFrame = delivery_delays(frame(*rows), by, **asked)
    return found.to_dicts()


def test_a_failure_is_no_slow_delivery_and_no_fast_one(engine: Engine, back: Back) -> None:
    messages = frame(message(2), message(50_000, "failed"), message(1, "rejected"), message(100))
    [row] = back(delivery_delays(engine(messages))).to_dicts()
    assert (row["settled"], row["delivered"], row["timed"]) == (4, 2, 2)
    assert (row["p50"], row["p90"]) == (2.0, 100.0)
    assert [row[name] for name in SHARES] == [0.25, 0.25, 0.5, 0.5, 0.5]


def test_a_limit_holds_to_the_microsecond() -> None:
    [row] = delays_of(message(5), message(5.000001))
    assert (row["within_5s"], row["within_1min"]) == (0.5, 1.0)
    assert (row["p50"], row["p99"]) == (5.0, 5.000001)


def test_a_quantile_is_the_delay_of_a_message_and_no_mean_of_two() -> None:
    [row] = delays_of(*(message(delay) for delay in range(1, 11)))
    assert (row["p50"], row["p90"], row["p99"]) == (5.0, 9.0, 10.0)


def test_waiting_messages_are_counted_and_measure_nothing() -> None:
    [row] = delays_of(
        message(3), message(1, settled=False), message(None, "pending", settled=False)
    )
    assert (row["waiting"], row["settled"], row["timed"], row["p50"]) == (2, 1, 1, 3.0)


def test_orphans_undated_ones_and_enqueue_failures_are_outside() -> None:
    outside = [message(1, orphan=True), message(1, sent_at=None), message(1, "enqueue_failed")]
    [row] = delays_of(*outside, message(7))
    assert (row["settled"], row["timed"], row["p50"]) == (1, 1, 7.0)


def test_no_report_countries_are_left_out_and_counted(engine: Engine, back: Back) -> None:
    messages = frame(message(3), message(1, country="DE"))
    rows = back(delivery_delays(engine(messages)))
    assert rows["country"].to_list() == ["FR"]
    [row] = back(delivery_delays(engine(messages), None)).to_dicts()
    assert (row["settled"], row["p50"], row["no_report_messages"]) == (1, 3.0, 1)
    listed = back(delivery_delays(engine(messages), no_report_countries=()))
    assert listed["country_name"].to_list() == ["Germany", "France"]


def test_a_group_that_went_to_silent_countries_only_keeps_its_row() -> None:
    [silent, heard] = delays_of(message(1, country="DE", record="event"), message(1), by="record")
    assert (silent["record"], silent["settled"], silent["no_report_messages"]) == ("event", 0, 1)
    assert silent["within_5s"] is None
    assert heard["within_5s"] == 1.0


def test_where_nothing_is_timed_there_is_no_quantile(engine: Engine, back: Back) -> None:
    messages = frame(message(None), message(9, "failed", country="IT"), message(1, settled=False))
    untimed, failed = back(delivery_delays(engine(messages))).to_dicts()
    assert [untimed[name] for name in QUANTILES + SHARES] == [None] * 8
    assert (untimed["delivered"], untimed["timed"], untimed["untimed"]) == (1, 0, 1)
    # nothing delivered is known for certain: none of it within any time
    assert [failed[name] for name in QUANTILES + SHARES] == [None] * 3 + [0.0] * 5


def test_a_delivery_without_its_time_makes_the_shares_lower_bounds() -> None:
    [row] = delays_of(message(1), message(None))
    assert (row["untimed"], row["p99"], row["within_24h"]) == (1, 1.0, 0.5)


def test_a_negative_delay_is_counted_and_taken_as_it_is() -> None:
    [row] = delays_of(message(-2.5), message(1), message(0))
    assert (row["negative"], row["p50"], row["within_5s"]) == (1, 0.0, 1.0)
    [row] = delays_of(message(-2.5))
    assert row["p50"] == -2.5


def test_times_of_the_operator_are_counted() -> None:
    [row] = delays_of(message(1, receipt="operator"), message(3), message(None, receipt="operator"))
    assert (row["operator"], row["p50"]) == (1, 1.0)


def test_no_messages_at_all_are_one_row_by_nothing_and_none_by_country(
    engine: Engine, back: Back
) -> None:
    assert back(delivery_delays(engine(frame()))).is_empty()
    [row] = back(delivery_delays(engine(frame()), None)).to_dicts()
    assert [row[name] for name in COUNTS] == [0] * 7
    assert row["p50"] is row["within_5s"] is row["as_of"] is None


def test_a_lazy_frame_stays_a_plan_and_types_are_the_same_everywhere(
    engine: Engine, back: Back
) -> None:
    made = delivery_delays(engine(frame(message(1))))
    assert isinstance(made, type(engine(frame())))
    found = back(made)
    assert {found[name].dtype for name in [*COUNTS, "no_report_messages"]} == {pl.Int64}
    assert {found[name].dtype for name in QUANTILES + SHARES} == {pl.Float64}


def test_unknown_groups_come_last_and_keep_their_delays(engine: Engine, back: Back) -> None:
    messages = frame(message(1, receipt=None), message(5, receipt="handset"))
    found = back(delivery_delays(engine(messages), "receipt"))
    assert found["receipt"].to_list() == ["handset", None]
    assert found["p50"].to_list() == [5.0, 1.0]


def test_only_reported_messages_are_said_to_be_so() -> None:
    assert delays_of(message(1, record="report"))[0]["population"] == "reported"
    assert delays_of(message(1))[0]["population"] == "sent"
    # one log entry shows that the source knows what was sent, whatever group it is in
    mixed = delays_of(message(1, record="report"), message(1), by="record")
    assert [row["population"] for row in mixed] == ["sent", "sent"]


def test_days_begin_in_the_time_zone() -> None:
    late = START.replace(hour=23, minute=30)
    [row] = delays_of(message(1, sent_at=late), by="day", timezone="Europe/Prague")
    assert row["day"].isoformat() == "2026-03-02"


@pytest.mark.parametrize(
    ("by", "error", "said"),
    [
        ("p50", ArgumentError, "a column of that name themselves"),
        ("contry", ArgumentError, "did you mean 'country'"),
    ],
)
def test_an_impossible_grouping_is_answered(by: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        delays_of(message(1), by=by)


def test_messages_without_times_are_answered_with_what_is_missing() -> None:
    with pytest.raises(ColumnError, match="these messages lack done_at"):
        delivery_delays(frame(message(1)).drop("done_at"))
    with pytest.raises(ColumnError, match=r"ia\.messages"):
        delivery_delays(frame(message(1)).drop("outcome"))


def random_messages(seed: int, size: int) -> pl.DataFrame:
    chance = np.random.default_rng(seed)
    delay = np.round(chance.lognormal(2, 3, size).clip(0, 300_000) - 3, 6)
    outcomes = ["delivered"] * 7 + ["failed", "rejected", "unreported", "enqueue_failed"]
    drawn = pl.DataFrame(
        {
            "country": chance.choice(["FR", "IT", "US", "SG", "DE", "ZZ"], size),
            "outcome": chance.choice(outcomes, size),
            "receipt": chance.choice(["handset", "operator", "unknown"], size),
            "settled": chance.random(size) < 0.8,
            "orphan": chance.random(size) < 0.05,
            # ties are what tells order statistics apart
            "delay": np.where(chance.random(size) < 0.5, np.round(delay), delay),
            "age": chance.integers(0, 5 * 86_400, size),
            "known": chance.random(size) < 0.9,
            "dated": chance.random(size) < 0.95,
        }
    )
    sent = pl.lit(START) + pl.duration(seconds="age")
    micros = (pl.col("delay") * 1e6).round().cast(pl.Int64)
    return drawn.select(
        "country", "outcome", "receipt", "settled", "orphan",
        sent_at=pl.when("dated").then(sent),
        done_at=pl.when("known").then(sent + pl.duration(microseconds=micros)),
        record=pl.lit("log"), as_of=pl.lit(AS_OF), waiting_days=pl.lit(4.0),
    ).cast(pl.Schema(SCHEMA))  # fmt: skip


@pytest.mark.parametrize("by", [[], ["country"], ["receipt"], ["country", "day"]])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_delays_are_what_sql_says(engine: Engine, back: Back, by: list[str], seed: int) -> None:
    messages = random_messages(seed, 3000)
    expected = oracle_delays.delays(messages, by, ["DE"])
    found = back(delivery_delays(engine(messages), by, no_report_countries=["DE"]))
    days = [pl.col("day").cast(pl.Date)] if "day" in by else []
    kept = found.with_columns(days).select(expected.columns)
    assert_frame_equal(kept, expected, check_exact=False, abs_tol=1e-12, rel_tol=1e-12)
    assert expected["timed"].sum() > 500


@given(st.lists(st.integers(-5, 20), min_size=1, max_size=250))
def test_quantiles_are_those_of_the_inverted_distribution(delays: list[int]) -> None:
    [row] = delays_of(*(message(delay) for delay in delays))
    asked = [0.5, 0.9, 0.99]
    found = np.quantile(np.array(delays, float), asked, method="inverted_cdf")
    assert [row[name] for name in QUANTILES] == found.tolist()
    for name, share in zip(QUANTILES, (50, 90, 99), strict=True):
        within = sum(delay <= row[name] for delay in delays)
        before = sum(delay < row[name] for delay in delays)
        assert 100 * within >= share * len(delays) > 100 * before


@pytest.mark.parametrize("size", [100, 200, 700, 1000, 5000])
def test_no_rounding_moves_a_quantile_to_the_next_message(size: int) -> None:
    [row] = delays_of(*(message(delay) for delay in range(1, size + 1)))
    found = [row[name] for name in QUANTILES]
    assert found == [math.ceil(size * share / 100) for share in (50, 90, 99)]


def test_the_population_is_that_of_the_rates(engine: Engine, back: Back) -> None:
    messages = engine(random_messages(7, 2000))
    shared = ["country", "country_name", "waiting", "settled", "delivered", "population"]
    shared += ["as_of", "waiting_days"]
    delays, rates = back(delivery_delays(messages)), back(delivery_rates(messages))
    there = pl.col("settled") + pl.col("waiting") > 0  # rates have rows for enqueue failures, too
    assert_frame_equal(delays.select(shared), rates.filter(there).select(shared))


def test_no_share_exceeds_the_delivery_rate() -> None:
    messages = random_messages(8, 2000)
    delays, rates = delivery_delays(messages, None), delivery_rates(messages, None)
    shares = delays.select(SHARES).row(0)
    assert list(shares) == sorted(shares)
    assert shares[-1] <= rates["delivery_rate"].item()


def test_the_table_says_what_is_measured_and_how_sure_it_is() -> None:
    messages = frame(
        message(3.2), message(80), message(-1), message(14_700, receipt="operator"),
        message(None), message(1, "failed"), message(2, country="DE"),
    )  # fmt: skip
    table = delays_table(messages)
    printed = table.to_text(200)
    assert "90 % within 4.1\xa0h" in table.headline
    assert "50.0\xa0% of all 6 settled were delivered within 1 min" not in table.headline
    assert "33.3\xa0% of all 6 settled were delivered within 1 min" in table.headline
    for said in (
        "FR France", "1 delivered message without a time", "1 message delivered before being sent",
        "1 of 4 times are those of receipts of the operator", "Germany 1", "no slow deliveries",
    ):  # fmt: skip
        assert said in printed
    assert "delivery rate =" not in printed
    assert "France" in table._repr_html_()


def test_the_table_of_nothing_says_so(engine: Engine) -> None:
    table = delays_table(engine(frame()))
    assert "No delay is known" in table.headline


def test_the_table_is_ordered_by_size_and_by_time() -> None:
    rows = [message(1, country="IT"), message(1), message(1, country="IT")]
    lines = delays_table(frame(*rows)).to_text(100).splitlines()
    starts = [line[:2] for line in lines if line[:2] in ("IT", "FR")]
    assert starts == ["IT", "FR"]
    table = delays_table(frame(message(1, sent_at=START + timedelta(days=1)), *rows), "day")
    assert table.to_text(100).index("2026-03-01") < table.to_text(100).index("2026-03-02")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "0.0 s"),
        (0.049, "<0.1 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (119.7, "2 min"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1.0 h"),
        (172_799, "48.0 h"),
        (172_800, "2.0 days"),
        (-0.01, ">−0.1 s"),
        (None, "—"),
    ],
)
def test_durations_are_written_for_people(seconds: float | None, said: str) -> None:
    assert duration(seconds).replace("\xa0", " ") == said
