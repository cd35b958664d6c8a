"""Clicks and replies: whose they are, what is divided by what, and what nobody is shown."""

import random
import warnings
from collections import Counter
from datetime import timedelta
from typing import Any

import duckdb
import polars as pl
import pytest
from conftest import Back, Engine
from oracle_folding import Row
from oracle_pairing import distinct
from oracle_worlds import DAY, HOUR, SECOND, US, T, events, sent
from polars.testing import assert_frame_equal
from statsmodels.stats.proportion import proportion_confint

from infobip_analytics.countries import no_report_codes
from infobip_analytics.errors import ArgumentError, ColumnError, InfobipAnalyticsWarning
from infobip_analytics.frames import CAMPAIGN_EVENTS
from infobip_analytics.journey import messages
from infobip_analytics.masking import mask
from infobip_analytics.rates import delivery_rates
from infobip_analytics.responses import replies, response_rates, responses_table, with_responses
from infobip_analytics.samples import sample_path

LATER = T + 30 * DAY
SENT: Row = {"status": "enqueued"}
DELIVERED: Row = {"status": "delivered", "timestamp": T + SECOND}
NUMBER, SHOP = "447700900123", "447700900999"

quietly = pytest.mark.filterwarnings("ignore:.*belong to no message:UserWarning")


def click(after: Any = HOUR, **said: Any) -> Row:
    """Make a click on the message of SENT, or on another."""
    return {"status": "clicked", "timestamp": T + after} | said


def reply(after: Any = HOUR, **said: Any) -> Row:
    """Make a reply, from the customer's number to the shop's; it carries no campaign."""
    swapped = {"sender": f"+{NUMBER}", "recipient": SHOP, "campaign_id": None, "action_id": None}
    return {"status": "incoming_message", "timestamp": T + after} | swapped | said


def world(*rows: Row) -> pl.DataFrame:
    """Make events that may have a text."""
    texts = pl.Series("message", [row.get("message") for row in rows], pl.String)
    bare = [{name: row[name] for name in row if name != "message"} for row in rows]
    return events(*bare).with_columns(texts)


def tied(*rows: Row, as_of: Any = LATER, window: timedelta = 7 * DAY) -> pl.DataFrame:
    """Make messages of events and tie the clicks and replies of these to them."""
    happened = world(*rows)
    made: pl.DataFrame = with_responses(messages(happened, as_of=as_of), happened, window=window)
    return made


def clicks(*rows: Row, **asked: Any) -> list[int]:
    """Count the clicks of each message, in order of time."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InfobipAnalyticsWarning)
        made: list[int] = tied(*rows, **asked)["clicks"].to_list()
    return made


def answers(*rows: Row) -> list[int]:
    """Count the replies of each message, in order of time."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InfobipAnalyticsWarning)
        made: list[int] = tied(*rows)["replies"].to_list()
    return made


# whose they are


def test_clicks_and_replies_are_counted_beside_their_message(engine: Engine, back: Back) -> None:
    happened = world(SENT, DELIVERED, click(2 * HOUR), click(HOUR), reply(3 * HOUR))
    made = messages(engine(happened), as_of=LATER)
    both = back(with_responses(made, engine(happened)))
    told = ["clicks", "first_click_at", "replies", "first_reply_at"]
    assert both.select(told).rows() == [(2, T + HOUR, 1, T + 3 * HOUR)]
    assert both.select("clicks", "replies", "unmatched_clicks").dtypes == [pl.Int64] * 3
    assert both.drop(told, "unmatched_clicks", "unmatched_replies", "response_days").equals(
        back(made)
    )


def test_a_message_nobody_answered_has_none_and_not_null() -> None:
    (row,) = tied(SENT).to_dicts()
    assert (row["clicks"], row["replies"], row["first_click_at"]) == (0, 0, None)


def test_an_exact_repeat_counts_once_whenever_it_came_in() -> None:
    assert clicks(SENT, click(), click(), click(ingest_timestamp=T + DAY)) == [1]
    assert clicks(SENT, click(), click(comment="another link")) == [2]


