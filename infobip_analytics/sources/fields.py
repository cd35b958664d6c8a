"""Which field of a source is which column of ours: aliases from a table, and free spelling."""

import re
from collections.abc import Iterable, Mapping
from functools import cache

import polars as pl

from infobip_analytics.errors import ArgumentError
from infobip_analytics.reference import rows
from infobip_analytics.sources.showing import harmless
from infobip_analytics.sources.texts import OWN, WHAT


@cache
def aliases(table: str) -> dict[str, tuple[str, ...]]:
    """The other names under which each column may come, the first to be preferred.

    >>> aliases("report_fields")["recipient"][:2]
    ('to', 'destination')
    """
    found: dict[str, list[str]] = {}
    for row in rows(table):
        found.setdefault(row["column"], []).append(row["field"])
    return {column: tuple(fields) for column, fields in found.items()}


def known_fields(table: str, columns: Iterable[str]) -> list[str]:
    """Every field that means something: the columns themselves and their aliases."""
    return list(
        dict.fromkeys([*columns, *(field for row in aliases(table).values() for field in row)])
    )


def spelled(found: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Each found heading as the table spells it: without regard to case, spaces and underscores.

    >>> spelled(["Message ID", "Colour"], ["messageId"])
    {'Message ID': 'messageId', 'Colour': 'Colour'}
    """
    found, exact = list(found), set(known)
    by_look = {folded(name): name for name in known}
    taken = exact.intersection(found)
    names: dict[str, str] = {}
    for heading in found:
        meant = heading if heading in exact else by_look.get(folded(heading), heading)
        free = heading == meant or meant not in taken
        names[heading] = meant if free else heading
        taken.add(names[heading])
    return names


def folded(name: str) -> str:
    """A name without case, spaces and underscores."""
    return re.sub(r"[\W_]+", "", name).casefold()


def renamed(
    texts: pl.DataFrame, columns: Mapping[str, str] | None, schema: Iterable[str]
) -> pl.DataFrame:
    """Rows in which the fields that the user named have our names; what had them gives way."""
    if not columns:
        return texts
    asked = {theirs: ours for theirs, ours in (columns or {}).items() if theirs in texts.columns}
    if unknown := sorted(set((columns or {}).values()) - set(schema)):
        raise ArgumentError(
            f"columns= maps to {', '.join(map(repr, unknown))}, which is no column; "
            f"there are {', '.join(name for name in schema if name != 'set_aside')}"
        )
    giving_way = set(asked.values()) - set(asked)
    return texts.drop(giving_way, strict=False).rename(asked)


def never_found(columns: Mapping[str, str] | None, found: Iterable[str]) -> str:
    """What to say where the user named fields that no document has; "" where all were found."""
    lacking = sorted(set(columns or {}) - set(found))
    if not lacking:
        return ""
    there = named(found)
    return (
        f"columns= names {', '.join(map(repr, lacking))}, which no document has; there are {there}"
    )


def named(found: Iterable[str], most: int = 30) -> str:
    """Headings for a message; none that might be a value, for values may be personal."""
    names = [name for name in found if name and name not in OWN]
    if not names:
        return "no headings"
    if any("@" in name or re.search(r"\d{5}", name) or len(name) > 80 for name in names):
        return "no line of headings, but values"
    return harmless(", ".join(names[:most])) + (", ..." if len(names) > most else "")


def what_else(there: Iterable[str]) -> pl.Expr:
    """What a row is by the table of other shapes, as `WHAT`; an error answer with its own text."""
    found = set(there)
    marks = [
        pl.when(pl.col(row["field"]).is_not_null()).then(
            pl.format("{}: {}", pl.lit(row["what"]), pl.col(row["field"]))
            if row["what"].startswith("an error")
            else pl.lit(row["what"])
        )
        for row in rows("other_shapes")
        if row["field"] in found
    ]
    return (pl.coalesce(*marks) if marks else pl.lit(None, pl.String)).alias(WHAT)
