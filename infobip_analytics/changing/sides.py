"""Both sides of a comparison counted, a row for each group that has settled messages on either."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from infobip_analytics.changing.asked import Asked
from infobip_analytics.counting import narrowed
from infobip_analytics.errors import ArgumentError
from infobip_analytics.grouping import shown
from infobip_analytics.leftovers import left_out
from infobip_analytics.rates import delivery_rates

Row = dict[str, Any]

#: What is counted on a side, and how its column is called there
COUNTED = {
    "settled": "settled",
    "delivered": "delivered",
    "delivery_rate": "rate",
    "coverage": "coverage",
    "waiting": "waiting",
}
_WHOLE = ["settled", "delivered", "waiting"]


@dataclass(frozen=True, slots=True)
class Side:
    """The messages of one side, counted.

    Attributes:
        name: "before" or "after".
        groups: The rates of its groups (polars).
        whole: The rates of all of them: a row of `delivery_rates` by nothing.
        left: What was left out of them: reason -> messages.
    """

    name: str
    groups: pl.DataFrame
    whole: Row
    left: dict[str, int]


def side(name: str, messages: Any, asked: Asked) -> Side:
    """Count one side's settled messages to countries that report, by groups and in all."""
    narrow = narrowed(messages, asked.names)
    silent = asked.silent
    groups = delivery_rates(
        narrow, asked.names, no_report_countries=silent, timezone=asked.timezone
    )
    whole = delivery_rates(narrow, None, no_report_countries=silent, confidence=asked.confidence)
    left = left_out(narrow, no_report_countries=silent)
    counts = {reason: count for reason, count, _ in left.iter_rows() if count}
    return Side(name, groups, whole.row(0, named=True), counts)


def alike(before: Side, after: Side) -> None:
    """Refuse two sides whose rates are not of the same kind.

    Raises:
        ArgumentError: One knows only reported messages and the other what was sent, or their
            waiting periods differ.
    """
    if not (before.whole["settled"] and after.whole["settled"]):
        return
    kinds = before.whole["population"], after.whole["population"]
    if kinds[0] != kinds[1]:
        known = {"sent": "all that was sent", "reported": "only messages with a report"}
        raise ArgumentError(
            f"before holds {known[kinds[0]]}, after {known[kinds[1]]}: the two rates are not of "
            "the same kind, and their difference means nothing; make both of logs or of campaign "
            "events, or both of delivery reports alone"
        )
    days = before.whole["waiting_days"], after.whole["waiting_days"]
    if None not in days and days[0] != days[1]:
        raise ArgumentError(
            f"before waits {days[0]:g} days for a report, after {days[1]:g}: make both messages "
            "with the same waiting_period"
        )


def beside(before: Side, after: Side, names: list[str]) -> pl.DataFrame:
    """The groups of both sides, in one row each; what is on one side only has counts of 0.

    Columns out: *names* (with `country_name`), then `before_` and `after_` of what `COUNTED` names.
    """
    keys = shown(names)
    both = _of(before, keys).join(
        _of(after, keys), on=keys, how="full", coalesce=True, nulls_equal=True
    )
    counts = [pl.col(f"{each}_{name}").fill_null(0) for each in ENDS for name in _WHOLE]
    settled = pl.col("before_settled") + pl.col("after_settled")
    return both.with_columns(counts).filter(settled > 0)


ENDS = ("before", "after")


def _of(side: Side, keys: list[str]) -> pl.DataFrame:
    return side.groups.select(
        *keys, *(pl.col(name).alias(f"{side.name}_{new}") for name, new in COUNTED.items())
    )
