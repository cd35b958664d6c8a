"""Which final event belongs to which send: by message id, by send time, else by nearness.

Nothing in an export ties the rows of one message together for certain, so three rules are tried in
turn (docs/definitions.md, section 2). The last gives a final row to the latest send that is still
open (`nearness`).
"""

from datetime import timedelta

import polars as pl

from infobip_analytics.nearness import nearest

_ATTEMPT = ["customer", "_campaign", "_action", "recipient", "sent_timestamp"]
_STAGE = ["_campaign", "_action"]


def tie(rows: pl.DataFrame, waiting_period: timedelta) -> pl.DataFrame:
    """Give every row the `_key` of its message, its message's `_sent`, and say what is an `orphan`.

    Columns in: `_row`, `_part` ("send" or "final"), `_status`, `_time`, `_sent`, `message_id`,
    `customer`, `recipient`, `sent_timestamp`, and the names and ids of campaign and action.
    """
    named = rows.with_columns(
        _campaign=pl.coalesce("campaign_id", "campaign_name", pl.lit("")),
        _action=pl.coalesce("action_id", "action_name", pl.lit("")),
    )
    sends = _with_key(named.filter(pl.col("_part") == "send"), orphan=False)
    open_sends = sends.filter(pl.col("_status") == "enqueued")
    finals = named.filter(pl.col("_part") == "final")
    tied = _by_nearness(
        _by_attempt(_by_id(finals, open_sends), open_sends), open_sends, waiting_period
    )
    orphans = _with_key(tied.filter(pl.col("_key").is_null()).drop("_key"), orphan=True)
    return pl.concat(
        [
            sends,
            tied.filter(pl.col("_key").is_not_null()).with_columns(orphan=pl.lit(False)),
            orphans,
        ],
        how="diagonal",
    ).with_columns(_sent=pl.coalesce("_sent", pl.col("_sent").min().over("_key")))


def _with_key(rows: pl.DataFrame, *, orphan: bool) -> pl.DataFrame:
    """Rows of one message id, or else of one attempt, are one message; `_key` is its first row.

    A send without a `sent_timestamp` is a message of its own; orphans need none to be the same.
    """
    known = pl.col("message_id").is_not_null()
    attempt = pl.lit(orphan) | pl.col("sent_timestamp").is_not_null()
    first = pl.col("_row").min()
    return rows.with_columns(
        _key=pl.when(known)
        .then(first.over("message_id"))
        .when(attempt)
        .then(first.over([*_ATTEMPT, known]))
        .otherwise("_row"),
        orphan=pl.lit(orphan),
    )


def _by_id(finals: pl.DataFrame, sends: pl.DataFrame) -> pl.DataFrame:
    """Rule 1: the same message id."""
    keys = sends.group_by("message_id").agg(pl.min("_key"))
    return finals.join(keys, on="message_id", how="left")


def _by_attempt(finals: pl.DataFrame, sends: pl.DataFrame) -> pl.DataFrame:
    """Rule 2: the same customer, campaign, action, recipient and `sent_timestamp`."""
    nameless = pl.col("message_id").is_null()
    keys = (
        sends.filter(pl.col("sent_timestamp").is_not_null())
        .sort("_row")
        .group_by(_ATTEMPT)
        .agg(_any=pl.last("_key"), _nameless=pl.col("_key").filter(nameless).last())
    )
    # a final row whose id no send has can only be of a send without one
    attempt = pl.when(nameless).then("_any").otherwise("_nameless")
    return (
        finals.join(keys, on=_ATTEMPT, how="left", nulls_equal=True)
        .with_columns(_key=pl.coalesce("_key", attempt))
        .drop("_any", "_nameless")
    )


def _by_nearness(
    finals: pl.DataFrame, sends: pl.DataFrame, waiting_period: timedelta
) -> pl.DataFrame:
    """Rule 3: the latest send that is not later, not too old, and has no final row yet."""
    loose = finals.filter(pl.col("_key").is_null()).drop("_key")
    if loose.is_empty() or sends.is_empty():
        return finals
    taken = finals.group_by("_key").agg(_taken=pl.min("_time"))
    rivals = sends.join(taken, on="_key", how="left").join(loose, on=_STAGE, how="semi")
    return (
        finals.join(nearest(rivals, loose, waiting_period), on="_row", how="left")
        .with_columns(_key=pl.coalesce("_key", "_near"))
        .drop("_near")
    )
