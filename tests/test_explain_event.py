"""What `explain` answers about a campaign event: what each field says, where they disagree."""

import argparse
import json
import os
import re
import subprocess
import sys
from collections import namedtuple
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import infobip_analytics as ia
from infobip_analytics.cli import explain as command
from infobip_analytics.cli import main
from infobip_analytics.codes.events import Event
from infobip_analytics.codes.likeness import likest, readings, telling_words
from infobip_analytics.codes.row_explanation import RowExplanation
from infobip_analytics.codes.row_terminal import as_text
from infobip_analytics.errors import ArgumentError
from infobip_analytics.reference import rows

GUIDE = {
    "status_code": "400",
    "error": "EC_UNIDENTIFIED_SUBSCRIBER",
    "comment": (
        "The number doesn't exist or it hasn't been assigned to any active subscriber in the "
        "operator's user database."
    ),
}
UNLISTED = "The status_code 400 is in no Infobip table."
UNLIKE = (
    "The comment reads like the description of EC_UNKNOWN_SUBSCRIBER (1), not like that of "
    "EC_UNIDENTIFIED_SUBSCRIBER (5)."
)
HOSTILE = "<script>alert('x')</script>\x1b[2J\u202e"
FIELDS = ("status", "status_code", "error", "comment", "action_type")


def event(**fields: object) -> RowExplanation:
    return ia.explain(**fields)


def told(**fields: object) -> list[tuple[int, str | None, tuple[str, ...]]]:
    return [(one.meaning.id, one.meaning.name, one.told_by) for one in event(**fields).told]


def test_the_guides_own_example_disagrees_twice() -> None:
    assert event(**GUIDE).disagreements == (UNLISTED, UNLIKE)
    assert told(**GUIDE) == [
        (5, "EC_UNIDENTIFIED_SUBSCRIBER", ("error",)),
        (1, "EC_UNKNOWN_SUBSCRIBER", ("comment",)),
    ]
    assert "Sinch" in event(**GUIDE).note


def test_a_number_says_the_same_as_its_text() -> None:
    expected = event(status_code="27").to_dict()["meanings"]
    assert expected
    for code in (27, 27.0, "27.0", "27.00", " 27 ", "0x1B", "27+0+0+0"):
        assert event(status_code=code).to_dict()["meanings"] == expected


def test_fields_that_agree_are_said_to_agree_in_one_line() -> None:
    comment = "The handset is switched off or has no coverage."
    answer = event(status="failed", status_code=27.0, error="EC_ABSENT_SUBSCRIBER", comment=comment)
    assert answer.disagreements == ()
    assert answer.note == "error, status_code and comment agree."
    assert [one.told_by for one in answer.told] == [("error", "status_code", "comment")]
    assert str(answer).splitlines()[0] == "event: no disagreement"


def test_the_code_of_another_error_is_shown_after_what_the_error_names() -> None:
    answer = event(status_code=27, error="EC_CALL_BARRED")
    assert answer.disagreements == (
        "The status_code 27 means EC_ABSENT_SUBSCRIBER (27), but the error names "
        "EC_CALL_BARRED (13).",
    )
    assert [one.id for one in answer] == [13, 27]
    assert answer[1].name == "EC_ABSENT_SUBSCRIBER"


def test_a_code_that_is_a_statuss_id_too_says_so() -> None:
    (sentence,) = event(status_code=6, error="NO_ERROR", status="rejected").disagreements
    assert sentence == (
        "The status_code 6 means EC_ABSENT_SUBSCRIBER_SM (6), but the error names NO_ERROR (0). "
        "As the id of a status it would be REJECTED_NETWORK (6)."
    )


def test_the_name_of_a_status_in_the_error_is_understood() -> None:
    answer = event(status="rejected", status_code=6, error="REJECTED_NETWORK")
    assert answer.disagreements == ()
    assert [(one.meaning.kind, one.told_by) for one in answer.told] == [
        ("status", ("error", "status_code"))
    ]
    answer = event(status_code=0, error="REJECTED_NETWORK")
    assert answer.disagreements == ()
    assert answer.note == "The status_code adds to the error and contradicts nothing."


