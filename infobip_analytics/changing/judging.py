"""What chance alone may have made of two counted sides, and what it may not."""

from collections.abc import Sequence
from enum import StrEnum
from math import erfc, exp, lgamma
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from infobip_analytics.changing.asked import Asked
from infobip_analytics.changing.sides import Row
from infobip_analytics.changing.splitting import weight

Floats = NDArray[np.float64]

#: Beyond which q-value a difference may be chance
LEVEL = 0.05


class Verdict(StrEnum):
    """What is known of a difference."""

    WORSE = "worse"
    BETTER = "better"
    SMALL = "small"  # beyond chance, and less than the minimum effect
    UNPROVEN = "unproven"  # chance alone may have made it
    TOO_FEW = "too few"  # fewer messages than the minimum on one side: not tested
    ENTERING = "entering"
    LEAVING = "leaving"


def judge(groups: pl.DataFrame, totals: Row, asked: Asked) -> tuple[pl.DataFrame, Row]:
    """Test as one family all that has messages enough: each group, and all of them together.

    Columns added: `p_value`, `q_value` (null where nothing was tested) and `verdict`; the totals
    gain the same, also of their rate effect (`rate_effect_p_value`, ...), and `tested`, how many
    tests there were.
    """
    found = {**_of_groups(groups, asked.messages), **_of_all(groups, totals, asked.messages)}
    adjusted = dict(zip(found, q_values(list(found.values())), strict=True))
    rows = enumerate(groups.iter_rows(named=True))
    told = [_of_group(row, adjusted.get(place), asked.effect) for place, row in rows]
    places = range(len(groups))
    judged = groups.with_columns(
        pl.Series("p_value", [found.get(place) for place in places], pl.Float64),
        pl.Series("q_value", [adjusted.get(place) for place in places], pl.Float64),
        pl.Series("verdict", told, pl.String),
    )
    whole = {
        f"{prefix}{name}": value
        for what, prefix in (("difference", ""), ("rate_effect", "rate_effect_"))
        for name, value in {
            "p_value": found.get(what),
            "q_value": adjusted.get(what),
            "verdict": str(verdict(totals[what], adjusted.get(what), asked.effect)),
        }.items()
    }
    return judged, totals | whole | {"tested": len(found)}


def _of_groups(groups: pl.DataFrame, fewest: int) -> dict[Any, float]:
    """The p-values of the groups that have messages enough, by their place."""
    enough = pl.min_horizontal("before_settled", "after_settled") >= fewest
    tested = groups.with_row_index("_place").filter(enough)
    return dict(zip(tested["_place"], p_values(tested), strict=True))


def _of_all(groups: pl.DataFrame, totals: Row, fewest: int) -> dict[Any, float]:
    """The p-values of all groups together, where they have messages enough."""
    if min(totals["before_settled"], totals["after_settled"]) < fewest:
        return {}
    [difference] = p_values(pl.DataFrame([{name: totals[name] for name in _COUNTS}]))
    rate = weighted_p_value(groups)
    return {"difference": difference} | ({} if rate is None else {"rate_effect": rate})


def _of_group(row: Row, q: float | None, least: float) -> str:
    kind = row["kind"]
    return str(verdict(row["difference"], q, least) if kind == "both" else Verdict(kind))


def verdict(difference: float | None, q: float | None, least: float) -> Verdict:
    """What is known of a *difference* that was tested (*q* is its q-value), or was not (None)."""
    if q is None or difference is None:
        return Verdict.TOO_FEW
    if q > LEVEL:
        return Verdict.UNPROVEN
    # a difference of the minimum effect to the last bit is one of it
    if abs(difference) < least - 1e-12:
        return Verdict.SMALL
    return Verdict.BETTER if difference > 0 else Verdict.WORSE


_COUNTS = ["before_delivered", "before_settled", "after_delivered", "after_settled"]


