"""Whatever messages are grouped by, their rates are those of SQL: names, nulls, hours to months."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import duckdb
import polars as pl
import pytest
from conftest import ENGINES, Back, Engine, to_polars
from oracle_worlds import DAY, events, reports, sent

import infobip_analytics as ia
from infobip_analytics.countries import no_report_codes
from infobip_analytics.rates import delivery_rates

#: Where clocks change by an hour, by half an hour, at midnight, and in the other half of the year
ZONES = [
    "Europe/Prague", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Auckland",
]  # fmt: skip

#: Around every change of clocks of these zones, and around two New Years
TURNS = [
    datetime.fromisoformat(f"{turn}+00:00")
    for turn in (
        "2024-03-10T07:00", "2024-03-31T01:00", "2024-04-06T15:00", "2024-04-25T22:00",
        "2024-09-28T14:00", "2024-10-05T15:30", "2024-10-27T01:00", "2024-10-31T21:00",
        "2024-11-03T06:00", "2024-12-31T23:00", "2025-12-31T23:00",
    )
]  # fmt: skip

#: Each with the expression by which SQL would group
BY: dict[str, str] = {
    "campaign": "coalesce(campaign_name, campaign_id)",
    "action": "coalesce(action_name, action_id)",
    "provider": "integration_name",
    "reference": "campaign_reference",
    "error": "coalesce(error_name, error_id::VARCHAR)",
    "status": "coalesce(status_name, status_id::VARCHAR)",
    "variant": "variant",
    "language": "language",
    "sender": "sender",
    "channel": "channel",
    "network": "network",
    "country": "country",
    "hour": "sent_at - to_microseconds(epoch_us(clock) % 3_600_000_000)",
    "day": "date_trunc('day', clock)::DATE",
    "week": "date_trunc('week', clock)::DATE",
    "month": "date_trunc('month', clock)::DATE",
}
PIECES = ["hour", "day", "week", "month"]
#: On Lord Howe an hour may last ninety minutes, which SQL would make two of
ZONED = [
    (zone, by) for zone in ZONES for by in PIECES if (zone, by) != ("Australia/Lord_Howe", "hour")
]
NAMES = [name for name in BY if name not in PIECES]
COMBINED = [
    ["campaign", "variant", "day"], ["country", "network", "month"], ["week", "sender"],
    ["language", "provider", "channel", "hour"],
]  # fmt: skip

SQL = """
    WITH clocks AS (SELECT *, sent_at AT TIME ZONE $zone AS clock FROM messages),
    forwarded AS (
        SELECT {keys}, outcome, settled AS old, record, outcome = 'enqueue_failed' AS never,
            country IN (SELECT unnest($silent)) AS quiet
        FROM clocks
        WHERE outcome = 'enqueue_failed' OR NOT orphan AND sent_at IS NOT NULL
    )
    SELECT {names},
        count(*) FILTER (NOT never AND NOT quiet) AS messages,
        count(*) FILTER (NOT never AND NOT quiet AND NOT old) AS waiting,
        count(*) FILTER (NOT never AND NOT quiet AND old) AS settled,
        count(*) FILTER (NOT never AND NOT quiet AND old AND outcome = 'delivered')
            AS delivered,
        count(*) FILTER (NOT never AND NOT quiet AND old AND outcome = 'rejected')
            AS rejected,
        delivered / nullif(settled, 0) AS delivery_rate,
        count(*) FILTER (NOT never AND quiet) AS no_report_messages,
        CASE WHEN $events THEN count(*) FILTER (record = 'event') END AS attempted,
        CASE WHEN $events THEN count(*) FILTER (record = 'event' AND never) END AS enqueue_failed,
        enqueue_failed / nullif(attempted, 0) AS enqueue_failure_rate,
    FROM forwarded WHERE {kept} GROUP BY {names}
    HAVING messages + no_report_messages > 0 OR coalesce(enqueue_failed, 0) > 0
    ORDER BY {ordered}
