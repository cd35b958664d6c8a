"""A folder of nightly exports, recomputed from nothing, and again with one new file in it.

    python benchmarks/recompute.py [--files 30] [--reports 50000] [--rounds 3]

The files are NDJSON of delivery reports as Infobip sends them. Each round forgets the state, runs
over all files but the last (untimed), adds that and times the second run; then it times a run from
nothing over all of them, and compares the two results byte by byte.
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

import infobip_analytics  # noqa: F401  (so that its import is not timed)
from infobip_analytics.recomputing import recompute

PREFIXES = ["4477009", "3363998", "49151", "1202555", "1416555", "420777", "551199", "393331"]
STATUSES = [
    ('{"groupId":3,"groupName":"DELIVERED","id":5,"name":"DELIVERED_TO_HANDSET"}', 0.85),
    ('{"groupId":2,"groupName":"UNDELIVERABLE","id":9,"name":"UNDELIVERABLE_NOT_DELIVERED"}', 0.08),
    ('{"groupId":5,"groupName":"REJECTED","id":12,"name":"REJECTED_NOT_ENOUGH_CREDITS"}', 0.03),
    ('{"groupId":1,"groupName":"PENDING","id":7,"name":"PENDING_ENROUTE"}', 0.04),
]
DAY = 86_400_000


def write_night(path: Path, night: int, reports: int) -> None:
    """Write the reports of one invented night, about messages of the two days before it."""
    rng = np.random.default_rng([20260301, night])
    start = 1_772_323_200_000 + night * DAY
    sent = pl.Series(start - rng.integers(0, 2 * DAY, reports))
    frame = pl.DataFrame(
        {
            "id": pl.Series(rng.integers(2**62, 2**63 - 1, reports)).cast(pl.String),
            "to": pl.Series(PREFIXES).gather(rng.integers(0, len(PREFIXES), reports))
            + pl.Series(rng.integers(100_000, 999_999, reports)).cast(pl.String),
            "status": pl.Series([status for status, _ in STATUSES]).gather(
                rng.choice(len(STATUSES), reports, p=[share for _, share in STATUSES])
            ),
            "sent": _times(sent),
            "done": _times(sent + pl.Series(rng.exponential(6e5, reports)).cast(pl.Int64)),
        }
    )
    line = pl.format(
        '{"bulkId":"night","messageId":"{}","to":"{}","sender":"Shop","sentAt":"{}",'
        '"doneAt":"{}","messageCount":1,"price":{"pricePerMessage":0.03,"currency":"EUR"},'
        '"status":{},"error":{"groupId":0,"groupName":"OK","id":0,"name":"NO_ERROR",'
        '"permanent":false},"mccMnc":"23410","callbackData":"order {}"}'.replace("{}", "\0")
        .replace("{", "{{")
        .replace("}", "}}")
        .replace("\0", "{}"),
        *("id", "to", "sent", "done", "status", "id"),
    )
    path.write_text("\n".join(frame.select(line)[:, 0].to_list()) + "\n")
    # as if it had been written a while ago, which is what a run that comes by night finds
    os.utime(path, ns=(10**18 + night, 10**18 + night))


def _times(milliseconds: pl.Series) -> pl.Series:
    return milliseconds.cast(pl.Datetime("ms")).dt.strftime("%Y-%m-%dT%H:%M:%S%.3f+0000")


def seconds(exports: Path, output: Path) -> float:
    """How long a run takes."""
    started = time.perf_counter()
    recompute(exports, output)
    return time.perf_counter() - started


def one_round(exports: Path, folder: Path, last: Path) -> tuple[float, float]:
    """How long a run takes from nothing, and with one new file."""
    for path in folder.glob("*.csv*"):
        path.unlink()
    aside = last.rename(folder / last.name)
    recompute(exports, folder / "nightly.csv")
    aside.rename(last)
    nightly = seconds(exports, folder / "nightly.csv")
    anew = seconds(exports, folder / "anew.csv")
    if (folder / "nightly.csv").read_bytes() != (folder / "anew.csv").read_bytes():
        raise SystemExit("the results differ")
    return anew, nightly


def main() -> None:
    """Print the times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=30)
    parser.add_argument("--reports", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, exports = Path(name), Path(name) / "exports"
        exports.mkdir()
        for night in range(args.files):
            write_night(exports / f"{night:03}.ndjson", night, args.reports)
        size = sum(path.stat().st_size for path in exports.iterdir()) / 1e6
        last = exports / f"{args.files - 1:03}.ndjson"
        pairs = [one_round(exports, folder, last) for _ in range(args.rounds)]
        state = (folder / "nightly.csv.state").stat().st_size / 1e6
    anew, nightly = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"{args.files} files of {args.reports:,} reports, {size:,.0f} MB; state {state:,.0f} MB")
    print(f"all of them       {anew:6.2f} s")
    print(f"one of them new   {nightly:6.2f} s")
    print(f"{statistics.median(a / n for a, n in pairs):.1f} times as fast")


if __name__ == "__main__":
    main()
