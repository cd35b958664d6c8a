"""From rows of text to delivery reports: our names, our types, and why a row cannot be read."""

import polars as pl

from infobip_analytics.clock import parse_times
from infobip_analytics.countries import bare_digits
from infobip_analytics.frames import DELIVERY_REPORTS
from infobip_analytics.reference import rows
from infobip_analytics.sources.fields import aliases, what_else
from infobip_analytics.sources.texts import FILE, LINE, OWN, REASON, WHAT
from infobip_analytics.sources.values import (
    decimal,
    filled,
    flag,
    integer,
    offsetless,
    unreadable,
    whole_number,
)

TIMES = ("sent_at", "done_at", "received_at")

#: Columns of delivery reports that come from the rows themselves
COLUMNS = [name for name in DELIVERY_REPORTS if name != "set_aside"]


def texts_by_column(texts: pl.DataFrame) -> pl.DataFrame:
    """Rows of text with our names: the first field that a row has is its column.

    Beside the columns of delivery reports there are those that only tell what a row is (`*_mark`),
    the ids of the groups, and `WHAT`: what else the row is by the table of other shapes.
    """
    names = list(dict.fromkeys([*COLUMNS, *aliases("report_fields")]))
    own = [name for name in texts.columns if name in OWN]
    there = set(texts.columns)
    return texts.select(*own, what_else(there), *(_text(name, there).alias(name) for name in names))


def _text(column: str, there: set[str]) -> pl.Expr:
    known = (column, *aliases("report_fields").get(column, ()))
    fields = [name for name in known if name in there]
    return pl.coalesce(*map(filled, fields)) if fields else pl.lit(None, pl.String)


def delivery_reports(texts: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """Delivery reports out of `texts_by_column`, and `REASON` where a row cannot be read.

    What the source calls things is kept; only the case of channel, record and status group, and
    the writing of numbers are made alike.
    """
    typed = texts.with_columns(
        *(parse_times(pl.col(name), timezone) for name in TIMES),
        *(integer(pl.col(name)) for name in ("parts", "status_id", "error_id")),
        decimal(pl.col("price")),
        flag(pl.col("permanent")),
        pl.col("record", "channel").str.strip_chars().str.to_lowercase(),
        whole_number(pl.col("network").str.strip_chars()),
        bare_digits(pl.col("recipient")).alias("recipient"),
        *_groups_and_names(),
    )
    meant = typed.with_columns(_record(), _channel())
    return meant.with_columns(_reason(texts)).select(
        *(name for name in texts.columns if name in (FILE, LINE)), REASON, *COLUMNS
    )


def _groups_and_names() -> list[pl.Expr]:
    """The groups by name: as they came, by a plain status that is one of them, else by their id."""
    groups = {row["id"]: row["group"] for row in rows("status_groups")}
    name, group = pl.col("status_name"), pl.col("status_group").str.strip_chars().str.to_uppercase()
    plain = name.str.strip_chars().str.to_uppercase()
    is_group = pl.col("status_group").is_null() & plain.is_in(list(groups.values()))
    return [
        pl.coalesce(group, pl.when(is_group).then(plain), _group("status", "status_groups")),
        pl.when(~is_group).then(name).alias("status_name"),
        pl.coalesce("error_group", _group("error", "error_groups")),
    ]


def _group(kind: str, table: str) -> pl.Expr:
    groups = {row["id"]: row["group"] for row in rows(table)}
    return whole_number(pl.col(f"{kind}_group_id")).replace_strict(
        groups, default=None, return_dtype=pl.String
    )


def _record() -> pl.Expr:
    """`log` where a row has what only logs have, or their name for the recipient; else `report`.

    A v1 log without its text looks like a v1 report without callback data, and counts as a report.
    """
    is_log = pl.col("log_mark").is_not_null() | (
        pl.col("log_name").is_not_null() & pl.col("report_mark").is_null()
    )
    return pl.coalesce("record", pl.when(is_log).then(pl.lit("log")).otherwise(pl.lit("report")))


def _channel() -> pl.Expr:
    """The channel as it came; else `mms` by the fields or the errors that only MMS has, or `sms`.

    A delivered MMS in the shape of v2 reports differs in nothing from an SMS, and counts as one.
    """
    mms_errors = [int(row["id"]) for row in rows("errors") if row["channel"] == "mms"]
    is_mms = pl.col("mms_mark").is_not_null() | pl.col("error_id").is_in(mms_errors)
    by_look = pl.when(is_mms.fill_null(value=False)).then(pl.lit("mms")).otherwise(pl.lit("sms"))
    return pl.coalesce("channel", by_look)


def _reason(texts: pl.DataFrame) -> pl.Expr:
    """Why a row is no delivery report that can be read; null for those that are one."""
    status = pl.coalesce(
        pl.col("status_id").cast(pl.String),
        "status_name",
        "status_group",
        pl.col("sent_at").cast(pl.String),
    )
    lacks = pl.col("message_id").is_null()
    reasons = [
        pl.when(pl.col(WHAT).is_not_null() & (lacks | status.is_null())).then(WHAT),
        pl.when(lacks).then(pl.lit("no message id")),
        pl.when(~pl.col("channel").is_in(["sms", "mms"])).then(_other_channel()),
        *(
            pl.when(pl.col(name).is_null() & texts[name].is_not_null()).then(
                pl.lit(f"{name} cannot be read as a time")
            )
            for name in TIMES
        ),
    ]
    return pl.coalesce(*reasons).alias(REASON)


def _other_channel() -> pl.Expr:
    # only a word: in a row that has slipped, the channel may hold a recipient
    word = pl.col("channel").str.extract(r"^([a-z][a-z_ -]{0,24})$").fill_null("unknown")
    return pl.format("of the channel {}, not SMS or MMS", word)


def assumptions(texts: pl.DataFrame, timezone: str) -> list[str]:
    """What was assumed to read *texts* (of `texts_by_column`), a sentence each."""
    numbers = {"parts": integer, "price": decimal, "status_id": integer, "error_id": integer}
    return [*offsetless(texts, TIMES, timezone), *unreadable(texts, numbers)]
