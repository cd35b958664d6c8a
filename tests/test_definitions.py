"""Definitions side by side, and what was never forwarded: counts, rates, and why they differ."""

import csv
import io
import random
from typing import Any

import duckdb
import polars as pl
import pytest
from conftest import Back, Engine
from oracle_folding import Row
from oracle_worlds import DAY, T, events, sent, sent_of

import infobip_analytics as ia
from infobip_analytics.cli import main
from infobip_analytics.countries import no_report_codes
from infobip_analytics.definitions import compare_definitions
from infobip_analytics.errors import ArgumentError, ColumnError
from infobip_analytics.rates import delivery_rates

FAILED = {"outcome": "failed"}
REJECTED = {"outcome": "rejected"}
UNREPORTED = {"outcome": "unreported"}
GERMAN = UNREPORTED | {"country": "DE"}
WAITING = {"settled": False, "outcome": "pending"}
EARLY = {"settled": False}
NEVER = {"outcome": "enqueue_failed", "record": "event"}

#: 2 of 5 delivered here, 1 of 2 still waiting, nothing heard of 2 in Germany
MIXED: list[Row] = [{}, {}, FAILED, REJECTED, UNREPORTED, WAITING, EARLY, GERMAN, GERMAN]


def divided(frame: pl.DataFrame) -> dict[tuple[str, str], tuple[int, int]]:
    """What each definition divides by what, over which countries."""
    columns = "definition", "countries", "numerator", "denominator"
    return {(name, where): (k, n) for name, where, k, n in frame.select(columns).iter_rows()}


def test_each_definition_divides_its_own_counts(engine: Engine, back: Back) -> None:
    made = back(compare_definitions(engine(sent(*MIXED))).frame)
    assert divided(made) == {
        ("ours", "reporting"): (2, 5), ("ours", "all"): (2, 7),
        ("Bloomreach", "reporting"): (3, 7), ("Bloomreach", "all"): (3, 9),
        ("Infobip Metrics", "reporting"): (3, 6), ("Infobip Metrics", "all"): (3, 8),
    }  # fmt: skip
    assert made["rate"].to_list() == [2 / 5, 2 / 7, 3 / 7, 3 / 9, 3 / 6, 3 / 8]
    assert dict(made.select("definition", "counts").iter_rows()) == {
        "ours": "delivered / settled",
        "Bloomreach": "unique delivered / enqueued",
        "Infobip Metrics": "delivered / (sent - rejected)",
    }


@pytest.mark.parametrize(
    "outside", [{"outcome": "enqueue_failed"}, {"orphan": True}, {"sent_at": None}]
)
def test_what_was_not_forwarded_or_has_no_send_is_in_no_definition(outside: Row) -> None:
    made, without = compare_definitions(sent(*MIXED, outside)), compare_definitions(sent(*MIXED))
    assert divided(made.frame) == divided(without.frame)
    assert "in no definition: 1 " in made.note


def test_where_there_is_nothing_to_divide_by_the_rate_is_null(engine: Engine, back: Back) -> None:
    made = back(compare_definitions(engine(sent(REJECTED, WAITING | {"country": "DE"}))).frame)
    assert made["rate"].to_list() == [0, 0, 0, 0, None, 0]
    assert made["denominator"].to_list() == [1, 1, 1, 2, 0, 1]


def test_the_steps_add_up_to_the_difference_from_ours() -> None:
    made = compare_definitions(sent(*MIXED)).frame
    steps = pl.sum_horizontal("from_waiting", "from_no_report", "from_rejected")
    assert made.select(2 / 5 + steps - pl.col("rate")).to_series().abs().max() < 1e-15
    last = made.row(-1, named=True)
    assert (last["from_waiting"], last["from_no_report"], last["from_rejected"]) == pytest.approx(
        (3 / 7 - 2 / 5, 3 / 9 - 3 / 7, 3 / 8 - 3 / 9)
    )


