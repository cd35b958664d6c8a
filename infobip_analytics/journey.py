"""From what arrived to messages: one row a message, with its country and its outcome."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import polars as pl
from polars.io.plugins import register_io_source

from infobip_analytics.clock import moment, waiting
from infobip_analytics.destination import destination
from infobip_analytics.errors import ColumnError, InfobipAnalyticsWarning
from infobip_analytics.folding import DETAILS, fold, latest_report
from infobip_analytics.frames import (
    CAMPAIGN_EVENTS,
    DELIVERY_REPORTS,
    MESSAGES,
    as_plan,
    conform,
    to_pandas,
)
from infobip_analytics.matching import beside
from infobip_analytics.pairing import latest_event, pair
from infobip_analytics.window import FOUR_DAYS, Window
from infobip_analytics.wording import plural

Moment = str | date | datetime | None
Fold = Callable[[pl.LazyFrame, Window, set[str]], pl.LazyFrame]
#: Makes the columns of messages that are wanted
Build = Callable[[set[str]], pl.LazyFrame]


def messages(
    frame: Any,
    *,
    reports: Any = None,
    as_of: Moment = None,
    waiting_period: timedelta | str | float = FOUR_DAYS,
    since: Moment = None,
    until: Moment = None,
    timezone: str = "UTC",
) -> Any:
    """Make one row a message out of delivery reports or campaign events.

    Args:
        frame: Delivery reports or campaign events (pandas, polars or polars-lazy), as the readers
            give them.
        reports: Delivery reports of the same sends, beside campaign events: who was meant is then
            told by the event, what became of it by the report where that decides. The two are
            matched one to one, by message id, else by recipient, time and campaign (`matched_by`).
        as_of: The moment for which the numbers are true; a bare date means its last microsecond,
            `"now"` the present. By default the latest `done_at`, `received_at` or event time, of
            both where there are both.
        waiting_period: How long a report may take; later ones decide nothing (`n_late`).
        since: Messages sent before it are left out, and counted in `before_since`.
        until: Messages sent after it are left out, and counted in `after_until`.
        timezone: In which dates and times without an offset are meant.

    Returns:
        The columns of messages, on the engine of *frame*: pandas and polars sorted by `sent_at` and
        `message_id`, polars-lazy unsorted. From `as_of` on, columns are the same in every row. With
        *reports* there is a row for each message of the events; `unmatched_reports` counts the
        messages of the reports that are none of these.

    Raises:
        ColumnError: The frame is neither delivery reports nor campaign events, or there are
            *reports* beside anything but events.
        ArgumentError: A time cannot be read, or nothing in the data tells when `as_of` is.
    """
    window = Window(
        as_of=moment(as_of, timezone=timezone, end_of_day=True),
        waiting_period=waiting(waiting_period),
        since=moment(since, timezone=timezone),
        until=moment(until, timezone=timezone, end_of_day=True),
    )
    plan, engine = as_plan(frame)
    build = _builder(plan, None if reports is None else as_plan(reports)[0])
    if engine == "lazy":
        return _deferred(build(window), lambda: _warn_of_nothing(build, window))
    made = build(window)(set(MESSAGES)).collect(engine="streaming")
    if made.is_empty():
        _warn_of_nothing(build, window)
    ordered = _in_order(made)
    return to_pandas(ordered) if engine == "pandas" else ordered


def _in_order(made: pl.DataFrame) -> pl.DataFrame:
    """Messages by `sent_at`, then by id, recipient and campaign.

    Those of events come by `sent_at`: only what was sent at the same moment is then put in order.
    """
    keys = ["sent_at", "message_id", "recipient", "campaign_id"]
    if not made["sent_at"].is_sorted(nulls_last=True):
        return made.sort(keys, nulls_last=True)
    sent = pl.col("sent_at")
    alike = sent.eq_missing(sent.shift(1)) | sent.eq_missing(sent.shift(-1))
    places = made.select(pl.arg_where(alike)).to_series()
    some = made.select(pl.col(keys).gather(places))
    order = some.select(pl.arg_sort_by(keys, nulls_last=True)).to_series()
    if order.is_sorted():
        return made
    rows = made.select(pl.int_range(pl.len(), dtype=pl.UInt32)).to_series()
    return made.select(pl.all().gather(rows.scatter(places, places.gather(order))))


def both_sides(
    events: Any,
    reports: Any,
    *,
    as_of: Moment,
    waiting_period: timedelta | str | float,
    timezone: str,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The messages (polars) of campaign events, and those of delivery reports, as of one moment.

    Arguments and errors are those of `messages`.
    """
    kinds = [_recognised(as_plan(frame)[0]) for frame in (events, reports)]
    _check_beside(*(kind for kind, _ in kinds))
    (_, sent), (_, reported) = kinds
    window = Window(moment(as_of, timezone=timezone, end_of_day=True), waiting(waiting_period))
    seen = window.seen_from(_latest(sent, reported))
    made = _sent(sent, seen, set(MESSAGES)), _reported(reported, seen, set(MESSAGES))
    of_events, of_reports = (plan.collect(engine="streaming") for plan in made)
    return of_events, of_reports


