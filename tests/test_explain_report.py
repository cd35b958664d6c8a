"""What `explain` answers about a delivery report, its status or its error."""

import json
from typing import Any

import pandas as pd
import polars as pl
import pytest
from infobip_api_client.models.sms_delivery_report import SmsDeliveryReport
from infobip_api_client.models.sms_message_error import SmsMessageError
from infobip_api_client.models.sms_message_status import SmsMessageStatus

import infobip_analytics as ia
from infobip_analytics.codes.row_explanation import RowExplanation
from infobip_analytics.codes.row_terminal import as_text
from infobip_analytics.codes.verdicts import verdict
from infobip_analytics.errors import ArgumentError
from infobip_analytics.reference import rows

STATUS = {
    "groupId": 2,
    "groupName": "UNDELIVERABLE",
    "id": 9,
    "name": "UNDELIVERABLE_NOT_DELIVERED",
    "description": "Message sent not delivered",
}
ERROR = {
    "groupId": 1,
    "groupName": "HANDSET_ERRORS",
    "id": 27,
    "name": "EC_ABSENT_SUBSCRIBER",
    "description": "Absent Subscriber",
    "permanent": False,
}
REPORT = {"messageId": "m-1", "to": "447700900123", "status": STATUS, "error": ERROR}
ROW = {
    "message_id": "m-1",
    "recipient": "447700900123",
    "channel": "sms",
    "status_group": "UNDELIVERABLE",
    "status_id": 9,
    "status_name": "UNDELIVERABLE_NOT_DELIVERED",
    "error_group": "HANDSET_ERRORS",
    "error_id": 27,
    "error_name": "EC_ABSENT_SUBSCRIBER",
    "permanent": False,
}
MODEL = SmsDeliveryReport(
    messageId="m-1",
    status=SmsMessageStatus.from_dict(STATUS),
    error=SmsMessageError.from_dict(ERROR),
)


def told(answer: RowExplanation) -> list[tuple[str, int, tuple[str, ...]]]:
    return [(one.meaning.kind, one.meaning.id, one.told_by) for one in answer.told]


def of(status: dict[str, Any] | None = None, error: dict[str, Any] | None = None) -> RowExplanation:
    return ia.explain({"status": {**STATUS, **(status or {})}, "error": {**ERROR, **(error or {})}})


@pytest.mark.parametrize(
    "report",
    [
        REPORT,
        {"results": [REPORT]},
        MODEL,
        ROW,
        pd.Series(ROW),
        pd.DataFrame([ROW]),
        pl.DataFrame([ROW]),
        pl.LazyFrame([ROW]),
        pd.json_normalize([REPORT]).iloc[0],
    ],
    ids=["json", "page", "client", "row", "series", "pandas", "polars", "lazy", "flat"],
)
def test_a_report_tells_what_became_of_the_message_and_why(report: Any) -> None:
    answer = ia.explain(report)
    assert told(answer) == [("error", 27, ("error",)), ("status", 9, ("status",))]
    assert answer.disagreements == ()
    assert answer.verdict == (
        "Not delivered. The phone could not be reached - temporary, send again later, leave the "
        "number out if it repeats"
    )
    assert json.loads(json.dumps(answer.to_dict()))["report"]["error_id"] == 27
    for shown in (str(answer), answer._repr_html_(), json.dumps(answer.to_dict())):
        assert "447700900123" not in shown


def test_a_status_or_an_error_can_be_asked_for_alone() -> None:
    assert told(ia.explain(STATUS)) == [("status", 9, ("status",))]
    assert told(ia.explain(ERROR)) == [("error", 27, ("error",))]
    assert told(ia.explain(SmsMessageError.from_dict(ERROR) or {})) == [("error", 27, ("error",))]
    assert told(ia.explain({"id": 5, "name": "EC_UNIDENTIFIED_SUBSCRIBER"})) == [
        ("error", 5, ("error",))
    ]
    assert told(ia.explain({"groupId": 3, "id": 5}, kind="status")) == [("status", 5, ("status",))]  # type: ignore[call-overload]


def test_the_group_that_came_decides_between_meanings() -> None:
    for group in ("EXPIRED", "REJECTED"):
        answer = ia.explain({"groupName": group, "id": 87, "name": "SIGNALS_BLOCKED"})
        assert [one.group for one in answer] == [group]
    for group in ("USER_ERRORS", "OPERATOR_ERRORS"):
        assert [one.group for one in ia.explain({"groupName": group, "id": 4102})] == [group]


