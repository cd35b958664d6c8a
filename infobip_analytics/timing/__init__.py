"""How long delivery takes: the delays of settled messages, counted, and shown in a table."""

from infobip_analytics.timing.delays import delivery_delays
from infobip_analytics.timing.table import delays_table

__all__ = ["delays_table", "delivery_delays"]
