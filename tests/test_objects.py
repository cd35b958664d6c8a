"""Objects of Infobip's clients: what they hold reads like the JSON they were made of."""

import json
import re
from collections import OrderedDict
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from types import SimpleNamespace
from typing import Any, ClassVar

import infobip_api_client
import pandas as pd
import polars as pl
import pytest
from infobip_api_client.api_response import ApiResponse
from infobip_api_client.models.sms_delivery_report import SmsDeliveryReport
from infobip_api_client.models.sms_delivery_result import SmsDeliveryResult

import infobip_analytics as ia
from infobip_analytics.infobip.objects import is_object, plain

STATUS = {
    "groupId": 3,
    "groupName": "DELIVERED",
    "id": 5,
    "name": "DELIVERED_TO_HANDSET",
    "description": "Confirmed",
    "action": "None is needed",
}
ERROR = {
    "groupId": 1,
    "groupName": "HANDSET_ERRORS",
    "id": 27,
    "name": "EC_ABSENT_SUBSCRIBER",
    "description": "Out of reach",
    "permanent": False,
}
PLATFORM = {"entityId": "shop-uk", "applicationId": "promo"}
BOTH = {
    "bulkId": "blk-1",
    "messageId": "m-1",
    "sender": "ExampleShop",
    "sentAt": "2026-03-02T10:00:00.120+0100",
    "doneAt": "2026-03-02T10:00:03.482+0100",
    "messageCount": 2,
    "mccMnc": "23410",
    "price": {"pricePerMessage": 0.00787679, "currency": "EUR"},
    "status": STATUS,
    "error": ERROR,
    "platform": PLATFORM,
    "campaignReferenceId": "spring-26",
}
REPORT = {**BOTH, "to": "447700900101", "callbackData": '{"customer": "c-1"}'}
LANGUAGE = {"languageCode": "TR", "singleShift": True, "lockingShift": False}
TEXT = {"text": "Hello", "transliteration": "TURKISH", "language": LANGUAGE}
LOG = {**BOTH, "destination": "447700900102", "content": TEXT}
BINARY_LOG = {
    **LOG,
    "messageId": "m-2",
    "content": {"dataCoding": 0, "esmClass": 0, "hex": "48 65"},
}
CHANNEL_REPORT = {
    "event": "DELIVERY",
    "channel": "SMS",
    "sender": "ExampleShop",
    "destination": "447700900103",
    "sentAt": "2026-03-02T10:00:00.120+0000",
    "doneAt": "2026-03-02T10:00:03.482+0000",
    "bulkId": "",
    "messageId": "m-3",
    "callbackData": "c-3",
    "messageCount": 1,
    "status": {name: value for name, value in STATUS.items() if name != "action"},
    "error": ERROR,
    "platform": PLATFORM,
    "deviceDetails": "a telephone",
    "mccMnc": 23410,
    "networkId": 9,
    "campaignReferenceId": "spring-26",
}
CURSOR = {"limit": 2, "nextCursor": "abc"}

#: Every model of the official client that is about the delivery of SMS, and what it is made of
MODELS: dict[str, dict[str, Any]] = {
    "SmsDeliveryReport": REPORT,
    "SmsDeliveryResult": {"results": [REPORT, {"messageId": "m-9", "to": "447700900109"}]},
    "SmsLog": LOG,
    "SmsLogsResponse": {"results": [LOG, BINARY_LOG], "cursor": CURSOR},
    "MessagesApiDeliveryResult": CHANNEL_REPORT,
    "MessagesApiDeliveryReport": {
        "results": [CHANNEL_REPORT, {**CHANNEL_REPORT, "channel": "MMS", "messageId": "m-4"}]
    },
}


def made(model: str) -> Any:
    """Make an object of the official client."""
    return getattr(infobip_api_client.models, model).from_dict(MODELS[model])


def reports(value: Any) -> pl.DataFrame:
    """Read delivery reports."""
    frame: pl.DataFrame = ia.read_delivery_reports(value)
    return frame


every_model = pytest.mark.parametrize("model", MODELS)


def test_no_model_about_the_delivery_of_sms_or_mms_is_forgotten() -> None:
    named = re.compile(r"(Sms|Mms|Omni|Moments|MessagesApi)\w*(Report|Result|Log|LogsResponse)")
    other = {"SmsInboundMessageResult", "MessagesApiSeenReport", "MessagesApiSeenResult"}
    found = {name for name in dir(infobip_api_client.models) if named.fullmatch(name)}
    assert found - other == set(MODELS)


@every_model
def test_every_field_of_a_model_is_tried_here(model: str) -> None:
    def names(of: type[Any]) -> set[str]:
        return {field.alias or name for name, field in of.model_fields.items()}

    assert names(type(made(model))) == set(MODELS[model])


@every_model
def test_an_object_reads_like_the_json_it_was_made_of(model: str) -> None:
    made_of = MODELS[model]
    assert reports(plain(made(model))).equals(reports(made_of))
    assert reports(plain(made(model)))["status_name"][0] == "DELIVERED_TO_HANDSET"


@every_model
def test_names_and_values_are_those_of_the_json_but_for_how_times_are_written(model: str) -> None:
    def alike(value: Any) -> Any:
        return json.loads(
            re.sub(r"T10:00:0(\d\.\d{3})(?:000)?\+(\d\d):?(\d\d)", r"\1\2\3", json.dumps(value))
        )

    assert alike(plain(made(model))) == alike(MODELS[model])
    assert json.loads(json.dumps(plain(made(model)))) == plain(made(model))


