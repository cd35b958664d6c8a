"""From what arrived to messages: the door to both ways of making them."""

import random
from datetime import date, datetime, timedelta
from typing import Any

import narwhals as nw
import pandas as pd
import polars as pl
import pytest
from conftest import Back, Engine
from oracle_folding import Row
from oracle_worlds import DAY, HOUR, SECOND, US, WAITING, T, events, reports, sent
from polars.testing import assert_frame_equal

from infobip_analytics.errors import (
    ColumnError,
    InfobipAnalyticsWarning,
    SourceError,
)
from infobip_analytics.frames import MESSAGES
from infobip_analytics.journey import messages

LATER = T + 10 * DAY
SENT: dict[str, Any] = {"status": "enqueued"}
DELIVERED = {"status_group": "DELIVERED", "status_id": 5, "done_at": T + HOUR}
FAILED = {"status_group": "EXPIRED", "status_id": 15}
REJECTED = {"status_group": "REJECTED", "status_id": 6}
RAW = {"reports": reports(DELIVERED), "events": events(SENT)}


def made(frame: pl.DataFrame, **question: Any) -> Row:
    """Make the one message of a frame; by default long after its waiting period."""
    made_of_it: pl.DataFrame = messages(frame, **{"as_of": LATER} | question)
    return made_of_it.row(0, named=True)


@pytest.fixture(params=list(RAW))
def raw(request: pytest.FixtureRequest) -> pl.DataFrame:
    """Give delivery reports, then campaign events, of one message sent at T."""
    return RAW[request.param]


# the frame


@pytest.mark.parametrize("moments", [1, 3, 40])
def test_messages_sent_at_one_moment_are_in_order_of_what_else_they_are(moments: int) -> None:
    chance = random.Random(moments)
    sends = [
        SENT
        | {
            "timestamp": T + chance.randrange(moments) * SECOND,
            "customer": f"c-{place}",
            "message_id": chance.choice([None, f"m-{place}"]),
            "recipient": chance.choice(["447700900001", "447700900002"]),
            "campaign_id": chance.choice("ab"),
        }
        for place in range(60)
    ]
    found: pl.DataFrame = messages(events(*sends), as_of=LATER)
    keys = ["sent_at", "message_id", "recipient", "campaign_id"]
    assert found.height == len(sends)
    assert_frame_equal(found.select(keys), found.select(keys).sort(keys, nulls_last=True))


def test_the_columns_and_types_are_those_of_messages(
    raw: pl.DataFrame, engine: Engine, back: Back
) -> None:
    native = nw.from_native(messages(engine(raw), as_of=LATER)).lazy().collect()
    assert native.columns == list(MESSAGES)
    assert back(messages(engine(raw), as_of=LATER)).height == 1
    kinds = {
        "n_reports": nw.Int64,
        "status_id": nw.Int64,
        "settled": nw.Boolean,
        "price": nw.Float64,
    }
    assert {name: native.schema[name] for name in kinds} == kinds


def test_polars_gets_exactly_the_promised_types(raw: pl.DataFrame) -> None:
    assert messages(raw, as_of=LATER).schema == pl.Schema(MESSAGES)
    lazy = messages(raw.lazy(), as_of=LATER)
    assert lazy.collect_schema() == lazy.collect().schema == pl.Schema(MESSAGES)


def test_the_engine_that_comes_in_goes_out(raw: pl.DataFrame) -> None:
    assert isinstance(messages(raw, as_of=LATER), pl.DataFrame)
    assert isinstance(messages(raw.lazy(), as_of=LATER), pl.LazyFrame)
    assert isinstance(messages(raw.to_pandas(), as_of=LATER), pd.DataFrame)


def test_pandas_gets_whole_numbers_with_gaps_as_whole_numbers() -> None:
    frame = reports(DELIVERED, {"message_id": "n", "parts": 2}).to_pandas()
    parts = messages(frame, as_of=LATER)["parts"]
    assert (str(parts.dtype), parts.isna().tolist(), parts.dropna().tolist()) == (
        "Int64",
        [True, False],
        [2],
    )


def test_what_is_given_is_not_changed(raw: pl.DataFrame) -> None:
    frame = raw.to_pandas()
    before = frame.copy()
    messages(frame, as_of=LATER)
    pd.testing.assert_frame_equal(frame, before)


def test_messages_come_by_time_of_sending_and_undated_ones_last() -> None:
    rows = [("c", None), ("a", T + HOUR), ("b", T), ("d", T)]
    frame = reports(*({"message_id": name, "sent_at": sent_at} for name, sent_at in rows))
    assert messages(frame, as_of=LATER)["message_id"].to_list() == ["b", "d", "a", "c"]


def test_columns_that_a_source_lacks_are_null_and_others_are_ignored() -> None:
    bare = pl.DataFrame(
        {"message_id": ["m"], "status_group": ["DELIVERED"], "outcome_of_mine": [1]}
    )
    message = made(bare)
    known = {name for name, value in message.items() if value is not None}
    assert known == {
        "message_id", "country", "outcome", "receipt", "settled", "orphan", "status_group",
        "n_reports", "n_late", "conflicting", "record", "as_of", "waiting_days", "population",
        "set_aside", "before_since", "after_until",
    }  # fmt: skip


