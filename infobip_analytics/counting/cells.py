"""What a cell is: messages that are alike in all that rates ask for, counted and summed."""

from typing import Any

import narwhals as nw

from infobip_analytics.clock import zone
from infobip_analytics.grouping import SHORT, key_columns
from infobip_analytics.outcomes import Outcome
from infobip_analytics.unfinished import ALIKE

Frame = nw.LazyFrame[Any]


NEEDED = ["country", "outcome", "settled"]
_MARKS = ["_country", "_outcome", "_receipt", "_settled", "_scope", "_currency"]


def looked_at(names: list[str]) -> set[str]:
    """The columns of messages that counting by *names* looks at."""
    asked = {column for name in names for column in SHORT.get(name, [name])}
    return {*NEEDED, *_OPTIONAL, *STAMPS, *asked}


def cells(frame: Frame, names: list[str], timezone: str, *, per_part: bool = True) -> Frame:
    """Count messages into cells that are alike in all that rates ask for.

    Columns out: *names*; `_country`, `_outcome`, `_receipt`, `_settled`, `_currency`, `_scope`
    ("counted", "enqueue failed", "orphan", "undated"); and `_n`, `_parts`, `_n_parts`, `_cost`,
    `_n_priced`, `_known` (some message is known whatever was heard of it), `_events` (messages that
    campaign events tell of), `as_of`, `waiting_days`, `set_aside`, `before_since`, `after_until`.
    """
    zone(timezone)
    there = frame.collect_schema()
    optional = {name: nw.col(name) if name in there else None for name in _OPTIONAL}
    measured = frame.with_columns(
        *key_columns(names, there, timezone), *_marks(optional)
    ).with_columns(*_measures(optional, per_part=per_part), *_stamps(there))
    if ALIKE not in there:
        return _grouped(measured, names, nw.len().alias("_n"))
    several = measured.with_columns(nw.col(name) * nw.col(ALIKE) for name in _SUMS)
    return _grouped(several, names, nw.col(ALIKE).sum().alias("_n"))


def summed(pieces: Frame, names: list[str]) -> Frame:
    """Cells that were counted in pieces, as those of the whole."""
    return _grouped(pieces, names, nw.col("_n").sum())


def _grouped(frame: Frame, names: list[str], count: nw.Expr) -> Frame:
    return (
        frame.group_by([*names, *_MARKS])
        .agg(
            count,
            *(nw.col(name).sum() for name in _SUMS),
            *(nw.col(name).max() for name in STAMPS),
        )
        .with_columns(nw.col("_n", *_WHOLE).cast(nw.Int64))
    )


_OPTIONAL = [
    "receipt", "currency", "orphan", "sent_at", "parts", "price", "record", "status_group",
    "population",
]  # fmt: skip
_WHOLE = ["_parts", "_n_parts", "_n_priced", "_known", "_events"]
_SUMS = [*_WHOLE, "_cost"]
STAMPS: dict[str, Any] = {
    "as_of": nw.Datetime("us", "UTC"),
    "waiting_days": nw.Float64,
    "set_aside": nw.Int64,
    "before_since": nw.Int64,
    "after_until": nw.Int64,
}


def _marks(optional: dict[str, nw.Expr | None]) -> list[nw.Expr]:
    """What sets messages apart, without nulls, for engines differ in how they group those."""
    receipt, currency = optional["receipt"], optional["currency"]
    empty = nw.lit("")
    return [
        nw.col("country").alias("_country"),
        nw.col("outcome").alias("_outcome"),
        (empty if receipt is None else receipt.fill_null("")).alias("_receipt"),
        (empty if currency is None else currency.fill_null("")).alias("_currency"),
        nw.col("settled").alias("_settled"),
        _scope(optional["orphan"], optional["sent_at"]).alias("_scope"),
    ]


def _scope(orphan: nw.Expr | None, sent_at: nw.Expr | None) -> nw.Expr:
    """Whether a message counts in rates, or else why not."""
    scope = nw.lit("counted")
    if sent_at is not None:
        scope = nw.when(sent_at.is_null()).then(nw.lit("undated")).otherwise(scope)
    if orphan is not None:
        scope = nw.when(orphan).then(nw.lit("orphan")).otherwise(scope)
    failed = nw.col("outcome") == str(Outcome.ENQUEUE_FAILED)
    return nw.when(failed).then(nw.lit("enqueue failed")).otherwise(scope)


def _measures(optional: dict[str, nw.Expr | None], *, per_part: bool) -> list[nw.Expr]:
    """What is summed, as numbers: a boolean does not sum on every engine."""
    parts, price = optional["parts"], optional["price"]
    none = nw.lit(0)
    known_parts = none if parts is None else parts.fill_null(0)
    factor = nw.lit(1) if parts is None or not per_part else parts.fill_null(1)
    return [
        known_parts.alias("_parts"),
        (none if parts is None else _flag(~parts.is_null())).alias("_n_parts"),
        (none if price is None else _flag(~price.is_null())).alias("_n_priced"),
        (nw.lit(0.0) if price is None else price.fill_null(0.0) * factor).alias("_cost"),
        _known(optional).alias("_known"),
        _of_events(optional["record"]).alias("_events"),
    ]


def _known(optional: dict[str, nw.Expr | None]) -> nw.Expr:
    """1 where a message would be in the frame even if nothing had been heard of it."""
    population, record, group = (optional[n] for n in ("population", "record", "status_group"))
    if population is not None:
        return _flag(population == "sent")
    if record is None:
        return nw.lit(1)
    known = record.is_in(["log", "event"])
    if group is not None:
        known = known | group.is_in(["PENDING", "ACCEPTED"])
    return _flag(known)


def _of_events(record: nw.Expr | None) -> nw.Expr:
    """1 where an event tells of the message: events alone know what was never forwarded."""
    return nw.lit(0) if record is None else _flag(record == "event")


def _flag(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))


def _stamps(there: nw.Schema) -> list[nw.Expr]:
    """What is the same in every row of a frame of messages; a frame made by hand may lack it."""
    return [nw.lit(None, dtype).alias(name) for name, dtype in STAMPS.items() if name not in there]


def population(known: nw.Expr) -> nw.Expr:
    """Which messages there are rows of: all that were sent, or only those that were reported.

    *known* is how many are known whatever was heard of them.
    """
    return nw.when(known > 0).then(nw.lit("sent")).otherwise(nw.lit("reported"))
