"""In which forms a code can be asked for, and how what else is known of it ranks its meanings."""

import json
from decimal import Decimal

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import infobip_analytics as ia
from infobip_analytics.codes.json_text import is_json
from infobip_analytics.codes.meanings import coded_rows
from infobip_analytics.codes.ranking import CARRIES, CHANNELS, GONE, KINDS
from infobip_analytics.codes.wording import in_short
from infobip_analytics.errors import ArgumentError

RECEIPT = (
    "id:c449ab9744f47b6af1879e49e75e4f40 sub:001 dlvrd:000 submit date:2603020900 "
    "done date:2603020905 stat:{} err:{} text:Dear Ann 447700900123"
)


def first(code: object, **context: object) -> tuple[str, int, str | None]:
    one = ia.explain(code, **context)[0]  # type: ignore[call-overload]
    return one.kind, one.id, one.name


@pytest.mark.parametrize(
    "code",
    [
        27,
        27.0,
        "27",
        " 027 ",
        "27.0",
        "27.00",
        numpy.int64(27),
        numpy.float32(27),
        "err:027",
        "ERR: 027",
        "err=27",
        "error 27",
        "error_id: 27",
        "Error code 27",
        "27 EC_ABSENT_SUBSCRIBER",
        "27: ec_absent_subscriber",
        "EC_ABSENT_SUBSCRIBER (27)",
        "Absent subscriber",
        "error EC_ABSENT_SUBSCRIBER",
        "27+0+0+0",
        Decimal("27"),
        Decimal("27.0"),
        "status_code 27",
        "status_code=27",
        "status_code: 27",
        "EC 27",
        "ec_27",
        "x1b",
        "27 + 0 + 0 + 0",
        "0x1B",
        "0X0000001b",
        "1bh",
        "1BH",
        "err:01b",
        RECEIPT.format("UNDELIV", "027"),
        RECEIPT.format("UNDELIV", "01B"),
    ],
)
def test_one_error_is_found_in_all_its_forms(code: object) -> None:
    assert first(code) == ("error", 27, "EC_ABSENT_SUBSCRIBER")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("stat:UNDELIV", ("smpp_state", 5, "UNDELIVERABLE")),
        ("stat: DELIVRD", ("smpp_state", 2, "DELIVERED")),
        ("command_status=0x0000000B", ("smpp_command", 11, "ESME_RINVDSTADR")),
        ("0x0B", ("smpp_command", 11, "ESME_RINVDSTADR")),
        ("x0B", ("smpp_command", 11, "ESME_RINVDSTADR")),
        ("FFh", ("smpp_command", 255, "ESME_RUNKNOWNERR")),
        ("ffH", ("smpp_command", 255, "ESME_RUNKNOWNERR")),
        ("c0h", ("smpp_command", 192, "ESME_RINVOPTPARSTREAM")),
        ("status_code 5", ("error", 5, "EC_UNIDENTIFIED_SUBSCRIBER")),
        ("EC 5", ("error", 5, "EC_UNIDENTIFIED_SUBSCRIBER")),
        ("status 5", ("status", 5, "DELIVERED_TO_HANDSET")),
        ("error 5", ("error", 5, "EC_UNIDENTIFIED_SUBSCRIBER")),
        ("5", ("error", 5, "EC_UNIDENTIFIED_SUBSCRIBER")),
        ("REJECTED_DESTINATION", ("status", 52, "REJECTED_DESTINATION")),
        ("EC_VALIDITY_EXPIRED", ("error", 4101, "EC_VALIDITY_EXPIRED")),
    ],
)
def test_a_label_or_a_form_says_which_meaning_is_the_likeliest(
    code: str, expected: tuple[str, int, str]
) -> None:
    assert first(code) == expected


def test_a_receipt_tells_why_and_what_and_shows_nothing_personal() -> None:
    answer = ia.explain(RECEIPT.format("UNDELIV", "027"))
    assert [(one.kind, one.id) for one in answer] == [("error", 27), ("smpp_state", 5)]
    assert answer.code == "stat:UNDELIV err:027"
    for shown in (str(answer), answer._repr_html_(), json.dumps(answer.to_dict())):
        assert "Ann" not in shown
        assert "447700900123" not in shown


def test_error_0_of_a_receipt_tells_nothing_so_its_state_goes_first() -> None:
    answer = ia.explain(RECEIPT.format("DELIVRD", "000"))
    assert [(one.kind, one.id) for one in answer] == [("smpp_state", 2), ("error", 0)]