def test_an_empty_frame_makes_no_messages(raw: pl.DataFrame, engine: Engine, back: Back) -> None:
    empty = back(messages(engine(raw.head(0))))
    assert (empty.height, empty.columns) == (0, list(MESSAGES))


def test_a_lazy_frame_is_asked_only_when_it_is_collected(raw: pl.DataFrame) -> None:
    lazy = messages(raw.lazy(), as_of=LATER)
    assert lazy.filter(pl.col("outcome") == "failed").select("country").collect().is_empty()
    assert lazy.head(1).collect().height == 1
    assert lazy.select(pl.len()).collect().item() == 1


# who and where


@pytest.mark.parametrize(
    ("row", "country"),
    [
        ({"recipient": "447700900123", "network": "23001"}, "GB"),
        ({"recipient": "x@y", "network": "23001"}, "CZ"),
        ({"network": "310260"}, "US"),
        ({"recipient": "x@y", "network": "99999"}, "ZZ"),
        ({}, "ZZ"),
    ],
)
def test_the_country_is_the_numbers_else_the_networks_else_unknown(
    row: Row, country: str, engine: Engine, back: Back
) -> None:
    frame = engine(reports(DELIVERED | row))
    assert back(messages(frame, as_of=LATER))["country"].to_list() == [country]


def test_for_events_the_customers_country_is_the_last_resort() -> None:
    home = SENT | {"customer_country": "Czech Republic"}
    assert made(events(home))["country"] == "GB"
    assert made(events(home | {"recipient": None}))["country"] == "CZ"
    assert made(events(home | {"recipient": None, "customer_country": "Utopia"}))["country"] == "ZZ"


def test_where_somebody_clicked_is_not_where_a_message_went() -> None:
    frame = events(SENT).with_columns(country=pl.lit("US"))
    assert made(frame)["country"] == "GB"


def test_for_reports_the_campaign_is_the_campaign_reference() -> None:
    message = made(reports(DELIVERED | {"campaign_reference": "spring"}))
    assert (message["campaign_id"], message["campaign_reference"]) == ("spring", "spring")


def test_for_events_campaign_and_action_keep_ids_and_names() -> None:
    message = made(events(SENT | {"campaign_name": "Spring", "action_name": "first"}))
    told = ["campaign_id", "campaign_name", "action_id", "action_name", "campaign_reference"]
    assert [message[name] for name in told] == ["k", "Spring", "a", "first", None]


# as of when


def test_as_of_is_the_latest_done_at_or_received_at_and_never_sent_at() -> None:
    planned = {"message_id": "n", "sent_at": LATER}
    assert made(reports(DELIVERED, planned), as_of=None)["as_of"] == T + HOUR
    arrived = DELIVERED | {"received_at": T + DAY}
    assert made(reports(arrived, planned), as_of=None)["as_of"] == T + DAY


def test_as_of_that_nothing_tells_is_asked_for() -> None:
    with pytest.raises(SourceError, match=r"--as-of.*2026-.*or now"):
        messages(reports({}))


@pytest.mark.parametrize(
    ("as_of", "moment"),
    [
        ("2026-03-05", "2026-03-05T23:59:59.999999+00:00"),
        (date(2026, 3, 5), "2026-03-05T23:59:59.999999+00:00"),
        ("2026-03-05T10:00+01:00", "2026-03-05T09:00:00+00:00"),
        (datetime(2026, 3, 5, 10), "2026-03-05T10:00:00+00:00"),  # noqa: DTZ001
    ],
)
def test_a_bare_date_means_its_last_microsecond(as_of: Any, moment: str, raw: pl.DataFrame) -> None:
    assert made(raw, as_of=as_of)["as_of"].isoformat() == moment


def test_times_without_an_offset_are_read_in_the_time_zone() -> None:
    message = made(RAW["events"], as_of="2026-03-05", timezone="Europe/Prague")
    assert message["as_of"].isoformat() == "2026-03-05T22:59:59.999999+00:00"


@pytest.mark.parametrize("period", [timedelta(days=2), "2 days", "48h", 2])
def test_the_waiting_period_can_be_chosen(period: Any, raw: pl.DataFrame) -> None:
    asked = {"waiting_period": period}
    assert made(raw, **asked)["waiting_days"] == 2
    assert not made(raw, as_of=T + 2 * DAY - US, **asked)["settled"]
    assert made(raw, as_of=T + 2 * DAY, **asked)["settled"]
    assert made(raw)["waiting_days"] == WAITING / DAY


