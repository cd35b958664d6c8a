"""The command line: clean streams, exit codes, sentences instead of tracebacks."""

import csv
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from conftest import Run

from infobip_analytics.cli import loading, main

REPORT = {
    "messageId": "m-1",
    "to": "447700900101",
    "sentAt": "2026-03-02T09:00:00.000+0000",
    "doneAt": "2026-03-02T09:00:03.000+0000",
    "status": {"groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET"},
}


@pytest.fixture
def source(tmp_path: Path) -> str:
    """A file with one report."""
    path = tmp_path / "reports.json"
    path.write_text(json.dumps({"results": [REPORT]}))
    return str(path)


def test_without_a_command_there_is_help_and_a_usage_error(run: Run) -> None:
    status, out, _ = run()
    assert status == 2
    assert "rates" in out
    assert "explain" in out


@pytest.mark.parametrize("command", ["rates", "coverage", "report"])
def test_without_a_source_the_sample_is_read_and_said_to_be_one(
    run: Run, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, _, err = run(command)
    assert status == 0
    assert "bundled sample data, all invented" in err


def test_the_rates_table_is_followed_by_what_it_leaves_out(run: Run) -> None:
    _, out, _ = run("rates")
    assert out.index("GB United Kingdom") < out.index("left out:")


def test_csv_on_standard_output_is_nothing_but_csv(run: Run) -> None:
    status, out, err = run("rates", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert status == 0
    assert {row["country"] for row in rows} > {"GB", "US"}
    assert "DE" not in {row["country"] for row in rows}
    assert "left out:" in err


def test_json_has_null_where_there_is_no_rate(run: Run, source: str) -> None:
    _, out, err = run("rates", source, "--format", "json")
    [row] = json.loads(out)
    assert row["delivery_rate"] is None
    assert row["messages"] == row["waiting"] == 1
    assert "say so: as_of='2026-03-06T09:00Z' or 'now'" in err


def test_as_of_settles_what_the_last_time_in_the_data_leaves_open(run: Run, source: str) -> None:
    _, out, _ = run("rates", source, "--format", "json", "--as-of", "2026-03-06")
    assert json.loads(out)[0]["delivery_rate"] == 1.0


def test_a_shorter_waiting_period_settles_sooner(run: Run, source: str) -> None:
    options = ("--format", "json", "--as-of", "2026-03-02T10:00Z")
    assert json.loads(run("rates", source, *options)[1])[0]["settled"] == 0
    early = run("rates", source, *options, "--waiting-period", "30m")
    assert json.loads(early[1])[0]["settled"] == 1


@pytest.mark.parametrize(
    ("option", "when", "words"),
    [("--since", "2026-03-20", "sent before since"), ("--until", "2026-04-10", "after until")],
)
def test_what_since_and_until_leave_out_is_counted(
    run: Run, option: str, when: str, words: str
) -> None:
    everything = json.loads(run("rates", "--format", "json", "--by", "none")[1])[0]
    _, out, err = run("rates", "--format", "json", option, when, "--by", "none")
    assert 0 < json.loads(out)[0]["messages"] < everything["messages"]
    assert words in err


@pytest.mark.parametrize("window", [("--since", "2026-03-03"), ("--until", "2026-03-01")])
def test_where_nothing_is_left_that_is_said(run: Run, source: str, window: tuple[str, str]) -> None:
    _, out, err = run("rates", source, "--format", "json", "--by", "none", *window)
    assert json.loads(out)[0]["messages"] == 0
    assert "nothing is left: 1 message sent before since= or after until=" in err


def test_another_list_of_silent_countries_is_another_population(run: Run, source: str) -> None:
    options = ("--format", "json", "--as-of", "2026-03-06")
    assert json.loads(run("rates", source, *options, "--no-report-countries", "GB")[1]) == []
    named = run("rates", source, *options, "--no-report-countries", "united kingdom")
    assert json.loads(named[1]) == []
    everyone = run("rates", "--format", "csv", "--no-report-countries", "none")[1]
    assert "Germany" in everyone


def test_parquet_goes_to_a_file(run: Run, tmp_path: Path) -> None:
    assert run("rates", "--format", "parquet")[0] == 2
    target = tmp_path / "rates.parquet"
    assert run("rates", "--output", str(target))[0] == 0
    assert pl.read_parquet(target)["country"].to_list()[0] == "AD"


def test_the_ending_of_the_output_says_the_format(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "coverage.csv"
    status, out, _ = run("coverage", "--output", str(target))
    assert (status, out) == (0, "")
    assert target.read_text().startswith("country,country_name,n,")


def test_a_formula_in_a_name_is_no_formula_in_a_spreadsheet(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(json.dumps([{**REPORT, "campaignReferenceId": "=HYPERLINK(1)"}]))
    assert "'=HYPERLINK(1)" in run("rates", str(path), "--by", "campaign", "--format", "csv")[1]


def test_a_name_cannot_steer_the_terminal(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(json.dumps([{**REPORT, "campaignReferenceId": "\x1b[2Jgone\u202e"}]))
    out = run("rates", str(path), "--by", "campaign")[1]
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "[2Jgone" in out


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["rates", "nowhere.json"], 1, "there is no file or folder 'nowhere.json'"),
        (["rates", "--as-of", "yesterday"], 2, "'yesterday'"),
        (["rates", "--by", "planet"], 2, "short names campaign"),
        (["rates", "--waiting-period", "soon"], 2, "'soon'"),
        (["rates", "--timezone", "Mars/Base"], 2, "Mars/Base"),
        (["rates", "--no-report-countries", "Atlantis"], 2, "Atlantis"),
        (["rates", "--format", "xml"], 2, "invalid choice"),
        (["rates", "--as-of", "0001-01-01"], 2, "before any SMS was sent"),
        (["rates", "--waiting-period", "3000000d"], 2, "between nothing and 366 days"),
        (["rates", "--since", "2026-04-02", "--until", "2026-04-01"], 2, "exchange them"),
        (["report", "--output", "no/such/folder/r.html"], 1, "no/such/folder"),
        (["rates", "--output", "no/such/folder/r.csv"], 1, "no/such/folder"),
    ],
)
def test_what_is_wrong_is_a_sentence(
    run: Run, arguments: list[str], status: int, words: str
) -> None:
    got, _, err = run(*arguments)
    assert got == status
    assert words in err
    assert "Traceback" not in err


def test_rows_set_aside_are_a_note_not_a_warning(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "r.ndjson"
    path.write_text(json.dumps(REPORT) + '\n{"broken\n')
    status, out, err = run("rates", str(path))
    assert status == 0
    assert "note: " in err
    assert "SetAsideWarning" not in err
    assert "1 (50.0\xa0%) rows set aside" in out


def test_a_reader_that_leaves_early_gets_no_complaint() -> None:
    command = f"{sys.executable} -m infobip_analytics rates --format json | head -1"
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, check=False, env={**os.environ}
    )
    assert done.stdout == "[\n"
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_explain_needs_none_of_the_heavy_packages() -> None:
    script = (
        "import sys; from infobip_analytics.cli import main; main(['explain', '5']);"
        "heavy = {'pandas', 'polars', 'narwhals', 'plotly', 'numpy'}; print(heavy & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.rstrip().endswith("set()")


def test_what_takes_long_says_so_on_standard_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "PATIENCE", 0.01)
    with loading.progress("reading exports"):
        time.sleep(0.1)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("reading exports …\n… took ")


def test_what_is_quick_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with loading.progress("reading exports"):
        pass
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("output", ["rates.xlsx", "rates"])
def test_an_ending_that_is_no_format_is_refused(run: Run, tmp_path: Path, output: str) -> None:
    status, _, err = run("rates", "--output", str(tmp_path / output))
    assert status == 2
    assert "say it with --format" in err
    assert list(tmp_path.iterdir()) == []


def test_a_dash_is_the_screen(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "GB United Kingdom" in run("rates", "--output", "-")[1]
    assert list(tmp_path.iterdir()) == []


def test_an_empty_source_is_not_this_folder(run: Run) -> None:
    status, _, err = run("rates", "")
    assert status == 1
    assert "the name of the source is empty" in err


def test_headings_of_a_person_can_be_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = tmp_path / "export.csv"
    export.write_text("Ref=,Number,Status group,Sent at\nm-1,447700900101,DELIVERED,2026-03-02\n")
    asked = ["--column", "Ref==message_id", "--column", "Number=recipient", "--as-of", "2026-03-09"]
    assert main(["rates", str(export), *asked, "--format", "csv"]) == 0
    assert "GB,United Kingdom,1,0,1,1,0,0,0" in capsys.readouterr().out
    assert main(["rates", str(export), "--column", "Number"]) == 2
    assert "write the heading, =, and our name" in capsys.readouterr().err


def test_what_cannot_be_read_can_be_had(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = {"messageId": "m-1", "to": "447700900101", "sentAt": "2026-03-02T09:00:00Z"}
    lines = [json.dumps(each) for each in (report, {"to": "447700900102"})]
    (tmp_path / "reports.ndjson").write_text("\n".join(lines))
    aside = tmp_path / "aside.ndjson"
    asked = ["--set-aside", str(aside), "--as-of", "2026-03-09"]
    assert main(["rates", str(tmp_path / "reports.ndjson"), *asked]) == 0
    assert f"They are in {aside}" in capsys.readouterr().err
    assert json.loads(aside.read_text())["line"] == 2


def test_customers_tell_where_a_local_number_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "events.csv").write_text(
        "customer_id,timestamp,action_type,status,recipient,integration_name\n"
        "c-1,1772442000,sms,enqueued,07700900101,Ours\nc-2,1772442000,sms,enqueued,1,Theirs\n"
    )
    (tmp_path / "customers.csv").write_text("registered,country\nc-1,United Kingdom\n")
    asked = ["--customers", str(tmp_path / "customers.csv"), "--integration", "Ours"]
    export = str(tmp_path / "events.csv")
    assert main(["rates", export, *asked, "--as-of", "2026-03-09", "--format", "csv"]) == 0
    rows = capsys.readouterr().out.splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == ["GB"]


def test_a_report_between_bounds_is_compared_with_the_time_before(run: Run, tmp_path: Path) -> None:
    bounds = ["--since", "2026-03-20", "--until", "2026-03-26"]
    status, out, _ = run("report", *bounds, "--format", "json")
    found = json.loads(out)
    assert (status, found["chosen"], found["since"][:10], found["end"][:10]) == (
        0, True, "2026-03-20", "2026-03-26",
    )  # fmt: skip
    assert found["before"]["since"].startswith("2026-03-13")
    assert found["before"]["settled"] > 0
    status, out, _ = run("report", *bounds, "--output", str(tmp_path / "values.json"))
    assert json.loads((tmp_path / "values.json").read_text()) == found
    assert run("report", "--days", "0")[0] == 2
