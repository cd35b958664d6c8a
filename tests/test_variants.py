"""Variants compared: differences, their intervals, and what may be said of them."""

import random
from datetime import date
from typing import Any

import duckdb
import narwhals as nw
import polars as pl
import pytest
from conftest import Back, Engine
from hypothesis import given
from hypothesis import strategies as st
from oracle_folding import Row
from oracle_worlds import DAY, T, events, sent, sent_of
from statsmodels.stats.proportion import confint_proportions_2indep

from infobip_analytics.errors import ArgumentError, ColumnError
from infobip_analytics.intervals import newcombe
from infobip_analytics.variants import compare_variants

A, B, C = ({"variant": name} for name in "ABC")
FAILED = {"outcome": "failed"}
WAITING = {"settled": False, "outcome": "pending"}

#: A: 3 of 4 delivered, B: 1 of 4
MIXED: list[Row] = [*[A] * 3, A | FAILED, B, *[B | FAILED] * 3]


def bounds(k: int, n: int, base_k: int, base_n: int, confidence: float = 0.95) -> Any:
    """Newcombe's interval of k/n - base_k/base_n."""
    frame = pl.DataFrame({"k": [k], "n": [n], "l": [base_k], "m": [base_n]})
    low, high = newcombe(nw.col("k"), nw.col("n"), nw.col("l"), nw.col("m"), confidence)
    return nw.from_native(frame).select(low=low, high=high).to_native().row(0)


@st.composite
def counts(draw: st.DrawFn) -> tuple[int, int]:
    """Draw successes and trials, none and all of them often."""
    n = draw(st.integers(1, 5_000))
    return draw(st.sampled_from([0, n]) | st.integers(0, n)), n


@given(counts(), counts(), st.sampled_from([0.5, 0.9, 0.95, 0.99, 0.999]))
def test_the_interval_is_newcombes(one: Any, base: Any, confidence: float) -> None:
    known = confint_proportions_2indep(
        *one, *base, method="newcomb", compare="diff", alpha=1 - confidence
    )
    (k, n), (base_k, base_n) = one, base
    made = bounds(k, n, base_k, base_n, confidence)
    assert made == pytest.approx(known, abs=1e-12)
    assert -1 <= made[0] <= k / n - base_k / base_n <= made[1] <= 1


