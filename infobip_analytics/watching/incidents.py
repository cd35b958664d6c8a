"""Incidents that are open now: which days they are of, and what is held against what."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from infobip_analytics.watching.counted import Age, Counted
from infobip_analytics.watching.limits import BASELINE, OLDEST
from infobip_analytics.watching.scanning import FEW, Watched

Row = dict[str, Any]

FALLING, SILENT = "falling", "silent"
SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Incident:
    """One series that broke, and has not recovered.

    Attributes:
        series: Its row in `Counted.series`.
        silent: Whether reports stopped.
        since: The first of its days.
        last: The last day that was judged.
        low: On how many days it was below what is usual.
        p_value: How likely so bad a beginning is by chance.
        age: The age by which its messages are counted; None where they are settled.
        morning: Whether only what was sent by `age.until` is counted.
        now: The days that are counted.
        before: The days that say what is usual.
        counts: Their counts, now and before (`usual_`).
    """

    series: int
    silent: bool
    since: date
    last: date
    low: int
    p_value: float
    age: Age | None
    morning: bool
    now: list[date]
    before: list[date]
    counts: dict[str, int]


def incidents(found: Counted, seen: Watched) -> list[Incident]:
    """The incidents that are open at the end of the days."""
    return [_incident(found, seen, int(each)) for each in np.flatnonzero(seen.since >= 0)]


def _incident(found: Counted, seen: Watched, series: int) -> Incident:
    """What is final says more than what is not yet, and all days that are counted are alike."""
    since, last = int(seen.since[series]), int(seen.last[series])
    rows = np.flatnonzero(seen.judged[: last + 1, series])
    rows = rows[rows >= since]
    number = int(found.days.chosen[rows[0], series])
    rows = rows[found.days.chosen[rows, series] == number]
    basis = found.days.bases[number]
    first = max(0, since - OLDEST)
    usable = seen.usual[first:since, series] & (basis.sent[first:since, series] >= FEW)
    before = np.flatnonzero(usable)[-BASELINE:] + first
    counts = {
        prefix + name: int(getattr(basis, name)[days, series].sum())
        for prefix, days in (("", rows), ("usual_", before))
        for name in ("sent", "delivered", "accepted", "heard")
    }
    return Incident(
        series=series,
        silent=bool(seen.silent[series]),
        since=found.day(since),
        last=found.day(last),
        low=int(seen.low[since : last + 1, series].sum()),
        p_value=float(seen.p_value[series]),
        age=found.ages[number - 1] if number else None,
        morning=bool(number) and number % 2 == 0,
        now=[found.day(int(row)) for row in rows],
        before=[found.day(int(row)) for row in before],
        counts=counts,
    )


def name_of(keys: Row, since: date) -> str:
    """What an incident is called, in every run that sees it: by its series and its first day."""
    said = json.dumps([*keys.items(), since.isoformat()], default=str, ensure_ascii=True)
    return hashlib.sha256(said.encode()).hexdigest()[:12]
