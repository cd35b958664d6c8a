"""The stats file: its lines, when they settle, what is compared, and what is said about it."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from infobip_analytics.cli import main
from infobip_analytics.errors import ArgumentError, SourceError
from infobip_analytics.recomputing import Recomputed, recompute
from infobip_analytics.recomputing.reading import parts_of
from infobip_analytics.samples import sample_path

Row = dict[str, Any]
Write = Callable[..., Path]
DELIVERED = {"groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET"}
FAILED = {"groupName": "UNDELIVERABLE", "id": 9, "name": "UNDELIVERABLE_NOT_DELIVERED"}


def report(name: str, sent: str, **fields: Any) -> Row:
    """Make a report of a message to GB that reached the handset a minute after it was sent."""
    done = datetime.fromisoformat(sent) + timedelta(minutes=1)
    usual = {"to": "447700900101", "doneAt": done.isoformat(), "status": DELIVERED}
    return {"messageId": name, "sentAt": sent, **usual, **fields}


@pytest.fixture
def exports(tmp_path: Path) -> Write:
    """Write rows as an export; its time of change lies a while back, so that it can be trusted."""
    clock = iter(range(1_700_000_000_000_000_007, 1_700_001_000_000_000_007, 1_000_000_000))

    def write(name: str, *rows: Row) -> Path:
        path = tmp_path / "exports" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        changed = next(clock)
        os.utime(path, ns=(changed, changed))
        return tmp_path / "exports"

    return write


@pytest.fixture
def stats(tmp_path: Path) -> Path:
    return tmp_path / "stats.csv"


def lines(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def told(done: Recomputed) -> list[str]:
    return str(done).replace("\N{NO-BREAK SPACE}", " ").splitlines()


# --- lines


def test_there_is_a_line_for_each_day_and_country(exports: Write, stats: Path) -> None:
    folder = exports(
        "1.ndjson",
        report("b", "2026-03-02T09:00:00+00:00"),
        report("a", "2026-03-02T09:00:00+00:00", to="12025550101"),
        report("c", "2026-03-09T09:00:00+00:00"),
    )
    recompute(folder, stats)
    assert [(row["day"], row["country"], row["country_name"]) for row in lines(stats)] == [
        ("2026-03-02", "GB", "United Kingdom"),
        ("2026-03-02", "US", "United States"),
        ("2026-03-09", "GB", "United Kingdom"),
    ]


def test_rates_read_back_as_they_were_and_cost_has_no_noise(exports: Write, stats: Path) -> None:
    price = {"pricePerMessage": 0.1, "currency": "EUR"}
    day = [report(str(n), "2026-03-02T09:00:00+00:00", price=price) for n in range(3)]
    day[2]["status"] = FAILED
    recompute(exports("1.ndjson", *day), stats, as_of="2026-03-20")
    [line] = lines(stats)
    assert (line["delivery_rate"], line["cost"]) == ("0.6666666666666666", "0.3")
    assert (line["waiting_days"], line["settled"]) == ("4.0", "3")


def test_a_rate_that_is_unknown_is_empty(exports: Write, stats: Path) -> None:
    recompute(exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00")), stats)
    [line] = lines(stats)
    assert (line["waiting"], line["delivery_rate"]) == ("1", "")


def test_lines_do_not_depend_on_the_order_of_rows_and_files(exports: Write, stats: Path) -> None:
    price = {"currency": "EUR"}
    rows = [
        report(
            str(n),
            f"2026-03-{1 + n % 9:02}T09:00:00+00:00",
            price={**price, "pricePerMessage": 0.1 * n},
        )
        for n in range(60)
    ]
    recompute(exports("1.ndjson", *rows), stats)
    first = stats.read_bytes()
    exports("1.ndjson", *rows[::-2])
    folder = exports("0.ndjson", *rows[::3], *rows[::2], *rows[1::5])
    recompute(folder, stats)
    assert stats.read_bytes() == first


def test_parquet_and_csv_agree(exports: Write, stats: Path) -> None:
    price = {"pricePerMessage": 0.1, "currency": "EUR"}
    days = [f"2026-03-0{n % 7 + 1}T09:00:00+00:00" for n in range(40)]
    folder = exports("1", *(report(str(n), day, price=price) for n, day in enumerate(days)))
    recompute(folder, stats)
    recompute(folder, stats.with_suffix(".parquet"))
    parquet = pl.read_parquet(stats.with_suffix(".parquet"))
    times = pl.col("as_of").str.to_datetime("%Y-%m-%dT%H:%M:%S%.6f%:z", time_unit="us")
    same = pl.read_csv(stats, schema_overrides={**parquet.schema, "as_of": pl.String})
    assert_frame_equal(same.with_columns(times), parquet, check_exact=True)


@pytest.mark.parametrize(
    ("by", "first"),
    [
        (None, ["day", "messages"]),
        ("campaign", ["day", "campaign", "messages"]),
        (["country", "month"], ["country", "country_name", "month", "messages"]),
        (["hour"], ["hour", "messages"]),
    ],
)
def test_a_day_is_put_in_front_where_no_piece_of_time_is_asked_for(
    exports: Write, stats: Path, by: Any, first: list[str]
) -> None:
    recompute(exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00")), stats, by=by)
    assert stats.read_text().startswith(",".join(first) + ",")


def test_lines_are_in_order_of_time_wherever_it_stands(exports: Write, stats: Path) -> None:
    folder = exports(
        "1.ndjson",
        report("a", "2026-04-02T09:00:00+00:00", to="447700900101"),
        report("b", "2026-03-02T09:00:00+00:00", to="12025550101"),
    )
    recompute(folder, stats, by=["country", "month"])
    assert [row["month"] for row in lines(stats)] == ["2026-03-01", "2026-04-01"]


def test_the_same_report_in_two_exports_counts_once(exports: Write, stats: Path) -> None:
    exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00"))
    recompute(exports("2.ndjson", report("a", "2026-03-02T09:00:00+00:00")), stats)
    assert [row["messages"] for row in lines(stats)] == ["1"]


def test_a_formula_in_a_name_is_no_formula_in_a_spreadsheet(exports: Write, stats: Path) -> None:
    row = report("a", "2026-03-02T09:00:00+00:00", campaignReferenceId="=HYPERLINK(1)")
    folder = exports("1.ndjson", row)
    recompute(folder, stats, by="campaign")
    assert lines(stats)[0]["campaign"] == "'=HYPERLINK(1)"
    assert recompute(folder, stats, by="campaign").up_to_date


def test_repeats_are_told_apart_by_callback_data_that_is_not_kept(
    exports: Write, stats: Path
) -> None:
    when = "2026-03-02T09:00:00+00:00"
    rows = [report("a", when, callbackData=f"order of {name}") for name in ("Ann", "Bob", "Bob")]
    recompute(exports("1.ndjson", *rows), stats, by="n_reports")
    assert lines(stats)[0]["n_reports"] == "2"
    assert b"Bob" not in stats.with_name("stats.csv.state").read_bytes()


# --- when a line settles


def test_a_day_that_has_settled_keeps_the_moment_at_which_it_did(
    exports: Write, stats: Path
) -> None:
    folder = exports(
        "1.ndjson",
        report("a", "2026-03-02T09:00:00+00:00"),
        report("b", "2026-03-05T09:00:00+00:00"),
    )
    recompute(folder, stats, as_of="2026-03-08")
    assert [(row["as_of"], row["waiting"]) for row in lines(stats)] == [
        ("2026-03-06T23:59:59.999999+00:00", "0"),
        ("2026-03-08T23:59:59.999999+00:00", "1"),
    ]


def test_a_settled_line_is_true_as_of_its_own_moment(stats: Path) -> None:
    exports = sample_path("delivery_reports")
    recompute(exports, stats)
    of_day = [row for row in lines(stats) if row["day"] == "2026-03-20"]
    moments = {row["as_of"] for row in of_day}
    assert moments == {"2026-03-24T23:59:59.999999+00:00"}
    recompute(exports, stats, as_of=moments.pop())
    assert [row for row in lines(stats) if row["day"] == "2026-03-20"] == of_day


@pytest.mark.parametrize(
    ("as_of", "settled"),
    [("2026-03-06T23:59:59.999999Z", True), ("2026-03-06T23:59:59.999998Z", False)],
)
def test_a_day_settles_a_waiting_period_after_its_last_microsecond(
    exports: Write, stats: Path, as_of: str, settled: bool
) -> None:
    folder = exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00"))
    done = recompute(folder, stats, as_of=as_of)
    # the message is settled either way, but another of its day might not be
    assert lines(stats)[0]["settled"] == "1"
    assert f"{int(settled)} of 1 day settled" in str(done)


@pytest.mark.parametrize(
    ("by", "moment"),
    [
        ("hour", "2026-03-29T07:59:59.999999+00:00"),
        ("day", "2026-03-29T21:59:59.999999+00:00"),  # a day of 23 hours
        ("week", "2026-03-29T21:59:59.999999+00:00"),
        ("month", "2026-03-31T21:59:59.999999+00:00"),
        (["month", "day"], "2026-03-29T21:59:59.999999+00:00"),
    ],
)
def test_a_piece_of_time_ends_as_the_clocks_of_the_zone_say(
    exports: Write, stats: Path, by: Any, moment: str
) -> None:
    folder = exports("1.ndjson", report("a", "2026-03-29T09:30:00+02:00"))
    options: Any = {"by": by, "timezone": "Europe/Prague", "as_of": "2026-06-01"}
    recompute(folder, stats, **options)
    wait = timedelta(days=4)
    assert datetime.fromisoformat(lines(stats)[0]["as_of"]) - wait == datetime.fromisoformat(moment)


def test_a_day_with_an_hour_twice_has_all_of_it(exports: Write, stats: Path) -> None:
    folder = exports(
        "1.ndjson",
        report("a", "2026-10-25T02:30:00+02:00"),
        report("b", "2026-10-25T02:30:00+01:00"),
        report("c", "2026-10-25T23:30:00+01:00"),
    )
    recompute(folder, stats, timezone="Europe/Prague", as_of="2026-12-01")
    [line] = lines(stats)
    assert (line["day"], line["messages"]) == ("2026-10-25", "3")
    assert line["as_of"] == "2026-10-29T22:59:59.999999+00:00"
    recompute(folder, stats, by="hour", timezone="Europe/Prague", as_of="2026-12-01")
    assert [row["hour"] for row in lines(stats)] == [
        "2026-10-25T02:00:00.000000+02:00",
        "2026-10-25T02:00:00.000000+01:00",
        "2026-10-25T23:00:00.000000+01:00",
    ]


def test_an_hour_that_lasts_longer_settles_later(exports: Write, stats: Path) -> None:
    # on Lord Howe Island the clocks go back by half an hour, within the hour from one o'clock
    folder = exports("1.ndjson", report("a", "2026-04-05T01:45:00+10:30"))
    options: Any = {"by": "hour", "timezone": "Australia/Lord_Howe", "as_of": "2026-04-08T15:05Z"}
    recompute(folder, stats, **options)
    [line] = lines(stats)
    assert (line["hour"], line["waiting"]) == ("2026-04-05T01:00:00.000000+11:00", "1")
    assert line["as_of"] == "2026-04-08T15:05:00.000000+00:00"


def test_times_that_nobody_can_mean_do_no_harm(exports: Write, stats: Path) -> None:
    folder = exports(
        "1.ndjson",
        report("a", "2026-03-02T09:00:00+00:00", doneAt="9999-12-31T00:00:00+00:00"),
        report("b", "9999-12-31T00:00:00+00:00", doneAt="9999-12-31T00:00:00+00:00"),
        report("c", "0001-01-01T09:00:00+00:00"),
    )
    recompute(folder, stats)
    assert [row["day"] for row in lines(stats)] == ["0001-01-01", "2026-03-02", "9999-12-31"]


# --- what changed


def test_what_changed_is_told_line_by_line(exports: Write, stats: Path) -> None:
    options: Any = {"as_of": "2026-03-20"}
    late = {"doneAt": "2026-03-02T10:00:00+00:00"}
    exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00", status=FAILED))
    folder = exports("2.ndjson", report("b", "2026-03-03T09:00:00+00:00"))
    recompute(folder, stats, **options)
    exports(
        "3.ndjson",
        report("a", "2026-03-02T09:00:00+00:00", **late),
        report("c", "2026-03-02T09:00:00+00:00"),
        report("d", "2026-03-04T09:00:00+00:00"),
    )
    (folder / "2.ndjson").unlink()
    assert told(recompute(folder, stats, **options)) == [
        f"wrote {stats}, 2 lines: 1 added, 1 changed, 1 removed",
        "  2026-03-02 GB: settled 1 -> 2, delivered 0.0 % -> 100.0 %",
        "  2026-03-03: 1 line removed, 1 settled",
        "  2026-03-04: 1 line added, 1 settled",
        "read 1 of 2 files, 1 gone since the last run",
        "2 of 2 days settled (1 of them since the last run), as of 20 Mar 2026 23:59 UTC",
        "nothing was left out",
    ]


def test_ten_changes_are_told_and_the_rest_is_counted(exports: Write, stats: Path) -> None:
    days = [f"2026-03-{day:02}T09:00:00+00:00" for day in range(1, 14)]
    exports("1.ndjson", *(report(day, day) for day in days))
    folder = exports("2.ndjson")
    recompute(folder, stats, as_of="2026-03-30")
    exports("2.ndjson", *(report(f"again {day}", day) for day in days))
    said = told(recompute(folder, stats, as_of="2026-03-30"))
    assert said[10] == "  2026-03-10 GB: settled 1 -> 2"
    assert said[11] == "  and 3 more changed lines"


def test_of_many_new_days_ten_are_told(exports: Write, stats: Path) -> None:
    folder = exports("1.ndjson", report("a", "2026-02-01T09:00:00+00:00"))
    recompute(folder, stats)
    days = [f"2026-03-{day:02}T09:00:00+00:00" for day in range(1, 15)]
    exports("2.ndjson", *(report(day, day) for day in days))
    said = told(recompute(folder, stats, as_of="2026-03-30"))
    assert said[11:13] == ["  2026-03-10: 1 line added, 1 settled", "  and 4 more days"]


def test_lines_that_only_wait_on_are_no_changes(exports: Write, stats: Path) -> None:
    folder = exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00"))
    recompute(folder, stats, as_of="2026-03-03")
    said = told(recompute(folder, stats, as_of="2026-03-04"))
    assert said[:2] == [
        f"wrote {stats}, 1 line: 1 with nothing new but as_of",
        "read 0 of 1 file",
    ]


def test_nothing_new_is_one_sentence_and_the_file_is_left_alone(
    exports: Write, stats: Path
) -> None:
    folder = exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00"))
    recompute(folder, stats)
    os.utime(stats, ns=(5, 5))
    done = recompute(folder, stats)
    assert told(done) == [f"up to date: {stats}, 1 line; read 0 of 1 file"]
    assert stats.stat().st_mtime_ns == 5


def test_another_grouping_is_said_and_not_compared(exports: Write, stats: Path) -> None:
    folder = exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00"))
    recompute(folder, stats)
    said = told(recompute(folder, stats, by="sender"))
    assert said[1] == "  lines were by day, country and are by day, sender"


def test_a_name_cannot_steer_the_terminal(exports: Write, stats: Path) -> None:
    def named(n: int) -> Row:
        when = "2026-03-02T09:00:00+00:00"
        return report(str(n), when, campaignReferenceId="\x1b[2Jgone\u202e")

    folder = exports("1.ndjson", named(1))
    recompute(folder, stats, by="campaign")
    exports("2.ndjson", named(2))
    said = str(recompute(folder, stats, by="campaign"))
    assert "\x1b" not in said
    assert "messages 1 -> 2" in said


def test_an_edited_file_is_put_right(exports: Write, stats: Path) -> None:
    folder = exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00"))
    recompute(folder, stats)
    right = stats.read_bytes()
    stats.write_bytes(right.replace(b",1,1,0,", b",7,x,0,", 1))
    assert "messages 7 -> 1, waiting x -> 1" in str(recompute(folder, stats))
    stats.write_bytes(right.replace(b"\n", b"\r\n"))
    assert "no value differs" in str(recompute(folder, stats))
    stats.write_bytes(right + b"<<<<<<< mine,1\n,\xff")
    assert "could not be read any more" in str(recompute(folder, stats))
    assert stats.read_bytes() == right


# --- refusing


@pytest.mark.parametrize(
    "content",
    ["name,phone\nAnn,1\n", "hello", "\x00\x01", "day,country\r1,2\r3", "x" * 200_000, '"\r\n1'],
)
@pytest.mark.parametrize("name", ["other.csv", "other.parquet"])
def test_a_file_of_someone_else_is_not_overwritten(
    exports: Write, tmp_path: Path, content: str, name: str
) -> None:
    folder = exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00"))
    other = tmp_path / name
    other.write_text(content, newline="")
    for check in (True, False):
        with pytest.raises(SourceError, match="Nothing was written"):
            recompute(folder, other, check=check)
    assert other.read_bytes() == content.encode()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["exports", name]


def test_an_empty_file_is_no_ones(exports: Write, stats: Path) -> None:
    stats.write_text("")
    recompute(exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00")), stats)
    assert len(lines(stats)) == 1


@pytest.mark.parametrize("output", ["", "-", None, "stats", "stats.json", "stats.csv.gz"])
def test_an_output_of_another_kind_is_refused(exports: Write, output: Any) -> None:
    with pytest.raises(ArgumentError, match=r"\.csv"):
        recompute(exports("1.ndjson"), output)


def test_a_place_where_nothing_can_be_written_is_refused_at_once(
    exports: Write, tmp_path: Path
) -> None:
    folder = exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00"))
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(SourceError, match="it is a folder"):
        recompute(folder, tmp_path / "folder.csv")
    with pytest.raises(SourceError, match="there is no such folder"):
        recompute(folder, tmp_path / "none" / "stats.csv")


@pytest.mark.parametrize(
    "options",
    [{"by": "colour"}, {"by": "settled"}, {"timezone": "Mars"}, {"as_of": "soon"},
     {"no_report_countries": ["Atlantis"]}, {"waiting_period": "x"}],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_before_anything_is_made(
    exports: Write, stats: Path, options: dict[str, Any]
) -> None:
    folder = exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00"))
    with pytest.raises(ArgumentError):
        recompute(folder, stats, **options)
    assert [path.name for path in stats.parent.iterdir()] == ["exports"]


def test_a_source_that_fails_leaves_the_file_as_it_was(exports: Write, stats: Path) -> None:
    folder = exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00"))
    recompute(folder, stats)
    right = stats.read_bytes()
    exports("1.ndjson", {**report("a", "2026-03-02T09:00:00+00:00"), "messageId": None})
    with pytest.raises(SourceError, match="Nothing was written"):
        recompute(folder, stats)
    (folder / "1.ndjson").write_text("nobody knows what this is")
    with pytest.raises(SourceError, match="neither delivery reports nor campaign events"):
        recompute(folder, stats)
    (folder / "1.ndjson").unlink()
    with pytest.raises(SourceError, match="holds no file"):
        recompute(folder, stats)
    assert stats.read_bytes() == right


def test_reports_beside_events_are_refused_by_name(exports: Write, stats: Path) -> None:
    folder = exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00"))
    recompute(folder, stats)
    exports("2.csv").joinpath("2.csv").write_text(
        "timestamp,action_type,status,recipient\n1772442000,sms,enqueued,447700900101\n"
    )
    with pytest.raises(SourceError, match=r"campaign events in .*2\.csv and delivery reports in"):
        recompute(folder, stats)


@pytest.mark.parametrize("source", [{"results": []}, 7, b"x", [{"results": []}], []])
def test_what_is_no_file_is_no_source(stats: Path, source: Any) -> None:
    with pytest.raises(SourceError):
        recompute(source, stats)


# --- what cannot be read


def test_rows_set_aside_are_counted_also_when_their_file_is_not_read_again(
    exports: Write, stats: Path
) -> None:
    good = report("a", "2026-03-02T09:00:00+00:00")
    folder = exports("1.ndjson", good, {**good, "messageId": None})
    recompute(folder, stats)
    exports("2.ndjson", report("b", "2026-03-02T09:00:00+00:00"))
    said = told(recompute(folder, stats))
    assert said[2] == (
        f"read 1 of 2 files; 1 row of 1 file could not be read, the first is {folder}/1.ndjson, "
        "line 2: no message id"
    )
    assert "1 (33.3 %) rows set aside" in said[-1]


def test_a_stray_file_among_exports_is_counted_and_not_read_again(
    exports: Write, stats: Path
) -> None:
    folder = exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00"))
    exports("readme.txt").joinpath("readme.txt").write_text("Exports of the night.")
    os.utime(folder / "readme.txt", ns=(10**18 + 7, 10**18 + 7))
    assert "1 row of 1 file could not be read" in str(recompute(folder, stats))
    assert "read 0 of 2 files; 1 row of 1 file could not be read" in str(recompute(folder, stats))


def test_a_file_that_changed_without_growing_is_read_again(exports: Write, stats: Path) -> None:
    exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00"))
    recompute(stats.parent / "exports", stats)
    folder = exports("1.ndjson", report("a", "2026-03-03T09:00:00+00:00"))
    assert recompute(folder, stats).rows.read == 1
    assert [row["day"] for row in lines(stats)] == ["2026-03-03"]


def test_a_file_that_changes_while_it_is_read_is_read_again(
    exports: Write, stats: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00"))

    def growing(*arguments: Any) -> Any:
        yield from parts_of(*arguments)
        exports("1.ndjson", *(report(name, "2026-03-02T09:00:00+00:00") for name in "ab"))

    with monkeypatch.context() as patch:
        patch.setattr("infobip_analytics.recomputing.refreshing.parts_of", growing)
        recompute(folder, stats)
    assert recompute(folder, stats).rows.read == 1
    assert lines(stats)[0]["messages"] == "2"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are text")
def test_a_file_whose_name_is_no_text_is_read_and_can_be_named(exports: Write, stats: Path) -> None:
    folder = exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00"))
    for name in (b"\xff.ndjson", b"\xfe.ndjson"):
        row = {**report(name.hex(), "2026-03-02T09:00:00+00:00"), "error": None}
        bad = {**row, "messageId": None}
        Path(os.fsdecode(os.path.join(os.fsencode(folder), name))).write_text(
            f"{json.dumps(row)}\n{json.dumps(bad)}\n"
        )
    said = str(recompute(folder, stats))
    assert lines(stats)[0]["messages"] == "3"
    assert "2 rows of 2 files could not be read" in said
    assert "\\xfe.ndjson, line 2" in said


def test_a_stray_file_is_read_as_what_the_others_are(exports: Write, stats: Path) -> None:
    stray = exports("0.csv") / "0.csv"
    stray.write_text("when,who\n1,2\n")
    os.utime(stray, ns=(10**18 + 7, 10**18 + 7))
    folder = exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00"))
    assert "0.csv: it has no column message_id" in str(recompute(folder, stats))
    (folder / "1.ndjson").unlink()
    events = folder / "2.csv"
    events.write_text("timestamp,action_type,status,recipient\n1772442000,sms,enqueued,447700900\n")
    os.utime(events, ns=(10**18 + 7, 10**18 + 7))
    assert "0.csv: it has no column timestamp" in str(recompute(folder, stats))


def test_the_output_among_the_exports_is_no_source(exports: Write) -> None:
    folder = exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00"))
    recompute(folder, folder / "stats.csv")
    assert "read 0 of 1 file" in str(recompute(folder, folder / "stats.csv"))


def test_a_file_found_twice_is_one_file(exports: Write, stats: Path) -> None:
    folder = exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00"))
    done = recompute([folder, f"{folder}/*.ndjson", folder / "1.ndjson"], stats)
    assert "read 1 of 1 file" in str(done)


# --- check


def test_check_writes_nothing_and_says_the_same(exports: Write, stats: Path) -> None:
    folder = exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00"))
    first = recompute(folder, stats, check=True)
    assert not first.up_to_date
    assert [path.name for path in stats.parent.iterdir()] == ["exports"]
    recompute(folder, stats)
    assert recompute(folder, stats, check=True).up_to_date
    exports("2.ndjson", report("b", "2026-03-09T09:00:00+00:00"))
    state = stats.with_name("stats.csv.state")
    before = (stats.read_bytes(), state.read_bytes())
    checked, written = recompute(folder, stats, check=True), None
    assert (stats.read_bytes(), state.read_bytes()) == before
    written = recompute(folder, stats)
    assert told(checked)[1:] == told(written)[1:]
    assert "read 1 of 2 files" in str(checked)


# --- the command line


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command; give its exit code and what it wrote to both streams."""

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            status = main(["recompute", *map(str, arguments)])
        except SystemExit as stopped:
            status = int(stopped.code or 0)
        return status, *capsys.readouterr()

    return call


