"""Is the list of no-report countries true here: what is heard, and what the list says."""

import random
from typing import Any

import narwhals as nw
import oracle_rates
import polars as pl
import pytest
from conftest import ENGINES, Back, Engine, to_polars
from oracle_folding import Row
from oracle_worlds import DAY, T, reports, sent
from polars.testing import assert_frame_equal
from statsmodels.stats.proportion import proportion_confint

from infobip_analytics.countries import no_report_codes
from infobip_analytics.coverage import report_coverage
from infobip_analytics.errors import ArgumentError, ColumnError

UNREPORTED = {"outcome": "unreported"}
FAILED = {"outcome": "failed"}
OPERATOR = {"receipt": "operator"}
GERMANY = {"country": "DE"}  # is on the list


def measured(*rows: Row, by: Any = "country", **asked: Any) -> Row:
    """Measure messages of one group."""
    made: pl.DataFrame = report_coverage(sent(*rows), by, **asked)
    return made.row(0, named=True)


def test_coverage_is_what_was_heard_of_the_settled_that_were_not_rejected(
    engine: Engine, back: Back
) -> None:
    outside: list[Row] = [
        {"outcome": "rejected"}, {"settled": False}, {"outcome": "enqueue_failed"},
        {"orphan": True}, {"sent_at": None},
    ]  # fmt: skip
    frame = engine(sent({}, FAILED, UNREPORTED, UNREPORTED, *outside))
    (made,) = back(report_coverage(frame)).to_dicts()
    assert (made["country_name"], made["n"], made["heard"]) == ("United Kingdom", 4, 2)
    assert made["coverage"] == 1 / 2
    low, high = proportion_confint(2, 4, 0.05, method="wilson")
    assert (made["coverage_low"], made["coverage_high"]) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("heard", "silent", "expected"),
    [
        (35, 0, "reporting"),
        (34, 0, "unproven"),
        (34, 1, "partial"),
        (0, 35, "silent"),
        (0, 34, "unproven"),
        (1, 34, "partial"),
        (919, 81, "reporting"),
        (918, 82, "partial"),
        (82, 918, "partial"),
        (81, 919, "silent"),
    ],
)
def test_the_class_follows_the_ends_of_the_interval(heard: int, silent: int, expected: str) -> None:
    assert measured(*[{}] * heard, *[UNREPORTED] * silent)["class"] == expected


def test_a_failure_is_a_report_too() -> None:
    assert measured(*[FAILED] * 35)["class"] == "reporting"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([OPERATOR] * 35, True),
        ([OPERATOR] * 34, False),
        ([OPERATOR] * 35 + [{"receipt": "unknown"}] * 99, True),
        ([OPERATOR] * 35 + [{}], False),
        ([OPERATOR] * 35 + [{"receipt": "handset", "settled": False}], True),
        ([{"receipt": "unknown"}] * 35, None),
        ([FAILED] * 35, None),
    ],
    ids=["35 of 35", "34 of 34", "unknown ones", "a handset", "a waiting one", "none", "failed"],
)
def test_operator_only_is_where_the_known_receipts_stop(
    rows: list[Row], expected: bool | None
) -> None:
    assert measured(*rows)["operator_only"] is expected


@pytest.mark.parametrize(
    ("rows", "declared", "surprise"),
    [
        ([GERMANY] * 35, "silent", True),
        ([GERMANY] * 34, "silent", False),
        ([GERMANY] * 5 + [GERMANY | UNREPORTED] * 30, "silent", False),
        ([GERMANY] * 9 + [GERMANY | UNREPORTED] * 26, "silent", True),
        ([GERMANY | UNREPORTED] * 35, "silent", False),
        ([UNREPORTED] * 35, "reporting", True),
        ([UNREPORTED] * 34, "reporting", False),
        ([{}] * 5 + [UNREPORTED] * 30, "reporting", False),
        ([{}] * 35, "reporting", False),
    ],
    ids=[
        "listed, all report", "listed, too few", "listed, hardly any", "listed, provably some",
        "listed, none", "not listed, none", "not listed, too few", "not listed, some",
        "not listed, all",
    ],
)  # fmt: skip
def test_it_is_a_surprise_where_data_and_list_provably_disagree(
    rows: list[Row], declared: str, surprise: bool
) -> None:
    made = measured(*rows)
    assert (made["declared"], made["surprise"]) == (declared, surprise)


