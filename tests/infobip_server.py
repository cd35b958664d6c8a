"""Infobip's API on a loopback port, with queues that empty, logs, and faults on demand.

    with InfobipServer() as server:
        server.queue("/sms/3/reports", [report("m-1")])
        server.next("/sms/3/reports", refused(503))
        InfobipClient(server.url, KEY)

A report is gone from its queue as soon as it is handed out, whether it arrives or not; `handed`
tells what was, and whether all of it was sent. Logs stay, and both bounds of a time are outside,
the narrower of what the documents allow.

By itself, for trying the command line: `python tests/infobip_server.py --reports 5000 --faults 0.2`
"""

import argparse
import contextlib
import gzip
import json
import random
import socket
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, urlsplit

KEY = "k3y-for-tests-0123456789abcdef"

#: The moment of which the server's clock speaks
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)

Entry = dict[str, Any]

STATUS = {
    "groupId": 3,
    "groupName": "DELIVERED",
    "id": 5,
    "name": "DELIVERED_TO_HANDSET",
    "description": "Confirmed",
}
ERROR = {
    "groupId": 0,
    "groupName": "OK",
    "id": 0,
    "name": "NO_ERROR",
    "description": "No fault",
    "permanent": False,
}


def stamp(when: datetime) -> str:
    """A moment as the API writes it: with milliseconds, and an offset without a colon."""
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03}+0000"


def report(message_id: str, **others: Any) -> Entry:
    """A delivery report in the shape of SMS v3 and MMS v2."""
    return {
        "bulkId": "bulk-1",
        "price": {"pricePerMessage": 0.00787679, "currency": "EUR"},
        "status": STATUS,
        "error": ERROR,
        "messageId": message_id,
        "to": "447700900101",
        "sender": "ExampleShop",
        "sentAt": stamp(NOW - timedelta(hours=3)),
        "doneAt": stamp(NOW - timedelta(hours=2)),
        "messageCount": 1,
        "mccMnc": "23410",
        "callbackData": "c-101",
        "platform": {"entityId": "shop-uk", "applicationId": "promo"},
        "campaignReferenceId": "spring-26",
        **others,
    }


def log(message_id: str, sent_at: datetime, **others: Any) -> Entry:
    """A log in the shape of SMS v3."""
    entry = {**report(message_id), "sentAt": stamp(sent_at), "destination": "447700900102"}
    return {
        **{name: value for name, value in entry.items() if name not in ("to", "callbackData")},
        "content": {"text": "Hello"},
        **others,
    }


@dataclass(frozen=True)
class Fault:
    """What the server does in place of its answer.

    Attributes:
        status: The status it sends, with `body` and `headers`; None: its own answer.
        send: Which share of the bytes of the answer it sends before the connection ends.
        silent: It takes the call, and says nothing more.
        packed: The answer is packed with gzip.
        chunked: The answer comes in chunks, without a length.
        drip: The answer is sent in pieces of so many bytes.
        pause: For so many seconds nothing is sent before each piece.
    """

    status: int | None = None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    send: float = 1.0
    silent: bool = False
    packed: bool = False
    chunked: bool = False
    drip: int = 0
    pause: float = 0.0


