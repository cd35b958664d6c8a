"""Which final event belongs to which send: by message id, by send time, else by nearness.

Nothing in an export ties the rows of one message together for certain, so three rules are tried in
turn (docs/definitions.md, section 2). The last gives a final row to the latest send that is still
open (`nearness`).
"""

from datetime import timedelta

import numpy as np
import polars as pl

from infobip_analytics.tying.line import Flags, Numbers, numbers
from infobip_analytics.tying.nearness import NEVER, nearest

_NOT_TIED = -1

_NAMED = pl.col("_message_id").is_not_null()
_TIMED = pl.col("_sent_timestamp").is_not_null()


def tie(rows: pl.DataFrame, waiting_period: timedelta) -> pl.DataFrame:
    """Give every row the `_key` of its message (its first row), and say what is an `orphan`.

    *rows* stand in line (`line.in_line`). Columns in: `_final` and `_open` (whether it is a final
    row, or a send that may have one), and those of `in_line` and `as_numbers`. Columns out: `_key`,
    `orphan`.
    """
    final = rows["_final"].to_numpy()
    keys = np.where(final, _NOT_TIED, numbers(rows, "_row"))
    _note(keys, _of_one_message(rows, pl.Series(~final), _TIMED))
    _note(keys, _by_id(_with(rows, keys)))
    _note(keys, _by_attempt(_with(rows, keys)))
    since = pl.Series(_since(rows, keys)[keys])
    _note(keys, nearest(_with(rows, keys).with_columns(_taken=since), waiting_period))
    orphans = keys == _NOT_TIED
    keys[orphans] = np.flatnonzero(orphans)
    _note(keys, _of_one_message(rows, pl.Series(orphans), pl.lit(value=True)))
    return pl.DataFrame({"_key": keys, "orphan": orphans})


def _with(rows: pl.DataFrame, keys: Numbers) -> pl.DataFrame:
    """*rows* with the keys that are known, and which final rows are still `_loose`."""
    return rows.with_columns(_key=pl.Series(keys), _loose=pl.Series(keys == _NOT_TIED))


def _note(keys: Numbers, found: pl.DataFrame) -> None:
    """Write down the keys of the rows that were *found*."""
    keys[numbers(found, "_row")] = numbers(found, "_key")


def _of_one_message(rows: pl.DataFrame, which: pl.Series, timed: pl.Expr) -> pl.DataFrame:
    """Rows of one message id, or else of one attempt, are one message; `_key` is its first row.

    *timed* says which of them an attempt makes one: a send without a `_sent_timestamp` is a message
    of its own, but orphans need none to be the same.
    """
    same = pl.coalesce("_message_id", pl.when(timed).then("_attempt"))
    return (
        rows.select("_row", _same=pl.when(which).then(same))
        .filter(pl.col("_same").is_not_null())
        .select("_row", _key=pl.col("_row").min().over("_same"))
    )


def _by_id(rows: pl.DataFrame) -> pl.DataFrame:
    """Rule 1: the same message id."""
    named = rows.select("_row", "_key", "_open", "_loose", "_message_id").filter(_NAMED)
    keys = named.filter("_open").group_by("_message_id").agg(pl.min("_key"))
    loose = named.filter("_loose").select("_row", "_message_id")
    return loose.join(keys, on="_message_id").select("_row", "_key")


def _by_attempt(rows: pl.DataFrame) -> pl.DataFrame:
    """Rule 2: the same customer, campaign, action, recipient and `sent_timestamp`."""
    timed = rows.select(
        "_row", "_key", "_open", "_loose", "_attempt", _nameless=_NAMED.not_(), _timed=_TIMED
    ).filter("_timed")
    nameless = pl.col("_nameless")
    keys = (
        timed.filter("_open")
        .group_by("_attempt")
        .agg(_any=pl.last("_key"), _last_nameless=pl.col("_key").filter(nameless).last())
    )
    # a final row whose id no send has can only be of a send without one
    key = pl.when(nameless).then("_any").otherwise("_last_nameless")
    return (
        timed.filter("_loose")
        .select("_row", "_attempt", "_nameless")
        .join(keys, on="_attempt")
        .select("_row", _key=key)
        .filter(pl.col("_key").is_not_null())
    )


def _since(rows: pl.DataFrame, keys: Numbers) -> Numbers:
    """Since when a message, by its key, has a final row."""
    since = np.full(len(keys), NEVER)
    ended: Flags = (rows["_final"] & rows["_time"].is_not_null()).to_numpy()
    tied = ended & (keys != _NOT_TIED)
    np.minimum.at(since, keys[tied], rows["_time"].to_numpy()[tied])
    return since
