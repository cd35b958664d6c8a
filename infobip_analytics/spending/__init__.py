"""What messages cost: per delivered message, by parts, for Unicode, for numbers that are dead.

`texts` finds what Unicode adds to a text, `costs` sums, `table` shows. Currencies are never added.
"""

from infobip_analytics.spending.summing import costs
from infobip_analytics.spending.table import costs_table

__all__ = ["costs", "costs_table"]
