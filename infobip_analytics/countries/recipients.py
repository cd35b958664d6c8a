"""Phone numbers as people write them, brought to bare digits."""

import re
from functools import cache

import polars as pl

from infobip_analytics.reference import rows

#: No valid number has more digits (a few of Japan have 19); more are two numbers in one field.
MOST_DIGITS = 19

#: Digits that are a number with nothing in front: as many as are surely nothing else.
_USUAL_DIGITS = 18
#: Nothing to do but to drop the plus.
_PLAIN = rf"^(?:\+?|0)[1-9][0-9]{{0,{MOST_DIGITS - 2}}}$"
_MARK = r"[^\pL\pN+@*#]"
#: Digits with marks around them, and at most one plus, in front.
_READABLE = rf"^{_MARK}*\+?{_MARK}*[0-9](?:[0-9]|{_MARK})*$"
#: Numbers that passed through a float column.
_DECIMAL = r"^([0-9]+)\.0$"
_INTERNATIONAL = r"^[^0-9+]*(?:\+|0[^0-9]*0[^0-9]*[1-9])"


def bare_digits(recipient: pl.Expr) -> pl.Expr:
    """Recipients as the digits of their international number: no plus, no 00, no punctuation.

    "+44 7700 900123", "0044 7700 900123" and "+44 (0)7700 900123" become "447700900123". What
    cannot be read (letters, an e-mail address, no digits at all) stays as it came; the empty text
    becomes null.
    """
    return recipient.map_batches(normalised, return_dtype=pl.String, is_elementwise=True)


def normalised(recipients: pl.Series) -> pl.Series:
    """`bare_digits` for a series; plain numbers, as most are, cost one look."""
    texts = recipients.cast(pl.String)
    unusual = (~is_number(texts, _USUAL_DIGITS)).arg_true()
    return texts.scatter(unusual, _bare(texts.gather(unusual))) if len(unusual) else texts


def is_number(texts: pl.Series, most: int) -> pl.Series:
    """Whether each text is digits alone, *most* at most, with no 0 in front."""
    length = texts.str.len_bytes().clip(0, MOST_DIGITS)
    number = texts.cast(pl.UInt64, strict=False)
    # a sign or a 0 in front makes it smaller than a number of so many digits is
    usual = (number >= _least().gather(length)) & (length <= most)
    return usual.fill_null(value=False)


@cache
def _least() -> pl.Series:
    """The least number of so many digits."""
    return pl.Series([10 ** max(n - 1, 0) for n in range(MOST_DIGITS + 1)], dtype=pl.UInt64)


def _bare(texts: pl.Series) -> pl.Series:
    odd = ~texts.str.contains(_PLAIN)
    bare = texts.str.strip_prefix("+")
    return bare.scatter(odd.arg_true(), _read(texts.filter(odd))) if odd.any() else bare


def is_international(recipient: pl.Expr) -> pl.Expr:
    """Whether the recipient is written with a plus or 00 before its calling code."""
    return recipient.str.contains(_INTERNATIONAL)


def _read(texts: pl.Series) -> pl.Series:
    text = pl.col("text")
    digits = (
        text.str.replace(_DECIMAL, "${1}")
        .str.replace(_trunk_zero(), "${1}")
        .str.replace_all(r"[^0-9]", "")
        .str.replace(r"^00([1-9])", "${1}")
    )
    readable = text.str.contains(_READABLE) & (digits.str.len_bytes() <= MOST_DIGITS)
    empty = text.str.strip_chars() == ""
    return (
        texts.to_frame("text")
        .select(pl.when(readable).then(digits).when(~empty).then(text).alias("text"))
        .to_series()
    )


@cache
def _trunk_zero() -> str:
    """An international number with the zero of home in brackets, where home has such a zero.

    In Italy and some other countries the zero belongs to the number.
    """
    dialled = [
        row["calling_code"]
        for row in rows("numbering")
        if row["main"] and re.fullmatch(row["national_prefix"] or "none", "0")
    ]
    return rf"^([^0-9+]*(?:\+|00)[^0-9]*(?:{'|'.join(dialled)})[^0-9]*)\(0\)"
