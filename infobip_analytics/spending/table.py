"""Costs as a table, each currency by itself."""

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import polars as pl

from infobip_analytics.counting import as_messages, narrowed
from infobip_analytics.countries import no_report_codes
from infobip_analytics.frames import as_plan, to_engine
from infobip_analytics.grouping import By, keys
from infobip_analytics.masking import as_shown
from infobip_analytics.retiring.paid import amount, unit_price
from infobip_analytics.retiring.verdicts import checked_price
from infobip_analytics.spending.summing import ASSUMES, PARTS, SCHEMA, dead_numbers, summed
from infobip_analytics.tables import Table, rates_table
from infobip_analytics.tables.columns import Column, Row, rate_columns
from infobip_analytics.undelivered.counted import TOLD, free
from infobip_analytics.wording import DASH, count, percent, plural

PER_DELIVERED = (
    "per delivered = cost of settled messages / delivered ones, {}; what did not arrive is part of "
    "the price of what did"
)
DEAD = (
    "to dead numbers = messages to numbers that hygiene says to suppress, in all of this time, "
    "also before that was known; infobip-analytics hygiene lists them"
)
NO_TEXTS = (
    "what Unicode costs cannot be told: it takes the texts, and these messages have no column text "
    "(join one, and it is told). Parts alone do not say it: two may be 161 characters of GSM or 71 "
    "of Unicode"
)

_BESIDE = [
    "recipient", "customer", "done_at", "channel", "text", "n_reports", "n_late",
    "integration_name",
]  # fmt: skip


def costs_table(
    messages: Any,
    by: By = "country",
    *,
    price_per: Literal["part", "message"] = "part",
    no_report_countries: Iterable[str] | None = None,
    timezone: str = "UTC",
    show_numbers: bool = False,
) -> Table:
    """Costs per *by* and currency as `costs` sums them, in a table that says what they count.

    Arguments and errors are those of `costs`. `.frame` holds the sums, `.note` the notes; the table
    prints itself in a terminal and in a notebook. People that messages are grouped by are masked
    there, unless *show_numbers*.
    """
    silent = no_report_codes(no_report_countries)
    there = as_messages(messages).collect_schema().names()
    _, engine = as_plan(messages)
    per_part = checked_price(price_per)
    names = free([name for name in keys(by) if name != "currency"], list(SCHEMA))
    beside = [name for name in (*_BESIDE, *TOLD.values()) if name in there]
    made = narrowed(messages, list(dict.fromkeys([*names, *beside])))
    dead = dead_numbers(made, silent)
    found = summed(made, names, silent, dead, timezone=timezone, per_part=per_part)
    whole = summed(made, [], silent, dead, timezone="UTC", per_part=per_part).to_dicts()
    return Table(
        frame=found if engine == "lazy" else to_engine(found.lazy(), engine),
        headline=headline(whole),
        notes=tuple(_notes(whole, made, silent, price_per)),
        _columns=tuple(_columns(names, whole)),
        _rows=tuple(as_shown(_ordered(found, names), show_numbers=show_numbers).to_dicts()),
    )


def headline(rows: list[Row]) -> str:
    """What was paid in each currency; *rows* are those of `costs` by nothing."""
    each = [_paid(row) for row in rows if row["n_priced"]]
    return "; ".join(each) or "No costs: no message has a price"


def _paid(row: Row) -> str:
    one = row["cost_per_delivered"]
    each = "" if one is None else f", {unit_price(one, _named(row))} per delivered one"
    return f"{_money(row['cost'], row)} for {plural(row['messages'], 'message')}{each}"


def _money(value: float | None, row: Row) -> str:
    return amount(value, _named(row))


def _named(row: Row) -> str | None:
    return "of an unnamed currency" if row["currency"] == "" else row["currency"]


def _notes(
    rows: list[Row], made: pl.DataFrame, silent: frozenset[str], price_per: str
) -> Iterator[str]:
    yield ASSUMES.format("for each part" if price_per == "part" else "for each message")
    yield PER_DELIVERED.format("no-report countries left out" if silent else "to all countries")
    yield DEAD
    yield from _of_parts(rows)
    yield from _of_unicode(rows)
    unpriced = sum(row["messages"] - row["n_priced"] for row in rows)
    if unpriced:
        yield (
            f"{plural(unpriced, 'message')} without a price: in no cost, in rows without currency; "
            "where they were paid for all the same, all costs are too low"
        )
    yield from _said_of_rates(made, silent)


def _of_parts(rows: list[Row]) -> Iterator[str]:
    counted = [sum(row[name] for row in rows) for name in PARTS]
    if whole := sum(counted):
        shares = [percent(each / whole) for each in counted]
        words = ("1 part", "2 parts", "3 parts", "4 and more")
        told = ", ".join(f"{word} {share}" for word, share in zip(words, shares, strict=True))
        yield f"of {plural(whole, 'message')} with known parts: {told}"


def _of_unicode(rows: list[Row]) -> Iterator[str]:
    told = [row for row in rows if row["texts"]]
    if not told:
        yield NO_TEXTS
        return
    texts, unicode, extra = (
        sum(row[name] for row in told)
        for name in ("texts", "unicode_messages", "unicode_extra_parts")
    )
    paid = ", ".join(_money(row["unicode_extra_cost"], row) for row in told if row["n_priced"])
    yield (
        f"Unicode: {count(unicode)} of {plural(texts, 'text')} hold a character that the GSM "
        f"alphabet lacks; they took {plural(extra, 'part')} more than without it"
        + (f", paid with {paid}" if paid else "")
    )


def _said_of_rates(made: pl.DataFrame, silent: frozenset[str]) -> list[str]:
    """What a table of delivery rates says of the same messages: as of when, what was left out."""
    delivery = rates_table(made, None, no_report_countries=silent)
    return [note for note in delivery.notes if not note.startswith(_OF_RATES)]


_OF_RATES = ("delivery rate =", "several currencies")


def _columns(names: list[str], whole: list[Row]) -> list[Column]:
    unicode = Column("Unicode adds", lambda row: _money(row["unicode_extra_cost"], row), weight=3)
    return [
        *rate_columns(names, 0.95)[: len(names)],
        Column("currency", _currency, number=False),
        Column("messages", lambda row: count(row["messages"]), weight=1),
        Column("cost", lambda row: amount(row["cost"])),
        # where nobody reports, none delivered would be a number made out of silence
        Column(
            "delivered", lambda row: count(row["delivered"]) if row["settled"] else DASH, weight=4
        ),
        Column("per delivered", lambda row: unit_price(row["cost_per_delivered"])),
        *(
            Column(heading, _share_of(name), weight=6 + at)
            for at, (heading, name) in enumerate(
                zip(("1 part", "2", "3", "4+"), PARTS, strict=True)
            )
        ),
        Column("to dead numbers", lambda row: amount(row["dead_cost"], None), weight=2),
        *([unicode] if any(row["texts"] for row in whole) else []),
    ]


def _currency(row: Row) -> str:
    currency = row["currency"]
    return "no price" if currency is None else currency or "unnamed"


def _share_of(name: str) -> Any:
    def write(row: Row) -> str:
        whole = sum(row[each] for each in PARTS)
        return percent(row[name] / whole) if whole else DASH

    return write


def _ordered(found: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """The rows in the order in which they are read: of each currency the dearest first."""
    if names and found[names[0]].dtype.is_temporal():
        return found
    return found.sort(
        "currency", "cost", descending=[False, True], nulls_last=True, maintain_order=True
    )
