"""Events and reports compared: what is counted, what is shown, and how the two are read at once."""

import json
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest
from conftest import Back, Engine, Run
from oracle_matching import pairs
from oracle_worlds import DAY, HOUR, SECOND, T, events, events_of, reports, reports_of
from polars.testing import assert_frame_equal

import infobip_analytics as ia
from infobip_analytics.errors import ArgumentError, ColumnError
from infobip_analytics.reading import read_each
from infobip_analytics.reconciling import Reconciliation, reconcile
from infobip_analytics.reconciling.showing import write_html
from infobip_analytics.tables.columns import Column

Row = dict[str, Any]

LATER = T + 10 * DAY
NUMBER = "447700900123"
SENT = {"status": "enqueued", "parts": 1}
DELIVERED = {"recipient": NUMBER, "status_group": "DELIVERED", "status_id": 5, "done_at": T + HOUR}
SAMPLES = [str(ia.sample_path(kind)) for kind in ("campaign_events", "delivery_reports")]
HOSTILE = "<img src=x onerror=alert(1)>\x1b[2J"


def compared(of_events: list[Row], of_reports: list[Row], **question: Any) -> Reconciliation:
    asked = {"as_of": LATER} | question
    return reconcile(events(*of_events), reports(*of_reports), **asked)


#: One of each: a match that agrees, one that does not, one only here, one only there, one nowhere.
EACH: tuple[list[Row], list[Row]] = (
    [
        SENT | {"message_id": "m"},
        {"status": "delivered", "message_id": "m", "timestamp": T + HOUR},
        SENT | {"message_id": "n"},
        SENT | {"customer": "anna@example.com"},
        {"status": "enqueue_failed", "customer": "d", "recipient": "420601123456"},
    ],
    [
        DELIVERED | {"parts": 1, "sent_at": T + 2 * SECOND},
        DELIVERED | {"message_id": "n", "parts": 2},
        DELIVERED | {"message_id": "o", "recipient": "420601123457", "sent_at": T + DAY},
    ],
)


def test_every_message_of_either_source_is_counted_once() -> None:
    totals = compared(*EACH).totals
    assert {name: totals[name] for name in list(totals)[:13]} == {
        "event_messages": 4, "report_messages": 3, "matched": 2, "by_message_id": 2,
        "by_recipient": 0, "events_only": 1, "never_forwarded": 1, "reports_only": 1,
        "outcome_differs": 1, "parts_compared": 2, "parts_differ": 1, "timed": 2,
        "seconds_median": 1.0,
    }  # fmt: skip
    assert totals["seconds_95"] == pytest.approx(1.9)
    assert (totals["as_of"], totals["waiting_days"]) == (LATER, 4.0)


def test_they_are_counted_by_day_and_country() -> None:
    frame = compared(*EACH).frame
    names = ["day", "country", "country_name", "matched", "events_only", "reports_only"]
    assert frame.select(names).rows() == [
        (T.date(), "CZ", "Czechia", 0, 0, 0),
        (T.date(), "GB", "United Kingdom", 2, 1, 0),
        ((T + DAY).date(), "CZ", "Czechia", 0, 0, 1),
    ]


def test_days_are_those_of_the_time_zone() -> None:
    late = SENT | {"timestamp": T + 14 * HOUR + 1800 * SECOND}
    days = [compared([late], [], timezone=zone).frame["day"][0] for zone in ("UTC", "Asia/Tokyo")]
    assert days == [T.date(), (T + DAY).date()]


def test_outcomes_are_crossed() -> None:
    crossed = compared(*EACH).disagreements
    assert set(crossed.rows()) == {
        ("delivered", "delivered", True, 1),
        ("unreported", "delivered", False, 1),
    }


def test_two_silent_sources_agree_though_their_times_lie_on_both_sides_of_the_waiting_period() -> (
    None
):
    report = {"recipient": NUMBER, "status_group": "PENDING", "sent_at": T + SECOND}
    crossed = compared([SENT], [report], as_of=T + 4 * DAY).disagreements
    assert crossed.rows() == [("unreported", "unreported", True, 1)]


def test_examples_hide_people_and_keep_ids() -> None:
    examples = compared(*EACH).examples
    told = examples.select("kind", "message_id", "recipient", "customer").rows()
    assert told == [
        ("events only", None, "4477•••23", "a•••"),
        ("reports only", "o", "4206•••57", None),
        ("outcomes differ", "n", "4477•••23", "c•••"),
        ("parts differ", "n", "4477•••23", "c•••"),
    ]
    assert "anna" not in str(examples)


