"""Phone numbers as people write them, brought to bare digits."""

import re
from functools import cache

import polars as pl

from infobip_analytics.reference import rows

#: No valid number has more digits (a few of Japan have 19); more are two numbers in one field.
MOST_DIGITS = 19

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