@pytest.mark.parametrize(
    ("rows", "zeros"),
    [
        ([{}, FAILED], {"from_waiting", "from_no_report", "from_rejected"}),
        ([{}, WAITING], {"from_no_report", "from_rejected"}),
        ([{}, GERMAN], {"from_waiting", "from_rejected"}),
        ([{}, REJECTED], {"from_waiting", "from_no_report"}),
    ],
)
def test_a_step_that_no_message_makes_is_exactly_nothing(rows: list[Row], zeros: set[str]) -> None:
    row = compare_definitions(sent(*rows)).frame.row(-1, named=True)
    assert {name for name in row if name.startswith("from_") and row[name] == 0} == zeros


def test_why_they_differ_is_told_in_messages_and_points() -> None:
    why = compare_definitions(sent(*MIXED)).notes[0]
    assert "+2.86 points for 2 waiting messages (1 of them delivered)" in why
    assert "−9.52 points for 2 messages to no-report countries (0 of them delivered)" in why
    assert "+4.17 points, for it leaves 1 rejected message out" in why


def test_where_nothing_is_settled_the_others_still_have_a_rate() -> None:
    table = compare_definitions(sent(EARLY, WAITING, GERMAN))
    assert table.frame["rate"].to_list() == [None, 0, 1 / 2, 1 / 3, 1 / 2, 1 / 3]
    assert table.frame["from_waiting"].null_count() == 6
    assert "ours has nothing settled yet" in table.notes[0]
    assert "2 waiting messages (1 of them delivered)" in table.notes[0]


def test_without_messages_there_is_no_rate_and_no_reason(engine: Engine, back: Back) -> None:
    table = compare_definitions(engine(sent()))
    assert back(table.frame)["rate"].to_list() == [None] * 6
    assert table.headline.startswith("No message was forwarded")
    assert "why they differ" not in table.note
    assert back(compare_definitions(engine(sent()), "campaign").frame).is_empty()


def test_a_group_that_went_only_to_silent_countries_keeps_its_rows() -> None:
    made = compare_definitions(sent({}, GERMAN), "country").frame
    assert made.columns[:4] == ["country", "country_name", "definition", "countries"]
    germany = made.filter(country="DE")
    assert germany["rate"].to_list() == [None, 0, None, 0, None, 0]


def test_a_message_counts_once_however_many_reports_it_has() -> None:
    again = [{"status": "delivered", "timestamp": T + n * DAY / 24} for n in range(3)]
    rows: list[Row] = [{"status": "enqueued"}, *again]
    made = compare_definitions(ia.messages(events(*rows), as_of=T + 9 * DAY))
    assert set(divided(made.frame).values()) == {(1, 1)}


def test_the_list_of_countries_is_an_argument() -> None:
    made = compare_definitions(sent({}, GERMAN), no_report_countries=())
    assert divided(made.frame)["ours", "reporting"] == (1, 2)
    assert "no country is held to return no reports" in made.note


def test_reports_alone_are_said_to_have_no_true_denominator() -> None:
    table = compare_definitions(sent({}, population="reported"))
    assert table.frame["population"].unique().to_list() == ["reported"]
    assert table.notes[0].startswith("only reported messages are known")


def test_a_group_cannot_have_the_name_of_a_column_of_the_comparison() -> None:
    frame = sent({}).with_columns(definition=pl.lit("x"))
    with pytest.raises(ArgumentError, match=r"by='definition'.* another name"):
        compare_definitions(frame, "definition")
    with pytest.raises(ArgumentError, match="campaign"):
        compare_definitions(frame, "campain")
    with pytest.raises(ColumnError, match=r"ia\.messages\("):
        compare_definitions(events({}))


def test_the_table_shows_them_side_by_side_with_people_masked() -> None:
    frame = sent({"recipient": "447700900123", "campaign_name": "\x1b[2J<b>"}, EARLY)
    table = compare_definitions(frame, ["recipient", "campaign"])
    text, page = table.to_text(200), table._repr_html_()
    assert "447700900123" not in text + page
    assert "447700900123" in table.frame["recipient"].to_list()
    assert "\x1b" not in text
    assert "<b>" not in page
    assert "1/1" in text
    narrow = table.to_text(60)
    assert "Bloomreach" in narrow
    assert "1/1" not in narrow


