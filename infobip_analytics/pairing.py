"""Campaign events, one row a status: tied together to one message, then folded like reports."""

import warnings
from typing import Any

import numpy as np
import polars as pl

from infobip_analytics.codes import Verdict
from infobip_analytics.codes.evidence import asked_by, coded_by
from infobip_analytics.errors import InfobipAnalyticsWarning, SetAsideWarning
from infobip_analytics.folding import DETAILS, GREATEST, Packing, fold_rows, span, standings
from infobip_analytics.frames import CAMPAIGN_EVENTS, MESSAGES, TIME
from infobip_analytics.gathering import greatest
from infobip_analytics.reference import rows as table
from infobip_analytics.tying import as_numbers, in_line, tie
from infobip_analytics.window import Window
from infobip_analytics.wording import plural

CHANNELS = ["sms", "mms"]

#: What a message has of its events, and where it stands there.
_TOLD = {
    name: source
    for name in GREATEST
    for source in [{"channel": "action_type"}.get(name, name)]
    if source in CAMPAIGN_EVENTS
}

#: Columns that tell how a row came, and not what happened.
_ARRIVAL = ["ingest_timestamp", "set_aside"]

_STATUS = ["status", "status_code", "error"]

#: No code is as large; a number of somebody's phone is
_LARGEST = 2**31


def pair(events: pl.LazyFrame, window: Window, wanted: set[str]) -> pl.LazyFrame:
    """Tie the rows of campaign events together and fold them to one row a message.

    Columns in: those of campaign events. Columns out: as in `folding.fold`, with `orphan`.
    Source of the rules: docs/definitions.md, section 2, "Tying campaign events to one message".
    """
    told = {name: source for name, source in _TOLD.items() if name in wanted}
    status = _STATUS if wanted & set(DETAILS) else _STATUS[:1]
    found, unknown = _without_unknown(_relevant(events, window, [*told.values()], status))
    if found.is_empty():
        _warn_of_other_channels(events)
    rows = in_line(found.drop([*told.values(), *status]).with_row_index("_place"))
    tied = rows.with_columns(tie(rows, window.waiting_period))
    folded = _folded(found.select(status), tied, window, wanted).collect(engine="streaming")
    return (
        folded.hstack(greatest(found.select(**told), tied, folded["_key"]))
        .with_columns(orphan=tied["orphan"].gather(folded["_key"]))
        .lazy()
        # a campaign knows what it sent
        .with_columns(record=pl.lit("event"), _known=pl.lit(value=True))
        .with_columns(_unusable=pl.lit(unknown, pl.Int64))
    )


def latest_event(events: pl.LazyFrame) -> Any:
    """The latest event time, of any channel and status."""
    return events.select(pl.max("timestamp")).collect(engine="streaming").item()


def _statuses() -> dict[str, dict[str, str]]:
    return {row["status"]: row for row in table("event_statuses")}


def _status_is(*parts: str) -> pl.Expr:
    """Whether a status has one of *parts*: it makes a message (send), ends it (final), or none."""
    named = [status for status, row in _statuses().items() if row["part"] in parts]
    return pl.any_horizontal(pl.col("status") == status for status in named).fill_null(value=False)


def _relevant(
    events: pl.LazyFrame, window: Window, told: list[str], status: list[str]
) -> pl.DataFrame:
    """The rows that make or end a message, as of now, and those of which nobody knows (`_strange`).

    Columns out: *told*, *status*, `_final` and `_open` (whether it is a final row, or a send that
    may have one), and the numbers of `tying.as_numbers`.
    """
    identity = [name for name in events.collect_schema().names() if name not in _ARRIVAL]
    final, time = pl.col("_final"), pl.col("timestamp")
    # what has not happened yet is not seen; a send counts from when it was sent
    sent = pl.coalesce("sent_timestamp", pl.when(~final).then(time))
    happened = pl.max_horizontal(sent, pl.when(final).then(time)) <= window.moment
    return (
        events.filter(pl.col("action_type").is_in(CHANNELS), ~_status_is("none"))
        .with_columns(_final=_status_is("final"), _strange=~_status_is("send", "final"))
        .filter(pl.col("_strange") | happened)
        .select(
            *dict.fromkeys([*told, *status]),
            *as_numbers(identity, told, status),
            "_final",
            "_strange",
            _open=pl.col("status") == "enqueued",
        )
        .collect(engine="streaming")
        .rechunk()
    )


