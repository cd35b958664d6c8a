"""What an archive knows of people: no text unless asked, pseudonyms if asked, and forgetting."""

import io
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import phonenumbers
import polars as pl
import pytest
from archive_answers import alike, answer, ids, page, report
from conftest import Run

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
    scan,
    secret_key,
    segments,
    verify,
)
from infobip_analytics.archive.private import NOT_KEPT, private
from infobip_analytics.countries import country_of
from infobip_analytics.errors import ArgumentError, SourceError

KEY = b"a key for tests, and for nothing else"
NUMBER = "447700900123"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return make_archive(tmp_path / "archive")


@pytest.fixture
def secret(tmp_path: Path) -> Archive:
    return make_archive(tmp_path / "secret", Keeps(key=KEY))


def everything(archive: Archive) -> bytes:
    """All bytes of an archive, those of Parquet as text."""
    paths = [path for path in archive.path.rglob("*") if path.is_file()]
    plain = b"".join(path.read_bytes() for path in paths)
    tables = [pl.read_parquet(p) for p in paths if p.suffix == ".parquet" and "log" not in str(p)]
    return plain + b"".join(table.write_ndjson().encode() for table in tables)


def numbers_of_all_regions() -> list[str]:
    """Valid numbers of every region there is, and their neighbours, which mostly are valid too."""
    rng = random.Random(5)
    kinds = phonenumbers.PhoneNumberType
    found = []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in (kinds.MOBILE, kinds.FIXED_LINE, kinds.TOLL_FREE):
            if example := phonenumbers.example_number_for_type(region, kind):
                number = (
                    f"{example.country_code}{phonenumbers.national_significant_number(example)}"
                )
                ends = (rng.randrange(10**size) for size in (1, 3, 5, 7) for _ in range(8))
                found += [number, *(f"{number[: -len(str(end))]}{end}" for end in ends)]
    return found


def test_a_pseudonym_has_the_country_of_its_number() -> None:
    rng = random.Random(6)
    odd = ["13108863", "431111", "491641", "800123456789", "1", "44", "7", "0", "x", "a@b.example"]
    digits = ["".join(rng.choices("0123456789", k=rng.randint(1, 22))) for _ in range(20_000)]
    known = pl.Series(numbers_of_all_regions() + digits + odd)
    made = pseudonyms(known, KEY)
    assert known.len() > 40_000
    assert country_of(known).n_unique() > 240
    assert (country_of(made) == country_of(known)).all()
    assert made.str.contains(r"^[0-9]{18}$").all()


def test_a_pseudonym_is_nobodys_number() -> None:
    made = pseudonyms(pl.Series(numbers_of_all_regions()[::5]), KEY)
    assert not any(phonenumbers.is_valid_number(_parsed(number)) for number in made)


def _parsed(number: str) -> phonenumbers.PhoneNumber:
    known = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    size = next((n for n in (1, 2, 3) if int(number[:n]) in known), 3)
    return phonenumbers.PhoneNumber(
        country_code=int(number[:size]), national_number=int(number[size:])
    )


@pytest.mark.parametrize(("number", "needed"), [("420601000123", 3), ("12025550143", 4)])
def test_a_pseudonym_keeps_no_more_digits_than_the_country_needs(number: str, needed: int) -> None:
    made = [pseudonyms(pl.Series([number]), bytes([key]) * 16)[0] for key in range(200)]
    assert {each[:needed] for each in made} == {number[:needed]}
    assert {each[needed] for each in made} == set("0123456789")


def test_numbers_have_a_pseudonym_each_however_they_are_written() -> None:
    same = pseudonyms(pl.Series(["+44 7700 900123", NUMBER, "0044-7700-900123", None]), KEY)
    assert same.to_list() == [same[0], same[0], same[0], None]
    many = pl.Series([f"1202555{n:04}" for n in range(10_000)])
    assert pseudonyms(many, KEY).n_unique() == 10_000
    assert pseudonyms(many, b"another key of tests")[0] != pseudonyms(many, KEY)[0]


def test_the_key_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    variable = "INFOBIP_ANALYTICS_PSEUDONYM_KEY"
    (tmp_path / "key").write_bytes(KEY + b"\n")
    assert secret_key({variable: KEY.decode()}) == KEY
    assert secret_key({f"{variable}_FILE": str(tmp_path / "key")}) == KEY
    with pytest.raises(ArgumentError, match="pseudonyms need a key"):
        secret_key({})
    with pytest.raises(ArgumentError, match="has 5 characters"):
        secret_key({variable: "short"})
    with pytest.raises(SourceError, match="cannot be read"):
        secret_key({f"{variable}_FILE": str(tmp_path / "none")})


def test_the_key_is_in_no_repr_and_no_file(secret: Archive) -> None:
    keep(secret, [answer(report(1))])
    assert KEY.decode() not in repr(secret)
    assert KEY not in everything(secret)


