"""How a receiver is doing, for whoever watches it: counts, and nothing of what it received."""

import shutil
from typing import Any

from infobip_analytics.archive import Archive, check_room
from infobip_analytics.errors import SourceError
from infobip_analytics.receiving.tally import Tally

#: For how many seconds a failure counts, so that one that is past does not keep callers away
RECENT = 60.0


def health(archive: Archive, tally: Tally) -> dict[str, Any]:
    """What `/health` says; `status` is "ok", or "failing" with the `problem`."""
    problem = _problem(archive, tally)
    return {
        "status": "failing" if problem else "ok",
        **({"problem": problem} if problem else {}),
        "journal_line": tally.line,
        "waiting_lines": max(0, tally.line - tally.place),
        "waiting_callbacks": tally.waiting,
        "callbacks": tally.callbacks,
        "reports": tally.reports,
        "notices": tally.notices,
        "refused": tally.refused.total(),
        "free_bytes": _free(archive),
    }


def _problem(archive: Archive, tally: Tally) -> str:
    if tally.failed_within(RECENT):
        return "the journal could not be written a moment ago"
    try:
        check_room(archive)
    except SourceError:
        return "the disk is all but full"
    except OSError:
        return "the archive is not there"
    probe = archive.path / ".receive.probe"
    try:
        probe.write_bytes(b"1")
        probe.unlink(missing_ok=True)  # who asks at the same moment took it away
    except OSError:
        return "nothing can be written where the archive lies"
    return ""


def _free(archive: Archive) -> int:
    try:
        return shutil.disk_usage(archive.path).free
    except OSError:
        return 0
