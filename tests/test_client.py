"""The client of Infobip's API: what it hands over, how it waits, and what it says when it fails."""

import contextlib
import gc
import gzip
import json
import pickle
import socket
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any

import polars as pl
import pytest
from conftest import Run
from infobip_server import (
    DROPPED,
    HALF,
    KEY,
    NEW_ERROR,
    NOW,
    OLD_ERROR,
    PACKED,
    SILENT,
    Fault,
    InfobipServer,
    log,
    refused,
    report,
)

import infobip_analytics as ia
from infobip_analytics.errors import (
    ArgumentError,
    AssumptionWarning,
    ServiceError,
    SetAsideWarning,
)
from infobip_analytics.fetching import Answer, InfobipClient, pacing
from infobip_analytics.fetching.opening import read_answers
from infobip_analytics.fetching.pacing import Timing, retry_after

SMS, MMS = "/sms/3/reports", "/mms/2/reports"
LOGS, OLD_LOGS = "/sms/3/logs", "/sms/1/logs"

DAYS_AGO = "Sun, 01 Mar 2026 12:00:00 GMT"

#: One that refuses is not asked again in most tests
ONCE: dict[str, Any] = {"attempts": 1}

Make = Callable[..., InfobipClient]


@dataclass
class Clock:
    """A clock that goes on only where somebody sleeps, and remembers for how long."""

    at: datetime = NOW
    slept: list[float] = field(default_factory=list)

    def timing(self) -> Timing:
        """The clocks of a client."""

        def sleep(seconds: float) -> None:
            self.slept.append(seconds)
            self.at += timedelta(seconds=seconds)

        return Timing(
            now=lambda: self.at,
            ticks=lambda: self.at.timestamp(),
            sleep=sleep,
            chance=lambda: 0.5,
        )


@pytest.fixture
def server() -> Iterator[InfobipServer]:
    with InfobipServer() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(server: InfobipServer, clock: Clock) -> Make:
    def make(**options: Any) -> InfobipClient:
        return InfobipClient(server.url, KEY, **{"timing": clock.timing(), **options})

    return make


def ids(frame: pl.DataFrame) -> list[str]:
    return frame["message_id"].to_list()


def numbered(count: int, first: int = 1) -> list[str]:
    return [f"m-{number}" for number in range(first, first + count)]


# Reports


def test_reports_are_fetched_until_the_queue_is_empty(server: InfobipServer, client: Make) -> None:
    server.largest = 2
    server.queue(SMS, map(report, numbered(5)))
    assert ids(client().reports(channels=["sms"])) == numbered(5)
    # the last of the four pages is empty
    assert server.asked(SMS) == [{"limit": "1000"}] * 4


def test_a_report_knows_its_channel_and_when_it_came(server: InfobipServer, client: Make) -> None:
    server.queue(SMS, [report("m-1")])
    server.queue(MMS, [report("m-2")])
    frame = client().reports()
    assert frame.select("message_id", "channel", "record", "received_at", "price").rows() == [
        ("m-2", "mms", "report", NOW, 0.00787679),
        ("m-1", "sms", "report", NOW, 0.00787679),
    ]


def test_a_fetched_frame_is_as_the_reader_makes_it(server: InfobipServer, client: Make) -> None:
    server.queue(SMS, [report("m-1"), report("m-2", status={"groupName": "PENDING"})])
    fetched = client().reports()
    read = ia.read_delivery_reports(
        {"results": [report("m-1"), report("m-2", status={"groupName": "PENDING"})]}
    )
    assert fetched.schema == read.schema
    assert fetched.drop("received_at").equals(read.drop("received_at"))


def test_an_empty_queue_is_an_empty_frame(client: Make) -> None:
    frame = client().reports()
    assert frame.height == 0
    assert frame.schema == ia.read_delivery_reports({"results": [report("m-1")]}).schema


def test_a_frame_can_be_of_pandas(server: InfobipServer, client: Make) -> None:
    server.queue(SMS, [report("m-1")])
    assert client().reports(backend="pandas")["message_id"].tolist() == ["m-1"]


def test_repeated_reports_all_arrive(server: InfobipServer, client: Make) -> None:
    server.queue(SMS, [report("m-1"), report("m-1"), report("m-1")])
    assert ids(client().reports(channels=["sms"])) == ["m-1"] * 3


