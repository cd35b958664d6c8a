"""Compared messages, counted: by group, by the two outcomes; and some of them to look at."""

import polars as pl

from infobip_analytics.countries import country_names
from infobip_analytics.masking import mask
from infobip_analytics.reconciling.compared import (
    EVENTS_ONLY,
    MATCHED,
    NEVER_FORWARDED,
    REPORTS_ONLY,
)

#: So many messages of each kind are shown.
MOST_EXAMPLES = 5

_SHOWN = [
    "campaign_name", "country", "matched_by", "event_sent_at", "report_sent_at", "event_outcome",
    "report_outcome", "event_parts", "report_parts",
]  # fmt: skip


def counted(rows: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Count compared messages per *by* (`day`, `country`).

    Columns out: *by* (with `country_name`); `event_messages`, `report_messages`, `matched`,
    `by_message_id`, `by_recipient`, `events_only`, `never_forwarded`, `reports_only`;
    `outcome_differs` of the matched; `parts_differ` of those where both know parts
    (`parts_compared`); `seconds_median` and `seconds_95` between the two times of sending of those
    where both know it (`timed`), null where there are none; `as_of`, `waiting_days`.
    """
    counts = rows.group_by(by).agg(_COUNTS) if by else rows.select(_COUNTS)
    ordered = counts.sort(by, nulls_last=True) if by else counts
    if "country" not in by:
        return ordered
    names = country_names()
    named = pl.col("country").replace_strict(
        list(names), list(names.values()), default=pl.col("country"), return_dtype=pl.String
    )
    place = by.index("country") + 1
    return ordered.insert_column(place, ordered.select(country_name=named).to_series())


def _n(condition: pl.Expr) -> pl.Expr:
    return condition.sum().cast(pl.Int64)


def _found(*where: str) -> pl.Expr:
    return pl.col("found").is_in(where)


_COUNTS = [
    _n(_found(MATCHED, EVENTS_ONLY, NEVER_FORWARDED)).alias("event_messages"),
    _n(_found(MATCHED, REPORTS_ONLY)).alias("report_messages"),
    _n(_found(MATCHED)).alias("matched"),
    _n(pl.col("matched_by") == "message_id").alias("by_message_id"),
    _n(pl.col("matched_by") == "recipient").alias("by_recipient"),
    _n(_found(EVENTS_ONLY)).alias("events_only"),
    _n(_found(NEVER_FORWARDED)).alias("never_forwarded"),
    _n(_found(REPORTS_ONLY)).alias("reports_only"),
    _n(pl.col("outcome_differs")).alias("outcome_differs"),
    _n(pl.col("parts_differ").is_not_null()).alias("parts_compared"),
    _n(pl.col("parts_differ")).alias("parts_differ"),
    _n(pl.col("seconds").is_not_null()).alias("timed"),
    pl.col("seconds").median().alias("seconds_median"),
    pl.col("seconds").quantile(0.95, interpolation="linear").alias("seconds_95"),
    pl.max("as_of"),
    pl.max("waiting_days"),
]


def crossed(rows: pl.DataFrame) -> pl.DataFrame:
    """Count matched messages by what each side says of them, the most frequent first.

    Columns out: `event_outcome`, `report_outcome`, `agree`, `messages`.
    """
    outcomes = ["event_outcome", "report_outcome"]
    return (
        rows.filter(found=MATCHED)
        .group_by(outcomes)
        .agg(messages=pl.len().cast(pl.Int64))
        .with_columns(agree=pl.col(outcomes[0]) == pl.col(outcomes[1]))
        .select(*outcomes, "agree", "messages")
        .sort("messages", *outcomes, descending=[True, False, False])
    )


def examples(rows: pl.DataFrame) -> pl.DataFrame:
    """The latest few messages of each `kind` of difference; people are masked, ids are not.

    Columns out: `kind`, `message_id`, `recipient`, `customer`, `campaign_id`, `campaign_name`,
    `country`, `matched_by`; and as `event_...` and `report_...`: `sent_at`, `outcome`, `parts`.
    """
    kinds = {
        EVENTS_ONLY: _found(EVENTS_ONLY),
        REPORTS_ONLY: _found(REPORTS_ONLY),
        "outcomes differ": pl.col("outcome_differs"),
        "parts differ": pl.col("parts_differ"),
    }
    order = ["sent_at", "message_id", "recipient", "customer", "campaign_id"]
    latest = rows.sort(order, descending=True, nulls_last=True)
    found = [
        latest.filter(condition)
        .head(MOST_EXAMPLES)
        .select(pl.lit(kind).alias("kind"), *order[1:], *_SHOWN)
        for kind, condition in kinds.items()
    ]
    masked: pl.DataFrame = mask(pl.concat(found))
    return masked
