"""Ids of messages as sorted hashes, a day at a time, and which of them occur on several days."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.uint64]
#: The ids of each day, anew at each call
EachDay = Callable[[], Iterable[tuple[int, Ids]]]

NONE: Ids = np.array([], dtype=np.uint64)

#: So many new ids are looked for by a map of their last bits; more are sorted with all others
FEW = 1_000_000

#: So many ids are sorted at once
PORTION = 16_000_000

_LEAST_BITS, _MOST_BITS = 16, 27


def ids_of(content: bytes) -> Ids:
    """Ids out of the bytes that they were kept as."""
    return np.frombuffer(content, dtype="<u8").astype(np.uint64, copy=False)


def bytes_of(ids: Ids) -> bytes:
    """The bytes that ids are kept as."""
    return ids.astype("<u8", copy=False).tobytes()


def on_several_days(each: EachDay, new: Ids | None) -> dict[int, Ids]:
    """By day, the ids that occur on another day too; days without any are left out.

    Args:
        each: The ids of each day, sorted and each once.
        new: The ids of which alone this can be so; None where these are many.
    """
    if new is None:
        return _within(each(), _twice_of_all(each))
    if not len(new):
        return {}
    mask = _map_of(new)
    near = [(day, _near(ids, mask)) for day, ids in each()]
    return _within(near, _twice([ids for _, ids in near]))


def _map_of(ids: Ids) -> Any:
    """Which last bits any of the ids has."""
    bits = min(max(len(ids).bit_length() + 5, _LEAST_BITS), _MOST_BITS)
    found = np.zeros(1 << bits, dtype=np.bool_)
    found[_last(ids, len(found))] = True
    return found


def _near(ids: Ids, found: Any) -> Ids:
    """Those ids whose last bits are in the map: all that were asked for, and a few others."""
    near: Ids = ids[found[_last(ids, len(found))]]
    return near


def _last(ids: Ids, size: int) -> Any:
    return (ids & np.uint64(size - 1)).astype(np.uint32)


def _twice_of_all(each: EachDay) -> Ids:
    """The ids that occur on two days, looked for range by range, so that memory is bounded."""
    portions = 1 + sum(len(ids) for _, ids in each()) // PORTION
    edges = [2**64 * n // portions for n in range(1, portions)]
    return np.concatenate([_twice(_between(each(), *ends)) for ends in _pairs(edges)])


def _pairs(edges: list[int]) -> Iterator[tuple[int, int | None]]:
    return zip([0, *edges], [*edges, None], strict=True)


def _between(days: Iterable[tuple[int, Ids]], first: int, end: int | None) -> list[Ids]:
    return [
        ids[
            np.searchsorted(ids, np.uint64(first)) : (
                len(ids) if end is None else np.searchsorted(ids, np.uint64(end))
            )
        ].copy()
        for _, ids in days
    ]


def _twice(parts: list[Ids]) -> Ids:
    """The ids that are in two of the parts, sorted."""
    together = np.concatenate([NONE, *parts])
    together.sort()
    twice = together[1:][together[1:] == together[:-1]]
    return np.unique(twice)


def _within(days: Iterable[tuple[int, Ids]], asked: Ids) -> dict[int, Ids]:
    if not len(asked):
        return {}
    found = {day: np.intersect1d(ids, asked, assume_unique=True) for day, ids in days}
    return {day: ids for day, ids in found.items() if len(ids)}
