"""How definitions stand side by side: a line for each group and choice of countries."""

from collections.abc import Callable

import polars as pl

from infobip_analytics.definitions.counts import COUNTRIES, DEFINITIONS, Definition, rate
from infobip_analytics.masking import as_shown
from infobip_analytics.tables.columns import Column, Row, key_text
from infobip_analytics.wording import count, percent


def columns(names: list[str]) -> list[Column]:
    """The columns of the printed table: rates stay where room is short, counts are in the frame."""
    return [
        *(Column(name, key_writer(name), number=False) for name in names),
        Column("countries", lambda row: str(row["countries"]), number=False),
        *(column for definition in DEFINITIONS for column in _of(definition)),
    ]


def key_writer(name: str) -> Callable[[Row], str]:
    """What writes a group's key: a country with its name."""
    if name == "country":
        return lambda row: f"{row['country']} {row['country_name']}"
    return lambda row: key_text(row[name])


def _of(definition: Definition) -> list[Column]:
    name, weight = definition.name, 1 + DEFINITIONS.index(definition)
    return [
        Column(name, lambda row: percent(row[_cell(definition, "rate")])),
        Column("of", lambda row: _divided(definition, row), weight=weight),
    ]


def _divided(definition: Definition, row: Row) -> str:
    part, whole = (row[_cell(definition, what)] for what in ("numerator", "denominator"))
    return f"{count(part)}/{count(whole)}"


def _cell(definition: Definition, what: str) -> str:
    return f"_{definition.name}_{what}"


def side_by_side(groups: pl.DataFrame, names: list[str], *, show_numbers: bool) -> list[Row]:
    """The lines, the largest groups first, pieces of time in their order; people are masked."""
    timed = names and groups[names[0]].dtype.is_temporal()
    kept = groups if timed else groups.sort("_all_sent", descending=True, maintain_order=True)
    keyed = as_shown(kept, show_numbers=show_numbers).to_dicts()
    return [
        {**row, "countries": countries, **cells}
        for row, *lines in zip(keyed, *(_lines(kept, c) for c in COUNTRIES), strict=True)
        for countries, cells in zip(COUNTRIES, lines, strict=True)
    ]


def _lines(groups: pl.DataFrame, countries: str) -> list[Row]:
    """What each definition says of each group: its rate, and what it divides."""
    told = {
        _cell(definition, what): groups.select(value).to_series().to_list()
        for definition in DEFINITIONS
        for what, value in {
            "rate": rate(definition, countries),
            "numerator": pl.col(f"_{countries}_{definition.numerator}"),
            "denominator": pl.col(f"_{countries}_{definition.denominator}"),
        }.items()
    }
    return [
        {name: values[place] for name, values in told.items()} for place in range(groups.height)
    ]