def test_another_flag_group_or_name_than_the_tables_have_is_said() -> None:
    assert (
        of(error={"permanent": True})
        .disagreements[0]
        .startswith("The report flags the error as permanent, the tables have it as temporary")
    )
    assert "- permanent, send again later" in of(error={"permanent": True}).verdict.replace(
        "flagged ", ""
    )
    assert of(status={"groupName": "REJECTED", "groupId": 5}).disagreements == (
        "The report has status 9 UNDELIVERABLE_NOT_DELIVERED in the group REJECTED, the tables "
        "have it in UNDELIVERABLE. The report's group decides what is counted.",
    )
    assert of(error={"name": "EC_CALL_BARRED"}).disagreements == (
        "The report names error 27 EC_CALL_BARRED; in the tables 27 is EC_ABSENT_SUBSCRIBER. "
        "EC_CALL_BARRED is 13.",
    )
    assert of(status={"groupId": 5}).disagreements == (
        "The groupId 5 of the status is REJECTED, its groupName says UNDELIVERABLE.",
    )
    assert of(error={"groupName": "FOO", "groupId": None}).disagreements == (
        "FOO is no error group that the tables know.",
    )


@pytest.mark.parametrize("group", [row["group"] for row in rows("status_groups")])
def test_a_status_that_is_not_in_the_group_that_came_has_no_part_in_the_verdict(
    group: str,
) -> None:
    for row in rows("statuses"):
        if row["channel"] == "voice" or verdict(group, None) == verdict(row["group"], None):
            continue
        if any((one["id"], one["group"]) == (row["id"], group) for one in rows("statuses")):
            continue
        status = {"id": int(row["id"]), "name": row["name"], "groupName": group}
        answer = ia.explain({"status": status})
        assert answer.verdict == ia.explain({"status": {"groupName": group}}).verdict
        assert [one.told_by for one in answer.told] == [("status_id",)]
        assert "The report's group decides what is counted." in answer.disagreements[0]


def test_a_status_that_does_not_fit_is_shown_last_and_as_such() -> None:
    answer = of({"groupId": 5, "groupName": "REJECTED", "id": 5, "name": "DELIVERED_TO_HANDSET"})
    assert answer.verdict == (
        "Rejected. The phone could not be reached - temporary, send again later, leave the number "
        "out if it repeats"
    )
    assert told(answer) == [("error", 27, ("error",)), ("status", 5, ("status_id",))]
    heading = "The status id by itself, which does not fit the group that came:"
    assert heading in str(answer)
    assert heading.rstrip(":") in answer._repr_html_()
    assert ia.explain({"status": {"groupName": "FOO", "id": 5}}).verdict == (
        "What became of it is not known"
    )
    named = ia.explain({"status": {"groupName": "REJECTED", "name": "PENDING_ENROUTE"}})
    assert told(named) == [("status", 7, ("status_name",))]


@pytest.mark.parametrize("width", [40, 60, 100])
def test_no_line_of_a_report_is_longer_than_the_terminal_is_wide(width: int) -> None:
    answer = of({"groupId": 5, "groupName": "REJECTED", "id": 5, "name": "DELIVERED_TO_HANDSET"})
    assert max(map(len, as_text(answer, width=width).splitlines())) <= width


@pytest.mark.parametrize("error", ["EC_ABSENT_SUBSCRIBER", 27, "27", "27 EC_ABSENT_SUBSCRIBER"])
def test_an_error_that_is_a_text_beside_a_status_is_not_dropped(error: object) -> None:
    answer = ia.explain({"status": {"id": 9}, "error": error})
    assert told(answer) == [("error", 27, ("error",)), ("status", 9, ("status",))]
    assert answer.disagreements == ()
    assert answer.verdict.startswith("Not delivered. The phone could not be reached")


def test_a_status_that_is_a_text_beside_an_error_is_not_dropped() -> None:
    for status in ("REJECTED", "rejected"):
        answer = ia.explain({"status": status, "error": {"id": 27}})
        assert answer.verdict.startswith("Rejected. The phone could not be reached")
    unlisted = ia.explain({"status": {"id": 9}, "error": "EC_BRAND_NEW"})
    assert unlisted.disagreements == ("The error EC_BRAND_NEW is in no Infobip table.",)


@pytest.mark.parametrize("text", [json.dumps(REPORT), f" [{json.dumps(REPORT, indent=1)}]"])
def test_a_report_can_be_json_text(text: str) -> None:
    assert ia.explain(text).to_dict() == ia.explain(REPORT).to_dict()


