"""Messages with the clicks and replies that they brought."""

import warnings
from datetime import timedelta
from typing import Any

import polars as pl

from infobip_analytics.counting import as_messages
from infobip_analytics.errors import InfobipAnalyticsWarning
from infobip_analytics.frames import TIME, as_plan, to_engine
from infobip_analytics.responses.attribution import SEVEN_DAYS, attribution, period
from infobip_analytics.responses.heard import CLICK, REPLY, campaign_events, heard
from infobip_analytics.wording import count, plural

#: What each message gets: how often somebody was heard, and when first.
COUNTED = {"clicks": CLICK, "replies": REPLY}
FIRST = {"first_click_at": CLICK, "first_reply_at": REPLY}

#: The same in every row.
UNMATCHED = {"unmatched_clicks": CLICK, "unmatched_replies": REPLY}
WINDOW = "response_days"

SCHEMA: dict[str, Any] = {
    "clicks": pl.Int64,
    "first_click_at": TIME,
    "replies": pl.Int64,
    "first_reply_at": TIME,
    "unmatched_clicks": pl.Int64,
    "unmatched_replies": pl.Int64,
    WINDOW: pl.Float64,
}


def with_responses(messages: Any, events: Any, *, window: timedelta = SEVEN_DAYS) -> Any:
    """Count beside each message the clicks and the replies that it brought.

    A click or a reply belongs to the message with its `message_id`; else to the one sent at its
    `sent_timestamp` to its customer (or number) in its campaign and action; else to the latest one
    of them that was sent before it and not longer ago than *window* (5 seconds of tolerance). A
    reply need not carry a campaign; its number is its recipient or its sender. Responses after the
    messages' `as_of` are not seen; exact repeats count once; only SMS and MMS count. Source:
    docs/definitions.md, section 2.

    Args:
        messages: A frame of messages (pandas, polars or polars-lazy).
        events: The campaign events of which they were made, on any of these engines.
        window: How long after sending a response still counts; Bloomreach's clicks have 7 days.

    Returns:
        The messages on their engine, in their order, with `clicks` and `replies` (Int64, 0 where
        there are none), `first_click_at` and `first_reply_at` (UTC, null likewise); and, the same
        in every row, `unmatched_clicks` and `unmatched_replies` (Int64: events that belong to no
        message of the frame) and `response_days` (the window). A frame without rows cannot carry
        these: then a warning says them.

    Raises:
        ColumnError: *messages* are no messages, or *events* no campaign events.
        ArgumentError: *window* is no period between nothing and 366 days.
    """
    plan: pl.LazyFrame = as_messages(messages).to_native()
    happened = campaign_events(events)
    period(window)
    _, engine = as_plan(messages)
    if engine != "lazy":
        return to_engine(_counted(plan, happened, window).lazy(), engine)
    schema = {**plan.collect_schema(), **SCHEMA}
    return pl.defer(lambda: _counted(plan, happened, window), schema=schema)


def attributed(
    events: Any, messages: pl.DataFrame, window: timedelta
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The clicks and replies seen by the messages' `as_of`, and whose they are.

    Columns of the second: `_response`, `_message`, which are places in the first and in *messages*.
    """
    as_of = messages["as_of"].max() if "as_of" in messages.columns else None
    responses: pl.DataFrame = heard(events, as_of)  # type: ignore[arg-type]
    numbered = messages.lazy().with_row_index("_message")
    return responses, attribution(responses, numbered, window)


def _counted(plan: pl.LazyFrame, events: pl.LazyFrame, window: timedelta) -> pl.DataFrame:
    messages = plan.collect(engine="streaming")
    responses, whose = attributed(events, messages, window)
    found = responses.select("_response", "status", "timestamp").join(
        whose, on="_response", how="left"
    )
    loose = found.filter(pl.col("_message").is_null())["status"]
    unmatched = {name: int((loose == status).sum()) for name, status in UNMATCHED.items()}
    if messages.is_empty():
        _warn(*unmatched.values(), of=found)
    constants = {**unmatched, WINDOW: window / timedelta(days=1)}
    return (
        messages.with_row_index("_message")
        .with_columns(pl.col("_message").cast(pl.Int64))
        .drop(SCHEMA, strict=False)
        .join(_per_message(found), on="_message", how="left", maintain_order="left")
        .with_columns(pl.col(*COUNTED).fill_null(0))
        .with_columns(pl.lit(value, SCHEMA[name]).alias(name) for name, value in constants.items())
        .select(*(name for name in messages.columns if name not in SCHEMA), *SCHEMA)
    )


def _per_message(found: pl.DataFrame) -> pl.DataFrame:
    """How often and when first each message brought a click and a reply."""
    status, time = pl.col("status"), pl.col("timestamp").cast(TIME)
    # made before the groups are: a filter in each of a million groups takes its time
    counts = {name: (status == each).cast(pl.Int64) for name, each in COUNTED.items()}
    times = {name: pl.when(status == each).then(time) for name, each in FIRST.items()}
    return (
        found.drop_nulls("_message")
        .select("_message", **counts, **times)
        .group_by("_message")
        .agg(pl.sum(*counts), pl.min(*times))
    )


def _warn(clicks: int, replies: int, *, of: pl.DataFrame) -> None:
    said = unmatched_sentence(clicks, replies)
    if said:
        sentence = f"{said} (of {count(of.height)} clicks and replies in all)"
        warnings.warn(sentence, InfobipAnalyticsWarning, stacklevel=4)


def unmatched_sentence(clicks: int, replies: int) -> str:
    """What belongs to no message, in words; nothing where all of it does."""
    if not clicks + replies:
        return ""
    found = f"{plural(clicks, 'click')} and {count(replies)} {_replies(replies)}"
    return (
        f"{found} belong to no message here: what they answer was sent before the data or the "
        "window begin, or nothing tells whose they are"
    )


def _replies(number: int) -> str:
    return "reply" if number == 1 else "replies"
