"""The table of a receiver: made of the journal every now and then, beside the requests."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from infobip_analytics.archive import Archive, replay
from infobip_analytics.receiving.tally import Tally
from infobip_analytics.receiving.writing import plainly


async def replay_every(
    seconds: float,
    archive: Archive,
    tally: Tally,
    say: Callable[[str], None],
    over: asyncio.Event,
) -> None:
    """Read into the table what it lacks of the journal: at once, now and then, when it is *over*.

    At once, for the run before may have been killed. In a thread, so that nothing waits for it;
    and killed in the middle, the next run goes on.
    """
    while not over.is_set():
        if not tally.place or tally.line > tally.place:
            await replay_once(archive, tally, say)
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), seconds)
    await replay_once(archive, tally, say)


async def replay_once(archive: Archive, tally: Tally, say: Callable[[str], None]) -> None:
    """Read into the table what it lacks; where that fails, say it: the journal has it still."""
    [done] = await asyncio.gather(asyncio.to_thread(replay, archive), return_exceptions=True)
    if isinstance(done, BaseException):
        say(f"the table lags behind the journal: {plainly(done)}")
        return
    tally.new += done.new
    tally.place = max(tally.place, done.place)
    tally.line = max(tally.line, done.place)
