"""Reading: one door for exports, answers and archives, of delivery reports or campaign events."""

from infobip_analytics.reading.doors import (
    read,
    read_campaign_events,
    read_delivery_reports,
    read_each,
)
from infobip_analytics.reading.telling import kind_of, sort_sources

__all__ = [
    "kind_of",
    "read",
    "read_campaign_events",
    "read_delivery_reports",
    "read_each",
    "sort_sources",
]
