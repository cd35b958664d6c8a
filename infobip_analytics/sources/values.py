"""Values out of text: numbers, flags, and what had to be assumed to read them."""

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from infobip_analytics.clock import lacks_offset


def filled(name: str) -> pl.Expr:
    """A field's text; "" is null."""
    return pl.when(pl.col(name) != "").then(pl.col(name))


def integer(text: pl.Expr) -> pl.Expr:
    """Text -> Int64; `5.0`, as spreadsheets write 5, is 5; null where it is no number."""
    return whole_number(text.str.strip_chars()).cast(pl.Int64, strict=False)


def whole_number(text: pl.Expr) -> pl.Expr:
    """A number's text without `.0`, so that 2 and 2.0 are the same id; other text as it is."""
    return text.str.replace(r"^(-?\d+)\.0+$", "${1}")


def decimal(text: pl.Expr) -> pl.Expr:
    """Text -> Float64; null where it is no finite number."""
    number = text.str.strip_chars().cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def flag(text: pl.Expr) -> pl.Expr:
    """`true`, `True`, `1` -> true; `false`, `0` -> false; else null."""
    words = {"true": True, "1": True, "false": False, "0": False}
    lowered = text.str.strip_chars().str.to_lowercase()
    return lowered.replace_strict(words, default=None, return_dtype=pl.Boolean)


def offsetless(texts: pl.DataFrame, columns: Sequence[str], timezone: str) -> list[str]:
    """Say how many times are without an offset, where only the default says what they mean."""
    times = texts.select(pl.sum_horizontal(lacks_offset(pl.col(name)).sum() for name in columns))
    count = int(times.item())
    if not count or timezone != "UTC":
        return []
    return [
        f"{count:,} times carry no offset and were read as UTC; say timezone='Europe/Prague' "
        "(or where they are from) if they are local"
    ]


def unreadable(
    texts: pl.DataFrame, readings: Mapping[str, Callable[[pl.Expr], pl.Expr]]
) -> list[str]:
    """Say how many values were lost where *readings* made numbers of them, column by column."""
    lost = texts.select(
        (reading(pl.col(name)).is_null() & pl.col(name).is_not_null()).sum()
        for name, reading in readings.items()
    ).row(0, named=True)
    return [
        f"{count:,} values of {name} are no numbers and are null; the rows count all the same"
        for name, count in lost.items()
        if count
    ]
