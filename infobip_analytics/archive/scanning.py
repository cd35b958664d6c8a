"""Reading an archive: the table, and what of the journal is not in it yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from infobip_analytics.archive import journal, table
from infobip_analytics.archive.addresses import Address
from infobip_analytics.archive.lines import Line
from infobip_analytics.archive.place import Copy, Readable, archive_at, first_day
from infobip_analytics.archive.rows import DAY, new_ones, rows_of
from infobip_analytics.errors import AssumptionWarning
from infobip_analytics.frames import DELIVERY_REPORTS, Backend
from infobip_analytics.sources.aside import warn
from infobip_analytics.sources.handing import collected


@dataclass(frozen=True, slots=True)
class Scanned:
    """What an archive holds.

    Attributes:
        plan: All distinct reports, with the columns of delivery reports.
        set_aside: How many rows of its answers cannot be read; the same in each row of the plan.
    """

    plan: pl.LazyFrame
    set_aside: int


def scan(archive: Readable) -> pl.LazyFrame:
    """All distinct reports of an archive, with the columns of delivery reports.

    Nothing is written, and no lock is waited for. What a run that was killed has left in the
    journal alone is read from there. `received_at` is when a report came first.
    """
    return scanned(archive).plan


def scanned(archive: Readable) -> Scanned:
    """The same, with what could not be read."""
    with table.told_plainly(archive):
        now = table.opened(archive)
        place = table.place_of(now, archive)
        aside = table.set_aside_of(now, archive)
        plans = [table.plan(archive, now)]
        if isinstance(archive, Copy):
            plans[0].collect_schema()  # which asks for a file, for it may be refused
        if journal.last_number(archive.journal) > place:
            waiting, more = pending(archive, now, place)
            plans, aside = [*plans, waiting.lazy()], aside + more
    whole = pl.concat(plans) if len(plans) > 1 else plans[0]
    plan = whole.with_columns(set_aside=pl.lit(aside, pl.Int64)).select(list(DELIVERY_REPORTS))
    return Scanned(plan, aside)


def pending(archive: Readable, now: object, place: int) -> tuple[pl.DataFrame, int]:
    """What the journal holds beyond a line, and how many rows of it cannot be read."""
    found = rows_of(list(_lines(archive, place)), first_day(archive))
    days = found.frame[DAY].unique().to_list()
    return new_ones(found.frame, table.plan(archive, now, days)), found.set_aside


def _lines(archive: Readable, place: int) -> Iterator[Line]:
    """The lines behind a line that can be read.

    A copy that was made while the archive was written may have the beginning of one segment, and
    all of the next: what is behind the gap is not read, for it came later than what is missing.
    """
    last = place
    for each in journal.lines_after(archive.journal, place):
        last += 1
        if not isinstance(each, Line):
            continue
        if isinstance(archive.path, Address) and place and each.n > last:
            warn(
                f"{archive.path} lacks the lines {last:,} to {each.n - 1:,} of its journal: it was "
                "copied while the archive was written, and is read up to there. Synchronise it "
                "again",
                AssumptionWarning,
            )
            return
        last = each.n
        yield each


def read_archive(source: Any, *, backend: Backend = "polars", lazy: bool = False) -> Any:
    """Read the delivery reports of the archive at *source*, as `read_delivery_reports`.

    Raises:
        SourceError: There is no archive, or its table cannot be read.
    """
    return collected(scan(archive_at(source)), backend, lazy=lazy)
