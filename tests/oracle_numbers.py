"""What libphonenumber says of numbers, asked number by number through `phonenumbers`."""

import random
import re
from collections.abc import Iterator

import phonenumbers
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
)

from infobip_analytics.reference.rebuild.automaton import DIGITS, ends, terms
from infobip_analytics.reference.rebuild.plans import KINDS, patterns, regions, step

CODES = sorted(COUNTRY_CODE_TO_REGION_CODE)


def some_numbers(each: int, seed: int) -> Iterator[tuple[int, str, str]]:
    """Calling code, region and national number: *each* time, for every kind of every region.

    The numbers fit the pattern of their kind; a few are not valid, for other rules forbid them.
    """
    chance = random.Random(seed)
    for code in CODES:
        for region in regions(code):
            for kind in sorted(patterns(code, region).keys() & set(KINDS)):
                pattern = patterns(code, region)[kind].expression
                found = {_walk(pattern, chance) for _ in range(each)}
                yield from ((code, region, national) for national in sorted(found))


def _walk(pattern: str, chance: random.Random) -> str:
    """A text that fits *pattern*, digit by digit."""
    state = frozenset((("", ""), term) for term in terms(pattern))
    taken = ""
    while True:
        ahead = [digit for digit in DIGITS if step(state, digit)]
        if any(ends(term) for _, term in state) and (not ahead or chance.random() < 0.5):
            return taken
        taken += chance.choice(ahead)
        state = step(state, taken[-1])


def number(code: int, national: str) -> PhoneNumber:
    """The number as libphonenumber keeps it: leading zeros are counted apart."""
    zeros = min(len(national) - len(national.lstrip("0")), len(national) - 1)
    return PhoneNumber(
        country_code=code,
        national_number=int(national),
        italian_leading_zero=zeros > 0 or None,
        number_of_leading_zeros=zeros or None,
    )


def region(code: int, national: str) -> str | None:
    """The region of a valid number, in our spelling; None for one that is not valid."""
    asked = number(code, national)
    if not phonenumbers.is_valid_number(asked):
        return None
    found = phonenumbers.region_code_for_number(asked)
    return "ZZ" if found == "001" else found


def split(digits: str) -> tuple[int, str] | None:
    """The calling code and the rest of bare digits, where there is such a code."""
    found = (int(digits[:n]) for n in (1, 2, 3) if digits[n:] and digits[0] != "0")
    code = next((code for code in found if code in COUNTRY_CODE_TO_REGION_CODE), None)
    return (code, digits[len(str(code)) :]) if code else None


def dialled(text: str, home: str) -> str:
    """Digits and marks, without a plus, as `localise` should have them for a customer at *home*."""
    digits = re.sub(r"\D", "", text)
    if re.match("00[1-9]", digits):
        return digits[2:]
    parts = split(digits)
    if parts and region(*parts):
        return digits
    try:
        parsed = phonenumbers.parse(text, home)
    except NumberParseException:
        return digits
    valid = phonenumbers.is_valid_number(parsed)
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)[1:] if valid else digits
