"""Receipts held against what is plausible: a verdict on each network, with counts and reasons."""

from collections.abc import Iterable, Sequence
from typing import Any

import narwhals as nw
import polars as pl

from infobip_analytics.believing.counted import (
    COUNTS,
    KEYS,
    counted,
    failures,
    settled,
    unreachable,
)
from infobip_analytics.countries import no_report_codes
from infobip_analytics.coverage import ENOUGH
from infobip_analytics.errors import ArgumentError
from infobip_analytics.frames import TIME
from infobip_analytics.grouping import country_name
from infobip_analytics.intervals import ratio, wilson
from infobip_analytics.undelivered.counted import handed_back

IMPLAUSIBLE, PLAUSIBLE, NOT_JUDGED = "implausible", "plausible", "not judged"

#: A share is a signal where its interval lies above this; so is one of delivered messages.
MOST = 0.9
#: Of messages of which something was heard, so many are delivered where all seem to be.
PERFECT = 0.995
#: A record without unreachable phones is a signal where its chance is below this.
CHANCE = 0.001
#: Below this a share of 90 % cannot be proved, and a perfect record says little.
LEAST = 100
CONFIDENCE = 0.95

ASSUMES = (
    "Assumes that a phone takes about a second to answer, that some phones answer later than "
    "others, and that on every network of a country about as many phones are off or out of reach. "
    "Delays of campaign events and of version 1 reports have other clocks in them, and show "
    "less. Implausible says that these receipts prove no delivery to a phone, not why"
)

SCHEMA: dict[str, Any] = {
    "country": pl.String,
    "country_name": pl.String,
    "network": pl.String,
    "verdict": pl.String,
    "signals": pl.String,
    "reason": pl.String,
    **dict.fromkeys(COUNTS[:8], pl.Int64),
    **dict.fromkeys(["median", "instant_share", "constant_share"], pl.Float64),
    **dict.fromkeys(COUNTS[8:], pl.Int64),
    "operator_share": pl.Float64,
    **dict.fromkeys(["others", "others_unreachable"], pl.Int64),
    **dict.fromkeys(["expected", "chance"], pl.Float64),
    "as_of": TIME,
    "waiting_days": pl.Float64,
}


def implausible_receipts(
    messages: Any,
    *,
    minimum: int = LEAST,
    no_report_countries: Iterable[str] | None = None,
) -> Any:
    """Judge the delivery receipts of each country and network: whether phones can have sent them.

    Four signals, each on at least *minimum* messages:

    * `instant delays`: at least 90 % (lower end of the Wilson interval) of the timed deliveries
      took less than a second;
    * `constant delays`: they are not instant, and at least 90 % (lower end) lie within half a
      second of the median;
    * `no phone ever off`: at least 99.5 % of the messages of which anything was heard are
      delivered, none failed because a phone was off, full, abroad or barred, and by the share of
      such failures on the other networks of the country (lower end) so many are expected that
      none has a chance, (1 - share) ^ n, below 1 in 1,000;
    * `operator only`: at least 90 % (lower end) of the known receipts stop at the operator.

    `verdict`: `implausible` where there is a signal, `plausible` where there is none, `not judged`
    where fewer than *minimum* messages were delivered, or where no signal could be looked for.
    The messages are those of `delivery_rates`: forwarded, settled, to countries that report.

    Args:
        messages: A frame of messages (pandas, polars or polars-lazy), as `messages` makes it.
        minimum: How many messages a signal needs; at least 35, for fewer prove no 90 %.
        no_report_countries: Codes or names instead of the list of 34; `()` for none.

    Returns:
        On the same engine, a row for each country and network (null where it is not known),
        implausible ones first, most messages first: `country`, `country_name`, `network`;
        `verdict`, `signals` (separated by commas), `reason`; counts: `settled`, `delivered`,
        `failed`, of them `unreachable`; of the delivered `timed` (with a delay, and by no receipt
        of the operator, who may well answer at once), `negative` (before being sent: in no share),
        `instant`, `constant`, `median` (seconds), `instant_share` and `constant_share` of `timed`;
        `receipts` (known), `operator`, `operator_share`; `others` (messages on other known networks
        of the country of which anything was heard), `others_unreachable`, `expected` (unreachable
        here, by their share there), `chance` (of none; null where there is nothing to compare);
        `as_of`, `waiting_days`.

    Raises:
        ColumnError: The frame is no frame of messages.
        ArgumentError: An argument means nothing here.
    """
    silent = no_report_codes(no_report_countries)
    least = _checked(minimum)
    plan = settled(messages, silent)

    def make() -> pl.DataFrame:
        small, lost = pl.collect_all([counted(plan), failures(plan)], engine="streaming")
        return judged(small, unreachable(lost), least)

    return handed_back(make, SCHEMA, messages)


def _checked(minimum: Any) -> int:
    if isinstance(minimum, bool) or not isinstance(minimum, int) or minimum < ENOUGH:
        raise ArgumentError(
            f"minimum={minimum!r}: give a whole number of at least {ENOUGH}, for fewer messages "
            "prove no share of 90 %"
        )
    return minimum


