"""What to fix first: causes of undelivered messages, by what acting on each would save at most."""

from collections.abc import Iterable
from typing import Any

import narwhals as nw
import polars as pl

from infobip_analytics.codes.meanings import causes
from infobip_analytics.countries import no_report_codes
from infobip_analytics.frames import TIME
from infobip_analytics.grouping import By, country_name, keys, shown
from infobip_analytics.undelivered.counted import (
    ALL,
    DELIVERED,
    TOLD,
    counted,
    free,
    handed_back,
    totals,
    undelivered,
)
from infobip_analytics.undelivered.resolving import caused, resolved

#: What acting on a cause brings about; the third saves no message, but somebody can act.
IN_VAIN, ARRIVES, LOOK = "not sent in vain", "delivered", "to look into"
#: The same where nobody can act, and only time may mend it.
IN_TIME = "if time helps"
#: The row of what nobody knows the cause of, and its title.
UNKNOWN, UNKNOWN_TITLE = "cause unknown", "Cause unknown"
#: In which order causes come: what somebody can act on, what only time can mend, what is not known.
PLACES = {IN_VAIN: 0, ARRIVES: 0, LOOK: 0, IN_TIME: 1, UNKNOWN: 2}

#: Of the table of causes: our column, and its own.
TELLING = {
    "cause_title": "title",
    "who": "who",
    "act": "act",
    "retry": "retry",
    "when": "when",
    "suppress": "suppress",
}

SCHEMA: dict[str, Any] = {
    "cause": pl.String,
    "cause_title": pl.String,
    "who": pl.String,
    "codes": pl.String,
    "messages": pl.Int64,
    "settled": pl.Int64,
    "per_1000": pl.Float64,
    "saves": pl.Int64,
    "effect": pl.String,
    "repeats": pl.Int64,
    "act": pl.String,
    "retry": pl.String,
    "when": pl.String,
    "suppress": pl.String,
    "population": pl.String,
    "as_of": TIME,
    "waiting_days": pl.Float64,
}


def fix_first(
    messages: Any,
    by: By = None,
    *,
    no_report_countries: Iterable[str] | None = None,
    timezone: str = "UTC",
) -> Any:
    """Count the causes of undelivered messages: what acting on saves most first.

    The messages are those of `error_breakdown`. A message's cause is that of its error; where the
    error says nothing (error 0, no error) or no table has it, that of its status. A status that
    says "delivered" or "pending" of a message that failed or was rejected is no cause.

    `saves` is an upper bound of what acting would change, had it been done before these messages
    were sent; `effect` says what:
    "not sent in vain" where the number is to be suppressed: all its `messages`; where only after
    repeats and nothing can be sent again (`suppress` after repeats, `retry` no): the `repeats`
    alone, for the first to a number has to fail, and who is not named cannot be left out;
    "delivered" where a message can be sent again (`retry` later or after fix): messages x delivered
    / (settled - messages), rounded down, as if these were delivered as often as all others are;
    "if time helps": the same where nobody can act (`who` nobody) and only a later try
    may mend it, as where a phone was off; the bound is as high, and much less is within reach;
    "to look into" where somebody can act, but none of these follows: 0. So is silence: settled
    messages of which no error and no final status told.
    What has no cause in the tables is one row of each group, "cause unknown", with `saves` 0. So
    the `messages` of all rows of a group are settled - delivered here, too.

    First come the causes on which somebody can act, by `saves`; then those that only time can
    mend, by `saves`; then what is not known.

    Args:
        messages: A frame of messages (pandas, polars or polars-lazy), as `messages` makes it.
        by: As of `delivery_rates`: None (one group), a column, a list, a short name, a piece of
            time.
        no_report_countries: Codes or names instead of the list of 34; `()` for none.
        timezone: In which hours, days, weeks and months begin.

    Returns:
        On the same engine, a row for each group and cause: *by*; `cause`, `cause_title`, `who` (can
        act); `codes` (names of errors and statuses, most frequent first, separated by commas; null
        where none came);
        `messages`, `settled` (all of the group), `per_1000`; `saves`, `effect`; `repeats` (of the
        messages those to a recipient, or else a customer, of whom a message sent before had the
        same cause, in whatever group: knowing it, they need not have been sent; null where nothing
        names people); `act` (what to do), `retry`, `when`, `suppress`; `population`, `as_of`,
        `waiting_days`. `when` is null where a message is not to be sent again.

    Raises:
        ColumnError: The frame is no frame of messages.
        ArgumentError: *by* is unknown, or another argument means nothing here.
    """
    names = free(keys(by), list(SCHEMA))
    silent = no_report_codes(no_report_countries)
    plan = counted(messages, names, silent, timezone)
    lost = undelivered(messages, names, silent, timezone)
    there = plan.collect_schema()
    key_types = {name: there.get(name, pl.String) for name in shown(names)}

    def make() -> pl.DataFrame:
        small, rows = pl.collect_all([plan, lost], engine="streaming")
        return by_cause(small, rows, names)

    return handed_back(make, key_types | SCHEMA, messages)


