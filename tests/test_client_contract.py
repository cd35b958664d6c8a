"""Our client and Infobip's own: the same fields, the same calls, and a test server that both take.

The official client is made from Infobip's OpenAPI description: a field that it learns and we do not
know fails here.
"""

import inspect
import pkgutil
import typing
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import infobip_api_client.models
import polars as pl
import pytest
from infobip_api_client import ApiClient, Configuration
from infobip_api_client.api.sms_api import SmsApi
from infobip_api_client.exceptions import ForbiddenException, UnauthorizedException
from infobip_api_client.models.api_error import ApiError
from infobip_api_client.models.api_exception import ApiException
from infobip_api_client.models.messages_api_delivery_result import MessagesApiDeliveryResult
from infobip_api_client.models.sms_delivery_result import SmsDeliveryResult
from infobip_api_client.models.sms_logs_response import SmsLogsResponse
from infobip_server import KEY, NEW_ERROR, NOW, InfobipServer, log, refused, report
from pydantic import BaseModel

import infobip_analytics as ia
from infobip_analytics.errors import ServiceError
from infobip_analytics.fetching import InfobipClient
from infobip_analytics.fetching.endpoints import endpoints
from infobip_analytics.fetching.pacing import Timing
from infobip_analytics.reference import rows

SMS, LOGS = "/sms/3/reports", "/sms/3/logs"

#: What we read of a page beside its entries
ENVELOPE = {"cursor.nextCursor"}

#: What the official client knows of and we leave where it is, with the reason
LEFT_OUT = {
    "cursor.limit": "what was asked for, repeated",
    "status.description": "words of the service, which change; `explain` has ours",
    "status.action": "words of the service, which change; `explain` has ours",
    "error.description": "words of the service, which change; `explain` has ours",
    "platform.entityId": "whose message it is within a platform; no rate is asked for by it",
    "platform.applicationId": "whose message it is within a platform; no rate is asked for by it",
    "content.text": "what people wrote: only that it is there is looked at, and marks a log",
    "content.transliteration": "how the text was written",
    "content.language.languageCode": "how the text was written",
    "content.language.singleShift": "how the text was written",
    "content.language.lockingShift": "how the text was written",
    "content.hex": "what was sent as bytes",
    "content.dataCoding": "how the bytes are meant",
    "content.esmClass": "how the bytes are meant",
    "deviceDetails": "the telephone of a recipient of other channels",
    "networkId": "a number without a published table; `network` has the code",
}

PAGES: list[type[BaseModel]] = [SmsDeliveryResult, SmsLogsResponse, MessagesApiDeliveryResult]


