"""Errors counted and explained, what to fix first, and how both are shown."""

import json
import random
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from conftest import Back, Engine, to_polars
from oracle_breakdown import ERRORS, STATUSES, breakdown, causes
from oracle_folding import Row
from oracle_worlds import HOUR, T, sent
from polars.testing import assert_frame_equal
from statsmodels.stats.proportion import multinomial_proportions_confint, proportion_confint

from infobip_analytics.codes.meanings import causes as table_of_causes
from infobip_analytics.errors import ArgumentError, ColumnError
from infobip_analytics.journey import messages
from infobip_analytics.plots import theme
from infobip_analytics.plots.pareto import LONGEST_LABEL, WHO, plot_errors
from infobip_analytics.rates import delivery_rates
from infobip_analytics.reading import read
from infobip_analytics.samples import sample_path
from infobip_analytics.undelivered import (
    error_breakdown,
    errors_table,
    fix_first,
    with_explanations,
)
from infobip_analytics.undelivered.fixing import PLACES
from infobip_analytics.undelivered.resolving import SILENCE

SILENT = ["DE", "BR"]
HOSTILE = "<b>\x1b[2J</b>\u202e=1+1 447700900123"
OK: Row = {}
SILENCE_ROW: Row = {"outcome": "unreported"}


def lost(error_id: int | None = None, error_name: str | None = None, **said: Any) -> Row:
    """Make a message that failed with an error."""
    return {"outcome": "failed", "error_id": error_id, "error_name": error_name} | said


ABSENT = lost(27, "EC_ABSENT_SUBSCRIBER", error_group="HANDSET_ERRORS", permanent=False)
BOTH = [lost(4102, error_group=group) for group in ("USER_ERRORS", "OPERATOR_ERRORS")]
UNKNOWN_NUMBER = lost(1, "EC_UNKNOWN_SUBSCRIBER")
MALFORMED: Row = {
    "outcome": "rejected", "error_id": 0, "error_name": "NO_ERROR",
    "status_id": 52, "status_name": "REJECTED_DESTINATION", "status_group": "REJECTED",
}  # fmt: skip


def names(*rows: Row) -> list[tuple[Any, ...]]:
    """Give id, name and messages of each error, in order."""
    made = error_breakdown(sent(*rows))
    return list(made.select("error_id", "error_name", "messages").iter_rows())


def a_world(seed: int, size: int = 4_000) -> pl.DataFrame:
    """Make messages with every error, status and outcome, some of which are in no rate."""
    chosen = random.Random(seed)
    errors: list[Row] = ERRORS.select("channel", "error_id", "error_name", "error_group").to_dicts()
    statuses: list[Row] = STATUSES.drop("status_cause").to_dicts()
    outcomes = ["delivered"] * 6 + ["failed", "failed", "rejected", "unreported", "enqueue_failed"]
    rows: list[Row] = [
        {
            **chosen.choice(errors),
            **chosen.choice(statuses),
            "outcome": chosen.choice(outcomes),
            "country": chosen.choice(["GB", "FR", "US", "DE"]),
            "settled": chosen.random() < 0.9,
            "orphan": chosen.random() < 0.05,
            "sent_at": None if chosen.random() < 0.02 else T + chosen.randrange(50) * HOUR,
            "recipient": chosen.choice([None, *(f"4477009001{n:02}" for n in range(40))]),
            "customer": chosen.choice([None, "ann", "bob"]),
        }
        for _ in range(size)
    ]
    return sent(*rows)


# errors


@pytest.mark.parametrize("seed", [1, 2])
def test_errors_are_counted_as_sql_counts_them(engine: Engine, back: Back, seed: int) -> None:
    world = a_world(seed)
    made = back(error_breakdown(engine(world), "country", no_report_countries=SILENT))
    known = breakdown(world, "country", SILENT)
    assert known.height >= 30
    assert_frame_equal(made.select(known.columns), known, check_dtypes=False, check_row_order=True)