def test_each_answer_is_handed_over_raw_before_the_next_is_asked_for(
    server: InfobipServer, client: Make
) -> None:
    server.largest = 1
    server.queue(SMS, map(report, numbered(2)))
    answers = client().report_answers(channels=["sms"])
    first = next(answers)
    assert json.loads(first.content) == {"results": [report("m-1")]}
    assert (first.endpoint, first.received_at, first.status) == (SMS, NOW, 200)
    assert server.left(SMS) == 1


def test_an_answer_that_cannot_be_read_was_handed_over_before(
    server: InfobipServer, client: Make
) -> None:
    server.next(SMS, Fault(200, b'{"results": [{"messageId": '))
    kept: list[Answer] = []
    with pytest.raises(ServiceError, match="broken off, or no JSON"):
        client().reports(channels=["sms"], keep=kept.append)
    assert [each.content for each in kept] == [b'{"results": [{"messageId": ']


def test_what_came_before_an_error_is_in_the_error(server: InfobipServer, client: Make) -> None:
    server.largest = 2
    server.queue(SMS, map(report, numbered(4)))
    server.next(SMS, Fault(), refused(403, NEW_ERROR))
    with pytest.raises(ServiceError) as caught:
        client().reports(channels=["sms"])
    assert ids(read_answers(caught.value.answers)) == ["m-1", "m-2"]


def test_an_account_without_mms_is_told_before_any_report_is_taken(
    server: InfobipServer, client: Make
) -> None:
    server.queue(SMS, [report("m-1")])
    server.next(MMS, refused(403, NEW_ERROR))
    with pytest.raises(ServiceError, match="MMS"):
        client().reports()
    assert server.left(SMS) == 1


def test_rows_that_cannot_be_read_are_set_aside(server: InfobipServer, client: Make) -> None:
    server.queue(SMS, [report("m-1"), {"to": "447700900101"}])
    with pytest.warns(SetAsideWarning, match="answer 1 of /sms/3/reports") as said:
        frame = client().reports(channels=["sms"])
    assert (ids(frame), frame["set_aside"].to_list()) == (["m-1"], [1])
    assert "447700900101" not in str(said[0].message)


def test_the_same_page_for_ever_is_no_queue(server: InfobipServer, client: Make) -> None:
    page = json.dumps({"results": [report("m-1")]}).encode()
    server.next(SMS, *[Fault(200, page)] * 9)
    with pytest.raises(ServiceError, match="the very same page came 3 times"):
        client().reports(channels=["sms"])


@pytest.mark.parametrize("wrong", [{"backend": "panda"}, {"keep": "answers/"}], ids=str)
def test_what_could_not_be_handed_over_takes_no_report_out_of_its_queue(
    server: InfobipServer, client: Make, wrong: Any
) -> None:
    server.queue(SMS, [report("m-1")])
    for fetch in (client().reports, client().logs):
        with pytest.raises(ArgumentError, match=r"backend='panda'|keep='answers/'"):
            fetch(**wrong)
    assert server.calls == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_pages_with_a_mark_of_their_encoding_are_read(
    server: InfobipServer, client: Make, encoding: str
) -> None:
    server.queue(SMS, [report("m-2")])
    page = json.dumps({"results": [report("m-1", sender="Grüße")]}, ensure_ascii=False)
    server.next(SMS, Fault(200, page.encode(encoding)))
    assert ids(client().reports(channels=["sms"])) == ["m-1", "m-2"]


def test_half_a_character_in_one_report_is_no_end_of_the_queue(
    server: InfobipServer, client: Make
) -> None:
    cut = report("m-1", callbackData="an emoji that was cut in two: \ud83d")
    server.queue(SMS, [cut, *map(report, numbered(1200, 2))])
    assert ids(client().reports(channels=["sms"])) == numbered(1201)


# Answers that break off


@pytest.mark.parametrize(
    "fault",
    [HALF, Fault(send=0.5, chunked=True), Fault(send=0.9, packed=True)],
    ids=["length", "chunks", "gzip"],
)
def test_of_reports_that_broke_off_what_came_is_kept_and_nothing_is_tried_again(
    server: InfobipServer, client: Make, fault: Fault
) -> None:
    server.queue(SMS, map(report, numbered(40)))
    server.next(SMS, fault)
    kept: list[Answer] = []
    with pytest.raises(ServiceError, match=r"1,000 reports may have been handed out") as caught:
        client().reports(channels=["sms"], keep=kept.append)
    assert len(server.asked(SMS)) == 1
    assert caught.value.may_be_lost
    [answer] = kept
    assert answer.problem
    assert answer.content.startswith(b'{"results": [{"bulkId"')
    there = ids(read_answers(caught.value.answers))
    assert len(there) > 5
    assert there == numbered(len(there))


