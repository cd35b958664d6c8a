"""From a number, a network or a name to a country; and the countries that never report."""

import random
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle_numbers import dialled, region, some_numbers
from polars.testing import assert_series_equal

from infobip_analytics.countries import (
    bare_digits,
    country_code,
    country_codes,
    country_name,
    country_names,
    country_of,
    localise,
    network_country,
    no_report_codes,
    region_expr,
)
from infobip_analytics.errors import ArgumentError
from infobip_analytics.reference import rows
from infobip_analytics.reference.rebuild.plans import metadata

NANP = {
    "AG": 268, "AI": 264, "AS": 684, "BB": 246, "BM": 441, "BS": 242, "CA": 416, "DM": 767,
    "DO": 809, "GD": 473, "GU": 671, "JM": 876, "KN": 869, "KY": 345, "LC": 758, "MP": 670,
    "MS": 664, "PR": 787, "SX": 721, "TC": 649, "TT": 868, "US": 202, "VC": 784, "VG": 284,
    "VI": 340,
}  # fmt: skip


def normalised(*recipients: str | None) -> list[str | None]:
    frame = pl.DataFrame({"recipient": recipients}, schema={"recipient": pl.String})
    return frame.select(bare_digits(pl.col("recipient"))).to_series().to_list()


# From a number to a country


@pytest.mark.parametrize(("country", "area"), NANP.items())
def test_each_of_the_25_countries_behind_plus_1_is_told_by_its_area_code(
    country: str, area: int
) -> None:
    # 555-0100 to 555-0199 are kept for fiction: not valid, yet the area is known
    assert country_of(f"+1 {area} 555 0101") == country


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+590 690 00 00 00", "GP"),
        ("+7 701 000 0000", "KZ"),
        ("+7 901 000 0000", "RU"),
        ("+61 8 9164 0000", "CX"),
        ("+61 8 9162 0000", "CC"),
        ("+61 491 570 006", "AU"),
        ("+44 1534 000 000", "JE"),
        ("+44 7781 555555", "GG"),
        ("+44 7624 000000", "IM"),
        ("+44 7700 900123", "GB"),
        ("+39 06 698 00000", "VA"),
        ("+47 79 00 00 00", "SJ"),
        ("+358 18 00000", "AX"),
        ("+262 639 00 00 00", "YT"),
        ("+599 9 000 0000", "CW"),
        ("+599 7 00 0000", "BQ"),
        ("+290 8000", "TA"),
        ("+247 60000", "AC"),
        ("+383 43 000 000", "XK"),
        ("+212 528 00 00 00", "MA"),
        ("+800 0000 0000", "ZZ"),
        ("+883 5100 0000 0000", "ZZ"),
    ],
)
def test_a_shared_calling_code_is_told_apart(number: str, country: str) -> None:
    assert country_of(number) == country


def test_the_length_alone_can_decide() -> None:
    assert country_of("+1 310 5550") == "CA"
    assert country_of("+1 310 555 0123") == "US"


def test_a_number_that_is_not_valid_takes_the_longest_prefix_known() -> None:
    assert country_of("+44 7700 900123 99") == "GB"
    assert country_of("+1 000 000 0000") == "US"
    assert country_of("+7 000 000 0000") == "RU"


@pytest.mark.parametrize(
    "text", ["", " ", "unknown", "ann@example.com", "+", "112", "+999 123 456 789", "07700 900123"]
)
def test_what_tells_no_country_is_zz(text: str) -> None:
    assert country_of(text) == "ZZ"


@given(st.text(alphabet="+0123456789 ()-./ax\u0661\u200e", max_size=24))
def test_whatever_comes_the_country_is_one_that_has_a_name(text: str) -> None:
    assert country_of(text) in country_names()


