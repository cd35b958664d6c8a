"""What messages are made of, and how: all at once, or as rows for those who only count."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from infobip_analytics.folding import FEW, fold_alike, fold_all, named
from infobip_analytics.making.finishing import (
    FACTS,
    constants,
    derived,
    finished,
    ingredients,
    said_of,
    unfinished,
    unfinished_alike,
    without_rows,
)
from infobip_analytics.unfinished import Unfinished
from infobip_analytics.window import Window

Fold = Callable[[pl.LazyFrame, Window, set[str]], pl.LazyFrame]


@dataclass(frozen=True, slots=True)
class Build:
    """What messages are made of, and how; nothing is looked at before they are asked for.

    Attributes:
        make: Makes them out of *frame*; its rows may be `_nameless`.
        frame: Delivery reports, or campaign events.
        asked: As of when they are asked for; where nothing is, it is the latest moment.
        latest: The latest moment that the data speak of.
    """

    make: Fold
    frame: pl.LazyFrame
    asked: Window
    latest: Callable[[], datetime | None]

    @property
    def window(self) -> Window:
        """The window, as of a moment that is known."""
        return self.asked if self.asked.as_of else self.asked.seen_from(self.latest())

    @property
    def is_empty(self) -> bool:
        """Whether there is no row at all."""
        return not self.frame.select(pl.len()).collect(engine="streaming").item()

    def made(self, wanted: set[str]) -> pl.DataFrame:
        """The *wanted* columns of messages."""
        if self.is_empty:
            return without_rows(wanted).collect()
        window = self.window
        rows = derived(self.make(self.frame, window, ingredients(wanted)), wanted)
        inner = {*ingredients(wanted), "_known", "_unusable", "_rows", "_nameless", "sent_at"}
        there = rows.collect_schema().names()
        found = rows.select(name for name in there if name in inner).collect(engine="streaming")
        return _finished(found, window, wanted, self._set_aside(wanted))

    def unfinished(self, wanted: set[str], where_nothing: Callable[[], None]) -> Unfinished | None:
        """The same of reports, for those who only count; None where there is no row at all."""
        if self.is_empty:
            return None
        window, few = self.window, wanted - {*FACTS, "as_of", "waiting_days"}
        asked = ingredients(few) | {"population"}
        if few <= FEW:
            rows = unfinished_alike(fold_alike(self.frame, window, asked), few)
        else:
            rows = unfinished(fold_all(self.frame, window, asked), window, few)
        return Unfinished(
            rows=rows,
            constants=constants(window),
            set_aside=self._set_aside(wanted),
            where_nothing=where_nothing,
        )

    def _set_aside(self, wanted: set[str]) -> int:
        """How many rows the reader set aside, where that is wanted."""
        there = set(self.frame.collect_schema())
        if "set_aside" not in wanted & there:
            return 0
        # a constant is as long as some column of the file: one that is soon read, not the first
        [time] = there & {"sent_at", "timestamp"}
        aside = self.frame.select(pl.max("set_aside").fill_null(0), pl.len(), pl.max(time))
        found: int = aside.collect(engine="streaming")["set_aside"].item()
        return found


def _finished(
    found: pl.DataFrame, window: Window, wanted: set[str], set_aside: int
) -> pl.DataFrame:
    """Messages, of which is said what is the same in every row once all of them are there."""
    if "_nameless" in found.columns:
        some = found["_nameless"].any()
        found = named(found.lazy()).collect() if some else found.with_columns(_unusable=pl.lit(0))
    said = said_of(found, window, set_aside, wanted)
    return finished(found.lazy(), window, wanted, said).collect()
