"""Which open send a final row is nearest to, where no id and no send time tell.

In time order, every final row takes the latest send that is still open: sends are opening brackets,
final rows closing ones, and the depth of nesting says which belong together. Where a pair may be
forbidden (two send times that differ, a customer on one side only, a send that another rule has
tied already), the pairs that remain are given out in rounds instead, all groups at once.
"""

from datetime import timedelta

import polars as pl

TOLERANCE = timedelta(seconds=5)

_STAGE = ["_campaign", "_action"]
_GROUP = [*_STAGE, "_who"]


def nearest(sends: pl.DataFrame, finals: pl.DataFrame, oldest: timedelta) -> pl.DataFrame:
    """Give each final row the send it belongs to, or whose final row it repeats.

    Columns in: `_row`, `_time`, `_campaign`, `_action`, `customer`, `recipient`, `message_id`,
    `sent_timestamp`; of sends also `_key` and `_taken` (since when another rule has tied it).
    Columns out: `_row` of the final row, `_near` (the `_key` of the send); others are absent.
    """
    sends, finals = _named(sends, finals)
    knots = _knots(sends, finals)
    plain = _by_brackets(
        sends.join(knots, on=_GROUP, how="anti", nulls_equal=True),
        finals.join(knots, on=_GROUP, how="anti", nulls_equal=True),
        oldest,
    )
    knotty = _by_turns(
        sends.join(knots, on=_GROUP, how="semi", nulls_equal=True),
        finals.join(knots, on=_GROUP, how="semi", nulls_equal=True),
        oldest,
    )
    return pl.concat([plain, knotty])