@pytest.mark.parametrize("begin", [b'{"results": [', b'{"took": 7, "results":[\n'])
def test_of_an_answer_that_is_no_json_each_whole_entry_is_read(
    server: InfobipServer, client: Make, begin: bytes
) -> None:
    broken_line, whole, cut = (
        json.dumps(report(name, callbackData="one two")).encode() for name in numbered(3)
    )
    body = begin + b", ".join([broken_line.replace(b"one two", b"one\ntwo"), whole, cut[:-20]])
    server.next(SMS, Fault(200, body))
    with pytest.raises(ServiceError, match="broken off, or no JSON") as caught:
        client().reports(channels=["sms"])
    assert ids(read_answers(caught.value.answers)) == ["m-1", "m-2"]


def test_a_packed_answer_without_its_end_is_not_whole(server: InfobipServer, client: Make) -> None:
    page = gzip.compress(json.dumps({"results": [report("m-1")]}).encode())
    server.next(SMS, Fault(200, page[:-4], {"Content-Encoding": "gzip"}))
    with pytest.raises(ServiceError, match="before the whole answer had come") as caught:
        client().reports(channels=["sms"])
    assert ids(read_answers(caught.value.answers)) == ["m-1"]


def test_an_answer_may_be_packed_in_several_pieces(server: InfobipServer, client: Make) -> None:
    page = json.dumps({"results": [*map(report, numbered(9))]}).encode()
    pieces = [gzip.compress(page[at : at + 100]) for at in range(0, len(page), 100)]
    server.next(SMS, Fault(200, b"".join(pieces), {"Content-Encoding": "gzip"}))
    assert ids(client().reports(channels=["sms"])) == numbered(9)


@pytest.mark.parametrize("fault", [DROPPED, SILENT, refused(502), refused(504)])
def test_reports_that_may_be_lost_are_not_asked_for_again(
    server: InfobipServer, client: Make, clock: Clock, fault: Fault
) -> None:
    server.queue(SMS, [report("m-1")])
    server.next(SMS, fault)
    with pytest.raises(ServiceError, match="fetch the logs") as caught:
        client(timeout=(1.0, 0.05)).reports(channels=["sms"])
    assert caught.value.may_be_lost
    assert (len(server.asked(SMS)), clock.slept) == (1, [])


@pytest.mark.parametrize("fault", [DROPPED, HALF, SILENT, refused(500), refused(504)])
def test_logs_that_broke_off_are_asked_for_again(
    server: InfobipServer, client: Make, fault: Fault
) -> None:
    server.logs[LOGS] = [log("m-1", NOW - timedelta(hours=1))]
    server.next(LOGS, fault)
    assert ids(client(timeout=(1.0, 0.05)).logs(channels=["sms"])) == ["m-1"]


def test_an_answer_that_drips_is_given_up(server: InfobipServer, client: Make) -> None:
    server.queue(SMS, map(report, numbered(400)))
    at = iter(range(0, 10**6, 200))
    hasty = Timing(now=lambda: NOW, ticks=lambda: float(next(at)))
    with pytest.raises(ServiceError, match="broke before the whole answer"):
        client(timing=hasty).reports(channels=["sms"])


@pytest.mark.parametrize("fault", [PACKED, Fault(chunked=True), Fault(packed=True, chunked=True)])
def test_answers_come_packed_and_in_chunks(
    server: InfobipServer, client: Make, fault: Fault
) -> None:
    server.queue(SMS, map(report, numbered(40)))
    server.next(SMS, fault)
    assert ids(client().reports(channels=["sms"])) == numbered(40)


# Waiting


def test_trouble_of_the_service_is_waited_out_longer_each_time(
    server: InfobipServer, client: Make, clock: Clock
) -> None:
    server.queue(SMS, [report("m-1")])
    server.next(SMS, *[refused(500), refused(503), refused(429), refused(500)])
    assert ids(client().reports(channels=["sms"])) == ["m-1"]
    # half of 1, 2, 4 and 8 seconds, for the chance of these tests is a half
    assert clock.slept == [0.5, 1.0, 2.0, 4.0]


def test_trouble_that_stays_ends_after_so_many_tries(
    server: InfobipServer, client: Make, clock: Clock
) -> None:
    server.next(SMS, *[refused(503)] * 9)
    with pytest.raises(ServiceError, match="HTTP status 503") as caught:
        client(attempts=3).reports(channels=["sms"])
    assert (len(server.asked(SMS)), len(clock.slept), caught.value.status) == (3, 2, 503)
    assert not caught.value.may_be_lost


