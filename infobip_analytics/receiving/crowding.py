"""How many may be connected at once: as many as there are handles for, and some for the journal."""

import asyncio
import os
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

#: How many connections may be open: beyond it a request gets 503
CONNECTIONS = 1000

#: How many connections wait in the system until they are taken in
WAITING = 256

#: Handles for journal, table and all else
OURS = 128


def room_for_connections() -> int:
    """For how many connections there are handles, once the system gives as many as it will.

    Beyond them a connection is closed at once: without a handle nothing could be kept either.
    """
    if os.name == "nt":
        return CONNECTIONS
    import resource

    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * CONNECTIONS + WAITING + OURS
    allowed = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    if usual != resource.RLIM_INFINITY and usual < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
        usual = allowed
    handles = wanted if usual == resource.RLIM_INFINITY else min(usual, wanted)
    return handles - min(WAITING + OURS, handles // 2)


def connections_of_at_most(most: int) -> type[H11Protocol]:
    """The protocol of a server that closes each connection beyond so many at once."""

    class Limited(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if len(self.connections) > most:
                transport.abort()

    return Limited


def told_once(say: Callable[[str], None]) -> Callable[[Any, dict[str, Any]], None]:
    """What an event loop does with what goes wrong in it: each kind is said once, as a sentence.

    By itself it would log each with all its particulars, thousands of times a second where there
    are no handles left.
    """
    said: set[str] = set()

    def tell(_: Any, context: dict[str, Any]) -> None:
        problem = context.get("exception")
        why = getattr(problem, "strerror", None) or type(problem).__name__
        sentence = f"a connection could not be served ({why}); Infobip sends it again"
        if sentence not in said:
            said.add(sentence)
            say(sentence)

    return tell
