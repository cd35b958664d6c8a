"""Two sources, one message: campaign events with delivery reports beside them."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
import oracle_matching as oracle
import polars as pl
import pytest
from conftest import Back, Engine
from hypothesis import given, settings
from oracle_worlds import (
    DAY,
    HOUR,
    SECOND,
    US,
    Choose,
    T,
    events,
    events_of,
    reports,
    reports_of,
)
from polars.testing import assert_frame_equal

import infobip_analytics as ia
from infobip_analytics.errors import ColumnError, InfobipAnalyticsWarning
from infobip_analytics.frames import MESSAGES
from infobip_analytics.matching import MOST_APART, match
from infobip_analytics.matching.greedy import ROUNDS
from infobip_analytics.samples.events import events_frame
from infobip_analytics.samples.reports import reports_frame
from infobip_analytics.samples.world import World, make_world

Row = dict[str, Any]

MINUTE = timedelta(minutes=1)
LATER = T + 10 * DAY
NUMBER = "447700900123"
SENT = {"status": "enqueued"}
DELIVERED = {"recipient": NUMBER, "status_group": "DELIVERED", "status_id": 5, "done_at": T + HOUR}
FAILED = {"recipient": NUMBER, "status_group": "UNDELIVERABLE", "status_id": 9, "done_at": T + HOUR}
AT_OPERATOR = DELIVERED | {"status_id": 2}
PENDING = {"recipient": NUMBER, "status_group": "PENDING", "status_id": 7}


def together(of_events: Sequence[Row], of_reports: Sequence[Row], **question: Any) -> pl.DataFrame:
    """Make messages of events and reports, by default long after their waiting period."""
    asked = {"as_of": LATER} | question
    made: pl.DataFrame = ia.messages(events(*of_events), reports=reports(*of_reports), **asked)
    return made


def one(of_event: Row | Sequence[Row], of_report: Row, **question: Any) -> Row:
    """Make the one message of one send and one report."""
    rows = [of_event] if isinstance(of_event, dict) else of_event
    return together(rows, [of_report], **question).row(0, named=True)


# what a message is, of which both tell


def test_who_was_meant_is_told_by_the_event_and_what_became_of_it_by_the_report() -> None:
    event = SENT | {"campaign_name": "Spring", "variant": "B", "language": "en", "sender": "Shop"}
    report = DELIVERED | {
        "sent_at": T + MINUTE, "price": 0.04, "currency": "EUR", "network": "23410", "bulk_id": "b",
        "campaign_reference": "spring", "sender": "Other", "parts": 2,
    }  # fmt: skip
    told = one(event, report)
    expected = {
        "sent_at": T, "customer": "c", "campaign_id": "k", "campaign_name": "Spring",
        "action_id": "a", "variant": "B", "language": "en", "sender": "Shop", "record": "event",
        "message_id": "m", "outcome": "delivered", "receipt": "handset", "done_at": T + HOUR,
        "status_id": 5, "price": 0.04, "currency": "EUR", "network": "23410", "bulk_id": "b",
        "campaign_reference": "spring", "parts": 2, "n_reports": 2, "matched_by": "recipient",
        "event_outcome": "unreported", "report_outcome": "delivered", "country": "GB",
        "unmatched_reports": 0, "population": "sent", "settled": True, "conflicting": False,
    }  # fmt: skip
    assert {name: told[name] for name in expected} == expected


def test_where_the_report_does_not_decide_the_event_does_and_the_price_is_still_the_reports() -> (
    None
):
    delivered = {"status": "delivered", "timestamp": T + HOUR, "parts": 1}
    told = one([SENT, delivered], PENDING | {"price": 0.04, "network": "23410"})
    known = [told[name] for name in ("outcome", "receipt", "status_name", "price", "network")]
    assert known == ["delivered", "unknown", "delivered", 0.04, "23410"]
    assert (told["done_at"], told["parts"]) == (T + HOUR, 1)
    assert (told["event_outcome"], told["report_outcome"]) == ("delivered", "unreported")


def test_where_neither_decides_the_report_tells_why_there_is_silence() -> None:
    told = one(SENT, {"recipient": NUMBER, "status_group": "EXPIRED", "status_id": 29})
    assert (told["outcome"], told["status_id"]) == ("unreported", 29)


@pytest.mark.parametrize(
    ("status", "report", "outcome", "conflicting"),
    [
        ("delivered", DELIVERED, "delivered", False),
        ("failed", DELIVERED, "delivered", True),
        ("delivered", FAILED, "failed", True),
        ("rejected", FAILED, "failed", True),
        ("failed", FAILED, "failed", False),
        ("delivered", AT_OPERATOR, "delivered", False),
        ("failed", AT_OPERATOR, "failed", False),  # the operator's receipt is no final word
        ("failed", PENDING, "failed", False),
    ],
)
def test_the_reports_word_stands_and_a_contradiction_is_marked(
    status: str, report: Row, outcome: str, *, conflicting: bool
) -> None:
    told = one([SENT, {"status": status, "timestamp": T + HOUR}], report)
    assert (told["outcome"], told["conflicting"]) == (outcome, conflicting)
    assert told["event_outcome"] == status


def test_a_report_after_the_waiting_period_decides_nothing_and_is_counted() -> None:
    told = one(SENT, DELIVERED | {"done_at": T + 5 * DAY})
    assert (told["outcome"], told["n_late"], told["n_reports"]) == ("unreported", 1, 2)


def test_what_was_never_forwarded_has_a_report_only_where_the_id_says_so() -> None:
    failed = {"status": "enqueue_failed"}
    assert one(failed, DELIVERED)["matched_by"] is None
    told = one(failed | {"message_id": "m"}, DELIVERED)
    assert (told["outcome"], told["matched_by"], told["conflicting"]) == (
        "delivered", "message_id", True,
    )  # fmt: skip


def test_an_orphan_stays_one_though_a_report_knows_when_it_was_sent() -> None:
    told = one({"status": "delivered", "message_id": "m", "timestamp": T + HOUR}, DELIVERED)
    assert (told["orphan"], told["matched_by"]) == (True, "message_id")


def test_the_network_of_the_report_tells_a_country_that_the_number_does_not() -> None:
    event = SENT | {"recipient": None, "message_id": "m"}
    assert one(event, {"status_group": "PENDING", "network": "23001"})["country"] == "CZ"


# which is which


@pytest.mark.parametrize(
    ("event", "report", "how"),
    [
        ({"message_id": "m"}, {"recipient": None, "sent_at": None}, "message_id"),
        ({"message_id": "n"}, {}, None),
        ({}, {"recipient": "+44 7700 900123"}, "recipient"),
        ({}, {"recipient": "00447700900123"}, "recipient"),
        ({}, {"recipient": "447700900124"}, None),
        ({"recipient": "x@y"}, {"recipient": "x@y"}, None),
        ({"recipient": None}, {"recipient": None}, None),
        ({}, {"sent_at": T + MOST_APART}, "recipient"),
        ({}, {"sent_at": T + MOST_APART + US}, None),
        ({}, {"sent_at": T - MOST_APART}, "recipient"),
        ({}, {"sent_at": T - MOST_APART - US}, None),
        ({}, {"sent_at": None, "done_at": T}, None),
        ({}, {"campaign_reference": "k"}, "recipient"),
        ({"campaign_name": "Spring"}, {"campaign_reference": "Spring"}, "recipient"),
        ({}, {"campaign_reference": "unknown to the events"}, "recipient"),
    ],
)
def test_an_id_decides_else_number_and_time(event: Row, report: Row, how: str | None) -> None:
    assert one(SENT | event, PENDING | report)["matched_by"] == how


def test_a_report_of_another_campaign_of_the_events_is_not_taken() -> None:
    other = SENT | {"campaign_id": "l", "recipient": "447700900999"}
    rows = together([SENT, other], [PENDING | {"campaign_reference": "l"}])
    assert (rows["matched_by"].to_list(), rows["unmatched_reports"][0]) == ([None, None], 1)


def test_an_agreeing_campaign_goes_before_a_nearer_time() -> None:
    near = PENDING | {"message_id": "near"}
    agreeing = PENDING | {"message_id": "agreeing", "sent_at": T + 9 * MINUTE}
    rows = together([SENT], [near, agreeing | {"campaign_reference": "k"}])
    assert rows["message_id"].to_list() == ["agreeing"]


@pytest.mark.parametrize(("minutes", "first"), [((-5, 3), "3"), ((-5, 5), "-5")])
def test_of_two_sends_the_nearer_has_the_report_and_of_equally_near_ones_the_earlier(
    minutes: tuple[int, int], first: str
) -> None:
    sends = [SENT | {"timestamp": T + n * MINUTE, "action_id": str(n)} for n in minutes]
    matched = together(sends, [PENDING]).drop_nulls("matched_by")
    assert matched["action_id"].to_list() == [first]


def test_of_several_sends_with_one_id_the_first_has_the_report() -> None:
    ids = {"message_id": ["m", "m", "m"], "sent_at": [T + HOUR, None, T]}
    sent = pl.DataFrame(ids, schema_overrides={"sent_at": MESSAGES["sent_at"]})
    reported = pl.DataFrame({"message_id": ["m"]})
    assert match(sent, reported).rows() == [(2, 0, "message_id")]


# the same as one pair after the other, whatever the order


def side(choose: Choose, size: int, *, of_reports: bool) -> pl.DataFrame:
    """Make messages of one side, many of which could belong to many of the other."""
    campaign = [("k", "Spring"), ("k", None), ("l", "Summer"), (None, "k"), (None, None)]
    rows = []
    for place in range(size):
        campaign_id, campaign_name = choose(campaign)
        ids = [f"r{place}"] if of_reports else [None, None, None, "r0", "r1", "other"]
        row = {
            "message_id": choose(ids),
            "recipient": choose([NUMBER, NUMBER, f"+{NUMBER}", "44 1", "x@y", None]),
            "sent_at": choose([None, *_TIMES]),
            "outcome": choose(["delivered", "failed", "unreported"]),
        }
        if of_reports:
            row["campaign_reference"] = choose([None, "k", "Spring", "Summer", "elsewhere"])
        else:
            row |= {"campaign_id": campaign_id, "campaign_name": campaign_name}
            row |= {"outcome": choose([row["outcome"], "enqueue_failed"])}
            row |= {"variant": choose([None, "A", "B"]), "parts": choose([None, 1, 2])}
        rows.append(row)
    return pl.DataFrame(rows, schema=MESSAGES)


_TIMES = [T + n * MINUTE for n in (-16, -15, -7, -1, 0, 0, 0, 1, 2, 7, 14, 15, 29, 30)] + [T + US]


def as_content(sent: pl.DataFrame, reported: pl.DataFrame, found: Any) -> Counter[Any]:
    """Tell pairs by what is in them: messages that are alike in all may stand for each other."""
    events_of_it, reports_of_it = sent.rows(), reported.rows()
    return Counter((events_of_it[e], reports_of_it[r], how) for e, r, how in found)


def of_oracle(sent: pl.DataFrame, reported: pl.DataFrame) -> Counter[Any]:
    found = oracle.pairs(sent.to_dicts(), reported.to_dicts())
    return as_content(sent, reported, [(e, r, how) for e, (r, how) in found.items()])


@st.composite
def sides(draw: st.DrawFn) -> tuple[pl.DataFrame, pl.DataFrame]:
    def choose(options: Sequence[Any]) -> Any:
        return draw(st.sampled_from(options))

    sizes = [0, 1, 2, 3, 6]
    return (
        side(choose, choose(sizes), of_reports=False),
        side(choose, choose(sizes), of_reports=True),
    )


@given(sides())
def test_pairs_are_those_that_are_given_out_one_by_one(
    both: tuple[pl.DataFrame, pl.DataFrame],
) -> None:
    assert as_content(*both, match(*both).rows()) == of_oracle(*both)


@pytest.mark.parametrize("seed", range(6))
def test_crowds_too_are_matched_as_one_by_one_and_one_to_one_in_any_order(seed: int) -> None:
    chance = random.Random(seed)
    sent = side(chance.choice, 70, of_reports=False)
    reported = side(chance.choice, 70, of_reports=True)
    found = match(sent, reported)
    assert found["event"].is_unique().all()
    assert found["report"].is_unique().all()
    expected = of_oracle(sent, reported)
    assert as_content(sent, reported, found.rows()) == expected
    turned = sent.sample(fraction=1, shuffle=True, seed=seed), reported[::-1]
    assert as_content(*turned, match(*turned).rows()) == expected


def test_a_long_chain_of_equally_near_messages_is_followed_to_its_end() -> None:
    links = 3 * ROUNDS
    # each send stands between two reports, as near to one as to the other
    times = {"sends": [T + 2 * n * SECOND for n in range(links)]}
    times["reports"] = [when + SECOND for when in times["sends"]]
    sent, reported = (
        pl.DataFrame({"recipient": NUMBER, "sent_at": times[name]}, schema_overrides=MESSAGES)
        for name in times
    )
    ids = pl.Series("message_id", [f"{n:03}" for n in range(links)])
    sent = sent.with_columns(message_id=pl.lit(None, pl.String))
    found = match(sent, reported.with_columns(ids))
    assert found.sort("event").select("event", "report").rows() == [(n, n) for n in range(links)]


def world(choose: Choose) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Make raw events and reports of few numbers and ids, that belong together in part."""
    campaigns = choose([["k"], ["k", "l"]])
    numbers = {"recipient": choose([["1", "2"], ["1", None]])}
    of_events = [row for campaign in campaigns for row in events_of(choose, campaign)]
    ids = [*{row["message_id"] for row in of_events} - {None}, "a", "b"]
    of_reports = [
        row | {"recipient": choose(numbers["recipient"]), "campaign_reference": choose(_REFERENCES)}
        for name in choose([ids, ids[:1], ids[-2:]])
        for row in reports_of(choose, name, HOUR)
    ]
    return events(*of_events), reports(*of_reports)


