"""Reading an archive: the table, and what of the journal is not in it yet."""

from typing import Any

import polars as pl

from infobip_analytics.archive import journal, table
from infobip_analytics.archive.journal import Line
from infobip_analytics.archive.place import Archive, first_day, open_archive
from infobip_analytics.archive.rows import DAY, new_ones, rows_of
from infobip_analytics.frames import DELIVERY_REPORTS, Backend
from infobip_analytics.sources.handing import collected


def scan(archive: Archive) -> pl.LazyFrame:
    """All distinct reports of an archive, with the columns of delivery reports.

    Nothing is written, and no lock is waited for. What a run that was killed has left in the
    journal alone is read from there. `received_at` is when a report came first.
    """
    with table.told_plainly(archive):
        now = table.opened(archive)
        place = table.place_of(now, archive)
        aside = table.set_aside_of(now, archive)
        plans = [table.plan(archive, now)]
        if journal.last_number(archive.journal) > place:
            pending, more = _pending(archive, now, place)
            plans, aside = [*plans, pending.lazy()], aside + more
    whole = pl.concat(plans) if len(plans) > 1 else plans[0]
    return whole.with_columns(set_aside=pl.lit(aside, pl.Int64)).select(list(DELIVERY_REPORTS))


def _pending(archive: Archive, now: object, place: int) -> tuple[pl.DataFrame, int]:
    """What the journal holds beyond a line, and how many rows of it cannot be read."""
    lines = [e for e in journal.lines_after(archive.journal, place) if isinstance(e, Line)]
    found = rows_of(lines, first_day(archive))
    days = found.frame[DAY].unique().to_list()
    return new_ones(found.frame, table.plan(archive, now, days)), found.set_aside


def read_archive(source: Any, *, backend: Backend = "polars", lazy: bool = False) -> Any:
    """Read the delivery reports of the archive at the path *source*, as `read_delivery_reports`.

    Raises:
        SourceError: There is no archive, or its table cannot be read.
    """
    return collected(scan(open_archive(source)), backend, lazy=lazy)