def test_a_delivered_event_with_an_error_contradicts_itself() -> None:
    (sentence,) = event(status="Delivered", error="EC_CALL_BARRED").disagreements
    assert sentence == (
        "The status says Delivered, but the error tells an error: success is read from the "
        "status, never from the error."
    )
    (by_code,) = event(status="delivered", status_code=27).disagreements
    assert "but the status_code tells an error" in by_code


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "delivered", "error": "NO_ERROR", "status_code": "0"},
        {"status": "delivered", "status_code": 0.0},
        {"status": "delivered", "error": "DELIVERED_TO_HANDSET", "status_code": 5},
        {"status": "delivered", "status_code": 5},
        {"status": "delivered"},
        {"status": "failed", "error": "EC_CALL_BARRED"},
        {"status": "rejected", "error": "NO_ERROR", "status_code": 0},
        {"status": "failed", "error": "NO_ERROR"},
    ],
)
def test_a_status_that_fits_its_error_contradicts_nothing(fields: dict[str, object]) -> None:
    assert event(**fields).disagreements == ()


def test_a_rejected_event_with_error_0_is_documented_and_the_note_says_so() -> None:
    assert "often carry error 0" in event(status="rejected", error="NO_ERROR").note
    assert "often carry error 0" not in event(status="delivered", error="NO_ERROR").note
    assert "often carry error 0" not in event(status="failed", error="EC_CALL_BARRED").note


def test_an_event_without_any_of_the_three_has_nothing_to_explain() -> None:
    answer = event(status="enqueued", status_code=None, error=float("nan"), comment=" ")
    assert (len(answer), answer.disagreements) == (0, ())
    assert answer.note.endswith("there is nothing to explain.")


def test_one_field_alone_has_nothing_to_disagree_with() -> None:
    note = "Only the error says something: nothing could disagree with it."
    assert event(error="EC_CALL_BARRED").note == note
    comment = "The handset is switched off or has no coverage."
    assert [one.name for one in event(comment=comment)] == ["EC_ABSENT_SUBSCRIBER"]


def test_an_error_that_no_table_has_is_answered_with_the_nearest_names() -> None:
    (sentence,) = event(error="EC_UNIDENTIFED_SUBSCRIBR").disagreements
    assert "The error EC_UNIDENTIFED_SUBSCRIBR is in no Infobip table." in sentence
    assert "EC_UNIDENTIFIED_SUBSCRIBER (5)" in sentence
    assert event(error="HANDSET_ERRORS").disagreements == ()


@pytest.mark.parametrize(
    "error",
    [
        "ec_absent_subscriber",
        "EC Absent-Subscriber",
        "ABSENT_SUBSCRIBER",
        "Absent subscriber",
        "EC_ABSENT_SUBSCRIBER (27)",
        "27: EC_ABSENT_SUBSCRIBER.",
        "27",
        "27.0",
    ],
)
def test_odd_spellings_of_an_error_are_understood(error: str) -> None:
    assert event(error=error)[0].name == "EC_ABSENT_SUBSCRIBER"
    assert event(error=error, status_code=27).disagreements == ()


def test_a_comment_that_spells_a_name_is_that_error() -> None:
    assert event(error="EC_CALL_BARRED", comment="Call barred").disagreements == ()
    (sentence,) = event(error="EC_CALL_BARRED", comment="absent subscriber").disagreements
    assert "reads like the description of EC_ABSENT_SUBSCRIBER (27)" in sentence


def test_a_comment_that_could_be_anything_decides_nothing() -> None:
    for comment in ("Message failed.", "Please contact support!", "???", "Общая ошибка"):
        answer = event(error="EC_CALL_BARRED", comment=comment)
        assert answer.disagreements == ()
        assert answer.note.endswith("The comment's words tell no error apart.")


def test_the_code_stands_in_for_a_missing_error() -> None:
    (sentence,) = event(status_code=5, comment=GUIDE["comment"]).disagreements
    assert sentence == UNLIKE


