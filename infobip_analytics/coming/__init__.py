"""What is still coming: a forecast of the final delivery rate of messages that are waiting.

`counted` counts messages by slots of sending and ages; `curves` has what was delivered by which age
(`incidence`: Aalen and Johansen's estimator) as of now and as of any time before; `past` asks the
same of past campaigns, `record` how far that was off; `forecast` says it of those that wait.
"""

from infobip_analytics.coming.expected import ASSUMES, nowcast, with_total
from infobip_analytics.coming.table import nowcast_table

__all__ = ["ASSUMES", "nowcast", "nowcast_table", "with_total"]
