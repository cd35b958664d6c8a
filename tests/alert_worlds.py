"""Invented days for the tests of alerts: messages, and counts of days without messages."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from infobip_analytics.watching.scanning import Basis, Days

START = datetime(2026, 2, 1, tzinfo=UTC)
WAITING = timedelta(days=4)


def days_of(
    delivered: Any, sent: Any = 1000.0, heard: Any = None, final: Any = None, **asked: Any
) -> Days:
    """Describe settled days by the messages that were delivered: days, or days by series."""
    delivered = np.array(delivered, float)
    delivered = delivered[:, None] if delivered.ndim == 1 else delivered
    whole = np.broadcast_to(sent, delivered.shape) if np.ndim(sent) == 0 else np.array(sent, float)
    whole = whole[:, None] if whole.ndim == 1 else whole
    heard = whole if heard is None else np.array(heard, float).reshape(delivered.shape)
    enough = whole >= asked.get("least", 100)
    final = np.ones(len(delivered), bool) if final is None else final
    chosen = np.where(enough, 0, -1)
    return Days([Basis(whole, delivered, whole, heard)], chosen, final, **asked)


def sends(
    shares: Sequence[float],
    per_day: int = 100,
    *,
    minutes: float = 1.0,
    silent_from: int | None = None,
    error: tuple[int, str] = (1, "EC_UNKNOWN_SUBSCRIBER"),
    new_error: tuple[int, str] | None = None,
    new_from: int = 999,
    **keys: Any,
) -> pl.DataFrame:
    """Describe all that will ever be known of messages, evenly sent from 6 to 22 o'clock.

    Of each day its share arrives, *minutes* after it was sent, and the others fail 10 minutes
    later; from *silent_from* on nothing is heard.
    """
    rows = []
    for day, share in enumerate(shares):
        for number in range(per_day):
            # failures are spread evenly over the day
            failed = int((number + 1) * (1 - share) + 1e-9) > int(number * (1 - share) + 1e-9)
            sent = START + timedelta(days=day, hours=6, seconds=57_600 * number / per_day)
            told = new_error if new_error and failed and day >= new_from else error
            rows.append(
                {
                    "country": "IT",
                    "network": "22201",
                    **keys,
                    "sent_at": sent,
                    "done_at": sent + timedelta(minutes=minutes + 10 * failed),
                    "outcome": "failed" if failed else "delivered",
                    "error_id": told[0] if failed else None,
                    "error_name": told[1] if failed else None,
                    "silent": silent_from is not None and day >= silent_from,
                }
            )
    return pl.DataFrame(rows, infer_schema_length=None)


def seen(sent: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """Give the messages as they are known at *as_of*."""
    known = (pl.col("done_at") <= as_of) & ~pl.col("silent")
    settled = pl.col("sent_at") <= as_of - WAITING
    unknown = pl.when(settled).then(pl.lit("unreported")).otherwise(pl.lit("pending"))
    return sent.filter(pl.col("sent_at") <= as_of).select(
        pl.exclude("silent", "outcome", "done_at", "error_id", "error_name"),
        pl.when(known).then("outcome").otherwise(unknown).alias("outcome"),
        *(pl.when(known).then(name).alias(name) for name in ("done_at", "error_id", "error_name")),
        settled=settled,
        record=pl.lit("log"),
        as_of=pl.lit(as_of).cast(pl.Datetime("us", "UTC")),
        waiting_days=pl.lit(4.0),
    )


def at(day: float) -> datetime:
    """Give the moment so many days after the first."""
    return START + timedelta(days=day)
