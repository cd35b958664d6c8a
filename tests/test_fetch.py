"""The command `fetch`: what it keeps, when it stops, and what it says."""

import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from archive_answers import answer
from archive_answers import report as old_report
from conftest import Run
from infobip_server import (
    HALF,
    KEY,
    NEW_ERROR,
    SILENT,
    Call,
    Fault,
    InfobipServer,
    log,
    refused,
    report,
    stamp,
)

import infobip_analytics as ia
from infobip_analytics.archive import (
    Answer,
    append,
    locked,
    make_archive,
    open_archive,
    scan,
    verify,
)
from infobip_analytics.fetching import keeping, pacing

SMS, MMS = "/sms/3/reports", "/mms/2/reports"
LOGS = "/sms/3/logs"

Fetch = Callable[..., tuple[int, str, str]]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[InfobipServer]:
    with InfobipServer() as running:
        running.now = datetime.now(UTC)
        monkeypatch.setenv("INFOBIP_BASE_URL", running.url)
        monkeypatch.setenv("INFOBIP_API_KEY", KEY)
        yield running


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "archive"


@pytest.fixture
def fetch(run: Run, archive: Path) -> Fetch:
    def call(what: str, *options: str) -> tuple[int, str, str]:
        return run("fetch", what, "--archive", str(archive), *options)

    return call


def sent(message_id: str, hours: float = 3, **others: Any) -> dict[str, Any]:
    """A report of a message that was sent so many hours ago."""
    at = datetime.now(UTC) - timedelta(hours=hours)
    return report(message_id, sentAt=stamp(at), doneAt=stamp(at + timedelta(seconds=4)), **others)


def numbered(count: int) -> list[str]:
    return [f"m-{number}" for number in range(1, count + 1)]


def ids(archive: Path) -> list[str]:
    return sorted(scan(open_archive(archive)).collect()["message_id"])


def lines(archive: Path) -> int:
    """How many lines the journal has."""
    return sum(path.read_bytes().count(b"\n") for path in (archive / "journal").iterdir())


# What is kept


def test_reports_are_fetched_until_the_queue_is_empty(
    server: InfobipServer, fetch: Fetch, archive: Path
) -> None:
    server.largest = 2
    server.queue(SMS, [*map(sent, numbered(5)), sent("m-1", hours=4)])
    server.queue(MMS, [sent("m-6")])
    status, out, err = fetch("reports")
    assert (status, err) == (0, "")
    assert out == (
        "fetched 4 answers with 7 SMS and MMS delivery reports, 7 of them new, into "
        f"{archive}; the queue is empty\n"
    )
    assert ids(archive) == [*numbered(1), *numbered(6)]
    found = verify(open_archive(archive))
    assert (found.answers, found.waiting, found.sound) == (4, 0, True)


def test_each_answer_is_on_disk_before_the_next_is_asked_for(
    server: InfobipServer, fetch: Fetch, archive: Path
) -> None:
    server.largest = 1
    server.queue(SMS, map(sent, numbered(4)))
    on_disk: list[int] = []

    def look(_: Call) -> Fault:
        on_disk.append(lines(archive) if archive.exists() else 0)
        return Fault()

    server.chance = look
    assert fetch("reports", "--channel", "sms")[0] == 0
    assert on_disk == [0, 1, 2, 3, 4]


def test_an_empty_queue_leaves_the_archive_as_it_is(
    server: InfobipServer, fetch: Fetch, archive: Path
) -> None:
    server.queue(SMS, map(sent, numbered(2)))
    fetch("reports")
    before = _written(archive)
    assert fetch("reports")[:2] == (
        0,
        "no SMS or MMS delivery reports came; the queue is empty\n",
    )
    assert _written(archive) == before


