"""Packed files: gzip and ZIP as streams, and what becomes of those that are broken or a bomb."""

import gzip
import io
import os
import random
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_analytics.sources import packing, zips
from infobip_analytics.sources.packing import Unpacked, unpacked
from infobip_analytics.sources.workbooks import is_workbook
from infobip_analytics.sources.zips import members

LINES = b"".join(
    b'{"messageId": "m-%d", "to": "447700900%03d"}\n' % (n, n % 1000) for n in range(9000)
)
NOISE = random.Random(3).randbytes(700_000)


def read(packed: bytes) -> tuple[bytes, str]:
    """Give what a stream holds, and its problem."""
    stream = unpacked(io.BytesIO(packed))
    return stream.read(), stream.problem


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Pack a ZIP of some files."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return archive.getvalue()


def contents(archive: bytes) -> dict[str, tuple[bytes, str]]:
    """Give all that a ZIP holds: what, and its problem, by name."""
    found = {}
    for member in members(io.BytesIO(archive), "a.zip"):
        with member.open() as stream:
            found[member.name] = (stream.read(), stream.problem)
    return found


# gzip


@pytest.mark.parametrize("content", [b"", b"x", b"\x1f", b"{}", LINES, NOISE])
def test_what_is_no_gzip_passes_unchanged(content: bytes) -> None:
    assert read(content) == (content, "")


@pytest.mark.parametrize("content", [b"", b"x", LINES, NOISE])
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_gzip_is_unpacked_up_to_three_layers_deep(content: bytes, layers: int) -> None:
    raw = content
    for _ in range(layers):
        raw = gzip.compress(raw)
    assert read(raw) == (content, "")


def test_a_fourth_layer_is_refused() -> None:
    raw = LINES
    for _ in range(4):
        raw = gzip.compress(raw)
    assert read(raw) == (b"", "it is packed more than 3 times over; unpack it first")


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=4), st.integers(0, 40), st.booleans())
def test_members_of_a_gzip_follow_each_other_and_zeros_may_pad_them(
    parts: list[bytes], padding: int, between: bool
) -> None:
    parts[0] = b"{" + parts[0]  # or else it might be a gzip itself
    zeros = bytes(padding)
    joined = (zeros if between else b"").join(map(gzip.compress, parts)) + zeros
    assert read(joined) == (b"".join(parts), "")
    assert gzip.decompress(joined) == b"".join(parts)


def test_what_follows_a_gzip_and_is_none_is_told() -> None:
    raw = gzip.compress(LINES)
    assert read(raw + b"\0\0garbage") == (LINES, "something else follows its gzip")
    assert read(raw + b"\x1f") == (LINES, "its gzip is cut off")