def test_a_comment_beside_error_0_adds_a_cause_and_contradicts_nothing() -> None:
    answer = event(status="rejected", status_code=0, error="NO_ERROR", comment=GUIDE["comment"])
    assert answer.disagreements == ()
    assert [(one.meaning.id, one.told_by) for one in answer.told] == [
        (0, ("error", "status_code")),
        (1, ("comment",)),
    ]
    assert answer.note.startswith(
        "error and status_code agree. The comment adds to them and contradicts nothing. Rejected"
    )


def test_events_of_other_channels_are_noted() -> None:
    assert "action_type is webhook" in event(status_code=422, action_type="webhook").note
    assert "action_type" not in event(status_code=27, action_type="mms").note


ERRORS = [row for row in rows("errors") if row["id"] != "0"]


@pytest.mark.parametrize("row", ERRORS, ids=lambda row: f"{row['channel']}-{row['id']}")
def test_every_description_agrees_with_its_own_error(row: dict[str, str]) -> None:
    answer = event(error=row["name"], status_code=row["id"], comment=row["description"])
    assert answer.disagreements == ()


def test_most_descriptions_disagree_with_another_error() -> None:
    others = [*ERRORS[60:], *ERRORS[:60]]
    caught = [
        event(error=other["name"], comment=row["description"]).disagreements
        for row, other in zip(ERRORS, others, strict=True)
        if row["channel"] == "sms"
    ]
    assert sum(map(bool, caught)) > 0.8 * len(caught)


def test_likeness_goes_from_nothing_to_all() -> None:
    assert readings("") == readings("zzz qqq") == []
    found = readings("The handset could not be reached: switched off or without coverage.")
    assert all(0 < one.likeness <= 1 + 1e-9 for one in found)
    assert found[0].name.startswith("EC_ABSENT_SUBSCRIBER")
    assert readings("Illegal subscriber")[0].likeness == 1


def test_one_word_in_common_is_not_close() -> None:
    assert readings("subscriber")
    assert likest(readings("subscriber")) == []


def test_words_that_mean_the_same_read_the_same() -> None:
    assert telling_words("The phone was turned off") == telling_words("Handsets switched off!")
    assert telling_words("the operator's general network error") == frozenset()


def test_words_of_comments_are_lower_case_and_none_reads_as_two() -> None:
    words = [row["word"] for row in rows("comment_words")]
    assert len(words) == len(set(words))
    assert all(re.fullmatch("[a-z]+", word) for word in words)
    assert not {row["reads_as"] for row in rows("comment_words") if row["reads_as"]} & {
        row["word"] for row in rows("comment_words") if not row["reads_as"]
    }


ROW = {"customer": "ann", "timestamp": 5, **GUIDE}
Row = namedtuple("Row", ROW)  # type: ignore[misc]


@pytest.mark.parametrize(
    "row",
    [
        ROW,
        Row(**ROW),
        pd.Series(ROW),
        pd.DataFrame([ROW]),
        pd.DataFrame([ROW]).iloc[0],
        next(pd.DataFrame([ROW]).itertuples()),
        pl.DataFrame([ROW]),
        pl.LazyFrame([ROW]),
        pl.DataFrame([ROW]).row(0, named=True),
        pd.Series({**ROW, "collect": "x", "columns": "y", "rows": 1}),
    ],
    ids=lambda row: type(row).__name__,
)
def test_an_event_is_a_mapping_a_row_or_a_frame_of_one_row(row: Any) -> None:
    assert ia.explain(row).to_dict() == event(**GUIDE).to_dict()


def test_what_a_frame_has_for_missing_is_missing() -> None:
    for nothing in (None, float("nan"), pd.NA, pd.NaT, "", "NaN", "None", "null"):
        answer = ia.explain({"error": "EC_CALL_BARRED", "status_code": nothing, "comment": nothing})
        assert answer.to_dict()["event"] == {
            "status": None,
            "status_code": None,
            "error": "EC_CALL_BARRED",
            "comment": None,
            "action_type": None,
        }


