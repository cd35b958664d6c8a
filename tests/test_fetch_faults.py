"""Fetching from a service that fails, by processes that are killed: what is lost, and what is not.

A report is *sent* when the service has handed it out and all bytes of its answer have been given to
the connection. Two kinds are no loss of ours, and are counted on their own: what was *cut* on the
wire by a fault of the service, and what was *in flight* when a process was killed, between the
service and the disk of the last call of that process: at most one answer a kill. The logs of the
last 48 hours have both.
"""

import os
import pty
import random
import resource
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from infobip_server import (
    KEY,
    Call,
    Entry,
    Fault,
    Handed,
    InfobipServer,
    chance_of_faults,
    log,
    stamp,
)
from infobip_server import report as full_report

import infobip_analytics as ia
from infobip_analytics.archive import (
    Archive,
    journal,
    make_archive,
    open_archive,
    scan,
    segments,
    verify,
)
from infobip_analytics.archive.lines import Line
from infobip_analytics.errors import AssumptionWarning, SetAsideWarning
from infobip_analytics.fetching import InfobipClient
from infobip_analytics.fetching.keeping import fetch_into
from infobip_analytics.fetching.pacing import Timing
from infobip_analytics.fetching.sparing import SPARE

PATHS = {"sms": "/sms/3/reports", "mms": "/mms/2/reports"}
LOGS = {"sms": "/sms/3/logs", "mms": "/mms/2/logs"}

#: The command; between two tries it waits for no longer than a blink
COMMAND = """
import sys
from infobip_analytics.fetching import pacing
pacing.FIRST = 0.01
from infobip_analytics.cli import main
sys.exit(main())
"""

DELIVERED = {"groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET"}
FAILED = {
    "groupId": 2,
    "groupName": "UNDELIVERABLE",
    "id": 9,
    "name": "UNDELIVERABLE_NOT_DELIVERED",
}
PENDING = {"groupId": 1, "groupName": "PENDING", "id": 7, "name": "PENDING_ENROUTE"}
STATUSES = {"delivered": DELIVERED, "failed": FAILED}

Identity = tuple[str, int, datetime]


@dataclass
class World:
    """Messages that were sent, and what the service has to say of them."""

    server: InfobipServer
    rng: random.Random
    #: The outcome of each message
    truth: dict[str, str] = field(default_factory=dict)
    #: Something to make entries larger with
    more: Entry = field(default_factory=dict)

    def send(self, many: int) -> None:
        """Send messages; reports on them come in any order, and some of them again."""
        reports: dict[str, list[Entry]] = {"sms": [], "mms": []}
        for number in range(len(self.truth), len(self.truth) + many):
            channel = self.rng.choice(("sms", "sms", "mms"))
            name, outcome = f"{channel}-{number}", self.rng.choice(("delivered", "failed"))
            at = self.server.now - timedelta(hours=3, seconds=number % 3000)
            said = [
                self._report(name, at, PENDING, 1),
                self._report(name, at, STATUSES[outcome], 5),
            ]
            reports[channel] += said + said[: self.rng.choice((0, 0, 0, 1, 2))]
            entry = log(name, at, status=STATUSES[outcome], doneAt=stamp(at + timedelta(seconds=5)))
            self.server.logs[LOGS[channel]].append({**entry, **self.more})
            self.truth[name] = outcome
        for channel, entries in reports.items():
            self.rng.shuffle(entries)
            self.server.queue(PATHS[channel], entries)

    def _report(self, name: str, at: datetime, status: Entry, seconds: int) -> Entry:
        whole = full_report(
            name,
            sentAt=stamp(at),
            doneAt=stamp(at + timedelta(seconds=seconds)),
            status=status,
            **self.more,
        )
        # nothing is taken out of it, so that an answer is in the journal as it came
        return {key: value for key, value in whole.items() if key != "callbackData"}


@pytest.fixture
def world() -> Iterator[World]:
    with InfobipServer() as server:
        now = datetime.now(UTC)
        server.now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        yield World(server, random.Random(7))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def started(
    world: World, path: Path, what: str = "reports", *options: str, run: int = 0, **others: Any
) -> subprocess.Popen[str]:
    """Start a process that fetches; the key tells the service which one it is."""
    command = [sys.executable, "-c", COMMAND, "fetch", what, "--archive", str(path), *options]
    ours = {"INFOBIP_BASE_URL": world.server.url, "INFOBIP_API_KEY": f"{KEY}-{run}"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **others}
    return subprocess.Popen(command, env={**os.environ, **ours}, text=True, **pipes)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def until(what: Callable[[], Any], seconds: float = 20) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.01)


