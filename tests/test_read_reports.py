"""Delivery reports and logs of every documented shape, read as they arrived, in our names."""

import io
import json
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from infobip_analytics.errors import ArgumentError, AssumptionWarning, SetAsideWarning, SourceError
from infobip_analytics.frames import DELIVERY_REPORTS
from infobip_analytics.infobip.reader import read_delivery_reports
from infobip_analytics.infobip.rows import delivery_reports, texts_by_column
from infobip_analytics.infobip.shapes import ENVELOPE
from infobip_analytics.reading import read as read_any
from infobip_analytics.sources.documents import documents
from infobip_analytics.sources.from_json import _at_once, _by_value
from infobip_analytics.sources.json_lines import Block, blocks

V3_REPORT: dict[str, Any] = {
    "bulkId": "b-1",
    "price": {"pricePerMessage": 0.0321, "currency": "EUR"},
    "status": {"groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET"},
    "error": {"groupId": 0, "groupName": "OK", "id": 0, "name": "NO_ERROR", "permanent": False},
    "messageId": "m-1",
    "to": "447700900101",
    "sender": "ExampleShop",
    "sentAt": "2026-03-02T09:00:00.120+0000",
    "doneAt": "2026-03-02T10:00:03.482+0100",
    "messageCount": 2,
    "mccMnc": "23410",
    "callbackData": "c-1",
    "campaignReferenceId": "spring",
}
V1_REPORT: dict[str, Any] = {
    "bulkId": "b-1",
    "messageId": "m-2",
    "to": "447700900102",
    "from": "ExampleShop",
    "sentAt": "2024-01-15T10:00:00.000+0100",
    "doneAt": "2024-01-15T10:00:04.212+0100",
    "smsCount": 1,
    "mccMnc": "23410",
    "price": {"pricePerMessage": 0, "currency": "EUR"},
    "status": {"groupId": 5, "groupName": "REJECTED", "id": 6, "name": "REJECTED_NETWORK"},
    "error": {"groupId": 0, "groupName": "Ok", "id": 0, "name": "NO_ERROR", "permanent": False},
}
V3_LOG: dict[str, Any] = {
    "sender": "ExampleShop",
    "destination": "447700900103",
    "messageId": "m-3",
    "sentAt": "2026-03-04T12:00:00.000+0000",
    "status": {"groupId": 1, "groupName": "PENDING", "id": 26, "name": "PENDING_ACCEPTED"},
    "content": {"text": "Your parcel is on its way."},
}
V1_LOG = {**V1_REPORT, "text": "Sale"}
MMS_LOG = {**V3_LOG, "title": "New", "content": {"title": "New", "messageSegments": []}}
CLICK = {"notificationType": "CLICKED", "recipient": "447700900161", "messageId": "m-9"}
INBOUND = {"messageId": "m-8", "from": "447700900151", "to": "447700900999", "keyword": "STOP"}
ONE_ROW = ["m-1"]


def read(*entries: Any, **options: Any) -> pl.DataFrame:
    made: pl.DataFrame = read_delivery_reports({"results": list(entries)}, **options)
    return made


def only(*entries: Any) -> dict[str, Any]:
    return read(*entries).row(0, named=True)


def ndjson(*values: Any) -> io.StringIO:
    return io.StringIO("".join(f"{json.dumps(value)}\n" for value in values))


def test_a_v3_report_is_read_field_by_field() -> None:
    assert only(V3_REPORT) == {
        "message_id": "m-1",
        "bulk_id": "b-1",
        "record": "report",
        "channel": "sms",
        "sender": "ExampleShop",
        "recipient": "447700900101",
        "sent_at": datetime(2026, 3, 2, 9, 0, 0, 120_000, tzinfo=UTC),
        "done_at": datetime(2026, 3, 2, 9, 0, 3, 482_000, tzinfo=UTC),
        "received_at": None,
        "parts": 2,
        "price": 0.0321,
        "currency": "EUR",
        "network": "23410",
        "status_id": 5,
        "status_name": "DELIVERED_TO_HANDSET",
        "status_group": "DELIVERED",
        "error_id": 0,
        "error_name": "NO_ERROR",
        "error_group": "OK",
        "permanent": False,
        "campaign_reference": "spring",
        "callback_data": "c-1",
        "set_aside": 0,
    }


