"""Pairs where every send is open to every final row of its group: opening and closing brackets."""

import numpy as np
import polars as pl

from infobip_analytics.tying.line import Flags, Line, Numbers, line_of, numbers

_NONE = -1


def by_brackets(rows: pl.DataFrame, oldest: int) -> pl.DataFrame:
    """Give each final row the latest open send; where none is open, the latest of all.

    Columns in: `_row`, `_group`, `_final`, `_time`, of sends `_key`; the rows stand in line.
    Columns out: `_row` of final rows, `_key`; *oldest* is in microseconds.
    """
    line, times = line_of(rows, "_group"), numbers(rows, "_time")
    closers = np.flatnonzero(line.closing)

    def young(openers: Numbers) -> Flags:
        within: Flags = (openers != _NONE) & (times[closers] - times[openers] <= oldest)
        return within

    partner = _partners(line)[closers]
    # where every send has its final row, another one repeats that of the latest send
    chosen = np.where(young(partner), partner, _latest(line)[closers])
    good = young(chosen)
    found = {"_row": numbers(rows, "_row")[closers[good]]}
    return pl.DataFrame(found | {"_key": numbers(rows, "_key")[chosen[good]]})


def _latest(line: Line) -> Numbers:
    """Where the last send before each row of its group stands, or none."""
    places = np.arange(len(line.closing))
    last = np.maximum.accumulate(np.where(line.closing, _NONE, places))
    return np.where(last >= line.start, last, _NONE)


def _partners(line: Line) -> Numbers:
    """Where the opening bracket of each closing one stands, or none.

    Brackets of one depth alternate, and one that closes what the one before it opened is its pair.
    """
    partner = np.full(len(line.closing), _NONE)
    places = np.arange(len(partner))
    # most often nothing lies between, and what is left over is little to sort
    closed = _pair_up(line, places, line.group, partner)
    rest = np.delete(places, np.append(closed, partner[closed]))
    depth = np.cumsum(np.where(line.closing, -1, 1)) + line.closing
    code = line.group[rest] * (2 * len(places) + 3) + depth[rest]
    order = np.argsort(code, kind="stable")
    _pair_up(line, rest[order], code[order], partner)
    return partner


def _pair_up(line: Line, places: Numbers, same: Numbers, partner: Numbers) -> Numbers:
    """Note as *partner* of each row that closes it the opening one before it, if *same*."""
    closing = line.closing[places]
    pairs = closing[1:] & ~closing[:-1] & (same[1:] == same[:-1])
    closed: Numbers = places[1:][pairs]
    partner[closed] = places[:-1][pairs]
    return closed
