"""From lines of the journal to rows of the table: delivery reports, each once."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import polars as pl

from infobip_analytics.archive.lines import Line
from infobip_analytics.archive.private import NOT_KEPT
from infobip_analytics.frames import DELIVERY_REPORTS, TIME
from infobip_analytics.infobip.reader import DOOR
from infobip_analytics.sources.aside import Ledger
from infobip_analytics.sources.documents import Document, told
from infobip_analytics.sources.handing import Account, Asked, tidied
from infobip_analytics.sources.parquet import Scan
from infobip_analytics.sources.texts import FILE

#: The day of sending, in UTC, by which the table is partitioned; and the line a row first came in
DAY, PLACE = "sent_date", "journal_line"

#: The columns of the table
COLUMNS = {
    **{name: dtype for name, dtype in DELIVERY_REPORTS.items() if name != "set_aside"},
    PLACE: pl.Int64,
    DAY: pl.Date,
}

#: What makes a report another report. Beside the four of a report: a log is none, for from it a
#: message is known to have been sent; a status id may have several meanings, which the group tells,
#: or be missing, where only a name came; and the day is where a report is looked for.
IDENTITY = [
    DAY, "message_id", "status_id", "done_at", "error_id", "record", "status_group", "status_name",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rows:
    """What some lines of the journal hold.

    Attributes:
        frame: Their reports, in the order in which they came, each as often as it came.
        set_aside: How many rows of them cannot be read.
        first: Where and why the first of these cannot.
    """

    frame: pl.DataFrame
    set_aside: int
    first: str


def rows_of(lines: Sequence[Line], since: date | None = None) -> Rows:
    """The reports in some lines, without what was sent before the day *since*."""
    account = Account(Ledger("warn"))
    read = [
        piece
        for piece in tidied([_document(line) for line in lines], DOOR, Asked(), account)
        if not isinstance(piece, Scan)
    ]
    if not read:
        return Rows(pl.DataFrame(schema=COLUMNS), len(account.ledger), _first(account))
    named = pl.concat(read, how="diagonal").with_columns(pl.col(FILE).cast(pl.Int64).alias(PLACE))
    arrived = named.drop("received_at").join(
        _arrivals(lines), on=PLACE, how="left", maintain_order="left"
    )
    whole = arrived.sort(PLACE, maintain_order=True).with_columns(*_told_by_endpoint(), _kept())
    kept = whole.with_columns(day_of_sending()).select(
        pl.col(name).cast(dtype) for name, dtype in COLUMNS.items()
    )
    fresh = kept if since is None else kept.filter(pl.col(DAY) >= since)
    return Rows(fresh, len(account.ledger), _first(account))


def _first(account: Account) -> str:
    found = account.ledger.first
    return f"line {found.file} of the journal: {found.reason}" if found else ""


def _document(line: Line) -> Document:
    source = partial(io.BytesIO, line.body.encode())
    return told(Document(str(line.n), "unreadable", source))


def _arrivals(lines: Iterable[Line]) -> pl.DataFrame:
    told_of = [(each.n, each.received_at, each.endpoint, each.kind) for each in lines]
    schema: dict[str, Any] = {
        PLACE: pl.Int64,
        "received_at": TIME,
        "(endpoint)": pl.String,
        "(kind)": pl.String,
    }
    return pl.DataFrame(told_of, schema=schema, orient="row")


def _told_by_endpoint() -> list[pl.Expr]:
    """Channel and record, where the endpoint tells what a row cannot: MMS v2 looks like SMS."""
    endpoint = pl.col("(endpoint)")
    is_mms = endpoint.str.contains(r"^/mms/\d")
    is_log = (pl.col("(kind)") == "logs") | endpoint.str.contains(r"^/(sms|mms)/\d+/logs")
    return [
        pl.when(is_mms).then(pl.lit("mms")).otherwise("channel").alias("channel"),
        pl.when(is_log).then(pl.lit("log")).otherwise("record").alias("record"),
    ]


def _kept() -> pl.Expr:
    data = pl.col("callback_data")
    return pl.when(data != NOT_KEPT).then(data).alias("callback_data")


def day_of_sending() -> pl.Expr:
    """The day of sending; without one, that of the report, and else that of its arrival."""
    return pl.coalesce("sent_at", "done_at", "received_at").dt.date().alias(DAY)


def distinct(frame: pl.DataFrame) -> pl.DataFrame:
    """Each report once, as it came first."""
    return frame.unique(IDENTITY, keep="first", maintain_order=True)


def new_ones(frame: pl.DataFrame, there: pl.LazyFrame) -> pl.DataFrame:
    """The reports of *frame*, each once, that are not in *there*."""
    once = distinct(frame)
    known = there.select(IDENTITY).join(
        once.lazy().select(IDENTITY), on=IDENTITY, how="semi", nulls_equal=True
    )
    return once.join(known.collect(engine="streaming"), on=IDENTITY, how="anti", nulls_equal=True,
                     maintain_order="left")  # fmt: skip
