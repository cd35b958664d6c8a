"""Messages as they were made, given their country and what is the same in every row."""

from typing import Any

import polars as pl

from infobip_analytics.destination import destination
from infobip_analytics.frames import MESSAGES, conform
from infobip_analytics.unfinished import ALIKE, APART, apart
from infobip_analytics.window import Window

#: What is said of all messages together, in every row: see `facts`.
FACTS = ["population", "before_since", "after_until", "set_aside"]


def without_rows(wanted: set[str]) -> pl.LazyFrame:
    """The *wanted* columns of messages, of which there are none."""
    return pl.LazyFrame(schema=MESSAGES).select(name for name in MESSAGES if name in wanted)


def ingredients(wanted: set[str]) -> set[str]:
    """The *wanted* columns, and those that they are made of."""
    country = {"recipient", "network", "customer_country"} if "country" in wanted else set()
    campaign = {"campaign_reference"} if "campaign_id" in wanted else set()
    return wanted | country | campaign


def facts(window: Window, set_aside: int) -> dict[str, pl.Expr]:
    """What `FACTS` are, over all the messages that folding or pairing made.

    *set_aside* is how many rows the reader set aside; those of which no message could be made join
    them.
    """
    known = pl.col("_known").any().fill_null(value=False)
    beyond = {
        name: beyond.sum() if beyond is not None else pl.lit(0)
        for name, beyond in _beyond(window).items()
    }
    return {
        "population": pl.when(known).then(pl.lit("sent")).otherwise(pl.lit("reported")),
        "before_since": beyond["before_since"].cast(pl.Int64),
        "after_until": beyond["after_until"].cast(pl.Int64),
        "set_aside": pl.lit(set_aside, pl.Int64) + pl.max("_unusable").fill_null(0),
    }


def said_of(
    made: pl.DataFrame, window: Window, set_aside: int, wanted: set[str]
) -> dict[str, pl.Expr]:
    """What those of `FACTS` are that are *wanted*, of the messages *made*: all there are."""
    told = {name: expr for name, expr in facts(window, set_aside).items() if name in wanted}
    [row] = made.select(**told).to_dicts() if told else [{}]
    return {name: pl.lit(value, MESSAGES[name]) for name, value in row.items()}


def unfinished(made: pl.LazyFrame, window: Window, wanted: set[str]) -> pl.LazyFrame:
    """The rows of `Unfinished`, out of what `folding.fold_all` made."""
    return (
        derived(made, wanted)
        .with_columns(apart(window))
        .pipe(conform, MESSAGES)
        .select(*(name for name in MESSAGES if name in wanted), APART)
    )


def unfinished_alike(made: pl.LazyFrame, wanted: set[str]) -> pl.LazyFrame:
    """The rows of `Unfinished`, out of what `folding.fold_alike` made."""
    return (
        derived(made, wanted - {"country"})
        .pipe(conform, MESSAGES)
        .select(*(name for name in MESSAGES if name in wanted | {"sent_at"}), APART, ALIKE)
    )


def finished(
    made: pl.LazyFrame, window: Window, wanted: set[str], said: dict[str, pl.Expr]
) -> pl.LazyFrame:
    """The *wanted* columns of the messages that were *made*, without those beyond the window.

    Columns in: as `derived` gives them. *said* is what `FACTS` are.
    """
    outside = [~beyond for beyond in _beyond(window).values() if beyond is not None]
    return (
        (made.filter(*outside) if outside else made)
        .with_columns(**constants(window), **said)
        .pipe(conform, MESSAGES)
        .select(name for name in MESSAGES if name in wanted)
    )


def derived(made: pl.LazyFrame, wanted: set[str]) -> pl.LazyFrame:
    """Add those of the *wanted* columns of messages that follow from the others."""
    follow = _following(set(made.collect_schema().names()))
    return made.with_columns(**{name: follow[name] for name in follow if name in wanted})


def constants(window: Window) -> dict[str, pl.Expr]:
    """What is the same in every row of messages, and known before they are made."""
    return {
        "as_of": pl.lit(window.moment, MESSAGES["as_of"]),
        "waiting_days": pl.lit(window.waiting_days),
    }


def _following(there: set[str]) -> dict[str, pl.Expr]:
    """The columns of messages that follow from the others."""
    return {
        "country": destination(there),
        "campaign_id": _first(["campaign_id", "campaign_reference"], there),
        "orphan": pl.col("orphan").fill_null(value=False) if "orphan" in there else pl.lit(False),
    }


def _first(names: list[str], there: set[str]) -> pl.Expr:
    """The first of *names* that is there, else nothing."""
    found = [name for name in names if name in there]
    return pl.col(found[0]) if found else pl.lit(None, pl.String)


def _beyond(window: Window) -> dict[str, Any]:
    """Whether a message was sent before `since` or after `until`; None where that is no bound."""
    sent = pl.col("sent_at")
    bounds = {
        "before_since": (window.since, sent.__lt__),
        "after_until": (window.until, sent.__gt__),
    }
    return {
        name: None if bound is None else lies_beyond(bound).fill_null(value=False)
        for name, (bound, lies_beyond) in bounds.items()
    }