@pytest.mark.parametrize("by", [None, "country", ["channel", "day"], "campaign"])
def test_with_the_delivery_rate_they_make_a_whole(engine: Engine, back: Back, by: Any) -> None:
    world = a_world(3)
    keys = [by] if isinstance(by, str) else by or []
    made = back(error_breakdown(engine(world), by)).with_columns(pl.lit(1).alias("one"))
    summed = made.group_by("one", *keys).agg(pl.sum("messages", "per_1000", "share"))
    rates = delivery_rates(world, by).with_columns(pl.lit(1).alias("one"))
    dates = pl.col(pl.Datetime("us")).cast(pl.Date)  # pandas has no days
    both = summed.with_columns(dates).join(
        rates, on=["one", *keys], nulls_equal=True, suffix="_rated"
    )
    assert both.height == summed.height
    assert (both["messages"] == both["settled"] - both["delivered"]).all()
    assert both["per_1000"].to_list() == pytest.approx(
        (1000 * (1 - both["delivery_rate"])).to_list()
    )
    assert both["share"].to_list() == pytest.approx([1.0] * both.height)


def test_the_frame_comes_back_on_its_engine_with_whole_counts(engine: Engine) -> None:
    world = engine(sent(OK, ABSENT))
    for make in (error_breakdown, fix_first):
        made = make(world, "country")
        assert type(made) is type(world)
        schema = made.lazy().collect_schema() if hasattr(made, "lazy") else made.dtypes
        assert str(schema["messages"]) == str(schema["settled"]) == "Int64"


def test_a_plan_has_the_columns_it_will_have(back: Back) -> None:
    for make in (error_breakdown, fix_first):
        plan = make(a_world(4).lazy(), ["country", "day"])
        assert plan.collect().schema == plan.collect_schema()


def test_events_and_reports_of_one_code_are_one_row() -> None:
    by_name, by_id = lost(None, "ec_Absent-Subscriber"), lost(27)
    assert names(OK, ABSENT, by_name, by_id) == [(27, "EC_ABSENT_SUBSCRIBER", 3)]


def test_error_0_no_error_and_silence_are_told_apart() -> None:
    made = error_breakdown(sent(MALFORMED, SILENCE_ROW, SILENCE_ROW, lost(None, " ")))
    told = made.select("error_id", "messages", "failed", "rejected", "unreported").rows()
    assert told == [(None, 3, 1, 0, 2), (0, 1, 0, 1, 0)]


def test_an_unknown_code_keeps_its_row_and_is_not_explained_by_the_id_beside_it() -> None:
    new = lost(27, "EC_NEW", error_group="USER_ERRORS", permanent=True)
    made = error_breakdown(sent(ABSENT, new, lost(99999))).sort("messages", "error_name")
    told = ["error_id", "error_name", "error_group", "permanent", "explanation"]
    assert made.filter(error_name="EC_NEW").select(told).row(0) == (
        27, "EC_NEW", "USER_ERRORS", True, None,
    )  # fmt: skip
    assert made.filter(error_id=99999)["cause"].to_list() == [None]


def test_a_name_of_control_characters_is_unknown_and_breaks_nothing() -> None:
    assert names(lost(None, "\x1c"), lost(None, "9" * 9999))[0][2] == 1


def test_the_group_that_came_tells_two_meanings_of_one_id_apart() -> None:
    for _ in range(10):  # the order is not left to chance
        made = error_breakdown(sent(*BOTH))
        assert made["error_group"].to_list() == ["OPERATOR_ERRORS", "USER_ERRORS"]
    text = errors_table(sent(*BOTH)).to_text(100)
    assert "4102 EC_NOTSUBMITTEDTOSMPPCHANNEL (OPERATOR_ERRORS)" in text
    assert "4102 EC_NOTSUBMITTEDTOSMPPCHANNEL (USER_ERRORS)" in text


def test_the_flag_is_the_one_that_came_or_else_the_tables() -> None:
    flags = [
        error_breakdown(sent(*(lost(27, permanent=flag) for flag in came)))["permanent"].item()
        for came in ([None], [True, None], [True, False])
    ]
    assert flags == [False, True, False]


