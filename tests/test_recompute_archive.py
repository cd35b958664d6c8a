"""Stats of an archive: whatever the nights bring, the file is that of a full computation."""

import random
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from archive_answers import answer, report
from archive_worlds import QUESTIONS, nights, pass_night
from conftest import Run
from hypothesis import given, settings
from hypothesis import strategies as st
from object_store_server import object_store

from infobip_analytics.archive import (
    Archive,
    append,
    compact,
    drop_older,
    forget,
    keep,
    make_archive,
    rebuild,
    replay,
    scan,
)
from infobip_analytics.archive import table as tables
from infobip_analytics.errors import ArgumentError, InfobipAnalyticsWarning, SourceError
from infobip_analytics.recomputing import Recomputed, days, ids, recompute, units
from infobip_analytics.recomputing.layout import ARCHIVE
from infobip_analytics.recomputing.lines import as_csv
from infobip_analytics.recomputing.snapshot import snapshot_of
from infobip_analytics.recomputing.state import opened
from infobip_analytics.recomputing.stats import Question, Stats, stats_of, with_time
from infobip_analytics.samples import sample_path


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return make_archive(tmp_path / "archive")


@pytest.fixture
def stats(tmp_path: Path) -> Path:
    return tmp_path / "stats.csv"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every day be a unit of its own, and every portion be small."""
    make_small(monkeypatch)


def make_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(units, "LEAST", 4)
    monkeypatch.setattr(units, "SMALL_ONES", 3)
    monkeypatch.setattr(days, "PORTION", 7)
    monkeypatch.setattr(days, "FEW", 5)
    monkeypatch.setattr(ids, "PORTION", 10)


def full(archive: Archive, **options: Any) -> Stats:
    """Give the stats of all reports at once, as of files."""
    asked = {**options, "by": with_time(options.get("by", "country"))}
    return stats_of(scan(archive), Question(**asked))


def state_of(stats: Path) -> Path:
    return stats.with_name(f"{stats.name}.state")


def told(done: Recomputed) -> list[str]:
    return str(done).replace("\N{NO-BREAK SPACE}", " ").splitlines()


def assert_whole(archive: Archive, stats: Path, **options: Any) -> Recomputed:
    """Recompute, and hold the file against a run from nothing and against all reports at once."""
    done = recompute(archive.path, stats, **options)
    anew = stats.with_name("anew.csv")
    again = recompute(archive.path, anew, **options)
    right = full(archive, **options)
    assert stats.read_bytes() == anew.read_bytes() == as_csv(right.lines)
    assert (done.as_of, done.notes) == (again.as_of, again.notes) == (right.as_of, right.notes)
    for path in (anew, state_of(anew)):
        path.unlink()
    return done


# --- any nights


def play(folder: Path, seed: int, options: dict[str, Any], count: int) -> None:
    """Let nights pass, and hold the file of each against a full computation."""
    archive, stats = make_archive(folder / "archive"), folder / "stats.csv"
    rng = random.Random(seed)
    for night in nights(seed, count):
        harmed = pass_night(archive, night, state_of(stats), rng)
        with warnings.catch_warnings():
            if harmed or options.get("since"):
                warnings.simplefilter("ignore", InfobipAnalyticsWarning)
            if night.done == "check":
                done = recompute(archive.path, stats, **options, check=True)
                assert not done.written
            assert_whole(archive, stats, **options)
            assert recompute(archive.path, stats, **options, check=True).up_to_date


@given(seed=st.integers(0, 10**6), options=st.sampled_from(QUESTIONS), tiny=st.booleans())
@settings(max_examples=2)
def test_every_night_gives_what_all_reports_give(
    seed: int, options: dict[str, Any], tiny: bool
) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        if tiny:
            make_small(monkeypatch)
        play(Path(folder), seed, options, 3)


@pytest.mark.slow
@given(seed=st.integers(0, 10**6), options=st.sampled_from(QUESTIONS), tiny=st.booleans())
@settings(max_examples=40)
def test_many_nights_give_what_all_reports_give(
    seed: int, options: dict[str, Any], tiny: bool
) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        if tiny:
            make_small(monkeypatch)
        play(Path(folder), seed, options, 9)


def test_the_file_is_that_of_the_same_reports_in_a_file(archive: Archive, stats: Path) -> None:
    for night in nights(7):
        append(archive, night.answers)
    replay(archive)
    export = stats.with_name("export.parquet")
    scan(archive).collect().write_parquet(export)
    of_files = stats.with_name("of_files.csv")
    done, right = recompute(archive.path, stats), recompute(export, of_files)
    assert stats.read_bytes() == of_files.read_bytes()
    assert (done.notes, done.sealed, done.as_of) == (right.notes, right.sealed, right.as_of)


def test_parquet_has_the_same_lines(archive: Archive, stats: Path) -> None:
    keep(archive, [answer(*(report(n, day=n % 9 + 1) for n in range(40)))])
    recompute(archive.path, stats.with_suffix(".parquet"))
    assert pl.read_parquet(stats.with_suffix(".parquet")).equals(full(archive).lines)


# --- what is read


def month_of(archive: Archive, days: int = 20) -> None:
    """Keep five reports about each of some days, that came on the same day."""
    for day in range(1, days + 1):
        rows = [report(10 * day + n, day=day) for n in range(5)]
        append(archive, [answer(*rows, hours=24 * (day - 2))])
    replay(archive)


def observed(monkeypatch: pytest.MonkeyPatch) -> set[date]:
    """Give the days that are read from the table from now on."""
    plan, seen = tables.plan, set[date]()

    def watched(archive: Archive, table: Any, days: Any = None) -> pl.LazyFrame:
        assert days is not None, "the whole table is read"
        seen.update(days)
        return plan(archive, table, days)

    monkeypatch.setattr(tables, "plan", watched)
    return seen


def march(*days: int) -> set[date]:
    return {date(2026, 3, day) for day in days}


@pytest.mark.usefixtures("small")
def test_only_days_that_are_new_changed_or_not_settled_are_read(
    archive: Archive, stats: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    month_of(archive)
    assert recompute(archive.path, stats).rows.read == 20
    late = report(39, "failed", day=3)
    keep(archive, [answer(report(999, day=21), late, hours=24 * 19)])
    seen = observed(monkeypatch)
    done = recompute(archive.path, stats)
    assert seen == march(3, 17, 18, 19, 20, 21)
    assert told(done)[-3].startswith("read 6 of 21 days")
    seen.clear()
    assert recompute(archive.path, stats).rows.read == 0
    assert not seen
    monkeypatch.undo()
    assert_whole(archive, stats)


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_a_moment_that_moves_does_not_have_settled_days_read(archive: Archive, stats: Path) -> None:
    month_of(archive)
    recompute(archive.path, stats, as_of="2026-03-21")
    assert recompute(archive.path, stats, as_of="2026-03-22").rows.read == 3
    assert recompute(archive.path, stats, as_of="now").rows.read == 2
    assert recompute(archive.path, stats, as_of="now").rows.read == 0
    # of days that were counted as of a later moment nothing is known as of an earlier one
    assert recompute(archive.path, stats, as_of="2026-03-10").rows.read == 14
    assert_whole(archive, stats, as_of="2026-03-10")


@pytest.mark.usefixtures("small")
def test_another_list_or_showing_silent_countries_reads_nothing(
    archive: Archive, stats: Path
) -> None:
    month_of(archive)
    recompute(archive.path, stats)
    options: dict[str, Any] = {"no_report": "show", "no_report_countries": ["GB"]}
    assert recompute(archive.path, stats, **options).rows.read == 0
    assert_whole(archive, stats, **options)
    assert recompute(archive.path, stats, by="sender").rows.read == 20


def test_days_of_few_reports_are_counted_together(archive: Archive, stats: Path) -> None:
    month_of(archive)
    recompute(archive.path, stats)
    assert len(kept_units(archive, stats)) == 2


def kept_units(archive: Archive, stats: Path) -> list[tuple[Any, ...]]:
    with closing(opened(state_of(stats), [archive.id], passing=True, layout=ARCHIVE)) as state:
        return state.execute("SELECT days FROM units").fetchall()


@pytest.mark.usefixtures("small")
def test_units_of_few_reports_are_put_together_when_they_are_many(
    archive: Archive, stats: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(units, "LEAST", 1)
    month_of(archive)
    recompute(archive.path, stats)
    assert len(kept_units(archive, stats)) == 20
    monkeypatch.setattr(units, "LEAST", 40)
    assert recompute(archive.path, stats).rows.read == 20
    assert len(kept_units(archive, stats)) == 3
    assert_whole(archive, stats)


# --- messages that have reports on several days


MIDNIGHT: dict[str, Any] = {
    "sentAt": "2026-03-04T00:00:00.001+0000",
    "doneAt": "2026-03-04T00:01:00.000+0000",
}
BEFORE: dict[str, Any] = {
    "sentAt": "2026-03-03T23:59:59.999+0000",
    "doneAt": "2026-03-04T00:01:00.000+0000",
}


@pytest.mark.slow
@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("first", "then"),
    [
        (MIDNIGHT, BEFORE),
        (BEFORE, MIDNIGHT),
        ({}, {"sentAt": None, "doneAt": "2026-03-15T10:00:00.000+0000"}),
        ({"sentAt": None, "doneAt": "2026-03-15T10:00:00.000+0000"}, {}),
        ({"sentAt": "2026-03-17T10:00:00.000+0000"}, {}),
    ],
)
def test_a_message_on_two_days_is_one_message(
    archive: Archive, stats: Path, first: dict[str, Any], then: dict[str, Any]
) -> None:
    month_of(archive)
    keep(archive, [answer(report(999, "failed", **first))])
    recompute(archive.path, stats)
    keep(archive, [answer(report(999, **then), hours=24 * 30)])
    assert_whole(archive, stats)
    assert sum(full(archive).lines["messages"]) == 101
    keep(archive, [answer(report(998, day=19), hours=24 * 31)])
    assert assert_whole(archive, stats).rows.read < 10


@pytest.mark.usefixtures("small")
def test_a_message_that_is_no_longer_on_two_days_is_counted_where_it_is_left(
    archive: Archive, stats: Path
) -> None:
    month_of(archive)
    keep(archive, [answer(report(999, to="447700900777", **MIDNIGHT), report(999, **BEFORE))])
    recompute(archive.path, stats)
    forget(archive, "447700900777")
    assert_whole(archive, stats)
    forget(archive, "447700900999")
    assert_whole(archive, stats)


# --- facts about all reports


@pytest.mark.usefixtures("small")
def test_one_log_makes_all_lines_lines_of_what_was_sent(archive: Archive, stats: Path) -> None:
    month_of(archive)
    recompute(archive.path, stats)
    assert set(pl.read_csv(stats)["population"]) == {"reported"}
    keep(archive, [answer(report(999, day=20), endpoint="/sms/3/logs", hours=24 * 20)])
    assert assert_whole(archive, stats).rows.read < 10
    assert set(pl.read_csv(stats)["population"]) == {"sent"}


def test_what_was_left_out_is_told_of_all_days(archive: Archive, stats: Path) -> None:
    month_of(archive)
    silent = [report(2000 + n, day=n + 1, to=f"849000000{n:02}") for n in range(12)]
    undated = report(3000, sentAt=None, doneAt=None)
    keep(archive, [answer(*silent, undated, {"messageId": None}, hours=24 * 19)])
    options: dict[str, Any] = {"since": "2026-03-02", "until": "2026-03-18"}
    done = assert_whole(archive, stats, **options)
    [said] = [note for note in done.notes if note.startswith("left out")]
    for part in ("6 ", "Vietnam 11", "sent before since", "sent after until", "set aside"):
        assert part in said
    assert "1 row of its answers could not be read" in str(done)


def test_bounds_that_leave_nothing_are_said(archive: Archive, stats: Path) -> None:
    month_of(archive, 3)
    with pytest.warns(InfobipAnalyticsWarning, match="nothing is left: 15 messages sent before"):
        recompute(archive.path, stats, since="2026-04-01")
    assert len(stats.read_text().splitlines()) == 1


def test_an_archive_without_any_report_has_no_lines(archive: Archive, stats: Path) -> None:
    assert (
        told(assert_whole(archive, stats))[1:]
        == ["read 0 of 0 days", "no messages"] + ["there are no messages here"] * 0
    )
    keep(archive, [answer(report(1))])
    assert_whole(archive, stats)


def test_days_that_are_dropped_are_gone(archive: Archive, stats: Path) -> None:
    month_of(archive)
    recompute(archive.path, stats)
    drop_older(archive, 10, today=datetime(2026, 3, 20, tzinfo=UTC))
    assert "9 gone since the last run" in str(assert_whole(archive, stats))


def test_a_table_made_anew_gives_the_same(archive: Archive, stats: Path) -> None:
    month_of(archive)
    recompute(archive.path, stats)
    rebuild(archive)
    assert recompute(archive.path, stats).up_to_date
    compact(archive)
    assert recompute(archive.path, stats).up_to_date


def test_reports_that_only_the_journal_has_are_counted(archive: Archive, stats: Path) -> None:
    month_of(archive)
    recompute(archive.path, stats)
    append(archive, [answer(report(999, day=19), hours=24 * 19)])
    assert assert_whole(archive, stats).rows.read > 0
    assert recompute(archive.path, stats).rows.read == 0
    replay(archive)
    assert recompute(archive.path, stats).up_to_date


def test_what_is_written_during_a_run_is_not_seen(
    archive: Archive, stats: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    month_of(archive)
    right = as_csv(full(archive).lines)

    def then_written(of: Archive) -> Any:
        found = snapshot_of(of)
        keep(archive, [answer(report(999, day=19), report(32, "failed", day=3), hours=24 * 19)])
        return found

    monkeypatch.setattr("infobip_analytics.recomputing.archived.snapshot_of", then_written)
    recompute(archive.path, stats)
    assert stats.read_bytes() == right
    monkeypatch.undo()
    assert_whole(archive, stats)


def test_nothing_is_written_to_an_archive(archive: Archive, stats: Path) -> None:
    month_of(archive, 4)

    def there() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in archive.path.rglob("*")}

    before = there()
    recompute(archive.path, stats)
    assert there() == before


def test_a_copy_in_an_object_store_gives_the_same(
    archive: Archive, stats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    month_of(archive, 6)
    append(archive, [answer(report(999, day=6), hours=24 * 6)])
    right = as_csv(full(archive).lines)
    with object_store(tmp_path / "store") as store:
        for name, value in store.environment().items():
            monkeypatch.setenv(name, value)
        shutil.copytree(archive.path, store.folder / "bucket" / "sms")
        assert recompute("s3://bucket/sms", stats).rows.read == 6
        assert stats.read_bytes() == right
        assert recompute("s3://bucket/sms", stats).rows.read == 0


# --- the state


@pytest.mark.usefixtures("small")
def test_the_state_holds_no_number_that_was_not_asked_for(archive: Archive, stats: Path) -> None:
    keep(archive, [answer(report(1, to="447700900123", **MIDNIGHT), report(1, **BEFORE))])
    recompute(archive.path, stats)
    content = state_of(stats).read_bytes()
    assert b"447700900123" not in content
    assert b"m-1" not in content


def test_the_state_of_another_archive_or_of_files_is_not_used(
    archive: Archive, stats: Path, tmp_path: Path
) -> None:
    month_of(archive, 3)
    recompute(archive.path, stats)
    other = make_archive(tmp_path / "other")
    month_of(other, 2)
    with pytest.warns(InfobipAnalyticsWarning, match="of another archive: every day is read again"):
        assert recompute(other.path, stats).rows.read == 2
    export = tmp_path / "export.parquet"
    scan(archive).collect().write_parquet(export)
    with pytest.warns(InfobipAnalyticsWarning, match="no state of ours: every file is read again"):
        recompute(export, stats)
    with pytest.warns(InfobipAnalyticsWarning, match="no state of ours: every day is read again"):
        assert_whole(archive, stats)


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_flipped_bytes_never_change_a_result(archive: Archive, stats: Path) -> None:
    month_of(archive)
    recompute(archive.path, stats)
    sound, right = state_of(stats).read_bytes(), stats.read_bytes()
    for place in range(100, len(sound), len(sound) // 40):
        flipped = bytearray(sound)
        flipped[place] ^= 0x55
        state_of(stats).write_bytes(flipped)
        stats.unlink()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InfobipAnalyticsWarning)
            recompute(archive.path, stats)
        assert stats.read_bytes() == right, f"byte {place}"


def test_a_check_writes_nothing(archive: Archive, stats: Path) -> None:
    month_of(archive, 6)
    recompute(archive.path, stats)
    keep(archive, [answer(report(999, day=6), hours=24 * 6)])
    before = stats.read_bytes(), state_of(stats).read_bytes()
    assert not recompute(archive.path, stats, check=True).up_to_date
    assert (stats.read_bytes(), state_of(stats).read_bytes()) == before


# --- what cannot be asked


def test_an_archive_is_recomputed_by_itself(archive: Archive, stats: Path) -> None:
    month_of(archive, 1)
    with pytest.raises(SourceError, match="an archive is recomputed by itself"):
        recompute([archive.path, sample_path("delivery_reports")], stats)
    with pytest.raises(SourceError, match="reaches into the archive"):
        recompute(archive.table, stats)
    with pytest.raises(ArgumentError, match="for campaign events"):
        recompute(archive.path, stats, integration="Infobip")
    with pytest.raises(ArgumentError, match="columns= is for the headings"):
        recompute(archive.path, stats, columns={"Ref": "message_id"})


def test_rows_that_cannot_be_read_are_raised_if_asked(archive: Archive, stats: Path) -> None:
    keep(archive, [answer(report(1), {"messageId": None})])
    with pytest.raises(SourceError, match="1 row of the answers in the archive"):
        recompute(archive.path, stats, on_bad="raise")
    assert not stats.exists()


def test_the_command_takes_an_archive(archive: Archive, stats: Path, run: Run) -> None:
    month_of(archive, 6)
    status, said, _ = run("recompute", str(archive.path), "--output", str(stats))
    assert (status, "read 6 of 6 days" in said) == (0, True)
    assert run("recompute", str(archive.path), "--output", str(stats), "--check")[0] == 0


# --- several runs at once, and runs that are killed


RUN = "import sys; from infobip_analytics.cli import main; sys.exit(main(sys.argv[1:]))"


def started(archive: Archive, stats: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RUN, "recompute", str(archive.path), "--output", str(stats)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_runs_at_once_do_no_harm(archive: Archive, stats: Path) -> None:
    month_of(archive, 6)
    runs = [started(archive, stats) for _ in range(2)]
    ends = [(run.communicate(timeout=120), run.returncode) for run in runs]
    assert [status for _, status in ends] == [0, 0], ends
    assert sorted("up to date" in out for (out, _), _ in ends) == [False, True]
    assert assert_whole(archive, stats).rows.read == 0


@pytest.mark.slow
def test_a_run_that_is_killed_leaves_what_the_next_needs(archive: Archive, stats: Path) -> None:
    month_of(archive)
    took = time.monotonic()
    started(archive, stats).communicate(timeout=120)
    took = time.monotonic() - took
    right = stats.read_bytes()
    for part in range(10):
        if part % 3 == 0:
            state_of(stats).unlink(missing_ok=True)
        stats.unlink(missing_ok=True)
        run = started(archive, stats)
        time.sleep(took * (0.4 + part / 17))
        run.send_signal(signal.SIGKILL)
        run.communicate(timeout=60)
        assert not stats.exists() or stats.read_bytes() == right
        recompute(archive.path, stats)
        assert stats.read_bytes() == right


# --- ids on several days


def shuffled(numbers: Iterator[int]) -> Any:
    return pl.Series(list(numbers), dtype=pl.UInt64).unique().sort().to_numpy()


@pytest.mark.parametrize("portion", [3, 10**6])
@pytest.mark.parametrize("seed", range(5))
def test_ids_on_several_days_are_found(
    seed: int, portion: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ids, "PORTION", portion)
    rng = random.Random(seed)
    pool = [rng.randrange(2**64) for _ in range(60)] + [0, 2**64 - 1]
    each = {day: shuffled(iter(rng.sample(pool, 20))) for day in range(4)}
    days_of = Counter(id for found in each.values() for id in found.tolist())
    right = {day: [id for id in own.tolist() if days_of[id] > 1] for day, own in each.items()}
    for new in (None, shuffled(iter(pool))):
        found = ids.on_several_days(lambda: iter(each.items()), new)
        assert {day: some.tolist() for day, some in found.items()} == right