def test_a_message_id_ties_whatever_the_time_and_differing_ids_never_do() -> None:
    one, other = SENT | {"message_id": "m1"}, SENT | {"message_id": "m2", "timestamp": T + DAY}
    assert clicks(one, other, click(2 * DAY, message_id="m1")) == [1, 0]
    assert clicks(one, other, click(2 * DAY, message_id="m3")) == [0, 0]
    assert clicks(one, SENT | {"timestamp": T + HOUR}, click(DAY, message_id="m3")) == [0, 1]
    assert clicks(one, other, click(2 * DAY)) == [0, 1]


def test_a_send_time_ties_to_the_message_sent_then() -> None:
    one = SENT | {"sent_timestamp": T}
    other = SENT | {"sent_timestamp": T + DAY, "timestamp": T + DAY}
    assert clicks(one, other, click(2 * DAY, sent_timestamp=T)) == [1, 0]
    assert clicks(one, other, click(9 * DAY, sent_timestamp=T)) == [1, 0]
    assert clicks(one, other, click(2 * DAY, sent_timestamp=T + HOUR)) == [0, 0]
    assert clicks(one, other, click(2 * DAY, sent_timestamp=T + 5 * SECOND)) == [1, 0]
    assert clicks(one, other, click(2 * DAY, sent_timestamp=T + 5 * SECOND + US)) == [0, 0]


def test_else_it_is_the_latest_message_before_the_click() -> None:
    sends = [SENT, SENT | {"timestamp": T + DAY}, SENT | {"timestamp": T + 2 * DAY}]
    assert clicks(*sends, click(DAY + HOUR)) == [0, 1, 0]
    assert clicks(*sends, click(2 * DAY), click(DAY - US)) == [0, 1, 1]


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (-5 * SECOND, 1), (-5 * SECOND - US, 0), (7 * DAY, 1), (7 * DAY + US, 0),
    ],
)  # fmt: skip
def test_a_click_is_within_seven_days_with_five_seconds_of_tolerance(
    after: timedelta, found: int
) -> None:
    assert clicks(SENT, click(after)) == [found]


def test_the_window_is_an_argument() -> None:
    assert clicks(SENT, click(2 * DAY), window=2 * DAY) == [1]
    assert clicks(SENT, click(2 * DAY), window=2 * DAY - US) == [0]
    assert tied(SENT, window=DAY)["response_days"].to_list() == [1.0]


@pytest.mark.parametrize("window", [timedelta(0), -DAY, 367 * DAY, 7, "7d", None])
def test_a_window_that_is_no_period_raises(window: Any) -> None:
    with pytest.raises(ArgumentError, match="window="):
        tied(SENT, window=window)
    with pytest.raises(ArgumentError, match="window="):
        replies(world(SENT), window=window)


def test_a_click_is_of_its_own_customer_campaign_and_action() -> None:
    for name, other in (("customer", "d"), ("campaign_id", "l"), ("action_id", "b")):
        assert clicks(SENT, click(**{name: other})) == [0]
    nowhere = {"campaign_id": None, "action_id": None}
    assert clicks(SENT, click(**nowhere)) == [0]
    assert clicks(SENT | nowhere, click(**nowhere)) == [1]
    assert clicks(SENT | {"campaign_name": "Spring"} | nowhere, click(**nowhere)) == [0]


def test_without_a_customer_on_both_sides_the_recipient_decides() -> None:
    nobody = {"customer": None}
    assert clicks(SENT, click(**nobody)) == [1]
    assert clicks(SENT | nobody, click()) == [1]
    assert clicks(SENT, click(customer=None, recipient="447700900124")) == [0]
    assert clicks(SENT | {"recipient": "447700900124"}, click()) == [1]
    assert clicks(SENT | nobody, SENT | {"timestamp": T + SECOND}, click()) == [0, 1]


def test_a_reply_needs_no_campaign_and_where_it_has_one_it_must_be_right() -> None:
    other = SENT | {"campaign_id": "l", "timestamp": T + SECOND}
    assert answers(SENT, other, reply()) == [0, 1]
    assert answers(SENT, other, reply(campaign_id="k")) == [1, 0]
    assert answers(SENT, other, reply(campaign_id="k", action_id="z")) == [0, 0]
    assert answers(SENT, other, reply(campaign_id="m")) == [0, 0]
    assert answers(SENT, other, reply(action_id="a")) == [0, 1]


