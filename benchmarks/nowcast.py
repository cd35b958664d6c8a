"""Does the interval of a nowcast hold what really comes, and how far off is it?

    python benchmarks/nowcast.py [--campaigns 2000] [--seed 1001]

Invented worlds: six weeks of campaigns to four countries, each of which has its own chance of being
delivered and its own pace, while delays drift from day to day. As of one moment in each world ten
campaigns of ages from ten minutes to three days are waiting; `ia.nowcast(messages, "campaign")`
sees what was reported by then, and is held against what came. Printed are, by family of worlds and
by age: the share of the intervals that held what came, their mean width, the mean absolute error
in points, that of delivered so far / sent, and the ratio of the two. Seeds from 1,000,000 on were
used while it was built, and no others.

    python benchmarks/nowcast.py --messages 10000000

measures how long a forecast of so many messages takes.
"""

import argparse
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import polars as pl

import infobip_analytics as ia

Numbers = npt.NDArray[np.float64]

AS_OF = datetime(2026, 6, 15, 15, 0, tzinfo=UTC)
DAY = 86_400.0
WAITING = 4 * DAY
#: Of the campaigns that wait, hours
AGES = [1 / 6, 0.5, 1, 3, 6, 12, 24, 36, 48.5, 72]
COUNTRIES = ["FR", "PL", "IT", "ZA"]


@dataclass(frozen=True, slots=True)
class Family:
    """How worlds of one family differ: standard deviations, but for numbers and shares.

    Attributes:
        days: How many days of history there are.
        per_day: How many campaigns a day.
        outcome: Of the log odds of a campaign's delivery.
        pace: Of the logarithm of a campaign's delays.
        drift: Of the change of the logarithm of delays from one day to the next.
        trend: By how much that logarithm grows a day.
        broken: The share of campaigns with a bad list: log odds 1.5 lower.
        size: Messages of a campaign, about.
    """

    days: int = 42
    per_day: int = 3
    outcome: float = 0.3
    pace: float = 0.2
    drift: float = 0.05
    trend: float = 0.0
    broken: float = 0.0
    size: int = 1000


FAMILIES = {
    "plain": Family(),
    "strong effects": Family(outcome=0.6, pace=0.5),
    "drifting delays": Family(drift=0.15, trend=0.02),
    "bad lists": Family(broken=0.08),
    "short history": Family(days=21, per_day=2),
    "small campaigns": Family(size=200, per_day=5),
}


