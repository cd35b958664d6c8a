"""What is sent to Spark's workers: a piece of the rows in, in polars, and out what it tells."""

from collections.abc import Callable
from typing import Any

import polars as pl

from infobip_analytics.folding import fold, latest_report
from infobip_analytics.frames import MESSAGES, TIME
from infobip_analytics.making import derived, facts, finished, ingredients, recognised
from infobip_analytics.pairing import CHANNELS, latest_event, pair, unknown_statuses
from infobip_analytics.window import Window

Make = Callable[[pl.LazyFrame, Window, set[str]], pl.LazyFrame]

REPORTS = "delivery reports"

_FOUND: dict[str, Any] = {
    "rows": pl.Int64,
    "latest": TIME,
    "set_aside": pl.Int64,
    "undated": pl.Boolean,
    "ours": pl.Boolean,
    "nobody": pl.Boolean,
    "strange": pl.List(pl.Struct({"status": pl.String, "rows": pl.Int64})),
}


def glance(piece: pl.LazyFrame) -> pl.DataFrame:
    """What must be known before anything is made; of any piece of the rows.

    Columns out: `rows`; the `latest` moment they speak of; `set_aside` by their reader; of reports
    whether any is `undated`; of events whether any is `ours`, whether one of those has `nobody` as
    its customer, and the `strange` statuses with their rows.
    """
    kind, rows = recognised(piece)
    there = rows.collect_schema().names()
    aside = pl.max("set_aside").fill_null(0) if "set_aside" in there else pl.lit(0)
    found = rows.select(rows=pl.len(), set_aside=aside).collect(engine="streaming")
    told = _of_reports(rows) if kind == REPORTS else _of_events(rows)
    return pl.DataFrame([found.row(0, named=True) | told], schema=_FOUND)


def _of_reports(reports: pl.LazyFrame) -> dict[str, Any]:
    undated = reports.select(pl.col("sent_at").is_null().any()).collect().item()
    return {"latest": latest_report(reports), "undated": undated}


def _of_events(events: pl.LazyFrame) -> dict[str, Any]:
    ours = events.filter(pl.col("action_type").is_in(CHANNELS))
    some, nobody = ours.select(pl.len() > 0, pl.col("customer").is_null().any()).collect().row(0)
    strange = unknown_statuses(events).collect(engine="streaming")
    return {
        "latest": latest_event(events),
        "ours": some,
        "nobody": nobody,
        "strange": strange.to_dicts(),
    }


def _nameless(piece: pl.LazyFrame, window: Window) -> pl.DataFrame:
    """How many rows without a message id there are by the window's moment."""
    _, reports = recognised(piece)
    alike = reports.filter(pl.col("message_id").is_null()).with_columns(message_id=pl.lit(""))
    if not alike.select(pl.len()).collect().item():
        return pl.DataFrame({"rows": [0]}, schema={"rows": pl.Int64})
    return fold(alike, window, {"record"}).select(rows=pl.sum("_rows").cast(pl.Int64)).collect()


def counted(piece: pl.LazyFrame, window: Window) -> pl.DataFrame:
    """How many messages of a piece there are, and what is said of them, each column to be summed.

    Columns out: `messages`, `known`, `before_since`, `after_until`, `unusable`. No message may have
    rows beyond the piece.
    """
    kind, rows = recognised(piece)
    make: Make = fold if kind == REPORTS else pair
    made = make(rows, window, {"record", "population", "before_since", "after_until"})
    told = facts(window, 0)
    found = made.select(
        messages=pl.len().cast(pl.Int64),
        known=pl.col("_known").fill_null(value=False).sum().cast(pl.Int64),
        before_since=told["before_since"],
        after_until=told["after_until"],
    )
    others = _nameless(piece, window)["rows"] if kind == REPORTS else pl.Series([0])
    return found.collect(engine="streaming").with_columns(unusable=others)


def made(piece: pl.LazyFrame, window: Window, said: dict[str, Any]) -> pl.DataFrame:
    """The messages of a piece, of which *said* tells what is the same in every row."""
    kind, rows = recognised(piece)
    wanted = set(MESSAGES)
    make: Make = fold if kind == REPORTS else pair
    constants = {name: pl.lit(value, MESSAGES[name]) for name, value in said.items()}
    folded = derived(make(rows, window, ingredients(wanted)), wanted)
    plan = finished(folded, window, wanted, constants)
    return plan.collect(engine="streaming")