def test_older_names_of_the_same_fields_are_read_alike() -> None:
    made = only(V1_REPORT)
    assert (made["sender"], made["recipient"], made["parts"]) == ("ExampleShop", "447700900102", 1)
    assert (made["price"], made["error_group"]) == (0.0, "Ok")


@pytest.mark.parametrize(
    ("entry", "record", "channel"),
    [
        (V3_REPORT, "report", "sms"),
        (V1_REPORT, "report", "sms"),
        (V3_LOG, "log", "sms"),
        ({**V3_LOG, "content": {}}, "log", "sms"),
        ({key: value for key, value in V3_LOG.items() if key != "content"}, "log", "sms"),
        (V1_LOG, "log", "sms"),
        (MMS_LOG, "log", "mms"),
        ({**V1_REPORT, "mmsCount": 1}, "report", "mms"),
        ({**V3_REPORT, "error": {"id": 15019, "permanent": True}}, "report", "mms"),
        ({**V3_REPORT, "channel": "SMS", "destination": "1", "event": "DELIVERY"}, "report", "sms"),
        ({**V3_REPORT, "channel": "MMS"}, "report", "mms"),
    ],
)
def test_the_shape_tells_logs_from_reports_and_mms_from_sms(
    entry: dict[str, Any], record: str, channel: str
) -> None:
    made = only(entry)
    assert (made["record"], made["channel"]) == (record, channel)


@pytest.mark.parametrize(
    "source",
    [
        V3_REPORT,
        [V3_REPORT],
        {"results": [V3_REPORT]},
        [{"results": []}, {"results": [V3_REPORT]}],
        io.StringIO(json.dumps({"results": [V3_REPORT]}, indent=1)),
        io.StringIO(json.dumps([V3_REPORT])),
        io.BytesIO(b"\xef\xbb\xbf" + json.dumps(V3_REPORT).encode()),
        io.BytesIO(json.dumps({"results": [V3_REPORT]}).encode("utf-16")),
        ndjson(V3_REPORT),
        ndjson({"results": []}, {"results": [V3_REPORT]}),
    ],
)
def test_the_same_report_is_read_from_every_envelope(source: Any) -> None:
    assert_frame_equal(read_delivery_reports(source), read(V3_REPORT))


def test_lines_may_be_reports_and_pages_by_turns() -> None:
    made = read_delivery_reports(ndjson(V3_REPORT, {"results": [V1_REPORT, V3_LOG]}, V1_LOG))
    assert made["message_id"].to_list() == ["m-1", "m-2", "m-3", "m-2"]


def test_ids_are_text_digit_by_digit_however_long_they_are() -> None:
    digits = "12345678901234567890123456789"
    lines = io.StringIO(f'{{"messageId": {digits}, "mccMnc": 23410}}\n' * 2)
    for source in (lines, {"messageId": int(digits), "mccMnc": 23410}):
        made = read_delivery_reports(source).row(0, named=True)
        assert (made["message_id"], made["network"]) == (digits, "23410")


def test_a_whole_number_is_the_same_id_with_and_without_its_point() -> None:
    for source in ({"messageId": 17.0}, io.StringIO('{"messageId": 17.0}')):
        assert read_delivery_reports(source)["message_id"].to_list() == ["17"]


def test_rows_before_the_place_where_a_list_is_cut_off_are_read() -> None:
    text = "[\n" + f"{json.dumps(V3_REPORT)},\n" * 2 + json.dumps(V1_REPORT)[:50]
    with pytest.warns(SetAsideWarning, match="1 row of 1 file"):
        assert len(read_delivery_reports(io.StringIO(text))) == 2


def test_json_that_is_not_utf8_is_read_and_that_is_said() -> None:
    raw = json.dumps({**V3_REPORT, "sender": "Café"}, ensure_ascii=False).encode("cp1252")
    with pytest.warns(AssumptionWarning, match="read as Windows-1252"):
        assert read_delivery_reports(io.BytesIO(raw))["sender"].to_list() == ["Café"]


