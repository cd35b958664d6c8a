"""What was reported of each number: sums of its messages, and the failures that still count."""

from typing import Any, NamedTuple

import polars as pl

from infobip_analytics.counting import as_messages
from infobip_analytics.errors import ColumnError
from infobip_analytics.frames import MESSAGES
from infobip_analytics.outcomes import Outcome
from infobip_analytics.retiring.rules import BY_AGREEMENT, BY_MMS, rules
from infobip_analytics.undelivered.counted import DELIVERED, TOLD, told
from infobip_analytics.undelivered.resolving import caused, resolved

#: How messages end, and what that is called in the plural sums.
ENDS = {
    "delivered": [DELIVERED],
    "failed": [str(Outcome.FAILED)],
    "rejected": [str(Outcome.REJECTED)],
    "unheard": [str(Outcome.UNREPORTED), str(Outcome.PENDING)],
}
LOST = [str(Outcome.FAILED), str(Outcome.REJECTED)]

#: What was paid, by whom it was paid for; null where a message has no price.
MONEY = "_money"


class Evidence(NamedTuple):
    """What numbers are judged by.

    Attributes:
        paid: Sums of messages per number and currency (`_money`; null: without a price).
        failures: What speaks against numbers, a row for each number and cause.
    """

    paid: pl.DataFrame
    failures: pl.DataFrame


def gathered(messages: Any, silent: frozenset[str], *, per_part: bool) -> Evidence:
    """What was reported of each number that something was forwarded to.

    Raises:
        ColumnError: The frame is no frame of messages, or has no numbers.
    """
    plan = forwarded(messages)
    paid, lost = pl.collect_all([_paid(plan, silent, per_part), _lost(plan)], engine="streaming")
    # of the few alone that failed
    failed = paid.join(lost, on="recipient", how="semi")
    alive = failed.group_by("recipient").agg(pl.max("_alive", "_alive_mms"))
    return Evidence(paid, _counting(lost, alive))


def forwarded(messages: Any) -> pl.LazyFrame:
    """Messages to numbers, all columns there that this room looks at, null where there are none."""
    plan: pl.LazyFrame = as_messages(messages).to_native()
    there = plan.collect_schema()
    if "recipient" not in there:
        raise ColumnError(
            "numbers are judged by their messages, and these messages lack the column recipient; "
            "make them with ia.messages(...)"
        )
    lacking = {name: pl.lit(None, MESSAGES[name]) for name in LOOKED_AT if name not in there}
    return plan.with_columns(**lacking).filter(
        pl.col("recipient").is_not_null(), pl.col("outcome") != str(Outcome.ENQUEUE_FAILED)
    )


LOOKED_AT = [
    "customer", "channel", "sent_at", "done_at", "parts", "price", "currency", "as_of",
    "waiting_days",
]  # fmt: skip


def _paid(plan: pl.LazyFrame, silent: frozenset[str], per_part: bool) -> pl.LazyFrame:
    ended = {name: pl.col("outcome").is_in(ends) for name, ends in ENDS.items()}
    alive = pl.max_horizontal("sent_at", "done_at")
    return (
        plan.with_columns(_alive=pl.when(ended["delivered"]).then(alive))
        .group_by("recipient", money().alias(MONEY))
        .agg(
            pl.len().cast(pl.Int64).alias("messages"),
            *(flag.sum().cast(pl.Int64).alias(name) for name, flag in ended.items()),
            pl.max("country"),
            pl.col("country").is_in(sorted(silent)).max().alias("_quiet"),
            pl.max("customer"),
            pl.min("customer").alias("_customer"),
            pl.max("sent_at").alias("last_sent"),
            pl.max("_alive"),
            pl.col("_alive").filter(pl.col("channel") == "mms").max().alias("_alive_mms"),
            pl.col("price").count().cast(pl.Int64).alias("n_priced"),
            price_of(per_part=per_part).sum().alias("cost"),
            pl.max("as_of", "waiting_days"),
        )
    )


def money() -> pl.Expr:
    """In what a message was paid; "" where only its price is known, null where that is not."""
    return pl.when(pl.col("price").is_not_null()).then(pl.col("currency").fill_null(""))


def price_of(*, per_part: bool) -> pl.Expr:
    """What a message costs."""
    price = pl.col("price")
    return price * pl.col("parts").fill_null(1) if per_part else price


def _lost(plan: pl.LazyFrame) -> pl.LazyFrame:
    """Each message that failed or was rejected, with what was said of it."""
    moment = pl.coalesce("sent_at", "done_at").alias("_at")
    every = pl.lit(value=True)
    return plan.filter(pl.col("outcome").is_in(LOST)).select(
        "recipient", moment, pl.col("outcome").alias("_outcome"), *told(plan, every)
    )


def _counting(lost: pl.DataFrame, alive: pl.DataFrame) -> pl.DataFrame:
    """The failures that speak against a number and that nothing has cleared, per cause."""
    kinds = (
        resolved(lost)
        .join(pl.DataFrame({"_outcome": LOST}), how="cross")
        .with_columns(cause=caused())
    )
    against = (
        lost.join(
            kinds.select(*TOLD, "_outcome", "cause"), on=[*TOLD, "_outcome"], nulls_equal=True
        )
        .join(rules(), on="cause")
        .join(alive, on="recipient")
    )
    by = pl.col("_cleared_by")
    since = pl.when(by == BY_MMS).then("_alive_mms").otherwise("_alive")
    cleared = (pl.col("_at") <= since).fill_null(value=False)
    return (
        against.with_columns(_cleared=cleared)
        .filter(~pl.col("_cleared") | (by == BY_AGREEMENT), pl.col("_at").is_not_null())
        .group_by("recipient", "cause")
        .agg(
            pl.len().cast(pl.Int64).alias("_n"),
            pl.min("_at").alias("_first"),
            pl.max("_at").alias("_last"),
            pl.min("_cleared"),
            *(pl.first(name) for name in rules().columns if name != "cause"),
        )
    )
