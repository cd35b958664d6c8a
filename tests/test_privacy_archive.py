"""What lies in an archive, byte by byte: no unasked text, no hidden or forgotten number."""

import argparse
import gzip
import io
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import phonenumbers
import polars as pl
import pytest
from archive_answers import FIRST, alike, answer, ids, page, report
from conftest import Run
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import infobip_analytics as ia
from infobip_analytics.archive import (
    Answer,
    Archive,
    Keeps,
    append,
    compact,
    forget,
    keep,
    make_archive,
    open_archive,
    pseudonyms,
    rebuild,
    replay,
    scan,
    segments,
    verify,
)
from infobip_analytics.archive.mentions import Mentions
from infobip_analytics.archive.private import private
from infobip_analytics.cli.keeping import archive_of
from infobip_analytics.countries import country_of
from infobip_analytics.errors import ArgumentError

KEY = b"a key for tests, and for nothing else"
ALL = Keeps(text=True, callback_data=True)
NUMBER, OTHER = "447700900981", "447700900555"
SPELLINGS = [
    NUMBER, f"+{NUMBER}", f"00{NUMBER}", "+44 7700 900981", "+44 (0)7700-900-981",
    "0044.7700.900981", "+44\u00a07700\u00a0900981",
]  # fmt: skip


def everything(archive: Archive) -> str:
    """All that lies in an archive: bytes, what is packed, rows of Parquet, and names of files."""
    paths = [path for path in archive.path.rglob("*") if path.is_file()]
    return "\n".join([str(paths), *(text for path in paths for text in _texts_of(path))])


def _texts_of(path: Path) -> Iterator[str]:
    content = path.read_bytes()
    yield content.decode("latin-1")
    if path.suffix == ".gz":
        yield gzip.decompress(content).decode()
    if path.suffix == ".parquet":
        yield pl.read_parquet(path, hive_partitioning=False).write_ndjson()


def row(number: int, day: int = 1, **more: Any) -> dict[str, Any]:
    """A report with other fields, or another value for one of its own."""
    return {**report(number, day=day), **more}


def digits_of(text: str) -> str:
    return "".join(each for each in text if each.isdigit())


#: Each shape that holds a text, with the text in it
TEXT = "rhubarb for Ada"
SHAPES: dict[str, dict[str, Any]] = {
    "SMS log 3": {"content": {"text": TEXT, "transliteration": "NONE"}},
    "SMS log 1": {"text": TEXT},
    "MMS log 2": {"content": {"title": TEXT, "messageSegments": [{"type": "TEXT", "text": TEXT}]}},
    "MMS log 1": {"title": TEXT, "messageSegments": [{"text": TEXT}]},
    "binary": {"content": {"dataCoding": 1, "hex": TEXT}},
    "Omni": {"channel": "SMS", "message": {"body": TEXT}},
    "Messages API": {"event": "DELIVERY", "content": [{"body": {"text": TEXT}}]},
    "unknown": {"preview": TEXT},
    "unknown, deep": {"newThing": {"deep": [{"words": TEXT}]}},
    "unknown, in a known one": {"status": {"id": 5, "groupName": "DELIVERED", "said": TEXT}},
    "unknown by name": {TEXT: 1},
    "known, of another kind": {"mccMnc": {"words": TEXT}},
    "callback data": {"callbackData": TEXT},
    "callback data, parsed": {"callbackData": {"customer": TEXT}},
}
INBOX = {"messageId": "i", "from": NUMBER, "to": "123", "text": TEXT, "receivedAt": "2026-03-02"}
INBOX_MMS = {"messageId": "i", "message": [{"value": TEXT}], "userAgent": "x"}


def escaped(body: bytes) -> bytes:
    """The same JSON, written so that no name of a field can be seen in its bytes."""
    return body.replace(b'"te', b'"\\u0074e').replace(b'"con', b'"\\u0063on')


@pytest.mark.parametrize("keeps", [Keeps(), Keeps(key=KEY)], ids=["plain", "pseudonyms"])
def test_no_text_is_in_any_byte_unless_it_was_asked_for(keeps: Keeps, tmp_path: Path) -> None:
    archive = make_archive(tmp_path / "archive", keeps)
    rows = [row(n, **more) for n, more in enumerate(SHAPES.values())]
    bodies = [*(page(row) for row in rows), page(*rows), page(INBOX), page(INBOX_MMS)]
    bodies += [json.dumps(row).encode() for row in rows]
    bodies += [escaped(body) for body in bodies] + [
        body.decode().encode("utf-16") for body in bodies
    ]
    bodies += [body[:cut] for body in bodies[:20] for cut in (-3, -12, -25)]
    bodies += [b"<html>rhubarb</html>", b"rhubarb", b'"rhubarb"', gzip.compress(page(*rows))]
    bodies += [b'{"results": [{"messageId": "m-1", "text": "rhubarb", "text": "", "status": {}}]}']
    keep(archive, [Answer(body, "/sms/3/logs", "logs", FIRST) for body in bodies])
    keep(archive, [Answer(page(report(90)), "/sms/3/logs", "logs", FIRST + timedelta(days=1))])
    compact(archive)
    assert "rhubarb" not in everything(archive)
    assert len(ids(archive)) >= len(SHAPES)
    assert verify(archive).sound