def test_unknown_codes_and_fields_are_kept_and_ignored() -> None:
    status = {"groupId": 99, "groupName": "Novel", "id": 98765, "name": "NOVEL_STATUS"}
    made = only({**V3_REPORT, "status": status, "extra": {"a": [1]}})
    assert (made["status_group"], made["status_id"]) == ("NOVEL", 98765)
    assert made["status_name"] == "NOVEL_STATUS"


def test_a_group_that_came_only_as_an_id_gets_its_name() -> None:
    made = only({**V3_REPORT, "status": {"groupId": 2}, "error": {"groupId": 1, "id": 27}})
    assert (made["status_group"], made["error_group"]) == ("UNDELIVERABLE", "HANDSET_ERRORS")


@pytest.mark.parametrize(
    ("status", "group", "name"),
    [
        ("Delivered", "DELIVERED", None),
        ("DELIVERED_TO_HANDSET", "DELIVERED", "DELIVERED_TO_HANDSET"),
    ],
)
def test_a_status_of_plain_text_is_a_group_or_a_name(
    status: str, group: str | None, name: str | None
) -> None:
    made = only({**V3_REPORT, "status": status})
    assert (made["status_group"], made["status_name"]) == (group, name)


def test_everything_but_the_message_id_may_be_absent_null_or_empty() -> None:
    empty = dict.fromkeys(V3_REPORT) | {"messageId": "m-1", "bulkId": "", "status": {}}
    made = only(empty)
    kept = {"message_id": "m-1", "record": "report", "channel": "sms", "set_aside": 0}
    assert {name: value for name, value in made.items() if value is not None} == kept


def test_recipients_are_bare_digits() -> None:
    entries = [{**V3_REPORT, "to": to} for to in ("+44 7700 900101", "00447700900101")]
    assert read(*entries)["recipient"].to_list() == ["447700900101"] * 2


def test_a_page_without_reports_is_an_empty_frame_of_the_same_columns() -> None:
    made = read()
    assert made.is_empty()
    assert dict(made.schema) == DELIVERY_REPORTS


def test_an_empty_page_beside_something_else_is_empty_and_not_unreadable() -> None:
    with pytest.warns(SetAsideWarning, match="a click notice"):
        assert read_delivery_reports([ndjson({"results": []}), ndjson(CLICK)]).is_empty()


def test_a_table_with_headings_only_is_an_empty_frame() -> None:
    assert read_delivery_reports(io.StringIO("message_id,status_group\n")).is_empty()


def test_a_report_with_a_status_stays_one_whatever_other_fields_it_has() -> None:
    assert only({**V3_REPORT, "keyword": "STOP"})["message_id"] == "m-1"


def test_rows_that_are_no_report_are_set_aside_counted_and_said_once() -> None:
    nameless = {**V3_REPORT, "messageId": None}
    whatsapp = {**V3_REPORT, "channel": "WHATSAPP"}
    undated = {**V3_REPORT, "doneAt": "yesterday"}
    with pytest.warns(SetAsideWarning, match=r"6 rows of 1 file .* line 2: no message id") as said:
        made = read(V3_REPORT, nameless, whatsapp, undated, CLICK, INBOUND, 7)
    assert len(said) == 1
    assert made["set_aside"].to_list() == [6]


def test_the_reason_of_each_row_is_kept_where_the_user_wants_it(tmp_path: Path) -> None:
    kept = tmp_path / "aside.ndjson"
    undated, rcs = {**V3_REPORT, "sentAt": "x"}, {**V3_REPORT, "channel": "RCS"}
    bad = "\n".join(map(json.dumps, [undated, "not json", rcs, CLICK, INBOUND]))
    lines = io.StringIO(f"{json.dumps(V3_REPORT)}\n\n{bad}\n".replace('"not json"', "not json"))
    with pytest.warns(SetAsideWarning, match="5 rows .* They are in "):
        read_delivery_reports(lines, on_bad=str(kept))
    rows = [json.loads(line) for line in kept.read_text().splitlines()]
    assert [(row["line"], row["reason"]) for row in rows] == [
        (3, "sent_at cannot be read as a time"),
        (4, "it is no JSON, or cut off"),
        (5, "of the channel rcs, not SMS or MMS"),
        (6, "a click notice"),
        (7, "an inbound message"),
    ]
    assert rows[0]["row"]["messageId"] == "m-1"