@pytest.mark.parametrize("content", [LINES, NOISE])
def test_a_gzip_that_is_cut_off_gives_what_is_there(content: bytes) -> None:
    raw = gzip.compress(content)
    for end in (3, 10, 11, len(raw) // 2, len(raw) - 9, len(raw) - 1):
        there, problem = read(raw[:end])
        assert problem == "its gzip is cut off"
        assert content.startswith(there)
        oracle = zlib.decompressobj(31)
        assert there == oracle.decompress(raw[:end]) + oracle.flush()
    assert len(read(raw[: len(raw) - 8])[0]) == len(content)


def test_a_gzip_that_is_cut_off_anywhere_loses_no_byte() -> None:
    raw = gzip.compress(bytes(2 * packing.BLOCK))
    for end in range(10, len(raw)):
        assert read(raw[:end])[0] == zlib.decompressobj(31).decompress(raw[:end])


def test_a_wrong_checksum_is_told_and_costs_no_byte() -> None:
    raw = bytearray(gzip.compress(LINES))
    raw[-6] ^= 1
    assert read(bytes(raw)) == (LINES, "its gzip is corrupt")


def test_a_bad_block_costs_nothing_that_lies_before_it() -> None:
    machine = zlib.compressobj(9, zlib.DEFLATED, 31)
    first = machine.compress(LINES) + machine.flush(zlib.Z_FULL_FLUSH)
    assert read(first + b"\xff" * 500) == (LINES, "its gzip is corrupt")


@given(st.data())
def test_any_change_of_a_gzip_is_answered_without_an_error(data: st.DataObject) -> None:
    raw = bytearray(gzip.compress(LINES[:3000]))
    raw[data.draw(st.integers(2, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    there, problem = read(bytes(raw))
    assert problem or there == LINES[:3000]


def test_a_stream_reads_by_lines_by_pieces_and_at_once() -> None:
    raw = gzip.compress(LINES)
    assert list(unpacked(io.BytesIO(raw))) == LINES.splitlines(keepends=True)
    stream = unpacked(io.BytesIO(raw))
    assert b"".join(iter(lambda: stream.read(777), b"")) == LINES
    assert unpacked(io.BytesIO(raw)).peek(10)[:10] == LINES[:10]


def test_a_large_gzip_is_never_held_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(60):
            file.write(LINES)
    tracemalloc.start()
    with path.open("rb") as raw:
        stream = unpacked(raw)
        size = sum(map(len, iter(lambda: stream.read(100_000), b"")))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == 60 * len(LINES)
    assert peak < 5_000_000 < size


@pytest.fixture
def _low(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let bombs begin at a megabyte, so that they are soon read."""
    monkeypatch.setattr(packing, "BOMB_SIZE", 1_000_000)
    monkeypatch.setattr(zips, "BOMB_SIZE", 1_000_000)


@pytest.mark.usefixtures("_low")
@pytest.mark.parametrize("layers", [1, 2])
def test_a_bomb_is_given_up(layers: int) -> None:
    raw = bytes(30_000_000)
    for _ in range(layers):
        raw = gzip.compress(raw)
    there, problem = read(raw)
    assert problem == packing.BOMB
    assert len(there) < 1_000_000 + packing.BOMB_RATIO * len(raw)


@pytest.mark.usefixtures("_low")
def test_what_is_only_large_or_only_repetitive_is_no_bomb() -> None:
    assert read(gzip.compress(NOISE * 3)) == (NOISE * 3, "")
    assert read(gzip.compress(bytes(900_000))) == (bytes(900_000), "")
    # 900 KB of noise allow 270 MB
    assert read(gzip.compress(NOISE) + gzip.compress(bytes(5_000_000)))[1] == ""


def test_the_limits_leave_room_for_reports_that_say_all_the_same() -> None:
    assert packing.BOMB_SIZE == 256 * 2**20
    report = b'{"messageId":"m-%07d","status":{"groupId":3,"id":5}}\n'
    same = b"".join(report % n for n in range(20_000))
    assert len(same) / len(gzip.compress(same, 9)) < packing.BOMB_RATIO / 10


# ZIP


def test_the_files_of_a_zip_are_its_members_in_order_by_name() -> None:
    files = {
        "b.ndjson": LINES,
        "inner/a.csv": b"x,y\n",
        "inner/deep/c.json.gz": gzip.compress(b"{}"),
    }
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        assert contents(packed(files, method)) == {
            "a.zip/b.ndjson": (LINES, ""),
            "a.zip/inner/a.csv": (b"x,y\n", ""),
            "a.zip/inner/deep/c.json.gz": (b"{}", ""),
        }


def test_folders_and_hidden_files_are_no_members() -> None:
    hidden = [".DS_Store", "__MACOSX/._a.json", "x/.git/a.json", "x/__pycache__/a", "folder/"]
    archive = packed({**dict.fromkeys(hidden, b""), "x/a.json": b"{}", "./y/../b.json": b"[]"})
    assert list(contents(archive)) == ["a.zip/x/a.json", "a.zip/y/../b.json"]


def test_names_are_shown_without_what_steers_a_terminal() -> None:
    names = ["a\x1b[31m\r\n\x07.json", "b\u202egpj.json", "/etc/passwd", "c:\\d\\e.csv", "f" * 999]
    found = list(contents(packed(dict.fromkeys(names, b"{}"))))
    assert found[:4] == [
        "a.zip/a?[31m???.json",
        "a.zip/b?gpj.json",
        "a.zip/etc/passwd",
        "a.zip/c:/d/e.csv",
    ]
    assert len(found[4]) < 250


def test_two_files_of_one_name_are_both_read() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("a.json", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            opened.writestr("a.json", b"2")
    found = members(archive, "a.zip")
    assert [each.open().read() for each in found] == [b"1", b"2"]


def test_members_are_opened_as_often_as_one_likes_and_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(packed({"a": LINES, "b": NOISE}))
    with path.open("rb") as file:
        for source in (path, file):
            first, second = members(source, "a.zip")
            one, two, again = first.open(), second.open(), first.open()
            start = one.read(1000)
            assert two.read() == NOISE
            assert start + one.read() == again.read() == LINES


def test_a_zip_within_a_zip_is_refused_and_a_workbook_is_not() -> None:
    book = packed({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})
    inner = packed({"c.json": b"{}"})
    archive = packed({"inner.zip": inner, "inner.zip.gz": gzip.compress(inner), "book.xlsx": book})
    refused = (b"", "a ZIP within a ZIP; unpack it first")
    assert contents(archive) == {
        "a.zip/inner.zip": refused,
        "a.zip/inner.zip.gz": refused,
        "a.zip/book.xlsx": (book, ""),
    }


def changed(archive: bytes, at: str, offset: int, value: int) -> bytes:
    """Write a two-byte *value* at the *offset* of the first header ("local", "directory")."""
    start = archive.index({"local": b"PK\3\4", "directory": b"PK\1\2"}[at]) + offset
    return archive[:start] + struct.pack("<H", value) + archive[start + 2 :]


def test_a_password_and_a_strange_method_are_told() -> None:
    archive = packed({"a.json": b"{}", "b.json": b"[]"})
    locked = contents(changed(archive, "directory", 8, 1))
    assert locked["a.zip/a.json"] == (b"", "it is protected by a password; unpack it first")
    assert locked["a.zip/b.json"] == (b"[]", "")
    strange = contents(changed(archive, "directory", 10, 97))
    assert strange["a.zip/a.json"][1].startswith("it is packed by a method (number 97)")
    lzma = contents(packed({"a.json": b"{}"}, zipfile.ZIP_LZMA))
    assert "(number 14)" in lzma["a.zip/a.json"][1]


def test_a_short_member_that_is_cut_off_loses_no_byte() -> None:
    archive = packed({"a.json": LINES[:40], "b.json.gz": gzip.compress(b"{}")[:-1]})
    found = contents(changed(archive, "directory", 20, 30))  # packed it takes more than 30 bytes
    there, problem = found["a.zip/a.json"]
    assert LINES.startswith(there)
    assert len(there) > 10
    assert problem == "it is cut off within its ZIP"
    assert found["a.zip/b.json.gz"] == (b"{}", "its gzip is cut off")


def test_a_wrong_checksum_or_size_is_told_and_costs_no_byte() -> None:
    archive = packed({"a.json": LINES})
    for offset in (16, 24):  # checksum, size
        there, problem = contents(changed(archive, "directory", offset, 77))["a.zip/a.json"]
        assert there == LINES
        assert problem == "it is corrupt: its ZIP says otherwise what it should be"


def test_a_member_that_is_damaged_gives_what_lies_before() -> None:
    archive = bytearray(packed({"a.json": LINES, "b.json": b"{}"}))
    middle = archive.index(b"b.json") // 2
    archive[middle : middle + 400] = b"\xff" * 400
    found = contents(bytes(archive))
    there, problem = found["a.zip/a.json"]
    assert "corrupt" in problem
    assert LINES.startswith(there[:5000])
    assert len(there) > 5000
    assert found["a.zip/b.json"] == (b"{}", "")


def streamed(files: dict[str, bytes]) -> bytes:
    """Pack a ZIP as a pipe gets it: the sizes follow the files."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise OSError

        def seek(self, *_: int) -> int:
            raise OSError

    archive = Pipe()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            with opened.open(name, "w") as file:
                file.write(content)
    return archive.getvalue()


@pytest.mark.parametrize("pack", [packed, streamed])
def test_of_a_zip_that_is_cut_off_the_members_are_read_as_far_as_they_go(pack: type) -> None:
    archive = bytes(pack({"a.json": b"{}", ".b": b"", "c.ndjson": LINES, "d.json": b"[]"}))
    assert contents(archive)["a.zip/d.json"] == (b"[]", "")
    found = contents(archive[: archive.index(b"d.json") - 2000])
    assert list(found) == ["a.zip/a.json", "a.zip/c.ndjson", "a.zip"]
    assert found["a.zip/a.json"] == (b"{}", "")
    there, problem = found["a.zip/c.ndjson"]
    assert LINES.startswith(there)
    assert len(there) > 100_000
    assert "cut off" in problem
    assert found["a.zip"] == (b"", zips.CUT_OFF)
    last = members(io.BytesIO(archive[:-3]), "a.zip")[-1]
    assert [last.open().problem for _ in range(2)] == [zips.CUT_OFF] * 2


@pytest.mark.parametrize("content", [b"", b"PK", b"{}", NOISE, b"PK\5\6" + bytes(5)])
def test_what_is_no_zip_raises(content: bytes) -> None:
    with pytest.raises(zipfile.BadZipFile):
        members(io.BytesIO(content), "a.zip")


@given(st.data())
def test_any_change_of_a_zip_gives_members_or_says_that_it_is_none(data: st.DataObject) -> None:
    archive = bytearray(packed({"a.json": LINES[:200], "b/c.json.gz": gzip.compress(b"{}")}))
    for _ in range(data.draw(st.integers(1, 4))):
        archive[data.draw(st.integers(0, len(archive) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = contents(bytes(archive))
    except zipfile.BadZipFile:
        return
    assert all(isinstance(problem, str) for _, problem in found.values())


def test_a_member_that_would_lie_before_its_zip_is_corrupt() -> None:
    archive = bytearray(packed({"a.json": LINES[:200]}))
    place = archive.rfind(b"PK\x05\x06") + 16  # of the directory, as the end record says it
    archive[place + 1] += 1
    [problem] = [problem for _, problem in contents(bytes(archive)).values() if problem]
    assert "it is not where the directory says" in problem


@pytest.mark.usefixtures("_low")
def test_bombs_in_a_zip_are_given_up() -> None:
    archive = packed({"a": bytes(30_000_000), "b.gz": gzip.compress(bytes(30_000_000)), "c": b"{}"})
    found = contents(archive)
    assert found["a.zip/a"][1] == found["a.zip/b.gz"][1] == packing.BOMB
    # large files beside it do not hide a bomb
    found = contents(packed({"noise": NOISE, "a": bytes(30_000_000)}))
    assert found == {"a.zip/noise": (NOISE, ""), "a.zip/a": (found["a.zip/a"][0], packing.BOMB)}


def overlapping(count: int, content: bytes, step: int = 1) -> bytes:
    """Pack a ZIP whose directory has one file many times, under names a *step* apart."""
    archive = packed({"000": content})
    start, end = archive.index(b"PK\1\2"), archive.index(b"PK\5\6")
    entry = archive[start:end]
    named = [entry.replace(b"000", b"%03d" % (place * step)) for place in range(count)]
    tail = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(entry) * count, start, 0)
    return archive[:start] + b"".join(named) + tail


@pytest.mark.usefixtures("_low")
def test_members_that_lie_upon_each_other_count_together() -> None:
    content = bytes(800_000)  # each of them is small enough
    assert contents(overlapping(1, content))["a.zip/000"] == (content, "")
    found = list(contents(overlapping(500, content)).values())
    assert found[0] == (content, "")
    assert found[-1][1] == packing.BOMB
    # 25 KB of directory allow 300 times as much
    assert sum(len(there) for there, _ in found) < 300 * len(overlapping(500, content)) + 1_000_000


def test_a_file_that_the_directory_describes_twice_is_one() -> None:
    (member,) = members(io.BytesIO(overlapping(500, LINES, step=0)), "a.zip")
    assert member.open().read() == LINES


def test_without_a_directory_that_can_be_read_files_are_found_by_their_headers() -> None:
    archive = changed(packed({"a.json": LINES}), "directory", 8, 0x800)
    nonsense = archive[:-40] + archive[-40:].replace(b"a.json", b"\xff.json")
    assert archive != nonsense
    assert contents(nonsense) == {"a.zip/a.json": (LINES, ""), "a.zip": (b"", zips.CUT_OFF)}


@pytest.mark.usefixtures("_low")
def test_reading_a_member_again_and_again_makes_no_bomb() -> None:
    member = members(io.BytesIO(packed({"a": bytes(900_000)})), "a.zip")[0]
    assert {member.open().read() == bytes(900_000) for _ in range(5)} == {True}
    assert member.open().problem == ""


def test_opening_thousands_of_members_reads_the_directory_once(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    path.write_bytes(packed({f"{n}.json": b"{}" for n in range(3000)}, zipfile.ZIP_STORED))

    class Counting(io.BytesIO):
        given = 0

        def read(self, size: int | None = -1) -> bytes:
            block = super().read(size)
            Counting.given += len(block)
            return block

    found = members(Counting(path.read_bytes()), "many.zip")
    assert all(each.open().read() == b"{}" for each in found)
    assert len(found) == 3000
    assert Counting.given < 2 * os.path.getsize(path)


def test_closing_a_stream_closes_what_it_reads_from() -> None:
    closed = []

    def blocks() -> Iterator[bytes]:
        try:
            yield b"first"
            yield b"second"
        finally:
            closed.append(True)

    stream = Unpacked(blocks())
    assert stream.peek(5) == b"first"
    assert not closed
    stream.close()
    assert closed


def test_a_stream_is_an_open_file_like_others() -> None:
    stream = unpacked(io.BytesIO(b"{}"))
    assert isinstance(stream, Unpacked)
    assert (stream.readable(), stream.seekable(), stream.writable()) == (True, False, False)


# workbooks among them


def test_workbooks_are_told_from_other_archives(tmp_path: Path) -> None:
    book = packed({"docProps/app.xml": b"", "xl/workbook.xml": b"", "[Content_Types].xml": b""})
    binary = packed({"[Content_Types].xml": b"", "xl/workbook.bin": b""})
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    other = [
        packed({"a.json": b"{}"}),
        b"",
        b"{}",
        packed({"[Content_Types].xml": b"", "word/d": b""}),
    ]
    for content in (book, binary, old, book[:-9]):
        assert is_workbook(io.BytesIO(content))
    for content in (*other, other[0][:-9]):
        assert not is_workbook(io.BytesIO(content))
    path = tmp_path / "book"
    path.write_bytes(book)
    assert is_workbook(path)


def test_a_file_that_was_looked_at_keeps_its_place() -> None:
    file = io.BytesIO(packed({"xl/a": b"", "[Content_Types].xml": b""}))
    file.seek(5)
    assert is_workbook(file)
    assert file.tell() == 5
