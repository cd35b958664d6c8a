"""Settled messages counted by what was said of those that were not delivered."""

from collections.abc import Callable
from functools import partial
from typing import Any

import narwhals as nw
import polars as pl

from infobip_analytics.counting import as_messages, cells_of, hand_back
from infobip_analytics.errors import ArgumentError
from infobip_analytics.frames import MESSAGES
from infobip_analytics.grouping import SHORT, key_columns
from infobip_analytics.outcomes import Outcome

#: What tells why a message was not delivered, under names that no grouping has.
TOLD = {
    "_channel": "channel",
    "_error_id": "error_id",
    "_error_name": "error_name",
    "_error_group": "error_group",
    "_permanent": "permanent",
    "_status_id": "status_id",
    "_status_name": "status_name",
    "_status_group": "status_group",
}

#: The same in every row of a group, and one that is the same in all, so that there is always one.
ALL = "_all"
STAMP = ["population", "as_of", "waiting_days"]

#: What cells would count beside the messages, and nobody asks for here.
_IDLE = ["receipt", "currency", "parts", "price"]

DELIVERED = str(Outcome.DELIVERED)


def free(names: list[str], columns: list[str]) -> list[str]:
    """The names themselves, unless one of our own *columns* is called the same."""
    private = [name for name in names if name.startswith("_")]
    if private:
        raise ArgumentError(
            f"by={private[0]!r}: names that begin with an underscore are kept for counting; give "
            "the messages a copy of the column under another name, and group by that"
        )
    taken = [name for name in names if name in columns]
    if taken:
        raise ArgumentError(
            f"by={taken[0]!r}: the breakdown has a column of that name itself; give the messages "
            "a copy of theirs under another name, and group by that"
        )
    return names


def counted(messages: Any, names: list[str], silent: frozenset[str], timezone: str) -> pl.LazyFrame:
    """Count the messages of delivery rates, settled and not to *silent* countries.

    Columns out: `_all`, *names*, those of `TOLD` (null for delivered messages), `_outcome`, `_n`,
    `population`, `as_of`, `waiting_days`. A plan of a small frame.
    """
    groups = [*names, *TOLD]
    whole: pl.LazyFrame = cells_of(
        messages, groups, timezone, before=partial(_lean, names), beside=TOLD.values()
    ).to_native()
    quiet = pl.col("_country").is_in(sorted(silent))
    return (
        # of the whole frame, not of what is counted
        whole.with_columns(pl.max("_known", "as_of", "waiting_days"))
        .filter(pl.col("_settled"), pl.col("_scope") == "counted", ~quiet)
        .group_by(*names, *TOLD, "_outcome")
        .agg(pl.sum("_n"), pl.max("_known", "as_of", "waiting_days"))
        .with_columns(_population(), pl.lit(0).alias(ALL))
    )


def _lean(names: list[str], plan: pl.LazyFrame) -> pl.LazyFrame:
    """Messages with what was said of them, and without what nobody asks for."""
    asked = {column for name in names for column in SHORT.get(name, [name])}
    idle = [name for name in _IDLE if name not in asked]
    said = told(plan, pl.col("outcome") != DELIVERED)
    return plan.drop(idle, strict=False).with_columns(said)


def undelivered(
    messages: Any, names: list[str], silent: frozenset[str], timezone: str
) -> pl.LazyFrame:
    """The settled messages themselves that `counted` counts as not delivered, one row each.

    Columns out: `_all`, *names*, those of `TOLD`, `_outcome`, `_person` (who should have had it)
    and `_sent_at`.
    """
    plan: pl.LazyFrame = as_messages(messages).to_native()
    there = plan.collect_schema()
    people = [pl.col(name) for name in ("recipient", "customer") if name in there]
    outside = [DELIVERED, str(Outcome.ENQUEUE_FAILED)]
    known = [
        pl.col("sent_at").is_not_null() if "sent_at" in there else pl.lit(value=True),
        ~pl.col("orphan").fill_null(value=False) if "orphan" in there else pl.lit(value=True),
        ~pl.col("country").is_in(sorted(silent)),
    ]
    kept = plan.filter("settled", ~pl.col("outcome").is_in(outside), *known)
    sent = pl.col("sent_at") if "sent_at" in there else pl.lit(None, MESSAGES["sent_at"])
    keyed = nw.from_native(kept).with_columns(
        nw.lit(0).alias(ALL), *key_columns(names, nw.from_native(plan).collect_schema(), timezone)
    )
    rows: pl.LazyFrame = keyed.to_native()
    person = pl.coalesce(people) if people else pl.lit(None, pl.String)
    own = {"_outcome": pl.col("outcome"), "_person": person, "_sent_at": sent}
    return rows.select(ALL, *names, *told(plan, pl.col("outcome") != DELIVERED), **own)


def told(plan: pl.LazyFrame, where: pl.Expr) -> list[pl.Expr]:
    """What was said of each message, the columns of `TOLD`; elsewhere it does not matter."""
    there = plan.collect_schema()
    return [
        (
            pl.when(where).then(_tidy(column))
            if column in there
            else pl.lit(None, MESSAGES[column])
        ).alias(private)
        for private, column in TOLD.items()
    ]


def _tidy(column: str) -> pl.Expr:
    """A name without blanks around it; nothing but blanks is no name."""
    if MESSAGES[column] != pl.String:
        return pl.col(column)
    return pl.col(column).str.strip_chars().replace("", None)


def _population() -> pl.Expr:
    known = pl.col("_known") > 0
    return pl.when(known).then(pl.lit("sent")).otherwise(pl.lit("reported")).alias("population")


def totals(small: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """How many messages each group has: `settled` and `delivered`, and the stamp of the rates."""
    arrived = pl.col("_outcome") == DELIVERED
    return small.group_by(ALL, *names).agg(
        pl.sum("_n").alias("settled"),
        pl.col("_n").filter(arrived).sum().alias("delivered"),
        pl.max(*STAMP),
    )


def handed_back(make: Callable[[], pl.DataFrame], schema: dict[str, Any], like: Any) -> Any:
    """What *make* computes, on the engine of *like*: a plan that computes it where that is one."""
    made = pl.defer(make, schema=schema) if isinstance(like, pl.LazyFrame) else make().lazy()
    return hand_back(nw.from_native(made), like)