def test_the_command_says_what_it_did(exports: Write, stats: Path, run: Any) -> None:
    folder = exports("1.ndjson", report("a", "2026-03-02T09:00:00+00:00"))
    assert run(folder, "--output", stats, "--check")[0] == 1
    assert not stats.exists()
    status, out, err = run(folder, "--output", stats)
    assert (status, err) == (0, "")
    assert out.startswith(f"wrote {stats}, 1 line: the file was not there")
    status, out, err = run(folder, "--output", stats, "--check")
    assert (status, out, err) == (0, f"up to date: {stats}, 1 line; read 0 of 1 file\n", "")


@pytest.mark.parametrize("arguments", [(), ("--output", "-"), ("--output", "stats.txt")])
def test_without_a_file_to_write_the_command_is_at_fault(
    run: Any, arguments: tuple[str, ...]
) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert ".csv" in err
    assert len(err.splitlines()) == 1


def test_without_a_source_the_sample_is_read_and_said_to_be_one(run: Any, stats: Path) -> None:
    status, out, err = run("--output", stats, "--by", "none")
    assert status == 0
    assert "bundled sample data, all invented" in err
    assert "left out: 714" in out.replace("\N{NO-BREAK SPACE}", " ")
    assert {row["day"] for row in lines(stats)} >= {"2026-03-01", "2026-04-14"}


