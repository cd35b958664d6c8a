"""Where a phone number stands in a text, however it is written there."""

import re
from collections.abc import Sequence
from functools import cache

from infobip_analytics.reference import rows

#: A shorter number is looked for as a whole only: within longer ones it would stand by chance
_LONG = 10
#: The least that a national number has; what is shorter may be anything
_LEAST = 7
#: What people write between the digits of a number; in JSON within JSON also as its escape
_BETWEEN = r"(?:[\W_]|\\u[0-9a-fA-F]{4}){0,2}"

_ESCAPES = re.compile(rb"\\u[0-9a-fA-F]{4}")
_NO_DIGITS = bytes(each for each in range(256) if not 48 <= each <= 57)


class Mentions:
    """Looks for some numbers, given as bare international digits, in texts.

    A number is found with any signs between its digits, with 00 or + before it, within other
    letters and digits, and as it is dialled at home.

    >>> Mentions(["447700900123"]).replaced("call 07700 900-123!", "...")
    'call ...!'
    """

    def __init__(self, numbers: Sequence[str]) -> None:
        self._streams = [each.encode() for number in numbers for each in _forms(number)]
        self._begins = numbers
        pattern = "|".join(map(_spelled, numbers))
        self._pattern = re.compile(pattern)
        #: The same for an engine that cannot look around: whether it is there, not where
        self.pattern = re.sub(r"\(\?<!\\d\)", r"(?:^|\\D)", pattern).replace(r"(?!\d)", r"(?:\D|$)")

    def may_be_in(self, text: bytes) -> bool:
        """Whether a number may be there: fast, and sure where it says no."""
        digits = digits_in(text)
        return any(stream in digits for stream in self._streams)

    def begins_at_end(self, text: bytes) -> bool:
        """Whether a text breaks off within a number."""
        found = re.search(rb"\d{4,}$", text)
        return found is not None and any(
            each.startswith(found[0].decode()) for each in self._begins
        )

    def is_in(self, text: str) -> bool:
        """Whether a number is there."""
        return bool(self._pattern.search(text))

    def replaced(self, text: str, word: str) -> str:
        """The text with a word where a number was."""
        return self._pattern.sub(lambda _: word, text)


def digits_in(text: bytes) -> bytes:
    """All digits of a text in a row, but those of the escapes of JSON."""
    plain = _ESCAPES.sub(b"", text) if rb"\u" in text else text
    return plain.translate(None, _NO_DIGITS)


def _forms(number: str) -> list[str]:
    national = _national(number)
    return [number, *([national] if len(national) >= _LEAST else [])]


def _spelled(number: str) -> str:
    """A pattern of a number: within anything where it is long, and as it is dialled at home."""
    whole = _BETWEEN.join(number)
    abroad = rf"(?:\+|00)?{whole}" if len(number) >= _LONG else rf"(?<!\d)(?:00)?{whole}(?!\d)"
    national = _national(number)
    if len(national) < _LEAST:
        return abroad
    return rf"{abroad}|(?<!\d)(?:0{_BETWEEN})?{_BETWEEN.join(national)}(?!\d)"


def _national(number: str) -> str:
    """A number without its calling code; empty where nobody has such a code."""
    size = next((n for n in (1, 2, 3) if number[:n] in _calling_codes()), None)
    return "" if size is None or len(number) > 15 else number[size:]  # a pseudonym has no home


@cache
def _calling_codes() -> frozenset[str]:
    return frozenset(row["calling_code"] for row in rows("numbering"))
