"""Where an archive lies, and what is kept in it."""

import hashlib
import hmac
import json
import os
from dataclasses import dataclass, field
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from infobip_analytics.archive import files
from infobip_analytics.archive.addresses import Address, address_at, is_address, local_path
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
    """An archive on a local disk, to be written and read.

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


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of an archive in an object store, only to be read.

    Attributes:
        path: Its address.
        id: As of the archive.
        keeps: What is kept of an answer; without the key of pseudonyms, which writing needs.
    """

    path: Address
    id: str
    keeps: Keeps

    @property
    def journal(self) -> Address:
        """The folder of the journal."""
        return self.path / "journal"

    @property
    def table(self) -> Address:
        """The folder of the Delta table."""
        return self.path / "reports"


#: What all that read take
Readable = Archive | Copy


def is_archive(source: Any) -> bool:
    """Whether *source* is the path of an archive; an address is taken for one, and not asked."""
    if is_address(source):
        return True
    if not isinstance(source, (str, Path)):
        return False
    # exports may have a file of that name; of a path that cannot be, as one too long, it says no
    found = os.path.expanduser(local_path(source))
    parts = ("journal", "reports")
    return os.path.isfile(os.path.join(found, _FILE)) and any(
        os.path.isdir(os.path.join(found, part)) for part in parts
    )


def archive_at(source: Any) -> Archive | Copy:
    """The archive at a path or an address, to be read.

    Raises:
        SourceError: There is none, it cannot be reached, or a later version of this package made
            it.
        ArgumentError: It is an address that cannot be, or has credentials in it.
    """
    if not is_address(source):
        return open_archive(source)
    check_for_delta()
    address = address_at(source)
    said = _said(address)
    return Copy(address, said["id"], Keeps(said["text"], said["callback_data"]))


def open_archive(path: Any, *, key: bytes | None = None) -> Archive:
    """Open the archive at *path*, to be written and read.

    Raises:
        SourceError: There is none, or a later version of this package made it.
        ArgumentError: *key* is not the one its pseudonyms were made with, or *path* is an address
            in an object store, where archives are only read.
    """
    check_for_delta()
    folder = local_folder(path)
    said = _said(folder)
    if key is not None and said["pseudonyms"] and said["pseudonyms"] != mark_of(key):
        raise ArgumentError(
            f"the key is not the one with which {folder} was begun: the same number would get two "
            "pseudonyms. Give that key, or begin another archive"
        )
    keeps = Keeps(said["text"], said["callback_data"], key if said["pseudonyms"] else None)
    return Archive(folder, said["id"], keeps)


def local_folder(path: Any) -> Path:
    """The folder of an archive that may be written to."""
    if is_address(path):
        scheme = path.partition("://")[0]
        raise ArgumentError(
            f"an archive is written on a local disk, where its journal can be synced, and not at "
            f"{scheme}://...; name a folder, and copy it to the object store after each run "
            "(aws s3 sync, gcloud storage rsync, azcopy sync). There it can be read"
        )
    return Path(local_path(path)).expanduser().absolute()


def check_for_delta() -> None:
    """Say how the package that tables are kept with is installed, where it is not there."""
    if find_spec("deltalake") is None:
        raise SourceError(
            "an archive needs the package deltalake, which is not installed; "
            'pip install "infobip-analytics[archive]" installs it'
        )


def _said(folder: Path | Address) -> dict[str, Any]:
    try:
        written = (folder / _FILE).read_bytes()
    except FileNotFoundError:
        raise SourceError(f"{folder} is no archive: it has no {_FILE}") from None
    except OSError as problem:
        why = (problem.strerror or str(problem)).lower()
        raise SourceError(f"{folder}/{_FILE} cannot be read: {why}") from None
    try:
        said = json.loads(written)
        form = said["form"]
    except (ValueError, KeyError, TypeError):
        raise SourceError(f"{folder}/{_FILE} is broken; put it back from a copy") from None
    if form != FORM:
        raise SourceError(
            f"{folder} was made by another version of this package (form {form}, this one knows "
            f"{FORM}); use that one"
        )
    return dict(said)


def is_pseudonymous(archive: Archive | Copy) -> bool:
    """Whether recipients are kept as pseudonyms, whether or not the key is at hand."""
    return bool(_said(archive.path)["pseudonyms"])


def save(archive: Archive, pseudonyms: str | None, since: str | None) -> None:
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


def mark_of(key: bytes) -> str:
    """A text by which a key is known again, and which tells nothing of it."""
    return hmac.new(key, b"infobip_analytics: this key", hashlib.sha256).hexdigest()[:32]


def first_day(archive: Archive | Copy) -> date | None:
    """The day before which nothing that was sent is kept any more, as it is written down now."""
    since = _said(archive.path)["since"]
    return date.fromisoformat(since) if since else None


def keep_from(archive: Archive, day: date) -> date:
    """Write down that nothing that was sent before *day* is kept; gives the day that now holds."""
    said = _said(archive.path)
    holds = max(filter(None, (first_day(archive), day)))
    save(archive, said["pseudonyms"], holds.isoformat())
    return holds
