"""Keeping answers: first in the journal, then in the table, so that nothing is lost or twice."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile

from infobip_analytics.archive import files, journal, table
from infobip_analytics.archive.lines import Answer, Damaged, Line
from infobip_analytics.archive.locks import locked
from infobip_analytics.archive.place import Archive, first_day, is_pseudonymous
from infobip_analytics.archive.private import private
from infobip_analytics.archive.rows import DAY, new_ones, rows_of
from infobip_analytics.archive.wholeness import is_whole
from infobip_analytics.errors import ArgumentError, SetAsideWarning, SourceError
from infobip_analytics.sources.aside import warn
from infobip_analytics.wording import plural

#: How much of the journal becomes one commit of the table, in bytes of answers
PORTION = 128 * 1024 * 1024

#: How much room has to be on the disk before anything is fetched that nobody hands out again
ROOM = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of keeping.

    Attributes:
        answers: How many lines of the journal were read into the table.
        reports: How many reports are in them, each as often as it came.
        new: How many of these were not in the table yet.
        set_aside: How many rows of them cannot be read.
        damaged: How many lines cannot be read.
        place: The line of the journal up to which the table holds everything.
        first: Where and why the first row that cannot be read could not.
    """

    answers: int = 0
    reports: int = 0
    new: int = 0
    set_aside: int = 0
    damaged: int = 0
    place: int = 0
    first: str = ""


def check_room(archive: Archive, room: int = ROOM) -> None:
    """Raise SourceError where the disk is all but full: to be asked before reports are fetched."""
    free = shutil.disk_usage(archive.path).free
    if free < room:
        raise SourceError(
            f"only {free / 1e6:.0f} MB are free where {archive.path} lies, and {room / 1e6:.0f} MB "
            "are asked for before anything is fetched: Infobip hands each report out once. Make "
            "room and start again"
        )


def append(archive: Archive, answers: Sequence[Answer]) -> int:
    """Write answers to the journal and to disk; gives the number of the last line.

    What is not to be kept of them (text, callback data, recipients) is taken out before.

    Raises:
        SourceError: The journal cannot be written; then none of these answers was kept.
        ArgumentError: The archive keeps pseudonyms, and was opened without their key.
    """
    if archive.keeps.key is None and is_pseudonymous(archive):
        raise ArgumentError(
            f"{archive.path} keeps pseudonyms for recipients: give their key, or what comes now "
            "would be written down with the numbers"
        )
    kept = [_private(archive, answer) for answer in answers]
    with locked(archive.path, "journal", doing="keeping answers"):
        return journal.append(archive.journal, kept, behind=noted_place(archive))


def _private(archive: Archive, answer: Answer) -> Answer:
    body = private(answer.body, archive.keeps)
    return Answer(body, answer.endpoint, answer.kind, answer.received_at)


def keep(archive: Archive, answers: Sequence[Answer]) -> Kept:
    """Write answers to the journal, and all that the table lacks of the journal into the table."""
    append(archive, answers)
    return replay(archive)


def replay(archive: Archive) -> Kept:
    """Read into the table what it lacks of the journal; where it lacks nothing, nothing happens.

    Raises:
        SourceError: The table cannot be read or written; the journal has it all still.
    """
    with locked(archive.path, "table", doing="reading the journal into the table"):
        with table.told_plainly(archive):
            done = _replayed(archive)
        _note_place(archive, done.place)
    if done.damaged:
        warn(
            f"{plural(done.damaged, 'line')} of {archive.journal} cannot be read, for their "
            "checksums are wrong: the disk or a copy has harmed them. `infobip-analytics archive "
            f"verify {archive.path}` says where",
            SetAsideWarning,
        )
    return done


def _replayed(archive: Archive) -> Kept:
    total = Kept(place=table.place_of(table.opened(archive), archive))
    # what is being written now may still be taken back, and its numbers given to other answers
    with locked(archive.path, "journal", doing="looking how far the journal has come"):
        last = journal.last_number(archive.journal)
    if last <= total.place:
        return total
    written = takewhile(
        lambda each: isinstance(each, Damaged) or each.n <= last,
        journal.lines_after(archive.journal, total.place),
    )
    for lines, damaged in portions(written):
        total = _one_commit(archive, lines, damaged, total)
    return total


def portions(
    lines: Iterable[Line | Damaged], size: int = PORTION
) -> Iterator[tuple[list[Line], int]]:
    """Lines in portions that fit into memory, and how many damaged ones are among them."""
    held: list[Line] = []
    damaged = held_size = 0
    for each in lines:
        if isinstance(each, Damaged):
            damaged += 1
            continue
        held.append(each)
        held_size += len(each.body)
        if held_size >= size:
            yield held, damaged
            held, damaged, held_size = [], 0, 0
    if held or damaged:
        yield held, damaged


def _one_commit(archive: Archive, lines: list[Line], damaged: int, total: Kept) -> Kept:
    """Read some lines into the table."""
    if not lines:
        return _plus(total, Kept(damaged=damaged, place=total.place))
    now = table.made(archive)
    found = rows_of(lines, first_day(archive))
    days = found.frame[DAY].unique().to_list()
    new = new_ones(found.frame, table.plan(archive, now, days))
    place = lines[-1].n
    aside = table.set_aside_of(now, archive) + found.set_aside
    table.add(archive, now, new, place, aside)
    done = Kept(
        len(lines), len(found.frame), len(new), found.set_aside, damaged, place, found.first
    )
    return _plus(total, done)


def _plus(one: Kept, other: Kept) -> Kept:
    return Kept(
        one.answers + other.answers,
        one.reports + other.reports,
        one.new + other.new,
        one.set_aside + other.set_aside,
        one.damaged + other.damaged,
        other.place,
        one.first or other.first,
    )


def rebuild(archive: Archive) -> Kept:
    """Make the table anew from the journal.

    Killed in the middle, the next run goes on: a table that lacks something is one that lags.

    Raises:
        SourceError: There is a table, and the journal is not whole, so that what is made of it
            might lack reports which the table has.
    """
    with locked(archive.path, "table", doing="making the table anew"):
        if archive.table.exists():
            if not is_whole(archive, noted_place(archive)):
                raise SourceError(
                    f"the journal {archive.journal} is not whole, so a table made anew might lack "
                    "reports that the present one has; `infobip-analytics archive verify "
                    f"{archive.path}` says what is missing: put it back from a copy. To go on "
                    f"without, move {archive.table} elsewhere and start again"
                )
            gone = archive.path / ".reports.gone"
            shutil.rmtree(gone, ignore_errors=True)
            archive.table.replace(gone)
            files.sync_folder(archive.path)
            shutil.rmtree(gone)
    return replay(archive)


def noted_place(archive: Archive) -> int:
    """The line up to which the table came, as the last run noted it."""
    try:
        return int((archive.path / "folded").read_bytes())
    except (OSError, ValueError):
        return 0


def _note_place(archive: Archive, place: int) -> None:
    """Note how far the table came, so that no later line gets a number that it has passed.

    The numbers would count on without it, too; it matters where the journal has lost lines.
    """
    if place > noted_place(archive):
        with suppress(OSError):
            files.put(archive.path / "folded", str(place).encode())
