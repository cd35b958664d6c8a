"""From rows of text to campaign events: our names, our types, and why a row cannot be read."""

from collections import Counter
from typing import Any

import polars as pl

from infobip_analytics.bloomreach.answers import UNNAMED
from infobip_analytics.bloomreach.bigquery import with_raw_properties
from infobip_analytics.bloomreach.headings import by_column, merged
from infobip_analytics.clock import parse_times
from infobip_analytics.countries import bare_digits, localise
from infobip_analytics.frames import CAMPAIGN_EVENTS
from infobip_analytics.reference import rows
from infobip_analytics.sources.fields import folded, what_else
from infobip_analytics.sources.texts import OWN, REASON, WHAT
from infobip_analytics.sources.values import filled, integer, offsetless, unreadable, whole_number

TIMES = ("timestamp", "sent_timestamp")

#: Columns of campaign events that come from the rows themselves
COLUMNS = [name for name in CAMPAIGN_EVENTS if name != "set_aside"]

#: The action types that are ours
OURS = ["sms", "mms"]

#: What an answer says of its customer, and the recipient where an event names none
PHONE = "customer_phone"


def tidy_events(texts: pl.DataFrame, timezone: str) -> tuple[pl.DataFrame, Counter[str]]:
    """Campaign events out of named rows of text, and what was assumed to read them."""
    events, assumed = raw_events(texts, timezone)
    return with_recipients(events), assumed


def raw_events(texts: pl.DataFrame, timezone: str) -> tuple[pl.DataFrame, Counter[str]]:
    """The same with recipients as they came, for what is known of customers may change them."""
    events = campaign_events(texts, timezone)
    return events, assumptions(texts, events, timezone)


def with_our_names(texts: pl.DataFrame, table: str = "event_fields") -> pl.DataFrame:
    """Rows of one document with our names, where it has no column of that name yet.

    Prefixes of headings are dropped; what only `raw_properties` has is there too. The first alias
    that a row fills gets our name; what others say stays a property under its own name.
    """
    opened = with_raw_properties(texts)
    headings = [name for name in opened.columns if name not in OWN]
    return merged(opened, by_column(headings, table, COLUMNS))


def campaign_events(texts: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """Campaign events out of rows with our names, and `REASON` where a row cannot be read.

    Recipients stay as they came (`with_recipients`); where an SMS or MMS names none it is
    `customer_phone`. Other properties follow as text.
    """
    own = [name for name in texts.columns if name in OWN]
    left_out = {*own, *COLUMNS, PHONE, UNNAMED, "set_aside"}
    others = [name for name in texts.columns if name not in left_out]
    plain = _plain(texts)
    typed = plain.with_columns(
        *(parse_times(pl.col(name), timezone) for name in TIMES),
        _whole(pl.col("parts")),
        _words(plain["action_type"], OURS),
        _words(plain["status"], [row["status"] for row in rows("event_statuses")]),
        *(_number(pl.col(name)) for name in ("action_id", "status_code")),
        what_else(texts.columns),
    ).with_columns(recipient=_or_phone())
    return typed.with_columns(_reason(plain)).select(*own, REASON, *COLUMNS, *others)


def _words(column: pl.Series, known: list[str]) -> pl.Series:
    """Words in lower case, each known one as its table spells it: `Enqueue failed` too."""
    by_look = {folded(word): word for word in known}
    there = column.drop_nulls().unique().to_list()
    meant = {each: by_look.get(_look(each), each.strip().lower()) for each in there}
    return column.replace_strict(meant, default=None, return_dtype=pl.String)


def _look(word: str) -> str:
    return folded(word.replace("-", " "))


def _number(text: pl.Expr) -> pl.Expr:
    """A number's text, without decimals that say nothing: `2.0`, or `2,0` with a decimal comma."""
    return whole_number(text.str.strip_chars().str.replace(r"^(-?\d+),0{1,2}$", "${1}"))


def _whole(text: pl.Expr) -> pl.Expr:
    return integer(_number(text))


def _or_phone() -> pl.Expr:
    """The recipient; the customer's phone where an SMS or MMS names none."""
    none = pl.col("recipient").is_null() & pl.col("action_type").is_in(OURS)
    return pl.when(none).then(PHONE).otherwise("recipient")


def _plain(texts: pl.DataFrame) -> pl.DataFrame:
    """Every column there has to be, as text, and null where there is nothing."""
    wanted = [name for name in (*COLUMNS, PHONE) if name not in texts.columns]
    absent = [pl.lit(None, pl.String).alias(name) for name in wanted]
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


def assumptions(texts: pl.DataFrame, events: pl.DataFrame, timezone: str) -> Counter[str]:
    """What was assumed to read rows with our names: sentences, and how often."""
    plain = _plain(texts)
    times, numbers = offsetless(plain, TIMES, timezone), unreadable(plain, events, ["parts"])
    return times + numbers + _nameless(plain)


def _nameless(plain: pl.DataFrame) -> Counter[str]:
    """Count the SMS and MMS that are of answers that do not name their customer."""
    if UNNAMED not in plain.columns:
        return Counter()
    ours = _words(plain["action_type"], OURS).is_in(OURS)
    count = int((ours & plain[UNNAMED].is_not_null() & plain["customer"].is_null()).sum())
    return +Counter({_UNNAMED: count})


_UNNAMED = (
    "{count:,} SMS or MMS events are of an answer that does not name its customer, and are tied by "
    'their recipient; saved as {{"customer_ids": {{...}}, "response": {{...}}}} it names them'
)
