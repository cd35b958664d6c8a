"""What `explain` answers, in Python, in a notebook and on the command line."""

import argparse
import json
import os
import re
import subprocess
import sys

import pytest

from infobip_analytics.cli import explain as command
from infobip_analytics.codes import explain
from infobip_analytics.codes.meanings import coded_rows
from infobip_analytics.codes.terminal import as_text, colour_is_wanted, terminal_width
from infobip_analytics.errors import ArgumentError

KEYS = {
    "kind",
    "channel",
    "id",
    "name",
    "group",
    "permanent",
    "description",
    "who",
    "action",
    "retry",
    "suppress",
    "source",
    "note",
}
HOSTILE = "<script>alert('x')</script>"


def brief(code: int | float | str) -> list[tuple[str, str, int, str | None]]:
    return [(one.kind, one.channel, one.id, one.name) for one in explain(code)]


every_row = pytest.mark.parametrize(
    "row", coded_rows(), ids=lambda row: f"{row['kind']}-{row['channel']}-{row['id']}-{row['name']}"
)


@every_row
def test_every_row_is_found_by_its_id(row: dict[str, str]) -> None:
    wanted = (row["kind"], row["channel"], int(row["id"]), row["name"] or None)
    assert wanted in brief(int(row["id"]))
    assert brief(int(row["id"])) == brief(row["id"]) == brief(f" 00{row['id']} ")


@every_row
def test_every_row_is_found_by_its_name_in_any_spelling(row: dict[str, str]) -> None:
    wanted = (row["kind"], row["channel"], int(row["id"]), row["name"])
    for name in filter(None, (row["name"], *row["also"].split())):
        spellings = (name, name.lower(), name.replace("_", " "), name.replace("_", ""))
        assert all(wanted in brief(spelling) for spelling in spellings)


@every_row
def test_every_row_but_statuses_is_found_in_hex(row: dict[str, str]) -> None:
    wanted = (row["kind"], row["channel"], int(row["id"]), row["name"] or None)
    assert (wanted in brief(f"0x{int(row['id']):08X}")) == (row["kind"] != "status")


def test_all_meanings_come_errors_first_then_statuses_then_smpp() -> None:
    assert brief(5) == [
        ("error", "sms", 5, "EC_UNIDENTIFIED_SUBSCRIBER"),
        ("status", "sms", 5, "DELIVERED_TO_HANDSET"),
        ("smpp_command", "smpp", 5, "ESME_RALYBND"),
        ("smpp_state", "smpp", 5, "UNDELIVERABLE"),
    ]
    assert [one.channel for one in explain("EC_VALIDITY_EXPIRED")] == ["sms", "mms"]


def test_an_id_with_three_meanings_has_all_three() -> None:
    assert [(one.channel, one.group) for one in explain(87)] == [
        ("sms", "EXPIRED"),
        ("sms", "REJECTED"),
        ("voice", "REJECTED"),
    ]


@pytest.mark.parametrize(
    ("spelling", "id"),
    [
        ("EC_SM_DF_memoryCapacityExceeded", 256),
        ("EC_ValidityExpired", 4101),
        ("ec_validityexpired", 4101),
        ("EC_invalidPduFurmat", 4096),
        ("EC_INVALIDPDUFORMAT", 4096),
        ("EC_Cancelled", 4100),
        ("EC_CANCELLED", 4100),
        ("EC_SOURCE_ADDRESS_BLACKLISTED", 2053),
        ("EC_UNIDENTIFIED_SUBSCRIBER", 5),
        ("ec-unidentified-subscriber", 5),
        ("DELIVRD", 2),
    ],
)
def test_historical_spellings_are_understood(spelling: str, id: int) -> None:
    assert explain(spelling)[0].id == id


def test_hex_is_smpp_and_the_errors_of_receipts_but_no_status() -> None:
    assert brief("0x22") == brief("0X00000022")
    assert brief("0x22") == [
        ("smpp_command", "smpp", 34, None),
        ("error", "sms", 34, "EC_SYSTEM_FAILURE"),
    ]
    assert "0x22 is 34" in str(explain("0x22").note)
    assert brief("0x400") == [("error", "sms", 1024, "EC_OR_APPCONTEXTNOTSUPPORTED")]


def test_a_compound_is_its_first_number() -> None:
    assert brief("1153+0+0+0") == brief(1153) != []
    assert "1153+0+0+0 is a compound" in str(explain("1153+0+0+0").note)


def test_a_column_of_ids_with_gaps_is_understood() -> None:
    assert brief(5.0) == brief("5.0") == brief(5)
    assert explain(5.0).to_dict()["code"] == 5


@pytest.mark.parametrize("code", [400, "400"])
def test_400_is_in_no_table_and_the_answer_says_what_it_may_be(code: int | str) -> None:
    answer = explain(code)
    assert len(answer) == 0
    assert answer.to_dict()["code"] == code
    assert answer.note is not None
    assert answer.note.startswith("no Infobip table has 400")
    for hint in ("Sinch", "HTTP", "0x400", "433 EC_ACCOUNT_ACCESS_DENIED"):
        assert hint in answer.note


