"""The invented world: its plan, its files, and all that was promised to be odd in them."""

import csv
import io
import json
from collections import Counter
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import phonenumbers
import polars as pl
import pytest

from infobip_analytics.cli import main
from infobip_analytics.cli.sample import MESSAGES, SEED
from infobip_analytics.codes import verdict
from infobip_analytics.countries import country_of
from infobip_analytics.errors import ArgumentError
from infobip_analytics.reference import rows
from infobip_analytics.samples import FILES, plan, sample_path
from infobip_analytics.samples.events import HEADINGS, events_frame
from infobip_analytics.samples.reports import reports_frame
from infobip_analytics.samples.world import World, make_world
from infobip_analytics.samples.writers import write_world

Row = dict[str, str]
Report = dict[str, Any]

every_country = pytest.mark.parametrize(
    "plan_row", rows("sample_world"), ids=lambda r: r["country"]
)
every_ending = pytest.mark.parametrize(
    "ending", rows("sample_endings"), ids=lambda r: f"{r['status_id']}-{r['error_id']}-{r['fate']}"
)


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(MESSAGES, SEED)


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return sample_path("delivery_reports").read_text("utf-8").splitlines()


@pytest.fixture(scope="module")
def reports(lines: list[str]) -> list[Report]:
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def events() -> list[Row]:
    return list(csv.DictReader(io.StringIO(sample_path("campaign_events").read_text("utf-8"))))


@pytest.fixture(scope="module")
def truth() -> list[Row]:
    return list(csv.DictReader(io.StringIO(sample_path("truth").read_text("utf-8"))))


def sms(events: list[Row]) -> list[Row]:
    return [event for event in events if event["action_type"] in ("sms", "mms")]


def recipient_of(report: Report) -> str:
    return str(report.get("to") or report["destination"])


def countries_of(numbers: list[str]) -> dict[str, str]:
    return dict(zip(numbers, country_of(pl.Series(numbers)), strict=True))


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")


# The files


def test_the_committed_sample_is_what_the_command_writes(world: World, tmp_path: Path) -> None:
    write_world(world, tmp_path)
    for kind, name in FILES.items():
        assert (tmp_path / name).read_bytes() == sample_path(kind).read_bytes(), (
            f"{name} is out of date; make it anew: infobip-analytics sample "
            f"--messages {MESSAGES} --seed {SEED} --output data/samples"
        )


def test_the_sample_is_small_and_says_that_it_is_invented() -> None:
    folder = sample_path("truth").parent
    assert sum(path.stat().st_size for path in folder.iterdir()) < 4_000_000
    about = (folder / "README.md").read_text("utf-8")
    assert "invented" in about.splitlines()[0]
    assert f"sample --messages {MESSAGES} --seed {SEED} --output data/samples" in about


def test_an_unknown_kind_is_answered_with_those_there_are() -> None:
    kinds = "delivery_reports, campaign_events, truth"
    with pytest.raises(ArgumentError, match=f"no sample data 'reports'; there are {kinds}"):
        sample_path("reports")


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    written = {}
    for folder, seed in (("one", 1), ("again", 1), ("other", 2)):
        write_world(make_world(300, seed), tmp_path / folder)
        written[folder] = [(tmp_path / folder / name).read_bytes() for name in FILES.values()]
    assert written["one"] == written["again"]
    assert all(a != b for a, b in zip(written["one"], written["other"], strict=True))