def test_the_list_is_an_argument() -> None:
    assert measured(GERMANY, no_report_countries=())["declared"] == "reporting"
    assert measured({}, no_report_countries=["United Kingdom"])["declared"] == "silent"
    with pytest.raises(ArgumentError, match="Germanny"):
        measured({}, no_report_countries=["Germanny"])


def test_all_countries_are_in_it_also_those_of_the_list(engine: Engine, back: Back) -> None:
    frame = engine(sent({}, GERMANY, {"country": "ZZ"}, GERMANY | {"settled": False}))
    made = back(report_coverage(frame))
    assert made.select("country", "n").rows() == [("DE", 1), ("GB", 1), ("ZZ", 1)]


def test_where_nothing_is_settled_coverage_is_null_and_unproven(engine: Engine) -> None:
    made = nw.from_native(report_coverage(engine(sent({"settled": False})))).lazy().collect()
    ends = ["coverage", "coverage_low", "coverage_high", "operator_only"]
    assert all(made[name].is_null().all() for name in ends)
    assert (made["n"].to_list(), made["class"].to_list()) == ([0], ["unproven"])
    assert (made.schema["n"], made.schema["heard"]) == (nw.Int64, nw.Int64)


def test_final_reports_alone_have_no_coverage_no_class_and_no_surprise() -> None:
    made = measured(*[GERMANY | {"population": "reported"}] * 40)
    nulls = {name for name, value in made.items() if value is None}
    assert nulls == {"coverage", "coverage_low", "coverage_high", "class", "surprise"}
    assert (made["n"], made["population"]) == (40, "reported")


@pytest.mark.parametrize("by", [None, "campaign_id", ["channel", "month"]])
def test_by_anything_else_the_list_says_nothing(by: Any) -> None:
    made = measured(*[{}] * 35, by=by)
    assert (made["class"], made["declared"], made["surprise"]) == ("reporting", None, None)


def test_as_of_and_waiting_period_travel_with_it() -> None:
    made = measured({})
    assert (made["as_of"], made["waiting_days"]) == (T + 9 * DAY, 4.0)


def test_without_messages_no_country_is_measured(engine: Engine, back: Back) -> None:
    some, none = (back(report_coverage(engine(frame))) for frame in (sent({}), sent()))
    assert (none.height, none.columns) == (0, some.columns)


def test_raw_rows_are_answered_with_the_missing_line() -> None:
    with pytest.raises(ColumnError, match=r"ia\.messages\("):
        report_coverage(reports({}))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("engine_name", ["polars", "pandas"])
def test_many_countries_are_classed_as_sql_and_statsmodels_do(seed: int, engine_name: str) -> None:
    frame = _countries(random.Random(seed))
    made = to_polars(report_coverage(ENGINES[engine_name](frame)))
    known = oracle_rates.coverage(frame, ["country"])
    assert_frame_equal(
        made.select("country", "n", "heard"), known.drop("operator", "receipts"), check_dtypes=False
    )
    expected = [_classed(row, no_report_codes()) for row in known.to_dicts()]
    assert made.select("class", "operator_only", "surprise").to_dicts() == expected


def _countries(chance: random.Random) -> pl.DataFrame:
    """Messages to countries that report with very different chances."""
    rows = [
        {
            "country": country,
            "outcome": chance.choices(["delivered", "failed", "unreported", "rejected"], odds)[0],
            "receipt": chance.choices(["operator", "handset", "unknown"], receipts)[0],
            "settled": chance.random() < 0.9,
        }
        for country in ["GB", "DE", "US", "VN", "CZ", "FR", "BR"]
        for odds in [chance.choice([(9, 1, 0, 1), (0, 0, 9, 1), (1, 0, 40, 0), (60, 0, 1, 0)])]
        for receipts in [chance.choice([(1, 0, 1), (60, 1, 0), (1, 1, 0), (0, 0, 1)])]
        for _ in range(chance.choice([30, 60, 200]))
    ]
    return sent(
        *[row if row["outcome"] == "delivered" else row | {"receipt": None} for row in rows]
    )


def _classed(row: Row, silent: frozenset[str]) -> Row:
    n, listed = row["n"], row["country"] in silent
    low, high = proportion_confint(row["heard"], n, 0.05, method="wilson")
    known = row["receipts"]
    stops = proportion_confint(row["operator"], known, 0.05, method="wilson")[0] if known else None
    kind = "silent" if high <= 0.1 else "reporting" if low >= 0.9 else "partial"
    return {
        "class": "unproven" if n < 35 else kind,
        "operator_only": None if stops is None else stops >= 0.9,
        "surprise": n >= 35 and (low > 0.1 if listed else kind == "silent"),
    }
