"""Several reports, one message: a fold that does not depend on the order of the rows.

Every combination of status and error that occurs in the data gets a standing: a rank, and a place
among all combinations where rank and time are equal. Rank, time and place are packed into one
integer, so that the row which decides about a message is simply the greatest one.
"""

from collections.abc import Callable
from typing import Any

import polars as pl

from infobip_analytics.codes import Verdict, verdict
from infobip_analytics.frames import TIME
from infobip_analytics.outcomes import Outcome
from infobip_analytics.shrinking import NUMBER, shrink
from infobip_analytics.window import Window

STATUS = ["status_group", "status_id"]
DETAILS = [*STATUS, "status_name", "error_id", "error_name", "error_group", "permanent"]

#: Columns of a message that are the greatest of its rows; in sound data these are all equal.
GREATEST = [
    "message_id", "channel", "sender", "recipient", "network", "bulk_id", "campaign_reference",
    "parts", "price", "currency", "customer", "campaign_id", "campaign_name", "action_id",
    "action_name", "variant", "language", "integration_name", "customer_country", "orphan", NUMBER,
]  # fmt: skip

#: Columns whose texts are shrunk for the fold: numbers, and names of which there are few.
FEW_KINDS = ["recipient", "channel", "sender", "network", "campaign_reference", "currency"]

Judge = Callable[[dict[str, Any]], Verdict]

#: Verdicts that are outcomes; the others leave it to the waiting period.
_TELLING = [Outcome.DELIVERED, Outcome.FAILED, Outcome.REJECTED, Outcome.ENQUEUE_FAILED]

_PLACES = 2**32  # room for the place; the time above it takes 64 bits, the rank what is left
_TIMES = 2**64
_EPOCH = 2**62  # keeps times before 1970 positive


def fold(reports: pl.LazyFrame, window: Window, wanted: set[str]) -> pl.LazyFrame:
    """Fold delivery reports to one row a message.

    Columns in: those of delivery reports. Columns out: `sent_at`, `outcome`, `settled`, and those
    of *wanted* that reports can tell. Rows without a message id are left out.
    Source of the rules: docs/definitions.md, sections 2 and 3.
    """
    there = reports.collect_schema().names()
    identity = [name for name in there if name not in ("received_at", "set_aside")]
    # 64 bits in place of the text: among 20 million ids the chance that any two meet is 1 in 90,000
    key = pl.col("message_id").hash()
    rows = _existing(reports, window).with_columns(_key=key, _row=pl.struct(identity).hash())
    small, restored = shrink(rows, [name for name in FEW_KINDS if name in wanted and name in there])
    # the details also decide whose done_at is taken
    status = DETAILS if wanted & {*DETAILS, "done_at"} else STATUS
    found = small.select(status).unique().collect(engine="streaming")
    standing = standings(found, lambda row: verdict(row["status_group"], row["status_id"]))
    folded = fold_rows(small, standing, status, window, wanted | {NUMBER})
    return _named(folded.with_columns(restored))


def _named(folded: pl.LazyFrame) -> pl.LazyFrame:
    """Take out what has no message id, which all shares one key, and count its rows."""
    nobody = pl.Series([None], dtype=pl.String).hash()[0]
    nameless = pl.col("_rows").filter(pl.col("_key") == nobody).sum()
    return folded.with_columns(_unusable=nameless).filter(pl.col("_key") != nobody)


def latest_report(reports: pl.LazyFrame) -> Any:
    """The latest moment that the reports speak of; never `sent_at`, which may be a plan."""
    latest = reports.select(pl.max_horizontal(pl.max("done_at"), pl.max("received_at")))
    return latest.collect(engine="streaming").item()


def _existing(reports: pl.LazyFrame, window: Window) -> pl.LazyFrame:
    """The rows whose message exists by `as_of`, with their time of sending as `_sent`.

    A row without one is lent its message's; a row sent by `as_of` makes its message exist, and one
    of a message without any time of sending does so once it is seen.
    """
    sent = pl.col("sent_at")
    found = reports.select(sent.is_null().any(), sent.max().alias("last"))
    some_lack_it, last = found.collect(engine="streaming").row(0)
    if not some_lack_it and last <= window.moment:  # as usual, so nothing need be looked at again
        return reports.with_columns(_sent=sent)
    return reports.with_columns(_sent=pl.coalesce(sent, sent.min().over("message_id"))).filter(
        pl.coalesce("_sent", "done_at").fill_null(window.moment) <= window.moment
    )


def standings(found: pl.DataFrame, judge: Judge) -> pl.DataFrame:
    """Rank and place the combinations of status and error that were *found*.

    Columns out: those of *found*, `_place`, `_rank`, `_verdict`, `receipt`, and `_final`, which is
    null where the verdict is not final.
    """
    judged = sorted(
        ((row, judge(row)) for row in found.iter_rows(named=True)),
        key=lambda pair: _tie_break(*pair),
    )
    verdicts = [each for _, each in judged]
    outcome = pl.col("_verdict").cast(pl.Enum(Outcome)).to_physical()
    return (
        pl.DataFrame([row for row, _ in judged], schema=found.schema)
        .with_row_index("_place")
        .with_columns(
            pl.col("_place").cast(pl.Int64),
            _rank=pl.Series([each.rank for each in verdicts], dtype=pl.Int64),
            _verdict=pl.Series([each.outcome for each in verdicts], dtype=pl.String),
            receipt=pl.Series([each.receipt for each in verdicts], dtype=pl.String),
        )
        # a receipt of the operator (rank 3) is not final
        .with_columns(
            _final=pl.when(pl.col("_rank") > 3).then(outcome),
            _pends=pl.col("_verdict") == Outcome.PENDING,
            _told=pl.when(pl.col("_verdict").is_in(_TELLING)).then("_verdict"),
        )
    )


