"""Messages counted into cells where they are."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import narwhals as nw
import polars as pl

from infobip_analytics.counting.ahead import counted_ahead
from infobip_analytics.counting.cells import Frame, cells, looked_at, summed
from infobip_analytics.counting.given import as_messages
from infobip_analytics.engines import is_spark
from infobip_analytics.engines.spark import gathered, without_rows
from infobip_analytics.frames import as_plan

#: What is done to messages before they are counted; a function of a module, or a partial of one.
Before = Callable[[pl.LazyFrame], pl.LazyFrame]


def cells_of(
    messages: Any,
    names: list[str],
    timezone: str,
    *,
    per_part: bool = True,
    before: Before | None = None,
    beside: Iterable[str] = (),
) -> Frame:
    """Count messages into `cells`, where they are; the cells themselves are few, and come here.

    *before* is done to the messages first, for which it looks at the columns *beside* those of
    *names*. Errors are those of `as_messages` and `key_columns`.
    """
    count = partial(_cells_of, names=names, timezone=timezone, per_part=per_part, before=before)
    if not is_spark(messages):
        frame: nw.LazyFrame[Any] = nw.from_native(count(as_plan(messages)[0]))
        return frame
    count(without_rows(messages))  # what cannot be counted raises before a row is looked at
    asked = looked_at(names) | {*beside}
    lean = messages.select([messages[f"`{name}`"] for name in messages.columns if name in asked])
    pieces = gathered(lean, partial(_collected, count))
    return summed(nw.from_native(pieces.lazy()), names)


def _cells_of(
    plan: pl.LazyFrame, names: list[str], timezone: str, per_part: bool, before: Before | None
) -> pl.LazyFrame:
    checked: pl.LazyFrame = as_messages(plan).to_native()
    ready = checked if before is None else before(checked)
    count = partial(cells, timezone=timezone, per_part=per_part)
    made: pl.LazyFrame = count(nw.from_native(ready), names).to_native()
    return made if before else counted_ahead(plan, names, count, made)


def _collected(count: Callable[[pl.LazyFrame], pl.LazyFrame], plan: pl.LazyFrame) -> pl.DataFrame:
    return count(plan).collect(engine="streaming")