def kept_in(path: Path) -> list[Identity]:
    """Which reports an archive has, logs left out."""
    found = scan(open_archive(path)).filter(pl.col("record") == "report")
    return list(found.select("message_id", "status_id", "done_at").collect().iter_rows())


def which(entries: list[Entry]) -> set[Identity]:
    return {
        (
            each["messageId"],
            each["status"]["id"],
            datetime.strptime(each["doneAt"], "%Y-%m-%dT%H:%M:%S.%f%z"),
        )
        for each in entries
    }


def in_journal(path: Path) -> Counter[str]:
    """The answers of the journal, and how often each is there."""
    found = journal.lines_after(open_archive(path).journal, 0)
    return Counter(each.body for each in found if isinstance(each, Line))


def known(path: Path) -> dict[str, str]:
    """The outcome of each message, as the package has it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SetAsideWarning)  # of what was cut off
        found = ia.messages(ia.read(path))
    return dict(found.select("message_id", "outcome").iter_rows())


@dataclass
class Figures:
    """What became of the answers that the service has handed out.

    Attributes:
        sent: The reports of those that were given to the connection whole, without `in_flight`.
        kept: All reports of the archive.
        unkept: How many of `sent` are not in the journal as they came, answer for answer.
        cut: Answers that the service cut off.
        in_flight: The last answers of processes that were killed, where they are not in the
            journal.
        again: How many answers are in the journal more than once.
    """

    sent: set[Identity]
    kept: list[Identity]
    unkept: int
    cut: list[Handed]
    in_flight: list[Handed]
    again: int

    @property
    def lost(self) -> int:
        """How much was sent and is not there: answers, and reports."""
        return self.unkept + len(self.sent - set(self.kept))

    @property
    def twice(self) -> int:
        """How much is there more than once: answers, and reports."""
        return self.again + len(self.kept) - len(set(self.kept))

    def missing(self, answers: list[Handed]) -> int:
        """How many reports of some answers are not there."""
        return len(which([e for each in answers for e in each.entries]) - set(self.kept))

    def __str__(self) -> str:
        return (
            f"{len(self.sent):,} reports sent, {len(self.sent & set(self.kept)):,} of them kept, "
            f"{self.lost} lost, {self.twice} twice. Not ours to keep: of {len(self.cut)} answers "
            f"that the service cut off {self.missing(self.cut)} reports did not come, of "
            f"{len(self.in_flight)} that were in flight when killed {self.missing(self.in_flight)}"
        )


def counted(world: World, path: Path, killed: set[str]) -> Figures:
    """What became of all that was handed out, where these runs were killed."""
    journal_has = in_journal(path)
    handed = [each for each in world.server.handed if each.entries]
    last = {run_of(each): id(each) for each in world.server.handed}
    away = [each for each in handed if each.body.decode() not in journal_has]
    in_flight = [each for each in away if run_of(each) in killed and last[run_of(each)] == id(each)]
    sent = [each for each in handed if each.whole and each not in in_flight]
    return Figures(
        sent=which([entry for each in sent for entry in each.entries]),
        kept=kept_in(path),
        unkept=sum(each in away for each in sent),
        cut=[each for each in handed if not each.whole and each not in in_flight],
        in_flight=in_flight,
        again=sum(journal_has[each.body.decode()] > 1 for each in handed),
    )


def run_of(handed: Handed) -> str:
    """The run that a call was of, by its key."""
    return handed.call.headers["authorization"]


@pytest.mark.slow
def test_killed_at_any_moment_while_the_service_fails_nothing_is_lost_and_nothing_twice(
    world: World, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server, rng = world.server, random.Random()
    server.largest = 50
    server.chance = chance_of_faults(7, share=0.2)
    killed: set[str] = set()
    runs, end = 0, time.monotonic() + 15
    # on a machine that is busy with other things, until there were some
    while time.monotonic() < end or (len(killed) < 4 and time.monotonic() < end + 60):
        runs += 1
        world.send(400)
        process = started(world, path, run=runs)
        if rng.random() < 0.8:  # else it is killed while it begins
            calls = len(server.calls) + 1
            until(lambda: len(server.calls) >= calls or process.poll() is not None)  # noqa: B023
        time.sleep(rng.uniform(0, 0.5))
        process.kill()
        if ended(process)[0] == -signal.SIGKILL:
            killed.add(f"App {KEY}-{runs}")
    server.chance = lambda _: Fault()
    assert ended(started(world, path, run=runs + 1))[0] == 0
    assert (server.left(PATHS["sms"]), server.left(PATHS["mms"])) == (0, 0)

    figures = counted(world, path, killed)
    with capsys.disabled():
        sys.stdout.write(f"\n{len(killed)} kills in {runs} runs; {figures}\n")
    assert len(killed) > 3
    assert len(figures.sent) > 1000
    assert (figures.lost, figures.twice) == (0, 0)
    assert all(len(each.entries) <= server.largest for each in figures.in_flight)
    found = verify(open_archive(path))
    assert (found.sound, found.waiting) == (True, 0)

    server.chance = chance_of_faults(8, share=0.2)
    server.largest = 1000
    begun = time.monotonic()
    while ended(started(world, path, "logs"))[0]:
        assert time.monotonic() < begun + 60
    outcomes = known(path)
    with capsys.disabled():
        sys.stdout.write(
            f"after `fetch logs`: {len(outcomes):,} of {len(world.truth):,} messages known\n"
        )
    assert outcomes == world.truth


@pytest.mark.slow
def test_two_that_fetch_at_once_lose_nothing_and_one_is_told_of_the_other(
    world: World, path: Path
) -> None:
    world.send(300)
    world.server.largest = 50
    go_on = threading.Event()

    def held_up(_: Call) -> Fault:
        go_on.wait(30)
        return Fault()

    world.server.chance = held_up
    first = started(world, path, run=1)
    until(lambda: world.server.calls)
    status, out, err = ended(started(world, path, run=2))
    assert (status, out) == (1, "")
    assert f"is in use: process {first.pid} on " in err
    assert "(fetching reports, since " in err
    go_on.set()
    assert ended(first)[0] == 0
    assert {call.headers["authorization"] for call in world.server.calls} == {f"App {KEY}-1"}
    both = [started(world, path, run=run) for run in (3, 4)]
    world.send(300)
    assert {ended(each)[0] for each in both} <= {0, 1}
    assert ended(started(world, path, run=5))[0] == 0
    there = kept_in(path)
    sent = which([entry for each in world.server.handed for entry in each.entries])
    assert (len(there), set(there)) == (len(sent), sent)
    assert verify(open_archive(path)).sound


def files_of_at_most(size: int) -> Callable[[], None]:
    """Let no file of a process grow beyond *size* bytes, as on a disk that is full."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.slow
