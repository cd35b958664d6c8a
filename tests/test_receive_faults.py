"""The receiver as a process: killed, told to stop, on a full disk, beside others, and waited on."""

import http.client
import json
import os
import random
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from archive_answers import answer, ids, page, report

from infobip_analytics.archive import Archive, append, make_archive, open_archive, replay, verify
from infobip_analytics.archive.journal import lines_after
from infobip_analytics.archive.lines import Line

PATH = "/sms/3/reports"
POST = b"POST /sms/3/reports HTTP/1.1\r\nHost: x\r\n"
OTHER = b"POST /other HTTP/1.1\r\nHost: x\r\n"
LENGTH = b"Content-Length: 999\r\n\r\n"
SECRETS = {
    "INFOBIP_ANALYTICS_RECEIVE_USER": "infobip",
    "INFOBIP_ANALYTICS_RECEIVE_PASSWORD": "p4ss-word-of-ours",
}


@dataclass
class Receiver:
    """A receiver that runs."""

    process: subprocess.Popen[str]
    port: int
    said: str

    def post(self, body: bytes, **headers: str) -> int:
        """Post a body; the status of the answer, 0 where none came."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with closing(connection), suppress(OSError, http.client.HTTPException):
            connection.request("POST", PATH, body, headers)
            with connection.getresponse() as found:
                return found.status
        return 0

    def health(self) -> tuple[int, dict[str, Any]]:
        """What it says of itself."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", "/health")
        found = connection.getresponse()
        body = json.loads(found.read())
        connection.close()
        return found.status, body

    def stop(self, how: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Tell it to stop; exit code and what it said."""
        self.process.send_signal(how)
        out, errors = self.process.communicate(timeout=60)
        return self.process.returncode, self.said + out, errors


@contextmanager
def receiver(
    path: Path,
    *options: str,
    environment: dict[str, str] | None = None,
    before: Callable[[], None] | None = None,
) -> Iterator[Receiver]:
    """Start `infobip-analytics receive` on a port that is free."""
    process = started("--archive", str(path), "--port", "0", *options, environment=environment,
                      before=before)  # fmt: skip
    with process:
        assert process.stdout
        said = [process.stdout.readline() for _ in range(3)]
        found = re.search(r"http://127\.0\.0\.1:(\d+)/sms", said[0])
        assert found, process.communicate()
        try:
            yield Receiver(process, int(found[1]), "".join(said))
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()


def started(
    *options: str,
    environment: dict[str, str] | None = None,
    before: Callable[[], None] | None = None,
) -> subprocess.Popen[str]:
    command = "import sys; from infobip_analytics.cli import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.Popen(
        [sys.executable, "-c", command, "receive", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
        preexec_fn=before,
    )


def lines(archive: Archive) -> list[Line]:
    return [each for each in lines_after(archive.journal, 0) if isinstance(each, Line)]


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_finishes_what_is_in_hand(tmp_path: Path, how: signal.Signals) -> None:
    body = page(report(2))
    with receiver(tmp_path / "archive") as running:
        assert running.post(page(report(1))) == 200
        with socket.create_connection(("127.0.0.1", running.port)) as half:
            head = f"Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n"
            half.sendall(POST + head.encode())
            assert half.recv(100).startswith(b"HTTP/1.1 100")  # it waits for the body now
            half.sendall(body[:50])
            threading.Timer(0.6, lambda: half.sendall(body[50:])).start()
            status, said, errors = running.stop(how)
            assert half.recv(100).startswith(b"HTTP/1.1 200 OK")
    assert (status, errors) == (0, "")
    assert said.splitlines()[-1] == (
        "stopped: 2 callbacks kept; 2 reports, 2 new in the table; 2 syncs"
    )
    archive = open_archive(tmp_path / "archive")
    assert verify(archive).in_table == 2
    assert ids(archive) == ["m-1", "m-2"]


def _few_handles() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


@pytest.mark.slow
def test_where_more_call_than_there_are_handles_for_none_is_lost_and_it_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with receiver(tmp_path / "archive", "--patience", "1", before=_few_handles) as running:
        with ThreadPoolExecutor(100) as callers:
            told = list(callers.map(lambda n: running.post(page(report(n))), range(300)))
        until = time.monotonic() + 30
        while running.post(page(report(300))) != 200 and time.monotonic() < until:
            time.sleep(0.5)
        status, _, errors = running.stop()
    kept = ids(open_archive(tmp_path / "archive"))
    acknowledged = {f"m-{n}" for n, each in enumerate(told) if each == 200} | {"m-300"}
    with capsys.disabled():
        sys.stdout.write(f"\nfew handles: of 300 callbacks {dict(Counter(told))} (0: closed)\n")
    assert (status, set(told) <= {200, 503, 0}) == (0, True)
    assert acknowledged <= set(kept)
    assert len(kept) == len(set(kept))
    assert len(errors) < 3000
    assert "Traceback" not in errors


@pytest.mark.slow
def test_killed_at_any_moment_what_was_answered_with_200_is_kept_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = random.Random()
    end = time.monotonic() + 20
    sent: list[int] = []
    acknowledged: list[int] = []
    kills = 0
    while time.monotonic() < end:
        with receiver(tmp_path / "archive", "--replay-every", "1") as running:
            clients = [
                threading.Thread(target=_post_on, args=(running, place, sent, acknowledged))
                for place in range(6)
            ]
            for each in clients:
                each.start()
            time.sleep(rng.uniform(0.05, 1.5))
            running.process.kill()
            kills += 1
            for each in clients:
                each.join()
    archive = open_archive(tmp_path / "archive")
    replay(archive)
    there = ids(archive)
    asked = {f"m-{n}" for number in acknowledged for n in range(10 * number, 10 * number + 20)}
    lost, twice = len(asked - set(there)), len(there) - len(set(there))
    with capsys.disabled():
        sys.stdout.write(
            f"\n{kills} kills: {len(sent):,} callbacks sent, {len(acknowledged):,} acknowledged; "
            f"{len(asked):,} reports in these, {len(there):,} kept, {lost} lost, {twice} twice\n"
        )
    assert kills > 2
    assert len(acknowledged) > 30
    assert (lost, twice) == (0, 0)
    assert verify(archive).sound


def _post_on(running: Receiver, place: int, sent: list[int], acknowledged: list[int]) -> None:
    """Post callbacks of 20 reports, of which 10 come again in the next, until nobody answers."""
    first = 1000 * len(sent) + 7919 * place
    with closing(http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)) as connection:
        for number in range(first, first + 10_000):
            rows = [report(n, day=1 + n % 3) for n in range(10 * number, 10 * number + 20)]
            sent.append(number)
            try:
                connection.request("POST", PATH, page(*rows))
                found = connection.getresponse()
                found.read()
            except (OSError, http.client.HTTPException):
                return
            assert found.status == 200
            acknowledged.append(number)


@pytest.mark.slow
def test_on_a_full_disk_it_answers_503_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "archive"

    def full_at_200_kb() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    with receiver(path, before=full_at_200_kb) as running:
        told = [
            (number, running.post(page(*(report(20 * number + n) for n in range(20)))))
            for number in range(40)
        ]
        status, health = running.health()
        code, said, errors = running.stop()
    good = [number for number, each in told if each == 200]
    assert {each for _, each in told} == {200, 503}
    assert (status, health["status"]) == (503, "failing")
    archive = open_archive(path)
    replay(archive)
    assert set(ids(archive)) == {f"m-{20 * number + n}" for number in good for n in range(20)}
    assert len(lines(archive)) == len(good)
    assert code == 0
    assert "503" not in errors
    assert errors.count("cannot be written: file too large") >= 1
    assert len(errors.splitlines()) <= 4
    assert f"{len(told) - len(good)} refused ({len(told) - len(good)} not kept" in said
    with receiver(path) as running:
        assert all(
            running.post(page(*(report(20 * number + n) for n in range(20)))) == 200
            for number, each in told
            if each == 503
        )
        running.stop()
    assert len(ids(archive)) == 800


@pytest.mark.slow
def test_slow_callers_are_not_waited_for_forever_and_nobody_waits_for_them(tmp_path: Path) -> None:
    with receiver(tmp_path / "archive", "--patience", "1") as running:
        begun = [b"", POST, POST + LENGTH + b"{", POST + LENGTH + b"{", OTHER + LENGTH + b"{"]
        callers = [socket.create_connection(("127.0.0.1", running.port)) for _ in begun]
        for caller, text in zip(callers, begun, strict=True):
            caller.settimeout(10)
            caller.sendall(text)
        silent, head, body, drip, rest = callers
        began = time.monotonic()
        assert running.post(page(report(1))) == 200
        assert time.monotonic() - began < 5
        for _ in range(15):
            time.sleep(0.1)
            with suppress(OSError):  # it may have been hung up
                drip.sendall(b" ")
        assert body.recv(1000).startswith(b"HTTP/1.1 408")
        assert drip.recv(1000).startswith(b"HTTP/1.1 408")
        assert rest.recv(1000).startswith(b"HTTP/1.1 404")
        assert all(_is_closed(each) for each in (silent, head, rest))
        assert time.monotonic() - began < 15
        for each in callers:
            each.close()
        code, said, errors = running.stop()
    assert (code, errors) == (0, "")
    assert "2 too slow" in said


def _is_closed(connection: socket.socket) -> bool:
    try:
        return not connection.recv(1000)
    except ConnectionResetError:
        return True


@pytest.mark.slow
def test_a_caller_that_hangs_up_or_speaks_something_else_does_no_harm(tmp_path: Path) -> None:
    with receiver(tmp_path / "archive") as running:
        for text in (
            POST + LENGTH + b"{",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"GET " + b"x" * 200_000,
            POST + b"Content-Length: -1\r\n\r\n",
            POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        ):
            with socket.create_connection(("127.0.0.1", running.port)) as connection:
                with suppress(OSError):  # it may be hung up before it has all
                    connection.sendall(text)
                time.sleep(0.05)
        assert running.post(page(report(1))) == 200
        assert running.health()[0] == 200
        code, said, errors = running.stop()
    assert (code, errors) == (0, "")
    assert len(ids(open_archive(tmp_path / "archive"))) == 1
    assert "1 callback kept" in said


@pytest.mark.slow
def test_what_is_far_too_large_is_refused_while_it_comes(tmp_path: Path) -> None:
    with receiver(tmp_path / "archive", "--limit", "100000") as running:
        assert running.post(b" " * 150_000) == 413
        # beyond a few times the limit nobody reads on, so that the answer may not be heard
        assert running.post(b" " * 30_000_000) in (413, 0)
        assert running.post(page(report(1))) == 200
        assert "2 too large" in running.stop()[1]


@pytest.mark.slow
def test_two_receivers_and_a_fetch_may_keep_at_the_same_time(tmp_path: Path) -> None:
    path = tmp_path / "archive"
    archive = make_archive(path)
    with receiver(path, "--replay-every", "1") as one, receiver(path) as other:
        statuses: list[int] = []

        def post(running: Receiver, first: int) -> None:
            statuses.extend(
                running.post(page(*(report(10 * n + k) for k in range(10))))
                for n in range(first, first + 40)
            )

        threads = [threading.Thread(target=post, args=told) for told in ((one, 0), (other, 30))]
        for each in threads:
            each.start()
        for number in range(20):
            append(archive, [answer(*(report(1000 + 10 * number + k) for k in range(10)))])
            replay(archive)
        for each in threads:
            each.join()
        assert [one.stop()[0], other.stop()[0]] == [0, 0]
    assert statuses == [200] * 80
    assert [each.n for each in lines(archive)] == list(range(1, 101))
    assert len(ids(archive)) == len(set(ids(archive))) == 700 + 200
    assert verify(archive).sound


@pytest.mark.slow
def test_neither_numbers_nor_bodies_nor_secrets_are_said(tmp_path: Path) -> None:
    with receiver(tmp_path / "archive", "--auth", "basic", environment=SECRETS) as running:
        right = {"Authorization": "Basic aW5mb2JpcDpwNHNzLXdvcmQtb2Ytb3Vycw=="}
        assert running.post(page(report(1)), **right) == 200
        assert running.post(b'{"to": "447700900123", ', **right) == 400
        assert running.post(page(report(1)), Authorization="Basic d3Jvbmc6c2VjcmV0") == 401
        assert running.health()[0] == 200
        code, said, errors = running.stop()
    assert (code, errors) == (0, "")
    assert "asked of who calls: user and password (Basic)\n" in said
    assert "2 refused (1 no JSON, 1 without the right credentials)" in said
    secret = ["447700", "p4ss", "aW5mb2", "d3Jvbm", "messageId"]
    assert not [each for each in secret if each in said + errors]
    with open(f"/proc/{os.getpid()}/cmdline", "rb") as line:
        assert b"p4ss" not in line.read()


@pytest.mark.slow
def test_a_port_that_cannot_be_had_is_a_sentence(tmp_path: Path) -> None:
    archive = ["--archive", str(tmp_path / "archive")]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        runs = [
            (["--port", port], 1, "another process uses it"),
            (["--port", "0", "--host", "a" * 64], 1, "no address is known of it"),
            (["--port", "0", "--host", "192.0.2.1", "--no-auth"], 1, "no such address"),
            (["--port", "0", "--host", "0.0.0.0"], 2, "open to other machines"),
            (["--port", "0", "--host", "::"], 2, "open to other machines"),
        ]
        processes = [started(*archive, *options) for options, _, _ in runs]
        for process, (_, code, sentence) in zip(processes, runs, strict=True):
            said = process.communicate()[1]
            assert (process.returncode, said.count("\n")) == (code, 1), said
            assert sentence in said
    assert not (tmp_path / "archive").exists()
