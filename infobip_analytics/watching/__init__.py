"""Is something breaking now? Alerts of what fell, and of routes that fell silent.

`counted` counts messages by series and day, final ones and by the age of today's; `limits` says how
far a day may fall by chance, `scanning` goes through the days and opens and closes incidents,
`incidents` says what is held against what, `reasons` which error rose; `alerting` makes a frame of
it, `table` shows it, `words` puts it in a sentence.
"""

from infobip_analytics.watching.alerting import alerts
from infobip_analytics.watching.table import ASSUMES, alerts_table

__all__ = ["ASSUMES", "alerts", "alerts_table"]
