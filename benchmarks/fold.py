"""Reports in Parquet to delivery rates by country, beside what one would write by hand.

    python benchmarks/fold.py [--reports 20000000] [--rounds 3] [--few 1000000] [--folder DIR]

`ways.py` has the ways. They take turns, each time in a process of its own, so that the memory of
each can be told; the clock starts when the libraries are loaded. Counts are compared before any
time is printed. The pandas script runs on *few* reports, and so do we beside it.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl
from invented import write_reports
from ways import EQUAL, FLOOR, WAYS

#: Seconds, seconds of processors, gigabytes
Told = tuple[float, float, float]

SLOW = "pandas, phonenumbers"
OURS = "infobip_analytics"


def once(way: str, path: str, result: str) -> None:
    """Go one way in this process, and print what it took."""
    clock, processors = time.perf_counter(), time.process_time()
    made = WAYS[way](path)
    took = time.perf_counter() - clock, time.process_time() - processors
    made.write_parquet(result)
    print(json.dumps([*took, peak()]))


def peak() -> float:
    """The most memory that this process had, in GB; that of its parent does not count."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1e6


def told(way: str, path: str, result: Path) -> Told:
    """What one way takes, in a process of its own."""
    asked = [sys.executable, __file__, "--only", way, "--path", path, "--result", str(result)]
    seconds, processors, peak = json.loads(subprocess.check_output(asked, text=True))
    return seconds, processors, peak


def compared(ways: list[str], path: str, rounds: int, folder: Path) -> dict[str, list[Told]]:
    """What each of *ways* takes, in turns; what they count must be equal."""
    taken: dict[str, list[Told]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            taken[way].append(told(way, path, folder / f"{way}.parquet"))
    mine = pl.read_parquet(folder / f"{OURS}.parquet")
    for way in set(ways) & set(EQUAL):
        theirs = pl.read_parquet(folder / f"{way}.parquet")
        if not theirs.cast(mine.schema).equals(mine):
            raise SystemExit(f"the counts of {way} differ:\n{mine}\n{theirs}")
    return taken


def show(taken: dict[str, list[Told]], reports: int) -> None:
    """Print the medians, and the ratios of what was taken in the same round."""
    print(f"{reports:,} reports")
    for way, all_told in taken.items():
        seconds, processors, peak = (
            statistics.median(each) for each in zip(*all_told, strict=True)
        )
        pairs = list(zip(all_told, taken[OURS], strict=True))
        wall, cpu = (statistics.median(a[n] / b[n] for a, b in pairs) for n in (0, 1))
        print(
            f"{way:21} {seconds:7.2f} s {processors:7.2f} s of processors {peak:6.2f} GB"
            f"   {wall:7.2f} times ours ({cpu:.2f} of processors)"
        )


def main() -> None:
    """Print times, ratios and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=20_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--few", type=int, default=1_000_000)
    parser.add_argument("--folder", help="where the data and the results are put")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--path", help=argparse.SUPPRESS)
    parser.add_argument("--result", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.only:
        once(args.only, args.path, args.result)
    else:
        compare(args)


def compare(args: argparse.Namespace) -> None:
    """Write the data, and go all ways in turns."""
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        folder = Path(name)
        for many in (args.reports, args.few):
            (folder / str(many)).mkdir()
            write_reports(folder / str(many), many)
        fast = [way for way in WAYS if way != SLOW]
        show(
            compared(fast, f"{folder}/{args.reports}/*.parquet", args.rounds, folder), args.reports
        )
        show(compared([OURS, SLOW], f"{folder}/{args.few}/*.parquet", 1, folder), args.few)
    print(f"the floor is {FLOOR}")


if __name__ == "__main__":
    main()
