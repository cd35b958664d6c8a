"""People reached, of those that were written to: a rate that dead numbers do not depress."""

from collections.abc import Iterable
from typing import Any

import narwhals as nw
import polars as pl

from infobip_analytics.clock import zone
from infobip_analytics.counting import as_messages
from infobip_analytics.countries import no_report_codes
from infobip_analytics.errors import ColumnError
from infobip_analytics.frames import MESSAGES, TIME
from infobip_analytics.grouping import By, country_name, key_columns, keys, shown
from infobip_analytics.intervals import ratio, wilson
from infobip_analytics.outcomes import Outcome
from infobip_analytics.undelivered.counted import DELIVERED, free, handed_back

COUNTS = ["recipients", "reached"]
BESIDE = ["settled", "delivered"]

SCHEMA: dict[str, Any] = {
    **dict.fromkeys(COUNTS, pl.Int64),
    **dict.fromkeys(["unique_recipient_rate", "rate_low", "rate_high"], pl.Float64),
    **dict.fromkeys(BESIDE, pl.Int64),
    "delivery_rate": pl.Float64,
    **dict.fromkeys(["unnamed", "no_report_messages"], pl.Int64),
    "population": pl.String,
    "as_of": TIME,
    "waiting_days": pl.Float64,
}

_PERSON = "_person"


def unique_recipient_rates(
    messages: Any,
    by: By = None,
    *,
    no_report_countries: Iterable[str] | None = None,
    confidence: float = 0.95,
    timezone: str = "UTC",
) -> Any:
    """Count people instead of messages: who was reached, of those that were written to, per *by*.

    `unique_recipient_rate` = recipients with at least one delivery / recipients of the settled
    messages of `delivery_rates`: forwarded, settled, to countries that report. A dead number that
    was tried ten times is one recipient, so that it cannot depress the rate as it does
    `delivery_rate`, which stands beside it. A recipient is a number, or a customer where the number
    is not known. Who is in several groups counts once in each, so groups do not add up.

    Args:
        messages: A frame of messages (pandas, polars or polars-lazy), as `messages` makes it.
        by: As of `delivery_rates`: None (one row), a column, a list, a short name, a piece of time.
        no_report_countries: Codes or names instead of the list of 34; `()` for none.
        confidence: Of the interval (Wilson).
        timezone: In which hours, days, weeks and months begin.

    Returns:
        On the same engine, sorted by *by*: `recipients`, `reached`, `unique_recipient_rate`,
        `rate_low`, `rate_high`; `settled` and `delivered` messages to them, `delivery_rate`;
        `unnamed` (settled messages of which neither number nor customer is known: in none of
        these), `no_report_messages`; `population`, `as_of`, `waiting_days`. Rates are null where
        there is nobody.

    Raises:
        ColumnError: The frame is no frame of messages, or names nobody.
        ArgumentError: *by* is unknown, or another argument means nothing here.
    """
    names = free(keys(by), list(SCHEMA))
    silent = no_report_codes(no_report_countries)
    wilson(nw.col("reached"), nw.col("recipients"), confidence)  # what is no confidence raises now
    people = _people(messages, names, silent, timezone)
    there = people.collect_schema()
    key_types = {name: there.get(name, pl.String) for name in shown(names)}

    def make() -> pl.DataFrame:
        return _rated(people.collect(engine="streaming"), names, confidence)

    return handed_back(make, key_types | SCHEMA, messages)


def _people(messages: Any, names: list[str], silent: frozenset[str], timezone: str) -> pl.LazyFrame:
    """A row for each group and person, and one for all whom nobody names."""
    zone(timezone)
    frame = as_messages(messages)
    there = frame.collect_schema()
    who = [pl.col(name) for name in ("recipient", "customer") if name in there]
    if not who:
        raise ColumnError(
            "recipients are counted by their numbers, and these messages lack the columns "
            "recipient and customer; make them with ia.messages(...)"
        )
    keyed: pl.LazyFrame = frame.with_columns(key_columns(names, there, timezone)).to_native()
    whole = keyed.with_columns(
        **{name: pl.lit(None, MESSAGES[name]) for name in LOOKED_AT if name not in there}
    )
    dated = pl.col("sent_at").is_not_null() if "sent_at" in there else pl.lit(value=True)
    outside = pl.col("orphan").fill_null(value=False) | (
        pl.col("outcome") == str(Outcome.ENQUEUE_FAILED)
    )
    quiet = pl.col("country").is_in(sorted(silent))
    forwarded = dated & ~outside
    settled = forwarded & pl.col("settled") & ~quiet
    counted = whole.with_columns(pl.when(settled).then(pl.coalesce(who)).alias(_PERSON))
    kept = counted.filter(~quiet) if "country" in names else counted
    return kept.group_by(*names, _PERSON).agg(
        settled.sum().cast(pl.Int64).alias("settled"),
        (settled & (pl.col("outcome") == DELIVERED)).sum().cast(pl.Int64).alias("delivered"),
        (forwarded & quiet).sum().cast(pl.Int64).alias("no_report_messages"),
        forwarded.sum().cast(pl.Int64).alias("_forwarded"),
        _known(there).any().alias("_known"),
        pl.max("as_of", "waiting_days"),
    )


LOOKED_AT = ["sent_at", "orphan", "as_of", "waiting_days"]


def _known(there: Iterable[str]) -> pl.Expr:
    """Whether a message would be in the frame even if nothing had been heard of it."""
    if "population" in there:
        return (pl.col("population") == "sent").fill_null(value=False)
    if "record" not in there:
        return pl.lit(value=True)
    known = pl.col("record").is_in(["log", "event"])
    waits = (
        pl.col("status_group").is_in(["PENDING", "ACCEPTED"]) if "status_group" in there else known
    )
    return (known | waits).fill_null(value=False)


def _rated(people: pl.DataFrame, names: list[str], confidence: float) -> pl.DataFrame:
    named = pl.col(_PERSON).is_not_null()
    sums = [pl.col(name).filter(named).sum().alias(name) for name in BESIDE]
    stamped = people.with_columns(pl.col("_known").any(), pl.max("as_of", "waiting_days"))
    aggregates = [
        named.sum().cast(pl.Int64).alias("recipients"),
        (named & (pl.col("delivered") > 0)).sum().cast(pl.Int64).alias("reached"),
        *sums,
        pl.col("settled").filter(~named).sum().alias("unnamed"),
        pl.sum("no_report_messages", "_forwarded"),
        pl.max("_known", "as_of", "waiting_days"),
    ]
    # one row where there is one group, also of no messages at all
    groups = (
        stamped.group_by(names).agg(aggregates).filter(pl.col("_forwarded") > 0)
        if names
        else stamped.select(aggregates)
    )
    low, high = wilson(nw.col("reached"), nw.col("recipients"), confidence)
    rated = (
        nw.from_native(groups)
        .with_columns(
            unique_recipient_rate=ratio(nw.col("reached"), nw.col("recipients")),
            rate_low=low,
            rate_high=high,
            delivery_rate=ratio(nw.col("delivered"), nw.col("settled")),
            population=nw.when(nw.col("_known")).then(nw.lit("sent")).otherwise(nw.lit("reported")),
        )
        .with_columns(*country_name(names))
        .to_native()
    )
    ordered: pl.DataFrame = rated.sort(names, nulls_last=True) if names else rated
    return ordered.select(*shown(names), *SCHEMA)
