"""The state beside the output: it saves time, and nothing that happens to it changes a result."""

import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest

from infobip_analytics.errors import InfobipAnalyticsWarning, SourceError
from infobip_analytics.recomputing import pieces, recompute
from infobip_analytics.recomputing import state as state_module
from infobip_analytics.recomputing.asking import Reading
from infobip_analytics.recomputing.files import UNTRUSTED, seen_at
from infobip_analytics.recomputing.keeping import NUMBER, kept
from infobip_analytics.recomputing.state import opened
from infobip_analytics.samples.events import events_frame
from infobip_analytics.samples.reports import report_lines
from infobip_analytics.samples.world import make_world

Split = Callable[..., Path]

needs_rights = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)


@pytest.fixture(scope="module")
def rows() -> list[str]:
    """The reports and logs of a small world."""
    return report_lines(make_world(120, 3))["line"].to_list()


@pytest.fixture
def exports(tmp_path: Path, rows: list[str]) -> Split:
    """Write the rows as some exports of some past."""

    def split(many: int, of: list[str] | None = None) -> Path:
        folder = tmp_path / "exports"
        folder.mkdir(exist_ok=True)
        for number in range(many):
            path = folder / f"{number:03}.ndjson"
            path.write_text("\n".join((of or rows)[number::many]) + "\n")
            os.utime(path, ns=(10**18 + 7, 10**18 + 7))
        return folder

    return split


@pytest.fixture
def stats(tmp_path: Path) -> Path:
    return tmp_path / "stats.csv"


