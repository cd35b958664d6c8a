"""Receipts per country and network, counted: how they end, and how long they took."""

from typing import Any

import polars as pl

from infobip_analytics.codes.meanings import causes
from infobip_analytics.counting import as_messages
from infobip_analytics.frames import MESSAGES
from infobip_analytics.outcomes import Outcome, Receipt
from infobip_analytics.undelivered.counted import DELIVERED, TOLD, told
from infobip_analytics.undelivered.resolving import caused, resolved

#: A delay below which no phone can have answered, in microseconds: radio alone takes longer.
INSTANT = 1_000_000
#: How far from the middle a delay may be to be the same as it, in microseconds.
SAME = 500_000

FAILED = str(Outcome.FAILED)
KEYS = ["country", "network"]
DELAYS = ["timed", "negative", "instant", "constant"]
COUNTS = ["settled", "delivered", "failed", "unreachable", *DELAYS, "receipts", "operator"]

_DELAY = pl.col("_delay")
_LOOKED_AT = [
    "network", "receipt", "orphan", "sent_at", "done_at", "as_of", "waiting_days",
]  # fmt: skip


def settled(messages: Any, silent: frozenset[str]) -> pl.LazyFrame:
    """The settled messages of `delivery_rates`, with their `_delay` where they were delivered.

    Errors are those of `as_messages`.
    """
    plan: pl.LazyFrame = as_messages(messages).to_native()
    there = plan.collect_schema()
    lacking = {name: pl.lit(None, MESSAGES[name]) for name in _LOOKED_AT if name not in there}
    delay = (pl.col("done_at") - pl.col("sent_at")).dt.total_microseconds()
    return (
        plan.with_columns(**lacking)
        .filter(
            "settled",
            pl.col("outcome") != str(Outcome.ENQUEUE_FAILED),
            ~pl.col("orphan").fill_null(value=False),
            pl.col("sent_at").is_not_null() if "sent_at" in there else pl.lit(value=True),
            ~pl.col("country").is_in(sorted(silent)),
        )
        .with_columns(pl.when(pl.col("outcome") == DELIVERED).then(delay).alias("_delay"))
    )


def counted(plan: pl.LazyFrame) -> pl.LazyFrame:
    """`COUNTS` but for `unreachable`, per country and network, and the `median` in seconds."""
    delivered = pl.col("outcome") == DELIVERED
    # the operator's receipt says when the operator had it, which may well be at once
    phone = pl.col("receipt").fill_null("") != str(Receipt.OPERATOR)
    timed = phone & (_DELAY >= 0)
    known = delivered & pl.col("receipt").is_in([str(Receipt.HANDSET), str(Receipt.OPERATOR)])
    at_operator = delivered & (pl.col("receipt") == str(Receipt.OPERATOR))
    middle = _DELAY.filter(timed).quantile(0.5, "equiprobable")
    same = (_DELAY - middle).abs() <= SAME
    flags = {
        "delivered": delivered,
        "failed": pl.col("outcome") == FAILED,
        "timed": timed,
        "negative": phone & (_DELAY < 0),
        "instant": timed & (_DELAY < INSTANT),
        "constant": timed & same,
        "receipts": known,
        "operator": at_operator,
    }
    return plan.group_by(KEYS).agg(
        pl.len().cast(pl.Int64).alias("settled"),
        *(flag.sum().cast(pl.Int64).alias(name) for name, flag in flags.items()),
        (middle / 1e6).alias("median"),
        pl.max("as_of", "waiting_days"),
    )


def failures(plan: pl.LazyFrame) -> pl.LazyFrame:
    """The failed messages per country and network, by what was said of them (`TOLD`): `_n`."""
    failed = plan.filter(pl.col("outcome") == FAILED)
    said = failed.select(*KEYS, *told(failed, pl.lit(value=True)))
    return said.group_by(*KEYS, *TOLD).agg(pl.len().cast(pl.Int64).alias("_n"))


def unreachable(lost: pl.DataFrame) -> pl.DataFrame:
    """How many failures of each country and network are such that only a phone can cause.

    They are the causes on which nobody can act and that time mends: off, full, abroad, barred.
    """
    ours = [
        key for key, row in causes().items() if (row["who"], row["retry"]) == ("nobody", "later")
    ]
    kinds = resolved(lost).with_columns(_outcome=pl.lit(FAILED)).with_columns(_why=caused())
    return (
        lost.join(kinds.select(*TOLD, "_why"), on=list(TOLD), nulls_equal=True)
        .filter(pl.col("_why").is_in(ours))
        .group_by(KEYS)
        .agg(pl.sum("_n").alias("unreachable"))
    )