def test_on_bad_raise_stops_at_the_first_row() -> None:
    with pytest.raises(SourceError, match="line 2: no message id"):
        read(V3_REPORT, {"to": "447700900101"}, on_bad="raise")


def test_a_row_that_has_slipped_shows_no_number_in_the_warning() -> None:
    slipped = {**V3_REPORT, "channel": "447700900101"}
    with pytest.warns(SetAsideWarning) as said:
        read(V3_REPORT, slipped)
    assert "447700900101" not in str(said[0].message)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            {"requestError": {"serviceException": {"messageId": "UNAUTHORIZED", "text": "No"}}},
            "an error answer of the API: UNAUTHORIZED - No",
        ),
        ({"errorCode": "E429", "description": "Too many."}, "E429 - Too many"),
        (CLICK, "a click notice"),
        ({"results": [INBOUND], "pendingMessageCount": 4}, "an inbound message"),
        ({"requestId": "A1", "status": "SUCCESS", "response": {}}, "a result of the Metrics API"),
        ({"results": [{**V3_REPORT, "channel": "VIBER_BM"}]}, "of the channel viber_bm"),
        ({"colour": "red"}, "no message id"),
    ],
)
def test_a_source_without_a_report_raises_and_names_what_it_is(
    answer: dict[str, Any], said: str
) -> None:
    for source in (answer, io.StringIO(json.dumps(answer)), ndjson(answer, answer)):
        with pytest.raises(SourceError, match=f"(?s){said}.*Expected: .*message_id"):
            read_delivery_reports(source)


def test_headings_of_a_table_without_message_ids_are_named_but_never_values() -> None:
    with pytest.raises(SourceError, match="it has no column message_id; it has Colour, Size"):
        read_delivery_reports(io.StringIO("Colour,Size\nred,1\n"))
    with pytest.raises(SourceError, match="no line of headings, but values"):
        read_delivery_reports(io.StringIO("447700900101,Anna\n447700900102,Bob\n"))


def test_the_user_may_name_columns_and_what_has_our_name_gives_way() -> None:
    text = "Ref,message_id,Empfänger\nm-1,old,+447700900101\n"
    names = {"Ref": "message_id", "Empfänger": "recipient"}
    made = read_delivery_reports(io.StringIO(text), columns=names).row(0, named=True)
    assert (made["message_id"], made["recipient"]) == ("m-1", "447700900101")
    for source in ({"ref": "m-1"}, io.StringIO('{"ref": "m-1"}')):
        from_json = read_delivery_reports(source, columns={"ref": "message_id"})
        assert from_json["message_id"].to_list() == ["m-1"]


def test_names_that_are_not_there_or_no_column_are_answered() -> None:
    with pytest.raises(ArgumentError, match="'Ref', which no document has; there are message_id"):
        read_delivery_reports(io.StringIO("message_id\nm-1\n"), columns={"Ref": "message_id"})
    with pytest.raises(ArgumentError, match="maps to 'id', which is no column"):
        read_delivery_reports(io.StringIO("message_id\nm-1\n"), columns={"message_id": "id"})


def test_headings_of_a_person_are_known() -> None:
    text = (
        "Message ID;To;From;Sent At;Status;Price Per Message\nm-1;447700900101;Shop;;Rejected;1\n"
    )
    made = read_delivery_reports(io.StringIO(text)).row(0, named=True)
    assert (made["recipient"], made["sender"], made["price"]) == ("447700900101", "Shop", 1.0)
    assert made["status_group"] == "REJECTED"


def test_times_without_an_offset_are_said_once_and_read_in_the_given_zone() -> None:
    local = {**V3_REPORT, "sentAt": "2026-03-02 09:00:00", "doneAt": "2026-03-02T09:00:05"}
    with pytest.warns(
        AssumptionWarning, match="^4 times carry no offset and were read as UTC"
    ) as said:
        read(local, local)
    assert len(said) == 1
    made = read(local, timezone="Europe/Prague")
    assert made["sent_at"].to_list() == [datetime(2026, 3, 2, 8, tzinfo=UTC)]


