"""Campaign events as whole numbers: what is only ever compared need not be text.

Texts become hashes of 64 bits: among n of them the chance that any two are taken for one is about
n²/2⁶⁵ (20 million: 1 in 90,000). What is alike in several columns has the same sum of their hashes,
to which a null adds its own number, too; a column by itself stays null where it is null.
"""

from collections.abc import Iterable
from zlib import crc32

import polars as pl

from infobip_analytics.frames import CAMPAIGN_EVENTS

_COMPARED = ["message_id", "customer", "recipient"]
_CAMPAIGN = pl.coalesce("campaign_id", "campaign_name", pl.lit("")).alias("_campaign")
_ACTION = pl.coalesce("action_id", "action_name", pl.lit("")).alias("_action")
_MEANT = set(CAMPAIGN_EVENTS) - {"event_name", "comment", "set_aside"}
_ATTEMPT = ["customer", "recipient", "sent_timestamp"]


def as_numbers(identity: list[str], told: list[str], status: list[str]) -> list[pl.Expr]:
    """What `tie` looks at, and one number each for what is alike in several columns.

    Columns out: `_time` and `_sent_timestamp` in microseconds; as hashes `_message_id`,
    `_customer`, `_recipient`, `_stage` (campaign and action), `_group` (with the customer, or
    else the recipient), `_attempt`, `_told` (of the columns *told*), `_kind` (of *status*),
    `_whole` (of *identity*, which make a row what it is; greater or less by what every export has
    among them, whatever properties stand beside).
    """
    stage = _alike([_CAMPAIGN, _ACTION])
    meant = _alike(name for name in identity if name in _MEANT)
    return [
        pl.col("timestamp").to_physical().alias("_time"),
        pl.col("sent_timestamp").to_physical().alias("_sent_timestamp"),
        *(_compared(name).alias(f"_{name}") for name in _COMPARED),
        stage.alias("_stage"),
        (stage + pl.coalesce(*map(_compared, ("customer", "recipient")))).alias("_group"),
        (stage + _alike(_ATTEMPT)).alias("_attempt"),
        _alike(told).alias("_told"),
        _alike(status).alias("_kind"),
        _whole(meant, _alike(name for name in identity if name not in _MEANT)).alias("_whole"),
    ]


def _whole(meant: pl.Expr, rest: pl.Expr) -> pl.Expr:
    """One number for a row: half of it says what is *meant*, and goes before, half all of it."""
    half = 2**32
    return meant - meant % half + (meant + rest) % half


def _alike(columns: Iterable[str | pl.Expr]) -> pl.Expr:
    """One number that is the same where all *columns* are."""
    hashes = [_hash(pl.col(each) if isinstance(each, str) else each) for each in columns]
    return pl.sum_horizontal(pl.lit(0, pl.UInt64), *hashes)


def _compared(name: str) -> pl.Expr:
    return pl.when(pl.col(name).is_not_null()).then(_hash(pl.col(name)))


def _hash(column: pl.Expr) -> pl.Expr:
    # of a kind of its own, lest two columns be alike that have exchanged their values
    return column.hash(seed=crc32(column.meta.output_name().encode()))
