"""Costs summed: per group and currency, never over currencies."""

from collections.abc import Iterable
from typing import Any, Literal

import narwhals as nw
import polars as pl

from infobip_analytics.clock import zone
from infobip_analytics.counting import as_messages
from infobip_analytics.countries import no_report_codes
from infobip_analytics.frames import MESSAGES, TIME
from infobip_analytics.grouping import By, country_name, key_columns, keys, shown
from infobip_analytics.outcomes import Outcome
from infobip_analytics.retiring.evidence import price_of
from infobip_analytics.retiring.verdicts import checked_price, suppressed
from infobip_analytics.spending.texts import is_unicode, parts_as_gsm, parts_as_unicode
from infobip_analytics.undelivered.counted import DELIVERED, free, handed_back

ASSUMES = (
    "Assumes that `price` is what Infobip charges, {}, whatever became of the message; nothing is "
    "known of rebates and fees. Currencies are never added, and messages without a price have rows "
    "of their own"
)

#: The distribution of parts: our columns, and the parts that they count.
PARTS = ["parts_1", "parts_2", "parts_3", "parts_4_plus"]
UNICODE = ["unicode_messages", "unicode_parts", "unicode_extra_parts"]

SCHEMA: dict[str, Any] = {
    "messages": pl.Int64,
    "n_priced": pl.Int64,
    "cost": pl.Float64,
    "settled": pl.Int64,
    "delivered": pl.Int64,
    "settled_cost": pl.Float64,
    "cost_per_delivered": pl.Float64,
    "no_report_messages": pl.Int64,
    "parts": pl.Int64,
    **dict.fromkeys([*PARTS, "parts_unknown"], pl.Int64),
    "dead_messages": pl.Int64,
    "dead_cost": pl.Float64,
    **dict.fromkeys(["texts", *UNICODE], pl.Int64),
    "unicode_extra_cost": pl.Float64,
    "as_of": TIME,
    "waiting_days": pl.Float64,
}


def costs(
    messages: Any,
    by: By = "country",
    *,
    price_per: Literal["part", "message"] = "part",
    no_report_countries: Iterable[str] | None = None,
    timezone: str = "UTC",
) -> Any:
    """Sum what messages cost, per *by* and currency, and what a delivered one costs.

    A row for each group **and currency**, for currencies are never added. Messages without a price
    are a row of their own, with `cost` null: nothing is guessed. All forwarded messages are in it,
    of any age and to any country, for all of them are paid. `cost_per_delivered` = `settled_cost` /
    `delivered`, of the settled messages to countries that report: what did not arrive is part of
    the price of what did. It is null where nothing is delivered, and for no-report countries.

    What Unicode costs can be told where messages have a column `text` (theirs to join; neither
    reports nor events keep it): one character that the GSM alphabet lacks makes a part 70
    characters long instead of 160. `unicode_extra_parts` are the parts that were sent (`parts`, or
    else as many as the text takes) less those it would take with such characters replaced one by
    one. Without `text` these columns are null: two parts may be long GSM or short Unicode.

    Args:
        messages: A frame of messages (pandas, polars or polars-lazy), as `messages` makes it.
        by: As of `delivery_rates`: None, a column, a list, a short name, a piece of time; the
            currency is added where it is not named.
        price_per: Whether `price` is meant per part (as Infobip charges) or per message.
        no_report_countries: Codes or names instead of the list of 34; `()` for none.
        timezone: In which hours, days, weeks and months begin.

    Returns:
        On the same engine, sorted by *by*, then `currency` (null where there is no price, "" is
        never there): `messages`, `n_priced`, `cost`; `settled` and `delivered` messages to
        countries that report, `settled_cost`, `cost_per_delivered`; `no_report_messages`; `parts`,
        and messages of 1, 2, 3, 4 and more parts (`parts_1` to `parts_4_plus`, `parts_unknown`);
        `dead_messages` and `dead_cost`, to numbers that `hygiene` says to suppress (null where
        recipients are not known); `texts` (messages with a text), `unicode_messages`,
        `unicode_parts`, `unicode_extra_parts`, `unicode_extra_cost` (null with `price_per`
        "message"); `as_of`, `waiting_days`.

    Raises:
        ColumnError: The frame is no frame of messages.
        ArgumentError: *by* is unknown, or another argument means nothing here.
    """
    names = free([name for name in keys(by) if name != "currency"], list(SCHEMA))
    silent = no_report_codes(no_report_countries)
    per_part = checked_price(price_per)
    keyed = _keyed(messages, names, timezone)
    there = keyed.collect_schema()
    key_types = {name: there.get(name, pl.String) for name in shown([*names, "currency"])}

    def make() -> pl.DataFrame:
        dead = dead_numbers(messages, silent)
        return summed(messages, names, silent, dead, timezone=timezone, per_part=per_part)

    return handed_back(make, key_types | SCHEMA, messages)


def summed(
    messages: Any,
    names: list[str],
    silent: frozenset[str],
    dead: pl.Series | None,
    *,
    timezone: str,
    per_part: bool,
) -> pl.DataFrame:
    """The rows of `costs`; *dead* are the numbers to suppress, None where no number is known."""
    keyed = _keyed(messages, names, timezone)
    plan = _summed(keyed, names, silent, dead, per_part=per_part)
    return _divided(plan.collect(engine="streaming"), names)


