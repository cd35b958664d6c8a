"""Why a series fell: the error that rose most since then."""

from datetime import timedelta
from typing import Any

import polars as pl

from infobip_analytics.outcomes import Outcome
from infobip_analytics.undelivered import error_breakdown
from infobip_analytics.undelivered.counted import TOLD
from infobip_analytics.watching.counted import AGE, ALL, CLOCK, DAY, Counted, Gathered
from infobip_analytics.watching.incidents import Incident

Row = dict[str, Any]

#: An error that explains less of the fall than this is not named
EXPLAINS = 0.25

NOTHING: Row = {
    "error_id": None, "error_name": None, "error_per_1000": None, "usual_error_per_1000": None,
}  # fmt: skip

_FOR_EVER = timedelta(days=100_000)


def reasons(
    gathered: Gathered, found: Counted, names: list[str], open_: list[Incident]
) -> list[Row]:
    """For each incident the error whose rate rose most, per 1,000 messages now and before.

    Messages are counted as the incident counts them: what had no outcome by its age is unreported.
    Null where reports stopped, and where no error explains a quarter of the fall.
    """
    places = _places(found, names, open_)
    kept = gathered.messages.join(places, on=[ALL, *names, DAY], nulls_equal=True).filter(
        pl.col(CLOCK) <= pl.col("_until")
    )
    known = (pl.col(AGE) <= pl.col("_least")).fill_null(value=False) | pl.col("_final")
    said = [name for name in TOLD.values() if name in kept.columns]
    as_counted = kept.with_columns(
        *(pl.when(known).then(name).alias(name) for name in said),
        settled=pl.lit(value=True),
        outcome=pl.when(known).then("outcome").otherwise(pl.lit(str(Outcome.UNREPORTED))),
    )
    errors: pl.DataFrame = error_breakdown(
        as_counted, ["alert number", "alert now"], no_report_countries=()
    )
    return [
        _reason(errors.filter(pl.col("alert number") == n), open_[n]) for n in range(len(open_))
    ]


def _places(found: Counted, names: list[str], open_: list[Incident]) -> pl.DataFrame:
    """A row for each day of each incident that is counted: of which messages, and until when."""
    rows = []
    for number, each in enumerate(open_):
        keys = found.series.row(each.series, named=True)
        limits = {
            "_final": each.age is None,
            "_least": each.age.least if each.age else timedelta(0),
            "_until": each.age.until if each.age and each.morning else _FOR_EVER,
        }
        common = {name: keys[name] for name in [ALL, *names]} | {"alert number": number} | limits
        rows += [common | {DAY: day, "alert now": True} for day in each.now]
        rows += [common | {DAY: day, "alert now": False} for day in each.before]
    kinds = {name: kind for name, kind in found.series.schema.items() if name in [ALL, *names]}
    return pl.DataFrame(rows, schema_overrides=kinds)


def _reason(errors: pl.DataFrame, incident: Incident) -> Row:
    counts = incident.counts
    fall = 1000 * (
        counts["usual_delivered"] / counts["usual_sent"] - counts["delivered"] / counts["sent"]
    )
    error = ["error_id", "error_name", "error_group"]
    now, before = (errors.filter(pl.col("alert now") == when) for when in (True, False))
    both = now.select(*error, now="per_1000").join(
        before.select(*error, before="per_1000"), on=error, how="left", nulls_equal=True
    )
    known = both.filter(pl.any_horizontal(pl.col("error_id", "error_name").is_not_null()))
    rise = pl.col("now") - pl.col("before").fill_null(0.0)
    risen = known.with_columns(rise=rise, before=pl.col("before").fill_null(0.0)).sort(
        "rise", *error, descending=[True, False, False, False]
    )
    if incident.silent or risen.is_empty() or risen["rise"][0] < max(EXPLAINS * fall, 1e-9):
        return NOTHING
    top = risen.row(0, named=True)
    return {
        "error_id": top["error_id"],
        "error_name": top["error_name"],
        "error_per_1000": top["now"],
        "usual_error_per_1000": top["before"],
    }
