"""Invented delivery reports in Parquet, a file for every few million of them."""

from pathlib import Path

import numpy as np
import polars as pl

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
START = np.datetime64("2026-03-01", "us").astype(np.int64)
DAYS = 40

#: Reports of a file
PORTION = 4_000_000


def write_reports(folder: Path, reports: int) -> None:
    """Write so many reports into *folder*; of six messages, one has a second, intermediate report.

    The intermediate reports of a file's messages are in the file before it, so that what is known
    of a message need not be in one file.
    """
    rng = np.random.default_rng(20260301)
    portions = [min(PORTION, reports - at) for at in range(0, reports, PORTION)]
    waiting = pl.DataFrame()
    for number, size in reversed(list(enumerate(portions))):
        few = size // 7
        final = _final(rng, size - (few if waiting.is_empty() else waiting.height))
        if number == 0:  # there is no file before the first
            final = final.head(size - few - waiting.height)
        pending = _pending(final, few)
        there = [final, waiting] if number else [final, waiting, pending]
        whole = pl.concat([each for each in there if not each.is_empty()])
        _whole(whole).write_parquet(folder / f"{number:04}.parquet")
        waiting = pending


def _final(rng: np.random.Generator, n: int) -> pl.DataFrame:
    status = rng.choice(len(STATUSES), n, p=[share for *_, share in STATUSES])
    sent = START + rng.integers(0, DAYS * 86_400_000_000, n)
    number = pl.Series(rng.integers(100_000, 999_999, n)).cast(pl.String)
    return pl.DataFrame(
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


def _pending(final: pl.DataFrame, few: int) -> pl.DataFrame:
    return final.sample(few, seed=1).with_columns(
        status_group=pl.lit("PENDING"),
        status_id=pl.lit(7, pl.Int64),
        done_at=pl.col("sent_at") + pl.duration(seconds=1),
    )


def _whole(reports: pl.DataFrame) -> pl.DataFrame:
    return reports.sample(fraction=1, shuffle=True, seed=2).with_columns(
        record=pl.lit("report"),
        channel=pl.lit("sms"),
        status_name=pl.lit("SOME_STATUS"),
        parts=pl.lit(1, pl.Int64),
        price=pl.lit(0.03),
        currency=pl.lit("EUR"),
    )
