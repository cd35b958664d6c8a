"""What the definitions say of delays: SQL over a frame of messages.

Nothing here is shared with the code under test. DuckDB reads the polars frame by itself.
"""

from collections.abc import Collection

import duckdb
import polars as pl

# quantile_disc is an order statistic: the least value with at least that share at or below it
DELAYS = """
    WITH sent AS (
        SELECT *, country IN (SELECT unnest($silent)) AS quiet,
            date_trunc('day', sent_at AT TIME ZONE 'UTC')::DATE AS day
        FROM messages
        WHERE outcome <> 'enqueue_failed' AND NOT coalesce(orphan, false) AND sent_at IS NOT NULL
    ),
    forwarded AS (
        SELECT *, CASE WHEN settled AND outcome = 'delivered' AND NOT quiet
            THEN epoch_us(done_at) - epoch_us(sent_at) END AS delay
        FROM sent
    ),
    counts AS (
        SELECT {columns}
            count(*) FILTER (NOT quiet AND NOT settled) AS waiting,
            count(*) FILTER (NOT quiet AND settled) AS settled,
            count(*) FILTER (NOT quiet AND settled AND outcome = 'delivered') AS delivered,
            count(delay) AS timed,
            count(*) FILTER (delay < 0) AS negative,
            count(*) FILTER (delay IS NOT NULL AND receipt = 'operator') AS operator,
            quantile_disc(delay, 0.5) / 1e6 AS p50,
            quantile_disc(delay, 0.9) / 1e6 AS p90,
            quantile_disc(delay, 0.99) / 1e6 AS p99,
            count(*) FILTER (delay <= 5e6) AS n_5s,
            count(*) FILTER (delay <= 60e6) AS n_1min,
            count(*) FILTER (delay <= 300e6) AS n_5min,
            count(*) FILTER (delay <= 3600e6) AS n_1h,
            count(*) FILTER (delay <= 86400e6) AS n_24h,
            count(*) FILTER (quiet) AS no_report_messages
        FROM forwarded WHERE {kept} {group}
    ),
    divisors AS (
        SELECT *, CASE WHEN timed > 0 OR delivered = 0 THEN settled END AS whole FROM counts
    )
    SELECT * EXCLUDE (n_5s, n_1min, n_5min, n_1h, n_24h, whole),
        delivered - timed AS untimed,
        n_5s / nullif(whole, 0) AS within_5s,
        n_1min / nullif(whole, 0) AS within_1min,
        n_5min / nullif(whole, 0) AS within_5min,
        n_1h / nullif(whole, 0) AS within_1h,
        n_24h / nullif(whole, 0) AS within_24h
    FROM divisors {order}
"""


def delays(messages: pl.DataFrame, by: list[str], silent: Collection[str]) -> pl.DataFrame:
    """Compute the counts, quantiles and shares of delays by columns of messages or by day."""
    columns = "".join(f"{name}, " for name in by)
    text = DELAYS.format(
        columns=columns,
        kept="NOT quiet" if "country" in by else "true",
        group=f"GROUP BY {columns.rstrip(', ')}" if by else "",
        order=f"ORDER BY {', '.join(f'{name} NULLS LAST' for name in by)}" if by else "",
    )
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("messages", messages)
        asked = {"silent": sorted(silent)}
        return pl.DataFrame(connection.sql(text, params=asked).to_arrow_table())