def _tie_break(row: dict[str, Any], judged: Verdict) -> list[tuple[bool, Any]]:
    """What decides where rank and time are equal: the greater wins, and null is lowest."""
    rest = ("error_id", "status_name", "error_name", "error_group", "status_group", "permanent")
    order = [row.get("status_id"), judged.outcome == Outcome.REJECTED, *map(row.get, rest)]
    return [(value is not None, 0 if value is None else value) for value in order]


def fold_rows(
    rows: pl.LazyFrame,
    standing: pl.DataFrame,
    status: list[str],
    window: Window,
    wanted: set[str],
) -> pl.LazyFrame:
    """Fold rows of which those with an equal `_key` are one message, with an equal `_row` repeats.

    Columns in: `_sent`, `done_at`, `record`, and the columns *status*, whose combinations are those
    of *standing*; `_row` may be absent where no row is repeated. Columns out: as in `fold`.
    """
    there = set(rows.collect_schema().names())
    row_wise = ["_place", "_rank", "_final", "_pends"]
    told = [name for name in standing.columns if name not in row_wise]
    return (
        rows.join(
            standing.lazy().select(*status, *row_wise), on=status, how="left", nulls_equal=True
        )
        .pipe(_judged, window)
        .group_by("_key")
        .agg(
            pl.min("_sent").alias("sent_at"),
            pl.max("_best"),
            *(pl.max(name) for name in GREATEST if name in wanted & there),
            *_counts(wanted, repeated="_row" in there),
            pl.len().cast(pl.Int64).alias("_rows"),
        )
        .with_columns(_place=((pl.col("_best") % _wide(_PLACES)) // 2).cast(pl.Int64))
        .with_columns(_at_place(standing[name]) for name in told)
        .with_columns(
            outcome=_outcome(window),
            done_at=_done_at(),
            settled=window.settled(pl.col("sent_at")),
        )
        .with_columns(receipt=pl.when(pl.col("outcome") == Outcome.DELIVERED).then("receipt"))
    )


def _at_place(column: pl.Series) -> pl.Expr:
    """What *column* of the standings has at the winning place; null where no row decides."""
    found = pl.col("_place").map_batches(
        column.gather, return_dtype=column.dtype, is_elementwise=True
    )
    return found.alias(column.name)


def _judged(rows: pl.LazyFrame, window: Window) -> pl.LazyFrame:
    """Add what each row says: `_seen`, `_late`, `_known`, and `_best` where it decides."""
    when, record = pl.col("_when"), pl.col("record")
    late = (when > pl.col("_sent") + window.waiting_period).fill_null(value=False)
    logged = (record == "log") | (record == "event")
    return (
        rows.with_columns(_when=pl.coalesce("done_at", "_sent"))
        .with_columns(_seen=(when <= window.moment).fill_null(value=True))
        .with_columns(
            _late=pl.col("_seen") & late,
            _known=logged | (pl.col("_seen") & pl.col("_pends")),
            _decides=pl.col("_seen") & ~late,
        )
        .with_columns(
            _best=pl.when("_decides").then(_packed(when)),
            _final=pl.when("_decides").then("_final"),
        )
    )


def _packed(when: pl.Expr) -> pl.Expr:
    """Rank, time and place in one integer; the last bit tells a known `done_at` from a lent one."""
    rank = pl.col("_rank").cast(pl.Int128) + 1  # an event that was not even enqueued has rank -1
    time = (when.dt.timestamp("us") + _EPOCH).fill_null(0).cast(pl.Int128)
    place = pl.col("_place") * 2 + pl.col("done_at").is_not_null().cast(pl.Int64)
    return (rank * _wide(_TIMES) + time) * _wide(_PLACES) + place.cast(pl.Int128)


def _wide(number: int) -> pl.Expr:
    return pl.lit(number, dtype=pl.Int128)


def _done_at() -> pl.Expr:
    """The `done_at` of the deciding row; null where it has none or no row decides."""
    time = ((pl.col("_best") // _wide(_PLACES)) % _wide(_TIMES)).cast(pl.Int64) - _EPOCH
    return pl.when(pl.col("_best") % _wide(2) == _wide(1)).then(time.cast(TIME))


def _outcome(window: Window) -> pl.Expr:
    """The outcome that the deciding row tells; where it tells none, the waiting period decides."""
    return (
        pl.when(pl.col("_told").is_not_null())
        .then("_told")
        .when(window.settled(pl.col("sent_at")))
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
        "population": pl.max("_known").alias("_known"),
    }
    return [
        counted if name == "population" else counted.alias(name)
        for name, counted in counts.items()
        if name in wanted
    ]
