"""The journal of a receiver: what comes while one sync is under way goes to disk in the next.

A sync costs the same for one callback and for a hundred. So a single writer takes all that wait,
appends them together, and then tells each of them.
"""

import asyncio
import traceback
from collections.abc import Callable, Sequence

from infobip_analytics.archive import Answer
from infobip_analytics.errors import InfobipAnalyticsError
from infobip_analytics.receiving.tally import Tally

#: How many callbacks are written at once, at most
TOGETHER = 1000

_Waiting = tuple[Answer, "asyncio.Future[str]"]


class Writer:
    """Writes answers, and says of each whether it is on disk.

    Args:
        store: Writes some answers and syncs them; gives the number of the last line.
        tally: Where it is counted.
        say: Where a sentence goes that a person should read.
        together: How many answers are written at once, at most.
    """

    def __init__(
        self,
        store: Callable[[Sequence[Answer]], int],
        tally: Tally,
        say: Callable[[str], None],
        together: int = TOGETHER,
    ) -> None:
        self._store, self._tally, self._say, self._together = store, tally, say, together
        self._queue: asyncio.Queue[_Waiting | None] = asyncio.Queue()

    async def keep(self, answer: Answer) -> str:
        """Wait until an answer is on disk; gives why it is not, and "" where it is."""
        told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((answer, told))
        self._tally.waiting += 1
        try:
            return await told
        finally:
            self._tally.waiting -= 1

    def close(self) -> None:
        """Let the writer end when all is written that waits now."""
        self._queue.put_nowait(None)

    async def run(self) -> None:
        """Write whatever comes, until it is closed."""
        while first := await self._queue.get():
            batch: list[_Waiting] = [first]
            while len(batch) < self._together and not self._queue.empty():
                if (each := self._queue.get_nowait()) is None:
                    self.close()
                    break
                batch.append(each)
            await self._write(batch)

    async def _write(self, batch: Sequence[_Waiting]) -> None:
        # who waits no more was told that it is not kept, and sends it again
        waiting = [each for each in batch if not each[1].done()]
        if not waiting:
            return
        write = asyncio.to_thread(self._store, [answer for answer, _ in waiting])
        [came] = await asyncio.gather(write, return_exceptions=True)
        if isinstance(came, int):
            self._written(came, waiting)
        elif len(waiting) > 1 and not isinstance(came, InfobipAnalyticsError):
            for each in waiting:  # one of them is at fault: the others are not to suffer from it
                await self._write([each])
        else:
            self._not_written(came, waiting)

    def _written(self, line: int, waiting: Sequence[_Waiting]) -> None:
        self._tally.syncs += 1
        self._tally.line = max(self._tally.line, line)
        self._tally.failed_at = None
        _tell(waiting, "")

    def _not_written(self, problem: BaseException, waiting: Sequence[_Waiting]) -> None:
        self._tally.fail()
        self._say(plainly(problem))
        _tell(waiting, type(problem).__name__)


def _tell(waiting: Sequence[_Waiting], word: str) -> None:
    for _, told in waiting:
        if not told.done():
            told.set_result(word)


def plainly(problem: BaseException) -> str:
    """What went wrong, as a sentence; of a slip of ours only where, for it may quote a number."""
    if isinstance(problem, InfobipAnalyticsError):
        return str(problem)
    [*_, last] = traceback.extract_tb(problem.__traceback__) or [None]
    where = f" at line {last.lineno} of {last.filename}" if last else ""
    return f"a slip of this package, {type(problem).__name__}{where}; please report it"
