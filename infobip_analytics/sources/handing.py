"""Handing over: the rows that could be read as one plan, and one word on those that could not."""

import warnings
from pathlib import Path
from typing import Any

import polars as pl

from infobip_analytics.errors import AssumptionWarning, SourceError
from infobip_analytics.frames import Backend, conform, to_engine
from infobip_analytics.sources.aside import announce, keep
from infobip_analytics.sources.gathered import Door, Gathered, bad_rows, nothing_readable
from infobip_analytics.sources.parquet import Scan
from infobip_analytics.sources.texts import FILE, LINE, REASON, as_text

#: From a warning to the line of the user's own that called the reader
STACKLEVEL = 4


def handed_over(
    found: Gathered, door: Door, tidy: pl.DataFrame, assumed: list[str], on_bad: str
) -> pl.LazyFrame:
    """Make one plan of all rows that could be read, with `set_aside`; say what could not.

    Args:
        found: What the documents hold.
        door: Whose they are.
        tidy: The rows of text with our names and types, and `REASON` where one cannot be read.
        assumed: What was assumed for that, a sentence each.
        on_bad: "warn", "raise", or a path.

    Raises:
        SourceError: No row could be read, or with "raise" one could not.
    """
    aside = sorted(
        [
            *found.set_aside,
            *(each for scan in found.scans for each in scan.set_aside),
            *bad_rows(found.texts, tidy),
        ],
        key=lambda each: (found.places[each.file], each.line or 0),
    )
    if on_bad not in ("warn", "raise"):
        keep(aside, Path(on_bad))
    good = tidy.filter(pl.col(REASON).is_null()).drop(FILE, LINE, REASON)
    if aside and good.is_empty() and not found.scans and not found.empty:
        raise nothing_readable(aside, door)
    announce(aside, on_bad, STACKLEVEL)
    for sentence in [*found.assumed, *assumed]:
        warnings.warn(sentence, AssumptionWarning, stacklevel=STACKLEVEL - 1)
    plans = [*(_conformed(scan, door) for scan in found.scans), good.lazy()]
    readable = plans if len(plans) == 1 or not good.is_empty() else plans[:-1]
    all_rows = pl.concat(readable, how="diagonal") if len(readable) > 1 else readable[0]
    return all_rows.with_columns(set_aside=pl.lit(len(aside) + _declared(found), pl.Int64))


def _conformed(scan: Scan, door: Door) -> pl.LazyFrame:
    """A scan of ours with all our columns, as the door would have read them from text."""
    schema = {name: dtype for name, dtype in door.schema.items() if name != "set_aside"}
    found = scan.plan.collect_schema()
    others = [as_text(name, dtype) for name, dtype in found.items() if name not in door.schema]
    ours = [pl.col(name) for name in schema if name in found]
    lacking = [name for name in door.defaults if name not in found]
    absent = [pl.lit(door.defaults[name]).alias(name) for name in lacking]
    return conform(scan.plan.select(*ours, *absent, *others), schema)


def _declared(found: Gathered) -> int:
    """How many rows were set aside when these files were made, by what they say themselves."""
    declared = sum(scan.declared for scan in found.scans)
    if "set_aside" not in found.texts.columns:
        return declared
    count = pl.col("set_aside").cast(pl.Int64, strict=False).max()
    return declared + int(found.texts.group_by(FILE).agg(count)["set_aside"].sum())


def collected(plan: pl.LazyFrame, backend: Backend, *, lazy: bool) -> Any:
    """The plan as the frame that was asked for; SourceError where a file breaks off within."""
    try:
        return to_engine(plan, backend, lazy=lazy)
    except pl.exceptions.ComputeError as broken:
        raise SourceError(
            f"a Parquet file is broken: {str(broken).splitlines()[0]}. Export or write it again"
        ) from None
