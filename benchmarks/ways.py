"""Ways from delivery reports in Parquet to counts by country: ours, and what one would write.

All fold several reports to one message by the same rules (rank, then time, then status; the waiting
period), find the country by the number, and count messages that are settled. The pandas script is
what many write: the last report of a message counts, and the country is asked of libphonenumber.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl

import infobip_analytics as ia
from infobip_analytics.reference import rows

AS_OF = datetime(2026, 4, 12, tzinfo=UTC)
FOUR_DAYS = timedelta(days=4)
COUNTS = ["messages", "settled", "delivered", "failed", "rejected", "unreported"]
#: Looked up once, so that no way is charged with loading what it is written in
READ, MESSAGES, RATES = ia.read_delivery_reports, ia.messages, ia.delivery_rates
SILENT = [row["country"] for row in rows("no_report_countries")]

#: The floor: columns read, ids told apart; nothing is decided, and nothing counted.
FLOOR = (
    'pl.scan_parquet(path).select(pl.col("message_id").hash().n_unique(), '
    'pl.col("recipient").str.len_bytes().max(), pl.col("sent_at", "done_at", "status_id").max(), '
    'pl.col("status_group").str.len_bytes().max()).collect(engine="streaming")'
)

AS_WRITTEN = """
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
{counted}
"""

PACKED = """
WITH packed AS (
    SELECT hash(message_id) AS id, recipient::UBIGINT AS recipient, sent_at,
        CASE WHEN coalesce(done_at, sent_at) <= TIMESTAMPTZ '{as_of}'
            AND coalesce(done_at, sent_at) <= sent_at + INTERVAL 4 DAY
        THEN (
            CASE
                WHEN status_group = 'DELIVERED' AND status_id <> 2 THEN 5
                WHEN status_group IN ('UNDELIVERABLE', 'REJECTED') THEN 4
                WHEN status_group = 'EXPIRED' AND status_id <> 29 THEN 4
                WHEN status_group = 'DELIVERED' THEN 3
                WHEN status_group IN ('PENDING', 'ACCEPTED') THEN 1
                ELSE 2
            END::BIGINT << 58) + ((epoch_us(coalesce(done_at, sent_at)) - {start}) << 12)
            + (status_id << 1) + (status_group = 'REJECTED')::INT END AS best
    FROM read_parquet('{path}')
    WHERE sent_at <= TIMESTAMPTZ '{as_of}'
),
folded AS (
    SELECT id, max(recipient) AS recipient, min(sent_at) AS sent_at, max(best) AS best
    FROM packed GROUP BY id
),
heads AS (SELECT DISTINCT substr(recipient::VARCHAR, 1, 8) AS head FROM folded),
known AS (
    SELECT head, max_by(region, length(prefix)) AS country
    FROM heads JOIN prefixes ON prefix IN ({heads}) GROUP BY head
),
judged AS (
    SELECT coalesce(country, 'ZZ') AS country,
        sent_at <= TIMESTAMPTZ '{as_of}' - INTERVAL 4 DAY AS settled,
        CASE
            WHEN best >> 58 = 4 AND best & 1 = 1 THEN 'rejected'
            WHEN best >> 58 = 4 THEN 'failed'
            WHEN best >> 58 IN (3, 5) THEN 'delivered'
            ELSE 'unreported'
        END AS outcome
    FROM folded LEFT JOIN known ON substr(recipient::VARCHAR, 1, 8) = head
)
{counted}
"""

COUNTED = """
SELECT country, count(*) AS messages, count(*) FILTER (settled) AS settled,
    count(*) FILTER (settled AND outcome = 'delivered') AS delivered,
    count(*) FILTER (settled AND outcome = 'failed') AS failed,
    count(*) FILTER (settled AND outcome = 'rejected') AS rejected,
    count(*) FILTER (settled AND outcome = 'unreported') AS unreported