@pytest.mark.parametrize(
    "numbers",
    [
        {},
        {"sender": SHOP, "recipient": NUMBER},
        {"sender": "0044 7700 900123", "recipient": "Shop"},
    ],
)
def test_a_reply_without_a_customer_is_of_the_number_that_replies(numbers: Row) -> None:
    assert answers(SENT, reply(customer=None, **numbers)) == [1]
    assert answers(SENT, reply(customer=None, **numbers | {"action_type": None})) == [1]


def test_the_sender_of_a_click_is_nobody_who_clicks() -> None:
    assert clicks(SENT, click(customer=None, recipient=None, sender=NUMBER)) == [0]


def test_what_was_never_forwarded_was_neither_clicked_nor_answered() -> None:
    unsent = {"status": "enqueue_failed", "message_id": "m"}
    assert clicks(unsent, click(), click(message_id="m")) == [0]


def test_of_two_messages_sent_at_once_the_delivered_one_was_clicked() -> None:
    sends = [SENT | {"message_id": name} for name in "xyz"]
    for arrived in "xyz":
        made = tied(*sends, DELIVERED | {"message_id": arrived}, click())
        assert made.filter(pl.col("clicks") == 1)["message_id"].to_list() == [arrived]


def test_an_orphan_has_the_clicks_that_name_it() -> None:
    orphan = DELIVERED | {"message_id": "m"}
    assert clicks(orphan, click(message_id="m"), click(2 * HOUR)) == [1]


@pytest.mark.parametrize("channel", ["email", "webhook", "mobile notification", "whatsapp"])
def test_clicks_and_replies_of_other_channels_are_not_ours(channel: str) -> None:
    made = tied(SENT, click(action_type=channel), reply(action_type=channel))
    told = ["clicks", "replies", "unmatched_clicks", "unmatched_replies"]
    assert made.select(told).row(0) == (0, 0, 0, 0)


def test_a_click_without_a_channel_may_be_of_an_email() -> None:
    assert clicks(SENT, click(action_type=None)) == [0]


def test_what_happens_after_as_of_is_not_seen() -> None:
    made = tied(SENT, click(HOUR), click(HOUR + US), as_of=T + HOUR)
    assert made.select("clicks", "unmatched_clicks").row(0) == (1, 0)


def test_what_belongs_to_no_message_is_said_and_counted_in_every_row(
    engine: Engine, back: Back
) -> None:
    stray = {"customer": "d", "recipient": "447700900124", "sender": "447700900124"}
    other = SENT | {"timestamp": T + DAY}
    rows = [click(), click(**stray), click(9 * DAY), reply(**stray)]
    happened = engine(world(SENT, other, *rows))
    made = back(with_responses(messages(happened, as_of=LATER), happened))
    assert made.select("unmatched_clicks", "unmatched_replies").rows() == [(2, 1)] * 2


def test_what_a_frame_without_rows_cannot_carry_is_said() -> None:
    happened = world(SENT, click())
    none = messages(happened, as_of=LATER).clear()
    with pytest.warns(InfobipAnalyticsWarning, match=r"^1 click and 0 replies belong .*of 1 click"):
        assert with_responses(none, happened).is_empty()


def test_counting_again_counts_anew() -> None:
    happened = world(SENT, click(), reply())
    once = with_responses(messages(happened, as_of=LATER), happened)
    assert_frame_equal(with_responses(once, happened), once)
    assert with_responses(once, world(SENT)).select("clicks", "replies").row(0) == (0, 0)


def test_messages_keep_their_order_and_columns_of_their_own() -> None:
    happened = world(*(SENT | {"timestamp": T + n * DAY} for n in range(3)), click(DAY))
    made = messages(happened, as_of=LATER).sort("sent_at", descending=True)
    both = with_responses(made.with_columns(mine=pl.lit(1)), happened)
    assert both["clicks"].to_list() == [0, 1, 0]
    assert both.columns[: made.width + 1] == [*made.columns, "mine"]


def test_a_frame_without_rows_has_the_columns_all_the_same(engine: Engine, back: Back) -> None:
    nothing = engine(pl.DataFrame(schema=CAMPAIGN_EVENTS))
    none = sent(SENT | {"outcome": "delivered"}).clear()
    made = back(with_responses(engine(none), nothing))
    assert made.is_empty()
    assert {"clicks", "first_reply_at", "unmatched_replies"} <= set(made.columns)
    assert back(response_rates(engine(made), None)).row(0, named=True)["click_rate"] is None


