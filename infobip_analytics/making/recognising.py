"""Whether a frame holds delivery reports or campaign events, and its columns typed."""

from typing import Literal

import polars as pl

from infobip_analytics.errors import ColumnError
from infobip_analytics.folding import DETAILS
from infobip_analytics.frames import CAMPAIGN_EVENTS, DELIVERY_REPORTS, conform, typed

Kind = Literal["delivery reports", "campaign events"]

#: What folding looks at in every report; columns beyond these may be absent.
REPORT_CORE = {
    name: DELIVERY_REPORTS[name]
    for name in ("message_id", "record", "sent_at", "done_at", "received_at", *DETAILS)
}


def recognised(frame: pl.LazyFrame) -> tuple[Kind, pl.LazyFrame]:
    """What a frame holds, and its columns typed.

    Raises:
        ColumnError: It holds neither, or a column holds what it cannot.
    """
    columns = set(frame.collect_schema().names())
    if {"outcome", "settled"} <= columns:
        raise ColumnError(
            "these are messages already, made by ia.messages(...): give them to "
            "ia.delivery_rates(...) or ia.rates_table(...)"
        )
    if {"message_id", "status_group"} <= columns:
        there = {name: DELIVERY_REPORTS[name] for name in DELIVERY_REPORTS if name in columns}
        reports = conform(typed(frame.select(*there), there), {**there, **REPORT_CORE})
        return "delivery reports", reports.with_columns(pl.col("record").fill_null("report"))
    if {"timestamp", "status", "action_type"} <= columns:
        return "campaign events", conform(typed(frame, CAMPAIGN_EVENTS), CAMPAIGN_EVENTS)
    raise ColumnError(
        "messages are made of delivery reports (they have message_id and status_group) or campaign "
        f"events (timestamp, status and action_type); this frame has {', '.join(sorted(columns))}. "
        "Read the export with ia.read(...) first"
    )