@pytest.mark.parametrize("after", ["30", "Wed, 04 Mar 2026 12:00:30 GMT"])
def test_the_service_says_when_to_ask_again(
    server: InfobipServer, client: Make, clock: Clock, after: str
) -> None:
    server.queue(SMS, [report("m-1")])
    server.next(SMS, refused(429, Retry_After=after))
    assert ids(client().reports(channels=["sms"])) == ["m-1"]
    assert clock.slept == [30.5]


def test_a_wait_that_is_too_long_is_an_error_that_says_until_when(
    server: InfobipServer, client: Make, clock: Clock
) -> None:
    server.next(SMS, refused(429, Retry_After="3600"))
    with pytest.raises(ServiceError, match="ask again after 4 Mar 2026 13:00 UTC") as caught:
        client().reports(channels=["sms"])
    assert caught.value.again_at == NOW + timedelta(hours=1)
    assert clock.slept == []


@pytest.mark.parametrize("said", ["soon", "-5", "", "Wed, 99 Mar 2026 12:00:30 GMT", "1e9", "nan"])
def test_a_retry_after_that_says_nothing_is_none(said: str) -> None:
    assert retry_after({"Retry-After": said}, NOW) is None


def test_a_date_to_ask_again_is_measured_by_the_clock_of_the_service() -> None:
    headers = {
        "Retry-After": "Wed, 04 Mar 2026 12:00:30 GMT",
        "Date": "Wed, 04 Mar 2026 12:00:10 GMT",
    }
    assert retry_after(headers, NOW - timedelta(days=1)) == 20


def test_a_wait_beyond_all_years_is_still_a_refusal(server: InfobipServer, client: Make) -> None:
    # by our clock, which is ahead, it would be after the last day that there is
    far = refused(429, Retry_After="Fri, 31 Dec 9999 23:59:59 GMT", Date=DAYS_AGO)
    server.next(SMS, far)
    with pytest.raises(ServiceError, match="ask again in some minutes") as caught:
        client().reports(channels=["sms"])
    assert caught.value.again_at is None


def test_a_date_that_has_passed_asks_for_no_wait() -> None:
    assert retry_after({"Retry-After": "Wed, 04 Mar 2026 11:00:00 GMT"}, NOW) == 0


def test_logs_are_asked_for_no_more_often_than_allowed(
    server: InfobipServer, client: Make, clock: Clock
) -> None:
    server.largest = 1
    server.logs[LOGS] = [log(each, NOW - timedelta(hours=1)) for each in numbered(130)]
    assert len(client().logs(channels=["sms"])) == 130
    # 120 calls at once, and the next 10 a minute later
    assert clock.slept == [60.0]


# Logs


def test_logs_follow_the_cursor(server: InfobipServer, client: Make) -> None:
    server.largest = 2
    server.logs[LOGS] = [log(each, NOW - timedelta(hours=1)) for each in numbered(5)]
    frame = client().logs("2026-03-04T06:00Z", "2026-03-04T12:00Z", channels=["sms"])
    assert sorted(ids(frame)) == numbered(5)
    assert frame["record"].unique().to_list() == ["log"]
    period = {
        "sentSince": "2026-03-04T05:59:59.999+0000",
        "sentUntil": "2026-03-04T12:00:00.001+0000",
    }
    asked = {"limit": "1000", "useCursor": "true", **period}
    assert server.asked(LOGS) == [asked, {**asked, "cursor": "2"}, {**asked, "cursor": "4"}]


@pytest.mark.parametrize(
    "cursor",
    ['{"nextCursor": null}', '{"nextCursor": ""}', "{}", '{"nextCursor": {"id": 1}}', "[]"],
)
def test_logs_end_where_the_cursor_does(server: InfobipServer, client: Make, cursor: str) -> None:
    def page(message_id: str, cursor: str) -> Fault:
        entry = json.dumps(log(message_id, NOW))
        return Fault(200, f'{{"results": [{entry}], "cursor": {cursor}}}'.encode())

    server.next(LOGS, page("m-1", '{"nextCursor": "c-1"}'), page("m-2", cursor))
    assert ids(client().logs(channels=["sms"])) == ["m-1", "m-2"]
    assert len(server.asked(LOGS)) == 2