def _without_unknown(found: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """The rows whose status is known, and how many others there are, which is said."""
    strange = found.filter("_strange").group_by("status").agg(rows=pl.len())
    unknown = say_unknown(strange)
    if unknown:
        found = found.filter(~pl.col("_strange"))
    return found.drop("_strange"), unknown


def unknown_statuses(events: pl.LazyFrame) -> pl.LazyFrame:
    """The statuses of SMS and MMS that nobody knows: `status`, and how many `rows` have it."""
    strange = pl.col("action_type").is_in(CHANNELS) & ~_status_is("none", "send", "final")
    return events.filter(strange).group_by("status").agg(rows=pl.len().cast(pl.Int64))


def say_unknown(strange: pl.DataFrame) -> int:
    """Say which statuses are unknown; how many rows have one. Columns in: `status`, `rows`."""
    unknown = int(strange["rows"].sum())
    if unknown:
        words = _words(strange["status"].fill_null("none at all"))
        warnings.warn(
            f"{plural(unknown, 'row')} of SMS or MMS set aside, for the status is unknown: "
            f"{', '.join(words)}. Known are {', '.join(_statuses())}",
            SetAsideWarning,
            stacklevel=2,
        )
    return unknown


def _warn_of_other_channels(events: pl.LazyFrame) -> None:
    """Say where there are events, but none that could make a message."""
    ours = pl.col("action_type").is_in(CHANNELS).any()
    count, some = events.select(pl.len(), ours).collect(engine="streaming").row(0)
    if not some:
        say_other_channels(count)


def say_other_channels(events: int) -> None:
    """Say that none of so many *events* could make a message."""
    if events:
        warnings.warn(
            f"none of these {plural(events, 'event')} is of SMS or MMS (action_type sms or mms), "
            "so they make no messages; export the campaign events",
            InfobipAnalyticsWarning,
            stacklevel=2,
        )


def _words(strange: pl.Series) -> list[str]:
    """The first of these, where they are words: in a row that has slipped they may be personal."""
    words = strange.str.extract(r"^([A-Za-z][A-Za-z_ -]{0,24})$").fill_null("something else")
    return words.unique().sort().head(5).to_list()


def _folded(
    status: pl.DataFrame, tied: pl.DataFrame, window: Window, wanted: set[str]
) -> pl.LazyFrame:
    """What became of each message, by its `_key`; *status* tells of the `_place` of a row."""
    kinds = tied.group_by("_kind").agg(pl.first("_place"))
    found = _as_messages(status.select(pl.all().gather(kinds["_place"])))
    standing = standings(found.with_columns(kinds["_kind"]), _of_event)
    rows = tied.lazy().select(
        "_key",
        "_kind",
        _sent=_sent_or_lent(tied),
        done_at=pl.when("_final").then("_time").cast(TIME),
        record=pl.lit("event"),
    )
    first, last = rows.select(span("_sent")).collect().row(0)
    packing = Packing.of(first, last, standing)
    asked = wanted - {"record", "population"}
    folded = fold_rows(rows, standing, packing, ["_kind"], window, asked)
    names = [name for name in folded.collect_schema().names() if name in ("_key", *MESSAGES)]
    # what is in order already is put in order sooner
    return folded.select(names).sort("sent_at", nulls_last=True)


def _sent_or_lent(tied: pl.DataFrame) -> pl.Series:
    """When each row was sent; one that does not say is lent the earliest time of its message."""
    never = np.iinfo(np.int64).max
    own = pl.coalesce("_sent_timestamp", pl.when(~pl.col("_final")).then("_time"))
    keys, sent = tied["_key"].to_numpy(), tied.select(own.fill_null(never)).to_series().to_numpy()
    earliest = np.full(tied.height, never)
    np.minimum.at(earliest, keys, sent)
    lent = pl.Series(np.where(sent == never, earliest[keys], sent))
    return lent.set(lent == never, None).cast(TIME)


def _as_messages(status: pl.DataFrame) -> pl.DataFrame:
    """Status and error in the columns of messages; a send that went well has no status."""
    if status.columns == _STATUS[:1]:
        return status.select(pl.col("status").alias("_status"))
    told = pl.col("status") != "enqueued"
    return status.select(
        pl.col("status").alias("_status"),
        pl.when(told).then("status").alias("status_name"),
        pl.when(told).then("error").alias("error_name"),
        pl.when(told).then(_numbers(status["status_code"])).alias("error_id"),
        pl.lit(None, pl.String).alias("status_group"),
        pl.lit(None, pl.Int64).alias("status_id"),
        pl.lit(None, pl.String).alias("error_group"),
        pl.lit(None, pl.Boolean).alias("permanent"),
    )


def _numbers(codes: pl.Series) -> pl.Series:
    """The numbers of errors in the texts of codes, as `explain` reads them; null where none is."""
    # a spreadsheet or a float column makes 27.0 of 27
    plain = codes.str.strip_suffix(".0").cast(pl.Int64, strict=False)
    odd = codes.filter(plain.is_null()).drop_nulls().unique().to_list()
    if not odd:
        return plain
    numbers = {code: _number(code) for code in odd}
    return plain.fill_null(codes.replace_strict(numbers, default=None, return_dtype=pl.Int64))


def _number(code: str) -> int | None:
    """The number of the error in a code in hex, with others behind a plus, behind a label."""
    if not code.strip():
        return None
    errors = [meaning.id for meaning in coded_by(code) if meaning.kind == "error"]
    number = errors[0] if errors else asked_by(code).number
    return number if number is not None and number < _LARGEST else None


def _of_event(row: dict[str, Any]) -> Verdict:
    entry = _statuses()[row["_status"]]
    return Verdict(entry["outcome"], entry["receipt"] or None, int(entry["rank"]))