_REFERENCES = [None, None, "k", "l", "elsewhere"]
#: Moments of one side that the window need not agree with on the other
QUESTION: dict[str, Any] = {"as_of": T + 5 * HOUR, "waiting_period": HOUR}


@pytest.mark.parametrize("seed", range(25))
def test_messages_are_what_both_sides_tell_of_them(seed: int, engine: Engine, back: Back) -> None:
    of_events, of_reports = world(random.Random(seed).choice)
    sent, reported = (ia.messages(frame, **QUESTION) for frame in (of_events, of_reports))
    told = oracle.together(sent.to_dicts(), reported.to_dicts())
    constants = {"set_aside": sent["set_aside"].max()}
    expected = pl.DataFrame(told, schema=MESSAGES).drop("country", *constants)
    made = back(ia.messages(engine(of_events), reports=engine(of_reports), **QUESTION))
    assert made.columns == list(MESSAGES)
    names = [name for name in expected.columns if name != "unmatched_reports"]
    assert_frame_equal(
        made.select(expected.columns).cast(expected.schema).sort(names),
        expected.sort(names),
    )


@settings(max_examples=12)
@given(st.sets(st.sampled_from(list(MESSAGES)), min_size=1, max_size=4), st.integers(0, 999))
def test_the_columns_that_are_asked_for_are_the_same_whatever_else_is_asked(
    wanted: set[str], seed: int
) -> None:
    of_events, of_reports = world(random.Random(seed).choice)
    whole = ia.messages(of_events, reports=of_reports, **QUESTION).select(sorted(wanted))
    lazy = ia.messages(of_events.lazy(), reports=of_reports, **QUESTION).select(sorted(wanted))
    assert Counter(lazy.collect().rows()) == Counter(whole.rows())


