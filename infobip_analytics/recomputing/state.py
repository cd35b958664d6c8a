"""The state beside an output: one SQLite file that only saves time, and may be deleted at any time.

A run is one write transaction: that is the lock which makes a second run wait, and a run that is
killed leaves the state as it was. What is broken, foreign or of another version is discarded.
"""

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any

import polars as pl

from infobip_analytics import __version__
from infobip_analytics.errors import InfobipAnalyticsWarning, SourceError
from infobip_analytics.recomputing.layout import FILES, Layout
from infobip_analytics.sources.aside import warn

State = sqlite3.Connection

#: Seconds: how long a run waits for another one, and after how many it says so
PATIENCE, LOOK = 300.0, 2.0

_SCHEMA = 2  # to be raised with every change of the tables or of what is kept in them

_FIND_TABLES = (
    "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite@_%' "
    "ESCAPE '@'"
)


def state_path(output: Path) -> Path:
    """Where the state of *output* lies."""
    return output.with_name(f"{output.name}.state")


def opened(path: Path, asked: Sequence[Any], *, passing: bool, layout: Layout = FILES) -> State:
    """The state at *path* in a transaction, which is rolled back where it is closed and not kept.

    Args:
        path: Where it lies; it is made where there is none.
        asked: How its rows are read (`Reading.stamp`); rows that were read otherwise are
            discarded.
        passing: Whether to work on a copy, so that nothing is written there.
        layout: What is kept in it.

    Raises:
        SourceError: Another run has been at it for minutes.
    """
    made_by = json.dumps([_SCHEMA, __version__, pl.__version__, *asked])
    return _copy(path, layout, made_by) if passing else _own(path, layout, made_by)


def keep(state: State, path: Path, layout: Layout = FILES) -> None:
    """Keep what a run did to the state; where that cannot be written it is said, and no more."""
    try:
        state.execute("UPDATE stamp SET digest = ?", [_digest(state, layout)])
        state.execute("COMMIT")
    except sqlite3.Error as problem:
        say_unwritable(path, problem)


def say_unwritable(path: Path, problem: sqlite3.Error | OSError) -> None:
    """Warn that the state cannot be written, and what follows from it."""
    why = getattr(problem, "strerror", None) or str(problem)
    _say(
        f"{path} cannot be written ({why}): the stats are right, but the next run reads again what "
        "this one read"
    )


def digest_of(content: bytes) -> str:
    """A short text that is another one as soon as any byte of *content* is."""
    return blake2b(content, digest_size=16).hexdigest()


