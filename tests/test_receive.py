"""The door for callbacks: what is taken, what is refused and why, and what 200 means."""

import asyncio
import gzip
import json
import logging
import re
import resource
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from archive_answers import ids, page, report
from callback_client import Client
from conftest import Run
from hypothesis import example, given, settings
from hypothesis import strategies as st

from infobip_analytics.archive import (
    Answer,
    Archive,
    Keeps,
    locked,
    make_archive,
    replay,
    scan,
    verify,
)
from infobip_analytics.archive.journal import lines_after
from infobip_analytics.archive.lines import Line
from infobip_analytics.errors import ArgumentError, SourceError
from infobip_analytics.receiving import answering, tally
from infobip_analytics.receiving.answering import Rules, application
from infobip_analytics.receiving.crowding import told_once
from infobip_analytics.receiving.health import health
from infobip_analytics.receiving.packages import check_packages
from infobip_analytics.receiving.proofs import Proofs, proofs
from infobip_analytics.receiving.tally import Tally
from infobip_analytics.receiving.telling import Quietly, tell_every
from infobip_analytics.receiving.writing import Writer

SMS, MMS = "/sms/3/reports", "/mms/2/reports"

#: Keys and signatures of RFC 2202 (MD5, SHA-1) and RFC 4231: test case 2, which has words for both
JEFE, WORDS = b"Jefe", b"what do ya want for nothing?"
SIGNED = {
    "md5": "750c783e6ab0b503eaa86e310a5db738",
    "sha1": "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
    "sha224": "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44",
    "sha256": "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    "sha384": "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b32"
    "39ecfab21649",
    "sha512": "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d03"
    "4f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
}

STATUS = {"groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET"}
TIMES = {"sentAt": "2026-03-01T09:00:00.000+0000", "doneAt": "2026-03-01T09:00:02.000+0000"}
CLICK = {
    "notificationType": "CLICKED",
    "recipient": "447700900123",
    "url": "https://example.com/x",
    "sendDateTime": 1772355600000,
    "messageId": "m-1",
}


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return make_archive(tmp_path / "archive")


@contextmanager
def door(archive: Archive, count: Tally | None = None, **rules: Any) -> Iterator[Client]:
    """The application, running."""
    asked = Rules((SMS, MMS), **rules)
    app = application(archive, asked, count or Tally(), lambda _: None)
    with Client(app) as client:
        yield client


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond *size* bytes, as on a disk that is full."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def bodies(archive: Archive) -> list[str]:
    """What the journal holds."""
    return [each.body for each in lines_after(archive.journal, 0) if isinstance(each, Line)]


def why(answer: Any) -> str:
    return str(answer.json()["refused"])


