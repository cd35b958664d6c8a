"""The archive: what came is kept, once, and what was known at any moment stays computable."""

import json
import random
import stat
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from archive_answers import FIRST, alike, answer, ids, numbers, page, report
from conftest import Run
from polars.testing import assert_frame_equal

import infobip_analytics as ia
from infobip_analytics import archive as archives
from infobip_analytics import delivery_rates, messages, read_delivery_reports
from infobip_analytics.archive import (
    Answer,
    Archive,
    Keeps,
    append,
    compact,
    drop_older,
    is_archive,
    keep,
    make_archive,
    open_archive,
    rebuild,
    replay,
    scan,
    segments,
    verify,
)
from infobip_analytics.archive import journal as journals
from infobip_analytics.archive import table as tables
from infobip_analytics.archive.lines import Line
from infobip_analytics.errors import ArgumentError, SetAsideWarning, SourceError
from infobip_analytics.frames import DELIVERY_REPORTS


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return make_archive(tmp_path / "archive")


def segment_of(archive: Archive) -> Path:
    return segments.segments(archive.journal)[-1].path


def test_what_came_is_kept_byte_by_byte(archive: Archive) -> None:
    body = page(report(1)) + b"\n  "
    append(archive, [Answer(body, "/sms/3/reports", "reports")])
    [line] = journals.lines_after(archive.journal, 0)
    assert isinstance(line, Line)
    assert line.body.encode() == body


def test_only_the_owner_can_look_into_an_archive(archive: Archive) -> None:
    keep(archive, [answer(report(1))])
    assert stat.S_IMODE(archive.path.stat().st_mode) == 0o700
    assert stat.S_IMODE(segment_of(archive).stat().st_mode) == 0o600


def test_the_table_has_a_row_a_distinct_report_as_it_came_first(archive: Archive) -> None:
    first = keep(archive, [answer(report(1), report(2)), answer(report(1), hours=1)])
    again = keep(archive, [answer(report(1, "failed"), report(2), hours=2)])
    assert (first.reports, first.new, again.reports, again.new) == (3, 2, 2, 1)
    found = scan(archive).collect().sort("received_at", "message_id")
    assert dict(found.schema) == DELIVERY_REPORTS
    assert found["message_id"].to_list() == ["m-1", "m-2", "m-1"]
    hours = (found["received_at"] - FIRST).dt.total_hours().to_list()
    assert hours == [0, 0, 2]


def test_a_log_is_no_repeat_of_a_report(archive: Archive) -> None:
    keep(archive, [answer(report(1)), answer(report(1), endpoint="/sms/3/logs")])
    assert sorted(scan(archive).collect()["record"]) == ["log", "report"]


def test_the_endpoint_tells_mms_from_sms(archive: Archive) -> None:
    keep(archive, [answer(report(1)), answer(report(2), endpoint="/mms/2/reports")])
    channels = scan(archive).collect().sort("message_id")["channel"].to_list()
    assert channels == ["sms", "mms"]


def test_statuses_without_an_id_are_told_apart_by_their_names(archive: Archive) -> None:
    plain = [{**report(1), "status": name} for name in ("DELIVERED", "UNDELIVERABLE")]
    keep(archive, [answer(*plain), answer(*plain)])
    groups = scan(archive).collect()["status_group"]
    assert sorted(groups) == ["DELIVERED", "UNDELIVERABLE"]


def test_reading_the_journal_again_adds_nothing(archive: Archive) -> None:
    keep(archive, [answer(report(1), report(2))])
    before = alike(scan(archive).collect())
    assert replay(archive).answers == 0
    assert rebuild(archive).new == 2
    assert alike(scan(archive).collect()) == before


def test_how_answers_are_cut_into_commits_does_not_matter(tmp_path: Path) -> None:
    rng = random.Random(7)
    rows = [report(rng.randrange(40), rng.choice(["failed", "delivered"])) for _ in range(120)]
    answers = [answer(*rows[n : n + 10], hours=n / 10) for n in range(0, 120, 10)]
    found = []
    for step in (1, 5, 12):
        archive = make_archive(tmp_path / str(step))
        for n in range(0, len(answers), step):
            keep(archive, answers[n : n + step])
        assert verify(archive).sound
        found.append(alike(scan(archive).collect()))
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == len(numbers(rows))