def _warn_of_nothing(build: Callable[[Window], Build], window: Window) -> None:
    """Say how many the bounds left out, which a frame without rows cannot carry."""
    if not (window.since or window.until):
        return
    unbounded = build(replace(window, since=None, until=None))
    beyond = unbounded({"message_id"}).select(pl.len()).collect().item()
    if beyond:
        said = f"nothing is left: {plural(beyond, 'message')} sent before since= or after until="
        warnings.warn(said, InfobipAnalyticsWarning, stacklevel=3)


def _builder(frame: pl.LazyFrame, reports: pl.LazyFrame | None) -> Callable[[Window], Build]:
    """What makes the wanted columns of messages out of frames, which are recognised here."""
    kind, told = _recognised(frame)
    if reports is None:
        make = _reported if kind == "delivery reports" else _sent
        return lambda window: partial(make, told, window)
    other_kind, others = _recognised(reports)
    _check_beside(kind, other_kind)
    return lambda window: partial(_sent_and_reported, told, others, window)


def _check_beside(kind: str, other_kind: str) -> None:
    if (kind, other_kind) != ("campaign events", "delivery reports"):
        raise ColumnError(
            "delivery reports are put beside campaign events, as in ia.messages(events, "
            f"reports=reports) or ia.reconcile(events, reports); given were {kind}, and beside "
            f"them {other_kind}"
        )


def _recognised(frame: pl.LazyFrame) -> tuple[str, pl.LazyFrame]:
    """What a frame holds, and its columns typed; ColumnError where it is neither of both."""
    columns = set(frame.collect_schema().names())
    if {"outcome", "settled"} <= columns:
        raise ColumnError(
            "these are messages already, made by ia.messages(...): give them to "
            "ia.delivery_rates(...) or ia.rates_table(...)"
        )
    if {"message_id", "status_group"} <= columns:
        there = {name: DELIVERY_REPORTS[name] for name in DELIVERY_REPORTS if name in columns}
        reports = conform(frame.select(*there), {**there, **_REPORT_CORE})
        return "delivery reports", reports.with_columns(pl.col("record").fill_null("report"))
    if {"timestamp", "status", "action_type"} <= columns:
        return "campaign events", conform(frame, CAMPAIGN_EVENTS)
    raise ColumnError(
        "messages are made of delivery reports (they have message_id and status_group) or campaign "
        f"events (timestamp, status and action_type); this frame has {', '.join(sorted(columns))}. "
        "Read the export with ia.read(...) first"
    )


#: What folding looks at in every report; columns beyond these may be absent.
_REPORT_CORE = {
    name: DELIVERY_REPORTS[name]
    for name in ("message_id", "record", "sent_at", "done_at", "received_at", *DETAILS)
}


def _reported(reports: pl.LazyFrame, window: Window, wanted: set[str]) -> pl.LazyFrame:
    return _finished(fold, reports, window.seen_from(latest_report(reports)), wanted)


def _sent(events: pl.LazyFrame, window: Window, wanted: set[str]) -> pl.LazyFrame:
    return _finished(pair, events, window.seen_from(latest_event(events)), wanted)


def _sent_and_reported(
    events: pl.LazyFrame, reports: pl.LazyFrame, window: Window, wanted: set[str]
) -> pl.LazyFrame:
    seen = window.seen_from(_latest(events, reports))
    return _finished(beside(reports), events, seen, wanted)