@pytest.mark.parametrize("hours", [0, 1, 30, 95, 96, 97, 200])
def test_reports_and_events_of_the_same_sends_agree(hours: int) -> None:
    finals = {"delivered": DELIVERED, "failed": FAILED, "rejected": REJECTED}
    ends = [("delivered", 1), ("failed", 30), ("rejected", 0), ("delivered", 96), ("failed", 97)]
    one, other = [], []
    for place, (status, after) in enumerate(ends):
        name, sent_at, done_at = f"m{place}", T + place * SECOND, T + place * SECOND + after * HOUR
        one += [
            {"message_id": name, "sent_at": sent_at} | row
            for row in ({"status_group": "PENDING"}, finals[status] | {"done_at": done_at})
        ]
        other += [
            {"customer": name, "status": each, "timestamp": at, "sent_timestamp": sent_at}
            for each, at in [("enqueued", sent_at), (status, done_at)]
        ]
    told = ["sent_at", "done_at", "outcome", "settled", "n_reports", "n_late", "population"]
    as_of = T + hours * HOUR
    told_by_reports = messages(reports(*one), as_of=as_of).select(told)
    assert_frame_equal(told_by_reports, messages(events(*other), as_of=as_of).select(told))


# what is left out


def test_since_and_until_leave_out_what_was_sent_outside_and_count_it(
    engine: Engine, back: Back
) -> None:
    times = {"a": T - US, "b": T, "c": T + HOUR, "d": T + HOUR + US, "e": None}
    frame = engine(reports(*({"message_id": name, "sent_at": at} for name, at in times.items())))
    message = back(messages(frame, as_of=LATER, since=T, until=T + HOUR))
    assert sorted(message["message_id"]) == ["b", "c", "e"]
    assert set(message.select("before_since", "after_until").rows()) == {(1, 1)}


def test_without_since_and_until_nothing_is_outside(raw: pl.DataFrame) -> None:
    message = made(raw)
    assert (message["before_since"], message["after_until"]) == (0, 0)


def test_until_as_a_bare_date_includes_that_day() -> None:
    assert made(RAW["reports"], until="2026-03-02")["message_id"] == "m"
    with pytest.warns(InfobipAnalyticsWarning, match="nothing is left: 1 message sent before"):
        assert messages(RAW["reports"], as_of=LATER, until="2026-03-01").is_empty()


def test_set_aside_are_the_readers_rows_and_those_without_a_message_id() -> None:
    frame = reports(DELIVERED, {"message_id": None}, {"message_id": None})
    assert made(frame)["set_aside"] == 2
    assert made(frame.with_columns(set_aside=pl.lit(5)))["set_aside"] == 7
    assert made(RAW["events"].with_columns(set_aside=pl.lit(5)))["set_aside"] == 5


@pytest.mark.parametrize(
    ("row", "population"),
    [
        (DELIVERED, "reported"),
        (DELIVERED | {"record": "log"}, "sent"),
        ({"status_group": "PENDING"}, "sent"),
        ({"status_group": "ACCEPTED"}, "sent"),
        ({"status_group": "EXPIRED", "status_id": 29}, "reported"),
        ({"status_group": "PENDING", "done_at": LATER + SECOND}, "reported"),
    ],
)
def test_only_a_log_or_a_pending_row_shows_more_than_what_was_reported(
    row: Row, population: str
) -> None:
    frame = reports(DELIVERED | {"message_id": "other"}, row)
    assert set(messages(frame, as_of=LATER)["population"]) == {population}


def test_what_is_the_same_for_the_whole_frame_stands_in_every_row() -> None:
    frame = reports(
        DELIVERED | {"record": "log"}, DELIVERED | {"message_id": "n"}, {"message_id": None}
    )
    constants = ["as_of", "waiting_days", "population", "set_aside", "before_since", "after_until"]
    assert messages(frame, as_of=LATER).select(constants).unique().rows() == [
        (LATER, 4.0, "sent", 1, 0, 0)
    ]


# what is no such frame


def test_messages_are_not_made_twice(engine: Engine) -> None:
    with pytest.raises(ColumnError, match=r"messages already.*ia\.delivery_rates\("):
        messages(engine(sent({})))


def test_any_other_frame_is_answered_with_what_it_has(engine: Engine) -> None:
    with pytest.raises(ColumnError, match=r"this frame has phone.*ia\.read\("):
        messages(engine(pl.DataFrame({"phone": ["447700900123"]})))


def test_what_is_no_frame_is_answered_with_the_ways_to_one() -> None:
    with pytest.raises(ColumnError, match=r"a list is no frame.*\.to_polars\(\)"):
        messages([{"message_id": "m"}])


def test_pandas_gaps_of_every_kind_are_gaps() -> None:
    frame = pd.DataFrame(
        {
            "message_id": ["m", None],
            "status_group": ["DELIVERED", float("nan")],
            "status_id": [5.0, float("nan")],
            "sent_at": pd.Series([T, None], dtype="datetime64[us, UTC]"),
            "price": [float("nan"), 0.5],
            "recipient": [None, None],
        }
    )
    (message,) = pl.from_pandas(messages(frame, as_of=LATER)).to_dicts()
    told = ["outcome", "receipt", "sent_at", "price", "recipient", "set_aside"]
    assert [message[name] for name in told] == ["delivered", "handset", T, None, None, 1]