def test_an_empty_page_is_no_end_of_logs_where_a_new_cursor_comes_with_it(
    server: InfobipServer, client: Make
) -> None:
    def page(entries: list[Any], cursor: str) -> Fault:
        told = {"results": entries, "cursor": {"nextCursor": cursor}}
        return Fault(200, json.dumps(told).encode())

    one, other = log("m-1", NOW), log("m-2", NOW)
    server.next(LOGS, page([one], "a"), page([], "b"), page([], "c"), page([other], "d"))
    # and who gives a new one for ever is not asked for ever
    server.next(LOGS, *(page([], f"e{n}") for n in range(9)))
    assert ids(client().logs(channels=["sms"])) == ["m-1", "m-2"]
    assert len(server.asked(LOGS)) == 7


@pytest.mark.parametrize(
    ("told", "asked"),
    [({"nextCursor": "x😀/+=&"}, "x😀/+=&"), ({"nextCursor": 1.5}, "1.5"), ("c-1", "c-1")],
)
def test_a_cursor_is_sent_back_as_it_came(
    server: InfobipServer, client: Make, told: Any, asked: str
) -> None:
    first = {"results": [log("m-1", NOW)], "cursor": told}
    last = {"results": [log("m-2", NOW)], "cursor": {}}
    server.next(LOGS, *(Fault(200, json.dumps(page).encode()) for page in (first, last)))
    assert ids(client().logs(channels=["sms"])) == ["m-1", "m-2"]
    assert server.asked(LOGS)[1]["cursor"] == asked


def test_a_cursor_that_stays_the_same_is_followed_as_long_as_new_entries_come(
    server: InfobipServer, client: Make
) -> None:
    def page(*names: str) -> Fault:
        entries = [log(name, NOW) for name in names]
        told = {"results": entries, "cursor": {"nextCursor": "scroll-1"}}
        return Fault(200, json.dumps(told).encode())

    server.next(LOGS, page("m-1"), page("m-2"), page("m-3"), *[page("m-3")] * 9)
    assert set(ids(client().logs(channels=["sms"]))) == {"m-1", "m-2", "m-3"}
    assert len(server.asked(LOGS)) == 6


@pytest.mark.parametrize(
    "cursor", ['{"nextCursor": "always the same"}', "null", '{"nextCursor": []}']
)
def test_where_a_cursor_leads_nowhere_full_pages_are_cut_into_slices_of_time(
    server: InfobipServer, client: Make, cursor: str
) -> None:
    full = [log(f"m-{n}", NOW - timedelta(minutes=n)) for n in range(1000)]
    page = Fault(200, f'{{"results": {json.dumps(full)}, "cursor": {cursor}}}'.encode())
    server.without_cursor = {LOGS}
    server.logs[LOGS] = [*full, log("older", NOW - timedelta(hours=40))]
    server.next(LOGS, *[page] * (4 if "same" in cursor else 1))
    assert len(set(ids(client().logs(channels=["sms"])))) == 1001


@pytest.mark.parametrize("version", [1, None], ids=["no cursor is known", "none is given"])
def test_logs_without_a_cursor_are_cut_into_slices_of_time(
    server: InfobipServer, client: Make, version: int | None
) -> None:
    path = OLD_LOGS if version else LOGS
    server.without_cursor = {path}
    # in a crowd of 1,500 within a quarter of an hour, and with one on each bound that is cut
    crowd = [NOW - timedelta(hours=5) + timedelta(milliseconds=600 * n) for n in range(1500)]
    edges = [NOW - timedelta(hours=hours) for hours in (0, 12, 24, 36, 48)]
    server.logs[path] = [log(f"m-{n}", at) for n, at in enumerate([*crowd, *edges])]
    frame = client().logs(channels=["sms"], version=version)
    assert set(ids(frame)) == {f"m-{n}" for n in range(1505)}
    assert len(server.asked(path)) < 25


def test_more_at_one_moment_than_a_page_holds_is_said_after_all_else_came(
    server: InfobipServer, client: Make
) -> None:
    at = NOW - timedelta(hours=5)
    server.logs[OLD_LOGS] = [
        *(log(f"m-{n}", at) for n in range(1200)),
        log("later", NOW - timedelta(hours=1)),
        log("earlier", NOW - timedelta(hours=40)),
    ]
    with pytest.raises(
        ServiceError, match=r"1,000 messages or more were .*4 Mar 2026 0(6:59|7:00)"
    ) as said:
        client(attempts=1).logs(channels=["sms"], version=1)
    assert {"later", "earlier"} < set(ids(read_answers(said.value.answers)))