def _own(path: Path, layout: Layout, made_by: str) -> State:
    """The state itself, locked; a copy where nothing can be written there."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with _damage_told():
            return _ready(_locked(path), path, layout, made_by)
    except _DamagedError:
        _say_discarded(path, "it is damaged or no state of ours", layout)
        os.truncate(path, 0)
        return _ready(_locked(path), path, layout, made_by)
    except (OSError, sqlite3.OperationalError) as problem:
        say_unwritable(path, problem)
        return _copy(path, layout, made_by)


class _DamagedError(Exception):
    """What is in a state cannot be, or cannot be read."""


#: What SQLite says of the place where a state lies, not of what is in it
_OF_PLACE = {
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
}  # fmt: skip


@contextmanager
def _damage_told() -> Iterator[None]:
    """Tell damage, however it shows, from a place that cannot be written.

    Names that are no text, lengths that no memory holds and values of another type are errors of
    Python's own.
    """
    try:
        yield
    except SourceError:  # another run is at it
        raise
    except sqlite3.DatabaseError as problem:
        if getattr(problem, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in _OF_PLACE:
            raise
        raise _DamagedError from problem
    except (ValueError, OverflowError, MemoryError, TypeError) as problem:
        raise _DamagedError from problem


def _locked(path: Path) -> State:
    state = _connected(str(path))
    with _closed_on_failure(state):
        state.execute("PRAGMA secure_delete = ON")  # what was dropped is no longer in the file
        _wait(state, path, "BEGIN IMMEDIATE")
    return state


@contextmanager
def _closed_on_failure(state: State) -> Iterator[None]:
    with ExitStack() as ending:
        ending.callback(state.close)
        yield
        ending.pop_all()


def _copy(path: Path, layout: Layout, made_by: str) -> State:
    """A copy of the state that is forgotten when it is closed; without one that can be read, new.

    SQLite keeps it in a file without a name, so that it takes no more memory than the state itself.
    """
    state = _connected("")
    try:
        with _damage_told():
            with closing(_connected(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source:
                source.execute("BEGIN")
                _wait(source, path, "SELECT count(*) FROM sqlite_master")
                source.backup(state)
            state.execute("BEGIN")
            return _ready(state, path, layout, made_by)
    except (_DamagedError, sqlite3.DatabaseError):
        state.close()
    state = _connected("")
    state.execute("BEGIN")
    return _ready(state, path, layout, made_by)


def _connected(name: str, *, uri: bool = False) -> State:
    # polars asks for rows from threads of its own, one at a time
    return sqlite3.connect(
        name, timeout=LOOK, isolation_level=None, check_same_thread=False, uri=uri
    )


def _wait(state: State, path: Path, statement: str) -> None:
    """Run *statement* as soon as no other run holds the state."""
    until, told = time.monotonic() + PATIENCE, False
    while not _done(state, statement):
        if not told:
            _say(f"another run is at {path}: waiting for it to be done")
        told = True
        if time.monotonic() > until:
            raise SourceError(
                f"another run has been at {path} for {PATIENCE / 60:.0f} minutes; see what it does "
                "and start again when it is done. Nothing was written"
            )
    state.execute("PRAGMA busy_timeout = 60000")


def _done(state: State, statement: str) -> bool:
    """Whether the statement could be run; false where another run holds the lock."""
    try:
        state.execute(statement)
    except sqlite3.OperationalError as problem:
        busy = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        if getattr(problem, "sqlite_errorcode", 0) & 0xFF not in busy:
            raise
        return False
    return True


def _ready(state: State, path: Path, layout: Layout, made_by: str) -> State:
    """The state with our tables: those it has, where they are sound and made as now, else new."""
    with _closed_on_failure(state):
        tables = dict(state.execute(_FIND_TABLES))
        why = _why_not(state, tables, layout, made_by) if tables else ""
        if why:
            _say_discarded(path, why, layout)
        if why or not tables:
            _make_anew(state, list(tables), layout, made_by)
    return state


def _why_not(state: State, tables: dict[str, str], layout: Layout, made_by: str) -> str:
    """Why a state cannot be used; "" where it can."""
    if tables != layout.all_tables:
        return "it is no state of ours"
    found = state.execute("SELECT made_by, digest FROM stamp").fetchall()
    if [one for one, _ in found] != [made_by]:
        return f"it was made by another version or {layout.with_what}"
    # an index that lies would let rows stay that are to go
    if found[0][1] != _digest(state, layout) or not _sound(state, layout) or not _whole(state):
        return "it is damaged"
    return ""


def _make_anew(state: State, tables: list[str], layout: Layout, made_by: str) -> None:
    for name in tables:
        quoted = name.replace('"', '""')
        state.execute(f'DROP TABLE "{quoted}"')
    for definition in layout.all_tables.values():
        state.execute(definition)
    state.execute("INSERT INTO stamp VALUES (?, '')", [made_by])


def _digest(state: State, layout: Layout) -> str:
    """What all that the state says of files and pieces comes down to."""
    rows = [row for query in layout.told for row in state.execute(query)]
    return digest_of(repr(rows).encode())


def _sound(state: State, layout: Layout) -> bool:
    """Whether every piece is what was written."""
    pieces = state.execute(layout.contents)
    return all(digest == digest_of(content) for digest, content in pieces)


def _whole(state: State) -> bool:
    """Whether tables, indexes and free pages agree, as SQLite sees it."""
    [said] = state.execute("PRAGMA integrity_check(1)").fetchone()
    return bool(said == "ok")


def _say_discarded(path: Path, why: str, layout: Layout) -> None:
    _say(f"{path} was discarded, for {why}: {layout.again} is read again")


def _say(sentence: str) -> None:
    warn(sentence, InfobipAnalyticsWarning)
