"""An archive of a year, recomputed from nothing, and again with a day more in it.

    python benchmarks/recompute_archive.py [--messages 20000000] [--days 365] [--folder DIR]

The archive has so many messages, each with one report or two, in a Delta table that is written a
day at a time. All but the last day are recomputed (from nothing); then that day comes, and with it
late reports about the three days before, and what changed is recomputed. It is held, byte by byte,
against a run from nothing over all of it. Each run is a process of its own, so that its memory can
be told.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from infobip_analytics.archive import Archive, make_archive
from infobip_analytics.archive import table as tables
from infobip_analytics.archive.rows import COLUMNS, DAY
from infobip_analytics.recomputing import recompute

START = datetime(2025, 3, 1, tzinfo=UTC)
PREFIXES = ["4477009", "3363998", "49151", "1202555", "1416555", "420777", "551199", "393331"]
PRICES = [0.0361, 0.0452, 0.0721, 0.0079, 0.0084, 0.0512, 0.0287, 0.0633]
#: Group, id, name, and how often it is the last word about a message
STATUSES = [
    ("DELIVERED", 5, "DELIVERED_TO_HANDSET", 0.86),
    ("UNDELIVERABLE", 9, "UNDELIVERABLE_NOT_DELIVERED", 0.09),
    ("REJECTED", 12, "REJECTED_NOT_ENOUGH_CREDITS", 0.03),
    ("EXPIRED", 15, "EXPIRED_EXPIRED", 0.02),
]
#: The share of messages of which a report came before the last one, and of late reports
PENDING, LATE = 0.3, 0.02
HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
#: Seconds, seconds of processors, gigabytes, days read, days
Told = tuple[float, float, float, int, int]
#: How many messages are made at once
PORTION = 1_000_000


def uuids(rng: np.random.Generator, count: int) -> pl.Series:
    """Invented message ids, as Infobip's look."""
    raw = rng.integers(0, 256, (count, 16), dtype=np.uint8)
    digits = np.empty((count, 32), np.uint8)
    digits[:, 0::2], digits[:, 1::2] = HEX[raw >> 4], HEX[raw & 15]
    text = np.full((count, 36), ord("-"), np.uint8)
    for place, start, size in [(0, 0, 8), (9, 8, 4), (14, 12, 4), (19, 16, 4), (24, 20, 12)]:
        text[:, place : place + size] = digits[:, start : start + size]
    offsets = pa.py_buffer(np.arange(0, 36 * count + 1, 36, dtype=np.int64).tobytes())
    made = pa.LargeStringArray.from_buffers(count, offsets, pa.py_buffer(text.tobytes()))
    return pl.Series(pl.from_arrow(made))


def day_of_reports(day: int, messages: int, seed: int) -> pl.DataFrame:
    """The reports of the messages of one day."""
    rng = np.random.default_rng([seed, day])
    first = START + timedelta(days=day)
    kind = rng.integers(0, len(PREFIXES), messages)
    sent = int(first.timestamp() * 1000) + pl.Series(rng.integers(0, 86_400_000, messages))
    done = sent + pl.Series(rng.exponential(2e5, messages)).cast(pl.Int64) + 900
    last = rng.choice(len(STATUSES), messages, p=[share for *_, share in STATUSES])
    reports = pl.DataFrame(
        {
            "message_id": uuids(rng, messages),
            "bulk_id": pl.Series(rng.integers(0, 1000, messages)).cast(pl.String),
            "recipient": pl.Series(PREFIXES).gather(kind)
            + pl.Series(rng.integers(100_000, 999_999, messages)).cast(pl.String),
            "sent_at": _times(sent),
            "done_at": _times(done),
            "price": pl.Series(PRICES).gather(kind),
            "_status": last.astype(np.int64),
        }
    )
    before = reports.filter(pl.Series(rng.random(messages) < PENDING)).with_columns(
        done_at=pl.col("sent_at") + pl.duration(milliseconds=500), _status=pl.lit(-1, pl.Int64)
    )
    return _as_kept(pl.concat([before, reports]))


def _times(milliseconds: pl.Series) -> pl.Series:
    return milliseconds.cast(pl.Datetime("ms")).dt.cast_time_unit("us").dt.replace_time_zone("UTC")


