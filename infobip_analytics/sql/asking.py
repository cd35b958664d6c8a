"""What a statement is asked for, checked and in the form in which it stands in the text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from infobip_analytics.clock import moment, waiting, zone
from infobip_analytics.countries import no_report_codes
from infobip_analytics.errors import ArgumentError
from infobip_analytics.grouping import SHORT, TIMES, By, keys
from infobip_analytics.rates import COUNTS, ENQUEUING, SHARES, STAMP, TOTALS
from infobip_analytics.sql.columns import Column, columns_of, shape_of
from infobip_analytics.sql.dialects import Dialect, dialect_of, table_name
from infobip_analytics.window import Window

#: Where a statement looks if nobody says.
TABLES = {
    "reports": "my_project.my_dataset.delivery_reports",
    "events": "my_project.my_dataset.campaign",
}

#: Of messages, what is the greatest of their rows, by source; the column of the table where it has
#: another name.
GREATEST = {
    "reports": {
        "message_id": "message_id", "channel": "channel", "sender": "sender",
        "recipient": "recipient", "network": "network", "bulk_id": "bulk_id",
        "campaign_reference": "campaign_reference", "campaign_id": "campaign_reference",
    },
    "events": {
        "message_id": "message_id", "channel": "action_type", "sender": "sender",
        "recipient": "recipient", "customer": "customer", "campaign_id": "campaign_id",
        "campaign_name": "campaign_name", "action_id": "action_id", "action_name": "action_name",
        "variant": "variant", "language": "language", "integration_name": "integration_name",
        "customer_country": "customer_country",
    },
}  # fmt: skip

#: Of messages, what their deciding row says.
DETAILS = {
    "reports": [
        "error_id", "status_name", "error_name", "error_group", "status_group", "permanent",
        "status_id",
    ],
    "events": ["error_id", "status_name", "error_name"],
}  # fmt: skip

#: Of messages, what follows from the rest.
DERIVED = ["country", "outcome", "receipt"]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of which table.

    Attributes:
        dialect: In whose words.
        source: "reports" or "events".
        shape: How the table is laid out.
        table: Its name, as it stands in the statement.
        there: The columns it has.
        customers: A table that says where customers live, as it stands in the statement.
        keys: What to group by.
        window: As of when, and which sends; `as_of` None for the latest time in the data.
        now: Whether the present is meant wherever the statement is run.
        zone: The time zone in which days begin.
        show: Whether no-report countries have rows.
        silent: The codes of the no-report countries.
        confidence: Of the interval.
        per_part: Whether a price is meant per part.
    """

    dialect: Dialect
    source: str
    shape: str
    table: str
    there: Mapping[str, Column]
    customers: str | None
    keys: list[str]
    window: Window
    now: bool
    zone: str
    show: bool
    silent: list[str]
    confidence: float
    per_part: bool

    @property
    def wanted(self) -> set[str]:
        """The columns of messages that the keys are made of."""
        return {column for key in self.keys for column in self.made_of(key)}

    def made_of(self, key: str) -> list[str]:
        """The columns of messages of which the first that is known is *key*."""
        if key in TIMES:
            return []
        return [name for name in SHORT.get(key, [key]) if name in groupable(self.source)]

    @property
    def details(self) -> list[str]:
        """What is wanted of the deciding rows: all that may break a tie, or nothing."""
        return DETAILS[self.source] if self.wanted & set(DETAILS[self.source]) else []

    @property
    def split(self) -> bool:
        """Whether each no-report country has a row of its own."""
        return self.show and "country" in self.keys


def asked(
    source: str,
    by: By,
    *,
    dialect: str,
    table: str | None,
    shape: str | None,
    columns: Mapping[str, str] | None,
    customers: str | None,
    as_of: str | datetime | Any,
    since: Any,
    until: Any,
    waiting_period: timedelta | str | float,
    timezone: str,
    no_report: str,
    no_report_countries: Iterable[str] | None,
    confidence: float,
    price_per: str,
) -> Question:
    """The question that arguments make; ArgumentError where one of them means nothing here."""
    words, laid_out = dialect_of(dialect), shape_of(source, shape)
    zone(timezone)
    now = isinstance(as_of, str) and as_of.strip().lower() == "now"
    return Question(
        dialect=words,
        source=source,
        shape=laid_out,
        table=table_name(table or TABLES[source], words),
        there=_there(laid_out, columns or {}, customers),
        customers=customers and table_name(customers, words),
        keys=_keys(by, source, timezone),
        window=Window(
            as_of=None if now else moment(as_of, timezone=timezone, end_of_day=True),
            waiting_period=waiting(waiting_period),
            since=moment(since, timezone=timezone),
            until=moment(until, timezone=timezone, end_of_day=True),
        ),
        now=now,
        zone=timezone,
        show=_choice("no_report", no_report, ("exclude", "show")) == "show",
        silent=sorted(no_report_codes(no_report_countries)),
        confidence=confidence,
        per_part=_choice("price_per", price_per, ("part", "message")) == "part",
    )


def _there(shape: str, columns: Mapping[str, str], customers: str | None) -> dict[str, Column]:
    """The columns that the table has; a table of customers says where these live."""
    if customers and shape != "bloomreach":
        raise ArgumentError(
            "customers: only a table of Bloomreach is put beside one of customers; of our columns "
            "customer_country is one"
        )
    home = {"customer_country": "properties.country"} if customers else {}
    return columns_of(shape, home | dict(columns))


def groupable(source: str) -> list[str]:
    """The columns of messages by which a statement can group."""
    return [*DERIVED, *GREATEST[source], *DETAILS[source]]


def _keys(by: By, source: str, timezone: str) -> list[str]:
    names = keys(by)
    ours = {*COUNTS, *SHARES, *TOTALS, "reports", *STAMP, *ENQUEUING}
    possible = groupable(source)
    for name in names:
        known = name in possible or name in TIMES or set(SHORT.get(name, [])) & set(possible)
        if name in ours or not known:
            raise ArgumentError(
                f"by={name!r}: a statement from {source} can group by "
                f"{', '.join([*TIMES, *SHORT, *possible])}; for more, read the export with ia.read"
            )
    if "hour" in names and timezone != "UTC":
        raise ArgumentError("by='hour': a statement has hours in UTC only; leave the time zone out")
    return names


def _choice(name: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise ArgumentError(f"{name}={value!r}: there are {' and '.join(map(repr, choices))}")
    return value
