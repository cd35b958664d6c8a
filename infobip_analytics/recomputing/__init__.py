"""Stats per day and country, recomputed every night from a folder of exports or from an archive.

Rows of files that were read once are kept in a state file beside the output, so that only new and
changed files are read; the stats are computed from all rows each time, so that they equal a full
run. Of an archive messages are counted in units of some days, and the counts are kept: counted
anew is only what changed or is not settled.

    nightly      a run: state, stats, comparison, the file in its place
      files, refreshing, reading, pieces, keeping      of files: what is new is read into the state
      snapshot, days, ids, units, alike, archived      of an archive: what may differ is counted
    stats        lines and notes, of messages one by one or counted
"""

from infobip_analytics.recomputing.nightly import recompute
from infobip_analytics.recomputing.result import Recomputed

__all__ = ["Recomputed", "recompute"]
