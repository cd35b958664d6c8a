"""What goes wrong with an archive: killed at any moment, a full disk, two that write at once."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from archive_answers import answer, ids, report

from infobip_analytics.archive import (
    Archive,
    append,
    check_room,
    compact,
    forget,
    keep,
    locked,
    make_archive,
    replay,
    scan,
    segments,
    verify,
)
from infobip_analytics.archive import journal as journals
from infobip_analytics.archive import table as tables
from infobip_analytics.errors import SourceError

#: Hands out answers of 20 reports, of which 10 came before; and says which answers were kept
WRITER = """
import os, sys
sys.path.insert(0, {tests!r})
from archive_answers import answer, report
from infobip_analytics.archive import append, compact, make_archive, replay
archive = make_archive({path!r})
replay(archive)
print("ready", flush=True)
for number in range({first}, {first} + {many}):
    rows = [report(n, day=1 + n % 3) for n in range(10 * number, 10 * number + 20)]
    append(archive, [answer(*rows, hours=number)])
    print(number, flush=True)
    if number % 2:
        replay(archive)
    if number % 9 == 8:
        compact(archive)
"""


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return make_archive(tmp_path / "archive")


def writer(archive: Archive, first: int, many: int) -> subprocess.Popen[str]:
    """Start a process that keeps answers."""
    code = WRITER.format(
        tests=str(Path(__file__).parent), path=str(archive.path), first=first, many=many
    )
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond *size* bytes, as on a disk that is full."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


@pytest.mark.slow
def test_killed_at_any_moment_nothing_is_lost_and_nothing_twice(
    archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = random.Random()
    end = time.monotonic() + 20
    kept: set[int] = set()
    kills, first = 0, 0
    while time.monotonic() < end:
        process = writer(archive, first, 10_000)
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        time.sleep(rng.uniform(0, 0.5))
        process.send_signal(signal.SIGKILL)
        said = [int(line) for line in process.communicate()[0].split("\n") if line.isdigit()]
        kept.update(said)
        kills, first = kills + 1, max([first, *kept]) + 2  # one more may be kept, and not be said
    replay(archive)
    found = verify(archive)
    there = ids(archive)
    sent = {f"m-{10 * number + n}" for number in kept for n in range(20)}
    lost, twice = len(sent - set(there)), len(there) - len(set(there))
    with capsys.disabled():
        sys.stdout.write(
            f"\n{kills} kills: {len(sent):,} reports sent, {len(there):,} kept, {lost} lost, "
            f"{twice} twice\n"
        )
    assert kills > 5
    assert len(kept) > 20
    assert (lost, twice) == (0, 0)
    assert found.sound


@pytest.mark.slow
def test_two_that_write_at_once_lose_nothing(archive: Archive) -> None:
    both = [writer(archive, first, 40) for first in (0, 100)]
    for process in both:
        process.communicate()
        assert process.returncode == 0
    replay(archive)
    found = verify(archive)
    numbers = [e.n for e in journals.lines_after(archive.journal, 0) if not hasattr(e, "text")]
    assert numbers == list(range(1, 81))
    assert (found.answers, found.distinct, found.in_table) == (80, 820, 820)
    assert found.sound


def test_who_finds_a_lock_taken_is_told_by_whom(archive: Archive) -> None:
    with (
        locked(archive.path, "fetch", doing="fetching reports"),
        pytest.raises(SourceError, match=rf"process {os.getpid()} on .* \(fetching reports, since"),
        locked(archive.path, "fetch", doing="another fetch", patience=0),
    ):
        pass


def test_a_lock_goes_with_a_process_that_is_killed(archive: Archive) -> None:
    code = (
        "import sys, time; from pathlib import Path; "
        "from infobip_analytics.archive.locks import locked\n"
        "with locked(Path(sys.argv[1]), 'journal', doing='x'): print(1, flush=True), time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(archive.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        with (
            pytest.raises(SourceError, match=f"process {process.pid}"),
            locked(archive.path, "journal", doing="y", patience=0),
        ):
            pass
        process.kill()
    append(archive, [answer(report(1))])
    assert ids(archive) == ["m-1"]


def test_a_commit_that_has_not_seen_another_one_is_refused(archive: Archive) -> None:
    keep(archive, [answer(report(1))])
    one, other = tables.opened(archive), tables.opened(archive)
    rows = tables.plan(archive, one).collect()
    tables.add(archive, one, rows.head(0), 2, 0)
    with (
        pytest.raises(SourceError, match="another process wrote to"),
        tables.told_plainly(archive),
    ):
        tables.add(archive, other, rows, 2, 0)
    assert ids(archive) == ["m-1"]


def test_on_a_full_disk_an_answer_is_kept_whole_or_not_at_all(archive: Archive) -> None:
    append(archive, [answer(report(1))])
    [segment] = segments.segments(archive.journal)
    before = segment.path.read_bytes()
    for room in (1, 100, 400):
        with (
            files_of_at_most(len(before) + room),
            pytest.raises(SourceError, match=r"cannot be written: .*Make room"),
        ):
            append(archive, [answer(report(2))])
        assert segment.path.read_bytes() == before
    keep(archive, [answer(report(3))])
    assert ids(archive) == ["m-1", "m-3"]


@pytest.mark.parametrize("room", [0, 200, 1500, 4000])
def test_a_table_that_cannot_be_written_lags_behind(archive: Archive, room: int) -> None:
    keep(archive, [answer(report(1))])
    append(archive, [answer(*(report(n) for n in range(200)))])
    with files_of_at_most(room), pytest.raises(SourceError, match="Nothing is lost"):
        replay(archive)
    assert len(ids(archive)) == 200
    assert verify(archive).sound
    assert replay(archive).new == 199
    assert verify(archive).sound


def test_before_anything_is_fetched_there_has_to_be_room(archive: Archive) -> None:
    check_room(archive)
    with pytest.raises(SourceError, match="hands each report out once"):
        check_room(archive, room=2**60)


def test_a_broken_table_is_told_and_made_anew(archive: Archive) -> None:
    keep(archive, [answer(report(1))])
    for entry in (archive.table / "_delta_log").iterdir():
        entry.write_bytes(b"")
    with pytest.raises(SourceError, match="archive rebuild"):
        scan(archive)


def test_forgetting_that_was_killed_goes_on(archive: Archive) -> None:
    keep(archive, [answer(report(1), report(2))])
    [segment] = segments.segments(archive.journal)
    [line] = journals.lines_of(segment.path)
    assert isinstance(line, journals.Line)
    # as a run leaves it that is killed between journal and table
    segment.path.write_bytes(journals.rewritten(line, answer(report(2)).body.decode()))
    assert verify(archive).extra == 1
    assert forget(archive, "447700900001").table == 1
    assert verify(archive).sound


def test_compaction_goes_on_beside_a_reader(archive: Archive) -> None:
    keep(archive, [answer(report(1))])
    keep(archive, [answer(report(2))])
    plan = scan(archive)
    compact(archive)
    assert sorted(plan.collect()["message_id"]) == ["m-1", "m-2"]
