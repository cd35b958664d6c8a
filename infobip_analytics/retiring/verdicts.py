"""The verdict on each number: whom to stop texting, whom to watch."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Literal

import narwhals as nw
import polars as pl

from infobip_analytics.countries import no_report_codes
from infobip_analytics.errors import ArgumentError
from infobip_analytics.frames import TIME
from infobip_analytics.grouping import country_name
from infobip_analytics.retiring.evidence import ENDS, MONEY, Evidence, forwarded, gathered
from infobip_analytics.retiring.reasons import reason
from infobip_analytics.retiring.rules import NUMBER
from infobip_analytics.undelivered.counted import handed_back

SUPPRESS, WATCH, KEEP = "suppress", "watch", "keep"
VERDICTS = (SUPPRESS, WATCH, KEEP)

SCHEMA: dict[str, Any] = {
    "recipient": pl.String,
    "country": pl.String,
    "country_name": pl.String,
    "customer": pl.String,
    "verdict": pl.String,
    "reason": pl.String,
    "cause": pl.String,
    "cause_title": pl.String,
    **dict.fromkeys(["failures", "permanent_errors", "repeated_errors"], pl.Int64),
    "first_failure": TIME,
    "last_failure": TIME,
    "days": pl.Float64,
    "last_delivery": TIME,
    "last_sent": TIME,
    **dict.fromkeys(["messages", *ENDS], pl.Int64),
    "cost": pl.Float64,
    "currency": pl.String,
    "n_priced": pl.Int64,
    "as_of": TIME,
    "waiting_days": pl.Float64,
}

#: What failures amount to in days, and how that is written.
_DAY = timedelta(days=1)


def hygiene(
    messages: Any,
    *,
    no_report_countries: Iterable[str] | None = None,
    price_per: Literal["part", "message"] = "part",
) -> Any:
    """Judge each number by what was reported of it: `suppress`, `watch` or `keep`, and why.

    What counts are messages that failed or were rejected with a cause that speaks against the
    number (docs/codes.md; the table suppression.csv says how many failures over how many days are
    enough) and that were sent after the number's last delivery: a delivery clears what was before.
    One report is enough where the number is not in use, not valid or blocked, or cannot take SMS;
    where a phone was off it takes five over a month. Several causes together are enough where they
    are by the strictest of their rules. Infobip's flag `permanent` decides nothing: it speaks of
    the message.

    `suppress`: it is enough. `watch`: there are some, or they speak against MMS or a category of
    messages alone, or the person refused the messages and one was delivered later all the same.
    `keep`: nothing speaks against the number. Numbers of no-report countries are never judged and
    always kept. Silence is no failure.

    Failures count as soon as they are reported, settled or not, and so do deliveries; orphans are
    evidence, too. Messages that were never forwarded are none.

    Args:
        messages: A frame of messages (pandas, polars or polars-lazy), as `messages` makes it.
        no_report_countries: Codes or names instead of the list of 34; `()` for none.
        price_per: Whether `price` is meant per part (as Infobip charges) or per message.

    Returns:
        On the same engine, a row for each number, those to suppress first, most messages first:
        `recipient`, `country`, `country_name`, `customer` (null where there are several);
        `verdict`, `reason`; `cause` and `cause_title` (that weighs most; null where none does);
        `failures` that count, of them `permanent_errors` (one is enough) and `repeated_errors`
        (only repeats are); `first_failure`, `last_failure` (when they were sent) and the `days`
        between; `last_delivery` (the last moment at which one is known), `last_sent`; `messages`,
        `delivered`, `failed`, `rejected`, `unheard` (of which nothing was heard, or not yet);
        `cost` and `currency` of what was paid for `n_priced` of the messages (null where nothing
        was, or in several currencies), which is what leaving the number out would have saved;
        `as_of`, `waiting_days`.

    Raises:
        ColumnError: The frame is no frame of messages, or lacks `recipient`.
        ArgumentError: An argument means nothing here.
    """
    silent = no_report_codes(no_report_countries)
    per_part = checked_price(price_per)
    forwarded(messages)  # what is no frame of messages raises now

    def make() -> pl.DataFrame:
        return judged(gathered(messages, silent, per_part=per_part))

    return handed_back(make, SCHEMA, messages)


def checked_price(price_per: Any) -> bool:
    """Whether prices are per part; ArgumentError where that is neither."""
    if price_per not in ("part", "message"):
        raise ArgumentError(f"price_per={price_per!r}: there are 'part' and 'message'")
    return bool(price_per == "part")


def judged(evidence: Evidence) -> pl.DataFrame:
    """The rows of `hygiene` out of what was gathered."""
    known = _numbers(evidence.paid).join(_weighed(evidence.failures), on="recipient", how="left")
    verdicts = known.with_columns(verdict=_verdict())
    counts = ["failures", "permanent_errors", "repeated_errors"]
    told = verdicts.with_columns(
        pl.col(counts).fill_null(0),
        reason=reason(),
        days=(pl.col("last_failure") - pl.col("first_failure")) / _DAY,
    )
    named = nw.from_native(told).with_columns(*country_name(["country"])).to_native()
    place = pl.col("verdict").replace_strict({name: at for at, name in enumerate(VERDICTS)})
    return named.sort(place, "messages", "recipient", descending=[False, True, False]).select(
        pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()
    )


def suppressed(messages: Any, silent: frozenset[str]) -> pl.Series:
    """The numbers that `hygiene` says to suppress; errors are those of `gathered`."""
    evidence = gathered(messages, silent, per_part=True)
    quiet = evidence.paid.filter("_quiet")
    weighed = _weighed(evidence.failures).join(quiet, on="recipient", how="anti")
    found: pl.Series = weighed.filter(pl.col("_enough") | pl.col("_together"))["recipient"]
    return found


def _numbers(paid: pl.DataFrame) -> pl.DataFrame:
    """What is known of each number beside its failures."""
    sums = (
        paid.lazy()
        .group_by("recipient")
        .agg(
            pl.sum("messages", *ENDS, "n_priced", "cost"),
            pl.max("country", "customer", "last_sent", "as_of", "waiting_days", "_quiet"),
            pl.max("_alive").alias("last_delivery"),
            pl.min("_customer"),
            pl.min(MONEY).alias("_least_money"),
            pl.max(MONEY),
        )
    )
    one = pl.col(MONEY) == pl.col("_least_money")
    whose = pl.col("customer") == pl.col("_customer")
    return sums.with_columns(
        cost=pl.when(one).then("cost"),
        currency=pl.when(one & (pl.col(MONEY) != "")).then(MONEY),
        customer=pl.when(whose).then("customer"),
    ).collect(engine="streaming")


def _weighed(failures: pl.DataFrame) -> pl.DataFrame:
    """What speaks against each number, all of it together, and the cause that weighs most."""
    whole = (pl.col("_about") == NUMBER) & ~pl.col("_cleared")
    span = pl.col("_last") - pl.col("_first")
    enough = whole & (pl.col("_n") >= pl.col("_least")) & (span >= _DAY * pl.col("_days"))
    marked = failures.with_columns(_whole=whole, _enough=enough, _span=span)
    order = ["_enough", "_whole", "_n", "_last", "cause"]
    ordered = marked.sort(order, descending=[True, True, True, True, False])
    weightiest = [*(name for name in marked.columns if name not in ("recipient", "_first"))]
    return (
        ordered.group_by("recipient", maintain_order=True)
        .agg(
            *(pl.first(name) for name in weightiest if name != "_last"),
            pl.sum("_n").alias("failures"),
            pl.col("_n").filter("_alone").sum().alias("permanent_errors"),
            pl.col("_n").filter(~pl.col("_alone")).sum().alias("repeated_errors"),
            pl.min("_first").alias("first_failure"),
            pl.max("_last").alias("last_failure"),
            *_together(),
        )
        .with_columns(_together=_is_enough())
    )


def _together() -> list[pl.Expr]:
    """What speaks against the number as a whole, and the strictest rule of its causes."""
    whole = pl.col("_whole")
    first, last = pl.col("_first").filter(whole).min(), pl.col("_last").filter(whole).max()
    return [
        pl.col("_n").filter(whole).sum().alias("_whole_n"),
        (last - first).alias("_whole_span"),
        pl.col("_least").filter(whole).max().alias("_most"),
        pl.col("_days").filter(whole).max().alias("_longest"),
    ]


def _is_enough() -> pl.Expr:
    """Whether failures of several causes are enough, by the strictest of their rules."""
    long = pl.col("_whole_span") >= _DAY * pl.col("_longest")
    return ((pl.col("_whole_n") >= pl.col("_most")) & long).fill_null(value=False)


def _verdict() -> pl.Expr:
    against = pl.col("cause").is_not_null() & ~pl.col("_quiet")
    enough = pl.col("_enough") | pl.col("_together")
    stop = pl.when(against & enough).then(pl.lit(SUPPRESS))
    return stop.when(against).then(pl.lit(WATCH)).otherwise(pl.lit(KEEP))
