"""Which rows of campaign events are of one message: three rules, tried in turn.

`likeness` makes whole numbers of events: texts that are only compared become hashes, times become
microseconds. `line` puts the rows in line, once and for all. `rules` ties by message id and by time
of sending, and hands what is left to `nearness`, which makes pairs by `brackets` where it may and
by `turns` where it must.
"""

from infobip_analytics.tying.likeness import as_numbers
from infobip_analytics.tying.line import in_line
from infobip_analytics.tying.rules import tie

__all__ = ["as_numbers", "in_line", "tie"]
