"""How a code is written: as a number, in hex, as a compound or as a name."""

from operator import index
from typing import NamedTuple

from infobip_analytics.errors import ArgumentError

LONGEST = 100
WAY_OUT = 'ask for an id (5, "400", "0x22") or a name ("EC_ABSENT_SUBSCRIBER")'


class Asked(NamedTuple):
    """A code as it was asked for, and what it can be looked up by.

    `number` is None where only the name can match.
    """

    code: int | str
    number: int | None
    is_hex: bool = False
    is_compound: bool = False


def fold(name: str) -> str:
    """A name without what spellings differ in: case, underscores, spaces, hyphens.

    >>> fold("EC_ValidityExpired") == fold("ec validity-expired")
    True
    """
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def read_code(code: object) -> Asked:
    """Read a code of whatever form; ArgumentError where nothing was asked for.

    >>> read_code("0x22")
    Asked(code='0x22', number=34, is_hex=True, is_compound=False)
    >>> [read_code(code).number for code in ("1153+0+0+0", " 005 ", 5.0, "EC_CALL_BARRED")]
    [1153, 5, 5, None]
    """
    if isinstance(code, float):
        return read_float(code)
    if isinstance(code, str):
        return read_text(code.strip())
    if isinstance(code, bool) or not hasattr(code, "__index__"):
        raise ArgumentError(f"{type(code).__name__} is no form of a code; {WAY_OUT}")
    return Asked(index(code), index(code))  # numpy's integers too


def read_float(code: float) -> Asked:
    """Read a float: a column of ids with gaps holds 5 as 5.0."""
    if code != code:
        raise ArgumentError(f"a missing value (nan) is no code; {WAY_OUT}")
    return Asked(int(code), int(code)) if code.is_integer() else Asked(str(code), None)


def read_text(text: str) -> Asked:
    """Read a text: decimal, hex, a compound of numbers, or else a name."""
    if not text:
        raise ArgumentError(f"an empty text is no code; {WAY_OUT}")
    first, *others = text.split("+")
    if others and all(part.isdecimal() for part in (first, *others)):
        return Asked(text, number_in(first), is_compound=True)
    if text[:2].lower() == "0x":
        return Asked(text, number_in(text, base=16), is_hex=True)
    return Asked(text, number_in(text.removesuffix(".0")))


def number_in(text: str, base: int = 10) -> int | None:
    """The number that a text spells, or None."""
    if (
        "_" in text or len(text) > LONGEST
    ):  # Python reads 1_1 as 11, and gives up on pages of digits
        return None
    try:
        return int(text, base)
    except ValueError:
        return None
