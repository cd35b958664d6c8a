"""A change of a rate, split into what delivery did and what the mix of groups did."""

import polars as pl

EFFECTS = ["before_share", "after_share", "kind", "rate_effect", "mix_effect", "effect"]


def split(both: pl.DataFrame) -> pl.DataFrame:
    """Split the change of the overall rate between the groups of `sides.beside`, exactly.

    Columns added: `before_share` and `after_share` (of the settled messages), `kind` ("both",
    "entering", "leaving"), `rate_effect`, `mix_effect` and `effect`, their sum. All effects
    together are the change of the overall rate; they are null where one side has nothing settled.

    Source: E. M. Kitagawa, "Components of a difference between two rates", JASA 50 (1955), each
    group measured against the overall rate before, so that entering and leaving groups fit in.
    """
    base = pl.sum("before_delivered") / pl.sum("before_settled")
    known = (pl.sum("before_settled") > 0) & (pl.sum("after_settled") > 0)
    shared = both.with_columns(
        pl.when(known).then(pl.col(f"{side}_settled") / pl.sum(f"{side}_settled")).alias(share)
        for side, share in (("before", "before_share"), ("after", "after_share"))
    ).with_columns(_kind())
    return shared.with_columns(
        pl.when(known).then(_rate()).alias("rate_effect"),
        pl.when(known).then(_mix(base)).alias("mix_effect"),
    ).with_columns(effect=pl.col("rate_effect") + pl.col("mix_effect"))


def _kind() -> pl.Expr:
    return (
        pl.when(pl.col("before_settled") == 0)
        .then(pl.lit("entering"))
        .when(pl.col("after_settled") == 0)
        .then(pl.lit("leaving"))
        .otherwise(pl.lit("both"))
        .alias("kind")
    )


_THEN, _NOW = pl.col("before_rate"), pl.col("after_rate")
_SHARE_THEN, _SHARE_NOW = pl.col("before_share"), pl.col("after_share")


def weight() -> pl.Expr:
    """With which share a group that is on both sides enters the rate effect: the mean of its two.

    It is null where the group is on one side only.
    """
    return pl.when(pl.col("kind") == "both").then((_SHARE_THEN + _SHARE_NOW) / 2)


def _rate() -> pl.Expr:
    return (weight() * (_NOW - _THEN)).fill_null(0.0)


def _mix(base: pl.Expr) -> pl.Expr:
    return (
        pl.when(pl.col("kind") == "entering")
        .then(_SHARE_NOW * (_NOW - base))
        .when(pl.col("kind") == "leaving")
        .then(-_SHARE_THEN * (_THEN - base))
        .otherwise(((_THEN + _NOW) / 2 - base) * (_SHARE_NOW - _SHARE_THEN))
    )