def test_numbers_that_are_none_are_null_and_said() -> None:
    odd = {**V3_REPORT, "messageCount": "two", "price": {"pricePerMessage": "NaN"}}
    with pytest.warns(AssumptionWarning) as said:
        made = read(odd).row(0, named=True)
    assert (made["parts"], made["price"]) == (None, None)
    assert [str(each.message).split(" are")[0] for each in said] == [
        "1 values of parts",
        "1 values of price",
    ]


def test_pandas_keeps_integers_and_flags_with_gaps() -> None:
    made = read(V3_REPORT, {"messageId": "m-0"}, backend="pandas")
    assert isinstance(made, pd.DataFrame)
    assert made["parts"].tolist() == [2, pd.NA]
    assert made["permanent"].dtype == "boolean"


# --- what the package writes, it reads


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"))
WORDS = st.none() | TEXT.filter(bool)
TIMES = st.none() | st.datetimes(
    datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2090-01-01")
).map(lambda when: when.replace(tzinfo=UTC))
WHOLE = st.none() | st.integers(-(2**53), 2**53)
ROWS = st.fixed_dictionaries(
    {
        "message_id": TEXT.filter(str.strip) | st.sampled_from(["00420", "NA", "1.0", "null"]),
        "bulk_id": WORDS,
        "record": st.sampled_from(["report", "log"]),
        "channel": st.sampled_from(["sms", "mms"]),
        "sender": WORDS,
        "recipient": st.sampled_from([None, "447700900101", "not a number"]),
        "sent_at": TIMES,
        "done_at": TIMES,
        "received_at": TIMES,
        "parts": WHOLE,
        "price": st.none() | st.floats(0, 1000),
        "currency": WORDS,
        "network": st.sampled_from([None, "23410", "00420", "NA"]),
        "status_id": WHOLE,
        "status_name": WORDS,
        "status_group": st.sampled_from([None, "DELIVERED", "NOVEL"]),
        "error_id": WHOLE,
        "error_name": WORDS,
        "error_group": WORDS,
        "permanent": st.sampled_from([None, True, False]),
        "campaign_reference": WORDS,
        "callback_data": WORDS,
        "set_aside": st.just(3),
    }
)
FRAMES = st.lists(ROWS, min_size=1, max_size=5).map(
    lambda rows: pl.DataFrame(rows, schema=DELIVERY_REPORTS)
)


@given(FRAMES, st.sampled_from(["parquet", "csv", "ndjson"]))
def test_what_was_written_is_read_back_as_it_was(frame: pl.DataFrame, how: str) -> None:
    written = io.BytesIO()
    getattr(frame, f"write_{how}")(written)
    written.seek(0)
    assert_frame_equal(read_delivery_reports(written), frame)


@given(FRAMES)
def test_what_pandas_wrote_is_read_back_as_it_was(frame: pl.DataFrame) -> None:
    by_csv, by_json, by_parquet = io.StringIO(), io.StringIO(), io.BytesIO()
    pandas = read_delivery_reports(io.BytesIO(frame.write_ndjson().encode()), backend="pandas")
    pandas.to_csv(by_csv, index=False)
    pandas.to_parquet(by_parquet, index=False)
    pandas.to_json(by_json, orient="records", lines=True, date_format="iso", double_precision=15)
    exact = pl.exclude("price")
    for written in (by_csv, by_parquet, by_json):
        written.seek(0)
        again = read_delivery_reports(written).select(exact)
        # pandas writes JSON times to the millisecond
        unit = "1ms" if written is by_json else "1us"
        times = pl.col(pl.Datetime).dt.truncate(unit)
        assert_frame_equal(again.with_columns(times), frame.select(exact).with_columns(times))


def test_the_count_of_rows_set_aside_adds_up_over_files_and_readings(tmp_path: Path) -> None:
    with pytest.warns(SetAsideWarning):
        once = read(V3_REPORT, CLICK)
    once.write_parquet(tmp_path / "a.parquet")
    once.write_csv(tmp_path / "b.csv")
    (tmp_path / "c.json").write_text(json.dumps([V1_REPORT, CLICK, CLICK]))
    with pytest.warns(SetAsideWarning, match="^2 rows of 1 file"):
        assert read_delivery_reports(tmp_path)["set_aside"].to_list() == [4, 4, 4]


