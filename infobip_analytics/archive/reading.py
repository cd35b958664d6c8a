"""Reading archives as delivery reports: one or several, alone or with reports from elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from infobip_analytics.archive.place import archive_at
from infobip_analytics.archive.scanning import scanned
from infobip_analytics.errors import ArgumentError, SetAsideWarning, SourceError
from infobip_analytics.frames import DELIVERY_REPORTS, Backend
from infobip_analytics.sources.aside import Ledger, warn
from infobip_analytics.sources.handing import collected
from infobip_analytics.wording import plural


def read_archives(
    archives: Sequence[Any],
    beside: pl.LazyFrame | None = None,
    *,
    backend: Backend = "polars",
    lazy: bool = False,
    columns: Mapping[str, str] | None = None,
    on_bad: str = "warn",
    aside: int = 0,
) -> Any:
    """Read the delivery reports of archives, and those *beside* them.

    What is in several of them is there several times, as in several exports; as messages it counts
    once.

    Args:
        archives: Their paths and addresses.
        beside: Delivery reports from elsewhere.
        backend: The engine of the frame: "polars" or "pandas".
        lazy: A polars plan.
        columns: Headings in our names, which archives have anyway: for what is *beside* them only.
        on_bad: What to do where rows of the answers in an archive cannot be read: "raise", else
            they are counted and said, and stay in its journal.
        aside: How many rows beside them could not be read, where none could.

    Raises:
        SourceError: There is no archive, it cannot be read, or with `on_bad` "raise" a row cannot.
        ArgumentError: An argument means nothing.
    """
    if columns and beside is None:
        raise ArgumentError(
            "columns= is for the headings of exports; in an archive the columns have our names "
            "already, so leave it out"
        )
    if beside is None and not aside:
        Ledger(on_bad)  # which refuses what means nothing
    found = {str(each): scanned(archive_at(each)) for each in archives}
    for path, each in found.items():
        _announce(path, each.set_aside, on_bad)
    plans = [each.plan for each in found.values()]
    aside += sum(each.set_aside for each in found.values())
    if beside is not None:
        plans.append(beside.select(list(DELIVERY_REPORTS)))
        aside += int(beside.select(pl.max("set_aside").fill_null(0)).collect().item())
    whole = pl.concat(plans) if len(plans) > 1 else plans[0]
    return collected(whole.with_columns(set_aside=pl.lit(aside, pl.Int64)), backend, lazy=lazy)


def _announce(path: str, set_aside: int, on_bad: str) -> None:
    if not set_aside:
        return
    said = f"{plural(set_aside, 'row')} of the answers in the archive {path} cannot be read"
    if on_bad == "raise":
        raise SourceError(f"{said}; on_bad='warn' reads the others")
    warn(f"{said}; they stay in its journal, and in no frame", SetAsideWarning)
