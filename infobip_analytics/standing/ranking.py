"""Messages in, groups in order of how sure it is that they are worse out."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from infobip_analytics.counting import narrowed
from infobip_analytics.countries import no_report_codes
from infobip_analytics.coverage import report_coverage
from infobip_analytics.errors import ArgumentError
from infobip_analytics.frames import as_plan, to_engine
from infobip_analytics.grouping import By, keys, shown
from infobip_analytics.rates import delivery_rates
from infobip_analytics.standing.fitting import Spread, fitted
from infobip_analytics.standing.shrunken import SHRUNK, shrunken
from infobip_analytics.standing.table import League, Row

RAW = ["settled", "delivered", "delivery_rate", "rate_low", "rate_high", "coverage", "waiting"]
STAMP = ["population", "as_of", "waiting_days"]
COLUMNS = [*RAW, *SHRUNK, "target", "rank", "verdict", "method", "no_report_messages", *STAMP]


def league(
    messages: Any,
    by: By = "country",
    *,
    target: float | None = None,
    no_report_countries: Iterable[str] | None = None,
    confidence: float = 0.95,
    timezone: str = "UTC",
    show_numbers: bool = False,
) -> League:
    """Rank groups by how probable it is that their true delivery rate is under a target.

    A small group has a low rate, or a high one, by luck alone. So each rate is shrunk towards that
    of all groups, the more the fewer messages it has: the true rates are taken to come from one
    beta distribution, which is fitted to the counts (beta-binomial, maximum likelihood), and
    `shrunk_rate` is the mean of what is then known of the group's own. Rates are delivered /
    settled, without the no-report countries.

    Where that cannot be done (fewer than 8 groups with settled messages; groups that differ by no
    more than chance), `method` is `"raw"`, what is shrunk is null, and groups are ranked by their
    raw rate; the notes say so. Groups that measure silent keep their raw rate, and are neither
    fitted nor ranked: it is their reports that are missing.

    Args:
        messages: A frame of messages (pandas, polars or polars-lazy), as `messages` makes it.
        by: As in `delivery_rates`, but not None.
        target: The rate to be reached, a share; by default the delivery rate of all together.
        no_report_countries: Codes or names instead of the list of 34; `()` for none.
        confidence: Of the intervals.
        timezone: In which hours, days, weeks and months begin.
        show_numbers: Whether people that messages are grouped by are shown unmasked.

    Returns:
        A `League`, which prints itself. Its `.frame`, on the same engine (polars for polars-lazy),
        has a row for each group, the surest to be worse first: its keys; `settled`, `delivered`,
        `delivery_rate` with its Wilson interval (`rate_low`, `rate_high`), `coverage`, `waiting`;
        `shrunk_rate` with its interval (`shrunk_low`, `shrunk_high`); `under_target`, the
        probability that the true rate is under `target`; `rank`, 1 for the worst; `verdict`
        (`under`, `over`: the interval lies wholly there; `open`; `silent`); `method` (`shrunk`,
        `raw`); `no_report_messages`, `population`, `as_of`, `waiting_days`.

    Raises:
        ColumnError: The frame is no frame of messages.
        ArgumentError: *by* is None or unknown, *target* is no share, or another argument means
            nothing here.
    """
    names = _some(keys(by))
    silent = no_report_codes(no_report_countries)
    _check(target)
    narrow = narrowed(messages, names)
    rates = delivery_rates(
        narrow, names, no_report_countries=silent, confidence=confidence, timezone=timezone
    )
    whole: Row = delivery_rates(
        narrow, None, no_report_countries=silent, confidence=confidence
    ).row(0, named=True)
    classes = report_coverage(narrow, names, no_report_countries=silent, timezone=timezone)
    marked = rates.join(
        classes.select(*names, "class"), on=names, how="left", nulls_equal=True
    ).with_columns(target=pl.lit(whole["delivery_rate"] if target is None else target, pl.Float64))
    spread, placed = _placed(marked, confidence)
    frame = _ranked(placed, names).select(*shown(names), *COLUMNS)
    _, engine = as_plan(messages)
    return League(
        frame=frame if engine == "lazy" else to_engine(frame.lazy(), engine),
        whole=whole,
        target=whole["delivery_rate"] if target is None else target,
        spread=spread,
        _polars=frame,
        _names=tuple(names),
        _silent=silent,
        _confidence=confidence,
        _show_numbers=show_numbers,
    )


def _some(names: list[str]) -> list[str]:
    if not names:
        raise ArgumentError("by=None makes one group; to rank some, name a column: by='country'")
    taken = [name for name in names if name in [*COLUMNS, "class"]]
    if taken:
        raise ArgumentError(
            f"by={taken[0]!r}: the league has a column of that name itself; give the messages "
            "a copy of theirs under another name, and group by that"
        )
    return names


def _check(target: Any) -> None:
    number = isinstance(target, int | float) and not isinstance(target, bool)
    if target is not None and not (number and 0 < target < 1):
        raise ArgumentError(f"target={target!r} is a share between 0 and 1: 0.95 for 95 %")


def _placed(rates: pl.DataFrame, confidence: float) -> tuple[Spread | str, pl.DataFrame]:
    """What is known of each group: its rate shrunk, or as it is where that cannot be done."""
    judged = (pl.col("settled") > 0) & (pl.col("class") != "silent").fill_null(value=True)
    fit, rest = rates.filter(judged), rates.filter(~judged)
    counts = [fit[name].cast(pl.Float64).to_numpy() for name in ("delivered", "settled")]
    spread = fitted(counts[0], counts[1])
    if isinstance(spread, str):
        nothing = [pl.lit(None, dtype).alias(name) for name, dtype in SHRUNK.items()]
        raw = rates.with_columns(*nothing, _judged=judged, method=pl.lit("raw"))
        return spread, raw
    known = shrunken(counts[0], counts[1], spread, fit["target"][0], confidence)
    both = [fit.hstack(known).with_columns(_judged=True), rest.with_columns(_judged=False)]
    return spread, pl.concat(both, how="diagonal").with_columns(
        method=pl.when("_judged").then(pl.lit("shrunk")).otherwise(pl.lit("raw"))
    )


def _ranked(placed: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """The groups in order: the surest to be under the target first, those not ranked last."""
    likely = -pl.col("under_target")
    rate = pl.coalesce("shrunk_rate", "delivery_rate")
    order = ["_judged", "_likely", "_rate", "settled", *names]
    descending = [True, False, False, True, *[False] * len(names)]
    ranked = placed.with_columns(_likely=likely, _rate=rate).sort(
        order, descending=descending, nulls_last=True
    )
    place = pl.col("_judged").cast(pl.Int64).cum_sum()
    return ranked.with_columns(
        rank=pl.when("_judged").then(place), verdict=_verdict().cast(pl.String)
    )


def _verdict() -> pl.Expr:
    """Where the interval lies: of the shrunk rate, or of the raw one where there is no other."""
    low, high = pl.coalesce("shrunk_low", "rate_low"), pl.coalesce("shrunk_high", "rate_high")
    return (
        pl.when(pl.col("settled") == 0)
        .then(None)
        .when(~pl.col("_judged"))
        .then(pl.lit("silent"))
        .when(high < pl.col("target"))
        .then(pl.lit("under"))
        .when(low > pl.col("target"))
        .then(pl.lit("over"))
        .otherwise(pl.lit("open"))
    )
