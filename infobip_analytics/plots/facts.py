"""What is said of one country: on the map, when it is pointed at, and beside it."""

from infobip_analytics.plots.rows import Row, name_of, safe
from infobip_analytics.wording import count, interval, percent, plural

#: What a country can be: it has a rate, nothing has settled yet, or no reports come back
RATED, WAITING, SILENT = "rated", "waiting", "silent"


def kind_of(row: Row) -> str:
    """Whether a country is silent (by the list), has nothing settled yet, or has a rate."""
    if row.get("reports") is False:
        return SILENT
    return WAITING if row["delivery_rate"] is None else RATED


def hover(row: Row) -> str:
    """What pointing at a country shows; names are escaped, for plotly reads a little HTML."""
    return "<br>".join([f"<b>{safe(_name(row))}</b>", *_facts(row)])


def in_words(row: Row) -> str:
    """The same in one line, for a country that has no place on the map."""
    return f"{_name(row)} \N{EN DASH} {', '.join(_facts(row))}"


def _name(row: Row) -> str:
    return name_of(row, ["country_name" if row.get("country_name") else "country"])


def _facts(row: Row) -> list[str]:
    return {SILENT: _silent, WAITING: _waiting, RATED: _rated}[kind_of(row)](row)


def _silent(row: Row) -> list[str]:
    bounds = (row.get("bound_low"), row.get("bound_high"))
    possible = [] if None in bounds else [f"possible: {interval(*bounds)} delivered"]
    return [
        "returns no delivery reports",
        f"{plural(row['no_report_messages'], 'message')}, left out of the rates",
        *possible,
    ]


def _waiting(row: Row) -> list[str]:
    return [f"{plural(row['waiting'], 'message')} waiting, nothing settled yet"]


def _rated(row: Row) -> list[str]:
    between = interval(row["rate_low"], row["rate_high"])
    coverage = [] if row["coverage"] is None else [f"coverage {percent(row['coverage'])}"]
    return [
        f"{percent(row['delivery_rate'])} delivered ({between})",
        ", ".join([f"n = {count(row['settled'])} settled", *coverage]),
    ]