def test_what_is_asked_for_is_kept(tmp_path: Path) -> None:
    archive = make_archive(tmp_path / "archive", ALL)
    body = page(*(row(n, **more) for n, more in enumerate(SHAPES.values())))[:-1]
    append(archive, [Answer(body, "/sms/3/logs", "logs")])
    assert json.dumps(body.decode()) in everything(archive)


def test_reports_of_known_fields_stay_as_they_came() -> None:
    rows = [report(1), report(2, platform={"entityId": "e", "applicationId": "a"}, networkId=7)]
    rows[0]["status"] |= {"description": "Message delivered", "action": "none"}
    body = json.dumps({"results": rows, "cursor": {"limit": 1000, "nextCursor": "abc"}}).encode()
    assert private(body, Keeps()) is body


def test_of_a_report_that_breaks_off_stays_what_can_be_no_text() -> None:
    row = json.dumps(report(1)).replace('"bulkId": "b-1", ', "")
    body = f'{{"results": [{row[:-1]}, "content": {{"text": "rhub'.encode()
    kept = json.loads(private(body, Keeps()))["results"]
    assert kept == [f"{row[:-1]},"]
    assert json.loads(private(body, Keeps(key=KEY)))["results"] == ["(not kept)"]


#: Rows in which the number of their recipient stands elsewhere, too
ELSEWHERE: list[dict[str, Any]] = [
    {"bulkId": f"bulk-{NUMBER}"},
    {"messageId": f"{NUMBER}-1"},
    {"campaignReferenceId": "for 07700 900981"},
    {"sender": f"+{NUMBER}"},
    {"status": {"groupName": "DELIVERED", "id": 5, "description": f"to +{NUMBER}"}},
    {"error": {"id": 0, "name": f"EC {NUMBER}"}},
    {"platform": {"entityId": NUMBER}},
    {"mccMnc": f"of {NUMBER}"},
    {"callbackData": json.dumps({"phone": "+44\u00a07700\u00a0900981"})},
    {"callbackData": {"phone": [NUMBER, int(NUMBER)]}},
    {"content": {"text": "Call 07700-900981 or +44 7700 900 981 now"}},
    {"preview": NUMBER, "deep": {"er": int(NUMBER)}},
]


@pytest.mark.parametrize("keeps", [Keeps(key=KEY), Keeps(True, True, KEY)], ids=["less", "all"])
@pytest.mark.parametrize("spelling", [*SPELLINGS, int(NUMBER)])
def test_no_number_is_in_the_first_byte_stored(keeps: Keeps, spelling: Any, tmp_path: Path) -> None:
    archive = make_archive(tmp_path / "archive", keeps)
    rows = [row(n, **{"to": spelling, **more}) for n, more in enumerate(ELSEWHERE)]
    bodies = [page(*rows), *(page(row) for row in rows), page(*rows)[:-40]]
    append(archive, [Answer(body, "/push", "callback", FIRST) for body in bodies])
    for _ in range(2):
        written = everything(archive)
        assert NUMBER[-10:] not in digits_of(written.replace("\\u00a0", ""))
        assert KEY.decode() not in written
        replay(archive)
    found = scan(archive).collect()
    assert found["recipient"].unique().to_list() == pseudonyms(pl.Series([NUMBER]), KEY).to_list()
    assert found["message_id"].n_unique() == len(ELSEWHERE)
    assert verify(archive).sound


@cache
def examples() -> list[str]:
    """A valid number of every region there is, as phonenumbers has it."""
    found = (phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
             or phonenumbers.example_number(region)
             for region in sorted(phonenumbers.SUPPORTED_REGIONS))  # fmt: skip
    form = phonenumbers.PhoneNumberFormat.E164
    return [phonenumbers.format_number(each, form)[1:] for each in found if each]


