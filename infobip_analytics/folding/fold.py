"""Delivery reports folded to one row a message."""

from typing import Any

import polars as pl

from infobip_analytics.codes import verdict
from infobip_analytics.destination import HINTS, destination
from infobip_analytics.folding.packing import Packing, span
from infobip_analytics.folding.rows import DETAILS, GREATEST, Merge, fold_rows
from infobip_analytics.folding.standing import STATUS, standings
from infobip_analytics.shrinking import NUMBER, kinds, shrink
from infobip_analytics.unfinished import ALIKE, APART, apart
from infobip_analytics.window import Window

#: Columns of messages of which there are few kinds, so that many messages are alike.
FEW = {
    "country", "outcome", "receipt", "settled", "orphan", "channel", "network", "parts", "price",
    "currency", "record", *DETAILS,
}  # fmt: skip

#: Columns that are shrunk for the fold: numbers, and what there are few kinds of.
FEW_KINDS = [
    "recipient", "channel", "sender", "network", "campaign_reference", "currency", "record",
    "parts", "price",
]  # fmt: skip


def fold(reports: pl.LazyFrame, window: Window, wanted: set[str]) -> pl.LazyFrame:
    """Fold delivery reports to one row a message.

    Columns in: those of delivery reports. Columns out: `sent_at`, `outcome`, `settled`, those of
    *wanted* that reports can tell, `_known` where the population is wanted, and `_unusable`: how
    many rows without a message id are left out.
    Source of the rules: docs/definitions.md, sections 2 and 3.
    """
    return named(fold_all(reports, window, wanted))


def named(folded: pl.LazyFrame) -> pl.LazyFrame:
    """Take out what has no message id, which all shares one key, and count its rows."""
    unusable = pl.col("_rows").filter("_nameless").sum()
    return folded.with_columns(_unusable=unusable).filter(~pl.col("_nameless")).drop("_nameless")


def fold_all(reports: pl.LazyFrame, window: Window, wanted: set[str]) -> pl.LazyFrame:
    """What `fold` makes, but with one row more for all that has no message id: `_nameless`."""
    return _folded(reports, window, wanted, None).with_columns(_nameless=_nameless())


def fold_alike(reports: pl.LazyFrame, window: Window, wanted: set[str]) -> pl.LazyFrame:
    """What `fold_all` makes, but one row for messages that are alike, of which `ALIKE` tells.

    Columns out: those of *wanted*, which must be among `FEW`; `sent_at`, which is that of one of
    them, `APART` and `ALIKE`. What tells messages apart are numbers still, of which there are few
    kinds: so this costs less than to spell out what became of every single message.
    """

    def merge(folded: pl.LazyFrame) -> pl.LazyFrame:
        there = set(folded.collect_schema().names())
        country = {"country": destination(there)} if "country" in wanted else {}
        same = ["_place", "settled", "_undated", APART, *country]
        same += [name for name in (*GREATEST, "record") if name in there & FEW]
        return (
            folded.with_columns(_nameless=_nameless(), _undated=pl.col("sent_at").is_null())
            .with_columns(apart(window), **country)
            .group_by(same)
            .agg(pl.min("sent_at"), pl.len().cast(pl.Int64).alias(ALIKE))
        )

    return _folded(reports, window, wanted, merge)


def _nameless() -> pl.Expr:
    nobody: int = pl.Series([None], dtype=pl.String).hash().item()
    return pl.col("_key") == nobody


def _folded(
    reports: pl.LazyFrame, window: Window, wanted: set[str], merge: Merge | None
) -> pl.LazyFrame:
    there = reports.collect_schema().names()
    identity = [name for name in there if name not in ("received_at", "set_aside")]
    looked_at = {*wanted, "record"}
    names = [name for name in FEW_KINDS if name in looked_at and name in there]
    seen, found = _glance(reports, names)
    # 64 bits in place of the text: among 20 million ids the chance that any two meet is 1 in 90,000
    key = pl.col("message_id").hash()
    existing = _existing(reports, window, seen)
    small = shrink(existing.with_columns(_key=key, _row=pl.struct(identity).hash()), found)
    # the details also decide whose done_at is taken
    status = DETAILS if wanted & {*DETAILS, "done_at"} else STATUS
    combinations = existing.select(status).unique().collect(engine="streaming")
    standing = standings(combinations, lambda row: verdict(row["status_group"], row["status_id"]))
    packing = Packing.of(seen["first"], seen["last"], standing)
    differing = (wanted | {NUMBER}) - set(small.alike)
    hints = {name: small.alike[name] for name in HINTS if name in small.alike}
    ready = merge and (lambda plan: merge(plan.with_columns(**hints)))
    folded = fold_rows(
        small.rows, standing, packing, status, window, differing, seen["many"], ready
    )
    told = {**small.restored, **small.alike}
    if merge:  # a number stands for nobody any more
        told.pop("recipient", None)
    return folded.with_columns(**{name: told[name] for name in told if name in wanted})


def latest_report(reports: pl.LazyFrame) -> Any:
    """The latest moment that the reports speak of; never `sent_at`, which may be a plan."""
    latest = reports.select(pl.max_horizontal(pl.max("done_at"), pl.max("received_at")))
    return latest.collect(engine="streaming").item()


def _glance(reports: pl.LazyFrame, names: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What must be known of all reports before any is folded: of times, and kinds of *names*."""
    sent = pl.col("sent_at")
    asked = [
        pl.len().alias("many"),
        *span("sent_at"),
        sent.is_null().any().alias("undated"),
        sent.max().alias("last_sent"),
    ]
    found = reports.select(*asked, *(kinds(name).alias(f"kinds of {name}") for name in names))
    row = found.collect(engine="streaming").row(0, named=True)
    return row, {name: row[f"kinds of {name}"] for name in names}


def _existing(reports: pl.LazyFrame, window: Window, seen: dict[str, Any]) -> pl.LazyFrame:
    """The rows whose message exists by `as_of`, with their time of sending as `_sent`.

    A row without one is lent its message's; a row sent by `as_of` makes its message exist, and one
    of a message without any time of sending does so once it is seen.
    """
    sent = pl.col("sent_at")
    if not seen["undated"] and seen["last_sent"] <= window.moment:  # as usual: nothing to look at
        return reports.with_columns(_sent=sent)
    return reports.with_columns(_sent=pl.coalesce(sent, sent.min().over("message_id"))).filter(
        pl.coalesce("_sent", "done_at").fill_null(window.moment) <= window.moment
    )
