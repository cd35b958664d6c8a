"""Columns made small before they are folded: the greatest of numbers is found sooner than of texts.

Texts of which there are few kinds become their place in the alphabet, phone numbers become whole
numbers that sort as their digits do, and what is the same in every row need not be folded at all.
The ways back are exact; a column that cannot be shrunk exactly stays what it is.
"""

from dataclasses import dataclass
from typing import Any

import polars as pl

from infobip_analytics.countries.numbers import HEAD, regions_of_heads
from infobip_analytics.countries.recipients import is_number

#: The column of recipients as whole numbers, which stands in for `recipient` during the fold.
NUMBER = "_number"

#: More kinds than this, and finding them costs more than it saves.
FEW = 10_000

_DIGITS = 15  # E.164 allows no more
_LENGTHS = 16


@dataclass(frozen=True, slots=True)
class Shrunk:
    """Rows with small columns, and the way back.

    Attributes:
        rows: The rows; `recipient` may have become `NUMBER`.
        alike: Columns that are the same in every row, and what they are.
        restored: What undoes the shrinking of the others.
    """

    rows: pl.LazyFrame
    alike: dict[str, pl.Expr]
    restored: dict[str, pl.Expr]


def shrink(rows: pl.LazyFrame, found: dict[str, Any]) -> Shrunk:
    """Make columns small, as far as that can be undone; `kinds` *found* what is in each of them."""
    schema = rows.collect_schema()
    found = dict(found)
    numeric = found.pop("recipient", False)
    alike = {
        name: pl.lit(kinds[0], schema[name]) for name, kinds in found.items() if len(kinds) == 1
    }
    few = {
        name: sorted(kind for kind in kinds if kind is not None)
        for name, kinds in found.items()
        if name not in alike and schema[name] == pl.String and len(kinds) <= FEW
    }
    small = rows.with_columns(
        *(pl.col(name).cast(pl.Enum(kinds)) for name, kinds in few.items()),
        *([_number().alias(NUMBER)] if numeric else []),
        **alike,
    )
    return Shrunk(
        rows=small.drop("recipient") if numeric else small,
        alike=alike,
        restored={
            **{name: pl.col(name).cast(pl.String) for name in few},
            **({"recipient": _text()} if numeric else {}),
        },
    )


def kinds(name: str) -> pl.Expr:
    """Of recipients whether all can be numbers, of another column the kinds there are."""
    if name == "recipient":
        return _numeric().all()
    return pl.col(name).unique().implode().alias(name)


def _numeric() -> pl.Expr:
    """Whether a recipient is what it becomes again: digits, not too many, no 0 in front."""
    text = pl.col("recipient")
    return text.is_null() | text.map_batches(
        lambda texts: is_number(texts, _DIGITS), return_dtype=pl.Boolean, is_elementwise=True
    )


def _number() -> pl.Expr:
    """Digits set to the left, then how many they are: sorts as the text does."""
    length = pl.col("recipient").str.len_bytes().cast(pl.UInt64)
    digits = pl.col("recipient").cast(pl.UInt64, strict=False)
    return digits * _power(_DIGITS - length) * _LENGTHS + length


def _text() -> pl.Expr:
    length = pl.col(NUMBER) % _LENGTHS
    return (pl.col(NUMBER) // _LENGTHS // _power(_DIGITS - length)).cast(pl.String)


def region_of_number() -> pl.Expr:
    """The region of a recipient that is a whole number; null where it gives none."""
    parts = pl.struct(
        head=pl.col(NUMBER) // (_LENGTHS * 10 ** (_DIGITS - HEAD)), length=pl.col(NUMBER) % _LENGTHS
    )
    return parts.map_batches(_regions, return_dtype=pl.String, is_elementwise=True)


def _regions(parts: pl.Series) -> pl.Series:
    return regions_of_heads(parts.struct.field("head"), parts.struct.field("length"))


def _power(exponent: pl.Expr) -> pl.Expr:
    powers = pl.Series([10**n for n in range(_LENGTHS)], dtype=pl.UInt64)
    return exponent.map_batches(powers.gather, return_dtype=pl.UInt64, is_elementwise=True)
