"""What a user may point at, and what is made of it: documents, their format, rows set aside."""

import gzip
import io
import json
import os
from pathlib import Path

import polars as pl
import pytest

from infobip_analytics.errors import SourceError
from infobip_analytics.infobip.reader import read_delivery_reports
from infobip_analytics.reading import kind_of, read, sort_sources
from infobip_analytics.sources.documents import documents
from infobip_analytics.sources.fields import spelled
from infobip_analytics.sources.from_csv import csv_texts

REPORT = {
    "messageId": "m-1",
    "to": "447700900101",
    "sentAt": "2026-03-02T09:00:00.120+0000",
    "status": {"groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET"},
}
PAGE = {"results": [REPORT]}
EVENTS = "registered,timestamp,action_type,status\nc-1,1772442000,sms,enqueued\n"


def text_of(value: object) -> str:
    return json.dumps(value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pages, one of them in a folder below, and a hidden file."""
    (tmp_path / "b.json").write_text(text_of(PAGE))
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "first.json").write_text(text_of(PAGE).replace("m-1", "m-0"))
    (tmp_path / ".hidden.json").write_text(text_of(PAGE))
    return tmp_path


def test_a_folder_is_read_with_all_below_it_but_hidden_files_in_order(folder: Path) -> None:
    assert read_delivery_reports(folder)["message_id"].to_list() == ["m-0", "m-1"]


def test_a_glob_a_list_and_an_open_file_are_sources_too(folder: Path) -> None:
    ids = ["m-0", "m-1"]
    assert read_delivery_reports(f"{folder}/**/*.json")["message_id"].to_list() == ids
    assert (
        read_delivery_reports([folder / "a", str(folder / "b.json")])["message_id"].to_list() == ids
    )
    with (folder / "b.json").open() as text, (folder / "b.json").open("rb") as binary:
        assert read_delivery_reports(text).equals(read_delivery_reports(binary))


def test_a_file_whose_name_looks_like_a_glob_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "page[1].json").write_text(text_of(PAGE))
    assert len(read_delivery_reports(tmp_path / "page[1].json")) == 1


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("nowhere.json", "there is no file or folder 'nowhere.json'"),
        ("nowhere/*.json", "no file matches 'nowhere/\\*.json'"),
        ([], "an empty list is no source"),
        ('{"results": []}', "json.loads"),
        (f'[{{"a": "{"x" * 5000}"}}]', "json.loads"),
        ("x" * 5000, "there is no file or folder"),
        ("a\0b", "there is no file or folder"),
        (b"{}", "bytes are no source"),
        (5, "of the type int"),
        (pl.DataFrame({"message_id": ["m-1"]}), "this is a frame already"),
    ],
)
def test_what_is_no_source_is_answered_with_a_way_out(source: object, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        documents(source)


def test_a_folder_without_a_file_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no file in it"):
        documents(tmp_path)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (text_of(PAGE), "json"),
        (json.dumps(PAGE, indent=2), "json"),
        ("[\n{}\n]", "json"),
        (f"{text_of(REPORT)}\n{text_of(REPORT)}\n", "ndjson"),
        (f"not a report\n{text_of(REPORT)}\n", "ndjson"),
        (EVENTS, "csv"),
        ("\ufeffcustomer;status\n", "csv"),
        ("", "unreadable"),
        ("  \n", "unreadable"),
        ("<results/>", "unreadable"),
        ("\0\1\2", "unreadable"),
        ("PK\3\4", "unreadable"),
    ],
)
def test_the_content_tells_the_format_whatever_the_file_is_called(
    tmp_path: Path, content: str, kind: str
) -> None:
    (tmp_path / "export.dat").write_text(content, encoding="utf-8")
    assert [each.format for each in documents(tmp_path)] == [kind]


def test_gzip_is_unpacked_wherever_it_comes_from(tmp_path: Path) -> None:
    (tmp_path / "reports.json.gz").write_bytes(gzip.compress(text_of(PAGE).encode()))
    from_file = read_delivery_reports(tmp_path)
    from_open_file = read_delivery_reports(io.BytesIO(gzip.compress(text_of(PAGE).encode())))
    assert from_file["message_id"].to_list() == from_open_file["message_id"].to_list() == ["m-1"]


def test_a_gzip_that_is_cut_off_is_set_aside_with_its_reason(tmp_path: Path) -> None:
    packed = gzip.compress(os.urandom(100).hex().encode())
    (tmp_path / "reports.json.gz").write_bytes(packed[:-20])
    with pytest.raises(SourceError, match="its gzip is cut off"):
        read_delivery_reports(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_set_aside_with_its_reason(tmp_path: Path) -> None:
    locked = tmp_path / "reports.json"
    locked.write_text(text_of(PAGE))
    locked.chmod(0)
    with pytest.raises(SourceError, match="no permission to read it"):
        read_delivery_reports(locked)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_csv_is_read_whatever_its_separator_line_ends_and_mark(
    separator: str, line_end: str, mark: str
) -> None:
    rows = [["registered", "note"], ["c-1", f'"a{separator}b"'], ["c-2", '"two\nlines"']]
    text = mark + "".join(separator.join(row) + line_end for row in rows)
    made = next(csv_texts(documents(io.BytesIO(text.encode()))[0])).rows
    assert made["registered"].to_list() == ["c-1", "c-2"]
    assert made["note"].to_list() == [f"a{separator}b", "two\nlines"]


def test_a_csv_may_begin_with_the_separator_for_excel() -> None:
    made = next(csv_texts(documents(io.StringIO("sep=;\nregistered;a,b\nc-1;x\n"))[0])).rows
    assert made.drop("(line)").to_dicts() == [{"registered": "c-1", "a,b": "x"}]


def test_lines_of_a_csv_are_counted_with_those_within_values_and_blank_ones() -> None:
    text = 'registered,note\nc-1,"two\nlines"\n\nc-2,x\n'
    assert next(csv_texts(documents(io.StringIO(text))[0])).rows["(line)"].to_list() == [2, 5]


def test_a_row_with_too_many_values_is_set_aside_and_the_others_are_read() -> None:
    text = "registered,note\nc-1,x\nc-2,y,z\nc-3,\n"
    made = next(csv_texts(documents(io.StringIO(text))[0]))
    assert made.rows["registered"].to_list() == ["c-1", "c-3"]
    assert [(each.line, each.reason) for each in made.set_aside] == [
        (3, "it has 3 values under 2 headings")
    ]


def test_text_that_is_not_utf8_is_read_as_windows_1252_and_that_is_said() -> None:
    made = next(
        csv_texts(documents(io.BytesIO("registered,name\nc-1,Žaneta\n".encode("cp1252")))[0])
    )
    assert made.rows["name"].to_list() == ["Žaneta"]
    assert "read as Windows-1252" in made.assumed[0]


def test_headings_are_known_without_regard_to_case_spaces_and_underscores() -> None:
    known = ["messageId", "sent_at"]
    assert spelled(["Message ID", "Sent At", "Other"], known) == {
        "Message ID": "messageId",
        "Sent At": "sent_at",
        "Other": "Other",
    }


def test_a_heading_that_is_exact_keeps_its_name_from_one_that_only_looks_like_it() -> None:
    assert spelled(["Message ID", "messageId"], ["messageId"]) == {
        "Message ID": "Message ID",
        "messageId": "messageId",
    }


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (text_of(PAGE), "delivery_reports"),
        (text_of({"results": []}), "delivery_reports"),
        (text_of({"requestError": {"serviceException": {}}}), "delivery_reports"),
        ("message_id,status_group\nm-1,DELIVERED\n", "delivery_reports"),
        (EVENTS, "campaign_events"),
        ("properties.status;properties.campaign_id\nenqueued;1\n", "campaign_events"),
        (text_of([{"customer_id": "c-1", "timestamp": 1, "status": "x"}]), "campaign_events"),
        (text_of({"header": [], "rows": []}), "campaign_events"),
    ],
)
def test_the_kind_of_a_source_is_told_by_its_fields(
    tmp_path: Path, content: str, kind: str
) -> None:
    (tmp_path / "export").write_text(content)
    assert kind_of(tmp_path) == kind


def test_parsed_json_and_parquet_tell_their_kind_too(tmp_path: Path) -> None:
    read_delivery_reports(PAGE).write_parquet(tmp_path / "reports.parquet")
    assert kind_of(PAGE) == kind_of(tmp_path / "reports.parquet") == "delivery_reports"


def test_read_takes_the_reader_that_fits() -> None:
    assert read(PAGE)["message_id"].to_list() == ["m-1"]
    assert read(io.StringIO(EVENTS))["customer"].to_list() == ["c-1"]


def test_both_kinds_in_one_source_are_refused_with_the_names_of_the_files(folder: Path) -> None:
    (folder / "events.csv").write_text(EVENTS)
    with pytest.raises(SourceError, match=r"campaign events in \S*events\.csv"):
        read(folder)


def test_neither_kind_is_refused_with_what_was_found_and_what_was_expected() -> None:
    with pytest.raises(SourceError, match=r"neither .* it has colour, size. Expected: "):
        read(io.StringIO("colour,size\nred,1\n"))


def test_sources_are_sorted_by_kind_and_strays_go_along_with_a_known_kind(folder: Path) -> None:
    (folder / "README.txt").write_text("An export of March.\n")
    (folder / "events.csv").write_text(EVENTS)
    found = sort_sources([folder / "b.json", folder / "README.txt", str(folder / "events.csv")])
    names = {kind: [Path(each.name).name for each in its] for kind, its in found.items()}
    assert names == {
        "delivery_reports": ["b.json", "README.txt"],
        "campaign_events": ["events.csv"],
    }