def test_a_plan_stays_a_plan_and_tells_its_columns() -> None:
    happened = world(SENT, click())
    made = with_responses(messages(happened.lazy(), as_of=LATER), happened.lazy())
    assert isinstance(made, pl.LazyFrame)
    assert made.collect_schema() == made.collect().schema
    assert made.select("clicks").collect().item() == 1


def test_the_wrong_frames_are_answered_with_what_is_missing() -> None:
    happened = world(SENT, click())
    made = messages(happened, as_of=LATER)
    with pytest.raises(ColumnError, match="clicks and replies are rows of campaign events"):
        with_responses(made, made)
    with pytest.raises(ColumnError, match=r"ia\.messages"):
        with_responses(happened, happened)
    with pytest.raises(ColumnError, match=r"ia\.with_responses\(messages, events\)"):
        response_rates(made)


# row by row, in plain Python


@quietly
@pytest.mark.parametrize("seed", range(4))
def test_every_click_and_reply_goes_where_the_rules_say(seed: int) -> None:
    choose = random.Random(seed).choice
    rows = [row for place in range(400) for row in _world(choose, f"{place}")]
    random.Random(seed).shuffle(rows)
    as_of, window = choose([LATER, T + 7 * DAY]), choose([7 * DAY, 2 * DAY])
    happened = events(*rows)
    made = messages(happened, as_of=as_of)
    both = with_responses(made, happened, window=window)
    expected, unmatched = _expected(made.to_dicts(), rows, as_of, window)
    assert _by_moment(both) == expected
    assert (both["unmatched_clicks"][0], both["unmatched_replies"][0]) == unmatched
    assert min(unmatched) > 0
    assert both["clicks"].sum() > 200
    assert both["replies"].sum() > 200


@quietly
def test_no_result_depends_on_the_order_of_the_rows_nor_on_the_engine(
    engine: Engine, back: Back
) -> None:
    shuffled = random.Random(9)
    rows = [row for place in range(60) for row in _world(shuffled.choice, f"{place}")]
    made = messages(events(*rows), as_of=LATER)
    once = with_responses(made, events(*rows))
    for _ in range(3):
        shuffled.shuffle(rows)
        other = made.sample(fraction=1, shuffle=True, seed=shuffled.randrange(99))
        again = back(with_responses(engine(other), engine(events(*rows))))
        assert _by_moment(again) == _by_moment(once)


def _world(choose: Any, place: str) -> list[Row]:
    """Make sends, final rows, clicks and replies of few people, in few moments."""
    people = choose([["c"], ["c", "d"], ["c", None], [None]])
    numbers = choose([["1"], ["1", "2"], ["1", None]])
    ids = choose([[None], [None, None, "x"], ["x", "y", None], ["x", "y"]])
    sents = choose([[None], [None], [T, None], [T, T + DAY], [T, T + 4 * SECOND, None]])
    campaigns = choose([["k"], ["k", "l"]])
    actions = choose([["a"], ["a", "b", None]])
    return [
        _event(choose, place, people, numbers, ids, sents, campaigns, actions)
        for _ in range(choose([3, 5, 8, 12]))
    ]


_MOMENTS = [
    T, T, T + US, T + 4 * SECOND, T + 5 * SECOND, T + 5 * SECOND + US, T + HOUR, T + DAY,
    T + 2 * DAY, T + 2 * DAY + US, T + 7 * DAY - US, T + 7 * DAY, T + 7 * DAY + US, T + 8 * DAY,
]  # fmt: skip


def _event(choose: Any, place: str, *told: Any) -> Row:
    who, number, name, timed, campaign, action = (choose(each) for each in told)
    status = choose(
        ["enqueued"] * 3 + ["delivered", "failed", "enqueue_failed"]
        + ["clicked", "incoming_message"] * 2
    )  # fmt: skip
    row = {
        "status": status,
        "timestamp": choose(_MOMENTS if status != "enqueued" else _MOMENTS[:9]),
        "customer": who and who + place,
        "recipient": number and f"4477{number}{place:0>4}",
        "message_id": name and name + place,
        "sent_timestamp": timed,
        "campaign_id": campaign + place,
        "action_id": action,
        "variant": place,
    }
    if status != "incoming_message":
        return row
    carried = choose([[], ["campaign_id"], ["action_id"], ["campaign_id", "action_id"]])
    row |= {name: None for name in ("campaign_id", "action_id") if name not in carried}
    swapped = {"sender": row["recipient"], "recipient": choose([None, SHOP])}
    return row | (swapped if choose([True, False]) else {"sender": SHOP})


