"""How much the rates of groups differ by themselves, beyond what chance makes of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: With fewer groups it cannot be told how much groups differ
FEWEST = 8

#: Between these the sum of both parameters is looked for; at the lower end it has no maximum
_LEAST, _MOST = 0.02, 1e7
#: A likelihood that gains less than this by groups that differ does not show that they do
_GAIN = 1e-6


@dataclass(frozen=True, slots=True)
class Spread:
    """The beta distribution that the rates of the groups come from.

    Attributes:
        a: Its first parameter: a / (a + b) is its mean.
        b: Its second; the greater both are, the more alike are the groups.
    """

    a: float
    b: float


def fitted(delivered: Floats, settled: Floats) -> Spread | str:
    """Find the beta distribution of rates under which the counts are likeliest, or why not.

    Source: R. A. Skellam, "A probability distribution derived from the binomial distribution",
    JRSS B 10 (1948); maximum likelihood over mean and a + b.
    """
    if len(settled) < FEWEST:
        return (
            f"there are fewer than {FEWEST} groups with settled messages ({len(settled)}), of "
            "which it cannot be told how much groups differ by themselves"
        )
    logit, log_sum = _best(delivered, settled)
    total = float(np.exp(log_sum))
    mean = float(_expit(logit))
    if not _differ(delivered, settled, logit, log_sum):
        return (
            "the groups differ by no more than chance makes groups of one rate differ, so there is "
            "nothing to shrink by"
        )
    if total <= _LEAST * 1.01:
        return "the groups are delivered wholly or not at all, which no spread of rates describes"
    return Spread(mean * total, (1 - mean) * total)


def _best(k: Floats, n: Floats) -> tuple[float, float]:
    """The logit of the mean, and the logarithm of a + b, where the likelihood is greatest."""
    from scipy.optimize import minimize

    bounds = [(-12.0, 12.0), (float(np.log(_LEAST)), float(np.log(_MOST)))]
    logits = _logit(np.array([k.sum() / n.sum(), np.mean((k + 0.5) / (n + 1))]))
    starts = [(logit, log) for logit in logits for log in np.linspace(*bounds[1], 25)]
    start = min(starts, key=lambda start: _loss(np.array(start), k, n)[0])
    found = minimize(
        _loss,
        np.array(start),
        args=(k, n),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"ftol": 1e-13, "gtol": 1e-7},
    )
    return float(found.x[0]), float(found.x[1])


def _differ(k: Floats, n: Floats, logit: float, log_sum: float) -> bool:
    """Whether groups of different rates make the counts likelier than groups of one rate."""
    apart = -_loss(np.array([logit, log_sum]), k, n)[0]
    return apart - _of_one_rate(k, n) > _GAIN


def _of_one_rate(k: Floats, n: Floats) -> float:
    """The likelihood of groups that all have one rate, but for what `_loss` leaves out too."""
    from scipy.special import xlogy

    rate = k.sum() / n.sum()
    return float(xlogy(k, rate).sum() + xlogy(n - k, 1 - rate).sum())


def _loss(at: Floats, k: Floats, n: Floats) -> tuple[float, Floats]:
    """The negative logarithm of the likelihood, but for what is constant, and its gradient."""
    from scipy.special import betaln, digamma

    mean, total = _expit(at[0]), np.exp(at[1])
    a, b = mean * total, (1 - mean) * total
    value = betaln(k + a, n - k + b) - betaln(a, b)
    common = digamma(total) - digamma(n + total)
    by_a = (digamma(k + a) - digamma(a) + common).sum()
    by_b = (digamma(n - k + b) - digamma(b) + common).sum()
    gradient = [(by_a - by_b) * total * mean * (1 - mean), by_a * a + by_b * b]
    return -float(value.sum()), -np.array(gradient)


def _expit(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _logit(share: Floats) -> Floats:
    inside = np.clip(share, 1e-5, 1 - 1e-5)
    return np.asarray(np.log(inside / (1 - inside)), dtype=np.float64)
