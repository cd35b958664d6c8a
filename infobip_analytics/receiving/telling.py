"""What a receiver says of itself: a line a minute at most, of counts alone."""

import asyncio
from collections import Counter
from collections.abc import Callable

from infobip_analytics.receiving.tally import Tally
from infobip_analytics.wording import plural

#: Seconds between two lines
EVERY = 60.0


class Quietly:
    """Says each sentence, but the same one not again within a while; then how often it was due.

    Args:
        say: Where sentences go.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._due: Counter[str] = Counter()

    def __call__(self, sentence: str) -> None:
        """Say a sentence, or count it."""
        if sentence not in self._due:
            self._say(sentence)
        self._due[sentence] += 1

    def next(self) -> None:
        """Begin another while, and say how often the sentences of the last one were due."""
        for sentence, times in self._due.items():
            if times > 1:
                self._say(f"{times:,} times: {sentence}")
        self._due.clear()


async def tell_every(seconds: float, tally: Tally, quietly: Quietly) -> None:
    """Say what came in, wherever something was refused or is no report: all else is in order."""
    before = Tally()
    while True:
        await asyncio.sleep(seconds)
        quietly.next()
        refused, notices = tally.refused - before.refused, tally.notices - before.notices
        if refused or notices:
            kept = tally.callbacks - before.callbacks
            quietly(f"in the last {seconds:.0f} seconds: {came(kept, refused, notices)}")
        before = Tally(
            callbacks=tally.callbacks, notices=tally.notices, refused=Counter(tally.refused)
        )


def came(kept: int, refused: Counter[str], notices: int) -> str:
    """What came in, in words.

    >>> came(3, Counter({"no JSON": 2}), 1)
    '3 callbacks kept, 2 refused (2 no JSON); 1 notice that is no report set aside'
    """
    told = f"{plural(kept, 'callback')} kept"
    if refused:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(refused.items()))
        told += f", {refused.total():,} refused ({kinds})"
    if notices:
        told += f"; {plural(notices, 'notice')} that {'is' if notices == 1 else 'are'} no report"
        told += f"{'' if notices == 1 else 's'} set aside"
    return told
