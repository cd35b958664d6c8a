"""Click and reply rates, always beside the counts they come from."""

from collections.abc import Iterable
from typing import Any

import narwhals as nw
import polars as pl

from infobip_analytics.counting import Frame, as_messages, cells, hand_back, population
from infobip_analytics.countries import no_report_codes
from infobip_analytics.errors import ArgumentError, ColumnError
from infobip_analytics.grouping import By, country_name, keys, shown
from infobip_analytics.intervals import ratio, wilson
from infobip_analytics.outcomes import Outcome
from infobip_analytics.responses.counts import SCHEMA

COUNTS = ["waiting", "settled", "delivered"]
CLICKS = ["clicked", "click_rate", "click_low", "click_high", "clicks", "clicked_undelivered"]
REPLIES = ["replied", "reply_rate", "reply_low", "reply_high", "replies", "replied_undelivered"]
TOTALS = ["still_open", "no_report_messages"]
CONSTANTS = ["unmatched_clicks", "unmatched_replies", "response_days"]
STAMP = ["population", "as_of", "waiting_days"]
COLUMNS = [*COUNTS, *CLICKS, *REPLIES, *TOTALS, *CONSTANTS, *STAMP]


def response_rates(
    messages: Any,
    by: By = "campaign",
    *,
    no_report_countries: Iterable[str] | None = None,
    confidence: float = 0.95,
    timezone: str = "UTC",
) -> Any:
    """Count the messages that were clicked and answered, and give their rates, per *by*.

    `click_rate` = clicked / delivered, where `clicked` are delivered messages with a click, each
    once; `reply_rate` = replied / delivered likewise; with Wilson intervals, and null where nothing
    is delivered. All are settled messages to countries that report, so that `settled` and
    `delivered` are those of `delivery_rates`: where deliveries are not reported, nothing can be
    divided by them. Bloomreach's click rate is another: unique clicked / *sent*, to all countries.

    Args:
        messages: Messages with their clicks and replies, as `with_responses` makes them (pandas,
            polars or polars-lazy).
        by: As of `delivery_rates`: None (one row), a column, a list, a short name, a piece of time.
        no_report_countries: Codes or names instead of the list of 34; `()` for none.
        confidence: Of the intervals, which are at least this wide.
        timezone: In which hours, days, weeks and months begin.

    Returns:
        On the same engine, sorted by *by*: `waiting`, `settled`, `delivered`; `clicked`,
        `click_rate`, `click_low`, `click_high`; `clicks` (all of them, of settled messages
        whatever became of them), `clicked_undelivered` (settled messages with a click that no
        report calls delivered: each was); the same six of replies; `still_open` (delivered ones
        whose window was not over at `as_of`: their clicks and replies may still come),
        `no_report_messages`; and, the same in every row, `unmatched_clicks`, `unmatched_replies`,
        `response_days`, `population`, `as_of`, `waiting_days`. Counts are Int64.

    Raises:
        ColumnError: The frame is no frame of messages with responses.
        ArgumentError: *by* is unknown, or another argument means nothing here.
    """
    names = _free(keys(by))
    silent = no_report_codes(no_report_countries)
    marked = _marked(as_messages(messages))
    counted = _counted(cells(marked, [*names, *_OWN, *CONSTANTS], timezone), names, silent)
    rated = _rated(counted, confidence)
    ordered = rated.sort(names, nulls_last=True) if names else rated
    made = ordered.with_columns(country_name(names)).select([*shown(names), *COLUMNS])
    return hand_back(made, messages)


def _free(names: list[str]) -> list[str]:
    """The names themselves, unless a column of the rates is called the same."""
    taken = [name for name in names if name in COLUMNS]
    if taken:
        raise ArgumentError(
            f"by={taken[0]!r}: the rates have a column of that name themselves; give the messages "
            "a copy of theirs under another name, and group by that"
        )
    return names


#: What is counted of each message, under names that no grouping has.
_OWN = ["_clicks", "_replies", "_open"]


