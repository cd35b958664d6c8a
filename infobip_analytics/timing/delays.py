"""Delays from sending to delivery, always beside what was not delivered at all."""

from collections.abc import Iterable
from typing import Any

import narwhals as nw
import polars as pl

from infobip_analytics.clock import zone
from infobip_analytics.counting import as_messages, cells, hand_back
from infobip_analytics.countries import no_report_codes
from infobip_analytics.errors import ArgumentError, ColumnError
from infobip_analytics.grouping import SHORT, By, country_name, key_columns, keys, shown
from infobip_analytics.outcomes import Outcome, Receipt

#: The share of all settled messages that is delivered within so many seconds
WITHIN = {
    "within_5s": 5,
    "within_1min": 60,
    "within_5min": 300,
    "within_1h": 3600,
    "within_24h": 86_400,
}
#: The delay within which so many of a hundred delivered messages arrived
QUANTILES = {"p50": 50, "p90": 90, "p99": 99}

COUNTS = ["waiting", "settled", "delivered", "timed", "untimed", "negative", "operator"]
STAMP = ["population", "as_of", "waiting_days"]
COLUMNS = [*COUNTS, *QUANTILES, *WITHIN, "no_report_messages", *STAMP]


def delivery_delays(
    messages: Any,
    by: By = "country",
    *,
    no_report_countries: Iterable[str] | None = None,
    timezone: str = "UTC",
) -> Any:
    """Measure how long delivery took, `done_at` - `sent_at`, per *by*, of settled messages.

    `p50`, `p90`, `p99`: the least delay, in seconds, within which at least 50, 90, 99 % of the
    delivered messages arrived; always the delay of one of them. `within_5s`, `within_1min`,
    `within_5min`, `within_1h`, `within_24h`: the share of **all settled** messages that was
    delivered within it, so that a message that failed counts as never delivered, and not as slow.
    They are the messages of `delivery_rates`: forwarded, settled, to countries that report. Waiting
    ones are left out, because of those only the fast ones are known yet. No delay is longer than
    the waiting period, for later reports decide nothing.

    What the times are: for version 1 of Infobip's reports `sent_at` is the *scheduled* time, and
    for campaign events `done_at` is when the event came, so that both add some waiting of their
    own. A receipt of the operator tells when the message reached the operator, not the handset:
    such messages count as delivered here, as in the rates, and `operator` says how many there are.

    Args:
        messages: A frame of messages (pandas, polars or polars-lazy).
        by: As of `delivery_rates`: None (one row), a column, a list, a short name, a piece of time.
        no_report_countries: Codes or names instead of the list of 34; `()` for none.
        timezone: In which hours, days, weeks and months begin.

    Returns:
        On the same engine, sorted by *by*: `waiting`, `settled`, `delivered`; of the delivered,
        `timed` (both times are known), `untimed` (they are not: left out of the quantiles, and the
        shares are then lower bounds), `negative` (timed, but delivered before they were sent: two
        clocks disagree; the delay is taken as it is) and `operator` (timed by a receipt of the
        operator); then the quantiles and shares; and `no_report_messages`, `population`, `as_of`,
        `waiting_days`. Counts are Int64, quantiles and shares Float64. Quantiles are null where
        nothing is timed, shares where nothing is settled, or some is delivered and none is timed.

    Raises:
        ColumnError: The frame is no frame of messages, or lacks `sent_at` or `done_at`.
        ArgumentError: *by* is unknown, or another argument means nothing here.
    """
    names = _free(keys(by))
    silent = no_report_codes(no_report_countries)
    marked = _marked(as_messages(messages), names, timezone)
    counted = _counted(marked, names, silent, timezone)
    measured = _measured(marked, names, silent)
    joined = counted.join(measured, on=[_ALL, *names], how="left", nulls_equal=True)
    ordered = joined.with_columns(_shares()).sort([_ALL, *names], nulls_last=True)
    named = nw.from_native(ordered).with_columns(country_name(names))
    return _handed_back(named.select(*shown(names), *COLUMNS), messages)


#: The same in every message, so that there is always something to group and to join by.
_ALL = "_all"
_TIMED, _NEGATIVE, _STEP = "_timed", "_negative", "_step"
_DELAY = pl.col("_delay")


def _free(names: list[str]) -> list[str]:
    """The names themselves, unless a column of the delays is called the same."""
    taken = [name for name in names if name in COLUMNS]
    if taken:
        raise ArgumentError(
            f"by={taken[0]!r}: the delays have a column of that name themselves; give the messages "
            "a copy of theirs under another name, and group by that"
        )
    return names


