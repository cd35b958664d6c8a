"""How far a day's share may fall by chance: the level of the days before, and their spread.

Everything here is numpy, days by series: a row a day, in the order of time, a column a series.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

#: The level is that of so many days, at least of so many
BASELINE, LEAST = 28, 14
#: No day is older; the spread is that of all of them
OLDEST = 56

#: Spread from day to day beyond chance that is always allowed for: 1 point
FLOOR = 0.01

#: Moving ranges over so many days: a pattern of weekdays is part of the spread
LAGS = 7

_FAR = 5.0
_MOST = 0.5  # no share can spread more
_STEPS = 16
_MEAN_OF_A_RANGE = np.sqrt(2 / np.pi)  # 1.128 / sqrt(2)


@dataclass(frozen=True, slots=True)
class Level:
    """What is usual for each series; NaN where too few days are known.

    Attributes:
        share: The pooled share of the days.
        trials: How many messages it is of.
        days: How many days.
    """

    share: Numbers
    trials: Numbers
    days: NDArray[np.int64]

    def score(self, share: Numbers, trials: Numbers, spread: Numbers | float) -> Numbers:
        """How many standard deviations a day's *share* of *trials* messages is from the level.

        The deviation is that of chance, of the *spread* from day to day, and of the level itself,
        which is of few days. The score is corrected for skewness (Cornish and Fisher): where almost
        all of a few messages arrive, many missing are less rare than the normal distribution says.
        """
        with np.errstate(invalid="ignore", divide="ignore"):
            chance = self.share * (1 - self.share)
            once = np.square(spread)
            deviation = np.sqrt(chance / trials + once + chance / self.trials + once / self.days)
            score = (share - self.share) / deviation
            skewness = chance * (1 - 2 * self.share) / trials**2 / deviation**3
            # further out the correction would turn round, and nothing is decided there any more
            made: Numbers = score - skewness * (np.minimum(score**2, _FAR**2) - 1) / 6
        return made


def latest(usable: Flags, most: int) -> NDArray[np.int64]:
    """The rows of the latest *usable* days of each series, in the order of time, at most *most*.

    Where there are fewer, the first rows given are of days that are not usable.
    """
    order: NDArray[np.int64] = np.argsort(usable, axis=0, kind="stable")
    return order[-most:]


def level(trials: Numbers, successes: Numbers, usable: Flags) -> Level:
    """The level of the latest *usable* days: the pooled share of `BASELINE` days."""
    n, k, there = _taken(latest(usable, BASELINE), trials, successes, usable)
    whole, days = n.sum(0), there.sum(0)
    enough = days >= LEAST
    # a level of all or nothing would leave no room for chance
    share = (k.sum(0) + 0.5) / (whole + 1)
    return Level(np.where(enough, share, np.nan), np.where(enough, whole, np.nan), days)


def spread(trials: Numbers, successes: Numbers, usable: Flags, share: Numbers) -> Numbers:
    """The standard deviation from day to day that chance does not explain, at least `FLOOR`.

    It is Laney's (p' chart): such that moving ranges are as wide as they would be by it and by
    chance together. Where every day has as many messages, and with ranges from one day to the next
    alone, that is his sigma_z = mean |z_t - z_(t-1)| / 1.128; where days differ in size it holds as
    well, for chance and spread are told apart. *share* is the level; at least `LEAST` days needed.
    """
    n, k, there = _taken(latest(usable, OLDEST), trials, successes, usable)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(there, k / n, np.nan)
        return _bisected(*_ranges(shares, share * (1 - share) / n))


def _taken(rows: NDArray[np.int64], n: Numbers, k: Numbers, usable: Flags) -> Any:
    there = np.take_along_axis(usable, rows, 0)
    return *(np.where(there, np.take_along_axis(each, rows, 0), 0.0) for each in (n, k)), there


def _ranges(shares: Numbers, chance: Numbers) -> tuple[Numbers, Numbers]:
    """How far each two days, at most `LAGS` apart, lie from each other; and their chance."""
    lags = range(1, min(LAGS, len(shares) - 1) + 1)
    ranges = np.concatenate([np.abs(shares[lag:] - shares[:-lag]) for lag in lags])
    chances = np.concatenate([chance[lag:] + chance[:-lag] for lag in lags])
    return ranges, np.where(np.isfinite(ranges), chances, 1.0)


def _bisected(ranges: Numbers, chances: Numbers) -> Numbers:
    """The spread at which the ranges are as wide as they are."""
    pairs = np.isfinite(ranges).sum(0)
    squares = np.nan_to_num(ranges)

    def too_wide(spread: Numbers) -> Flags:
        mean = (squares / np.sqrt(chances + 2 * spread**2)).sum(0) / pairs
        wide: Flags = mean > _MEAN_OF_A_RANGE
        return wide

    low, high = np.full(len(pairs), FLOOR), np.full(len(pairs), _MOST)
    high[~too_wide(low)] = FLOOR
    for _ in range(_STEPS):
        middle = (low + high) / 2
        wide = too_wide(middle)
        low, high = np.where(wide, middle, low), np.where(wide, high, middle)
    return high
