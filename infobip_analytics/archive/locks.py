"""Locks between processes: the system holds them, so that they go with a process that dies."""

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from infobip_analytics.errors import SourceError

#: Seconds between two looks whether a lock is free
_LOOK = 0.05

#: How long the words are that say who holds a lock, at least, in bytes
_SIGNED = 512

#: How long a short piece of writing waits for another one
PATIENCE = 300.0


@contextmanager
def locked(folder: Path, name: str, *, doing: str, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the lock *name* of an archive.

    Args:
        folder: The archive.
        name: "journal" and "table" are held for as long as something is written; a run that must
            be the only one of its kind may hold another for as long as it lives.
        doing: What this process does, for the message that another one gets.
        patience: Seconds to wait for another process.

    Raises:
        SourceError: Another process has held it all that time, or it cannot be opened.
    """
    path = folder / f"{name}.lock"
    handle = _handle(path)
    try:
        _wait(handle, path, patience)
        _sign(handle, doing)
        yield
    finally:
        os.close(handle)  # which frees it


def _handle(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as problem:
        reason = (problem.strerror or str(problem)).lower()
        raise SourceError(
            f"{path} cannot be opened: {reason}; nothing was written in {path.parent}. Start again "
            "when that is mended"
        ) from problem


def _wait(handle: int, path: Path, patience: float) -> None:
    until = time.monotonic() + patience
    while not _taken(handle):
        if time.monotonic() >= until:
            waited = f" and was waited for {patience:.0f} seconds" if patience else ""
            raise SourceError(
                f"{path.parent} is in use: {_holder(path)} holds {path.name}{waited}; start again "
                "when it is done. A lock goes with its process: there is none to delete"
            )
        time.sleep(_LOOK)


def _taken(handle: int) -> bool:
    """Take the lock; false where another process has it."""
    try:
        if os.name == "nt":
            import msvcrt

            # far behind what is written in it, which others may then still read
            os.lseek(handle, 2**30, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _sign(handle: int, doing: str) -> None:
    """Say in the file who holds it; a full disk is no reason not to."""
    since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    who = {"pid": os.getpid(), "host": socket.gethostname(), "doing": doing, "since": since}
    # as long as any, so that nothing of an earlier one stays: to cut a file takes ten times as long
    signed = json.dumps(who).encode().ljust(_SIGNED)
    try:
        os.pwrite(handle, signed, 0) if hasattr(os, "pwrite") else None
    except OSError:
        return


def _holder(path: Path) -> str:
    try:
        who = json.loads(path.read_bytes())
        return f"process {who['pid']} on {who['host']} ({who['doing']}, since {who['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
