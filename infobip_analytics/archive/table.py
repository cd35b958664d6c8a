"""The Delta table: what it holds, how far it has come in the journal, and adding to it."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import polars as pl

from infobip_analytics.archive import files
from infobip_analytics.archive.addresses import Address, why_not
from infobip_analytics.archive.place import Archive, Readable
from infobip_analytics.archive.rows import COLUMNS, DAY, day_of_sending
from infobip_analytics.errors import AssumptionWarning, SourceError
from infobip_analytics.sources.aside import warn
from infobip_analytics.wording import plural

#: The log of the table keeps the range of these in each file; ranges of recipients or texts would
#: be personal data where nobody looks for them
_RANGES = "sent_at,done_at,received_at,journal_line"

_SETTINGS = {
    "delta.dataSkippingStatsColumns": _RANGES,
    "delta.logRetentionDuration": "interval 7 days",
}


@contextmanager
def told_plainly(archive: Readable) -> Iterator[None]:
    """What goes wrong in the table, as a sentence."""
    from deltalake.exceptions import CommitFailedError

    try:
        yield
    except CommitFailedError as problem:
        raise SourceError(
            f"another process wrote to {archive.table} at the same time, so this one wrote "
            "nothing; the journal has it all: start again"
        ) from problem
    except _failures() as problem:
        if isinstance(archive.table, Address):
            # and not from the problem, for it repeats what was sent
            raise SourceError(why_not(archive.table, problem)) from None
        raise SourceError(
            f"the table {archive.table} cannot be read or written: {_why(problem)}. "
            "Nothing is lost, for the journal has it all: make room and start again, or have "
            f"the table made anew with `infobip-analytics archive rebuild {archive.path}`"
        ) from problem


def _failures() -> tuple[type[BaseException], ...]:
    """What is raised where a table cannot be read or written.

    Where polars or deltalake cannot go on at all (a file is broken within, no handles are left),
    each raises a panic of its own; that of deltalake has no name to import, nor is it there before.
    """
    from deltalake.exceptions import DeltaError

    known = BaseException.__subclasses__()
    panics = [each for each in known if each.__name__ == "PanicException"]
    return (DeltaError, OSError, pl.exceptions.PolarsError, *panics)


def _why(problem: BaseException) -> str:
    """What went wrong, and the deepest cause that is told below it."""
    plain = re.sub(r"\x1b\[\d+m", "", str(problem)) or type(problem).__name__
    first, *others = plain.splitlines()
    causes = [each.strip(" \u21b3") for each in others if "\u21b3" in each]
    return f"{first}: {causes[-1]}" if causes else first


def opened(archive: Readable) -> Any | None:
    """The table as it is now; None where there is none yet.

    A copy that was made while the archive was written may name files that it lacks: then the table
    as it was when it lacked none. What it lacks is read from the journal.
    """
    from deltalake import DeltaTable

    if not DeltaTable.is_deltatable(str(archive.table)):
        return None
    now = DeltaTable(str(archive.table))
    if isinstance(archive.table, Address):
        _go_back_to_whole(archive, now, {str(each) for each in archive.table.below()})
    return now


def _go_back_to_whole(archive: Readable, now: Any, there: set[str]) -> None:
    """Take the latest version of a table of which all files are there."""
    lacking = {str(each) for each in rows_in(archive, now)} - there
    if not lacking:
        return
    newest = now.version()
    while lacking:
        if now.version() == 0:
            raise SourceError(
                f"{archive.table} lacks files in every version of its table; copy or synchronise "
                "the archive again"
            )
        now.load_as_version(now.version() - 1)
        lacking = {str(each) for each in rows_in(archive, now)} - there
    gone = newest - now.version()
    warn(
        f"{archive.table} was copied while the archive was written, and lacks files: its table is "
        f"read as it was {plural(gone, 'commit')} before, and the rest from the journal. "
        "Synchronise it again",
        AssumptionWarning,
    )


def made(archive: Archive) -> Any:
    """The table as it is now, made where there is none yet."""
    from deltalake import DeltaTable, Schema

    arrow = pl.DataFrame(schema=COLUMNS).to_arrow(compat_level=pl.CompatLevel.oldest())
    return opened(archive) or DeltaTable.create(
        str(archive.table),
        schema=Schema.from_arrow(arrow.schema),
        partition_by=[DAY],
        configuration=_SETTINGS,
    )


def place_of(table: Any | None, archive: Readable) -> int:
    """The number of the line of the journal up to which the table holds everything."""
    return int((table and table.transaction_version(archive.id)) or 0)


def set_aside_of(table: Any | None, archive: Readable) -> int:
    """How many rows could not be read, of all lines that the table has come past."""
    return int((table and table.transaction_version(_aside(archive))) or 0)


def _aside(archive: Readable) -> str:
    return f"{archive.id}/set aside"


def plan(archive: Readable, table: Any | None, days: Iterable[date] | None = None) -> pl.LazyFrame:
    """The rows of the table, or those of some days, as a plan."""
    return scan_files(rows_in(archive, table, days) if table else [])


def scan_files(found: Sequence[Path] | Sequence[Address]) -> pl.LazyFrame:
    """The rows of some files of a table, wherever they lie, as a plan."""
    if not found:
        return pl.LazyFrame(schema=COLUMNS)
    _check_that_all_are_there(found)
    # the day is in the names of the folders alone, and so may be anything in those above; with what
    # is in the environment, as the others that read from there, and not with what boto3 finds
    whole = pl.scan_parquet(
        [os.fspath(each) if isinstance(each, Path) else str(each) for each in found],
        hive_partitioning=False,
        glob=False,
        credential_provider=None,
    ).with_columns(day_of_sending())
    return whole.select(pl.col(name).cast(kind) for name, kind in COLUMNS.items())


def _check_that_all_are_there(found: Sequence[Path] | Sequence[Address]) -> None:
    """Say before any row is asked for that a file is gone; of a store that is known already."""
    gone = [each for each in found if isinstance(each, Path) and not each.exists()]
    if gone:
        raise SourceError(
            f"the table lacks {plural(len(gone), 'file')} that its log names, as {gone[0]}. "
            "Nothing is lost as long as the journal is whole: have the table made anew with "
            f"`infobip-analytics archive rebuild {gone[0].parents[2]}`"
        )


def rows_in(
    archive: Readable, table: Any, days: Iterable[date] | None = None
) -> list[Path] | list[Address]:
    """The files with the rows of the table, or of some days, which the log of the table names."""
    named = pl.DataFrame(table.get_add_actions(flatten=True)).select("path", f"partition.{DAY}")
    asked = named if days is None else named.filter(pl.col(f"partition.{DAY}").is_in(list(days)))
    found = [unquote(path) for path in asked["path"].sort()]
    if isinstance(archive.table, Address):
        return [archive.table / path for path in found]
    return [archive.table / path for path in found]


def commit_properties(archive: Archive, place: int, set_aside: int) -> Any:
    """What a commit says beside its rows: how far it has come in the journal."""
    from deltalake import CommitProperties, Transaction

    return CommitProperties(
        app_transactions=[
            Transaction(archive.id, place),
            Transaction(_aside(archive), set_aside),
        ],
        # a commit of another process means that this one has seen too little
        max_commit_retries=0,
    )


def add(archive: Archive, table: Any, rows: pl.DataFrame, place: int, set_aside: int) -> None:
    """Add rows, and how far the table has come with them, in one commit that is on disk."""
    from deltalake import WriterProperties, write_deltalake

    write_deltalake(
        table,
        rows.sort(DAY, "journal_line", maintain_order=True),
        mode="append",
        commit_properties=commit_properties(archive, place, set_aside),
        writer_properties=WriterProperties(compression="ZSTD"),
    )
    sync(archive, table)


def sync(archive: Archive, table: Any) -> None:
    """Put what the last commit of the table wrote on disk: files, their names, and the log."""
    log = archive.table / "_delta_log"
    entry = log / f"{table.version():020}.json"
    if not entry.exists():  # of old, so that there is a checkpoint instead
        return
    added = [archive.table / unquote(path) for path in _added(entry)]
    folders = {path.parent for path in added}
    for path in [*added, entry]:
        files.sync_file(path)
    for folder in [*folders, archive.table, log]:
        files.sync_folder(folder)


def _added(entry: Path) -> list[str]:
    actions = map(json.loads, entry.read_text("utf-8").splitlines())
    return [action["add"]["path"] for action in actions if "add" in action]


def bytes_of(folder: Path) -> int:
    """How large all files below a folder are."""
    return sum(
        os.path.getsize(Path(base) / name) for base, _, names in os.walk(folder) for name in names
    )


def files_below(archive: Archive) -> set[Path]:
    """The files with rows in the folder of the table, of this version and of older ones."""
    return set(archive.table.rglob("*.parquet")) - set(archive.table.glob("_delta_log/*"))
