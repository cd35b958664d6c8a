"""Errors of messages that were not delivered, counted and explained."""

from collections.abc import Iterable
from typing import Any

import narwhals as nw
import polars as pl

from infobip_analytics.countries import no_report_codes
from infobip_analytics.frames import TIME
from infobip_analytics.grouping import By, country_name, keys, shown
from infobip_analytics.intervals import goodman, wilson
from infobip_analytics.outcomes import Outcome
from infobip_analytics.undelivered.counted import (
    ALL,
    DELIVERED,
    TOLD,
    counted,
    free,
    handed_back,
    totals,
)
from infobip_analytics.undelivered.resolving import SHOWN, resolved

ENDS = {name: str(name) for name in (Outcome.FAILED, Outcome.REJECTED, Outcome.UNREPORTED)}
COUNTS = ["messages", *ENDS.values(), "settled"]
PER_1000 = ["per_1000", "per_1000_low", "per_1000_high"]
SHARES = ["share", "share_low", "share_high"]

SCHEMA: dict[str, Any] = {
    "error_id": pl.Int64,
    "error_name": pl.String,
    "error_group": pl.String,
    **dict.fromkeys(COUNTS, pl.Int64),
    **dict.fromkeys([*PER_1000, *SHARES], pl.Float64),
    "permanent": pl.Boolean,
    **dict.fromkeys(SHOWN, pl.String),
    "population": pl.String,
    "as_of": TIME,
    "waiting_days": pl.Float64,
}


def error_breakdown(
    messages: Any,
    by: By = None,
    *,
    no_report_countries: Iterable[str] | None = None,
    confidence: float = 0.95,
    timezone: str = "UTC",
) -> Any:
    """Count the errors of settled messages that were not delivered, per *by*, and explain them.

    The messages are those of `delivery_rates`: forwarded, settled, to countries that report. So in
    each group the `messages` of all rows are settled - delivered, and the `per_1000` of all rows
    1000 x (1 - delivery_rate). A delivered message that carries an error is delivered, and not in
    it: success is read from the status. "Error 0" (NO_ERROR came) and "no error" (nothing was said;
    `error_id` and `error_name` null) are two rows.

    Errors are found in the tables of codes: the name decides, in any spelling, or else the id;
    where these have several meanings the other of the two, the channel, the group and the flag. So
    events, which have names or ids alone, and reports give the same row. A code that no table has
    keeps a row of its own, with id and name as they came, and no explanation.

    Args:
        messages: A frame of messages of any engine that `messages` takes, as it makes it.
        by: As of `delivery_rates`: None (one group), a column, a list, a short name, a piece of
            time.
        no_report_countries: Codes or names instead of the list of 34; `()` for none.
        confidence: Of the intervals, which are at least this wide.
        timezone: In which hours, days, weeks and months begin.

    Returns:
        On the same engine, a row for each group and error, sorted by group, most messages first
        (of as many, by id, name and group of the error):
        *by*; `error_id`, `error_name`, `error_group`; `messages`, of them `failed`, `rejected` and
        `unreported` (an error with many of these is mostly silence); `settled` (all of the group);
        `per_1000` settled messages with its Wilson interval, `per_1000_low`, `per_1000_high`;
        `share` of the group's messages that were not delivered, with Goodman's interval, which
        holds for all errors of the group at once, `share_low`, `share_high`; `permanent` (the flag
        that came, or else the table's); of the tables `who` (can act), `cause`, `cause_title`,
        `explanation`, `action`, `retry`, `suppress`; and `population`, `as_of`, `waiting_days` as
        in rates. A group of which all was delivered has no row.

    Raises:
        ColumnError: The frame is no frame of messages.
        ArgumentError: *by* is unknown, or another argument means nothing here.
    """
    names = free(keys(by), list(SCHEMA))
    silent = no_report_codes(no_report_countries)
    wilson(nw.col("messages"), nw.col("settled"), confidence)  # what is no confidence raises now
    plan = counted(messages, names, silent, timezone)
    there = plan.collect_schema()
    key_types = {name: there.get(name, pl.String) for name in shown(names)}

    def make() -> pl.DataFrame:
        return broken_down(plan.collect(engine="streaming"), names, confidence)

    return handed_back(make, key_types | SCHEMA, messages)


def broken_down(small: pl.DataFrame, names: list[str], confidence: float) -> pl.DataFrame:
    """The rows of `error_breakdown` out of what `counted` counts."""
    groups = [ALL, *names]
    lost = small.filter(pl.col("_outcome") != DELIVERED)
    explained = lost.join(resolved(lost), on=list(TOLD), nulls_equal=True)
    summed = _summed(explained, groups)
    whole = summed.join(totals(small, names), on=groups, nulls_equal=True)
    sized = whole.with_columns(
        _whole=pl.sum("messages").over(groups), _errors=pl.len().over(groups).cast(pl.Int64)
    )
    most = sized.select(pl.max("_errors").fill_null(0)).item()
    rated = nw.from_native(sized).with_columns(
        *_per_1000(confidence), *_shares(most, confidence), *country_name(names)
    )
    order = [*names, "messages", "error_id", "error_name", "error_group"]
    made: pl.DataFrame = rated.to_native()
    return made.sort(
        order, descending=[name == "messages" for name in order], nulls_last=True
    ).select(*shown(names), *SCHEMA)


def _summed(explained: pl.DataFrame, groups: list[str]) -> pl.DataFrame:
    """Messages per group and error, with what is the same in all of them."""
    # a combination that no table has is one error, whatever group came with it
    error = ["error_id", "error_name", "_group"]
    flag = pl.col("_permanent").cast(pl.Int8)
    agreed = pl.when(flag.min() == flag.max()).then(flag.max().cast(pl.Boolean))
    return explained.group_by(*groups, *error).agg(
        pl.sum("_n").cast(pl.Int64).alias("messages"),
        *(
            pl.col("_n").filter(pl.col("_outcome") == outcome).sum().cast(pl.Int64).alias(outcome)
            for outcome in ENDS.values()
        ),
        pl.coalesce(pl.max("_group"), pl.max("_error_group")).alias("error_group"),
        pl.coalesce(agreed, pl.col("_flag").max()).alias("permanent"),
        *(pl.max(name) for name in SHOWN),
    )


def _per_1000(confidence: float) -> list[nw.Expr]:
    messages, settled = nw.col("messages"), nw.col("settled")
    low, high = wilson(messages, settled, confidence)
    each = zip(PER_1000, (messages / settled, low, high), strict=True)
    return [(1000 * value).alias(name) for name, value in each]


def _shares(most: int, confidence: float) -> list[nw.Expr]:
    messages, whole = nw.col("messages"), nw.col("_whole")
    low, high = goodman(messages, whole, nw.col("_errors"), most, confidence)
    each = zip(SHARES, (messages / whole, low, high), strict=True)
    return [value.alias(name) for name, value in each]