def test_an_error_of_smpp_that_may_be_hex_says_what_it_would_be() -> None:
    assert "where a client writes it in hex, 021 is 33 EC_" in str(ia.explain("err:021").note)
    assert ia.explain("err:9").note == ia.explain("error 9").note


def test_a_compound_says_what_is_known_of_its_parts() -> None:
    note = str(ia.explain("1153+0+0+0").note)
    assert "its first number, 1153, is the code" in note
    assert "not documented" in note


def test_number_and_name_that_disagree_are_both_explained_and_it_is_said() -> None:
    answer = ia.explain("EC_CALL_BARRED (27)")
    assert [one.id for one in answer] == [27, 13]
    assert "27 is EC_ABSENT_SUBSCRIBER, and the name is that of EC_CALL_BARRED (13)" in str(
        answer.note
    )
    assert "5 has 3 other meanings" in str(ia.explain("5 EC_UNIDENTIFIED_SUBSCRIBER").note)


def test_a_number_beside_words_that_are_no_name_is_no_code() -> None:
    assert len(ia.explain("try again in 27")) == 0


@pytest.mark.parametrize(
    ("name", "kind", "number"),
    [("UNDELIVERABLE", "status", 2), ("handset errors", "error", 1), ("REJECTED", "status", 5)],
)
def test_a_group_is_explained_with_its_outcome_and_its_codes(
    name: str, kind: str, number: int
) -> None:
    answer = ia.explain(name)
    assert [(one.kind, one.id) for one in answer.groups] == [(kind, number)]
    (group,) = answer.to_dict()["groups"]
    assert len(group["codes"]) >= 3
    assert (group["outcome"] in {"failed", "rejected"}) == (kind == "status")
    assert f"is the {kind} group {number}" in str(answer).replace("\n  ", " ")
    assert "In it: " in str(answer)


def test_ok_is_a_group_of_statuses_and_one_of_errors() -> None:
    assert [one.kind for one in ia.explain("OK").groups] == ["status", "error"]


@pytest.mark.parametrize("word", ["each", "beach", "facade h", "Ach!", "xerox"])
def test_a_word_that_could_be_hex_is_a_word(word: str) -> None:
    answer = ia.explain(word)
    assert len(answer) == 0
    assert "in decimal" not in str(answer.note)


def test_an_id_of_two_groups_is_told_as_that_of_the_meanings() -> None:
    assert ia.explain(4102, group=2).note == (
        "1 meaning fits the group USER_ERRORS; 1 other does not and comes last."
    )
    assert ia.explain(5, group=2).note == (
        "All 4 meanings do not fit the group UNDELIVERABLE of statuses or USER_ERRORS of errors."
    )


def test_a_group_ranks_and_drops_nothing() -> None:
    answer = ia.explain(87, group="REJECTED", channel="sms")
    assert [(one.channel, one.group) for one in answer] == [
        ("sms", "REJECTED"),
        ("sms", "EXPIRED"),
        ("voice", "REJECTED"),
    ]
    assert answer.note == (
        "1 meaning fits the channel sms and the group REJECTED; 2 others do not and come last."
    )
    assert ia.explain(4102, group="operator errors")[0].group == "OPERATOR_ERRORS"
    assert ia.explain(4102, group=2)[0].group == "USER_ERRORS"


def test_a_kind_ranks_and_drops_nothing() -> None:
    answer = ia.explain(5, kind="smpp-command")
    assert answer[0].kind == "smpp_command"
    assert len(answer) == 4
    assert answer.note == "1 meaning fits the kind smpp_command; 3 others do not and come last."


def test_a_channel_ranks_its_own_table_first_and_takes_the_general_one_too() -> None:
    assert first("EC_VALIDITY_EXPIRED", channel="mms") == ("error", 15006, "EC_VALIDITY_EXPIRED")
    assert ia.explain("EC_VALIDITY_EXPIRED", channel="mms").note == ia.explain(4102).note
    assert ia.explain(4107, channel="sms").note is None
    assert ia.explain(27, channel="smpp").note is None
    assert first(5, channel="smpp") == ("smpp_command", 5, "ESME_RALYBND")
    assert (
        ia.explain(27, channel="voice").note == "The only meaning does not fit the channel voice."
    )


def test_errors_without_a_group_fit_any_group_of_errors_and_none_of_statuses() -> None:
    assert ia.explain(15008, group="OPERATOR_ERRORS").note is None
    assert "not fit the group REJECTED" in str(ia.explain(15008, group="REJECTED").note)


