"""How many parts a text takes, and how many it would take without Unicode."""

import polars as pl

#: The characters of the default alphabet of GSM 03.38 (3GPP TS 23.038), a septet each
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: Those of its extension, two septets each
EXTENSION = "\f^{}\\[~]|€"

#: How much fits into a message of one part, and into each part of several
SEPTETS, UNITS = (160, 153), (70, 67)


def _class(characters: str) -> str:
    return "".join(f"\\x{{{ord(each):04X}}}" for each in characters)


#: What makes a text Unicode: one character that GSM has not
_BEYOND = f"[^{_class(BASIC + EXTENSION)}]"
_TWICE = f"[{_class(EXTENSION)}]"
#: A character that takes two units of UTF-16, as emoji do
_WIDE = r"[\x{10000}-\x{10FFFF}]"


def is_unicode(text: pl.Expr) -> pl.Expr:
    """Whether a text holds a character that the GSM alphabet has not."""
    return text.str.contains(_BEYOND)


def parts_as_unicode(text: pl.Expr) -> pl.Expr:
    """How many parts a text takes in UCS-2: 70 units, or 67 in each of several parts."""
    return _parts(text.str.len_chars() + text.str.count_matches(_WIDE), UNITS)


def parts_as_gsm(text: pl.Expr) -> pl.Expr:
    """How many parts a text takes in GSM, were each other character replaced by one of GSM's."""
    return _parts(text.str.len_chars() + text.str.count_matches(_TWICE), SEPTETS)


def _parts(length: pl.Expr, room: tuple[int, int]) -> pl.Expr:
    one, each = room
    long = length.cast(pl.Int64)
    return pl.when(long <= one).then(pl.lit(1, pl.Int64)).otherwise((long + each - 1) // each)
