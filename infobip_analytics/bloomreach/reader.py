"""The door for Bloomreach: campaign events in, one frame in our names out."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from infobip_analytics.bloomreach.customers import with_customers
from infobip_analytics.bloomreach.headings import refused
from infobip_analytics.bloomreach.payloads import EVENTS
from infobip_analytics.bloomreach.rows import OURS, raw_events, tidy_events, with_our_names
from infobip_analytics.errors import ArgumentError, AssumptionWarning
from infobip_analytics.frames import CAMPAIGN_EVENTS, Backend
from infobip_analytics.sources.aside import warn
from infobip_analytics.sources.documents import documents
from infobip_analytics.sources.gathered import Door
from infobip_analytics.sources.handing import Asked, collected, handed_over

DOOR = Door(
    called="campaign events",
    expected=(
        "single events with a timestamp and a status: an export (CSV, workbook), answers of the "
        "Data API (customers/events, export-one), or an extract of BigQuery (NDJSON, Parquet)"
    ),
    schema=CAMPAIGN_EVENTS,
    table="event_fields",
    key="timestamp",
    lacking="no timestamp",
    envelope=EVENTS,
    named=with_our_names,
    tidy=tidy_events,
    refuses=refused,
)


def read_campaign_events(
    source: Any,
    *,
    backend: Backend = "polars",
    lazy: bool = False,
    columns: Mapping[str, str] | None = None,
    timezone: str = "UTC",
    on_bad: str = "warn",
    customers: Any = None,
    integration: str | None = None,
) -> Any:
    """Read campaign events of Bloomreach: a row each, as it arrived, in our names.

    CSV with `,`, `;` or tab and workbooks (headings plain, or `properties.x`, `campaign.x`);
    answers of the Data API (`customers/events`, `export-one`), alone, as a list, or a line each;
    extracts of BigQuery (NDJSON, Parquet with the record `properties`); flat events as NDJSON or
    parsed lists; and CSV, NDJSON and Parquet with our names; packed as gzip or ZIP too. Events of
    other action types (e-mail, push) stay: they tell as of when the export is.

    Args:
        source: A path, glob or folder, a list of these, an open file, or parsed JSON.
        backend: The engine of the frame: "polars" or "pandas".
        lazy: A polars plan: Parquet of our own is not read before the plan is collected, and what
            does not fit into memory is kept in a folder for temporary files.
        columns: What their headings are in our names, `{"Kunde": "customer"}`.
        timezone: In which times without an offset are meant.
        on_bad: What to do with rows that cannot be read: "warn", "raise", or a path that gets them
            as NDJSON with file, line and reason.
        customers: A source or frame with customer, phone and country; the country tells where a
            local number is, and the phone is the recipient where an SMS or MMS names none.
        integration: Leave out SMS and MMS of every other integration.

    Returns:
        The columns of campaign events, then every other property under its own name, as text.
        `country` among them is where a click came from.

    Raises:
        SourceError: Nothing lies there, or nothing in it can be read.
        ArgumentError: An argument means nothing, such as an integration that is not there.
    """
    door = DOOR if customers is None else replace(DOOR, tidy=raw_events)
    plan = handed_over(documents(source), door, Asked(columns, timezone, on_bad, lazy))
    joined = plan if customers is None else with_customers(plan, customers)
    chosen = joined if integration is None else of_integration(joined, integration)
    others = [name for name in chosen.collect_schema() if name not in CAMPAIGN_EVENTS]
    return collected(chosen.select(*CAMPAIGN_EVENTS, *others), backend, lazy=lazy)


def of_integration(events: pl.LazyFrame, integration: str) -> pl.LazyFrame:
    """Events without the SMS and MMS that name another integration."""
    ours = pl.col("action_type").is_in(OURS).fill_null(value=False)
    name = pl.col("integration_name")
    there = events.filter(ours).select(name).unique().collect(engine="streaming").to_series()
    if integration not in there:
        names = ", ".join(sorted(map(repr, there.drop_nulls()))) or "none that has a name"
        raise ArgumentError(f"integration={integration!r} is not in the data; there are {names}")
    if there.null_count():
        warn("some SMS or MMS events name no integration; they were kept", AssumptionWarning)
    return events.filter(~ours | name.eq_missing(integration) | name.is_null())
