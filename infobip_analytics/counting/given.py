"""The frame of messages that was given, and what goes back to its engine."""

from typing import Any

import narwhals as nw
import polars as pl

from infobip_analytics.counting.cells import NEEDED, Frame, looked_at
from infobip_analytics.engines import is_spark
from infobip_analytics.engines.spark import spark_of
from infobip_analytics.errors import ColumnError
from infobip_analytics.frames import MESSAGES, as_plan, to_engine, typed
from infobip_analytics.grouping import key_columns


def as_messages(frame: Any) -> Frame:
    """A frame of messages, whatever its engine, as one that is computed when it is asked for.

    Raises:
        ColumnError: It is none; the message names the missing step.
    """
    given, _ = as_plan(frame)
    plan = typed(given, MESSAGES)
    columns = plan.collect_schema().names()
    missing = [name for name in NEEDED if name not in columns]
    if missing and ({"status_group"} <= set(columns) or {"action_type"} <= set(columns)):
        raise ColumnError(
            "these are delivery reports or campaign events, of which several may belong to one "
            "message; fold them first: messages = ia.messages(frame)"
        )
    if missing:
        raise ColumnError(
            f"this is no frame of messages: it lacks {', '.join(missing)} and has "
            f"{', '.join(columns) or 'no columns'}; make it with ia.messages(...)"
        )
    return nw.from_native(plan)


def narrowed(messages: Any, names: list[str]) -> pl.DataFrame:
    """Messages with the columns alone that counting by *names* looks at, computed once."""
    frame = as_messages(messages)
    there = frame.collect_schema()
    key_columns(names, there, "UTC")  # an unknown name is answered before anything is computed
    asked = looked_at(names)
    plan: pl.LazyFrame = frame.select(name for name in there if name in asked).to_native()
    return plan.collect(engine="streaming")


def hand_back(made: Frame, like: Any) -> Any:
    """The result on the engine of *like*: computed where that was, a plan where that was one."""
    engine = spark_of(like) if is_spark(like) else as_plan(like)[1]
    plan: pl.LazyFrame = made.to_native()
    return plan if engine == "lazy" else to_engine(plan, engine)