"""


def known(messages: pl.DataFrame, by: Sequence[str], zone: str) -> pl.DataFrame:
    """Count and divide in SQL."""
    text = SQL.format(
        keys=", ".join(f"{BY[name]} AS {name}" for name in by),
        names=", ".join(f"forwarded.{name}" for name in by),
        kept="NOT quiet" if "country" in by else "true",
        ordered=", ".join(f"forwarded.{name} NULLS LAST" for name in by),
    )
    told = {
        "zone": zone,
        "silent": sorted(no_report_codes(None)),
        "events": bool((messages["record"] == "event").any()),
    }
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("messages", messages)
        return pl.DataFrame(connection.sql(text, params=told).to_arrow_table())


def agree(frame: pl.DataFrame, by: Sequence[str], zone: str, engine: Engine) -> None:
    """Hold the rates of one engine against those of SQL, row by row."""
    expected = known(frame, by, zone)
    made = to_polars(delivery_rates(engine(frame), list(by), timezone=zone))
    times = [pl.col(name).cast(made.schema[name]) for name in PIECES if name in by]
    typed = expected.with_columns(times)
    assert made.select(typed.columns).rows() == typed.rows()


@cache
def world(kind: str) -> pl.DataFrame:
    """Fold 900 random messages of one source, around the turns of clocks and years."""
    chance = random.Random(kind)
    made = reports(*_reports(chance)) if kind == "reports" else events(*_events(chance))
    frame: pl.DataFrame = ia.messages(made, as_of=datetime(2026, 1, 3, tzinfo=UTC))
    return frame


def _sent(chance: random.Random) -> datetime:
    turn = chance.choice(TURNS)
    return turn + timedelta(minutes=chance.randint(-150, 150), seconds=chance.randint(0, 59))


_NUMBERS = ["447700900123", "12025550123", "4915550000123", "420601123456", "16715550123", None]


def _reports(chance: random.Random) -> list[dict[str, Any]]:
    def row(place: int) -> dict[str, Any]:
        sent = _sent(chance)
        group, name = chance.choice(_STATUSES)
        return {
            "message_id": f"m{place}",
            "sent_at": chance.choice([sent] * 30 + [None]),
            "done_at": sent + timedelta(seconds=9),
            "record": chance.choice(["report", "log"]),
            "status_group": group,
            "status_name": name,
            "error_name": chance.choice([None, "EC_ABSENT_SUBSCRIBER"]),
            "error_id": chance.choice([None, 27]),
            "recipient": chance.choice(_NUMBERS),
            "sender": chance.choice([None, "Shop", "shop"]),
            "channel": chance.choice([None, "sms", "mms"]),
            "network": chance.choice([None, "23001", "310150"]),
            "campaign_reference": chance.choice([None, "spring", "Spring"]),
        }

    return [row(place) for place in range(900)]


_STATUSES = [
    ("DELIVERED", "DELIVERED_TO_HANDSET"), ("DELIVERED", "DELIVERED_TO_OPERATOR"),
    ("UNDELIVERABLE", None), ("REJECTED", "REJECTED_NETWORK"), ("PENDING", "PENDING_ENROUTE"),
]  # fmt: skip


def _events(chance: random.Random) -> list[dict[str, Any]]:
    def rows(place: int) -> list[dict[str, Any]]:
        sent = _sent(chance)
        of_send = {
            "message_id": f"m{place}",
            "customer": f"c{place}",
            "recipient": chance.choice(_NUMBERS),
            "campaign_id": chance.choice([None, "k", "l"]),
            "campaign_name": chance.choice([None, "Spring"]),
            "action_id": chance.choice([None, "1"]),
            "action_name": chance.choice([None, "Node"]),
            "action_type": chance.choice(["sms", "mms"]),
            "variant": chance.choice([None, "A", "B"]),
            "language": chance.choice([None, "", "en"]),
            "sender": chance.choice([None, "Shop"]),
            "integration_name": chance.choice([None, "Infobip", "Other"]),
        }
        end = chance.choice(["delivered", "delivered", "failed", "rejected", None])
        first = chance.choice(["enqueued"] * 5 + ["enqueue_failed"])
        seen = [(first, sent)]
        if end and first == "enqueued":
            seen.append((end, sent + timedelta(seconds=9)))
        if end and chance.random() < 0.05:
            seen = [(end, sent)]
        return [of_send | {"status": status, "timestamp": time} for status, time in seen]

    return [row for place in range(900) for row in rows(place)]


@pytest.mark.parametrize("kind", ["reports", "events"])
@pytest.mark.parametrize("by", NAMES)
def test_by_any_name_the_rates_are_those_of_sql(kind: str, by: str, engine: Engine) -> None:
    agree(world(kind), [by], "UTC", engine)


@pytest.mark.parametrize("kind", ["reports", "events"])
@pytest.mark.parametrize(("zone", "by"), ZONED)
def test_by_any_piece_of_time_the_rates_are_those_of_sql(kind: str, by: str, zone: str) -> None:
    agree(world(kind), [by], zone, ENGINES["polars"])


@pytest.mark.parametrize(("zone", "by"), ZONED[:8])
def test_pieces_of_time_are_the_same_on_every_engine(zone: str, by: str, engine: Engine) -> None:
    agree(world("events"), [by], zone, engine)


@pytest.mark.parametrize("kind", ["reports", "events"])
@pytest.mark.parametrize("by", COMBINED, ids=str)
def test_by_any_combination_the_rates_are_those_of_sql(
    kind: str, by: list[str], engine: Engine
) -> None:
    agree(world(kind), by, "Europe/Prague", engine)


def test_the_worlds_hold_what_they_are_to_try() -> None:
    for kind in ("reports", "events"):
        frame = world(kind)
        assert frame["settled"].n_unique() == 2
        assert frame["country"].n_unique() > 4
        assert len(frame.filter(pl.col("country").is_in(sorted(no_report_codes(None))))) > 50
        for name in ("campaign_id", "sender", "network" if kind == "reports" else "variant"):
            assert 100 < frame[name].null_count() < 800
    assert set(world("events")["outcome"]) >= {"enqueue_failed", "delivered", "unreported"}
    assert world("events")["orphan"].sum() > 5
    assert world("reports")["sent_at"].null_count() > 5


def test_a_null_campaign_is_a_row_of_its_own_and_no_empty_text(engine: Engine, back: Back) -> None:
    at = datetime(2024, 5, 1, tzinfo=UTC)
    raw = events(
        *(
            {"message_id": f"{n}", "timestamp": at, "status": "enqueued", "campaign_id": None,
             "campaign_name": name, "action_id": None}
            for n, name in enumerate([None, None, "", "Spring"])
        )
    )  # fmt: skip
    made = ia.messages(engine(raw), as_of=at + 9 * DAY)
    rates = back(delivery_rates(made, "campaign"))
    assert dict(rates.select("campaign", "messages").iter_rows()) == {None: 2, "": 1, "Spring": 1}


def test_a_week_over_new_year_is_one_week() -> None:
    frame = world("events").filter(pl.col("sent_at") > datetime(2024, 12, 1, tzinfo=UTC))
    weeks = delivery_rates(frame, "week")["week"].to_list()
    assert [f"{week}" for week in weeks] == ["2024-12-30", "2025-12-29"]
    months = delivery_rates(frame, "month")["month"].to_list()
    assert [f"{month:%Y-%m}" for month in months] == ["2024-12", "2025-01", "2025-12", "2026-01"]


def test_in_the_spring_the_skipped_hour_is_no_row_and_in_autumn_two() -> None:
    frame = world("events")
    hours = delivery_rates(frame, "hour", timezone="Europe/Prague")["hour"].drop_nulls().to_list()
    shown = [f"{hour:%d %b %H:%M%z}" for hour in hours if hour.year == 2024]
    assert not [hour for hour in shown if hour.startswith("31 Mar 02:")]
    assert [hour for hour in shown if hour.startswith("27 Oct 02:")] == [
        "27 Oct 02:00+0200", "27 Oct 02:00+0100",
    ]  # fmt: skip


def test_where_the_clocks_go_back_by_half_an_hour_the_hour_lasts_ninety_minutes() -> None:
    first = datetime(2024, 4, 6, 14, tzinfo=UTC)
    rows = [{"sent_at": first + timedelta(minutes=n)} for n in (0, 30, 60, 89, 90)]
    made = delivery_rates(sent(*rows), "hour", timezone="Australia/Lord_Howe")
    assert [(f"{hour:%H:%M%z}", n) for hour, n in made.select("hour", "messages").rows()] == [
        ("01:00+1100", 4), ("02:00+1030", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("Antarctica/Casey", "2016-10-21T16:30+00:00", "2016-10-22"),
        ("Africa/Cairo", "2024-04-25T22:10+00:00", "2024-04-26"),
        ("America/Sao_Paulo", "2018-11-04T03:10+00:00", "2018-11-04"),
    ],
)
def test_a_day_whose_midnight_the_clocks_skip_has_its_name(
    zone: str, moment: str, day: str
) -> None:
    frame = sent({"sent_at": datetime.fromisoformat(moment)})
    assert [f"{made}" for made in delivery_rates(frame, "day", timezone=zone)["day"]] == [day]
    assert delivery_rates(frame, "week", timezone=zone).height == 1
