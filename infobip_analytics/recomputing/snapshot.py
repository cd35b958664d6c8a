"""An archive as it is at one moment: which days of sending it has, and the reports of some of them.

What is written to it meanwhile is not seen: of the table one version is read, and of the journal
what that version lacks.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from infobip_analytics.archive import journal, scanning, table
from infobip_analytics.archive.place import Readable
from infobip_analytics.archive.rows import COLUMNS, DAY
from infobip_analytics.recomputing.state import digest_of

#: The column of the hash by which the fold knows a message
ID = "(id)"

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Day:
    """What an archive has of a day.

    Attributes:
        version: A text that is another one as soon as the reports of the day are others.
        n_rows: How many reports there are.
    """

    version: str
    n_rows: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An archive at one moment.

    Attributes:
        archive: The archive.
        table: The version of its table; None where it has none yet.
        pending: The reports that the table lacks.
        set_aside: How many rows of what came could not be read.
        days: The days there are, by their number since 1970.
    """

    archive: Readable
    table: Any | None
    pending: pl.DataFrame
    set_aside: int
    days: dict[int, Day]

    def rows(self, days: Iterable[int]) -> pl.LazyFrame:
        """The reports of some days, with `DAY`, and with `ID` as a whole number."""
        asked = [_EPOCH + timedelta(days=day) for day in days]
        plans = [table.plan(self.archive, self.table, asked)]
        if self.pending.height:
            plans.append(self.pending.filter(pl.col(DAY).is_in(asked)).lazy())
        return pl.concat(plans).with_columns(pl.col("message_id").hash().alias(ID))


def snapshot_of(archive: Readable) -> Snapshot:
    """The archive as it is now; no lock is waited for, and nothing is written."""
    now = table.opened(archive)
    place = table.place_of(now, archive)
    pending, more = pl.DataFrame(schema=COLUMNS), 0
    if journal.last_number(archive.journal) > place:
        pending, more = scanning.pending(archive, now, place)
    return Snapshot(
        archive, now, pending, table.set_aside_of(now, archive) + more, _days(now, pending)
    )


def _days(now: Any | None, pending: pl.DataFrame) -> dict[int, Day]:
    """The days there are: what the log of the table names of each, and what it lacks."""
    held = _files(now).group_by(DAY).agg(pl.col("path").sort(), n=pl.sum("num_records"))
    files = {_number(day): (paths, n) for day, paths, n in held.iter_rows()}
    others = {
        _number(day): (digest_of(rows.write_csv().encode()), rows.height)
        for (day,), rows in pending.partition_by(DAY, as_dict=True, maintain_order=True).items()
    }
    found = {}
    for day in sorted({*files, *others}):
        (paths, n), (more, n_more) = files.get(day, ([], 0)), others.get(day, ("", 0))
        found[day] = Day(digest_of(repr((paths, more)).encode()), n + n_more)
    return found


def _files(now: Any | None) -> pl.DataFrame:
    """The files that a version of the table is made of: day, path and number of rows."""
    schema = {DAY: pl.Date, "path": pl.String, "num_records": pl.Int64}
    if now is None:
        return pl.DataFrame(schema=schema)
    named = pl.DataFrame(now.get_add_actions(flatten=True)).rename({f"partition.{DAY}": DAY})
    typed = named.select(pl.col(name).cast(kind) for name, kind in schema.items())
    # where the log does not say how many there are, there may be some
    return typed.with_columns(pl.col("num_records").fill_null(1)).filter(pl.col("num_records") > 0)


def _number(day: date) -> int:
    return (day - _EPOCH).days
