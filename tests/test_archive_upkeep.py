"""Beginning an archive and shortening it: killed, at once, idle for long, and told too early."""

import gzip
import io
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from archive_answers import FIRST, answer, ids, page, report
from conftest import Run

from infobip_analytics.archive import (
    Answer,
    Archive,
    Keeps,
    append,
    drop_older,
    forget,
    keep,
    make_archive,
    rebuild,
    segments,
    verify,
)
from infobip_analytics.archive import table as tables
from infobip_analytics.errors import ArgumentError, SourceError


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return make_archive(tmp_path / "archive")


@pytest.mark.parametrize("there", [[], ["journal"], ["journal.lock", "journal"]])
def test_an_archive_that_was_being_begun_when_killed_is_begun_again(
    tmp_path: Path, there: list[str]
) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    for name in there:
        (folder / name).touch() if name.endswith("lock") else (folder / name).mkdir()
    (folder / ".archive.json.new").write_bytes(b'{"form": 1')
    keep(make_archive(folder), [answer(report(1))])
    assert ids(make_archive(folder)) == ["m-1"]


def test_a_folder_with_anything_else_in_it_becomes_no_archive(tmp_path: Path) -> None:
    journal = tmp_path / "archive" / "journal"
    journal.mkdir(parents=True)
    (journal / "diary.txt").touch()
    with pytest.raises(SourceError, match="is there and is no archive"):
        make_archive(journal.parent)
    (journal / "diary.txt").rename(journal.parent / "diary.txt")
    with pytest.raises(SourceError, match="is there and is no archive"):
        make_archive(journal.parent)


@pytest.mark.slow
def test_of_many_that_begin_an_archive_at_once_all_get_the_same(tmp_path: Path) -> None:
    code = (
        "import sys; from infobip_analytics.archive import make_archive\n"
        "sys.stdin.readline(); [print(make_archive(f'{sys.argv[1]}/{n}').id) for n in range(60)]"
    )
    with_each = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in with_each:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate()[0].split() for process in with_each]
    assert [len(each) for each in said] == [60, 60, 60]
    assert said[0] == said[1] == said[2]


def test_of_a_message_that_was_told_before_it_was_sent_the_answer_stays_with_its_row(
    archive: Archive,
) -> None:
    keep(archive, [answer(report(1, day=1), report(2, day=20))])
    keep(archive, [answer(report(3, day=8), hours=24 * 6)])
    drop_older(archive, 5, today=FIRST + timedelta(days=10))
    assert ids(archive) == ["m-2", "m-3"]
    assert verify(archive).sound
    rebuild(archive)
    assert ids(archive) == ["m-2", "m-3"]
    drop_older(archive, 5, today=FIRST + timedelta(days=30))
    assert b"m-2" not in b"".join(path.read_bytes() for path in archive.journal.iterdir())
    assert verify(archive).sound


def test_what_comes_after_a_long_silence_is_dropped_by_the_day_on_which_it_came(
    archive: Archive,
) -> None:
    keep(archive, [answer(report(1))])
    drop_older(archive, 1, today=FIRST + timedelta(days=40))
    [empty] = segments.segments(archive.journal)
    assert empty.day == datetime.now(UTC).date()
    os.rename(empty.path, empty.path.with_name("000000000002-2026-03-02.ndjson"))
    append(archive, [answer(report(2, day=29), hours=24 * 28)])
    [segment] = segments.segments(archive.journal)
    assert (segment.first, segment.day.isoformat()) == (2, "2026-03-30")


@pytest.mark.parametrize(("silent", "days", "doubted"), [
    (31, 400, True), (29, 400, False), (15, 14, True), (13, 14, False), (8, 1, True), (6, 1, False),
])  # fmt: skip
def test_nothing_is_dropped_by_a_clock_that_may_have_jumped_forward(
    archive: Archive, run: Run, silent: int, days: int, doubted: bool
) -> None:
    now = datetime.now(UTC)
    came = now - timedelta(days=silent)
    keep(archive, [Answer(page(report(1)), "/sms/3/reports", "reports", came)])
    drop = ["archive", "drop", str(archive.path), "--keep", str(days)]
    status, out, said = run(*drop)
    assert (status, "has the clock jumped forward?" in said) == (int(doubted), doubted)
    if doubted:
        assert ids(archive) == ["m-1"]
        assert " ".join([*drop, "--today", str(now.date())]) in said
        status, out, _ = run(*drop, "--today", str(now.date()))
    first = now.date() - timedelta(days=days)
    assert (status, out.startswith(f"kept what was sent from {first} on: ")) == (0, True)


@pytest.mark.parametrize("how", ["drop", "forget"])
def test_what_killed_runs_left_behind_goes_too(archive: Archive, how: str) -> None:
    keep(archive, [answer(report(1))])
    keep(archive, [answer(report(2, day=5), hours=24 * 4)])
    left = [
        archive.journal / ".000000000001-2026-03-02.ndjson.gz.new",
        archive.path / ".reports.gone" / "part-0.parquet",
        archive.table / "sent_date=2026-03-01" / "part-1.parquet#1",
    ]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(b"447700900001"))
    if how == "drop":
        drop_older(archive, 3, today=FIRST + timedelta(days=5))
    else:
        forget(archive, "447700900001")
    assert not [path for path in left if path.exists()]
    assert (ids(archive), verify(archive).sound) == (["m-2"], True)


def test_where_no_number_is_given_none_is_forgotten(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = make_archive(tmp_path / "archive", Keeps(text=True, callback_data=True))
    keep(archive, [answer(report(1, callbackData="data"))])
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    status, _, said = run("forget", "-", "--archive", str(archive.path))
    assert (status, "no number to forget" in said) == (2, True)
    with pytest.raises(ArgumentError, match="no number to forget"):
        forget(archive)
    assert (ids(archive), verify(archive).sound) == (["m-1"], True)


def test_what_a_table_says_against_it_is_told_with_its_cause(archive: Archive) -> None:
    said = "Generic error\n  \x1b[31m\u21b3\x1b[0m Unable\n   \x1b[31m\u21b3\x1b[0m No space left\n"
    with (
        pytest.raises(SourceError, match=r"written: Generic error: No space left\. Nothing"),
        tables.told_plainly(archive),
    ):
        raise OSError(said)
