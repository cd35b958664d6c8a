"""Messages of which it is not yet said what is the same in every row, for those who only count.

A plan of messages remembers how to make them. Whoever counts messages into few cells need not wait
until all of them are there, as what is said of all messages together must: it is found from the
cells.
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from infobip_analytics.window import Window

#: The column of a frame in which a row stands for several messages that are alike: how many
ALIKE = "(alike)"

#: A column of whole numbers: of which kind a message is, whether it is known whatever was heard of
#: it, and how many rows the nameless ones have.
APART = "_apart"

#: The kinds: asked for, sent before `since`, sent after `until`, without an id.
INSIDE, BEFORE_SINCE, AFTER_UNTIL, NAMELESS = range(4)

_NAME = "_infobip_analytics_unfinished"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Messages with the columns of `frames.MESSAGES` that are wanted and differ between rows.

    Attributes:
        rows: These columns, `APART`, and `ALIKE` where a row stands for several messages; `sent_at`
            is then that of one of them. Messages that are not asked for have rows too.
        constants: What is the same in every row, as far as it was known before.
        set_aside: How many rows the reader set aside.
        where_nothing: To be called where no message is inside.
    """

    rows: pl.LazyFrame
    constants: dict[str, pl.Expr]
    set_aside: int
    where_nothing: Callable[[], None]


def apart(window: Window) -> pl.Expr:
    """The column `APART`, out of `sent_at`, `_nameless`, `_known` and `_rows`."""
    sent, place = pl.col("sent_at"), pl.lit(INSIDE, pl.Int64)
    for bound, beyond, kind in (
        (window.since, sent.__lt__, BEFORE_SINCE),
        (window.until, sent.__gt__, AFTER_UNTIL),
    ):
        if bound is not None:
            place = pl.when(beyond(bound)).then(pl.lit(kind, pl.Int64)).otherwise(place)
    nameless = pl.col("_rows") * 8 + NAMELESS
    known = pl.col("_known").cast(pl.Int64) * 4
    return (known + pl.when("_nameless").then(nameless).otherwise(place)).alias(APART)


def kind_of(name: str) -> pl.Expr:
    """Of which kind it is."""
    return pl.col(name) % 4


def known_of(name: str) -> pl.Expr:
    """Whether it is known whatever was heard of it."""
    return pl.col(name) // 4 % 2 == 1


def rows_of(name: str) -> pl.Expr:
    """How many rows it has, where it is nameless."""
    return pl.col(name) // 8


#: Makes those columns of messages that are wanted; None where there are no messages.
Prepare = Callable[[set[str]], Unfinished | None]


def remember(plan: pl.LazyFrame, prepare: Prepare) -> pl.LazyFrame:
    """*plan*, which remembers how its messages are made, until anything is done to it."""
    setattr(plan, _NAME, prepare)
    return plan


def remembered(plan: pl.LazyFrame) -> Prepare | None:
    """How the messages of *plan* are made; None where it is no plan that remembers."""
    found: Prepare | None = getattr(plan, _NAME, None)
    return found
