"""Messages counted into cells: small, whatever the number of messages, on any engine.

`given` checks a frame of messages and hands results back, `cells` says what a cell is, `counted`
counts where the messages are, and `ahead` counts what is not yet finished.
"""

from infobip_analytics.counting.cells import STAMPS, Frame, cells, population
from infobip_analytics.counting.counted import Before, cells_of
from infobip_analytics.counting.given import as_messages, hand_back, narrowed
from infobip_analytics.unfinished import ALIKE

__all__ = [
    "ALIKE",
    "STAMPS",
    "Before",
    "Frame",
    "as_messages",
    "cells",
    "cells_of",
    "hand_back",
    "narrowed",
    "population",
]
