"""Who reads an archive: every door of ours, from a disk or an object store, and others' tools."""

import json
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from archive_answers import FIRST, alike, answer, ids, page, report
from conftest import Run
from object_store_server import ObjectStore, object_store
from polars.testing import assert_frame_equal

from infobip_analytics import delivery_rates, messages
from infobip_analytics.archive import (
    Answer,
    Archive,
    append,
    archive_at,
    compact,
    is_archive,
    keep,
    make_archive,
    open_archive,
    rebuild,
    scan,
    segments,
    verify,
)
from infobip_analytics.errors import (
    ArgumentError,
    AssumptionWarning,
    SetAsideWarning,
    SourceError,
)
from infobip_analytics.reading import (
    read,
    read_campaign_events,
    read_delivery_reports,
    read_each,
)

EVENT = (
    "customer_ids.registered,timestamp,properties.status,properties.action_type,recipient,"
    "properties.campaign_name\n"
    "c-1,2026-03-01T09:00:00Z,enqueued,sms,447700900001,Spring\n"
)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    made = make_archive(tmp_path / "data" / "archive")
    keep(made, [answer(report(1), report(2))])
    keep(made, [answer(report(3, day=2), report(1), hours=24)])
    return made


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with (
        object_store(tmp_path_factory.mktemp("store")) as running,
        pytest.MonkeyPatch.context() as p,
    ):
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            p.delenv(name)
        for name, value in running.environment().items():
            p.setenv(name, value)
        yield running


@pytest.fixture
def bucket(store: ObjectStore) -> Iterator[Path]:
    folder = store.folder / "bucket"
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def copied(archive: Archive, bucket: Path) -> str:
    """Copy an archive to the object store, as its own tools would; gives the address."""
    shutil.copytree(archive.path, bucket / "sms archive", dirs_exist_ok=True)
    return "s3://bucket/sms archive"


def found_in(frame: Any) -> list[str]:
    return sorted(frame["message_id"].to_list())


# The public doors


def test_the_reader_of_delivery_reports_reads_an_archive(archive: Archive) -> None:
    whole = scan(archive).collect()
    assert_frame_equal(read_delivery_reports(archive.path), whole)
    assert_frame_equal(read_delivery_reports(str(archive.path)), whole)
    assert_frame_equal(read_delivery_reports(archive.path.as_uri()), whole)
    assert isinstance(read_delivery_reports(archive.path, lazy=True), pl.LazyFrame)
    assert type(read_delivery_reports(archive.path, backend="pandas")).__module__.startswith("pand")
    with pytest.raises(ArgumentError, match="there are 'polars' and 'pandas'"):
        read_delivery_reports(archive.path, backend="spark")  # type: ignore[arg-type]


def test_of_an_archive_headings_cannot_be_named_and_a_time_zone_says_nothing(
    archive: Archive,
) -> None:
    with pytest.raises(ArgumentError, match="in an archive the columns have our names"):
        read_delivery_reports(archive.path, columns={"Ref": "message_id"})
    zoned = read_delivery_reports(archive.path, timezone="Asia/Tokyo")
    assert_frame_equal(zoned, read_delivery_reports(archive.path))
    with pytest.raises(ArgumentError, match="customers= is for campaign events"):
        read(archive.path, customers=[{"customer": "c"}])


def test_what_an_archive_could_not_read_is_said_and_raised_if_asked(
    archive: Archive, tmp_path: Path
) -> None:
    keep(archive, [Answer(b"<html>", "/push", "callback")])
    with pytest.warns(SetAsideWarning, match="1 row of the answers in the archive .* cannot"):
        assert read_delivery_reports(archive.path)["set_aside"].to_list() == [1, 1, 1]
    with pytest.raises(SourceError, match="on_bad='warn' reads the others"):
        read_delivery_reports(archive.path, on_bad="raise")
    with pytest.raises(ArgumentError, match="on_bad='skip'"):
        read_delivery_reports(archive.path, on_bad="skip")


