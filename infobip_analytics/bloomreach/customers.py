"""What is known of customers: their phone and country, joined to their events."""

from collections import Counter
from typing import Any

import polars as pl

from infobip_analytics.bloomreach.payloads import CUSTOMERS
from infobip_analytics.bloomreach.rows import OURS, with_our_names, with_recipients
from infobip_analytics.errors import AssumptionWarning, ColumnError
from infobip_analytics.frames import as_plan
from infobip_analytics.sources.aside import warn
from infobip_analytics.sources.documents import documents
from infobip_analytics.sources.fields import named
from infobip_analytics.sources.gathered import Door
from infobip_analytics.sources.handing import Asked, handed_over
from infobip_analytics.sources.texts import FILE, LINE, REASON, frame_texts
from infobip_analytics.sources.values import filled

COLUMNS = dict.fromkeys(("customer", "phone", "country"), pl.String)


def _named(texts: pl.DataFrame) -> pl.DataFrame:
    return with_our_names(texts, "customer_fields")


def _tidy(rows: pl.DataFrame) -> pl.DataFrame:
    own = [name for name in (FILE, LINE) if name in rows.columns]
    columns = [
        (filled(name) if name in rows.columns else pl.lit(None, pl.String)).alias(name)
        for name in COLUMNS
    ]
    lacking = pl.when(pl.col("customer").is_null()).then(pl.lit(_LACKING))
    return rows.select(*own, *columns).with_columns(lacking.alias(REASON))


def _tidied(texts: pl.DataFrame, _: str) -> tuple[pl.DataFrame, Counter[str]]:
    return _tidy(texts), Counter()


_LACKING = "no customer id"

DOOR = Door(
    called="customers",
    expected="a table with the customer's id (registered, customer_id or customer), phone, country",
    schema=COLUMNS,
    table="customer_fields",
    key="customer",
    lacking=_LACKING,
    envelope=CUSTOMERS,
    named=_named,
    tidy=_tidied,
)


def with_customers(events: pl.LazyFrame, customers: Any) -> pl.LazyFrame:
    """Events with what *customers* (a source or a frame) say of their customer.

    Their country becomes `customer_country`; their phone the recipient, where an SMS or MMS names
    none. What the events say themselves wins.
    """
    ours = pl.col("action_type").is_in(OURS)
    known = known_customers(customers)
    _warn_of_strangers(events, known)
    joined: pl.LazyFrame = (
        events.join(known.lazy(), on="customer", how="left", maintain_order="left")
        .with_columns(
            customer_country=pl.coalesce("customer_country", "(country)"),
            recipient=pl.when(ours)
            .then(pl.coalesce("recipient", "(phone)"))
            .otherwise("recipient"),
        )
        .drop("(country)", "(phone)")
        .pipe(with_recipients)
    )
    return joined


def _warn_of_strangers(events: pl.LazyFrame, known: pl.DataFrame) -> None:
    """Say where not one customer of the events is known: their ids are then of two kinds."""
    named = events.select("customer").drop_nulls()
    there = named.select(pl.len(), pl.col("customer").is_in(known["customer"].implode()).any())
    count, any_known = there.collect(engine="streaming").row(0)
    if count and not any_known:
        warn(
            "customers= knows none of the customers of these events; their ids must be of one kind "
            "(registered, internal_customer_id, ...) in both",
            AssumptionWarning,
        )


def known_customers(customers: Any) -> pl.DataFrame:
    """One row a customer: the greatest country and phone, should there be several."""
    rows = _from_frame(customers) if hasattr(customers, "columns") else _from_source(customers)
    return rows.group_by("customer").agg(
        pl.max("country").alias("(country)"), pl.max("phone").alias("(phone)")
    )


def _from_frame(customers: Any) -> pl.DataFrame:
    plan, _ = as_plan(customers)
    rows = _named(frame_texts(plan.collect()))
    if "customer" not in rows.columns:
        there = named(rows.columns)
        raise ColumnError(f"customers= needs {DOOR.expected}; this frame has {there}")
    return _tidy(rows).filter(pl.col(REASON).is_null()).select(list(COLUMNS))


def _from_source(customers: Any) -> pl.DataFrame:
    return handed_over(documents(customers), DOOR, Asked()).select(list(COLUMNS)).collect()
