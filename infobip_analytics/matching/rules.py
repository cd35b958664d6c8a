"""Which message of the events is which message of the reports."""

from datetime import timedelta

import polars as pl

from infobip_analytics.countries.recipients import bare_digits
from infobip_analytics.frames import CAMPAIGN_EVENTS, MESSAGES, conform
from infobip_analytics.matching.greedy import one_to_one
from infobip_analytics.outcomes import Outcome

#: How far apart two times of sending may be: reports of version 1 carry the scheduled time, and a
#: campaign is handed over in minutes; the next message to the same person comes hours later.
MOST_APART = timedelta(minutes=15)

#: What tells messages of events that were sent to one number at one moment from each other.
_CONTENT = [
    "campaign_id", "campaign_name", "action_id", "action_name", "customer", "variant", "language",
    "sender", "integration_name", "channel", "outcome", "done_at", "status_name", "error_name",
    "error_id", "parts", "n_reports", "n_late", "orphan", "customer_country",
]  # fmt: skip

#: What is looked at in messages of events, and in those of reports.
OF_EVENT = ["sent_at", "message_id", "recipient", *_CONTENT]
OF_REPORT = ["sent_at", "message_id", "recipient", "campaign_reference"]

_TYPES = CAMPAIGN_EVENTS | MESSAGES
_CAMPAIGN = ["campaign_id", "campaign_name"]
_WIDTH = MOST_APART // timedelta(microseconds=1)


def match(sent: pl.DataFrame, reported: pl.DataFrame) -> pl.DataFrame:
    """Match messages of events with messages of reports, one to one, whatever the order of rows.

    Columns of *sent*: `OF_EVENT` (absent ones tell nothing); of *reported*, whose ids differ:
    `OF_REPORT`. Columns out: `event` and `report`, which rows belong together, and `matched_by`,
    "message_id" or "recipient".
    """
    sends = _typed(sent, OF_EVENT).with_row_index("event")
    reports = _typed(reported, OF_REPORT).with_row_index("report")
    by_id = _by_id(sends, reports)
    rest = reports.join(by_id, on="report", how="anti")
    return pl.concat(
        [
            by_id.with_columns(matched_by=pl.lit("message_id")),
            _by_recipient(sends, rest).with_columns(matched_by=pl.lit("recipient")),
        ]
    )


def _typed(messages: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    typed = conform(messages.lazy(), {name: _TYPES[name] for name in columns})
    return typed.select(columns).collect()


def _by_id(sends: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """Pairs with the same message id; of several sends with one id the first has the report."""
    named = sends.select("event", "message_id").drop_nulls()
    turns = _in_turn(named, ["message_id"], sends)
    first = turns.unique("message_id", keep="first", maintain_order=True)
    return first.join(reports, on="message_id").select("event", "report")


def _in_turn(rows: pl.DataFrame, same: list[str], sends: pl.DataFrame) -> pl.DataFrame:
    """*rows* with their `turn` among those that are the *same*: by time of sending, then content.

    These stand in the order of their turns. The turn is 0 where there are no such others, as usual;
    which is cheaper than to sort them all.
    """
    alike = pl.struct(same).is_duplicated()
    twins = rows.filter(alike)
    content = sends.select(pl.col(OF_EVENT).gather(twins["event"]))
    order = content.with_row_index("row").sort(OF_EVENT, nulls_last=True)["row"]
    turns = pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
    return pl.concat(
        [
            rows.filter(~alike).with_columns(turn=pl.lit(0, pl.Int64)),
            twins.select(pl.all().gather(order)).with_columns(turn=turns),
        ]
    )


def _by_recipient(sends: pl.DataFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """Pairs to the same number at nearly the same time, first those of which campaigns agree.

    A report that refers to a campaign of the events belongs to that campaign or to none of them, so
    that it can be matched by agreeing alone; only the other reports are left to time alone.
    """
    campaigns = sends.select(_CAMPAIGN).unique().with_row_index("campaign")
    known = pl.concat([campaigns.select("campaign", campaign_reference=name) for name in _CAMPAIGN])
    others = _timed(reports, ["report", "message_id", "campaign_reference"])
    referring = others.join(known.drop_nulls().unique(), on="campaign_reference")
    timed = _in_turn(_timed(_forwarded(sends), ["event", *_CAMPAIGN]), ["number", "sent"], sends)
    placed = timed.join(campaigns, on=_CAMPAIGN, nulls_equal=True).drop(_CAMPAIGN)
    agreeing = one_to_one(_near(placed, referring, ["number", "campaign"]))
    left = placed.join(agreeing, on="event", how="anti")
    loose = others.join(referring, on="report", how="anti")
    return pl.concat([agreeing, one_to_one(_near(left, loose, ["number"]))])


def _forwarded(sends: pl.DataFrame) -> pl.DataFrame:
    """Sends without an id, but those that were never forwarded: these have no report."""
    failed = (pl.col("outcome") == Outcome.ENQUEUE_FAILED).fill_null(value=False)
    return sends.filter(pl.col("message_id").is_null(), ~failed)


def _timed(messages: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Messages to a known `number`, `sent` at a known time, and the `stretch` of time it is in."""
    number, sent = bare_digits(pl.col("recipient")), pl.col("sent_at").dt.timestamp("us")
    return (
        messages.select(*columns, number=number, sent=sent)
        .filter(pl.col("number").str.contains(r"^[0-9]+$"), pl.col("sent").is_not_null())
        .with_columns(stretch=pl.col("sent") // _WIDTH)
    )


def _near(sends: pl.DataFrame, reports: pl.DataFrame, same: list[str]) -> pl.DataFrame:
    """All pairs that are alike in *same* and near in time, the best first.

    Columns out: `event`, `report`.
    """
    stretches = [reports.with_columns(pl.col("stretch") + beside) for beside in (-1, 0, 1)]
    return (
        sends.select("event", "turn", "sent", "stretch", *same)
        .join(pl.concat(stretches), on=[*same, "stretch"], suffix="_of_report")
        .with_columns(apart=(pl.col("sent") - pl.col("sent_of_report")).abs())
        .filter(pl.col("apart") <= _WIDTH)
        .sort("apart", "sent", "sent_of_report", "message_id", "turn")
        .select("event", "report")
    )
