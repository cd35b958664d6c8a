"""Bad input: what can be read is read, the rest is set aside and counted, and nothing hangs."""

import gzip
import io
import json
import os
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import infobip_analytics as ia
from infobip_analytics.cli import main
from infobip_analytics.errors import InfobipAnalyticsError, InfobipAnalyticsWarning, SourceError
from infobip_analytics.sources import blocks, gathered, json_lines
from infobip_analytics.sources.blocks import lines_of
from infobip_analytics.sources.broken_json import entries_of, values_of

HEADINGS = "customer_id,timestamp,action_type,status,campaign_name,recipient,message_id\n"
DEEP = '{"messageId": "m-9", "callbackData": ' + "[" * 100_000 + "]" * 100_000 + "}"
STEERING = "\x1b]0;owned\x07\x9b31m\u202e"


def report(number: int, **more: Any) -> str:
    """One delivery report as a line of JSON."""
    fields = {
        "messageId": f"m-{number}",
        "to": f"4477009{number:05}",
        "sentAt": "2026-03-02T09:00:00.000+0000",
        "status": {"groupName": "DELIVERED", "name": "DELIVERED_TO_HANDSET", "id": 5},
    }
    return json.dumps(fields | more)


def event(number: int, name: str = "Spring") -> str:
    """One campaign event as a line of CSV."""
    return f"c-{number},{1772442000 + number},sms,delivered,{name},4477009{number:05},m-{number}\n"


def page(*entries: str) -> str:
    """An answer of the API with these entries."""
    return '{"results": [' + ",".join(entries) + "]}"


Aside = list[tuple[int | None, str]]


def read(path: Path, reader: Callable[..., Any] = ia.read) -> tuple[list[str], Aside]:
    """The message ids that are read, and line and reason of what is set aside."""
    ledger = path.with_name("set_aside.ndjson")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InfobipAnalyticsWarning)
        found = reader(path, on_bad=str(ledger))
    aside = [json.loads(line) for line in ledger.read_text("utf-8").split("\n") if line]
    assert found.is_empty() or found["set_aside"].to_list() == [len(aside)] * len(found)
    return found["message_id"].to_list(), [(row["line"], row["reason"]) for row in aside]


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    """Write a file of its own folder."""

    def write(content: str | bytes, name: str = "export") -> Path:
        raw = content.encode() if isinstance(content, str) else content
        (tmp_path / name).write_bytes(raw)
        return tmp_path / name

    return write


Put = Callable[..., Path]

NO_JSON = "it is no JSON, or cut off"
TOO_DEEP = "its JSON is nested too deeply"
DIGITS = "a number in it has more digits than can be read"

GOOD = [report(0), report(1)]
BROKEN = {
    "no JSON": ('{"messageId": oops}', NO_JSON),
    "brackets": (DEEP, TOO_DEEP),
    "digits": (report(9)[:-1] + ', "messageCount": ' + "9" * 5000 + "}", DIGITS),
    "a number": ("5", "no JSON object"),
    "no id": ("{}", "no message id"),
}


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize(
    "layout",
    [
        "\n".join,
        lambda lines: ",\n".join(lines) + ",",
        lambda lines: "[" + ",".join(lines) + "]",
        lambda lines: page(*lines),
        lambda lines: page(*lines) + "\n" + page(report(7)),
    ],
    ids=["NDJSON", "commas", "list", "page", "NDJSON of pages"],
)
def test_one_broken_report_costs_no_other(
    put: Put, kind: str, layout: Callable[[list[str]], str]
) -> None:
    broken, why = BROKEN[kind]
    ids, aside = read(put(layout([GOOD[0], broken, GOOD[1]])))
    assert [each for each in ids if each != "m-7"] == ["m-0", "m-1"]
    assert [reason for _, reason in aside] == [why]


@pytest.mark.parametrize("strange", ["NaN", '"\\ud83d"', "1e999", '"\\u0000"'])
def test_what_strict_readers_refuse_is_read_where_it_is_but_a_field(put: Put, strange: str) -> None:
    odd = report(9)[:-1] + f', "callbackData": {strange}}}'
    assert read(put(page(GOOD[0], odd, GOOD[1]))) == (["m-0", "m-9", "m-1"], [])


