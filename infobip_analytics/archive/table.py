"""The Delta table: what it holds, how far it has come in the journal, and adding to it."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import polars as pl

from infobip_analytics.archive import files
from infobip_analytics.archive.place import Archive
from infobip_analytics.archive.rows import COLUMNS, DAY, day_of_sending
from infobip_analytics.errors import SourceError

#: The log of the table keeps the range of these in each file; ranges of recipients or texts would
#: be personal data where nobody looks for them
_RANGES = "sent_at,done_at,received_at,journal_line"

_SETTINGS = {
    "delta.dataSkippingStatsColumns": _RANGES,
    "delta.logRetentionDuration": "interval 7 days",
}


@contextmanager
def told_plainly(archive: Archive) -> Iterator[None]:
    """What goes wrong in the table, as a sentence."""
    from deltalake.exceptions import CommitFailedError, DeltaError

    try:
        yield
    except CommitFailedError as problem:
        raise SourceError(
            f"another process wrote to {archive.table} at the same time, so this one wrote "
            "nothing; the journal has it all: start again"
        ) from problem
    except (DeltaError, OSError, pl.exceptions.PolarsError) as problem:
        why = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
        raise SourceError(
            f"the table {archive.table} cannot be read or written: {why}. Nothing is lost, for the "
            "journal has it all: make room and start again, or have the table made anew with "
            f"`infobip-analytics archive rebuild {archive.path}`"
        ) from problem


def opened(archive: Archive) -> Any | None:
    """The table as it is now; None where there is none yet."""
    from deltalake import DeltaTable

    if not DeltaTable.is_deltatable(str(archive.table)):
        return None
    return DeltaTable(str(archive.table))


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


def place_of(table: Any | None, archive: Archive) -> int:
    """The number of the line of the journal up to which the table holds everything."""
    return int((table and table.transaction_version(archive.id)) or 0)


def set_aside_of(table: Any | None, archive: Archive) -> int:
    """How many rows could not be read, of all lines that the table has come past."""
    return int((table and table.transaction_version(_aside(archive))) or 0)


def _aside(archive: Archive) -> str:
    return f"{archive.id}/set aside"


def plan(archive: Archive, table: Any | None, days: Iterable[date] | None = None) -> pl.LazyFrame:
    """The rows of the table, or those of some days, as a plan."""
    found = rows_in(archive, table, days) if table else []
    if not found:
        return pl.LazyFrame(schema=COLUMNS)
    # the day is in the names of the folders alone, and so may be anything in those above
    whole = pl.scan_parquet(found, hive_partitioning=False, glob=False).with_columns(
        day_of_sending()
    )
    return whole.select(pl.col(name).cast(kind) for name, kind in COLUMNS.items())


def rows_in(archive: Archive, table: Any, days: Iterable[date] | None = None) -> list[Path]:
    """The files with the rows of the table, or of some days, which the log of the table names."""
    named = pl.DataFrame(table.get_add_actions(flatten=True)).select("path", f"partition.{DAY}")
    asked = named if days is None else named.filter(pl.col(f"partition.{DAY}").is_in(list(days)))
    return [archive.table / unquote(path) for path in asked["path"].sort()]


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
