"""Which open send a final row is nearest to, where no id and no send time tell.

In time order, every final row takes the latest send that is still open: sends are opening brackets,
final rows closing ones, and the depth of nesting says which belong together. Where a pair may be
forbidden (two send times that differ, a customer on one side only, a send that another rule has
tied already), the pairs that remain are given out in rounds instead, all groups at once.
"""

from datetime import timedelta

import numpy as np
import polars as pl

from infobip_analytics.tying.brackets import by_brackets
from infobip_analytics.tying.line import MICROSECOND, Flags, line_of, numbers
from infobip_analytics.tying.turns import TURN_COLUMNS, by_turns

#: Since when a send has a final row that has none.
NEVER = np.iinfo(np.int64).max

_LOOSE = pl.col("_loose")
_RIVAL = (pl.col("_open") | _LOOSE) & pl.col("_time").is_not_null()


def nearest(rows: pl.DataFrame, oldest: timedelta) -> pl.DataFrame:
    """Give each loose final row the send it belongs to, or whose final row it repeats.

    Columns in: those of `tie`, `_loose` (whether it is a final row that no other rule has tied),
    and of sends `_key` and `_taken` (since when another rule has tied it, or `NEVER`).
    Columns out: `_row` of the final row, `_key` of the send; others are absent.
    """
    age = oldest // MICROSECOND
    mixed = pl.col("_stage").is_in(_mixed(rows).implode())
    grouped = _grouped(rows, _RIVAL & ~mixed)
    plain, knotty = _plain_and_knotty(grouped)
    one_by_one = pl.concat(
        [
            rows.select(pl.arg_where(_RIVAL & mixed)).to_series(),
            grouped["_row"].filter(pl.Series(knotty, dtype=pl.Boolean)),
        ]
    )
    return pl.concat(
        [
            by_brackets(grouped.filter(pl.Series(plain, dtype=pl.Boolean)), age),
            by_turns(rows.select(pl.col(TURN_COLUMNS).gather(one_by_one)), age),
        ]
    )


def _mixed(rows: pl.DataFrame) -> pl.Series:
    """The actions of which only some rows have a customer: there, pairs are made one by one.

    Elsewhere it is the customer that all have, or the recipient, who makes the `_group`.
    """
    known = pl.col("_customer").is_not_null()
    nobody = rows.filter(_RIVAL & ~known)["_stage"].unique()
    if nobody.is_empty():
        return nobody
    some, loose = (rows.filter(_RIVAL & each)["_stage"].unique() for each in (known, _LOOSE))
    return nobody.filter(nobody.is_in(some.implode()) & nobody.is_in(loose.implode()))


def _grouped(rows: pl.DataFrame, which: pl.Expr) -> pl.DataFrame:
    """*which* rows have a group, and what may forbid a pair: `_tied`, `_timed` and `_named`."""
    return rows.select(
        "_row", "_final", "_time", "_group", "_key",
        _tied=pl.col("_open") & ((pl.col("_taken") != NEVER) | _twice(rows)),
        _timed=pl.col("_sent_timestamp").is_not_null(),
        _named=pl.col("_message_id").is_not_null(),
    ).filter(rows.select(which & pl.col("_group").is_not_null()).to_series())  # fmt: skip


def _twice(rows: pl.DataFrame) -> pl.Series:
    """Whether another open send is of the same message, for each that is one."""
    sends, keys = rows["_open"].to_numpy(), numbers(rows, "_key")
    many = np.bincount(keys[sends], minlength=rows.height) > 1
    return pl.Series(many[keys] & sends, dtype=pl.Boolean)


def _plain_and_knotty(rows: pl.DataFrame) -> tuple[Flags, Flags]:
    """Whether each row is of a group with pairs; in a knot, one of them may be forbidden."""
    line = line_of(rows, "_group")
    count = line.group.max(initial=-1) + 1

    def some(which: Flags) -> Flags:
        marked: Flags = np.zeros(count, dtype=bool)
        marked[line.group[which]] = True
        return marked

    both = some(line.closing) & some(~line.closing)
    knots = some(rows["_tied"].to_numpy())
    for name in ("_timed", "_named"):
        told = rows[name].to_numpy()
        knots |= some(told & line.closing) & some(told & ~line.closing)
    return (both & ~knots)[line.group], (both & knots)[line.group]