def test_an_archive_has_no_campaign_events(archive: Archive) -> None:
    for source in (archive.path, archive.path.parent):
        with pytest.raises(SourceError, match="is an archive of delivery reports"):
            read_campaign_events(source)


def test_an_archive_in_a_folder_is_read_once_with_the_files_beside_it(archive: Archive) -> None:
    folder = archive.path.parent
    assert found_in(read(folder)) == ["m-1", "m-2", "m-3"]
    (folder / "more.json").write_bytes(page(report(3, day=2), report(4)))
    for source in (folder, str(folder / "*"), [folder / "more.json", archive.path]):
        frame = read(source)
        assert found_in(frame) == ["m-1", "m-2", "m-3", "m-3", "m-4"]
        assert messages(frame)["message_id"].n_unique() == 4
    assert found_in(read(str(folder / "*.json"))) == ["m-3", "m-4"]
    assert found_in(read(str(folder / "**" / "*.json"))) == ["m-3", "m-4"]


def test_set_aside_rows_of_archive_and_files_add_up(archive: Archive) -> None:
    append(archive, [Answer(b"<html>", "/push", "callback")])
    lacking = {**report(5), "messageId": None}
    (archive.path.parent / "more.json").write_bytes(page(report(4), lacking, lacking))
    with pytest.warns(SetAsideWarning) as said:
        frame = read(archive.path.parent)
    assert frame["set_aside"].unique().to_list() == [3]
    assert len(said) == 2


@pytest.mark.parametrize(
    "inside", ["journal", "reports", "reports/*", "reports/**/*.parquet", "archive.json", "*"]
)
def test_a_source_that_reaches_into_an_archive_is_answered_with_the_archive(
    archive: Archive, inside: str
) -> None:
    for door in (read, read_delivery_reports, read_campaign_events):
        with pytest.raises(SourceError, match=r"reaches into the archive .*: name the archive"):
            door(str(archive.path / inside))


def test_a_glob_that_reaches_into_an_archive_from_above_is_answered_too(archive: Archive) -> None:
    with pytest.raises(SourceError, match="reaches into the archive"):
        read(str(archive.path.parent / "**" / "*.parquet"))


def test_files_of_a_delta_table_are_not_taken_for_exports(archive: Archive, tmp_path: Path) -> None:
    compact(archive)
    shutil.copytree(archive.table, tmp_path / "table")
    for source in (tmp_path / "table", str(tmp_path / "table" / "*" / "*.parquet")):
        with pytest.raises(SourceError, match=r"is a Delta table.*polars\.read_delta"):
            read(source)
    frame = pl.read_delta(str(tmp_path / "table"))
    assert found_in(messages(frame)) == found_in(messages(read(archive.path)))


def test_exports_may_have_a_file_called_archive(tmp_path: Path) -> None:
    (tmp_path / "archive.json").write_bytes(page(report(1)))
    assert not is_archive(tmp_path)
    assert found_in(read(tmp_path)) == ["m-1"]


def test_several_archives_are_one_source(archive: Archive, tmp_path: Path) -> None:
    other = make_archive(tmp_path / "other")
    keep(other, [answer(report(3, day=2), report(9))])
    frame = read([archive.path, other.path, archive.path])
    assert found_in(frame) == ["m-1", "m-2", "m-3", "m-3", "m-9"]
    assert messages(frame).height == 4


def test_reports_of_an_archive_are_joined_to_events_of_a_file(
    archive: Archive, tmp_path: Path, run: Run
) -> None:
    events = tmp_path / "events.csv"
    events.write_text(EVENT)
    frames = read_each([archive.path, events], on_bad=str(tmp_path / "aside.ndjson"))
    assert set(frames) == {"delivery_reports", "campaign_events"}
    joined = messages(frames["campaign_events"], reports=frames["delivery_reports"])
    assert joined["report_outcome"].to_list() == ["delivered"]
    status, out, error = run("rates", str(archive.path), str(events), "--by", "campaign",
                             "--as-of", "2026-03-09", "--format", "csv")  # fmt: skip
    assert (status, "matched" in error) == (0, True)
    assert out.splitlines()[1].startswith("Spring,")
    with pytest.raises(SourceError, match=r"there are delivery reports in .*archive and campaign"):
        read([archive.path, events])