def _expected(
    made: list[Row], rows: list[Row], as_of: Any, window: timedelta
) -> tuple[dict[Any, Any], tuple[int, int]]:
    """What `_by_moment` has to give, and how many clicks and replies are of no message."""
    found: dict[Any, Any] = {}
    strays: Counter[str] = Counter()
    worlds: dict[str, list[Row]] = {}
    for each in made:
        worlds.setdefault(each["variant"], []).append(each)
    for row in distinct(rows):
        if row["status"] not in ("clicked", "incoming_message") or row["timestamp"] > as_of:
            continue
        message = _whose(row, worlds.get(row["variant"], []), window)
        if message is None:
            strays[row["status"]] += 1
        else:
            told = found.setdefault(_moment(message), {"clicked": [], "incoming_message": []})
            told[row["status"]].append(row["timestamp"])
    counted = {
        moment: tuple(
            value
            for times in (told["clicked"], told["incoming_message"])
            for value in (len(times), min(times, default=None))
        )
        for moment, told in found.items()
    }
    return counted, (strays["clicked"], strays["incoming_message"])


def _whose(row: Row, made: list[Row], window: timedelta) -> Row | None:
    """Find the message of one click or reply; the three rules in turn."""
    time, timed, name = row["timestamp"], row.get("sent_timestamp"), row.get("message_id")
    there = [message for message in made if message["outcome"] != "enqueue_failed"]
    named = [message for message in there if name is not None and message["message_id"] == name]
    meant = [message for message in there if _may_be(row, message)]
    then = [message for message in meant if timed is not None and message["sent_at"] == timed]
    near = [
        message
        for message in meant
        if message["sent_at"] is not None
        and time - window <= message["sent_at"] <= time + 5 * SECOND
        and (timed is None or abs(message["sent_at"] - timed) <= 5 * SECOND)
    ]
    early = T - 99 * DAY
    return max(
        named or then or near,
        key=lambda each: (each["sent_at"] or early, each["outcome"] == "delivered"),
        default=None,
    )


def _may_be(row: Row, message: Row) -> bool:
    """Whether ids, person, campaign and action allow it."""
    reply = row["status"] == "incoming_message"
    both = [(row.get("message_id"), message["message_id"])]
    numbers = {row["recipient"], row["sender"] if reply else None} - {None}
    stage = [(row.get(name), message[name]) for name in ("campaign_id", "action_id")]
    known = row["customer"] is not None and message["customer"] is not None
    return (
        all(None in pair or pair[0] == pair[1] for pair in both)
        and (row["customer"] == message["customer"] if known else message["recipient"] in numbers)
        and all((reply and ours is None) or ours == theirs for ours, theirs in stage)
    )


def _moment(message: Row) -> tuple[Any, ...]:
    """What tells messages apart; of those alike in it, which one is clicked is nowhere said."""
    return message["variant"], message["sent_at"], message["outcome"] == "delivered"


def _by_moment(both: pl.DataFrame) -> dict[Any, Any]:
    grouped = (
        both.filter((pl.col("clicks") > 0) | (pl.col("replies") > 0))
        .group_by("variant", "sent_at", pl.col("outcome") == "delivered")
        .agg(
            pl.sum("clicks"), pl.min("first_click_at"), pl.sum("replies"), pl.min("first_reply_at")
        )
    )
    return {row[:3]: row[3:] for row in grouped.iter_rows()}


# what is divided by what


def heard(*rows: Row, **constants: Any) -> pl.DataFrame:
    """Make messages with responses: delivered ones nobody answered, unless they say otherwise."""
    usual = {"clicks": 0, "replies": 0}
    told = pl.DataFrame(
        [{name: row.get(name, usual[name]) for name in usual} for row in rows],
        schema=dict.fromkeys(usual, pl.Int64),
    )
    stamp = {"unmatched_clicks": 0, "unmatched_replies": 0, "response_days": 7.0}
    made = sent(*({k: row[k] for k in row if k not in usual} for row in rows))
    return made.hstack(told).with_columns(
        pl.lit(value).alias(name) for name, value in (stamp | constants).items()
    )


