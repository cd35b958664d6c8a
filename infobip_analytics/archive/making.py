"""Beginning an archive: a folder that says what it is, and what is kept in it."""

import re
import uuid
from pathlib import Path
from typing import Any

from infobip_analytics.archive import files
from infobip_analytics.archive.locks import locked
from infobip_analytics.archive.place import (
    Archive,
    Keeps,
    check_for_delta,
    is_archive,
    is_pseudonymous,
    local_folder,
    mark_of,
    open_archive,
    save,
)
from infobip_analytics.errors import ArgumentError, SourceError

#: All that lies there where a run was killed that began an archive, and no line was written yet
_BEGUN = frozenset({"journal", "journal.lock", ".archive.json.new"})


def make_archive(path: Any, keeps: Keeps | None = None) -> Archive:
    """Open the archive at *path*, or make one where there is none.

    Killed in the middle, it is to be started again, and goes on; of two that make the same one at
    once, the second opens what the first has made.

    Args:
        path: A folder that is an archive, is empty or is not there.
        keeps: What is kept of an answer; must be what an archive that is there keeps.

    Raises:
        SourceError: Something else lies there, or nothing can be written there.
        ArgumentError: The archive that is there keeps something else, or has another key; or no
            Delta table can be at such a path.
    """
    check_for_delta()
    keeps = keeps or Keeps()
    folder = local_folder(path)
    # looked at in this order, for another process may be making it meanwhile
    free = _is_free(folder)
    if is_archive(folder):
        return _checked(open_archive(folder, key=keeps.key), keeps)
    if not free:
        raise SourceError(
            f"{folder} is there and is no archive; name a folder that is empty or not there yet"
        )
    if re.search("%[0-9A-Fa-f]{2}", str(folder)):
        raise ArgumentError(
            f"no archive can be made at {folder}: a Delta table would be looked for elsewhere, for "
            "a % and two digits are taken for another sign; name a folder without"
        )
    try:
        files.make_folder(folder)
        with locked(folder, "journal", doing="beginning an archive"):
            if not is_archive(folder):
                return _made(folder, keeps)
    except OSError as problem:
        raise SourceError(
            f"no archive can be made at {folder}: {(problem.strerror or str(problem)).lower()}"
        ) from problem
    return _checked(open_archive(folder, key=keeps.key), keeps)


def _is_free(folder: Path) -> bool:
    """Whether an archive can be begun there: nothing lies there but what a killed run began."""
    if not folder.exists():
        return True
    if not folder.is_dir():
        return False
    begun = folder / "journal"
    return {each.name for each in folder.iterdir()} <= _BEGUN and not (
        begun.exists() and (not begun.is_dir() or any(begun.iterdir()))
    )


def _made(folder: Path, keeps: Keeps) -> Archive:
    made = Archive(folder, str(uuid.uuid4()), keeps)
    files.make_folder(made.journal)
    save(made, mark_of(keeps.key) if keeps.key else None, None)
    return made


def _checked(archive: Archive, keeps: Keeps) -> Archive:
    """The archive, if it keeps what is asked for."""
    asked = {
        "the text of messages": (keeps.text, archive.keeps.text),
        "callback data": (keeps.callback_data, archive.keeps.callback_data),
        "pseudonyms for recipients": (keeps.key is not None, is_pseudonymous(archive)),
    }
    for what, (wanted, does) in asked.items():
        if wanted != does:
            raise ArgumentError(
                f"{archive.path} was begun {'with' if does else 'without'} {what}, and now it is "
                f"asked for {'with' if wanted else 'without'}; ask as before, or begin another "
                "archive"
            )
    return archive