SHAPES: dict[str, Any] = {
    "SMS v3": {"results": [report(1), report(2)]},
    "SMS v1": {
        "results": [
            {"messageId": f"m-{n}", "to": "447700900101", "from": "Shop", "smsCount": 1, **TIMES,
             "status": STATUS, "error": {"id": 0, "name": "NO_ERROR"}}
            for n in (1, 2)
        ]
    },
    "MMS v1": {
        "results": [
            {"messageId": f"m-{n}", "to": "447700900101", "mmsCount": 1, **TIMES, "status": STATUS}
            for n in (1, 2)
        ]
    },
    "Messages API": {
        "results": [
            {"event": "DELIVERY", "channel": "SMS", "sender": "Shop", "bulkId": "",
             "destination": "447700900101", "messageId": f"m-{n}", "messageCount": 1,
             "mccMnc": 23410, **TIMES, "status": STATUS, "error": {"id": 0}}
            for n in (1, 2)
        ]
    },
    "a list of reports": [report(1), report(2)],
    "a list of pages": [{"results": [report(1)]}, {"results": [report(2)]}],
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_kept_before_it_is_answered(archive: Archive, shape: str) -> None:
    with door(archive) as client:
        answer = client.post(SMS, json.dumps(SHAPES[shape]).encode())
        assert (answer.status, answer.json()) == (200, {"kept": 2})
        [body] = bodies(archive)
        assert body.count('"messageId"') == 2
    assert ids(archive) == ["m-1", "m-2"]


def test_a_single_report_is_one_too(archive: Archive) -> None:
    with door(archive) as client:
        assert client.post(SMS, json.dumps(report(7)).encode()).json() == {"kept": 1}
    assert ids(archive) == ["m-7"]


def test_the_path_tells_mms_which_looks_like_sms(archive: Archive) -> None:
    with door(archive) as client:
        client.post(SMS, page(report(1)))
        client.post(MMS, page(report(2)))
    rows = scan(archive).collect().sort("message_id")
    assert rows["channel"].to_list() == ["sms", "mms"]
    assert rows["record"].to_list() == ["report", "report"]


def test_what_comes_twice_is_in_the_table_once(archive: Archive) -> None:
    with door(archive) as client:
        for _ in range(3):
            assert client.post(SMS, page(report(1), report(1))).status == 200
    assert len(bodies(archive)) == 3
    assert ids(archive) == ["m-1"]


def test_the_table_is_made_beside_the_requests_and_at_the_end(archive: Archive) -> None:
    count = Tally()
    with door(archive, count, replay_every=0.05) as client:
        client.post(SMS, page(report(1)))
        until = time.monotonic() + 10
        while not count.new and time.monotonic() < until:
            time.sleep(0.05)
        assert verify(archive).in_table == 1
        client.post(SMS, page(report(2), report(1)))
    assert verify(archive).in_table == 2
    assert (count.callbacks, count.reports, count.new, count.refused.total()) == (2, 3, 2, 0)


def test_what_a_killed_run_left_is_read_into_the_table(archive: Archive) -> None:
    with door(archive) as client:
        client.post(SMS, page(report(1)))
    from infobip_analytics.archive import append

    append(archive, [Answer(page(report(2)), SMS, "callback")])
    with door(archive):
        pass
    assert verify(archive).in_table == 2


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"", 400, "is empty"),
        (b" \n ", 400, "is empty"),
        (b"hello", 400, "no JSON"),
        (b'{"results": [{"messageId": "m-1", "sta', 400, "no JSON, or breaks off"),
        (page(report(1)) + b"}", 400, "no JSON"),
        (b"results=1&messageId=2", 400, "no JSON"),
        (b'{"results": []}', 400, "without a delivery report"),
        (b'{"results": [1, null, "x", []]}', 400, "without a delivery report"),
        (b'{"results": {"messageId": "m-1"}}', 400, "without a delivery report"),
        (b"[]", 400, "without a delivery report"),
        (b"null", 400, "without a delivery report"),
        (b'{"hello": 1}', 400, "without a delivery report"),
        (b'{"status": {"id": 5}}', 400, "without a delivery report"),
        (b'{"requestError": {"serviceException": {}}}', 400, "without a delivery report"),
        (b"[" * 100_000, 400, "no JSON"),
        (b'{"a":' * 100_000, 400, "no JSON"),
        (b"<results><result/></results>", 415, "application/json"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><a/>', 415, "application/json"),
    ],
)
def test_junk_is_refused_with_a_reason_and_not_kept(
    archive: Archive, body: bytes, status: int, reason: str
) -> None:
    with door(archive) as client:
        answer = client.post(SMS, body)
        assert answer.status == status
        assert reason in why(answer)
        assert client.get("/health").json()["refused"] == 1
    assert bodies(archive) == []