@pytest.mark.parametrize("between", ["", "\n", ",\n", "\r", "\x1e", " \t"])
def test_bodies_that_were_put_one_after_the_other_are_all_read(put: Put, between: str) -> None:
    first, second = page(GOOD[0]), page(GOOD[1])
    assert read(put(first + between + second))[0] == ["m-0", "m-1"]
    assert read(put(GOOD[0] + between + GOOD[1]), ia.read_delivery_reports)[0] == ["m-0", "m-1"]


def test_a_page_that_is_cut_off_gives_its_whole_entries_and_one_reason(put: Put) -> None:
    whole = page(*GOOD)
    for end in range(len(GOOD[0]) + 15, len(whole) - 1, 3):
        ids, aside = read(put(whole[:end]))
        assert (ids, len(aside)) in ((["m-0"], 1), (["m-0", "m-1"], 1)), whole[:end]


def test_brackets_and_quotes_tell_where_values_end() -> None:
    assert values_of(b'{"a": "}"} {"b": [1]},3') == [b'{"a": "}"}', b'{"b": [1]}', b"3"]
    assert entries_of(b'{"results": [{"a": 1}, 2, {"b": ') == ([b'{"a": 1}', b"2", b'{"b":'], True)
    assert entries_of(b'[{"a": 1},') == ([b'{"a": 1}', b"["], True)


def test_nul_bytes_among_text_cost_their_own_line_only(put: Put) -> None:
    ids, aside = read(put("\n".join([*GOOD, '{"messageId": "a\0b"}', report(2)])))
    assert (ids, aside) == (["m-0", "m-1", "m-2"], [(3, NO_JSON)])
    assert read(put("\n".join(GOOD) + "\n" + "\0" * 5000)) == (["m-0", "m-1"], [(3, NO_JSON)])


def test_a_quote_that_is_never_closed_costs_its_own_line_only(put: Put) -> None:
    lines = [event(0), event(1, '"Spring'), event(2), event(3)]
    assert read(put(HEADINGS + "".join(lines))) == (
        ["m-0", "m-2", "m-3"],
        [(3, "a quote in it is never closed")],
    )


def test_two_quotes_that_are_never_closed_swallow_nothing_between_them(put: Put) -> None:
    lines = [event(0), event(1, '"Spring'), event(2), event(3, '"Spring'), event(4)]
    ids, aside = read(put(HEADINGS + "".join(lines)))
    assert ids == ["m-0", "m-2", "m-4"]
    assert [line for line, _ in aside] == [3, 5]


def test_a_quote_within_a_value_is_a_quote(put: Put) -> None:
    assert read(put(HEADINGS + event(0, '5" sale') + event(1))) == (["m-0", "m-1"], [])


def test_headings_with_a_quote_that_is_never_closed_are_refused(put: Put) -> None:
    path = put(HEADINGS.replace("status", '"status') + event(0) + event(1))
    with pytest.raises(SourceError, match="7 values under 4 headings"):
        ia.read_campaign_events(path)


@pytest.mark.parametrize("told", ["sep=;\n", 'sep="\n', "sep=é\n", "sep=,\r\n"])
def test_a_wrong_word_on_the_separator_is_not_believed(put: Put, told: str) -> None:
    assert read(put(told + HEADINGS + event(0) + event(1)))[0] == ["m-0", "m-1"]


def test_lines_that_end_as_on_old_macs_are_lines(put: Put) -> None:
    text = HEADINGS + event(0) + event(1)
    assert read(put(text.replace("\n", "\r")))[0] == ["m-0", "m-1"]


def test_a_byte_that_is_no_utf8_does_not_spoil_the_letters_of_other_lines(put: Put) -> None:
    text = (HEADINGS + event(0, "Léto") + event(1, "?")).encode().replace(b"?", b"\xe9")
    with pytest.warns(InfobipAnalyticsWarning, match="read as Windows-1252"):
        events = ia.read_campaign_events(put(text))
    assert events["campaign_name"].to_list() == ["Léto", "é"]


