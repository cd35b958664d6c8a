"""Fetching: delivery reports and logs from the API of Infobip, raw first, then as frames."""

from infobip_analytics.fetching.answers import Answer
from infobip_analytics.fetching.client import InfobipClient
from infobip_analytics.fetching.opening import read_answers

__all__ = ["Answer", "InfobipClient", "read_answers"]
