"""Delivery reports out of JSON, beside `json` and `pandas.json_normalize`.

    python benchmarks/reading.py [--reports 200000] [--rounds 5] [--memory]

The same reports lie as NDJSON and as pages of 1,000, the answers of the API, one a file. Read by us
they are typed delivery reports with UTC times; by the others they are the flattened fields as they
came. They take turns, and their message ids and groups are compared before any time is printed.

With `--memory`, a file of four times as many reports is read as a plan and folded, in a process of
its own, and the peak of its memory is printed beside the size of the file.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

import infobip_analytics as ia

START = datetime(2026, 10, 1, tzinfo=UTC)
PAGE = 1000
ENDINGS = [
    (
        {"groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET"},
        {"groupId": 0, "groupName": "OK", "id": 0, "name": "NO_ERROR"},
        "Message delivered to handset",
    ),
    (
        {
            "groupId": 2,
            "groupName": "UNDELIVERABLE",
            "id": 9,
            "name": "UNDELIVERABLE_NOT_DELIVERED",
        },
        {"groupId": 1, "groupName": "HANDSET_ERRORS", "id": 27, "name": "EC_ABSENT_SUBSCRIBER"},
        "Message sent not delivered",
    ),
]
READ_ALL = """
import sys, infobip_analytics as ia
reports = ia.read_delivery_reports(sys.argv[1], lazy=True)
rates = ia.delivery_rates(ia.messages(reports, as_of="2026-11-30")).collect()
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(rates["messages"].sum(), int(peak.split()[1]) * 1024)
"""


def reports(count: int) -> Iterator[dict[str, Any]]:
    """Invented reports in the shape of SMS v3."""
    chance = random.Random(20261001)
    for place in range(count):
        status, error, words = ENDINGS[chance.random() > 0.9]
        sent = START + timedelta(seconds=chance.random() * 86_400 * 20)
        yield {
            "bulkId": f"BULK-{place // 1000}",
            "messageId": f"{chance.getrandbits(128):032x}",
            "to": f"4477009{chance.randrange(10**5):05d}",
            "sender": "ExampleShop",
            "sentAt": _written(sent),
            "doneAt": _written(sent + timedelta(seconds=chance.expovariate(1 / 20))),
            "messageCount": 1,
            "mccMnc": "23410",
            "price": {"pricePerMessage": 0.01, "currency": "EUR"},
            "status": {**status, "description": words},
            "error": {**error, "description": words, "permanent": False},
            "platform": {"entityId": "my-entity", "applicationId": "my-application"},
            "callbackData": f"campaign-{place % 50}",
            "campaignReferenceId": "summer-sale",
        }


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def write(folder: Path, count: int) -> None:
    """The reports as `reports.ndjson`, and as a folder `pages`."""
    (folder / "pages").mkdir()
    found = list(reports(count))
    with (folder / "reports.ndjson").open("w") as file:
        file.writelines(f"{json.dumps(each)}\n" for each in found)
    for start in range(0, count, PAGE):
        page = json.dumps({"results": found[start : start + PAGE]})
        (folder / "pages" / f"{start:09}.json").write_text(page)


def ours(source: Path) -> Any:
    """Typed delivery reports."""
    return ia.read_delivery_reports(source)


def normalized(source: Path) -> Any:
    """What an analyst writes: every answer parsed and flattened."""
    if source.is_dir():
        pages = (json.loads(path.read_text())["results"] for path in sorted(source.iterdir()))
        return pd.concat([pd.json_normalize(page) for page in pages], ignore_index=True)
    with source.open() as file:
        return pd.json_normalize([json.loads(line) for line in file])


def seconds(job: Callable[[Path], Any], source: Path) -> float:
    """How long *job* takes once."""
    started = time.perf_counter()
    job(source)
    return time.perf_counter() - started


def compare(source: Path, rounds: int) -> None:
    """Print how fast both read *source*, and the ratio."""
    mine, theirs = ours(source), normalized(source)
    if mine["message_id"].to_list() != theirs["messageId"].to_list():
        raise SystemExit("the message ids differ")
    if mine["status_group"].to_list() != theirs["status.groupName"].to_list():
        raise SystemExit("the groups differ")
    files = source.iterdir() if source.is_dir() else [source]
    size = sum(path.stat().st_size for path in files) / 1e6
    pairs = [(seconds(ours, source), seconds(normalized, source)) for _ in range(rounds)]
    for place, name in enumerate(("infobip_analytics", "json_normalize")):
        middle = statistics.median(pair[place] for pair in pairs)
        print(f"{source.name:15} {name:18} {middle:6.2f} s, {size / middle:6.1f} MB a second")
    ratio = statistics.median(their / my for my, their in pairs)
    print(f"{source.name:15} {ratio:.1f} times as fast as json and json_normalize")


def memory(folder: Path, count: int) -> None:
    """Print the peak of the memory of a process that reads and folds a large file as a plan."""
    path = folder / "large.ndjson"
    with path.open("w") as file:
        file.writelines(f"{json.dumps(each)}\n" for each in reports(count))
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(path)], capture_output=True, text=True, check=True
    )
    messages, peak = map(int, done.stdout.split())
    size = path.stat().st_size
    print(
        f"{path.name:15} {messages:,} messages of {size / 1e6:,.0f} MB: peak {peak / 1e6:,.0f} MB"
    )


def main() -> None:
    """Print the times and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, args.reports)
        for source in ("reports.ndjson", "pages"):
            compare(folder / source, args.rounds)
        if args.memory:
            memory(folder, 4 * args.reports)


if __name__ == "__main__":
    main()