def test_lazy_parquet_of_our_own_is_not_read_before_it_is_collected(tmp_path: Path) -> None:
    read(V3_REPORT, V1_REPORT).drop("callback_data").write_parquet(tmp_path / "own.parquet")
    plan = read_delivery_reports(tmp_path / "own.parquet", lazy=True)
    assert isinstance(plan, pl.LazyFrame)
    # the scan reads the one column that is asked for, and nothing stands between it and the plan
    assert "PROJECT 1/" in plan.select("status_id").explain()
    assert not any(word in plan.explain() for word in ("FILTER", "SELECTION"))
    (tmp_path / "own.parquet").unlink()
    with pytest.raises(FileNotFoundError):
        plan.collect()


def test_lazy_and_eager_are_the_same_also_over_several_files(tmp_path: Path) -> None:
    read(V3_REPORT).write_parquet(tmp_path / "a.parquet")
    read(V1_REPORT).select("message_id", "parts").write_parquet(tmp_path / "b.parquet")
    (tmp_path / "c.json").write_text(json.dumps(V3_LOG))
    eager = read_delivery_reports(tmp_path)
    assert eager["message_id"].to_list() == ["m-1", "m-2", "m-3"]
    assert_frame_equal(read_delivery_reports(tmp_path, lazy=True).collect(), eager)


def test_rows_of_our_own_parquet_without_a_message_id_are_set_aside(tmp_path: Path) -> None:
    frame = read(V3_REPORT, V1_REPORT, V3_LOG)
    blank = pl.Series("message_id", ["m-1", None, ""])
    frame.with_columns(blank).write_parquet(tmp_path / "own.parquet")
    with pytest.warns(SetAsideWarning, match="2 rows .* line 2: no message id"):
        made = read_delivery_reports(tmp_path / "own.parquet", lazy=True).collect()
    assert made.select("message_id", "set_aside").rows() == [("m-1", 2)]


def test_parquet_with_other_types_or_names_is_read_by_its_text(tmp_path: Path) -> None:
    other = pl.DataFrame(
        {
            "messageId": [1, 2],
            "status": [{"groupName": "DELIVERED", "id": 5.0}, {"groupName": "EXPIRED", "id": 29.0}],
            "sentAt": [datetime(2026, 3, 2, 9, tzinfo=UTC)] * 2,
        }
    )
    other.write_parquet(tmp_path / "other.parquet")
    made = read_delivery_reports(tmp_path / "other.parquet")
    assert made.select("message_id", "status_group", "status_id").rows() == [
        ("1", "DELIVERED", 5),
        ("2", "EXPIRED", 29),
    ]
    assert made["sent_at"].to_list() == other["sentAt"].to_list()


def test_parquet_with_our_key_but_other_names_beside_it_is_read_by_its_text(
    tmp_path: Path,
) -> None:
    other = pl.DataFrame({"message_id": ["m-1"], "to": ["+44 7700 900101"]})
    other.write_parquet(tmp_path / "other.parquet")
    nested = pl.DataFrame({"message_id": ["m-2"], "status": [{"groupName": "expired"}]})
    nested.write_parquet(tmp_path / "nested.parquet")
    made = read_delivery_reports(tmp_path).sort("message_id")
    assert made["recipient"].to_list() == ["447700900101", None]
    assert made["status_group"].to_list() == [None, "EXPIRED"]


def test_what_our_own_files_do_not_say_is_the_same_in_every_format(tmp_path: Path) -> None:
    little = pl.DataFrame({"message_id": ["m-1"], "status_group": ["DELIVERED"]})
    little.write_parquet(tmp_path / "own.parquet")
    made = read_delivery_reports(tmp_path / "own.parquet")
    assert_frame_equal(made, read_delivery_reports(io.StringIO(little.write_csv())))
    assert made.select("record", "channel").rows() == [("report", "sms")]