def _written(folder: Path) -> dict[Path, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {path: path.read_bytes() for path in found}


def test_what_an_earlier_run_left_in_the_journal_is_read_first(
    server: InfobipServer, fetch: Fetch, archive: Path
) -> None:
    append(make_archive(archive), [answer(old_report(1)), answer(old_report(2))])
    server.queue(SMS, [sent("m-3")])
    _, out, _ = fetch("reports")
    assert "1 SMS delivery report, 1 of them new, into" in out
    assert "; 2 answers that an earlier run left were read into the table first;" in out
    assert verify(open_archive(archive)).waiting == 0


def test_a_report_that_came_before_is_not_new(
    server: InfobipServer, fetch: Fetch, archive: Path
) -> None:
    again = sent("m-1")
    server.queue(SMS, [again])
    fetch("reports")
    server.queue(SMS, [again, sent("m-2")])
    assert "2 SMS delivery reports, 1 of them new" in fetch("reports")[1]
    assert ids(archive) == ["m-1", "m-2"]


def test_fetched_logs_make_it_known_what_was_sent(
    server: InfobipServer, fetch: Fetch, archive: Path
) -> None:
    server.queue(SMS, [sent("m-1")])
    fetch("reports")
    assert _populations(archive) == {"reported"}
    at = datetime.now(UTC) - timedelta(hours=3)
    pending = {"groupId": 1, "groupName": "PENDING", "id": 7, "name": "PENDING_ENROUTE"}
    server.logs[LOGS] = [log("m-1", at), log("m-2", at, status=pending)]
    status, out, _ = fetch("logs")
    assert (status, "2 SMS logs, 2 of them new" in out) == (0, True)
    assert "that is all that Infobip still has of what was sent from" in out
    found = ia.messages(ia.read(archive))
    assert sorted(found.select("message_id", "record").rows()) == [("m-1", "log"), ("m-2", "log")]
    assert _populations(archive) == {"sent"}


def _populations(archive: Path) -> set[str]:
    rates = ia.delivery_rates(ia.messages(ia.read(archive)), by=None)
    return set(rates["population"])


def test_logs_are_asked_for_by_time(server: InfobipServer, fetch: Fetch) -> None:
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    fetch("logs", "--since", f"{day}T00:00Z", "--until", f"{day}T00:30Z", "--channel", "sms")
    [asked] = server.asked(LOGS)
    assert asked["sentSince"].startswith(str(datetime.now(UTC).date() - timedelta(days=1)))
    assert asked["sentUntil"] == f"{day}T00:30:00.001+0000"


def test_what_is_too_old_is_dropped_afterwards(
    server: InfobipServer, fetch: Fetch, archive: Path
) -> None:
    server.queue(SMS, [sent("m-1", hours=24 * 40), sent("m-2")])
    status, out, _ = fetch("reports", "--keep", "30")
    first = (datetime.now(UTC) - timedelta(days=30)).date()
    assert (status, f"; 1 row dropped that was sent before {first};" in out) == (0, True)
    assert ids(archive) == ["m-2"]
    assert "; nothing to drop that was sent before" in fetch("reports", "--keep", "30")[1]


def test_where_infobip_does_not_tell_the_time_nothing_is_dropped_by_a_clock_that_may_be_wrong(
    server: InfobipServer, fetch: Fetch, archive: Path
) -> None:
    came = datetime.now(UTC) - timedelta(days=60)
    old = report("m-1", sentAt=stamp(came), doneAt=stamp(came))
    body = json.dumps({"results": [old]}).encode()
    append(make_archive(archive), [Answer(body, SMS, "reports", came)])
    server.next(MMS, refused(401))
    status, _, err = fetch("reports", "--keep", "30")
    assert (status, "has the clock jumped forward?" in err) == (1, True)
    assert ids(archive) == ["m-1"]
    # and where it does, no clock of ours matters
    status, out, _ = fetch("reports", "--keep", "30")
    assert (status, "; 1 row dropped that was sent before" in out) == (0, True)


@pytest.mark.parametrize("days", [3000, -3])
def test_where_the_clock_is_off_that_of_infobip_counts(
    server: InfobipServer, fetch: Fetch, archive: Path, days: int
) -> None:
    server.now -= timedelta(days=days)
    at = server.now - timedelta(days=29)
    server.queue(SMS, [report("m-1", sentAt=stamp(at), doneAt=stamp(at))])
    status, _, err = fetch("reports", "--keep", "30")
    side = "ahead of" if days > 0 else "behind"
    assert status == 0
    assert f"\xa0days {side} Infobip's: times of arrival are taken from Infobip's; set it" in err
    [received_at] = scan(open_archive(archive)).collect()["received_at"]
    assert received_at == server.now.replace(microsecond=0)


def test_recipients_are_pseudonyms_from_the_first_byte(
    server: InfobipServer, fetch: Fetch, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFOBIP_ANALYTICS_PSEUDONYM_KEY", "0123456789abcdef" * 4)
    server.queue(SMS, [sent("m-1")])
    seen: list[bytes] = []

    def look(_: Call) -> Fault:
        seen.append(_bytes_of(archive))
        return Fault()

    server.chance = look
    assert fetch("reports", "--pseudonymise")[0] == 0
    assert fetch("reports")[0] == 0  # it stays so without being said again
    assert [b"447700900101" in each for each in [*seen, _bytes_of(archive)]] == [False] * 6
    assert ids(archive) == ["m-1"]


def _bytes_of(folder: Path) -> bytes:
    found = sorted(folder.rglob("*"))
    return b"\n".join(str(path).encode() for path in found) + b"".join(
        path.read_bytes() for path in found if path.is_file()
    )


def test_the_counts_are_there_for_machines(
    server: InfobipServer, fetch: Fetch, archive: Path
) -> None:
    server.queue(SMS, [sent("m-1"), {"to": "447700900101"}])
    status, out, _ = fetch("reports", "--format", "json")
    assert (status, json.loads(out)) == (
        0,
        {
            "record": "report",
            "archive": str(archive),
            "channels": ["mms", "sms"],
            "complete": True,
            "stopped": False,
            "answers": 1,
            "came": 2,
            "by_channel": {"mms": 0, "sms": 2},
            "new": 1,
            "set_aside": 1,
            "taken_up": 0,
            "since": None,
            "until": None,
            "dropped": None,
            "problems": [],
        },
    )


# What goes wrong


def test_an_account_without_mms_loses_no_sms(
    server: InfobipServer, fetch: Fetch, archive: Path
) -> None:
    server.next(MMS, refused(403, NEW_ERROR))
    server.queue(SMS, map(sent, numbered(2)))
    status, out, err = fetch("reports")
    assert status == 1
    assert "; the queue of SMS is empty, that of MMS was not emptied" in out
    assert "`--channel sms` (in Python channels=['sms']) leaves MMS out" in err
    assert f"what came (2 delivery reports) is kept in {archive}" in err
    assert ids(archive) == ["m-1", "m-2"]


def test_a_refused_key_is_refused_once(server: InfobipServer, fetch: Fetch) -> None:
    server.key = "another"
    status, out, err = fetch("reports")
    assert (status, len(server.calls), err.count("\n")) == (1, 1, 1)
    assert out == "no SMS or MMS delivery reports came; the queue was not emptied\n"
    assert "The API key is refused" in err


def test_of_an_answer_that_broke_off_what_came_is_kept(
    server: InfobipServer, fetch: Fetch, archive: Path
) -> None:
    server.largest = 40
    server.queue(SMS, map(sent, numbered(100)))
    server.next(SMS, Fault(), HALF)
    status, out, err = fetch("reports", "--channel", "sms")
    assert status == 1
    assert "1 row set aside that cannot be read; the queue was not emptied" in out
    assert "Up to 1,000 reports may have been handed out that did not arrive" in err
    there = len(ids(archive))
    assert 40 < there < 80
    assert fetch("reports")[0] == 0
    assert len(ids(archive)) == there + 20


def test_what_came_before_the_service_failed_is_read_into_the_table(
    server: InfobipServer, fetch: Fetch, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "FIRST", 0.0)
    server.largest = 2
    server.queue(SMS, map(sent, numbered(6)))
    server.next(SMS, Fault(), Fault(), *[refused(503)] * 6)
    status, out, err = fetch("reports")
    assert (status, "4 SMS delivery reports, 4 of them new" in out) == (1, True)
    assert "HTTP status 503" in err
    assert verify(open_archive(archive)).in_table == 4


def test_who_fetches_beside_another_is_told_so_at_once(
    server: InfobipServer, fetch: Fetch, archive: Path
) -> None:
    with locked(make_archive(archive).path, "fetch", doing="fetching reports"):
        status, out, err = fetch("reports")
    assert (status, out, server.calls) == (1, "", [])
    assert re.search(rf"process {os.getpid()} on .* \(fetching reports, since .*start again", err)


def test_with_a_broken_table_reports_are_kept_in_the_journal(
    server: InfobipServer, fetch: Fetch, archive: Path
) -> None:
    server.queue(SMS, [sent("m-1")])
    fetch("reports")
    for entry in (archive / "reports" / "_delta_log").iterdir():
        entry.write_bytes(b"")
    server.queue(SMS, [sent("m-2")])
    status, out, err = fetch("reports")
    assert (status, err.count("archive rebuild")) == (1, 1)
    assert "fetched 1 answer with 1 SMS delivery report into" in out
    assert lines(archive) == 2


def test_without_room_no_report_is_asked_for(
    server: InfobipServer, fetch: Fetch, archive: Path
) -> None:
    server.queue(SMS, [sent("m-1")])
    make_archive(archive)
    (archive / "spare").mkdir()  # so that it cannot be written
    (archive / "spare" / "x").touch()
    status, _, err = fetch("reports")
    assert (status, server.calls) == (1, [])
    assert "there is no room for another answer" in err


def test_an_answer_that_cannot_be_kept_is_counted(
    server: InfobipServer, fetch: Fetch, archive: Path
) -> None:
    server.largest = 2
    server.queue(SMS, map(sent, numbered(6)))

    def spoil(_: Call) -> Fault:
        if server.left(SMS) == 4:  # in place of the folder of the journal there is a file
            (archive / "journal").rename(archive / "journal.away")
            (archive / "journal").touch()
        return Fault()

    server.chance = spoil
    status, _, err = fetch("reports", "--channel", "sms")
    assert (status, server.left(SMS)) == (1, 2)
    assert "2 delivery reports came and could not be kept" in err
    assert "the logs of the last 48 hours have these messages" in err


def test_a_table_that_could_be_read_in_the_end_is_no_problem(
    server: InfobipServer, fetch: Fetch, archive: Path
) -> None:
    server.queue(SMS, map(sent, numbered(2)))
    server.largest = 1
    fetch("reports", "--channel", "sms")
    log_of_table = archive / "reports" / "_delta_log"
    whole = {path: path.read_bytes() for path in log_of_table.iterdir()}
    for path in whole:
        path.write_bytes(b"")

    def mend(_: Call) -> Fault:
        for path, content in whole.items():
            path.write_bytes(content)
        return Fault()

    server.chance = mend
    server.queue(SMS, [sent("m-3")])
    status, _, err = fetch("reports")
    assert (status, err) == (0, "")
    assert ids(archive) == numbered(3)


def test_what_others_keep_meanwhile_is_not_counted_as_ours(
    server: InfobipServer, fetch: Fetch, archive: Path
) -> None:
    server.queue(SMS, [sent("m-1")])

    def receive(_: Call) -> Fault:
        append(open_archive(archive), [answer(old_report(9))])
        return Fault()

    server.chance = receive
    status, out, _ = fetch("reports", "--channel", "sms")
    assert (status, out) == (
        0,
        f"fetched 1 answer with 1 SMS delivery report into {archive}; the queue is empty\n",
    )
    assert ids(archive) == ["m-1", "m-9"]


def test_much_that_has_gathered_is_read_into_the_table_meanwhile(
    server: InfobipServer, fetch: Fetch, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "GATHERED", 1)
    server.largest = 1
    server.queue(SMS, map(sent, numbered(2)))
    in_table: list[int] = []

    def look(_: Call) -> Fault:
        in_table.append(verify(open_archive(archive)).in_table)
        return Fault()

    server.chance = look
    _, out, _ = fetch("reports", "--channel", "sms")
    assert in_table == [0, 1, 2]
    assert "fetched 2 answers with 2 SMS delivery reports, 2 of them new" in out


def test_of_logs_too_the_channel_that_is_missing_is_named(
    server: InfobipServer, fetch: Fetch
) -> None:
    server.next("/mms/2/logs", refused(403, NEW_ERROR))
    server.logs[LOGS] = [log("m-1", datetime.now(UTC) - timedelta(hours=3))]
    status, out, _ = fetch("logs")
    assert status == 1
    assert re.search("; of SMS that is all that Infobip still has .*, of MMS it is not\n", out)


@pytest.mark.parametrize("what", ["reports", "logs"])
def test_there_is_no_trial(server: InfobipServer, fetch: Fetch, archive: Path, what: str) -> None:
    status, _, err = fetch(what, "--dry-run")
    assert (status, server.calls, archive.exists()) == (2, [], False)
    assert f"fetch {what} has no --dry-run" in err
    assert "`infobip-analytics check`" in err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["reports", "--since", "2026-03-02"], "fetch reports takes no --since"),
        (["logs", "--since", "yesterday"], "'yesterday' is no moment"),
        (["logs", "--keep", "0"], "--keep 0"),
        (["logs", "--channel", "fax"], "invalid choice: 'fax'"),
    ],
)
def test_what_means_nothing_is_refused_before_anything_is_made(
    server: InfobipServer, fetch: Fetch, archive: Path, options: list[str], sentence: str
) -> None:
    status, _, err = fetch(*options)
    assert (status, server.calls, archive.exists()) == (2, [], False)
    assert sentence in err