@pytest.mark.parametrize(
    ("context", "there"),
    [
        ({"kind": "fault"}, "error, status, smpp_command, smpp_state"),
        ({"channel": "fax"}, "sms, mms, dlt_india, smpp, voice"),
        ({"group": "FOO"}, "5 REJECTED"),
        ({"group": 77}, "1 HANDSET_ERRORS"),
    ],
)
def test_unknown_words_of_context_are_answered_with_what_there_is(
    context: dict[str, object], there: str
) -> None:
    with pytest.raises(ArgumentError, match=there):
        ia.explain(5, **context)  # type: ignore[call-overload]


def test_context_has_no_place_beside_an_event() -> None:
    with pytest.raises(ArgumentError, match="go with a code or a report"):
        ia.explain(error="EC_CALL_BARRED", kind="error")  # type: ignore[call-overload]


def test_every_channel_of_the_tables_can_be_asked_for() -> None:
    assert {row["channel"] for row in coded_rows()} == set(CHANNELS) == set(CARRIES)
    assert {row["kind"] for row in coded_rows()} == set(KINDS)
    assert any(row["source"] == GONE for row in coded_rows())


def test_part_of_a_name_or_plain_words_are_answered_with_names_and_verdicts() -> None:
    for words in ("absent", "phone switched off"):
        answer = ia.explain(words)
        assert len(answer) == 0
        assert "27" in {str(one["id"]) for one in answer.to_dict()["nearest"]}
        assert "error 27 EC_ABSENT_SUBSCRIBER (sms, HANDSET_ERRORS): The phone" in str(answer)
        assert "EC_ABSENT_SUBSCRIBER" in answer._repr_html_()


def test_an_unknown_number_is_answered_with_its_neighbours() -> None:
    answer = ia.explain(400)
    assert [one["id"] for one in answer.to_dict()["nearest"]] == [368, 375, 433, 488]


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("EC_ABSENT_SUBSCRIBER", "temporary, send again later, leave the number out if it repeats"),
        ("EC_UNKNOWN_SUBSCRIBER", "permanent, do not send again, leave the number out"),
        ("DELIVERED_TO_HANDSET", "nothing to do"),
        ("PENDING_ENROUTE", "wait for the next report"),
        ("EC_TEMPORARY_HANDSET_FAILURE", "flagged permanent, send again later, keep the number"),
    ],
)
def test_the_verdict_can_be_read_in_three_seconds(code: str, verdict: str) -> None:
    answer = ia.explain(code)
    assert in_short(answer[0]).endswith(f" - {verdict}")
    assert answer.to_dict()["meanings"][0]["in_short"] == in_short(answer[0])
    assert verdict in " ".join(str(answer).split())


def test_the_answer_says_what_the_flag_means_whose_advice_it_is_and_why() -> None:
    text = " ".join(str(ia.explain("EC_ABSENT_SUBSCRIBER")).split())
    assert "permanent no: by Infobip's flag, the same message may pass another time" in text
    assert "(Infobip's advice)" in text
    assert "not more than 3 times (our advice)" in text
    assert " why " in text
    unknown = " ".join(str(ia.explain("EC_UNKNOWN_SUBSCRIBER")).split())
    assert "evidence for Infobip Support: " in unknown
    assert "Infobip gives this error no flag" in str(ia.explain(4107))


words = st.sampled_from(
    ["err:", "stat:", "id:", "status ", "0x", "h", "+0", "EC_", "REJECTED", "27", " (", ")", ".0"]
)
codes = st.one_of(
    st.integers(),
    st.floats(),
    st.text(max_size=40),
    st.lists(st.one_of(words, st.text(max_size=3)), max_size=6).map("".join),
)


@settings(max_examples=200, deadline=None)
@given(codes, st.sampled_from([None, *KINDS]), st.sampled_from([None, *CHANNELS]))
def test_nothing_that_can_be_typed_makes_explain_fail(
    code: float | str, kind: str | None, channel: str | None
) -> None:
    try:
        answer = ia.explain(code, kind=kind, channel=channel)
    except ArgumentError:
        assert code != code or not str(code).strip() or is_json(str(code))
        return
    assert json.loads(json.dumps(answer.to_dict())) == answer.to_dict()
    assert set(answer) == set(ia.explain(code))
    assert str(answer)
    assert answer._repr_html_()
