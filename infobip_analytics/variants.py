"""Two variants compared: the difference of their delivery rates, and how sure that is."""

from collections.abc import Iterable
from typing import Any

import narwhals as nw
import polars as pl

from infobip_analytics.codes.events import masked
from infobip_analytics.counting import cells, narrowed
from infobip_analytics.countries import no_report_codes
from infobip_analytics.differences import points
from infobip_analytics.errors import ArgumentError
from infobip_analytics.frames import as_plan, to_engine
from infobip_analytics.grouping import By, keys, shown
from infobip_analytics.intervals import newcombe
from infobip_analytics.leftovers import counted_out
from infobip_analytics.masking import as_shown, personal
from infobip_analytics.rates import STAMP, delivery_rates
from infobip_analytics.tables import Table
from infobip_analytics.tables.columns import Column, Row, key_text
from infobip_analytics.tables.text import printable
from infobip_analytics.wording import DASH, NBSP, count, moment, percent, plural

PAIRS = [
    "baseline", "settled", "delivered", "delivery_rate", "baseline_settled", "baseline_delivered",
    "baseline_rate", "difference", "difference_low", "difference_high", "sentence",
]  # fmt: skip

NO_EXPERIMENT = (
    "the difference is the work of the group itself only where chance decided who got which; else "
    "countries, senders and days may be mixed differently: compare within a country as well"
)


def compare_variants(
    messages: Any,
    by: By = "variant",
    *,
    baseline: Any = None,
    no_report_countries: Iterable[str] | None = None,
    confidence: float = 0.95,
    timezone: str = "UTC",
    show_numbers: bool = False,
) -> Table:
    """Compare the delivery rates of groups with that of one of them, the baseline.

    `difference` = delivery_rate - baseline_rate, each delivered / settled without the no-report
    countries, with Newcombe's hybrid score interval (1998, method 10, no continuity correction).
    There is no p-value. The interval holds for messages that are independent; those of one campaign
    are not, so it is at least this wide. Each interval has its *confidence* by itself: where many
    groups are compared, some intervals miss by chance.

    Args:
        messages: A frame of messages (pandas, polars or polars-lazy), as `messages` makes it.
        by: As in `delivery_rates`, but not None.
        baseline: The group with which the others are compared: its value, or as it is printed
            (`"—"` where it has none), for several *by* a list of these; by default the first.
        no_report_countries: Codes or names instead of the list of 34; `()` for none.
        confidence: Of the intervals.
        timezone: In which hours, days, weeks and months begin.
        show_numbers: Whether people that messages are grouped by are shown unmasked.

    Returns:
        A table that prints itself. Its `.frame`, on the same engine (polars for polars-lazy), has a
        row for each other group: its keys, `baseline` (its name), the counts and rates of both
        (`settled`, `delivered`, `delivery_rate`, and the same of the baseline), `difference`,
        `difference_low`, `difference_high` (shares of 1, null where either has nothing settled),
        `sentence`, `population`, `as_of` and `waiting_days`.

    Raises:
        ColumnError: The frame is no frame of messages.
        ArgumentError: *by* is None or unknown, no group is the *baseline*, or another argument
            means nothing here.
    """
    names = _some(keys(by))
    silent = no_report_codes(no_report_countries)
    narrow = narrowed(messages, names)
    rates = delivery_rates(
        narrow, names, no_report_countries=silent, confidence=confidence, timezone=timezone
    )
    chosen = _place(rates, names, baseline, show_numbers=show_numbers)
    pairs = _pairs(rates, names, chosen, confidence, show_numbers=show_numbers)
    _, engine = as_plan(messages)
    frame = pairs.select(*shown(names), *PAIRS, *STAMP)
    return Table(
        frame=frame if engine == "lazy" else to_engine(frame.lazy(), engine),
        headline=_headline(rates, names, chosen, pairs),
        notes=tuple(_notes(rates, narrow, confidence, len(pairs))),
        _columns=tuple(_columns(names, confidence)),
        _rows=tuple(as_shown(pairs, show_numbers=show_numbers).to_dicts()),
    )


def _some(names: list[str]) -> list[str]:
    if not names:
        raise ArgumentError("by=None makes one group; to compare some, name a column: by='variant'")
    taken = [name for name in names if name in PAIRS]
    if taken:
        raise ArgumentError(
            f"by={taken[0]!r}: the comparison has a column of that name itself; give the messages "
            "a copy of theirs under another name, and group by that"
        )
    return names


def _place(rates: pl.DataFrame, names: list[str], baseline: Any, *, show_numbers: bool) -> int:
    """Which row is the baseline: the first, or the one that is called so."""
    if baseline is None:
        return 0
    wanted = list(baseline) if isinstance(baseline, list | tuple) else [baseline]
    for place, values in enumerate(rates.select(names).iter_rows()):
        if len(wanted) == len(values) and all(map(_is_called, values, wanted)):
            return place
    called = _labels(rates, names, show_numbers=show_numbers)
    asked = "what is given" if personal(names) and not show_numbers else masked(repr(baseline))
    raise ArgumentError(
        f"baseline: {asked} is none of the {plural(len(called), 'group')} by {', '.join(names)}"
        + (f"; there are {'; '.join(called[:20])}" if called else "")
    )


def _is_called(value: Any, wanted: Any) -> bool:
    return bool(value == wanted) or key_text(value) == wanted


def _labels(groups: pl.DataFrame, names: list[str], *, show_numbers: bool) -> list[str]:
    """What the groups are called, for people."""
    rows = as_shown(groups.select(names), show_numbers=show_numbers).iter_rows()
    return [printable(", ".join(key_text(value) for value in row)) for row in rows]