def test_without_a_key_no_archive_is_made(
    server: InfobipServer, fetch: Fetch, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INFOBIP_API_KEY")
    status, _, err = fetch("reports")
    assert (status, archive.exists()) == (2, False)
    assert "set INFOBIP_API_KEY" in err


def test_no_key_number_or_text_is_shown_or_in_a_name_or_a_lock(
    server: InfobipServer, fetch: Fetch, archive: Path
) -> None:
    echo = {"errorCode": "E403", "description": f"The key {KEY} may not", "action": ""}
    at = datetime.now(UTC) - timedelta(hours=3)
    server.queue(SMS, [sent("m-1"), {"to": "447700900101"}])
    server.logs[LOGS] = [log("m-1", at, content={"text": "a s3cret"})]
    server.next(MMS, refused(403, echo))
    server.next(SMS, Fault(), HALF)
    shown = "".join("".join(fetch(what)[1:]) for what in ("reports", "logs"))
    names = "".join(map(str, archive.rglob("*")))
    locks = "".join(path.read_text() for path in archive.glob("*.lock"))
    for secret in (KEY, "447700900101", "447700900102", "s3cret"):
        assert secret not in shown + names + locks
    assert b"s3cret" not in _bytes_of(archive)
    assert KEY.encode() not in _bytes_of(archive)


# Stopping


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_who_stops_it_gets_the_answer_that_is_under_way(
    server: InfobipServer, fetch: Fetch, archive: Path, asked: signal.Signals
) -> None:
    if signal.getsignal(asked) == signal.SIG_IGN:  # as nohup leaves it, which is then respected
        signal.signal(asked, signal.SIG_DFL)
    server.largest = 2
    server.queue(SMS, map(sent, numbered(6)))

    def stop(_: Call) -> Fault:
        if server.left(SMS) == 4:
            signal.pthread_kill(_main_thread(), asked)
        return Fault(pause=0.2, drip=500)

    server.chance = stop
    before = signal.getsignal(asked)
    status, out, err = fetch("reports", "--channel", "sms")
    assert (status, server.left(SMS)) == (130, 2)
    assert "4 SMS delivery reports, 4 of them new" in out
    assert err.startswith("infobip-analytics: stopped\n")
    assert ids(archive) == numbered(4)
    assert signal.getsignal(asked) == before


def test_a_wait_ends_at_once(server: InfobipServer, fetch: Fetch, archive: Path) -> None:
    server.queue(SMS, map(sent, numbered(2)))
    server.next(SMS, Fault(), refused(429, Retry_After="60"))

    def stop() -> None:
        while len(server.calls) < 2:
            time.sleep(0.01)
        time.sleep(0.3)
        signal.pthread_kill(_main_thread(), signal.SIGINT)

    thread = threading.Thread(target=stop)
    thread.start()
    begun = time.monotonic()
    status, out, _ = fetch("reports", "--channel", "sms")
    thread.join()
    assert (status, time.monotonic() - begun < 20) == (130, True)
    assert "2 SMS delivery reports, 2 of them new" in out


def test_who_stops_it_before_it_is_told_to_wait_does_not_wait(
    server: InfobipServer, fetch: Fetch
) -> None:
    def stop(_: Call) -> Fault:
        signal.pthread_kill(_main_thread(), signal.SIGINT)
        time.sleep(0.1)
        return refused(429, Retry_After="60")

    server.chance = stop
    begun = time.monotonic()
    status, _, err = fetch("reports")
    assert (status, err) == (130, "infobip-analytics: stopped\n")
    assert (len(server.calls), time.monotonic() - begun < 20) == (1, True)


def test_who_asks_twice_breaks_a_call_off_and_is_told_what_that_means(
    server: InfobipServer, fetch: Fetch
) -> None:
    server.queue(SMS, map(sent, numbered(2)))
    server.next(SMS, SILENT)

    def twice() -> None:
        while not server.handed:
            time.sleep(0.01)
        for _ in range(2):
            time.sleep(0.4)
            signal.pthread_kill(_main_thread(), signal.SIGINT)

    thread = threading.Thread(target=twice)
    thread.start()
    status, _, err = fetch("reports", "--channel", "sms")
    thread.join()
    assert status == 130
    assert "up to 1,000 delivery reports may have been handed out that did not arrive" in err


def _main_thread() -> int:
    return threading.main_thread().ident or 0
