"""What an event of the invented world says under each heading of the export."""

import polars as pl

from infobip_analytics.samples import plan
from infobip_analytics.samples.chance import pick

_INTEGRATION_NAME = "Infobip SMS"


def properties() -> dict[str, pl.Expr]:
    """What a row of SMS or MMS says under each heading; time and type it has like all rows.

    Columns in: those of a history, its action, its ending and its country's `language`; `status`,
    and `u_spelling`, `u_code`, `u_after`, the chances that some texts hang on.
    """
    reply, unsent = pl.col("status") == "incoming_message", pl.col("status") == "enqueue_failed"
    clicked = pl.when(pl.col("status") == "clicked")
    sent = pl.when(~reply & ~unsent)
    return {
        **{name: pl.col(name) for name in _PLAIN},
        "registered": pl.col("customer"),
        "action_type": pl.col("channel"),
        **{name: pl.lit(None, pl.String) for name in _EMPTY},
        # the recipient of a reply is who sent the message
        "recipient": pl.when(reply).then("sender").otherwise(_spelled()),
        "sender": pl.when(reply).then(pl.lit("+") + pl.col("recipient")).otherwise("sender"),
        "status_code": _status_code(),
        "error": pl.when(_tells_error()).then("error_name"),
        "message": pl.when(reply).then(_score()).when(unsent).then(_why_unsent()),
        "number_of_message_parts": sent.then("parts"),
        "sent_timestamp": sent.then(pl.when("timed").then(seconds_text("sent"))),
        "message_id": sent.then(pl.when("keyed").then("message_id")),
        "integration_name": pl.when(~reply).then(pl.lit(_INTEGRATION_NAME)),
        "url": clicked.then(pl.lit("https://shop.example/sale")),
        "utm_source": clicked.then(pl.lit("bloomreach")),
        "utm_medium": clicked.then("channel"),
        "utm_campaign": clicked.then("campaign_name"),
        # where the click came from, which is not where the message went
        "ip": clicked.then(pl.lit("203.0.113.10")),
        "country": clicked.then(pl.lit("Austria")),
        "city": clicked.then(pl.lit("Vienna")),
    }


_EMPTY = ["campaign_policy", "subject", "integration_id"]
_PLAIN = [
    "action_id", "action_name", "campaign_id", "campaign_name", "consent_category", "language",
    "variant", "status", "comment",
]  # fmt: skip


def _spelled() -> pl.Expr:
    """The recipient, mostly as + and digits, else with 00, bare or spaced.

    Some sends failed because the number was a local one, which does not tell its country.
    """
    digits = pl.col("recipient")
    local = pl.lit("0") + digits.str.slice(2).str.strip_chars_start("0")
    third = plan.oddities()["respelled"] / 3
    spellings = [
        (pl.lit(third), pl.lit("00") + digits),
        (pl.lit(2 * third), digits),
        (pl.lit(3 * third), digits.str.replace(r"^(..)(....)", "+${1} ${2} ")),
        (pl.lit(1.0), pl.lit("+") + digits),
    ]
    return pl.when(_is_local()).then(local).otherwise(pick(pl.col("u_spelling"), spellings))


def _is_local() -> pl.Expr:
    return (pl.col("status") == "enqueue_failed") & (pl.col("message") % 3 == 0)


def _why_unsent() -> pl.Expr:
    known = pl.when(_is_local()).then(pl.lit("Invalid phone number"))
    return known.otherwise(pl.lit("No connection to the provider"))


def _tells_error() -> pl.Expr:
    """Failures name their error, and every other delivery says that there was none."""
    return (pl.col("status") != "delivered") | (pl.col("message") % 2 == 0)


def _status_code() -> pl.Expr:
    """The id of the error; as documented, an unidentified subscriber may have 400 instead."""
    chance = pl.col("u_code") < plan.oddities()["legacy_code"]
    legacy = (pl.col("error_name") == "EC_UNIDENTIFIED_SUBSCRIBER") & chance
    code = pl.when(legacy).then(400).otherwise("error_id").cast(pl.String)
    return pl.when(_tells_error()).then(code)


def _score() -> pl.Expr:
    return (pl.col("u_after") * 11).cast(pl.Int64).cast(pl.String)


def seconds_text(milliseconds: str) -> pl.Expr:
    """Seconds since 1970 with three decimals, as text."""
    whole, rest = pl.col(milliseconds) // 1000, pl.col(milliseconds) % 1000
    return whole.cast(pl.String) + "." + rest.cast(pl.String).str.zfill(3)
