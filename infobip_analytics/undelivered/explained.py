"""Messages, each with what explains why it was not delivered."""

from typing import Any

import polars as pl

from infobip_analytics.codes.meanings import causes
from infobip_analytics.counting import as_messages
from infobip_analytics.engines import Foreign
from infobip_analytics.errors import ArgumentError
from infobip_analytics.frames import as_plan, to_pandas
from infobip_analytics.outcomes import Outcome
from infobip_analytics.undelivered.counted import TOLD, told
from infobip_analytics.undelivered.resolving import SILENCE, caused, resolved

#: Of the table of causes: our column, and its own.
_OF_CAUSE = {
    "cause_title": "title",
    "who": "who",
    "retry": "retry",
    "when": "when",
    "suppress": "suppress",
}

#: What every message is given, in this order.
ADDED: dict[str, Any] = dict.fromkeys(
    [
        "code", "cause", "cause_title", "who", "action", "retry", "when", "suppress", "explanation",
    ],
    pl.String,
)  # fmt: skip

#: What decides it, under names that no frame of messages has.
_KEYS = {name: f"({name.strip('_')})" for name in [*TOLD, "_outcome"]}

#: What has no explanation: it arrived, or its report may still come.
_WELL = [str(Outcome.DELIVERED), str(Outcome.PENDING)]


def with_explanations(messages: Any) -> Any:
    """Put beside each message why it was not delivered, and what to do about it.

    Codes are found as `error_breakdown` and `fix_first` find them: the error's name decides, in any
    spelling, or else its id; of several meanings channel, group and flag choose one; where the
    error says nothing (error 0, no error) or no table has it, the status tells the cause. Use this
    rather than a join with `code_table`: events have names without ids, and ids of other things.

    Args:
        messages: A frame of messages (pandas, polars or polars-lazy), as `messages` makes it.

    Returns:
        The same rows in the same order, on the same engine, with these columns after their own, all
        of them text: `code` (the error or status that tells the cause, as `fix_first` names it; one
        that no table has as it came), `cause` and `cause_title`, `who` (can act), `action`,
        `retry`, `when` (to send again), `suppress` (the number) and `explanation` (of the code).
        Null where a message was delivered or is still pending, and where nothing is known; what is
        settled and was never reported has the cause "report_missing".

    Raises:
        ColumnError: The frame is no frame of messages.
        ArgumentError: The messages have one of these columns already.
    """
    plan: pl.LazyFrame = as_messages(messages).to_native()
    _check_free(plan.collect_schema().names())
    keys = [key.alias(_KEYS[key.meta.output_name()]) for key in _keys(plan)]
    _, engine = as_plan(messages)
    if engine == "lazy":
        kinds = pl.defer(
            lambda: _explained(_kinds(plan)), schema=plan.select(keys).collect_schema() | ADDED
        )
        return _beside(plan.with_columns(keys), kinds).drop(*_KEYS.values())
    if isinstance(engine, Foreign):
        return engine.back(with_explanations(as_plan(messages)[0].collect()))
    found = _beside(plan.select(keys), _explained(_kinds(plan)).lazy()).select(*ADDED).collect()
    if engine == "polars":
        return messages.hstack(found)
    return messages.assign(**{name: column.array for name, column in to_pandas(found).items()})


def _check_free(there: list[str]) -> None:
    taken = [name for name in there if name in ADDED or name in _KEYS.values()]
    if taken:
        raise ArgumentError(
            f"these messages have a column {taken[0]!r} already, as those have that were explained "
            f"before; drop or rename it first, for with_explanations adds {', '.join(ADDED)}"
        )


def _keys(plan: pl.LazyFrame) -> list[pl.Expr]:
    """What decides the explanation of a message; null where it has none."""
    lost = ~pl.col("outcome").is_in(_WELL)
    return [*told(plan, lost), pl.when(lost).then("outcome").alias("_outcome")]


def _kinds(plan: pl.LazyFrame) -> pl.DataFrame:
    """Each combination of what decides, once."""
    return plan.select(_keys(plan)).unique().collect(engine="streaming")


def _explained(kinds: pl.DataFrame) -> pl.DataFrame:
    """What explains each of these, with what decides under the names of `_KEYS`."""
    lost = pl.col("_outcome").is_not_null()
    told_of = kinds.join(resolved(kinds), on=list(TOLD), nulls_equal=True).select(
        *_KEYS, "_code", "_explanation", "_action", cause=pl.when(lost).then(caused())
    )
    silence = pl.col("cause") == SILENCE
    acts = pl.when(silence & pl.col("_action").is_null()).then(pl.lit(causes()[SILENCE]["act"]))
    return told_of.select(
        *(pl.col(name).alias(key) for name, key in _KEYS.items()),
        *_columns(acts.otherwise("_action")),
    )


def _columns(action: pl.Expr) -> list[pl.Expr]:
    cause = pl.col("cause")
    own = {"code": pl.col("_code"), "explanation": pl.col("_explanation"), "action": action}
    tables = {
        name: {key: row[column] or None for key, row in causes().items()}
        for name, column in _OF_CAUSE.items()
    }
    told_by = {
        name: cause.replace_strict(table, default=None, return_dtype=pl.String)
        for name, table in tables.items()
    }
    return [(own | told_by | {"cause": cause})[name].alias(name) for name in ADDED]


def _beside(keyed: pl.LazyFrame, kinds: pl.LazyFrame) -> pl.LazyFrame:
    return keyed.join(
        kinds, on=list(_KEYS.values()), how="left", nulls_equal=True, maintain_order="left"
    )