@given(st.data())
def test_however_a_number_is_spelled_it_has_one_pseudonym(data: st.DataObject) -> None:
    number = data.draw(st.sampled_from(examples()))
    ends = data.draw(st.text("0123456789", min_size=4, max_size=4))
    number = number[:-4] + ends
    marks = data.draw(st.lists(st.sampled_from(["", " ", "-", ".", "\u00a0", " - "]),
                               min_size=len(number), max_size=len(number)))  # fmt: skip
    begin = data.draw(st.sampled_from(["", "+", "00", " +", "(+)"]))
    spelled = begin + "".join(f"{digit}{mark}" for digit, mark in zip(number, marks, strict=True))
    made = pseudonyms(pl.Series([number, spelled]), KEY)
    assert made[0] == made[1]
    assert country_of(made[0]) == country_of(number)
    assert not phonenumbers.is_valid_number(parsed(made[0]))


def parsed(number: str) -> phonenumbers.PhoneNumber:
    """Bare digits as a number of phonenumbers, which refuses to read as many as a pseudonym has."""
    codes = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    size = next(size for size in (1, 2, 3) if int(number[:size]) in codes)
    return phonenumbers.PhoneNumber(int(number[:size]), int(number[size:]))


def test_a_pseudonymous_archive_gives_the_same_numbers(tmp_path: Path, run: Run) -> None:
    sample = Path(str(ia.sample_path("delivery_reports")))
    lines = [json.loads(line) for line in sample.read_text().splitlines()]
    outs = []
    for name, keeps in {"plain": Keeps(), "secret": Keeps(key=KEY)}.items():
        archive = make_archive(tmp_path / name, keeps)
        keep(archive, [answer(*lines[at : at + 1000]) for at in range(0, len(lines), 1000)])
        frame = scan(archive).collect()
        known = str(lines[1].get("to") or lines[1].get("destination"))
        assert (known in everything(archive)) == (name == "plain")
        made = ia.messages(frame, as_of="2026-05-01")
        outs.append([
            *(make(made) for make in (ia.delivery_rates, ia.report_coverage, ia.error_breakdown,
                                      ia.fix_first)),
            run("report", str(archive.path), "--as-of", "2026-05-01", "--days", "all",
                "--format", "json")[1],
        ])  # fmt: skip
    for plain, secret in zip(outs[0][:-1], outs[1][:-1], strict=True):
        assert_frame_equal(plain, secret)
    assert outs[0][-1] == outs[1][-1] != ""


def test_beside_journal_and_rows_no_file_tells_of_people(tmp_path: Path) -> None:
    archive = make_archive(tmp_path / "archive", ALL)
    for n in range(12):
        said = row(n, to=NUMBER, callbackData=f"of {NUMBER}", content={"text": TEXT})
        keep(archive, [answer(said, hours=n)])
    compact(archive)
    forget(archive, OTHER)
    files = [path for path in archive.path.rglob("*") if path.is_file()]
    held = {path for path in files if path.suffix == ".parquet" or archive.journal in path.parents}
    others = [path for path in files if path not in held or path.parent.name == "_delta_log"]
    assert {path.suffix for path in others} >= {".json", ".lock", ".parquet"}
    told = "\n".join([*map(str, files), *(text for path in others for text in _texts_of(path))])
    assert NUMBER[-7:] not in told
    assert "rhubarb" not in told
    assert NUMBER[-7:] in everything(archive)


# forgetting


def full_of(archive: Archive) -> list[str]:
    """Fill an archive with the number in all spellings and places; gives whose rows must stay."""
    about = [report(n, to=each, day=1 + n % 3) for n, each in enumerate(SPELLINGS)]
    others = [row(20 + n, 1 + n % 4, **{"to": OTHER, **more})
              for n, more in enumerate(ELSEWHERE) if "sender" not in more]  # fmt: skip
    quiet = [report(60 + n, day=1 + n % 4) for n in range(8)]
    keep(archive, [answer(*about[:4], *others[:4], *quiet[:3])])
    compact(archive)
    keep(archive, [answer(*about[4:], hours=30), answer(*others[4:], *quiet[3:], hours=31)])
    replied = report(59, sender=f"+{NUMBER}", to="12345")
    append(archive, [answer(replied, hours=60),
                     Answer(page(report(58)), f"/push?to={NUMBER}", "callback",
                            FIRST + timedelta(hours=61))])  # fmt: skip
    return sorted([*(row["messageId"] for row in quiet), "m-58"])


