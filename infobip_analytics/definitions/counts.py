"""The counts that the definitions divide, per group, and the rows that they make."""

from dataclasses import dataclass

import narwhals as nw
import polars as pl

from infobip_analytics.counting import population
from infobip_analytics.outcomes import Outcome

#: Over which countries: those that return reports, or all of them
COUNTRIES = ("reporting", "all")


@dataclass(frozen=True, slots=True)
class Definition:
    """What is divided by what.

    Attributes:
        name: Whose definition it is.
        numerator: Which count it divides.
        denominator: By which count.
        counts: The same in words.
        source: Where it is written.
    """

    name: str
    numerator: str
    denominator: str
    counts: str
    source: str


OURS = Definition(
    "ours",
    "settled_delivered",
    "settled",
    "delivered / settled",
    "docs/definitions.md, section 5",
)
BLOOMREACH = Definition(
    "Bloomreach",
    "delivered",
    "sent",
    "unique delivered / enqueued",
    "Bloomreach Engagement docs, SMS evaluation dashboard: unique SMS delivered / sent",
)
METRICS = Definition(
    "Infobip Metrics",
    "delivered",
    "accepted",
    "delivered / (sent - rejected)",
    "Infobip docs, Metrics API: TRAFFIC_DELIVERY_RATE",
)
DEFINITIONS = (OURS, BLOOMREACH, METRICS)

STAMP = ["population", "as_of", "waiting_days"]
STEPS = ["from_waiting", "from_no_report", "from_rejected"]


def count(cells: pl.DataFrame, names: list[str], silent: frozenset[str]) -> pl.DataFrame:
    """Sum the cells of messages per group, over reporting and over all countries.

    Columns out: *names*; `_reporting_` and `_all_` before each of `sent` (forwarded, of any age),
    `accepted` (those that were not rejected), `delivered`, `settled`, `settled_delivered`;
    `population`, `as_of`, `waiting_days`. Sorted by *names*; groups without a message that was
    forwarded at a known time are left out.
    """
    flags = _flags(silent)
    stamps = [nw.col("_known").max(), nw.col("as_of").max(), nw.col("waiting_days").max()]
    flagged = nw.from_native(cells).with_columns(
        *stamps,
        *(
            nw.when(flag).then(nw.col("_n")).otherwise(0).alias(name)
            for name, flag in flags.items()
        ),
    )
    sums = [*(nw.col(name).sum() for name in flags), *stamps]
    grouped = flagged.group_by(names).agg(*sums) if names else flagged.select(*sums)
    whole = grouped.with_columns(
        *(nw.col(name).cast(nw.Int64) for name in flags), population=population(nw.col("_known"))
    )
    kept = whole.filter(nw.col("_all_sent") > 0).sort(names, nulls_last=True) if names else whole
    return kept.to_native().select(*names, *flags, *STAMP)


def _flags(silent: frozenset[str]) -> dict[str, nw.Expr]:
    """Which cells count in what; never orphans, undated messages and what was never forwarded."""
    forwarded = nw.col("_scope") == "counted"
    delivered = nw.col("_outcome") == str(Outcome.DELIVERED)
    settled = nw.col("_settled")
    among = {
        "reporting": forwarded & ~nw.col("_country").is_in(sorted(silent)),
        "all": forwarded,
    }
    return {
        f"_{countries}_{name}": counted & flag
        for countries, counted in among.items()
        for name, flag in {
            "sent": forwarded,
            "accepted": nw.col("_outcome") != str(Outcome.REJECTED),
            "delivered": delivered,
            "settled": settled,
            "settled_delivered": settled & delivered,
        }.items()
    }


def rate(definition: Definition, countries: str) -> pl.Expr:
    """The rate of each group by one definition, null where there is nothing to divide by."""
    numerator, denominator = _divided(definition, countries)
    return pl.when(denominator > 0).then(numerator / denominator)


def rows(counted: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Turn counts into a row for each group, definition and choice of countries, in this order."""
    group = counted.with_row_index("_group")
    sides = [
        group.select("_group", *names, *_side(definition, countries), *STAMP)
        for definition in DEFINITIONS
        for countries in COUNTRIES
    ]
    return pl.concat(sides).sort("_group", maintain_order=True).drop("_group")


def _side(definition: Definition, countries: str) -> list[pl.Expr]:
    numerator, denominator = _divided(definition, countries)
    return [
        pl.lit(definition.name).alias("definition"),
        pl.lit(countries).alias("countries"),
        numerator.alias("numerator"),
        denominator.alias("denominator"),
        rate(definition, countries).alias("rate"),
        pl.lit(definition.counts).alias("counts"),
        *(step.alias(name) for name, step in steps(definition, countries).items()),
    ]


def _divided(definition: Definition, countries: str) -> tuple[pl.Expr, pl.Expr]:
    return (
        pl.col(f"_{countries}_{definition.numerator}"),
        pl.col(f"_{countries}_{definition.denominator}"),
    )


def steps(definition: Definition, countries: str) -> dict[str, pl.Expr]:
    """What leads from our rate over reporting countries to this one; their sum is the difference.

    One after another: waiting messages come in, then those to no-report countries, then rejected
    ones leave the denominator. A step that is not taken is 0.
    """
    ours = rate(OURS, "reporting")
    before = OURS if definition is OURS else BLOOMREACH
    none = ours - ours
    return {
        "from_waiting": rate(before, "reporting") - ours,
        "from_no_report": rate(before, countries) - rate(before, "reporting") + none,
        "from_rejected": rate(definition, countries) - rate(before, countries) + none,
    }
