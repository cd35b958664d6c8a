"""Campaign events to messages, rule by rule, beside a hand-written DuckDB query.

    python benchmarks/tying.py [--events 1000000] [--rounds 3] [--rules mixture id time near knots]

Both are given the same events in memory, tie the rows of one message together (by message id, by
time of sending, by nearness: DuckDB's ASOF JOIN) and make all that is told of a message. In these
events the nearest send is always the right one, for the query knows nothing of sends that have a
final row already. They take turns, and their outcomes, counted by campaign, are compared before any
time is printed.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

import duckdb
import numpy as np
import polars as pl

import infobip_analytics as ia

#: How much of the events is of campaigns in which a rule has to tell what belongs together.
RULES = {
    "mixture": {"id": 0.25, "time": 0.2, "near": 0.45, "knots": 0.1},
    "id": {"id": 1.0},
    "time": {"time": 1.0},
    "near": {"near": 1.0},
    "knots": {"knots": 1.0},
}
START = datetime(2026, 3, 1, tzinfo=UTC)
AS_OF = datetime(2026, 4, 12, tzinfo=UTC)
DAY = 86_400_000_000
CAMPAIGNS = 60
STATUSES = ["delivered", "failed", "rejected", "silent", "enqueue_failed"]
SHARES = [0.87, 0.05, 0.02, 0.05, 0.01]

TEXTS = [
    "sender", "recipient", "customer", "action_name", "campaign_name", "variant", "language",
    "integration_name", "customer_country",
]  # fmt: skip

TIE = """
WITH ours AS (
    SELECT row_number() OVER () AS row, * FROM (
        SELECT DISTINCT * EXCLUDE (ingest_timestamp) FROM events
        WHERE action_type IN ('sms', 'mms') AND timestamp <= TIMESTAMPTZ '{as_of}')
),
sends AS (SELECT * FROM ours WHERE status IN ('enqueued', 'enqueue_failed')),
opens AS (SELECT * FROM sends WHERE status = 'enqueued'),
finals AS (SELECT * FROM ours WHERE status IN ('delivered', 'failed', 'rejected')),
by_id AS (
    SELECT f.row, max(o.row) AS send FROM finals f JOIN opens o USING (message_id) GROUP BY ALL
),
by_time AS (
    SELECT f.row, max(o.row) AS send
    FROM finals f ANTI JOIN by_id USING (row) JOIN opens o
        USING (customer, campaign_id, action_id, recipient, sent_timestamp)
    GROUP BY ALL
),
loose AS (
    SELECT *, timestamp + INTERVAL 5 SECOND AS until
    FROM finals ANTI JOIN by_id USING (row) ANTI JOIN by_time USING (row)
),
by_nearness AS (
    SELECT f.row, o.row AS send
    FROM loose f ASOF JOIN opens o
        ON f.campaign_id = o.campaign_id AND f.action_id = o.action_id
        AND f.recipient = o.recipient AND f.until >= o.timestamp
    WHERE f.timestamp <= o.timestamp + INTERVAL 4 DAY
),
tied AS (FROM by_id UNION ALL FROM by_time UNION ALL FROM by_nearness),
rows AS (
    SELECT coalesce(send, row) AS message, *,
        status NOT IN ('enqueued', 'enqueue_failed') AND send IS NULL AS orphan,
        CASE WHEN status IN ('enqueued', 'enqueue_failed')
            THEN coalesce(sent_timestamp, timestamp) ELSE sent_timestamp END AS sent
    FROM ours LEFT JOIN tied USING (row)
),
ranked AS (
    SELECT *, coalesce(sent, min(sent) OVER (PARTITION BY message)) AS sent_at,
        CASE status WHEN 'delivered' THEN 5 WHEN 'failed' THEN 4 WHEN 'rejected' THEN 4
            WHEN 'enqueued' THEN 0 ELSE -1 END AS rank
    FROM rows
)
SELECT message, max(message_id) AS message_id, any_value(campaign_id) AS campaign_id,
    any_value(action_id) AS action_id, {texts}, min(sent_at) AS sent_at,
    max_by({{'status': status, 'error': error, 'code': status_code, 'at': timestamp}},
        (rank, timestamp)) FILTER (timestamp <= sent_at + INTERVAL 4 DAY OR sent_at IS NULL) AS won,
    count(*) AS n_reports, max(parts) AS parts, any_value(orphan) AS orphan,
    min(sent_at) <= TIMESTAMPTZ '{as_of}' - INTERVAL 4 DAY AS settled
