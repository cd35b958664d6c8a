"""What goes wrong with an archive: killed at any moment, a full disk, two that write at once."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
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
    rebuild,
    replay,
    scan,
    segments,
    verify,
)
from infobip_analytics.archive import journal as journals
from infobip_analytics.archive import table as tables
from infobip_analytics.archive.lines import Line, rewritten
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
    begin = time.monotonic()
    kept: set[int] = set()
    kills, first = 0, 0
    # 12 seconds, and on a machine that has much else to do as long as it takes to see something
    while (took := time.monotonic() - begin) < 12 or (took < 120 and (kills < 6 or len(kept) < 21)):
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
    with (
        files_of_at_most(room),
        pytest.raises(SourceError, match=r"written: .*too large.*Nothing is lost"),
    ):
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
    assert isinstance(line, Line)
    # as a run leaves it that is killed between journal and table
    segment.path.write_bytes(rewritten(line, answer(report(2)).body.decode()))
    assert verify(archive).extra == 1
    assert forget(archive, "447700900001").table == 1
    assert verify(archive).sound


def test_compaction_goes_on_beside_a_reader(archive: Archive) -> None:
    keep(archive, [answer(report(1))])
    keep(archive, [answer(report(2))])
    plan = scan(archive)
    compact(archive)
    assert sorted(plan.collect()["message_id"]) == ["m-1", "m-2"]


@pytest.mark.parametrize("room", [0, 1000, 4000])
def test_what_cannot_be_written_while_it_is_tidied_up_is_still_there(
    archive: Archive, room: int
) -> None:
    for number in range(4):
        rows = [report(n, day=1 + n % 2) for n in range(50 * number, 50 * number + 60)]
        keep(archive, [answer(*rows, hours=24 * number)])
    before = ids(archive)
    for tidy_up in (compact, rebuild):
        with files_of_at_most(room), pytest.raises((SourceError, OSError)):
            tidy_up(archive)
        assert ids(archive) == before
        replay(archive)
        assert verify(archive).sound
    compact(archive)
    assert (ids(archive), verify(archive).sound) == (before, True)


@pytest.fixture
def nights(archive: Archive) -> Archive:
    """An archive of some nights: two packed segments, one that is written to, and a checkpoint."""
    for night in range(3):
        keep(archive, [answer(*(report(10 * night + n) for n in range(10)), hours=24 * night)])
    compact(archive)
    keep(archive, [answer(report(99), hours=50)])
    return archive


def harm(path: Path) -> None:
    """Turn a bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def segment(archive: Archive, place: int) -> Path:
    return segments.segments(archive.journal)[place].path


def entries(archive: Archive) -> list[Path]:
    return sorted((archive.table / "_delta_log").glob("*.json"))


JOURNAL_HARMED: dict[str, Callable[[Archive], object]] = {
    "the first segment is gone": lambda archive: segment(archive, 0).unlink(),
    "a segment is gone": lambda archive: segment(archive, 1).unlink(),
    "the last segment is gone": lambda archive: segment(archive, 2).unlink(),
    "a bit of a line is turned": lambda archive: harm(segment(archive, 2)),
    "a bit of a packed segment is turned": lambda archive: harm(segment(archive, 1)),
}


@pytest.mark.parametrize("what", JOURNAL_HARMED)
def test_a_harmed_journal_is_told_and_the_table_that_has_more_is_not_thrown_away(
    nights: Archive, what: str
) -> None:
    there = ids(nights)
    JOURNAL_HARMED[what](nights)
    found = verify(nights)
    assert (found.sound, found.extra > 0, found.missing) == (False, True, 0)
    assert len(found.harmed) == 1
    assert "Put its segments back" in str(found)
    with pytest.raises(SourceError, match="is not whole, so a table made anew might lack"):
        rebuild(nights)
    assert ids(nights) == there


def test_a_packed_segment_is_not_written_to_where_the_last_one_was_lost(nights: Archive) -> None:
    segment(nights, 2).unlink()
    packed = {path: path.read_bytes() for path in nights.journal.glob("*.gz")}
    assert len(packed) == 2
    assert journals.last_number(nights.journal) == 2
    assert (
        append(nights, [answer(report(7, "failed"), hours=25)]) == 5
    )  # behind what is in the table
    assert {path: path.read_bytes() for path in packed} == packed
    assert segment(nights, 2).suffix == ".ndjson"
    assert (verify(nights).lost_lines, verify(nights).damaged) == (2, 0)


LOG_HARMED: dict[str, Callable[[Archive], object]] = {
    "an entry of the log is gone": lambda archive: entries(archive)[-1].unlink(),
    "the log is gone": lambda archive: shutil.rmtree(archive.table / "_delta_log"),
    "the table is gone": lambda archive: shutil.rmtree(archive.table),
}


@pytest.mark.parametrize("what", LOG_HARMED)
def test_what_the_table_has_lost_is_told_and_read_from_the_journal(
    nights: Archive, what: str
) -> None:
    there = ids(nights)
    LOG_HARMED[what](nights)
    found = verify(nights)
    assert (found.sound, found.undone > 0) == (False, True)
    assert str(found).endswith("infobip-analytics archive replay")
    assert ids(nights) == there
    replay(nights)
    assert (ids(nights), verify(nights).sound) == (there, True)


def test_files_of_the_table_that_are_gone_are_told_and_made_anew(nights: Archive) -> None:
    there = ids(nights)
    for path in nights.table.rglob("part-*.parquet"):
        path.unlink()
    for door in (scan, verify):
        with pytest.raises(SourceError, match=r"lacks 2 files that its log names.*archive rebuild"):
            door(nights)
    rebuild(nights)
    assert (ids(nights), verify(nights).sound) == (there, True)


def test_a_journal_that_is_gone_is_told(nights: Archive) -> None:
    shutil.rmtree(nights.journal)
    for door in (scan, verify, replay):
        with pytest.raises(SourceError, match="is gone; put it back from a copy"):
            door(nights)


_WITHOUT_HANDLES = """
import os, resource, sys
from infobip_analytics.archive import open_archive, replay
from infobip_analytics.errors import SourceError
import deltalake, polars
archive = open_archive(sys.argv[1])
_, most = usual = resource.getrlimit(resource.RLIMIT_NOFILE)
handles = len(os.listdir("/proc/self/fd")) + int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_NOFILE, (handles, most))
try:
    replay(archive)
except SourceError as problem:
    resource.setrlimit(resource.RLIMIT_NOFILE, usual)
    print(problem)
"""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts handles as Linux does")
@pytest.mark.parametrize("left", ["1", "2", "3"])
def test_where_there_are_no_handles_left_it_is_told_as_a_sentence(
    archive: Archive, left: str
) -> None:
    append(archive, [answer(report(1))])
    command = [sys.executable, "-c", _WITHOUT_HANDLES, str(archive.path), left]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "too many open files" in done.stdout.lower()
    assert "start again" in done.stdout.lower()
    replay(archive)
    assert ids(archive) == ["m-1"]


def test_making_the_table_anew_goes_on_where_it_was_killed(nights: Archive) -> None:
    there = ids(nights)
    # as it leaves it that was killed between moving the table away and making another
    nights.table.rename(nights.path / ".reports.gone")
    assert ids(nights) == there
    assert verify(nights).undone == 4
    replay(nights)
    assert verify(nights).sound
    rebuild(nights)
    assert not (nights.path / ".reports.gone").exists()
