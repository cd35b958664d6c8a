"""What becomes of each send: everything that will ever be reported on it, drawn at once.

A history has at most five reports, each with its own place and time:

    log           a log entry PENDING, read at the next full hour: unless all was known by then
    intermediate  a report PENDING on the way
    operator      a receipt of the operator before the handset's answer
    main          the report that the fate of the message brings
    second        a repeat, correction or contradiction of it, or a report after the waiting period

A place without a report has a null time. Times after END are still to come: no file holds them.
"""

import numpy as np
import polars as pl

from infobip_analytics.samples import plan
from infobip_analytics.samples.chance import pick, uniforms, waits
from infobip_analytics.samples.sends import DAY, END, HOUR, MINUTE, START, WAITING

#: The places of a history, each with the columns `<place>_at` and `<place>_ending`.
PLACES = ("log", "intermediate", "operator", "main", "second")

_CHANCES = [
    "u_fate", "u_wait", "u_slow", "u_slow_wait", "u_clock", "u_operator", "u_intermediate",
    "u_part", "u_second", "u_second_wait", "u_ending", "u_second_ending", "u_log",
]  # fmt: skip
_RECEIVED = pl.col("fate") == "handset"
_FAILED = pl.col("fate").is_in(["failed", "failed_mms", "expired"])


