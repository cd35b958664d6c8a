"""Stats per day and country, recomputed every night from a folder of exports.

Rows that were read once are kept in a state file beside the output, so that only new and changed
files are read; the stats are computed from all rows each time, so that they equal a full run.
"""

from infobip_analytics.recomputing.nightly import recompute
from infobip_analytics.recomputing.result import Recomputed

__all__ = ["Recomputed", "recompute"]