def test_rates_are_of_delivered_messages_each_once(engine: Engine, back: Back) -> None:
    rows: list[Row] = [{"clicks": 3}, {"clicks": 1, "replies": 2}, {}, {"outcome": "failed"}]
    made = back(response_rates(engine(heard(*rows)), None)).row(0, named=True)
    counts = ["settled", "delivered", "clicked", "clicks", "replied", "replies"]
    assert [made[name] for name in counts] == [4, 3, 2, 4, 1, 2]
    assert (made["click_rate"], made["reply_rate"]) == (2 / 3, 1 / 3)
    low, high = proportion_confint(2, 3, 0.05, method="wilson")
    assert (made["click_low"], made["click_high"]) == pytest.approx((low, high))


def test_where_nothing_is_delivered_there_is_no_rate() -> None:
    rows: list[Row] = [{"outcome": "failed", "clicks": 1}, {"settled": False, "clicks": 1}]
    made = response_rates(heard(*rows), None).row(0, named=True)
    rates = ["click_rate", "click_low", "click_high", "reply_rate", "reply_low", "reply_high"]
    assert [made[name] for name in rates] == [None] * 6


@pytest.mark.parametrize("outcome", ["failed", "rejected", "unreported"])
def test_a_click_on_what_is_not_known_delivered_is_counted_apart(outcome: str) -> None:
    rows: list[Row] = [{}, {"outcome": outcome, "clicks": 2, "replies": 1}]
    made = response_rates(heard(*rows), None).row(0, named=True)
    assert (made["clicked"], made["click_rate"], made["clicks"]) == (0, 0.0, 2)
    assert (made["clicked_undelivered"], made["replied_undelivered"]) == (1, 1)


@pytest.mark.parametrize(
    "outside",
    [{"outcome": "enqueue_failed"}, {"orphan": True}, {"sent_at": None}, {"settled": False}],
)
def test_what_no_delivery_rate_counts_is_in_no_response_rate(outside: Row) -> None:
    responses = ["clicks", "clicked", "clicked_undelivered", "replies", "settled", "delivered"]
    made = response_rates(heard({}, outside | {"clicks": 1, "replies": 1}), None)
    assert made.select(responses).row(0) == (0, 0, 0, 0, 1, 1)


def test_no_report_countries_are_left_out_counted_and_may_be_chosen() -> None:
    rows = heard({"clicks": 1}, {"country": "DE", "clicks": 1}, {"country": "FR"})
    made = response_rates(rows, None).row(0, named=True)
    assert (made["delivered"], made["clicked"], made["no_report_messages"]) == (2, 1, 1)
    assert response_rates(rows, None, no_report_countries=())["clicked"].to_list() == [2]
    assert response_rates(rows, "country")["country"].to_list() == ["FR", "GB"]
    by_campaign = response_rates(heard({"country": "DE", "campaign_id": "k"}))
    assert by_campaign.select("campaign", "settled", "click_rate").rows() == [("k", 0, None)]


def test_delivered_messages_whose_window_is_open_are_counted() -> None:
    times = [T, T + 2 * DAY, T + 2 * DAY + US, T + 4 * DAY]
    made = response_rates(heard(*({"sent_at": time} for time in times)), None)
    assert made["still_open"].item() == 2


def test_rates_say_what_was_unmatched_and_as_of_when() -> None:
    made = response_rates(heard({}, unmatched_clicks=3), None).row(0, named=True)
    told = ["unmatched_clicks", "unmatched_replies", "response_days", "as_of", "waiting_days"]
    assert [made[name] for name in told] == [3, 0, 7.0, T + 9 * DAY, 4.0]
    assert made["population"] == "sent"


def test_a_column_of_the_rates_is_no_grouping_and_an_unknown_one_is_answered() -> None:
    for by in ("clicks", "clicked"):
        with pytest.raises(ArgumentError, match="a column of that name"):
            response_rates(heard({}), by)
    with pytest.raises(ArgumentError, match="no such column"):
        response_rates(heard({}), "campain_idd")


