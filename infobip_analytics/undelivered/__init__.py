"""Why messages were not delivered: their errors counted and explained, and what to fix first.

`counted` counts messages by what was said of them, `resolving` finds what the tables have of that;
`breakdown` has a row for each error, `fixing` one for each cause, `table` shows both; `explained`
puts what is known of its error beside each message.
"""

from infobip_analytics.undelivered.breakdown import error_breakdown
from infobip_analytics.undelivered.explained import with_explanations
from infobip_analytics.undelivered.fixing import fix_first
from infobip_analytics.undelivered.table import errors_table

__all__ = ["error_breakdown", "errors_table", "fix_first", "with_explanations"]
