"""The invented world as Bloomreach tells it: campaign events, a row for each status."""

import numpy as np
import polars as pl

from infobip_analytics.countries.recipients import bare_digits
from infobip_analytics.frames import CAMPAIGN_EVENTS, TIME, conform
from infobip_analytics.samples import plan
from infobip_analytics.samples.chance import uniforms
from infobip_analytics.samples.properties import properties, seconds_text
from infobip_analytics.samples.sends import DAY, END, HOUR, MINUTE, START
from infobip_analytics.samples.truth import ending_tells, in_time
from infobip_analytics.samples.world import World

#: The headings of the export, in its order.
HEADINGS = [
    "registered", "timestamp", "type", "action_id", "action_name", "action_type", "campaign_id",
    "campaign_name", "campaign_policy", "consent_category", "language", "variant", "recipient",
    "sender", "status", "status_code", "error", "comment", "message", "subject",
    "number_of_message_parts", "sent_timestamp", "integration_id", "integration_name", "url",
    "utm_source", "utm_medium", "utm_campaign", "ip", "country", "city", "message_id",
]  # fmt: skip

#: Headings whose columns have another name among ours.
_OURS = {"registered": "customer", "type": "event_name", "number_of_message_parts": "parts"}


def events_frame(world: World) -> pl.DataFrame:
    """The campaign events of a world in our own names, as the reader would hand them over."""
    seconds = pl.col("timestamp", "sent_timestamp").cast(pl.Decimal(18, 6))
    times = (seconds * 1_000_000).cast(pl.Int64).cast(TIME)
    ours = export_rows(world).with_columns(times, bare_digits(pl.col("recipient"))).rename(_OURS)
    return conform(ours.lazy().with_columns(set_aside=pl.lit(0)), CAMPAIGN_EVENTS).collect()


def export_rows(world: World) -> pl.DataFrame:
    """The export of a world: text under HEADINGS, nearly in the order of time.

    Some rows stand twice, as where two exports overlap, and not all are of SMS and MMS. One is an
    e-mail opened at END, so that the events speak of the same moment as the delivery reports.
    """
    rng = np.random.Generator(np.random.PCG64([world.seed, 2]))
    rows = pl.concat([_of_messages(world, rng), _of_others(world, rng)], how="diagonal")
    return (
        rows.with_columns(uniforms(rng, rows.height, ["u_lag", "u_late", "u_duplicate"]))
        .with_columns(place=pl.col("at") + _lag())
        .pipe(_with_duplicates)
        .sort("place", maintain_order=True)
        .with_columns(timestamp=seconds_text("at"), type=pl.lit("campaign"))
        .select(pl.col(name).cast(pl.String) for name in HEADINGS)
    )


#: What the rows need to know of their message.
_OF_MESSAGE = [
    "message", "message_id", "country", "action", "channel", "sent", "recipient", "customer",
    "variant", "parts", "timed", "u_after",
]  # fmt: skip


def _of_messages(world: World, rng: np.random.Generator) -> pl.DataFrame:
    """The rows of SMS and MMS: the send, what it came to, clicks and replies."""
    chances = uniforms(rng, world.histories.height, ["u_click", "u_reply", "u_after"])
    shares = plan.actions().select("action", "click_share", "reply_share")
    after = pl.col("main_at") + MINUTE + (pl.col("u_after") ** 3 * DAY).cast(pl.Int64)
    drawn = world.histories.with_columns(chances).with_columns(after_at=after)
    rows = pl.concat(_statuses(drawn.join(shares, on="action", how="left", maintain_order="left")))
    return (
        rows.with_columns(uniforms(rng, rows.height, ["u_spelling", "u_code"]))
        .pipe(_described)
        .with_columns(
            status=pl.coalesce("status", "outcome"), sender=pl.coalesce("own_sender", "sender")
        )
        .select("at", **properties())
    )


def _described(rows: pl.DataFrame) -> pl.DataFrame:
    """Add what country, action and ending say of a row."""
    actions = plan.actions().drop("channel", "timed")
    countries = plan.countries().select("country", "language", "own_sender")
    return (
        rows.join(actions, on="action", how="left", maintain_order="left")
        .join(countries, on="country", how="left", maintain_order="left")
        .join(plan.endings(), on="ending", how="left", maintain_order="left")
    )


def _statuses(drawn: pl.DataFrame) -> list[pl.DataFrame]:
    """The rows of each status: none of what came after the waiting period.

    A receipt of the operator makes an event only where nothing followed it in time.
    """
    known = pl.col("fate").is_not_null() & (pl.col("sent") >= START)
    stopped = in_time("operator") & ~in_time("main")
    told = in_time("main") & ending_tells("main")
    read = (pl.col("fate") == "handset") & told & (pl.col("after_at") < END)
    clicked = read & (pl.col("u_click") < pl.col("click_share"))
    replied = read & (pl.col("u_reply") < pl.col("reply_share"))
    return [
        _rows(drawn, known, "sent", status="enqueued"),
        _rows(drawn, pl.col("enqueue_failed"), "sent", status="enqueue_failed"),
        _rows(drawn, stopped, "operator_at", ending="operator_ending"),
        _rows(drawn, told, "main_at", ending="main_ending"),
        _rows(drawn, in_time("second"), "second_at", ending="second_ending"),
        _rows(drawn, clicked, "after_at", status="clicked"),
        _rows(drawn, replied, "after_at", status="incoming_message"),
    ]


def _rows(
    drawn: pl.DataFrame,
    which: pl.Expr,
    at: str,
    status: str | None = None,
    ending: str | None = None,
) -> pl.DataFrame:
    """The rows of one status: the one given, or the outcome of the *ending*."""
    return drawn.filter(which).select(
        *_OF_MESSAGE,
        at=pl.col(at),
        status=pl.lit(status, pl.String),
        ending=pl.col(ending) if ending else pl.lit(None, pl.Int64),
    )


def _of_others(world: World, rng: np.random.Generator) -> pl.DataFrame:
    """E-mail, webhooks, pushes and splits: no delivery of ours, though some fail."""
    kinds = plan.other_events()
    histories = world.histories.with_columns(uniforms(rng, world.histories.height, ["u_other"]))
    last = pl.col("sent") == histories["sent"].max()
    opened = (pl.col("action_type") == "email") & (pl.col("status") == "opened")
    return (
        histories.filter(
            (pl.col("sent") >= START) & ((pl.col("u_other") < kinds["up_to"].max()) | last)
        )
        .select("sent", "u_other", registered=pl.col("customer").fill_null("gb0@example.com"))
        .join(kinds, how="cross", maintain_order="left_right")
        .filter(pl.col("u_other").is_between("over", "up_to", closed="left") | (last & opened))
        .with_columns(
            at=pl.when(last & opened)
            .then(END)
            .otherwise(pl.col("sent") + pl.col("minutes") * MINUTE),
            recipient=pl.when(pl.col("action_type") == "email").then("registered"),
        )
        .filter(pl.col("at") <= END)
        .drop("sent", "u_other", "over", "up_to", "minutes")
    )


def _lag() -> pl.Expr:
    """Some rows stand up to an hour further down than their time says."""
    return (
        pl.when(pl.col("u_late") < 0.05).then(pl.col("u_lag") * HOUR).otherwise(0.0).cast(pl.Int64)
    )


def _with_duplicates(rows: pl.DataFrame) -> pl.DataFrame:
    twice = pl.col("u_duplicate") < plan.oddities()["event_duplicate"]
    return pl.concat([rows, rows.filter(twice).with_columns(place=pl.col("place") + HOUR)])
