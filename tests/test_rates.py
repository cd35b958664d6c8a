"""Delivery rates: what is counted, what is divided, and what is left out."""

import random
from typing import Any

import narwhals as nw
import oracle_rates
import polars as pl
import pytest
from conftest import ENGINES, Back, Engine, to_polars
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle_folding import Row
from oracle_worlds import DAY, HOUR, T, events, reports, sent, sent_of, sent_worlds
from polars.testing import assert_frame_equal
from statsmodels.stats.proportion import proportion_confint

from infobip_analytics.countries import no_report_codes
from infobip_analytics.errors import ArgumentError, ColumnError
from infobip_analytics.frames import MESSAGES
from infobip_analytics.intervals import wilson
from infobip_analytics.rates import COUNTS, SHARES, delivery_rates

FAILED = {"outcome": "failed"}
REJECTED = {"outcome": "rejected"}
UNREPORTED = {"outcome": "unreported"}
WAITING = {"settled": False}
PENDING = WAITING | {"outcome": "pending"}

#: Five settled messages: every rate differs.
MIXED = [{}, {}, FAILED, REJECTED, UNREPORTED]


def rates(*rows: Row, by: Any = None, **asked: Any) -> list[Row]:
    """The rates of some messages, as dicts; `population` and the like are asked as constants."""
    constants = {name: asked.pop(name) for name in list(asked) if name in MESSAGES}
    made: list[Row] = delivery_rates(sent(*rows, **constants), by, **asked).to_dicts()
    return made


def headline(*rows: Row, **asked: Any) -> Row:
    """The one row over all messages."""
    (row,) = rates(*rows, **asked)
    return row


# what is divided by what


def test_the_delivery_rate_is_delivered_by_settled(engine: Engine, back: Back) -> None:
    made = back(delivery_rates(engine(sent(*MIXED)), by=None)).row(0, named=True)
    assert {name: made[name] for name in COUNTS} == {
        "messages": 5, "waiting": 0, "settled": 5,
        "delivered": 2, "failed": 1, "rejected": 1, "unreported": 1,
    }  # fmt: skip
    assert made["delivery_rate"] == 2 / 5
    assert made["acceptance_rate"] == 4 / 5
    assert made["coverage"] == 3 / 4
    assert made["confirmed_rate"] == 2 / 3
    assert (made["bound_low"], made["bound_high"]) == (2 / 5, 3 / 5)


def test_where_nothing_is_settled_every_rate_is_null_and_neither_0_nor_nan(
    engine: Engine, back: Back
) -> None:
    made = delivery_rates(engine(sent(WAITING, PENDING)))
    native = nw.from_native(made).lazy().collect()
    assert all(native[name].is_null().all() for name in SHARES)
    assert back(made).select("messages", "waiting", "settled").rows() == [(2, 2, 0)]


@pytest.mark.parametrize(
    ("rows", "nulls"),
    [
        ([REJECTED], {"coverage", "confirmed_rate"}),
        ([UNREPORTED], {"confirmed_rate"}),
        ([FAILED], set()),
    ],
)
def test_each_rate_is_null_only_where_its_own_divisor_is_0(
    rows: list[Row], nulls: set[str]
) -> None:
    made = headline(*rows)
    assert {name for name in SHARES if made[name] is None} == nulls


def test_waiting_messages_enter_no_rate_however_early_they_were_reported() -> None:
    made = headline(FAILED, WAITING, WAITING | FAILED, WAITING | REJECTED, PENDING)
    assert (made["messages"], made["waiting"], made["delivery_rate"]) == (5, 4, 0)
    assert (made["delivered_so_far"], made["reported_so_far"]) == (1, 4)


@pytest.mark.parametrize(
    "outside", [{"outcome": "enqueue_failed"}, {"orphan": True}, {"sent_at": None}]
)
def test_what_was_not_forwarded_or_has_no_send_is_in_no_column(outside: Row) -> None:
    outside = outside | {"parts": 7, "price": 7.0, "currency": "EUR", "campaign_id": "b"}
    assert rates({}, outside, by="country") == rates({}, by="country")
    assert len(rates({"campaign_id": "a"}, outside, by="campaign_id")) == 1