def test_an_unreadable_source_is_one_sentence(run: Any, stats: Path) -> None:
    status, out, err = run("nowhere", "--output", stats)
    assert (status, out) == (1, "")
    assert err.startswith("infobip-analytics: there is no file or folder 'nowhere'")
    assert not list(stats.parent.iterdir())


def test_times_without_offset_are_said_once_for_all_files(
    exports: Write, stats: Path, run: Any
) -> None:
    for name in ("1.ndjson", "2.ndjson"):
        folder = exports(name, report(name, "2026-03-02T09:00:00"))
    err = run(folder, "--output", stats)[2]
    assert err.count("\n") == 1
    assert err.startswith("note: 4 times carry no offset and were read as UTC")


def test_the_command_starts_without_anything_heavy() -> None:
    code = (
        "import sys; from infobip_analytics.cli import main\n"
        "try:\n    main(['recompute', '--help'])\nexcept SystemExit:\n    pass\n"
        "print('LOADED', *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"polars", "pandas"}.isdisjoint(done.stdout.rpartition("LOADED ")[2].split())


def test_lines_that_would_name_people_are_asked_for_in_so_many_words(
    run: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    stats = tmp_path / "stats.csv"
    status, _, err = run(sample_path("delivery_reports"), "--output", stats, "--by", "recipient")
    assert status == 2
    assert "--show-numbers" in err
    assert not stats.exists()
    asked = ("--output", stats, "--by", "recipient", "--show-numbers")
    assert run(sample_path("delivery_reports"), *asked)[0] == 0
    # what changed is printed with masked names all the same
    text = stats.read_text("utf-8")
    first = text.splitlines()[1].split(",")[1]
    stats.write_text(text.replace(f"{first},1,", f"{first},7,", 1), "utf-8")
    status, out, _ = run(sample_path("delivery_reports"), *asked)
    assert status == 0
    assert first not in out
    assert f"{first[:4]}•••{first[-2:]}" in out
