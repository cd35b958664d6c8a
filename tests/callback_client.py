"""Calls an ASGI application without a network: it runs on an event loop in a thread of its own.

with Client(application(...)) as client:
    assert client.post("/sms/3/reports", b"{}").status == 400
"""

import asyncio
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

Headers = Mapping[str, str] | Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Reply:
    """What the application answered."""

    status: int
    headers: dict[str, str]
    text: str

    def json(self) -> Any:
        """The answer as JSON."""
        return json.loads(self.text)


class Client:
    """An application, from the start of its life to the end."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._said: asyncio.Queue[str] = asyncio.Queue()
        self._end = asyncio.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        self._life = asyncio.run_coroutine_threadsafe(self._live(), self._loop)
        self._hear("lifespan.startup.complete")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._hear("lifespan.shutdown.complete")
        self._life.result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def _hear(self, word: str) -> None:
        assert asyncio.run_coroutine_threadsafe(self._said.get(), self._loop).result(30) == word

    async def _live(self) -> None:
        words = iter(("lifespan.startup", "lifespan.shutdown"))

        async def receive() -> dict[str, Any]:
            word = next(words)
            if word == "lifespan.shutdown":
                await self._end.wait()
            return {"type": word}

        async def send(message: dict[str, Any]) -> None:
            self._said.put_nowait(message["type"])

        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        await self._app(scope, receive, send)

    def post(self, path: str, content: bytes = b"", headers: Headers = ()) -> Reply:
        """Post a body."""
        return self.call("POST", path, content, headers)

    def get(self, path: str) -> Reply:
        """Get a page."""
        return self.call("GET", path)

    def call(self, method: str, path: str, content: bytes = b"", headers: Headers = ()) -> Reply:
        """Call the application, and wait for its answer."""
        called = self._call(method, path, content, list(_pairs(headers)))
        return asyncio.run_coroutine_threadsafe(called, self._loop).result(60)

    async def _call(
        self, method: str, path: str, content: bytes, headers: Iterable[tuple[str, str]]
    ) -> Reply:
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
            "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"",
            "root_path": "", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {},
            "headers": [(name.lower().encode(), told.encode("latin-1")) for name, told in headers],
        }  # fmt: skip
        # in two pieces, as a network may bring it
        half = len(content) // 2
        pieces = iter(((content[:half], True), (content[half:], False)))
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            body, more = next(pieces)
            return {"type": "http.request", "body": body, "more_body": more}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        try:
            await self._app(scope, receive, send)
        except Exception:  # a server answers all the same, if an answer was sent
            if not sent:
                raise
        text = b"".join(message.get("body", b"") for message in sent[1:])
        told = {name.decode().title(): value.decode() for name, value in sent[0]["headers"]}
        return Reply(sent[0]["status"], told, text.decode())


def _pairs(headers: Headers) -> Iterable[tuple[str, str]]:
    return headers.items() if isinstance(headers, Mapping) else headers