def judged(small: pl.DataFrame, lost: pl.DataFrame, minimum: int) -> pl.DataFrame:
    """The rows of `implausible_receipts` out of what was counted."""
    whole = small.join(lost, on=KEYS, how="left", nulls_equal=True).with_columns(
        pl.col("unreachable").fill_null(0), _heard=pl.col("delivered") + pl.col("failed")
    )
    compared = _compared(_shared(whole))
    marked = compared.with_columns(**_signals(minimum))
    told = marked.with_columns(verdict=_verdict(minimum), signals=_named(), reason=_reason(minimum))
    named = nw.from_native(told).with_columns(*country_name(["country"])).to_native()
    place = pl.col("verdict").replace_strict({IMPLAUSIBLE: 0, PLAUSIBLE: 1, NOT_JUDGED: 2})
    return named.sort(
        place, "settled", *KEYS, descending=[False, True, False, False], nulls_last=True
    ).select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())


def _shared(whole: pl.DataFrame) -> pl.DataFrame:
    """The shares, and the lower ends of their intervals."""
    of = {"instant": "timed", "constant": "timed", "operator": "receipts"}
    shares = {f"{part}_share": ratio(nw.col(part), nw.col(all_)) for part, all_ in of.items()}
    ends = {
        f"_{part}_low": wilson(nw.col(part), nw.col(all_), CONFIDENCE)[0]
        for part, all_ in of.items()
    }
    made: pl.DataFrame = nw.from_native(whole).with_columns(**shares, **ends).to_native()
    return made


def _compared(shared: pl.DataFrame) -> pl.DataFrame:
    """How many unreachable phones the other networks of the country let expect."""
    on_network = pl.col("network").is_not_null()
    here = {
        name: pl.when(on_network).then(
            pl.col(column).filter(on_network).sum().over("country") - pl.col(column)
        )
        for name, column in {"others": "_heard", "others_unreachable": "unreachable"}.items()
    }
    low, _ = wilson(nw.col("others_unreachable"), nw.col("others"), CONFIDENCE)
    made: pl.DataFrame = (
        nw.from_native(shared.with_columns(**here))
        .with_columns(_share=low)
        .with_columns(expected=nw.col("_share") * nw.col("_heard"))
        .to_native()
    )
    return made.with_columns(chance=(1 - pl.col("_share")) ** pl.col("_heard"))


def _signals(minimum: int) -> dict[str, pl.Expr]:
    """Each signal: true, false, or null where there is too little to look for it."""
    timed, known = pl.col("timed") >= minimum, pl.col("receipts") >= minimum
    enough = (pl.col("_heard") >= minimum) & (pl.col("others") >= minimum)
    # a record that is not perfect is none whatever is expected; a perfect one needs a comparison
    perfect = pl.col("delivered") >= PERFECT * pl.col("_heard")
    spotless = perfect & (pl.col("unreachable") == 0)
    telling = pl.col("chance") < CHANCE
    # what is instant all lies within a second, so it is constant, too, and that says no more
    at_once = pl.col("_instant_low") >= MOST
    return {
        "_instant": pl.when(timed).then(at_once),
        "_constant": pl.when(timed).then(at_once.not_() & (pl.col("_constant_low") >= MOST)),
        "_spotless": pl.when(enough & (telling | ~spotless)).then(spotless),
        "_operator": pl.when(known).then(pl.col("_operator_low") >= MOST),
    }


SIGNALS = {
    "_instant": "instant delays",
    "_constant": "constant delays",
    "_spotless": "no phone ever off",
    "_operator": "operator only",
}


def _verdict(minimum: int) -> pl.Expr:
    looked_for = pl.any_horizontal(pl.col(name).is_not_null() for name in SIGNALS)
    some = pl.any_horizontal(pl.col(name).fill_null(value=False) for name in SIGNALS)
    judged_at_all = (pl.col("delivered") >= minimum) & looked_for
    verdict = pl.when(judged_at_all & some).then(pl.lit(IMPLAUSIBLE))
    return verdict.when(judged_at_all).then(pl.lit(PLAUSIBLE)).otherwise(pl.lit(NOT_JUDGED))


def _named() -> pl.Expr:
    each = [pl.when(pl.col(key)).then(pl.lit(name)) for key, name in SIGNALS.items()]
    return _joined(each, ", ")


def _reason(minimum: int) -> pl.Expr:
    few = pl.format("only {} delivered, and {} are the least", "delivered", pl.lit(minimum))
    nothing = pl.lit("neither delays nor receipts nor another network of the country to compare")
    none = pl.lit("no signal")
    some = _joined(_sentences(), "; ")
    return (
        pl.when(pl.col("delivered") < minimum)
        .then(few)
        .when(pl.all_horizontal(pl.col(name).is_null() for name in SIGNALS))
        .then(nothing)
        .when(some == "")
        .then(none)
        .otherwise(some)
    )


def _sentences() -> Sequence[pl.Expr]:
    """What each signal is made of, null where there is none."""
    made = {
        "_instant": pl.format("{} of {} deliveries took less than 1 s", "instant", "timed"),
        "_constant": pl.format(
            "{} of {} deliveries took {} s, give or take half a second",
            "constant", "timed", pl.col("median").round(1),
        ),
        "_spotless": pl.format(
            "{} of {} delivered and no phone ever out of reach, where {} of {} on other networks "
            "let expect at least {}",
            "delivered", "_heard", "others_unreachable", "others", pl.col("expected").round(1),
        ),
        "_operator": pl.format("{} of {} receipts stop at the operator", "operator", "receipts"),
    }  # fmt: skip
    return [pl.when(pl.col(key)).then(sentence) for key, sentence in made.items()]


def _joined(each: Sequence[pl.Expr], between: str) -> pl.Expr:
    return pl.concat_list(each).list.drop_nulls().list.join(between)
