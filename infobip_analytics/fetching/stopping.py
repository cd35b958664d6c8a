"""Stopping when asked to, but not between an answer and the disk: an answer comes once."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import Any

from infobip_analytics.fetching.pacing import TIMING, Timing

Tell = Callable[[str], object]

#: What asks a process to end: Ctrl-C, `kill` and whoever shuts down, a terminal that is closed
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


def silent(_: str) -> None:
    """Tell nobody."""


class Stop:
    """Whether we were asked to stop (`asked`), and whether a call was broken off for it (`cut`).

    Args:
        tell: Gets a sentence where somebody waits.
    """

    def __init__(self, tell: Tell = silent) -> None:
        self.asked = self.cut = False
        self._under_way = False
        self._tell = tell

    @contextmanager
    def later(self) -> Iterator[None]:
        """Within, the first request to stop waits for the end; it becomes a KeyboardInterrupt."""
        self._under_way = True
        try:
            yield
        finally:
            self._under_way = False
        if self.asked:
            raise KeyboardInterrupt

    def ask(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Ask to stop, as a signal does; who asks twice means at once."""
        at_once = self.asked or not self._under_way
        self.cut = self.cut or (self.asked and self._under_way)
        self.asked = True
        if at_once:
            raise KeyboardInterrupt
        self._tell("stopping when the answer that is under way is on disk; once more: at once")

    @property
    def timing(self) -> Timing:
        """The clocks for a client whose waits end where somebody asks to stop."""
        return replace(TIMING, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        if self.asked:
            raise KeyboardInterrupt
        if seconds >= 1:
            self._tell(f"waiting {seconds:.0f} s before the next call")
        under_way, self._under_way = self._under_way, False
        time.sleep(seconds)
        self._under_way = under_way


@contextmanager
def stopping(tell: Tell = silent) -> Iterator[Stop]:
    """Let signals that end a process ask to stop, where that is ours to say: in the main thread.

    What is ignored already (`nohup`) stays so.
    """
    stop = Stop(tell)
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in (getattr(signal, name, None) for name in _SIGNALS):
            if number and signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, stop.ask)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
