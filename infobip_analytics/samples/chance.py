"""Chance that gives the same world for the same seed, on any machine and in any year.

Only the plainest stream of numpy's generator is used, uniform numbers: how the generator makes
other distributions of them may change between versions, and its bytes would change with it.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

Chances = npt.NDArray[np.float64]


def uniforms(rng: np.random.Generator, rows: int, names: Sequence[str]) -> pl.DataFrame:
    """A column of uniform numbers in [0, 1) for each of *names*."""
    return pl.DataFrame({name: rng.random(rows) for name in names})


def pick(chance: pl.Expr, choices: Sequence[tuple[pl.Expr, pl.Expr]]) -> pl.Expr:
    """The value of the first of *choices*, (up to, value), whose `up to` exceeds *chance*.

    The last one is taken where none does: shares may add up to a hair less than 1.
    """
    found = choices[-1][1]
    for up_to, value in reversed(choices[:-1]):
        found = pl.when(chance < up_to).then(value).otherwise(found)
    return found


def quotas(shares: Chances, total: int) -> npt.NDArray[np.int64]:
    """Split *total* by *shares* that add up to 1, to whole numbers that add up to *total*."""
    exact = shares * total
    counts = np.floor(exact).astype(np.int64)
    order = np.argsort(counts - exact, kind="stable")
    counts[order[: total - counts.sum()]] += 1
    return counts


def shuffled(rng: np.random.Generator, values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The *values* in an order of chance."""
    return values[np.argsort(rng.random(len(values)), kind="stable")]


def waits(chance: pl.Expr, median: pl.Expr) -> pl.Expr:
    """Waiting times around *median*, log-logistic: most are near it, a few are many times as long.

    One in a hundred is longer than 4.6 medians, one in a million longer than 100.
    """
    return median * (chance / (1 - chance)) ** (1 / 3)
