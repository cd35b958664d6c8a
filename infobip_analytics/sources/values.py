"""Values out of text: numbers, flags, and what had to be assumed to read them."""

from collections import Counter
from collections.abc import Callable, Sequence

import polars as pl

from infobip_analytics.clock import lacks_offset


def filled(name: str) -> pl.Expr:
    """A field's text; "" is null."""
    return pl.when(pl.col(name) != "").then(pl.col(name))


def integer(text: pl.Expr) -> pl.Expr:
    """Text -> Int64; `5.0`, as spreadsheets write 5, is 5; null where it is no number."""
    return text.map_batches(_integers, return_dtype=pl.Int64, is_elementwise=True)


def _integers(texts: pl.Series) -> pl.Series:
    """Plain numbers at once; only the others are looked at twice."""
    read = texts.cast(pl.Int64, strict=False)
    odd = (read.is_null() & texts.is_not_null()).arg_true()
    if odd.is_empty():
        return read
    plain = texts.gather(odd).str.strip_chars().str.replace(_DECIMALS, "${1}")
    return read.scatter(odd, plain.cast(pl.Int64, strict=False))


_DECIMALS = r"^(-?\d+)\.0+$"


def whole_number(text: pl.Expr) -> pl.Expr:
    """A number's text without `.0`, so that 2 and 2.0 are the same id; other text as it is."""
    return text.map_batches(_whole_numbers, return_dtype=pl.String, is_elementwise=True)


def _whole_numbers(texts: pl.Series) -> pl.Series:
    if not texts.str.contains(".", literal=True).any():
        return texts
    return texts.str.replace(_DECIMALS, "${1}")


def word(text: pl.Expr, spell: Callable[[str], str]) -> pl.Expr:
    """Words of which there are few kinds, without space around them and spelled by *spell*."""

    def spelled(texts: pl.Series) -> pl.Series:
        kinds = texts.unique().drop_nulls().to_list()
        odd = {kind: spell(kind.strip()) for kind in kinds if spell(kind.strip()) != kind}
        return texts.replace(odd) if odd else texts

    return text.map_batches(spelled, return_dtype=pl.String, is_elementwise=True)


def decimal(text: pl.Expr) -> pl.Expr:
    """Text -> Float64; null where it is no finite number."""
    number = text.str.strip_chars().cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def flag(text: pl.Expr) -> pl.Expr:
    """`true`, `True`, `1` -> true; `false`, `0` -> false; else null."""
    words = {"true": True, "1": True, "false": False, "0": False}
    lowered = text.str.strip_chars().str.to_lowercase()
    return lowered.replace_strict(words, default=None, return_dtype=pl.Boolean)


def offsetless(texts: pl.DataFrame, columns: Sequence[str], timezone: str) -> Counter[str]:
    """Count the times without an offset, where only the default says what they mean."""
    if timezone != "UTC":
        return Counter()
    times = texts.select(pl.sum_horizontal(lacks_offset(pl.col(name)).sum() for name in columns))
    sentence = (
        "{count:,} times carry no offset and were read as UTC; say timezone='Europe/Prague' "
        "(or where they are from) if they are local"
    )
    return +Counter({sentence: int(times.item())})


def unreadable(texts: pl.DataFrame, typed: pl.DataFrame, columns: Sequence[str]) -> Counter[str]:
    """Count the values that were lost where numbers were made of them, by column."""
    sentence = "{{count:,}} values of {} are no numbers and are null; the rows count all the same"
    lost = {name: typed[name].null_count() - texts[name].null_count() for name in columns}
    return +Counter({sentence.format(name): count for name, count in lost.items()})
