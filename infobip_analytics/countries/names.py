"""What countries are called, and which of them are known to send no delivery reports."""

import unicodedata
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache

import polars as pl

from infobip_analytics.errors import ArgumentError
from infobip_analytics.reference import rows

#: The country of a message when nothing tells it. Never null, so that no engine drops the row.
UNKNOWN = "ZZ"


@cache
def country_names() -> dict[str, str]:
    """The English name of every ISO 3166-1 code, and of XK, AC, TA and ZZ, by code.

    >>> country_names()["GU"]
    'Guam'
    """
    return {row["country"]: row["name"] for row in rows("countries")}


def country_name(code: str) -> str:
    """The English name of a country; an unknown code names itself.

    >>> country_name("CZ")
    'Czechia'
    """
    return country_names().get(code, code)


def country_code(text: str | None) -> str | None:
    """The ISO code that *text* means: a code, a name in any usual spelling; None if it is unknown.

    >>> country_code(" czech republic "), country_code("Hong Kong SAR China"), country_code("NA")
    ('CZ', 'HK', 'NA')
    """
    return _codes().get(_key(text)) if text else None


def country_codes(texts: pl.Expr) -> pl.Expr:
    """`country_code` for a column of a polars plan."""
    return texts.map_batches(codes_of, return_dtype=pl.String, is_elementwise=True)


def codes_of(texts: pl.Series) -> pl.Series:
    """`country_code` for a series; each distinct text is looked up once."""
    distinct = texts.cast(pl.String).unique().drop_nulls()
    known = {text: country_code(text) for text in distinct}
    return texts.cast(pl.String).replace_strict(known, default=None, return_dtype=pl.String)


def no_report_codes(no_report_countries: str | Iterable[str] | None = None) -> frozenset[str]:
    """The codes of the countries that send no delivery reports.

    Args:
        no_report_countries: codes or names; or one text, of one country or of several with commas
            between. None means the 34 that Bloomreach names, `()` means that all countries report.

    Raises:
        ArgumentError: a country is not known; the message has the nearest names.

    >>> sorted(no_report_codes("de, Wallis, and Futuna Islands, Korea, Republic of"))
    ['DE', 'KR', 'WF']
    """
    if no_report_countries is None:
        return frozenset(row["country"] for row in rows("no_report_countries"))
    if isinstance(no_report_countries, str):
        no_report_countries = _listed(no_report_countries)
    return frozenset(_known(country) for country in no_report_countries)


def _listed(text: str) -> Iterator[str]:
    """The countries of a text with commas. Some names have commas themselves: longest first."""
    parts = [part for part in text.split(",") if part.strip()]
    while parts:
        sizes = range(len(parts), 0, -1)
        size = next((n for n in sizes if country_code(",".join(parts[:n]))), 1)
        yield ",".join(parts[:size]).strip()
        parts = parts[size:]


def _known(country: object) -> str:
    code = country_code(country) if isinstance(country, str) else None
    if code is None:
        raise ArgumentError(
            f"no_report_countries: {country!r} is no country known here{_nearest(country)}. "
            "Give ISO codes such as 'DE' or English names; () means that every country reports."
        )
    return code


def _nearest(country: object) -> str:
    near = get_close_matches(_key(str(country)), _codes(), n=3, cutoff=0.6)
    named = dict.fromkeys(f"{_codes()[key]} ({country_name(_codes()[key])})" for key in near)
    return f"; the nearest are {', '.join(named)}" if named else ""


@cache
def _codes() -> dict[str, str]:
    """The code for every spelling: code, three-letter code, name and other names."""
    return {
        _key(spelling): row["country"]
        for row in rows("countries")
        for spelling in (row["country"], row["alpha3"], row["name"], *row["aliases"].split("|"))
        if spelling and row["country"] != UNKNOWN
    }


def _key(text: str) -> str:
    """*text* without case, accents, punctuation and "the", so that spellings meet."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("&", " and "))
    letters = (
        letter for letter in plain if not unicodedata.combining(letter) and letter not in ".'\u2019"
    )
    words = "".join(letter if letter.isalnum() else " " for letter in letters).split()
    saints = ["saint" if word in ("st", "ste") else word for word in words]
    return " ".join(saints[1:] if saints[:1] == ["the"] else saints)