def test_a_delivered_message_with_an_error_is_delivered() -> None:
    assert names(OK | {"error_id": 27}, ABSENT) == [(27, "EC_ABSENT_SUBSCRIBER", 1)]


def test_what_waits_or_is_left_out_has_no_error_yet() -> None:
    outside: list[Row] = [
        {"settled": False},
        {"orphan": True},
        {"sent_at": None},
        {"country": "DE"},
    ]
    assert names(OK, *(ABSENT | said for said in outside)) == []


def test_intervals_are_wilsons_and_goodmans() -> None:
    rows = [OK] * 80 + [ABSENT] * 9 + [UNKNOWN_NUMBER] * 5 + [SILENCE_ROW]
    made = error_breakdown(sent(*rows), confidence=0.9)
    goodman = multinomial_proportions_confint([9, 5, 1], alpha=0.1, method="goodman")
    wilson = [proportion_confint(n, 95, alpha=0.1, method="wilson") for n in (9, 5, 1)]
    for place, side in enumerate(["low", "high"]):
        assert made[f"share_{side}"].to_list() == pytest.approx(list(goodman[:, place]))
        expected = [1000 * ends[place] for ends in wilson]
        assert made[f"per_1000_{side}"].to_list() == pytest.approx(expected)


def test_each_group_has_its_own_whole_for_shares() -> None:
    rows = [ABSENT, UNKNOWN_NUMBER, *(row | {"country": "FR"} for row in (ABSENT, OK))]
    made = error_breakdown(sent(*rows), "country")
    alone = multinomial_proportions_confint([1], method="goodman")
    assert made["share"].to_list() == [1.0, 0.5, 0.5]
    assert made.row(0, named=True)["share_low"] == pytest.approx(alone[0][0])


def test_nothing_lost_is_no_row_on_any_engine(engine: Engine, back: Back) -> None:
    for none in (sent(OK), sent(OK).clear()):
        assert back(error_breakdown(engine(none), "country")).is_empty()
        assert back(fix_first(engine(none))).is_empty()


def test_the_least_frame_of_messages_is_enough() -> None:
    least = sent(OK, lost()).select("country", "outcome", "settled")
    assert error_breakdown(least)["messages"].to_list() == [1]
    assert fix_first(least).select("effect", "repeats").rows() == [("cause unknown", None)]


def test_only_reported_messages_make_a_population_of_their_own() -> None:
    made = error_breakdown(sent(OK, ABSENT, population="reported"))
    assert made.select("population", "as_of", "waiting_days").row(0) == (
        "reported", T + timedelta(days=9), 4.0,
    )  # fmt: skip


@pytest.mark.parametrize("make", [error_breakdown, fix_first, errors_table])
def test_what_cannot_be_asked_is_answered(make: Any) -> None:
    with pytest.raises(ArgumentError, match="no such column"):
        make(sent(OK), "kountry")
    with pytest.raises(ArgumentError, match="column of that name itself"):
        make(sent(OK).with_columns(cause=pl.lit("x")), "cause")
    for private in ("_channel", "_segment"):
        with pytest.raises(ArgumentError, match="underscore"):
            make(sent(OK).with_columns(pl.lit("x").alias(private)), private)
    with pytest.raises(ColumnError, match="no frame of messages"):
        make(pl.DataFrame({"a": [1]}))
    if make is not fix_first:
        with pytest.raises(ArgumentError, match="confidence"):
            make(sent(OK).lazy(), confidence=95)


# what to fix first


@pytest.mark.parametrize("seed", [5, 6])
def test_causes_are_counted_as_sql_counts_them(engine: Engine, back: Back, seed: int) -> None:
    world = a_world(seed).filter(pl.col("error_name").ne_missing("EC_Cancelled"))
    made = back(fix_first(engine(world), "country", no_report_countries=SILENT))
    known = causes(world, "country", SILENT)
    assert set(known["effect"]) == set(PLACES)
    mms = known.filter(cause="mms_not_possible")
    assert (mms["saves"] == mms["repeats"]).all()
    assert mms["saves"].sum() < mms["messages"].sum()
    ordered = made.sort("country", "cause", "effect", nulls_last=True).select(known.columns)
    assert_frame_equal(ordered, known, check_dtypes=False)


