"""Messages counted by series and day: final counts, and those by the same age as today's."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl

from infobip_analytics.clock import zone
from infobip_analytics.counting import as_messages, cells
from infobip_analytics.errors import ArgumentError, ColumnError
from infobip_analytics.grouping import TIMES, key_columns
from infobip_analytics.outcomes import Outcome
from infobip_analytics.watching.scanning import Basis, Days

#: The ages by which days are compared of which not everything is settled
AGES = {
    "48 h": timedelta(hours=48),
    "24 h": timedelta(hours=24),
    "4 h": timedelta(hours=4),
    "1 h": timedelta(hours=1),
    "15 min": timedelta(minutes=15),
}
SETTLED = "settled"

DAY, CLOCK, AGE, ALL, SERIES = "_day", "_clock", "_age", "_all", "_series"

_COUNTS = ["sent", "delivered", "accepted", "heard"]
_LOOKED_AT = [
    "country", "outcome", "settled", "orphan", "sent_at", "done_at", "record", "status_group",
    "population", "as_of", "waiting_days",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Age:
    """An age by which a day is compared with the days before.

    Attributes:
        words: How it is said.
        least: The age itself.
        day: The day on which only the messages of the morning have reached it; earlier days have.
        until: Until when messages of that day were sent that have, since midnight.
    """

    words: str
    least: timedelta
    day: date
    until: timedelta


@dataclass(frozen=True, slots=True)
class Gathered:
    """The messages that are watched, and what holds for all of them.

    Attributes:
        messages: A row each: what is looked at, the keys, `_day` (of sending, in the time zone),
            `_clock` (how long after its midnight) and `_age` (at which its outcome was known).
        quiet: How many messages went to no-report countries, and are not among them.
        population: As of rates.
        as_of: As of rates; None where there are no messages.
        waiting_days: As of rates.
    """

    messages: pl.DataFrame
    quiet: int
    population: str
    as_of: datetime | None
    waiting_days: float | None


@dataclass(frozen=True, slots=True)
class Counted:
    """Messages by series and day.

    Attributes:
        series: A row for each series that has enough messages on some day: `_series`, its keys.
        first: The first day.
        days: The counts, days by series.
        ages: By which age each basis but the first is counted; the first is of what is settled.
        others: How many messages belong to series that never have enough on a day.
    """

    series: pl.DataFrame
    first: date
    days: Days
    ages: list[Age]
    others: int

    def day(self, row: int) -> date:
        """The day of a row of the counts."""
        return self.first + timedelta(days=row)


def checked(names: list[str], ours: list[str]) -> list[str]:
    """The names themselves, unless they are pieces of time, or columns of our own."""
    if timed := [name for name in names if name in TIMES]:
        raise ArgumentError(
            f"by={timed[0]!r}: alerts hold each day against the days before by themselves; group "
            "by what may break: country, network, sender, campaign"
        )
    if taken := [name for name in names if name in ours or name.startswith("_")]:
        raise ArgumentError(
            f"by={taken[0]!r}: the alerts have a column of that name themselves; give the messages "
            "a copy of theirs under another name, and group by that"
        )
    return names


def gathered(
    messages: Any, names: list[str], silent: frozenset[str], timezone: str, beside: list[str]
) -> Gathered:
    """Choose the messages that are watched: forwarded, dated, not to *silent* countries.

    Raises:
        ColumnError: The frame is no frame of messages, or lacks a time.
        ArgumentError: A name or the time zone is unknown.
    """
    local = zone(timezone)
    frame = as_messages(messages)
    there = frame.collect_schema()
    if missing := [name for name in ("sent_at", "done_at") if name not in there]:
        raise ColumnError(
            f"days are told apart by sent_at, and ages by done_at, and these messages lack "
            f"{' and '.join(missing)}; make them with ia.messages(...)"
        )
    keyed = frame.with_columns(key_columns(names, there, timezone))
    wanted = {*_LOOKED_AT, *names, *beside}
    lean: pl.LazyFrame = keyed.select(
        name for name in keyed.collect_schema() if name in wanted
    ).to_native()
    rows = lean.collect(engine="streaming")
    small: pl.DataFrame = cells(nw.from_native(rows.lazy()), [], timezone).to_native().collect()
    quiet = pl.col("_country").is_in(sorted(silent)) & (pl.col("_scope") == "counted")
    known, as_of, waiting_days = small.select(pl.max("_known", "as_of", "waiting_days")).row(0)
    return Gathered(
        messages=_dated(rows, silent, str(local)),
        quiet=int(small.filter(quiet)["_n"].sum()),
        population="sent" if known else "reported",
        as_of=as_of,
        waiting_days=waiting_days,
    )


def _dated(rows: pl.DataFrame, silent: frozenset[str], timezone: str) -> pl.DataFrame:
    local = pl.col("sent_at").dt.convert_time_zone(timezone).dt.replace_time_zone(None)
    orphan = pl.col("orphan") if "orphan" in rows.columns else pl.lit(value=False)
    return rows.filter(
        pl.col("sent_at").is_not_null(),
        pl.col("outcome") != str(Outcome.ENQUEUE_FAILED),
        ~orphan.fill_null(value=False),
        ~pl.col("country").is_in(sorted(silent)),
    ).with_columns(
        local.dt.date().alias(DAY),
        (local - local.dt.truncate("1d")).alias(CLOCK),
        (pl.col("done_at") - pl.col("sent_at")).alias(AGE),
        pl.lit(0).alias(ALL),
    )


def ages(as_of: datetime, waiting: timedelta, timezone: str) -> list[Age]:
    """The ages that are shorter than the waiting period, the longest first."""
    made = []
    for words, least in AGES.items():
        cut = (as_of - least).astimezone(zone(timezone)).replace(tzinfo=None)
        midnight = datetime.combine(cut.date(), datetime.min.time())
        made += [Age(words, least, cut.date(), cut - midnight)] if least < waiting else []
    return made


def counted(
    found: Gathered, names: list[str], timezone: str, least: int, effect: float
) -> Counted | None:
    """Count what was gathered; None where no series has *least* messages on any day."""
    if found.as_of is None or found.waiting_days is None:
        return None
    by_age = ages(found.as_of, timedelta(days=found.waiting_days), timezone)
    groups = [ALL, *names]
    cells = found.messages.group_by(*groups, DAY).agg(*_sums(by_age))
    sizes = cells.group_by(groups).agg(pl.max("sent_0"), pl.sum("sent_0").alias("_whole"))
    enough = sizes.filter(pl.col("sent_0") >= least).sort(groups, nulls_last=True)
    others = sizes.filter(pl.col("sent_0") < least)["_whole"].sum()
    if enough.is_empty():
        return None
    series = enough.select(groups).with_row_index(SERIES)
    first: date = cells[DAY].min()  # type: ignore[assignment]
    # up to now, and not only up to the last send: what is old is no news
    last = found.as_of.astimezone(zone(timezone)).date()
    length = (last - first).days + 1
    final = np.ones(length, bool)
    waiting = cells.filter(pl.col("waiting") > 0)[DAY].unique().to_list()
    final[[(day - first).days for day in waiting]] = False
    mine = cells.join(series, on=groups, nulls_equal=True)
    bases = [_basis(mine, first, (length, series.height), n) for n in range(2 * len(by_age) + 1)]
    chosen = _chosen(bases, by_age, first, final, least)
    days = Days(bases, chosen, final, least, effect)
    return Counted(series, first, days, [age for age in by_age for _ in range(2)], int(others))


def reached(age: Age) -> pl.Expr:
    """Whether a message had its outcome by an age."""
    return (pl.col(AGE) <= age.least).fill_null(value=False)


def _sums(by_age: list[Age]) -> list[pl.Expr]:
    """The counts of each basis: final ones, then by each age those of the day and the morning."""
    delivered = pl.col("outcome") == str(Outcome.DELIVERED)
    heard = delivered | (pl.col("outcome") == str(Outcome.FAILED))
    accepted = pl.col("outcome") != str(Outcome.REJECTED)
    always = pl.lit(value=True)
    bases = [(always, always)]
    for age in by_age:
        bases += [(always, reached(age)), (pl.col(CLOCK) <= age.until, reached(age))]
    sums = [(~pl.col("settled")).sum().alias("waiting")]
    for number, (part, known) in enumerate(bases):
        flags = (part, part & known & delivered, part & accepted, part & known & heard)
        sums += [
            flag.sum().cast(pl.Int64).alias(f"{name}_{number}")
            if flag is not always
            else pl.len().cast(pl.Int64).alias(f"{name}_{number}")
            for name, flag in zip(_COUNTS, flags, strict=True)
        ]
    return sums


def _basis(cells: pl.DataFrame, first: date, shape: tuple[int, int], number: int) -> Basis:
    rows = (cells[DAY] - first).dt.total_days().to_numpy()
    columns = cells[SERIES].to_numpy()
    made = [np.zeros(shape) for _ in _COUNTS]
    for counts, name in zip(made, _COUNTS, strict=True):
        counts[rows, columns] = cells[f"{name}_{number}"].to_numpy()
    return Basis(*made)


def _chosen(bases: list[Basis], by_age: list[Age], first: date, final: Any, least: int) -> Any:
    """By which basis each day of each series is judged: the surest for which there is enough."""
    sent = bases[0].sent
    chosen = np.where(final[:, None] & (sent >= least), 0, -1)
    for row in np.flatnonzero(~final):
        day = first + timedelta(days=int(row))
        most = np.zeros(sent.shape[1])
        for place, age in enumerate(by_age):
            whole, morning = 2 * place + 1, 2 * place + 2
            number = whole if day < age.day else morning if day == age.day else None
            if number is None:
                continue
            there = bases[number].sent[row]
            # the longest age that half of the day's messages have reached, else what most have
            surer = (there >= least) & (there > most) & (most < sent[row] / 2)
            chosen[row] = np.where(surer, number, chosen[row])
            most = np.where(surer, there, most)
    return chosen