def test_a_click_or_a_reply_is_kept_without_what_is_personal(archive: Archive) -> None:
    reply = {"messageId": "m-9", "from": "447700900124", "to": "1234", "text": "STOP please",
             "cleanText": "STOP please", "receivedAt": TIMES["doneAt"]}  # fmt: skip
    count = Tally()
    with door(archive, count) as client:
        assert client.post(SMS, json.dumps(CLICK).encode()).status == 200
        assert client.post(SMS, json.dumps({"results": [reply]}).encode()).status == 200
        assert client.post(SMS, page(report(1), CLICK)).status == 200
        assert client.get("/health").json()["notices"] == 3
    assert len(bodies(archive)) == 3
    kept = " ".join(bodies(archive))
    assert not [each for each in ("447700900123", "447700900124", "STOP") if each in kept]
    assert ids(archive) == ["m-1"]
    assert (count.reports, count.notices) == (1, 3)


def test_utf16_and_a_mark_are_read(archive: Archive) -> None:
    with door(archive) as client:
        body = page(report(1)).decode()
        assert client.post(SMS, body.encode("utf-16")).status == 200
        assert client.post(SMS, b"\xef\xbb\xbf" + page(report(2))).status == 200
    assert ids(archive) == ["m-1", "m-2"]


def test_half_a_character_in_one_report_costs_none(archive: Archive) -> None:
    body = page({**report(1), "callbackData": "cut in two: \ud83d"}, report(2))
    with door(archive) as client:
        assert client.post(SMS, body).json() == {"kept": 2}
    assert len(bodies(archive)) == 1
    assert ids(archive) == ["m-1", "m-2"]


def test_half_a_character_is_kept_with_the_callback_data_it_is_in(tmp_path: Path) -> None:
    archive = make_archive(tmp_path / "archive", Keeps(callback_data=True))
    body = page({**report(1), "callbackData": "cut in two: \ud83d"}, report(2))
    with door(archive) as client:
        assert client.post(SMS, body).json() == {"kept": 2}
    assert "cut in two: \\ud83d" in bodies(archive)[0]
    assert ids(archive) == ["m-1", "m-2"]


def test_where_no_file_can_be_opened_it_is_said_as_a_sentence(archive: Archive) -> None:
    said: list[str] = []
    with Client(application(archive, Rules((SMS,)), Tally(), said.append)) as client:
        archive.path.rename(archive.path.with_name("elsewhere"))
        assert client.post(SMS, page(report(1))).status == 503
    assert not [each for each in said if "slip" in each]


def test_what_goes_wrong_in_the_server_is_said_once_and_without_particulars() -> None:
    said: list[str] = []
    tell = told_once(said.append)
    for _ in range(3):
        tell(None, {"message": "x", "exception": OSError(24, "Too many open files")})
        tell(None, {"message": "447700900123", "exception": KeyError("447700900123")})
    assert said == [
        "a connection could not be served (Too many open files); Infobip sends it again",
        "a connection could not be served (KeyError); Infobip sends it again",
    ]


def test_what_a_caller_calls_this_machine_is_no_path(archive: Archive) -> None:
    with door(archive) as client:
        for name in ("x/sms/3/logs?", "[::1"):
            assert client.post(SMS, page(report(1)), headers={"Host": name}).status == 200
    told = lines_after(archive.journal, 0)
    assert {each.endpoint for each in told if isinstance(each, Line)} == {SMS}


def test_gzip_is_unpacked(archive: Archive) -> None:
    packed = gzip.compress(page(report(1)))
    with door(archive) as client:
        for packing in ("gzip", "GZIP", "x-gzip"):
            answer = client.post(SMS, packed, headers={"Content-Encoding": packing})
            assert answer.status == 200
    assert bodies(archive) == [page(report(1)).decode()] * 3


