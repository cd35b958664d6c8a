"""What no rate counts, and why: how many messages, and which share of all."""

from collections.abc import Iterable
from typing import Any

import narwhals as nw
import polars as pl

from infobip_analytics.counting import as_messages, cells
from infobip_analytics.countries import no_report_codes
from infobip_analytics.frames import as_plan, to_engine
from infobip_analytics.wording import count

#: Why a message is in no rate, in the order in which the reasons are asked.
REASONS = [
    "set aside", "before since", "after until", "enqueue failed", "orphan", "undated",
    "no-report country", "waiting",
]  # fmt: skip


def left_out(messages: Any, *, no_report_countries: Iterable[str] | None = None) -> Any:
    """Count the messages that no headline rate counts, each under the first reason that holds.

    Returns:
        On the same engine, a row for each of: `set aside` (rows that could not be read), `before
        since`, `after until`, `enqueue failed`, `orphan`, `undated`, `no-report country`,
        `waiting`; with `reason`, `messages`, and `share` of all messages and rows that were seen
        (null where there are none).
    """
    silent = sorted(no_report_codes(no_report_countries))
    found: pl.DataFrame = (
        cells(as_messages(messages), [], "UTC").with_columns(_reason(silent)).collect().to_native()
    )
    counts = {**_sums(found), **_outside(found)}
    total = sum(counts.values())
    table = pl.LazyFrame(
        {
            "reason": REASONS,
            "messages": [counts.get(reason, 0) for reason in REASONS],
            "share": [counts.get(reason, 0) / total if total else None for reason in REASONS],
        },
        schema={"reason": pl.String, "messages": pl.Int64, "share": pl.Float64},
    )
    _, engine = as_plan(messages)
    return table if engine == "lazy" else to_engine(table, engine)


#: What no definition counts, in words
_OUTSIDE = {
    "set aside": "set aside (unreadable, nameless, of another channel or unknown status)",
    "before since": "sent before since",
    "after until": "sent after until",
    "enqueue failed": "never forwarded (enqueue_failed)",
    "orphan": "orphans (a report whose send is not in the data)",
    "undated": "without a time of sending",
}


def counted_out(found: pl.DataFrame) -> list[str]:
    """Say what is neither settled nor waiting: counts in words, out of the cells of messages."""
    scopes = dict(found.group_by("_scope").agg(pl.sum("_n")).iter_rows())
    counts = {**scopes, **_outside(found)}
    return [f"{count(counts[why])} {words}" for why, words in _OUTSIDE.items() if counts.get(why)]


def _reason(silent: list[str]) -> nw.Expr:
    return (
        nw.when(nw.col("_scope") != "counted")
        .then(nw.col("_scope"))
        .when(nw.col("_country").is_in(silent))
        .then(nw.lit("no-report country"))
        .when(~nw.col("_settled"))
        .then(nw.lit("waiting"))
        .otherwise(nw.lit("counted"))
        .alias("reason")
    )


def _sums(found: pl.DataFrame) -> dict[str, int]:
    return dict(found.group_by("reason").agg(pl.sum("_n")).iter_rows())


def _outside(found: pl.DataFrame) -> dict[str, int]:
    """What is no row of the frame, but travels with it as a column."""
    outside = found.select(pl.max("set_aside", "before_since", "after_until").fill_null(0))
    return {name.replace("_", " "): outside[name].item() or 0 for name in outside.columns}
