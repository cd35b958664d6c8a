"""Every documented payload of delivery reports is read to the same rows, wherever it lies."""

import gzip
import io
import json
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from report_shapes import (
    ENVELOPES,
    ERROR_GROUPS,
    GROUPS,
    IN_MEMORY,
    SHAPES,
    WORLD,
    Entry,
    Envelope,
    Row,
    Shape,
    as_lines,
    as_table,
    as_text,
    at,
    backwards,
    entries,
    entry,
    expected,
    filled_up,
    frame,
    numbers_as_text,
    pages,
    spelled,
    text_as_numbers,
    with_more,
)

from infobip_analytics.errors import AssumptionWarning, SetAsideWarning, SourceError
from infobip_analytics.frames import DELIVERY_REPORTS, to_pandas
from infobip_analytics.infobip.reader import read_delivery_reports
from infobip_analytics.reading import kind_of
from infobip_analytics.reference import rows
from infobip_analytics.sources.fields import folded

SMS_V3 = SHAPES["SMS v3 report"]
SMS_V1, MESSAGES_API = SHAPES["SMS v1 report"], SHAPES["Messages API report"]
FIRST = entry(SMS_V3, WORLD[0])

every_shape = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
every_envelope = pytest.mark.parametrize("envelope", ENVELOPES.values(), ids=ENVELOPES)