# the door


def test_the_engine_is_that_of_the_events_whatever_that_of_the_reports() -> None:
    of_events, of_reports = events(SENT), reports(DELIVERED)
    made = ia.messages(of_events.lazy(), reports=of_reports.to_pandas(), as_of=LATER)
    assert isinstance(made, pl.LazyFrame)
    assert made.collect_schema() == made.collect().schema == pl.Schema(MESSAGES)
    assert isinstance(ia.messages(of_events, reports=of_reports.lazy(), as_of=LATER), pl.DataFrame)


def test_the_moment_is_the_latest_of_both() -> None:
    assert together([SENT], [DELIVERED], as_of=None)["as_of"][0] == T + HOUR
    sent_later = SENT | {"timestamp": T + DAY}
    assert together([sent_later], [DELIVERED], as_of=None)["as_of"][0] == T + DAY


def test_without_reports_nothing_is_said_of_them() -> None:
    names = ["matched_by", "event_outcome", "report_outcome", "unmatched_reports"]
    assert ia.messages(events(SENT), as_of=LATER).select(names).row(0) == (None,) * 4
    empty = ia.messages(events(SENT), reports=reports(DELIVERED).head(0), as_of=LATER)
    assert empty.select(names).row(0) == (None, "unreported", None, 0)


def test_without_events_there_are_no_messages() -> None:
    made = ia.messages(events(SENT).head(0), reports=reports(DELIVERED), as_of=LATER)
    assert (made.height, made.columns) == (0, list(MESSAGES))


