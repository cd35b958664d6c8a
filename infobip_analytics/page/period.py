"""The time that a report is about: what was asked for, else the last settled days."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import narwhals as nw
import polars as pl

from infobip_analytics.changing import explain_change
from infobip_analytics.intervals import newcombe
from infobip_analytics.page.summary import Row
from infobip_analytics.rates import delivery_rates

#: Four whole weeks: every weekday as often as any other
DAYS = 28

#: How much later than its beginning the first send of a period may be for it to be whole
_LATE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """When the settled messages of a report were sent.

    Attributes:
        since: The first moment of it; None where it begins with the data.
        until: The last that was asked for; later messages do not belong to the report.
        end: The last moment of settled messages; waiting ones are younger.
        chosen: Whether somebody asked for it; else it is the last settled days.
    """

    since: datetime | None = None
    until: datetime | None = None
    end: datetime | None = None
    chosen: bool = False


def period_of(
    frame: pl.DataFrame, since: datetime | None, until: datetime | None, days: int | None
) -> Period:
    """What was asked for; else the last *days* of which all messages are settled.

    All there is where *days* is None, or where nothing is settled or older than these days.
    Messages that are still waiting are younger than the period, and belong to the report.
    """
    sends = _settled_sends(frame)
    if since or until:
        ends = [moment for moment in (until, sends and sends[2]) if moment is not None]
        return Period(since, until, min(ends, default=None), chosen=True)
    if days is None or not sends:
        return Period()
    first, last, settled = sends
    length = timedelta(days=days)
    # the days of an old export end with its last send
    end = last if settled - last > length else settled
    return Period(end - length, end=end) if first < end - length else Period()


def _settled_sends(frame: pl.DataFrame) -> tuple[datetime, datetime, datetime] | None:
    """The first and the last settled send, and the moment up to which all sends are settled."""
    if not {"sent_at", "as_of", "waiting_days"}.issubset(frame.columns):
        return None
    settled = _counted(frame.filter("settled"))
    first, last, as_of, waiting_days = settled.select(
        pl.min("sent_at"), pl.max("sent_at").alias("last"), pl.max("as_of"), pl.max("waiting_days")
    ).row(0)
    if None in (first, last, as_of, waiting_days):
        return None
    return first, last, as_of - timedelta(days=waiting_days)


def _counted(frame: pl.DataFrame) -> pl.DataFrame:
    """The messages that were forwarded, and whose send is in the data."""
    forwarded = frame.filter(pl.col("outcome") != "enqueue_failed")
    if "orphan" not in frame.columns:
        return forwarded
    return forwarded.filter(~pl.col("orphan").fill_null(value=False))


def before(frame: pl.DataFrame, period: Period, silent: frozenset[str]) -> Row | None:
    """How delivery was in as long a time just before; None where the data do not reach so far.

    Out: `since` and `until`, `days` (on how many of its days something was sent), `settled`,
    `delivered`, `delivery_rate`, and `change` of the rate since then, with its Newcombe interval at
    95 % (`change_low`, `change_high`); and what made it, by country: `mix_effect`, `rate_effect`,
    and `why` in words, as `explain_change` has them, null where there is no change.
    """
    sends = _settled_sends(frame)
    if period.since is None or period.end is None or sends is None:
        return None
    first, last, _ = sends
    begin = period.since - (period.end - period.since)
    if first > begin + _LATE or last < period.since:
        return None
    sent = pl.col("sent_at")
    earlier = frame.filter(sent >= begin, sent < period.since)
    later = frame.filter(sent >= period.since, sent <= period.end)
    days = _counted(earlier)["sent_at"].dt.date().n_unique()
    found = {"since": begin, "until": period.since, "days": days}
    return _compared(earlier, later, silent) | _explained(frame, earlier, later, silent) | found


def _explained(
    frame: pl.DataFrame, earlier: pl.DataFrame, later: pl.DataFrame, silent: frozenset[str]
) -> Row:
    """What the change is made of: messages that went elsewhere, and delivery itself."""
    # of the whole frame: a part of it may hold no log entry that shows what the source knows
    known = delivery_rates(frame, by=None)["population"].item()
    then, now = (each.with_columns(population=pl.lit(known)) for each in (earlier, later))
    change = explain_change(then, now, no_report_countries=silent)
    parts = {name: change.totals[name] for name in ("mix_effect", "rate_effect")}
    return parts | {"why": change.why}


def _compared(earlier: pl.DataFrame, later: pl.DataFrame, silent: frozenset[str]) -> Row:
    then, now = (
        delivery_rates(each, by=None, no_report_countries=silent).select(
            "settled", "delivered", "delivery_rate"
        )
        for each in (earlier, later)
    )
    both = then.hstack(now.rename({name: f"now_{name}" for name in now.columns}))
    low, high = newcombe(
        nw.col("now_delivered"), nw.col("now_settled"), nw.col("delivered"), nw.col("settled"), 0.95
    )
    compared = nw.from_native(both).with_columns(
        change=nw.col("now_delivery_rate") - nw.col("delivery_rate"),
        change_low=low,
        change_high=high,
    )
    row: Row = compared.drop(f"now_{name}" for name in now.columns).to_native().row(0, named=True)
    return row
