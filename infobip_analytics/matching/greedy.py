"""Pairs given out one to one, the best first."""

import numpy as np
import numpy.typing as npt
import polars as pl

#: So many rounds at once; what is then left are chains, each pair of which waits for the one before
ROUNDS = 24


def one_to_one(pairs: pl.DataFrame) -> pl.DataFrame:
    """Of *pairs*, the best first, those of which neither side stands in a better one that is kept.

    Columns in and out: `event`, `report`, numbers of rows.

    A pair that is the best of both its sides is kept whatever becomes of the others, so that all of
    these are kept at once, and then all that this makes the best.
    """
    if pairs.is_empty():
        return pairs
    event, report = (pairs[name].to_numpy() for name in ("event", "report"))
    kept = np.zeros(len(event), dtype=bool)
    taken = [np.zeros(side.max() + 1, dtype=bool) for side in (event, report)]
    left = np.arange(len(event))
    for _ in range(ROUNDS):
        best = left[_is_first(event[left]) & _is_first(report[left])]
        kept[best] = True
        taken[0][event[best]] = taken[1][report[best]] = True
        left = left[~(taken[0][event[left]] | taken[1][report[left]])]
        if not len(left):
            break
    for place in left:
        if not (taken[0][event[place]] or taken[1][report[place]]):
            kept[place] = taken[0][event[place]] = taken[1][report[place]] = True
    return pairs.filter(pl.Series(kept))


def _is_first(side: npt.NDArray[np.unsignedinteger]) -> npt.NDArray[np.bool_]:
    """Where each number of *side* stands for the first time."""
    first = np.empty(side.max() + 1, dtype=np.int64)
    # of places that are written more than once the last one stays, so they are written backwards
    first[side[::-1]] = np.arange(len(side))[::-1]
    is_first: npt.NDArray[np.bool_] = first[side] == np.arange(len(side))
    return is_first
