"""The invented world as Infobip tells it: delivery reports and log entries."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from infobip_analytics.frames import DELIVERY_REPORTS, conform
from infobip_analytics.samples import plan
from infobip_analytics.samples.chance import uniforms
from infobip_analytics.samples.histories import PLACES
from infobip_analytics.samples.sends import DAY, HOUR, MINUTE, START
from infobip_analytics.samples.truth import seen
from infobip_analytics.samples.world import World


def reports_frame(world: World) -> pl.DataFrame:
    """The delivery reports of a world in our own names, as the reader would hand them over."""
    return conform(
        report_rows(world)
        .lazy()
        .select(
            *("message_id", "bulk_id", "record", "channel", "sender", "recipient"),
            *("parts", "price", "currency", "network"),
            *("status_id", "status_name", "status_group"),
            *("error_id", "error_name", "error_group", "permanent"),
            campaign_reference="campaign_reference",
            sent_at=pl.from_epoch("sent", "ms").dt.replace_time_zone("UTC"),
            done_at=pl.from_epoch("done", "ms").dt.replace_time_zone("UTC"),
            set_aside=pl.lit(0),
        ),
        DELIVERY_REPORTS,
    ).collect()


def report_lines(world: World) -> pl.DataFrame:
    """The delivery reports of a world as JSON: a column `line`, a report or log entry each.

    Reports have the shape of SMS reports, version 3, log entries that of its logs.
    """
    texts = plan.endings().select("ending", status_text=_json("status"), error_text=_json("error"))
    return (
        report_rows(world)
        .join(texts, on="ending", how="left", maintain_order="left")
        .select(line=pl.when(pl.col("record") == "log").then(_log_line()).otherwise(_report_line()))
    )


def report_rows(world: World) -> pl.DataFrame:
    """A row for each report and log entry there is by `as_of`, in the order of their arrival.

    Some arrive twice and some much later than they were made, so that they are out of order.
    """
    rng = np.random.Generator(np.random.PCG64([world.seed, 1]))
    histories = world.histories.filter(pl.col("fate").is_not_null(), pl.col("sent") >= START)
    rows = pl.concat([_reports_of(place, histories) for place in PLACES])
    chances = uniforms(rng, rows.height, ["u_lag", "u_retry", "u_duplicate", "u_network"])
    return (
        rows.with_columns(chances)
        .with_columns(arrived=pl.col("at") + _lag())
        .pipe(_with_duplicates)
        .sort("arrived", "message", "place", maintain_order=True)
        .pipe(_described)
    )


def _reports_of(place: str, histories: pl.DataFrame) -> pl.DataFrame:
    at, ending = pl.col(f"{place}_at"), pl.col(f"{place}_ending")
    return histories.filter(seen(place)).select(
        *("message", "message_id", "country", "action", "sent", "recipient", "network", "parts"),
        place=pl.lit(place),
        record=pl.lit("log" if place == "log" else "report"),
        at=at,
        done=at if place != "log" else pl.lit(None, pl.Int64),
        ending=ending,
    )


def _lag() -> pl.Expr:
    """Reports arrive within seconds, or after hours where the first callback was refused."""
    refused = pl.col("u_retry") < plan.oddities()["retry"]
    lag = (
        pl.when(refused).then(MINUTE + pl.col("u_lag") * 6 * HOUR).otherwise(pl.col("u_lag") * 4000)
    )
    return lag.cast(pl.Int64)


def _with_duplicates(rows: pl.DataFrame) -> pl.DataFrame:
    twice = (pl.col("u_duplicate") < plan.oddities()["duplicate"]) & (pl.col("record") == "report")
    again = pl.col("arrived") + 2 * MINUTE + (pl.col("u_lag") * HOUR).cast(pl.Int64)
    return pl.concat([rows, rows.filter(twice).with_columns(arrived=again)])


def _described(rows: pl.DataFrame) -> pl.DataFrame:
    """Add what country, action and ending say of a report."""
    countries = plan.countries().select(
        "country", "price", "currency", "own_sender", "offset", "offset_minutes"
    )
    actions = plan.actions().select("action", "channel", "sender", "campaign_reference", "minutes")
    bulk = pl.format("{}-{}", "campaign_reference", pl.col("sent") // DAY)
    rejected, log = pl.col("status_group") == "REJECTED", pl.col("record") == "log"
    unknown = rejected.fill_null(value=False) | (
        pl.col("u_network") < plan.oddities()["no_network"]
    )
    return (
        rows.join(countries, on="country", how="left", maintain_order="left")
        .join(actions, on="action", how="left", maintain_order="left")
        .join(plan.endings(), on="ending", how="left", maintain_order="left")
        .with_columns(
            bulk_id=pl.when(pl.col("minutes") > 0).then(bulk),
            sender=pl.coalesce("own_sender", "sender"),
            network=pl.when(~unknown).then("network"),
            price=pl.when(~log).then(pl.when(rejected).then(0.0).otherwise("price")),
            currency=pl.when(~log).then("currency"),
        )
    )


def _json(what: str) -> pl.Expr:
    """The object `status` or `error` of each ending, as JSON, without what is null."""
    names = {
        "groupId": f"{what}_group_id",
        "groupName": f"{what}_group",
        "id": f"{what}_id",
        "name": f"{what}_name",
    }
    if what == "error":
        names["permanent"] = "permanent"

    def written(row: Mapping[str, Any]) -> str:
        known = {key: row[name] for key, name in names.items() if row[name] is not None}
        return f'"{what}":{json.dumps(known, separators=(",", ":"))},' if known else ""

    return pl.struct(names.values()).map_elements(written, return_dtype=pl.String)


def _report_line() -> pl.Expr:
    return pl.concat_str(
        pl.lit("{"),
        _text("bulkId", "bulk_id"),
        *(
            pl.lit('"price":{"pricePerMessage":'),
            pl.col("price").cast(pl.String),
            pl.lit(',"currency":"'),
        ),
        *("currency", pl.lit('"},')),
        "status_text",
        "error_text",
        _text("messageId", "message_id"),
        _text("to", "recipient"),
        _text("sender", "sender"),
        _time("sentAt", "sent", pl.col("offset_minutes"), pl.col("offset")),
        _time("doneAt", "done", pl.col("offset_minutes"), pl.col("offset")),
        _text("mccMnc", "network"),
        _common_end(),
    )


def _log_line() -> pl.Expr:
    """A log entry: other names than a report, the text hidden, all times with +0000."""
    return pl.concat_str(
        pl.lit("{"),
        _text("sender", "sender"),
        _text("destination", "recipient"),
        _text("bulkId", "bulk_id"),
        _text("messageId", "message_id"),
        _time("sentAt", "sent", pl.lit(0), pl.lit("+0000")),
        "status_text",
        pl.lit('"content":{},'),
        _text("mccMnc", "network"),
        _common_end(),
    )


def _common_end() -> pl.Expr:
    """Campaign, channel where it is not SMS, and parts, which every line has and which ends it."""
    channel = pl.when(pl.col("channel") != "sms").then(pl.col("channel").str.to_uppercase())
    return pl.concat_str(
        _text("campaignReferenceId", "campaign_reference"),
        _text("channel", channel),
        *(pl.lit('"messageCount":'), pl.col("parts").cast(pl.String), pl.lit("}")),
    )


def _text(key: str, value: str | pl.Expr) -> pl.Expr:
    """A key and its text, or nothing where it is null. No text of the plan needs to be escaped."""
    column = pl.col(value) if isinstance(value, str) else value
    pair = pl.concat_str(pl.lit(f'"{key}":"'), column, pl.lit('",'))
    return pl.when(column.is_null()).then(pl.lit("")).otherwise(pair)


def _time(key: str, value: str, minutes: pl.Expr, offset: pl.Expr) -> pl.Expr:
    """A moment as the clocks *minutes* east of Greenwich show it, with their *offset* behind it."""
    local = pl.from_epoch(pl.col(value) + minutes * MINUTE, "ms")
    return _text(key, local.dt.strftime("%Y-%m-%dT%H:%M:%S%.3f") + offset)