def test_where_files_may_not_grow_nothing_is_asked_for_that_cannot_be_kept(
    world: World, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world.more = {"campaignReferenceId": "x" * 6000}
    world.send(400)
    server = world.server
    server.largest = 100
    for limit, asked in ((100_000, False), (SPARE + 500_000, True), (SPARE + 500_000, False)):
        calls = len(server.calls)
        status, _, err = ended(started(world, path, preexec_fn=files_of_at_most(limit)))
        assert (status, len(server.calls) > calls) == (1, asked)
        assert "(ulimit -f), and that is no room for another answer in" in err
        assert "so none was asked for" in err
    kept = set(kept_in(path))
    assert kept == which([entry for each in server.handed for entry in each.entries])
    assert ended(started(world, path))[0] == 0
    there = set(kept_in(path))
    sent = which([entry for each in server.handed for entry in each.entries])
    with capsys.disabled():
        sys.stdout.write(
            f"\na full disk: {len(sent):,} reports sent, {len(kept):,} of them before it was full, "
            f"{len(there):,} kept, {len(sent - there)} lost\n"
        )
    assert there == sent
    assert verify(open_archive(path)).sound
    assert known(path) == world.truth


#: In a file system of its own, which is full after the first answer
FULL = """
import os, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from infobip_server import KEY, Fault, InfobipServer, report
from infobip_analytics.archive import open_archive, scan, verify
from infobip_analytics.cli import main
disk = Path({disk!r})
with InfobipServer() as server:
    server.largest = 500
    server.queue("/sms/3/reports", [report(f"m-{{n}}") for n in range(2000)])
    def fill(call):
        if len(server.calls) == 2:
            with open(disk / "filler", "wb", buffering=0) as file:
                try:
                    while True:
                        file.write(bytes(4096))
                except OSError:
                    pass
        return Fault()
    server.chance = fill
    os.environ |= {{"INFOBIP_BASE_URL": server.url, "INFOBIP_API_KEY": KEY}}
    asked = ["fetch", "reports", "--archive", str(disk / "archive"), "--channel", "sms"]
    print(main(asked), server.left("/sms/3/reports"), flush=True)
    (disk / "filler").unlink()
    print(main(asked), server.left("/sms/3/reports"), flush=True)
    archive = open_archive(disk / "archive")
    print(scan(archive).collect()["message_id"].n_unique(), verify(archive).sound)
"""


@pytest.mark.slow
def test_on_a_disk_that_is_full_when_an_answer_comes_it_is_written_into_the_room_held_back(
    tmp_path: Path,
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=80m x "$0" && exec "$@"']
    if subprocess.run([*mounted, str(disk), "true"], capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    code = FULL.format(tests=str(Path(__file__).parent), disk=str(disk))
    done = subprocess.run(
        [*mounted, str(disk), sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stdout.splitlines() if not line.startswith("fetched")]
    # the second answer is kept, and the third is not asked for
    assert said == ["1 1000", "0 0", "2000 True"], done.stderr
    assert "MB are asked for before anything is fetched" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("harm", ["cut short", "half a line more", "a letter changed"])
def test_a_corrupted_last_line_of_the_journal_costs_no_more_than_itself(
    world: World, path: Path, harm: str
) -> None:
    world.server.largest = 50
    world.send(200)
    assert ended(started(world, path))[0] == 0
    [segment] = segments.segments(open_archive(path).journal)
    whole = segment.path.read_bytes()
    harmed = {
        "cut short": whole[:-9],
        "half a line more": whole + b'{"n":99,"received_at":"2026',
        "a letter changed": whole[:-300] + b"\x00" + whole[-299:],
    }
    segment.path.write_bytes(harmed[harm])
    world.send(100)
    assert ended(started(world, path))[0] == 0
    # the table had come past that line already
    there = kept_in(path)
    assert set(there) == which([e for each in world.server.handed for e in each.entries])
    assert len(there) == len(set(there))
    assert known(path) == world.truth


@pytest.mark.parametrize(
    "jumps",
    [[0, -1, -2, -3], [0, 24, 0, -24], [0, -24, -48, 0]],
    ids=["back an hour each", "a day on, and back", "back over midnight"],
)
def test_a_clock_that_jumps_loses_nothing_and_changes_no_outcome(
    world: World, path: Path, jumps: list[int]
) -> None:
    world.server.largest = 100
    world.send(200)
    archive = make_archive(path)
    for run in range(3):
        world.send(100)
        _fetch_by(archive, world, [hour - run for hour in jumps])
    sent = which([entry for each in world.server.handed for entry in each.entries])
    there = kept_in(path)
    assert (len(there), set(there)) == (len(sent), sent)
    assert verify(archive).sound
    assert known(path) == world.truth
    latest = scan(archive).select(pl.col("received_at").max()).collect().item()
    assert latest < datetime.now(UTC) + timedelta(minutes=1)


def _fetch_by(archive: Archive, world: World, hours: list[int]) -> None:
    """Fetch all by a clock that shows these hours too much, one after the other."""
    looks = iter([*hours, *[hours[-1]] * 1000])
    timing = Timing(now=lambda: datetime.now(UTC) + timedelta(hours=next(looks)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AssumptionWarning)  # that it is off
        done = fetch_into(archive, InfobipClient(world.server.url, KEY, timing=timing), "report")
    assert (done.complete, done.problems) == (True, ())


@pytest.mark.slow
def test_on_a_terminal_a_line_tells_how_far_it_is(world: World, path: Path) -> None:
    world.send(100)
    ours, theirs = pty.openpty()
    process = started(world, path, stderr=theirs)
    status, out, _ = ended(process)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert status == 0
    assert out.startswith("fetched 2 answers with ")
    assert "\r\x1b[KMMS delivery reports: 0 so far" in shown
    assert shown.endswith("reading what came into the table\r\x1b[K")
    assert "\n" not in shown