#: A log and a callback with all that is personal in them
LOG = {
    **report(1, content={"text": "Dear Ada, your code is 9274"}),
    "destination": NUMBER,
    "to": None,
}
CALLBACK = report(2, to=NUMBER, callbackData='{"customer": "Ada"}')
INBOUND = {"messageId": "i-1", "from": NUMBER, "to": "12345", "text": "STOP", "cleanText": "STOP",
           "receivedAt": "2026-03-02T10:00:00.000+0000"}  # fmt: skip


def test_texts_and_callback_data_are_not_stored_unless_asked(tmp_path: Path) -> None:
    answers = [answer(LOG, endpoint="/sms/3/logs"), answer(CALLBACK), answer(INBOUND)]
    plain, full = (
        make_archive(tmp_path / name, keeps)
        for name, keeps in {"plain": Keeps(), "full": Keeps(text=True, callback_data=True)}.items()
    )
    for archive in (plain, full):
        keep(archive, answers)
    assert b"9274" in everything(full)
    assert b"Ada" in everything(full)
    for word in (b"9274", b"Ada", b"STOP"):
        assert word not in everything(plain)
    assert scan(plain).collect()["callback_data"].to_list() == [None, None]
    others = [scan(each).collect().drop("callback_data") for each in (plain, full)]
    assert alike(others[0]) == alike(others[1])


@pytest.mark.parametrize("cut", [None, -1, -30, -200])
def test_no_number_is_written_where_there_are_pseudonyms(secret: Archive, cut: int | None) -> None:
    strange = {**report(3, to=NUMBER), "entity": {"phone": NUMBER}, "note": f"call {NUMBER}"}
    body = page(LOG, CALLBACK, INBOUND, strange, report(4, to=int(NUMBER)), report(5, to=NUMBER))
    keep(secret, [Answer(body[:cut], "/push", "callback")])
    written = everything(secret)
    for word in (NUMBER.encode(), b"900123", b"9274", b"Ada", b"STOP"):
        assert word not in written
    found = scan(secret).collect()
    assert ids(secret) == ["m-1", "m-2", "m-3", "m-4", "m-5"][: found.height]
    assert found.height >= 4
    assert found["recipient"].unique().to_list() == pseudonyms(pl.Series([NUMBER]), KEY).to_list()


def test_pseudonyms_change_nothing_but_recipients(tmp_path: Path) -> None:
    frames = []
    for name, keeps in {"plain": Keeps(), "secret": Keeps(key=KEY)}.items():
        archive = make_archive(tmp_path / name, keeps)
        keep(archive, [answer(LOG, endpoint="/sms/3/logs"), answer(CALLBACK, report(7))])
        frames.append(scan(archive).collect())
    assert alike(frames[0].drop("recipient")) == alike(frames[1].drop("recipient"))
    rates = [ia.delivery_rates(ia.messages(frame)) for frame in frames]
    assert rates[0].equals(rates[1])


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"null", b"7", b'"x"', b"<xml/>", b"[[", b"\xff\xfe", b"[" * 99999]
)
def test_whatever_comes_something_is_kept_of_it(secret: Archive, body: bytes) -> None:
    assert json.loads(private(body, Keeps(key=KEY)))
    assert append(secret, [Answer(body, "/push", "callback")]) == 1


def test_an_archive_of_pseudonyms_takes_nothing_without_its_key(secret: Archive) -> None:
    with pytest.raises(ArgumentError, match="give their key"):
        append(open_archive(secret.path), [answer(report(1))])
    with pytest.raises(ArgumentError, match="key is not the one"):
        open_archive(secret.path, key=b"some other key of tests")
    with pytest.raises(ArgumentError, match="begun with pseudonyms"):
        make_archive(secret.path)
    assert scan(open_archive(secret.path)).collect().is_empty()


def test_a_number_is_forgotten_in_journal_table_and_old_versions(tmp_path: Path) -> None:
    archive = make_archive(tmp_path / "archive", Keeps(text=True, callback_data=True))
    rows = [report(n, to=NUMBER, day=1 + n) for n in range(3)]
    others = [report(n, day=n % 5 + 1) for n in range(10, 20)]
    keep(archive, [answer(*rows, *others[:5])])
    compact(archive)
    keep(archive, [answer(*others[5:], report(30, callbackData=f"for +44 7700 {NUMBER[-6:]}"))])
    append(archive, [answer(report(40, to=f"+{NUMBER}"), hours=24)])
    done = forget(archive, "+44 (7700) 900123")
    assert (done.journal, done.table, done.mentions) == (4, 4, 1)
    assert done.files > 0
    assert NUMBER.encode() not in everything(archive)
    assert ids(archive) == sorted([*(row["messageId"] for row in others), "m-30"])
    assert verify(archive).sound
    assert forget(archive, NUMBER).to_dict() == {
        "journal": 0, "mentions": 0, "torn": 0, "table": 0, "files": 0,
    }  # fmt: skip
    assert rebuild(archive).new == 11
    assert keep(archive, [answer(report(50))]).new == 1


