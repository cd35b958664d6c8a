"""Which heading of an export is which column of ours, and which of several headings a row fills."""

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

import polars as pl

from infobip_analytics.bloomreach.bigquery import without_hash
from infobip_analytics.reference import rows
from infobip_analytics.sources.fields import aliases, folded, known_fields, spelled
from infobip_analytics.sources.texts import OWN
from infobip_analytics.sources.values import filled


def by_column(headings: Sequence[str], table: str, columns: Sequence[str]) -> dict[str, list[str]]:
    """For each column that rows get: the headings that mean it, the first to be preferred.

    What stands plain goes before what has a prefix. Where a column is there under our own name, an
    alias of it stays a property, unless the table lists that name among the aliases.
    """
    return _by_column(tuple(headings), table, tuple(columns))


@lru_cache(maxsize=64)
def _by_column(
    headings: tuple[str, ...], table: str, columns: tuple[str, ...]
) -> dict[str, list[str]]:
    plain = bare(headings, table)
    field = {heading: _field(plain[heading], table, columns) for heading in headings}

    def distance(heading: str) -> tuple[bool, bool, str]:
        return plain[heading] != heading, field[heading] != plain[heading], heading

    meant: dict[str, list[str]] = {}
    for heading in sorted(headings, key=distance):
        meant.setdefault(field[heading], []).append(heading)
    for column, others in _aliases(table, headings).items():
        found = [name for name in others if name in meant]
        if found and (column not in meant or column in others):
            told = [heading for name in found for heading in meant.pop(name)]
            meant[column] = sorted(told, key=lambda heading: distance(heading)[0])
    return meant


def bare(headings: Iterable[str], table: str) -> dict[str, str]:
    """Each heading without its prefixes: `properties.`, `campaign.`, or the event's mapped name.

    That name is whatever stands before `.action_type`.

    >>> bare(["sms_event.action_type", "sms_event.status"], "event_fields")["sms_event.status"]
    'status'
    """
    found = list(headings)
    mapped = [name[: -len("action_type")] for name in found if name.endswith(".action_type")]
    known = [*_pseudo(table, "(prefix)"), *_pseudo(table, "(id prefix)"), *mapped]
    beginning = re.compile(rf"^(?:{'|'.join(map(re.escape, dict.fromkeys(known)))})+", re.I)
    short = {name: beginning.sub("", name).strip() for name in found}
    return {name: name if short[name] in ("", *OWN) else short[name] for name in found}


def _field(name: str, table: str, columns: tuple[str, ...]) -> str:
    known = _known(table, columns)
    return without_hash(spelled([name], known)[name], known)


@cache
def _known(table: str, columns: tuple[str, ...]) -> list[str]:
    names = [name for name in aliases(table) if not name.startswith("(")]
    pseudo = {row["field"] for row in rows(table) if row["column"].startswith("(")}
    fields = set(known_fields(table, [*columns, *names])) - pseudo
    return sorted(fields | set(_pseudo(table, "(soft id)")))


def _pseudo(table: str, column: str) -> tuple[str, ...]:
    return aliases(table).get(column, ())


def _aliases(table: str, headings: Sequence[str]) -> dict[str, list[str]]:
    """The other names of each column; of a customer also ids nobody knows, then the soft ones."""
    named = {column: list(fields) for column, fields in aliases(table).items() if column[0] != "("}
    soft = _pseudo(table, "(soft id)")
    ids = tuple(_pseudo(table, "(id prefix)"))
    others = {bare([name], table)[name] for name in headings if name.lower().startswith(ids)}
    unknown = sorted(others - {*named["customer"], *soft})
    return {**named, "customer": [*named["customer"], *unknown, *soft]}


def merged(texts: pl.DataFrame, meant: dict[str, list[str]]) -> pl.DataFrame:
    """Rows with the columns of *meant*: of several headings the first that the row fills.

    What another heading says beside that stays under its own name. Row by row, so that it does not
    matter which rows are read together.
    """
    several = {name: found for name, found in meant.items() if len(found) > 1}
    if not several:
        return texts.rename({found[0]: name for name, found in meant.items()})
    columns = [pl.coalesce(*map(filled, found)).alias(name) for name, found in meant.items()]
    rest = texts.select(
        _beside(found[:place], found[place])
        for found in several.values()
        for place in range(1, len(found))
    )
    kept = [column for column in rest if column.null_count() < len(column)]
    return texts.select(*(name for name in texts.columns if name in OWN), *columns).with_columns(
        kept
    )


def _beside(earlier: list[str], heading: str) -> pl.Expr:
    """What *heading* says where an earlier one says something else."""
    told = pl.coalesce(*map(filled, earlier))
    return pl.when(told != filled(heading)).then(heading).alias(heading)


def refused(headings: Iterable[str]) -> str:
    """Why a table with such headings cannot be read, whatever is in it; "" where it may be.

    >>> refused(["campaign.status", "count(campaign)"])
    'a table of an analysis: its numbers are counted already; export single events'
    >>> refused(["registered", "phone", "country"])
    'a table of customers: give it as customers= beside the events'
    """
    found = list(headings)
    if _counts(found):
        return _what("(aggregate)")
    return _what("fields") if _is_of_customers(found) else ""


def _counts(headings: Iterable[str]) -> bool:
    words = "|".join(map(re.escape, _pseudo("event_fields", "(aggregate)")))
    return any(re.fullmatch(rf"\s*(?:{words})\s*\(.*\)\s*", name, re.I) for name in headings)


def _is_of_customers(headings: Iterable[str]) -> bool:
    """Whether a table says who customers are, and not what happened to them."""
    there = {folded(name) for name in bare(headings, "customer_fields").values()}
    known = {
        column: {folded(name) for name in (column, *aliases("customer_fields").get(column, ()))}
        for column in ("customer", "phone", "country")
    }
    happened = {"timestamp", "status", "actiontype", "eventtype", "type"}
    says_who = known["customer"] & there and (known["phone"] | known["country"]) & there
    return bool(says_who) and not happened & there


def _what(field: str) -> str:
    return next(row["what"] for row in rows("other_shapes") if row["field"] == field)