@pytest.mark.parametrize(
    ("part", "nearest"),
    [
        ("EC_ABSENT", "EC_ABSENT_SUBSCRIBER (27)"),
        ("subscriber absent", "EC_ABSENT_SUBSCRIBER (27)"),
        ("EC_UNIDENTIFED_SUBSCRIBR", "EC_UNIDENTIFIED_SUBSCRIBER (5)"),
        ("validity", "EC_VALIDITY_EXPIRED (4101, 15006)"),
    ],
)
def test_part_of_a_name_is_answered_with_the_nearest_names(part: str, nearest: str) -> None:
    answer = explain(part)
    assert len(answer) == 0
    assert answer.note is not None
    assert f"no Infobip table has {part}" in answer.note
    assert nearest in answer.note


def test_a_name_that_begins_alike_is_nearer_than_its_contrary() -> None:
    nearest = [one["name"] for one in explain("undelivered").to_dict()["nearest"]]
    assert nearest[0] == "UNDELIVERABLE"
    assert "DELIVERED" in nearest


@pytest.mark.parametrize("text", ["<script>", "subscriber <b>absent</b>", "absent{}"])
def test_markup_is_near_to_nothing(text: str) -> None:
    assert str(explain(text).note).endswith("No name is near it.")


@pytest.mark.parametrize(
    ("code", "whose"),
    [
        (96, "96 is the status NO_ANSWER of voice, another channel."),
        ("status 96", "96 is the status NO_ANSWER of voice, another channel."),
        ("no answer", "96 is the status NO_ANSWER of voice, another channel."),
        (75, "75 is the status REJECTED_FREE_TRIAL_EXCEEDED of e-mail, another channel."),
        (200, "200 is the status PENDING_ACCEPTED of flows, another channel."),
    ],
)
def test_a_status_of_another_channel_is_in_no_table_here_and_it_is_said_whose_it_is(
    code: int | str, whose: str
) -> None:
    answer = explain(code)
    assert len(answer) == 0
    note = str(answer.note)
    assert note.startswith(f"no table here has {code} (searched: statuses and errors of SMS")
    assert whose in note
    assert "no Infobip table" not in note


def test_what_is_asked_for_as_an_error_or_in_hex_is_no_status_of_another_channel() -> None:
    for code in ("error 96", "0x60", 400):
        assert str(explain(code).note).startswith(f"no Infobip table has {code} (statuses and")


def test_a_status_of_another_channel_beside_a_code_of_ours_is_said_where_a_status_is_meant() -> (
    None
):
    assert str(explain(97, kind="status").note).endswith(
        "97 is the status BUSY of voice, another channel."
    )
    assert explain(97).note is None
    assert "voice, another" not in str(explain(87, kind="status").note)


def test_a_page_of_text_has_no_nearest_name() -> None:
    assert str(explain("EC_ABSENT_SUBSCRIBER " * 50).note).endswith("No name is near it.")


def test_a_group_asked_for_by_name_is_explained() -> None:
    note = str(explain("HANDSET_ERRORS").note)
    assert note.startswith("HANDSET_ERRORS is the error group 1")
    assert "no Infobip table" not in note


@pytest.mark.parametrize(
    "code",
    [
        -1,
        10**12,
        0.5,
        float("inf"),
        "1_1",
        "0x",
        "0xZZ",
        "?",
        "+",
        "+5+",
        "9" * 5000,
        "0x" + "f" * 5000,
    ],
)
def test_nonsense_is_an_unknown_code_and_no_accident(code: int | float | str) -> None:
    answer = explain(code)
    assert len(answer) == 0
    assert str(answer.note).startswith("no Infobip table has")
    assert len(str(answer)) < 2000


@pytest.mark.parametrize("code", [None, "", "  ", float("nan"), True, b"5", [5], {"id": 5}])
def test_what_is_no_code_at_all_gets_a_sentence(code: object) -> None:
    with pytest.raises(ArgumentError, match=r"ask for an id \(5, .* or a name"):
        explain(code)  # type: ignore[call-overload]


def test_numpys_integers_are_codes() -> None:
    import numpy

    assert explain(numpy.int64(5)).to_dict() == explain(5).to_dict()
    assert json.dumps(explain(numpy.int64(5)).to_dict())


@pytest.mark.parametrize(
    ("code", "kind"), [("NO_ERROR", "error"), ("DELIVERED_TO_HANDSET", "status"), ("DELIVERED", "")]
)
def test_what_went_well_asks_nothing_of_anybody(code: str, kind: str) -> None:
    one = explain(code)[0]
    assert kind in one.kind
    assert (one.who, one.retry, one.suppress) == ("nobody", "no", "no")


@pytest.mark.parametrize(
    ("code", "permanent", "suppress"),
    [
        ("EC_UNKNOWN_SUBSCRIBER", True, "yes"),
        ("EC_UNIDENTIFIED_SUBSCRIBER", False, "after repeats"),
        ("EC_ABSENT_SUBSCRIBER", False, "after repeats"),
        ("EC_TEMPORARY_HANDSET_FAILURE", True, "no"),
        ("EC_REJECTED_SPAM_BY_OPERATOR", True, "no"),
        ("EC_TEMPLATE_NOT_MATCHED", None, "no"),
    ],
)
def test_flag_and_advice_are_told_apart(code: str, permanent: bool | None, suppress: str) -> None:
    assert [(one.permanent, one.suppress) for one in explain(code)] == [(permanent, suppress)]