def test_its_messages_are_all_that_were_not_delivered() -> None:
    world = a_world(7)
    assert fix_first(world)["messages"].sum() == error_breakdown(world)["messages"].sum()


def test_what_saves_most_comes_first_and_what_saves_nothing_last() -> None:
    rows = [OK] * 50 + [ABSENT] * 5 + [UNKNOWN_NUMBER] * 4 + [MALFORMED] * 9
    waits = {"status_id": 7, "status_name": "PENDING_ENROUTE", "status_group": "PENDING"}
    in_between = lost(0) | waits
    made = fix_first(sent(*rows, *[lost(99999)] * 20, SILENCE_ROW, in_between, *[lost(5)] * 6))
    assert made.select("cause", "saves", "effect").rows() == [
        ("number_malformed", 9, "not sent in vain"),
        ("number_unknown", 4, "not sent in vain"),
        # 6 x 50 / (96 - 6), rounded down: of the others, 50 of 90 arrive
        ("number_unidentified", 3, "delivered"),
        (SILENCE, 0, "to look into"),
        # what only time can mend does not lead, however much it would save
        ("handset_absent", 2, "if time helps"),
        (None, 0, "cause unknown"),
    ]


@pytest.mark.parametrize("outcome", ["failed", "rejected"])
@pytest.mark.parametrize("said", [(5, "DELIVERED_TO_HANDSET"), (7, "PENDING_ENROUTE")])
def test_delivered_or_pending_is_no_cause_of_a_failure(outcome: str, said: Any) -> None:
    status = {"status_id": said[0], "status_name": said[1], "status_group": "UNDELIVERABLE"}
    for error in (lost(), lost(0, "NO_ERROR"), lost(15005)):
        [row] = fix_first(sent(OK, error | status | {"outcome": outcome})).to_dicts()
        assert (row["cause"], row["cause_title"], row["effect"]) == (
            None, "Cause unknown", "cause unknown",
        )  # fmt: skip


def test_what_may_only_repeat_saves_no_more_than_repeats() -> None:
    refused = lost(15019)
    to_one = [refused | {"recipient": "447700900001", "sent_at": T + n * HOUR} for n in range(3)]
    to_nobody = refused | {"recipient": None, "customer": None}
    made = fix_first(sent(OK, OK, *to_one, to_nobody)).row(0, named=True)
    assert (made["messages"], made["repeats"], made["saves"]) == (4, 2, 2)
    assert fix_first(sent(OK, to_nobody))["saves"].to_list() == [0]


def test_what_no_code_names_has_none_and_is_never_sent_again() -> None:
    events = [lost(0, status_name="failed"), lost(None, status_name="rejected")]
    made = fix_first(sent(OK, events[0], UNKNOWN_NUMBER)).sort("cause", nulls_last=True)
    assert made["codes"].to_list() == ["EC_UNKNOWN_SUBSCRIBER", "NO_ERROR"]
    assert made["when"].to_list() == [None, None]
    assert fix_first(sent(OK, events[1]))["codes"].to_list() == [None]


def test_codes_are_named_most_frequent_first() -> None:
    made = fix_first(sent(OK, ABSENT, lost(6), lost(6)))
    assert made["codes"].to_list() == ["EC_ABSENT_SUBSCRIBER_SM, EC_ABSENT_SUBSCRIBER"]


def test_where_all_messages_share_one_cause_nothing_says_how_many_would_arrive() -> None:
    assert fix_first(sent(ABSENT))["saves"].to_list() == [0]


def test_repeats_are_messages_after_the_first_of_a_person_with_that_cause() -> None:
    def to(person: str | None, after: int, what: Row = UNKNOWN_NUMBER, **said: Any) -> Row:
        return what | {"recipient": person, "sent_at": T + after * HOUR} | said

    same = [to("447700900001", 0), to("447700900001", 1), to("447700900001", 2, country="FR")]
    others = [to("447700900002", 5), to("447700900001", 9, ABSENT), to(None, 3, customer="ann")]
    world = sent(*same, *others)
    assert fix_first(world).sort("cause")["repeats"].to_list() == [0, 2]
    # the first one may have been in another group
    assert fix_first(world, "country").filter(country="FR")["repeats"].to_list() == [1]


