"""One row for each message of either source: what the one says of it, and what the other."""

import polars as pl

from infobip_analytics.countries import UNKNOWN
from infobip_analytics.matching import match
from infobip_analytics.outcomes import Outcome
from infobip_analytics.window import Window

#: Where a message is found.
MATCHED, EVENTS_ONLY, REPORTS_ONLY = "matched", "events only", "reports only"
#: In the events only, as it must be.
NEVER_FORWARDED = "never forwarded"

_OF_EVENT = ["customer", "campaign_id", "campaign_name", "settled", "orphan"]
_OF_BOTH = [
    "message_id", "recipient", "country", "sent_at", "outcome", "parts", "as_of", "waiting_days",
]  # fmt: skip
_UNDECIDED = [str(Outcome.UNREPORTED), str(Outcome.PENDING)]


def compared(sent: pl.DataFrame, reported: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """Put the messages of events (*sent*) and of reports beside each other.

    Columns in: those of messages. Columns out: `found` (one of the above), `matched_by`, `day` (of
    sending, in *timezone*), `country`, `message_id`, `recipient`, `customer`, `campaign_id`,
    `campaign_name`, `orphan`, `as_of`, `waiting_days`; of each side, as `event_...` and
    `report_...`: `sent_at`, `outcome`, `parts`; and of matched ones: `seconds` between the two
    times of sending, `outcome_differs`, `parts_differ` (null where one side is silent).
    """
    pairs = match(sent, reported)
    ours = sent.select(*_OF_EVENT, pl.col(_OF_BOTH).name.prefix("event_")).with_row_index("event")
    theirs = reported.select(pl.col(_OF_BOTH).name.prefix("report_")).with_row_index("report")
    both = ours.join(pairs, on="event", how="left").join(theirs, on="report", how="full")
    return (
        both.with_columns(found=_found(), sent_at=_either("sent_at"), country=_country())
        .with_columns(report_outcome=_outcome_of_report(), **_differences())
        .select(
            *("found", "matched_by", "country", "sent_at", "customer"),
            *("campaign_id", "campaign_name", "orphan"),
            *(_either(name) for name in ("message_id", "recipient", "as_of", "waiting_days")),
            *(f"{side}_{name}" for name in ("sent_at", "outcome", "parts") for side in _SIDES),
            *("seconds", "outcome_differs", "parts_differ"),
            day=pl.col("sent_at").dt.convert_time_zone(timezone).dt.date(),
        )
    )


_SIDES = ("event", "report")


def within(rows: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Leave out what was sent before `since` or after `until` of *window*."""
    sent = pl.col("sent_at")
    # what does not say when it was sent is not beyond any bound
    if window.since:
        rows = rows.filter((sent >= window.since).fill_null(value=True))
    if window.until:
        rows = rows.filter((sent <= window.until).fill_null(value=True))
    return rows


def _found() -> pl.Expr:
    never = pl.col("event_outcome") == Outcome.ENQUEUE_FAILED
    return (
        pl.when(pl.col("matched_by").is_not_null())
        .then(pl.lit(MATCHED))
        .when(pl.col("event").is_null())
        .then(pl.lit(REPORTS_ONLY))
        .when(never)
        .then(pl.lit(NEVER_FORWARDED))
        .otherwise(pl.lit(EVENTS_ONLY))
    )


def _either(name: str) -> pl.Expr:
    return pl.coalesce(f"event_{name}", f"report_{name}").alias(name)


def _country() -> pl.Expr:
    told = pl.col("event_country").replace(UNKNOWN, None)
    return pl.coalesce(told, "report_country", "event_country")


def _outcome_of_report() -> pl.Expr:
    """Where a matched report does not decide, the time of the event's send does, as for events."""
    outcome = pl.col("report_outcome")
    silent = pl.when("settled").then(pl.lit(_UNDECIDED[0])).otherwise(pl.lit(_UNDECIDED[1]))
    undecided = outcome.is_in(_UNDECIDED) & pl.col("matched_by").is_not_null()
    return pl.when(undecided).then(silent).otherwise(outcome)


def _differences() -> dict[str, pl.Expr]:
    matched = pl.col("matched_by").is_not_null()
    apart = (pl.col("event_sent_at") - pl.col("report_sent_at")).dt.total_microseconds().abs()
    differs = {
        "seconds": apart / 1e6,
        "outcome_differs": pl.col("event_outcome") != _outcome_of_report(),
        "parts_differ": pl.col("event_parts") != pl.col("report_parts"),
    }
    return {name: pl.when(matched).then(each) for name, each in differs.items()}
