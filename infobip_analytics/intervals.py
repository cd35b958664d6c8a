"""Confidence intervals of a share and of a difference of two, as expressions."""

from statistics import NormalDist
from typing import Any

import narwhals as nw

from infobip_analytics.errors import ArgumentError


def wilson(successes: nw.Expr, trials: nw.Expr, confidence: float) -> tuple[nw.Expr, nw.Expr]:
    """The Wilson score interval of successes / trials, null where there are no trials.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    JASA 22 (1927). Two-sided, without continuity correction; kept within 0 and 1.

    Raises:
        ArgumentError: *confidence* does not lie between 0 and 1.
    """
    return _score(successes, trials, _quantile(confidence))


def goodman(
    successes: nw.Expr, trials: nw.Expr, categories: nw.Expr, most: int, confidence: float
) -> tuple[nw.Expr, nw.Expr]:
    """The intervals of shares of one whole that hold for all its *categories* at once.

    *categories* is how many shares the whole has, at most *most*. Source: L. A. Goodman, "On
    simultaneous confidence intervals for multinomial proportions", Technometrics 7 (1965): Wilson's
    interval with the chance of error divided by the number of shares.

    Raises:
        ArgumentError: *confidence* does not lie between 0 and 1.
    """
    _quantile(confidence)
    numbers = list(range(1, most + 1))
    quantiles = [_quantile(1 - (1 - confidence) / number) for number in numbers]
    z = categories.replace_strict(numbers, quantiles, default=None, return_dtype=nw.Float64)
    return _score(successes, trials, z)


def _score(successes: nw.Expr, trials: nw.Expr, z: nw.Expr | float) -> tuple[nw.Expr, nw.Expr]:
    share = ratio(successes, trials)
    centre = share + z * z / (2 * trials)
    spread = z * (share * (1 - share) / trials + z * z / (4 * trials * trials)).sqrt()
    scale = 1 + z * z / trials
    low, high = (centre - spread) / scale, (centre + spread) / scale
    # at the ends the formula gives 0 and 1 but for the last bits
    none, all_ = successes == 0, successes == trials
    return (
        _defined(nw.when(none).then(nw.lit(0.0)).otherwise(low), trials),
        _defined(nw.when(all_).then(nw.lit(1.0)).otherwise(high), trials),
    )


def newcombe(
    successes: nw.Expr,
    trials: nw.Expr,
    base_successes: nw.Expr,
    base_trials: nw.Expr,
    confidence: float,
) -> tuple[nw.Expr, nw.Expr]:
    """The hybrid score interval of successes / trials - base_successes / base_trials.

    Null where either has no trials. Source: R. G. Newcombe, "Interval estimation for the difference
    between independent proportions", Statistics in Medicine 17 (1998), method 10: the two Wilson
    intervals combined, without continuity correction. It stays within -1 and 1.

    Raises:
        ArgumentError: *confidence* does not lie between 0 and 1.
    """
    share, base = ratio(successes, trials), ratio(base_successes, base_trials)
    low, high = wilson(successes, trials, confidence)
    base_low, base_high = wilson(base_successes, base_trials, confidence)
    down = ((share - low) ** 2 + (base_high - base) ** 2).sqrt()
    up = ((high - share) ** 2 + (base - base_low) ** 2).sqrt()
    return share - base - down, share - base + up


def ratio(part: nw.Expr, whole: nw.Expr) -> nw.Expr:
    """part / whole, null where the whole is nothing: never 0, never NaN."""
    return nw.when(whole > 0).then(part / whole)


def _defined(value: nw.Expr, trials: nw.Expr) -> nw.Expr:
    return nw.when(trials > 0).then(value)


def _quantile(confidence: Any) -> float:
    if not isinstance(confidence, int | float) or not 0 < confidence < 1:
        raise ArgumentError(
            f"confidence={confidence!r} must lie between 0 and 1, for example 0.95 for 95 %"
        )
    return NormalDist().inv_cdf((1 + confidence) / 2)
