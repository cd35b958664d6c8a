"""Pairs where some are forbidden: final rows take their turns, all groups at once."""

import numpy as np
import polars as pl

from infobip_analytics.tying.line import Flags, Line, Numbers, line_of, numbers

_NONE = -1
_OF_TURN = ["_row", "_key", "_time", "_taken", "_sent_timestamp", "_message_id"]

#: What `by_turns` looks at.
TURN_COLUMNS = [*_OF_TURN, "_final", "_at", "_whole", "_stage", "_customer", "_recipient"]


def by_turns(rows: pl.DataFrame, oldest: int) -> pl.DataFrame:
    """Give out the allowed pairs in rounds: a final row may choose once nobody earlier could.

    Columns in: `TURN_COLUMNS`, of which sends have a `_key` and since when it is `_taken`. Columns
    out: `_row` of final rows, `_key`. Without an open send, it is the latest that is allowed.
    *oldest* is in microseconds.
    """
    order = rows.select(pl.arg_sort_by("_time", "_whole")).to_series()
    turns = rows.select(pl.col(_OF_TURN).gather(order))
    places = pl.Series(np.argsort(order.to_numpy()))
    final, send = _pairs(rows.with_columns(_turn=places), turns, oldest)
    key, times = numbers(turns, "_key"), numbers(turns, "_time")
    free = numbers(turns, "_taken")[send] > times[final]
    latest = np.full(turns.height, _NONE)
    latest[final] = key[send]  # pairs are in order, and the last that is written stays
    open_ones = _rounds(final[free], key[send[free]], turns.height)
    near = np.where(open_ones == _NONE, latest, open_ones)
    found = near != _NONE
    return pl.DataFrame({"_row": numbers(turns, "_row")[found], "_key": near[found]})


def _rounds(final: Numbers, key: Numbers, turns: int) -> Numbers:
    """The key that each turn gets, or none, of pairs in order of turn and then of preference."""
    got = np.full(turns, _NONE)
    gone = np.zeros(key.max(initial=0) + 1, dtype=bool)
    earliest = np.zeros(len(gone), dtype=np.int64)
    while len(final):
        best = np.append(final[1:] != final[:-1], True)
        earliest[key[::-1]] = final[::-1]  # the first turn that may take it is written last
        given = best & (earliest[key] == final)
        got[final[given]] = key[given]
        gone[key[given]] = True
        left = (got[final] == _NONE) & ~gone[key]
        final, key = final[left], key[left]
    return got


def _pairs(rows: pl.DataFrame, turns: pl.DataFrame, oldest: int) -> tuple[Numbers, Numbers]:
    """All pairs that the third rule allows, as turns of final row and send, in order of both.

    They are made by customer where both have one, else by recipient.
    """
    known, final = pl.col("_customer").is_not_null(), pl.col("_final")
    times = numbers(turns, "_time")
    packed = [
        _within(rows, "_customer", known, times, oldest),
        _within(rows, "_recipient", known == final, times, oldest),
        _within(rows, "_recipient", ~(known & final), times, oldest),
    ]
    final_turn, send_turn = np.divmod(np.sort(np.concatenate(packed)), max(len(times), 1))
    allowed = _agree(turns["_sent_timestamp"], final_turn, send_turn)
    allowed &= _agree(turns["_message_id"], final_turn, send_turn)
    return final_turn[allowed], send_turn[allowed]


def _within(rows: pl.DataFrame, who: str, which: pl.Expr, times: Numbers, oldest: int) -> Numbers:
    """The pairs of one *who* in one action that time allows, both turns of each in one number.

    They are made of *which* rows; *times* are those of all turns.
    """
    line, turn = _lined_up(rows, who, which)
    opened, closed = turn[~line.closing], turn[line.closing]
    code = line.group * len(times)
    too_old = np.searchsorted(times, times[closed] - oldest)
    first = np.searchsorted(code[~line.closing] + opened, code[line.closing] + too_old)
    behind = np.cumsum(~line.closing)[line.closing]
    # the sends of each final row stand side by side, from its first to those it stands behind
    count = np.maximum(behind - first, 0)
    before = np.repeat(np.cumsum(count) - count, count)
    send = opened[np.repeat(first, count) + np.arange(len(before)) - before]
    packed: Numbers = np.repeat(closed, count) * len(times) + send
    return packed


def _lined_up(rows: pl.DataFrame, who: str, which: pl.Expr) -> tuple[Line, Numbers]:
    """*which* rows say *who*, in line by it and their action; and their turns."""
    chosen = rows.select(
        "_turn",
        "_final",
        "_at",
        "_whole",
        _who=pl.when(which).then(pl.col("_stage") + pl.col(who)),
    ).filter(pl.col("_who").is_not_null())
    if chosen["_final"].all() or not chosen["_final"].any():  # nothing to pair
        chosen = chosen.clear()
    lined = chosen.sort("_who", "_at", "_whole")
    return line_of(lined, "_who"), numbers(lined, "_turn")


def _agree(column: pl.Series, final: Numbers, send: Numbers) -> Flags:
    """Whether two rows may be of one message: where both carry a value, it is the same."""
    one, other = column.gather(final), column.gather(send)
    agreed: Flags = (one == other).fill_null(value=True).to_numpy(writable=True)
    return agreed