FROM ranked GROUP BY message
"""


def events_of(rule: str, events: int) -> pl.DataFrame:
    """Make about *events* rows: of most messages a send and a final row, of some only one."""
    rng = np.random.default_rng(20260301)
    made = [
        _campaigns(rng, kind, int(events * share), place)
        for place, (kind, share) in enumerate(RULES[rule].items())
    ]
    return pl.concat(made).sample(fraction=1, shuffle=True, seed=2)


def _campaigns(rng: np.random.Generator, kind: str, events: int, place: int) -> pl.DataFrame:
    """Make the events of campaigns in which *kind* is what ties."""
    messages = _messages(rng, kind, int(events / 1.94), place)
    final = messages.filter(~pl.col("status").is_in(["silent", "enqueue_failed"]))
    # of an export that begins with the month, the oldest sends are missing
    there = messages.filter(pl.col("timestamp") >= pl.lit(START) + pl.duration(hours=1))
    status = (
        pl.when(pl.col("status") == "enqueue_failed").then("status").otherwise(pl.lit("enqueued"))
    )
    sends = there.with_columns(status=status, error=pl.lit(None, pl.String), status_code=None)
    finals = final.with_columns(timestamp="_done")
    if kind == "knots":
        nobody = pl.col("customer").hash() % 4 == 0
        finals = finals.with_columns(customer=pl.when(~nobody).then("customer"))
    again = finals.sample(fraction=0.01, seed=3).with_columns(
        ingest_timestamp=pl.lit(AS_OF).cast(pl.Datetime("us", "UTC"))
    )
    return pl.concat([sends, finals, again], how="vertical_relaxed").drop("_done")


def _messages(rng: np.random.Generator, kind: str, n: int, place: int) -> pl.DataFrame:
    """Make *n* messages: up to twelve to a customer in one action, days apart."""
    who = np.arange(n) // 12 + place * 10_000_000
    turn = np.arange(n) % 12
    campaign = (who * 7 + turn // 6) % CAMPAIGNS + place * CAMPAIGNS
    moment = np.datetime64("2026-03-01", "us").astype(np.int64)
    sent = moment + turn * 3 * DAY + rng.integers(0, DAY, n)
    status = rng.choice(len(STATUSES), n, p=SHARES)
    frame = pl.DataFrame(
        {
            "timestamp": sent,
            "_done": sent + rng.integers(-2_000_000, DAY, n),
            "_who": who,
            "_campaign": campaign,
            "status": pl.Series(STATUSES).gather(status),
            "_late": rng.integers(0, 200_000, n),
        }
    ).with_columns(pl.col("timestamp", "_done").cast(pl.Datetime("us", "UTC")))
    text = pl.String
    bad = pl.col("status").is_in(["failed", "rejected"])
    return frame.select(
        "timestamp",
        "_done",
        "status",
        customer=pl.format("5f{}a0c4e2b8d1", pl.col("_who") + 10_000_000),
        event_name=pl.lit("campaign"),
        action_type=pl.lit("sms"),
        action_id=(pl.col("_campaign") % 3 + 1).cast(text),
        action_name=pl.format("Send SMS {}", pl.col("_campaign") % 3 + 1),
        campaign_id=pl.format("64b0f7{}c1e2d3a4b5c6", pl.col("_campaign") + 1000),
        campaign_name=pl.format("Spring campaign {}", "_campaign"),
        recipient=pl.format(
            "{}{}", pl.lit(pl.Series(["447700", "336399", "491510", "420777"])).gather(
                pl.col("_who") % 4), pl.col("_who") % 90_000_000 + 10_000_000),
        sender=pl.format("Shop{}", pl.col("_campaign") % 5),
        status_code=pl.when(bad).then((pl.col("_late") % 40).cast(text)),
        error=pl.when(bad).then(pl.format("EC_ERROR_{}", pl.col("_late") % 40)),
        parts=pl.lit(1, pl.Int64),
        message_id=pl.format("{}-{}", pl.col("timestamp").hash(), pl.col("_who"))
        if kind == "id"
        else pl.lit(None, text),
        sent_timestamp=pl.col("timestamp") - pl.duration(milliseconds=800)
        if kind == "time"
        else pl.lit(None, pl.Datetime("us", "UTC")),
        integration_name=pl.lit("Infobip"),
        variant=pl.lit(pl.Series(["A", "B", "Control"])).gather(pl.col("_who") % 3),
        language=pl.lit(pl.Series(["en", "fr", "de", "cs"])).gather(pl.col("_who") % 4),
        customer_country=pl.lit(pl.Series(["GB", "FR", "DE", "CZ"])).gather(pl.col("_who") % 4),
        ingest_timestamp=pl.col("timestamp") + pl.duration(hours=6),
    )  # fmt: skip


def ours(events: pl.DataFrame) -> pl.DataFrame:
    """Messages as a user asks for them."""
    made: pl.DataFrame = ia.messages(events, as_of=AS_OF)
    return made


def duckdbs(events: pl.DataFrame) -> pl.DataFrame:
    """The same messages in SQL."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("events", events.to_arrow())
        texts = ", ".join(f"max({name}) AS {name}" for name in TEXTS)
        return pl.DataFrame(
            connection.sql(TIE.format(as_of=AS_OF.isoformat(), texts=texts)).to_arrow_table()
        )


