"""The benchmark of the nowcast in small: what was said is held against what came."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

PATH = Path(__file__).resolve().parent.parent / "benchmarks" / "nowcast.py"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    """Import the script, which is no part of the package."""
    spec = spec_from_file_location("benchmark_of_nowcast", PATH)
    assert spec is not None
    assert spec.loader is not None
    made = module_from_spec(spec)
    sys.modules[spec.name] = made  # where dataclasses look their annotations up
    spec.loader.exec_module(made)
    return made


def test_a_world_is_seen_as_it_is_known_and_remembers_what_came(benchmark: ModuleType) -> None:
    world = benchmark.world(benchmark.Family(days=12, size=60), 5)
    waiting = world.messages.filter(~pl.col("settled"))
    assert waiting["campaign_id"].n_unique() == len(benchmark.AGES)
    assert (waiting["done_at"].drop_nulls() <= benchmark.AS_OF).all()
    so_far = waiting.group_by(campaign="campaign_id").agg((pl.col("outcome") == "delivered").mean())
    both = world.truth.join(so_far, on="campaign")
    assert (both["truth"] >= both["outcome"]).all()
    assert both["truth"].mean() > both["outcome"].mean()


@pytest.mark.slow
def test_the_interval_holds_what_came_and_the_forecast_beats_what_has_come(
    benchmark: ModuleType,
) -> None:
    family = benchmark.Family(size=300, drift=0.08)
    found = pl.concat(benchmark.asked(family, seed) for seed in range(500, 512))
    assert found.height == 120
    # 95 of 100 of 120; those of one world are not independent of one another
    assert 0.88 <= found["held"].mean() < 1
    assert found["off"].mean() < found["so_far_off"].mean() / 2