def test_bounds_look_at_the_time_of_sending_of_the_event_and_at_unmatched_reports() -> None:
    lone = [PENDING | {"message_id": "n", "recipient": "1", "sent_at": T + n * DAY} for n in (0,)]
    late = PENDING | {"message_id": "o", "recipient": "1", "sent_at": T + 2 * DAY}
    rows = together([SENT], [DELIVERED | {"sent_at": T + MINUTE}, *lone, late], until=T)
    assert rows.select("matched_by", "unmatched_reports").rows() == [("recipient", 1)]
    with pytest.warns(InfobipAnalyticsWarning, match="1 message sent before since="):
        together([SENT], [DELIVERED], since=T + DAY)


def test_rows_set_aside_are_those_of_both_sources() -> None:
    of_events = events(SENT).with_columns(set_aside=pl.lit(2, pl.Int64))
    of_reports = reports(DELIVERED, {"message_id": None}).with_columns(
        set_aside=pl.lit(3, pl.Int64)
    )
    made = ia.messages(of_events, reports=of_reports, as_of=LATER)
    assert made["set_aside"].to_list() == [6]


@pytest.mark.parametrize(
    ("frame", "beside"),
    [
        (reports(DELIVERED), reports(DELIVERED)),
        (events(SENT), events(SENT)),
        (reports(DELIVERED), events(SENT)),
    ],
)
def test_only_reports_beside_events_make_sense(frame: pl.DataFrame, beside: pl.DataFrame) -> None:
    with pytest.raises(ColumnError, match=r"ia\.messages\(events, reports=reports\)"):
        ia.messages(frame, reports=beside)


