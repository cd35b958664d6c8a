"""Messages that are alike in all that lines and notes ask, as one row: small, and it adds up."""

from collections.abc import Iterable

import narwhals as nw
import polars as pl

from infobip_analytics.counting import ALIKE
from infobip_analytics.grouping import TIMES, key_columns
from infobip_analytics.recomputing.stats import Question, needed
from infobip_analytics.window import Window

#: Columns of messages that are the same in every row; they are told when all are together
CONSTANT = ["as_of", "waiting_days", "population", "set_aside", "before_since", "after_until"]


def alike(messages: pl.DataFrame, question: Question) -> pl.DataFrame:
    """Count messages that are alike.

    Columns out: those that are `needed` but the `CONSTANT` ones, and the pieces of time that are
    asked for; `sent_at` is the latest, unless it is asked for itself; `ALIKE` how many they are.
    """
    timed = [name for name in TIMES if name in question.by]
    frame = nw.from_native(messages)
    dated: pl.DataFrame = frame.with_columns(
        *key_columns(timed, frame.schema, question.timezone)
    ).to_native()
    counted = pl.sum(ALIKE) if ALIKE in dated.columns else pl.len()
    by = [*(name for name in needed(question) if name not in _told(question)), *timed]
    latest = [] if "sent_at" in by else [pl.max("sent_at")]
    return dated.group_by(by).agg(*latest, counted.cast(pl.Int64).alias(ALIKE))


def _told(question: Question) -> set[str]:
    return {*CONSTANT, *(() if "sent_at" in question.by else ("sent_at",))}


def together(parts: Iterable[pl.DataFrame], question: Question) -> pl.DataFrame:
    """All parts as one, in an order that does not depend on what was counted with what.

    Prices are added up in this order, so that even their noise is the same.
    """
    whole = alike(pl.concat(parts), question)
    return whole.sort("price", "parts", ALIKE, nulls_last=True)


def within(messages: pl.DataFrame, window: Window) -> tuple[pl.DataFrame, int, int]:
    """The messages inside the bounds, and how many were sent before them and after them."""
    sent = pl.col("sent_at")
    early = pl.lit(value=False) if window.since is None else sent < window.since
    late = pl.lit(value=False) if window.until is None else sent > window.until
    marked = messages.with_columns(
        _before=early.fill_null(value=False), _after=late.fill_null(value=False)
    )
    inside = marked.filter(~pl.col("_before"), ~pl.col("_after")).drop("_before", "_after")
    return inside, int(marked["_before"].sum()), int(marked["_after"].sum())
