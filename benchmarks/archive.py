"""100,000 reports into an archive of 2 million, against writing the table anew.

    python benchmarks/archive.py [--reports 2000000] [--new 100000] [--days 40] [--rounds 3]

The new reports are about messages of the last three days, and a tenth of them are there already.
Timed are the journal (written and synced), reading it, and adding its rows to the table; against
the last, a Parquet file of all distinct rows, old and new. Both are compared row by row. Then what
an analyst and a cron job wait for: rates of the whole archive, and verifying it.
"""

import argparse
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from infobip_analytics import delivery_rates, messages
from infobip_analytics.archive import Answer, Archive, append, make_archive, replay, scan, verify
from infobip_analytics.archive import table as tables
from infobip_analytics.archive.journal import lines_after
from infobip_analytics.archive.lines import Line
from infobip_analytics.archive.rows import DAY, IDENTITY, PLACE, distinct, new_ones, rows_of

START = datetime(2026, 3, 1, tzinfo=UTC)
#: How many reports an answer has at most
PAGE = 1000


def answers_of(first: int, count: int, days: tuple[int, int]) -> list[Answer]:
    """Answers with invented reports about messages with numbers from *first* on."""
    number = np.arange(first, first + count)
    # a message is always of the same day
    day = pl.Series(days[0] + (number * 7919) % (days[1] - days[0]))
    sent = pl.Series(number % 86_400) * 1000 + day * 86_400_000 + int(START.timestamp() * 1000)
    frame = pl.DataFrame({"n": number, "sent": _times(sent), "done": _times(sent + 4321)})
    line = pl.concat_str(
        pl.lit('{"bulkId":"b","messageId":"'), pl.col("n").hash(7).cast(pl.String),
        pl.lit('","to":"4477009'), (pl.col("n") % 100_000).cast(pl.String).str.pad_start(5, "0"),
        pl.lit('","sender":"Shop","sentAt":"'), "sent", pl.lit('","doneAt":"'), "done",
        pl.lit(
            '","messageCount":1,"price":{"pricePerMessage":0.03,"currency":"EUR"},"status":{'
            '"groupId":3,"groupName":"DELIVERED","id":5,"name":"DELIVERED_TO_HANDSET"},"error":{'
            '"groupId":0,"groupName":"OK","id":0,"name":"NO_ERROR","permanent":false},'
            '"mccMnc":"23410"}'
        ),
    )  # fmt: skip
    lines = frame.select(line).to_series().to_list()
    came = START + timedelta(days=days[1])
    return [
        Answer(
            f'{{"results":[{",".join(lines[n : n + PAGE])}]}}'.encode(),
            "/sms/3/reports", "reports", came,
        )
        for n in range(0, len(lines), PAGE)
    ]  # fmt: skip


def _times(milliseconds: pl.Series) -> pl.Series:
    return milliseconds.cast(pl.Datetime("ms")).dt.strftime("%Y-%m-%dT%H:%M:%S%.3f+0000")


def fill(archive: Archive, reports: int, days: int) -> None:
    """Put the old reports into the archive, night by night."""
    share = reports // days
    for day in range(days):
        append(archive, answers_of(day * share, share, (day, day + 1)))
        replay(archive)


def one_round(archive: Archive, folder: Path, new: list[Answer]) -> tuple[float, ...]:
    """Seconds for the journal, for reading it, for the table, and for all of it anew."""
    now = tables.made(archive)
    last = tables.place_of(now, archive)
    started = time.perf_counter()
    append(archive, new)
    written = time.perf_counter()
    lines = [each for each in lines_after(archive.journal, last) if isinstance(each, Line)]
    rows = rows_of(lines).frame
    parsed = time.perf_counter()
    fresh = new_ones(rows, tables.plan(archive, now, rows[DAY].unique().to_list()))
    tables.add(archive, now, fresh, lines[-1].n, 0)
    added = time.perf_counter()
    there = tables.plan(archive, now).filter(pl.col(PLACE) <= last)
    whole = distinct(pl.concat([there.collect(), rows]))
    whole.write_parquet(folder / "anew.parquet", compression="zstd")
    ended = time.perf_counter()
    if not tables.plan(archive, now).collect().sort(IDENTITY).equals(whole.sort(IDENTITY)):
        raise SystemExit("the results differ")
    print(f"  {len(rows):,} reports, {len(fresh):,} of them new; {len(whole):,} rows")
    return written - started, parsed - written, added - parsed, ended - added


def read_whole(archive: Archive) -> tuple[float, float]:
    """Seconds for the rates of the whole archive, and for verifying it."""
    started = time.perf_counter()
    delivery_rates(messages(scan(archive), as_of="2027-01-01"), by=["day", "country"]).collect()
    computed = time.perf_counter()
    if not verify(archive).sound:
        raise SystemExit("the archive is not sound")
    return computed - started, time.perf_counter() - computed


def main() -> None:
    """Print the times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=2_000_000)
    parser.add_argument("--new", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        archive = make_archive(Path(name) / "archive")
        started = time.perf_counter()
        fill(archive, args.reports, args.days)
        filled = time.perf_counter() - started
        table, journal = (tables.bytes_of(each) / 1e6 for each in (archive.table, archive.journal))
        print(f"{args.reports:,} reports kept in {filled:.0f} s: table {table:,.0f} MB, journal "
              f"{journal:,.0f} MB")  # fmt: skip
        fresh = args.new * 9 // 10
        rounds = []
        for number in range(args.rounds):
            first = args.reports + number * fresh - (args.new - fresh if number else 0)
            new = answers_of(first, args.new, (args.days - 3, args.days))
            rounds.append(one_round(archive, Path(name), new))
        replay(archive)
        rates, verified = read_whole(archive)
    written, parsed, added, anew = (statistics.median(each) for each in zip(*rounds, strict=True))
    print(f"{args.new:,} more: written to the journal {written:.2f} s, read from it {parsed:.2f} s")
    print(f"into the table   {added:6.2f} s")
    print(f"all rows anew    {anew:6.2f} s")
    print(f"rates by day and country {rates:.2f} s, verify {verified:.2f} s")
    print(f"{statistics.median(a / t for *_, t, a in rounds):.1f} times as fast")


if __name__ == "__main__":
    main()
