"""How the exports are read: options of the readers, and files that are no exports."""

import gzip
import json
import os
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import infobip_analytics as ia
from infobip_analytics.cli import main
from infobip_analytics.errors import (
    ArgumentError,
    AssumptionWarning,
    InfobipAnalyticsWarning,
    SourceError,
)
from infobip_analytics.recomputing import recompute

Write = Callable[[str, str], Path]

HEADINGS = "timestamp,customer,action_type,status,recipient,integration_name,action_id\n"
#: Local numbers, one that is none for its plus, two integrations, and clicks, which only tell when
NIGHTS = [
    HEADINGS
    + "2026-03-02T09:00:00Z,c1,sms,enqueued,07700900101,infobip,1\n"
    + "2026-03-02T09:01:00Z,c1,sms,delivered,07700900101,infobip,1\n"
    + "2026-03-02T09:00:00Z,c2,sms,enqueued,,infobip,2\n"
    + "2026-03-02T09:00:00Z,c2,sms,enqueued,+2025550101,infobip,7\n"
    + "2026-03-02T09:00:00Z,c3,sms,enqueued,0209100001,other,3\n"
    + "2026-03-09T09:00:00Z,c3,sms,clicked,0209100001,other,3\n",
    HEADINGS
    + "2026-03-02T09:02:00Z,c2,sms,failed,,infobip,2\n"
    + "2026-03-03T09:00:00Z,c3,mms,enqueued,0209100001,infobip,4\n"
    + "2026-03-04T09:00:00Z,c9,email,sent,a@example.com,mailer,5\n"
    + "2026-03-04T09:00:00Z,c3,sms,enqueued,0209100001,,6\n",
]
CUSTOMERS = "customer,phone,country\nc1,,GB\nc2,+12025550101,US\nc3,,IE\n"
REPORTS = (
    "Ref,Number,When,State,Done\n"
    "a,447700900101,2026-03-02T09:00:00Z,DELIVERED,2026-03-02T09:01:00Z\n"
    "b,447700900101,2026-03-02T09:00:00Z,UNDELIVERABLE,2026-03-02T09:01:00Z\n"
)
COLUMNS = {
    "Ref": "message_id",
    "Done": "done_at",
    "Number": "recipient",
    "When": "sent_at",
    "State": "status_group",
}
REPORT = (
    '{"messageId": "a", "to": "447700900101", "sentAt": "2026-03-02T09:00:00Z", '
    '"doneAt": "2026-03-02T09:00:00Z"}\n'
)


@pytest.fixture
def exports(tmp_path: Path) -> Write:
    """Write an export; its time of change lies a while back, so that it can be trusted."""
    clock = iter(range(1_700_000_000_000_000_007, 1_700_001_000_000_000_007, 1_000_000_000))

    def write(name: str, text: str) -> Path:
        path = tmp_path / "exports" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        raw = text.encode()
        path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
        changed = next(clock)
        os.utime(path, ns=(changed, changed))
        return tmp_path / "exports"

    return write


@pytest.fixture
def stats(tmp_path: Path) -> Path:
    return tmp_path / "stats.parquet"


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    path = tmp_path / "customers.csv"
    path.write_text(CUSTOMERS)
    return path


def assert_full(folder: Path, stats: Path, **options: Any) -> pl.DataFrame:
    """Hold the stats against what a full reading gives, and hand them back."""
    full = ia.delivery_rates(ia.messages(ia.read(folder, **options)), by=["day", "country"])
    found = pl.read_parquet(stats)
    assert_frame_equal(found.drop("as_of"), full.drop("as_of"), check_exact=True)
    assert recompute(folder, stats, check=True, **options).as_of == full["as_of"].max()
    return found


# --- options of the readers


def test_headings_of_ones_own_give_what_a_full_reading_gives(exports: Write, stats: Path) -> None:
    folder = exports("1.csv", REPORTS)
    recompute(folder, stats, columns=COLUMNS)
    exports("2.csv", REPORTS.replace("a,", "c,").replace("b,", "d,"))
    assert recompute(folder, stats, columns=COLUMNS).rows.read == 1
    assert assert_full(folder, stats, columns=COLUMNS)["messages"].to_list() == [4]


@pytest.mark.parametrize(
    ("integration", "with_customers"), [(None, True), ("infobip", True), ("other", False)]
)
def test_customers_and_an_integration_give_what_a_full_reading_gives(
    exports: Write, stats: Path, customers: Path, integration: str | None, with_customers: bool
) -> None:
    options: Any = {"integration": integration, "customers": customers if with_customers else None}
    with pytest.warns(AssumptionWarning, match="no integration") if integration else nullcontext():
        folder = exports("1.csv", NIGHTS[0])
        recompute(folder, stats, **options)
        exports("2.csv", NIGHTS[1])
        assert recompute(folder, stats, **options).rows.read == 1
        found = assert_full(folder, stats, **options)
    if with_customers:
        assert "ZZ" not in found["country"].to_list()


def test_a_frame_of_customers_does_too(exports: Write, stats: Path, customers: Path) -> None:
    folder = exports("1.csv", NIGHTS[0])
    for frame in (pl.read_csv(customers), pl.read_csv(customers).to_pandas()):
        recompute(folder, stats, customers=frame)
        country = assert_full(folder, stats, customers=frame)["country"]
        assert country.to_list() == ["EG", "GB", "IE", "US"]


def test_what_is_asked_otherwise_is_read_again_and_said(
    exports: Write, stats: Path, customers: Path
) -> None:
    folder = exports("1.csv", NIGHTS[0])
    recompute(folder, stats)
    asked: list[Any] = [
        {"customers": customers},
        {"customers": pl.DataFrame({"customer": ["c1"], "country": ["GB"]})},
        {"integration": "infobip"},
        {"columns": {"status": "status"}},
        {},
    ]
    for options in asked:
        with pytest.warns(InfobipAnalyticsWarning, match="--column, --customers or --integration"):
            assert recompute(folder, stats, **options).rows.read == 1
        assert recompute(folder, stats, **options).rows.read == 0