def _as_kept(reports: pl.DataFrame) -> pl.DataFrame:
    """The columns of the table, of which most are the same in every row."""
    groups, ids, names, _ = map(list, zip(("PENDING", 7, "PENDING_ENROUTE", 0), *STATUSES,
                                          strict=True))  # fmt: skip
    place = pl.col("_status") + 1
    told = reports.with_columns(
        status_group=place.replace_strict(range(len(ids)), groups, return_dtype=pl.String),
        status_id=place.replace_strict(range(len(ids)), ids, return_dtype=pl.Int64),
        status_name=place.replace_strict(range(len(ids)), names, return_dtype=pl.String),
        error_id=pl.lit(0), error_name=pl.lit("NO_ERROR"), error_group=pl.lit("OK"),
        permanent=pl.lit(value=False), record=pl.lit("report"), channel=pl.lit("sms"),
        sender=pl.lit("Shop"), currency=pl.lit("EUR"), network=pl.lit("23410"), parts=pl.lit(1),
        campaign_reference=pl.lit("spring"), callback_data=pl.lit(None, pl.String),
        received_at=pl.col("done_at") + pl.duration(seconds=30), journal_line=pl.lit(1),
    ).with_columns(pl.col("sent_at").dt.date().alias(DAY))  # fmt: skip
    return told.select(pl.col(name).cast(kind) for name, kind in COLUMNS.items())


def fill(archive: Archive, days: range, messages: int) -> None:
    """Put days into the archive, one after the other."""
    for day in days:
        for n, start in enumerate(range(0, messages, PORTION)):
            rows = day_of_reports(day, min(PORTION, messages - start), n)
            tables.add(archive, tables.made(archive), rows, 0, 0)


def late(archive: Archive, day: int) -> None:
    """Add what comes on a day about messages of the three days before it."""
    now = tables.made(archive)
    there = [(START + timedelta(days=day - back)).date() for back in (1, 2, 3)]
    some = (
        tables.plan(archive, now, there)
        .filter(pl.col("message_id").hash(1) % round(1 / LATE) == 0)
        .unique("message_id")
        .with_columns(
            done_at=pl.lit(START + timedelta(days=day, hours=3)).cast(pl.Datetime("us", "UTC")),
            received_at=pl.lit(START + timedelta(days=day, hours=4)).cast(pl.Datetime("us", "UTC")),
            status_group=pl.lit("DELIVERED"),
            status_id=pl.lit(5, pl.Int64),
            status_name=pl.lit("DELIVERED_TO_HANDSET"),
        )
    )
    tables.add(archive, now, some.collect(), 0, 0)


def run(folder: Path, output: str) -> None:
    """Recompute; print how long it took, the most memory it held, and how many days it read."""
    started, busy = time.perf_counter(), time.process_time()
    done = recompute(folder / "archive", folder / output)
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    status = Path("/proc/self/status").read_text()
    [peak] = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")]
    print(json.dumps([seconds, busy, peak / 1e6, done.rows.read, done.rows.files]))


def apart(folder: Path, output: str) -> Told:
    """Run in a process of its own."""
    command = [sys.executable, __file__, "--run", output, "--folder", str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    seconds, busy, peak, read, days = json.loads(done.stdout.splitlines()[-1])
    return seconds, busy, peak, read, days


def measure(folder: Path, messages: int, days: int) -> None:
    """Make the archive, let both runs run, compare and print."""
    archive = make_archive(folder / "archive")
    started = time.perf_counter()
    fill(archive, range(days - 1), messages // days)
    print(f"made in {time.perf_counter() - started:.0f} s", flush=True)
    _tell("from nothing", apart(folder, "nightly.csv"))
    fill(archive, range(days - 1, days), messages // days)
    late(archive, days - 1)
    update = apart(folder, "nightly.csv")
    _tell("a day more", update)
    anew = apart(folder, "anew.csv")
    _tell("all anew", anew)
    if (folder / "nightly.csv").read_bytes() != (folder / "anew.csv").read_bytes():
        raise SystemExit("the results differ")
    rows = sum(pl.DataFrame(tables.made(archive).get_add_actions(flatten=True))["num_records"])
    state = (folder / "nightly.csv.state").stat().st_size / 1e6
    table = tables.bytes_of(archive.table) / 1e6
    print(f"{messages:,} messages, {rows:,} reports, {days} days; table {table:,.0f} MB, state "
          f"{state:,.0f} MB")  # fmt: skip
    share, of_processors = update[0] / anew[0], update[1] / anew[1]
    print(f"{1 / share:.1f} times as fast: the update costs {100 * share:.1f} % of the whole "
          f"({100 * of_processors:.1f} % of the time of processors)")  # fmt: skip


def _tell(what: str, told: Told) -> None:
    seconds, busy, peak, read, days = told
    print(
        f"{what:13}{seconds:8.2f} s ({busy:.1f} s of processors), {peak:.2f} GB, read {read} of "
        f"{days} days",
        flush=True,
    )


def main() -> None:
    """Print the times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--folder", type=Path, help="where there is room; it is left empty")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.run:
        run(args.folder, args.run)
        return
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        measure(Path(name), args.messages, args.days)


if __name__ == "__main__":
    main()
