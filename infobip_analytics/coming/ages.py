"""The ages at which it is asked what is still open: fine at first, by the hour later."""

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

#: Sends of so many seconds are one slot, counted backwards from `as_of`; four of them are a day
SLOT = 21_600
DAY_OF_SLOTS = 4

_HOUR = 3600
_FINE_UNTIL = 2 * _HOUR
#: Messages expire after whole hours, many at once, and are reported within so many seconds
_EXPIRY = 300


def edges(waiting: float) -> Numbers:
    """Ages in seconds from 0 to *waiting*: four to each doubling, from two hours on two an hour.

    >>> edges(86_400)[[0, 1, 5, -3, -2, -1]].tolist()
    [0.0, 1.0, 2.0, 82800.0, 83100.0, 86400.0]
    """
    fine = 2.0 ** (np.arange(4 * np.log2(_FINE_UNTIL)) / 4)
    late = np.arange(_FINE_UNTIL, waiting, _HOUR * max(1, round(waiting / 96 / _HOUR)))
    inside = np.concatenate([fine, late, late + _EXPIRY])
    return np.unique(np.concatenate([[0.0], inside[inside < waiting], [waiting]]))


def asked(ages: Numbers) -> Places:
    """Which of the *ages* past campaigns are looked at: some forty, spread as the ages are."""
    early = np.flatnonzero(ages < _FINE_UNTIL)[::3]
    late = np.flatnonzero(ages >= _FINE_UNTIL)[1::8]
    return np.concatenate([early, late]).astype(np.int64)


def first_whole_slot(ages: Numbers) -> Places:
    """The youngest slot of which every message has reached each of the *ages*."""
    return np.ceil(ages / SLOT).astype(np.int64)
