"""Why a number has its verdict, in a sentence that does not name it."""

import polars as pl

from infobip_analytics.retiring.rules import MMS, NUMBER

_TITLE = pl.col("cause_title")


def reason() -> pl.Expr:
    """The reason of each verdict, by the columns of `verdicts`."""
    against = pl.col("cause").is_not_null()
    refused = pl.format("{}, yet a later message was delivered: ask whether that changed", _TITLE)
    return (
        pl.when(against & pl.col("_quiet"))
        .then(pl.format("to a no-report country, never judged; {}", _TITLE))
        .when("_quiet")
        .then(pl.lit("to a no-report country, never judged"))
        .when(~against & pl.col("last_delivery").is_not_null())
        .then(pl.lit("nothing speaks against the number since its last delivery"))
        .when(~against)
        .then(pl.lit("nothing speaks against the number"))
        .when("_cleared")
        .then(refused)
        .when(pl.col("_about") == MMS)
        .then(pl.format("{}: send SMS instead of MMS", _TITLE))
        .when(pl.col("_about") != NUMBER)
        .then(pl.format("{}: leave the number out of that category alone", _TITLE))
        .when("_enough", "_alone")
        .then(pl.format("{}: one report is enough", _TITLE))
        .when(~pl.col("_enough") & pl.col("_together"))
        .then(_several())
        .otherwise(_often())
    )


def _often() -> pl.Expr:
    rule = pl.format("{}{}", "_least", _at_least("_days"))
    return pl.format("{}: {} ({} are enough)", _TITLE, _row("_n", "_span"), rule)


def _several() -> pl.Expr:
    span = pl.format("{}{}", "_most", _at_least("_longest"))
    row = _row("_whole_n", "_whole_span")
    return pl.format("{} and other causes: {} ({} are enough)", _TITLE, row, span)


def _row(failures: str, span: str) -> pl.Expr:
    """So many failures, and over how many whole days they came."""
    days = pl.col(span).dt.total_days()
    over = pl.when(days < 1).then(pl.lit(" within a day")).otherwise(
        pl.format(" over {}", _days(days))
    )  # fmt: skip
    several = pl.format("{} failures in a row{}", failures, over)
    return pl.when(pl.col(failures) == 1).then(pl.lit("1 failure")).otherwise(several)


def _at_least(days: str) -> pl.Expr:
    long = pl.format(" over at least {}", _days(pl.col(days)))
    return pl.when(pl.col(days) == 0).then(pl.lit("")).otherwise(long)


def _days(days: pl.Expr) -> pl.Expr:
    return pl.format(
        "{} {}", days, pl.when(days == 1).then(pl.lit("day")).otherwise(pl.lit("days"))
    )