def test_a_file_that_is_neither_is_left_out_beside_an_archive(archive: Archive) -> None:
    (archive.path.parent / "notes.txt").write_text("remember the milk")
    with pytest.warns(SetAsideWarning, match=r"beside the archive: .*notes\.txt is neither"):
        assert found_in(read(archive.path.parent)) == ["m-1", "m-2", "m-3"]
    with pytest.raises(SourceError, match="is neither"):
        read(archive.path.parent, on_bad="raise")


@pytest.mark.parametrize("with_state", [False, True])
def test_stats_that_were_written_beside_an_archive_do_not_keep_it_from_being_read(
    archive: Archive, run: Run, tmp_path: Path, with_state: bool
) -> None:
    folder = archive.path.parent
    stats = folder / "stats.csv"
    assert run("recompute", str(archive.path), "--output", str(stats))[0] == 0
    if not with_state:
        stats.with_name("stats.csv.state").unlink()
    for source in (folder, [archive.path, stats]):
        with pytest.warns(
            SetAsideWarning, match=r"set aside; the first is .*stats\.csv: it has no"
        ):
            frame = read_delivery_reports(source)
        assert found_in(frame) == ["m-1", "m-2", "m-3"]
        many = 1 + (with_state and source == folder)
        assert frame["set_aside"].unique().to_list() == [many]
    status, out, error = run("rates", str(folder), "--format", "csv")
    assert (status, len(out.splitlines()), "stats.csv" in error) == (0, 2, True)
    with pytest.raises(SourceError, match=r"stats\.csv"):
        read(folder, on_bad="raise")
    aside = tmp_path / "aside.ndjson"
    with pytest.warns(SetAsideWarning, match="They are in"):
        read(folder, on_bad=str(aside))
    assert "stats.csv" in json.loads(aside.read_text().splitlines()[0])["file"]
    with pytest.raises(SourceError, match="nothing here can be read"):
        read(stats)


# Object stores


def test_a_copy_in_an_object_store_is_read_as_the_archive_is(
    archive: Archive, bucket: Path, run: Run
) -> None:
    append(archive, [answer(report(7), report(2), hours=30)])
    uri = copied(archive, bucket)
    whole = scan(archive).collect()
    assert_frame_equal(read(uri), whole)
    assert_frame_equal(read_delivery_reports(f"{uri}/", lazy=True).collect(), whole)
    assert verify(archive_at(uri)) == verify(archive)
    assert found_in(read([uri, archive.path])) == sorted(2 * ids(archive))
    asked = ("--by", "day", "--as-of", "2026-03-09", "--format", "csv")
    assert run("rates", uri, *asked) == run("rates", str(archive.path), *asked)
    status, out, _ = run("archive", "verify", uri)
    assert (status, out.splitlines()[-1]) == (0, "sound")


def test_packed_segments_are_read_from_an_object_store(archive: Archive, bucket: Path) -> None:
    compact(archive)
    assert segments.segments(archive.journal)[0].path.suffix == ".gz"
    uri = copied(archive, bucket)
    assert verify(archive_at(uri)).answers == 2
    assert alike(read(uri)) == alike(scan(archive).collect())


def test_only_the_columns_that_are_needed_are_asked_for(
    archive: Archive, bucket: Path, store: ObjectStore
) -> None:
    # ids that cannot be packed: the file is larger than what is read of its end at once
    rows = [report(n, messageId=os.urandom(16).hex()) for n in range(20_000)]
    keep(archive, [answer(*rows)])
    uri = copied(archive, bucket)
    before = len(store.asked())
    plan = read_delivery_reports(uri, lazy=True)
    assert plan.select(pl.col("parts").sum()).collect().item() == 20_003
    data = [line for line in store.asked()[before:] if "/part-" in line]
    bounds = [line.split("bytes=")[1].split("-") for line in data]
    got = sum(int(last) + 1 - int(first) for first, last in bounds if first)
    whole = sum(path.stat().st_size for path in (bucket / "sms archive").rglob("part-*"))
    assert 0 < got < whole / 20