# the invented world


@pytest.fixture(scope="module")
def invented() -> World:
    return make_world(2500, 5)


def test_with_ids_every_message_is_matched_by_its_id(invented: World) -> None:
    sent = ia.messages(events_frame(invented)).filter(~pl.col("orphan"))
    known = invented.truth.filter(~pl.col("orphan")).select("sent_at", "message_id")
    named = sent.drop("message_id").join(known, on="sent_at")
    reported = ia.messages(reports_frame(invented))
    found = match(named, reported)
    assert set(found["matched_by"]) == {"message_id"}
    assert found.height == reported.height


def test_without_ids_every_message_is_matched_by_its_recipient(invented: World) -> None:
    of_events = events_frame(invented).with_columns(message_id=pl.lit(None, pl.String))
    made = ia.messages(of_events, reports=reports_frame(invented)).filter(~pl.col("orphan"))
    names = ["sent_at", "message_id", "outcome", "receipt", "status_id"]
    truth = invented.truth.filter(~pl.col("orphan"))
    assert_frame_equal(made.select(names).sort("sent_at"), truth.select(names).sort("sent_at"))
    assert made["unmatched_reports"][0] == 0


def test_rates_of_both_are_the_rates_of_the_truth(
    invented: World, engine: Engine, back: Back
) -> None:
    frames = (engine(frame(invented)) for frame in (events_frame, reports_frame))
    rates = back(ia.delivery_rates(ia.messages(next(frames), reports=next(frames))))
    settled = (
        invented.truth.filter("settled", ~pl.col("orphan"), pl.col("outcome") != "enqueue_failed")
        .group_by("country")
        .agg(
            settled=pl.len().cast(pl.Int64),
            delivered=(pl.col("outcome") == "delivered").sum().cast(pl.Int64),
        )
    )
    both = rates.join(settled, on="country", suffix="_true")
    assert both.height > 5
    assert both["settled"].equals(both["settled_true"])
    assert both["delivered"].equals(both["delivered_true"])
    assert (rates["population"] == "sent").all()
