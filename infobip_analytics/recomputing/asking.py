"""How files are read that do not speak for themselves, as `read` takes it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from infobip_analytics.bloomreach.customers import known_customers, with_customers
from infobip_analytics.bloomreach.reader import DOOR as EVENTS
from infobip_analytics.bloomreach.reader import of_integration
from infobip_analytics.bloomreach.rows import raw_events
from infobip_analytics.errors import ArgumentError
from infobip_analytics.infobip.reader import DOOR as REPORTS
from infobip_analytics.recomputing.keeping import Kind
from infobip_analytics.recomputing.state import digest_of
from infobip_analytics.sources.gathered import Door


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read.

    Attributes:
        timezone: In which times without an offset are meant.
        columns: What their headings are in our names.
        customers: One row a customer, with phone and country; None where nobody asked.
        integration: The only one whose SMS and MMS count; None for all.
        on_bad: "warn", "raise", or the path that gets the rows that cannot be read.
    """

    timezone: str = "UTC"
    columns: Mapping[str, str] | None = None
    customers: pl.DataFrame | None = None
    integration: str | None = None
    on_bad: str = "warn"

    @property
    def stamp(self) -> list[Any]:
        """What rows depend on that were read so: rows read otherwise are not theirs."""
        known = self.customers
        customers = None if known is None else digest_of(known.write_csv().encode())
        return [self.timezone, list((self.columns or {}).items()), customers, self.integration]

    def check(self, kind: Kind) -> None:
        """Raise ArgumentError where something is asked that files of this kind cannot be asked."""
        asked = {"customers=": self.customers, "integration=": self.integration}
        names = " and ".join(name for name, value in asked.items() if value is not None)
        if names and kind == "delivery_reports":
            raise ArgumentError(
                f"{names} is for campaign events; this source holds delivery reports"
            )

    def door(self, kind: Kind) -> Door:
        """The door for files of this kind; recipients stay as they came for customers to change."""
        if kind == "delivery_reports":
            return REPORTS
        return EVENTS if self.customers is None else replace(EVENTS, tidy=raw_events)

    def chosen(self, plan: pl.LazyFrame) -> pl.LazyFrame:
        """All rows with what is known of their customers, and only those of the integration."""
        joined = plan if self.customers is None else with_customers(plan, self.customers)
        return joined if self.integration is None else of_integration(joined, self.integration)


def asked_customers(customers: Any) -> pl.DataFrame | None:
    """What *customers* (a source or a frame) hold, read once: one row each, in order."""
    if customers is None:
        return None
    ours = {"(country)": "country", "(phone)": "phone"}
    return known_customers(customers).rename(ours).sort("customer")
