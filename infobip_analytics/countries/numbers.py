"""From a phone number to a country, by the table of prefixes.

The longest prefix that the table has for a number decides, and for a few prefixes only for numbers
of one length. So the table is laid out as a line of whole numbers, "eight digits of a number of
this length", on which each stretch has one region: one binary search per number, whatever its
prefix, and no loop in Python.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple, overload

import narwhals as nw
import polars as pl
from narwhals.typing import IntoSeriesT

from infobip_analytics.countries.names import UNKNOWN
from infobip_analytics.countries.recipients import MOST_DIGITS, normalised
from infobip_analytics.errors import ArgumentError
from infobip_analytics.reference import rows

#: So many digits decide; a stretch of the line has room for all of them.
HEAD = 8
STRETCH = 10**HEAD
#: A number with fewer digits has a region only where the table has its exact length.
LEAST_DIGITS = 7


@overload
def country_of(numbers: str) -> str: ...
@overload
def country_of(numbers: IntoSeriesT) -> IntoSeriesT: ...
def country_of(numbers: Any) -> Any:
    """The country of a phone number: its ISO 3166-1 code, or "ZZ" where the number tells none.

    One text gives one code; a pandas or polars Series gives a Series of the same kind and name.
    `+`, `00`, spaces and punctuation do not matter.

    >>> country_of("+1 (671) 555-0101")
    'GU'

    Raises:
        ArgumentError: *numbers* is neither a text nor a Series of pandas or polars.
    """
    if isinstance(numbers, pl.Series):
        return _countries(numbers)
    if nw.dependencies.is_pandas_series(numbers):
        return _pandas_countries(numbers)
    if numbers is None or isinstance(numbers, str | int | float):
        return _countries(pl.Series([numbers]))[0]
    raise ArgumentError(
        "country_of takes one number as text, or a Series of pandas or polars; "
        f"this is {type(numbers).__name__}. Of a frame, give a column: frame['recipient']."
    )


def _countries(numbers: pl.Series) -> pl.Series:
    return regions(normalised(numbers)).fill_null(UNKNOWN)


def _pandas_countries(numbers: Any) -> Any:
    codes = _countries(pl.from_pandas(numbers.astype("string"))).to_pandas()
    return codes.astype("str").set_axis(numbers.index).rename(numbers.name)


def region_expr(recipient: pl.Expr) -> pl.Expr:
    """The region of bare digits, as a column of a polars plan.

    Null where the number gives no region, so that something else may; "ZZ" where it has one that
    is no country, as +800 has.
    """
    return recipient.map_batches(regions, return_dtype=pl.String, is_elementwise=True)


def regions(digits: pl.Series) -> pl.Series:
    """The region of each number, given as bare digits; null where the number gives none."""
    line = _line()
    length = digits.str.len_bytes().clip(0, MOST_DIGITS + 1)
    number = digits.cast(pl.UInt64, strict=False)
    head = number // line.shorten.gather(length) * line.lengthen.gather(length)
    return regions_of_heads(head, length).alias(digits.name)


def regions_of_heads(head: pl.Series, length: pl.Series) -> pl.Series:
    """The region of numbers of which the first eight digits (zeros after fewer) are whole numbers.

    *length* is how many digits the whole number has, at most `MOST_DIGITS` + 1.
    """
    line = _line()
    place = (head + line.offset.gather(length)).fill_null(0)
    return line.region.gather(line.start.search_sorted(place, side="right") - 1)


def network_country(network: pl.Expr) -> pl.Expr:
    """The country of a network, from the first three digits of mcc and mnc; null if unknown."""
    known = {row["mcc"]: row["country"] for row in rows("mobile_country_codes") if row["country"]}
    return (
        network.cast(pl.String)
        .str.slice(0, 3)
        .replace_strict(known, default=None, return_dtype=pl.String)
    )


class Line(NamedTuple):
    """Where each stretch of one region begins; and, by the length of a number, how to get there."""

    start: pl.Series
    region: pl.Series
    offset: pl.Series
    shorten: pl.Series
    lengthen: pl.Series


@cache
def _line() -> Line:
    """The line of heads: first for the usual lengths, then for each special one, then for none.

    Special are the lengths that the table names, and those too short for some of its prefixes.
    """
    named = {int(row["digits"]) for row in rows("prefixes") if row["digits"]}
    special = sorted(named.union(range(LEAST_DIGITS, HEAD)))
    usual = range(LEAST_DIGITS, MOST_DIGITS + 1)
    parts = [_prefixes(MOST_DIGITS), *map(_prefixes, special), {}]
    part_of = dict.fromkeys(usual, 0) | {n: part for part, n in enumerate(special, start=1)}
    cuts = [
        (part * STRETCH + place, region)
        for part, prefixes in enumerate(parts)
        for place, region in _cuts(prefixes)
    ]
    return Line(
        start=pl.Series([place for place, _ in cuts], dtype=pl.UInt64),
        region=pl.Series([region for _, region in cuts], dtype=pl.String),
        offset=_by_length(lambda n: part_of.get(n, len(parts) - 1) * STRETCH),
        shorten=_by_length(lambda n: 10 ** max(0, min(n, MOST_DIGITS) - HEAD)),
        lengthen=_by_length(lambda n: 10 ** max(0, HEAD - n)),
    )


def _prefixes(length: int) -> dict[str, str]:
    """The region of each prefix for numbers of one length; what names the length goes first."""
    usual = [row for row in rows("prefixes") if not row["digits"] and length >= LEAST_DIGITS]
    exact = [row for row in rows("prefixes") if row["digits"] == str(length)]
    return {
        row["prefix"]: row["region"] for row in (*usual, *exact) if len(row["prefix"]) <= length
    }


def _cuts(prefixes: dict[str, str]) -> list[tuple[int, str | None]]:
    """Where the region may change along all heads, and the region from there on."""
    first = {int(prefix.ljust(HEAD, "0")) for prefix in prefixes}
    after = {(int(prefix) + 1) * 10 ** (HEAD - len(prefix)) for prefix in prefixes}
    heads = [f"{place:0{HEAD}}" for place in sorted({0} | first | after) if place < STRETCH]
    longest = range(HEAD, 0, -1)
    return [
        (int(head), next((prefixes[head[:n]] for n in longest if head[:n] in prefixes), None))
        for head in heads
    ]


def _by_length(value: Callable[[int], int]) -> pl.Series:
    """*value* for every length; all lengths that are too long count as one."""
    return pl.Series([value(n) for n in range(MOST_DIGITS + 2)], dtype=pl.UInt64)