def test_the_handset_rate_is_of_all_settled_messages() -> None:
    assert headline({}, {"receipt": "operator"}, FAILED, UNREPORTED)["handset_rate"] == 1 / 4


def test_the_handset_rate_is_null_where_any_receipt_is_unknown() -> None:
    assert headline({}, {"receipt": "unknown"})["handset_rate"] is None
    assert headline({}, {"receipt": None})["handset_rate"] is None
    assert headline({}, WAITING | {"receipt": "unknown"})["handset_rate"] == 1


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99, 0.999])
def test_the_interval_is_wilsons(confidence: float) -> None:
    pairs = [(k, n) for n in (1, 2, 3, 34, 35, 100, 12_040) for k in {0, 1, n // 2, n - 1, n}]
    frame = nw.from_native(pl.DataFrame(pairs, schema=["k", "n"], orient="row"))
    low, high = wilson(nw.col("k"), nw.col("n"), confidence)
    made = frame.select(low=low, high=high).to_native().rows()
    known = [proportion_confint(k, n, 1 - confidence, method="wilson") for k, n in pairs]
    assert made == [pytest.approx(pair, abs=1e-12) for pair in known]


@pytest.mark.parametrize("confidence", [0.95, 0.8])
def test_the_interval_belongs_to_the_delivery_rate(confidence: float) -> None:
    made = headline(*MIXED, confidence=confidence)
    expected = proportion_confint(2, 5, 1 - confidence, method="wilson")
    assert (made["rate_low"], made["rate_high"]) == pytest.approx(expected)


def test_the_interval_never_leaves_0_and_1() -> None:
    assert headline(*[FAILED] * 3)["rate_low"] == 0
    assert headline(*[{}] * 3)["rate_high"] == 1


@pytest.mark.parametrize("confidence", [0, 1, 95, -0.5])
def test_a_confidence_outside_0_and_1_is_refused(confidence: float) -> None:
    with pytest.raises(ArgumentError, match=r"between 0 and 1, for example 0\.95"):
        headline(confidence=confidence)


# countries without reports

SILENT = UNREPORTED | {"country": "DE"}


def test_by_country_the_no_report_countries_are_left_out(engine: Engine, back: Back) -> None:
    made = back(delivery_rates(engine(sent({}, SILENT))))
    assert made.select("country", "country_name", "messages", "no_report_messages").rows() == [
        ("GB", "United Kingdom", 1, 0)
    ]


def test_shown_they_keep_their_row_without_any_rate_but_with_bounds(
    engine: Engine, back: Back
) -> None:
    delivered = {"country": "DE"}
    made = back(delivery_rates(engine(sent({}, SILENT, delivered)), no_report="show"))
    germany, britain = made.to_dicts()
    assert (germany["reports"], britain["reports"]) == (False, True)
    assert (germany["messages"], germany["no_report_messages"], germany["delivered"]) == (2, 2, 1)
    nulls = {name for name in SHARES if germany[name] is None}
    assert nulls == {*SHARES} - {"bound_low", "bound_high"}
    assert (germany["bound_low"], germany["bound_high"]) == (1 / 2, 1)
    assert (britain["messages"], britain["no_report_messages"]) == (1, 0)


def test_by_anything_else_their_messages_are_counted_beside_the_others() -> None:
    mixed, silent = rates(
        {"campaign_id": "a"}, SILENT | {"campaign_id": "a"}, SILENT | {"campaign_id": "b"},
        by="campaign_id",
    )  # fmt: skip
    assert (mixed["messages"], mixed["no_report_messages"], mixed["delivery_rate"]) == (1, 1, 1)
    assert (silent["messages"], silent["no_report_messages"], silent["delivery_rate"]) == (
        0,
        1,
        None,
    )


@pytest.mark.parametrize("by", [None, "campaign_id", ["channel"]])
def test_shown_by_anything_else_what_reports_keeps_its_rate(by: Any) -> None:
    made = rates({}, SILENT, SILENT, by=by, no_report="show")
    assert [(row["reports"], row["delivery_rate"]) for row in made] == [(True, 1)]
    made = rates(SILENT, by=by, no_report="show")
    assert [(row["reports"], row["delivery_rate"]) for row in made] == [(False, None)]


def test_the_list_is_an_argument_by_code_or_name() -> None:
    def countries(listed: Any) -> list[str]:
        made = rates({}, SILENT, by="country", no_report_countries=listed)
        return [row["country"] for row in made]

    assert countries(()) == ["DE", "GB"]
    assert countries(("GB",)) == countries(["United Kingdom"]) == ["DE"]
    assert countries(None) == ["GB"]
    with pytest.raises(ArgumentError, match="Germanny"):
        countries(["Germanny"])


def test_a_message_to_nobody_knows_where_counts() -> None:
    assert rates({"country": "ZZ"}, by="country")[0]["messages"] == 1


# parts and money


def test_cost_is_price_by_parts_unless_asked_otherwise() -> None:
    euro = {"currency": "EUR"}
    rows: list[Row] = [euro | {"price": 0.25, "parts": 3}, euro | {"price": 0.5}, {}]
    made, flat = headline(*rows), headline(*rows, price_per="message")
    assert (made["parts"], made["cost"], made["currency"], made["n_priced"]) == (3, 1.25, "EUR", 2)
    assert (flat["cost"], flat["n_priced"]) == (0.75, 2)


def test_several_currencies_have_no_common_cost() -> None:
    rows = [{"price": 1.0, "currency": "EUR"}, {"price": 1.0, "currency": "USD"}]
    made = headline(*rows)
    assert (made["cost"], made["currency"], made["n_priced"]) == (None, None, 2)
    frame = sent(*rows).with_columns(paid_in="currency")
    assert delivery_rates(frame, "paid_in")["cost"].to_list() == [1, 1]


def test_what_nobody_knows_is_null_and_not_0() -> None:
    made = headline({})
    assert (made["parts"], made["cost"], made["currency"], made["n_priced"]) == (
        None,
        None,
        None,
        0,
    )
    assert headline({"price": 0.0, "currency": "EUR"})["cost"] == 0


def test_money_of_waiting_messages_counts_and_of_silent_countries_does_not() -> None:
    priced = {"price": 1.0, "parts": 1, "currency": "EUR"}
    made = headline(priced, PENDING | priced, SILENT | priced | {"currency": "USD"})
    assert (made["cost"], made["parts"], made["currency"]) == (2, 2, "EUR")


# groups


def test_totals_are_pooled_sums_and_no_means_of_rates() -> None:
    rows: list[Row] = [{}] * 9 + [FAILED] + [FAILED | {"country": "US"}] * 90
    by_country = rates(*rows, by="country")
    assert [row["delivery_rate"] for row in by_country] == [0.9, 0]
    assert headline(*rows)["delivery_rate"] == 0.09


@pytest.mark.parametrize(
    ("by", "group"),
    [
        ("hour", "2026-03-03 00:00:00+01:00"),
        ("day", "2026-03-03"),
        ("week", "2026-03-02"),
        ("month", "2026-03-01"),
    ],
)
def test_pieces_of_time_begin_in_the_zone_that_was_asked_for(by: str, group: str) -> None:
    made = rates({"sent_at": T.replace(hour=23, minute=59)}, by=by, timezone="Europe/Prague")
    assert [str(row[by]) for row in made] == [group]


def test_weeks_begin_on_monday() -> None:
    days = [{"sent_at": T + n * DAY} for n in range(-1, 8)]
    made = rates(*days, by="week")
    assert [(f"{row['week']:%d %b}", row["messages"]) for row in made] == [
        ("23 Feb", 1), ("02 Mar", 7), ("09 Mar", 1),
    ]  # fmt: skip


def test_an_hour_that_the_clocks_show_twice_is_two_hours() -> None:
    autumn = T.replace(month=10, day=25, hour=0)
    made = rates(
        {"sent_at": autumn}, {"sent_at": autumn + HOUR}, by="hour", timezone="Europe/Prague"
    )
    assert [str(row["hour"]) for row in made] == [
        "2026-10-25 02:00:00+02:00", "2026-10-25 02:00:00+01:00",
    ]  # fmt: skip


def test_groups_without_a_name_are_a_group_and_come_last(engine: Engine, back: Back) -> None:
    frame = engine(sent({"campaign_id": None}, {"campaign_id": "b"}, {"campaign_id": "a"}))
    assert back(delivery_rates(frame, "campaign_id"))["campaign_id"].to_list() == ["a", "b", None]


def test_short_names_take_the_name_else_the_id() -> None:
    rows = {"campaign_name": "Spring", "campaign_id": "1"}, {"campaign_id": "2"}
    assert [row["campaign"] for row in rates(*rows, by="campaign")] == ["2", "Spring"]
    assert [row["error"] for row in rates({"error_id": 5}, by="error")] == ["5"]


def test_an_unknown_group_is_answered_with_the_names_there_are() -> None:
    with pytest.raises(
        (ArgumentError, ColumnError), match=r"'contry'.*mean 'country'.*campaign.*week"
    ):
        rates({}, by="contry")
    with pytest.raises(ArgumentError, match="twice"):
        rates({}, by=["country", "country"])


@pytest.mark.parametrize("name", ["parts", "currency", "settled"])
def test_a_group_cannot_have_the_name_of_a_column_of_the_rates(name: str) -> None:
    with pytest.raises(ArgumentError, match=rf"by='{name}'.* another name"):
        rates({}, by=["country", name])


def test_unknown_words_are_answered_with_the_known_ones() -> None:
    with pytest.raises(ArgumentError, match="'exclude' and 'show'"):
        rates({}, no_report="hide")
    with pytest.raises(ArgumentError, match="'part' and 'message'"):
        rates({}, price_per="sms")


@pytest.mark.parametrize(
    "raw", [reports({}), events({"status": "enqueued"})], ids=["reports", "events"]
)
def test_raw_rows_are_answered_with_the_missing_line(raw: pl.DataFrame, engine: Engine) -> None:
    with pytest.raises(ColumnError, match=r"ia\.messages\("):
        delivery_rates(engine(raw))


# what travels with the numbers


def test_final_reports_alone_have_no_coverage_and_no_bounds() -> None:
    made = headline(*MIXED, population="reported")
    assert made["population"] == "reported"
    assert [made[name] for name in ("coverage", "bound_low", "bound_high")] == [None] * 3
    assert (made["delivery_rate"], made["acceptance_rate"]) == (2 / 5, 4 / 5)


def test_one_log_entry_anywhere_shows_that_the_source_knows_what_was_sent() -> None:
    frame = sent({"record": "report"}, {"record": "log", "country": "DE"}).drop("population")
    assert delivery_rates(frame)["population"].to_list() == ["sent"]
    waiting = sent({"record": "report"}, {"record": "report", "status_group": "PENDING"})
    assert delivery_rates(waiting.drop("population"))["population"].to_list() == ["sent"]
    silent = sent({"record": "report"}).drop("population")
    assert delivery_rates(silent)["population"].to_list() == ["reported"]


def test_as_of_and_waiting_period_stand_in_every_row() -> None:
    made = rates({}, {"country": "US"}, by="country")
    assert {(row["as_of"], row["waiting_days"]) for row in made} == {(T + 9 * DAY, 4.0)}


def test_counts_are_whole_numbers_on_every_engine(engine: Engine) -> None:
    made = nw.from_native(delivery_rates(engine(sent(*MIXED)), no_report="show")).lazy().collect()
    whole = [*COUNTS, "delivered_so_far", "reported_so_far", "no_report_messages", "n_priced"]
    assert {made.schema[name] for name in whole} == {nw.Int64}
    assert made.schema["reports"] == nw.Boolean


@pytest.mark.parametrize("no_report", ["exclude", "show"])
@pytest.mark.parametrize("by", ["country", ["campaign", "month"]])
def test_without_messages_there_are_no_groups(
    by: Any, no_report: Any, engine: Engine, back: Back
) -> None:
    some, none = (
        back(delivery_rates(engine(frame), by, no_report=no_report)) for frame in (sent({}), sent())
    )
    assert (none.height, none.columns) == (0, some.columns)


def test_without_messages_the_headline_is_a_row_of_zeros_without_a_rate(
    engine: Engine, back: Back
) -> None:
    (made,) = back(delivery_rates(engine(sent()), by=None)).to_dicts()
    assert ([made[name] for name in COUNTS], made["delivery_rate"]) == ([0] * 7, None)


def test_columns_that_a_frame_lacks_are_not_needed() -> None:
    bare = sent({}, FAILED).select("country", "outcome", "settled")
    (made,) = delivery_rates(bare).to_dicts()
    assert (made["settled"], made["delivery_rate"], made["handset_rate"]) == (2, 1 / 2, None)


# against SQL

LISTS: list[Any] = [None, (), ("Czechia", "VN"), ["US"]]
ASKED: list[Any] = [
    None, "country", "campaign_id", ["country", "channel"], ["channel"], "hour", "day", "month",
    ["campaign_id", "day"], "week",
]  # fmt: skip
ZONES = ["UTC", "Europe/Prague", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]


def agree(engine: Engine, frame: pl.DataFrame, by: Any, zone: str, listed: Any, show: bool) -> None:
    """Hold the rates of one engine against those of SQL."""
    names = [] if by is None else [by] if isinstance(by, str) else by
    known = oracle_rates.rates(frame, names, no_report_codes(listed), show=show, zone=zone)
    made = to_polars(
        delivery_rates(
            engine(frame), by, timezone=zone, no_report_countries=listed,
            no_report="show" if show else "exclude",
        )
    )  # fmt: skip
    columns = [name for name in known.columns if show or name != "reports"]
    assert_frame_equal(made.select(columns), comparable(known, made), check_dtypes=False)


def comparable(known: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
    """Bring what SQL knows into the columns and times that were made."""
    times = [name for name in ("hour", "day", "week", "month") if name in known.columns]
    typed = known.with_columns(pl.col(name).cast(made.schema[name]) for name in times)
    return typed.select(name for name in known.columns if name in made.columns)


QUESTIONS = st.tuples(
    st.sampled_from(ASKED), st.sampled_from(ZONES), st.sampled_from(LISTS), st.booleans()
)


@settings(max_examples=25)
@given(sent_worlds(), QUESTIONS)
def test_small_worlds_are_rated_as_sql_does(frame: pl.DataFrame, question: Any) -> None:
    agree(ENGINES["polars"], frame, *question)


@settings(max_examples=6)
@given(frame=sent_worlds(), question=QUESTIONS)
def test_on_every_engine(engine: Engine, frame: pl.DataFrame, question: Any) -> None:
    agree(engine, frame, *question)


@pytest.mark.parametrize("by", ASKED, ids=str)
def test_many_messages_are_rated_as_sql_does(by: Any) -> None:
    chance = random.Random(str(by))
    frame = sent_of(chance.choice, 1_000)
    for show in (True, False):
        agree(ENGINES["polars"], frame, by, chance.choice(ZONES), chance.choice(LISTS), show)


@settings(max_examples=15)
@given(sent_worlds(), st.sampled_from([None, "country", "campaign_id"]))
def test_identities_hold_in_every_row(frame: pl.DataFrame, by: Any) -> None:
    made = delivery_rates(frame, by, no_report_countries=())
    settled = pl.sum_horizontal("delivered", "failed", "rejected", "unreported")
    assert made.filter(pl.col("settled") != settled).is_empty()
    assert made.filter(pl.col("messages") != pl.col("settled") + pl.col("waiting")).is_empty()
    product = pl.col("acceptance_rate") * pl.col("coverage") * pl.col("confirmed_rate")
    assert made.filter((product - pl.col("delivery_rate")).abs() > 1e-12).is_empty()
    inside = pl.col("rate_low") <= pl.col("delivery_rate") + 1e-12
    assert made.filter(~inside).is_empty()
