"""From rows of text to delivery reports: our names, our types, and why a row cannot be read."""

from collections import Counter

import polars as pl

from infobip_analytics.clock import parse_times
from infobip_analytics.countries import bare_digits
from infobip_analytics.frames import DELIVERY_REPORTS
from infobip_analytics.infobip.cells import cells_apart
from infobip_analytics.reference import rows
from infobip_analytics.sources.fields import aliases, folded, what_else
from infobip_analytics.sources.texts import FILE, LINE, OWN, REASON, WHAT
from infobip_analytics.sources.values import (
    decimal,
    filled,
    flag,
    integer,
    offsetless,
    unreadable,
    whole_number,
    word,
)

#: Fields that are objects in payloads, and cells in tables
PLAIN = ("status", "status_name", "error", "error_name", "price")

TIMES = ("sent_at", "done_at", "received_at")
NUMBERS = ("parts", "price", "status_id", "error_id")

#: Columns of delivery reports that come from the rows themselves
COLUMNS = [name for name in DELIVERY_REPORTS if name != "set_aside"]


def tidy_reports(texts: pl.DataFrame, timezone: str) -> tuple[pl.DataFrame, Counter[str]]:
    """Delivery reports out of rows of text, and what was assumed to read them."""
    by_column = texts_by_column(texts)
    tidy = delivery_reports(by_column, timezone)
    return tidy, offsetless(by_column, TIMES, timezone) + unreadable(by_column, tidy, NUMBERS)


def texts_by_column(texts: pl.DataFrame) -> pl.DataFrame:
    """Rows of text with our names: the first field that a row has is its column.

    Beside the columns of delivery reports there are those that only tell what a row is (`*_mark`),
    the ids of the groups, and `WHAT`: what else the row is by the table of other shapes.
    """
    names = list(dict.fromkeys([*COLUMNS, *aliases("report_fields")]))
    own = [name for name in texts.columns if name in OWN]
    # most fields of the table are in no row: what is null throughout is not there
    there = {each.name for each in texts.iter_columns() if each.null_count() < len(each)}
    named = texts.select(
        *own, what_else(there), *(_text(name, there).alias(name) for name in names)
    )
    return cells_apart(named) if there.intersection(PLAIN) else named


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
        *(integer(pl.col(name)) for name in NUMBERS if name != "price"),
        decimal(pl.col("price")),
        flag(pl.col("permanent")),
        *(word(pl.col(name), str.lower) for name in ("record", "channel")),
        whole_number(pl.col("network").str.strip_chars()),
        bare_digits(pl.col("recipient")).alias("recipient"),
        _id(pl.col("message_id")),
        *_groups_and_names(),
    )
    meant = typed.with_columns(_record(), _channel())
    return meant.with_columns(_reason(texts)).select(
        *(name for name in (FILE, LINE) if name in texts.columns), REASON, *COLUMNS
    )


def _id(text: pl.Expr) -> pl.Expr:
    """An id; blanks are none."""
    return pl.when(text.str.contains(r"\S")).then(text)


def _groups_and_names() -> list[pl.Expr]:
    """The groups by name: as they came, by a plain status that is one of them, else by their id."""
    groups = {row["id"]: row["group"] for row in rows("status_groups")}
    name, group = pl.col("status_name"), word(pl.col("status_group"), str.upper)
    plain = word(name, str.upper)
    is_group = pl.col("status_group").is_null() & plain.is_in(list(groups.values()))
    return [
        pl.coalesce(
            group, pl.when(is_group).then(plain), _group("status", "status_groups"), _group_of(name)
        ),
        pl.when(~is_group).then(name).alias("status_name"),
        pl.coalesce("error_group", _group("error", "error_groups")),
    ]


def _group_of(name: pl.Expr) -> pl.Expr:
    """The group of a status by its name, where the table has the name in one group only."""
    groups: dict[str, set[str]] = {}
    for row in rows("statuses"):
        if row["channel"] in ("sms", "mms"):
            groups.setdefault(folded(row["name"]), set()).add(row["group"])
    sure = {name: next(iter(found)) for name, found in groups.items() if len(found) == 1}
    return word(name, folded).replace_strict(sure, default=None, return_dtype=pl.String)


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


#: The content of an MMS in a log; that of an SMS has neither
_MMS_CONTENT = r'^\{.*"(?:messageSegments|title)"\s*:'


def _channel() -> pl.Expr:
    """The channel as it came; else `mms` by the fields or the errors that only MMS has, or `sms`.

    A delivered MMS in the shape of v2 reports differs in nothing from an SMS, and counts as one.
    """
    mms_errors = [int(row["id"]) for row in rows("errors") if row["channel"] == "mms"]
    is_mms = (
        pl.col("mms_mark").is_not_null()
        | pl.col("log_mark").str.contains(_MMS_CONTENT)
        | pl.col("error_id").is_in(mms_errors)
    )
    by_look = pl.when(is_mms.fill_null(value=False)).then(pl.lit("mms")).otherwise(pl.lit("sms"))
    return pl.coalesce("channel", by_look)


def _reason(texts: pl.DataFrame) -> pl.Expr:
    """Why a row is no delivery report that can be read; null for those that are one."""
    told = ("status_id", "status_name", "status_group", "done_at")
    no_status = pl.all_horizontal(pl.col(name).is_null() for name in told)
    lacks = pl.col("message_id").is_null()
    reasons = [
        pl.when(pl.col(WHAT).is_not_null() & (lacks | no_status)).then(WHAT),
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
