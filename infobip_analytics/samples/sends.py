"""Who is sent what, and when: the sends of the invented world, before anything becomes of them."""

import numpy as np
import polars as pl

from infobip_analytics.samples import plan
from infobip_analytics.samples.chance import pick, quotas, shuffled, uniforms

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
START = plan.milliseconds(plan.START)
END = plan.milliseconds(plan.END)
WAITING = plan.milliseconds(plan.WAITING)

#: Two sends further apart than this cannot be mistaken for each other, whatever is reported.
APART = WAITING + DAY
#: So many sends of the four days before START for each of the 45 days after it.
BEFORE = 4 / 45
MESSAGES_A_PERSON = 2.5

_CHANCES = ["u_action", "u_day", "u_hour", "u_minute", "u_variant", "u_parts", "u_enqueue"]


def draw_sends(messages: int, rng: np.random.Generator) -> pl.DataFrame:
    """Draw the sends: *messages* in the world's 45 days, and some in the four days before.

    Columns out, in the order of `sent` (milliseconds since 1970, no two alike): `message` (its
    number), `message_id`, `country`, `action`, `customer` (null where unknown to the campaign),
    `recipient` (digits), `dead` (a number that nobody answers), `network`, `variant`, `parts`,
    `timed` (its events carry `sent_timestamp`), `enqueue_failed`.
    """
    return (
        _in_order(_drawn(messages, rng))
        .pipe(_addressed)
        .pipe(_told_apart)
        .select(
            "message",
            "country",
            "action",
            "sent",
            "recipient",
            "network",
            "dead",
            "timed",
            message_id=_message_id(),
            customer=_customer(),
            variant=_variant(),
            parts=_parts(),
            enqueue_failed=_enqueue_failed(),
        )
    )