@pytest.mark.filterwarnings("ignore::infobip_analytics.errors.SetAsideWarning")
def test_after_forgetting_no_byte_has_the_number(tmp_path: Path) -> None:
    archive = make_archive(tmp_path / "archive", ALL)
    quiet = full_of(archive)
    last = segments.segments(archive.journal)[-1].path
    for cut in (-8, -60):  # two power cuts, one of them within the number
        with last.open("ab") as file:
            file.write(page(report(70, to=NUMBER))[: page(report(70, to=NUMBER)).find(b"981") + 1])
        append(archive, [answer(report(71 - cut), hours=61)])
    damaged = last.read_bytes().replace(b"m-58", b"m-57")
    last.write_bytes(damaged)
    (archive.table / "part-0001.zstd.parquet#1").write_bytes(NUMBER.encode())
    gone = archive.path / ".reports.gone"
    gone.mkdir()
    (gone / "x").write_text(NUMBER)
    (archive.journal / ".x.ndjson.new").write_text(NUMBER)
    done = forget(archive, "+44 7700 900981")
    assert done.torn == 2
    assert NUMBER[-10:] not in digits_of(everything(archive).replace("\\u00a0", ""))
    assert "44770090098" not in everything(archive)
    there = scan(archive).collect()
    assert set(quiet) - {"m-58"} <= set(there["message_id"])
    assert OTHER in there["recipient"].to_list()
    assert forget(archive, NUMBER).to_dict() == dict.fromkeys(done.to_dict(), 0)


@pytest.mark.parametrize("keeps", [Keeps(), ALL, Keeps(key=KEY), Keeps(True, True, KEY)],
                         ids=["plain", "all", "pseudonyms", "all of pseudonyms"])  # fmt: skip
def test_forgetting_leaves_an_archive_sound_and_others_alone(keeps: Keeps, tmp_path: Path) -> None:
    archive = make_archive(tmp_path / "archive", keeps)
    quiet = full_of(archive)
    replay(archive)
    before = scan(archive).collect().filter(pl.col("message_id").is_in(quiet))
    assert verify(archive).sound
    forget(archive, NUMBER)
    after = scan(archive).collect()
    assert verify(archive).sound
    assert alike(after.filter(pl.col("message_id").is_in(quiet))) == alike(before)
    assert NUMBER[-10:] not in digits_of(everything(archive).replace("\\u00a0", ""))
    known = pseudonyms(pl.Series([NUMBER, OTHER]), KEY) if keeps.key else [NUMBER, OTHER]
    assert known[0] not in everything(archive)
    assert after.filter(recipient=known[1]).height == len(ELSEWHERE) - 1
    assert rebuild(archive).new == after.height
    assert alike(scan(archive).collect()) == alike(after)


def test_several_numbers_are_forgotten_at_once(tmp_path: Path, run: Run, monkeypatch: Any) -> None:
    archive = make_archive(tmp_path / "archive")
    people = [f"44770090090{n}" for n in range(4)]
    keep(archive, [answer(*(report(n, to=number) for n, number in enumerate(people)))])
    where = ("--archive", str(archive.path))
    status, out, error = run("forget", people[0], f"+{people[1]}", *where)
    assert (status, "2 rows of the table" in out) == (0, True)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{people[2]}\n\n"))
    status, more, worse = run("forget", "-", *where)
    assert (status, ids(archive)) == (0, ["m-3"])
    assert not any(number[-7:] in out + error + more + worse for number in people)


@pytest.mark.parametrize(
    "asked", [["+44", "7700", "900981"], [NUMBER, "Ada 0900981"], ["0900981-x"], ["-"]]
)
def test_no_error_repeats_the_number(
    asked: list[str], tmp_path: Path, run: Run, monkeypatch: Any
) -> None:
    archive = make_archive(tmp_path / "archive")
    monkeypatch.setattr("sys.stdin", io.StringIO("x900981\n"))
    status, out, error = run("forget", *asked, "--archive", str(archive.path))
    assert status == 2
    assert "900981" not in out + error
    assert "no phone number" in error


def test_a_number_is_found_however_it_is_written_and_others_are_not() -> None:
    looked_for = Mentions([NUMBER])
    for text in (*SPELLINGS, "07700 900981", "7700900981", "tel:+447700900981;x", f"m{NUMBER}9",
                 "44\\u00a07700900981"):  # fmt: skip
        assert looked_for.is_in(text)
        assert looked_for.may_be_in(text.encode())
        assert pl.Series([text]).str.contains(looked_for.pattern).all()
        assert NUMBER[-6:] not in digits_of(looked_for.replaced(text, ""))
    for text in ("447700900982", "17700900981", "77009009811", "4477 00 90", "2026-03-02T10:00:00"):
        assert not looked_for.is_in(text)
        assert not pl.Series([text]).str.contains(looked_for.pattern).any()


