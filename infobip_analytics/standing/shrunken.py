"""What is known of each group's rate once it is known how groups differ."""

import numpy as np
import polars as pl

from infobip_analytics.standing.fitting import Floats, Spread

SHRUNK: dict[str, pl.DataType] = {
    "shrunk_rate": pl.Float64(),
    "shrunk_low": pl.Float64(),
    "shrunk_high": pl.Float64(),
    "under_target": pl.Float64(),
}


def shrunken(
    delivered: Floats, settled: Floats, spread: Spread, target: float, confidence: float
) -> pl.DataFrame:
    """Shrink each group's rate towards the mean of all, the more the fewer messages it has.

    Columns out: `shrunk_rate`, the mean of the beta distribution of the group's true rate;
    `shrunk_low` and `shrunk_high`, between which it lies with *confidence*; `under_target`, the
    probability that it is under *target*.
    """
    from scipy.special import betainc, betaincinv

    a, b = delivered + spread.a, settled - delivered + spread.b
    values = [
        a / (a + b),
        betaincinv(a, b, (1 - confidence) / 2),
        betaincinv(a, b, (1 + confidence) / 2),
        betainc(a, b, target),
    ]
    columns = zip(SHRUNK, np.asarray(values, dtype=np.float64), strict=True)
    return pl.DataFrame({name: pl.Series(value) for name, value in columns})
