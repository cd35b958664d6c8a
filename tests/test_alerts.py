"""Alerts: what is watched, what today is held against, and what is said of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from alert_worlds import START, WAITING, at, seen, sends
from conftest import Back, Engine
from polars.testing import assert_frame_equal

from infobip_analytics.errors import ArgumentError, ColumnError
from infobip_analytics.watching import ASSUMES, alerts, alerts_table
from infobip_analytics.watching.counted import ages, counted, gathered

USUAL = [0.95] * 36
FALLEN = [*USUAL, 0.7, 0.7]
ABSENT = (27, "EC_ABSENT_SUBSCRIBER")


def rows(messages: Any, by: Any = ("country", "network"), **asked: Any) -> list[dict[str, Any]]:
    found: pl.DataFrame = alerts(messages, by, **asked)
    return found.to_dicts()


def both(italy: pl.DataFrame) -> pl.DataFrame:
    """Put France, where nothing happens, beside Italy."""
    return pl.concat([italy, sends([0.95] * 40, country="FR", network="20801")])


def test_a_fall_is_told_with_its_counts_and_the_error_that_rose(engine: Engine, back: Back) -> None:
    sent = sends(FALLEN, new_error=ABSENT, new_from=36)
    messages = seen(both(sent), at(42))
    [row] = (
        back(alerts(engine(messages))).with_columns(pl.col(pl.Datetime("us")).dt.date()).to_dicts()
    )
    assert (row["country"], row["country_name"], row["network"]) == ("IT", "Italy", "22201")
    assert (row["kind"], row["basis"], row["since"]) == ("falling", "settled", date(2026, 3, 9))
    assert (row["last_day"], row["days"]) == (date(2026, 3, 10), 2)
    assert (row["messages"], row["delivered"], row["rate"]) == (200, 140, 0.7)
    assert (row["usual_messages"], row["usual_delivered"]) == (2800, 2660)
    assert (row["change"], row["missing"]) == (pytest.approx(-0.25), 50)
    assert (row["accepted"], row["heard"], row["coverage"]) == (200, 200, 1.0)
    assert (row["error_id"], row["error_name"]) == ABSENT
    assert (row["error_per_1000"], row["usual_error_per_1000"]) == (300.0, 0.0)
    assert row["sentence"].replace("\xa0", " ") == (
        "Italy, network 22201: delivery fell from 95.0 % (2,660 of 2,800) to 70.0 % (140 of 200 "
        "messages) since 9 Mar 2026, 50 fewer than usual; most of all rose 27 "
        "EC_ABSENT_SUBSCRIBER, from 0.0 to 300.0 per 1,000"
    )
    assert (row["population"], row["waiting_days"]) == ("sent", 4.0)
    assert row["as_of"] == at(42)
    assert 0 < row["p_value"] < 1e-6


def test_where_nothing_breaks_there_is_no_row(engine: Engine, back: Back) -> None:
    found = back(alerts(engine(seen(both(sends(USUAL)), at(40)))))
    assert found.is_empty()
    assert found.columns[:5] == ["country", "country_name", "network", "incident", "kind"]
    made = alerts(engine(seen(both(sends(FALLEN)), at(42))))
    assert isinstance(made, type(engine(pl.DataFrame())))
    assert back(made).drop("since", "last_day").schema == found.drop("since", "last_day").schema


def test_an_incident_has_one_name_from_run_to_run() -> None:
    sent = both(sends([*FALLEN, 0.7, 0.7]))
    names = set()
    for moment in (36.95, 37.0, 37.4, 38.9, 40.5, 41.0, 42.2, 44.0, 46.0):
        # sends end on day 40: nothing changes after that but what is known
        [row] = rows(seen(sent, at(moment)))
        names.add((row["incident"], row["since"]))
    [(name, since)] = names
    assert (len(name), since) == (12, date(2026, 3, 9))
    # a shorter export, another order and another engine change nothing
    shorter = sent.filter(pl.col("sent_at") >= at(5)).reverse()
    assert rows(seen(shorter, at(42)))[0]["incident"] == name
    other = seen(sent.with_columns(network=pl.lit("22210")), at(42))
    assert rows(other)[0]["incident"] != name


def test_today_is_held_against_the_same_age() -> None:
    # reports take 3 hours: of what was sent today most is still open, and that is as usual
    slow = both(sends([0.95] * 40, minutes=180))
    for hour in range(24):
        assert rows(seen(slow, at(38 + hour / 24))) == []
    so_far = seen(slow, at(38 + 21 / 24)).filter(pl.col("sent_at") >= at(38), country="IT")
    assert so_far.filter(outcome="delivered").height < 0.85 * so_far.height


def test_a_fall_of_today_is_found_today() -> None:
    # of 300 a day 19 an hour; by noon 94 are an hour old: too few; by three 150 are
    sent = both(sends([*[0.95] * 38, 0.5], per_day=300))
    assert rows(seen(sent, at(38 + 11.5 / 24))) == []
    [row] = rows(seen(sent, at(38 + 15 / 24)))
    assert (row["basis"], row["since"]) == ("1 h", date(2026, 3, 11))
    assert row["messages"] == 151
    assert row["rate"] == pytest.approx(0.5, abs=0.02)
    assert row["usual_messages"] == 151 * 28
    assert row["usual_rate"] == pytest.approx(0.95, abs=0.01)
    assert "within 1 h of sending" in row["sentence"].replace("\xa0", " ")


def test_days_are_counted_together_only_where_they_are_counted_alike() -> None:
    # of the first day all are 24 hours old, of the second only a third
    [row] = rows(seen(both(sends(FALLEN)), at(38.5)))
    assert (row["basis"], row["messages"], row["days"]) == ("24 h", 100, 2)
    assert (row["since"], row["last_day"]) == (date(2026, 3, 9), date(2026, 3, 10))


def test_an_error_that_came_after_the_age_is_not_held_against_it() -> None:
    sent = both(sends([*[0.95] * 38, 0.5], 300, new_error=ABSENT, new_from=38))
    failed = pl.col("outcome") == "failed"
    late = sent.with_columns(
        done_at=pl.when(failed).then(pl.col("done_at") + timedelta(hours=2)).otherwise("done_at")
    )
    moment = at(38 + 15 / 24)
    for messages, name in ((sent, ABSENT[1]), (late, None)):
        [row] = rows(seen(messages, moment))
        assert (row["basis"], row["error_name"]) == ("1 h", name)


def test_a_morning_is_held_against_mornings() -> None:
    # at night phones are off: what is sent before 9 arrives in the afternoon, every day
    sent = both(sends([0.95] * 40, per_day=600)).with_columns(
        done_at=pl.when(pl.col("sent_at").dt.hour() < 9)
        .then(pl.col("sent_at").dt.truncate("1d") + pl.duration(hours=15))
        .otherwise("done_at")
    )
    assert rows(seen(sent, at(38 + 10.2 / 24))) == []


def test_a_route_falls_silent_today(engine: Engine, back: Back) -> None:
    sent = both(sends([0.95] * 40, per_day=300, silent_from=38))
    [row] = back(alerts(engine(seen(sent, at(38 + 15 / 24))))).to_dicts()
    assert (row["kind"], row["heard"], row["coverage"]) == ("silent", 0, 0.0)
    assert row["usual_coverage"] == 1.0
    assert row["error_id"] is row["error_per_1000"] is None
    assert "reports stopped: anything final is heard of 0.0" in row["sentence"]


def test_countries_of_no_report_are_never_judged() -> None:
    germany = sends(FALLEN, country="DE", network="26201")
    table = alerts_table(seen(both(germany), at(42)))
    assert table.frame.is_empty()
    assert "3,800 messages to no-report countries" in table.note
    assert len(rows(seen(both(germany), at(42)), no_report_countries=())) == 1
    assert rows(seen(both(sends(FALLEN)), at(42)), no_report_countries=["IT"]) == []


def test_a_country_that_is_silent_without_being_listed_is_not_judged() -> None:
    never = both(sends([*[0.06] * 36, 0.0, 0.0], silent_from=None))
    silent = never.with_columns(
        silent=(pl.col("country") == "IT") & (pl.col("outcome") == "failed")
    )
    assert rows(seen(silent, at(42))) == []


def test_orphans_undated_ones_and_enqueue_failures_are_not_watched() -> None:
    sent = seen(sends(USUAL), at(40)).with_columns(orphan=pl.lit(value=False))
    bad = seen(sends([*[0.95] * 35, 0.0], per_day=200), at(40)).filter(pl.col("sent_at") > at(35))
    outside = [
        bad.with_columns(orphan=pl.lit(value=True)),
        bad.with_columns(orphan=pl.lit(value=False), outcome=pl.lit("enqueue_failed")),
        bad.with_columns(
            orphan=pl.lit(value=False), sent_at=pl.lit(None, pl.Datetime("us", "UTC"))
        ),
    ]
    assert rows(pl.concat([sent, *outside])) == []
    assert len(rows(pl.concat([sent, bad.with_columns(orphan=pl.lit(value=False))]))) == 1


def test_only_reported_messages_cannot_fall_silent_and_that_is_said() -> None:
    known = seen(both(sends(FALLEN)), at(42)).with_columns(record=pl.lit("report"))
    table = alerts_table(known)
    assert table.frame["population"].to_list() == ["reported"]
    assert table.frame["coverage"].to_list() == [None]
    assert "a route of which no report comes any more" in table.note


def test_days_begin_in_the_time_zone() -> None:
    # sent at half past eleven at night, which is the next day in Prague
    late = sends(FALLEN).with_columns(
        sent_at=pl.col("sent_at").dt.truncate("1d") + pl.duration(hours=23, minutes=30)
    ).with_columns(done_at=pl.col("sent_at") + pl.duration(minutes=1))  # fmt: skip
    messages = seen(late, at(43))
    assert rows(messages)[0]["since"] == date(2026, 3, 9)
    assert rows(messages, timezone="Europe/Prague")[0]["since"] == date(2026, 3, 10)


def test_an_old_export_has_no_news() -> None:
    sent = both(sends(FALLEN))
    # the last day that was judged is the 38th
    assert len(rows(seen(sent, at(51.9)))) == 1
    table = alerts_table(seen(sent.filter(pl.col("sent_at") < at(38)), at(52)))
    assert table.frame.is_empty()
    assert table.headline.startswith("Nothing can be watched")


def test_the_worst_comes_first() -> None:
    messages = pl.concat(
        [
            sends([*USUAL, 0.7, 0.7]),
            sends([*USUAL, 0.5, 0.5], network="22210"),
            sends([0.95] * 38, country="FR", silent_from=37),
        ]
    )
    found = alerts(seen(messages, at(42)))
    assert found["kind"].to_list() == ["silent", "falling", "falling"]
    assert found["network"].to_list() == ["22201", "22210", "22201"]


def test_messages_of_an_unknown_network_are_a_series() -> None:
    messages = seen(both(sends(FALLEN).with_columns(network=pl.lit(None, pl.String))), at(42))
    [row] = rows(messages)
    assert row["network"] is None
    assert row["error_per_1000"] == 300.0
    assert row["sentence"].startswith("Italy, network unknown: ")


def test_by_nothing_all_are_one_series() -> None:
    [row] = rows(seen(sends(FALLEN), at(42)), None)
    assert row["sentence"].startswith("All messages: ")
    assert row["messages"] == 200


def test_people_are_masked_in_sentences() -> None:
    messages = seen(sends(FALLEN, recipient="447700900123"), at(42))
    [row] = rows(messages, "recipient")
    assert row["recipient"] == "447700900123"
    assert row["sentence"].startswith("recipient 4477•••23: ")
    assert "447700900123" not in str(alerts_table(messages, "recipient"))
    assert "447700900123" not in alerts_table(messages, "recipient")._repr_html_()
    shown = alerts_table(messages, "recipient", show_numbers=True)
    assert "447700900123" in str(shown)


def test_the_table_says_what_it_assumes_and_what_is_not_watched() -> None:
    few = sends([0.95] * 40, per_day=30, country="ES", network="21401")
    new = sends([0.95] * 8, country="PT", network="26801").with_columns(
        pl.col("sent_at", "done_at") + timedelta(days=32)
    )
    table = alerts_table(seen(pl.concat([both(sends(FALLEN)), few, new]), at(42)))
    printed = str(table).replace("\xa0", " ")
    assert table.headline == "1 alert: 2 groups watched"
    assert ASSUMES in table.notes
    assert "9 Mar 2026" in printed
    assert "belong to groups with fewer than 100 messages on every day" in table.note
    assert "1 group (8.2\xa0% of the messages) had no day in the last two weeks" in table.note
    assert table.to_dict()["assumes"] == ASSUMES
    assert table.to_dict()["alerts"][0]["since"] == "2026-03-09"


def test_where_nothing_can_be_watched_that_is_said(engine: Engine) -> None:
    for messages in (sends([0.95] * 3), sends([0.95] * 40, per_day=9)):
        table = alerts_table(engine(seen(messages, at(44))))
        assert table.headline.startswith("Nothing can be watched")
        assert str(table).startswith("Nothing can be watched")
        assert "Nothing can be watched" in table._repr_html_()
    nothing = seen(sends([0.95]), at(44)).clear()
    assert alerts_table(engine(nothing)).watched == 0
    assert "Nothing is breaking: 1 group watched" in str(alerts_table(seen(sends(USUAL), at(40))))


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({"by": "day"}, ArgumentError, "each day against the days before"),
        ({"by": "incident"}, ArgumentError, "a column of that name themselves"),
        ({"by": "contry"}, ArgumentError, "did you mean 'country'"),
        ({"minimum_messages": 0}, ArgumentError, "from 1"),
        ({"minimum_effect": 2}, ArgumentError, "0.02 for 2 points"),
        ({"timezone": "Prague"}, ArgumentError, "no time zone"),
        ({"no_report_countries": ["Atlantis"]}, ArgumentError, "Atlantis"),
    ],
)
def test_what_cannot_be_meant_is_answered(asked: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        alerts(seen(sends([0.95]), at(40)), **asked)


def test_messages_without_times_are_answered_with_what_is_missing() -> None:
    with pytest.raises(ColumnError, match="these messages lack done_at"):
        alerts(seen(sends([0.95]), at(40)).drop("done_at"))


COUNTS = """
SELECT country, (sent_at AT TIME ZONE 'Europe/Prague')::DATE AS day, count(*) AS sent,
    count(*) FILTER (outcome = 'delivered' AND known) AS delivered,
    count(*) FILTER (outcome <> 'rejected') AS accepted,
    count(*) FILTER (outcome IN ('delivered', 'failed') AND known) AS heard
