"""From rows of text to campaign events: our names, our types, and why a row cannot be read."""

from typing import Any

import polars as pl

from infobip_analytics.clock import parse_times
from infobip_analytics.countries import bare_digits, localise
from infobip_analytics.frames import CAMPAIGN_EVENTS
from infobip_analytics.sources.documents import Document
from infobip_analytics.sources.fields import aliases, known_fields, spelled, what_else
from infobip_analytics.sources.from_json import json_texts
from infobip_analytics.sources.texts import OWN, REASON, WHAT, Texts
from infobip_analytics.sources.values import filled, integer, offsetless, unreadable, whole_number

TIMES = ("timestamp", "sent_timestamp")

#: Columns of campaign events that come from the rows themselves
COLUMNS = [name for name in CAMPAIGN_EVENTS if name != "set_aside"]

#: The action types that are ours
OURS = ["sms", "mms"]


def event_texts(document: Document, _: bool = False) -> Texts:
    """The rows of flat events in a JSON document, NDJSON or parsed JSON, as text by field."""
    return json_texts(document, lambda value: value if isinstance(value, list) else [value])


def with_our_names(texts: pl.DataFrame, table: str = "event_fields") -> pl.DataFrame:
    """Rows of one document with our names, where it has no column of that name yet.

    `properties.` and `campaign.` in front of a heading are dropped. The first alias that is there
    gets our name; other aliases stay properties under their own names.
    """
    plain = texts.rename(_without_prefixes(texts.columns, aliases(table)["(prefix)"]))
    known = [name for name in known_fields(table, COLUMNS) if not name.endswith(".")]
    tidy = plain.rename(spelled(plain.columns, known))
    names = {}
    for column, fields in aliases(table).items():
        found = next((field for field in fields if field in tidy.columns), None)
        if found and column not in tidy.columns:
            names[found] = column
    return tidy.rename(names)


def _without_prefixes(headings: list[str], prefixes: tuple[str, ...]) -> dict[str, str]:
    """Each heading without its prefix, unless another heading is like that already."""
    names: dict[str, str] = {}
    taken = set(headings)
    for heading in headings:
        prefix = next(filter(heading.startswith, prefixes), "")
        bare = heading.removeprefix(prefix)
        if prefix and bare and bare not in (*taken, *OWN):
            names[heading] = bare
            taken.add(bare)
    return names


def campaign_events(texts: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """Campaign events out of rows with our names, and `REASON` where a row cannot be read.

    Recipients stay as they came (`with_recipients`). Other properties follow as text.
    """
    own = [name for name in texts.columns if name in OWN]
    others = [name for name in texts.columns if name not in (*own, *COLUMNS, "set_aside")]
    plain = _plain(texts)
    typed = plain.with_columns(
        *(parse_times(pl.col(name), timezone) for name in TIMES),
        integer(pl.col("parts")),
        pl.col("action_type", "status").str.strip_chars().str.to_lowercase(),
        *(whole_number(pl.col(name).str.strip_chars()) for name in ("action_id", "status_code")),
        what_else(texts.columns),
    )
    return typed.with_columns(_reason(plain)).select(*own, REASON, *COLUMNS, *others)


def _plain(texts: pl.DataFrame) -> pl.DataFrame:
    """Every column there has to be, as text, and null where there is nothing."""
    absent = [pl.lit(None, pl.String).alias(name) for name in COLUMNS if name not in texts.columns]
    return texts.with_columns(*(filled(name) for name in texts.columns if name not in OWN), *absent)


def _reason(plain: pl.DataFrame) -> pl.Expr:
    """Why a row is no campaign event that can be read; null for those that are one."""
    unread = {name: pl.col(name).is_null() & plain[name].is_not_null() for name in TIMES}
    reasons = [
        pl.when(pl.col("timestamp").is_null() & pl.col(WHAT).is_not_null()).then(WHAT),
        *(
            pl.when(lost).then(pl.lit(f"{name} cannot be read as a time"))
            for name, lost in unread.items()
        ),
        pl.when(pl.col("timestamp").is_null()).then(pl.lit("no timestamp")),
    ]
    return pl.coalesce(*reasons).alias(REASON)


def with_recipients(events: Any) -> Any:
    """Events in which the recipients of SMS and MMS are bare digits.

    A local number gets the calling code of `customer_country`, where that is known. Recipients of
    other action types (an e-mail address, a token) stay as they are.
    """
    numbers = pl.struct("recipient", "customer_country").map_batches(
        _localised, return_dtype=pl.String, is_elementwise=True
    )
    ours = pl.col("action_type").is_in(OURS).fill_null(value=False)
    return events.with_columns(recipient=pl.when(ours).then(numbers).otherwise("recipient"))


def _localised(both: pl.Series) -> pl.Series:
    recipients, countries = both.struct.field("recipient"), both.struct.field("customer_country")
    if countries.null_count() == len(countries):
        return recipients.to_frame().select(bare_digits(pl.col("recipient"))).to_series()
    return localise(recipients, countries)


def assumptions(texts: pl.DataFrame, timezone: str) -> list[str]:
    """What was assumed to read rows with our names, a sentence each."""
    plain = _plain(texts)
    return [*offsetless(plain, TIMES, timezone), *unreadable(plain, {"parts": integer})]