def test_the_last_row_of_a_csv_that_is_cut_off_is_no_row(put: Put) -> None:
    packed = gzip.compress((HEADINGS + "".join(map(event, range(3000)))).encode())
    ids, aside = read(put(packed[: len(packed) // 2]))
    assert ids == [f"m-{place}" for place in range(len(ids))]
    assert aside == [(len(ids) + 2, "its gzip is cut off")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ((HEADINGS + event(0)).encode("utf-16-le"), "UTF-16 without its mark"),
        ((HEADINGS + event(0)).encode("utf-32"), "UTF-32"),
        (b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\n", "to be read by people"),
        (b"PK\5\6" + bytes(18), "a ZIP without any file in it"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "neither JSON"),
        (bytes(5000), "nothing but zero bytes"),
        (b"\xef\xbb\xbf", "it is empty"),
    ],
)
def test_what_is_no_export_is_called_what_it_is(put: Put, content: bytes, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        ia.read(put(content))


def test_a_pipe_is_refused_and_in_a_folder_passed_over(put: Put, tmp_path: Path) -> None:
    folder = put("\n".join(GOOD)).parent
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="a pipe or a device"):
        ia.read(tmp_path / "pipe")
    assert len(ia.read(folder)) == len(ia.read(str(folder / "*p*"))) == 2


def test_a_link_that_leads_nowhere_is_a_file_that_is_missing(put: Put, tmp_path: Path) -> None:
    folder = put("\n".join(GOOD)).parent
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(folder)
    with pytest.warns(InfobipAnalyticsWarning, match=r"gone\.json: No such file"):
        assert len(ia.read(folder)) == 2


def test_a_line_that_is_too_long_costs_no_line_before_or_after_it() -> None:
    stream = io.BytesIO(b"a\nb\n" + b"x" * 50 + b"\nc\n")
    found = list(lines_of(stream, size=6, longest=20))
    assert [(each.first, each.text) for each in found] == [(1, b"a\nb\n"), (3, b""), (4, b"c\n")]
    assert found[1].problem == "a line of more than 20 bytes"


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"requestError": {"serviceException": {"messageId": STEERING, "text": "no"}}}),
        f"{STEERING},b\n1,2\n",
        "{broken",
    ],
    ids=["an error of the API", "headings", "a name"],
)
def test_no_message_steers_a_terminal(
    put: Put, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(content, f"export{STEERING}\n.json")
    with pytest.raises(SourceError) as caught:
        ia.read_delivery_reports(path)
    assert str(caught.value).isprintable()
    assert main(["rates", str(put(content))]) == 1
    assert capsys.readouterr().err.strip().isprintable()


def test_what_is_set_aside_is_kept_also_of_a_file_with_a_name_of_any_bytes(
    put: Put, tmp_path: Path
) -> None:
    put("\n".join(GOOD), "good")
    (tmp_path / os.fsdecode(b"bad\xff.json")).write_bytes(b'{"messageId": oops}')
    ledger = tmp_path.parent / "kept.ndjson"
    with pytest.warns(InfobipAnalyticsWarning, match="1 row of 1 file could not be read and was"):
        ia.read_delivery_reports(tmp_path, on_bad=str(ledger))
    assert json.loads(ledger.read_text("utf-8"))["file"].endswith("bad\\xff.json")


def test_two_files_of_which_one_breaks_are_both_counted(put: Put) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("a.json", page(*GOOD))
        packed.writestr("b.ndjson", "\n".join([report(2), "{broken", report(3)]))
    ids, aside = read(put(archive.getvalue()))
    assert (ids, aside) == (["m-0", "m-1", "m-2", "m-3"], [(2, NO_JSON)])


# --- wherever the borders between blocks fall ---------------------------------------------------

SEEDS: dict[str, bytes] = {
    "ndjson": "\n".join(report(n, callbackData="é✓" * n) for n in range(6)).encode(),
    "page": page(*map(report, range(6))).encode(),
    "pages": "\n".join(page(report(n), report(n + 1)) for n in range(4)).encode(),
    "csv": (HEADINGS + "".join(event(n, '"Spr\ning, ""é"""') for n in range(6))).encode(),
    "events": json.dumps(
        {
            "customer_ids": {"registered": "c-1"},
            "response": {"success": True, "data": [{"timestamp": 1772442000, "properties": {}}]},
        }
    ).encode(),
    "gzip": gzip.compress("\n".join(GOOD).encode()),
}


def in_small_blocks(size: int) -> pytest.MonkeyPatch:
    """Let blocks be of *size* bytes; to be undone."""
    patch = pytest.MonkeyPatch()
    for module in (blocks, gathered, json_lines):
        patch.setattr(module, "SIZE", size)
    patch.setattr(lines_of, "__defaults__", (size, blocks.LONGEST))
    return patch


@given(st.data())
def test_good_lines_are_read_in_order_whatever_the_blocks(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("lines") / "export.ndjson"
    bad = st.sampled_from(["{broken", "5", '"é', "[", "{}", "\xff"])
    kinds = data.draw(st.lists(st.one_of(st.none(), bad), min_size=1, max_size=12))
    lines = [report(n, callbackData="é✓") if b is None else b for n, b in enumerate(kinds)]
    path.write_text("\n".join([report(99), *lines]) + "\n", "utf-8")
    patch = in_small_blocks(data.draw(st.integers(1, 400)))
    try:
        ids, aside = read(path, ia.read_delivery_reports)
    finally:
        patch.undo()
    assert ids == ["m-99", *(f"m-{n}" for n, b in enumerate(kinds) if b is None)]
    assert [line for line, _ in aside] == [
        n + 2 for n, b in enumerate(kinds) if b is not None and b != "["
    ] or "[" in kinds


@given(
    names=st.lists(st.text(st.sampled_from('aé,";\n\r✓ '), max_size=6), min_size=1, max_size=9),
    size=st.integers(1, 200),
)
def test_a_csv_is_read_the_same_whatever_the_blocks(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], size: int
) -> None:
    path = tmp_path_factory.mktemp("csv") / "export.csv"
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    path.write_text(HEADINGS + "".join(map(event, range(len(names)), quoted)), "utf-8", newline="")
    patch = in_small_blocks(size)
    try:
        small = ia.read_campaign_events(path)
    finally:
        patch.undo()
    assert small["message_id"].to_list() == [f"m-{n}" for n in range(len(names))]
    assert_frame_equal(small, ia.read_campaign_events(path))


SPLICES = [b"\0", b"\n", b"\r", b'"', b",", b"{", b"}", b"[", b"]", b"\xff", b"\xef\xbb\xbf"]
SPLICES += [b"\\ud83d", b"NaN", b"9" * 400, b"[" * 1200, b"(line)", b'"status":[],', b"results"]


@given(st.data())
def test_whatever_is_done_to_a_file_only_our_errors_and_warnings_come_of_it(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    raw = bytearray(data.draw(st.sampled_from(list(SEEDS.values()))))
    for _ in range(data.draw(st.integers(1, 4))):
        begin = data.draw(st.integers(0, max(0, len(raw) - 1)))
        end = begin + data.draw(st.sampled_from([0, 1, 7, 80, 10_000]))
        again = data.draw(st.sampled_from([bytes(raw[begin:end]) * 2, *SPLICES, b""]))
        raw[begin:end] = again
    path = tmp_path_factory.mktemp("fuzz") / "export"
    path.write_bytes(raw)
    reader = data.draw(
        st.sampled_from([ia.read, ia.read_delivery_reports, ia.read_campaign_events])
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", InfobipAnalyticsWarning)
        try:
            found = reader(path, on_bad=str(path.with_name("aside.ndjson")))
        except InfobipAnalyticsError as error:
            said = str(error)
        else:
            said = ""
            kept = path.with_name("aside.ndjson").read_text("utf-8").split("\n")
            count = len([json.loads(line) for line in kept if line])
            assert found.is_empty() or found["set_aside"][0] == count
    assert said.isprintable()


@pytest.mark.filterwarnings("ignore::infobip_analytics.errors.InfobipAnalyticsWarning")
@pytest.mark.parametrize("status", ['"x"', '""', "5", "true", "[1]", "null"])
@pytest.mark.parametrize("together", ["an answer", "lines"])
def test_a_row_with_an_odd_status_takes_nobody_elses(
    status: str, together: str, tmp_path: Path
) -> None:
    odd = f'{{"messageId": "m-2", "status": {status}}}'
    entries = [report(1), odd, '"y"', report(3)]
    path = tmp_path / "some.json"
    answer = f'{{"results": [{", ".join(entries)}]}}'
    path.write_text(answer if together == "an answer" else "\n".join(entries), "utf-8")
    read = ia.read_delivery_reports(path)
    others = read.filter(read["message_id"] != "m-2")
    assert others.select("message_id", "status_id", "status_group").rows() == [
        ("m-1", 5, "DELIVERED"),
        ("m-3", 5, "DELIVERED"),
    ]
