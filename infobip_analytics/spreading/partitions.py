"""Which rows may be of one message, and so must be in one partition.

Of reports, those of one message id. Of events, those of one customer; where a customer is unknown,
also those of one recipient; and those of one message id, whoever it is said to be of. Such rows
form knots, of which each gets one label. A label of two knots does no harm, for it only brings
together more rows than must be: so hashes will do, and neither campaign nor action is looked at.
"""

from typing import Any

import numpy as np
import polars as pl

from infobip_analytics.errors import ColumnError

LABEL = "(label)"

#: Rows of a partition, as a rule: few enough that several of them fit into a worker's memory
LARGE = 1_000_000
#: Below this a partition costs more than it saves
SMALL = 50_000

#: How many there are at most of few rows, where Spark does not say
USUAL = 200

#: So many labels that belong together are sorted out in the driver; they take some 500 MB there.
MOST_LINKS = 10_000_000


def together(reports: Any, rows: int) -> Any:
    """Bring the reports of one message into one partition."""
    return reports.repartition(_partitions(reports, rows), "message_id")


def knotted(events: Any, rows: int, *, nobody: bool) -> Any:
    """Bring the events that may be of one message into one partition.

    *nobody*: some of them have no customer.
    """
    from pyspark.sql import functions as F  # noqa: N812 (as Spark's own users write it)

    there = events.columns
    who = [F.col(name).cast("string") for name in ("customer", "recipient") if name in there]
    labelled = events.withColumn(LABEL, F.xxhash64(F.coalesce(*who, F.lit(""))))
    links = _links(labelled, "message_id", F.lit(True)) if "message_id" in there else None
    if nobody and {"customer", "recipient"} <= set(there):
        met = _links(labelled, "recipient", F.max(F.col("customer").isNull()))
        links = met if links is None else links.union(met)
    moved = _moved(links)
    if moved.height:
        table = events.sparkSession.createDataFrame(moved.to_arrow())
        labelled = (
            labelled.join(F.broadcast(table), LABEL, "left")
            .withColumn(LABEL, F.coalesce("(knot)", LABEL))
            .drop("(knot)")
        )
    return labelled.repartition(_partitions(events, rows), LABEL).drop(LABEL)


def _partitions(frame: Any, rows: int) -> int:
    """How many partitions so many rows are brought into."""
    asked = str(frame.sparkSession.conf.get("spark.sql.shuffle.partitions"))
    usual = int(asked) if asked.isdigit() else USUAL  # Databricks has "auto"
    return max(1, min(usual, -(-rows // SMALL)), -(-rows // LARGE))


def _links(labelled: Any, by: str, which: Any) -> Any:
    """Pairs of labels that rows of the same *by* have, where *which* holds."""
    from pyspark.sql import functions as F  # noqa: N812

    met = (
        labelled.filter(F.col(by).isNotNull())
        .groupBy(F.col(by).cast("string"))
        .agg(F.collect_set(LABEL).alias("all"), which.alias("asked"))
        .filter(F.col("asked") & (F.size("all") > 1))
    )
    return met.select(F.array_min("all").alias("one"), F.explode("all").alias("other")).filter(
        "one != other"
    )


def _moved(links: Any) -> pl.DataFrame:
    """The labels that must become another: `(label)`, and that of its `(knot)`."""
    found = pl.DataFrame() if links is None else pl.DataFrame(links.limit(MOST_LINKS + 1).toArrow())
    if found.height > MOST_LINKS:
        raise ColumnError(
            f"more than {MOST_LINKS:,} pairs of people share a message id or, where no customer is "
            "known, a recipient, so that their events cannot be told apart piece by piece; give "
            "events with their customer, or .toArrow() of them"
        )
    return knots(found) if found.height else pl.DataFrame()


def knots(links: pl.DataFrame) -> pl.DataFrame:
    """Of pairs of labels `one` and `other`: every `(label)` with the least of its `(knot)`."""
    labels = pl.concat([links["one"], links["other"].rename("one")]).unique().sort()
    one, other = (
        np.searchsorted(labels.to_numpy(), links[name].to_numpy()) for name in links.columns
    )
    least = np.arange(len(labels))
    while True:
        before = least.copy()
        np.minimum.at(least, one, before[other])
        np.minimum.at(least, other, least[one])
        least = least[least]
        if np.array_equal(least, before):
            break
    return pl.DataFrame({LABEL: labels, "(knot)": labels.gather(pl.Series(least))})