def _pairs(
    rates: pl.DataFrame, names: list[str], baseline: int, confidence: float, *, show_numbers: bool
) -> pl.DataFrame:
    """Each other group beside the baseline."""
    named = _labels(rates.slice(baseline, 1), names, show_numbers=show_numbers)
    beside = rates.slice(baseline, 1).select(
        baseline_settled="settled",
        baseline_delivered="delivered",
        baseline_rate="delivery_rate",
        baseline=pl.lit(next(iter(named), DASH)),
    )
    others = rates.with_row_index("_place").filter(pl.col("_place") != baseline)
    low, high = newcombe(
        nw.col("delivered"),
        nw.col("settled"),
        nw.col("baseline_delivered"),
        nw.col("baseline_settled"),
        confidence,
    )
    joined = nw.from_native(others.join(beside, how="cross"))
    pairs: pl.DataFrame = joined.with_columns(
        difference=nw.col("delivery_rate") - nw.col("baseline_rate"),
        difference_low=low,
        difference_high=high,
    ).to_native()
    called = _labels(pairs, names, show_numbers=show_numbers)
    said = [
        _sentence(name, row) for name, row in zip(called, pairs.iter_rows(named=True), strict=True)
    ]
    return pairs.with_columns(pl.Series("sentence", said, dtype=pl.String))


def _sentence(name: str, row: Row) -> str:
    if row["difference"] is None:
        unsettled = name if not row["settled"] else row["baseline"]
        return f"nothing of {unsettled} is settled, so there is no difference to tell"
    rates = (
        f"{name} {percent(row['delivery_rate'])} of {count(row['settled'])} settled, "
        f"{row['baseline']} {percent(row['baseline_rate'])} of {count(row['baseline_settled'])}"
    )
    return f"{rates}: {_verdict(name, row)}"


def _verdict(name: str, row: Row) -> str:
    low, high = row["difference_low"], row["difference_high"]
    if low > 0:
        return f"{name} delivered more, by {_span(low, high)}"
    if high < 0:
        return f"{name} delivered less, by {_span(-high, -low)}"
    anything = f"between {points(low)} and {points(high)} points"
    return f"no difference is shown; it may be anything {anything}"


def _span(low: float, high: float) -> str:
    return f"{100 * low:.1f} to {100 * high:.1f} points"


def _headline(rates: pl.DataFrame, names: list[str], chosen: int, pairs: pl.DataFrame) -> str:
    if pairs.is_empty():
        there = "one group" if len(rates) else "no message"
        return f"Nothing to compare: there is {there} by {', '.join(names)}"
    if len(pairs) == 1:
        return str(pairs["sentence"].item())
    row, label = rates.row(chosen, named=True), str(pairs["baseline"].first())
    rate = f"{percent(row['delivery_rate'])} of {count(row['settled'])} settled"
    return f"{plural(len(pairs), 'group')} compared with {label} ({rate})"


def _notes(
    rates: pl.DataFrame, narrow: pl.DataFrame, confidence: float, pairs: int
) -> Iterable[str]:
    level = f"{100 * confidence:g}{NBSP}%"
    if len(rates) and rates["population"].first() == "reported":
        yield (
            "only reported messages are known, so these are rates among reported messages; read "
            "logs, or campaign events, and they become rates of all that was sent"
        )
    yield (
        "delivery rate = delivered / settled messages; difference in points, with Newcombe's "
        f"{level} interval, at least this wide, for messages of one campaign are not independent"
    )
    if pairs > 1:
        yield (
            f"{pairs} differences, each with a {level} interval of its own: the more are looked "
            "at, the likelier one of them misses by chance"
        )
    yield NO_EXPERIMENT
    yield from (f"as of {moment(when)}" for when in rates["as_of"].drop_nulls().head(1))
    yield from _left_out(rates, narrow)


def _left_out(rates: pl.DataFrame, narrow: pl.DataFrame) -> Iterable[str]:
    counted: Any = cells(nw.from_native(narrow.lazy()), [], "UTC").collect()
    silent = "" if "country" in rates.columns else "no_report_messages"
    told = {"waiting": "still waiting", silent: "to no-report countries"}
    sums = {name: int(rates[name].sum()) for name in told if name}
    out = [f"{count(sums[name])} {words}" for name, words in told.items() if sums.get(name)]
    out += counted_out(counted.to_native())
    if out:
        yield f"left out: {'; '.join(out)}"


def _columns(names: list[str], confidence: float) -> list[Column]:
    return [
        *(Column(name, _key(name), number=False) for name in names),
        Column("settled", lambda row: count(row["settled"])),
        Column("delivered", lambda row: count(row["delivered"]), weight=2),
        Column("rate", lambda row: percent(row["delivery_rate"])),
        Column("baseline", lambda row: row["baseline"], number=False, weight=3),
        Column("of", lambda row: count(row["baseline_settled"]), weight=1),
        Column("its rate", lambda row: percent(row["baseline_rate"])),
        Column("points", lambda row: points(row["difference"])),
        Column(f"{100 * confidence:g} % interval", _interval),
    ]


def _key(name: str) -> Any:
    if name == "country":
        return lambda row: f"{row['country']} {row['country_name']}"
    return lambda row: key_text(row[name])


def _interval(row: Row) -> str:
    if row["difference"] is None:
        return DASH
    return f"{points(row['difference_low'])} to {points(row['difference_high'])}"
