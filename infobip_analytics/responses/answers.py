"""Replies one by one: when, from whom, to which message; what they say only on request."""

from datetime import timedelta
from typing import Any

import polars as pl

from infobip_analytics.counting import as_messages
from infobip_analytics.countries import bare_digits
from infobip_analytics.frames import MESSAGES, as_plan, conform, to_engine
from infobip_analytics.journey import messages as make_messages
from infobip_analytics.masking import as_shown
from infobip_analytics.responses.attribution import SEVEN_DAYS, period
from infobip_analytics.responses.counts import attributed
from infobip_analytics.responses.heard import REPLY, campaign_events
from infobip_analytics.tables import Table
from infobip_analytics.tables.columns import Column, Row
from infobip_analytics.tables.text import shorten
from infobip_analytics.wording import DASH, count, moment

_LONGEST_TEXT = 60

#: Of the message that a reply answers.
_ANSWERED = ["message_id", "sent_at", "outcome"]
_ACTION = ["campaign_id", "campaign_name", "action_id", "action_name"]
COLUMNS = ["replied_at", "customer", "recipient", *_ACTION, "variant", "matched", *_ANSWERED]


def replies(
    events: Any,
    messages: Any = None,
    *,
    text: bool = False,
    window: timedelta = SEVEN_DAYS,
    show_numbers: bool = False,
) -> Table:
    """List the replies to SMS and MMS, a row each, with the message that each answers.

    Args:
        events: Campaign events (pandas, polars or polars-lazy).
        messages: The messages made of them; by default `messages(events)`.
        text: Whether to tell what the replies say, which is personal: column `text`.
        window: How long after sending a reply still counts; the rules are those of
            `with_responses`.
        show_numbers: Whether customers and numbers are shown unmasked where it prints itself.

    Returns:
        A table that prints itself with customers and numbers masked; they are whole in `.frame`,
        on the engine of *events* (polars for polars-lazy), in order of time: `replied_at` (UTC),
        `customer`, `recipient` (the number of the message, else the one that replied),
        `campaign_id`, `campaign_name`, `action_id`, `action_name`, `variant` (of the message, else
        of the reply), `matched` (whether it answers a message here) and that message's
        `message_id`, `sent_at`, `outcome`; with *text* also `text`, null where the export has none.

    Raises:
        ColumnError: *events* are no campaign events, or *messages* no messages.
        ArgumentError: *window* is no period between nothing and 366 days.
    """
    period(window)
    happened = campaign_events(events)
    _, engine = as_plan(events)
    given = happened if messages is None else as_messages(messages).to_native()
    made = make_messages(given) if messages is None else given
    found = _listed(happened, conform(made, MESSAGES).collect(engine="streaming"), window)
    frame = found if text else found.drop("text")
    return Table(
        frame=frame if engine == "lazy" else to_engine(frame.lazy(), engine),
        headline=_headline(found),
        notes=tuple(_notes(window, text=text, show_numbers=show_numbers)),
        _columns=tuple(_columns(text=text)),
        _rows=tuple(_shown(frame, show_numbers=show_numbers).to_dicts()),
    )


def _listed(events: pl.LazyFrame, messages: pl.DataFrame, window: timedelta) -> pl.DataFrame:
    """Every reply, with its text, and what it and its message say."""
    heard, whose = attributed(events, messages, window)
    found = heard.filter(pl.col("status") == REPLY).join(whose, on="_response", how="left")
    answered = [*_ACTION, "variant", "customer", "recipient", *_ANSWERED]
    theirs = messages.select(pl.col(answered).name.suffix(" of message")).with_row_index("_message")
    joined = found.join(
        theirs.with_columns(pl.col("_message").cast(pl.Int64)), on="_message", how="left"
    )
    return joined.select(
        pl.col("timestamp").alias("replied_at"),
        pl.coalesce("customer", "customer of message"),
        pl.coalesce("recipient of message", _replier(messages["recipient"])).alias("recipient"),
        *(pl.coalesce(f"{name} of message", name).alias(name) for name in (*_ACTION, "variant")),
        pl.col("_message").is_not_null().alias("matched"),
        *(pl.col(f"{name} of message").alias(name) for name in _ANSWERED),
        pl.col("message").alias("text"),
    ).sort(pl.all(), nulls_last=True)


def _replier(recipients: pl.Series) -> pl.Expr:
    """Which of the two numbers of a reply is the customer's: one written to, else a number."""
    written_to = recipients.drop_nulls().unique().implode()
    sender, recipient = bare_digits(pl.col("sender")), pl.col("recipient")
    return (
        pl.when(sender.is_in(written_to))
        .then(sender)
        .when(recipient.is_in(written_to))
        .then(recipient)
        .when(sender.str.contains(r"^\d{7,}$"))
        .then(sender)
        .otherwise(recipient)
    )


def _shown(frame: pl.DataFrame, *, show_numbers: bool) -> pl.DataFrame:
    """The rows as they are shown: nobody named, but with the text, which was asked for."""
    shown = as_shown(frame, show_numbers=show_numbers)
    return shown.with_columns(frame["text"]) if "text" in frame.columns else shown


def _headline(found: pl.DataFrame) -> str:
    matched = found.filter("matched").height
    replies = "1 reply" if found.height == 1 else f"{count(found.height)} replies"
    return f"{replies}, of which {count(matched)} to a message here"


def _notes(window: timedelta, *, text: bool, show_numbers: bool) -> list[str]:
    masked = "" if show_numbers else "customers and numbers are masked here and whole in .frame"
    untold = "" if text else "what the replies say is left out, text=True tells it"
    return [
        "a reply answers the message it names, else the latest one sent to its customer or number "
        f"within {window / timedelta(days=1):g} days before",
        *filter(None, ["; ".join(filter(None, [masked, untold]))]),
    ]


def _columns(*, text: bool) -> list[Column]:
    return [
        Column("replied", lambda row: moment(row["replied_at"]), number=False),
        Column("customer", lambda row: row["customer"] or DASH, number=False, weight=2),
        Column("number", lambda row: row["recipient"] or DASH, number=False, weight=1),
        Column("campaign", _campaign, number=False),
        Column("answers a message of", _when_sent, number=False, weight=3),
        *([Column("text", _text, number=False)] if text else []),
    ]


def _campaign(row: Row) -> str:
    return row["campaign_name"] or row["campaign_id"] or DASH


def _when_sent(row: Row) -> str:
    return moment(row["sent_at"]) if row["sent_at"] else DASH


def _text(row: Row) -> str:
    return shorten(row["text"] or DASH, _LONGEST_TEXT)
