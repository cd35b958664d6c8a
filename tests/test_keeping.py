"""Rows that were read: in memory, or on disk where they are too many."""

import gc
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from infobip_analytics.errors import SourceError
from infobip_analytics.sources.keeping import Kept

FRAMES = [
    pl.DataFrame({"message_id": ["m-1", "m-2"], "url": ["a", None]}),
    pl.DataFrame({"message_id": ["m-3"], "variant": ["B"]}),
    pl.DataFrame({"message_id": ["m-4", "m-5"], "url": ["b", "c"]}),
]
TOGETHER = pl.concat(FRAMES, how="diagonal")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def kept(*, on_disk: bool, memory: int) -> pl.LazyFrame:
    rows = Kept(on_disk=on_disk, memory=memory)
    for frame in FRAMES:
        rows.add(frame)
    assert rows.rows == 5
    [plan] = rows.plans()
    return plan


@pytest.mark.parametrize("memory", [0, 30, 10**9])
def test_rows_are_the_same_from_memory_and_from_disk(temporary: Path, memory: int) -> None:
    plan = kept(on_disk=True, memory=memory)
    assert_frame_equal(plan.collect(), TOGETHER, check_column_order=False)
    assert_frame_equal(
        plan.filter(pl.col("url") == "b").select("message_id").collect(),
        pl.DataFrame({"message_id": ["m-4"]}),
    )
    assert plan.head(3).collect()["message_id"].to_list() == ["m-1", "m-2", "m-3"]
    assert plan.select("variant").collect()["variant"].to_list() == [None, None, "B", None, None]


def test_only_a_plan_goes_to_disk(temporary: Path) -> None:
    kept(on_disk=False, memory=0)
    assert not list(temporary.iterdir())


def test_the_folder_is_for_this_user_alone_and_goes_with_the_last_plan(temporary: Path) -> None:
    plan = kept(on_disk=True, memory=0).select("message_id")
    [folder] = temporary.iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    gc.collect()
    assert plan.collect().height == 5, "the folder went while a plan still needed it"
    del plan
    gc.collect()
    assert not list(temporary.iterdir())


def test_where_nothing_can_be_kept_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(SourceError, match="name a larger place in the environment as TMPDIR"):
        kept(on_disk=True, memory=0)
