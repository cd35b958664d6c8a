"""Fetching: delivery reports and logs from the API of Infobip, raw first, then as frames."""

from infobip_analytics.fetching.answers import Answer
from infobip_analytics.fetching.client import InfobipClient

__all__ = ["Answer", "InfobipClient"]