def fields(model: type[BaseModel], before: str = "") -> Iterator[str]:
    """All fields of a model and of the models in it, as JSON spells them: `status.groupId`."""
    for name, described in model.model_fields.items():
        path = f"{before}{described.alias or name}"
        inner = list(models_in(described.annotation))
        for each in inner:
            # the entries of a page stand for themselves
            yield from fields(each, "" if path == "results" else f"{path}.")
        if not inner:
            yield path


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a field may hold: `list[X] | None`, and the kinds of what is one of many."""
    for each in typing.get_args(annotation):
        yield from models_in(each)
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        choices = [
            described
            for name, described in annotation.model_fields.items()
            if name.startswith(("oneof_schema", "anyof_schema"))
        ]
        for choice in choices:
            yield from models_in(choice.annotation)
        kinds = getattr(annotation, "discriminator_value_class_map", {})
        if not choices and not kinds:
            yield annotation


def known() -> set[str]:
    return ENVELOPE | {row["field"] for row in rows("report_fields") if row["kind"] == "payload"}


@pytest.mark.parametrize("page", PAGES)
def test_every_field_of_the_official_models_is_read_or_left_out_for_a_reason(
    page: type[BaseModel],
) -> None:
    found = set(fields(page))
    assert found > {"messageId", "sentAt", "status.groupName", "error.id"}
    assert found - known() - set(LEFT_OUT) == set()


def test_nothing_is_left_out_that_is_not_there_or_is_read() -> None:
    found = {field for page in PAGES for field in fields(page)}
    assert set(LEFT_OUT) <= found
    assert set(LEFT_OUT).isdisjoint(known())


def test_the_official_client_still_has_no_models_of_mms() -> None:
    # MMS v2 has the fields of SMS v3; once there are models of it, they belong to the pages above
    names = [each.name for each in pkgutil.iter_modules(infobip_api_client.models.__path__)]
    assert len(names) > 100
    assert [name for name in names if name.startswith("mms")] == []


@pytest.fixture
def server() -> Iterator[InfobipServer]:
    with InfobipServer() as running:
        yield running


@pytest.fixture
def official(server: InfobipServer) -> Iterator[SmsApi]:
    client = ApiClient(Configuration(host=server.url, api_key=KEY, retries=0))
    yield SmsApi(client)
    client.rest_client.pool_manager.clear()


@pytest.fixture
def ours(server: InfobipServer) -> InfobipClient:
    return InfobipClient(server.url, KEY, timing=Timing(now=lambda: NOW, sleep=lambda _: None))


def test_both_clients_read_the_same_reports(
    server: InfobipServer, official: SmsApi, ours: InfobipClient
) -> None:
    entries = [report("m-1"), report("m-2", error={"id": 27, "permanent": False})]
    server.queue(SMS, entries * 2)
    theirs = official.get_outbound_sms_message_delivery_reports(limit=2)
    assert [each.message_id for each in theirs.results or []] == ["m-1", "m-2"]
    assert _rows(ia.read_delivery_reports(theirs)) == _rows(ours.reports(channels=["sms"]))


def test_both_clients_read_the_same_logs(
    server: InfobipServer, official: SmsApi, ours: InfobipClient
) -> None:
    server.largest = 1
    server.logs[LOGS] = [log(f"m-{n}", NOW - timedelta(hours=n)) for n in (1, 2)]
    first = official.get_outbound_sms_message_logs(use_cursor=True)
    assert first.cursor
    second = official.get_outbound_sms_message_logs(
        use_cursor=True, cursor=first.cursor.next_cursor
    )
    assert second.cursor
    assert second.cursor.next_cursor is None
    assert _rows(ia.read_delivery_reports([first, second])) == _rows(ours.logs(channels=["sms"]))


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return frame.drop("received_at").to_dicts()


def test_both_clients_ask_by_the_same_names(
    server: InfobipServer, official: SmsApi, ours: InfobipClient
) -> None:
    server.largest = 1
    server.logs[LOGS] = [log(f"m-{n}", NOW - timedelta(hours=n)) for n in (1, 2)]
    ours.reports(channels=["sms"])
    ours.logs(channels=["sms"])
    asked = {call.path: set(call.parameters) for call in server.calls}
    header = server.calls[0].headers["authorization"]
    server.calls.clear()
    official.get_outbound_sms_message_delivery_reports(limit=1000)
    official.get_outbound_sms_message_logs(
        limit=1000,
        use_cursor=True,
        cursor="1",
        sent_since=NOW - timedelta(hours=48),
        sent_until=NOW,
    )
    assert {call.path: set(call.parameters) for call in server.calls} == asked
    assert server.calls[0].headers["authorization"] == header


def test_times_are_asked_for_as_the_documents_write_them(
    server: InfobipServer, ours: InfobipClient
) -> None:
    ours.logs(NOW - timedelta(hours=1), NOW, channels=["sms"])
    [asked] = server.asked(LOGS)
    # yyyy-MM-dd'T'HH:mm:ss.SSSZ
    assert asked["sentSince"] == "2026-03-04T10:59:59.999+0000"


def test_both_clients_understand_the_errors(
    server: InfobipServer, official: SmsApi, ours: InfobipClient
) -> None:
    server.next(SMS, refused(403, NEW_ERROR), refused(403, NEW_ERROR))
    with pytest.raises(ForbiddenException) as theirs:
        official.get_outbound_sms_message_delivery_reports()
    said = theirs.value.data
    assert isinstance(said, ApiError)
    with pytest.raises(ServiceError) as caught:
        ours.reports(channels=["sms"])
    assert caught.value.code == said.error_code == "E403"
    assert said.description in str(caught.value)
    assert said.action in str(caught.value)


def test_a_wrong_key_is_refused_to_both(server: InfobipServer, ours: InfobipClient) -> None:
    client = ApiClient(Configuration(host=server.url, api_key="another", retries=0))
    with pytest.raises((UnauthorizedException, ValueError)):
        SmsApi(client).get_outbound_sms_message_delivery_reports()
    client.rest_client.pool_manager.clear()
    server.key = "changed"
    with pytest.raises(ServiceError, match="UNAUTHORIZED"):
        ours.reports(channels=["sms"])


def test_the_two_bodies_of_errors_are_spelled_as_we_read_them() -> None:
    assert {"errorCode", "description", "action", "violations.property"} <= set(fields(ApiError))
    old = "requestError.serviceException"
    assert {f"{old}.messageId", f"{old}.text"} <= set(fields(ApiException))


def test_our_endpoints_of_sms_are_those_of_the_official_client() -> None:
    source = inspect.getsource(SmsApi)
    latest = [each for each in endpoints().values() if each.channel == "sms" and each.version == 3]
    assert len(latest) == 2
    assert all(f'resource_path="{each.path}"' in source for each in latest)
    limits = {each.limit for each in latest}
    assert limits == {1000}
    assert "le=1000" in source