def test_what_was_known_at_any_moment_stays_computable(archive: Archive) -> None:
    rng = random.Random(11)
    known: dict[int, list[Any]] = {}
    for hours in range(0, 96, 8):
        rows = [report(rng.randrange(30), rng.choice(["pending", "failed"])) for _ in range(6)]
        keep(archive, [answer(*rows, hours=hours)])
        known[hours] = alike(scan(archive).collect())
        if hours == 48:
            compact(archive)
    now = scan(archive).collect()
    for hours, then in known.items():
        seen = now.filter(pl.col("received_at") <= FIRST + timedelta(hours=hours))
        assert alike(seen) == then


def test_what_the_table_lacks_is_read_from_the_journal(archive: Archive) -> None:
    keep(archive, [answer(report(1))])
    append(archive, [answer(report(1), report(2)), Answer(b"<html>", "/push", "callback")])
    found = scan(archive).collect()
    assert sorted(found["message_id"]) == ["m-1", "m-2"]
    assert found["set_aside"].to_list() == [1, 1]
    assert tables.place_of(tables.opened(archive), archive) == 1


def test_an_archive_without_any_answer_is_an_empty_frame(archive: Archive) -> None:
    found = scan(archive).collect()
    assert (found.height, dict(found.schema)) == (0, DELIVERY_REPORTS)
    assert verify(archive).sound


def test_what_cannot_be_read_is_counted_and_stays_in_the_journal(archive: Archive) -> None:
    lacking = {**report(2), "messageId": None}
    done = keep(archive, [answer(report(1), lacking), Answer(b"oops", "/push", "callback")])
    assert (done.reports, done.set_aside) == (1, 2)
    assert done.first == "line 1 of the journal: no message id"
    assert scan(archive).collect()["set_aside"].to_list() == [2]
    assert b'\\"messageId\\": null' in segment_of(archive).read_bytes()
    assert journals.last_number(archive.journal) == 2


def test_a_line_that_a_power_cut_left_half_written_is_set_aside(archive: Archive) -> None:
    keep(archive, [answer(report(1))])
    path = segment_of(archive)
    whole = path.read_bytes()
    append(archive, [answer(report(2))])
    line = path.read_bytes()[len(whole) :]
    for cut in range(1, len(line) - 1, 83):
        path.write_bytes(whole + line[:cut])
        assert ids(archive) == ["m-1"]
        append(archive, [answer(report(3))])
        [torn] = segments.torn(archive.journal)
        assert torn.read_bytes() == line[:cut]
        assert ids(archive) == ["m-1", "m-3"]
        assert (verify(archive).torn, verify(archive).sound) == (1, True)


def test_a_line_that_lacks_but_its_break_is_whole(archive: Archive) -> None:
    append(archive, [answer(report(1))])
    path = segment_of(archive)
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))
    keep(archive, [answer(report(2))])
    assert ids(archive) == ["m-1", "m-2"]
    assert not segments.torn(archive.journal)


def test_a_first_line_that_is_torn_takes_no_number(archive: Archive) -> None:
    (archive.journal / "000000000001-2026-03-02.ndjson").write_bytes(b'{"n":1,"rec')
    assert append(archive, [answer(report(1))]) == 1
    assert ids(archive) == ["m-1"]


def test_a_damaged_line_is_passed_over_and_said(archive: Archive) -> None:
    append(archive, [answer(report(1)), answer(report(2)), answer(report(3))])
    path = segment_of(archive)
    path.write_bytes(path.read_bytes().replace(b"m-2", b"m-9"))
    with pytest.warns(SetAsideWarning, match="1 line of .* cannot be read"):
        replay(archive)
    assert ids(archive) == ["m-1", "m-3"]
    found = verify(archive)
    assert (found.damaged, found.lost_lines, found.sound) == (1, 0, False)