def test_an_old_log_without_text_is_still_a_log(server: InfobipServer, client: Make) -> None:
    entry = {"messageId": "m-1", "to": "447700900101", "status": {"groupName": "DELIVERED"}}
    server.next(OLD_LOGS, Fault(200, json.dumps({"results": [entry]}).encode()))
    assert client().logs(channels=["sms"], version=1)["record"].to_list() == ["log"]


def test_logs_older_than_are_kept_are_warned_of(client: Make) -> None:
    with pytest.warns(AssumptionWarning, match="before 2 Mar 2026 12:00 UTC cannot be fetched"):
        client().logs("2026-02-20", channels=["sms"])


@pytest.mark.parametrize(
    ("since", "until", "others"),
    [
        ("2026-03-04T12:00Z", "2026-03-04T11:00Z", {}),
        ("yesterday", None, {}),
        (None, None, {"channels": ["whatsapp"]}),
        (None, None, {"channels": []}),
        (None, None, {"version": 1}),
        (None, None, {"version": 7, "channels": "sms"}),
    ],
)
def test_what_means_nothing_is_refused_before_any_call(
    server: InfobipServer, client: Make, since: Any, until: Any, others: Any
) -> None:
    with pytest.raises(ArgumentError):
        client().log_answers(since, until, **others)
    assert server.calls == []


# Errors


@pytest.mark.parametrize(
    ("fault", "code", "sentence"),
    [
        (refused(401, OLD_ERROR), "UNAUTHORIZED", "set INFOBIP_API_KEY to a key"),
        (refused(403, NEW_ERROR), "E403", "message:send, sms:message:send or sms:manage"),
        (refused(403, OLD_ERROR), "UNAUTHORIZED", "one of the scopes"),
        (refused(429, {**NEW_ERROR, "errorCode": "E429"}), "E429", "Too many calls"),
        (refused(400, {"requestError": {"serviceException": {"text": "Bad"}}}), "Bad", "correct"),
        (refused(404), "", "INFOBIP_BASE_URL"),
        (refused(500, NEW_ERROR), "E403", "in trouble"),
        (refused(302, Location="https://other.example/login?x=1"), "", "sends us to other.example"),
        (Fault(200, b"<html>Log in</html>"), "", "a page of HTML"),
        (Fault(200, b""), "", "the answer is empty"),
        (Fault(200, b'{"results": 5}'), "", "no JSON with results"),
        (Fault(200, b'{"results": [' + b'{"a":' * 100_000), "", "no JSON with results"),
        (Fault(403, b"[" * 100_000), "", "one of the scopes"),
    ],
)
def test_an_error_says_what_to_do(
    server: InfobipServer, client: Make, fault: Fault, code: str, sentence: str
) -> None:
    server.next(SMS, fault)
    with pytest.raises(ServiceError) as caught:
        client(**ONCE).reports(channels=["sms"])
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("SMS delivery reports from 127.0.0.1:")
    assert (caught.value.code, caught.value.status) == (code, fault.status)


def test_a_refusal_of_logs_names_the_scopes_of_logs(server: InfobipServer, client: Make) -> None:
    server.next(LOGS, refused(403, NEW_ERROR))
    with pytest.raises(ServiceError, match="scopes sms:logs:read or sms:manage"):
        client().logs(channels=["sms"])


def test_a_server_that_is_not_there_is_tried_again_and_then_named(clock: Clock) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    gone = InfobipClient(url, KEY, attempts=3, timing=clock.timing())
    with pytest.raises(ServiceError, match=r"no connection came about\. Check") as e:
        gone.reports(channels=["sms"])
    assert (len(clock.slept), e.value.may_be_lost, e.value.status) == (2, False, None)