FROM judged WHERE country NOT IN ({silent}) GROUP BY country ORDER BY country
"""


def ours(path: str) -> pl.DataFrame:
    """Rates as a user asks for them."""
    rates: pl.LazyFrame = RATES(MESSAGES(READ(path, lazy=True), as_of=AS_OF))
    return rates.collect().select("country", *COUNTS)


def duckdb_as_written(path: str) -> pl.DataFrame:
    """SQL as an analyst writes it."""
    return _asked(AS_WRITTEN, path)


def duckdb_packed(path: str) -> pl.DataFrame:
    """SQL with our own trick: rank, time and status in one number, ids by their hash."""
    return _asked(PACKED, path)


def _asked(query: str, path: str) -> pl.DataFrame:
    prefixes = pl.DataFrame(rows("prefixes")).filter(pl.col("digits") == "")
    silent = ", ".join(f"'{code}'" for code in SILENT)
    sql = query.format(
        path=path,
        as_of=AS_OF.isoformat(),
        start=int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000,
        heads=", ".join(f"substr(head, 1, {n})" for n in range(1, 9)),
        counted=COUNTED.format(silent=silent),
    )
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("prefixes", prefixes.to_arrow())
        return pl.DataFrame(connection.sql(sql).to_arrow_table())


def polars_by_hand(path: str) -> pl.DataFrame:
    """A plan as somebody writes it who knows polars."""
    group, id_ = pl.col("status_group"), pl.col("status_id")
    when = pl.coalesce("done_at", "sent_at")
    rank = (
        pl.when((group == "DELIVERED") & (id_ != 2))
        .then(5)
        .when(group.is_in(["UNDELIVERABLE", "REJECTED"]))
        .then(4)
        .when((group == "EXPIRED") & (id_ != 29))
        .then(4)
        .when(group == "DELIVERED")
        .then(3)
        .when(group.is_in(["PENDING", "ACCEPTED"]))
        .then(1)
        .otherwise(2)
    )
    seen = (when <= AS_OF) & (when <= pl.col("sent_at") + FOUR_DAYS)
    best = pl.struct(rank=rank, when=when, id=id_, group=group)
    folded = (
        pl.scan_parquet(path)
        .filter(pl.col("sent_at") <= AS_OF)
        .group_by("message_id")
        .agg(
            pl.max("recipient"),
            pl.min("sent_at"),
            won=best.filter(seen).sort_by(rank.filter(seen), when.filter(seen)).last(),
        )
        .with_columns(rank=pl.col("won").struct["rank"], group=pl.col("won").struct["group"])
    )
    outcome = (
        pl.when((pl.col("rank") == 4) & (pl.col("group") == "REJECTED"))
        .then(pl.lit("rejected"))
        .when(pl.col("rank") == 4)
        .then(pl.lit("failed"))
        .when(pl.col("rank").is_in([3, 5]))
        .then(pl.lit("delivered"))
        .otherwise(pl.lit("unreported"))
    )
    settled = pl.col("sent_at") <= AS_OF - FOUR_DAYS
    return (
        folded.select(outcome=outcome, settled=settled, head=pl.col("recipient").str.head(8))
        .group_by("head", "outcome", "settled")
        .len()
        .collect(engine="streaming")
        .pipe(_by_country)
    )


def _by_country(heads: pl.DataFrame) -> pl.DataFrame:
    prefixes = {row["prefix"]: row["region"] for row in rows("prefixes") if not row["digits"]}
    lengths = range(8, 0, -1)
    country = pl.coalesce(
        pl.col("head").str.head(n).replace_strict(prefixes, default=None) for n in lengths
    )
    n = pl.col("len")
    settled = {
        name: n.filter(pl.col("settled") & (pl.col("outcome") == name)).sum() for name in COUNTS[2:]
    }
    return (
        heads.with_columns(country=country.fill_null("ZZ"))
        .filter(~pl.col("country").is_in(SILENT))
        .group_by("country")
        .agg(messages=n.sum(), settled=n.filter("settled").sum(), **settled)
        .sort("country")
    )


def pandas_script(path: str) -> pl.DataFrame:
    """What an analyst writes today: pandas, and libphonenumber row by row."""
    import pandas as pd
    import phonenumbers

    def country(number: str) -> str:
        parsed = phonenumbers.parse(f"+{number}")
        return phonenumbers.region_code_for_number(parsed) or "ZZ"

    reports = pd.read_parquet(sorted(Path(path).parent.glob("*.parquet")))
    reports["country"] = reports["recipient"].map(country)
    last = reports.sort_values(["message_id", "done_at"]).groupby("message_id").last()
    last["settled"] = last["sent_at"] <= AS_OF - FOUR_DAYS
    last["delivered"] = last["settled"] & (last["status_group"] == "DELIVERED")
    kept = last[~last["country"].isin(SILENT)]
    made = kept.groupby("country").agg(
        messages=("settled", "size"), settled=("settled", "sum"), delivered=("delivered", "sum")
    )
    return pl.from_pandas(made.reset_index())


def floor(path: str) -> pl.DataFrame:
    """What reading costs, and telling the ids apart."""
    found: pl.DataFrame = eval(FLOOR, {"pl": pl, "path": path})
    return found


WAYS: dict[str, Callable[[str], pl.DataFrame]] = {
    "infobip_analytics": ours,
    "DuckDB as written": duckdb_as_written,
    "DuckDB, packed key": duckdb_packed,
    "polars by hand": polars_by_hand,
    "pandas, phonenumbers": pandas_script,
    "the floor": floor,
}

#: Those whose counts must be ours, to the last message
EQUAL = ["DuckDB as written", "DuckDB, packed key", "polars by hand"]