def test_an_archive_is_not_written_to_an_object_store(run: Run) -> None:
    for door in (open_archive, make_archive):
        with pytest.raises(ArgumentError, match=r"written on a local disk.*sync"):
            door("s3://bucket/archive")
    for task in ("replay", "compact", "rebuild", "drop"):
        status, _, error = run("archive", task, "gs://bucket/archive")
        assert (status, "written on a local disk" in error) == (2, True)


@pytest.mark.parametrize(
    ("uri", "sentence"),
    [
        ("s3://forbidden/archive", "the object store refuses it. Give credentials"),
        ("s3://failing/archive", "the object store answers with 500; try again later"),
        ("s3://nowhere/archive", "there is no bucket nowhere; check the address"),
        ("s3://bucket/nothing", "is no archive: it has no archive.json"),
        ("s3://", "an address names a bucket"),
        ("file:///no/such/archive", "there is no file or folder"),
        ("file://server/archive", "has three slashes"),
    ],
)
def test_what_an_object_store_refuses_is_a_sentence_without_credentials(
    store: ObjectStore, bucket: Path, run: Run, uri: str, sentence: str
) -> None:
    bucket.mkdir()
    status, out, error = run("rates", uri)
    assert (status > 0, out) == (True, "")
    assert sentence in error
    assert not any(each in error for each in ("AKIA", "invented", "Traceback", "Credential="))