def test_silence_has_a_cause_of_its_own_that_the_table_has() -> None:
    assert table_of_causes()[SILENCE]["suppress"] == "no"
    assert fix_first(sent(OK, SILENCE_ROW))["cause"].to_list() == [SILENCE]


# shown


def test_it_prints_errors_what_to_fix_and_what_it_counts() -> None:
    text = errors_table(sent(*[OK] * 8, ABSENT, UNKNOWN_NUMBER)).to_text(120)
    first = table_of_causes()["number_unknown"]["title"]
    assert "200.0 of 1,000 messages not delivered" in text
    assert "2 of 10 settled; 2 failed, 0 rejected, 0 unreported" in text
    assert "27 EC_ABSENT_SUBSCRIBER" in text
    assert (
        f"What to fix first: {first}: leave out (list); at most 1 message not sent in vain" in text
    )
    for words in ("per 1,000 = ", "share = ", "saves is an upper bound", "as of 11 Mar 2026"):
        assert words in text.replace("\n  ", " ")


def test_the_flag_and_what_an_error_means_are_seen_in_narrow_terminals() -> None:
    table = errors_table(sent(*[OK] * 8, ABSENT, UNKNOWN_NUMBER))
    title = table_of_causes()["number_unknown"]["title"]
    assert "perm." in table.to_text(80)
    assert "temp." in table.to_text(80)
    assert title in table.to_text(100)
    assert f"{title[:12]}" in table.to_text(80)


def test_where_only_time_can_mend_it_the_headline_says_so() -> None:
    headline = errors_table(sent(*[OK] * 8, ABSENT, ABSENT)).fixes.headline
    assert "nothing that anybody can act on; The phone could not be reached" in headline
    assert "at most 2 messages if time helps" in headline


def test_each_table_is_called_by_its_own_headline_for_those_who_hear_it() -> None:
    html = errors_table(sent(OK, ABSENT))._repr_html_()
    assert 'aria-label="500.0 of 1,000 messages not delivered' in html
    assert 'aria-label="What to fix first' in html


def test_it_is_as_narrow_as_its_terminal() -> None:
    text = errors_table(a_world(8), "country").to_text(80)
    assert max(map(len, text.splitlines())) <= 80


def test_hostile_text_neither_steers_nor_makes_elements_and_hides_numbers() -> None:
    table = errors_table(sent(OK, lost(7, HOSTILE)))
    text, html = table.to_text(200), table._repr_html_()
    assert "\x1b" not in text + html
    assert "\u202e" not in text + html
    assert "447700900123" not in text + html
    assert "<b>" not in html
    assert table.frame["error_name"].to_list() == [HOSTILE]


def test_people_are_masked_where_it_prints() -> None:
    table = errors_table(sent(OK, ABSENT | {"recipient": "447700900123"}), "recipient")
    assert "447700900123" not in str(table) + table._repr_html_()
    assert table.frame["recipient"].to_list() == ["447700900123"]


def test_it_takes_every_engine_and_keeps_it(engine: Engine, back: Back) -> None:
    world = a_world(9)
    table = errors_table(engine(world), "country")
    assert_frame_equal(back(table.frame), error_breakdown(world, "country"))
    assert_frame_equal(back(table.fixes.frame), fix_first(world, "country"))


def test_where_nothing_is_settled_it_says_so() -> None:
    table = errors_table(sent(OK | {"settled": False}))
    assert table.headline == "No errors yet: nothing is settled"
    assert "nothing that acting would save" in str(table)


# the figure


