"""Numbers as people dial them at home, brought to international digits.

The rules are those of libphonenumber's `parse(number, region)` and `is_valid_number`, from the
table of numbering plans: there is a prefix for calls abroad, a national prefix that is dropped or
replaced, and there are lengths, which tell such a prefix from the beginning of a number.
"""

import re
from collections.abc import Callable
from functools import cache

import polars as pl

from infobip_analytics.countries.names import UNKNOWN, codes_of
from infobip_analytics.countries.numbers import regions
from infobip_analytics.countries.recipients import is_international, normalised
from infobip_analytics.reference import rows

#: A row of the table of numbering plans.
Plan = dict[str, str]

NUMBER = pl.col("number")


def localise(recipients: pl.Series, customer_country: pl.Series) -> pl.Series:
    """The bare digits of each recipient, international also where it was written as a local number.

    A local number came without plus or 00, is not valid internationally, but is valid as dialled in
    the customer's country. Everything else is as `bare_digits` has it.

    Args:
        recipients: as they came, for a plus makes a difference.
        customer_country: codes or names of countries, row by row; null where unknown.
    """
    digits = normalised(recipients)
    bare = (
        pl.DataFrame({"came": recipients.cast(pl.String), "number": digits})
        .with_columns(country=customer_country)
        .with_row_index("row")
        .filter(NUMBER.str.contains(r"^[0-9]+$"), ~is_international(pl.col("came")))
    )
    local = valid(_dialled(bare.join(valid(bare), on="row", how="anti")))
    return digits.scatter(local["row"], local["number"])


def valid(numbers: pl.DataFrame) -> pl.DataFrame:
    """The rows whose `number`, given as bare digits, is valid somewhere in the world."""
    placed = numbers.with_columns(region=regions(numbers["number"])).drop_nulls("region")
    return _each("region", placed, lambda region, part: part.filter(_is_valid(region)))


def _dialled(numbers: pl.DataFrame) -> pl.DataFrame:
    """Each `number` as it reaches the network when it is dialled in its `country`."""
    homes = numbers.with_columns(country=codes_of(numbers["country"]))
    known = homes.filter(pl.col("country").is_in(list(_plans())))
    return _each("country", known, lambda home, part: part.with_columns(_outside(_plans()[home])))


def _each(
    key: str, frame: pl.DataFrame, change: Callable[[str, pl.DataFrame], pl.DataFrame]
) -> pl.DataFrame:
    """*change* the rows of each value of *key*, and put them together again in any order."""
    parts = frame.partition_by(key, as_dict=True)
    return pl.concat([frame.clear(), *(change(value, part) for (value,), part in parts.items())])


@cache
def _plans() -> dict[str, Plan]:
    """The numbering plan of each country."""
    return {row["region"]: row for row in rows("numbering") if row["region"] != UNKNOWN}


def _is_valid(region: str) -> pl.Expr:
    """Is the number valid in *region*? What belongs to no country has several calling codes."""
    return pl.any_horizontal(
        _whole(NUMBER, plan, "general") & _whole(NUMBER, plan, "pattern")
        for plan in rows("numbering")
        if plan["region"] == region
    )


def _whole(number: pl.Expr, plan: Plan, column: str) -> pl.Expr:
    return number.str.contains(_beginning(f"{plan['calling_code']}(?:{plan[column]})") + "$")


def _outside(home: Plan) -> pl.Expr:
    """The number behind the prefix for calls abroad; without that, a number of *home*."""
    prefix = _beginning(home["international_prefix"])
    rest = NUMBER.str.replace(prefix, "")
    # no calling code begins with 0
    abroad = NUMBER.str.contains(prefix) & ~rest.str.starts_with("0")
    return (
        pl.when(abroad).then(rest).otherwise(home["calling_code"] + _national(home)).alias("number")
    )


def _national(home: Plan) -> pl.Expr:
    """The national number, also of one that begins with the calling code but without a plus."""
    inner = _stripped(NUMBER.str.strip_prefix(home["calling_code"]), home)
    has_code = NUMBER.str.starts_with(home["calling_code"]) & (
        (~_general(NUMBER, home) & _general(inner, home))
        | (NUMBER.str.len_bytes() > max(_lengths(home)))
    )
    return _shortened(pl.when(has_code).then(inner).otherwise(NUMBER), home)


def _shortened(number: pl.Expr, home: Plan) -> pl.Expr:
    """*number* without its national prefix, unless that leaves a length that no number has."""
    rest = _stripped(number, home)
    length = rest.str.len_bytes()
    possible = length.is_in(_lengths(home)) | (length > max(_lengths(home)))
    return pl.when(possible).then(rest).otherwise(number)


def _stripped(number: pl.Expr, home: Plan) -> pl.Expr:
    """*number* without its national prefix, unless only the number with it looks like one."""
    if not home["national_prefix"]:
        return number
    prefix = _beginning(home["national_prefix"])
    rest = number.str.replace(prefix, "")
    if home["transform"]:
        replaced = number.str.extract(
            prefix, re.compile(home["national_prefix"]).groups
        ).is_not_null()
        rest = pl.when(replaced).then(number.str.replace(prefix, home["transform"])).otherwise(rest)
    worse = _general(number, home) & ~_general(rest, home)
    return pl.when(worse).then(number).otherwise(rest)


def _general(number: pl.Expr, home: Plan) -> pl.Expr:
    return number.str.contains(_beginning(home["general"]) + "$")


def _lengths(home: Plan) -> list[int]:
    return [int(length) for length in home["lengths"].split()]


def _beginning(pattern: str) -> str:
    # without the flag, \d means the digits of all scripts, which makes an expression much larger
    return f"(?-u)^(?:{pattern})"
