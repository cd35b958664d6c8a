"""The application: what is posted is looked at, kept, and only then answered with 200."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infobip_analytics.archive import Answer, Archive, append
from infobip_analytics.receiving.bodies import Callback, opened
from infobip_analytics.receiving.health import health
from infobip_analytics.receiving.proofs import Proofs
from infobip_analytics.receiving.refusals import (
    BROKEN_OFF,
    LARGE,
    NOT_KEPT,
    SLOW,
    UNPROVEN,
    Refusal,
    Refused,
)
from infobip_analytics.receiving.replaying import replay_every
from infobip_analytics.receiving.tally import Tally
from infobip_analytics.receiving.telling import EVERY, Quietly, tell_every
from infobip_analytics.receiving.writing import TOGETHER, Writer

#: Seconds that a caller waits for the disk at most; Infobip waits for up to 90, as it is set there
FOR_THE_DISK = 25.0

#: How many times what is kept at most is read at most
MORE = 4

#: A body of more bytes is looked at in a thread, so that others need not wait for it
SMALL = 256 * 1024

#: What has not been read yet of a request that is refused is never read
NO_MORE = {"Connection": "close"}


@dataclass(frozen=True, slots=True)
class Rules:
    """How callbacks are received.

    Attributes:
        paths: Where they are posted to.
        proofs: What a caller has to show.
        limit: How many bytes a body may have, packed or not.
        patience: Seconds that a request may take to come in.
        replay_every: Seconds between two looks at what the table lacks.
        together: How many callbacks one sync may bring to disk.
    """

    paths: tuple[str, ...]
    proofs: Proofs = field(default_factory=Proofs)
    limit: int = 8 * 1024 * 1024
    patience: float = 20.0
    replay_every: float = 60.0
    together: int = TOGETHER


def application(
    archive: Archive, rules: Rules, tally: Tally, say: Callable[[str], None]
) -> Starlette:
    """The application that receives callbacks; what it does is counted in *tally*."""
    quietly = Quietly(say)
    writer = Writer(partial(append, archive), tally, quietly, rules.together)
    receive = partial(_received, rules=rules, tally=tally, writer=writer)
    # with a slash at the end too, for a caller is not to be sent elsewhere: it would not go
    paths = [each for path in rules.paths for each in (path, f"{path}/")]
    made = Starlette(
        routes=[
            *(Route(path, receive, methods=["POST"]) for path in paths),
            Route("/health", partial(_health, archive=archive, tally=tally), methods=["GET"]),
        ],
        exception_handlers={
            Refused: partial(_refused, tally=tally),
            ClientDisconnect: partial(_gone, tally=tally),
            HTTPException: partial(_elsewhere, tally=tally),
            Exception: partial(_slipped, tally=tally),
        },
        lifespan=lambda _: _alive(archive, rules, tally, writer, quietly),
    )
    made.router.redirect_slashes = False
    return made


@asynccontextmanager
async def _alive(
    archive: Archive, rules: Rules, tally: Tally, writer: Writer, quietly: Quietly
) -> AsyncIterator[None]:
    """Write, replay and tell beside the requests; at the end write what waits, and replay."""
    over = asyncio.Event()
    every = replay_every(rules.replay_every, archive, tally, quietly, over)
    writing, replaying = asyncio.create_task(writer.run()), asyncio.create_task(every)
    telling = asyncio.create_task(tell_every(EVERY, tally, quietly))
    yield
    telling.cancel()
    writer.close()
    await writing
    over.set()
    await replaying


async def _received(request: Request, *, rules: Rules, tally: Tally, writer: Writer) -> Response:
    """Keep a callback, and say so: 200 means that it is on disk, and Infobip may forget it."""
    with tally.holding() as hold:
        raw = await _proven(request, rules, hold)
        packing = ",".join(request.headers.getlist("content-encoding"))
        callback = await _opened(raw, packing, rules.limit)
        hold(len(callback.body))
        await _kept(Answer(callback.body, request.scope["path"], "callback"), writer)
    tally.callbacks += 1
    tally.reports += callback.reports
    tally.notices += callback.notices
    return JSONResponse({"kept": callback.reports + callback.notices})


async def _proven(request: Request, rules: Rules, hold: Callable[[int], None]) -> bytes:
    """The bytes of a caller who has shown all that is asked for; which proof failed is not told."""
    headers = request.headers.raw
    known = rules.proofs.hold_in(headers)
    raw = await _body(request, rules, hold if known else None)
    if known and rules.proofs.hold_of(headers, raw):
        return raw
    raise _Unproven({"WWW-Authenticate": 'Basic realm="callbacks"'} if rules.proofs.basic else {})


class _Unproven(Refused):
    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__(UNPROVEN, "the credentials are missing or wrong")
        self.headers = headers


async def _body(request: Request, rules: Rules, hold: Callable[[int], None] | None) -> bytes:
    """The bytes of a request; without *hold* they are read and thrown away."""
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(rules.patience):
            async for piece in request.stream():
                size += len(piece)
                if hold and size <= rules.limit:
                    hold(len(piece))
                    pieces.append(piece)
                # who is still sending hears no answer, so that somewhat more is read than is kept
                if size > MORE * rules.limit:
                    break
    except TimeoutError:
        raise Refused(SLOW, f"the body took more than {rules.patience:g} seconds") from None
    if hold and size > rules.limit:
        raise Refused(LARGE, f"the body has more than {rules.limit:,} bytes")
    return b"".join(pieces)


async def _opened(raw: bytes, encoding: str, limit: int) -> Callback:
    if len(raw) <= SMALL and not encoding:
        return opened(raw, encoding, limit)
    return await asyncio.to_thread(opened, raw, encoding, limit)


async def _kept(answer: Answer, writer: Writer) -> None:
    """Come back when it is on disk; else 503, on which Infobip sends it again for 41.5 hours."""
    again = "it was not kept; send it again"
    try:
        problem = await asyncio.wait_for(writer.keep(answer), FOR_THE_DISK)
    except TimeoutError:
        raise Refused(NOT_KEPT, f"the disk took too long: {again}") from None
    if problem:
        raise Refused(NOT_KEPT, again)


async def _health(_: Request, *, archive: Archive, tally: Tally) -> Response:
    said = await asyncio.to_thread(health, archive, tally)
    return JSONResponse(said, 200 if said["status"] == "ok" else 503)


async def _refused(_: Request, refused: Exception, *, tally: Tally) -> Response:
    if not isinstance(refused, Refused):
        raise refused
    tally.refuse(refused.refusal)
    headers = {**NO_MORE, **getattr(refused, "headers", {})}
    return JSONResponse({"refused": str(refused)}, refused.refusal.status, headers)


async def _gone(_: Request, __: Exception, *, tally: Tally) -> Response:
    tally.refuse(BROKEN_OFF)
    return Response(status_code=BROKEN_OFF.status)  # which nobody hears


async def _elsewhere(_: Request, wrong: Exception, *, tally: Tally) -> Response:
    """What is no POST to one of the paths."""
    if not isinstance(wrong, HTTPException):
        raise wrong
    tally.refuse(Refusal(wrong.status_code, "elsewhere, or no POST"))
    headers = {**NO_MORE, **(wrong.headers or {})}
    return JSONResponse({"refused": wrong.detail}, wrong.status_code, headers)


async def _slipped(_: Request, slip: Exception, *, tally: Tally) -> Response:
    """Something that nobody thought of: it was not kept, so it has to be sent again."""
    tally.refuse(Refusal(503, f"not kept, for a slip of this package: {type(slip).__name__}"))
    return JSONResponse({"refused": "it was not kept; send it again"}, 503)
