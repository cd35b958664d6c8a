"""Messages made where a Spark frame is: every partition by the same fold, in polars.

What is said of all messages together is found first, as numbers (`glance`, `facts`). Then all rows
that may be of one message are brought into one partition (`partitions`), and each partition is
folded or paired by itself (`work`), which gives the messages of a frame in one piece.
"""

from infobip_analytics.spreading.spread import spread_messages

__all__ = ["spread_messages"]