def test_lines_count_on_behind_damage_that_the_table_has_come_past(archive: Archive) -> None:
    keep(archive, [answer(report(1)), answer(report(2))])
    path = segment_of(archive)
    first, second = path.read_bytes().splitlines(keepends=True)
    for harmed in (first + second.replace(b"m-2", b"m-9"), first):
        path.write_bytes(harmed)
        assert append(archive, [answer(report(3))]) == 3
        assert verify(archive).waiting == 1
    assert verify(archive).lost_lines == 1
    keep(archive, [])
    assert ids(archive) == ["m-1", "m-2", "m-3"]


def test_a_journal_is_cut_into_segments_by_day_and_by_size(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    journal.mkdir()
    for hours in (0, 1, 13, 14, 15):
        journals.append(journal, [answer(report(1), hours=hours)], segment=1000)
    assert [path.path.name for path in segments.segments(journal)] == [
        "000000000001-2026-03-02.ndjson",
        "000000000003-2026-03-03.ndjson",
        "000000000005-2026-03-03.ndjson",
    ]
    lines = [each.n for each in journals.lines_after(journal, 1) if isinstance(each, Line)]
    assert lines == [2, 3, 4, 5]


def test_segments_that_are_done_with_are_packed_and_read_on(archive: Archive) -> None:
    for day in range(4):
        keep(archive, [answer(*(report(n) for n in range(day, 50)), hours=24 * day)])
    before, rows = tables.bytes_of(archive.journal), alike(scan(archive).collect())
    assert segments.pack(archive.journal) == before - tables.bytes_of(archive.journal)
    assert tables.bytes_of(archive.journal) < before / 2
    names = [each.path.name for each in segments.segments(archive.journal)]
    assert [name.endswith(".gz") for name in names] == [True, True, True, False]
    assert rebuild(archive).answers == 4
    assert alike(scan(archive).collect()) == rows
    assert append(archive, [answer(report(60), hours=100)]) == 5
    assert verify(archive).lost_lines == 0


def test_packing_that_was_killed_leaves_nothing_twice(archive: Archive) -> None:
    for day in range(3):
        keep(archive, [answer(report(day), hours=24 * day)])
    first = segments.segments(archive.journal)[0].path
    content = first.read_bytes()
    compact(archive)
    first.write_bytes(content)  # as it is between packing and deleting
    assert verify(archive).answers == 3
    assert compact(archive) == 0
    assert not first.exists()


def test_a_clock_that_jumps_back_loses_nothing(archive: Archive) -> None:
    for hours in (48, 0, 49):
        keep(archive, [answer(report(int(hours)), hours=hours)])
    assert ids(archive) == ["m-0", "m-48", "m-49"]
    assert verify(archive).sound


def planted(archive: Archive, change: Any) -> Any:
    """Put the rows of the table into it anew, changed, and verify."""
    from deltalake import write_deltalake

    table = tables.made(archive)
    write_deltalake(table, change(tables.plan(archive, table).collect()), mode="overwrite")
    return verify(archive)


def test_verify_sees_planted_loss_and_planted_rows(archive: Archive) -> None:
    keep(archive, [answer(report(1), report(2), report(3), report(1))])
    sound = verify(archive)
    assert (sound.reports, sound.distinct, sound.in_table, sound.sound) == (4, 3, 3, True)
    lost = planted(archive, lambda rows: rows.filter(pl.col("message_id") != "m-2"))
    assert (lost.missing, lost.extra, lost.sound) == (1, 0, False)
    foreign = planted(archive, lambda rows: rows.with_columns(message_id=pl.lit("x")).head(1))
    assert (foreign.missing, foreign.extra) == (3, 1)
    rebuild(archive)
    twice = planted(archive, lambda rows: pl.concat([rows, rows.head(1)]))
    assert (twice.twice, twice.missing, twice.extra, twice.sound) == (1, 0, 0, False)
    rebuild(archive)
    changed = planted(archive, lambda rows: rows.with_columns(price=pl.lit(9.0)))
    assert (changed.changed, changed.missing, changed.sound) == (3, 0, False)
    rebuild(archive)
    assert verify(archive).sound


def test_verify_says_what_it_found_and_where(archive: Archive, run: Run) -> None:
    for hours in (0, 24, 48, 72):
        keep(archive, [answer(report(hours), hours=hours)])
    found = run("archive", "verify", str(archive.path))
    assert found == (
        0,
        "journal: 4 answers, 4 reports, 4 of them distinct\n"
        "table: 4 rows; missing 0, extra 0, twice 0, changed 0\nsound\n",
        "",
    )
    second, third, fourth = (each.path for each in segments.segments(archive.journal)[1:])
    second.unlink()
    third.unlink()
    fourth.write_bytes(fourth.read_bytes().replace(b"m-72", b"m-73"))
    status, out, error = run("archive", "verify", str(archive.path))
    assert (status, error) == (1, "")
    assert out.splitlines()[1:-1] == [
        "table: 4 rows; missing 0, extra 3, twice 0, changed 0",
        "1 line damaged",
        "2 lines lost",
        f"journal/{fourth.name}: 1 line with a wrong checksum",
        "journal: of the lines 2 to 4 some or all are in no segment",
    ]
    status, out, _ = run("archive", "verify", str(archive.path), "--format", "json")
    told = json.loads(out)
    assert (status, told["sound"], told["lost_lines"], told["damaged"]) == (1, False, 2, 1)


def test_a_day_that_was_dropped_is_no_lost_segment(archive: Archive) -> None:
    for day in (1, 2, 5):
        keep(archive, [answer(report(day, day=day), hours=24 * day)])
    drop_older(archive, 3, today=FIRST + timedelta(days=6))
    assert verify(archive).lost_lines == 0
    assert segments.segments(archive.journal)[0].first > 1


def test_compaction_keeps_every_row_and_the_place(archive: Archive) -> None:
    for number in range(6):
        keep(archive, [answer(report(number))])
    before = alike(scan(archive).collect())
    assert compact(archive) == 5
    assert alike(scan(archive).collect()) == before
    assert keep(archive, [answer(report(3))]).new == 0
    assert verify(archive).sound


def test_what_is_older_than_is_kept_goes_from_table_and_journal(archive: Archive) -> None:
    for day in (1, 2, 5):
        keep(archive, [answer(report(day, day=day), hours=24 * day)])
    done = drop_older(archive, 3, today=FIRST + timedelta(days=5))
    assert (done.since, done.rows, done.segments) == (date(2026, 3, 4), 2, 1)
    assert ids(archive) == ["m-5"]
    assert verify(archive).sound
    assert rebuild(archive).new == 1
    # a late report about what is gone is not kept in the table, and nobody misses it
    assert keep(archive, [answer(report(1, "failed"))]).new == 0
    assert verify(archive).sound


def test_after_all_was_dropped_lines_count_on(archive: Archive) -> None:
    keep(archive, [answer(report(1)), answer(report(2))])
    for _ in range(2):
        drop_older(archive, 1, today=FIRST + timedelta(days=40))
    (archive.path / "folded").unlink()  # so that the journal alone knows the number
    assert b"m-1" not in b"".join(path.read_bytes() for path in archive.journal.iterdir())
    assert append(archive, [answer(report(3, day=20), hours=1000)]) == 3
    drop_older(archive, 365, today=FIRST)  # a longer time brings nothing back
    assert scan(archive).collect().is_empty()
    with pytest.raises(ArgumentError, match="the least is 1"):
        drop_older(archive, 0)


def test_others_read_the_files_that_the_log_of_the_table_names(archive: Archive) -> None:
    rows = [report(n, "failed" if n % 3 else "delivered", day=1 + n % 4) for n in range(24)]
    keep(archive, [answer(*rows[:16]), answer(*rows[8:])])
    compact(archive)
    keep(archive, [answer(report(99))])
    paths = named_by_log(archive.table)
    sql = "SELECT status_group, count(*) FROM read_parquet(?) GROUP BY ALL ORDER BY ALL"
    assert duckdb.execute(sql, [paths]).fetchall() == [("DELIVERED", 9), ("UNDELIVERABLE", 16)]


def named_by_log(table: Path) -> list[str]:
    """Read the log of a Delta table as its specification says, entry by entry."""
    live: set[str] = set()
    for entry in sorted((table / "_delta_log").glob("*.json")):
        for action in map(json.loads, entry.read_text().splitlines()):
            live |= {action["add"]["path"]} if "add" in action else set()
            live -= {action["remove"]["path"]} if "remove" in action else set()
    return [str(table / path) for path in sorted(live)]


def test_a_folder_is_an_archive_if_it_says_so(archive: Archive, tmp_path: Path) -> None:
    assert is_archive(archive.path)
    assert is_archive(str(archive.path))
    assert not is_archive(tmp_path)
    assert not is_archive({"results": []})
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    with pytest.raises(SourceError, match="is no archive; name a folder"):
        make_archive(tmp_path / "other")
    with pytest.raises(SourceError, match=r"it has no archive\.json"):
        open_archive(tmp_path)


def test_an_archive_that_keeps_something_else_is_not_gone_on_with(archive: Archive) -> None:
    assert make_archive(archive.path).id == archive.id
    with pytest.raises(ArgumentError, match="begun without callback data"):
        make_archive(archive.path, Keeps(callback_data=True))
    with pytest.raises(ArgumentError, match="begun without pseudonyms"):
        make_archive(archive.path, Keeps(key=b"0123456789abcdef"))


def test_an_archive_of_a_later_form_is_refused(archive: Archive) -> None:
    path = archive.path / "archive.json"
    path.write_text(path.read_text().replace('"form": 1', '"form": 2'))
    with pytest.raises(SourceError, match="another version"):
        open_archive(archive.path)


@pytest.mark.parametrize("name", ["a b", "day=1", "50% off", "žluťoučký", "a#b?c", "it's"])
def test_an_archive_may_lie_anywhere(tmp_path: Path, name: str) -> None:
    archive = make_archive(tmp_path / name / "archive")
    for number in range(3):
        keep(archive, [answer(report(number))])
    assert compact(archive) == 2
    drop_older(archive, 365, today=FIRST)
    assert ids(archive) == ["m-0", "m-1", "m-2"]
    assert verify(archive).sound


def test_a_path_that_a_delta_table_is_not_found_at_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="name a folder without"):
        make_archive(tmp_path / "50%20")


