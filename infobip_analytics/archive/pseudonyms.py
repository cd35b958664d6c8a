"""Pseudonyms of phone numbers: of the same country, and nobody's number.

A pseudonym is the first digits of a number, as few as tell its country, and behind them digits of
a keyed hash (HMAC-SHA-256) of the whole number: 18 digits together. That is more than the 15 that a
number can have, so that a pseudonym is never a stranger's number, and room enough for two numbers
hardly ever to get the same one. Without the key nobody can tell which number a pseudonym is of, nor
make the pseudonym of a number; who has the key can do both.
"""

import hmac
import os
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path

import polars as pl

from infobip_analytics.countries.numbers import HEAD, regions
from infobip_analytics.countries.recipients import normalised
from infobip_analytics.errors import ArgumentError, SourceError
from infobip_analytics.reference import rows

#: How many digits a pseudonym has
DIGITS = 18

#: Where the key is looked for
KEY, KEY_FILE = "INFOBIP_ANALYTICS_PSEUDONYM_KEY", "INFOBIP_ANALYTICS_PSEUDONYM_KEY_FILE"

#: How many bytes a key has at least: what is shorter can be guessed
LEAST_KEY = 16


def secret_key(environment: Mapping[str, str] | None = None) -> bytes:
    """The key of pseudonyms, from INFOBIP_ANALYTICS_PSEUDONYM_KEY or the file that ..._FILE names.

    Raises:
        ArgumentError: There is none, or it is too short.
        SourceError: The file cannot be read.
    """
    known = os.environ if environment is None else environment
    key = known.get(KEY, "").strip().encode()
    if not key and (named := known.get(KEY_FILE)):
        try:
            key = Path(named).read_bytes().strip()
        except OSError as problem:
            raise SourceError(f"{KEY_FILE}: {named} cannot be read: {problem.strerror}") from None
    if not key:
        raise ArgumentError(
            f"pseudonyms need a key: set {KEY}, or {KEY_FILE} to the file that holds it. A good "
            'one is what python -c "import secrets; print(secrets.token_hex(32))" prints; keep it '
            "apart from the archive"
        )
    if len(key) < LEAST_KEY:
        raise ArgumentError(
            f"the key of pseudonyms has {len(key)} characters, and can be guessed; give at least "
            f"{LEAST_KEY}, at best 64 that are random"
        )
    return key


def pseudonyms(numbers: pl.Series, key: bytes) -> pl.Series:
    """The pseudonym of each number, with the same country; null stays null.

    The same number gets the same one however it is written. What is no number gets one too, of no
    country.

    >>> from infobip_analytics.countries import country_of
    >>> made = pseudonyms(pl.Series(["+44 7700 900123", "447700900123"]), b"sixteen or more ones")
    >>> made.n_unique(), country_of(made)[0], len(made[0])
    (1, 'GB', 18)
    """
    plain = normalised(numbers)
    known = plain.unique().drop_nulls()
    made = pl.Series([_filled(_head(each), each, key) for each in known], dtype=pl.String)
    # the length decides too, in a few places; and what is no number has no country
    wanted = regions(known)
    odd = wanted.ne_missing(regions(made))
    pairs = zip(known.filter(odd), wanted.filter(odd), strict=True)
    mended = [_filled(_stem(region), each, key) for each, region in pairs]
    whole = made.scatter(odd.arg_true(), mended) if mended else made
    return plain.replace_strict(known, whole, default=None, return_dtype=pl.String)


def _head(number: str) -> str:
    """The first digits of a number, as few as tell its country."""
    if not (number.isascii() and number.isdigit()) or number.startswith("0"):
        return _stem(None)
    return next((number[:n] for n in range(1, HEAD) if number[:n] not in _open()), number[:HEAD])


def _filled(head: str, number: str, key: bytes) -> str:
    digest = hmac.digest(key, number.encode(), "sha256")
    room = DIGITS - len(head)
    return f"{head}{int.from_bytes(digest) % 10**room:0{room}}"


@cache
def _prefixes() -> dict[str, str]:
    return {row["prefix"]: row["region"] for row in rows("prefixes") if not row["digits"]}


def _region(digits: str) -> str | None:
    """The region of the longest known prefix of some digits."""
    found = (_prefixes().get(digits[:n]) for n in range(len(digits), 0, -1))
    return next(filter(None, found), None)


@cache
def _open() -> frozenset[str]:
    """First digits behind which the country is still open."""
    return frozenset(
        prefix[:n]
        for prefix, region in _prefixes().items()
        for n in range(1, len(prefix))
        if _region(prefix[:n]) != region
    )


@cache
def _stem(region: str | None) -> str:
    """The first digits that tell this region whatever follows; of None, that nobody has."""
    every = (f"{number}" for size in range(HEAD) for number in range(10**size, 10 ** (size + 1)))
    told = every if region is None else _beyond(region)
    return next(stem for stem in told if stem not in _open() and _region(stem) == region)


def _beyond(region: str) -> Iterator[str]:
    """The prefixes of a region, and then these with more and more digits behind them."""
    own = [prefix for prefix, its in _prefixes().items() if its == region]
    for size in range(HEAD):
        for prefix in own:
            yield from (prefix + "".join(more) for more in product("0123456789", repeat=size))
