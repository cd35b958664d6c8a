"""Where a message went: by its number, else by its network, else to where the customer lives."""

import polars as pl

from infobip_analytics.countries import UNKNOWN, country_codes, network_country, regions
from infobip_analytics.shrinking import NUMBER, region_of_number

#: In the order in which they are asked, as (column, how it tells a country).
HINTS = {"network": network_country, "customer_country": country_codes}


def destination(there: set[str]) -> pl.Expr:
    """The country of a message, out of those columns that are *there*; "ZZ" where none tells it."""
    number = NUMBER if NUMBER in there else "recipient"
    names = [name for name in (number, *HINTS) if name in there]
    if not names:
        return pl.lit(UNKNOWN)
    return pl.struct(names).map_batches(_countries, return_dtype=pl.String, is_elementwise=True)


def _countries(parts: pl.Series) -> pl.Series:
    """The country of each row; a hint is looked at only where the number tells nothing."""
    frame = parts.struct.unnest()
    known = _by_number(frame)
    for name, look in HINTS.items():
        if name in frame.columns and known.null_count():
            known = _filled(known, frame, look(pl.col(name).cast(pl.String)))
    return known.fill_null(UNKNOWN)


def _by_number(frame: pl.DataFrame) -> pl.Series:
    if NUMBER in frame.columns:
        return frame.select(region_of_number()).to_series()
    if "recipient" in frame.columns:
        return regions(frame["recipient"])
    return pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)


def _filled(known: pl.Series, frame: pl.DataFrame, hint: pl.Expr) -> pl.Series:
    """*known*, with its gaps filled from *hint*, which is computed for the gaps alone."""
    gaps = known.is_null()
    found = frame.filter(gaps).select(hint).to_series()
    return known.scatter(gaps.arg_true(), found)