def _drawn(messages: int, rng: np.random.Generator) -> pl.DataFrame:
    """A row a send, with its country, its action and its time."""
    n_before = int(messages * BEFORE)
    first = pl.when("before").then(START - WAITING).otherwise(START)
    days = pl.when("before").then(WAITING // DAY).otherwise((END - START) // DAY)
    return (
        pl.concat([_places(n_before, rng), _places(messages, rng)])
        .with_columns(uniforms(rng, n_before + messages, _CHANCES))
        .with_columns(before=pl.int_range(pl.len()) < n_before)
        .join(plan.countries(), on="country", how="left", maintain_order="left")
        .join(plan.action_shares(), on="country", how="left", maintain_order="left")
        .with_columns(action=_action())
        .join(plan.actions(), on="action", how="left", maintain_order="left", suffix="_of_action")
        .with_columns(
            sent=pl.when(pl.col("before") | (pl.col("minutes") == 0))
            .then(first + _on_some_day(days))
            .otherwise(_in_a_blast())
        )
    )


def _places(messages: int, rng: np.random.Generator) -> pl.DataFrame:
    """A country for each of *messages*: as many as its share says, in an order of chance."""
    counts = quotas(plan.countries()["share"].to_numpy(), messages)
    places = shuffled(rng, np.repeat(np.arange(len(counts)), counts))
    return plan.countries().select(pl.col("country").gather(places))


def _action() -> pl.Expr:
    shares = plan.actions()["action"]
    return pick(pl.col("u_action"), [(pl.col(f"up_to_{n}"), pl.lit(n, pl.Int64)) for n in shares])


def _on_some_day(days: pl.Expr) -> pl.Expr:
    """Milliseconds into some of *days*: between 6 and 22 o'clock, most of them about 14."""
    day = (pl.col("u_day") * days).cast(pl.Int64) * DAY
    return day + 6 * HOUR + ((pl.col("u_hour") + pl.col("u_minute")) * 8 * HOUR).cast(pl.Int64)


def _in_a_blast() -> pl.Expr:
    """Some minutes after one of the moments at which the campaign starts."""
    start = pl.col("starts").list.get(
        (pl.col("u_day") * pl.col("starts").list.len()).cast(pl.Int64)
    )
    return start + (pl.col("u_hour") ** 1.5 * pl.col("minutes") * MINUTE).cast(pl.Int64)


def _in_order(drawn: pl.DataFrame) -> pl.DataFrame:
    """Number the sends by time, and move them by milliseconds where two fall on the same one.

    The last send is half an hour before END, however small the world is.
    """
    number = pl.int_range(pl.len())
    return (
        drawn.sort("sent", maintain_order=True)
        .with_columns(message=number, sent=(pl.col("sent") - number).cum_max() + number)
        .with_columns(
            sent=pl.when(pl.col("message") == pl.len() - 1).then(END - HOUR // 2).otherwise("sent")
        )
    )


def _addressed(sends: pl.DataFrame) -> pl.DataFrame:
    """Give each send a person, in turn among those of the country, and the person's number."""
    people = (pl.len().over("country") / MESSAGES_A_PERSON).ceil().cast(pl.Int64)
    # 7919 has no factor in common with 10, so that the digits look drawn and no two are the same
    digits = pl.col("person") // pl.col("n_ranges") * 7919 % 10 ** pl.col("width")
    return (
        sends.with_columns(person=pl.int_range(pl.len()).over("country") % people)
        .join(
            plan.numbers().select("country", "n_ranges").unique(),
            on="country",
            how="left",
            maintain_order="left",
        )
        .with_columns(range=pl.col("person") % pl.col("n_ranges"))
        .join(
            plan.numbers().drop("n_ranges"),
            on=["country", "range"],
            how="left",
            maintain_order="left",
        )
        .with_columns(_digits=digits)
        .with_columns(
            recipient=pl.col("prefix")
            + pl.col("_digits").cast(pl.String).str.zfill(pl.col("width")),
            network=pl.col("networks").list.get(pl.col("person") % pl.col("networks").list.len()),
            # a trait of the number, not of the send: its golden multiples fill [0, 1) evenly
            dead=(pl.col("_digits") * 0.6180339887 + pl.col("range") * 0.37 + 0.5) % 1
            < plan.oddities()["dead_number"],
        )
    )


def _told_apart(sends: pl.DataFrame) -> pl.DataFrame:
    """Say which sends are `alone`, with no other of their action to their number near in time.

    Only their events may lack a `sent_timestamp`: others are told apart by nothing else.
    """
    same = ["action", "recipient"]
    earlier, later = pl.col("sent").shift(1).over(same), pl.col("sent").shift(-1).over(same)
    return sends.with_columns(
        alone=(pl.col("sent") - earlier > APART).fill_null(value=True)
        & (later - pl.col("sent") > APART).fill_null(value=True)
    ).with_columns(timed=pl.col("timed") | ~pl.col("alone"))


def _message_id() -> pl.Expr:
    """Text that looks like a number and begins with 0: whoever reads it as a number loses it."""
    scattered = (pl.col("message") * 2_654_435_761 + 987_654_321) % 10**10
    return pl.lit("0426") + scattered.cast(pl.String).str.zfill(10)


def _customer() -> pl.Expr:
    someone = pl.format("{}{}@example.com", pl.col("country").str.to_lowercase(), "person")
    return pl.when("known").then(someone)


def _variant() -> pl.Expr:
    variants = pl.col("variants")
    return variants.list.get((pl.col("u_variant") * variants.list.len()).cast(pl.Int64)).replace(
        "", None
    )


def _parts() -> pl.Expr:
    """Parts of a text: one to four, more of them where the alphabet needs two bytes a letter."""
    length = pl.col("u_parts") ** pl.when("unicode").then(0.5).otherwise(1.0)
    return sum((length > over).cast(pl.Int64) for over in (0.72, 0.93, 0.985)) + pl.lit(1, pl.Int64)


def _enqueue_failed() -> pl.Expr:
    """Some of the known sends never reach Infobip, but not the last one: it ends the data."""
    drawn = pl.col("u_enqueue") < plan.oddities()["enqueue_failed"]
    return drawn & pl.col("alone") & (pl.col("sent") >= START) & (pl.col("message") < pl.len() - 1)