def main() -> None:
    """Invent worlds, ask, and print how it went."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--campaigns", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1001)
    parser.add_argument("--messages", type=int)
    args = parser.parse_args()
    if args.messages:
        return measure(args.messages)
    each = -(-args.campaigns // (len(AGES) * len(FAMILIES)))
    seeds = range(args.seed, args.seed + each * len(FAMILIES), len(FAMILIES))
    found = pl.concat(
        asked(family, seed + place).with_columns(family=pl.lit(name))
        for place, (name, family) in enumerate(FAMILIES.items())
        for seed in seeds
    )
    print(f"{found.height:,} campaigns, seeds {args.seed} to {seeds[-1] + len(FAMILIES) - 1}\n")
    show(found.group_by("family", maintain_order=True).agg(*MEASURES))
    show(found.group_by("hours").agg(*MEASURES).sort("hours"))
    show(found.select(pl.lit("all").alias("of"), *MEASURES))
    return None


def asked(family: Family, seed: int) -> pl.DataFrame:
    """Ask for the campaigns that wait in one world: what was said, and what came."""
    made = world(family, seed)
    told: pl.DataFrame = ia.nowcast(made.messages, "campaign").join(made.truth, on="campaign")
    so_far = pl.col("delivered_so_far") / pl.col("messages")
    return told.select(
        "hours",
        low=pl.col("final_low"),
        high=pl.col("final_high"),
        held=pl.col("truth").is_between(pl.col("final_low") - 1e-9, pl.col("final_high") + 1e-9),
        off=(pl.col("final_rate") - pl.col("truth")).abs(),
        so_far_off=(so_far - pl.col("truth")).abs(),
    )


#: What is printed of each family and age
MEASURES = [
    pl.len().alias("campaigns"),
    (100 * pl.mean("held")).alias("held, %"),
    (100 * (pl.col("high") - pl.col("low")).mean()).alias("width, points"),
    (100 * pl.mean("off")).alias("off, points"),
    (100 * pl.mean("so_far_off")).alias("so far / sent off"),
    (pl.mean("off") / pl.mean("so_far_off")).alias("ratio"),
]


def show(table: pl.DataFrame) -> None:
    """Print a table, a line a row."""
    texts = [[_text(value) for value in row] for row in [table.columns, *table.iter_rows()]]
    wide = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        print("  ".join(text.rjust(width) for text, width in zip(row, wide, strict=True)))
    print()


def _text(value: object) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def measure(many: int) -> None:
    """How long one forecast of *many* messages takes, by campaign."""
    family = Family(size=many // 136)
    messages = world(family, 1).messages
    began = time.perf_counter()
    ia.nowcast(messages, "campaign")
    print(f"{messages.height:,} messages: {time.perf_counter() - began:.1f} s")


@dataclass(frozen=True, slots=True)
class World:
    """Messages as they are known, and what became of the campaigns that wait."""

    messages: pl.DataFrame
    truth: pl.DataFrame


def world(family: Family, seed: int) -> World:
    """Invent one world."""
    chance = np.random.default_rng(seed)
    past = chance.uniform(AGES[-1] * 3600 + DAY, family.days * DAY, family.days * family.per_day)
    begun = np.concatenate([np.array(AGES) * 3600, past])
    sizes = np.maximum(family.size * chance.lognormal(0, 0.7, begun.size), 50).astype(int)
    of = np.repeat(np.arange(begun.size), sizes)
    mixes = chance.dirichlet([4, 3, 2, 1], begun.size)
    country = (chance.random(of.size)[:, None] > mixes.cumsum(axis=1)[of]).sum(axis=1).clip(0, 3)
    sent = begun[of] + chance.uniform(0, 600, of.size).clip(max=begun[of] * 0.5)
    paces = _drift(family, chance)[(begun // DAY).astype(int)]
    paces = paces + family.pace * chance.standard_normal(begun.size)
    odds = family.outcome * chance.standard_normal(begun.size)
    odds = odds - 1.5 * (chance.random(begun.size) < family.broken)
    became, took = _fate(country, odds[of], paces[of], chance)
    return _seen(of, country, sent, became, took)


def _drift(family: Family, chance: np.random.Generator) -> Numbers:
    """The logarithm of how slow delivery is, by how many days ago."""
    steps = family.drift * chance.standard_normal(family.days + 2) + family.trend
    return np.asarray(-steps.cumsum())


def _fate(
    country: npt.NDArray[np.int64], odds: Numbers, pace: Numbers, chance: np.random.Generator
) -> tuple[npt.NDArray[np.int64], Numbers]:
    """What becomes of each message (0 delivered, 1 failed, 2 nothing heard), and after how long."""
    many = country.size
    base = np.array([3.0, 2.2, 1.6, 1.0])[country]
    delivered = chance.random(many) < 1 / (1 + np.exp(-(base + odds)))
    silent = chance.random(many) < np.array([0.1, 0.2, 0.35, 0.3])[country]
    slow = chance.random(many) < np.array([0.1, 0.15, 0.3, 0.4])[country]
    fast_delay = 8 * np.exp(pace + 1.1 * chance.standard_normal(many))
    slow_delay = 3 * 3600 * np.exp(pace + 1.4 * chance.standard_normal(many))
    to_deliver = np.where(slow, slow_delay, fast_delay)
    expires = chance.random(many) < 0.5
    at_once = 30 * np.exp(pace + chance.standard_normal(many))
    to_fail = np.where(expires, 48 * 3600 + 60 * chance.random(many), at_once)
    took = np.where(delivered, to_deliver, to_fail)
    became = np.where(delivered, 0, np.where(silent, 2, 1))
    return np.where(took > WAITING, 2, became), took


def _seen(
    of: npt.NDArray[np.int64],
    country: npt.NDArray[np.int64],
    sent: Numbers,
    became: npt.NDArray[np.int64],
    took: Numbers,
) -> World:
    final = pl.DataFrame({"of": of, "delivered": became == 0})
    truth = final.group_by("of").agg(pl.mean("delivered").alias("truth"))
    over = (became < 2) & (took <= sent)
    settled = sent >= WAITING
    words = np.array(["delivered", "failed", "unreported", "pending"])
    ends = np.where(over, became, np.where(settled, 2, 3))
    as_of = pl.lit(AS_OF, pl.Datetime("us", "UTC"))
    messages = pl.DataFrame(
        {
            "campaign_id": [f"c{number}" for number in range(of.max() + 1)],
            "of": np.arange(of.max() + 1),
        }
    )
    frame = pl.DataFrame(
        {"of": of, "country": np.array(COUNTRIES)[country], "outcome": words[ends],
         "settled": settled, "age": (sent * 1e6).astype(np.int64),
         "took": np.where(over, took * 1e6, -1).astype(np.int64)}
    )  # fmt: skip
    seen = frame.join(messages, on="of", how="left").select(
        "country", "campaign_id", "outcome", "settled",
        (as_of - pl.duration(microseconds=pl.col("age"))).alias("sent_at"),
        pl.when(pl.col("took") >= 0)
        .then(as_of - pl.duration(microseconds=pl.col("age") - pl.col("took"))).alias("done_at"),
        as_of.alias("as_of"), pl.lit(4.0).alias("waiting_days"),
    )  # fmt: skip
    named = truth.filter(pl.col("of") < len(AGES)).select(
        pl.format("c{}", "of").alias("campaign"),
        pl.col("of").replace_strict(list(range(len(AGES))), AGES).alias("hours"), "truth",
    )  # fmt: skip
    return World(seen, named)


if __name__ == "__main__":
    main()
