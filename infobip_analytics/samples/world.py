"""One invented world: its sends, what becomes of them, and the known truth."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from infobip_analytics.errors import ArgumentError
from infobip_analytics.samples import plan
from infobip_analytics.samples.histories import draw_histories
from infobip_analytics.samples.sends import draw_sends
from infobip_analytics.samples.truth import known, truth_frame


@dataclass(frozen=True, slots=True)
class World:
    """An invented world, told alike by its delivery reports, its campaign events and its truth.

    Attributes:
        messages: How many messages it has; besides them are some sent before its first day, of
            which the campaign events hold the late end only (orphans).
        seed: What it was drawn from: the same seed gives the same world.
        histories: One row a message: the send, and every report that will ever come.
        as_of: The moment at which its data were exported.
    """

    messages: int
    seed: int
    histories: pl.DataFrame
    as_of: datetime = plan.END

    @property
    def truth(self) -> pl.DataFrame:
        """One row a message, with its outcome: see `truth_frame`."""
        return truth_frame(self.histories)


def make_world(messages: int, seed: int) -> World:
    """Draw a world of so many messages, sent in the 45 days before its `as_of`.

    Raises:
        ArgumentError: There are no messages, or the seed is negative.
    """
    if messages < 1:
        raise ArgumentError(
            f"a world of {messages:,} messages has nothing to tell: ask for 1 or more"
        )
    if seed < 0:
        raise ArgumentError(f"the seed is {seed}: it is a whole number from 0 on")
    rng = np.random.Generator(np.random.PCG64(seed))
    histories = draw_histories(draw_sends(messages, rng), rng)
    return World(messages, seed, known(histories))
