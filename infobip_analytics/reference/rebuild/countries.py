"""Rebuild prefixes.csv and numbering.csv from the metadata of libphonenumber.

    python -m infobip_analytics.reference.rebuild.countries

Needs the development dependency `phonenumbers`. Nothing here samples: a prefix is split until all
valid numbers that begin with it lie in one region, so the table is exact for every valid number.
"""

import csv
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from infobip_analytics.reference.rebuild.automaton import DIGITS
from infobip_analytics.reference.rebuild.plans import (
    KINDS,
    State,
    metadata,
    owner,
    patterns,
    reach,
    regions,
    start,
    step,
)

FOLDER = Path(__file__).parent.parent

#: A number with fewer digits, calling code included, has a region only where it is valid.
LEAST = 7
LONGEST_PREFIX = 8

#: "No country", as libphonenumber writes it and as it is written here.
WORLD, UNKNOWN = "001", "ZZ"


class Prefix(NamedTuple):
    """A line of prefixes.csv: *digits* is the length the whole number must have, or empty."""

    prefix: str
    digits: str
    region: str


class Numbering(NamedTuple):
    """A line of numbering.csv: how the numbers of a region look, and how they are dialled there."""

    region: str
    calling_code: str
    main: str
    lengths: str
    general: str
    pattern: str
    international_prefix: str
    national_prefix: str
    transform: str
    source: str


def prefixes() -> list[Prefix]:
    """Every line of prefixes.csv."""
    return [row for code in sorted(COUNTRY_CODE_TO_REGION_CODE, key=str) for row in of_code(code)]


def of_code(code: int) -> list[Prefix]:
    """The lines of one calling code: its main region, what differs from it, short numbers."""
    differing = _split(code, start(code), 0)
    if differing is None:
        raise ValueError(f"eight digits do not tell the regions of +{code} apart")
    found = [Prefix("", "", regions(code)[0]), *differing, *_short(code)]
    return sorted(Prefix(f"{code}{row.prefix}", row.digits, _country(row.region)) for row in found)


@cache
def _split(code: int, state: State, digits: int) -> list[Prefix] | None:
    """The lines, relative to here, that tell apart what follows, where it is not the main region's.

    None where neither eight digits nor the length of the number tell it apart.
    """
    lengths = _lengths(code, state, digits)
    if len(lengths) > 1:
        ways = (_by_digit(code, state, digits), _by_length(code, lengths))
        return min((way for way in ways if way is not None), key=len, default=None)
    return [Prefix("", "", region) for region in lengths if region != regions(code)[0]]


def _lengths(code: int, state: State, digits: int) -> dict[str, set[int]]:
    """The regions of all valid numbers from here on, each with the lengths of whole numbers."""
    found: dict[str, set[int]] = {}
    for region, length in reach(code, state, digits):
        if length + len(str(code)) >= LEAST:
            found.setdefault(region, set()).add(length + len(str(code)))
    return found


def _by_digit(code: int, state: State, digits: int) -> list[Prefix] | None:
    if len(str(code)) + digits == LONGEST_PREFIX:
        return None
    ways = {digit: _split(code, step(state, digit), digits + 1) for digit in DIGITS}
    if None in ways.values():
        return None
    return [
        row._replace(prefix=digit + row.prefix) for digit, way in ways.items() for row in way or []
    ]


def _by_length(code: int, lengths: dict[str, set[int]]) -> list[Prefix] | None:
    """The first region takes whatever length the others leave."""
    first, *others = sorted(lengths, key=regions(code).index)
    if sum(map(len, lengths.values())) > len(set().union(*lengths.values())):
        return None
    default = [Prefix("", "", first)] if first != regions(code)[0] else []
    return default + [
        Prefix("", str(length), region) for region in others for length in sorted(lengths[region])
    ]


def _short(code: int) -> list[Prefix]:
    """The valid numbers that have fewer than seven digits, exactly."""
    return [
        Prefix(prefix, str(length), region)
        for length in range(len(str(code)) + 1, LEAST)
        for prefix, region in _exactly(code, start(code), 0, length - len(str(code)))
    ]


@cache
def _exactly(code: int, state: State, digits: int, left: int) -> list[tuple[str, str]]:
    """The prefixes, with regions, whose every continuation by *left* digits is a valid number."""
    if left == 0:
        region, valid = owner(code, state, digits)
        return [("", region)] if region and valid else []
    longer = [
        (digit + prefix, region)
        for digit in DIGITS
        for prefix, region in _exactly(code, step(state, digit), digits + 1, left - 1)
    ]
    whole = [prefix for prefix, _ in longer] == list(DIGITS) and len({of for _, of in longer}) == 1
    return [("", longer[0][1])] if whole else longer


def numbering() -> list[Numbering]:
    """Every line of numbering.csv."""
    pairs = ((code, region) for code in COUNTRY_CODE_TO_REGION_CODE for region in regions(code))
    return sorted(_numbering(code, region) for code, region in pairs)


def _numbering(code: int, region: str) -> Numbering:
    known, described = metadata(code, region), patterns(code, region)
    kinds = {described[kind].expression: None for kind in KINDS if kind in described}
    return Numbering(
        region=_country(region),
        calling_code=str(code),
        main="yes" if regions(code)[0] == region else "",
        lengths=" ".join(map(str, sorted(described["general"].lengths))),
        general=described["general"].expression,
        pattern="|".join(kinds),
        international_prefix=known.international_prefix or "",
        national_prefix=known.national_prefix_for_parsing or "",
        transform=re.sub(r"\\(\d)", r"${\1}", known.national_prefix_transform_rule or ""),
        source=f"phonenumbers {phonenumbers.__version__}",
    )


def _country(region: str) -> str:
    return UNKNOWN if region == WORLD else region


def write(table: str, lines: Sequence[NamedTuple]) -> None:
    """Write one table, with the names of its columns on top."""
    with (FOLDER / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([lines[0]._fields, *lines])


if __name__ == "__main__":
    write("prefixes", prefixes())
    write("numbering", numbering())
