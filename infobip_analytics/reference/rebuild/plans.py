"""The numbering plans of libphonenumber, read from `phonenumbers`, as automata.

A calling code is one automaton over all its regions. Its state holds, for each region and kind of
number, what may still follow; together with the count of digits taken, it tells the region.
"""

from functools import cache
from typing import Any, NamedTuple

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

from infobip_analytics.reference.rebuild.automaton import ANYTHING, DIGITS, Term, ends, take, terms

#: The kinds of number that make a number valid; what else the metadata name is part of these.
KINDS = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
    "voicemail",
)

#: The most digits of a national number.
MOST = 17

State = frozenset[tuple[tuple[str, str], Term]]


class Pattern(NamedTuple):
    """What numbers of one kind look like; no lengths means that the expression is enough."""

    expression: str
    lengths: frozenset[int]


def regions(code: int) -> tuple[str, ...]:
    """The regions of a calling code, its main region first."""
    return tuple(COUNTRY_CODE_TO_REGION_CODE[code])


def metadata(code: int, region: str) -> Any:
    """Everything libphonenumber knows of one region."""
    return PhoneMetadata.metadata_for_region_or_calling_code(code, region)


@cache
def patterns(code: int, region: str) -> dict[str, Pattern]:
    """The patterns that decide about a region, by kind; `general` and `leading` among them."""
    known = metadata(code, region)
    described = {"general": known.general_desc, **{kind: getattr(known, kind) for kind in KINDS}}
    found = {
        kind: Pattern(its.national_number_pattern, frozenset(its.possible_length))
        for kind, its in described.items()
        if its and its.national_number_pattern
    }
    # libphonenumber looks at the leading digits only where it has several regions to choose from
    if known.leading_digits and len(regions(code)) > 1:
        found["leading"] = Pattern(known.leading_digits, frozenset())
    return found


@cache
def start(code: int) -> State:
    """The state of a calling code before the first digit of the national number."""
    return frozenset(
        ((region, kind), term + ANYTHING if kind == "leading" else term)
        for region in regions(code)
        for kind, pattern in patterns(code, region).items()
        for term in terms(pattern.expression)
    )


@cache
def step(state: State, digit: str) -> State:
    """The state after *digit*; empty where no number goes on like this."""
    return frozenset((name, rest) for name, term in state for rest in take(term, digit))


@cache
def owner(code: int, state: State, digits: int) -> tuple[str | None, bool]:
    """The region of a national number of so many *digits*, and whether the number is valid.

    This is `region_code_for_number` and `is_valid_number`, rule by rule.
    """
    matched = {name for name, term in state if ends(term)}
    for region in regions(code):
        valid = _valid(
            patterns(code, region), {kind for its, kind in matched if its == region}, digits
        )
        if (region, "leading") in matched or (valid and "leading" not in patterns(code, region)):
            return region, valid
    return None, False


def _valid(known: dict[str, Pattern], matched: set[str], digits: int) -> bool:
    fitting = {kind for kind in matched if not known[kind].lengths or digits in known[kind].lengths}
    return "general" in fitting and not fitting.isdisjoint(KINDS)


@cache
def reach(code: int, state: State, digits: int = 0) -> frozenset[tuple[str, int]]:
    """The regions of all valid numbers from here on, each with a length of the national number."""
    region, valid = owner(code, state, digits)
    here = {(region, digits)} if region and valid else set()
    ahead = (step(state, digit) for digit in DIGITS if digits < MOST)
    return frozenset(here.union(*(reach(code, state, digits + 1) for state in ahead if state)))
