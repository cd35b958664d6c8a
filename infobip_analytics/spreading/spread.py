"""From a Spark frame of reports or events to one of messages."""

import warnings
from functools import partial
from typing import Any

import polars as pl

from infobip_analytics.engines.spark import gathered, spark_of, spread, without_rows
from infobip_analytics.errors import ArgumentError, InfobipAnalyticsWarning
from infobip_analytics.frames import CAMPAIGN_EVENTS, DELIVERY_REPORTS, MESSAGES
from infobip_analytics.making import recognised
from infobip_analytics.pairing import say_other_channels, say_unknown
from infobip_analytics.spreading.partitions import knotted, together
from infobip_analytics.spreading.work import REPORTS, counted, glance, made
from infobip_analytics.window import Window
from infobip_analytics.wording import plural

#: What `work.glance` looks at, beside what tells reports from events.
_GLANCED = ["sent_at", "done_at", "received_at", "customer", "set_aside"]
_TELLING = ["message_id", "status_group", "timestamp", "status", "action_type"]

#: What `work.counted` looks at in reports, beside all of these.
_COUNTED = ["record", "status_id"]


def spread_messages(frame: Any, window: Window, reports: Any = None) -> Any:
    """The messages of delivery reports or campaign events in Spark, as a Spark frame.

    Errors are those of `journey.messages`. The data are read twice or thrice: at once, for what is
    said of all messages together, and whenever the messages are computed.
    """
    if reports is not None:
        raise ArgumentError(
            "reports= beside events cannot be a matter of Spark, for both must lie in one place: "
            "give polars frames of both, pl.from_arrow(frame.toArrow()), where they fit into "
            "memory, or make messages of each by itself"
        )
    empty = without_rows(frame)
    kind, _ = recognised(empty)
    # a report is what its own columns say; an event is what all of them say
    rows = frame.select(_ours(frame, list(DELIVERY_REPORTS))) if kind == REPORTS else frame
    seen = _seen(rows, empty.collect_schema())
    if not seen["rows"]:
        return spark_of(frame).back(pl.DataFrame(schema=MESSAGES))
    window = window.seen_from(seen["latest"])
    said = _said(rows, kind, window, seen)
    brought = _brought(rows, kind, seen)
    return spread(brought, partial(made, window=window, said=said), MESSAGES)


def _ours(frame: Any, names: list[str]) -> list[Any]:
    """Those columns of *frame* that are among *names*."""
    return [frame[f"`{name}`"] for name in frame.columns if name in names]


def _seen(rows: Any, there: pl.Schema) -> dict[str, Any]:
    """What a glance at all rows shows; texts are read too, where they should be something else."""
    schema = {**CAMPAIGN_EVENTS, **DELIVERY_REPORTS}
    texts = [
        name
        for name in there
        if name in schema and there[name] == pl.String and schema[name] != pl.String
    ]
    found = gathered(rows.select(_ours(rows, [*_GLANCED, *_TELLING, *texts])), glance)
    totals = found.select(
        pl.sum("rows"), pl.max("latest", "set_aside", "undated", "ours", "nobody")
    ).row(0, named=True)
    strange = found["strange"].drop_nulls().explode(empty_as_null=False)
    return totals | {"strange": strange.struct.unnest()}


def _said(rows: Any, kind: str, window: Window, seen: dict[str, Any]) -> dict[str, Any]:
    """What is the same in every row of messages; what else is to be said of all is said."""
    window.moment  # noqa: B018 (what is unknown raises now)
    bounded = bool(window.since or window.until)
    told: dict[str, int] = dict.fromkeys(_SUMS, 0)
    if kind == REPORTS:
        lean = rows.select(_ours(rows, [*_GLANCED, *_TELLING, *_COUNTED]))
        # only where no row is lent its time may a message be in several pieces
        whole = bounded or seen["undated"]
        pieces = together(lean, seen["rows"]) if whole else lean
        told = _summed(gathered(pieces, partial(counted, window=window), whole=whole))
    else:
        if not seen["ours"]:
            say_other_channels(seen["rows"])
        if bounded:
            pieces = _brought(rows, kind, seen)
            told = _summed(gathered(pieces, partial(counted, window=window), whole=True))
        told |= {"known": 1, "unusable": say_unknown(seen["strange"])}
    if bounded:
        _warn_of_nothing(told)
    return {
        "population": "sent" if told["known"] else "reported",
        "before_since": told["before_since"],
        "after_until": told["after_until"],
        "set_aside": seen["set_aside"] + told["unusable"],
    }


_SUMS = ["messages", "known", "before_since", "after_until", "unusable"]


def _summed(found: pl.DataFrame) -> dict[str, int]:
    return found.select(pl.sum(*_SUMS)).row(0, named=True)


def _brought(rows: Any, kind: str, seen: dict[str, Any]) -> Any:
    """All rows of a message, brought into one partition."""
    if kind == REPORTS:
        return together(rows, seen["rows"])
    return knotted(rows, seen["rows"], nobody=bool(seen["nobody"]))


def _warn_of_nothing(told: dict[str, int]) -> None:
    """Say how many the bounds left out, which a frame without rows cannot carry."""
    beyond = told["before_since"] + told["after_until"]
    if beyond and beyond == told["messages"]:
        said = f"nothing is left: {plural(beyond, 'message')} sent before since= or after until="
        warnings.warn(said, InfobipAnalyticsWarning, stacklevel=4)