def _named(sends: pl.DataFrame, finals: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Say `_who` a row is about: its customer, or its recipient, or neither.

    It is the customer where all rows of the action have one, the recipient where none has; where
    only some have (`_mixed`) it is null, and pairs are made one by one.
    """
    both = pl.concat([sends.select(*_STAGE, "customer"), finals.select(*_STAGE, "customer")])
    known = pl.col("customer").is_not_null()
    stages = both.group_by(_STAGE).agg(_all=known.all(), _any=known.any())
    who = pl.when("_all").then("customer").when(~pl.col("_any")).then("recipient")

    def name(rows: pl.DataFrame) -> pl.DataFrame:
        staged = rows.join(stages, on=_STAGE, how="left", nulls_equal=True)
        return staged.with_columns(_who=who, _mixed=pl.col("_any") & ~pl.col("_all"))

    return name(sends), name(finals)


def _knots(sends: pl.DataFrame, finals: pl.DataFrame) -> pl.DataFrame:
    """The groups in which a pair may be forbidden, so that brackets would not do."""
    marks = [
        pl.col("_mixed").any(),
        pl.col("sent_timestamp").is_not_null().any().alias("_timed"),
        pl.col("message_id").is_not_null().any().alias("_named"),
    ]
    twice = pl.col("_key").is_duplicated()
    ours = (
        sends.with_columns(_tied=pl.col("_taken").is_not_null() | twice)
        .group_by(_GROUP)
        .agg(*marks, pl.col("_tied").any())
    )
    theirs = finals.group_by(_GROUP).agg(*marks)
    both = ours.join(theirs, on=_GROUP, nulls_equal=True, suffix="_final")
    return both.filter(
        pl.col("_mixed")
        | pl.col("_tied")
        | (pl.col("_timed") & pl.col("_timed_final"))
        | (pl.col("_named") & pl.col("_named_final"))
    ).select(_GROUP)


def _by_brackets(sends: pl.DataFrame, finals: pl.DataFrame, oldest: timedelta) -> pl.DataFrame:
    """Give each final row the latest open send; where none is open, the latest of all."""
    sends, finals = (rows.filter(pl.col("_who").is_not_null()) for rows in (sends, finals))
    brackets = _nested(
        pl.concat(
            [
                sends.select(*_GROUP, "_row", "_time", "_key", _at=pl.col("_time") - TOLERANCE),
                finals.select(*_GROUP, "_row", "_time", _at="_time"),
            ],
            how="diagonal",
        )
    )
    opening = pl.all().exclude(*_GROUP, "_depth").shift().over([*_GROUP, "_depth"])
    paired = brackets.select("_row", "_time", "_key", opening.name.prefix("_open"))
    young = pl.col("_time") - pl.col("_open_time") <= oldest
    matched = paired.filter(pl.col("_key").is_null(), young).select("_row", _near="_open_key")
    left_over = finals.join(matched, on="_row", how="anti")
    return pl.concat([matched, _repeats(sends, left_over, oldest)])


def _nested(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows in order, with the `_depth` of their bracket; those that close nothing are out."""
    step = pl.when(pl.col("_key").is_not_null()).then(1).otherwise(-1)
    return (
        rows.sort(*_GROUP, "_at", pl.col("_key").is_null(), "_time", "_row")
        .with_columns(_step=step, _level=step.cum_sum().over(_GROUP))
        .with_columns(_floor=pl.min_horizontal(pl.lit(0), pl.col("_level").cum_min().over(_GROUP)))
        .with_columns(_before=pl.col("_floor").shift(fill_value=0).over(_GROUP))
        .filter((pl.col("_step") == 1) | (pl.col("_level") >= pl.col("_before")))
        .with_columns(
            _depth=pl.col("_level") - pl.col("_floor") + (pl.col("_step") == -1).cast(pl.Int32)
        )
        .drop("_step", "_level", "_floor", "_before", "_at")
    )


def _repeats(sends: pl.DataFrame, finals: pl.DataFrame, oldest: timedelta) -> pl.DataFrame:
    """Where every send has its final row, another one repeats that of the latest send."""
    latest = finals.with_columns(_until=pl.col("_time") + TOLERANCE).sort("_until", "_row")
    return (
        latest.join_asof(
            sends.select(*_GROUP, _near="_key", _sent_time="_time").sort("_sent_time", "_near"),
            left_on="_until",
            right_on="_sent_time",
            by=_GROUP,
            tolerance=oldest + TOLERANCE,
            check_sortedness=False,
        )
        .filter(pl.col("_near").is_not_null())
        .select("_row", "_near")
    )


def _by_turns(sends: pl.DataFrame, finals: pl.DataFrame, oldest: timedelta) -> pl.DataFrame:
    """Give out the allowed pairs in rounds: a final row may choose once nobody earlier could."""
    pairs = _pairs(sends, finals, oldest)
    free = pairs.filter(pl.col("_taken").is_null() | (pl.col("_taken") > pl.col("_time")))
    chosen = []
    while not free.is_empty():
        best = pl.col("_key") == pl.col("_key").sort_by("_sent_time", "_key").last().over("_row")
        first = pl.col("_turn") == pl.col("_turn").min().over("_key")
        given = free.filter(best & first).unique("_row")
        chosen.append(given.select("_row", _near="_key"))
        free = free.join(given, on="_row", how="anti").join(given, on="_key", how="anti")
    matched = pl.concat([pairs.select("_row", _near="_key").clear(), *chosen])
    latest = pl.col("_key").sort_by("_sent_time", "_key").last().alias("_near")
    rest = pairs.join(matched, on="_row", how="anti").group_by("_row").agg(latest)
    return pl.concat([matched, rest])


def _pairs(sends: pl.DataFrame, finals: pl.DataFrame, oldest: timedelta) -> pl.DataFrame:
    """All pairs that the third rule allows: by customer where both have one, else by recipient."""
    open_sends = sends.select(
        *_STAGE, "customer", "recipient", "message_id", "sent_timestamp", "_key", "_taken",
        _sent_time="_time",
    )  # fmt: skip
    turns = finals.sort("_time", "_row").with_row_index("_turn")
    shared = pl.col("customer").is_not_null() & pl.col("customer_right").is_not_null()
    by_customer = turns.filter(pl.col("customer").is_not_null()).join(
        open_sends, on=[*_STAGE, "customer"], nulls_equal=True, coalesce=False
    )
    by_recipient = turns.filter(pl.col("recipient").is_not_null()).join(
        open_sends, on=[*_STAGE, "recipient"], nulls_equal=True, coalesce=False
    )
    age = pl.col("_time") - pl.col("_sent_time")
    return pl.concat(
        [
            by_customer.filter(shared).select(_PAIR),
            by_recipient.filter(~shared).select(_PAIR),
        ]
    ).filter(
        age >= -TOLERANCE,
        age <= oldest,
        _agree("sent_timestamp"),
        _agree("message_id"),
    )


_PAIR = [
    "_row", "_turn", "_time", "_key", "_sent_time", "_taken", "sent_timestamp", "message_id",
    "sent_timestamp_right", "message_id_right",
]  # fmt: skip


def _agree(name: str) -> pl.Expr:
    """Whether two rows may be of one message: where both carry *name*, it is the same."""
    one, other = pl.col(name), pl.col(f"{name}_right")
    return one.is_null() | other.is_null() | (one == other)
