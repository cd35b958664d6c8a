"""Reports in Parquet to delivery rates by country, beside a hand-written DuckDB query.

    python benchmarks/fold.py [--reports 4000000] [--rounds 5]

Both read the same file, fold several reports to one message by the same rules (rank, then time,
then status; the waiting period; settled messages only), find the country by the same table of
prefixes, and count. They take turns, and their counts are compared before any time is printed.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

import infobip_analytics as ia
from infobip_analytics.reference import rows

PREFIXES = ["4477009", "3363998", "49151", "1202555", "1416555", "420777", "551199", "393331"]
STATUSES = [
    ("DELIVERED", 5, 0.80),
    ("DELIVERED", 2, 0.05),
    ("UNDELIVERABLE", 9, 0.06),
    ("EXPIRED", 15, 0.03),
    ("EXPIRED", 29, 0.01),
    ("REJECTED", 12, 0.03),
    ("PENDING", 3, 0.02),
]
AS_OF = datetime(2026, 4, 12, tzinfo=UTC)

FOLD = """
WITH ranked AS (
    SELECT message_id, recipient, sent_at, done_at, status_group, status_id,
        CASE
            WHEN status_group = 'DELIVERED' AND status_id <> 2 THEN 5
            WHEN status_group IN ('UNDELIVERABLE', 'REJECTED') THEN 4
            WHEN status_group = 'EXPIRED' AND status_id <> 29 THEN 4
            WHEN status_group = 'DELIVERED' THEN 3
            WHEN status_group IN ('PENDING', 'ACCEPTED') THEN 1
            ELSE 2
        END AS rank
    FROM read_parquet('{path}')
    WHERE sent_at <= TIMESTAMPTZ '{as_of}'
),
folded AS (
    SELECT message_id,
        max(recipient) AS recipient,
        min(sent_at) AS sent_at,
        max_by({{'grp': status_group, 'rank': rank}}, (rank, coalesce(done_at, sent_at), status_id))
            FILTER (coalesce(done_at, sent_at) <= TIMESTAMPTZ '{as_of}'
                AND coalesce(done_at, sent_at) <= sent_at + INTERVAL 4 DAY) AS won
    FROM ranked GROUP BY message_id
),
heads AS (SELECT DISTINCT substr(recipient, 1, 8) AS head FROM folded),
known AS (
    SELECT head, max_by(region, length(prefix)) AS country
    FROM heads JOIN prefixes ON prefix IN ({heads}) GROUP BY head
),
judged AS (
    SELECT coalesce(country, 'ZZ') AS country,
        sent_at <= TIMESTAMPTZ '{as_of}' - INTERVAL 4 DAY AS settled,
        CASE
            WHEN won.rank = 4 AND won.grp = 'REJECTED' THEN 'rejected'
            WHEN won.rank = 4 THEN 'failed'
            WHEN won.rank IN (3, 5) THEN 'delivered'
            ELSE 'unreported'
        END AS outcome
    FROM folded LEFT JOIN known ON substr(recipient, 1, 8) = head
)
SELECT country, count(*) AS messages, count(*) FILTER (settled) AS settled,
    count(*) FILTER (settled AND outcome = 'delivered') AS delivered,
    count(*) FILTER (settled AND outcome = 'failed') AS failed,
    count(*) FILTER (settled AND outcome = 'rejected') AS rejected,
    count(*) FILTER (settled AND outcome = 'unreported') AS unreported
FROM judged WHERE country NOT IN ({silent}) GROUP BY country ORDER BY country
"""


def write_reports(path: Path, reports: int) -> None:
    """Write invented delivery reports: of six messages, one has a second, intermediate report."""
    rng = np.random.default_rng(20260301)
    n = reports * 6 // 7
    status = rng.choice(len(STATUSES), n, p=[share for *_, share in STATUSES])
    start = np.datetime64("2026-03-01", "us").astype(np.int64)
    sent = start + rng.integers(0, 40 * 86_400_000_000, n)
    number = pl.Series(rng.integers(100_000, 999_999, n)).cast(pl.String)
    final = pl.DataFrame(
        {
            "message_id": pl.Series(rng.integers(2**62, 2**63 - 1, n)).cast(pl.String)
            + pl.Series(rng.integers(10**9, 10**10, n)).cast(pl.String),
            "recipient": pl.Series(PREFIXES).gather(rng.integers(0, len(PREFIXES), n)) + number,
            "sent_at": sent,
            "done_at": sent + (rng.exponential(6e8, n)).astype(np.int64),
            "status_group": pl.Series([group for group, *_ in STATUSES]).gather(status),
            "status_id": pl.Series([id_ for _, id_, _ in STATUSES]).gather(status),
        }
    ).with_columns(pl.col("sent_at", "done_at").cast(pl.Datetime("us", "UTC")))
    pending = final.sample(reports - n, seed=1).with_columns(
        status_group=pl.lit("PENDING"),
        status_id=pl.lit(7, pl.Int64),
        done_at=pl.col("sent_at") + pl.duration(seconds=1),
    )
    pl.concat([final, pending]).sample(fraction=1, shuffle=True, seed=2).with_columns(
        record=pl.lit("report"),
        channel=pl.lit("sms"),
        status_name=pl.lit("SOME_STATUS"),
        parts=pl.lit(1, pl.Int64),
        price=pl.lit(0.03),
        currency=pl.lit("EUR"),
    ).write_parquet(path)


def ours(path: Path) -> pl.DataFrame:
    """Rates as a user asks for them."""
    reports = ia.read_delivery_reports(path, lazy=True)
    rates: pl.LazyFrame = ia.delivery_rates(ia.messages(reports, as_of=AS_OF))
    return rates.collect()


def duckdbs(path: Path) -> pl.DataFrame:
    """The same counts in SQL."""
    prefixes = pl.DataFrame(rows("prefixes")).filter(pl.col("digits") == "")
    silent = [row["country"] for row in rows("no_report_countries")]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("prefixes", prefixes.to_arrow())
        sql = FOLD.format(
            path=path,
            as_of=AS_OF.isoformat(),
            silent=", ".join(f"'{code}'" for code in silent),
            heads=", ".join(f"substr(head, 1, {n})" for n in range(1, 9)),
        )
        return pl.DataFrame(connection.sql(sql).to_arrow_table())


def seconds(job: Callable[[Path], pl.DataFrame], path: Path) -> float:
    """How long *job* takes once."""
    started = time.perf_counter()
    job(path)
    return time.perf_counter() - started


def main() -> None:
    """Print the times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=4_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "reports.parquet"
        write_reports(path, args.reports)
        theirs = duckdbs(path)
        mine = ours(path).select(theirs.columns)
        if not mine.cast(pl.String).equals(theirs.cast(pl.String)):
            raise SystemExit(f"the counts differ:\n{mine}\n{theirs}")
        pairs = [(seconds(ours, path), seconds(duckdbs, path)) for _ in range(args.rounds)]
    for name, times in zip(
        ("infobip_analytics", "DuckDB query"), zip(*pairs, strict=True), strict=True
    ):
        print(f"{name:18} {statistics.median(times):6.2f} s (of {args.reports:,} reports)")
    ratio = statistics.median(their / my for my, their in pairs)
    print(f"{ratio:.2f} times as fast as the query")


if __name__ == "__main__":
    main()
