"""What is still coming: the estimator, the forecast, its refusals, and what is said beside it."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from conftest import Back, Engine, Run
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from statsmodels.duration.survfunc import CumIncidenceRight

from infobip_analytics.coming import ASSUMES, counted, curves, nowcast, nowcast_table
from infobip_analytics.coming.ages import SLOT, edges
from infobip_analytics.coming.incidence import incidence_of
from infobip_analytics.errors import ArgumentError, ColumnError
from infobip_analytics.page.render import render
from infobip_analytics.page.summarise import summarise

AS_OF = datetime(2026, 6, 15, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WAITS = 4 * 86_400

#: Of a hundred: how many, what became of them, after how many seconds
Fate = Sequence[tuple[int, str, float | None]]
USUAL: Fate = [
    (60, "delivered", 10),
    (10, "failed", 3600),
    (20, "delivered", 5 * 3600),
    (10, "unreported", None),
]

SCHEMA: dict[str, Any] = {
    "country": pl.String,
    "campaign_id": pl.String,
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


def campaign(name: str, age: timedelta, fate: Fate = USUAL, **other: Any) -> pl.DataFrame:
    """Make the messages of a campaign sent *age* ago, as they are known now."""
    rows = [
        _message(name, age, outcome, after, other)
        for many, outcome, after in fate
        for _ in range(many)
    ]
    return pl.DataFrame(rows, SCHEMA)


def _message(
    name: str, age: timedelta, outcome: str, after: float | None, other: dict[str, Any]
) -> dict[str, Any]:
    sent, settled = AS_OF - age, age >= 4 * DAY
    known = after is not None and sent + timedelta(seconds=after) <= AS_OF
    done = sent + timedelta(seconds=after) if known and after is not None else None
    word = outcome if known else "unreported" if settled else "pending"
    usual = {"country": "FR", "receipt": None, "orphan": False, "record": "log"}
    stamp = {"as_of": AS_OF, "waiting_days": 4.0, "settled": settled, "campaign_id": name}
    return {**usual, **stamp, "outcome": word, "sent_at": sent, "done_at": done, **other}


def past(days: int = 30, **other: Any) -> pl.DataFrame:
    """Make a campaign a day, each of which went as all the others did."""
    ages = [5 * DAY + day * DAY for day in range(days)]
    return pl.concat([campaign(f"past {age.days}", age, **other) for age in ages])


PAST = past()


def told(*parts: pl.DataFrame, by: Any = "campaign", **asked: Any) -> list[dict[str, Any]]:
    found: pl.DataFrame = nowcast(pl.concat([PAST, *parts]), by, **asked)
    return found.to_dicts()


# the estimator


def test_it_is_the_estimator_by_hand() -> None:
    times, causes = np.arange(1.0, 7.0), np.array([0, 1, 1, 2, 2, 0])
    when, done, still = incidence_of(times, causes, 2)
    assert when.tolist() == [2, 3, 4, 5]
    assert done[:, -1] == pytest.approx([0.4, 0.4])
    assert still[-1] == pytest.approx(0.2)


@given(
    st.lists(
        st.tuples(st.integers(1, 12), st.sampled_from([0, 1, 1, 2])), min_size=2, max_size=40
    ).filter(lambda rows: {cause for _, cause in rows} >= {1, 2})
)
def test_it_is_that_of_statsmodels_also_with_ties(rows: list[tuple[int, int]]) -> None:
    times = np.array([float(time) for time, _ in rows])
    causes = np.array([cause for _, cause in rows])
    when, done, still = incidence_of(times, causes, 2)
    theirs = CumIncidenceRight(
        times, causes, freq_weights=np.ones(times.size)
    )  # no standard errors
    for cause in (0, 1):
        there = np.searchsorted(theirs.times, when, side="right") - 1
        assert done[cause] == pytest.approx(theirs.cinc[cause][there])
    assert done.sum(axis=0) + still == pytest.approx(np.ones(when.size))


def test_curves_are_those_of_statsmodels_where_young_sends_are_censored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(curves, "HALF_LIFE", 1e12)  # all weigh the same, as they do there
    chance = np.random.default_rng(7)
    ages, words = edges(WAITS), ["", "delivered", "failed"]
    age = chance.uniform(0, 8 * 86_400, 3000)
    took = np.exp(chance.normal(8, 4, age.size))
    cause = chance.choice([1, 2], age.size, p=[0.8, 0.2])
    rows = [
        _message("c", timedelta(seconds=a), words[c] if t <= WAITS else "", t, {})
        for a, t, c in zip(age, took, cause, strict=True)
    ]
    made = counted.counted(pl.DataFrame(rows, SCHEMA), [], frozenset(), "UTC")
    ours = next(iter(curves.curves_of(made.past, made.ages)))
    # what is younger than a slot is no history; a slot is as old as its youngest message
    reached = ages[np.searchsorted(ages, age // SLOT * SLOT, side="right") - 1]
    by = ages[np.minimum(np.searchsorted(ages, took), ages.size - 1)]
    seen, old = (took <= WAITS) & (by <= reached), age >= SLOT
    times, causes = np.where(seen, by, reached) + 1, np.where(seen, cause, 0)
    theirs = CumIncidenceRight(times[old], causes[old])
    there = np.searchsorted(theirs.times, ages + 1, side="right") - 1
    after = np.where(there < 0, 0, theirs.cinc[0][there])
    assert ours.delivered[0] == pytest.approx(after, abs=1e-9)


# the forecast


def test_what_is_open_ends_as_those_did_that_were_open_at_its_age(
    engine: Engine, back: Back
) -> None:
    # after 2 hours 30 of 100 are open, and 20 of these are delivered later
    young = [(60, "delivered", 10.0), (10, "failed", 3600.0), (45, "delivered", 5 * 3600.0)]
    frame = pl.concat([PAST, campaign("now", 2 * HOUR, young)])
    [row] = back(nowcast(engine(frame), "campaign")).to_dicts()
    assert (row["messages"], row["settled"], row["waiting"], row["open"]) == (115, 0, 115, 45)
    assert (row["delivered_so_far"], row["reported_so_far"]) == (60, 70)
    assert row["coming"] == pytest.approx(45 * 20 / 30, rel=0.02)
    assert row["expected_rate"] == pytest.approx((60 + row["coming"]) / 115)
    assert row["final_low"] < row["final_rate"] < row["final_high"]
    assert row["refused"] is None
    assert row["past_campaigns"] >= 10


def test_the_day_on_which_it_is_final_is_that_of_the_last_message() -> None:
    parts = campaign("now", 5 * HOUR), campaign("now", 2 * HOUR)
    assert [row["final_on"] for row in told(*parts)] == [date(2026, 6, 19)]
    late = campaign("now", -8.5 * HOUR + 9 * HOUR)
    [row] = told(late, timezone="Pacific/Auckland")
    assert row["final_on"] == date(2026, 6, 20)


def test_a_campaign_that_is_settled_in_part_has_two_rates() -> None:
    old = campaign("both", 5 * DAY, [(100, "delivered", 1.0)])
    [row] = told(old, campaign("both", 2 * HOUR))
    assert (row["messages"], row["settled"], row["waiting"]) == (200, 100, 100)
    assert row["expected_rate"] == pytest.approx(0.8, abs=0.01)
    assert row["final_rate"] == pytest.approx((160 + 20) / 200, abs=0.01)
    assert row["final_high"] - row["final_low"] < row["expected_high"] - row["expected_low"]


def test_where_nothing_is_open_all_is_known() -> None:
    [row] = told(campaign("now", 2 * HOUR, [(9, "delivered", 1.0), (1, "failed", 1.0)]))
    assert (row["coming"], row["open"]) == (0, 0)
    assert {row[f"final_{end}"] for end in ("rate", "low", "high")} == {0.9}


def test_groups_of_which_nothing_waits_have_no_row() -> None:
    assert told() == []
    assert [row["campaign"] for row in told(campaign("now", HOUR))] == ["now"]
    [row] = told(by=None)
    assert (row["waiting"], row["coming"], row["refused"][:18]) == (0, None, "nothing is waiting")


def test_an_interval_is_wider_where_past_campaigns_differed() -> None:
    worse: Fate = [(60, "delivered", 10), (10, "failed", 3600), (30, "unreported", None)]
    mixed = [
        campaign(f"past {day}", day * DAY + 5 * DAY, worse if day % 3 else USUAL)
        for day in range(30)
    ]
    now = campaign("now", 2 * HOUR, [(600, "delivered", 10.0), (300, "pending", 9e9)])
    alike, differing = (
        nowcast(pl.concat([history, now]), "campaign").to_dicts()[0]
        for history in (PAST, pl.concat(mixed))
    )
    widths = [row["final_high"] - row["final_low"] for row in (alike, differing)]
    assert 0 < 2 * widths[0] < widths[1]


def test_bulks_are_told_from_past_bulks_and_not_from_days() -> None:
    worse: Fate = [(60, "delivered", 10), (10, "failed", 3600), (30, "unreported", None)]
    better: Fate = [(60, "delivered", 10), (10, "failed", 3600), (30, "delivered", 5 * 3600)]
    # every day has one of each, so that days do not differ at all
    bulks = [
        campaign("same", (5 + day) * DAY, fate).with_columns(bulk_id=pl.lit(f"{day} {place}"))
        for day in range(30)
        for place, fate in enumerate((worse, better))
    ]
    now = campaign("same", 2 * HOUR, [(60, "delivered", 10.0), (200, "pending", None)])
    frame = pl.concat([*bulks, now.with_columns(bulk_id=pl.lit("now"))])
    [by_bulk], [by_day] = (nowcast(frame, by).to_dicts() for by in ("bulk_id", "day"))
    assert by_bulk["coming"] == pytest.approx(100, rel=0.05)
    widths = [row["final_high"] - row["final_low"] for row in (by_day, by_bulk)]
    assert widths[0] < widths[1] / 2


def test_networks_with_a_history_have_their_own_forecast() -> None:
    slow: Fate = [(10, "delivered", 10), (80, "delivered", 5 * 3600), (10, "unreported", None)]
    named = pl.lit("20801").alias("network"), pl.lit("20810").alias("network")
    fast_and_slow = [PAST.with_columns(named[0]), past(fate=slow).with_columns(named[1])]
    open_ones: Fate = [(100, "pending", None)]
    now = campaign("now", 2 * HOUR, open_ones)
    frame = pl.concat([*fast_and_slow, *(now.with_columns(name) for name in named)])
    found = {row["network"]: row["coming"] for row in nowcast(frame, "network").to_dicts()}
    # by what is open: 20 of 30 and 80 of 90; it leans a little on the country
    assert found["20801"] == pytest.approx(100 * 20 / 30, rel=0.06)
    assert found["20810"] == pytest.approx(100 * 80 / 90, rel=0.02)


def test_recent_delays_count_more_than_old_ones() -> None:
    slower: Fate = [(60, "delivered", 10), (30, "delivered", 5 * 3600), (10, "unreported", None)]
    days = [
        campaign(f"past {day}", 5 * DAY + day * DAY, slower if day < 10 else USUAL)
        for day in range(40)
    ]
    now = campaign("now", 2 * HOUR, [(40, "pending", None)])
    [row] = nowcast(pl.concat([*days, now]), "campaign").to_dicts()
    usual, recent = 20 / 30, 30 / 40
    assert row["coming"] / 40 > (usual + 3 * recent) / 4


# what is counted, and what is refused


def test_counts_are_those_of_a_query() -> None:
    frame = pl.concat(
        [
            PAST.head(50),
            campaign("now", 2 * HOUR),
            campaign("now", 2 * HOUR, orphan=True),
            campaign("now", 3 * HOUR, country="DE"),
            campaign("other", 30 * HOUR),
            campaign("other", HOUR, [(3, "enqueue_failed", 0.0)]),
            campaign("other", HOUR).with_columns(sent_at=None),
        ]
    )
    ours = nowcast(frame, ["campaign", "country"], no_report_countries=["DE"]).select(
        "campaign", "country", "waiting", "open", "delivered_so_far"
    )
    query = """
        SELECT campaign_id AS campaign, country, count(*) AS waiting,
            count(*) FILTER (outcome = 'pending') AS open,
            count(*) FILTER (outcome = 'delivered') AS delivered_so_far
        FROM frame WHERE NOT settled AND NOT orphan AND country <> 'DE' AND sent_at IS NOT NULL
            AND outcome <> 'enqueue_failed'
        GROUP BY ALL ORDER BY ALL
    """
    with duckdb.connect() as connection:
        theirs = connection.register("frame", frame.to_arrow()).sql(query).pl()
    assert_frame_equal(ours, theirs)
    [row] = nowcast(frame, None, no_report_countries=["DE"]).to_dicts()
    assert (row["open"], row["waiting"]) == (theirs["open"].sum(), theirs["waiting"].sum())


def reason(*parts: pl.DataFrame) -> str:
    [row] = nowcast(pl.concat(parts), None).to_dicts()
    rates = [f"{kind}_{end}" for kind in ("expected", "final") for end in ("rate", "low", "high")]
    assert [row[name] for name in [*rates, "coming"]] == [None] * 7
    assert row["waiting"] > 0
    return str(row["refused"])


def test_it_refuses_where_nothing_is_settled() -> None:
    assert "add older messages" in reason(campaign("now", HOUR))


def test_it_refuses_where_past_campaigns_had_no_history_themselves() -> None:
    assert "fewer than 10 past campaigns" in reason(past(4), campaign("now", HOUR))


def test_it_refuses_where_only_reported_messages_are_known() -> None:
    reported = pl.concat([PAST, campaign("now", HOUR)]).with_columns(record=pl.lit("report"))
    assert "read logs, or campaign events" in reason(reported)


def test_it_refuses_a_country_that_has_no_history() -> None:
    rows = told(campaign("now", HOUR), campaign("now", HOUR, country="PL"), by="country")
    assert [row["refused"] is None for row in rows] == [True, False]
    assert "fewer than 30 settled messages" in rows[1]["refused"]
    assert rows[1]["open"] == 30 + 10 - 10


def test_what_it_needs_is_named() -> None:
    with pytest.raises(ColumnError, match="lack done_at, as_of"):
        nowcast(PAST.drop("done_at", "as_of"))
    with pytest.raises(ColumnError, match="fold them first"):
        nowcast(pl.DataFrame({"status_group": ["DELIVERED"]}))
    with pytest.raises(ArgumentError, match="did you mean 'campaign'"):
        nowcast(PAST, "campain")
    with pytest.raises(ArgumentError, match="known of a message when something has come of it"):
        nowcast(PAST, "outcome")
    with pytest.raises(ArgumentError, match="has a column of that name"):
        nowcast(PAST.with_columns(open=1), "open")


# the table and the command


def test_the_table_says_what_it_assumes_and_why_it_says_nothing() -> None:
    frame = pl.concat([PAST, campaign("now", HOUR), campaign("now", HOUR, country="PL")])
    table = nowcast_table(frame, "country")
    assert ASSUMES in table.notes
    assert "no forecast for 1 of 2 rows" in table.note
    assert "prediction interval" in table.headline
    assert "no forecast" in str(table)
    assert "<table" in table._repr_html_()
    said = json.loads(json.dumps(table.to_dict()))
    assert said["assumes"] == ASSUMES
    assert [group["country"] for group in said["groups"]] == ["FR", "PL"]
    assert said["total"]["final_on"] == "2026-06-19"


def test_people_are_masked_in_it_unless_asked() -> None:
    named = pl.lit("447700900123").alias("recipient")
    frame = pl.concat([PAST, campaign("now", HOUR)]).with_columns(named)
    assert "447700900123" not in str(nowcast_table(frame, "recipient"))
    assert "447700900123" not in json.dumps(nowcast_table(frame, "recipient").to_dict())
    assert "447700900123" in str(nowcast_table(frame, "recipient", show_numbers=True))


def test_deliveries_by_the_operators_word_are_counted_in_the_note() -> None:
    now = campaign("now", HOUR, receipt="operator")
    assert (
        "60 waiting messages delivered so far by the operator"
        in nowcast_table(pl.concat([PAST, now])).note
    )


def test_the_command_prints_the_table_and_whole_json(run: Run) -> None:
    status, said, _ = run("nowcast")
    assert status == 0
    assert "will have been delivered" in said.splitlines()[0]
    status, said, _ = run("nowcast", "--by", "none", "--format", "json")
    answer = json.loads(said)
    assert status == 0
    assert answer["total"]["waiting"] == 407
    assert answer["assumes"] == ASSUMES
    status, said, noted = run("nowcast", "--format", "csv")
    assert said.splitlines()[0].startswith("day,messages,settled,waiting,open")
    assert ASSUMES in noted


# the report


def test_the_report_expects_a_rate_and_says_what_it_assumes() -> None:
    frame = pl.concat([PAST, campaign("now", 2 * HOUR), campaign("before", 30 * HOUR)])
    summary = summarise(frame, since="2026-06-01")
    assert [row["waiting"] for row in summary.coming] == [100, 100]
    assert [row["expected_rate"] for row in summary.coming] == pytest.approx([0.8, 0.8], abs=0.01)
    assert summary.expected is not None
    assert summary.expected["waiting"] == 200
    assert summary.expected["assumes"] == ASSUMES
    page = render(summary)
    assert "95&nbsp;% prediction interval" in page
    assert "There is no forecast" not in page


def test_the_report_shows_why_it_expects_nothing() -> None:
    summary = summarise(pl.concat([past(4), campaign("now", HOUR)]))
    assert summary.expected is not None
    assert summary.expected["expected_rate"] is None
    page = render(summary)
    assert "There is no forecast:</b> fewer than 10 past campaigns" in page


def test_a_report_of_messages_without_times_of_reports_has_no_forecast() -> None:
    summary = summarise(pl.concat([PAST, campaign("now", HOUR)]).drop("done_at"))
    assert [row["refused"] for row in summary.coming] == ["the messages lack done_at"]
