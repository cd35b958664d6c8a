"""Campaign events, one row a status: tied together to one message, then folded like reports."""

import warnings
from typing import Any

import polars as pl

from infobip_analytics import tying
from infobip_analytics.codes import Verdict
from infobip_analytics.errors import SetAsideWarning
from infobip_analytics.folding import DETAILS, fold_rows
from infobip_analytics.reference import rows as table
from infobip_analytics.window import Window
from infobip_analytics.wording import plural

CHANNELS = ["sms", "mms"]


def pair(events: pl.LazyFrame, window: Window, wanted: set[str]) -> pl.LazyFrame:
    """Tie the rows of campaign events together and fold them to one row a message.

    Columns in: those of campaign events. Columns out: as in `folding.fold`, with `orphan`.
    Source of the rules: docs/definitions.md, section 2, "Tying campaign events to one message".
    """
    rows = tying.tie(_relevant(events, window), window.waiting_period).lazy()
    details = ["_status", *DETAILS] if wanted & set(DETAILS) else ["_status"]
    folded = fold_rows(rows, _of_event, details, window, wanted)
    return folded.with_columns(_unusable=pl.lit(_unknown(events), pl.Int64))


def latest_event(events: pl.LazyFrame) -> Any:
    """The latest event time, of any channel and status."""
    return events.select(pl.max("timestamp")).collect(engine="streaming").item()


def _unknown(events: pl.LazyFrame) -> int:
    """Say and count which rows of SMS and MMS have a status that no table has."""
    known = [row["status"] for row in table("event_statuses")]
    strange = ~pl.col("status").is_in(known).fill_null(value=False)
    rows = events.filter(pl.col("action_type").is_in(CHANNELS), strange).select("status")
    found = rows.collect(engine="streaming")["status"].fill_null("none at all")
    if len(found):
        warnings.warn(
            f"{plural(len(found), 'row')} of SMS or MMS set aside, for the status is unknown: "
            f"{', '.join(found.unique().sort().head(5))}. Known are {', '.join(known)}",
            SetAsideWarning,
            stacklevel=2,
        )
    return len(found)


def _of_event(row: dict[str, Any]) -> Verdict:
    entry = _statuses()[row["_status"]]
    return Verdict(entry["outcome"], entry["receipt"] or None, int(entry["rank"]))


def _statuses() -> dict[str, dict[str, str]]:
    return {row["status"]: row for row in table("event_statuses") if row["part"] != "none"}


def _relevant(events: pl.LazyFrame, window: Window) -> pl.DataFrame:
    """The rows that make or end a message, as of now, each once, in an order of their own.

    Columns out: those of the messages frame as far as events have them, `_row`, `_status`, `_part`
    ("send" or "final"), `_time`, `_sent` (of the row itself) and `done_at` (of final rows).
    """
    parts = {status: row["part"] for status, row in _statuses().items()}
    time = pl.col("timestamp")
    final = pl.col("_part") == "final"
    return (
        events.filter(pl.col("action_type").is_in(CHANNELS), pl.col("status").is_in(list(parts)))
        .select(pl.exclude("ingest_timestamp", "set_aside"))
        .unique()
        .with_columns(_part=pl.col("status").replace_strict(parts, return_dtype=pl.String))
        .with_columns(
            _time=time,
            _sent=pl.when(final).then("sent_timestamp").otherwise(_sent_at()),
            done_at=pl.when(final).then(time),
        )
        # what has not happened yet is not seen; a send counts from when it was sent
        .filter(pl.max_horizontal("done_at", "_sent") <= window.moment)
        .select(*_as_messages(), "_part", "_time", "_sent", "done_at", _order=_fingerprint(events))
        .sort("_time", "_order")
        .drop("_order")
        .with_row_index("_row")
        .with_columns(pl.col("_row").cast(pl.Int64))
        .collect(engine="streaming")
    )


def _sent_at() -> pl.Expr:
    return pl.coalesce("sent_timestamp", "timestamp")


def _fingerprint(events: pl.LazyFrame) -> pl.Expr:
    """A number of the row's own, so that no result depends on the order of the rows."""
    names = events.collect_schema().names()
    return pl.struct(n for n in names if n not in ("ingest_timestamp", "set_aside")).hash()


def _as_messages() -> list[pl.Expr]:
    """Events in the columns of messages; a send that went well has no status of its own."""
    text = [
        "message_id", "sender", "recipient", "customer", "campaign_id", "campaign_name",
        "action_id", "action_name", "variant", "language", "integration_name", "customer_country",
        "sent_timestamp", "parts",
    ]  # fmt: skip
    told = pl.col("status") != "enqueued"
    # a spreadsheet or a float column makes 27.0 of 27
    code = pl.col("status_code").str.strip_suffix(".0").cast(pl.Int64, strict=False)
    return [
        *(pl.col(name) for name in text),
        pl.col("action_type").alias("channel"),
        pl.col("status").alias("_status"),
        pl.when(told).then("status").alias("status_name"),
        pl.when(told).then("error").alias("error_name"),
        pl.when(told).then(code).alias("error_id"),
        pl.lit(None, pl.String).alias("status_group"),
        pl.lit(None, pl.Int64).alias("status_id"),
        pl.lit(None, pl.String).alias("error_group"),
        pl.lit(None, pl.Boolean).alias("permanent"),
        pl.lit("event").alias("record"),
    ]
