"""Bringing a state up to date with the files that lie there: only what is new is read."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import polars as pl

from infobip_analytics.errors import ArgumentError, AssumptionWarning, SourceError
from infobip_analytics.reading import sort_sources
from infobip_analytics.recomputing import pieces
from infobip_analytics.recomputing.asking import Reading
from infobip_analytics.recomputing.files import Seen, seen_at, unchanged
from infobip_analytics.recomputing.keeping import NUMBER, Kind, kept
from infobip_analytics.recomputing.reading import Part, documents_of, parts_of
from infobip_analytics.recomputing.state import State
from infobip_analytics.recomputing.telling import STATS, told_by
from infobip_analytics.sources.aside import warn
from infobip_analytics.sources.fields import never_found
from infobip_analytics.wording import plural


@dataclass(frozen=True, slots=True)
class Rows:
    """What a state holds after a run.

    Attributes:
        kind: What the rows are.
        files: How many files there are.
        read: How many of them were read now.
        skipped: How many were passed over, for a run of ours made them.
        gone: How many were there in the run before, and are not any more.
        set_aside: How many rows could not be read, in all files.
        first: Where and why the first of them could not.
        in_files: In how many files they are.
        of: What is counted as a file: of an archive it is a day of sending.
    """

    kind: Kind
    files: int
    read: int
    skipped: int
    gone: int
    set_aside: int
    first: str
    in_files: int
    of: Literal["file", "day"] = "file"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file as the state has it, or as it will."""

    number: int
    seen: Seen
    kinds: frozenset[str]
    read_as: str = ""


def refreshed(state: State, found: Mapping[str, Seen], how: Reading) -> Rows:
    """Drop from *state* what is gone or changed, and read what is new.

    Raises:
        SourceError: The files are neither delivery reports nor campaign events, or they are both,
            or nothing in them can be read.
        ArgumentError: Something is asked that these files cannot be asked.
    """
    known = dict(_entries(state))
    same = {
        path: entry
        for path, entry in known.items()
        if path in found and unchanged(found[path], entry.seen.size, entry.seen.mtime_ns)
    }
    new = _numbered(state, {path: seen for path, seen in found.items() if path not in same}, how)
    kind = _only_kind({**same, **new}, found, how)
    how.check(kind)
    # a file that is neither was read like the others, and is again where those are of a new kind
    odd = {path: entry for path, entry in same.items() if entry.read_as not in (kind, STATS)}
    pieces.drop(state, [entry.number for path, entry in known.items() if path not in same])
    pieces.drop(state, [entry.number for entry in odd.values()])
    ours = {path: entry for path, entry in new.items() if STATS in entry.kinds}
    for path, entry in ours.items():
        _insert(state, path, entry, entry.seen, STATS, _NOTHING)
    to_read = {path: entry for path, entry in {**odd, **new}.items() if path not in ours}
    headings = _read(state, to_read, kind, how)
    rows = _counted(state, kind, read=len(to_read), gone=len(known.keys() - found.keys()))
    # of files that were read before it is not known any more what their headings were
    all_read = headings and rows.read == rows.files - rows.skipped
    if all_read and (lost := never_found(how.columns, headings)):
        raise ArgumentError(lost)
    return rows


def _entries(state: State) -> Iterator[tuple[str, _Entry]]:
    query = "SELECT number, path, size, mtime_ns, kind, read_as FROM files"
    for number, path, size, mtime_ns, kinds, read_as in state.execute(query).fetchall():
        full = os.fsdecode(path)
        seen = Seen(Path(full), size, mtime_ns)
        yield full, _Entry(number, seen, frozenset(filter(None, kinds.split())), read_as)


def _numbered(state: State, found: Mapping[str, Seen], how: Reading) -> dict[str, _Entry]:
    """New files with a number of their own, and what they hold by their first bytes."""
    [last] = state.execute("SELECT coalesce(max(number), 0) FROM files").fetchone()
    return {
        path: _Entry(number, seen, told_by(documents_of(seen.path), how.columns))
        for number, (path, seen) in enumerate(found.items(), start=last + 1)
    }