def refused(status: int, body: Any = None, **headers: str) -> Fault:
    """An error of the service; headers as `Retry_After="30"`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(status, b"" if body is None else json.dumps(body).encode(), named)


DROPPED = Fault(send=0.0)
HALF = Fault(send=0.5)
SILENT = Fault(silent=True)
PACKED = Fault(packed=True)

OLD_ERROR = {
    "requestError": {
        "serviceException": {"messageId": "UNAUTHORIZED", "text": "Invalid login details"}
    }
}
NEW_ERROR = {
    "errorCode": "E403",
    "description": "Not enough permissions.",
    "action": "Check the scopes.",
    "violations": [],
    "resources": [],
}


@dataclass(frozen=True)
class Call:
    """One call as it came."""

    path: str
    parameters: dict[str, str]
    headers: dict[str, str]


@dataclass
class Handed:
    """What was handed out at one call, and is gone from its queue.

    Attributes:
        call: The call.
        entries: The reports.
        whole: Whether all of its bytes were given to the connection.
    """

    call: Call
    entries: list[Entry]
    body: bytes = field(repr=False)
    whole: bool = False


class InfobipServer:
    """The service, on a port of its own, from `with` to its end."""

    def __init__(self) -> None:
        self.key = KEY
        self.now = NOW
        self.calls: list[Call] = []
        self.connections: list[socket.socket] = []
        self.logs: dict[str, list[Entry]] = defaultdict(list)
        #: Paths of logs whose pages have no cursor
        self.without_cursor = {"/sms/1/logs"}
        #: The most entries of a page, whatever is asked for
        self.largest = 1000
        #: What was handed out, call by call
        self.handed: list[Handed] = []
        #: Decides what becomes of a call for which nothing else is planned
        self.chance: Callable[[Call], Fault] = lambda _: Fault()
        self._queues: dict[str, deque[Entry]] = defaultdict(deque)
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._lock = threading.Lock()
        self._over = threading.Event()
        handler = type("Handler", (_Handler,), {"service": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = False
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._http.shutdown()
        self._thread.join()
        for connection in self.connections:
            with contextlib.suppress(OSError):  # it is closed already
                connection.shutdown(socket.SHUT_RDWR)
        self._http.server_close()

    def queue(self, path: str, entries: Iterable[Entry]) -> None:
        """Put reports into the queue of an endpoint."""
        self._queues[path].extend(entries)

    def left(self, path: str) -> int:
        """How many reports wait in the queue of an endpoint."""
        return len(self._queues[path])

    def next(self, path: str, *faults: Fault) -> None:
        """Do these things at the next calls of an endpoint, one each; then all is well again."""
        self._faults[path].extend(faults)

    def asked(self, path: str) -> list[dict[str, str]]:
        """With which parameters an endpoint was called."""
        return [call.parameters for call in self.calls if call.path == path]

    def fault(self, call: Call) -> Fault:
        """What becomes of a call."""
        with self._lock:
            self.calls.append(call)
            faults = self._faults[call.path]
            planned = faults.popleft() if faults else None
        planned = self.chance(call) if planned is None else planned
        if planned.status or planned.silent:
            return planned
        # what begins with it is a key of the same account
        if not call.headers.get("authorization", "").startswith(f"App {self.key}"):
            return refused(401, OLD_ERROR)
        return planned

    def answer(self, call: Call) -> Handed:
        """The page that a call gets."""
        limit = min(int(call.parameters.get("limit", "50")), self.largest)
        page = (
            self._taken(call.path, limit)
            if call.path.endswith("/reports")
            else self._log_page(call.path, call.parameters, limit)
        )
        handed = Handed(call, page["results"], json.dumps(page).encode())
        self.handed.append(handed)
        return handed

    def wait(self) -> None:
        """Wait until the test is over."""
        self._over.wait(10)

    def _taken(self, path: str, limit: int) -> Entry:
        with self._lock:
            queue = self._queues[path]
            return {"results": [queue.popleft() for _ in range(min(limit, len(queue)))]}

    def _log_page(self, path: str, parameters: Mapping[str, str], limit: int) -> Entry:
        since = parameters.get("sentSince", "")
        until = parameters.get("sentUntil", "9")
        # all stamps have one width and one offset, so that their order is that of the moments
        found = [each for each in self.logs[path] if since < each["sentAt"] < until]
        newest = sorted(found, key=lambda each: str(each["sentAt"]), reverse=True)
        if path in self.without_cursor or parameters.get("useCursor") != "true":
            return {"results": newest[:limit]}
        begin = int(parameters.get("cursor", "0"))
        after = str(begin + limit) if begin + limit < len(newest) else None
        page = newest[begin : begin + limit]
        return {"results": page, "cursor": {"limit": limit, "nextCursor": after}}


class _Handler(BaseHTTPRequestHandler):
    """Hands calls to the service, and sends what it says, or less."""

    service: ClassVar[InfobipServer]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a drop is sent at once

    def setup(self) -> None:
        super().setup()
        self.service.connections.append(self.connection)

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(url.path, dict(parse_qsl(url.query)), headers)
        fault = self.service.fault(call)
        handed = Handed(call, [], fault.body) if fault.status else self.service.answer(call)
        if fault.silent:  # handed out, although it never arrives
            self.service.wait()
            self.close_connection = True
            return
        packed = gzip.compress(handed.body) if fault.packed else handed.body
        raw = self._head(fault, packed) + _body(fault, packed)
        handed.whole = self._send(raw[: int(len(raw) * fault.send)], fault) and fault.send == 1
        self.close_connection = self.close_connection or not handed.whole

    def _send(self, raw: bytes, fault: Fault) -> bool:
        """Send these bytes, be it in drops; false where whoever asked is gone."""
        size = fault.drip or max(1, len(raw))
        try:
            for start in range(0, len(raw), size):
                time.sleep(fault.pause)
                self.wfile.write(raw[start : start + size])
        except OSError:
            return False
        return True

    def _head(self, fault: Fault, body: bytes) -> bytes:
        status = fault.status or 200
        headers = {
            "Date": f"{self.service.now:%a, %d %b %Y %H:%M:%S} GMT",
            "Content-Type": "application/json",
            **({"Content-Encoding": "gzip"} if fault.packed else {}),
            **(
                {"Transfer-Encoding": "chunked"}
                if fault.chunked
                else {"Content-Length": str(len(body))}
            ),
            **fault.headers,
        }
        lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {headers[name]}" for name in headers)]
        return "\r\n".join([*lines, "", ""]).encode()

    def log_message(self, *_: object) -> None:
        """Say nothing: what the tests print is theirs."""


def _body(fault: Fault, body: bytes) -> bytes:
    if not fault.chunked:
        return body
    pieces = [body[start : start + 700] for start in range(0, len(body), 700)]
    return b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in [*pieces, b""])


def chance_of_faults(seed: int, share: float) -> Callable[[Call], Fault]:
    """Faults at random, for this share of the calls; the same ones for the same seed."""
    rng = random.Random(seed)
    faults = [
        refused(429, Retry_After="0"),
        refused(429, Retry_After="Wed, 04 Mar 2026 11:00:00 GMT"),
        refused(500, OLD_ERROR),
        refused(503, NEW_ERROR),
        refused(502),
        DROPPED,
        HALF,
        Fault(send=0.97, chunked=True),
        Fault(send=0.8, packed=True),
        Fault(drip=1, packed=True),
        Fault(drip=97, pause=0.0005),
        Fault(packed=True, chunked=True),
    ]

    def fault(_: Call) -> Fault:
        return rng.choice(faults) if rng.random() < share else Fault()

    return fault


def main() -> None:
    """Serve until somebody presses Ctrl-C."""
    parser = argparse.ArgumentParser(description="Infobip's API on this machine, for trying.")
    parser.add_argument("--reports", type=int, default=2500)
    parser.add_argument("--faults", type=float, default=0.0, help="the share of calls that fail")
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    with InfobipServer() as server, contextlib.suppress(KeyboardInterrupt):
        server.now = datetime.now(UTC)
        sent = server.now - timedelta(hours=3)
        times = {"sentAt": stamp(sent), "doneAt": stamp(sent + timedelta(seconds=4))}
        for channel in ("sms/3", "mms/2"):
            names = [f"{channel[:3]}-{n}" for n in range(asked.reports)]
            server.queue(f"/{channel}/reports", (report(name, **times) for name in names))
            server.logs[f"/{channel}/logs"] = [log(name, sent) for name in names]
        server.chance = chance_of_faults(asked.seed, asked.faults)
        sys.stdout.write(f"export INFOBIP_BASE_URL={server.url} INFOBIP_API_KEY={KEY}\n")
        sys.stdout.flush()
        while True:
            time.sleep(1)
            server.now = datetime.now(UTC)


if __name__ == "__main__":
    main()
