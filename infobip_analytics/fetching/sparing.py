"""Room on the disk that is held back, so that an answer that has come can still be written."""

import os
from contextlib import suppress
from datetime import UTC, datetime

from infobip_analytics.archive import Archive
from infobip_analytics.archive.segments import segments
from infobip_analytics.errors import SourceError

#: The largest answer, 1,000 logs with their texts, is a third of this
SPARE = 4 * 1024 * 1024


class Spare:
    """A file in the archive that only takes up room, until an answer needs it.

    That a disk has free bytes says little where somebody has a quota, or writes to it as well. The
    file stays from run to run.

    Args:
        archive: The archive.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._path = archive.path / "spare"

    def hold(self) -> None:
        """See to it that the room is held: before each call, for its answer has to be kept.

        Raises:
            SourceError: There is no room.
        """
        _check_limit(self._archive)
        try:
            if not self._path.exists() or self._path.stat().st_size != SPARE:
                self._fill()
        except OSError as problem:
            self.release()
            raise SourceError(
                f"there is no room for another answer where {self._archive.path} lies "
                f"({(problem.strerror or str(problem)).lower()}), so none was asked for: Infobip "
                "hands each report out once. Make room and start again"
            ) from problem

    def _fill(self) -> None:
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            # what can be packed would take up no room on some disks
            file.write(os.urandom(SPARE))
            file.flush()
            os.fsync(file.fileno())

    def release(self) -> None:
        """Give the room free."""
        with suppress(OSError):
            self._path.unlink()


def _check_limit(archive: Archive) -> None:
    """Raise SourceError where the system lets no file grow by another answer (`ulimit -f`)."""
    if os.name == "nt":
        return
    import resource

    most, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    today = datetime.now(UTC).date()
    sizes = [each.path.stat().st_size for each in segments(archive.journal) if each.day == today]
    if most != resource.RLIM_INFINITY and most < SPARE + max([0, *sizes]):
        raise SourceError(
            f"this process may let no file grow beyond {most / 1e6:.1f} MB (ulimit -f), and that "
            f"is no room for another answer in {archive.journal}, so none was asked for: Infobip "
            "hands each report out once. Raise the limit and start again"
        )