def test_an_explanation_is_a_list_of_meanings() -> None:
    answer = explain(4102)
    assert len(answer) == 2
    assert list(answer) == [answer[0], answer[1]]
    assert answer[-1].group == "OPERATOR_ERRORS"
    assert bool(explain(5))
    assert not explain(400)


def test_plain_values_have_the_documented_keys() -> None:
    answer = explain(5).to_dict()
    assert list(answer) == ["code", "meanings", "note", "groups", "nearest"]
    assert all(set(one) >= KEYS for one in answer["meanings"])
    assert json.loads(json.dumps(answer)) == answer
    cause = {"when", "why", "evidence", "cause", "cause_title", "in_short"}
    error = {name: text for name, text in answer["meanings"][0].items() if name not in cause}
    assert all(answer["meanings"][0][name] for name in cause)
    assert error | {"description": "", "source": ""} == {
        "kind": "error",
        "channel": "sms",
        "id": 5,
        "name": "EC_UNIDENTIFIED_SUBSCRIBER",
        "group": "HANDSET_ERRORS",
        "permanent": False,
        "description": "",
        "who": "list",
        "action": "Check and correct the number. If it is right, ask Infobip Support.",
        "advice": "documented",
        "retry": "after fix",
        "suppress": "after repeats",
        "source": "",
        "also": None,
        "note": (
            "Infobip flags it as not permanent although a bad number is the usual cause: one "
            "occurrence does not prove that the number is dead, repeats do."
        ),
    }


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_a_terminal_gets_no_line_longer_than_it_is_wide(width: int) -> None:
    for code in (5, 87, 400, 1537, 4102, "EC_", "undelivered"):
        lines = as_text(explain(code), width=width).splitlines()
        assert max(map(len, lines)) <= width


def test_the_width_is_what_the_terminal_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "61")
    assert terminal_width() == 61
    monkeypatch.setenv("COLUMNS", "5")
    assert terminal_width() == 40
    monkeypatch.setenv("COLUMNS", "nonsense")
    assert terminal_width() == 80


def test_colour_is_for_a_terminal_whose_user_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("TERM", raising=False)
    assert not colour_is_wanted()
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert colour_is_wanted()
    assert "\x1b[1m" in repr(explain(5))
    assert "\x1b" not in str(explain(5))
    monkeypatch.setenv("TERM", "dumb")
    assert not colour_is_wanted()
    monkeypatch.setenv("TERM", "xterm")
    assert colour_is_wanted()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in repr(explain(5))


def test_a_strangers_code_cannot_steer_the_terminal() -> None:
    text = str(explain("\x1b[2J\x07evil\udcff"))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "?[2J?evil?" in text
    assert text.encode()


def test_a_notebook_shows_every_meaning_escaped_and_in_its_own_colours() -> None:
    page = explain(5)._repr_html_()
    assert page.count("<h4>") == page.count("<dl>") == 4
    assert "DELIVERED_TO_HANDSET" in page
    assert "Infobip&#x27;s advice" in page
    assert "var(--jp-layout-color1, Canvas)" in page
    assert "white-space: nowrap" in page


def test_a_strangers_code_is_no_markup() -> None:
    page = explain(HOSTILE)._repr_html_()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_no_tag_of_the_notebooks_fragment_is_left_open() -> None:
    page = re.sub(r"(?s)<style>.*</style>", "", explain(87)._repr_html_())
    opened = re.findall(r"<(\w+)", page)
    assert sorted(opened) == sorted(re.findall(r"</(\w+)", page))


def ask(*words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_to(parser.add_subparsers())
    args = parser.parse_args(["explain", *words])
    return int(args.run(args))


def test_the_command_answers_every_code_in_the_asked_order(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ask("--format", "json", "400", "5", "EC_CALL_BARRED", "nonsense") == 0
    answers = json.loads(capsys.readouterr().out)
    assert [answer["code"] for answer in answers] == ["400", "5", "EC_CALL_BARRED", "nonsense"]
    assert [len(answer["meanings"]) for answer in answers] == [0, 4, 1, 0]
    assert answers[1]["meanings"] == explain(5).to_dict()["meanings"]


def test_the_command_prints_for_people_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("5", "0x22") == 0
    text = capsys.readouterr().out
    assert text.index("error 5 EC_UNIDENTIFIED_SUBSCRIBER") < text.index("smpp command 34")
    assert "\x1b" not in text


def test_explaining_loads_no_data_frame_library() -> None:
    lines = (
        "import sys",
        "from infobip_analytics.cli import explain",
        "print(explain.as_table([explain.explain(5), explain.explain('nothing at all')]))",
        "heavy = {'pandas', 'polars', 'narwhals', 'plotly', 'pyarrow', 'numpy', 'dataclasses'}",
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)",
    )
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
