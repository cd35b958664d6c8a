"""Events that may be of one message form knots, and each knot can be paired by itself."""

from typing import Any

import polars as pl
import pytest
from oracle_worlds import EVENT_QUESTIONS
from polars.testing import assert_frame_equal
from test_engines import many_events

import infobip_analytics as ia
from infobip_analytics.spreading.partitions import LABEL, knots


def peopled(frame: pl.DataFrame, people: int = 60) -> pl.DataFrame:
    """Give worlds of events to many people, some of whom share a number or a message id."""
    world = pl.col("campaign_id").str.slice(1).cast(pl.Int64)
    person = (world % people).cast(pl.String)
    return frame.with_columns(
        pl.concat_str("customer", pl.lit("-"), person),
        pl.concat_str("recipient", (world % (people - 7)).cast(pl.String).str.zfill(4)),
        pl.concat_str(pl.col("message_id").str.tail(1), (world // 2).cast(pl.String)),
    )


def knot(frame: pl.DataFrame) -> pl.Series:
    """Find in polars what `partitions.knotted` finds in Spark."""
    label = pl.coalesce("customer", "recipient", pl.lit("")).rank("dense").cast(pl.Int64)
    labelled = frame.with_columns(label.alias(LABEL))
    nobody = pl.col("customer").is_null().any().over("recipient")
    links = [
        labelled.filter(pl.col(by).is_not_null(), which).select(
            one=pl.col(LABEL).min().over(by), other=LABEL
        )
        for by, which in (("message_id", pl.lit(value=True)), ("recipient", nobody))
    ]
    moved = knots(pl.concat(links).filter(pl.col("one") != pl.col("other")).unique())
    found = labelled.select(LABEL).join(moved, on=LABEL, how="left", maintain_order="left")
    return found.select(pl.coalesce("(knot)", LABEL)).to_series()


@pytest.mark.parametrize("seed", range(3))
def test_a_knot_by_itself_gives_the_messages_that_it_gives_among_others(seed: int) -> None:
    frame = peopled(many_events(100 + seed))
    parts = frame.with_columns(_part=knot(frame) % 9).partition_by("_part", include_key=False)
    assert len(parts) == 9
    for question in EVENT_QUESTIONS[3:5]:
        asked: dict[str, Any] = {"as_of": question.as_of, "waiting_period": question.waiting}
        together = ia.messages(frame, **asked)
        apart = pl.concat(ia.messages(part, **asked) for part in parts)
        assert_frame_equal(apart.sort(pl.all()), together.sort(pl.all()))


def test_a_chain_of_links_is_one_knot() -> None:
    links = pl.DataFrame({"one": [5, 4, 3, 20], "other": [6, 5, 4, 21]})
    found = dict(knots(links).iter_rows())
    assert found == {3: 3, 4: 3, 5: 3, 6: 3, 20: 20, 21: 20}
