"""The tables of prefixes and of numbering plans, held against libphonenumber."""

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

import phonenumbers
import polars as pl
import pytest
from oracle_numbers import CODES, region, some_numbers, split

from infobip_analytics.countries import country_of, regions
from infobip_analytics.countries.local import valid
from infobip_analytics.reference import rows
from infobip_analytics.reference.rebuild import countries as rebuild
from infobip_analytics.reference.rebuild.automaton import DIGITS, ends, terms
from infobip_analytics.reference.rebuild.plans import KINDS, State, metadata, owner, start, step
from infobip_analytics.reference.rebuild.plans import regions as regions_of

TABLE = {(row["prefix"], row["digits"]): row["region"] for row in rows("prefixes")}
PREFIXES = {prefix for prefix, _ in TABLE}
#: What begins some prefix of the table and is not all of it.
UNDECIDED = {prefix[:n] for prefix in PREFIXES for n in range(len(prefix))}
LENGTHS = range(1, 21)
WORLDWIDE = phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS

VERSION = rows("numbering")[0]["source"].removeprefix("phonenumbers ")
same_version = pytest.mark.skipif(
    phonenumbers.__version__ != VERSION,
    reason=f"the tables are from phonenumbers {VERSION}, here is {phonenumbers.__version__}",
)


def look_up(digits: str, length: int) -> str | None:
    """The rule of the table: the longest prefix decides; one for just this length goes first."""
    for n in range(min(len(digits), 8), 0, -1):
        exact, usual = TABLE.get((digits[:n], str(length))), TABLE.get((digits[:n], ""))
        if exact or (usual and 7 <= length <= 19):
            return exact or usual
    return None


def ours(found: str | None) -> str | None:
    """A region of libphonenumber in our spelling."""
    return "ZZ" if found == "001" else found


@cache
def valid_numbers() -> pl.DataFrame:
    """Columns: code, national, region. Numbers of every kind of every region, and all examples."""
    walked = ((code, national) for code, _, national in some_numbers(each=8, seed=1))
    told = [
        {"code": str(code), "national": national, "region": region(code, national)}
        for code, national in sorted({*walked, *examples()})
    ]
    return pl.DataFrame(told).drop_nulls()


def examples() -> Iterator[tuple[int, str]]:
    """The example that libphonenumber has for each kind of number in each region."""
    kinds, places = phonenumbers.PhoneNumberType.values(), phonenumbers.SUPPORTED_REGIONS
    for example in [
        *(phonenumbers.example_number_for_type(its, kind) for its in places for kind in kinds),
        *map(phonenumbers.example_number_for_non_geo_entity, WORLDWIDE),
    ]:
        if example and example.country_code:
            yield example.country_code, phonenumbers.national_significant_number(example)


@same_version
@pytest.mark.parametrize(
    "spelling",
    ["+{}{}{}", "00{}{}{}", "{}{}{}", " +{} {} {} ", "00-{}-({}) {}", "(+{}) {}/{}."],
)
def test_a_valid_number_has_the_region_that_libphonenumber_says(spelling: str) -> None:
    code, national = pl.col("code"), pl.col("national")
    written = pl.format(spelling, code, national.str.slice(0, 2), national.str.slice(2))
    numbers = valid_numbers().with_columns(written=written)
    found = numbers.with_columns(found=country_of(numbers["written"]))
    assert found.filter(pl.col("found") != pl.col("region")).is_empty()


def test_the_numbers_of_these_tests_are_of_all_regions() -> None:
    # libphonenumber calls every number of Western Sahara one of Morocco
    everywhere = {*phonenumbers.SUPPORTED_REGIONS, "ZZ"} - {"EH"}
    assert set(valid_numbers()["region"]) == everywhere
    assert len(valid_numbers()) > 8000


@same_version
@pytest.mark.slow
def test_the_tables_are_right_for_every_number_that_is_valid() -> None:
    for code in CODES:
        for digits, found, is_valid, fitting in numbers_for_all(code):
            said = look_up(digits, len(digits))
            assert said == ours(found) if is_valid else said is None or len(digits) >= 7, digits
            assert found in fitting if is_valid else not fitting, digits


def numbers_for_all(code: int) -> Iterator[tuple[str, str | None, bool, set[str]]]:
    """Numbers that stand for all others: digits, region, validity, and whose plan they fit.

    Two beginnings are alike, and one of them is enough, where the same may follow by the plans and
    where the table says the same of all that follows.
    """
    seen: set[tuple[State, int, str]] = set()
    ahead = [(start(code), "")]
    while ahead:
        state, national = ahead.pop()
        digits = f"{code}{national}"
        alike = (state, len(national), digits if digits in UNDECIDED else longest_prefix(digits))
        if alike not in seen and len(national) <= 17:
            seen.add(alike)
            yield digits, *owner(code, state, len(national)), plans_that_fit(state)
            steps = ((step(state, digit), national + digit) for digit in DIGITS)
            ahead += [(longer, more) for longer, more in steps if longer]