@pytest.mark.parametrize(
    ("body", "packing", "status"),
    [
        (gzip.compress(b" " * 2_000_000), "gzip", 413),
        (gzip.compress(gzip.compress(b" " * 2_000_000)), "gzip, gzip", 415),
        (gzip.compress(page(report(1)))[:-9], "gzip", 400),
        (gzip.compress(page(report(1))) + gzip.compress(b" "), "gzip", 400),
        (page(report(1)), "gzip", 400),
        (b"", "gzip", 400),
        (zlib.compress(page(report(1))), "deflate", 415),
        (page(report(1)), "br", 415),
    ],
    # gzip writes the time into its header, and a test's name must not change by the second
    ids=["bomb", "twice", "cut", "two", "plain", "empty", "deflate", "br"],
)
def test_what_cannot_be_unpacked_is_refused(
    archive: Archive, body: bytes, packing: str, status: int
) -> None:
    with door(archive, limit=1_000_000) as client:
        answer = client.post(SMS, body, headers={"Content-Encoding": packing})
    assert answer.status == status
    assert bodies(archive) == []


def test_a_body_may_have_as_many_bytes_as_the_limit_and_not_one_more(archive: Archive) -> None:
    body = page(report(1))
    with door(archive, limit=len(body)) as client:
        assert client.post(SMS, body).status == 200
        answer = client.post(SMS, body + b" ")
        assert answer.status == 413
        assert why(answer) == f"the body has more than {len(body):,} bytes"
        assert client.post(SMS, b" " * 100 * len(body)).status == 413
    assert bodies(archive) == [body.decode()]


