"""The plan of the invented world: which countries, campaigns, endings and oddities there are.

All of it is rows of `reference/sample_*.csv`; here they get types and what follows from them.
"""

from datetime import UTC, datetime, timedelta
from functools import cache

import polars as pl

from infobip_analytics.reference import rows

#: The world's first send; sends before it are known by their late events only.
START = datetime(2026, 3, 1, tzinfo=UTC)
#: The moment at which its data were exported.
END = datetime(2026, 4, 15, tzinfo=UTC)
WAITING = timedelta(days=4)

#: What may become of a message that reaches Infobip; each is a column of the countries.
FATES = (
    "handset", "operator", "failed", "expired", "rejected", "dlr_unknown", "unknown", "silent",
)  # fmt: skip


def milliseconds(moment: datetime | timedelta) -> int:
    """A moment as milliseconds since 1970, or a duration in milliseconds."""
    since = moment - datetime.fromtimestamp(0, UTC) if isinstance(moment, datetime) else moment
    return since // timedelta(milliseconds=1)


@cache
def countries() -> pl.DataFrame:
    """A row for each country of the world, in the order of its table; shares add up to 1."""
    numbers = [*FATES, "share", "median_seconds", "slow", "slow_hours", "price"]
    return (
        pl.DataFrame(rows("sample_world"))
        .with_columns(pl.col(numbers).cast(pl.Float64))
        .with_columns(
            pl.col("share") / pl.col("share").sum(),
            pl.col("unicode") == "yes",
            pl.col("networks").str.split(" "),
            pl.col("own_sender").replace("", None),
            offset_minutes=pl.col("offset").map_elements(_minutes, return_dtype=pl.Int64),
        )
    )


def _minutes(offset: str) -> int:
    """Minutes east of Greenwich of `+0530`, `+05:30` or `Z`."""
    return int((datetime.strptime(offset, "%z").utcoffset() or timedelta()) / timedelta(minutes=1))


@cache
def numbers() -> pl.DataFrame:
    """The ranges of numbers of each country: `prefix`, then `width` digits that vary."""
    return (
        countries()
        .select("country", ranges=pl.col("numbers").str.split(" "))
        .with_columns(n_ranges=pl.col("ranges").list.len().cast(pl.Int64))
        .with_columns(range=pl.int_ranges("n_ranges"))
        .explode("ranges", "range")
        .select(
            "country",
            "n_ranges",
            "range",
            prefix=pl.col("ranges").str.strip_chars_end("x"),
            width=pl.col("ranges").str.count_matches("x").cast(pl.Int64),
        )
    )


@cache
def actions() -> pl.DataFrame:
    """A row for each action of a campaign, numbered by `action`; lists where a cell has several.

    `starts` are milliseconds since 1970; an action without any is sent all day long, and its
    `minutes` are 0.
    """
    flags = pl.col("timed", "keyed", "known") == "yes"
    return (
        pl.DataFrame(rows("sample_campaigns"))
        .with_row_index("action")
        .with_columns(
            flags,
            pl.col("share", "click_share", "reply_share").cast(pl.Float64),
            pl.col("action").cast(pl.Int64),
            pl.col("countries", "variants").str.split(" "),
            pl.col("consent_category").replace("", None),
            pl.col("minutes").replace("", "0").cast(pl.Int64),
            starts=pl.col("starts").map_elements(_moments, return_dtype=pl.List(pl.Int64)),
        )
    )


def _moments(starts: str) -> list[int]:
    return [milliseconds(datetime.fromisoformat(start)) for start in starts.split()]


@cache
def action_shares() -> pl.DataFrame:
    """A row for each country: `up_to_0`, ... the share of its messages up to each action.

    An action for some countries only has its share there, and none elsewhere.
    """
    here = pl.col("countries").list.first().eq("") | pl.col("countries").list.contains(
        pl.col("country")
    )
    share = pl.when(here).then("share").otherwise(0.0)
    return (
        countries()
        .select("country")
        .join(actions().select("action", "share", "countries"), how="cross")
        .with_columns(up_to=(share.cum_sum() / share.sum()).over("country"))
        .with_columns(name=pl.format("up_to_{}", "action"))
        .pivot("name", index="country", values="up_to")
    )


@cache
def endings() -> pl.DataFrame:
    """A row for each status and error that ends a message, numbered by `ending`.

    `up_to` is the share of its fate's messages that end in this way or in one further up.
    """
    ids = ["status_id", "status_group_id", "error_id", "error_group_id"]
    weight = pl.col("weight").cast(pl.Float64)
    return (
        pl.DataFrame(rows("sample_endings"))
        .with_row_index("ending")
        .with_columns(pl.exclude("fate", "weight", "ending").replace("", None))
        .with_columns(
            pl.col("ending", *ids).cast(pl.Int64),
            permanent=pl.col("permanent") == "true",
            up_to=(weight.cum_sum() / weight.sum()).over("fate"),
        )
    )


@cache
def oddities() -> dict[str, float]:
    """How often what is odd in real data happens here: a share each."""
    return {row["oddity"]: float(row["share"]) for row in rows("sample_oddities")}


@cache
def other_events() -> pl.DataFrame:
    """A row for each kind of event that is none of SMS or MMS.

    It happens to customers whose chance is from `over` to `up_to`, `minutes` after their message.
    """
    return pl.DataFrame(rows("sample_other_events")).with_columns(
        pl.exclude("over", "up_to", "minutes").replace("", None),
        pl.col("over", "up_to").cast(pl.Float64),
        pl.col("minutes").cast(pl.Int64),
    )