def test_the_largest_groups_come_first_but_days_in_their_order() -> None:
    rows: list[Row] = [
        {"channel": "mms"},
        {"channel": "sms", "sent_at": T + DAY},
        {"channel": "sms"},
    ]
    by_channel = compare_definitions(sent(*rows), "channel").to_text(200)
    assert by_channel.index("sms") < by_channel.index("mms")
    by_day = compare_definitions(sent(*rows, rows[1]), "day").to_text(200)
    assert by_day.index("2026-03-02") < by_day.index("2026-03-03")


def test_the_command_writes_a_row_for_each_definition(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["definitions", "--format", "csv"]) == 0
    out, err = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["definition"] for row in rows[::2]] == ["ours", "Bloomreach", "Infobip Metrics"]
    assert "why they differ" in err
    assert main(["definitions", "--by", "country"]) == 0
    assert "GB United Kingdom" in capsys.readouterr().out


# against SQL

DIVIDED = """
    WITH sent AS (
        SELECT {keys} outcome, settled, country IN (SELECT unnest($silent)) AS quiet
        FROM messages
        WHERE outcome <> 'enqueue_failed' AND NOT coalesce(orphan, false) AND sent_at IS NOT NULL
    ), sides AS (
        SELECT *, 'all' AS countries FROM sent
        UNION ALL SELECT *, 'reporting' FROM sent WHERE NOT quiet
    ), counts AS (
        SELECT {keys} countries,
            count(*) AS n, count(*) FILTER (outcome = 'delivered') AS k,
            count(*) FILTER (settled) AS old,
            count(*) FILTER (settled AND outcome = 'delivered') AS old_k,
            count(*) FILTER (outcome <> 'rejected') AS taken
        FROM sides GROUP BY ALL
    )
    SELECT * FROM counts
"""


def known(messages: pl.DataFrame, by: list[str], silent: Any) -> dict[Any, tuple[int, int]]:
    """What SQL divides, by group, definition and countries."""
    keys = "".join(f"{name}, " for name in by)
    with duckdb.connect() as connection:
        connection.register("messages", messages)
        found = connection.execute(DIVIDED.format(keys=keys), {"silent": sorted(silent)}).fetchall()
    made = {}
    for *group, countries, n, k, old, old_k, taken in found:
        made[*group, "ours", countries] = (old_k, old)
        made[*group, "Bloomreach", countries] = (k, n)
        made[*group, "Infobip Metrics", countries] = (k, taken)
    return made


@pytest.mark.parametrize("by", [[], ["country"], ["campaign_id", "channel"]], ids=str)
@pytest.mark.parametrize("listed", [None, (), ("GB", "VN")], ids=str)
def test_many_messages_are_divided_as_sql_does(
    by: list[str], listed: Any, engine: Engine, back: Back
) -> None:
    frame = sent_of(random.Random(f"{by}{listed}").choice, 600)
    made = back(compare_definitions(engine(frame), by, no_report_countries=listed).frame)
    told = made.select(*by, "definition", "countries", "numerator", "denominator", "rate").rows()
    expected = known(frame, by, no_report_codes(listed))
    assert {row[:-3] for row in told} >= set(expected)
    assert len(told) == 6 * made.select(by).unique().height if by else 6
    for *group, numerator, denominator, rate in told:
        assert (numerator, denominator) == expected.get(tuple(group), (0, 0))
        assert rate == (numerator / denominator if denominator else None)


# what was never forwarded


def enqueuing(frame: Any, by: Any = None, **asked: Any) -> list[tuple[Any, ...]]:
    """The three columns of sending, behind the keys."""
    names = [] if by is None else [by]
    made = delivery_rates(frame, by, **asked)
    rows: list[tuple[Any, ...]] = made.select(
        *names, "attempted", "enqueue_failed", "enqueue_failure_rate"
    ).rows()
    return rows