def test_bounds_leave_out_what_was_sent_beyond_them_after_matching() -> None:
    report = DELIVERED | {"sent_at": T - SECOND}
    assert compared([SENT], [report], since=T).totals["matched"] == 1
    assert compared(*EACH, since=T + HOUR).totals["report_messages"] == 1
    assert compared(*EACH, until=T + HOUR).totals["reports_only"] == 0


# the same by other means


def world(seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    chance = random.Random(seed).choice
    sent = [row for name in ("k", "l", "n") for row in events_of(chance, name)]
    told = [
        row | {"recipient": chance(["1", "2", "420601123456", None])}
        for name in ["kx", "ky", "lx", "a", "b", "c", "d"]
        for row in reports_of(chance, name, HOUR)
    ]
    return events(*sent), reports(*told)


QUESTION: dict[str, Any] = {"as_of": T + 5 * HOUR, "waiting_period": HOUR}

COUNTS = """
    select
        t.day as day, t.place_of as country,
        count(*) filter (e.place is not null) as event_messages,
        count(*) filter (r.place is not null) as report_messages,
        count(*) filter (found_by is not null) as matched,
        count(*) filter (found_by = 'message_id') as by_message_id,
        count(*) filter (found_by = 'recipient') as by_recipient,
        count(*) filter (r.place is null and e.outcome <> 'enqueue_failed') as events_only,
        count(*) filter (r.place is null and e.outcome = 'enqueue_failed') as never_forwarded,
        count(*) filter (e.place is null) as reports_only,
        count(*) filter (
            found_by is not null
            and (case e.outcome when 'pending' then 'unreported' else e.outcome end)
                <> (case r.outcome when 'pending' then 'unreported' else r.outcome end)
        ) as outcome_differs,
        count(*) filter (e.parts is not null and r.parts is not null) as parts_compared,
        count(*) filter (e.parts <> r.parts) as parts_differ,
        count(*) filter (e.sent_at is not null and r.sent_at is not null) as timed,
        quantile_cont(abs(epoch_us(e.sent_at) - epoch_us(r.sent_at)), 0.5) / 1e6 as seconds_median,
        quantile_cont(abs(epoch_us(e.sent_at) - epoch_us(r.sent_at)), 0.95) / 1e6 as seconds_95
    from sent e
    left join found using (place)
    full join reported r on r.place = found.other
    cross join lateral (select
        cast(coalesce(e.sent_at, r.sent_at) at time zone 'UTC' as date) as day,
        coalesce(nullif(e.country, 'ZZ'), r.country, e.country) as place_of) t
    group by t.day, t.place_of
    order by day nulls last, country
"""


@pytest.mark.parametrize("seed", range(12))
def test_counts_are_those_of_a_database(seed: int, engine: Engine, back: Back) -> None:
    of_events, of_reports = world(seed)
    sent, reported = (
        ia.messages(frame, **QUESTION).with_row_index("place") for frame in (of_events, of_reports)
    )
    matched = pairs(sent.to_dicts(), reported.to_dicts())
    schema = {"place": pl.UInt32, "other": pl.UInt32, "found_by": pl.String}
    found = pl.DataFrame([(e, r, by) for e, (r, by) in matched.items()], schema, orient="row")
    with duckdb.connect() as base:
        for name, frame in (("sent", sent), ("reported", reported), ("found", found)):
            base.register(name, frame.to_arrow())
        expected = base.sql(COUNTS).pl()
    made = back(reconcile(engine(of_events), engine(of_reports), **QUESTION).frame)
    assert_frame_equal(
        made.select(expected.columns).with_columns(pl.col("day").cast(pl.Date)),
        expected.cast({name: made.schema[name] for name in expected.columns if name != "day"}),
        check_row_order=False,
    )


def test_the_order_of_rows_changes_nothing() -> None:
    of_events, of_reports = world(7)
    one = reconcile(of_events, of_reports, **QUESTION)
    other = reconcile(of_events[::-1], of_reports[::-1], **QUESTION)
    assert str(one) == str(other)
    assert_frame_equal(one.frame, other.frame)
    assert_frame_equal(one.disagreements, other.disagreements)


def test_the_engine_is_that_of_the_events() -> None:
    of_events, of_reports = events(SENT), reports(DELIVERED)
    assert isinstance(reconcile(of_events.to_pandas(), of_reports, as_of=LATER).frame, pd.DataFrame)
    lazy = reconcile(of_events.lazy(), of_reports.to_pandas(), as_of=LATER)
    assert isinstance(lazy.frame, pl.DataFrame)
    assert isinstance(lazy.examples, pl.DataFrame)


def test_the_sample_world_agrees_with_itself() -> None:
    of_events, of_reports = (ia.read(path) for path in SAMPLES)
    result = reconcile(of_events, of_reports)
    counted = ia.messages(of_events, reports=of_reports)
    assert result.totals["matched"] == counted["matched_by"].count()
    assert (result.totals["reports_only"], result.totals["outcome_differs"]) == (0, 0)
    assert "all 3,574 matched messages have the same outcome in both" in result.note


def test_one_empty_source_leaves_all_of_the_other_alone() -> None:
    assert compared([SENT], []).totals["events_only"] == 1
    assert compared([], [DELIVERED]).totals["reports_only"] == 1
    nothing = compared([], [])
    assert (nothing.frame.height, nothing.totals["matched"]) == (0, 0)
    assert "0 of 0 messages (—)" in str(nothing)


def test_only_events_and_reports_in_this_order_make_sense() -> None:
    with pytest.raises(ColumnError, match=r"ia\.reconcile\(events, reports\)"):
        reconcile(reports(DELIVERED), events(SENT), as_of=LATER)
    with pytest.raises(ArgumentError, match="no time zone"):
        reconcile(events(SENT), reports(DELIVERED), as_of=LATER, timezone="Mars")


# what a person reads


def test_it_says_what_differs_why_and_what_to_do() -> None:
    note = compared(*EACH).note
    for said in (
        "2 by message id, 0 by recipient",
        "both as of 12 Mar 2026 09:00 UTC; a report may take 4 days",
        "1 message of the events never reached Infobip (enqueue_failed)",
        "1 message only in the events: the reports are incomplete",
        "1 message only in the reports, 1 of them outside the time of the events",
        "1 unreported in the events but delivered in the reports",
        "the parts of 1 of 2 messages (50.0\xa0%) differ",
        "times of sending are 1.0 s apart in the median and at most 1.9 s in 95 %",
    ):
        assert said in note


def test_minutes_between_the_times_are_explained() -> None:
    planned = DELIVERED | {"sent_at": T + timedelta(minutes=10)}
    assert "reports of version 1" in compared([SENT], [planned]).note
    assert "reports of version 1" not in compared([SENT], [DELIVERED]).note


def test_a_terminal_gets_the_tables_and_the_notes() -> None:
    text = compared(*EACH).to_text(width=100)
    assert "GB United Kingdom" in text
    assert "events ↓ reports →" in text
    assert all(len(line) <= 100 for line in text.splitlines())
    assert repr(compared(*EACH)) == str(compared(*EACH))


def test_a_notebook_gets_escaped_text_in_its_own_colours() -> None:
    page = compared(*EACH)._repr_html_()
    assert "var(--jp-layout-color1" in page
    assert "<td" in page
    hostile = write_html(HOSTILE, [HOSTILE], [([Column(HOSTILE, lambda _: HOSTILE)], [{}])])
    assert "<img" not in hostile
    assert "\x1b" not in hostile


# the command line


@pytest.mark.parametrize("turned", [False, True])
def test_the_command_takes_both_in_any_order(run: Run, *, turned: bool) -> None:
    status, out, err = run("reconcile", *(reversed(SAMPLES) if turned else SAMPLES))
    assert (status, err) == (0, "")
    assert "3,574 of 3,582 messages (99.8\xa0%) of the events have a report" in out.replace(
        "\n", " "
    )


def test_without_a_source_the_command_compares_the_samples(run: Run) -> None:
    status, out, err = run("reconcile", "--format", "json")
    assert status == 0
    assert "all invented" in err
    assert {"day", "country", "matched", "reports_only"} <= set(json.loads(out)[0])


@pytest.mark.parametrize(("place", "lacking"), [(0, "delivery reports"), (1, "campaign events")])
def test_one_kind_alone_is_a_sentence(run: Run, place: int, lacking: str) -> None:
    status, out, err = run("reconcile", SAMPLES[place])
    assert (status, out) == (1, "")
    assert f"add a file or folder of {lacking}" in err


def test_the_command_writes_files_and_knows_its_window(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "differences.csv"
    status, _, err = run("reconcile", *SAMPLES, "--since", "2026-04-10", "--output", str(target))
    assert status == 0
    assert "note: matched one to one" in err
    days = pl.read_csv(target)["day"].drop_nulls()
    assert days.min() == "2026-04-10"


def test_an_option_that_means_nothing_here_is_refused(run: Run) -> None:
    status, _, err = run("reconcile", *SAMPLES, "--no-report-countries", "none")
    assert status == 2
    assert "all countries are compared" in err


@pytest.mark.parametrize("command", [["rates"], ["coverage"], ["rates", "--by", "variant"]])
def test_other_commands_put_both_together_and_say_how(run: Run, command: list[str]) -> None:
    status, out, err = run(*command, *SAMPLES)
    assert status == 0
    assert err == (
        "note: matched 3,574 of 3,608 messages with a report: 887 by message id, 2,687 by "
        "recipient and time; 0 messages of the reports are in no event\n"
    )
    assert out


def test_rates_of_both_are_those_of_the_reports_where_these_are_complete(run: Run) -> None:
    both = json.loads(run("rates", *SAMPLES, "--format", "json")[1])
    alone = json.loads(run("rates", SAMPLES[1], "--format", "json")[1])
    names = ["country", "settled", "delivered", "delivery_rate", "currency"]
    assert [[row[name] for name in names] for row in both if row["settled"]] == [
        [row[name] for name in names] for row in alone if row["settled"]
    ]
    costs = [[row["cost"] for row in rows if row["settled"]] for rows in (both, alone)]
    assert costs[0] == pytest.approx(costs[1])


def test_one_kind_alone_is_read_as_ever(run: Run) -> None:
    for path in SAMPLES:
        status, _, err = run("rates", path)
        assert (status, err) == (0, "")


# reading both at once


EVENTS = """\
customer,timestamp,type,status,Mobile,action_type,campaign_id
1,2026-03-02T09:00Z,x,enqueued,447700900123,sms,k
"""


def test_options_go_to_the_kind_that_they_are_for(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text(EVENTS)
    (tmp_path / "reports.csv").write_text("Ref,status_group,to\nm,DELIVERED,447700900123\n")
    columns = {"Mobile": "recipient", "Ref": "message_id"}
    frames = read_each([tmp_path], columns=columns, integration=None)
    assert frames["campaign_events"]["recipient"].to_list() == ["447700900123"]
    assert frames["delivery_reports"]["message_id"].to_list() == ["m"]
    with pytest.raises(ArgumentError, match="Nowhere"):
        read_each([tmp_path], columns=columns | {"Nowhere": "sender"})


def test_what_is_set_aside_of_both_is_kept(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text(EVENTS + "2,never,x,enqueued,1,sms,k\n")
    (tmp_path / "reports.ndjson").write_text(
        '{"messageId":"m","bulkId":"b","doneAt":"2026-03-02T09:00:00.000+0000"}\n{"broken\n'
    )
    aside = tmp_path / "aside.out"
    with pytest.warns(ia.SetAsideWarning):
        read_each([tmp_path / "events.csv", tmp_path / "reports.ndjson"], on_bad=str(aside))
    files = [Path(json.loads(line)["file"]).name for line in aside.read_text().splitlines()]
    assert sorted(files) == ["events.csv", "reports.ndjson"]


# the section of the report


def page(tmp_path: Path, messages: pl.DataFrame) -> str:
    path = ia.write_report(messages, tmp_path / "report.html")
    return path.read_text("utf-8").partition("<body>")[2]


def test_the_report_has_a_section_where_both_were_given(tmp_path: Path) -> None:
    of_events, of_reports = events(*EACH[0]), reports(*EACH[1])
    written = page(tmp_path, ia.messages(of_events, reports=of_reports, as_of=LATER))
    section = written.partition('<section id="sources"')[2].partition("</section>")[0]
    assert "Matched 2 of 4 messages with a report: 2 by message id; 1 message of the" in section
    assert "The outcomes of 1 of 2 messages (50.0\xa0%) that are in both differ" in section
    cells = '<tr><th scope="row">unreported</th><td class="number">1</td></tr>'
    assert cells in section
    assert '<a href="#sources">' in written


def test_the_report_has_no_such_section_where_one_source_was_given(tmp_path: Path) -> None:
    written = page(tmp_path, ia.messages(events(*EACH[0]), as_of=LATER))
    assert "#sources" not in written
    assert 'id="sources"' not in written


def test_words_of_strangers_are_escaped_in_the_section(tmp_path: Path) -> None:
    made = ia.messages(events(*EACH[0]), reports=reports(*EACH[1]), as_of=LATER)
    written = page(tmp_path, made.with_columns(event_outcome=pl.lit(HOSTILE)))
    assert "<img" not in written
    assert "&lt;img" in written


def test_the_command_report_puts_both_together(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    status, _, err = run("report", *SAMPLES, "--days", "all", "--output", str(target))
    assert status == 0
    assert "matched 3,574 of 3,608 messages" in err
    assert "All 3,574 messages that are in both have the same outcome" in target.read_text("utf-8")