def draw_histories(sends: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Add to each send its `fate`, `second`, and time and ending of each place of PLACES.

    `fate` and `second` are null for sends that never reached Infobip.
    """
    countries = plan.countries().select(
        "country", *plan.FATES, "median_seconds", "slow", "slow_hours"
    )
    actions = plan.actions().select("action", "channel")
    return (
        sends.with_columns(uniforms(rng, sends.height, _CHANCES))
        .join(countries, on="country", how="left", maintain_order="left")
        .join(actions, on="action", how="left", maintain_order="left")
        .with_columns(fate=_fate())
        .with_columns(main_at=pl.col("sent") + _delay())
        .with_columns(second=_second())
        .with_columns(second_at=_second_at())
        .pipe(_on_the_way)
        .with_columns(_endings())
        .drop(_CHANCES, *plan.FATES, "median_seconds", "slow", "slow_hours")
    )


def _fate() -> pl.Expr:
    """The fate that the country's shares give; a number that nobody answers has its own."""
    up_to = pl.lit(0.0)
    choices = []
    for fate in plan.FATES:
        up_to = up_to + pl.col(fate)
        choices.append((up_to, pl.lit(fate)))
    drawn = pick(pl.col("u_fate"), choices)
    answered = drawn.is_in(["handset", "failed", "expired"])
    last = pl.col("message") == pl.len() - 1
    return (
        pl.when("enqueue_failed").then(None)
        .when(last).then(pl.lit("silent"))
        .when(pl.col("dead") & answered).then(pl.lit("dead_number"))
        .when((drawn == "failed") & (pl.col("channel") == "mms")).then(pl.lit("failed_mms"))
        .otherwise(drawn)
    )  # fmt: skip


def _delay() -> pl.Expr:
    """Milliseconds from the send to the main report; null where none will ever come."""
    usual = waits(pl.col("u_wait").clip(1e-6), pl.col("median_seconds")) * 1000
    slow = 2 * HOUR + pl.col("u_slow_wait") * (pl.col("slow_hours") - 2) * HOUR
    retried = pl.col("fate").is_in(["failed", "failed_mms"]) & (pl.col("u_slow") < 0.3)
    early = -200 - pl.col("u_wait") * 2000
    is_early = _RECEIVED & (pl.col("u_clock") < plan.oddities()["negative_delay"])
    delay = (
        pl.when(pl.col("fate").is_null() | (pl.col("fate") == "silent")).then(None)
        .when(pl.col("fate") == "rejected").then(20 + pl.col("u_wait") * 180)
        .when(pl.col("fate") == "expired").then(2 * DAY + pl.col("u_wait") * 30_000)
        .when(pl.col("fate") == "dlr_unknown").then(2 * DAY + pl.col("u_wait") * HOUR)
        .when(is_early).then(early)
        .when(retried).then(2 * HOUR + pl.col("u_slow_wait") * 44 * HOUR)
        .when(pl.col("u_slow") < pl.col("slow")).then(slow)
        .otherwise(usual)
    )  # fmt: skip
    return delay.cast(pl.Int64)


def _second() -> pl.Expr:
    """Which kind of second report there will be; none on sends before START: they stay simple."""
    odd, chance, fate = plan.oddities(), pl.col("u_second"), pl.col("fate")
    in_time = pl.col("main_at") - pl.col("sent") < WAITING - 12 * HOUR
    repeat, contradiction = odd["repeat"], odd["repeat"] + odd["contradiction"]
    reports = pl.col("handset") + pl.col("operator") > 0
    unheard = fate.is_in(["silent", "dlr_unknown"]) & reports & (pl.col("message") < pl.len() - 1)
    return (
        pl.when(pl.col("sent") < START).then(None)
        .when(unheard & (chance < odd["late"])).then(pl.lit("late"))
        .when(_FAILED & in_time & (chance < odd["correction"])).then(pl.lit("correction"))
        .when(~in_time | ~_RECEIVED).then(None)
        .when(chance < repeat).then(pl.lit("repeat"))
        .when(chance < contradiction).then(pl.lit("contradiction"))
        .when(chance < contradiction + odd["late_again"]).then(pl.lit("late"))
    )  # fmt: skip


def _second_at() -> pl.Expr:
    """A report after the waiting period comes up to five days after it, any other soon."""
    late = pl.col("sent") + WAITING + HOUR + (pl.col("u_second_wait") * 5 * DAY).cast(pl.Int64)
    soon = pl.col("main_at") + MINUTE + (pl.col("u_second_wait") * 6 * HOUR).cast(pl.Int64)
    return (
        pl.when(pl.col("second") == "late")
        .then(late)
        .when(pl.col("second").is_not_null())
        .then(soon)
    )


def _on_the_way(histories: pl.DataFrame) -> pl.DataFrame:
    """Add what comes before the main report: log entry, intermediate report, operator's receipt.

    The last message of the world is still on its way, and its intermediate report is dated END: so
    the delivery reports speak of the same moment as the campaign events.
    """
    odd = plan.oddities()
    on_way = pl.col("main_at").fill_null(pl.col("sent") + 4 * HOUR) - pl.col("sent")
    some_way = pl.col("sent") + 1 + (on_way * pl.col("u_part") * 0.4).cast(pl.Int64)
    later = pl.col("sent") + (on_way * (0.5 + pl.col("u_part") * 0.4)).cast(pl.Int64)
    asked = (pl.col("fate") != "rejected") & (on_way > 1000)
    read_at = pl.min_horizontal((pl.col("sent") // HOUR + 1) * HOUR, END)
    known = (pl.col("main_at") <= read_at).fill_null(value=False) | pl.col("fate").is_null()
    return histories.with_columns(
        log_at=pl.when(~known).then(read_at),
        intermediate_at=pl.when(pl.col("message") == pl.len() - 1).then(END)
        .when(asked & (pl.col("u_intermediate") < odd["intermediate"])).then(some_way),
        operator_at=pl.when(
            (_RECEIVED | _FAILED)
            & (on_way > 1000)
            & (pl.col("u_operator") < odd["operator_first"])
            & (pl.col("sent") >= START)
        ).then(later),
    )  # fmt: skip


def _endings() -> list[pl.Expr]:
    """The number of the ending, the row of the plan's table, of each place."""
    second = (
        pl.when(pl.col("second") == "contradiction")
        .then(pl.lit("failed"))
        .otherwise(pl.lit("handset"))
    )
    return [
        _ending(pl.lit("log"), "u_log").alias("log_ending"),
        _ending(pl.lit("intermediate"), "u_log").alias("intermediate_ending"),
        _ending(pl.lit("operator"), "u_log").alias("operator_ending"),
        _ending(pl.col("fate"), "u_ending").alias("main_ending"),
        _ending(second, "u_second_ending").alias("second_ending"),
    ]


def _ending(fate: pl.Expr, chance: str) -> pl.Expr:
    found = pl.lit(None, pl.Int64)
    for row in plan.endings().reverse().iter_rows(named=True):
        here = (fate == row["fate"]) & (pl.col(chance) < row["up_to"])
        found = pl.when(here).then(pl.lit(row["ending"], pl.Int64)).otherwise(found)
    return found
