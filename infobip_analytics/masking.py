"""Recipients and customers made unreadable, for showing."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any, Literal

import polars as pl

from infobip_analytics.codes.events import ADDRESS, CODE, HIDDEN, NUMBER
from infobip_analytics.frames import as_plan, to_engine
from infobip_analytics.reference import rows

Hide = Literal["partly", "wholly", "numbers", "nothing"]

#: What is a person whatever the column is called; who sends is the shop, and has its own rule
_PERSON = r"^\s*(?:[^\s@<>]+@[^\s@<>]+\.\w{2,}|\+[\d\s().-]{7,})\s*$"
#: Properties within a property
_NESTED = r'^\s*(?:\{\s*"|\[\s*[{"\[])'
#: What looks like a phone number or another long one
_LONG_NUMBER = r"^\+?[\d\s().-]{7,}$"


def mask(frame: Any) -> Any:
    """Mask personal data: of numbers the beginning and the last two digits stay, of names a letter.

    Columns in and out: those of *frame* (delivery reports, campaign events or messages; pandas,
    polars or polars-lazy). Masked are `recipient`, `customer` and other columns whose name speaks
    of a person (e-mail, phone, first name, in several languages), the sender of a reply, values
    that are an e-mail address or a number with a plus, and wholly `callback_data`, message texts,
    addresses and properties within a property. In `error`, `comment` and their like only long
    numbers are. Nulls stay null.

    >>> mask(pl.DataFrame({"recipient": ["447700900123"], "customer": ["ann@example.com"]})).row(0)
    ('4477•••23', 'a•••')
    """
    plan, engine = as_plan(frame)
    there = plan.collect_schema()
    masked = plan.with_columns(
        *(_shown(name, dtype) for name, dtype in there.items() if _is_masked(name, dtype)),
        *([_replier()] if {"sender", "status"} <= set(there) else []),
    )
    return masked if engine == "lazy" else to_engine(masked, engine)


def as_shown(frame: pl.DataFrame, *, show_numbers: bool) -> pl.DataFrame:
    """A frame as people see it: masked, unless they asked for all of it."""
    return frame if show_numbers else mask(frame)


def personal(names: Iterable[str]) -> list[str]:
    """Those of some columns that name a person, by what they are called.

    >>> personal(["country", "recipient", "customer_country", "E-Mail", "telefonní číslo"])
    ['recipient', 'E-Mail', 'telefonní číslo']
    """
    return [name for name in names if hidden_of(name) in ("partly", "wholly")]


def naming(frame: pl.DataFrame) -> list[str]:
    """The columns of a frame that name a person, by what they are called or by some value."""
    named = frame.select(pl.col(pl.String).str.contains(_PERSON).any()).to_dicts()
    by_value = {name for row in named for name, says in row.items() if says}
    return [name for name in frame.columns if name in by_value or personal([name])]


def shown_text(text: str) -> str:
    """A value of a column that names nobody, as people see it: it may name somebody all the same.

    >>> shown_text("+44 7700 900123"), shown_text("Spring sale")
    ('+44 •••23', 'Spring sale')
    """
    if not re.search(_PERSON, text):
        return text
    return str(mask(pl.DataFrame({"value": [text]})).item())


def hidden_of(name: str) -> Hide:
    """How much of a column is hidden, by what it is called: the table of personal columns says it.

    >>> hidden_of("properties.customerPhone"), hidden_of("comment"), hidden_of("campaign_id")
    ('partly', 'numbers', 'nothing')
    """
    plain = _pattern("nothing").sub("_", _folded(name))
    ways: tuple[Hide, ...] = ("wholly", "partly", "numbers")
    return next((way for way in ways if _pattern(way).search(plain)), "nothing")


def _folded(name: str) -> str:
    """A heading as words of plain letters with one sign between them."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", name)
    letters = unicodedata.normalize("NFKD", apart).casefold().encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "_", letters).strip("_")


@cache
def _pattern(hide: Hide) -> re.Pattern[str]:
    """What the names of columns have in them of which so much is hidden."""
    forms = {"part": "{}", "word": "(?:^|(?<=_)){}(?=_|$)", "name": "^{}$"}
    table = (row for row in rows("personal_columns") if row["hide"] == hide)
    return re.compile("|".join(forms[row["match"]].format(row["word"]) for row in table))


def _is_masked(name: str, dtype: pl.DataType) -> bool:
    way = hidden_of(name)
    if dtype.is_nested() or dtype == pl.Object or way == "wholly":
        return True
    if way == "partly":
        return not (dtype == pl.Boolean or dtype.is_temporal())
    # of what is called something else, only texts may name somebody
    return dtype == pl.String and name != "sender"


def _shown(name: str, dtype: pl.DataType) -> pl.Expr:
    way = hidden_of(name)
    if way == "wholly" or dtype.is_nested() or dtype == pl.Object:
        return pl.when(pl.col(name).is_not_null()).then(pl.lit(HIDDEN)).alias(name)
    if way == "partly":
        return _person(name)
    text = pl.col(name)
    said = _without_numbers(text) if way == "numbers" else text
    nested = pl.when(text.str.contains(_NESTED)).then(pl.lit(HIDDEN))
    return nested.when(text.str.contains(_PERSON)).then(_person(name)).otherwise(said).alias(name)


def _without_numbers(text: pl.Expr) -> pl.Expr:
    """A text in which no long number stands, as `masked` has it; codes stay what they are."""
    code = text.str.contains(f"(?i)^(?:{CODE.pattern})$")
    hidden = text.str.replace_all(ADDRESS.pattern, HIDDEN).str.replace_all(NUMBER.pattern, HIDDEN)
    return pl.when(code).then(text).otherwise(hidden)


def _person(name: str) -> pl.Expr:
    """Of a long number the country and the last two digits, of a short one its first two."""
    text = pl.col(name).cast(pl.String)
    digits = text.str.count_matches(r"\d")
    number = text.str.contains(_LONG_NUMBER)
    long = pl.concat_str(text.str.slice(0, 4), pl.lit(HIDDEN), text.str.slice(-2))
    short = pl.concat_str(text.str.slice(0, 2), pl.lit(HIDDEN))
    other = pl.concat_str(text.str.slice(0, 1), pl.lit(HIDDEN))
    return (
        pl.when(number & (digits > 9))
        .then(long)
        .when(number)
        .then(short)
        .otherwise(other)
        .alias(name)
    )


def _replier() -> pl.Expr:
    """Who replies is a person; who sends otherwise is the shop."""
    reply = pl.col("status") == "incoming_message"
    return pl.when(reply).then(_person("sender")).otherwise("sender").alias("sender")