@pytest.mark.parametrize("frame", [pd.DataFrame([ROW, ROW]), pl.DataFrame([ROW, ROW])])
def test_a_frame_of_several_rows_gets_a_sentence(frame: Any) -> None:
    with pytest.raises(ArgumentError, match="a frame of 2 rows is no event; give one row"):
        ia.explain(frame)


def test_what_is_no_event_gets_a_sentence() -> None:
    with pytest.raises(ArgumentError, match="an event has one of status, status_code, error"):
        ia.explain({"recipient": "447700900123"})
    with pytest.raises(ArgumentError, match="an event has no recipient; it has status, status_"):
        ia.explain(recipient="447700900123")  # type: ignore[call-overload]
    with pytest.raises(ArgumentError, match="not both"):
        ia.explain(5, error="EC_CALL_BARRED")  # type: ignore[call-overload]
    with pytest.raises(ArgumentError, match="ask for an id"):
        ia.explain()


NESTED = {
    "type": "campaign",
    "timestamp": 1_700_000_000,
    "customer_ids": {"registered": "ann"},
    "properties": {**GUIDE, "recipient": "447700900123"},
}


@pytest.mark.parametrize(
    "row",
    [NESTED, json.dumps(NESTED), pd.Series(NESTED), pl.DataFrame([NESTED])],
    ids=["json", "text", "series", "polars"],
)
def test_an_event_may_be_nested_as_bloomreach_exports_it(row: Any) -> None:
    assert ia.explain(row).to_dict() == event(**GUIDE).to_dict()


def test_an_event_can_be_json_text() -> None:
    assert ia.explain(json.dumps(GUIDE)).to_dict() == event(**GUIDE).to_dict()


def test_a_code_of_another_channel_is_said_to_be_one() -> None:
    assert event(status_code=96).disagreements == (
        "The status_code 96 is in no table here: 96 is the status NO_ANSWER of voice, another "
        "channel.",
    )


def test_plain_values_have_the_documented_keys() -> None:
    answer = event(**GUIDE).to_dict()
    assert list(answer) == ["event", "meanings", "disagreements", "note", "verdict"]
    assert tuple(answer["event"]) == FIELDS
    assert answer["event"] == {"status": None, "action_type": None, **GUIDE}
    assert json.loads(json.dumps(answer)) == answer
    plain = ia.explain("EC_UNIDENTIFIED_SUBSCRIBER").to_dict()["meanings"][0]
    assert answer["meanings"][0] == {**plain, "told_by": ["error"]}


@pytest.mark.parametrize(
    "number",
    ["447700900123", "+44 7700 900-123", "(0044) 7700.900.123", "1202555", "٤٤٧٧٠٠٩٠٠١٢٣"],
)
def test_numbers_of_persons_are_masked_wherever_they_stand(number: str) -> None:
    answer = event(
        comment=f"no such number {number}, try 123456 on 3rd",
        error=f"bad {number}",
        status_code=number,
    )
    for shown in (str(answer), repr(answer), answer._repr_html_(), json.dumps(answer.to_dict())):
        assert number not in shown
        assert number[-6:] not in shown
    assert answer.to_dict()["event"]["comment"] == "no such number •••, try 123456 on 3rd"


@pytest.mark.parametrize("code", ["0x00000022", "1153+0+0+0", "1153 +0 +0 +0", "27.0000000", "005"])
def test_a_code_is_no_number_of_a_person(code: str) -> None:
    assert event(status_code=code).to_dict()["event"]["status_code"] == code
    assert len(event(status_code=code)) > 0


def test_a_strangers_event_is_neither_markup_nor_steers_the_terminal() -> None:
    answer = event(**dict.fromkeys(FIELDS, HOSTILE))
    page = answer._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    for shown in (str(answer), page):
        assert "\x1b" not in shown
        assert "\u202e" not in shown


