"""The rows of campaign events in which somebody was heard: clicks and replies."""

from datetime import datetime
from typing import Any

import polars as pl

from infobip_analytics.errors import ColumnError
from infobip_analytics.frames import CAMPAIGN_EVENTS, as_plan, conform

CLICK, REPLY = "clicked", "incoming_message"

_OURS = ["sms", "mms"]
_NEEDED = ["timestamp", "status", "action_type"]

#: Columns that tell how a row came, and not what happened.
_ARRIVAL = ["ingest_timestamp", "set_aside"]


def heard(events: Any, as_of: datetime | None) -> pl.DataFrame:
    """The clicks and replies of SMS and MMS among *events*, seen by *as_of*, exact repeats once.

    Columns out: those of campaign events, other properties, `message` (text, null where the export
    has none), and `_response`, which numbers the rows.

    Raises:
        ColumnError: *events* are no campaign events.
    """
    plan = campaign_events(events)
    status, channel = pl.col("status"), pl.col("action_type")
    # what comes in may come without an action; a click without a channel may be of an e-mail
    ours = channel.is_in(_OURS) | ((status == REPLY) & channel.is_null())
    seen = pl.lit(value=True) if as_of is None else pl.col("timestamp") <= as_of
    found = plan.filter(status.is_in([CLICK, REPLY]), ours, seen).collect(engine="streaming")
    identity = [name for name in found.columns if name not in _ARRIVAL]
    return found.unique(identity, keep="any").with_row_index("_response")


def campaign_events(events: Any) -> pl.LazyFrame:
    """Campaign events with all columns that they have to have; ColumnError for other frames."""
    plan, _ = as_plan(events)
    columns = plan.collect_schema().names()
    if not set(_NEEDED) <= set(columns):
        raise ColumnError(
            "clicks and replies are rows of campaign events (with timestamp, status and "
            f"action_type); this frame has {', '.join(columns) or 'no columns'}. Read the export "
            "with ia.read_campaign_events(...), and give the events and not the messages"
        )
    return conform(plan, {**CAMPAIGN_EVENTS, "message": pl.String})