def longest_prefix(digits: str) -> str:
    """The longest beginning of the digits in the table; the shorter ones are given with it."""
    return next((digits[:n] for n in range(8, 0, -1) if digits[:n] in PREFIXES), "")


def plans_that_fit(state: State) -> set[str]:
    """The regions whose plan, as numbering.csv has it, the number fits: no lengths in it."""
    matched = defaultdict(set)
    for (its, kind), term in state:
        if ends(term):
            matched[its].add(kind)
    return {its for its, kinds in matched.items() if "general" in kinds and kinds & set(KINDS)}


@same_version
def test_the_automata_say_what_libphonenumber_says_also_of_numbers_that_are_not_valid() -> None:
    chance = random.Random(2)
    counts = {True: 0, False: 0}
    for code, _, walked in some_numbers(each=2, seed=3):
        for national in (walked, walked[:-1], walked + "5", chance.choice(DIGITS) + walked[1:]):
            state = start(code)
            for digit in national:
                state = step(state, digit)
            found, is_valid = owner(code, state, len(national))
            assert region(code, national) == (ours(found) if is_valid else None), (code, national)
            counts[is_valid] += 1
    assert min(counts.values()) > 1000


@pytest.mark.parametrize("pattern", ["1)", "[1-9]+", "1*", "(?=1)2", "^1", "1\\w"])
def test_a_pattern_that_is_not_understood_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(pattern))):
        terms(pattern)


def test_the_search_follows_the_rule_of_the_table() -> None:
    first = {int(prefix.ljust(8, "0")) for prefix in PREFIXES}
    last = {int(prefix.ljust(8, "9")) for prefix in PREFIXES}
    heads = sorted(edge + off for edge in first | last for off in (-1, 0, 1))
    digits = [f"{head:08}55555555555555"[:length] for head in heads for length in LENGTHS]
    assert regions(pl.Series(digits)).to_list() == [look_up(its, len(its)) for its in digits]


@same_version
@pytest.mark.slow
def test_a_number_of_fewer_than_seven_digits_has_a_region_only_where_it_is_valid() -> None:
    every = pl.Series(range(10**6)).cast(pl.String)
    found = pl.DataFrame({"digits": every, "region": regions(every)}).drop_nulls()
    told = {digits: region(*parts) for digits in every if (parts := possible(digits))}
    assert dict(found.iter_rows()) == {digits: its for digits, its in told.items() if its}
    assert {*found["region"]} == {"AT", "DE", "IR"}


def possible(digits: str) -> tuple[int, str] | None:
    """Calling code and national number, where some region has numbers of this length."""
    parts = split(digits)
    return parts if parts and len(parts[1]) in lengths(parts[0]) else None


@cache
def lengths(code: int) -> set[int]:
    return {n for its in regions_of(code) for n in metadata(code, its).general_desc.possible_length}


@same_version
def test_a_number_is_valid_where_libphonenumber_says_so() -> None:
    walked = [(code, national) for code, _, national in some_numbers(each=4, seed=6)]
    asked = {
        (code, n) for code, national in walked for n in (national, national[1:], national + "5")
    }
    numbers = pl.DataFrame({"number": [f"{code}{national}" for code, national in sorted(asked)]})
    expected = {f"{code}{n}" for code, n in asked if len(n) > 1 and region(code, n)}
    assert set(valid(numbers)["number"]) == expected
    assert 0.2 < len(expected) / len(asked) < 0.8


@same_version
@pytest.mark.parametrize(("code", "national"), [(43, "43519999"), (49, "49799999")])
def test_a_number_that_fits_only_the_pattern_of_its_kind_is_not_valid(
    code: int, national: str
) -> None:
    assert region(code, national) is None
    assert valid(pl.DataFrame({"number": [f"{code}{national}"]})).is_empty()


@pytest.mark.parametrize(
    "column", ["general", "pattern", "national_prefix", "international_prefix"]
)
def test_the_plans_mean_the_same_to_python_and_to_polars(column: str) -> None:
    numbers = valid_numbers().partition_by("code", as_dict=True)
    for row in rows("numbering"):
        national = numbers[row["calling_code"],]["national"]
        expression = f"^(?:{row[column]})"
        expected = [re.search(expression, digits) is not None for digits in national]
        assert national.str.contains(expression).to_list() == expected, row


@same_version
def test_the_tables_are_what_the_script_makes() -> None:
    assert rows("prefixes") == [row._asdict() for row in rebuild.prefixes()]
    assert rows("numbering") == [row._asdict() for row in rebuild.numbering()]
