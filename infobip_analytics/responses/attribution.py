"""Which message a click or a reply belongs to: by message id, by time of sending, by nearness.

Nothing in an export ties them for certain, so three rules are tried in turn (docs/definitions.md,
section 2). Texts are compared by hashes of 64 bits, as in `tying`.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any, NamedTuple

import polars as pl

from infobip_analytics.countries import bare_digits
from infobip_analytics.errors import ArgumentError
from infobip_analytics.frames import MESSAGES
from infobip_analytics.outcomes import Outcome
from infobip_analytics.responses.heard import REPLY

SEVEN_DAYS = timedelta(days=7)
LONGEST = timedelta(days=366)

#: How much earlier than its message a response may be, for clocks differ.
TOLERANCE = timedelta(seconds=5) // timedelta(microseconds=1)

_TIME, _SENT = pl.col("_time"), pl.col("_sent_timestamp")


def attribution(responses: pl.DataFrame, messages: pl.LazyFrame, window: timedelta) -> pl.DataFrame:
    """Give each of *responses* the message that it belongs to; those of none are absent.

    *responses* are those of `heard.heard`; *messages* have `_message`, which numbers their rows.
    Columns out: `_response`, `_message`. No result depends on the order of the rows, unless two
    messages sent to one recipient at the same microsecond are alike in all that is compared.

    Raises:
        ArgumentError: *window* is no period between nothing and 366 days.
    """
    oldest = period(window)
    if responses.is_empty():
        return pl.DataFrame(schema={"_response": pl.get_index_type(), "_message": pl.Int64})
    said, sent = _said(responses), _sent(messages)
    named = _by_id(said, sent)
    loose = said.join(named, on="_response", how="anti")
    timed = _latest(loose.with_columns(_from=_SENT, _to=_SENT), sent)
    loose = loose.join(timed, on="_response", how="anti")
    near = _latest(loose.with_columns(_from=_earliest(oldest), _to=_last()), sent)
    found = pl.concat([named, timed, near])
    return found.join(sent.select("_rank", "_message"), on="_rank").drop("_rank")


def period(window: Any) -> int:
    """A window in microseconds; ArgumentError where it is none."""
    if not isinstance(window, timedelta) or not timedelta(0) < window <= LONGEST:
        raise ArgumentError(
            f"window={window!r} is no period between nothing and {LONGEST.days} days; give a "
            "timedelta: timedelta(days=7)"
        )
    return int(window // timedelta(microseconds=1))


def _earliest(oldest: int) -> pl.Expr:
    """Since when a message may have been sent; one that says when was sent then, or nearly."""
    return pl.max_horizontal(_TIME - oldest, _SENT - TOLERANCE)


def _last() -> pl.Expr:
    """Until when a message may have been sent."""
    return pl.min_horizontal(_TIME, _SENT) + TOLERANCE


def _said(responses: pl.DataFrame) -> pl.DataFrame:
    """What responses say of their message, as numbers; a reply may say nothing of a campaign."""
    reply = pl.col("status") == REPLY
    campaign, action = (pl.coalesce(f"{it}_id", f"{it}_name") for it in ("campaign", "action"))
    return responses.select(
        "_response",
        _time=pl.col("timestamp").to_physical(),
        _sent_timestamp=pl.col("sent_timestamp").to_physical(),
        _id=_number(pl.col("message_id"), "id"),
        _customer=_number(pl.col("customer"), "customer"),
        _recipient=_number(pl.col("recipient"), "recipient"),
        # who sends a click's message is the shop
        _sender=_number(pl.when(reply).then(bare_digits(pl.col("sender"))), "recipient"),
        _campaign=_number(pl.when(reply).then(campaign).otherwise(_or_none(campaign)), "campaign"),
        _action=_number(pl.when(reply).then(action).otherwise(_or_none(action)), "action"),
    )


def _sent(messages: pl.LazyFrame) -> pl.DataFrame:
    """Messages that were forwarded, as numbers, in order of time; `_rank` counts them.

    Of two sent at the same microsecond the one delivered stands last, then what they say decides.
    """
    there = messages.collect_schema()
    texts = {
        name: pl.col(name) if name in there else pl.lit(None, pl.String)
        for name in ("campaign_id", "campaign_name", "action_id", "action_name", *_PERSON)
    }
    sent = pl.col("sent_at") if "sent_at" in there else pl.lit(None, MESSAGES["sent_at"])
    campaign, action = (
        _or_none(pl.coalesce(texts[f"{it}_id"], texts[f"{it}_name"]))
        for it in ("campaign", "action")
    )
    numbers = ["_id", "_customer", "_recipient", "_campaign", "_action"]
    return (
        messages.filter(pl.col("outcome") != Outcome.ENQUEUE_FAILED)
        .select(
            pl.col("_message").cast(pl.Int64),
            _sent=sent.to_physical(),
            _delivered=pl.col("outcome") == Outcome.DELIVERED,
            _id=_number(texts["message_id"], "id"),
            _customer=_number(texts["customer"], "customer"),
            _recipient=_number(texts["recipient"], "recipient"),
            _campaign=_number(campaign, "campaign"),
            _action=_number(action, "action"),
        )
        .with_columns(_said=pl.sum_horizontal(numbers))
        .collect(engine="streaming")
        .sort("_sent", "_delivered", "_said", "_message")
        .with_columns(_rank=pl.int_range(pl.len()))
    )


_PERSON = ["message_id", "customer", "recipient"]
_SEEDS = {"id": 1, "customer": 2, "recipient": 3, "campaign": 4, "action": 5}


def _or_none(text: pl.Expr) -> pl.Expr:
    """A campaign or action, of which none is one, too."""
    return text.fill_null("")


def _number(text: pl.Expr, kind: str) -> pl.Expr:
    """A text as a number: the same for the same text of one kind, null for none."""
    return pl.when(text.is_not_null()).then(text.hash(seed=_SEEDS[kind]))


def _by_id(said: pl.DataFrame, sent: pl.DataFrame) -> pl.DataFrame:
    """Rule 1: the same message id."""
    ranks = sent.drop_nulls("_id").group_by("_id").agg(pl.max("_rank"))
    return said.join(ranks, on="_id").select("_response", "_rank")


class _Way(NamedTuple):
    """How responses and messages may be of one person: which of them, by which columns."""

    said_by: str
    sent_to: str
    said: pl.Expr
    sent: pl.Expr


_ALL = pl.lit(value=True)
_KNOWN = pl.col("_customer").is_not_null()

#: The customer where both have one, else the number; a reply names its own as either of two.
_WAYS = [
    _Way("_customer", "_customer", _ALL, _ALL),
    *(_Way(number, "_recipient", _KNOWN, ~_KNOWN) for number in ("_recipient", "_sender")),
    *(_Way(number, "_recipient", ~_KNOWN, _ALL) for number in ("_recipient", "_sender")),
]

#: Ids may be absent, and never differ: whether the response has one, and which messages are left.
_IDS = [(pl.col("_id").is_null(), _ALL), (pl.col("_id").is_not_null(), pl.col("_id").is_null())]

#: Which of campaign and action the response carries.
_STAGE = ("_campaign", "_action")
_CARRIED = [("_campaign", "_action"), ("_campaign",), ("_action",), ()]


def _latest(said: pl.DataFrame, sent: pl.DataFrame) -> pl.DataFrame:
    """Rules 2 and 3: the latest message sent between `_from` and `_to` that may be the one."""
    timed = said.drop_nulls(["_from", "_to"]).sort("_to")
    dated = sent.drop_nulls("_sent")
    found = [said.clear().select("_response", pl.lit(None, pl.Int64).alias("_rank"))]
    for way, (id_said, id_sent), carried in product(_WAYS, _IDS, _CARRIED):
        ours = _keyed(timed.filter(way.said, id_said, *_carries(carried)), [way.said_by, *carried])
        if ours.height:  # most kinds do not occur, and messages are many
            theirs = _keyed(dated.filter(way.sent, id_sent), [way.sent_to, *carried])
            found.append(_nearest(ours, theirs))
    return pl.concat(found).group_by("_response").agg(pl.max("_rank"))


def _carries(carried: tuple[str, ...]) -> Iterator[pl.Expr]:
    """What keeps to the responses that carry just these of campaign and action."""
    for name in _STAGE:
        yield pl.col(name).is_not_null() if name in carried else pl.col(name).is_null()


def _nearest(said: pl.DataFrame, sent: pl.DataFrame) -> pl.DataFrame:
    """The latest message of the same `_key`, where one was sent between `_from` and `_to`."""
    near = said.join_asof(
        sent.select("_key", "_sent", "_rank"),
        left_on="_to",
        right_on="_sent",
        by="_key",
        check_sortedness=False,
    )
    return near.filter(pl.col("_sent") >= pl.col("_from")).select("_response", "_rank")


def _keyed(rows: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """The rows that say something in each of *names*, and one number for what they say there."""
    return rows.drop_nulls(names).with_columns(_key=pl.sum_horizontal(names))