@pytest.mark.parametrize("seed", range(3))
def test_the_rates_are_those_of_duckdb(seed: int, engine: Engine, back: Back) -> None:
    frame = _messages_of_all_kinds(random.Random(seed).choice, 3000)
    silent = sorted(no_report_codes(None))
    assert silent
    with duckdb.connect() as connection:
        connection.register("frame", frame.to_arrow())
        found = connection.sql(_SQL, params=[silent]).to_arrow_table()
    expected = pl.DataFrame(found)
    made = back(response_rates(engine(frame), ["campaign_id", "variant"]))
    assert_frame_equal(
        made.select(expected.columns), expected, check_dtypes=False, check_row_order=False
    )
    delivery = back(delivery_rates(engine(frame), ["campaign_id", "variant"]))
    shared = ["campaign_id", "variant", "settled", "delivered", "waiting", "no_report_messages"]
    assert_frame_equal(made.select(shared), delivery.select(shared))


_SQL = """
with counted as (
    select *, country in (select unnest(?)) as quiet from frame
    where outcome <> 'enqueue_failed' and not orphan and sent_at is not null
)
select campaign_id, variant,
    count(*) filter (not quiet and settled) as settled,
    count(*) filter (not quiet and settled and outcome = 'delivered') as delivered,
    count(*) filter (not quiet and settled and outcome = 'delivered' and clicks > 0) as clicked,
    clicked / nullif(delivered, 0) as click_rate,
    coalesce(sum(clicks) filter (not quiet and settled), 0) as clicks,
    count(*) filter (not quiet and settled and outcome <> 'delivered' and clicks > 0)
        as clicked_undelivered,
    count(*) filter (not quiet and settled and outcome = 'delivered' and replies > 0) as replied,
    replied / nullif(delivered, 0) as reply_rate,
    coalesce(sum(replies) filter (not quiet and settled), 0) as replies,
    count(*) filter (not quiet and settled and outcome <> 'delivered' and replies > 0)
        as replied_undelivered,
    count(*) filter (not quiet and settled and outcome = 'delivered'
        and as_of < sent_at + interval 7 days) as still_open,
    count(*) filter (quiet) as no_report_messages
from counted group by campaign_id, variant
"""


def _messages_of_all_kinds(choose: Any, size: int) -> pl.DataFrame:
    outcomes = ["delivered"] * 4 + ["failed", "rejected", "unreported", "enqueue_failed"]
    rows = [
        {
            "campaign_id": choose(["a", "b", "c", None]),
            "variant": choose(["A", "B", None]),
            "country": choose(["GB", "GB", "FR", "DE", "ZZ"]),
            "outcome": choose(outcomes),
            "settled": choose([True, True, False]),
            "orphan": choose([False] * 9 + [True]),
            "sent_at": choose([T, T + 2 * DAY, T + 2 * DAY + US, T + 5 * DAY, None]),
            "clicks": choose([0, 0, 1, 3]),
            "replies": choose([0, 0, 0, 1, 2]),
        }
        for _ in range(size)
    ]
    return heard(*rows)


# what a person reads


@quietly
def test_the_table_says_what_it_counts_and_what_belongs_to_nobody() -> None:
    stray = click(customer="d", recipient="447700900124")
    happened = world(SENT, DELIVERED, click(), reply(), stray)
    made = with_responses(messages(happened, as_of=LATER), happened)
    table = responses_table(made)
    assert table.headline.startswith("100.0\xa0% of delivered messages clicked")
    assert "Bloomreach's click rate divides by all that was sent" in table.note
    assert "1 click and 0 replies belong to no message here" in table.note
    assert "as of 1 Apr 2026 09:00 UTC" in table.note
    assert "delivery rate =" not in table.note
    assert_frame_equal(table.frame, response_rates(made))


def test_the_table_says_what_proves_a_wrong_report() -> None:
    rows: list[Row] = [{}, {"outcome": "failed", "clicks": 1}, {"country": "DE", "replies": 1}]
    note = responses_table(heard(*rows)).note
    assert "1 message clicked and 0 answered are not known to be delivered" in note
    assert "1 message to no-report countries clicked or answered" in note


def test_the_table_asks_for_the_link_shortener_where_nobody_clicked() -> None:
    assert "link shortener" in responses_table(heard({})).note
    assert "link shortener" not in responses_table(heard({"clicks": 1})).note


def test_the_table_is_on_the_engine_of_the_messages(engine: Engine, back: Back) -> None:
    table = responses_table(engine(heard({"clicks": 1, "campaign_name": "<b>x</b>"})))
    assert back(table.frame)["click_rate"].to_list() == [1.0]
    assert "<b>" not in table._repr_html_()
    assert "<b>x</b>" in table.to_text(200)