def _only_kind(entries: Mapping[str, _Entry], found: Mapping[str, Seen], how: Reading) -> Kind:
    """What the files hold; SourceError where it is neither, or both."""
    of_kind: dict[Kind, list[str]] = {}
    for path, entry in entries.items():
        for kind in _KINDS & entry.kinds:
            of_kind.setdefault(kind, []).append(str(found[path].path))
    if not of_kind:
        others = [found[path].path for path, entry in entries.items() if STATS not in entry.kinds]
        return _kind_of_all(others, how)
    if len(of_kind) > 1:
        there = " and ".join(
            f"{kind.replace('_', ' ')} in {_some(names)}" for kind, names in sorted(of_kind.items())
        )
        raise SourceError(
            f"there are {there}: two sources of the same sends, which would count twice. Recompute "
            "each by itself, from a folder and to an output of its own"
        )
    return next(iter(of_kind))


_KINDS: frozenset[Kind] = frozenset({"delivery_reports", "campaign_events"})


def _kind_of_all(paths: list[Path], how: Reading) -> Kind:
    """What files look most like of which none says for sure what it is."""
    if not paths:
        raise SourceError(
            "there is nothing but what recompute itself made; give the folder of the exports. "
            "Nothing was written"
        )
    return next(iter(sort_sources(paths, columns=how.columns)))


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return ", ".join(sorted(names)[:3]) + more


def _read(state: State, files: Mapping[str, _Entry], kind: Kind, how: Reading) -> tuple[str, ...]:
    """Read files into the state, each with what it looked like before it was read.

    So one that changes while it is read is found changed by the next run. Returns their headings.
    """
    before = {path: seen_at(entry.seen.path) for path, entry in files.items()}
    there = {path: entry for path, entry in files.items() if before[path]}
    ledger = _Ledger({entry.number: _NOTHING for entry in there.values()})
    paths = {entry.number: entry.seen.path for entry in there.values()}
    pieces.add(state, ledger.noting(parts_of(paths, kind, how), kind))
    for path, entry in there.items():
        _insert(state, path, entry, before[path] or entry.seen, kind, ledger.counts[entry.number])
    for sentence in ledger.assumed:
        warn(sentence, AssumptionWarning)
    return tuple(ledger.headings)


_NOTHING = (0, 0, "")


@dataclass(frozen=True, slots=True)
class _Ledger:
    """What is counted while rows pass by.

    Attributes:
        counts: By the number of a file: rows, rows set aside, and why the first was.
        assumed: What was assumed to read them.
        headings: What their fields were called.
    """

    counts: dict[int, tuple[int, int, str]]
    assumed: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)

    def noting(self, parts: Iterable[Part], kind: Kind) -> Iterator[pl.DataFrame]:
        """The rows of parts as they are kept, while the books are kept too."""
        for part in parts:
            self.assumed.extend(part.assumed)
            self.headings.extend(part.headings)
            for number, rows in part.rows.group_by(NUMBER).len().iter_rows():
                self._add(number, rows, 0, "")
            for number, (aside, reason) in part.set_aside.items():
                self._add(number, 0, aside, reason)
            yield kept(part.rows, kind)

    def _add(self, number: int, rows: int, aside: int, reason: str) -> None:
        had_rows, had_aside, first = self.counts[number]
        self.counts[number] = (had_rows + rows, had_aside + aside, first or reason)


def _insert(
    state: State, path: str, entry: _Entry, seen: Seen, kind: str, counts: tuple[int, int, str]
) -> None:
    rows, aside, reason = counts
    kinds = " ".join(sorted(entry.kinds))
    name = os.fsencode(path)  # which need not be text
    row = [entry.number, name, seen.size, seen.mtime_ns, kinds, kind, rows, aside, reason]
    state.execute("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def _counted(state: State, kind: Kind, *, read: int, gone: int) -> Rows:
    """What the state holds; SourceError where nothing in it could be read."""
    query = (
        "SELECT count(*), sum(read_as = ?), sum(read_as != ? AND (n_rows > 0 OR set_aside = 0)), "
        "sum(set_aside), sum(set_aside > 0) FROM files"
    )
    files, skipped, readable, aside, in_files = state.execute(query, [STATS, STATS]).fetchone()
    query = "SELECT reason FROM files WHERE set_aside > 0 ORDER BY path LIMIT 1"
    [first] = state.execute(query).fetchone() or [""]
    if not readable:
        raise SourceError(
            f"nothing in {plural(files - skipped, 'file')} can be read as "
            f"{kind.replace('_', ' ')}; the first reason is {first}. Nothing was written"
        )
    return Rows(kind, files, read, skipped, gone, aside, first, in_files)