def _keyed(messages: Any, names: list[str], timezone: str) -> pl.LazyFrame:
    """Forwarded messages with *names*, and with null columns for what is looked at and lacking."""
    zone(timezone)
    frame = as_messages(messages)
    there = frame.collect_schema()
    with_keys: pl.LazyFrame = frame.with_columns(key_columns(names, there, timezone)).to_native()
    types = MESSAGES | {"text": pl.String}
    lacking = {name: pl.lit(None, types[name]) for name in _LOOKED_AT if name not in there}
    known = pl.col("sent_at").is_not_null() if "sent_at" in there else pl.lit(value=True)
    orphan = pl.col("orphan").fill_null(value=False)
    return with_keys.with_columns(**lacking).filter(
        known, ~orphan, pl.col("outcome") != str(Outcome.ENQUEUE_FAILED)
    )


_LOOKED_AT = [
    "recipient", "orphan", "parts", "price", "currency", "text", "as_of", "waiting_days",
]  # fmt: skip


def dead_numbers(messages: Any, silent: frozenset[str]) -> pl.Series | None:
    """The numbers to suppress; None where no number is known."""
    frame = as_messages(messages)
    if "recipient" not in frame.collect_schema():
        return None
    plan: pl.LazyFrame = frame.to_native()
    known = plan.select(pl.col("recipient").is_not_null().any()).collect(engine="streaming").item()
    return suppressed(plan, silent) if known else None


def _summed(
    plan: pl.LazyFrame,
    names: list[str],
    silent: frozenset[str],
    dead: pl.Series | None,
    *,
    per_part: bool,
) -> pl.LazyFrame:
    """Sum per group and currency; a price without a currency is of "", no price of null."""
    quiet = pl.col("country").is_in(sorted(silent))
    settled = pl.col("settled") & ~quiet
    number = pl.col("parts")
    to_dead = pl.lit(None, pl.Boolean) if dead is None else _is_one_of(dead)
    cost = pl.col("_cost")
    flags = {
        "n_priced": pl.col("price").is_not_null(),
        "settled": settled,
        "delivered": settled & (pl.col("outcome") == DELIVERED),
        "no_report_messages": quiet,
        **{name: number == at for at, name in enumerate(PARTS[:3], 1)},
        PARTS[3]: number >= 4,
        "parts_unknown": number.is_null() | (number < 1),
        "dead_messages": to_dead,
        **_unicode_flags(),
    }
    priced = pl.when(pl.col("price").is_not_null()).then(pl.col("currency").fill_null(""))
    return (
        plan.with_columns(
            _cost=price_of(per_part=per_part),
            currency=priced,
            _taken=pl.coalesce("parts", parts_as_unicode(pl.col("text"))),
        )
        .with_columns(_extra=_extra_parts())
        .group_by(*names, "currency")
        .agg(
            pl.len().cast(pl.Int64).alias("messages"),
            *(flag.sum().cast(pl.Int64).alias(name) for name, flag in flags.items()),
            cost.sum().alias("cost"),
            cost.filter(settled).sum().alias("settled_cost"),
            number.sum().alias("parts"),
            cost.filter(to_dead).sum().alias("dead_cost"),
            pl.col("_taken").filter(is_unicode(pl.col("text"))).sum().alias("unicode_parts"),
            pl.col("_extra").sum().alias("unicode_extra_parts"),
            (pl.col("_extra") * pl.col("price")).sum().alias("unicode_extra_cost"),
            pl.max("as_of", "waiting_days"),
        )
        .with_columns(
            _deaf=pl.lit(dead is None),
            unicode_extra_cost=pl.col("unicode_extra_cost")
            if per_part
            else pl.lit(None, pl.Float64),
        )
    )


def _is_one_of(numbers: pl.Series) -> pl.Expr:
    return pl.col("recipient").is_in(numbers.implode()).fill_null(value=False)


def _unicode_flags() -> dict[str, pl.Expr]:
    text = pl.col("text")
    return {"texts": text.is_not_null(), "unicode_messages": is_unicode(text)}


def _extra_parts() -> pl.Expr:
    """Parts that a Unicode text takes more than it would without; 0 of any other text."""
    text = pl.col("text")
    more = (pl.col("_taken") - parts_as_gsm(text)).clip(0)
    return pl.when(is_unicode(text)).then(more).when(text.is_not_null()).then(0)


def _divided(sums: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Divide, and take away what is not known."""
    priced, told = pl.col("n_priced") > 0, pl.col("texts") > 0
    money = ["cost", "settled_cost", "dead_cost", "unicode_extra_cost"]
    heard = ~pl.col("_deaf")
    known = sums.with_columns(
        *(pl.when(priced).then(pl.col(name)).alias(name) for name in money),
    ).with_columns(
        *(pl.when(told).then(pl.col(name)).alias(name) for name in [*UNICODE, money[3]]),
        *(pl.when(heard).then(pl.col(name)).alias(name) for name in ("dead_messages", money[2])),
        pl.when(pl.col("parts_unknown") < pl.col("messages")).then("parts").alias("parts"),
        cost_per_delivered=pl.when(priced & (pl.col("delivered") > 0)).then(
            pl.col("settled_cost") / pl.col("delivered")
        ),
    )
    named = nw.from_native(known).with_columns(*country_name(names)).to_native()
    columns = [*shown([*names, "currency"]), *SCHEMA]
    return named.sort([*names, "currency"], nulls_last=True).select(columns)
