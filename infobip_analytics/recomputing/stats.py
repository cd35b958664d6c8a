"""Stats, one line a group, out of all rows; and when each line settled."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import polars as pl

from infobip_analytics.clock import moment, zone
from infobip_analytics.clock import waiting as waiting_of
from infobip_analytics.frames import MESSAGES, TIME
from infobip_analytics.grouping import SHORT, TIMES, By, keys
from infobip_analytics.journey import Moment, messages
from infobip_analytics.rates import delivery_rates
from infobip_analytics.recomputing.lines import as_texts
from infobip_analytics.tables import rates_table
from infobip_analytics.window import FOUR_DAYS


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the rows: the arguments of `messages` and `delivery_rates`.

    Attributes:
        by: The columns of a line's key; one of them is a piece of time.
    """

    by: tuple[str, ...] = ("day", "country")
    no_report: Literal["exclude", "show"] = "exclude"
    no_report_countries: Iterable[str] | None = None
    timezone: str = "UTC"
    as_of: Moment = None
    since: Moment = None
    until: Moment = None
    waiting_period: timedelta | str | float = FOUR_DAYS


@dataclass(frozen=True, slots=True)
class Stats:
    """The answer.

    Attributes:
        lines: The columns of `delivery_rates`, one line a group, sorted by time and then by keys;
            rates as it gives them, cost with eight decimals at most.
        as_of: The moment for which they are true; None where there are no messages.
        pieces: How many days (or hours, weeks, months) there are.
        sealed: Those that have settled, as text.
        notes: What the numbers count and what they leave out, a sentence each.
    """

    lines: pl.DataFrame
    as_of: datetime | None
    pieces: int
    sealed: tuple[str, ...]
    notes: tuple[str, ...]


def with_time(by: By) -> tuple[str, ...]:
    """The columns to group by; `day` comes first where none of them is a piece of time.

    >>> with_time("campaign"), with_time(["country", "month"])
    (('day', 'campaign'), ('country', 'month'))
    """
    names = tuple(keys(by))
    return names if set(TIMES) & set(names) else ("day", *names)


def nothing(question: Question) -> pl.DataFrame:
    """Lines of no messages; what cannot be asked raises here, before any file is read."""
    zone(question.timezone)
    return _tidy(_rates(messages(_no_reports(), **_window(question)), question))


def _no_reports() -> pl.DataFrame:
    return pl.DataFrame(schema={"message_id": pl.String, "status_group": pl.String})


def stats_of(rows: pl.LazyFrame, question: Question) -> Stats:
    """Stats of all *rows*, delivery reports or campaign events, as the readers give them."""
    narrow = messages(rows, **_window(question)).select(needed(question)).collect()
    return stats_from(narrow, question)


def stats_from(narrow: pl.DataFrame, question: Question) -> Stats:
    """Stats of messages with the `needed` columns, each by itself or counted with those alike."""
    lines = _with_ends(_ordered(_rates(narrow, question), question), question)
    table = rates_table(narrow, None, no_report_countries=question.no_report_countries)
    over = pl.col(_SETTLED).is_not_null()
    [time] = [name for name in question.by if name in TIMES][:1]
    pieces = lines.group_by(time, maintain_order=True).agg(over.all())
    return Stats(
        lines=_tidy(lines.with_columns(as_of=pl.coalesce(_SETTLED, "as_of")).drop(_SETTLED)),
        as_of=narrow.select(pl.max("as_of")).item(),
        pieces=pieces.height,
        sealed=tuple(as_texts(pieces.filter(_SETTLED).select(time))[time].to_list()),
        notes=(table.headline, *table.notes),
    )


def _window(question: Question) -> dict[str, Any]:
    return {
        "as_of": question.as_of,
        "waiting_period": question.waiting_period,
        "since": question.since,
        "until": question.until,
        "timezone": question.timezone,
    }


#: What rates and their notes are made of, beside the keys; to count the reports of each message,
#: for the note on unknown statuses, would take as long as all the rest
_FOR_RATES = [
    "country", "outcome", "receipt", "settled", "orphan", "sent_at", "currency", "price", "parts",
    "population", "record", "channel", "integration_name", "as_of", "waiting_days", "set_aside",
    "before_since", "after_until",
]  # fmt: skip


def needed(question: Question) -> list[str]:
    """The columns of messages that lines and notes look at."""
    asked = {column for name in question.by for column in SHORT.get(name, [name])}
    return [name for name in MESSAGES if name in asked or name in _FOR_RATES]


def _rates(frame: pl.DataFrame, question: Question) -> pl.DataFrame:
    rates: pl.DataFrame = delivery_rates(
        frame,
        list(question.by),
        no_report=question.no_report,
        no_report_countries=question.no_report_countries,
        timezone=question.timezone,
    )
    return rates


def _ordered(rates: pl.DataFrame, question: Question) -> pl.DataFrame:
    """By time, then by the other keys: what is appended every night stands at the end."""
    timed = [name for name in TIMES if name in question.by]
    return rates.sort(*timed, *question.by, nulls_last=True)


def _tidy(lines: pl.DataFrame) -> pl.DataFrame:
    """Cost without the noise of a sum of floats, which the order of the rows would change."""
    return lines.with_columns(pl.col("cost").round_sig_figs(12).round(8))


#: The moment at which all messages of a line had settled; null where that is still to come
_SETTLED = "(settled at)"


def _with_ends(lines: pl.DataFrame, question: Question) -> pl.DataFrame:
    """Lines with `_SETTLED`: the end of their piece of time and the waiting period after it."""
    timed = [name for name in question.by if name in TIMES]
    waiting, as_of = waiting_of(question.waiting_period), lines["as_of"].max()
    pieces = lines.select(timed).unique()
    ends = [
        _end(row, question.timezone, as_of - waiting) if isinstance(as_of, datetime) else None
        for row in pieces.iter_rows(named=True)
    ]
    settled = pl.Series(_SETTLED, [end + waiting if end else None for end in ends], dtype=TIME)
    # in some zones an hour may last longer than an hour
    over = pl.when(pl.col("waiting") == 0).then(_SETTLED)
    return lines.join(
        pieces.with_columns(settled), on=timed, how="left", nulls_equal=True, maintain_order="left"
    ).with_columns(over.alias(_SETTLED))


def _end(piece: dict[str, Any], timezone: str, last: datetime) -> datetime | None:
    """The last microsecond of the shortest of these pieces of time; None where it is after *last*.

    None also where it cannot be reckoned, in the year 9999.
    """
    try:
        end = min(_END[name](value, timezone) for name, value in piece.items() if value)
    except (ValueError, OverflowError):
        return None
    return end if end <= last else None


def _end_of_hour(hour: datetime, _: str) -> datetime:
    return hour.astimezone(UTC) + timedelta(hours=1, microseconds=-1)


def _end_of_day(day: date, timezone: str) -> datetime:
    edge = moment(day, timezone=timezone, end_of_day=True)
    assert edge is not None  # a date has an end
    return edge


def _end_of_week(monday: date, timezone: str) -> datetime:
    return _end_of_day(monday + timedelta(days=6), timezone)


def _end_of_month(first: date, timezone: str) -> datetime:
    next_month = (first + timedelta(days=31)).replace(day=1)
    return _end_of_day(next_month - timedelta(days=1), timezone)


_END: dict[str, Callable[[Any, str], datetime]] = {
    "hour": _end_of_hour,
    "day": _end_of_day,
    "week": _end_of_week,
    "month": _end_of_month,
}