def test_a_host_without_an_address_is_told_at_once(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    client = InfobipClient("abc12.api.infobip.example", KEY, timing=clock.timing())
    with pytest.raises(ServiceError, match="name of the host is not known") as caught:
        client.reports(channels=["sms"])
    assert (clock.slept, caught.value.may_be_lost) == ([], False)


def test_a_server_that_speaks_no_tls_is_told_at_once(server: InfobipServer, clock: Clock) -> None:
    url = server.url.replace("http://", "https://")
    client = InfobipClient(url, KEY, timing=clock.timing())
    with pytest.raises(ServiceError, match=r"no safe connection \(TLS\)") as caught:
        client.reports(channels=["sms"])
    assert (clock.slept, caught.value.may_be_lost) == ([], False)


# The key and the base URL


def test_the_key_is_in_the_header_and_in_nothing_that_is_shown(
    server: InfobipServer, client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    echo = {"errorCode": "E401", "description": f"The key {KEY} is unknown", "action": KEY}
    server.next(SMS, refused(401, echo))
    here = client(**ONCE)
    with pytest.raises(ServiceError) as caught:
        here.reports(channels=["sms"])
    assert server.calls[0].headers["authorization"] == f"App {KEY}"
    error = caught.value
    locals_too = traceback.TracebackException.from_exception(error, capture_locals=True)
    shown = ["".join(locals_too.format()), repr(here), repr(vars(here)), caplog.text, repr(error)]
    # this test's own variables and the client's argument hold it: they are the caller's
    ours = [line for line in "".join(shown).splitlines() if "echo = " not in line]
    assert not [line for line in ours if KEY in line]
    assert "The key <API key> is unknown" in str(error)


@pytest.mark.parametrize("key", [KEY, KEY.upper()])
@pytest.mark.parametrize(
    "told", ["https://{}.example/login", "//{}@other.example/", "/login?key={}"]
)
def test_a_redirect_that_repeats_the_key_does_not_show_it(
    server: InfobipServer, client: Make, key: str, told: str
) -> None:
    server.next(SMS, refused(302, {"description": key}, Location=told.format(key)))
    with pytest.raises(ServiceError, match="It sends us to") as caught:
        client().reports(channels=["sms"])
    assert KEY not in str(caught.value).lower()


def test_no_error_holds_the_request_that_has_the_key(server: InfobipServer, client: Make) -> None:
    server.next(SMS, DROPPED)
    with pytest.raises(ServiceError) as caught:
        client().reports(channels=["sms"])
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)


def test_a_client_is_not_stored_with_its_key(client: Make) -> None:
    with pytest.raises(TypeError, match="an API key is not stored"):
        pickle.dumps(client())


def test_a_redirect_is_not_followed(server: InfobipServer, client: Make) -> None:
    with InfobipServer() as other:
        server.next(SMS, refused(307, Location=f"{other.url}{SMS}"))
        with pytest.raises(ServiceError, match="sends us to 127"):
            client().reports(channels=["sms"])
        assert other.calls == []


def test_on_this_machine_no_proxy_gets_the_key(
    server: InfobipServer, client: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with InfobipServer() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        server.queue(SMS, [report("m-1")])
        assert ids(client().reports(channels=["sms"])) == ["m-1"]
        assert proxy.calls == []


def test_base_url_and_key_come_from_the_environment(
    server: InfobipServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFOBIP_BASE_URL", f" {server.url}/ ")
    monkeypatch.setenv("INFOBIP_API_KEY", f"App {KEY}\n")
    server.queue(SMS, [report("m-1")])
    assert ids(ia.InfobipClient().reports(channels=["sms"])) == ["m-1"]


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("abc12.api.infobip.com", "https://abc12.api.infobip.com"),
        ("https://ABC12.api.infobip.com/", "https://abc12.api.infobip.com"),
        ("api.infobip.com", "https://api.infobip.com"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_a_base_url_is_written_in_many_ways(given: str, url: str) -> None:
    assert repr(InfobipClient(given, KEY)) == f"InfobipClient({url!r})"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("http://abc12.api.infobip.com", "anybody on the way could read the key"),
        ("http://127.evil.example", "anybody on the way"),
        ("https://user:s3cret@abc12.api.infobip.com", "more than a host"),
        ("https://abc12.api.infobip.com/sms/3/reports", "more than a host"),
        ("abc12.api.infobip.com?key=s3cret", "more than a host"),
        ("ftp://abc12.api.infobip.com", "no address"),
        ("https://", "no address"),
        ("https://abc 12", "no address"),
        ("abc12.api.infobip.com:99999", "no address"),
        ("", "INFOBIP_BASE_URL"),
    ],
)
def test_a_base_url_that_is_none_is_refused_and_not_repeated(given: str, why: str) -> None:
    with pytest.raises(ArgumentError, match=why) as caught:
        InfobipClient(given, KEY)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("key", ["", " ", "App ", "s3cret\nX: 1", "s3crét", "s3 cret"])
def test_what_can_be_no_key_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(ArgumentError, match="INFOBIP_API_KEY") as caught:
        InfobipClient("abc12.api.infobip.com", key)
    assert "s3c" not in str(caught.value)


def test_personal_data_of_an_answer_are_not_shown(server: InfobipServer, client: Make) -> None:
    server.queue(SMS, [report("m-1")])
    assert "447700900101" not in repr(list(client().report_answers(channels=["sms"])))


@pytest.mark.parametrize("fault", [Fault(), DROPPED, HALF, refused(401)])
def test_no_connection_stays_open(server: InfobipServer, client: Make, fault: Fault) -> None:
    server.next(LOGS, fault)
    gc.disable()  # which would close them, some time later
    try:
        with contextlib.suppress(ServiceError):
            client().logs(channels=["sms"])
        there = [each for each in gc.get_objects() if isinstance(each, HTTPConnection)]
        assert [each for each in there if each.sock] == []
    finally:
        gc.enable()


# The command


@pytest.fixture
def account(server: InfobipServer, monkeypatch: pytest.MonkeyPatch) -> InfobipServer:
    server.now = datetime.now(UTC)
    monkeypatch.setenv("INFOBIP_BASE_URL", server.url)
    monkeypatch.setenv("INFOBIP_API_KEY", KEY)
    return server


def test_the_check_says_that_all_is_well_and_takes_no_report(
    account: InfobipServer, run: Run
) -> None:
    account.queue(SMS, [report("m-1")])
    status, out, _ = run("check")
    verdicts = [(line[:10].strip(), line[11:].partition(":")[0]) for line in out.splitlines()]
    assert status == 0
    assert verdicts == [
        ("ok", "base URL"),
        ("ok", "API key"),
        ("ok", "MMS logs"),
        ("ok", "SMS logs"),
        ("not tested", "MMS delivery reports"),
        ("not tested", "SMS delivery reports"),
        ("ok", "clock"),
    ]
    assert [(call.path, call.parameters) for call in account.calls] == [
        ("/mms/2/logs", {"limit": "1"}),
        ("/sms/3/logs", {"limit": "1"}),
    ]
    assert "would take reports away" in out


def test_the_check_finds_a_refused_key(account: InfobipServer, run: Run) -> None:
    account.key = "another"
    status, out, err = run("check")
    assert (status, err) == (1, "")
    assert "FAILED     API key: MMS logs from" in out
    assert out.count("FAILED") == 1
    assert KEY not in out


def test_the_check_finds_that_nobody_is_there(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with InfobipServer() as gone:
        monkeypatch.setenv("INFOBIP_BASE_URL", gone.url)
    monkeypatch.setenv("INFOBIP_API_KEY", KEY)
    monkeypatch.setattr(pacing, "FIRST", 0.0)  # nothing is waited for between two tries
    status, out, _ = run("check")
    assert (status, out.count("FAILED"), out.count("\n")) == (1, 1, 2)
    assert "FAILED     connection: MMS logs from 127.0.0.1" in out


def test_the_check_finds_a_missing_scope(account: InfobipServer, run: Run) -> None:
    account.next("/mms/2/logs", refused(403, NEW_ERROR))
    status, out, _ = run("check")
    assert status == 1
    assert "ok         API key: accepted" in out
    assert "FAILED     MMS logs" in out
    assert "mms:logs:read or mms:manage" in out
    assert "ok         SMS logs" in out


def test_the_check_can_leave_a_channel_out(account: InfobipServer, run: Run) -> None:
    account.next("/mms/2/logs", refused(403, NEW_ERROR))
    status, out, _ = run("check", "--channel", "sms")
    assert (status, "MMS" in out) == (0, False)


@pytest.mark.parametrize(("minutes", "word"), [(5, "behind"), (-5, "ahead of")])
def test_the_check_warns_of_a_clock_that_is_off(
    account: InfobipServer, run: Run, minutes: int, word: str
) -> None:
    account.now += timedelta(minutes=minutes)
    status, out, _ = run("check")
    assert status == 0
    assert "warning    clock: this machine is" in out
    assert f"{word} Infobip" in out


def test_the_check_names_what_is_not_set(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INFOBIP_BASE_URL", raising=False)
    monkeypatch.delenv("INFOBIP_API_KEY", raising=False)
    status, out, _ = run("check")
    assert (status, out.count("FAILED")) == (1, 2)
    assert "set INFOBIP_BASE_URL" in out
    assert "set INFOBIP_API_KEY" in out


def test_the_check_takes_no_page_of_html_for_logs(account: InfobipServer, run: Run) -> None:
    account.next("/mms/2/logs", Fault(200, b"<html>Log in to the Wi-Fi</html>"))
    status, out, _ = run("check")
    assert (status, "FAILED     MMS logs" in out) == (1, True)


def test_reports_are_never_asked_for_on_trial(client: Make) -> None:
    from infobip_analytics.fetching.endpoints import endpoints

    with pytest.raises(ArgumentError, match="hands each report out once"):
        client().probe(endpoints()[SMS])
