"""Messages counted by when they were sent and at which age something came of them."""

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl

from infobip_analytics.coming.ages import DAY_OF_SLOTS, SLOT, Numbers, edges
from infobip_analytics.counting import as_messages
from infobip_analytics.errors import ColumnError
from infobip_analytics.frames import TIME
from infobip_analytics.grouping import SHORT, key_columns
from infobip_analytics.outcomes import Outcome

#: What history is kept apart by: each leans on the one before it where it is small itself
STRATA = ["_country", "_network"]
#: Messages of one campaign and one day are no independent ones
UNIT = ["_campaign", "_day"]

DELIVERED, OTHER, OPEN = 0, 1, 2

_CAMPAIGNS = ("campaign_id", "campaign_name", "campaign_reference")
_NEEDED = ("sent_at", "done_at", "as_of", "waiting_days")
_REMEMBERED = 480  # slots: what was sent longer ago than 120 days is no history


@dataclass(frozen=True, slots=True)
class Counted:
    """Messages to countries that report, counted.

    Attributes:
        ages: The ages in seconds, from 0 to the waiting period.
        past: What was sent at least a slot before `as_of`: `STRATA`, `UNIT`, the keys that are
            places or occasions, `_slot`, `_at` (the first of the ages by which something had come
            of it, null where nothing has), `_became`, `_n`, `_age` (the sum of their ages,
            seconds).
        waiting: What is not settled: the keys, the places, `STRATA`, `UNIT`, `_became`, `_n`,
            `_age`, `_last_sent`; messages of nearly one age.
    """

    ages: Numbers
    past: pl.DataFrame
    waiting: pl.DataFrame


def counted(messages: Any, names: list[str], silent: frozenset[str], timezone: str) -> Counted:
    """Count messages, whatever their number, into cells of which there are few.

    Raises:
        ColumnError: There are no times, or nothing says as of when they are true.
    """
    frame = as_messages(messages)
    there = frame.collect_schema()
    if missing := [name for name in _NEEDED if name not in there]:
        raise ColumnError(
            "what is still coming is told from sent_at and done_at, as_of and waiting_days, and "
            f"these messages lack {', '.join(missing)}; make them with ia.messages(...)"
        )
    keyed = frame.with_columns(nw.lit(0).alias("_all"), *key_columns(names, there, timezone))
    asked = [column for name in names for column in SHORT.get(name, [name])]
    plan: pl.LazyFrame = keyed.select(
        name for name in keyed.collect_schema() if name in {*LOOKED_AT, *names, *asked}
    ).to_native()
    stamp = plan.select(pl.max("as_of", "waiting_days")).collect(engine="streaming")
    as_of, waits = stamp.row(0)
    ages = edges(max(waits or 0.0, 1 / 24) * 86_400)
    marked = _marked(plan, set(there), silent, ages, as_of)
    past, waiting = pl.collect_all(
        [_past(marked, [*places(names), *occasions(names)]), _waiting(marked, names)],
        engine="streaming",
    )
    return Counted(ages, past, waiting)


LOOKED_AT = {
    "country", "network", "outcome", "settled", "orphan", *_CAMPAIGNS, *_NEEDED,
}  # fmt: skip

#: Keys that stay what they are from one day to the next, so that a group has a history of its own
_PLACES = ("country", "network", "sender", "channel", "provider", "integration_name", "language")


def places(names: list[str]) -> list[str]:
    """Those of the keys that are places, as against occasions: a country, but no campaign."""
    return [name for name in names if name in _PLACES]


#: Keys that set the sends of one day apart, as campaigns do
_OCCASIONS = ("bulk_id", "action", "action_id", "action_name", "variant")


def occasions(names: list[str]) -> list[str]:
    """Those of the keys whose groups are told from past groups of their kind, not from days."""
    return [name for name in names if name in _OCCASIONS]


def _marked(
    plan: pl.LazyFrame, there: set[str], silent: frozenset[str], ages: Numbers, as_of: Any
) -> pl.LazyFrame:
    """Messages that count, with what they are counted by."""
    orphan = pl.col("orphan").fill_null(value=False) if "orphan" in there else pl.lit(value=False)
    kept = plan.filter(
        pl.col("sent_at").is_not_null(),
        pl.col("outcome") != str(Outcome.ENQUEUE_FAILED),
        ~orphan,
        ~pl.col("country").is_in(sorted(silent)),
    )
    known = [pl.col(name).cast(pl.String) for name in _CAMPAIGNS if name in there]
    network = pl.col("network").fill_null("") if "network" in there else pl.lit("")
    age = _seconds(pl.lit(as_of, TIME) - pl.col("sent_at"))
    slot = (age // SLOT).cast(pl.Int32)
    outcome = pl.col("outcome")
    delivered = outcome == str(Outcome.DELIVERED)
    over = delivered | outcome.is_in([str(Outcome.FAILED), str(Outcome.REJECTED)])
    became = pl.when(delivered).then(DELIVERED).when(over).then(OTHER).otherwise(OPEN)
    # what was reported without a time is taken to have come at once, as in the fold of reports
    took = _seconds(pl.coalesce("done_at", "sent_at") - pl.col("sent_at"))
    return kept.with_columns(
        pl.col("country").alias("_country"),
        network.alias("_network"),
        pl.coalesce(*known, pl.lit("")).alias("_campaign"),
        age.alias("_age"),
        slot.alias("_slot"),
        (slot // DAY_OF_SLOTS).alias("_day"),
        became.cast(pl.Int8).alias("_became"),
        pl.when(over).then(_place(took, ages)).alias("_at"),
    )


def _seconds(duration: pl.Expr) -> pl.Expr:
    """A duration in seconds; where two clocks disagree, none is less than nothing."""
    return duration.dt.total_microseconds().clip(0) / 1_000_000


def _place(seconds: pl.Expr, ages: Numbers) -> pl.Expr:
    """The first of the *ages* that is not less."""
    return seconds.map_batches(
        lambda batch: pl.Series(
            batch.name, np.searchsorted(ages, batch.to_numpy()).clip(0, ages.size - 1), pl.Int16
        ),
        return_dtype=pl.Int16,
        is_elementwise=True,
    )


def _past(marked: pl.LazyFrame, kept: list[str]) -> pl.LazyFrame:
    return (
        marked.filter(pl.col("_slot").is_between(1, _REMEMBERED))
        .group_by(*STRATA, *UNIT, *kept, "_slot", "_at", "_became")
        .agg(pl.len().cast(pl.Int64).alias("_n"), pl.sum("_age"))
    )


def _waiting(marked: pl.LazyFrame, names: list[str]) -> pl.LazyFrame:
    """Waiting messages, those of an age that differs by a few percent together."""
    nearly = (16 * (pl.col("_age") + 1).log(2)).round().cast(pl.Int16)
    return (
        marked.filter(~pl.col("settled"))
        .group_by(*names, *STRATA, *UNIT, "_became", nearly.alias("_nearly"))
        .agg(
            pl.len().cast(pl.Int64).alias("_n"),
            pl.sum("_age"),
            pl.max("sent_at").alias("_last_sent"),
        )
    )