@pytest.mark.parametrize("text", ['{"status": ', '[{"a":' * 100_000])
def test_broken_json_gets_a_sentence(text: str) -> None:
    with pytest.raises(ArgumentError, match="no JSON that can be read"):
        ia.explain(text)


def test_a_status_of_another_channel_is_said_to_be_one() -> None:
    status = {"groupName": "UNDELIVERABLE", "id": 96, "name": "NO_ANSWER"}
    assert ia.explain({"status": status}).disagreements == (
        "The status 96 NO_ANSWER is in no table here: 96 is the status NO_ANSWER of voice, "
        "another channel.",
    )


def test_old_spellings_of_a_name_are_no_disagreement() -> None:
    error = {"id": 4101, "name": "EC_ValidityExpired", "groupName": "USER_ERRORS", "groupId": 2}
    assert of(error={**error, "permanent": None}).disagreements == ()


def test_codes_that_no_table_has_are_said_and_raise_nothing() -> None:
    answer = of({"id": 999, "name": "NEW_ONE"}, {"id": 9999, "name": "EC_NEW"})
    assert answer.disagreements == (
        "The status 999 NEW_ONE is in no Infobip table.",
        "The error 9999 EC_NEW is in no Infobip table.",
    )
    assert answer.verdict == "Not delivered"


def test_a_delivered_report_asks_for_nothing_and_an_error_beside_it_is_said() -> None:
    delivered = {"groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET"}
    ok = {"groupId": 0, "groupName": "OK", "id": 0, "name": "NO_ERROR"}
    assert of(delivered, ok).verdict == "Delivered, to the handset"
    assert of(delivered, ok).disagreements == ()
    assert "success is read from the status" in of(delivered).disagreements[0]
    operator = {**delivered, "id": 2, "name": "DELIVERED_TO_OPERATOR"}
    assert of(operator, ok).verdict == "Delivered as far as the operator"


def test_error_0_beside_a_rejection_is_usual_and_the_status_tells_why() -> None:
    rejected = {"groupId": 5, "groupName": "REJECTED", "id": 6, "name": "REJECTED_NETWORK"}
    ok = {"groupId": 0, "groupName": "OK", "id": 0, "name": "NO_ERROR"}
    answer = of(rejected, ok)
    assert answer.verdict.startswith("Rejected. The account is not enabled")
    assert answer.disagreements == ()
    assert "often carry error 0" in answer.note
    assert told(answer)[0] == ("status", 6, ("status",))


def test_a_message_made_of_events_has_the_events_status_and_no_group() -> None:
    row = {**dict.fromkeys(ROW), "status_name": "failed", "error_name": "EC_ABSENT_SUBSCRIBER"}
    answer = ia.explain(row)
    assert answer.disagreements == ()
    assert answer.verdict.startswith("Not delivered. The phone could not be reached")
    assert ia.explain({**row, "status_name": "delivered", "error_name": None}).verdict == (
        "Delivered"
    )


def test_an_error_of_another_channel_is_said() -> None:
    error = {"id": 15008, "name": "EC_PROVIDER_DELIVERY_ERROR"}
    assert ia.explain({"channel": "SMS", "error": error}).note == (
        "The error is one of mms, the report is of sms."
    )
    assert ia.explain({"channel": "SMS", "error": {"id": 4107}}).note == ""


def test_an_mms_report_is_known_by_its_count() -> None:
    report = {"mmsCount": 1, "status": {"groupId": 5, "id": 56}}
    assert [one.channel for one in ia.explain(report)] == ["mms"]


def test_what_is_no_report_gets_a_sentence() -> None:
    with pytest.raises(ArgumentError, match="a page of 2 reports is no report; give one of them"):
        ia.explain({"results": [REPORT, REPORT]})
    with pytest.raises(ArgumentError, match="a report has a status or an error; this has none"):
        ia.explain({"recipient": "447700900123"})


def test_a_strangers_report_is_neither_markup_nor_shows_numbers() -> None:
    hostile = "<script>\x1b[2J 447700900123"
    answer = of({"name": hostile, "groupName": hostile}, {"name": hostile, "groupName": hostile})
    for shown in (str(answer), answer._repr_html_(), json.dumps(answer.to_dict())):
        assert "447700900123" not in shown
    assert "<script" not in answer._repr_html_()
    assert "\x1b" not in str(answer)