def read(source: Any, **options: Any) -> pl.DataFrame:
    """What is read without a single warning, as a frame whose types are those promised."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made: pl.DataFrame = read_delivery_reports(source, **options)
    if hasattr(source, "close"):
        source.close()
    assert dict(made.schema) == DELIVERY_REPORTS
    return made


def both_ways(*values: Entry) -> list[Any]:
    """The same entries parsed and as lines: readers may take different ways for them."""
    return [list(values), io.StringIO(as_lines(values))]


# --- every shape in every envelope


OFTEN = ["a parsed answer", "an answer", "lines of reports", "callbacks one after the other"]


@pytest.mark.parametrize("envelope", [ENVELOPES[name] for name in OFTEN], ids=OFTEN)
@every_shape
def test_every_payload_is_read_to_the_same_rows(
    shape: Shape, envelope: Envelope, tmp_path: Path
) -> None:
    made = read(envelope(entries(shape), tmp_path / "export"))
    assert_frame_equal(made, expected(shape))


@every_envelope
@pytest.mark.parametrize("shape", [SMS_V3, MESSAGES_API], ids=["SMS v3", "Messages API"])
def test_a_payload_is_read_to_the_same_rows_wherever_it_lies(
    shape: Shape, envelope: Envelope, tmp_path: Path
) -> None:
    made = read(envelope(entries(shape), tmp_path / "export"))
    assert_frame_equal(made, expected(shape))


@pytest.mark.slow
@every_envelope
def test_every_payload_is_read_to_the_same_rows_wherever_it_lies(
    envelope: Envelope, tmp_path: Path
) -> None:
    for name, shape in SHAPES.items():
        made = read(envelope(entries(shape), tmp_path / name))
        assert_frame_equal(made, expected(shape))


@every_shape
def test_pandas_gets_the_same_rows_and_types(shape: Shape) -> None:
    made = read_delivery_reports({"results": entries(shape)}, backend="pandas")
    pd.testing.assert_frame_equal(made, to_pandas(expected(shape)))
    assert made["status_id"].dtype == pd.Int64Dtype()
    assert made["permanent"].dtype == pd.BooleanDtype()


@every_shape
def test_a_plan_gives_the_same_rows(shape: Shape, tmp_path: Path) -> None:
    plan = read_delivery_reports(ENVELOPES["a file"](entries(shape), tmp_path), lazy=True)
    assert_frame_equal(plan.collect(), expected(shape))


@every_shape
def test_a_payload_is_known_for_delivery_reports(shape: Shape) -> None:
    assert kind_of({"results": entries(shape)}) == "delivery_reports"
    assert kind_of(io.StringIO(as_lines(entries(shape)))) == "delivery_reports"


@every_shape
def test_a_single_report_is_a_source(shape: Shape) -> None:
    one = entry(shape, WORLD[4])
    for source in (one, io.StringIO(as_text(one)), io.StringIO(json.dumps(one, indent=1))):
        assert_frame_equal(read(source), expected(shape, [WORLD[4]]))


@every_shape
def test_an_answer_without_reports_is_an_empty_frame(shape: Shape) -> None:
    empty: list[Any] = [{"results": [], **shape.beside}, [{"results": []}, {"results": []}]]
    for source in empty:
        assert_frame_equal(read(source), expected(shape, []))
        assert_frame_equal(read(io.StringIO(as_text(source))), expected(shape, []))


def test_a_folder_may_mix_all_shapes_and_formats(tmp_path: Path) -> None:
    for place, shape in enumerate(SHAPES.values()):
        found = entries(shape)
        written = [as_text({"results": found}), as_lines(found), as_lines(pages(found))][place % 3]
        raw = written.encode()
        (tmp_path / f"{place:02}").write_bytes(gzip.compress(raw) if place % 2 else raw)
    (tmp_path / "99.csv").write_text(as_table({name: name for name in WORLD[0]}))
    wanted = [*map(expected, SHAPES.values()), frame([_as_read(row) for row in WORLD])]
    assert_frame_equal(read(tmp_path), pl.concat(wanted))


@every_shape
def test_lines_may_have_a_shape_each(shape: Shape) -> None:
    mixed = [entry(shape, WORLD[0]), entry(SMS_V1, WORLD[1]), entry(MESSAGES_API, WORLD[2])]
    wanted = [expected(shape, WORLD[:1]), expected(SMS_V1, WORLD[1:2])]
    wanted.append(expected(MESSAGES_API, WORLD[2:3]))
    for source in both_ways(*mixed):
        assert_frame_equal(read(source), pl.concat(wanted))


# --- the same facts, written otherwise


def spellings(shape: Shape) -> dict[str, list[Entry]]:
    plain = entries(shape)
    return {
        "numbers as text": list(map(numbers_as_text, plain)),
        "text as numbers": list(map(text_as_numbers, plain)),
        "names backwards": list(map(backwards, plain)),
        "fields nobody knows": list(map(with_more, plain)),
        "null where nothing is": [filled_up(shape, each, None) for each in plain],
        "empty text where nothing is": [filled_up(shape, each, "") for each in plain],
    }


# of shapes that differ in little, one is quick to speak for the others
QUICK = ["SMS v3 log", "SMS v1 report", "MMS v1 report", "Messages API report"]


@pytest.mark.parametrize("spelling", spellings(SMS_V3))
@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(shape, id=name, marks=[] if name in QUICK else [pytest.mark.slow])
        for name, shape in SHAPES.items()
    ],
)
def test_the_way_of_writing_does_not_matter(shape: Shape, spelling: str) -> None:
    found = spellings(shape)[spelling]
    for source in ({"results": found}, io.StringIO(as_lines(found))):
        assert_frame_equal(read(source), expected(shape))


@pytest.mark.parametrize(
    "spell",
    [
        lambda moment: spelled(moment, 1),
        lambda moment: spelled(moment, -5),
        lambda moment: spelled(moment, 1, ":"),
        lambda moment: spelled(moment, -3, ":", 9),
        lambda moment: spelled(moment, 0, digits=6),
        lambda moment: spelled(moment)[:-5] + "Z",
        lambda moment: spelled(moment)[:-5] + "z",
        lambda moment: spelled(moment).replace("T", " "),
        lambda moment: f" {spelled(moment)} ",
        lambda moment: f"{moment.timestamp() * 1000:.0f}",
    ],
)
@pytest.mark.parametrize("shape", [SMS_V1, MESSAGES_API], ids=["SMS v1", "Messages API"])
def test_every_spelling_of_a_time_is_the_same_moment(
    shape: Shape, spell: Callable[[datetime], str]
) -> None:
    found = [entry(shape, row, spell) for row in WORLD]
    for source in both_ways(*found):
        assert_frame_equal(read(source), expected(shape))


@pytest.mark.parametrize("digits", range(10))
@pytest.mark.parametrize("offset", ["Z", "+01:00"])
def test_a_fraction_has_none_to_nine_digits_and_is_cut_off(digits: int, offset: str) -> None:
    written = f"2026-03-02T09:00:00{'.' * bool(digits)}{'987654321'[:digits]}{offset}"
    micros = int("987654321"[:digits].ljust(6, "0")[:6])
    hour = 8 if offset == "+01:00" else 9
    for source in both_ways({**FIRST, "sentAt": written}):
        wanted = datetime(2026, 3, 2, hour, 0, 0, micros, tzinfo=UTC)
        assert read(source)["sent_at"].to_list() == [wanted]


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({"price": None}, {"price": None, "currency": None}),
        ({"price": {}}, {"price": None, "currency": None}),
        ({"price": {"pricePerMessage": None}}, {"price": None, "currency": None}),
        ({"price": {"pricePerMessage": 0, "currency": ""}}, {"price": 0.0, "currency": None}),
        ({"price": {"pricePerMessage": 1e-7}}, {"price": 1e-7, "currency": None}),
        ({"price": 0.5}, {"price": 0.5, "currency": None}),
        ({"error": None}, dict.fromkeys(["error_id", "error_name", "error_group", "permanent"])),
        ({"error": {}}, dict.fromkeys(["error_id", "error_name", "error_group", "permanent"])),
        (
            {"error": {"name": "EC_TIME_OUT", "groupId": 3}},
            {
                "error_id": None,
                "error_name": "EC_TIME_OUT",
                "error_group": "OPERATOR_ERRORS",
                "permanent": None,
            },
        ),
        ({"error": {"id": 5492}}, {"error_id": 5492, "error_group": None, "permanent": None}),
        ({"error": {"id": 0, "groupName": "Ok"}}, {"error_id": 0, "error_group": "Ok"}),
        (
            {"status": {"groupId": 2, "id": 9}},
            {"status_group": "UNDELIVERABLE", "status_id": 9, "status_name": None},
        ),
        ({"status": {"groupId": "3"}}, {"status_group": "DELIVERED", "status_id": None}),
        ({"status": {"groupId": 77}}, {"status_group": None, "status_id": None}),
        ({"status": {"groupName": "delivered"}}, {"status_group": "DELIVERED"}),
        ({"status": {**FIRST["status"], "action": "Wait"}}, {"status_id": 5}),
        ({"status": None}, dict.fromkeys(["status_id", "status_name", "status_group"])),
        ({"mccMnc": 310410}, {"network": "310410"}),
        ({"mccMnc": "2"}, {"network": "2"}),
        ({"bulkId": 2034072219640523072}, {"bulk_id": "2034072219640523072"}),
        ({"messageId": 2**63 + 1}, {"message_id": "9223372036854775809"}),
        ({"messageId": 12345678901234567890123}, {"message_id": "12345678901234567890123"}),
        ({"to": "To name"}, {"recipient": "To name"}),
        ({"to": "+44 7700 900101"}, {"recipient": "447700900101"}),
        ({"callbackData": {"a": ["\u017e"]}}, {"callback_data": '{"a": ["\u017e"]}'}),
        ({"platform": None}, {}),
        ({"platform": "shop", "entityId": {"id": 1}}, {}),
        ({"to": None, "destination": "447700900101"}, {}),
        ({"to": "", "destination": "447700900101"}, {}),
        ({"channel": None}, {}),
        ({"channel": "Sms"}, {}),
        ({"channel": "MMS"}, {"channel": "mms"}),
        ({"error": {"id": 15019}}, {"channel": "mms", "error_id": 15019}),
    ],
)
def test_odd_values_change_their_own_columns_only(changed: Entry, wanted: Row) -> None:
    columns = [name for name in ("error", "status", "price") if name in changed]
    plain = read(FIRST).row(0, named=True)
    for source in both_ways({**FIRST, **changed}):
        made = read(source).row(0, named=True)
        others = {
            name: value
            for name, value in plain.items()
            if name not in wanted and not name.startswith(tuple(columns) or "-")
        }
        others.pop("permanent" if "error" in changed else "", None)
        others.pop("currency" if "price" in changed else "", None)
        assert {name: made[name] for name in [*others, *wanted]} == {**others, **wanted}


def test_an_id_that_is_a_number_keeps_every_digit_in_every_envelope(tmp_path: Path) -> None:
    numbers = [{"messageId": 10**18 + place, "status": {"id": 5}} for place in range(len(WORLD))]
    for name, envelope in ENVELOPES.items():
        made = read(envelope(numbers, tmp_path / name))["message_id"].to_list()
        assert made == [str(10**18 + place) for place in range(len(WORLD))], name


def test_repeats_are_kept_as_they_came() -> None:
    for source in both_ways(FIRST, FIRST, FIRST):
        assert_frame_equal(read(source), expected(SMS_V3, [WORLD[0]] * 3))


def test_the_keys_of_flattened_reports_are_read_also_as_lines() -> None:
    flattened = pd.json_normalize(entries(SMS_V3))
    lines = flattened.to_json(orient="records", lines=True, force_ascii=False)
    assert_frame_equal(read(io.StringIO(lines)), expected(SMS_V3))
    assert_frame_equal(read(io.StringIO(flattened.to_csv(index=False))), expected(SMS_V3))
    underlined = pd.json_normalize(entries(SMS_V3), sep="_").to_csv(index=False)
    assert_frame_equal(read(io.StringIO(underlined)), expected(SMS_V3))


# --- tables with the headings of a person


def _as_read(row: Row) -> Row:
    """A row of a table that does not say what it is."""
    return {**row, "record": "report", "channel": "sms", "set_aside": 0}


PORTAL = {
    "message_id": "Message ID",
    "bulk_id": "Bulk ID",
    "recipient": "To",
    "sender": "From",
    "sent_at": "Sent At",
    "done_at": "Done At",
    "parts": "Messages count",
    "price": "Price",
    "currency": "Currency",
    "network": "MCCMNC",
    "status_group": "Status group",
    "status_name": "Status",
    "status_id": "Status ID",
    "error_group": "Error group",
    "error_name": "Error",
    "error_id": "Error ID",
    "permanent": "Permanent",
    "campaign_reference": "Campaign",
    "callback_data": "Callback data",
}


def _cased(change: Callable[[str], str]) -> dict[str, str]:
    return {column: change(heading) for column, heading in PORTAL.items()}


@pytest.mark.parametrize(
    "headings",
    [
        PORTAL,
        _cased(str.upper),
        _cased(str.lower),
        _cased(lambda heading: heading.replace(" ", "")),
        _cased(lambda heading: heading.replace(" ", "_")),
        _cased(lambda heading: heading.replace(" ", "-").lower()),
        _cased(lambda heading: heading.replace(" ", ".")),
        _cased(lambda heading: heading.replace(" ", "\u00a0")),
        _cased(lambda heading: f" {heading} "),
        _cased(lambda heading: f'"{heading}"'),
        _cased(lambda heading: heading.replace(" ", "  ")),
        {name: name for name in PORTAL},
    ],
)
def test_headings_are_matched_however_they_are_written(headings: dict[str, str]) -> None:
    made = read(io.StringIO(as_table(headings)))
    assert_frame_equal(made, frame(map(_as_read, WORLD)))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_come_with_every_separator_and_mark(separator: str, encoding: str) -> None:
    text = as_table(PORTAL, separator=separator)
    wanted = frame(map(_as_read, WORLD))
    assert_frame_equal(read(io.BytesIO(text.encode(encoding))), wanted)
    with_crlf = text.replace("\n", "\r\n").replace("two\r\nlines", "two\nlines")
    assert_frame_equal(read(io.BytesIO(with_crlf.encode(encoding))), wanted)


LIKELY = {
    "message_id": ["Message ID", "MessageId", "Message Identifier", "Msg ID", "SMS ID"],
    "bulk_id": ["Bulk ID", "Bulk"],
    "recipient": ["To", "Destination", "Recipient", "Destination number", "Phone number", "MSISDN"],
    "sender": ["From", "Sender", "Sender ID", "Sender name", "Originator"],
    "sent_at": ["Sent At", "Send time", "Sent time", "Sent date", "Send date", "Date sent"],
    "done_at": ["Done At", "Done time", "Done date", "Delivered at"],
    "parts": [
        "Messages",
        "Messages count",
        "Message count",
        "SMS count",
        "Parts",
        "Number of parts",
        "Segments",
    ],
    "price": ["Price", "Price per message", "Unit price", "Message price"],
    "currency": ["Currency", "Price currency"],
    "network": ["MCCMNC", "MCC/MNC", "MCC MNC", "Network", "Network code"],
    "status_group": ["Status group", "Status group name", "General status"],
    "status_id": ["Status ID", "Status code"],
    "status_name": ["Status name", "Status", "Delivery status", "Message status"],
    "error_group": ["Error group", "Error group name"],
    "error_id": ["Error ID", "Error code"],
    "error_name": ["Error name", "Error", "Error reason"],
    "permanent": ["Permanent", "Error permanent"],
    "campaign_reference": [
        "Campaign",
        "Campaign name",
        "Communication name",
        "Campaign reference",
        "Campaign reference ID",
    ],
    "callback_data": ["Callback data"],
    "channel": ["Channel", "Channel name"],
}


@pytest.mark.parametrize(
    ("column", "heading"), [(name, each) for name, headings in LIKELY.items() for each in headings]
)
def test_likely_headings_are_known(column: str, heading: str) -> None:
    row: Row = {"message_id": "m-1", "status_name": "NOVEL", "channel": "sms", **WORLD[0]}
    headings = {"message_id": "Message ID"} if column != "message_id" else {}
    made = read(io.StringIO(as_table({**headings, column: heading}, [row])))
    assert made[column].to_list() == [row[column]]


def test_the_rows_of_the_table_of_fields_name_a_column_each_once() -> None:
    found = [(row["column"], row["field"]) for row in rows("report_fields")]
    assert len(found) == len(set(found))
    own = {"status_group_id", "error_group_id", "log_mark", "log_name", "report_mark", "mms_mark"}
    assert {column for column, _ in found} <= set(DELIVERY_REPORTS) | own
    assert {row["kind"] for row in rows("report_fields")} == {"payload", "heading"}


def test_no_heading_looks_like_a_field_that_tells_other_things() -> None:
    fields = {folded(row["field"]) for row in rows("report_fields") if row["kind"] == "heading"}
    # an error answer is recognised as a whole, before its fields are
    others = {
        folded(row["field"])
        for row in rows("other_shapes")
        if row["door"] == "delivery_reports" and not row["what"].startswith("an error")
    }
    # the time in a seen notice of Omni
    assert fields & {*others, "sendat"} == set()


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        ("Delivered", ("DELIVERED", None, None)),
        (" undeliverable ", ("UNDELIVERABLE", None, None)),
        ("DELIVERED_TO_HANDSET", ("DELIVERED", None, "DELIVERED_TO_HANDSET")),
        ("Delivered to handset", ("DELIVERED", None, "Delivered to handset")),
        ("DELIVERED_TO_HANDSET (5)", ("DELIVERED", 5, "DELIVERED_TO_HANDSET")),
        ("Delivered (5)", ("DELIVERED", 5, None)),
        ("EXPIRED_DLR_UNKNOWN", ("EXPIRED", None, "EXPIRED_DLR_UNKNOWN")),
        # of two groups: which of them, the name does not say
        ("SIGNALS_BLOCKED", (None, None, "SIGNALS_BLOCKED")),
        ("NOVEL_STATUS", (None, None, "NOVEL_STATUS")),
        ("Novel status (9876)", (None, 9876, "Novel status")),
    ],
)
def test_a_status_in_one_cell_is_a_group_a_name_or_a_name_with_its_id(
    status: str, wanted: tuple[str | None, int | None, str | None]
) -> None:
    table = io.StringIO(f"Message ID,Status\nm-1,{status}\n")
    for source in (table, {"messageId": "m-1", "status": status}):
        made = read(source)
        assert made.select("status_group", "status_id", "status_name").row(0) == wanted


def test_a_status_name_without_its_group_gets_the_group_of_the_table() -> None:
    for source in both_ways({"messageId": "m-1", "status": {"id": 9, "name": "NOVEL"}}):
        assert read(source)["status_group"].to_list() == [None]
    known = {"messageId": "m-1", "status": {"name": "UNDELIVERABLE_REJECTED_PLATFORM"}}
    for source in both_ways(known):
        assert read(source)["status_group"].to_list() == ["REJECTED"]


def test_the_group_that_came_decides_and_not_that_of_the_name() -> None:
    odd = {"messageId": "m-1", "status": {"groupName": "EXPIRED", "name": "DELIVERED_TO_HANDSET"}}
    for source in both_ways(odd):
        assert read(source)["status_group"].to_list() == ["EXPIRED"]


def test_an_error_in_one_cell_may_bring_its_id() -> None:
    table = io.StringIO("Message ID,Status,Error\nm-1,Rejected,EC_TIME_OUT (2048)\n")
    assert read(table).select("error_name", "error_id").row(0) == ("EC_TIME_OUT", 2048)


@pytest.mark.parametrize(
    ("price", "wanted"),
    [
        ("0.0321", (0.0321, None)),
        ("0.0321 EUR", (0.0321, "EUR")),
        ("EUR 0.0321", (0.0321, "EUR")),
        ("0.0321EUR", (0.0321, "EUR")),
        ('"0,0321"', (0.0321, None)),
        ('"0,0321 EUR"', (0.0321, "EUR")),
        ("0", (0.0, None)),
    ],
)
def test_a_price_may_carry_its_currency_and_a_decimal_comma(
    price: str, wanted: tuple[float, str | None]
) -> None:
    made = read(io.StringIO(f"Message ID,Status,Price\nm-1,Rejected,{price}\n"))
    assert made.select("price", "currency").row(0) == wanted


@pytest.mark.parametrize("price", ["$0.03", "free", '"1,234.50,1"', "0.03 EUR net"])
def test_a_price_that_is_not_sure_is_null_and_said(price: str) -> None:
    table = io.StringIO(f"Message ID,Status,Price\nm-1,Rejected,{price}\n")
    with pytest.warns(AssumptionWarning, match="1 values of price are no numbers"):
        made = read_delivery_reports(table)
    assert made.select("price", "currency").row(0) == (None, None)


def test_a_currency_of_its_own_stands_above_that_of_the_price() -> None:
    made = read(io.StringIO("Message ID,Status,Price,Currency\nm-1,Rejected,0.5 EUR,USD\n"))
    assert made.select("price", "currency").row(0) == (0.5, "USD")


def test_the_code_of_a_network_stands_above_its_name() -> None:
    for headings in ("Network,MCCMNC", "NETWORK,Mcc Mnc"):
        made = read(io.StringIO(f"Message ID,Status,{headings}\nm-1,Rejected,Some Mobile,23410\n"))
        assert made["network"].to_list() == ["23410"], headings
    only_name = read(io.StringIO("Message ID,Status,Network\nm-1,Rejected,Some Mobile\n"))
    assert only_name["network"].to_list() == ["Some Mobile"]


def test_what_spreadsheets_make_of_numbers_is_read() -> None:
    text = (
        "Message ID,To,Messages count,Status ID,MCCMNC,Status\n"
        "0012,+447700900101,2.0,5.0,23410.0,Delivered\n"
        "0012,00447700900101,2,5,23410,Delivered\n"
    )
    made = read(io.StringIO(text))
    columns = ["message_id", "recipient", "parts", "status_id", "network"]
    assert made.select(columns).rows() == [("0012", "447700900101", 2, 5, "23410")] * 2


def test_a_table_with_what_only_the_logs_of_the_portal_have_is_one_of_logs() -> None:
    logs = "Message ID,To,Status,Communication name,Country\nm-1,447700900101,Pending,Spring,UK\n"
    made = read(io.StringIO(logs))
    assert made.select("record", "campaign_reference").row(0) == ("log", "Spring")
    shown = read(io.StringIO("Message ID,Status,Message text\nm-1,Delivered,Hello\n"))
    assert shown["record"].to_list() == ["log"]


def test_headings_that_are_nobodys_are_named_by_the_user_in_any_writing() -> None:
    text = "Ref. no;Wohin;Erledigt;Status\nm-1;447700900101;2026-03-02T09:00:00Z;Delivered\n"
    names = {"Ref. no": "message_id", "Wohin": "recipient", "Erledigt": "done_at"}
    made = read(io.StringIO(text), columns=names)
    wanted = {"message_id": "m-1", "recipient": "447700900101", "done_at": at(2, "09:00")}
    assert_frame_equal(made, frame([_as_read({**wanted, "status_group": "DELIVERED"})]))


def test_a_table_of_the_portal_is_known_for_delivery_reports(tmp_path: Path) -> None:
    assert kind_of(io.StringIO(as_table(PORTAL))) == "delivery_reports"


def test_lines_of_json_may_have_the_headings_of_a_person() -> None:
    row = {"Message ID": "m-1", "TO": "447700900101", "status_group": "Rejected"}
    for source in both_ways(row):
        made = read(source).select("message_id", "recipient", "status_group").row(0)
        assert made == ("m-1", "447700900101", "REJECTED")


# --- what is no delivery report is recognised, named and set aside

PRICE = {"pricePerMessage": 0, "currency": "EUR"}
INBOX: dict[str, Entry] = {
    "pulled": {
        "applicationId": "promo",
        "messageId": "817790313235066447",
        "from": "447700900151",
        "to": "447700900999",
        "text": "STOP please",
        "cleanText": "please",
        "keyword": "STOP",
        "receivedAt": "2026-03-05T18:11:02.541+0000",
        "smsCount": 1,
        "price": PRICE,
        "callbackData": "inbound-1",
    },
    "without a keyword": {
        "messageId": "817790313235066448",
        "from": "447700900151",
        "to": "447700900999",
        "text": "Hello",
        "receivedAt": "2026-03-05T18:11:02.541+0000",
        "smsCount": 1,
    },
    "an MMS that was pulled": {
        "messageId": "817790313235066449",
        "from": "447700900151",
        "to": "25256",
        "message": '{"mms_parts": []}',
        "group": [{"to": "25256"}, {"cc": "447700900152"}],
        "receivedAt": "2026-03-05T18:11:02.541+0000",
        "mmsCount": 1,
        "price": PRICE,
    },
    "an MMS that was pushed": {
        "messageId": "817790313235066450",
        "from": "447700900151",
        "to": "25256",
        "userAgent": "phone",
        "message": [{"contentType": "text/plain", "value": "Hello"}],
        "receivedAt": "2026-03-05T18:11:02.541+0000",
    },
    "of the Messages API": {
        "channel": "SMS",
        "sender": "447700900151",
        "destination": "447700900999",
        "content": [{"text": "Hello", "cleanText": "Hello", "type": "TEXT"}],
        "receivedAt": "2026-03-05T18:11:02.541+0000",
        "messageId": "in-1",
        "messageCount": 1,
        "event": "MO",
    },
}
CLICK: Entry = {
    "notificationType": "CLICKED",
    "recipient": "447700900161",
    "url": "https://shop.example/sale",
    "sendDateTime": 1772701862541,
    "messageId": "m-0161",
    "bulkId": "bulk-1",
    "callbackData": "c-161",
    "recipientInfo": {"deviceType": "Phone", "os": "Android"},
    "geoLocationInfo": {"countryName": "United Kingdom", "city": "Leeds"},
    "applicationId": "promo",
}
SEEN: dict[str, Entry] = {
    "of Omni": {
        "messageId": "s-1",
        "from": "447700900999",
        "to": "447700900171",
        "sendAt": "2026-03-05T11:21:57.793+0000",
        "seenAt": "2026-03-05T11:22:10.251+0000",
    },
    "of the Messages API": {
        "event": "SEEN",
        "channel": "WHATSAPP",
        "sender": "447700900999",
        "destination": "447700900171",
        "sentAt": "2026-03-05T14:18:29.797+0000",
        "seenAt": "2026-03-05T14:28:29.797+0000",
        "bulkId": "bulk-1",
        "messageId": "s-2",
    },
}
METRICS: dict[str, Entry] = {
    "a result": {
        "requestId": "A1B2C3",
        "status": "SUCCESS",
        "response": {"totalRows": 1, "columns": [{"columnName": "HOUR"}], "rows": [["x", 7]]},
    },
    "a failure": {"requestId": "A1B2C3", "status": "FAILED", "failureMessage": "No data"},
}
ASIDE: dict[str, tuple[Entry, str]] = {
    **{f"inbox, {name}": (each, "an inbound message") for name, each in INBOX.items()},
    "a click": (CLICK, "a click notice"),
    **{f"seen, {name}": (each, "a seen notice") for name, each in SEEN.items()},
    **{f"metrics, {name}": (each, "a result of the Metrics API") for name, each in METRICS.items()},
    **{
        f"a report of {channel}": (
            {**entry(MESSAGES_API, WORLD[0]), "channel": channel},
            f"of the channel {channel.lower()}, not SMS or MMS",
        )
        for channel in ("WHATSAPP", "RCS", "VIBER_BM", "PUSH", "EMAIL")
    },
}
every_other = pytest.mark.parametrize(("other", "what"), ASIDE.values(), ids=ASIDE)


@every_other
def test_what_is_no_delivery_report_is_refused_by_its_name(other: Entry, what: str) -> None:
    page = {"results": [other], "messageCount": 1, "pendingMessageCount": 0}
    for value in (other, page, [other, other]):
        for source in (value, io.StringIO(as_lines([value, value]))):
            with pytest.raises(SourceError, match=what):
                read_delivery_reports(source)


@every_other
def test_beside_reports_it_is_set_aside_and_named(other: Entry, what: str, tmp_path: Path) -> None:
    good = pages(entries(SMS_V3))
    kept = tmp_path / "aside.ndjson"
    for source in ([*good, other], io.StringIO(as_lines([*good, {"results": [other]}]))):
        with pytest.warns(SetAsideWarning, match=rf"1 row of 1 file .*{what}"):
            made = read_delivery_reports(source, on_bad=str(kept))
        assert_frame_equal(made, expected(SMS_V3, set_aside=1))
        [line] = map(json.loads, kept.read_text(encoding="utf-8").splitlines())
        assert line["reason"].startswith(what)


@every_other
def test_it_is_still_no_campaign_event(other: Entry, what: str) -> None:
    assert kind_of({"results": [other]}) == "delivery_reports"


# --- an error answer of the API says its own text

ERRORS: dict[str, tuple[Entry, list[str]]] = {
    "v1": (
        {
            "requestError": {
                "serviceException": {"messageId": "UNAUTHORIZED", "text": "Invalid login details"}
            }
        },
        ["UNAUTHORIZED", "Invalid login details"],
    ),
    "v1 with the fields at fault": (
        {
            "requestError": {
                "serviceException": {
                    "messageId": "BAD_REQUEST",
                    "text": "Bad Request",
                    "validationErrors": {
                        "limit": ["must be less than or equal to 1000"],
                        "mnc": ["needs mcc", "must be a number"],
                    },
                }
            }
        },
        [
            "BAD_REQUEST",
            "Bad Request",
            "limit: must be less than or equal to 1000",
            "mnc: needs mcc",
            "must be a number",
        ],
    ),
    "v1 of a policy": (
        {"requestError": {"policyException": {"messageId": "P-1", "text": "Not allowed"}}},
        ["P-1", "Not allowed"],
    ),
    "v3": (
        {
            "errorCode": "E429",
            "description": "Too many requests were sent.",
            "action": "Slow down and try again later.",
            "violations": [],
            "resources": [{"name": "Rate limits", "url": "https://www.infobip.com/docs"}],
        },
        ["E429", "Too many requests were sent", "Slow down and try again later"],
    ),
    "v3 with violations": (
        {
            "errorCode": "E400",
            "description": "Request cannot be processed.",
            "action": None,
            "violations": [
                {"property": "sentSince", "violation": "must be in the past"},
                {"property": "limit", "violation": "must be positive"},
            ],
        },
        [
            "E400",
            "Request cannot be processed",
            "sentSince: must be in the past",
            "limit: must be positive",
        ],
    ),
}
every_error = pytest.mark.parametrize(("answer", "said"), ERRORS.values(), ids=ERRORS)


@every_error
def test_an_error_answer_raises_with_its_own_text(
    answer: Entry, said: list[str], tmp_path: Path
) -> None:
    sources = [
        answer,
        [answer],
        io.StringIO(as_text(answer)),
        io.StringIO(json.dumps(answer, indent=2)),
        io.StringIO(as_lines([answer, answer])),
        io.BytesIO(gzip.compress(as_text(answer).encode())),
    ]
    for source in sources:
        with pytest.raises(SourceError, match="an error answer of the API") as raised:
            read_delivery_reports(source)
        assert [text for text in said if text not in str(raised.value)] == []


@every_error
def test_an_error_answer_among_good_pages_is_set_aside_and_the_warning_says_its_text(
    answer: Entry, said: list[str], tmp_path: Path
) -> None:
    good = pages(entries(SMS_V3))
    folder = tmp_path / "export"
    folder.mkdir()
    for place, value in enumerate([*good[:2], answer, good[2]]):
        (folder / f"{place}.json").write_text(as_text(value), encoding="utf-8")
    mixed = [*good[:2], answer, good[2]]
    for source in (folder, mixed, io.StringIO(as_lines(mixed)), io.StringIO(as_text(mixed))):
        with pytest.warns(SetAsideWarning, match="1 row of 1 file") as warned:
            made = read_delivery_reports(source)
        assert [text for text in said if text not in str(warned[0].message)] == []
        assert_frame_equal(made, expected(SMS_V3, set_aside=1))
        if isinstance(source, io.StringIO):
            source.seek(0)
        with pytest.raises(SourceError, match="an error answer of the API"):
            read_delivery_reports(source, on_bad="raise")


def test_a_report_that_happens_to_have_a_field_of_an_error_answer_is_a_report() -> None:
    flattened = {"messageId": "m-1", "status": {"groupName": "REJECTED"}, "errorCode": 5}
    for source in both_ways(flattened):
        assert read(source).select("message_id", "error_id").row(0) == ("m-1", 5)


def test_a_very_long_error_answer_is_shortened() -> None:
    answer = {"errorCode": "E500", "description": "x" * 100_000, "action": "y" * 100_000}
    with pytest.raises(SourceError, match="E500") as raised:
        read_delivery_reports(answer)
    assert len(str(raised.value)) < 3_000


# --- whatever the reports hold

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=12)
DIGITS = st.text("123456789", min_size=7, max_size=20)
MOMENTS = st.integers(0, 10**13).map(
    lambda millis: datetime(1973, 4, 1, tzinfo=UTC) + timedelta(milliseconds=millis)
)


def _optional(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[Row]:
    return st.fixed_dictionaries({"message_id": DIGITS | TEXTS.filter(str.strip)}, optional=columns)


ROWS = _optional(
    bulk_id=DIGITS | TEXTS,
    recipient=DIGITS,
    sender=DIGITS | TEXTS,
    sent_at=MOMENTS,
    done_at=MOMENTS,
    parts=st.integers(0, 99),
    price=st.floats(0, 10**6) | st.integers(0, 9).map(float),
    currency=st.sampled_from(["EUR", "USD", "CZK"]),
    network=st.text("123456789", min_size=5, max_size=6),
    status_id=st.integers(0, 10**15),
    status_name=TEXTS.map(lambda text: f"STATUS {text}"),
    status_group=st.sampled_from([*GROUPS, "NOVEL"]),
    # the codes of MMS, which tell the channel, are left out
    error_id=st.integers(0, 9999) | st.integers(10**6, 10**15),
    error_name=TEXTS,
    error_group=st.sampled_from([*ERROR_GROUPS, "NOVEL_ERRORS"]),
    permanent=st.booleans(),
    campaign_reference=TEXTS,
    callback_data=TEXTS | st.just('{"requestError": "errorCode"}'),
)
NOISE: dict[str, Callable[[Shape, Entry], Entry]] = {
    "none": lambda _, found: found,
    "numbers as text": lambda _, found: numbers_as_text(found),
    "text as numbers": lambda _, found: text_as_numbers(found),
    "backwards": lambda _, found: backwards(found),
    "more": lambda _, found: with_more(found),
    "nulls": lambda shape, found: filled_up(shape, found, None),
    "empty": lambda shape, found: filled_up(shape, found, ""),
}


@given(
    world=st.lists(ROWS, min_size=1, max_size=4),
    name=st.sampled_from(list(SHAPES)),
    envelope=st.sampled_from(list(IN_MEMORY)),
    noise=st.lists(st.sampled_from(list(NOISE)), min_size=1, max_size=2),
    hours=st.integers(-12, 14),
)
def test_random_reports_are_read_alike_in_every_shape(
    world: list[Row], name: str, envelope: str, noise: list[str], hours: int
) -> None:
    shape = SHAPES[name]
    written = [entry(shape, row, lambda moment: spelled(moment, hours)) for row in world]
    for each in noise:
        written = [NOISE[each](shape, one) for one in written]
    made = read(IN_MEMORY[envelope](written, Path()))
    assert_frame_equal(made, expected(shape, world), abs_tol=0, rel_tol=0)


def _without_nul(value: Any) -> Any:
    return value.replace("\0", "-") if isinstance(value, str) else value


@given(world=st.lists(ROWS, min_size=1, max_size=4), separator=st.sampled_from([",", ";", "\t"]))
def test_random_reports_are_read_alike_from_a_table(world: list[Row], separator: str) -> None:
    world = [{name: _without_nul(value) for name, value in row.items()} for row in world]
    columns = [name for name in PORTAL if any(name in row for row in world)]
    headings = {name: PORTAL[name] for name in columns}
    made = read(io.StringIO(as_table(headings, world, separator)))
    assert_frame_equal(made, frame(map(_as_read, world)))