def counted(messages: pl.DataFrame) -> pl.DataFrame:
    """How many messages had which outcome, by campaign."""
    if "won" in messages.columns:
        status = pl.col("won").struct.field("status")
        silent = pl.when("settled").then(pl.lit("unreported")).otherwise(pl.lit("pending"))
        none = status.is_null() | (status == "enqueued")
        messages = messages.with_columns(outcome=pl.when(none).then(silent).otherwise(status))
    by = ["campaign_id", "outcome", "orphan"]
    return (
        messages.group_by(by)
        .agg(pl.len(), pl.col("n_reports").sum(), pl.col("sent_at").min())
        .sort(by)
        .with_columns(pl.col("len", "n_reports").cast(pl.Int64))
    )


def seconds(job: Callable[[pl.DataFrame], pl.DataFrame], events: pl.DataFrame) -> float:
    """How long *job* takes once."""
    started = time.perf_counter()
    job(events)
    return time.perf_counter() - started


def compare(rule: str, events: int, rounds: int) -> None:
    """Print the times of one rule and their ratio."""
    frame = events_of(rule, events)
    mine, theirs = counted(ours(frame)), counted(duckdbs(frame))
    if not mine.cast(pl.String).equals(theirs.cast(pl.String)):
        raise SystemExit(f"{rule}: the counts differ:\n{mine}\n{theirs}")
    pairs = [(seconds(ours, frame), seconds(duckdbs, frame)) for _ in range(rounds)]
    taken = statistics.median(my for my, _ in pairs)
    ratio = statistics.median(their / my for my, their in pairs)
    print(
        f"{rule:8} {frame.height / taken:10,.0f} rows a second ({taken:5.2f} s), "
        f"{ratio:5.2f} times as fast as the query"
    )


def main() -> None:
    """Print what each rule takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rules", nargs="+", choices=RULES, default=list(RULES))
    args = parser.parse_args()
    for rule in args.rules:
        compare(rule, args.events, args.rounds)


if __name__ == "__main__":
    main()