def figure_of(*rows: Row, **asked: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(plot_errors(error_breakdown(sent(*rows)), **asked).to_json())
    return made


def test_bars_run_from_the_most_frequent_to_all_others() -> None:
    rows = [OK, *[ABSENT] * 3, *[UNKNOWN_NUMBER] * 2, lost(5), lost(6), SILENCE_ROW]
    figure = figure_of(*rows, top=2)
    labels = figure["layout"]["yaxis"]["ticktext"]
    assert labels == ["27 EC_ABSENT_SUBSCRIBER", "1 EC_UNKNOWN_SUBSCRIBER", "3 rarer errors"]
    adding_up = [note["text"] for note in figure["layout"]["annotations"]][1:]
    assert adding_up == [
        "37.5\N{NO-BREAK SPACE}%",
        "62.5\N{NO-BREAK SPACE}%",
        "100.0\N{NO-BREAK SPACE}%",
    ]
    down, up = figure["layout"]["yaxis"]["range"]
    assert down > up


def test_a_bar_says_who_can_act_by_colour_and_by_name() -> None:
    traces = figure_of(OK, ABSENT, UNKNOWN_NUMBER, SILENCE_ROW)["data"]
    assert {trace["name"]: trace["marker"]["color"] for trace in traces} == {
        "list": WHO["list"], "nobody": theme.HATCH, "not known": theme.WAITING,
    }  # fmt: skip


def test_everybody_who_can_act_has_a_colour() -> None:
    assert {row["who"] for row in table_of_causes().values()} == set(WHO) - {None}
    assert len(set(WHO.values())) == len(WHO)


def test_hostile_names_are_escaped_in_the_figure() -> None:
    figure = json.dumps(figure_of(OK, lost(7, HOSTILE)))
    assert "<b>\\u" not in figure
    assert "447700900123" not in figure
    assert "&lt;b&gt;" in figure


def test_a_figure_of_several_groups_is_refused_and_one_of_them_is_drawn() -> None:
    made = error_breakdown(sent(ABSENT, ABSENT | {"country": "FR"}), "country")
    with pytest.raises(ColumnError, match="several groups"):
        plot_errors(made)
    assert plot_errors(made.filter(country="FR")).data
    with pytest.raises(ColumnError, match="lacks"):
        plot_errors(delivery_rates(sent(ABSENT)))


def test_quotes_and_steering_of_a_name_are_clean_in_the_figure() -> None:
    figure = json.dumps(figure_of(OK, lost(None, 'EC "x" & \x1b\n')), ensure_ascii=False)
    assert 'EC \\"x\\" &amp; ' in figure
    assert "&quot;" not in figure
    assert "\\u001b" not in figure


def test_labels_leave_room_for_bars_and_tell_two_groups_of_one_error_apart() -> None:
    figure = figure_of(OK, *BOTH, lost(None, "EC_BLACKLISTED_DESTINATIONADDRESS"))
    labels = figure["layout"]["yaxis"]["ticktext"]
    assert len(set(labels)) == 3
    assert max(map(len, labels)) <= LONGEST_LABEL
    hovers = [text for trace in figure["data"] for text in trace["hovertext"]]
    assert any("(USER_ERRORS)</b>" in text for text in hovers)


def test_who_can_act_stands_in_the_subtitle_in_colour() -> None:
    layout = figure_of(OK, ABSENT, UNKNOWN_NUMBER)["layout"]
    said = layout["title"]["subtitle"]["text"]
    assert f'<span style="color:{WHO["list"]}">' in said
    assert "nobody" in said
    assert layout["showlegend"] is False


# beside each message


def explained(*rows: Row, **stamps: Any) -> list[tuple[Any, ...]]:
    """Give code and cause of each message."""
    made = with_explanations(sent(*rows, **stamps))
    return list(made.select("code", "cause").iter_rows())


@pytest.mark.parametrize("seed", [11, 12])
def test_messages_are_explained_as_they_are_counted(engine: Engine, back: Back, seed: int) -> None:
    world = a_world(seed)
    made = back(with_explanations(engine(world)))
    assert_frame_equal(made.select(world.columns), back(engine(world)))
    inside = made.filter(
        pl.col("settled"), ~pl.col("orphan"), pl.col("sent_at").is_not_null(),
        ~pl.col("country").is_in(SILENT), ~pl.col("outcome").is_in(["delivered", "enqueue_failed"]),
    )  # fmt: skip
    known = fix_first(world, no_report_countries=SILENT).filter(pl.col("cause").is_not_null())
    causes = inside.group_by("cause").agg(pl.len().cast(pl.Int64).alias("messages"))
    same = ["cause", "cause_title", "who", "retry", "when", "suppress"]
    assert_frame_equal(
        causes.drop_nulls("cause").sort("cause"), known.select("cause", "messages").sort("cause")
    )
    kinds = inside.drop_nulls("cause").select(same).unique().sort("cause")
    assert_frame_equal(kinds, known.select(same).sort("cause"))


def test_what_was_delivered_or_still_waits_is_not_explained() -> None:
    waits = {"outcome": "pending", "settled": False}
    assert explained(OK | {"error_id": 27}, ABSENT | waits) == [(None, None)] * 2


def test_names_and_ids_in_every_spelling_are_explained_alike() -> None:
    spellings = [lost(27), lost(400, "ec_Absent-Subscriber"), lost(None, "absent subscriber")]
    assert explained(*spellings) == [("EC_ABSENT_SUBSCRIBER", "handset_absent")] * 3
    expired = [lost(None, "EC_VALIDITY_EXPIRED"), lost(None, "ec_ValidityExpired", channel="mms")]
    assert explained(*expired) == [("EC_VALIDITY_EXPIRED", "expired")] * 2


def test_an_error_of_two_groups_is_explained_by_the_group_that_came() -> None:
    made = with_explanations(sent(*BOTH))
    shown = error_breakdown(sent(*BOTH)).sort("error_group", descending=True)
    assert made["cause"].to_list() == shown["cause"].to_list()
    assert made["cause"].n_unique() == 2


def test_the_status_explains_where_the_error_says_nothing() -> None:
    known = with_explanations(sent(MALFORMED)).row(0, named=True)
    assert (known["code"], known["cause"]) == ("REJECTED_DESTINATION", "number_malformed")
    assert known["action"] == "Correct the number."
    assert known["explanation"]
    assert explained(lost(0, "NO_ERROR", status_name="failed")) == [("NO_ERROR", None)]
    assert explained(lost(99999, "EC_NEW")) == [("EC_NEW", None)]


def test_silence_is_explained_by_what_can_be_done_about_it() -> None:
    silent = with_explanations(sent(SILENCE_ROW)).row(0, named=True)
    told = table_of_causes()[SILENCE]
    assert (silent["cause"], silent["action"]) == (SILENCE, told["act"])
    assert (silent["code"], silent["when"]) == (None, None)


def test_pandas_keeps_its_index_and_its_columns() -> None:
    frame = sent(OK, ABSENT).to_pandas()
    frame.index = [7, 3]
    made = with_explanations(frame)
    assert made.index.to_list() == [7, 3]
    assert made[frame.columns].equals(frame)
    assert "cause" not in frame
    assert made["cause"].to_list()[1] == "handset_absent"


def test_columns_that_are_there_already_are_not_overwritten(engine: Engine) -> None:
    for name in ("cause", "who", "(error_id)"):
        taken = engine(sent(ABSENT).with_columns(pl.lit("x").alias(name)))
        with pytest.raises(ArgumentError, match="already"):
            with_explanations(taken)
    other = engine(sent(ABSENT).with_columns(_outcome=pl.lit("x"), _cause=pl.lit("x")))
    assert to_polars(with_explanations(other))["_cause"].to_list() == ["x"]
    with pytest.raises(ColumnError, match="no frame of messages"):
        with_explanations(pl.DataFrame({"a": [1]}))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_events_and_reports_of_the_sample_have_the_same_errors() -> None:
    made = [
        error_breakdown(messages(read(sample_path(kind)))).filter(pl.col("error_id") > 0)
        for kind in ("delivery_reports", "campaign_events")
    ]
    same = ["error_id", "error_name", "messages", "explanation", "cause"]
    assert_frame_equal(made[0].select(same), made[1].select(same))
