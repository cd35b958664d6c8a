"""What has happened by which age, with competing outcomes: the estimator of Aalen and Johansen."""

import numpy as np

from infobip_analytics.coming.ages import Numbers, Places


def incidence(rates: Numbers) -> tuple[Numbers, Numbers]:
    """The share to which each cause has happened, and the share still open, after each step.

    *rates*: of those still open before a step, the share to which each cause happens in it; axes
    are (..., causes, steps). Out: incidence (..., causes, steps), open (..., steps). At each step
    the incidences and what is open add up to 1.

    Source: O. O. Aalen, S. Johansen, "An empirical transition matrix for non-homogeneous Markov
    chains based on censored observations", Scandinavian Journal of Statistics 5 (1978).

    >>> done, still = incidence(np.array([[0.5, 0.0], [0.0, 0.5]]))
    >>> done.tolist(), still.tolist()
    ([[0.5, 0.5], [0.0, 0.25]], [0.5, 0.25])
    """
    still = np.cumprod(1.0 - rates.sum(axis=-2), axis=-1)
    before = np.concatenate([np.ones_like(still[..., :1]), still[..., :-1]], axis=-1)
    return np.cumsum(before[..., np.newaxis, :] * rates, axis=-1), still


def incidence_of(times: Numbers, causes: Places, kinds: int) -> tuple[Numbers, Numbers, Numbers]:
    """The distinct times at which something happened, and `incidence` after each of them.

    *causes*: 1 to *kinds* for what happened at each of *times*, 0 for one that was still open then.

    >>> t = np.arange(1.0, 7.0)
    >>> when, done, still = incidence_of(t, np.array([0, 1, 1, 2, 2, 0]), 2)
    >>> done[:, -1].round(12).tolist(), round(float(still[-1]), 12)
    ([0.4, 0.4], 0.2)
    """
    when = np.unique(times[causes > 0])
    at_risk = times.size - np.searchsorted(np.sort(times), when, side="left")
    happened = [_at(when, times[causes == kind]) for kind in range(1, kinds + 1)]
    done, still = incidence(np.array(happened).reshape(kinds, when.size) / at_risk)
    return when, done, still


def _at(when: Numbers, times: Numbers) -> Numbers:
    return np.bincount(np.searchsorted(when, times), minlength=when.size).astype(np.float64)
