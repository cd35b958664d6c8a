"""Which countries report: measured, and held against the list that says which do not."""

from collections.abc import Iterable
from typing import Any

import narwhals as nw

from infobip_analytics.counting import Frame, cells_of, hand_back, population
from infobip_analytics.countries import no_report_codes
from infobip_analytics.grouping import By, country_name, keys, shown
from infobip_analytics.intervals import ratio, wilson
from infobip_analytics.outcomes import Outcome, Receipt

SILENT_UP_TO = 0.10
REPORTING_FROM = 0.90
ENOUGH = 35  # the least at which a perfect record has its lower end at 90 %
CONFIDENCE = 0.95

COLUMNS = [
    "n", "heard", "coverage", "coverage_low", "coverage_high", "class", "operator_only",
    "declared", "surprise", "population", "as_of", "waiting_days",
]  # fmt: skip


def report_coverage(
    messages: Any,
    by: By = "country",
    *,
    no_report_countries: Iterable[str] | None = None,
    timezone: str = "UTC",
) -> Any:
    """Measure of which share of the accepted messages anything was heard, per *by*.

    `n` = settled messages that were not rejected; `heard` = delivered + failed among them;
    `coverage` = heard / n with its 95 % Wilson interval. `class`: `silent` (upper end <= 10 %),
    `reporting` (lower end at least 90 %), `partial` (else), `unproven` (n < 35). `operator_only`:
    at least 90 % (lower end) of the known receipts stop at the operator, null where none is known.
    `declared` is what the list says of a country, `silent` or `reporting`; `surprise` is true where
    a listed country provably reports more than 10 %, or one not listed measures `silent`.
    All countries are in it. Source: docs/definitions.md, section 6.

    Raises:
        ColumnError: The frame is no frame of messages.
        ArgumentError: *by* is unknown, or a country of the list is.
    """
    names = keys(by)
    silent = no_report_codes(no_report_countries)
    counted = _counted(cells_of(messages, names, timezone), names)
    classed = _classed(counted, silent if "country" in names else None)
    ordered = classed.sort(names, nulls_last=True) if names else classed
    named = ordered.with_columns(country_name(names))
    return hand_back(named.select(*shown(names), *COLUMNS), messages)


def _counted(cells: Frame, names: list[str]) -> Frame:
    delivered = nw.col("_outcome") == str(Outcome.DELIVERED)
    heard = nw.col("_outcome").is_in([Outcome.DELIVERED, Outcome.FAILED])
    operator, handset = (
        nw.col("_receipt") == str(end) for end in (Receipt.OPERATOR, Receipt.HANDSET)
    )
    flags = {
        "n": nw.col("_outcome") != str(Outcome.REJECTED),
        "heard": heard,
        "_operator": delivered & operator,
        "_receipts": delivered & (operator | handset),
    }
    settled = nw.col("_settled") & (nw.col("_scope") == "counted")
    flagged = cells.with_columns(
        nw.col("_known").max(),
        nw.col("as_of").max(),
        nw.col("waiting_days").max(),
        *(
            nw.when(settled & flag).then(nw.col("_n")).otherwise(0).alias(name)
            for name, flag in flags.items()
        ),
    )
    kept = flagged.filter(nw.col("_scope") == "counted")
    sums = [nw.col(name).sum() for name in flags]
    sums += [nw.col(name).max() for name in ("_known", "as_of", "waiting_days")]
    return kept.group_by(names).agg(*sums) if names else kept.select(*sums)


def _classed(counted: Frame, silent: frozenset[str] | None) -> Frame:
    sent = nw.col("_known") > 0
    low, high = wilson(nw.col("heard"), nw.col("n"), CONFIDENCE)
    operator_low, _ = wilson(nw.col("_operator"), nw.col("_receipts"), CONFIDENCE)
    return (
        counted.with_columns(
            nw.col("n", "heard").cast(nw.Int64),
            population=population(nw.col("_known")),
        )
        .with_columns(
            coverage=nw.when(sent).then(ratio(nw.col("heard"), nw.col("n"))),
            coverage_low=nw.when(sent).then(low),
            coverage_high=nw.when(sent).then(high),
            operator_only=operator_low >= REPORTING_FROM,
        )
        .with_columns(_class())
        .with_columns(*_against(silent))
    )


def _class() -> nw.Expr:
    return (
        nw.when(nw.col("population") == "reported")
        .then(nw.lit(None, nw.String))
        .when(nw.col("n") < ENOUGH)
        .then(nw.lit("unproven"))
        .when(nw.col("coverage_high") <= SILENT_UP_TO)
        .then(nw.lit("silent"))
        .when(nw.col("coverage_low") >= REPORTING_FROM)
        .then(nw.lit("reporting"))
        .otherwise(nw.lit("partial"))
        .alias("class")
    )


def _against(silent: frozenset[str] | None) -> list[nw.Expr]:
    """What the list says of the country, and whether the data provably disagree."""
    if silent is None:
        nothing = nw.lit(None, nw.String).alias("declared")
        return [nothing, nw.lit(None, nw.Boolean).alias("surprise")]
    listed = nw.col("country").is_in(sorted(silent))
    reports = (nw.col("n") >= ENOUGH) & (nw.col("coverage_low") > SILENT_UP_TO)
    surprise = (listed & reports) | (~listed & (nw.col("class") == "silent"))
    return [
        nw.when(listed).then(nw.lit("silent")).otherwise(nw.lit("reporting")).alias("declared"),
        nw.when(nw.col("population") == "sent")
        .then(surprise)
        .otherwise(nw.lit(None, nw.Boolean))
        .alias("surprise"),
    ]