@pytest.mark.parametrize(
    "written",
    [
        "447700900123",
        "+447700900123",
        "00447700900123",
        "+44 7700 900123",
        "0044 7700 900123",
        "(+44) 7700-900-123",
        "+44 (0)7700 900123",
        "+44.7700.900123",
        "+44/7700/900123",
        "\u202a+44 7700\u00a0900123\u202c",
        "447700900123.0",
    ],
)
def test_plus_00_spaces_and_punctuation_do_not_matter(written: str) -> None:
    assert country_of(written) == "GB"
    assert normalised(written) == ["447700900123"]


@pytest.mark.parametrize(
    "came",
    [
        "ann@example.com",
        "ANN",
        "4.477E+11",
        "+44 7700 900123 ext. 4",
        "447700900123;447700900124",
        "44+7700900123",
        "*100#",
        "-",
        "0",
        "000",
    ],
)
def test_a_recipient_that_cannot_be_read_stays_as_it_came(came: str) -> None:
    assert normalised(came) == [came]


def test_an_empty_recipient_is_null() -> None:
    assert normalised("", "  ", None) == [None, None, None]


def test_a_zero_in_brackets_stays_where_it_is_part_of_the_number() -> None:
    assert normalised("+39 (0)6 698 00000", "+49 (0)30 000000") == ["390669800000", "4930000000"]


@given(st.text(alphabet="+0123456789 ()-.a@", max_size=22))
def test_bare_digits_are_already_bare(text: str) -> None:
    once = normalised(text)
    assert normalised(*once) == once


def test_a_series_comes_back_from_the_engine_that_it_came_to() -> None:
    numbers = ["+44 7700 900123", None, "+1 671 555 0101", "?"]
    expected = ["GB", "ZZ", "GU", "ZZ"]
    of_polars = country_of(pl.Series("recipient", numbers))
    of_pandas = country_of(pd.Series(numbers, index=[7, 7, 8, 9], name="recipient"))
    assert_series_equal(of_polars, pl.Series("recipient", expected))
    pd.testing.assert_series_equal(
        of_pandas, pd.Series(expected, index=[7, 7, 8, 9], name="recipient", dtype="str")
    )


@pytest.mark.parametrize(
    "numbers",
    [
        pd.Series([447700900123, 16715550101]),
        pd.Series([447700900123, 16715550101, None]),
        pd.Series([447700900123, "+16715550101", None, 1.5], dtype=object),
        pd.Series(["447700900123", "16715550101"], dtype="category"),
        pl.Series([447700900123, 16715550101]),
        pl.Series([447700900123.0, 16715550101.0, None]),
        pl.concat([pl.Series(["+447700900123"]), pl.Series(["+1 671 555 0101"])]),
    ],
    ids=["int", "float", "object", "category", "polars-int", "polars-float", "polars-chunks"],
)
def test_numbers_that_are_no_text_are_read(numbers: Any) -> None:
    assert list(country_of(numbers))[:2] == ["GB", "GU"]


@pytest.mark.parametrize("dtype", [pl.String, pl.Null, pl.Int64])
def test_an_empty_series_gives_an_empty_series(dtype: Any) -> None:
    assert_series_equal(country_of(pl.Series([], dtype=dtype)), pl.Series([], dtype=pl.String))


def test_what_is_neither_text_nor_series_is_answered_with_a_way_out() -> None:
    with pytest.raises(ArgumentError, match=r"DataFrame.*frame\['recipient'\]"):
        country_of(pl.DataFrame({"recipient": ["447700900123"]}))  # type: ignore[call-overload]


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_in_a_plan_a_number_without_a_region_is_null_and_one_of_no_country_is_zz(
    engine: Any,
) -> None:
    plan = pl.LazyFrame({"recipient": ["447700900123", "80000000000", "0770", "ann", None]})
    found = plan.select(region_expr(pl.col("recipient"))).collect(engine=engine)
    assert found["recipient"].to_list() == ["GB", "ZZ", None, None, None]


# From a network to a country


def test_the_first_three_digits_of_a_network_tell_its_country() -> None:
    networks = pl.DataFrame(
        {"network": ["23410", "310260", "26201", "901", "90128", "0", "", None]}
    )
    found = networks.select(network_country(pl.col("network"))).to_series().to_list()
    assert found == ["GB", "US", "DE", None, None, None, None, None]