def test_no_tag_of_the_notebooks_fragment_is_left_open() -> None:
    page = re.sub(r"(?s)<style>.*</style>", "", event(**GUIDE)._repr_html_())
    opened = re.findall(r"<(\w+)", page)
    assert sorted(opened) == sorted(re.findall(r"</(\w+)", page))
    assert page.count("<li>") == page.count("<h4>") == 2


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_a_comment_takes_one_line_and_no_line_is_too_long(width: int) -> None:
    answer = event(**{**GUIDE, "comment": f"{GUIDE['comment']}\n" * 20})
    lines = as_text(answer, width=width).splitlines()
    assert max(map(len, lines)) <= width
    (at,) = [number for number, line in enumerate(lines) if line.startswith("  comment ")]
    assert lines[at].endswith("...")
    assert lines[at + 1].startswith("  1. ")


def test_colour_is_for_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b" not in repr(event(**GUIDE))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert "\x1b[1m" in repr(event(**GUIDE))
    assert "\x1b" not in str(event(**GUIDE))


texts = st.one_of(
    st.none(),
    st.text(max_size=60),
    st.sampled_from([row["name"] for row in ERRORS]),
    st.sampled_from([row["description"] for row in ERRORS]),
    st.from_regex(r"\A[-+]?(0x)?[0-9]{1,9}([.+][0-9]{1,3})*\Z"),
    st.sampled_from(["delivered", "rejected", "failed", "sms", "mms", "NO_ERROR", "0", "400"]),
)


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(FIELDS, texts)))
def test_no_text_makes_explain_fail(fields: dict[str, str | None]) -> None:
    answer = ia.explain(fields)
    assert json.loads(json.dumps(answer.to_dict())) == answer.to_dict()
    assert str(answer)
    assert answer._repr_html_()
    assert answer.to_dict() == ia.explain(**fields).to_dict()
    assert "agree." not in answer.note or not answer.disagreements


def test_a_page_of_text_is_cut_before_it_is_read() -> None:
    answer = event(**dict.fromkeys(FIELDS, "7 subscriber EC_" * 100_000))
    assert max(map(len, filter(None, answer.to_dict()["event"].values()))) <= 2_000
    assert len(str(answer)) < 5_000


def ask(*words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_to(parser.add_subparsers())
    args = parser.parse_args(["explain", *words])
    return int(args.run(args))


WORDS = ("--error", GUIDE["error"], "--status-code", "400", "--comment", GUIDE["comment"])


def test_the_command_explains_an_event(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(*WORDS) == 0
    text = capsys.readouterr().out
    assert text.startswith("event: 2 disagreements\n")
    assert text.index("error 5 EC_UNIDENTIFIED") < text.index("error 1 EC_UNKNOWN")
    assert "\x1b" not in text


def test_the_command_gives_one_object_for_an_event_and_a_list_for_codes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ask(*WORDS, "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == event(**GUIDE).to_dict()
    assert ask("--format", "json", "400") == 0
    assert json.loads(capsys.readouterr().out) == [ia.explain("400").to_dict()]


@pytest.mark.parametrize("words", [[], ["5", "--error", "EC_CALL_BARRED"]])
def test_a_code_or_an_event_is_asked_for_and_not_both(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", *words]) == 2
    assert "a CODE, or the fields of an event" in capsys.readouterr().err


def loaded_by(*lines: str) -> set[str]:
    script = "\n".join(["import sys", *lines, "print('\\nLOADED', *sys.modules)"])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("\nLOADED ")[2].split())


def test_explaining_an_event_loads_no_data_frame_library() -> None:
    loaded = loaded_by(
        "import infobip_analytics as ia",
        f"answer = ia.explain({GUIDE!r})",
        "print(answer, answer._repr_html_(), answer.to_dict())",
        "from infobip_analytics.cli import main",
        f"main(['explain', *{WORDS!r}])",
    )
    assert "infobip_analytics.codes.likeness" in loaded
    assert not loaded & {"pandas", "polars", "narwhals", "plotly", "pyarrow", "numpy"}


def test_explaining_a_code_loads_nothing_of_events() -> None:
    loaded = loaded_by("from infobip_analytics.cli import main", "main(['explain', '5'])")
    assert "infobip_analytics.codes.explaining" in loaded
    assert not {name for name in loaded if "event" in name or name.endswith(".likeness")}


def test_the_fields_are_those_of_the_documentation() -> None:
    assert Event._fields == FIELDS