def p_values(groups: pl.DataFrame) -> list[float]:
    """The p-values of both sides having one rate: Fisher's exact test, two-sided, with mid-p.

    Where failures are rare and the sides of different sizes, the usual score test errs far more
    often than it says. Source: H. O. Lancaster, "Significance tests in discrete distributions",
    JASA 56 (1961); twice the smaller tail, of which what was seen counts half.
    """
    return [_mid_p(*counts) for counts in groups.select(_COUNTS).iter_rows()]


def _mid_p(k1: int, n1: int, k2: int, n2: int) -> float:
    if k2 * n1 > k1 * n2:  # the tail away from the middle is that of the failures then
        k1, k2 = n1 - k1, n2 - k2
    both = k1 + k2
    seen = exp(_ways(n1, k1) + _ways(n2, k2) - _ways(n1 + n2, both))
    tail = seen * (0.5 + _beyond(k2, both, n1, n2))
    return min(1.0, 2 * min(tail, 1 - tail))


def _ways(whole: int, part: int) -> float:
    """The logarithm of the number of ways to choose *part* out of *whole*."""
    return lgamma(whole + 1) - lgamma(part + 1) - lgamma(whole - part + 1)


def _beyond(seen: int, both: int, n1: int, n2: int) -> float:
    """The chances of all that is less than what was seen, as multiples of its own chance."""
    total, term, least = 0.0, 1.0, max(0, both - n1)
    while seen > least and term > 1e-18 * total:
        k = np.arange(seen, max(seen - _AT_ONCE, least), -1, dtype=np.float64)
        terms = term * np.cumprod(k * (n1 - both + k) / ((both - k + 1) * (n2 - k + 1)))
        total, term, seen = total + float(terms.sum()), float(terms[-1]), seen - len(k)
    return total


#: So many terms of a sum are made at once
_AT_ONCE = 4096


def weighted_p_value(groups: pl.DataFrame) -> float | None:
    """The p-value of the rate effect of all groups being 0; None where it has no spread.

    Under the hypothesis both sides of a group have one rate, so the variance is of that.
    """
    weights, (k1, n1, k2, n2) = _weighted(groups)
    pooled = (k1 + k2) / (n1 + n2)
    variance = float((weights**2 * pooled * (1 - pooled) * (1 / n1 + 1 / n2)).sum())
    total = float((weights * (k2 / n2 - k1 / n1)).sum())
    return erfc(abs(total) / (2 * variance) ** 0.5) if variance else None


def weighted_interval(groups: pl.DataFrame, quantile: float) -> tuple[float | None, float | None]:
    """The interval of the rate effect of all groups, as of a directly standardised rate.

    It is null where the effect has no spread, as where on both sides all or nothing is delivered.
    """
    weights, (k1, n1, k2, n2) = _weighted(groups)
    then, now = k1 / n1, k2 / n2
    variances = then * (1 - then) / n1 + now * (1 - now) / n2
    spread = quantile * float((weights**2 * variances).sum()) ** 0.5
    total = float((weights * (now - then)).sum())
    return (total - spread, total + spread) if spread else (None, None)


def _weighted(groups: pl.DataFrame) -> tuple[Floats, list[Floats]]:
    """The weights of the groups that are on both sides, and what is counted on each."""
    both = groups.with_columns(_weight=weight()).filter(pl.col("_weight").is_not_null())
    return both["_weight"].to_numpy(), _counts(both)


def _counts(groups: pl.DataFrame) -> list[Floats]:
    """Delivered and settled before, delivered and settled after; exact as floats."""
    return [groups[name].cast(pl.Float64).to_numpy() for name in _COUNTS]


def q_values(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values that are one family for being many; in their own order.

    Source: Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", JRSS B 57 (1995).

    >>> q_values([0.04, 0.01, 0.5])
    [0.06, 0.03, 0.5]
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(-p)
    ranks = len(p) - np.arange(len(p))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum.accumulate(np.minimum(p[order] * len(p) / ranks, 1.0))
    return [float(value) for value in adjusted]