def test_networks_are_read_from_integers_too() -> None:
    networks = pl.DataFrame({"network": [23410, None]})
    assert networks.select(network_country(pl.col("network"))).to_series().to_list() == ["GB", None]


# From a name to a country


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("CZ", "CZ"),
        ("cze", "CZ"),
        ("Czechia", "CZ"),
        ("Czech Republic", "CZ"),
        ("  united   KINGDOM ", "GB"),
        ("UK", "GB"),
        ("NA", "NA"),
        ("NO", "NO"),
        ("Hong Kong SAR China", "HK"),
        ("Cote d'Ivoire", "CI"),
        ("C\u00f4te d\u2019Ivoire", "CI"),
        ("The Netherlands", "NL"),
        ("St. Lucia", "LC"),
        ("Bosnia & Herzegovina", "BA"),
        ("Korea, Republic of", "KR"),
        ("\u00d6sterreich", "AT"),
        ("Niger", "NE"),
        ("Nigeria", "NG"),
        ("Atlantis", None),
        ("", None),
        ("ZZ", None),
        (None, None),
    ],
)
def test_a_country_is_understood_by_code_and_by_name(text: str | None, code: str | None) -> None:
    assert country_code(text) == code
    asked = pl.DataFrame({"country": [text, text]}, schema={"country": pl.String})
    assert asked.select(country_codes(pl.col("country"))).to_series().to_list() == [code, code]


def test_every_spelling_in_the_table_means_its_own_row_and_no_other() -> None:
    for row in rows("countries")[:-1]:
        spellings = [row["country"], row["alpha3"], row["name"], *row["aliases"].split("|")]
        assert {country_code(text) for text in filter(None, spellings)} == {row["country"]}, row


def test_every_country_that_a_table_names_has_a_name() -> None:
    named = {row["country"] for row in rows("mobile_country_codes") if row["country"]}
    named |= {row["region"] for table in ("prefixes", "numbering") for row in rows(table)}
    named |= no_report_codes()
    assert named <= country_names().keys()
    assert len(country_names()) == 249 + len({"XK", "AC", "TA", "ZZ"})
    assert country_name("WF") == "Wallis and Futuna"


@pytest.mark.parametrize(
    ("table", "key"), [("countries", "country"), ("mobile_country_codes", "mcc")]
)
def test_tables_are_in_order_and_say_nothing_twice(table: str, key: str) -> None:
    keys = [row[key] for row in rows(table)]
    assert keys == sorted(set(keys))


# The countries that never report


def test_the_list_of_bloomreach_has_34_countries_each_under_its_own_name_and_source() -> None:
    assert len(no_report_codes()) == len(rows("no_report_countries")) == 34
    for row in rows("no_report_countries"):
        assert country_code(row["name"]) == row["country"]
        assert "Bloomreach" in row["source"]


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ((), set()),
        ("", set()),
        ("DE", {"DE"}),
        ("germany", {"DE"}),
        ("DE, fr,,AT,", {"DE", "FR", "AT"}),
        (["DE", "France"], {"DE", "FR"}),
        (frozenset({"gu"}), {"GU"}),
        ("Wallis, and Futuna Islands", {"WF"}),
        ("de, Korea, Republic of, Wallis, and Futuna Islands, us", {"DE", "KR", "WF", "US"}),
        (["Wallis, and Futuna Islands"], {"WF"}),
    ],
)
def test_countries_are_listed_by_code_or_name(asked: Any, codes: set[str]) -> None:
    assert no_report_codes(asked) == codes


@pytest.mark.parametrize("asked", ["Germny", ["DE", "Germny"], "DE,Germny"])
def test_an_unknown_country_is_answered_with_the_nearest_names(asked: Any) -> None:
    with pytest.raises(ArgumentError, match=r"'Germny' is no country.*DE \(Germany\)"):
        no_report_codes(asked)