# replies one by one


SECRET = "call me, <i>Ann</i>"


def test_replies_are_listed_with_the_message_they_answer(engine: Engine, back: Back) -> None:
    stray = reply(2 * HOUR, customer=None, sender="447700900555")
    happened = world(SENT | {"message_id": "m"}, DELIVERED | {"message_id": "m"}, reply(), stray)
    made = back(replies(engine(happened)).frame)
    told = ["replied_at", "customer", "recipient", "campaign_id", "matched", "sent_at", "outcome"]
    assert made.select(told).rows() == [
        (T + HOUR, "c", NUMBER, "k", True, T, "delivered"),
        (T + 2 * HOUR, None, "447700900555", None, False, None, None),
    ]
    assert made["message_id"].to_list() == ["m", None]


def test_who_replies_from_a_number_that_nobody_knows_has_that_of_the_message() -> None:
    made = replies(world(SENT, reply(sender="447700900666"))).frame
    assert made.select("recipient", "matched").row(0) == (NUMBER, True)


def test_replies_answer_the_messages_that_are_given() -> None:
    happened = world(SENT, DELIVERED, reply(9 * DAY))
    made = messages(happened, as_of=LATER)
    assert replies(happened, made).frame["matched"].to_list() == [False]
    wider = replies(happened, made, window=9 * DAY).frame
    assert wider.select("matched", "outcome").rows() == [(True, "delivered")]


def test_what_a_reply_says_is_told_only_on_request(engine: Engine, back: Back) -> None:
    happened = engine(world(SENT, reply(message=SECRET)))
    table = replies(happened)
    shown = [repr(table), str(table), table._repr_html_(), table.note, table.headline]
    assert not [text for text in shown if "Ann" in text]
    assert "Ann" not in str(back(table.frame).to_dicts())
    assert "text" not in back(table.frame).columns
    asked = replies(happened, text=True)
    assert back(asked.frame)["text"].to_list() == [SECRET]
    assert SECRET in asked.to_text(200)
    assert "<i>" not in asked._repr_html_()


def test_masking_hides_what_a_reply_says() -> None:
    asked = replies(world(SENT, reply(message=SECRET)), text=True)
    assert mask(asked.frame)["text"].to_list() == ["•••"]


def test_nobody_who_replied_is_named_where_people_look() -> None:
    stray = reply(customer="ann@example.com", sender="447700900555")
    for text in (True, False):
        table = replies(world(SENT, reply(), stray), text=text)
        shown = table.to_text(200) + table._repr_html_() + repr(table)
        assert not [who for who in (NUMBER, "447700900555", "ann@example.com") if who in shown]
        assert set(table.frame["recipient"]) == {NUMBER, "447700900555"}


def test_replies_without_texts_or_without_rows_are_no_mistake() -> None:
    bare = events(SENT, reply())
    assert replies(bare, text=True).frame["text"].to_list() == [None]
    assert replies(world(SENT)).frame.is_empty()
    assert replies(world(SENT)).headline == "0 replies, of which 0 to a message here"


# the sample, and the command


def test_in_the_sample_every_response_is_of_a_delivered_message() -> None:
    from infobip_analytics.bloomreach.reader import read_campaign_events

    happened = read_campaign_events(sample_path("campaign_events"))
    made = with_responses(messages(happened), happened)
    assert made.select("unmatched_clicks", "unmatched_replies").row(0) == (1, 0)
    assert set(made.filter(pl.col("clicks") + pl.col("replies") > 0)["outcome"]) == {"delivered"}
    assert made["clicks"].max() == 1


def test_the_command_prints_rates_and_says_what_they_count(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from infobip_analytics.cli import main

    source = str(sample_path("campaign_events"))
    assert main(["responses", source, "--by", "variant", "--format", "csv"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("variant,waiting,settled,delivered,clicked,click_rate")
    assert "note: click rate = delivered messages with a click" in said.err
    assert said.err.count("belong to no message") == 1


def test_the_command_wants_campaign_events(capsys: pytest.CaptureFixture[str]) -> None:
    from infobip_analytics.cli import main

    assert main(["responses", str(sample_path("delivery_reports"))]) == 1
    assert "clicks and replies are rows of campaign events" in capsys.readouterr().err
