"""`infobip-analytics hygiene`: numbers are asked for before they are shown, and lists import."""

import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest
from conftest import Run
from worlds_of_numbers import DAY, T

from infobip_analytics.archive.pseudonyms import pseudonyms
from infobip_analytics.frames import DELIVERY_REPORTS
from infobip_analytics.retiring.rules import ASSUMES

DEAD, OFF, LIVING, ODD = "447700900123", "447700900124", "447700900125", "=cmd()"
UNKNOWN = {"status_group": "UNDELIVERABLE", "status_id": 9, "error_name": "EC_UNKNOWN_SUBSCRIBER"}
ABSENT = UNKNOWN | {"error_name": "EC_ABSENT_SUBSCRIBER"}
DELIVERED = {"status_group": "DELIVERED", "status_id": 5}


def file_of(folder: Path, *numbers: str) -> str:
    """Write reports of one dead number, one phone that is off, one that lives, and *numbers*."""
    told = {DEAD: UNKNOWN, OFF: ABSENT, LIVING: DELIVERED} | dict.fromkeys(numbers, UNKNOWN)
    rows = [
        {"message_id": f"m{place}", "recipient": number, "sent_at": T, "done_at": T + DAY / 24}
        | {"record": "log", "parts": 2, "price": 0.25, "currency": "EUR"}
        | said
        for place, (number, said) in enumerate(told.items())
    ]
    late = {"message_id": "late", "recipient": LIVING, "sent_at": T + 9 * DAY, "record": "log"}
    path = folder / "reports.parquet"
    pl.DataFrame(
        [*rows, late | {"received_at": T + 9 * DAY}], schema=DELIVERY_REPORTS
    ).write_parquet(path)
    return str(path)


@pytest.fixture
def source(tmp_path: Path) -> str:
    return file_of(tmp_path, ODD)


def test_numbers_are_masked_unless_they_are_asked_for(run: Run, source: str) -> None:
    status, out, err = run("hygiene", source)
    assert status == 0
    assert out.startswith("4 numbers: 2 to suppress, 1 to watch, 1 to keep")
    assert "4477•••23" in out
    assert "1.00\xa0EUR for 2 messages" in out
    assert DEAD not in out + err
    _, out, _ = run("hygiene", source, "--show-numbers")
    assert DEAD in out


def test_a_list_to_import_has_the_numbers_in_digits_and_nothing_else(
    run: Run, source: str, tmp_path: Path
) -> None:
    status, out, err = run("hygiene", source, "--format", "csv", "--show-numbers")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert status == 0
    assert [row["recipient"] for row in rows] == [DEAD]
    assert rows[0]["reason"] == "The number is not in use: one report is enough"
    assert "note: 1 recipient left out of the list" in err
    target = tmp_path / "suppress.csv"
    run("hygiene", source, "--show-numbers", "--output", str(target))
    assert target.read_text("utf-8") == out


def test_without_being_asked_a_list_is_masked_and_says_so(run: Run, source: str) -> None:
    status, out, err = run("hygiene", source, "--format", "csv")
    assert status == 0
    assert DEAD not in out + err
    assert "note: numbers are masked, and a masked list can be imported nowhere" in err
    assert len(list(csv.DictReader(io.StringIO(out)))) == 2


def test_what_a_spreadsheet_would_run_is_harmless(run: Run, source: str) -> None:
    asked = ["--format", "csv", "--show-numbers", "--verdict", "all"]
    _, out, _ = run("hygiene", source, *asked)
    found = [row["recipient"] for row in csv.DictReader(io.StringIO(out))]
    assert sorted(found) == sorted([DEAD, OFF, LIVING, f"'{ODD}"])


def test_pseudonyms_make_no_list_and_it_says_what_can_be_done(run: Run, tmp_path: Path) -> None:
    [invented] = pseudonyms(pl.Series(["447700900199"]), b"sixteen or more ones")
    source = file_of(tmp_path, invented)
    _, out, err = run("hygiene", source, "--format", "csv", "--show-numbers")
    assert [row["recipient"] for row in csv.DictReader(io.StringIO(out))] == [DEAD]
    assert "1 pseudonym here" in err
    assert "docs/privacy.md" in err
    assert "1 pseudonym here" in run("hygiene", source)[1].replace("\n  ", " ")


def test_other_verdicts_and_the_rates_are_asked_for(run: Run, source: str) -> None:
    _, out, _ = run("hygiene", source, "--verdict", "watch", "--format", "json", "--show-numbers")
    assert [row["recipient"] for row in json.loads(out)["rows"]] == [OFF]
    _, out, _ = run("hygiene", source, "--verdict", "watch", "--format", "json")
    told = json.loads(out)
    assert [row["recipient"] for row in told["rows"]] == ["4477•••24"]
    assert OFF not in out
    assert (told["assumes"], told["rows"][0]["last_failure"]) == (ASSUMES, T.isoformat())
    status, out, err = run("hygiene", source, "--rates", "--by", "country", "--format", "json")
    assert status == 0
    told = json.loads(out)
    counts = [(row["country"], row["recipients"], row["reached"]) for row in told["rows"]]
    assert counts == [("GB", 3, 1), ("ZZ", 1, 0)]
    assert told["assumes"].startswith("unique recipient rate = ")
    assert told["headline"].startswith("25.0\xa0% of recipients reached")
    assert "masked" not in err


def test_no_report_countries_are_an_argument(run: Run, source: str) -> None:
    _, out, _ = run("hygiene", source, "--no-report-countries", "GB")
    assert out.startswith("4 numbers: 1 to suppress, 0 to watch, 3 to keep")


def test_without_a_source_the_sample_is_used(run: Run) -> None:
    status, out, err = run("hygiene")
    assert (status, "all invented" in err) == (0, True)
    assert " to suppress, " in out