@every_model
def test_an_answer_with_its_http_status_is_what_it_carries(model: str) -> None:
    answer = ApiResponse[Any](status_code=200, headers={}, data=made(model), raw_data=b"")
    of_old = (made(model), 200, {"Content-Type": "application/json"})
    assert plain(answer) == plain(of_old) == plain(made(model))
    assert is_object(answer)
    assert is_object(of_old)


def test_lists_of_objects_and_plain_json_mix() -> None:
    mixed = [made("SmsDeliveryReport"), {**REPORT, "messageId": "m-2"}, made("SmsLogsResponse")]
    assert is_object(mixed)
    assert is_object({"results": mixed})
    as_json = [REPORT, {**REPORT, "messageId": "m-2"}, MODELS["SmsLogsResponse"]]
    assert reports(plain(mixed)).equals(reports(as_json))
    assert reports(plain({"results": mixed[:2]})).equals(reports({"results": as_json[:2]}))


def test_fields_that_were_not_set_are_left_out() -> None:
    assert plain(SmsDeliveryReport(messageId="m-1")) == {"messageId": "m-1"}
    empty = SmsDeliveryReport.from_dict({"messageId": "m-1", "price": None})
    assert plain(empty) == {"messageId": "m-1"}
    assert plain(SmsDeliveryResult(results=[])) == {"results": []}


@pytest.mark.parametrize(
    "value", [None, 1, "text", [REPORT], {"results": [REPORT]}, (), datetime.now(UTC)]
)
def test_parsed_json_needs_nothing(value: Any) -> None:
    assert not is_object(value)


def test_frames_columns_and_classes_are_no_objects() -> None:
    rows = {"message_id": ["m-1"]}
    for value in (pd.DataFrame(rows), pd.Series([1]), pl.DataFrame(rows), pl.Series([1])):
        assert not is_object(value)
    assert not is_object(SmsDeliveryReport)


def test_deep_json_is_looked_through_all_the_same() -> None:
    deep: Any = [made("SmsLog")]
    for _ in range(5000):
        deep = [deep]
    assert is_object(deep)


class Colour(Enum):
    """An enumeration of no client."""

    RED = "red"


def test_values_become_those_of_json() -> None:
    local = timezone(timedelta(hours=2))
    assert plain(
        {
            "aware": datetime(2026, 3, 2, 9, 0, 0, 120_000, tzinfo=local),
            "naive": datetime(2026, 3, 2, 9),  # noqa: DTZ001
            "day": date(2026, 3, 2),
            "enum": Colour.RED,
            Colour.RED: Decimal("0.5"),
            "tuple": (1, None, True),
            "mapping": OrderedDict(a=1),
        }
    ) == {
        "aware": "2026-03-02T09:00:00.120000+02:00",
        "naive": "2026-03-02T09:00:00",
        "day": "2026-03-02",
        "enum": "red",
        "red": 0.5,
        "tuple": [1, None, True],
        "mapping": {"a": 1},
    }


class OldStatus:
    """A status as older generated clients have it."""

    openapi_types: ClassVar = {"group_name": "str", "id": "int"}
    attribute_map: ClassVar = {"group_name": "groupName", "id": "id"}

    def __init__(self) -> None:
        self.group_name, self.id = "DELIVERED", 5

    def to_dict(self) -> dict[str, Any]:
        """Give its fields, under names that are not those of the JSON."""
        return {"group_name": self.group_name, "id": self.id}


class OldReport:
    """A report as older generated clients have it; what was not set cannot be got."""

    attribute_map: ClassVar = {
        "message_id": "messageId",
        "sent_at": "sentAt",
        "_from": "from",
        "status": "status",
        "price": "price",
        "sms_count": "smsCount",
    }

    def __init__(self) -> None:
        self.message_id, self._from, self.status = "m-1", "ExampleShop", OldStatus()
        self.sent_at, self.sms_count = datetime(2026, 3, 2, 9, tzinfo=UTC), None

    def to_dict(self) -> dict[str, Any]:
        """Give its fields, under names that are not those of the JSON."""
        return {"message_id": self.message_id, "status": self.status.to_dict()}


def test_objects_of_older_clients_are_read_by_their_map_of_names() -> None:
    expected = {
        "messageId": "m-1",
        "sentAt": "2026-03-02T09:00:00+00:00",
        "from": "ExampleShop",
        "status": {"groupName": "DELIVERED", "id": 5},
    }
    assert plain([OldReport()]) == [expected]
    read = reports(plain(OldReport()))
    assert read.select("message_id", "sender", "status_group").row(0) == (
        "m-1",
        "ExampleShop",
        "DELIVERED",
    )


def test_objects_that_only_make_dictionaries_get_the_names_of_the_json() -> None:
    bare = SimpleNamespace(
        to_dict=lambda: {"message_id": "m-1", "status": {"group_name": "DELIVERED"}, "to": None}
    )
    assert is_object(bare)
    assert plain(bare) == {"messageId": "m-1", "status": {"groupName": "DELIVERED"}}


def test_a_model_that_only_dumps_itself_is_read_by_its_aliases() -> None:
    calls: list[dict[str, bool]] = []

    def dump(**asked: bool) -> dict[str, Any]:
        calls.append(asked)
        return {"messageId": "m-1"}

    assert plain(SimpleNamespace(model_dump=dump)) == {"messageId": "m-1"}
    assert calls == [{"by_alias": True, "exclude_none": True}]
