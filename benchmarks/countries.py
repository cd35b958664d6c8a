"""Country of phone numbers: the table of prefixes against libphonenumber, number by number.

    python benchmarks/countries.py [NUMBERS]

Prints how many numbers a second each reads, and the ratio; `phonenumbers` reads a sample of 20,000.
The numbers are invented: a few well-known beginnings and random digits.
"""

import random
import sys
import time
from collections.abc import Callable

import phonenumbers
import polars as pl

from infobip_analytics.countries import country_of

BEGINNINGS = ["1202", "1671", "44770", "44781", "4917", "42077", "336", "3934", "55119", "7701"]
SAMPLE = 20_000


def main() -> None:
    """Measure both and print the ratio."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    numbers = invented(many)
    country_of(numbers.head(1))  # the table is read once
    ours = many / seconds(lambda: country_of(numbers))
    theirs = SAMPLE / seconds(lambda: [one_by_one(number) for number in numbers.head(SAMPLE)])
    print(f"infobip_analytics  {ours:12,.0f} numbers a second ({many:,} numbers)")
    print(f"phonenumbers       {theirs:12,.0f} numbers a second ({SAMPLE:,} numbers)")
    print(f"ratio              {ours / theirs:12,.0f}")


def invented(many: int) -> pl.Series:
    """Bare digits: a beginning and seven random digits."""
    chance = random.Random(1)
    begin = pl.Series(chance.choices(BEGINNINGS, k=many))
    rest = pl.Series([chance.randrange(10**6, 10**7) for _ in range(many)])
    return begin + rest.cast(pl.String)


def one_by_one(number: str) -> str | None:
    """What libphonenumber says of one number."""
    return phonenumbers.region_code_for_number(phonenumbers.parse(f"+{number}"))


def seconds(work: Callable[[], object]) -> float:
    """The best of three."""

    def once() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return min(once() for _ in range(3))


if __name__ == "__main__":
    main()