def test_more_than_fits_into_memory_is_to_be_sent_again(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = Tally()
    body = page(report(1))
    with door(archive, count) as client:
        monkeypatch.setattr(tally, "MOST_HELD", 2 * len(body) - 1)
        assert client.post(SMS, body).status == 503
        monkeypatch.setattr(tally, "MOST_HELD", 2 * len(body))
        for _ in range(5):
            assert client.post(SMS, body).status == 200
    assert count.held == 0


def test_a_slash_at_the_end_does_not_matter(archive: Archive) -> None:
    with door(archive) as client:
        assert client.post(f"{MMS}/", page(report(1))).status == 200
    assert scan(archive).collect()["channel"].to_list() == ["mms"]


def test_elsewhere_there_is_nothing(archive: Archive) -> None:
    with door(archive) as client:
        assert client.post("/", page(report(1))).status == 404
        assert client.post(f"{SMS}/x", page(report(1))).status == 404
        assert client.get(SMS).status == 405
        assert client.call("PUT", SMS, page(report(1))).status == 405
        assert client.post("/health").status == 405
    assert bodies(archive) == []


def test_on_a_full_disk_nothing_is_answered_with_200(archive: Archive) -> None:
    with door(archive) as client:
        assert client.post(SMS, page(report(1))).status == 200
        with files_of_at_most(100):
            answer = client.post(SMS, page(report(2)))
            assert answer.status == 503
            assert why(answer) == "it was not kept; send it again"
            assert client.get("/health").status == 503
        assert client.post(SMS, page(report(3))).status == 200
        assert client.get("/health").status == 200
    assert ids(archive) == ["m-1", "m-3"]


def test_health_is_bad_before_the_first_failure_where_nothing_can_be_written(
    archive: Archive,
) -> None:
    with door(archive) as client:
        with files_of_at_most(0):
            answer = client.get("/health")
        assert answer.status == 503
        assert "nothing can be written" in answer.json()["problem"]


def test_health_is_bad_where_the_disk_is_all_but_full(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    class Usage:
        free = 1000

    with door(archive) as client:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage)
        answer = client.get("/health")
    assert answer.status == 503
    assert answer.json()["problem"] == "the disk is all but full"
    assert answer.json()["free_bytes"] == 1000


def test_health_is_good_for_all_who_ask_at_once(archive: Archive) -> None:
    with ThreadPoolExecutor(8) as askers:
        asked = [askers.submit(health, archive, Tally()) for _ in range(2000)]
    assert {each.result()["status"] for each in asked} == {"ok"}


def test_health_tells_counts_and_nothing_else(archive: Archive) -> None:
    with door(archive, replay_every=3600.0) as client:
        client.post(SMS, page(report(1), report(2)))
        found = client.get("/health").json()
        assert found.pop("free_bytes") > 0
        assert found == {
            "status": "ok", "journal_line": 1, "waiting_lines": 1, "waiting_callbacks": 0,
            "callbacks": 1, "reports": 2, "notices": 0, "refused": 0,
        }  # fmt: skip


def test_who_waits_too_long_for_the_disk_is_to_send_it_again(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    with door(archive, replay_every=3600.0) as client:
        with monkeypatch.context() as patch, locked(archive.path, "journal", doing="forgetting"):
            patch.setattr(answering, "FOR_THE_DISK", 0.2)
            answers = [client.post(SMS, page(report(n))) for n in (1, 2)]
        assert [each.status for each in answers] == [503, 503]
        assert "too long" in why(answers[0])
        assert client.post(SMS, page(report(1), report(2))).status == 200
    # the first was being written already; the second was told that it is not kept, and is not
    assert [body.count("messageId") for body in bodies(archive)] == [1, 2]
    assert ids(archive) == ["m-1", "m-2"]


def test_a_slip_of_ours_is_503_and_tells_nothing(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slip(*_: Any) -> None:
        raise KeyError("447700900123")

    said: list[str] = []
    count = Tally()
    app = application(archive, Rules((SMS,)), count, said.append)
    with Client(app) as client:
        with monkeypatch.context() as patch:
            patch.setattr(answering, "opened", slip)
            answer = client.post(SMS, page(report(1)))
        assert answer.status == 503
        assert client.post(SMS, page(report(1))).status == 200
    assert "4477" not in answer.text + str(said) + str(count)
    assert any("KeyError" in kind for kind in count.refused)


# What a caller has to show


def test_basic(archive: Archive) -> None:
    with door(archive, proofs=Proofs(basic="us€r:pass:word".encode())) as client:
        right = {"Authorization": "Basic dXPigqxyOnBhc3M6d29yZA=="}
        assert client.post(SMS, page(report(1)), headers=right).status == 200
        for wrong in ("Basic dXNlcjpwYXNz", "Basic !", "Basic", "", "Bearer x", right
                      ["Authorization"][6:]):  # fmt: skip
            answer = client.post(SMS, page(report(2)), headers={"Authorization": wrong})
            assert answer.status == 401
            assert why(answer) == "the credentials are missing or wrong"
            assert answer.headers["Www-Authenticate"].startswith("Basic ")
        assert client.post(SMS, page(report(2))).status == 401
    assert ids(archive) == ["m-1"]


def test_a_secret_in_a_header(archive: Archive) -> None:
    asked = Proofs(secret=b"open sesame", secret_header="X-Door")
    with door(archive, proofs=asked) as client:
        right = {"x-door": "open sesame"}
        assert client.post(SMS, page(report(1)), headers=right).status == 200
        for wrong in ({"x-door": "open"}, {"x-other": "open sesame"}, {"x-door": ""}, {}):
            answer = client.post(SMS, page(report(2)), headers=wrong)
            assert answer.status == 401
            assert "Www-Authenticate" not in answer.headers
        twice = [("x-door", "open sesame"), ("x-door", "open sesame")]
        assert client.post(SMS, page(report(2)), headers=twice).status == 401
    assert ids(archive) == ["m-1"]


@pytest.mark.parametrize("algorithm", SIGNED)
def test_a_signature_is_that_of_the_standard(algorithm: str) -> None:
    import base64

    asked = Proofs(hmac_key=JEFE, hmac_header="X-Signature", algorithm=algorithm)
    signed = SIGNED[algorithm]
    in_base64 = base64.b64encode(bytes.fromhex(signed)).decode()
    good = [signed, signed.upper(), f"{algorithm}={signed}", f" {signed} ", in_base64,
            f"{algorithm.upper()}={in_base64}",
            in_base64.translate({43: "-", 47: "_"}), in_base64.rstrip("=")]  # fmt: skip
    for each in good:
        assert asked.hold_of([(b"x-signature", each.encode())], WORDS)
    for each in (signed[:-1] + ("0" if signed[-1] != "0" else "1"), signed[:-2], "", "=", "zz", "é",
                 f"other={signed}"):  # fmt: skip
        assert not asked.hold_of([(b"x-signature", each.encode())], WORDS)
    assert not asked.hold_of([(b"x-signature", signed.encode())], WORDS + b" ")
    assert not asked.hold_of([], WORDS)


def test_a_signature_is_of_the_bytes_as_they_are_sent(archive: Archive) -> None:
    import hashlib
    import hmac

    packed = gzip.compress(page(report(1)), mtime=0)
    signed = hmac.new(b"a key of ours", packed, hashlib.sha256).hexdigest()
    asked = Proofs(hmac_key=b"a key of ours", hmac_header="X-Signature")
    with door(archive, proofs=asked) as client:
        headers = {"X-Signature": signed, "Content-Encoding": "gzip"}
        assert client.post(SMS, packed, headers=headers).status == 200
        assert client.post(SMS, packed[:-1], headers=headers).status == 401
        plain = {"X-Signature": signed}
        assert client.post(SMS, page(report(1)), headers=plain).status == 401
    assert ids(archive) == ["m-1"]


def test_all_that_is_asked_for_has_to_be_shown_and_none_is_told_apart(archive: Archive) -> None:
    asked = Proofs(b"user:password", b"open sesame", "X-Door")
    basic, secret = {"Authorization": "Basic dXNlcjpwYXNzd29yZA=="}, {"X-Door": "open sesame"}
    with door(archive, proofs=asked) as client:
        halves = [client.post(SMS, b"{}", headers=each) for each in (basic, secret, {})]
        assert {(each.status, each.text) for each in halves} == {(401, halves[0].text)}
        whole = client.post(SMS, page(report(1)), headers=basic | secret)
        assert whole.status == 200


def test_secrets_come_from_the_environment_or_from_files_and_show_nowhere(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from a file\n")
    asked = proofs(
        {
            "INFOBIP_ANALYTICS_RECEIVE_USER": "infobip",
            "INFOBIP_ANALYTICS_RECEIVE_PASSWORD": "s3cret-word",
            "INFOBIP_ANALYTICS_RECEIVE_HMAC_KEY_FILE": str(tmp_path / "key"),
        },
        demanded=["basic", "hmac"],
        hmac_header="X-Signature",
    )
    assert (asked.basic, asked.secret, asked.hmac_key) == (
        b"infobip:s3cret-word", None, b"from a file",
    )  # fmt: skip
    assert not [each for each in ("s3cret", "from a file") if each in repr(asked)]
    assert asked.asked == [
        "user and password (Basic)",
        "an HMAC (sha256) in the header X-Signature",
    ]
    assert proofs({}).asked == []


PREFIX = "INFOBIP_ANALYTICS_RECEIVE_"


@pytest.mark.parametrize(
    ("environment", "asked", "sentence"),
    [
        ({"USER": "infobip"}, {}, "both, or none"),
        ({"PASSWORD": "long-enough"}, {}, "both, or none"),
        ({"USER": "a:b", "PASSWORD": "long-enough"}, {}, "colon"),
        ({"SECRET": "short"}, {}, "can be guessed"),
        ({"HMAC_KEY": "long-enough"}, {}, "--hmac-header"),
        ({}, {"demanded": ["secret"]}, "set INFOBIP_ANALYTICS_RECEIVE_SECRET"),
        ({"SECRET": "long-enough"}, {"secret_header": "X Y"}, "name of a header"),
        (
            {"SECRET": "long-enough", "USER": "u", "PASSWORD": "long-enough"},
            {"secret_header": "authorization"},
            "two things",
        ),
    ],
)
def test_half_a_proof_is_no_proof(
    environment: dict[str, str], asked: dict[str, Any], sentence: str
) -> None:
    named = {PREFIX + name: value for name, value in environment.items()}
    with pytest.raises(ArgumentError, match=sentence) as told:
        proofs(named, **asked)
    assert "long-enough" not in str(told.value)


def test_a_file_without_a_secret_opens_no_door(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(ArgumentError, match="is empty"):
        proofs({f"{PREFIX}SECRET_FILE": str(tmp_path / "empty")})
    with pytest.raises(SourceError, match="cannot be read"):
        proofs({f"{PREFIX}SECRET_FILE": str(tmp_path / "none")})


# What is written together


def written(
    store: Callable[[Sequence[Answer]], int], many: int, together: int = 1000
) -> tuple[list[str], Tally, list[str]]:
    """Let many answers be written at once; what each was told."""
    said: list[str] = []
    count = Tally()

    async def all_at_once() -> list[str]:
        writer = Writer(store, count, said.append, together)
        running = asyncio.create_task(writer.run())
        answers = (Answer(b"%d" % n, SMS, "callback") for n in range(many))
        told = await asyncio.gather(*(writer.keep(each) for each in answers))
        writer.close()
        await running
        return told

    return asyncio.run(all_at_once()), count, said


def test_what_comes_during_a_sync_is_on_disk_after_the_next() -> None:
    batches: list[int] = []

    def store(answers: Sequence[Answer]) -> int:
        time.sleep(0.01)
        batches.append(len(answers))
        return sum(batches)

    told, count, _ = written(store, 50, together=30)
    assert told == [""] * 50
    assert batches == [30, 20]
    assert (count.syncs, count.line, count.waiting) == (2, 50, 0)


def test_where_a_batch_fails_for_the_disk_nobody_is_told_that_it_is_kept() -> None:
    def store(answers: Sequence[Answer]) -> int:
        raise SourceError("the disk is full")

    told, count, said = written(store, 3)
    assert told == ["SourceError"] * 3
    assert (count.syncs, said) == (0, ["the disk is full"])
    assert count.failed_within(60)


def test_one_that_is_at_fault_does_not_take_the_others_with_it() -> None:
    def store(answers: Sequence[Answer]) -> int:
        if any(each.body == b"1" for each in answers):
            raise IndexError("447700900123")
        return 1

    told, _, said = written(store, 3)
    assert told == ["", "IndexError", ""]
    assert "4477" not in said[0]
    assert "IndexError" in said[0]


# What it says


def test_the_same_sentence_is_said_once_in_a_while() -> None:
    said: list[str] = []
    quietly = Quietly(said.append)
    for _ in range(5):
        quietly("the disk is full")
    assert said == ["the disk is full"]
    quietly.next()
    assert said[1:] == ["5 times: the disk is full"]
    quietly.next()
    assert len(said) == 2


def test_refusals_are_told_as_counts_and_silence_is_good() -> None:
    said: list[str] = []
    count = Tally()

    async def two_whiles() -> None:
        telling = asyncio.create_task(tell_every(0.05, count, Quietly(said.append)))
        await asyncio.sleep(0.12)
        count.callbacks += 3
        await asyncio.sleep(0.1)
        count.refused["no JSON"] += 2
        await asyncio.sleep(0.12)
        telling.cancel()

    asyncio.run(two_whiles())
    assert said == ["in the last 0 seconds: 0 callbacks kept, 2 refused (2 no JSON)"]


def test_nothing_is_logged(archive: Archive, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="infobip_analytics")
    with door(archive, proofs=Proofs(secret=b"open sesame", secret_header="X-Door")) as client:
        client.post(SMS, page(report(1)), headers={"X-Door": "open sesame"})
        client.post(SMS, b"junk 447700900123", headers={"X-Door": "open sesame"})
    said = [each.getMessage() for each in caplog.records if each.name.startswith("infobip")]
    assert said == []


# Whatever is posted

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_NAMES = st.sampled_from(
    ["results", "messageId", "message_id", "status", "status.id", "doneAt", "sentAt", "to", "text",
     "error", "receivedAt", "notificationType", "callbackData", "price", "x"]
) | st.text(max_size=4)  # fmt: skip
_JSON = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=6),
    max_leaves=12,
)
_REPORT = st.dictionaries(st.sampled_from(sorted(report(1))), _JSON, max_size=8).map(
    lambda odd: {**report(1), **odd}
)
_PAGES = st.lists(_REPORT | _JSON, max_size=3).map(lambda rows: {"results": rows})
_TEXTS = (_JSON | _PAGES).map(lambda value: json.dumps(value, allow_nan=True).encode())
_CUT = st.tuples(_TEXTS, st.integers(0, 80), st.binary(max_size=3)).map(
    lambda told: told[0][: told[1]] + told[2] + told[0][told[1] :]
)
_PACKED = (_TEXTS | st.binary(max_size=40)).map(gzip.compress)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Archive]]:
    archive = make_archive(tmp_path_factory.mktemp("fuzzed") / "archive")
    with door(archive, limit=4000, replay_every=3600.0) as client:
        yield client, archive


@pytest.mark.slow
@settings(max_examples=400)
@given(
    body=_TEXTS | _CUT | _PACKED | st.binary(max_size=200), packing=st.sampled_from(["", "gzip"])
)
@example(body=b'{"messageId": "\xff", "status": 1}', packing="")
@example(body=b'{"messageId": "\\ud800", "status": {"id": 1e999}}', packing="")
@example(body=b'{"messageId": 1, "status": {"id": ' + b"9" * 3000 + b"}}", packing="")
def test_whatever_is_posted_is_kept_or_refused(
    fuzzed: tuple[Client, Archive], body: bytes, packing: str
) -> None:
    client, archive = fuzzed
    before = len(bodies(archive))
    headers = {"Content-Encoding": packing} if packing else {}
    answer = client.post(SMS, body, headers=headers)
    assert answer.status in (200, 400, 413, 415)
    assert len(bodies(archive)) == before + (answer.status == 200)
    assert client.get("/health").status == 200
    if answer.status == 200 and before % 10 == 0:
        replay(archive)  # and it can be read, or is set aside


# The command


def test_without_its_packages_the_command_says_how_they_are_installed(
    monkeypatch: pytest.MonkeyPatch, run: Run, tmp_path: Path
) -> None:
    check_packages()
    monkeypatch.setitem(sys.modules, "starlette", None)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    status, _, said = run("receive", "--archive", str(tmp_path / "archive"))
    assert status == 1
    assert "needs starlette and uvicorn, which are not installed" in said
    assert 'pip install "infobip-analytics[archive,receive]"' in said


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        (["--port", "65536"], 2, "from 0 to 65,?535"),
        (["--limit", "0"], 2, "--limit 0"),
        (["--path", "sms"], 2, "write a path as"),
        (["--path", "/health"], 2, "not /health"),
        (["--path", "/sms/3/logs"], 2, "taken for logs"),
        (["--auth", "basic"], 2, "set INFOBIP_ANALYTICS_RECEIVE_PASSWORD"),
    ],
)
def test_what_cannot_be_is_said_at_once(
    run: Run, tmp_path: Path, options: list[str], code: int, sentence: str
) -> None:
    status, out, said = run("receive", "--archive", str(tmp_path / "archive"), *options)
    assert (status, out) == (code, "")
    assert re.search(sentence, said)
    assert not (tmp_path / "archive").exists()


def test_no_auth_beside_a_secret_is_a_contradiction(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{PREFIX}SECRET", "open sesame")
    status, _, said = run("receive", "--archive", str(tmp_path / "archive"), "--no-auth")
    assert status == 2
    assert "X-Callback-Secret" in said
    assert "sesame" not in said