@pytest.fixture(scope="module")
def right(rows: list[str], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What any run of these rows has to give."""
    folder = tmp_path_factory.mktemp("right")
    (folder / "all.ndjson").write_text("\n".join(rows))
    recompute(folder / "all.ndjson", folder / "right.csv")
    return (folder / "right.csv").read_bytes()


def state_of(stats: Path) -> Path:
    return stats.with_name(f"{stats.name}.state")


def test_the_state_is_one_file_that_only_its_owner_reads(exports: Split, stats: Path) -> None:
    recompute(exports(3), stats)
    assert sorted(path.name for path in stats.parent.iterdir()) == [
        "exports", "stats.csv", "stats.csv.state",
    ]  # fmt: skip
    assert stat.S_IMODE(state_of(stats).stat().st_mode) == 0o600


def test_the_output_has_the_rights_of_any_new_file_or_of_the_one_it_replaces(
    exports: Split, stats: Path
) -> None:
    other = stats.with_name("other")
    other.touch()
    recompute(exports(2), stats)
    assert stats.stat().st_mode == other.stat().st_mode
    stats.chmod(0o640)
    stats.write_bytes(stats.read_bytes().replace(b"\n", b"\r\n"))
    recompute(exports(2), stats)
    assert stat.S_IMODE(stats.stat().st_mode) == 0o640


def test_a_link_stays_a_link(exports: Split, stats: Path) -> None:
    (stats.parent / "far").mkdir()
    stats.symlink_to(stats.parent / "far" / "stats.csv")
    recompute(exports(2), stats)
    assert stats.is_symlink()
    assert state_of(stats.parent / "far" / "stats.csv").exists()


def test_callbacks_by_the_thousand_share_few_pieces(exports: Split, stats: Path) -> None:
    recompute(exports(40), stats)
    with closing(sqlite3.connect(state_of(stats))) as state:
        assert state.execute("SELECT count(*) FROM files").fetchone() == (40,)
        assert state.execute("SELECT count(*) FROM pieces").fetchone() == (1,)


def test_small_pieces_are_merged_and_large_files_are_cut(
    exports: Split, stats: Path, right: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "LEAST", 10)
    monkeypatch.setattr(pieces, "MOST", 100)
    monkeypatch.setattr(pieces, "SMALL_ONES", 4)
    folder = exports(6)
    kept_back = [path.rename(stats.parent / path.name) for path in sorted(folder.iterdir())[1:]]
    recompute(folder, stats)
    for path in kept_back:
        path.rename(folder / path.name)
        recompute(folder, stats)
    with closing(sqlite3.connect(state_of(stats))) as state:
        sizes = [size for (size,) in state.execute("SELECT n_rows FROM pieces")]
    assert stats.read_bytes() == right
    assert max(sizes) <= 100
    assert sum(size < 50 for size in sizes) <= 4
    (folder / "000.ndjson").unlink()
    recompute(folder, stats)
    recompute(folder, stats.with_name("anew.csv"))
    assert stats.read_bytes() == stats.with_name("anew.csv").read_bytes()


def test_rows_of_a_file_that_is_gone_leave_the_state(exports: Split, stats: Path) -> None:
    secret = '{"messageId": "m-secret", "to": "447700900199", "status": {"groupName": "PENDING"}}'
    folder = exports(2)
    (folder / "gone.ndjson").write_text(f"{secret}\n" * 3)
    recompute(folder, stats)
    assert "447700900199" in recipients(stats)
    (folder / "gone.ndjson").unlink()
    assert "1 gone since the last run" in str(recompute(folder, stats, by="channel"))
    assert "447700900199" not in recipients(stats)


def recipients(stats: Path) -> set[str]:
    """Give every recipient that the state knows."""
    with closing(sqlite3.connect(state_of(stats))) as state:
        contents = [content for (content,) in state.execute("SELECT content FROM pieces")]
    return {one for content in contents for one in pl.read_parquet(content)["recipient"]}


def test_of_events_that_are_no_messages_only_the_latest_time_is_kept() -> None:
    events = events_frame(make_world(200, 3)).with_columns(pl.lit(1, pl.Int64).alias(NUMBER))
    found = kept(events, "campaign_events")
    others = found.filter(~pl.col("action_type").is_in(["sms", "mms"]).fill_null(value=False))
    assert others.height == 1
    assert found["timestamp"].max() == events["timestamp"].max()
    assert {"comment", "message", "subject", "event_name"}.isdisjoint(found.columns)
    assert found.height < events.height


# --- what may happen to it


def damage() -> Iterator[tuple[str, Callable[[Path], object]]]:
    yield "deleted", lambda path: path.unlink()
    yield "empty", lambda path: path.write_bytes(b"")
    yield "foreign", lambda path: path.write_bytes(b"these are my own notes\n" * 99)
    yield "cut off", lambda path: os.truncate(path, path.stat().st_size // 2)
    yield "of another program", another_program
    yield "of another version", lambda path: execute(path, "UPDATE stamp SET made_by = 'x'")
    yield "wrong count", lambda path: execute(path, "UPDATE files SET set_aside = 99")
    yield "lost rows", lambda path: execute(path, "DELETE FROM contents")
    yield "lost piece", lambda path: execute(path, "DELETE FROM pieces")
    yield "name that is no text", lambda path: replace(path, b"stamp", b"st\xffmp")
    yield "other encoding", lambda path: overwrite(path, 56, b"\0\0\0\2")
    yield "index that lies", lambda path: replace(path, b"/001.ndjson\2", b"/009.ndjson\2")
    yield "wrong piece", lambda path: execute(path, "UPDATE pieces SET content = x'00'")


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as state, state:
        state.execute(statement)


def replace(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))


def overwrite(path: Path, place: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        file.write(content)


def another_program(path: Path) -> None:
    path.unlink()
    execute(path, 'CREATE TABLE "files" (name TEXT)')


@pytest.mark.parametrize("harm", [harm for _, harm in damage()], ids=[name for name, _ in damage()])
def test_a_state_that_is_not_sound_is_discarded(
    exports: Split, stats: Path, right: bytes, harm: Callable[[Path], object]
) -> None:
    folder = exports(6)
    recompute(folder, stats)
    stats.unlink()
    harm(state_of(stats))
    gone = not state_of(stats).exists() or not state_of(stats).stat().st_size
    if gone:
        recompute(folder, stats)
    else:
        with pytest.warns(InfobipAnalyticsWarning, match=r"discarded, for .* read again"):
            recompute(folder, stats)
    assert stats.read_bytes() == right
    assert recompute(folder, stats).rows.read == 0


@pytest.mark.parametrize("passing", [False, True])
def test_a_damaged_state_is_used_whole_or_not_at_all(
    exports: Split, stats: Path, rows: list[str], passing: bool
) -> None:
    recompute(exports(3, rows[:9]), stats)
    sound, asked = state_of(stats).read_bytes(), Reading().stamp
    with closing(opened(state_of(stats), asked, passing=True)) as state:
        all_of_it = list(state.iterdump())
    chance = random.Random(7)
    used = []
    for _ in range(300):
        damaged = bytearray(sound)
        for _ in range(chance.choice([1, 2, 5, 50])):
            # much of what SQLite goes by stands at the beginning
            end = chance.choice([100, 1000, len(sound)])
            damaged[chance.randrange(end)] = chance.randrange(256)
        state_of(stats).write_bytes(damaged)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InfobipAnalyticsWarning)
            with closing(opened(state_of(stats), asked, passing=passing)) as state:
                files = state.execute("SELECT count(*) FROM files").fetchone()
                assert files == (0,) or list(state.iterdump()) == all_of_it
                used.append(files != (0,))
    assert 0 < sum(used) < 300


@pytest.mark.slow
def test_flipped_bytes_never_change_a_result(exports: Split, stats: Path, right: bytes) -> None:
    folder = exports(6)
    recompute(folder, stats)
    sound = state_of(stats).read_bytes()
    for place in range(100, len(sound), len(sound) // 12):
        flipped = bytearray(sound)
        flipped[place] ^= 0x55
        state_of(stats).write_bytes(flipped)
        stats.unlink()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InfobipAnalyticsWarning)
            recompute(folder, stats)
        assert stats.read_bytes() == right, f"byte {place}"


def test_another_time_zone_reads_all_again(exports: Split, stats: Path) -> None:
    folder = exports(3)
    recompute(folder, stats)
    with pytest.warns(InfobipAnalyticsWarning, match="another --timezone"):
        assert recompute(folder, stats, timezone="Asia/Tokyo").rows.read == 3


def test_another_question_reads_nothing_again(exports: Split, stats: Path) -> None:
    folder = exports(3)
    recompute(folder, stats)
    options = {"by": "campaign", "as_of": "2026-04-01", "waiting_period": "2d"}
    assert recompute(folder, stats, **options).rows.read == 0  # type: ignore[arg-type]


def test_a_file_changed_a_moment_ago_is_read_again(exports: Split, stats: Path) -> None:
    folder = exports(2)
    soon = time.time_ns() + 10**12  # a clock that is ahead
    os.utime(folder / "000.ndjson", ns=(soon, soon))
    assert recompute(folder, stats).rows.read == 2
    assert recompute(folder, stats).rows.read == 1


@pytest.mark.parametrize(
    ("age", "trusted"), [(0, False), (10**6, False), (10**9, True), (-(10**9), False)]
)
def test_a_time_of_change_is_trusted_once_the_clock_has_moved_on(
    tmp_path: Path, age: int, trusted: bool
) -> None:
    path = tmp_path / "export"
    path.touch()
    changed = (time.time_ns() - age) | 1  # to the nanosecond, so no clock of whole seconds
    os.utime(path, ns=(changed, changed))
    seen = seen_at(path)
    assert seen is not None
    # a busy machine may take longer than the clock of the file system is coarse
    assert (seen.mtime_ns == changed) == trusted or (age and time.time_ns() - changed > 20_000_000)


def test_a_clock_of_whole_seconds_is_trusted_after_two(tmp_path: Path) -> None:
    path = tmp_path / "export"
    path.touch()
    now = time.time_ns() // 10**9
    for age, trusted in ((1, False), (4, True)):
        os.utime(path, (now - age, now - age))
        seen = seen_at(path)
        assert seen is not None
        assert (seen.mtime_ns != UNTRUSTED) == trusted


def test_a_state_that_cannot_be_a_file_costs_time_only(
    exports: Split, stats: Path, right: bytes
) -> None:
    state_of(stats).mkdir()
    for reads in (6, 6):
        with pytest.warns(InfobipAnalyticsWarning, match="the stats are right, but"):
            assert recompute(exports(6), stats).rows.read == reads
    assert stats.read_bytes() == right


@needs_rights
def test_a_folder_that_may_only_be_read_is_a_sentence_and_can_be_checked(
    exports: Split, stats: Path
) -> None:
    folder = exports(2)
    recompute(folder, stats)
    stats.parent.chmod(0o500)
    try:
        assert recompute(folder, stats, check=True).rows.read == 0
        with pytest.raises(SourceError, match="no permission to write"):
            recompute(folder, stats, by="sender")
    finally:
        stats.parent.chmod(0o700)


@needs_rights
def test_a_state_that_may_only_be_read_is_used_and_not_kept(exports: Split, stats: Path) -> None:
    folder = exports(2)
    recompute(folder, stats)
    state_of(stats).chmod(0o400)
    with pytest.warns(InfobipAnalyticsWarning, match="cannot be written"):
        assert recompute(folder, stats).rows.read == 0


def test_a_full_disk_for_the_state_costs_time_only(
    exports: Split, stats: Path, right: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = state_module._connected

    def small(name: str, *, uri: bool = False) -> sqlite3.Connection:
        state = connected(name, uri=uri)
        if name and not uri:
            state.execute("PRAGMA max_page_count = 8")  # what SQLite calls a full disk
        return state

    monkeypatch.setattr(state_module, "_connected", small)
    with pytest.warns(InfobipAnalyticsWarning, match="full"):
        recompute(exports(6), stats)
    assert stats.read_bytes() == right


# --- several runs at once, and runs that are killed


RUN = "import sys; from infobip_analytics.cli import main; sys.exit(main(sys.argv[1:]))"


def started(folder: Path, stats: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RUN, "recompute", str(folder), "--output", str(stats)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )


def test_a_second_run_waits_says_so_and_goes_on(exports: Split, stats: Path, right: bytes) -> None:
    folder = exports(6)
    recompute(folder, stats)
    stats.unlink()
    with closing(sqlite3.connect(state_of(stats), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = started(folder, stats)
        assert waiting.stderr is not None
        said = [waiting.stderr.readline() for _ in range(2)]
        assert any(line.startswith("note: another run is at") for line in said)
        assert waiting.poll() is None
        other.execute("ROLLBACK")
        out, err = waiting.communicate(timeout=60)
    assert (waiting.returncode, stats.read_bytes()) == (0, right), err
    assert "read 0 of 6 files" in out


def test_a_run_that_waits_too_long_is_a_sentence(
    exports: Split, stats: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_module, "PATIENCE", 0.1)
    monkeypatch.setattr(state_module, "LOOK", 0.1)
    folder = exports(1)
    recompute(folder, stats)
    with closing(sqlite3.connect(state_of(stats), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with (
            pytest.warns(InfobipAnalyticsWarning, match="waiting for it"),
            pytest.raises(SourceError, match="another run has been at"),
        ):
            recompute(folder, stats)


def test_two_runs_at_once_do_no_harm(exports: Split, stats: Path, right: bytes) -> None:
    folder = exports(6)
    runs = [started(folder, stats) for _ in range(2)]
    ends = [(run.communicate(timeout=120), run.returncode) for run in runs]
    assert [status for _, status in ends] == [0, 0], ends
    assert stats.read_bytes() == right
    assert sorted("up to date" in out for (out, _), _ in ends) == [False, True]
    assert recompute(folder, stats).rows.read == 0


@pytest.mark.slow
def test_a_run_that_is_killed_leaves_what_the_next_needs(
    exports: Split, stats: Path, right: bytes
) -> None:
    folder = exports(6)
    took = time.monotonic()
    started(folder, stats).communicate(timeout=120)
    took = time.monotonic() - took
    for part in range(12):
        if part % 3 == 0:
            state_of(stats).unlink()
        stats.unlink(missing_ok=True)
        run = started(folder, stats)
        time.sleep(took * (0.4 + part / 20))
        run.send_signal(signal.SIGKILL)
        run.communicate(timeout=60)
        assert not stats.exists() or stats.read_bytes() == right
        recompute(folder, stats)
        assert stats.read_bytes() == right
