"""Text made small before it is folded: the greatest of numbers is found sooner than of texts.

Texts of which there are few kinds become their place in the alphabet, phone numbers become whole
numbers that sort as their digits do. Both ways back are exact; a column that cannot be shrunk
exactly stays what it is.
"""

import polars as pl

from infobip_analytics.countries.numbers import HEAD, regions_of_heads

#: The column of recipients as whole numbers, which stands in for `recipient` during the fold.
NUMBER = "_number"

#: More kinds than this, and finding them costs more than it saves.
FEW = 10_000

_DIGITS = 15  # E.164 allows no more
_LENGTHS = 16


def shrink(rows: pl.LazyFrame, names: list[str]) -> tuple[pl.LazyFrame, list[pl.Expr]]:
    """Make the text columns *names* small; also returned are the expressions that undo it."""
    schema = rows.collect_schema()
    texts = [name for name in names if schema[name] == pl.String]
    if not texts:
        return rows, []
    found = rows.select(map(_kinds, texts)).collect(engine="streaming").row(0, named=True)
    numeric = found.pop("recipient", False)
    few = {name: kinds for name, kinds in found.items() if len(kinds) <= FEW}
    shrinking = [pl.col(name).cast(pl.Enum(kinds)) for name, kinds in few.items()]
    growing = [pl.col(name).cast(pl.String) for name in few]
    if numeric:
        shrinking.append(_number().alias(NUMBER))
        growing.append(_text().alias("recipient"))
    small = rows.with_columns(shrinking)
    return (small.drop("recipient") if numeric else small), growing


def _kinds(name: str) -> pl.Expr:
    """Of recipients whether all can be numbers, of the others the kinds there are, if few."""
    if name == "recipient":
        return _numeric().all()
    kinds = pl.col(name).drop_nulls().unique().sort()
    return kinds.implode().alias(name)


def _numeric() -> pl.Expr:
    """Whether a recipient is what it becomes again: digits, not too many, no 0 in front."""
    text = pl.col("recipient")
    odd = text.str.starts_with("0") | text.str.starts_with("+")
    whole = text.cast(pl.UInt64, strict=False).is_not_null() & (text.str.len_bytes() <= _DIGITS)
    return (whole & ~odd) | text.is_null()


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