def test_the_interval_is_the_published_one() -> None:
    # R. G. Newcombe 1998, table II, method 10
    assert bounds(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert bounds(9, 10, 3, 10) == pytest.approx((0.1705, 0.8090), abs=5e-5)
    assert bounds(10, 10, 0, 20) == pytest.approx((0.6791, 1.0000), abs=5e-5)


def test_without_trials_there_is_no_interval() -> None:
    assert bounds(0, 0, 1, 2) == bounds(1, 2, 0, 0) == (None, None)


def test_the_difference_is_the_other_less_the_baseline(engine: Engine, back: Back) -> None:
    (row,) = back(compare_variants(engine(sent(*MIXED))).frame).to_dicts()
    assert (row["variant"], row["baseline"]) == ("B", "A")
    assert [row[name] for name in ("settled", "delivered", "delivery_rate")] == [4, 1, 1 / 4]
    assert [row[f"baseline_{name}"] for name in ("settled", "delivered", "rate")] == [4, 3, 3 / 4]
    assert row["difference"] == -1 / 2
    assert (row["difference_low"], row["difference_high"]) == bounds(1, 4, 3, 4)
    assert (row["population"], row["as_of"]) == ("sent", T + 9 * DAY)


def test_any_group_may_be_the_baseline_and_the_others_are_compared_with_it() -> None:
    made = compare_variants(sent(*MIXED, C, {"variant": None}), baseline="B").frame
    assert made["variant"].to_list() == ["A", "C", None]
    assert made["difference"].to_list() == [1 / 2, 3 / 4, 3 / 4]
    without = compare_variants(sent(*MIXED, {"variant": None}), baseline="—").frame
    assert without["baseline"].to_list() == ["—", "—"]


def test_a_baseline_is_named_as_its_value_or_as_it_is_printed() -> None:
    frame = sent({}, FAILED | {"sent_at": T + DAY}, {"channel": "sms"})
    for baseline in (date(2026, 3, 3), "2026-03-03"):
        made = compare_variants(frame, "day", baseline=baseline).frame
        assert made["baseline"].to_list() == ["2026-03-03"]
    made = compare_variants(frame, ["channel", "day"], baseline=["sms", "2026-03-02"]).frame
    assert made["baseline"].to_list() == ["sms, 2026-03-02"] * 2


def test_an_unknown_baseline_is_answered_with_the_groups_there_are() -> None:
    with pytest.raises(ArgumentError, match=r"'Z' is none of the 2 groups by variant.*A; B"):
        compare_variants(sent(*MIXED), baseline="Z")
    with pytest.raises(ArgumentError, match="none of the 2 groups"):
        compare_variants(sent(*MIXED), baseline=["A", "B"])
    people = sent({"recipient": "447700900123"})
    with pytest.raises(ArgumentError) as raised:
        compare_variants(people, "recipient", baseline="x")
    assert "447700900123" not in str(raised.value)


def test_groups_with_nothing_settled_have_no_difference(engine: Engine, back: Back) -> None:
    table = compare_variants(engine(sent(*MIXED, C | WAITING)))
    made = back(table.frame).row(1, named=True)
    assert (made["settled"], made["baseline_settled"]) == (0, 4)
    nulls = ["delivery_rate", "difference", "difference_low", "difference_high"]
    assert [made[name] for name in nulls] == [None] * 4
    assert made["sentence"] == "nothing of C is settled, so there is no difference to tell"
    unsettled = compare_variants(sent(A | WAITING, B)).frame
    assert unsettled["difference"].to_list() == [None]
    assert "nothing of A is settled" in unsettled["sentence"].item()


def test_no_report_countries_are_in_no_group() -> None:
    silent = {"country": "DE", "outcome": "unreported"}
    table = compare_variants(sent(*MIXED, B | silent))
    assert table.frame["settled"].to_list() == [4]
    assert "1 to no-report countries" in table.note
    assert compare_variants(sent(*MIXED, B | silent), no_report_countries=()).frame[
        "settled"
    ].to_list() == [5]


@pytest.mark.parametrize("rows", [[], [A], [{}]])
def test_of_one_group_there_is_nothing_to_compare(rows: list[Row], engine: Engine) -> None:
    table = compare_variants(engine(sent(*rows)))
    assert table.headline.startswith("Nothing to compare")
    assert nw.from_native(table.frame).lazy().collect().is_empty()
    assert "Nothing to compare" in str(table)


def test_what_cannot_be_grouped_is_answered() -> None:
    with pytest.raises(ArgumentError, match="by='variant'"):
        compare_variants(sent(*MIXED), None)
    with pytest.raises(ArgumentError, match="did you mean 'variant'"):
        compare_variants(sent(*MIXED), "varient")
    with pytest.raises(ArgumentError, match="between 0 and 1"):
        compare_variants(sent(*MIXED), confidence=95)
    with pytest.raises(ColumnError, match=r"ia\.messages\("):
        compare_variants(events({}))
    with pytest.raises(ArgumentError, match="another name"):
        compare_variants(sent({}).with_columns(difference=1), "difference")


# what is said


def many(variant: str, delivered: int, settled: int) -> list[Row]:
    """Make the messages of one variant."""
    return [{"variant": variant} | ({} if n < delivered else FAILED) for n in range(settled)]


@pytest.mark.parametrize("delivered", [300, 240, 272])
def test_the_sentence_says_no_more_than_the_interval(delivered: int) -> None:
    table = compare_variants(sent(*many("A", 270, 300), *many("B", delivered, 300)))
    low, high = (100 * bound for bound in bounds(delivered, 300, 270, 300))
    said = {
        300: f"B delivered more, by {low:.1f} to {high:.1f} points",
        240: f"B delivered less, by {-high:.1f} to {-low:.1f} points",
        272: "no difference is shown; it may be anything between "
        f"\N{MINUS SIGN}{-low:.1f} and +{high:.1f} points",
    }
    assert table.headline == table.frame["sentence"].item()
    assert table.headline.endswith(said[delivered])
    assert "A 90.0\N{NO-BREAK SPACE}% of 300" in table.headline


def test_the_notes_say_what_an_interval_is_not() -> None:
    two, three = compare_variants(sent(*MIXED)), compare_variants(sent(*MIXED, C))
    for table in (two, three):
        assert "messages of one campaign are not independent" in table.note
        assert "only where chance decided" in table.note
    assert "by chance" not in two.note
    assert "2 differences, each with a 95" in three.note
    assert three.headline.startswith("2 groups compared with A (75.0")
    waiting = compare_variants(sent(*MIXED, A | WAITING, {"orphan": True} | A))
    assert "left out: 1 still waiting; 1 orphans" in waiting.note
    assert "read logs" in compare_variants(sent(*MIXED, population="reported")).notes[0]


def test_people_are_masked_and_text_is_escaped_where_it_is_shown() -> None:
    frame = sent({"recipient": "447700900123"}, {"recipient": "447700900124"})
    table = compare_variants(frame, "recipient")
    assert "4477009001" not in str(table) + table._repr_html_()
    named = compare_variants(sent({"variant": "<b>\x1b"}, {"variant": "<i>"}))
    assert "<b>" not in named._repr_html_()
    assert "\x1b" not in str(named)


# against SQL

COUNTED = """
    SELECT {keys}, count(*) FILTER (settled) AS n,
        count(*) FILTER (settled AND outcome = 'delivered') AS k,
    FROM messages
    WHERE outcome <> 'enqueue_failed' AND NOT coalesce(orphan, false) AND sent_at IS NOT NULL
        AND country NOT IN (SELECT unnest($silent))
    GROUP BY {keys}
"""


@pytest.mark.parametrize("by", [["campaign_id"], ["campaign_id", "channel"]], ids=str)
def test_many_messages_are_compared_as_sql_and_statsmodels_do(
    by: list[str], engine: Engine, back: Back
) -> None:
    frame = sent_of(random.Random(str(by)).choice, 800)
    with duckdb.connect() as connection:
        connection.register("messages", frame)
        silent = {"silent": ["VN"]}
        found = connection.execute(COUNTED.format(keys=", ".join(by)), silent).fetchall()
    known = {tuple(group): (k, n) for *group, n, k in found}
    made = back(compare_variants(engine(frame), by, no_report_countries=["VN"]).frame)
    first = tuple(made.select("baseline").row(0)[0].split(", "))
    first = next(g for g in known if tuple("—" if v is None else v for v in g) == first)
    base = known.pop(first)
    assert {row[: len(by)] for row in made.select(by).iter_rows()} == set(known)
    for row in made.iter_rows(named=True):
        k, n = known[tuple(row[name] for name in by)]
        assert (row["delivered"], row["settled"]) == (k, n)
        assert (row["baseline_delivered"], row["baseline_settled"]) == base
        if not n:
            assert row["difference"] is None
            continue
        expected = confint_proportions_2indep(k, n, *base, method="newcomb", compare="diff")
        assert (row["difference_low"], row["difference_high"]) == pytest.approx(expected)
        assert row["difference"] == pytest.approx(k / n - base[0] / base[1])
