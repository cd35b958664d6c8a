"""The command `explain`: context, reports as JSON, forms of the answer."""

import json

import pytest

import infobip_analytics as ia
from infobip_analytics.cli import main

REPORT = '{"status": {"groupName": "REJECTED", "id": 6}, "error": {"id": 0, "name": "NO_ERROR"}}'


def answers(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, object]]:
    assert main(["explain", "--format", "json", *words]) == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return found


def test_context_ranks_the_meanings_of_every_code(capsys: pytest.CaptureFixture[str]) -> None:
    found = answers(
        capsys, "--kind", "status", "--channel", "sms", "--group", "REJECTED", "87", "6"
    )
    context = {"kind": "status", "channel": "sms", "group": "REJECTED"}
    assert found == [ia.explain(code, **context).to_dict() for code in ("87", "6")]
    assert found[0] != ia.explain("87").to_dict()


def test_an_unknown_word_of_context_is_a_wrong_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "5", "--channel", "fax"]) == 2
    assert "there are sms, mms, dlt_india" in capsys.readouterr().err
    assert main(["explain", "--error", "EC_CALL_BARRED", "--kind", "error"]) == 2
    assert "--kind goes with a CODE" in capsys.readouterr().err


@pytest.mark.parametrize("text", [REPORT, f"[{REPORT}]", f'{{"results": [{REPORT}]}}'])
def test_a_report_can_be_pasted_as_json(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = answers(capsys, text)
    assert found == ia.explain(json.loads(REPORT)).to_dict()
    assert str(found["verdict"]).startswith("Rejected. The account")


def test_broken_json_gets_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", '{"status": ']) == 2
    assert "no JSON that can be read" in capsys.readouterr().err


def test_the_verdict_leads_and_no_colour_goes_into_a_pipe(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["explain", "EC_ABSENT_SUBSCRIBER"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[3].startswith("  The phone could not be reached - temporary, send again later")
    assert not any("\x1b" in line for line in lines)
