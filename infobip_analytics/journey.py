"""From what arrived to messages: one row a message, with its country and its outcome."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from polars.io.plugins import register_io_source

from infobip_analytics.clock import moment, waiting
from infobip_analytics.engines import is_spark
from infobip_analytics.errors import ColumnError, InfobipAnalyticsWarning
from infobip_analytics.folding import fold_all, latest_report
from infobip_analytics.frames import MESSAGES, as_plan, to_engine
from infobip_analytics.making import Build, recognised
from infobip_analytics.matching import beside
from infobip_analytics.pairing import latest_event, pair
from infobip_analytics.spreading import spread_messages
from infobip_analytics.unfinished import remember
from infobip_analytics.window import FOUR_DAYS, Window
from infobip_analytics.wording import plural

Moment = str | date | datetime | None


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
        frame: Delivery reports or campaign events, as the readers give them: pandas, polars,
            polars-lazy, a pyarrow Table, a DuckDB relation, an Ibis table or a Spark DataFrame.
        reports: Delivery reports of the same sends, beside campaign events: who was meant is then
            told by the event, what became of it by the report where that decides. The two are
            matched one to one, by message id, else by recipient, time and campaign (`matched_by`).
            Not on Spark.
        as_of: The moment for which the numbers are true; a bare date means its last microsecond,
            `"now"` the present. By default the latest `done_at`, `received_at` or event time, of
            both where there are both.
        waiting_period: How long a report may take; later ones decide nothing (`n_late`).
        since: Messages sent before it are left out, and counted in `before_since`.
        until: Messages sent after it are left out, and counted in `after_until`.
        timezone: In which dates and times without an offset are meant.

    Returns:
        The columns of messages, on the engine of *frame*: sorted by `sent_at` and `message_id`, but
        on polars-lazy and Spark unsorted. From `as_of` on, columns are the same in every row. With
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
    if is_spark(frame):
        return spread_messages(frame, window, reports)
    plan, engine = as_plan(frame)
    build = _builder(plan, None if reports is None else as_plan(reports)[0])
    if engine == "lazy":
        return _deferred(build(window), lambda: _warn_of_nothing(build, window))
    made = build(window).made(set(MESSAGES))
    if made.is_empty():
        _warn_of_nothing(build, window)
    return to_engine(_in_order(made).lazy(), engine)


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
    kinds = [recognised(as_plan(frame)[0]) for frame in (events, reports)]
    _check_beside(*(kind for kind, _ in kinds))
    (_, sent), (_, reported) = kinds
    window = Window(moment(as_of, timezone=timezone, end_of_day=True), waiting(waiting_period))
    seen = window.seen_from(_latest(sent, reported))
    of_events, of_reports = (
        build(seen).made(set(MESSAGES)) for build in (_sent(sent), _reported(reported))
    )
    return of_events, of_reports


def _warn_of_nothing(build: Callable[[Window], Build], window: Window) -> None:
    """Say how many the bounds left out, which a frame without rows cannot carry."""
    if not (window.since or window.until):
        return
    unbounded = build(replace(window, since=None, until=None))
    beyond = unbounded.made({"message_id"}).height
    if beyond:
        said = f"nothing is left: {plural(beyond, 'message')} sent before since= or after until="
        warnings.warn(said, InfobipAnalyticsWarning, stacklevel=3)


def _builder(frame: pl.LazyFrame, reports: pl.LazyFrame | None) -> Callable[[Window], Build]:
    """What makes the wanted columns of messages out of frames, which are recognised here."""
    kind, told = recognised(frame)
    if reports is None:
        return _reported(told) if kind == "delivery reports" else _sent(told)
    other_kind, others = recognised(reports)
    _check_beside(kind, other_kind)
    return lambda window: Build(beside(others), told, window, lambda: _latest(told, others))


def _check_beside(kind: str, other_kind: str) -> None:
    if (kind, other_kind) != ("campaign events", "delivery reports"):
        raise ColumnError(
            "delivery reports are put beside campaign events, as in ia.messages(events, "
            f"reports=reports) or ia.reconcile(events, reports); given were {kind}, and beside "
            f"them {other_kind}"
        )


def _reported(reports: pl.LazyFrame) -> Callable[[Window], Build]:
    return lambda window: Build(fold_all, reports, window, lambda: latest_report(reports))


def _sent(events: pl.LazyFrame) -> Callable[[Window], Build]:
    return lambda window: Build(pair, events, window, lambda: latest_event(events))


def _latest(events: pl.LazyFrame, reports: pl.LazyFrame) -> datetime | None:
    """The latest moment that either of them speaks of."""
    moments = [latest_event(events), latest_report(reports)]
    return max((moment for moment in moments if moment is not None), default=None)


def _deferred(build: Build, where_nothing: Callable[[], None]) -> pl.LazyFrame:
    """A polars plan that makes messages when it is collected, and only the columns then wanted."""

    def source(
        columns: list[str] | None, predicate: pl.Expr | None, rows: int | None, batch: int | None
    ) -> Iterator[pl.DataFrame]:
        asked = columns if columns is not None else list(MESSAGES)
        roots = set(predicate.meta.root_names()) if predicate is not None else set()
        made = build.made({*asked, *roots})
        made = made if predicate is None else made.filter(predicate)
        made = made.select(asked) if rows is None else made.select(asked).head(rows)
        if made.is_empty():
            where_nothing()
        yield made

    plan = register_io_source(source, schema=MESSAGES)
    if build.make is not fold_all:
        return plan
    return remember(plan, lambda wanted: build.unfinished(wanted, where_nothing))