def test_messages_of_an_archive_are_those_of_its_answers(archive: Archive) -> None:
    rows = [report(n % 40, ["pending", "failed", "delivered"][n % 3]) for n in range(90)]
    keep(archive, [answer(*rows[:50]), answer(*rows[50:], hours=3)])
    plain = read_delivery_reports([{"results": rows}])
    rates = [
        delivery_rates(messages(frame, as_of="2026-03-09")).drop("set_aside", strict=False)
        for frame in (plain, scan(archive).collect(), scan(archive).collect().reverse())
    ]
    assert_frame_equal(rates[0], rates[1])
    assert_frame_equal(rates[1], rates[2])
    lazy = delivery_rates(messages(scan(archive), as_of="2026-03-09")).collect()
    assert_frame_equal(lazy.drop("set_aside", strict=False), rates[0])


def test_an_archive_is_read_as_delivery_reports(archive: Archive) -> None:
    keep(archive, [answer(report(1))])
    assert archives.read_archive(archive.path).equals(scan(archive).collect())
    assert len(archives.read_archive(archive.path, backend="pandas")) == 1


def test_without_the_package_for_tables_it_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infobip_analytics.archive.place.find_spec", lambda _: None)
    with pytest.raises(SourceError, match=r"needs the package deltalake.*pip install"):
        make_archive(tmp_path / "archive")


def test_every_command_reads_an_archive_as_any_other_source(archive: Archive, run: Run) -> None:
    keep(archive, [answer(report(1), report(2, day=2))])
    status, out, error = run("rates", str(archive.path), "--format", "csv", "--by", "none")
    assert (status, error.count("Traceback")) == (0, 0)
    assert out.splitlines()[1].startswith("2,")
    assert_frame_equal(ia.read(archive.path), archives.read_archive(archive.path))


@pytest.mark.parametrize("path", ["a" * 5000, "\0", ""])
def test_a_path_that_cannot_be_is_no_archive(path: str) -> None:
    assert not archives.is_archive(path)
