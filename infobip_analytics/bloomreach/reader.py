"""The door for Bloomreach: campaign events in, one frame in our names out."""

import warnings
from collections.abc import Mapping
from typing import Any

import polars as pl

from infobip_analytics.bloomreach.customers import with_customers
from infobip_analytics.bloomreach.rows import (
    OURS,
    assumptions,
    campaign_events,
    event_texts,
    with_our_names,
    with_recipients,
)
from infobip_analytics.errors import ArgumentError, AssumptionWarning
from infobip_analytics.frames import CAMPAIGN_EVENTS, Backend
from infobip_analytics.sources.documents import documents
from infobip_analytics.sources.gathered import Door, gathered
from infobip_analytics.sources.handing import collected, handed_over

DOOR = Door(
    called="campaign events",
    expected=(
        "single events with a timestamp and a status, as CSV, NDJSON, Parquet or parsed JSON; a "
        "table of an analysis is counted already and has none"
    ),
    schema=CAMPAIGN_EVENTS,
    table="event_fields",
    key="timestamp",
    lacking="no timestamp",
    json_texts=event_texts,
    named=with_our_names,
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

    CSV with `,`, `;` or tab (headings plain, or `properties.x`, `campaign.x`), NDJSON, parsed
    lists of flat events, and CSV, NDJSON and Parquet with our names. Events of other action
    types (e-mail, push) stay: they tell as of when the export is.

    Args:
        source: A path, glob or folder, a list of these, an open file, or parsed JSON.
        backend: The engine of the frame: "polars" or "pandas".
        lazy: A polars plan; Parquet of our own is then not read before the plan is collected.
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
    found = gathered(documents(source), DOOR, columns)
    tidy = campaign_events(found.texts, timezone)
    known = tidy if customers is not None else with_recipients(tidy)
    plan = handed_over(found, DOOR, known, assumptions(found.texts, timezone), on_bad)
    joined = plan if customers is None else with_customers(plan, customers)
    chosen = joined if integration is None else _of_integration(joined, integration)
    others = [name for name in chosen.collect_schema() if name not in CAMPAIGN_EVENTS]
    return collected(chosen.select(*CAMPAIGN_EVENTS, *others), backend, lazy=lazy)


def _of_integration(events: pl.LazyFrame, integration: str) -> pl.LazyFrame:
    """Events without the SMS and MMS that name another integration."""
    ours = pl.col("action_type").is_in(OURS).fill_null(value=False)
    name = pl.col("integration_name")
    there = events.filter(ours).select(name).unique().collect(engine="streaming").to_series()
    if integration not in there:
        names = ", ".join(sorted(map(repr, there.drop_nulls()))) or "none that has a name"
        raise ArgumentError(f"integration={integration!r} is not in the data; there are {names}")
    if there.null_count():
        warnings.warn(
            "some SMS or MMS events name no integration; they were kept",
            AssumptionWarning,
            stacklevel=3,
        )
    return events.filter(~ours | name.eq_missing(integration) | name.is_null())