def test_forgetting_does_not_touch_the_rows_of_others(archive: Archive) -> None:
    keep(archive, [answer(*(report(n) for n in range(20)))])
    before = scan(archive).collect()
    forget(archive, "447700900007")
    assert alike(scan(archive).collect()) == alike(
        before.filter(pl.col("recipient") != "447700900007")
    )


def test_half_written_and_damaged_lines_are_forgotten_too(archive: Archive) -> None:
    keep(archive, [answer(report(1, to=NUMBER)), answer(report(2))])
    path = segments.segments(archive.journal)[0].path
    path.write_bytes(path.read_bytes().replace(b"m-1", b"m-7") + page(report(3, to=NUMBER)))
    assert forget(archive, NUMBER).torn == 1
    assert NUMBER.encode() not in everything(archive)
    assert ids(archive) == ["m-2"]


def test_a_pseudonym_is_forgotten_by_its_number(secret: Archive) -> None:
    keep(secret, [answer(report(1, to=NUMBER), report(2))])
    with pytest.raises(ArgumentError, match="without their key"):
        forget(open_archive(secret.path), NUMBER)
    assert forget(secret, NUMBER).table == 1
    assert ids(secret) == ["m-2"]
    assert verify(secret).sound


@pytest.mark.parametrize("number", ["", "Ada", "12345", "a@b.example"])
def test_what_is_no_number_cannot_be_forgotten(archive: Archive, number: str) -> None:
    with pytest.raises(ArgumentError, match="no phone number"):
        forget(archive, number)


def test_the_command_looks_after_an_archive(archive: Archive, run: Run) -> None:
    keep(archive, [answer(report(1), report(2, day=2))])
    keep(archive, [answer(report(3))])
    where = str(archive.path)
    status, out, _ = run("archive", "verify", where)
    assert (status, out.splitlines()[-1]) == (0, "sound")
    status, out, _ = run("archive", "verify", where, "--format", "json")
    assert json.loads(out)["in_table"] == 3
    assert run("archive", "compact", where)[:2] == (0, "1 file fewer\n")
    assert run("archive", "replay", where)[1].startswith("0 answers of the journal read")
    assert run("archive", "rebuild", where)[1].endswith("3 of them new\n")
    assert run("archive", "drop", where)[0] == 2
    today = datetime.now(UTC).date().isoformat()
    assert run("archive", "drop", where, "--keep", "1", "--today", today)[0] == 0
    assert ids(archive) == []


@pytest.mark.parametrize(
    ("task", "option", "sentence"),
    [
        ("verify", ("--keep", "3"), "archive verify takes no --keep, which is for archive drop"),
        ("replay", ("--today", "2026-03-02"), "takes no --today, which is for archive drop"),
        ("compact", ("--format", "json"), "archive compact takes no --format, which is for"),
        ("rebuild", ("--format", "text"), "archive rebuild takes no --format, which is for"),
        ("drop", ("--keep", "3", "--today", "tomorrow"), "give a date as 2026-10-04"),
    ],
)
def test_an_option_of_another_task_is_refused_before_anything_is_done(
    archive: Archive, run: Run, task: str, option: tuple[str, ...], sentence: str
) -> None:
    keep(archive, [answer(report(1))])
    status, out, said = run("archive", task, str(archive.path), *option)
    assert (status, out, sentence in said) == (2, "", True)
    assert ids(archive) == ["m-1"]


def test_the_command_tells_an_archive_that_is_not_sound(archive: Archive, run: Run) -> None:
    keep(archive, [answer(report(1))])
    [segment] = segments.segments(archive.journal)
    segment.path.write_bytes(b"")
    status, out, _ = run("archive", "verify", str(archive.path))
    assert (status, "extra 1" in out, "NOT SOUND" in out) == (1, True, True)
    status, _, error = run("archive", "verify", "nowhere")
    assert (status, "is no archive" in error) == (1, True)


def test_the_command_forgets_a_number_and_does_not_print_it(
    secret: Archive, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(secret, [answer(report(1, to=NUMBER), report(2))])
    monkeypatch.setenv("INFOBIP_ANALYTICS_PSEUDONYM_KEY", KEY.decode())
    monkeypatch.setattr("sys.stdin", io.StringIO(f"+{NUMBER}\n"))
    status, out, error = run("forget", "-", "--archive", str(secret.path))
    assert (status, "1 row of the table" in out) == (0, True)
    assert NUMBER not in out + error


def test_entries_that_are_no_reports_keep_the_names_of_their_fields() -> None:
    kept: dict[str, Any] = json.loads(private(page(INBOUND), Keeps()))
    assert kept == {"results": [dict.fromkeys(INBOUND, NOT_KEPT)]}
