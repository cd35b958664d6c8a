"""Rows that speak of one message, folded to one row."""

from collections.abc import Callable

import polars as pl

from infobip_analytics.folding.packing import Packing
from infobip_analytics.folding.parts import grouped
from infobip_analytics.folding.standing import STATUS, ranked
from infobip_analytics.outcomes import Outcome
from infobip_analytics.shrinking import NUMBER
from infobip_analytics.window import Window

DETAILS = [*STATUS, "status_name", "error_id", "error_name", "error_group", "permanent"]

#: Columns of a message that are the greatest of its rows; in sound data these are all equal.
GREATEST = [
    "message_id", "channel", "sender", "recipient", "network", "bulk_id", "campaign_reference",
    "parts", "price", "currency", "customer", "campaign_id", "campaign_name", "action_id",
    "action_name", "variant", "language", "integration_name", "customer_country", "orphan", NUMBER,
]  # fmt: skip

#: Makes one row of several messages
Merge = Callable[[pl.LazyFrame], pl.LazyFrame]

#: How many rows a message has; above that, how many of them say that it is known
_KNOWN = 2**32


def fold_rows(
    rows: pl.LazyFrame,
    standing: pl.DataFrame,
    packing: Packing,
    status: list[str],
    window: Window,
    wanted: set[str],
    many: int = 0,
    merge: Merge | None = None,
) -> pl.LazyFrame:
    """Fold rows of which those with an equal `_key` are one message, with an equal `_row` repeats.

    Columns in: `_sent`, `done_at`, `record`, and the columns *status*, whose combinations are those
    of *standing*; `_row` may be absent where no row is repeated. Where there are very *many*, they
    are folded in parts. Columns out: as in `fold_all`; *merge* may make one row of messages that
    are alike, and then there is no `done_at`.
    """
    there = set(rows.collect_schema().names())
    based = standing.with_columns(_base=packing.base())
    row_wise = ["_base", "_final", "_pends"]
    told = [name for name in standing.columns if name not in {*row_wise, "_place", "_rank"}]
    judged = ranked(rows, based.select(*status, *row_wise), status).pipe(_judged, window, packing)
    found = [
        pl.min("_sent").alias("sent_at"),
        pl.max("_best"),
        *(pl.max(name) for name in GREATEST if name in wanted & there),
        *_counts(wanted, repeated="_row" in there),
        _tally(known="population" in wanted),
    ]
    folded = grouped(judged, found, many).with_columns(
        _place=packing.place(),
        _rows=pl.col("_tally") % _KNOWN,
        _known=pl.col("_tally") >= _KNOWN,
        settled=window.settled(pl.col("sent_at")),
    )
    folded = merge(folded) if merge else folded.with_columns(done_at=packing.done_at())
    return (
        folded.with_columns(_at_place(standing[name]) for name in told)
        .with_columns(outcome=_outcome())
        .with_columns(receipt=pl.when(pl.col("outcome") == Outcome.DELIVERED).then("receipt"))
    )


def _at_place(column: pl.Series) -> pl.Expr:
    """What *column* of the standings has at the winning place; null where no row decides."""
    found = pl.col("_place").map_batches(
        column.gather, return_dtype=column.dtype, is_elementwise=True
    )
    return found.alias(column.name)


def _judged(rows: pl.LazyFrame, window: Window, packing: Packing) -> pl.LazyFrame:
    """Add what each row says: `_seen`, `_late`, `_known`, and `_best` where it decides."""
    when = pl.col("_when")
    late = (when > pl.col("_sent") + window.waiting_period).fill_null(value=False)
    logged = pl.col("record").cast(pl.String).is_in(["log", "event"])
    return (
        rows.with_columns(_when=pl.coalesce("done_at", "_sent"))
        .with_columns(_seen=(when <= window.moment).fill_null(value=True))
        .with_columns(
            _late=pl.col("_seen") & late,
            _known=logged | (pl.col("_seen") & pl.col("_pends")),
            _decides=pl.col("_seen") & ~late,
        )
        .with_columns(
            _best=pl.when("_decides").then(packing.packed(when)),
            _final=pl.when("_decides").then("_final"),
        )
    )


def _outcome() -> pl.Expr:
    """The outcome that the deciding row tells; where it tells none, the waiting period decides."""
    return (
        pl.when(pl.col("_told").is_not_null())
        .then("_told")
        .when("settled")
        .then(pl.lit(str(Outcome.UNREPORTED)))
        .otherwise(pl.lit(str(Outcome.PENDING)))
    )


def _counts(wanted: set[str], *, repeated: bool) -> list[pl.Expr]:
    """What is counted over the rows of a message, as far as it is wanted."""

    def distinct(flag: str) -> pl.Expr:
        counted = pl.col("_row").filter(flag).n_unique() if repeated else pl.col(flag).sum()
        return counted.cast(pl.Int64)

    counts = {
        "n_reports": distinct("_seen"),
        "n_late": distinct("_late"),
        "conflicting": (pl.min("_final") != pl.max("_final")).fill_null(value=False),
        "record": pl.min("record"),  # by the alphabet: event, log, report
    }
    return [counted.alias(name) for name, counted in counts.items() if name in wanted]


def _tally(*, known: bool) -> pl.Expr:
    """How many rows a message has and, where that is wanted, how many say that it is known."""
    row = 1 + pl.col("_known").cast(pl.Int64) * _KNOWN
    return (row.sum() if known else pl.len().cast(pl.Int64)).alias("_tally")