def test_a_short_number_is_not_found_within_longer_ones() -> None:
    looked_for = Mentions(["4961000"])
    assert looked_for.is_in("to +49 61000.")
    assert not looked_for.is_in("m-14961000000")


_FORGET = """
import sys
from infobip_analytics.archive import *
forget(open_archive(sys.argv[1]), *sys.argv[2:])
"""
_APPEND = """
import sys
sys.path.insert(0, {tests!r})
from archive_answers import *
from infobip_analytics.archive import *
archive = open_archive(sys.argv[1])
for n in range(int(sys.argv[2]), int(sys.argv[3])):
    keep(archive, [answer(report(1000 + n, day=1 + n % 4), hours=n % 3)])
"""


def _started(code: str, *arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", code, *arguments])


@pytest.mark.slow
def test_forgetting_that_is_killed_goes_on_when_it_is_started_again(tmp_path: Path) -> None:
    rng, kills, until = random.Random(7), 0, time.monotonic() + 10
    while time.monotonic() < until or kills < 6:
        archive = make_archive(tmp_path / f"archive-{kills}", ALL)
        quiet = full_of(archive)
        for _ in range(2):
            process = _started(_FORGET, str(archive.path), NUMBER)
            time.sleep(rng.uniform(0.3, 1.6))
            process.kill()
            process.wait()
            kills += 1
        forget(archive, NUMBER)
        assert verify(archive).sound
        assert NUMBER[-10:] not in digits_of(everything(archive).replace("\\u00a0", ""))
        assert set(quiet) <= set(ids(archive))


@pytest.mark.slow
def test_what_comes_while_a_number_is_forgotten_is_kept(tmp_path: Path) -> None:
    archive = make_archive(tmp_path / "archive", ALL)
    full_of(archive)
    code = _APPEND.format(tests=os.path.dirname(__file__))
    writers = [_started(code, str(archive.path), str(at), str(at + 7)) for at in (0, 7)]
    forgotten = 0
    while any(writer.poll() is None for writer in writers):
        keep(archive, [answer(report(5000 + forgotten, to=NUMBER))])
        forget(archive, NUMBER)
        forgotten += 1
    assert [writer.returncode for writer in writers] == [0, 0]
    assert forgotten
    assert {f"m-{1000 + n}" for n in range(14)} <= set(ids(archive))
    assert verify(archive).sound
    assert NUMBER[-10:] not in digits_of(everything(archive).replace("\\u00a0", ""))


def test_who_reads_the_table_while_a_number_is_forgotten_is_told(tmp_path: Path) -> None:
    archive = make_archive(tmp_path / "archive")
    keep(archive, [answer(report(1, to=NUMBER), report(2))])
    plan = scan(archive)
    forget(archive, NUMBER)
    with pytest.raises((FileNotFoundError, pl.exceptions.PolarsError)) as raised:
        plan.collect()
    assert NUMBER not in str(raised.value)
    assert scan(archive).collect()["message_id"].to_list() == ["m-2"]


def test_a_pseudonymous_archive_is_not_written_without_its_key(tmp_path: Path) -> None:
    archive = make_archive(tmp_path / "archive", Keeps(key=KEY))
    for call in (lambda: append(open_archive(archive.path), [answer(report(1))]),
                 lambda: open_archive(archive.path, key=KEY[::-1]),
                 lambda: forget(open_archive(archive.path), NUMBER)):  # fmt: skip
        with pytest.raises(ArgumentError) as raised:
            call()
        assert KEY.decode() not in str(raised.value)
        assert NUMBER not in str(raised.value)


def test_the_command_takes_the_key_from_the_environment_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = "INFOBIP_ANALYTICS_PSEUDONYM_KEY"
    asked = {"archive": str(tmp_path / "archive"), "keep_text": False, "keep_callback_data": False}
    begin, go_on = (argparse.Namespace(pseudonymise=each, **asked) for each in (True, False))
    monkeypatch.delenv(variable, raising=False)
    with pytest.raises(ArgumentError, match="pseudonyms need a key"):
        archive_of(begin)
    monkeypatch.setenv(variable, KEY.decode())
    archive = archive_of(begin)
    append(archive_of(go_on), [answer(report(1, to=NUMBER))])
    assert NUMBER not in everything(archive)
    assert KEY.decode() not in everything(archive)
    monkeypatch.setenv(variable, "another key of at least sixteen")
    with pytest.raises(ArgumentError, match="key is not the one"):
        archive_of(go_on)
    monkeypatch.delenv(variable)
    with pytest.raises(ArgumentError, match="pseudonyms need a key"):
        archive_of(go_on)
