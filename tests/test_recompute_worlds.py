"""Whatever the nights brought, the result is that of a full computation.

A world is invented, its reports or events are split at random into exports that overlap, and these
come, change and go night by night. While a run is on, every file that did not change is rubbish.
"""

import gzip
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import infobip_analytics as ia
from infobip_analytics.recomputing import recompute
from infobip_analytics.samples.events import export_rows
from infobip_analytics.samples.reports import report_lines
from infobip_analytics.samples.world import make_world

KINDS = ["delivery_reports", "campaign_events"]
NAMES = ["a", "b.gz", "c", "d/e", "f.gz"]
ZONES = ["UTC", "Europe/Prague", "America/Santiago"]


@cache
def rows_of(kind: str) -> tuple[str, list[str]]:
    """Give the heading (or none) and the shuffled rows of a small world."""
    world = make_world(150, 11)
    if kind == "delivery_reports":
        heading, rows = "", report_lines(world)["line"].to_list()
    else:
        heading, *rows = export_rows(world).write_csv().splitlines()
    random.Random(5).shuffle(rows)
    return f"{heading}\n" if heading else "", rows


@dataclass(frozen=True)
class Night:
    """What happens before one run: files that are written anew, and names that go."""

    written: dict[str, tuple[int, int]]
    removed: frozenset[str]
    forgotten: bool


def nights(most: int) -> st.SearchStrategy[list[Night]]:
    pieces = st.tuples(st.integers(0, 90), st.integers(5, 60))  # per cent: from, how much
    night = st.builds(
        Night,
        written=st.dictionaries(st.sampled_from(NAMES), pieces, max_size=3),
        removed=st.frozensets(st.sampled_from(NAMES), max_size=2),
        forgotten=st.sampled_from([False, False, False, True]),
    )
    return st.lists(night, min_size=2, max_size=most)


def write(path: Path, kind: str, piece: tuple[int, int], clock: Iterator[int]) -> None:
    """Write an export, in the past so that its time of change can be trusted."""
    heading, rows = rows_of(kind)
    first = len(rows) * piece[0] // 100
    text = heading + "\n".join(rows[first : first + len(rows) * piece[1] // 100 + 1]) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = text.encode()
    path.write_bytes(gzip.compress(raw, mtime=0) if path.suffix == ".gz" else raw)
    changed = next(clock)
    os.utime(path, ns=(changed, changed))


@contextmanager
def rubbish(paths: list[Path]) -> Iterator[None]:
    """Make files rubbish of the same size and time for a while."""
    kept = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}
    for path, (content, changed) in kept.items():
        path.write_bytes(b"\0" * len(content))
        os.utime(path, ns=(changed, changed))
    yield
    for path, (content, changed) in kept.items():
        path.write_bytes(content)
        os.utime(path, ns=(changed, changed))


def play(folder: Path, kind: str, story: list[Night], zone: str) -> None:
    """Let the nights pass, and hold every result against a run from nothing and a full reading."""
    exports, stats = folder / "exports", folder / "stats.csv"
    clock = iter(range(1_700_000_000_000_000_007, 1_800_000_000_000_000_000, 1_000_000_000))
    write(exports / "first", kind, (0, 10), clock)
    before: set[Path] = set()
    for number, night in enumerate(story):
        for name in night.removed:
            (exports / name).unlink(missing_ok=True)
        for name, piece in night.written.items():
            write(exports / name, kind, piece, clock)
        written = {exports / name for name in night.written}
        if night.forgotten:
            (folder / "stats.csv.state").unlink(missing_ok=True)
        there = {path for path in exports.rglob("*") if path.is_file()}
        same = set() if night.forgotten else (there & before) - written
        with rubbish(sorted(same)):
            done = recompute(exports, stats, timezone=zone)
        before = there
        assert (done.rows.read, done.rows.files) == (len(there) - len(same), len(there))
        anew = folder / f"{number}.csv"
        recompute(exports, anew, timezone=zone)
        assert stats.read_bytes() == anew.read_bytes()
        assert_full(exports, folder / f"{number}.parquet", zone)


def assert_full(exports: Path, output: Path, zone: str) -> None:
    """Hold a run against what the readers and rooms give for all files at once."""
    recompute(exports, output, timezone=zone)
    found = pl.read_parquet(output)
    messages = ia.messages(ia.read(exports, timezone=zone), timezone=zone)
    full = ia.delivery_rates(messages, by=["day", "country"], timezone=zone)
    but = ["as_of", "cost"]  # a settled line has its own moment, and cost is rounded
    assert_frame_equal(found.drop(but), full.drop(but), check_exact=True)
    assert_frame_equal(found.select("cost"), full.select("cost"), abs_tol=2e-8)


@given(kind=st.sampled_from(KINDS), story=nights(2), zone=st.sampled_from(ZONES))
@settings(max_examples=2)
def test_every_night_gives_what_a_full_computation_gives(
    kind: str, story: list[Night], zone: str
) -> None:
    with TemporaryDirectory() as folder:
        play(Path(folder), kind, story, zone)


@pytest.mark.slow
@given(kind=st.sampled_from(KINDS), story=nights(5), zone=st.sampled_from(ZONES))
@settings(max_examples=15)
def test_many_nights_give_what_full_computations_give(
    kind: str, story: list[Night], zone: str
) -> None:
    with TemporaryDirectory() as folder:
        play(Path(folder), kind, story, zone)
