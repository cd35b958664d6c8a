"""Is the receipt believable: per network, what delivery receipts look like that nobody could send.

`counted` counts receipts and delays per country and network, `judging` holds them against what is
plausible, `table` shows it.
"""

from infobip_analytics.believing.judging import implausible_receipts
from infobip_analytics.believing.table import receipts_table

__all__ = ["implausible_receipts", "receipts_table"]