def test_an_object_store_that_cannot_be_reached_is_said_within_seconds(
    store: ObjectStore, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    _, _, error = run("rates", "s3://bucket/archive")
    assert "the object store does not answer" in error


def test_an_address_with_credentials_is_refused_and_not_repeated(run: Run) -> None:
    for uri in ("s3://AKIA1:hidden@bucket/x", "az://box/x?sig=hidden", "s3://hidden@bucket/x"):
        status, _, error = run("rates", uri)
        assert (status, "no credentials in it" in error, "hidden" in error) == (2, True, False)


def test_access_that_ends_behind_the_log_is_a_sentence_without_credentials(
    archive: Archive, store: ObjectStore
) -> None:
    guarded = store.folder / "guarded"
    copied(archive, guarded)
    try:
        with pytest.raises(SourceError, match="reports cannot be read: the object store") as told:
            read("s3://guarded/sms archive")
    finally:
        shutil.rmtree(guarded)
    assert not any(each in str(told.value) for each in ("AKIA", "Signature", "<Error>"))


def test_a_broken_file_in_an_object_store_is_a_sentence(archive: Archive, bucket: Path) -> None:
    uri = copied(archive, bucket)
    for path in (bucket / "sms archive" / "reports").rglob("part-*.parquet"):
        path.write_bytes(b"no parquet")
    with pytest.raises(SourceError, match="reports cannot be read: a file of its table is broken"):
        read(uri)


def test_without_the_package_for_object_stores_it_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("infobip_analytics.archive.addresses.find_spec", lambda _: None)
    with pytest.raises(
        SourceError, match=r'needs the package obstore.*"infobip-analytics\[cloud\]"'
    ):
        read("s3://bucket/archive")


# Copies that were made while the archive was written


def test_a_copy_whose_log_is_newer_than_its_files_is_read_from_the_journal(
    archive: Archive, bucket: Path
) -> None:
    early = {path.relative_to(archive.path) for path in archive.path.rglob("*.parquet")}
    keep(archive, [answer(report(4), report(5, day=3), hours=48)])
    uri = copied(archive, bucket)
    for path in (bucket / "sms archive").rglob("*.parquet"):
        if path.relative_to(bucket / "sms archive") not in early:
            path.unlink()
    with pytest.warns(AssumptionWarning, match="its table is read as it was 1 commit before"):
        frame = read(uri)
    assert alike(frame) == alike(scan(archive).collect())


def test_a_copy_that_lacks_files_of_every_version_is_refused(
    archive: Archive, bucket: Path
) -> None:
    uri = copied(archive, bucket)
    for path in (bucket / "sms archive").rglob("*.parquet"):
        path.unlink()
    log = bucket / "sms archive" / "reports" / "_delta_log"
    with pytest.warns(AssumptionWarning, match="2 commits before"):
        assert found_in(read(uri)) == ["m-1", "m-2", "m-3"]  # all of it from the journal
    compact(archive)
    copied(archive, bucket)
    (log / "00000000000000000000.json").unlink()
    for path in (bucket / "sms archive").rglob("part-*.parquet"):
        path.unlink()
    with pytest.raises(SourceError, match=r"cannot be read|lacks files"):
        read(uri)


def test_a_copy_whose_table_is_newer_than_its_journal_is_read_by_the_table(
    archive: Archive, bucket: Path
) -> None:
    early = {path.name: path.read_bytes() for path in archive.journal.iterdir()}
    keep(archive, [answer(report(4), hours=25)])
    uri = copied(archive, bucket)
    shutil.rmtree(bucket / "sms archive" / "journal")
    (bucket / "sms archive" / "journal").mkdir()
    for name, content in early.items():
        (bucket / "sms archive" / "journal" / name).write_bytes(content)
    assert found_in(read(uri)) == ["m-1", "m-2", "m-3", "m-4"]
    found = verify(archive_at(uri))
    assert (found.lost_lines, found.extra, found.sound) == (1, 1, False)


def test_a_copy_of_a_journal_is_read_up_to_the_gap_in_it(archive: Archive, bucket: Path) -> None:
    append(archive, [answer(report(4), hours=25), answer(report(5), hours=26)])
    second = segments.segments(archive.journal)[-1].path
    whole = second.read_bytes()
    append(archive, [answer(report(6), hours=49)])
    uri = copied(archive, bucket)
    assert found_in(read(uri)) == [f"m-{n}" for n in range(1, 7)]
    # as it was when it was copied: without its last line; and what came then is already there
    cut = whole[: whole.rstrip(b"\n").rindex(b"\n") + 1]
    (bucket / "sms archive" / "journal" / second.name).write_bytes(cut)
    with pytest.warns(AssumptionWarning, match="lacks the lines 4 to 4 of its journal"):
        assert found_in(read(uri)) == ["m-1", "m-2", "m-3", "m-4"]


# What was known at any moment


def test_rates_of_every_night_stay_computable(tmp_path: Path) -> None:
    archive = make_archive(tmp_path / "archive")
    remembered = {}
    for night in range(8):
        sent = [report(10 * night + n, "pending", day=1 + night) for n in range(6)]
        # the reports of a night that tell of the messages of three nights before
        done = [
            report(10 * (night - 3) + n, "failed" if n % 3 else "delivered", day=1 + night - 3)
            for n in range(6 if night >= 3 else 0)
        ]
        keep(archive, [answer(*sent, *done, hours=24 * night)])
        moment = FIRST + timedelta(hours=24 * night)
        remembered[moment] = night_rates(read(archive.path), moment)
        if night == 4:
            compact(archive)
    rebuild(archive)
    now = read(archive.path, lazy=True)
    for moment, then in remembered.items():
        known = now.filter(pl.col("received_at") <= moment).collect()
        assert_frame_equal(night_rates(known, moment), then)
    # with all that is known since, a past moment has its own truth: it is not what was known then
    later = night_rates(now.collect(), min(remembered))
    assert later["reported_so_far"].to_list() == [12]
    assert remembered[min(remembered)]["reported_so_far"].to_list() == [0]


def night_rates(frame: pl.DataFrame, moment: Any) -> pl.DataFrame:
    made: pl.DataFrame = delivery_rates(messages(frame, as_of=moment, waiting_period="3d"))
    return made.drop("set_aside", strict=False)
