"""How far the forecasts of past campaigns were off: what an interval is made of."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from infobip_analytics.coming.ages import Numbers
from infobip_analytics.coming.past import Trial

CONFIDENCE = 0.95
#: With fewer past campaigns there is no saying how far a forecast may be off
LEAST_UNITS = 10
#: From the first number on, what really happened begins to decide how wide an interval is;
#: from the second on it does alone
FEW, MANY = 20, 80

#: Past campaigns count half as much for each so many days that they lie further back
RECENT = 28.0
#: Between which numbers of standard deviations an interval is looked for
NARROWEST, WIDEST = 1.5, 6.0
#: Of so many open messages the half of what an interval holds is told by their being whole
DISCRETE = 10.0
#: How many standard deviations hold 95 % of a normal distribution
NORMAL = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Record:
    """At each of some ages, what past campaigns teach of a forecast.

    Attributes:
        ages: Seconds.
        mixing: How much weight what was delivered so far has beside what is open, 0 to 1.
        spread: The variance of the log odds from one campaign to the next.
        shared: The part of it that campaigns of one day have in common.
        wide: By how many standard deviations the interval reaches to either side.
        units: How many past campaigns there were.
    """

    ages: Numbers
    mixing: Numbers
    spread: Numbers
    shared: Numbers
    wide: Numbers
    units: Numbers

    def at(self, name: str, ages: Numbers) -> Numbers:
        """The values called *name* at any *ages*."""
        known = ~np.isnan(self.wide)
        values = getattr(self, name)[known]
        between: Numbers = np.interp(np.log1p(ages), np.log1p(self.ages[known]), values)
        return between


def record_of(trial: Trial, rows: npt.NDArray[np.bool_]) -> Record | None:
    """What the past campaigns in *rows* teach; None where they are too few at every age."""
    fits = [_fit(trial, rows, column) for column in range(trial.ages.size)]
    table = np.array(fits)
    if np.isnan(table[:, 3]).all():
        return None
    mixing, spread, shared, wide, units = (_smooth(each) for each in table.T)
    return Record(trial.ages, mixing, spread, np.minimum(shared, spread), wide, units)


def _smooth(values: Numbers) -> Numbers:
    """Each value with its two neighbours, where they are known."""
    padded = np.concatenate([[np.nan], values, [np.nan]])
    three = np.stack([padded[:-2], values, padded[2:]])
    known = ~np.isnan(three)
    mean = np.where(known, three, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.where(np.isnan(values), np.nan, mean)


def _fit(trial: Trial, rows: npt.NDArray[np.bool_], column: int) -> tuple[float, ...]:
    """Mixing, spread, shared, wide and units at one age."""
    used = rows & (trial.known[:, column] > 0) & (trial.open[:, column] > 0)
    if used.sum() < LEAST_UNITS:
        return (np.nan,) * 5
    came, still, by_open, by_delivered, chance, scale = (
        each[used, column]
        for each in (
            trial.came, trial.open, trial.by_open, trial.by_delivered, trial.chance, trial.scale,
        )
    )  # fmt: skip
    by_delivered = np.minimum(by_delivered, still)
    chance, scale = np.maximum(chance, 1e-9), np.maximum(scale, 1e-9)
    days = trial.keys["_day"].to_numpy()[used]
    recent = trial.known[used, column] * 0.5 ** ((days - days.min()) / RECENT)
    spread = _spread(came - by_open, chance, scale, recent)
    weight = recent / (chance + spread * scale**2)
    step = by_delivered - by_open
    mixing = (weight * (came - by_open) * step).sum() / max((weight * step**2).sum(), 1e-12)
    many = float(recent.sum() ** 2 / (recent**2).sum())
    mixing = float(np.clip(mixing * many / (many + 10), 0, 1))
    off = came - by_open - mixing * step
    spread = _spread(off, chance, scale, recent)
    shared = _shared(off, scale, days)
    wide = _wide(came, came - off, still, chance + spread * scale**2, recent)
    return mixing, spread, min(shared, spread), wide, float(used.sum())


def _spread(off: Numbers, chance: Numbers, scale: Numbers, recent: Numbers) -> float:
    """The variance beyond chance, by moments; large and small campaigns weigh what they tell."""
    spread = 0.0
    for _ in range(4):
        weight = recent * scale**2 / (chance + spread * scale**2) ** 2
        beyond = (weight * (off**2 - chance)).sum() / (weight * scale**2).sum()
        spread = float(np.clip(beyond, 0, 9))
    return spread


def _shared(off: Numbers, scale: Numbers, days: npt.NDArray[np.int32]) -> float:
    """The part of the spread that pairs of campaigns of one day have in common."""
    _, day = np.unique(days, return_inverse=True)
    pairs = np.bincount(day, off) ** 2 - np.bincount(day, off**2)
    sizes = np.bincount(day, scale) ** 2 - np.bincount(day, scale**2)
    return max(0.0, float(pairs.sum() / sizes.sum())) if sizes.sum() > 0 else 0.0


def _wide(
    came: Numbers, expected: Numbers, still: Numbers, variance: Numbers, recent: Numbers
) -> float:
    """How many standard deviations to either side held 95 % of what came."""
    from scipy.special import stdtrit

    many = float(recent.sum() ** 2 / (recent**2).sum())
    by_law = float(stdtrit(max(many - 1, 1), (1 + CONFIDENCE) / 2)) * np.sqrt(1 + 1 / many)
    weight = float(np.clip((many - FEW) / (MANY - FEW), 0, 1))
    if not weight:
        return float(by_law)
    low, high = NARROWEST, WIDEST
    # of few open messages any interval holds too many, for they are counted one by one
    telling = recent * still / (still + DISCRETE)
    wanted = CONFIDENCE * (1 + 0.5 / many)
    for _ in range(8):
        middle = (low + high) / 2
        inside = held(came, expected, still, variance * (middle / NORMAL) ** 2)
        enough = (telling * inside).sum() >= wanted * telling.sum()
        low, high = (low, middle) if enough else (middle, high)
    return float(weight * high + (1 - weight) * by_law)


def bounds(expected: Numbers, still: Numbers, variance: Numbers) -> tuple[Numbers, Numbers]:
    """What holds 95 % of a beta distribution of that mean and variance, in whole messages."""
    from scipy.special import betaincinv

    first, second = _beta(expected, still, variance)
    tail = (1 - CONFIDENCE) / 2
    low, high = (betaincinv(first, second, at) * still for at in (tail, 1 - tail))
    return np.minimum(np.round(low), expected), np.maximum(np.round(high), expected)


def held(came: Numbers, expected: Numbers, still: Numbers, variance: Numbers) -> Numbers:
    """Whether those bounds hold what *came*, told without working them out."""
    from scipy.special import betainc

    first, second = _beta(expected, still, variance)
    below, above = (np.clip((came + half) / still, 0, 1) for half in (-0.5, 0.5))
    tail = (1 - CONFIDENCE) / 2
    inside: Numbers = (betainc(first, second, above) >= tail) & (
        betainc(first, second, below) <= 1 - tail
    )
    return inside


def _beta(expected: Numbers, still: Numbers, variance: Numbers) -> tuple[Numbers, Numbers]:
    """The two parameters of the beta distribution of that share of those *still* open."""
    open_or_one = np.maximum(still, 1)
    share = np.clip(expected / open_or_one, 1e-9, 1 - 1e-9)
    spread = np.maximum(variance / open_or_one**2, 1e-18)
    weight = np.clip(share * (1 - share) / spread - 1, 1e-3, 1e15)
    return share * weight, (1 - share) * weight
