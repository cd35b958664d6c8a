"""`infobip-analytics errors`: what it prints, what it writes, and that pipes stay clean."""

import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest
from conftest import Run
from oracle_worlds import DAY, HOUR, T, reports

from infobip_analytics.undelivered.breakdown import SCHEMA as BREAKDOWN
from infobip_analytics.undelivered.fixing import SCHEMA as FIXES

STATUS = {"status_id": 9, "status_name": "UNDELIVERABLE_NOT_DELIVERED"}
FAILED = STATUS | {"status_group": "UNDELIVERABLE", "record": "log"}
ABSENT = FAILED | {"error_id": 27, "error_name": "EC_ABSENT_SUBSCRIBER"}
DELIVERED = {"status_id": 5, "status_group": "DELIVERED", "record": "log"}


@pytest.fixture
def source(tmp_path: Path) -> str:
    """A file of three delivered messages, one to an absent phone, one to a number of nobody."""
    odd = FAILED | {"error_name": "=cmd()"}
    rows = [DELIVERED, DELIVERED, DELIVERED, ABSENT, odd]
    numbered = [
        row | {"message_id": f"m{place}", "recipient": "447700900123", "done_at": T + HOUR}
        for place, row in enumerate(rows)
    ]
    path = tmp_path / "reports.parquet"
    late = {"message_id": "late", "recipient": "447700900123", "sent_at": T + 9 * DAY}
    reports(*numbered, DELIVERED | late | {"done_at": T + 9 * DAY}).write_parquet(path)
    return str(path)


def test_errors_and_what_to_fix_first_are_printed(run: Run, source: str) -> None:
    status, out, err = run("errors", source)
    assert status == 0
    assert "400.0 of 1,000 messages not delivered" in out
    assert "27 EC_ABSENT_SUBSCRIBER" in out
    assert "What to fix first: " in out
    assert "saves is an upper bound" in out
    assert err == ""


def test_without_a_source_the_sample_is_used_and_said(run: Run) -> None:
    status, out, err = run("errors")
    assert status == 0
    assert "1 EC_UNKNOWN_SUBSCRIBER" in out
    assert "all invented" in err


def test_csv_is_clean_and_safe_and_notes_go_to_stderr(run: Run, source: str) -> None:
    status, out, err = run("errors", source, "--by", "country", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert status == 0
    assert list(rows[0]) == ["country", "country_name", *BREAKDOWN]
    assert {(row["country"], row["error_name"], row["messages"]) for row in rows} == {
        ("GB", "EC_ABSENT_SUBSCRIBER", "1"), ("GB", "'=cmd()", "1"),
    }  # fmt: skip
    assert "note: per 1,000 = " in err
    assert "left out: 1 " in err


def test_fix_first_gives_the_causes_alone(run: Run, source: str) -> None:
    status, out, err = run("errors", source, "--fix-first", "--format", "json")
    rows = json.loads(out)
    assert status == 0
    assert [list(row) for row in rows] == [list(FIXES)] * 2
    # a message without an error that tables have goes by its status: the operator could not
    assert {row["cause"]: row["saves"] for row in rows} == {"handset_absent": 0, "undelivered": 0}
    assert "saves is an upper bound" in err
    _, text, _ = run("errors", source, "--fix-first")
    assert "What to fix first: " in text
    assert "of 1,000 messages not delivered" not in text


def test_it_writes_parquet(run: Run, source: str, tmp_path: Path) -> None:
    target = tmp_path / "errors.parquet"
    assert run("errors", source, "--output", str(target))[0] == 0
    assert pl.read_parquet(target).schema == BREAKDOWN


def test_reading_options_are_heard(run: Run, source: str) -> None:
    _, out, _ = run("errors", source, "--no-report-countries", "GB", "--format", "json")
    assert json.loads(out) == []
    status, _, err = run("errors", source, "--by", "kountry")
    assert status == 2
    assert "no such column" in err