def _marked(frame: nw.LazyFrame[Any], names: list[str], timezone: str) -> pl.LazyFrame:
    """Messages with *names*, their delay in microseconds, and how it is counted.

    `_step`: how many of the limits in `WITHIN` the delay is beyond; 0 where there is none.
    """
    zone(timezone)
    there = frame.collect_schema()
    if missing := [name for name in ("sent_at", "done_at") if name not in there]:
        raise ColumnError(
            f"delays are measured from sent_at to done_at, and these messages lack "
            f"{' and '.join(missing)}; make them with ia.messages(...)"
        )
    keyed = frame.with_columns(nw.lit(0).alias(_ALL), *key_columns(names, there, timezone))
    asked = {*names, *(column for name in names for column in SHORT.get(name, []))}
    lean: pl.LazyFrame = keyed.select(
        name for name in keyed.collect_schema() if name in [_ALL, *_LOOKED_AT] or name in asked
    ).to_native()
    delivered = pl.col("outcome") == str(Outcome.DELIVERED)
    delay = (pl.col("done_at") - pl.col("sent_at")).dt.total_microseconds()
    beyond = [_DELAY.gt(1_000_000 * limit).cast(pl.Int64) for limit in WITHIN.values()]
    return lean.with_columns(pl.when(delivered).then(delay).alias("_delay")).with_columns(
        _DELAY.is_not_null().alias(_TIMED),
        (_DELAY < 0).fill_null(value=False).alias(_NEGATIVE),
        pl.sum_horizontal(beyond).alias(_STEP),
    )


#: What counting and measuring ask for.
_LOOKED_AT = [
    "country", "outcome", "receipt", "settled", "orphan", "sent_at", "done_at", "record",
    "status_group", "population", "as_of", "waiting_days",
]  # fmt: skip


def _counted(
    marked: pl.LazyFrame, names: list[str], silent: frozenset[str], timezone: str
) -> pl.LazyFrame:
    """Count messages per *names*: the columns of `COUNTS`, the steps, and the stamp."""
    own = [_ALL, *names, _TIMED, _NEGATIVE, _STEP]
    whole: pl.LazyFrame = cells(nw.from_native(marked), own, timezone).to_native()
    # of the whole frame, not of the group: one log entry shows that the source knows what was sent
    stamped = whole.with_columns(pl.max("_known", "as_of", "waiting_days"))
    quiet = pl.col("_country").is_in(sorted(silent))
    kept = stamped.filter(~quiet) if "country" in names else stamped
    sums = [pl.col("_n").filter(flag).sum().alias(name) for name, flag in _flags(quiet).items()]
    lasts = [pl.max("_known", "as_of", "waiting_days")]
    if not names:
        return kept.select(pl.lit(0).alias(_ALL), *sums, *lasts).with_columns(_population())
    grouped = kept.group_by(_ALL, *names).agg(*sums, *lasts).with_columns(_population())
    return grouped.filter(pl.sum_horizontal("settled", "waiting", "no_report_messages") > 0)


def _flags(quiet: pl.Expr) -> dict[str, pl.Expr]:
    """Which cells add to which count."""
    forwarded = pl.col("_scope") == "counted"
    settled = forwarded & ~quiet & pl.col("_settled")
    delivered = settled & (pl.col("_outcome") == str(Outcome.DELIVERED))
    timed = delivered & pl.col(_TIMED)
    return {
        "waiting": forwarded & ~quiet & ~pl.col("_settled"),
        "settled": settled,
        "delivered": delivered,
        "timed": timed,
        "untimed": delivered & ~pl.col(_TIMED),
        "negative": timed & pl.col(_NEGATIVE),
        "operator": timed & (pl.col("_receipt") == str(Receipt.OPERATOR)),
        "no_report_messages": forwarded & quiet,
        **{name: timed & (pl.col(_STEP) <= step) for step, name in enumerate(WITHIN)},
    }


def _population() -> pl.Expr:
    known = pl.col("_known") > 0
    return pl.when(known).then(pl.lit("sent")).otherwise(pl.lit("reported")).alias("population")


def _measured(marked: pl.LazyFrame, names: list[str], silent: frozenset[str]) -> pl.LazyFrame:
    """The quantiles of the delays per *names*, in seconds."""
    there = marked.collect_schema()
    orphan = pl.col("orphan").fill_null(value=False) if "orphan" in there else pl.lit(value=False)
    quiet = pl.col("country").is_in(sorted(silent))
    # no enqueue failure is delivered, and what is undated has no delay
    timed = marked.filter("settled", _TIMED, ~orphan, ~quiet)
    # equiprobable: the order statistic itself, never something between two delays
    return timed.group_by(_ALL, *names).agg(
        (_DELAY.quantile(percent / 100, "equiprobable") / 1_000_000).alias(name)
        for name, percent in QUANTILES.items()
    )


def _handed_back(made: nw.LazyFrame[Any], like: Any) -> Any:
    """The result on the engine of *like*, computed in a stream, which takes a third of the time."""
    plan: pl.LazyFrame = made.to_native()
    if isinstance(like, pl.LazyFrame):
        return plan
    return hand_back(nw.from_native(plan.collect(engine="streaming").lazy()), like)


def _shares() -> list[pl.Expr]:
    known = (pl.col("settled") > 0) & ((pl.col("timed") > 0) | (pl.col("delivered") == 0))
    return [pl.when(known).then(pl.col(name) / pl.col("settled")).alias(name) for name in WITHIN]
