"""Delivery rates, always beside the counts they come from."""

from collections.abc import Iterable
from typing import Any, Literal

import narwhals as nw

from infobip_analytics.counting import Frame, cells_of, hand_back, population
from infobip_analytics.countries import no_report_codes
from infobip_analytics.errors import ArgumentError
from infobip_analytics.grouping import By, country_name, keys, shown
from infobip_analytics.intervals import ratio, wilson
from infobip_analytics.outcomes import Outcome, Receipt

COUNTS = [
    "messages", "waiting", "settled", "delivered", "failed", "rejected", "unreported",
]  # fmt: skip
SHARES = [
    "delivery_rate", "rate_low", "rate_high", "acceptance_rate", "coverage", "confirmed_rate",
    "bound_low", "bound_high", "handset_rate",
]  # fmt: skip
TOTALS = [
    "delivered_so_far", "reported_so_far", "no_report_messages", "parts", "cost", "currency",
    "n_priced",
]  # fmt: skip
STAMP = ["population", "as_of", "waiting_days"]
ENQUEUING = ["attempted", "enqueue_failed", "enqueue_failure_rate"]


def delivery_rates(
    messages: Any,
    by: By = "country",
    *,
    no_report: Literal["exclude", "show"] = "exclude",
    no_report_countries: Iterable[str] | None = None,
    confidence: float = 0.95,
    timezone: str = "UTC",
    price_per: Literal["part", "message"] = "part",
) -> Any:
    """Count messages and give their delivery rate, per *by*, without the no-report countries.

    `delivery_rate` = delivered / settled, with its Wilson interval. A message is settled when its
    waiting period is over; waiting ones enter no rate. Where nothing is settled the rate is null.

    `enqueue_failure_rate` = enqueue_failed / attempted, of the messages that campaign events tell
    of: `attempted` are those that were forwarded or failed to be (no orphans, no undated ones), of
    any age and to any country, for no report is needed to know. A group of which nothing was
    forwarded keeps its row. All three are null where no message of the frame is of an event, the
    rate also where nothing was attempted.

    Args:
        messages: A frame of messages of any engine that `messages` takes, as it makes it.
        by: None (one row), a column, a list of them, a short name (`campaign`, `action`, `error`,
            `status`, `provider`), or `hour`, `day`, `week`, `month` of `sent_at`.
        no_report: `"exclude"` leaves the no-report countries out; `"show"` keeps their rows, with
            `reports` false and every rate null.
        no_report_countries: Codes or names instead of the list of 34; `()` for none.
        confidence: Of the interval; messages of one campaign are not independent, so it is at
            least this wide.
        timezone: In which hours, days, weeks and months begin.
        price_per: Whether `price` is meant per part (as Infobip charges) or per message.

    Returns:
        On the same engine, sorted by *by*: the columns of docs/definitions.md, section 5, with
        `country_name` beside `country`.

    Raises:
        ColumnError: The frame is no frame of messages.
        ArgumentError: *by* is unknown, or another argument means nothing here.
    """
    names = _free(keys(by))
    silent = no_report_codes(no_report_countries)
    show = _choice("no_report", no_report, ("exclude", "show")) == "show"
    per_part = _choice("price_per", price_per, ("part", "message")) == "part"
    found = cells_of(messages, names, timezone, per_part=per_part)
    counted = _counted(found, names, silent, show=show)
    rated = _rated(counted, confidence, show=show)
    ordered = rated.sort(names, nulls_last=True) if names else rated
    columns = [*shown(names), *COUNTS, *SHARES, *TOTALS, *(["reports"] if show else [])]
    columns += [*STAMP, *ENQUEUING]
    return hand_back(ordered.with_columns(country_name(names)).select(columns), messages)


