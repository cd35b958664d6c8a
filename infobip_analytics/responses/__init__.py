"""Clicks and replies: tied to the messages that they answer, counted, and shown.

`heard` picks the click and reply rows out of campaign events, `attribution` says which message each
belongs to, `counts` writes that beside the messages; `rates` divides, `table` and `answers` show.
"""

from infobip_analytics.responses.answers import replies
from infobip_analytics.responses.counts import with_responses
from infobip_analytics.responses.rates import response_rates
from infobip_analytics.responses.table import responses_table

__all__ = ["replies", "response_rates", "responses_table", "with_responses"]