def test_the_enqueue_failure_rate_is_of_all_that_was_attempted(engine: Engine, back: Back) -> None:
    frame = sent({}, FAILED, WAITING, NEVER, GERMAN, record="event")
    made = back(delivery_rates(engine(frame), None))
    assert made.columns[-3:] == ["attempted", "enqueue_failed", "enqueue_failure_rate"]
    assert made.select(made.columns[-3:]).row(0) == (5, 1, 1 / 5)
    assert made.schema["attempted"] == made.schema["enqueue_failed"] == pl.Int64


def test_reports_know_nothing_of_enqueuing_not_even_a_zero() -> None:
    assert enqueuing(sent({}, record="report")) == [(None, None, None)]
    assert enqueuing(sent({}).drop("record")) == [(None, None, None)]
    assert enqueuing(sent({}, record="event")) == [(1, 0, 0)]


def test_of_both_sources_only_what_events_tell_of_was_attempted() -> None:
    of_event, of_report = {"channel": "a", "record": "event"}, {"channel": "b", "record": "log"}
    frame = sent(of_event, NEVER | of_event, of_report, of_report)
    assert enqueuing(frame) == [(2, 1, 1 / 2)]
    assert enqueuing(frame, "channel") == [("a", 2, 1, 1 / 2), ("b", 0, 0, None)]


@pytest.mark.parametrize("outside", [{"orphan": True}, {"sent_at": None}])
def test_a_message_without_a_send_was_not_seen_being_attempted(outside: Row) -> None:
    assert enqueuing(sent({}, NEVER, outside, record="event")) == [(2, 1, 1 / 2)]


def test_a_group_of_which_nothing_was_forwarded_keeps_its_row(engine: Engine, back: Back) -> None:
    frame = sent({"campaign_id": "a"}, NEVER | {"campaign_id": "b"}, record="event")
    _, failed = back(delivery_rates(engine(frame), "campaign_id")).to_dicts()
    assert (failed["campaign_id"], failed["messages"], failed["delivery_rate"]) == ("b", 0, None)
    assert (failed["attempted"], failed["enqueue_failure_rate"]) == (1, 1)


def test_a_country_need_not_report_for_its_enqueuing_to_be_known() -> None:
    frame = sent({}, GERMAN, NEVER | {"country": "DE"}, record="event")
    assert enqueuing(frame, "country") == [("GB", 1, 0, 0)]
    assert enqueuing(frame, "country", no_report="show") == [("DE", 2, 1, 1 / 2), ("GB", 1, 0, 0)]
    assert enqueuing(frame) == [(3, 1, 1 / 3)]


@pytest.mark.parametrize(
    ("rows", "reports"),
    [
        ([NEVER | {"country": "DE"}], False),
        ([NEVER], True),
        ([NEVER, NEVER | {"country": "DE"}], True),
        ([NEVER, GERMAN], False),
        ([], True),
    ],
)
def test_the_mark_of_silence_follows_what_was_forwarded(rows: list[Row], reports: bool) -> None:
    frame = sent(*rows, record="event")
    assert delivery_rates(frame, None, no_report="show")["reports"].to_list() == [reports]


def test_attempted_is_what_was_forwarded_and_what_was_not() -> None:
    frame = sent_of(random.Random(4).choice, 800).with_columns(record=pl.lit("event"))
    for by in (None, "campaign_id", "country"):
        made = delivery_rates(frame, by)
        whole = pl.col("messages") + pl.col("no_report_messages") + pl.col("enqueue_failed")
        assert made.filter(pl.col("attempted") != whole).is_empty()
        assert made["enqueue_failed"].sum() > 0


def test_enqueue_failures_of_events_are_rated() -> None:
    raw = events(
        {"status": "enqueued"},
        {"status": "enqueue_failed", "customer": "d", "recipient": "447700900124"},
    )
    assert enqueuing(ia.messages(raw, as_of=T + 9 * DAY)) == [(2, 1, 1 / 2)]