def test_writing_replaces_the_three_files_and_touches_no_other(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    write_world(make_world(20, 1), tmp_path)
    counts = write_world(make_world(10, 1), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [*FILES.values(), "notes.txt"]
    )
    assert (tmp_path / "notes.txt").read_text("utf-8") == "mine"
    assert counts[tmp_path / "truth.csv"] == 10


def test_the_export_has_the_headings_of_an_export(events: list[Row]) -> None:
    assert list(events[0]) == HEADINGS
    assert {event["type"] for event in events} == {"campaign"}


# The plan


@every_country
def test_the_fates_of_a_country_add_up(plan_row: Row) -> None:
    assert sum(float(plan_row[fate]) for fate in plan.FATES) == pytest.approx(1, abs=1e-9)


@every_country
def test_the_part_of_a_country_agrees_with_the_list_of_no_report_countries(plan_row: Row) -> None:
    listed = plan_row["country"] in {row["country"] for row in rows("no_report_countries")}
    assert listed == (plan_row["role"] in {"silent", "surprise"})
    heard = sum(float(plan_row[fate]) for fate in ("handset", "operator", "failed", "expired"))
    assert (heard == 0) == (plan_row["role"] in {"silent", "dead"})


@every_ending
def test_an_ending_is_one_of_the_tables_of_codes_or_says_that_it_is_invented(ending: Row) -> None:
    status = (ending["status_id"], ending["status_name"], ending["status_group"])
    known = {(row["id"], row["name"], row["group"]) for row in rows("statuses")}
    assert (status in known) != ("INVENTED" in ending["status_name"])
    error = (ending["error_id"], ending["error_name"], ending["permanent"])
    errors = {(row["id"], row["name"], row["permanent"]) for row in rows("errors")}
    assert not ending["error_id"] or (error in errors) != ("INVENTED" in ending["error_name"])


@every_ending
def test_an_ending_has_the_outcome_of_its_status(ending: Row) -> None:
    said = verdict(ending["status_group"] or None, int(ending["status_id"]))
    outcome = said.outcome if said.outcome in {"delivered", "failed", "rejected"} else ""
    assert (outcome, said.receipt or "") == (ending["outcome"], ending["receipt"])


# The world


@pytest.mark.parametrize("messages", [1, 2, 37, 20_000])
def test_a_world_has_as_many_messages_as_asked_for(messages: int) -> None:
    truth = make_world(messages, 5).truth
    assert truth.filter(~pl.col("orphan")).height == messages
    assert truth["sent_at"].n_unique() == truth.height
    assert truth["message_id"].drop_nulls().is_unique().all()


@pytest.mark.parametrize("messages", [1, 2, 37, 1000])
def test_reports_and_events_speak_of_the_same_moment(messages: int) -> None:
    world = make_world(messages, 5)
    assert reports_frame(world)["done_at"].max() == world.as_of
    assert events_frame(world)["timestamp"].max() == world.as_of


@pytest.mark.parametrize(("messages", "seed"), [(0, 1), (-5, 1), (10, -1)])
def test_a_world_that_cannot_be_is_refused_in_a_sentence(messages: int, seed: int) -> None:
    with pytest.raises(ArgumentError, match=r"ask for 1 or more|whole number from 0 on"):
        make_world(messages, seed)


def test_every_country_of_the_plan_gets_its_share(truth: list[Row]) -> None:
    counts = Counter(row["country"] for row in truth if row["orphan"] == "false")
    for row in plan.countries().iter_rows(named=True):
        assert abs(counts[row["country"]] - row["share"] * MESSAGES) <= 1, row["country"]


def test_every_number_is_a_number_of_its_country(truth: list[Row]) -> None:
    numbers = {(row["recipient"], row["country"]) for row in truth}
    valid = 0
    for recipient, country in numbers:
        parsed = phonenumbers.parse(f"+{recipient}")
        region = phonenumbers.region_code_for_number(parsed)
        assert region in (country, None), recipient
        assert country_of(recipient) == country, recipient
        valid += region is not None
    assert 0 < valid < len(numbers), (
        "ranges for fiction that libphonenumber does not know are in it"
    )


def test_numbers_of_the_shared_code_1_are_reserved_for_fiction(truth: list[Row]) -> None:
    american = {row["recipient"] for row in truth if row["recipient"].startswith("1")}
    assert len(american) > 100
    assert all(len(number) == 11 and number[4:9] == "55501" for number in american)


def test_all_outcomes_and_receipts_occur(truth: list[Row]) -> None:
    outcomes = Counter(row["outcome"] for row in truth)
    assert min(outcomes.values()) >= 20
    assert sorted(outcomes) == [
        "delivered", "enqueue_failed", "failed", "pending", "rejected", "unreported",
    ]  # fmt: skip
    assert {row["receipt"] for row in truth} == {"", "handset", "operator"}


def test_a_message_is_settled_four_days_after_sending(truth: list[Row]) -> None:
    for row in truth:
        assert (row["settled"] == "true") == (row["sent_at"] <= "2026-04-11T00:00:00.000Z")
        assert row["outcome"] != ("pending" if row["settled"] == "true" else "unreported")


def test_a_number_that_nobody_answers_fails_every_time(truth: list[Row]) -> None:
    dead = {row["recipient"] for row in truth if row["error_id"] == "1"}
    theirs = [row for row in truth if row["recipient"] in dead]
    assert "delivered" not in {row["outcome"] for row in theirs}
    assert {row["error_id"] for row in theirs if row["outcome"] == "failed"} == {"1"}
    assert 10 < len(dead) < len([row for row in theirs if row["outcome"] == "failed"])


def test_nothing_is_heard_from_silent_countries(reports: list[Report]) -> None:
    plan_rows = rows("sample_world")
    silent = {row["country"] for row in plan_rows if row["role"] in {"silent", "dead"}}
    told = [
        recipient_of(report)
        for report in reports
        if verdict(report["status"].get("groupName"), report["status"]["id"]).outcome
        in {"delivered", "failed"}
    ]
    heard = set(countries_of(told).values())
    assert heard == {row["country"] for row in plan_rows} - silent
    assert silent == {"DE", "BR", "ID", "GU", "MP", "GP", "FO"}


# What is odd in the reports


def test_reports_arrive_twice_and_out_of_order(lines: list[str], reports: list[Report]) -> None:
    assert len(lines) - len(set(lines)) > 50
    done = [
        moment(report["doneAt"].replace("Z", "+0000")) for report in reports if "doneAt" in report
    ]
    assert sum(later < earlier for earlier, later in pairwise(done)) > 50


def test_log_entries_and_reports_have_the_names_of_their_shapes(reports: list[Report]) -> None:
    logs = [report for report in reports if "destination" in report]
    assert 500 < len(logs) < len(reports) / 2
    assert all("to" not in log and "price" not in log and log["content"] == {} for log in logs)
    assert all("to" in report and "doneAt" in report for report in reports if report not in logs)


def test_times_are_written_in_every_documented_way(reports: list[Report]) -> None:
    offsets = {report["sentAt"][23:] for report in reports}
    assert {"+0000", "+0100", "-0500", "+01:00", "+05:30", "Z"} <= offsets


def test_some_messages_have_several_reports(reports: list[Report]) -> None:
    outcomes: dict[str, set[str | None]] = {}
    for report in reports:
        group = report["status"].get("groupName")
        outcomes.setdefault(report["messageId"], set()).add(group)
    found = list(outcomes.values())
    assert sum({"DELIVERED", "UNDELIVERABLE"} <= groups for groups in found) > 5
    assert sum({"PENDING", "DELIVERED"} <= groups for groups in found) > 50
    assert sum(groups == {"PENDING"} for groups in found) > 300


def test_some_codes_are_in_no_table_and_some_groups_are_missing(reports: list[Report]) -> None:
    statuses = [report["status"] for report in reports]
    assert {4242, 9931, 9107} <= {status["id"] for status in statuses}
    assert any("groupName" not in status for status in statuses)
    assert any(status["id"] == 29 for status in statuses)
    assert 7321 in {report["error"]["id"] for report in reports if "error" in report}


def test_success_cannot_be_read_from_the_error(reports: list[Report]) -> None:
    rejected = [report for report in reports if report["status"].get("groupName") == "REJECTED"]
    assert any(report["error"]["name"] == "NO_ERROR" for report in rejected)
    assert all(report["price"]["pricePerMessage"] == 0 for report in rejected)
    assert all("mccMnc" not in report for report in rejected)


def test_some_reports_are_late_and_some_are_dated_before_the_send(reports: list[Report]) -> None:
    delays = [
        (moment(report["doneAt"]) - moment(report["sentAt"])).total_seconds() / 86_400
        for report in reports
        if "doneAt" in report
    ]
    assert sum(delay > 4 for delay in delays) > 10
    assert sum(delay < 0 for delay in delays) > 3
    assert sum(1 < delay <= 4 for delay in delays) > 20


def test_parts_currencies_networks_and_mms_occur(reports: list[Report]) -> None:
    assert {report["messageCount"] for report in reports} == {1, 2, 3, 4}
    assert {report["price"]["currency"] for report in reports if "price" in report} == {
        "EUR",
        "USD",
    }
    assert any("mccMnc" not in report for report in reports)
    mms = [report for report in reports if report.get("channel") == "MMS"]
    assert set(countries_of([recipient_of(report) for report in mms]).values()) == {"US", "CA"}


# What is odd in the events


def test_events_of_other_channels_stand_between_ours(events: list[Row]) -> None:
    statuses = {(event["action_type"], event["status"]) for event in events}
    assert {("email", "opened"), ("email", "hard_bounced"), ("webhook", "failed")} <= statuses
    assert {("sms", "clicked"), ("sms", "incoming_message"), ("split", "")} <= statuses
    assert {("mms", "enqueued"), ("mms", "delivered"), ("sms", "enqueue_failed")} <= statuses
    assert {event["country"] for event in events} == {"", "Austria"}


def test_events_stand_twice_and_out_of_order(events: list[Row]) -> None:
    assert len(events) - len({tuple(event.values()) for event in events}) > 50
    times = [float(event["timestamp"]) for event in events]
    assert sum(later < earlier for earlier, later in pairwise(times)) > 50


def test_recipients_are_spelled_in_every_way(events: list[Row]) -> None:
    written = [event["recipient"] for event in sms(events) if event["status"] == "delivered"]
    assert sum(text.startswith("00") for text in written) > 100
    assert sum(text.startswith("+") and " " in text for text in written) > 100
    assert sum(text.startswith("+") and " " not in text for text in written) > 1000
    assert sum(text[0] in "123456789" for text in written) > 100


def test_each_way_to_tie_events_is_needed(events: list[Row]) -> None:
    sent = [event for event in sms(events) if event["status"] == "enqueued"]
    by_id = [event for event in sent if event["message_id"]]
    by_time = [event for event in sent if not event["message_id"] and event["sent_timestamp"]]
    by_nearness = [
        event for event in sent if not event["message_id"] and not event["sent_timestamp"]
    ]
    assert min(map(len, (by_id, by_time, by_nearness))) > 500
    assert any(not event["registered"] for event in by_nearness)
    assert any(event["registered"] for event in by_nearness)


def test_sends_that_could_be_mistaken_for_each_other_carry_their_time() -> None:
    same = ["action", "recipient"]
    earlier, later = pl.col("sent").diff().over(same), pl.col("sent").diff(-1).over(same).abs()
    gaps = make_world(50_000, 3).histories.with_columns(gap=pl.min_horizontal(earlier, later))
    without_time = ~pl.col("timed") | pl.col("enqueue_failed")
    waiting = plan.milliseconds(plan.WAITING)
    assert gaps.filter(without_time, pl.col("gap") <= waiting).is_empty()
    assert gaps.filter(without_time, pl.col("gap") > waiting).height > 100
    assert gaps.filter(~without_time, pl.col("gap") <= waiting).height > 100


def test_orphans_are_the_late_end_of_what_was_sent_before(truth: list[Row]) -> None:
    orphans = [row for row in truth if row["orphan"] == "true"]
    assert len(orphans) >= 5
    assert all(row["sent_at"] < "2026-03-01" <= row["done_at"] for row in orphans)
    assert {row["outcome"] for row in orphans} <= {"delivered", "failed", "rejected"}
    assert {row["status_id"] for row in orphans} == {""}


def test_an_unidentified_subscriber_may_have_the_status_code_400(events: list[Row]) -> None:
    codes = {e["status_code"] for e in events if e["error"] == "EC_UNIDENTIFIED_SUBSCRIBER"}
    assert codes == {"5", "400"}


def test_names_are_strangers_text(events: list[Row]) -> None:
    names = {event["campaign_name"] for event in events}
    for hostile in ("<", "&", '"', ",", "ů"):
        assert any(hostile in name for name in names), hostile
    assert any(name.startswith("-") for name in names), "a spreadsheet would take it for a formula"


# The command


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new" / "sample"
    assert main(["sample", "--messages", "12", "--seed", "3", "--output", str(folder)]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    for name in FILES.values():
        assert f"wrote {folder / name}: " in said.out
    assert f"{folder / 'truth.csv'}: 12 rows" in said.out
    assert "invented" in said.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--messages", "0"], "a world of 0 messages has nothing to tell: ask for 1 or more"),
        (["--seed", "-1"], "the seed is -1: it is a whole number from 0 on"),
    ],
)
def test_the_command_answers_a_bad_argument_with_a_sentence(
    arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sample", *arguments, "--output", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"infobip-analytics: {sentence}\n"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    assert main(["sample", "--messages", "1", "--output", str(tmp_path / "taken")]) != 0
    assert "taken is a file: name the folder" in capsys.readouterr().err
    assert (tmp_path / "taken").read_text("utf-8") == "mine"
