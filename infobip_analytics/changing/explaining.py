"""Two sets of messages in, and out comes why their delivery rates differ."""

from collections.abc import Iterable
from typing import Any

import narwhals as nw
import polars as pl

from infobip_analytics.changing.asked import Asked, checked
from infobip_analytics.changing.change import Change
from infobip_analytics.changing.judging import judge, weighted_interval
from infobip_analytics.changing.sides import COUNTED, ENDS, Row, Side, alike, beside, side
from infobip_analytics.changing.splitting import EFFECTS, split
from infobip_analytics.changing.telling import notes, parts
from infobip_analytics.frames import TIME, as_plan, to_engine
from infobip_analytics.grouping import By, shown
from infobip_analytics.intervals import newcombe

#: What is the same in every row
STAMP: dict[str, Any] = {
    "population": pl.String,
    "before_as_of": TIME,
    "after_as_of": TIME,
    "waiting_days": pl.Float64,
}
COLUMNS = [
    *(f"{end}_{name}" for end in ENDS for name in COUNTED.values()),
    *EFFECTS,
    *("difference", "difference_low", "difference_high", "p_value", "q_value", "verdict"),
    *STAMP,
]


def explain_change(
    before: Any,
    after: Any,
    by: By = "country",
    *,
    minimum_effect: float = 0.01,
    minimum_messages: int = 100,
    no_report_countries: Iterable[str] | None = None,
    confidence: float = 0.95,
    timezone: str = "UTC",
    show_numbers: bool = False,
) -> Change:
    """Split the change of a delivery rate into what delivery did and what the mix of groups did.

    Both rates are delivered / settled, without the no-report countries. `rate_effect` of a group is
    the change of its own rate, weighted with the mean of its two shares of the settled messages;
    `mix_effect` is the change of its share, weighted with how far its rate is from the overall rate
    before. Groups that are on one side only have a mix effect alone. All effects together are the
    change of the overall rate, exactly.

    Each difference has Newcombe's interval. Tested are all together, the rate effect of all, and
    each group with at least *minimum_messages* settled on both sides: by Fisher's exact test with
    mid-p, the rate effect by its normal approximation; the p-values of one call are one family, and
    `q_value` is that of Benjamini and Hochberg. `verdict`: `worse` and `better` (q at most 0.05 and
    a difference of *minimum_effect* or more), `small` (less than that), `unproven`, `too few`,
    `entering`, `leaving`.

    Args:
        before: A frame of messages (pandas, polars or polars-lazy), as `messages` makes it.
        after: Another: of a later period, or of another campaign, sender or route.
        by: As in `delivery_rates`, but not None.
        minimum_effect: Smaller differences are no finding; a share, 0.01 is one point.
        minimum_messages: With fewer settled messages on either side nothing is tested.
        no_report_countries: Codes or names instead of the list of 34; `()` for none.
        confidence: Of the intervals.
        timezone: In which hours, days, weeks and months begin.
        show_numbers: Whether people that messages are grouped by are shown unmasked.

    Returns:
        A `Change`, which prints itself. Its `.frame`, on the engine of *after* (polars for
        polars-lazy), has a row for each group that has settled messages on either side, the
        greatest effects first: its keys; for both sides (`before_`, `after_`) `settled`,
        `delivered`, `rate`, `coverage`, `waiting`, `share`; `kind` (`both`, `entering`, `leaving`);
        `rate_effect`, `mix_effect`, `effect`; `difference` (after - before) with its interval;
        `p_value`, `q_value` and `verdict`; and what both are as of. `.sentence` is the answer,
        `.totals` what holds for all groups together.

    Raises:
        ColumnError: A frame is no frame of messages.
        ArgumentError: *by* is None or unknown, another argument means nothing here, or the two are
            not of the same kind: one knows only what was reported, or their waiting periods differ.
    """
    asked = checked(
        by,
        COLUMNS,
        no_report_countries,
        effect=minimum_effect,
        messages=minimum_messages,
        confidence=confidence,
        timezone=timezone,
        show_numbers=show_numbers,
    )
    then, now = side("before", before, asked), side("after", after, asked)
    alike(then, now)
    groups = _ordered(_different(split(beside(then, now, asked.names)), confidence), asked.names)
    judged, totals = judge(groups, _totals(groups, then, now, asked), asked)
    frame = judged.with_columns(
        pl.lit(totals[name], dtype).alias(name) for name, dtype in STAMP.items()
    ).select(*shown(asked.names), *COLUMNS)
    _, engine = as_plan(after)
    return Change(
        frame=frame if engine == "lazy" else to_engine(frame.lazy(), engine),
        why=parts(totals, frame, asked),
        totals=totals,
        notes=tuple(notes(totals, frame, then, now, asked)),
        _polars=frame,
        _asked=asked,
    )


def _different(both: pl.DataFrame, confidence: float) -> pl.DataFrame:
    """Each group's difference, with its interval."""
    low, high = newcombe(
        nw.col("after_delivered"),
        nw.col("after_settled"),
        nw.col("before_delivered"),
        nw.col("before_settled"),
        confidence,
    )
    made: pl.DataFrame = (
        nw.from_native(both)
        .with_columns(
            difference=nw.col("after_rate") - nw.col("before_rate"),
            difference_low=low,
            difference_high=high,
        )
        .to_native()
    )
    return made


def _ordered(groups: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """The groups, those first that did most to the overall rate, up or down."""
    size = pl.col("rate_effect").abs() + pl.col("mix_effect").abs()
    settled = pl.col("before_settled") + pl.col("after_settled")
    return groups.with_columns(_size=size.round(12), _settled=settled).sort(
        "_size", "_settled", *names, descending=[True, True, *[False] * len(names)], nulls_last=True
    )


def _totals(groups: pl.DataFrame, before: Side, after: Side, asked: Asked) -> Row:
    """All groups together: both rates, their difference and its two parts, and as of when."""
    whole = {
        f"{each.name}_{new}": each.whole[name]
        for each in (before, after)
        for name, new in (COUNTED | {"rate_low": "low", "rate_high": "high"}).items()
    }
    change = _different(pl.DataFrame([whole]), asked.confidence).row(0, named=True)
    known = change["difference"] is not None
    parts = {name: groups[name].sum() if known else None for name in ("rate_effect", "mix_effect")}
    low, high = weighted_interval(groups, asked.quantile) if known else (None, None)
    kind = after if after.whole["settled"] else before
    return {
        **change,
        **parts,
        "rate_effect_low": low,
        "rate_effect_high": high,
        "population": kind.whole["population"],
        "before_as_of": before.whole["as_of"],
        "after_as_of": after.whole["as_of"],
        "waiting_days": kind.whole["waiting_days"],
    }