def test_what_is_no_text_is_no_country() -> None:
    with pytest.raises(ArgumentError, match="49 is no country"):
        no_report_codes([49])  # type: ignore[list-item]


# Local numbers


def local(recipient: str | None, country: str | None) -> str | None:
    texts = (pl.Series([text], dtype=pl.String) for text in (recipient, country))
    found: str | None = localise(*texts).item()
    return found


@pytest.mark.parametrize(
    ("recipient", "country", "expected"),
    [
        ("06 00 00 00 00", "FR", "33600000000"),
        ("0600000000", "France", "33600000000"),
        ("202-555-0123", "US", "12025550123"),
        ("(202) 555 0123", "CA", "12025550123"),
        ("0664 0000000", "Austria", "436640000000"),
        ("8 900 000 00 00", "RU", "79000000000"),
        ("011 1 202 555 0123", "US", "12025550123"),
        ("555 0123", "GU", "16715550123"),
        ("0800 000 000", "GB", "44800000000"),
        ("44 020 0000 0000", "JE", "442000000000"),
    ],
)
def test_a_local_number_gets_the_calling_code_of_the_customers_country(
    recipient: str, country: str, expected: str
) -> None:
    assert local(recipient, country) == expected


@pytest.mark.parametrize(
    ("recipient", "country", "expected"),
    [
        ("+06 00 00 00 00", "FR", "0600000000"),
        ("0033 600 000 000", "US", "33600000000"),
        ("33600000000", "US", "33600000000"),
        ("0600000000", "US", "0600000000"),
        ("0600000000", "Atlantis", "0600000000"),
        ("0600000000", "AQ", "0600000000"),
        ("0800 000 000", "JE", "0800000000"),
        ("0600000000", None, "0600000000"),
        ("ann@example.com", "FR", "ann@example.com"),
        ("", "FR", None),
        (None, "FR", None),
    ],
)
def test_all_else_stays_as_bare_digits_have_it(
    recipient: str | None, country: str | None, expected: str | None
) -> None:
    assert local(recipient, country) == expected


def test_local_numbers_keep_their_place_among_others_and_what_came_is_unchanged() -> None:
    came = pl.Series("to", ["0600000000", "+447700900123", None, "202-555-0123", "x"])
    before = came.clone()
    homes = pl.Series(["FR", "FR", "FR", "US", "US"])
    expected = ["33600000000", "447700900123", None, "12025550123", "x"]
    assert_series_equal(localise(came, homes), pl.Series("to", expected))
    assert_series_equal(came, before)


@pytest.mark.slow
def test_local_numbers_of_all_regions_are_read_as_libphonenumber_reads_them() -> None:
    chance = random.Random(4)
    walked = [(code, its, national) for code, its, national in some_numbers(each=3, seed=5)]
    asked = [
        (text, home)
        for code, home, national in walked
        if home != "001"
        for text in spellings(code, home, national, chance.choice(walked))
    ]
    found = localise(*(pl.Series(texts) for texts in zip(*asked, strict=True)))
    expected = [dialled(text, home) for text, home in asked]
    wrong = [row for row in zip(asked, found, expected, strict=True) if row[1] != row[2]]
    assert not wrong, (len(wrong), wrong[:5])
    assert sum(digits != text for (text, _), digits in zip(asked, found, strict=True)) > 5000


def spellings(code: int, home: str, national: str, abroad: tuple[int, str, str]) -> set[str]:
    """The number as people at *home* write it, right and wrong, and one abroad as they dial it."""
    known = metadata(code, home)
    prefix = known.national_prefix or ""
    written = {
        national,
        f"{prefix}{national}",
        f"0 {national[:2]}-{national[2:]}",
        f"{code}{national}",
        f"{code} {prefix}{national}",
        national[3:],
        national[-7:],
    }
    out = known.international_prefix or ""
    there, _, number = abroad
    # after 375, `parse` takes the 8 of a Belarusian freephone number for a national prefix
    if out.isdigit() and region(there, number) and there != 375:
        written.add(f"{out} {there} {number}")
    return written
