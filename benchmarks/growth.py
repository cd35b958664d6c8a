"""How time and memory grow: 1, 10 and 100 million reports in Parquet to delivery rates by country.

    python benchmarks/growth.py [--millions 1 10 100] [--rounds 3] --folder DIR [--draw]

The data are written into *folder*, a file for every few million reports (about 34 bytes a report),
and stay there for the next time. Each run is a process of its own. `--draw` writes the curve to
`growth.svg`, which `README.md` shows.
"""

import argparse
import statistics
from collections.abc import Callable
from math import log10
from pathlib import Path

from fold import OURS, Told, told
from invented import write_reports

PICTURE = Path(__file__).with_suffix(".svg")

#: Of the picture
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 640, 340, 64, 48, 300


def measured(millions: float, folder: Path, rounds: int) -> Told:
    """The medians of what it takes to rate so many million reports."""
    reports = int(millions * 1_000_000)
    there = folder / f"reports-{reports}"
    if not there.exists():
        there.mkdir(parents=True)
        write_reports(there, reports)
    runs = [told(OURS, f"{there}/*.parquet", folder / "made.parquet") for _ in range(rounds)]
    seconds, processors, peak = (statistics.median(each) for each in zip(*runs, strict=True))
    return seconds, processors, peak


def drawn(found: dict[float, Told]) -> str:
    """The curve, both axes by powers of ten, beside a straight line."""
    sizes, times = list(found), [seconds for seconds, *_ in found.values()]
    x = _scale(sizes, LEFT + 30, WIDTH - 110)
    y = _scale([*times, times[0] * sizes[-1] / sizes[0]], BOTTOM - 20, TOP + 20)
    points = [(x(size), y(seconds)) for size, seconds in zip(sizes, times, strict=True)]
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
    (left, low), end = points[0], times[0] * sizes[-1] / sizes[0]
    straight = f"{left:.1f},{low:.1f} {x(sizes[-1]):.1f},{y(end):.1f}"
    marks = "".join(
        f'<circle cx="{a:.1f}" cy="{b:.1f}" r="4" fill="#0b6e99"/>'
        f'<text x="{a + 8:.1f}" y="{b + 18:.1f}">{seconds:.1f} s, {peak:.1f} GB</text>'
        f'<text x="{a:.1f}" y="{BOTTOM + 18}" text-anchor="middle">{size:g} million</text>'
        for (a, b), (size, (seconds, _, peak)) in zip(points, found.items(), strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'font-family="system-ui, sans-serif" font-size="13" fill="#333">'
        "<title>Time against number of reports</title>"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f'<text x="{LEFT}" y="24" font-size="15" font-weight="600">'
        "Delivery reports in Parquet to rates by country: seconds, peak memory</text>"
        f'<path d="M{LEFT} {TOP}V{BOTTOM}H{WIDTH - 20}" fill="none" stroke="#999"/>'
        f'<polyline points="{straight}" fill="none" stroke="#bbb" stroke-dasharray="5 4"/>'
        f'<polyline points="{line}" fill="none" stroke="#0b6e99" stroke-width="2"/>{marks}'
        f'<text x="{LEFT}" y="{BOTTOM + 36}" fill="#777">'
        "Both axes by powers of ten; dashed: ten times the reports, ten times the time"
        "</text></svg>\n"
    )


def _scale(values: list[float], low: float, high: float) -> Callable[[float], float]:
    first, last = log10(min(values)), log10(max(values))
    return lambda value: low + (log10(value) - first) / ((last - first) or 1) * (high - low)


def main() -> None:
    """Print each size, and how it compares to the one before."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=float, nargs="+", default=[1, 10, 100])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--draw", action="store_true")
    args = parser.parse_args()
    found: dict[float, Told] = {}
    for millions in args.millions:
        before = list(found.items())[-1:]
        found[millions] = measured(millions, args.folder, args.rounds)
        seconds, processors, peak = found[millions]
        print(f"{millions:5g} million {seconds:7.2f} s {processors:7.2f} of CPU {peak:5.2f} GB")
        for size, (was, cpu, _) in before:
            print(
                f"  {millions / size:g} times the reports: {seconds / was:.1f} times the time, "
                f"{processors / cpu:.1f} times that of the processors"
            )
    if args.draw:
        PICTURE.write_text(drawn(found), "utf-8")


if __name__ == "__main__":
    main()