def by_cause(small: pl.DataFrame, rows: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """The rows of `fix_first` out of what `counted` counts and `undelivered` keeps."""
    groups = [ALL, *names]
    lost = small.filter(pl.col("_outcome") != DELIVERED)
    told = resolved(lost).select(*TOLD, "_code", "_cause", "_silent")
    summed = _summed(_placed(lost, told), groups)
    repeated = _repeated(_placed(rows, told), groups)
    keyed = [*groups, "cause", "effect"]
    whole = summed.join(totals(small, names), on=groups, nulls_equal=True).join(
        repeated, on=keyed, how="left", nulls_equal=True
    )
    named = nw.from_native(_saved(whole)).with_columns(*country_name(names)).to_native()
    return _ordered(named, names).select(*shown(names), *SCHEMA)


def _placed(lost: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Messages with `cause` and `effect`."""
    effects = {key: effect(row) for key, row in causes().items()}
    said = lost.join(told, on=list(TOLD), nulls_equal=True).with_columns(cause=caused())
    return said.with_columns(effect=_as_told(effects, pl.col("cause")).fill_null(UNKNOWN))


def _as_told(table: dict[str, str], cause: pl.Expr) -> pl.Expr:
    return cause.replace_strict(table, default=None, return_dtype=pl.String)


def effect(cause: dict[str, str]) -> str:
    """What acting on a cause, a row of the table of causes, brings about.

    >>> effect({"retry": "after fix", "suppress": "after repeats", "who": "list"})
    'delivered'
    >>> effect({"retry": "later", "suppress": "after repeats", "who": "nobody"})
    'if time helps'
    """
    if cause["suppress"] == "yes":
        return IN_VAIN
    if cause["retry"] != "no":
        return IN_TIME if cause["who"] == "nobody" else ARRIVES
    return IN_VAIN if cause["suppress"] == "after repeats" else LOOK


def _summed(caused: pl.DataFrame, groups: list[str]) -> pl.DataFrame:
    """Messages per group and cause, with the names of its codes, most frequent first."""
    keyed = [*groups, "cause", "effect"]
    coded = caused.group_by(*keyed, "_code").agg(pl.sum("_n"))
    return (
        coded.sort("_n", "_code", descending=[True, False], nulls_last=True)
        .group_by(keyed, maintain_order=True)
        .agg(
            pl.sum("_n").cast(pl.Int64).alias("messages"),
            pl.col("_code").drop_nulls().str.join(", ").alias("codes"),
        )
    )


def _repeated(caused: pl.DataFrame, groups: list[str]) -> pl.DataFrame:
    """Messages per group and cause to people of whom an earlier message had that cause."""
    first = pl.min("_sent_at").over("_person", "cause")
    acted_on = pl.col("effect").is_in([IN_VAIN, ARRIVES, IN_TIME])
    known = caused.filter(pl.col("_person").is_not_null(), acted_on)
    # of all groups together, so before they are made
    marked = known.with_columns(repeats=(pl.col("_sent_at") > first).cast(pl.Int64))
    return marked.group_by(*groups, "cause", "effect").agg(pl.sum("repeats"))


def _saved(whole: pl.DataFrame) -> pl.DataFrame:
    """What is divided and bounded, and what the table has of each cause."""
    told = {name: _of_table(column) for name, column in TELLING.items()}
    return whole.with_columns(
        per_1000=1000 * pl.col("messages") / pl.col("settled"),
        codes=pl.col("codes").replace("", None),
        **told,
    ).with_columns(
        saves=_bound(), cause_title=pl.col("cause_title").fill_null(pl.lit(UNKNOWN_TITLE))
    )


def _bound() -> pl.Expr:
    """How many messages acting would save at most."""
    messages, others = pl.col("messages"), pl.col("settled") - pl.col("messages")
    arriving = pl.when(others > 0).then(messages * pl.col("delivered") // others).otherwise(0)
    sent = pl.when(pl.col("suppress") == "yes").then(messages)
    vain = sent.otherwise(pl.col("repeats").fill_null(0))
    brings = pl.col("effect")
    again = pl.when(brings.is_in([ARRIVES, IN_TIME])).then(arriving)
    return pl.when(brings == IN_VAIN).then(vain).otherwise(again.otherwise(0))


def _of_table(column: str) -> pl.Expr:
    return _as_told({key: row[column] for key, row in causes().items()}, pl.col("cause")).replace(
        "", None
    )


def _ordered(made: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """What somebody can act on and saves most first; what nobody knows the cause of last."""
    order = ["_place", "saves", "messages", *names, "cause"]
    down = [name in ("saves", "messages") for name in order]
    place = pl.col("effect").replace_strict(PLACES, return_dtype=pl.Int8)
    return made.with_columns(_place=place).sort(order, descending=down, nulls_last=True)
