"""The trend of a rate as a small line: each point is as many days as it takes to say something."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from math import ceil
from typing import Any

import polars as pl

from infobip_analytics.page.summary import Row
from infobip_analytics.rates import delivery_rates

#: A rate of fewer settled messages than this jumps by five points and more for a single one
LEAST = 20

#: Over more days than this a point is a week: a line of more points is a scribble
MOST_DAYS, WEEK = 63, 7


def trends(messages: pl.DataFrame, silent: frozenset[str]) -> Row:
    """The delivery rate in the course of time, of all countries together and of each.

    Out: `from` and `to`, the first and the last day of sending (UTC) of a settled message; `all`,
    and `countries` by country: points with `from`, `to`, `settled`, `delivered`, `delivery_rate`.
    A point is `days` long, a day or whole weeks, or as long as it takes to have `LEAST` settled
    messages; what is left over at the end is part of the last one. Nothing where no settled message
    has a time.
    """
    if "sent_at" not in messages.columns:
        return {}
    settled = messages.filter("settled", pl.col("sent_at").is_not_null())
    together = delivery_rates(settled, by="day", no_report_countries=silent)
    days = [row["day"] for row in together.iter_rows(named=True) if row["settled"]]
    if not days:
        return {}
    apart = delivery_rates(settled, by=["country", "day"], no_report_countries=silent)
    length = _length((days[-1] - days[0]).days + 1)
    return {
        "from": days[0].isoformat(),
        "to": days[-1].isoformat(),
        "days": length,
        "all": points(together.iter_rows(named=True), length),
        "countries": {
            str(country): points(rows.iter_rows(named=True), length)
            for (country,), rows in apart.group_by("country", maintain_order=True)
        },
    }


def _length(days: int) -> int:
    """How many days a point is, of a line over so many days: one, or whole weeks."""
    return 1 if days <= MOST_DAYS else WEEK * ceil(days / (WEEK * MOST_DAYS))


def points(days: Iterable[dict[str, Any]], length: int = 1) -> list[Row]:
    """Days with `day`, `settled` and `delivered`, in order, gathered to points."""
    pieces = list(_pieces((row for row in days if row["settled"]), length))
    if len(pieces) > 1 and _settled(pieces[-1]) < LEAST:
        last = pieces.pop()
        pieces[-1] += last
    return [_point(piece) for piece in pieces]


def _pieces(days: Iterable[dict[str, Any]], length: int) -> Iterator[list[dict[str, Any]]]:
    piece: list[dict[str, Any]] = []
    for row in days:
        full = bool(piece) and _settled(piece) >= LEAST
        if full and row["day"] >= piece[0]["day"] + timedelta(days=length):
            yield piece
            piece = []
        piece.append(row)
    if piece:
        yield piece


def _settled(piece: list[dict[str, Any]]) -> int:
    return sum(row["settled"] for row in piece)


def _point(piece: list[dict[str, Any]]) -> Row:
    settled, delivered = _settled(piece), sum(row["delivered"] for row in piece)
    return {
        "from": piece[0]["day"].isoformat(),
        "to": piece[-1]["day"].isoformat(),
        "settled": settled,
        "delivered": delivered,
        "delivery_rate": delivered / settled,
    }


def middle(point: Row) -> float:
    """The middle of a point's days, as a number of days."""
    first, last = date.fromisoformat(point["from"]), date.fromisoformat(point["to"])
    return (first.toordinal() + last.toordinal()) / 2
