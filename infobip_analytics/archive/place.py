"""Where an archive lies, and what is kept in it."""

import hashlib
import hmac
import json
import os
import re
import uuid
from dataclasses import dataclass, field
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from infobip_analytics.archive import files
from infobip_analytics.errors import ArgumentError, SourceError

#: To be raised with every change of what lies on disk
FORM = 1

_FILE = "archive.json"


@dataclass(frozen=True, slots=True)
class Keeps:
    """What is kept of an answer.

    Attributes:
        text: Whether the text of messages is.
        callback_data: Whether callback data are.
        key: The key of the pseudonyms of recipients; None where recipients are kept as they are.
    """

    text: bool = False
    callback_data: bool = False
    key: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive that was opened.

    Attributes:
        path: Its folder.
        id: A name of its own, under which the table says how far it has come.
        keeps: What is kept of an answer.
    """

    path: Path
    id: str
    keeps: Keeps

    @property
    def journal(self) -> Path:
        """The folder of the journal."""
        return self.path / "journal"

    @property
    def table(self) -> Path:
        """The folder of the Delta table."""
        return self.path / "reports"


def is_archive(source: Any) -> bool:
    """Whether *source* is the path of an archive."""
    # of a path that cannot be, as one that is too long, it says no
    return isinstance(source, (str, Path)) and os.path.isfile(os.path.join(source, _FILE))


def make_archive(path: Any, keeps: Keeps | None = None) -> Archive:
    """Open the archive at *path*, or make one where there is none.

    Args:
        path: A folder that is an archive, is empty or is not there.
        keeps: What is kept of an answer; must be what an archive that is there keeps.

    Raises:
        SourceError: Something else lies there, or nothing can be written there.
        ArgumentError: The archive that is there keeps something else, or has another key; or no
            Delta table can be at such a path.
    """
    _check_for_delta()
    keeps = keeps or Keeps()
    folder = Path(path).expanduser().absolute()
    if is_archive(folder):
        return _checked(open_archive(folder, key=keeps.key), keeps)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SourceError(
            f"{folder} is there and is no archive; name a folder that is empty or not there yet"
        )
    if re.search("%[0-9A-Fa-f]{2}", str(folder)):
        raise ArgumentError(
            f"no archive can be made at {folder}: a Delta table would be looked for elsewhere, for "
            "a % and two digits are taken for another sign; name a folder without"
        )
    made = Archive(folder, str(uuid.uuid4()), keeps)
    try:
        files.make_folder(folder)
        files.make_folder(made.journal)
        _save(made, _mark(keeps.key) if keeps.key else None, None)
    except OSError as problem:
        raise SourceError(
            f"no archive can be made at {folder}: {(problem.strerror or str(problem)).lower()}"
        ) from problem
    return made


def open_archive(path: Any, *, key: bytes | None = None) -> Archive:
    """Open the archive at *path*.

    Raises:
        SourceError: There is none, or a later version of this package made it.
        ArgumentError: *key* is not the one its pseudonyms were made with.
    """
    _check_for_delta()
    folder = Path(path).expanduser().absolute()
    said = _said(folder)
    if key is not None and said["pseudonyms"] and said["pseudonyms"] != _mark(key):
        raise ArgumentError(
            f"the key is not the one with which {folder} was begun: the same number would get two "
            "pseudonyms. Give that key, or begin another archive"
        )
    keeps = Keeps(said["text"], said["callback_data"], key if said["pseudonyms"] else None)
    return Archive(folder, said["id"], keeps)


def _check_for_delta() -> None:
    """Say how the package that tables are kept with is installed, where it is not there."""
    if find_spec("deltalake") is None:
        raise SourceError(
            "an archive needs the package deltalake, which is not installed; "
            'pip install "infobip-analytics[archive]" installs it'
        )


def _said(folder: Path) -> dict[str, Any]:
    try:
        said = json.loads((folder / _FILE).read_bytes())
        form = said["form"]
    except OSError:
        raise SourceError(f"{folder} is no archive: it has no {_FILE}") from None
    except (ValueError, KeyError, TypeError):
        raise SourceError(f"{folder}/{_FILE} is broken; put it back from a copy") from None
    if form != FORM:
        raise SourceError(
            f"{folder} was made by another version of this package (form {form}, this one knows "
            f"{FORM}); use that one"
        )
    return dict(said)


def is_pseudonymous(archive: Archive) -> bool:
    """Whether recipients are kept as pseudonyms, whether or not the key is at hand."""
    return bool(_said(archive.path)["pseudonyms"])


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


def _save(archive: Archive, pseudonyms: str | None, since: str | None) -> None:
    """Write down what the archive is."""
    said = {
        "form": FORM,
        "id": archive.id,
        "text": archive.keeps.text,
        "callback_data": archive.keeps.callback_data,
        "pseudonyms": pseudonyms,
        "since": since,
    }
    files.put(archive.path / _FILE, json.dumps(said, indent=1).encode())


def _mark(key: bytes) -> str:
    """A text by which a key is known again, and which tells nothing of it."""
    return hmac.new(key, b"infobip_analytics: this key", hashlib.sha256).hexdigest()[:32]


def first_day(archive: Archive) -> date | None:
    """The day before which nothing that was sent is kept any more, as it is written down now."""
    since = _said(archive.path)["since"]
    return date.fromisoformat(since) if since else None


def keep_from(archive: Archive, day: date) -> date:
    """Write down that nothing that was sent before *day* is kept; gives the day that now holds."""
    said = _said(archive.path)
    holds = max(filter(None, (first_day(archive), day)))
    _save(archive, said["pseudonyms"], holds.isoformat())
    return holds
