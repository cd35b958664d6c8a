"""What became of each message, read off its drawn history: the known truth.

It is worked out from what was drawn, place by place, and shares no line with the folding and
pairing that have to recover it.
"""

import polars as pl

from infobip_analytics.samples import plan
from infobip_analytics.samples.sends import END, START, WAITING


def known(histories: pl.DataFrame) -> pl.DataFrame:
    """Keep the messages that the exports know: sent after START, or ended after it."""
    ended = in_time("main") & (pl.col("main_at") >= START) & ending_tells("main")
    return histories.filter((pl.col("sent") >= START) | ended)


def seen(place: str) -> pl.Expr:
    """Whether the report of *place* has come by END."""
    return (pl.col(f"{place}_at") <= END).fill_null(value=False)


def in_time(place: str) -> pl.Expr:
    """Whether the report of *place* has come by END and within the waiting period."""
    return seen(place) & (pl.col(f"{place}_at") <= pl.col("sent") + WAITING)


def ending_tells(place: str) -> pl.Expr:
    """Whether the report of *place* says what became of the message."""
    telling = plan.endings().filter(pl.col("outcome").is_not_null())["ending"]
    return pl.col(f"{place}_ending").is_in(telling.implode())


def truth_frame(histories: pl.DataFrame) -> pl.DataFrame:
    """One row for each message of the world, in the order of sending.

    Columns out: `message_id`, `customer`, `recipient`, `country`, `channel`,
    `campaign_reference`, `action_id`, `variant`, `parts`, `sent_at`, `settled`, `orphan`,
    `outcome`, `done_at` (of the deciding report); and, as only the delivery reports tell them,
    `receipt`, `status_id`, `error_id`, `n_reports`, `n_late`, `conflicting`: these are null for
    messages that Infobip never had, or had before the world's first send.
    """
    actions = plan.actions().drop("channel", "share", "timed")
    reported = pl.col("fate").is_not_null() & ~pl.col("orphan")
    return (
        histories.with_columns(orphan=pl.col("sent") < START, winner=_winner())
        .with_columns(ending=_of_winner("ending"), done=_of_winner("at"))
        .join(plan.endings(), on="ending", how="left", maintain_order="left", suffix="_of_ending")
        .join(actions, on="action", how="left", maintain_order="left")
        .with_columns(settled=pl.col("sent") <= END - WAITING)
        .with_columns(outcome=_outcome())
        .select(
            pl.when(pl.col("fate").is_not_null()).then("message_id").alias("message_id"),
            *("customer", "recipient", "country", "channel"),
            *("campaign_reference", "action_id", "variant", "parts"),
            pl.from_epoch("sent", "ms").dt.replace_time_zone("UTC").alias("sent_at"),
            *("settled", "orphan", "outcome"),
            pl.when(reported).then("receipt"),
            pl.from_epoch("done", "ms").dt.replace_time_zone("UTC").alias("done_at"),
            *(pl.when(reported).then(name).alias(name) for name in ("status_id", "error_id")),
            *(pl.when(reported).then(count).alias(name) for name, count in _COUNTS.items()),
        )
    )


def _winner() -> pl.Expr:
    """The place of the deciding report.

    A receipt of the handset stands before a failure, that before a receipt of the operator, that
    before a report which tells nothing; the log entry is left where no report came in time.
    """
    stands = pl.col("second").is_in(["repeat", "correction"])
    return (
        pl.when(stands & in_time("second")).then(pl.lit("second"))
        .when(in_time("main") & ending_tells("main")).then(pl.lit("main"))
        .when(in_time("operator")).then(pl.lit("operator"))
        .when(in_time("main")).then(pl.lit("main"))
        .when(in_time("intermediate")).then(pl.lit("intermediate"))
        .when(seen("log")).then(pl.lit("log"))
    )  # fmt: skip


def _of_winner(what: str) -> pl.Expr:
    """The time or the ending of the deciding place; a log entry has no time of its own."""
    places = ["second", "main", "operator", "intermediate", *(["log"] if what == "ending" else [])]
    return pl.coalesce(pl.when(pl.col("winner") == p).then(f"{p}_{what}") for p in places)


def _outcome() -> pl.Expr:
    silent = pl.when("settled").then(pl.lit("unreported")).otherwise(pl.lit("pending"))
    failed = pl.when("enqueue_failed").then(pl.lit("enqueue_failed"))
    return pl.coalesce(failed, "outcome", silent)


def _late(place: str) -> pl.Expr:
    return seen(place) & (pl.col(f"{place}_at") > pl.col("sent") + WAITING)


_COUNTS = {
    "n_reports": pl.sum_horizontal(
        seen(place) for place in ("log", "intermediate", "operator", "main", "second")
    ).cast(pl.Int64),
    "n_late": pl.sum_horizontal(_late("operator"), _late("main"), _late("second")).cast(pl.Int64),
    "conflicting": in_time("second") & pl.col("second").is_in(["correction", "contradiction"]),
}