def test_customers_that_changed_are_read_again_and_said(
    exports: Write, stats: Path, customers: Path
) -> None:
    folder = exports("1.csv", NIGHTS[0])
    recompute(folder, stats, customers=customers)
    customers.write_text(CUSTOMERS.replace("c1,,GB", "c1,,FR"))
    with pytest.warns(InfobipAnalyticsWarning, match="discarded"):
        recompute(folder, stats, customers=customers)
    assert "FR" in assert_full(folder, stats, customers=customers)["country"].to_list()


def test_what_is_for_events_is_refused_of_reports(
    exports: Write, stats: Path, customers: Path
) -> None:
    folder = exports("1.ndjson", REPORT)
    with pytest.raises(ArgumentError, match="customers= and integration= is for campaign events"):
        recompute(folder, stats, customers=customers, integration="infobip")
    assert not stats.exists()


def test_an_integration_that_is_not_there_is_refused(exports: Write, stats: Path) -> None:
    folder = exports("1.csv", NIGHTS[0])
    with pytest.raises(ArgumentError, match=r"'none of these' is not in the data; there are 'inf"):
        recompute(folder, stats, integration="none of these")
    assert not stats.exists()


def test_a_heading_that_no_file_has_is_refused(exports: Write, stats: Path) -> None:
    folder = exports("1.csv", REPORTS)
    with pytest.raises(ArgumentError, match="'Reff', which no document has"):
        recompute(folder, stats, columns={**COLUMNS, "Reff": "sender"})
    assert not stats.exists()


def test_a_heading_of_files_that_were_read_before_is_no_error(exports: Write, stats: Path) -> None:
    recompute(exports("1.csv", REPORTS), stats, columns=COLUMNS)
    folder = exports("2.ndjson", REPORT)
    recompute(folder, stats, columns=COLUMNS)
    assert_full(folder, stats, columns=COLUMNS)


def test_rows_set_aside_go_to_a_file_that_is_no_source(exports: Write, stats: Path) -> None:
    folder = exports("1.ndjson", REPORT + REPORT.replace('"a"', "null"))
    aside = folder / "aside.ndjson"
    recompute(folder, stats, on_bad=str(aside))
    assert json.loads(aside.read_text())["line"] == 2
    assert recompute(folder, stats, on_bad=str(aside)).rows.files == 1
    assert aside.read_text() == ""  # nothing was read in this run
    with pytest.raises(SourceError, match="line 2: no message id"):
        recompute(folder, stats.with_name("other.csv"), on_bad="raise")
    assert not stats.with_name("other.csv").exists()


def test_the_command_has_these_options(
    exports: Write, stats: Path, customers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = NIGHTS[0].replace("recipient", "Number", 1)
    folder, aside = (
        exports("1.csv", text + "soon,c1,sms,sent,1,infobip,1\n"),
        stats.with_name("bad"),
    )
    options = ["--column", "Number=recipient", "--integration", "infobip"]
    files = ["--customers", customers, "--set-aside", aside, "--output", stats]
    assert main(["recompute", *map(str, [folder, *options, *files])]) == 0
    assert "timestamp cannot be read as a time" in aside.read_text()
    assert pl.read_parquet(stats)["country"].to_list() == ["EG", "GB", "US"]
    assert capsys.readouterr().err == ""


# --- files that are no exports


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_stats_among_the_exports_are_skipped_and_counted(
    exports: Write, stats: Path, ending: str
) -> None:
    folder = exports("1.ndjson", REPORT)
    recompute(folder, folder / f"of another name.{ending}", by=["sender", "month"])
    # the state beside it is none either
    for said in ("read 1 of 3 files, 2 skipped", "read 0 of 3 files, 2 skipped"):
        for path in folder.iterdir():
            os.utime(path, ns=(10**18 + 7, 10**18 + 7))
        done = recompute(folder, stats)
        assert f"{said} (made by recompute itself)" in str(done).replace("\N{NO-BREAK SPACE}", " ")
        assert done.rows.set_aside == 0


def test_nothing_but_stats_is_a_sentence(exports: Write, stats: Path) -> None:
    folder = exports("1.ndjson", REPORT)
    recompute(folder, folder / "old.csv")
    (folder / "1.ndjson").unlink()
    with pytest.raises(SourceError, match="nothing but what recompute itself made"):
        recompute(folder, stats)


@pytest.mark.parametrize(("name", "text"), [("2", ""), ("2.gz", ""), ("2", " \n\n")])
def test_an_empty_file_is_read_without_rows(
    exports: Write, stats: Path, name: str, text: str
) -> None:
    exports("1.ndjson", REPORT)
    folder = exports(name, text)
    done = recompute(folder, stats)
    assert (done.rows.read, done.rows.files, done.rows.set_aside) == (2, 2, 0)
    assert recompute(folder, stats).rows.read == 0


@pytest.mark.parametrize(
    "junk",
    ['{"status": "x", "type": "y"}', '{"message": "x", "customer": "y"}', "not,json\n1,2\n", "{"],
)
def test_junk_beside_both_kinds_is_not_named_as_either(
    exports: Write, stats: Path, junk: str
) -> None:
    exports("1.ndjson", REPORT)
    folder = exports("junk.json", junk)
    assert recompute(folder, stats).rows.kind == "delivery_reports"
    exports("2.csv", NIGHTS[0])
    with pytest.raises(SourceError, match=r"events in \S+2\.csv and delivery reports in \S+1\.nd"):
        recompute(folder, stats)