FROM (
    SELECT *, {least} IS NULL OR coalesce(done_at - sent_at <= {least}, false) AS known
    FROM messages
)
WHERE NOT {morning} OR
    (sent_at AT TIME ZONE 'Europe/Prague')::TIME <= (cut AT TIME ZONE 'Europe/Prague')::TIME
GROUP BY ALL ORDER BY ALL
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_counts_by_age_are_what_sql_says(seed: int) -> None:
    chance = np.random.default_rng(seed)
    size, as_of = 6000, datetime(2026, 2, 11, 13, 37, 5, tzinfo=UTC)
    sent = chance.integers(0, 10 * 86_400 * 1_000_000, size)
    delay = (np.exp(chance.normal(8, 3, size)) * 1e6).astype(np.int64).clip(0, 4 * 86_400 * 10**6)
    known = chance.random(size) < 0.9
    messages = pl.DataFrame(
        {
            "country": chance.choice(["FR", "IT"], size),
            "outcome": chance.choice(["delivered", "delivered", "failed", "rejected"], size),
            "sent_at": sent, "delay": delay, "known": known,
        }
    ).select(
        "country", "outcome",
        sent_at=pl.lit(START) + pl.duration(microseconds="sent_at"),
        done_at=pl.when("known").then(
            pl.lit(START) + pl.duration(microseconds=pl.col("sent_at") + pl.col("delay"))
        ),
        record=pl.lit("log"), as_of=pl.lit(as_of), waiting_days=pl.lit(4.0),
    ).with_columns(settled=pl.col("sent_at") <= as_of - WAITING)  # fmt: skip
    zone = "Europe/Prague"
    found = counted(gathered(messages, ["country"], frozenset(), zone, []), ["country"], zone, 1, 0)
    assert found is not None
    by_age = ages(as_of, WAITING, zone)
    asked = [("NULL::INTERVAL", "false", as_of)]
    for age in by_age:
        least = f"INTERVAL '{int(age.least.total_seconds())} seconds'"
        asked += [(least, "false", as_of), (least, "true", as_of - age.least)]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for number, (least, morning, cut) in enumerate(asked):
            connection.register("messages", messages.with_columns(cut=pl.lit(cut)).to_arrow())
            sql = COUNTS.format(least=least, morning=morning)
            expected = pl.DataFrame(connection.sql(sql).to_arrow_table())
            basis = found.days.bases[number]
            mine = pl.DataFrame(
                [
                    {"country": country, "day": found.day(day)}
                    | {n: int(getattr(basis, n)[day, s]) for n in expected.columns[2:]}
                    for s, country in enumerate(found.series["country"])
                    for day in range(len(basis.sent))
                ]
            ).filter(pl.col("sent") > 0)
            assert_frame_equal(mine.sort("country", "day"), expected, check_dtypes=False)
    # of each day that is not settled the surest basis: the longest age that half of it has
    chosen = found.days.chosen[:, 0].tolist()
    words = [found.ages[n - 1].words if n else "settled" for n in chosen]
    assert words == ["settled"] * 6 + ["48 h"] * 3 + ["24 h", "4 h"]