def _latest(events: pl.LazyFrame, reports: pl.LazyFrame) -> datetime | None:
    """The latest moment that either of them speaks of."""
    moments = [latest_event(events), latest_report(reports)]
    return max((moment for moment in moments if moment is not None), default=None)


def _finished(make: Fold, frame: pl.LazyFrame, window: Window, wanted: set[str]) -> pl.LazyFrame:
    """The wanted columns of messages: what *make* tells, the country, and the constants."""
    if not frame.select(pl.len()).collect().item():
        return pl.LazyFrame(schema=MESSAGES).select(name for name in MESSAGES if name in wanted)
    ingredients = wanted | _ingredients(wanted)
    made = make(frame, window, ingredients)
    there = set(made.collect_schema().names())
    finished = made.with_columns(**_derived(ingredients, there))
    return (
        _within(finished, window, wanted)
        .with_columns(
            as_of=pl.lit(window.moment, MESSAGES["as_of"]),
            waiting_days=pl.lit(window.waiting_days),
            set_aside=_set_aside(frame) if "set_aside" in wanted else None,
        )
        .pipe(conform, MESSAGES)
        .select(name for name in MESSAGES if name in wanted)
    )


def _set_aside(frame: pl.LazyFrame) -> pl.Expr:
    """How many rows the reader set aside, and how many no message could be made of."""
    known = 0
    if "set_aside" in frame.collect_schema():
        known = frame.select(pl.max("set_aside").fill_null(0)).collect(engine="streaming").item()
    return pl.lit(known, pl.Int64) + pl.col("_unusable")


def _ingredients(wanted: set[str]) -> set[str]:
    """Columns that others are made of."""
    country = {"recipient", "network", "customer_country"} if "country" in wanted else set()
    campaign = {"campaign_reference"} if "campaign_id" in wanted else set()
    return country | campaign


def _derived(wanted: set[str], there: set[str]) -> dict[str, pl.Expr]:
    """The columns of messages that follow from the others."""
    known = pl.col("_known").any().fill_null(value=False)
    derived = {
        "country": destination(there),
        "campaign_id": _first(["campaign_id", "campaign_reference"], there),
        "population": pl.when(known).then(pl.lit("sent")).otherwise(pl.lit("reported")),
        "orphan": pl.col("orphan").fill_null(value=False) if "orphan" in there else pl.lit(False),
    }
    return {name: made for name, made in derived.items() if name in wanted}


def _first(names: list[str], there: set[str]) -> pl.Expr:
    """The first of *names* that is there, else nothing."""
    found = [name for name in names if name in there]
    return pl.col(found[0]) if found else pl.lit(None, pl.String)


def _within(made: pl.LazyFrame, window: Window, wanted: set[str]) -> pl.LazyFrame:
    """Leave out what was sent before `since` or after `until`, and count it."""
    sent = pl.col("sent_at")
    bounds = {
        "before_since": (window.since, sent.__lt__),
        "after_until": (window.until, sent.__gt__),
    }
    outside = {
        name: beyond(bound).fill_null(value=False)
        for name, (bound, beyond) in bounds.items()
        if bound is not None
    }
    counted = made.with_columns(
        (outside[name].sum().cast(pl.Int64) if name in outside else pl.lit(0, pl.Int64)).alias(name)
        for name in bounds
        if name in wanted
    )
    return counted.filter(*(~beyond for beyond in outside.values())) if outside else counted


def _deferred(build: Build, where_nothing: Callable[[], None]) -> pl.LazyFrame:
    """A polars plan that makes messages when it is collected, and only the columns then wanted."""

    def source(
        columns: list[str] | None, predicate: pl.Expr | None, rows: int | None, batch: int | None
    ) -> Iterator[pl.DataFrame]:
        asked = columns if columns is not None else list(MESSAGES)
        roots = set(predicate.meta.root_names()) if predicate is not None else set()
        plan = build({*asked, *roots})
        plan = plan if predicate is None else plan.filter(predicate)
        plan = plan.select(asked) if rows is None else plan.select(asked).head(rows)
        made = plan.collect(engine="streaming")
        if made.is_empty():
            where_nothing()
        yield made

    return register_io_source(source, schema=MESSAGES)