def _marked(frame: Frame) -> Frame:
    """Messages with `_clicks`, `_replies`, and `_open`: whether the window was not over."""
    plan: pl.LazyFrame = frame.to_native()
    there = plan.collect_schema()
    if not {"clicks", "replies"} <= set(there):
        raise ColumnError(
            "these messages have no columns clicks and replies; tie those of the campaign events "
            "to them first: messages = ia.with_responses(messages, events)"
        )
    absent = {name: pl.lit(None, SCHEMA[name]) for name in CONSTANTS if name not in there}
    age = pl.col("as_of") - pl.col("sent_at")
    dated = {"as_of", "sent_at", "response_days"} <= set(there)
    over = age >= pl.col("response_days") * pl.duration(days=1) if dated else pl.lit(value=True)
    return nw.from_native(
        plan.with_columns(
            *(pl.col(name).fill_null(0).alias(f"_{name}") for name in ("clicks", "replies")),
            _open=~over.fill_null(value=True),
            **absent,
        )
    )


def _counted(cells: Frame, names: list[str], silent: frozenset[str]) -> Frame:
    """Sum the cells per group."""
    constant = [*CONSTANTS, "_sent", *STAMP[1:]]
    quiet = nw.col("_country").is_in(sorted(silent))
    # of the whole frame, not of the group
    stamped = cells.with_columns(_sent=nw.col("_known")).with_columns(
        nw.col(name).max() for name in constant
    )
    kept = stamped.filter(~quiet) if "country" in names else stamped
    flagged = kept.with_columns(
        (nw.when(flag).then(nw.col("_n") * weight).otherwise(0)).alias(name)
        for name, (flag, weight) in _flags(quiet).items()
    )
    sums = [nw.col(name).sum() for name in _flags(quiet)]
    lasts = [nw.col(name).max() for name in constant]
    grouped = flagged.group_by(names).agg(*sums, *lasts) if names else flagged.select(*sums, *lasts)
    whole = grouped.with_columns(nw.col(name).cast(nw.Int64) for name in _flags(quiet))
    some = nw.col("settled") + nw.col("waiting") + nw.col("no_report_messages") > 0
    return whole.filter(some) if names else whole


def _flags(quiet: nw.Expr) -> dict[str, tuple[nw.Expr, nw.Expr]]:
    """Which cells add to a count, and how much each of their messages does."""
    one = nw.lit(1)
    forwarded = nw.col("_scope") == "counted"
    counted = forwarded & ~quiet
    settled = counted & nw.col("_settled")
    arrived = nw.col("_outcome") == str(Outcome.DELIVERED)
    delivered, other = settled & arrived, settled & ~arrived
    clicks, replies = nw.col("_clicks"), nw.col("_replies")
    return {
        "waiting": (counted & ~nw.col("_settled"), one),
        "settled": (settled, one),
        "delivered": (delivered, one),
        "clicked": (delivered & (clicks > 0), one),
        "clicks": (settled, clicks),
        "clicked_undelivered": (other & (clicks > 0), one),
        "replied": (delivered & (replies > 0), one),
        "replies": (settled, replies),
        "replied_undelivered": (other & (replies > 0), one),
        "still_open": (delivered & nw.col("_open"), one),
        "no_report_messages": (forwarded & quiet, one),
    }


def _rated(counted: Frame, confidence: float) -> Frame:
    """Divide by what was delivered; null where nothing was."""
    delivered, clicked, replied = (nw.col(name) for name in ("delivered", "clicked", "replied"))
    click_low, click_high = wilson(clicked, delivered, confidence)
    reply_low, reply_high = wilson(replied, delivered, confidence)
    return counted.with_columns(
        click_rate=ratio(clicked, delivered),
        click_low=click_low,
        click_high=click_high,
        reply_rate=ratio(replied, delivered),
        reply_low=reply_low,
        reply_high=reply_high,
        population=population(nw.col("_sent")),
    )