def test_naive_times_in_parquet_are_read_in_the_zone_and_said(tmp_path: Path) -> None:
    frame = read(V3_REPORT).with_columns(pl.col("sent_at").dt.replace_time_zone(None))
    frame.write_parquet(tmp_path / "naive.parquet")
    with pytest.warns(AssumptionWarning, match="1 times carry no offset"):
        made = read_delivery_reports(tmp_path / "naive.parquet")
    assert_frame_equal(made, read(V3_REPORT))


# --- the fast way reads what the slow way reads


VALUES = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | TEXT
PARTS = st.fixed_dictionaries(
    {},
    optional={"id": VALUES, "groupId": VALUES, "groupName": VALUES, "name": VALUES, "more": VALUES},
)
ENTRIES = st.fixed_dictionaries(
    {"messageId": VALUES},
    optional={
        "to": VALUES,
        "from": VALUES,
        "sender": VALUES,
        "sentAt": VALUES,
        "status": PARTS | st.none(),
        "error": PARTS | TEXT,
        "price": st.fixed_dictionaries({}, optional={"pricePerMessage": VALUES}),
        "content": st.just({}) | st.dictionaries(st.just("text"), TEXT) | TEXT,
        "callbackData": TEXT | st.just('{"results": [{"message_id": 1}]}'),
        "keyword": VALUES,
        "unknown": VALUES,
    },
)
PAGES = st.fixed_dictionaries({"results": st.lists(ENTRIES, max_size=3)})


def blocks_of(text: str) -> list[Block]:
    [document] = documents(io.StringIO(text))
    found = (each for each in blocks(document, ENVELOPE) if isinstance(each, Block))
    return [each for each in found if len(each)]


@given(st.lists(ENTRIES | PAGES, min_size=1, max_size=4), st.booleans())
def test_reading_at_once_and_value_by_value_gives_the_same(values: list[Any], lines: bool) -> None:
    text = "\n\n".join(map(json.dumps, values)) if lines else json.dumps(values)
    found = blocks_of(text)
    at_once = _at_once(found, ENVELOPE, every_field=False) if found else None
    if at_once is None or at_once["results"].is_not_null().any():
        return
    by_value = _by_value(found, ENVELOPE).rows
    assert_frame_equal(
        *(delivery_reports(texts_by_column(rows), "UTC") for rows in (at_once, by_value))
    )


@pytest.mark.parametrize("shape", [V3_REPORT, V1_REPORT, V3_LOG, V1_LOG, MMS_LOG])
def test_documented_shapes_are_read_at_once(shape: dict[str, Any]) -> None:
    for text in (json.dumps(shape), json.dumps({"results": [shape, shape]})):
        assert _at_once(blocks_of(text), ENVELOPE, every_field=False) is not None


def test_what_is_not_as_documented_is_read_value_by_value() -> None:
    odd = json.dumps({**V3_REPORT, "status": "DELIVERED"})
    assert _at_once(blocks_of(odd), ENVELOPE, every_field=False) is None


def test_no_warning_without_a_reason() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read(V3_REPORT)["message_id"].to_list() == ONE_ROW


def test_the_content_of_a_log_tells_an_mms() -> None:
    parts = {"title": "Spring", "messageSegments": [{"type": "TEXT", "text": "Hello"}]}
    logs = [{**V3_LOG, "content": content} for content in (parts, {"title": "x"}, {"text": "x"})]
    assert read(*logs)["channel"].to_list() == ["mms", "mms", "sms"]


def test_headings_of_a_person_are_named_before_the_kind_is_told() -> None:
    export = "Message ref,Outcome\nm-1,DELIVERED\n"
    named = {"Message ref": "message_id", "Outcome": "status_group"}
    assert read_any(io.StringIO(export), columns=named)["message_id"].to_list() == ["m-1"]


def test_blanks_are_no_message_id() -> None:
    with pytest.raises(SourceError, match="no message id"):
        read({**V3_REPORT, "messageId": "  "})


@pytest.mark.parametrize("on_bad", ["ignore", "", 3])
def test_what_becomes_of_bad_rows_is_one_of_three(on_bad: Any) -> None:
    with pytest.raises(ArgumentError, match="there are 'warn', 'raise', or the path"):
        read(V3_REPORT, on_bad=on_bad)
