"""How many of the open messages of each group are still delivered, and between which bounds."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from infobip_analytics.coming.ages import Numbers, Places
from infobip_analytics.coming.counted import DELIVERED, OPEN, STRATA, UNIT, Counted, places
from infobip_analytics.coming.curves import doubted
from infobip_analytics.coming.learned import Learned
from infobip_analytics.coming.record import NORMAL, Record, bounds
from infobip_analytics.frames import TIME

#: A country with fewer settled messages has no history of its own
LEAST_SETTLED = 30

FORECAST: dict[str, Any] = {
    "waiting_delivered": pl.Int64,
    "open": pl.Int64,
    "coming": pl.Float64,
    "coming_low": pl.Float64,
    "coming_high": pl.Float64,
    "carried": pl.Float64,
    "past_campaigns": pl.Int64,
    "last_sent": TIME,
}


@dataclass(frozen=True, slots=True)
class _Rows:
    """Waiting messages that are alike, a row each."""

    unit: Places
    count: Numbers
    is_open: Numbers
    is_delivered: Numbers
    age: Numbers
    coming: Numbers
    growing: Numbers
    doubt: Numbers
    seen: Numbers
    stratum: Places
    strata: int


def forecasts(made: Counted, names: list[str], learned: Learned) -> pl.DataFrame:
    """A row for each group of waiting messages: *names* and the columns of `FORECAST`.

    `coming`: how many of those `open` are expected to be delivered, null where no past campaign
    tells how far that may be off; `coming_low`, `coming_high`: what holds 95 % of what really
    comes; `carried`: the share of the open messages whose country has a history of its own;
    `past_campaigns`: how many of them the bounds are made of; `last_sent`: when the last was sent.
    """
    schema: dict[str, Any] = {name: made.waiting.schema[name] for name in names} | FORECAST
    if made.waiting.is_empty():
        return pl.DataFrame(schema=schema)
    found = [
        _forecast(part, names, learned, learned.record(where))
        for where, part in _parts(made.waiting, places(names))
    ]
    return pl.concat(found).select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def _parts(waiting: pl.DataFrame, kept: list[str]) -> list[tuple[tuple[object, ...], pl.DataFrame]]:
    return list(waiting.partition_by(kept, as_dict=True).items()) if kept else [((), waiting)]


def _forecast(
    cells: pl.DataFrame, names: list[str], learned: Learned, record: Record | None
) -> pl.DataFrame:
    groups = (
        cells.select(names).unique(maintain_order=True).with_row_index("_group") if names else _ONE
    )
    numbered = (
        cells.join(groups, on=names, nulls_equal=True) if names else cells.join(_ONE, how="cross")
    )
    units = numbered.select("_group", *UNIT).unique().with_row_index("_unit")
    rows = numbered.join(units, on=["_group", *UNIT])
    group = rows["_group"].to_numpy().astype(np.int64)
    many = len(groups)
    read, country = _rows(rows, learned)
    still = read.count * read.is_open
    carried = still * (np.where(country < 0, 0.0, learned.in_all[country]) >= LEAST_SETTLED)
    counts = {
        "waiting_delivered": _sum(group, read.count * read.is_delivered, many),
        "open": _sum(group, still, many),
        "carried": _share(_sum(group, carried, many), _sum(group, still, many)),
        "past_campaigns": np.zeros(many),
    }
    of_unit = units.sort("_unit")["_group"].to_numpy().astype(np.int64)
    expected = {} if record is None else _expected(read, of_unit, counts["open"], record)
    last = rows.group_by("_group").agg(pl.max("_last_sent").alias("last_sent"))
    made = (
        groups.join(last, on="_group")
        .sort("_group")
        .with_columns(pl.Series(name, values) for name, values in (counts | expected).items())
    )
    missing = [name for name in FORECAST if name not in made.columns]
    return made.with_columns(pl.lit(None, pl.Float64).alias(name) for name in missing).select(
        *names, *FORECAST
    )


_ONE = pl.DataFrame({"_group": [0]}, schema={"_group": pl.UInt32})


def _rows(cells: pl.DataFrame, learned: Learned) -> tuple[_Rows, Places]:
    """What is known of each row, and the number of its country's curve."""
    own, country = learned.strata(*(cells[name].to_list() for name in STRATA))
    counts = cells["_n"].to_numpy().astype(np.float64)
    age = cells["_age"].to_numpy() / counts
    by_then = learned.curve(learned.delivered, own, age)
    still = learned.curve(learned.still, own, age)
    later = np.maximum(learned.delivered[own, -1] - by_then, 0)
    coming = np.minimum(_share(later, still), 1)
    seen = learned.curve(learned.at_risk, own, age)
    doubt = doubted(coming, seen)
    became = cells["_became"].to_numpy()
    rows = _Rows(
        cells["_unit"].to_numpy().astype(np.int64),
        counts,
        (became == OPEN).astype(np.float64),
        (became == DELIVERED).astype(np.float64),
        age,
        coming,
        _share(later, by_then),
        doubt * (1 - doubt),
        seen,
        own,
        len(learned.in_all),
    )
    return rows, country


def _expected(rows: _Rows, of_unit: Places, still: Numbers, record: Record) -> dict[str, Numbers]:
    """How many are still coming to each group, and the bounds of it; *of_unit*: its group."""
    many, units = still.size, of_unit.size
    is_open = rows.count * rows.is_open
    mixing = record.at("mixing", rows.age)
    open_of_unit = _sum(rows.unit, is_open, units)
    by_open = _sum(rows.unit, (1 - mixing) * is_open * rows.coming, units)
    arrived = rows.count * rows.is_delivered
    by_delivered = _sum(rows.unit, mixing * arrived * rows.growing, units)
    coming = np.minimum(by_open + by_delivered, open_of_unit)
    scale = is_open * rows.doubt
    spread, shared = record.at("spread", rows.age), record.at("shared", rows.age)
    alone = _sum(rows.unit, scale * np.sqrt(np.maximum(spread - shared, 0)), units) ** 2
    together = _sum(of_unit, _sum(rows.unit, scale * np.sqrt(shared), units), many) ** 2
    # what is learnt of few is off by the same for all messages of a stratum
    _, alike = np.unique(of_unit[rows.unit] * rows.strata + rows.stratum, return_inverse=True)
    learnt = _sum(alike, is_open, alike.max() + 1)[alike] / np.maximum(rows.seen, 1)
    chance = _sum(rows.unit, scale * (1 + learnt), units)
    variance = _sum(of_unit, alone + chance, many) + together
    weights = _sum(of_unit, _sum(rows.unit, is_open, units), many)
    wide = _sum(of_unit, _sum(rows.unit, is_open * record.at("wide", rows.age), units), many)
    expected = _sum(of_unit, coming, many)
    low, high = bounds(expected, still, variance * (_share(wide, weights) / NORMAL) ** 2)
    cohorts = _sum(of_unit, _sum(rows.unit, is_open * record.at("units", rows.age), units), many)
    return {
        "coming": expected,
        "coming_low": low,
        "coming_high": high,
        "past_campaigns": np.round(_share(cohorts, weights)),
    }


def _sum(place: Places, values: Numbers, many: int) -> Numbers:
    return np.bincount(place, values, many).astype(np.float64)


def _share(part: Numbers, whole: Numbers) -> Numbers:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 1e-12)
