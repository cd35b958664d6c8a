"""The server: its port, uvicorn on it, and an end in good order when it is told to stop."""

import asyncio
import errno
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from ipaddress import ip_address
from typing import Any

import uvicorn

from infobip_analytics.archive import Archive
from infobip_analytics.errors import ArgumentError, SourceError
from infobip_analytics.receiving.answering import Rules, application
from infobip_analytics.receiving.crowding import (
    CONNECTIONS,
    WAITING,
    connections_of_at_most,
    room_for_connections,
    told_once,
)
from infobip_analytics.receiving.tally import Tally

#: Seconds that a connection may say nothing between two requests: longer than proxies keep theirs
IDLE = 75

#: Seconds that requests in hand get when the server is told to stop
GRACE = 30

_WRONG_ADDRESS = {
    errno.EADDRINUSE: "another process uses it; end that one, or choose another with --port",
    errno.EACCES: "ports below 1024 are for the administrator; choose another with --port, and let "
    "a proxy in front have 443",
    errno.EADDRNOTAVAIL: "this machine has no such address; --host 0.0.0.0 is all that it has",
}


def bound(host: str, port: int, *, open_door: bool) -> socket.socket:
    """A socket that is bound to an address; port 0 is any that is free.

    Args:
        host: A name or an address of this machine.
        port: From 0 to 65535.
        open_door: Whether others than this machine may call; ArgumentError where they could.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise SourceError(
            f"--host {host}: no address is known of it; 127.0.0.1 is this machine alone, 0.0.0.0 "
            "all that it has"
        ) from None
    if not open_door and not all(_is_loopback(address[0]) for *_, address in found):
        raise ArgumentError(
            f"--host {host} is open to other machines, and nothing is asked of who calls: set "
            "INFOBIP_ANALYTICS_RECEIVE_USER and ..._PASSWORD, ..._SECRET or ..._HMAC_KEY (--help "
            "has more), or say --no-auth if a proxy in front asks"
        )
    family, *_, address = found[0]
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(WAITING)
    except OSError as problem:
        made.close()
        why = _WRONG_ADDRESS.get(problem.errno or 0, (problem.strerror or str(problem)).lower())
        raise SourceError(f"port {port} of {host} cannot be listened to: {why}") from None
    return made


def _is_loopback(address: Any) -> bool:
    return ip_address(str(address).partition("%")[0]).is_loopback


def url_of(listening: socket.socket) -> str:
    """Where a socket listens.

    >>> with socket.create_server(("127.0.0.1", 0)) as made:
    ...     url_of(made).rpartition(":")[0]
    'http://127.0.0.1'
    """
    host, port, *_ = listening.getsockname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    archive: Archive, rules: Rules, listening: socket.socket, say: Callable[[str], None]
) -> Tally:
    """Receive callbacks until SIGTERM or SIGINT; then finish what is in hand, sync and replay."""
    tally = Tally()
    config = uvicorn.Config(
        application(archive, rules, tally, say),
        log_config=None,
        # it would quote requests, and a slip of ours with what it was about
        log_level="critical",
        access_log=False,
        http=connections_of_at_most(room_for_connections()),
        ws="none",
        lifespan="on",
        proxy_headers=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        backlog=WAITING,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=GRACE,
    )
    with _signals_end_here():
        asyncio.run(_served(uvicorn.Server(config), listening, rules.patience, say))
    return tally


async def _served(
    server: uvicorn.Server, listening: socket.socket, patience: float, say: Callable[[str], None]
) -> None:
    asyncio.get_running_loop().set_exception_handler(told_once(say))
    async with _hurried(server, patience):
        await server.serve(sockets=[listening])


@asynccontextmanager
async def _hurried(server: uvicorn.Server, patience: float) -> AsyncIterator[None]:
    task = asyncio.create_task(_hurry(server, patience))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _hurry(server: uvicorn.Server, patience: float) -> None:
    """Close connections of which a request is not there after a while: uvicorn would wait on.

    It has a timer of its own for those that say nothing at all after an answer.
    """
    since: dict[Any, tuple[Any, float]] = {}
    while True:
        await asyncio.sleep(min(1.0, patience / 4))
        now = time.monotonic()
        open_ones: list[Any] = list(server.server_state.connections)
        late = {each: each.cycle for each in open_ones if _is_late(each)}
        since = {
            each: since[each] if each in since and since[each][0] is cycle else (cycle, now)
            for each, cycle in late.items()
        }
        for each, (_, began) in since.items():
            if now - began > patience:
                each.transport.abort()


def _is_late(connection: Any) -> bool:
    """Whether a request is awaited, or the rest of one that was answered already."""
    answered = connection.cycle is None or connection.cycle.response_complete
    return answered and connection.timeout_keep_alive_task is None


@contextmanager
def _signals_end_here() -> Iterator[None]:
    """Let a signal on which uvicorn has ended in good order not end the process as well."""
    known = (signal.SIGINT, signal.SIGTERM)
    before = {each: signal.signal(each, lambda *_: None) for each in known}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
