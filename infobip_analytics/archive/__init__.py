"""The archive: what was fetched or received, kept for good, so that no report is lost or twice.

    ARCHIVE/
      archive.json       what it is, and what is kept in it
      journal/           every answer as it came, a line each: written and synced before it is read
      reports/           a Delta table: a row a distinct report, by day of sending
      *.lock             held while something is written; they go with the process that holds them

The journal is the truth, the table is made of it: each commit of the table says up to which line of
the journal it holds everything. So a run that was killed, or met a full disk, is taken up where it
stopped, and a table that is lost is made anew. Folding happens on reading; a row has the time at
which it was received, so that what was known at any moment can still be computed.
"""

from infobip_analytics.archive.finding import Apart, told_apart
from infobip_analytics.archive.forgetting import Forgotten, forget
from infobip_analytics.archive.keeping import Kept, append, check_room, keep, rebuild, replay
from infobip_analytics.archive.lines import Answer
from infobip_analytics.archive.locks import locked
from infobip_analytics.archive.making import make_archive
from infobip_analytics.archive.place import (
    Archive,
    Copy,
    Keeps,
    archive_at,
    is_archive,
    is_pseudonymous,
    open_archive,
)
from infobip_analytics.archive.pseudonyms import pseudonyms, secret_key
from infobip_analytics.archive.reading import read_archives
from infobip_analytics.archive.retention import Dropped, compact, drop_older
from infobip_analytics.archive.scanning import Scanned, read_archive, scan, scanned
from infobip_analytics.archive.verifying import Verified, verify

__all__ = [
    "Answer",
    "Apart",
    "Archive",
    "Copy",
    "Dropped",
    "Forgotten",
    "Keeps",
    "Kept",
    "Scanned",
    "Verified",
    "append",
    "archive_at",
    "check_room",
    "compact",
    "drop_older",
    "forget",
    "is_archive",
    "is_pseudonymous",
    "keep",
    "locked",
    "make_archive",
    "open_archive",
    "pseudonyms",
    "read_archive",
    "read_archives",
    "rebuild",
    "replay",
    "scan",
    "scanned",
    "secret_key",
    "told_apart",
    "verify",
]
