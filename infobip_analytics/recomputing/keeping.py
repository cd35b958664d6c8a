"""What is kept of rows that were read: what messages and any `by` need, and nothing else.

Texts that only tell two rows apart (callback data, comments, the message itself) are kept as one
number made of them, so that repeats are still repeats and nothing personal is kept without need.
"""

from typing import Any, Literal

import polars as pl

from infobip_analytics.frames import CAMPAIGN_EVENTS, DELIVERY_REPORTS
from infobip_analytics.reference import rows

Kind = Literal["delivery_reports", "campaign_events"]

#: The column that says which file a row is from
NUMBER = "(file number)"

#: Stands for the texts of a row that are not kept
REST = "rest"

_NOT_KEPT = {
    "delivery_reports": {"callback_data", "set_aside"},
    "campaign_events": {"event_name", "comment", "set_aside"},
}
_COLUMNS: dict[str, dict[str, Any]] = {
    "delivery_reports": DELIVERY_REPORTS,
    "campaign_events": CAMPAIGN_EVENTS,
}
#: The column of `REST`: reports have one that will do, of events it is a property like others
_REST_IS = {"delivery_reports": "callback_data", "campaign_events": REST}

_CHANNELS = ["sms", "mms"]


def kept_schema(kind: Kind) -> dict[str, Any]:
    """The columns that are kept of rows of *kind*, with their types; `NUMBER` is the first."""
    kept = {n: dtype for n, dtype in _COLUMNS[kind].items() if n not in _NOT_KEPT[kind]}
    return {NUMBER: pl.Int64, **kept, _REST_IS[kind]: pl.String}


def kept(frame: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """The rows and columns of *frame* (as the readers give it, with `NUMBER`) that are kept.

    Of events that neither make nor end a message only the latest time is kept: it tells as of when
    the data are. Of SMS and MMS it is that of each integration, for only one may be asked for.
    """
    schema = kept_schema(kind)
    own = {NUMBER, *_COLUMNS[kind]} - _NOT_KEPT[kind]
    others = [name for name in frame.columns if name not in own and name not in _UNTOLD]
    plain = frame.with_columns(_fingerprint(others).alias(_REST_IS[kind]))
    relevant = plain if kind == "delivery_reports" else _relevant(plain)
    return relevant.select(pl.col(name).cast(dtype) for name, dtype in schema.items())


#: What does not tell two rows apart: when they were taken in, and how many others were set aside
_UNTOLD = {"set_aside", "ingest_timestamp"}


def _fingerprint(names: list[str]) -> pl.Expr:
    """A number made of the texts in columns *names*, in which columns without a text have no part.

    So it does not matter which columns another file has. Null where there is no text at all.
    """
    told = [pl.format("{}\x1f{}", pl.lit(name), pl.col(name)) for name in sorted(names)]
    if not told:
        return pl.lit(None, pl.String)
    together = pl.concat_str(told, separator="\x1e", ignore_nulls=True)
    return pl.when(together != "").then(together.hash().cast(pl.String))


#: What is kept of an SMS or MMS event that tells nothing of a message, beside its time
_OF_WHAT = ["action_type", "status", "integration_name"]


def _relevant(events: pl.DataFrame) -> pl.DataFrame:
    """The events of messages, and of all others one row a file and integration: the latest time."""
    idle = [row["status"] for row in rows("event_statuses") if row["part"] == "none"]
    ours = pl.col("action_type").is_in(_CHANNELS).fill_null(value=False)
    tells = ours & ~pl.col("status").is_in(idle).fill_null(value=False)
    of_what = [pl.when(ours).then(name).alias(name) for name in _OF_WHAT]
    groups = events.filter(~tells).group_by(NUMBER, *of_what)
    latest = groups.agg(pl.max("timestamp")).sort(NUMBER, *_OF_WHAT)
    return pl.concat([events.filter(tells), latest], how="diagonal")