def _free(names: list[str]) -> list[str]:
    """The names themselves, unless a column of the rates is called the same."""
    ours = {*COUNTS, *SHARES, *TOTALS, "reports", *STAMP, *ENQUEUING}
    taken = [name for name in names if name in ours]
    if taken:
        raise ArgumentError(
            f"by={taken[0]!r}: the rates have a column of that name themselves; give the messages "
            "a copy of theirs under another name, and group by that"
        )
    return names


def _choice(name: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise ArgumentError(f"{name}={value!r}: there are {' and '.join(map(repr, choices))}")
    return value


def _counted(cells: Frame, names: list[str], silent: frozenset[str], *, show: bool) -> Frame:
    """Sum the cells per group: who counts, who waits, what became of them."""
    by_country = "country" in names
    # of the whole frame, not of the group: one log entry shows that the source knows what was sent
    known = nw.col("_known").max().alias("_sent"), nw.col("_events").max().alias("_told")
    stamped = cells.with_columns(*known, *(nw.col(name).max() for name in STAMP[1:]))
    kept = stamped.filter(~_is_in("_country", silent)) if by_country and not show else stamped
    flagged = kept.with_columns(*_flags(silent, split=by_country and show))
    sums = [nw.col(name).sum().alias(name.removeprefix("_")) for name in _SUMMED]
    lasts = [nw.col(name).max() for name in ("_sent", "_told", "_money", *STAMP[1:])]
    sums += [*lasts, nw.col("_other_money").min()]
    grouped = flagged.group_by(names).agg(*sums) if names else flagged.select(*sums)
    whole = grouped.with_columns(nw.col(name.removeprefix("_")).cast(nw.Int64) for name in _WHOLE)
    some = nw.col("messages") + nw.col("no_report_messages") + nw.col("enqueue_failed") > 0
    return whole.filter(some) if names else whole


_WHOLE = [
    "_messages", "_waiting", "_settled", "_delivered", "_failed", "_rejected", "_unreported",
    "_delivered_so_far", "_reported_so_far", "_no_report_messages", "_parts", "_parts_known",
    "_n_priced", "_handset", "_receipt_unknown", "_reporting",
    "_attempted", "_enqueue_failed", "_quiet_failed",
]  # fmt: skip
_SUMMED = [*_WHOLE, "_cost"]


def _is_in(column: str, codes: frozenset[str]) -> nw.Expr:
    return nw.col(column).is_in(sorted(codes))


def _flags(silent: frozenset[str], *, split: bool) -> list[nw.Expr]:
    """What each cell adds to which count. *split*: silent countries have rows of their own."""
    forwarded = nw.col("_scope") == "counted"
    quiet = _is_in("_country", silent)
    counted = forwarded if split else forwarded & ~quiet
    settled = counted & nw.col("_settled")
    heard = nw.col("_outcome").is_in([Outcome.DELIVERED, Outcome.FAILED, Outcome.REJECTED])
    delivered = nw.col("_outcome") == str(Outcome.DELIVERED)
    receipt = nw.col("_receipt")
    known = receipt.is_in([Receipt.HANDSET, Receipt.OPERATOR])
    priced = counted & (nw.col("_n_priced") > 0)
    flags = {
        "_messages": counted,
        "_waiting": counted & ~nw.col("_settled"),
        "_settled": settled,
        "_delivered": settled & delivered,
        "_failed": settled & (nw.col("_outcome") == str(Outcome.FAILED)),
        "_rejected": settled & (nw.col("_outcome") == str(Outcome.REJECTED)),
        "_unreported": settled & (nw.col("_outcome") == str(Outcome.UNREPORTED)),
        "_delivered_so_far": counted & delivered,
        "_reported_so_far": counted & heard,
        "_no_report_messages": forwarded & quiet,
        "_reporting": forwarded & ~quiet,
        "_handset": settled & delivered & (receipt == str(Receipt.HANDSET)),
        "_receipt_unknown": settled & delivered & ~known,
    }
    money = nw.when(priced).then(nw.col("_currency"))
    return [
        *(
            nw.when(flag).then(nw.col("_n")).otherwise(0).alias(name)
            for name, flag in flags.items()
        ),
        nw.when(counted).then(nw.col("_parts")).otherwise(0).alias("_parts"),
        nw.when(counted).then(nw.col("_n_parts")).otherwise(0).alias("_parts_known"),
        nw.when(counted).then(nw.col("_n_priced")).otherwise(0).alias("_n_priced"),
        nw.when(counted).then(nw.col("_cost")).otherwise(0.0).alias("_cost"),
        *_enqueuing(forwarded, quiet),
        money.alias("_money"),
        money.alias("_other_money"),
    ]


def _enqueuing(forwarded: nw.Expr, quiet: nw.Expr) -> list[nw.Expr]:
    """What each cell adds to what campaign events know of sending: silence hides none of it."""
    failed = nw.col("_scope") == "enqueue failed"
    flags = {
        "_attempted": forwarded | failed,
        "_enqueue_failed": failed,
        "_quiet_failed": failed & quiet,
    }
    return [
        nw.when(flag).then(nw.col("_events")).otherwise(0).alias(name)
        for name, flag in flags.items()
    ]


def _rated(counted: Frame, confidence: float, *, show: bool) -> Frame:
    """Divide: the rates and bounds of each group, null where there is nothing to divide by."""
    n, delivered, failed = nw.col("settled"), nw.col("delivered"), nw.col("failed")
    rejected, unreported = nw.col("rejected"), nw.col("unreported")
    low, high = wilson(delivered, n, confidence)
    sent = nw.col("_sent") > 0
    rated = counted.with_columns(
        delivery_rate=ratio(delivered, n),
        rate_low=low,
        rate_high=high,
        acceptance_rate=ratio(n - rejected, n),
        coverage=nw.when(sent).then(ratio(delivered + failed, n - rejected)),
        confirmed_rate=ratio(delivered, delivered + failed),
        bound_low=nw.when(sent).then(ratio(delivered, n)),
        bound_high=nw.when(sent).then(ratio(delivered + unreported, n)),
        handset_rate=nw.when(nw.col("receipt_unknown") == 0).then(ratio(nw.col("handset"), n)),
        population=population(nw.col("_sent")),
        **_money(),
        **_failing(),
    )
    return _silenced(rated) if show else rated


def _money() -> dict[str, nw.Expr]:
    """Sums that are known: no parts and no price are null, and so is a mixture of currencies."""
    currency, other = nw.col("_money"), nw.col("_other_money")
    one = (nw.col("n_priced") > 0) & (currency == other)
    return {
        "parts": nw.when(nw.col("parts_known") > 0).then(nw.col("parts")),
        "cost": nw.when(one).then(nw.col("cost")),
        "currency": nw.when(one & (currency != "")).then(currency),
    }


def _failing() -> dict[str, nw.Expr]:
    """Sending as campaign events tell of it; reports alone know nothing of it, not even a zero."""
    attempted, failed, told = nw.col("attempted"), nw.col("enqueue_failed"), nw.col("_told") > 0
    return {
        "attempted": nw.when(told).then(attempted),
        "enqueue_failed": nw.when(told).then(failed),
        "enqueue_failure_rate": ratio(failed, attempted),
    }


def _silenced(rated: Frame) -> Frame:
    """Mark the no-report countries, and take away every rate that silence would make up."""
    forwarded = (nw.col("no_report_messages") > 0) | (nw.col("reporting") > 0)
    failed, quiet = nw.col("enqueue_failed"), nw.col("quiet_failed")
    # where nothing was forwarded, it is the failed ones that say where the row's messages go
    reports = (
        nw.when(forwarded)
        .then(nw.col("reporting") > 0)
        .otherwise((quiet == 0) | (quiet < failed).fill_null(value=False))
    )
    unknown = [name for name in SHARES if not name.startswith("bound")]
    return rated.with_columns(reports=reports).with_columns(
        nw.when(nw.col("reports")).then(nw.col(name)).alias(name) for name in unknown
    )
