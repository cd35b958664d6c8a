"""False alerts where nothing broke, and how soon a fall of 5 points is found: simulated.

    python benchmarks/alerts.py [--months 20000] [--falls 20000] [--seed 20261201]

A series is a country with so many messages a day, whose delivery rate varies from day to day by
1 point (standard deviation) beyond what chance does. Eight weeks of it are history.

False alerts: a month more of it, in which nothing happens; how many alerts there are in 100 such
months. Falls: on the first day after the history the rate falls by 5 points and stays there; in
which share of the series there is an alert by the first and by the second settled day. Each series
is watched alone, so that the guard over many series helps in neither; below, 100 together.

The limits were set on other seeds.
"""

import argparse
import time
from collections.abc import Iterator

import numpy as np

from infobip_analytics.watching.scanning import Basis, Days, watch

HISTORY, MONTH, TWO_DAYS = 56, 30, 2
AT_A_TIME = 2000

#: The delivery rate, messages a day, spread from day to day; the first is what is promised
WORLDS = [
    (0.95, 1_000, 0.01),
    (0.96, 1_000, 0.01),
    (0.97, 1_000, 0.01),
    (0.93, 1_000, 0.01),
    (0.90, 1_000, 0.01),
    (0.95, 200, 0.01),
    (0.95, 50_000, 0.01),
    (0.95, 1_000, 0.005),
    (0.95, 1_000, 0.02),
]


def drawn(
    rng: np.random.Generator,
    series: int,
    world: tuple[float, int, float],
    days: int,
    fall: float,
    **asked: float,
) -> Days:
    """Draw the settled days of some series; after the history they fall by *fall*."""
    rate, size, spread = world
    shares = rate + spread * rng.standard_normal((HISTORY + days, series))
    shares[HISTORY:] -= fall
    sent = np.full(shares.shape, size)
    delivered = rng.binomial(sent, np.clip(shares, 0, 1)).astype(float)
    whole = sent.astype(float)
    basis = Basis(sent=whole, delivered=delivered, accepted=whole, heard=whole)
    chosen = np.zeros(shares.shape, np.int64)
    return Days([basis], chosen, np.ones(len(shares), bool), **asked)


def begun(days: Days) -> list[tuple[int, int]]:
    """The alerts that began after the history: (days after it, series)."""
    return [(day - HISTORY, each) for day, each in watch(days).begun if day >= HISTORY]


def pieces(many: int) -> Iterator[int]:
    """Series in pieces that fit into memory."""
    for first in range(0, many, AT_A_TIME):
        yield min(AT_A_TIME, many - first)


def main() -> None:
    """Print both, for each world."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, default=20_000)
    parser.add_argument("--falls", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=20_261_201)
    parser.add_argument("--worlds", type=int, default=len(WORLDS), help="only the first so many")
    args = parser.parse_args()
    started = time.perf_counter()
    print("rate  a day   spread  false alerts in 100 months   5 points found by day 1, by day 2")
    for world in WORLDS[: args.worlds]:
        rng = np.random.default_rng([args.seed, *(int(1000 * each) for each in world)])
        alone = {"false_share": 1.0}
        months = (drawn(rng, n, world, MONTH, 0, **alone) for n in pieces(args.months))
        false = sum(len(begun(days)) for days in months)
        falls = (drawn(rng, n, world, TWO_DAYS, 0.05, **alone) for n in pieces(args.falls))
        found = [begun(days) for days in falls]
        first = sum(day == 0 for piece in found for day, _ in piece) / args.falls
        both = sum(len({each for _, each in piece}) for piece in found) / args.falls
        each = 100 / args.months
        print(
            f"{world[0]:.2f} {world[1]:6,} {100 * world[2]:6.1f} p  "
            f"{false * each:12.2f} (+- {1.96 * each * max(false, 1) ** 0.5:.2f})"
            f"{'':12}{first:12.1%} {both:12.2%}",
            flush=True,
        )
    rng = np.random.default_rng([args.seed, 100])
    hundreds = [len(begun(drawn(rng, 100, WORLDS[0], MONTH, 0))) for _ in range(args.months // 100)]
    print(
        f"100 series watched together for a month: {np.mean(hundreds):.2f} false alerts; "
        f"none in {np.mean(np.equal(hundreds, 0)):.0%} of such months"
    )
    print(f"took {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
