"""Campaign events in every shape they come in: one small world, written in each, reads the same."""

import csv
import io
import json
import tempfile
import warnings
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import infobip_analytics as ia
from infobip_analytics.bloomreach.answers import customer_id, customers_of, events_of
from infobip_analytics.bloomreach.bigquery import table_name
from infobip_analytics.bloomreach.headings import refused
from infobip_analytics.bloomreach.rows import with_our_names
from infobip_analytics.errors import (
    AssumptionWarning,
    InfobipAnalyticsWarning,
    SetAsideWarning,
    SourceError,
)

Event = dict[str, Any]
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def event(customer: str, seconds: float, status: str, kind: str = "sms", **more: Any) -> Event:
    """An event so many seconds after nine; what it carries beside that are its properties."""
    return {
        "customer": customer,
        "time": NINE + timedelta(seconds=seconds),
        "properties": {"action_type": kind, "status": status, **more},
    }


def send(customer: str, recipient: str, start: float, *later: Event, **more: Any) -> list[Event]:
    """The events of one send: enqueued, and what came of it; the send time is in each of them."""
    sent = (NINE + timedelta(seconds=start)).timestamp()
    common = {
        "campaign_id": "65e1f0a4c3b7d2001a9f1c01",
        "campaign_name": 'Été, soldes; "-20 %"',
        "action_id": 3,
        "recipient": recipient,
        "number_of_message_parts": 1,
        "sent_timestamp": sent,
        "integration_name": "Infobip SMS",
        **more,
    }
    events = [event(customer, start, "enqueued"), *later]
    return [{**each, "properties": {**common, **each["properties"]}} for each in events]


FAILED: Event = {
    "status_code": 27,
    "error": "EC_ABSENT_SUBSCRIBER",
    "comment": "It is switched off.",
}
WORLD = [
    *send(
        "c-1", "+44 7700 900101", 0.128,
        event("c-1", 6.5, "delivered"),
        event("c-1", 60, "clicked", country="Austria", url="https://acme.example/x"),
    ),
    *send("c-2", "00264811234567", 1, event("c-2", 7200.25, "failed", **FAILED)),
    *send("c-3", "0903 654 321", 2, event("c-3", 9, "delivered"), number_of_message_parts=2),
    *send("c-4", "4799990001", 3, event("c-4", 3, "rejected", error="EC_BLACKLISTED")),
    *send("c-5", "+4915150000001", 4),
    *send(
        "c-1", "+447700900101", 5,
        event("c-1", 8, "delivered"),
        campaign_id="65e1f0a4c3b7d2001a9f1c02", action_id=12, variant="B",
    ),
    event("c-1", 20, "enqueued", "email", recipient="c-1@example.com", subject="Hi, you"),
    event("c-1", 30, "failed", "webhook", status_code=422),
    event("c-2", 40, "delivered", "mobile notification", recipient="a-token"),
    event("c-2", 50, "", "split", variant="Control group"),
    event("c-1", 6 * 86400, "opened", "email", recipient="c-1@example.com"),
]  # fmt: skip
CUSTOMERS = pl.DataFrame({"registered": ["c-3", "c-2"], "country": ["Slovakia", "NA"]})
OUTCOMES = [
    ("GB", "delivered"), ("NA", "failed"), ("SK", "delivered"), ("NO", "rejected"),
    ("DE", "unreported"), ("GB", "delivered"),
]  # fmt: skip


# --- how the world is written


def unix(when: datetime) -> str:
    return f"{when.timestamp():.3f}"


def in_bigquery(when: datetime) -> str:
    fraction = f"{when:.%f}".rstrip("0").rstrip(".")
    return f"{when:%Y-%m-%d %H:%M:%S}{fraction} UTC"


def flat(
    events: Iterable[Event], prefix: str = "", who: str = "registered", time: Any = unix
) -> list[dict[str, str]]:
    """Rows of a table: who, when and what, then the properties."""
    return [
        {
            who: each["customer"],
            "timestamp": time(each["time"]),
            "type": "campaign",
            **{f"{prefix}{name}": str(value) for name, value in each["properties"].items()},
        }
        for each in events
    ]


def as_csv(rows: list[dict[str, str]], **options: Any) -> str:
    headings = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, headings, lineterminator="\n", **options)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def in_api(each: Event) -> dict[str, Any]:
    return {
        "properties": each["properties"],
        "timestamp": each["time"].timestamp(),
        "type": "campaign",
    }


def by_customer(events: Iterable[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for each in events:
        found.setdefault(each["customer"], []).append(each)
    return found


def answers(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Answers of customers/events, each saved with whom it is of."""
    return [
        {
            "customer_ids": {"cookie": ["7d3c"], "registered": customer},
            "response": {"success": True, "data": [in_api(each) for each in its]},
        }
        for customer, its in by_customer(events).items()
    ]


def exports(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Answers of customers/export-one."""
    return [
        {
            "success": True,
            "ids": {"registered": customer, "cookie": ["7d3c", "1b2a"]},
            "properties": {"first_name": "Ann"},
            "events": [in_api(each) for each in its],
        }
        for customer, its in by_customer(events).items()
    ]


def in_table(each: Event, *records: str) -> dict[str, Any]:
    """A line of a BigQuery extract: numbers are text, what is empty is left out."""
    parts = {name: str(value) for name, value in each["properties"].items() if value != ""}
    return {
        "internal_customer_id": each["customer"],
        "ingest_timestamp": in_bigquery(each["time"] + timedelta(minutes=5)),
        "timestamp": in_bigquery(each["time"]),
        "type": "campaign",
        **dict.fromkeys(records, parts),
    }


def extract(each: Event) -> dict[str, Any]:
    return in_table(each, "properties")


def raw_record(each: Event) -> dict[str, Any]:
    return in_table(each, "raw_properties")


def halves(each: Event) -> dict[str, Any]:
    """A line in which every other property is only in `raw_properties`."""
    line = in_table(each, "properties", "raw_properties")
    names = sorted(line["properties"])
    return {**line, "properties": {name: line["properties"][name] for name in names[::2]}}


def raw_text(each: Event) -> dict[str, Any]:
    line = in_table(each)
    return {**line, "raw_properties": json.dumps(each["properties"])}


def hashed(each: Event) -> dict[str, Any]:
    line = in_table(each, "properties")
    originals = {name.title().replace("_", " "): part for name, part in line["properties"].items()}
    return {**line, "properties": {table_name(name): part for name, part in originals.items()}}


def lines(values: Iterable[Any]) -> bytes:
    return "".join(f"{json.dumps(value, ensure_ascii=False)}\n" for value in values).encode()


NUMERIC = pl.Decimal(38, 9)
RECORD = {
    name: NUMERIC
    if name in ("action_id", "status_code", "number_of_message_parts", "sent_timestamp")
    else pl.String()
    for each in WORLD
    for name in each["properties"]
}


def parquet(events: list[Event]) -> bytes:
    """A table of BigQuery with its nested records: typed ones, and all that came as text.

    Every other property is only in the record of what came.
    """
    typed = [
        {
            name: Decimal(str(part)) if RECORD[name] == NUMERIC else part
            for name, part in sorted(each["properties"].items())[::2]
        }
        for each in events
    ]
    raw = [{name: str(part) for name, part in each["properties"].items()} for each in events]
    table = {
        "internal_customer_id": [each["customer"] for each in events],
        "timestamp": pl.Series([each["time"] for each in events], dtype=pl.Datetime("us", "UTC")),
        "type": ["campaign"] * len(events),
        "properties": pl.Series(typed, dtype=pl.Struct(RECORD)),
        "raw_properties": pl.Series(raw, dtype=pl.Struct(dict.fromkeys(RECORD, pl.String()))),
    }
    file = io.BytesIO()
    pl.DataFrame(table).write_parquet(file)
    return file.getvalue()


def workbook(events: list[Event]) -> bytes:
    """A sheet in which numbers are numbers."""
    rows = [
        {
            **each["properties"],
            "registered": each["customer"],
            "timestamp": each["time"].timestamp(),
        }
        for each in events
    ]
    headings = list(dict.fromkeys(name for row in rows for name in row))
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(headings)
    for row in rows:
        sheet.append([row.get(name) for name in headings])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def comma_csv(events: Iterable[Event]) -> bytes:
    """As a spreadsheet of a country with decimal commas saves it."""
    rows = [
        {
            name: part.replace(".", ",") if name.endswith("timestamp") else part
            for name, part in row.items()
        }
        for row in flat(events)
    ]
    numbers = [
        {**row, "action_id": f"{row['action_id']},0"} if "action_id" in row else row for row in rows
    ]
    return as_csv(numbers, delimiter=";").encode()


SHAPES: dict[str, tuple[str, Callable[[list[Event]], bytes]]] = {
    "comma": ("csv", lambda events: as_csv(flat(events)).encode()),
    "semicolon": ("csv", lambda events: as_csv(flat(events), delimiter=";").encode()),
    "decimal comma": ("csv", comma_csv),
    "tab": ("tsv", lambda events: as_csv(flat(events), delimiter="\t").encode()),
    "mark": ("csv", lambda events: as_csv(flat(events)).encode("utf-8-sig")),
    "crlf": ("csv", lambda events: as_csv(flat(events)).replace("\n", "\r\n").encode()),
    "cp1252": ("csv", lambda events: as_csv(flat(events)).encode("cp1252")),
    "properties.": ("csv", lambda events: as_csv(flat(events, "properties.")).encode()),
    "campaign.": ("csv", lambda events: as_csv(flat(events, "campaign.")).encode()),
    "Campaign.": ("csv", lambda events: as_csv(flat(events, "Campaign.")).encode()),
    "mapped name": ("csv", lambda events: as_csv(flat(events, "sms_campaign.")).encode()),
    "milliseconds": (
        "csv",
        lambda events: as_csv(
            flat(events, time=lambda when: f"{when.timestamp() * 1000:.0f}")
        ).encode(),
    ),
    "iso": ("csv", lambda events: as_csv(flat(events, time=datetime.isoformat)).encode()),
    "utc": ("csv", lambda events: as_csv(flat(events, time=in_bigquery)).encode()),
    "ids.": ("csv", lambda events: as_csv(flat(events, who="customer_ids.registered")).encode()),
    "flat list": ("json", lambda events: json.dumps(flat(events)).encode()),
    "answers": ("json", lambda events: json.dumps(answers(events)).encode()),
    "lines of answers": ("ndjson", lambda events: lines(answers(events))),
    "exports of one": ("json", lambda events: json.dumps(exports(events)).encode()),
    "lines of exports": ("ndjson", lambda events: lines(exports(events))),
    "extract": ("ndjson", lambda events: lines(map(extract, events))),
    "raw record": ("ndjson", lambda events: lines(map(raw_record, events))),
    "raw text": ("ndjson", lambda events: lines(map(raw_text, events))),
    "halves": ("ndjson", lambda events: lines(map(halves, events))),
    "hashed": ("ndjson", lambda events: lines(map(hashed, events))),
    "parquet": ("parquet", parquet),
    "workbook": ("xlsx", workbook),
}  # fmt: skip


def read(source: Any, **options: Any) -> pl.DataFrame:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".* is not UTF-8", AssumptionWarning)
        made: pl.DataFrame = ia.read_campaign_events(source, **options)
    return made


def written(folder: Path, shape: str, events: list[Event]) -> Path:
    ending, write = SHAPES[shape]
    path = folder / f"{shape.replace(' ', '_')}.{ending}"
    path.write_bytes(write(events))
    return path


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_told_from_delivery_reports(shape: str, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".* is not UTF-8", AssumptionWarning)
        assert len(ia.read(written(tmp_path, shape, WORLD))) == len(WORLD)


def expected() -> pl.DataFrame:
    made: pl.DataFrame = ia.messages(read(io.StringIO(as_csv(flat(WORLD))), customers=CUSTOMERS))
    return made


def test_the_world_has_the_outcomes_that_its_events_tell() -> None:
    made = expected()
    assert made.select("country", "outcome").rows() == OUTCOMES
    assert made["parts"].to_list() == [1, 1, 2, 1, 1, 1]
    assert made["error_id"].to_list() == [None, 27, None, None, None, None]
    assert made["settled"].all()


@pytest.mark.parametrize("shape", SHAPES)
def test_the_world_reads_the_same_in_every_shape(shape: str, tmp_path: Path) -> None:
    made = ia.messages(read(written(tmp_path, shape, WORLD), customers=CUSTOMERS))
    assert_frame_equal(made, expected())


@pytest.mark.slow
@settings(max_examples=15)
@given(st.lists(st.sampled_from(sorted(SHAPES)), min_size=len(WORLD), max_size=len(WORLD)))
def test_the_world_reads_the_same_in_a_folder_of_mixed_shapes(shapes: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for shape in set(shapes):
            its = [each for each, name in zip(WORLD, shapes, strict=True) if name == shape]
            written(Path(folder), shape, its)
        made = ia.messages(read(folder, customers=CUSTOMERS))
    assert_frame_equal(made, expected())


LINES: list[Callable[[Event], Any]] = [
    lambda each: flat([each])[0],
    lambda each: {**in_api(each), "customer_ids": {"registered": each["customer"]}},
    lambda each: answers([each])[0],
    lambda each: exports([each])[0],
    extract,
    raw_record,
    raw_text,
    halves,
    hashed,
]


@pytest.mark.slow
@settings(max_examples=15)
@given(st.lists(st.sampled_from(LINES), min_size=len(WORLD), max_size=len(WORLD)))
def test_lines_of_one_file_may_each_have_another_shape(
    shapes: list[Callable[[Event], Any]],
) -> None:
    text = lines(shape(each) for shape, each in zip(shapes, WORLD, strict=True))
    assert_frame_equal(ia.messages(read(io.BytesIO(text), customers=CUSTOMERS)), expected())


# --- answers of the Data API


def test_an_answer_that_does_not_name_its_customer_is_tied_by_recipient_and_that_is_said() -> None:
    answer = {
        "success": True,
        "data": [in_api(each) for each in WORLD if each["customer"] == "c-1"],
    }
    with pytest.warns(AssumptionWarning, match="^5 SMS or MMS events .* tied by their recipient"):
        made = ia.messages(ia.read_campaign_events(answer))
    assert (
        made.select("customer", "recipient", "outcome").rows()
        == [(None, "447700900101", "delivered")] * 2
    )


def test_events_that_name_no_customer_in_a_table_need_no_word() -> None:
    row = {"timestamp": "1772442000", "action_type": "sms", "status": "enqueued"}
    assert read([row])["customer"].to_list() == [None]


def test_an_event_with_ids_of_its_own_needs_none_of_its_answer() -> None:
    mine = {**in_api(WORLD[0]), "customer_ids": {"web_id": ["b", "a"]}}
    (opened,) = events_of({"success": True, "data": [mine]})
    assert opened["customer_ids"] == "a"
    assert ia.read_campaign_events(opened)["customer"].to_list() == ["a"]


def test_an_event_whose_properties_name_its_customer_needs_no_word() -> None:
    mine = event("", 0, "enqueued", registered="c-1")
    made = ia.read_campaign_events({"success": True, "data": [in_api(mine)]})
    assert made["customer"].to_list() == ["c-1"]


def test_the_events_of_an_answer_may_be_saved_without_the_rest_of_it() -> None:
    saved = {"customer_ids": {"registered": "c-1"}, "response": [in_api(WORLD[0])]}
    assert ia.read_campaign_events(saved)["customer"].to_list() == ["c-1"]


@pytest.mark.parametrize(
    ("ids", "meant"),
    [
        ({"cookie": ["a"], "registered": "c-1"}, "c-1"),
        ({"registered": None, "crm": 17, "phone_id": "421"}, "17"),
        ({"registered": "", "cookie": ["b", "a"]}, "a"),
        ({"web_id": ["x"], "phone_id": "421"}, "421"),
        ({"customer_id": "c-9", "a_crm": "1"}, "c-9"),
        ({"cookie": []}, None),
        ({}, None),
    ],
)
def test_a_hard_id_names_the_customer_before_any_other(ids: Any, meant: str | None) -> None:
    assert customer_id(ids) == meant


def test_an_id_of_the_projects_own_names_the_customer_in_a_table_too() -> None:
    rows = "ids.crm,ids.cookie,timestamp\n17,a,1772442000\n,b,1772442000\n"
    assert read(io.StringIO(rows))["customer"].to_list() == ["17", "b"]


def test_an_export_of_one_customer_gives_phone_and_country_to_its_events() -> None:
    answer = {
        "success": True,
        "ids": {"registered": "c-3"},
        "properties": {"Phone": "0903 654 321", "country": "Slovakia"},
        "events": [
            in_api(event("c-3", 0, "enqueued")),
            in_api(event("c-3", 1, "enqueued", recipient="+44 7700 900101")),
            in_api(event("c-3", 2, "enqueued", "email")),
        ],
    }
    made = read(answer)
    assert made["recipient"].to_list() == ["421903654321", "447700900101", None]
    assert made["customer_country"].to_list() == ["Slovakia"] * 3
    assert "customer_phone" not in made.columns


def test_other_events_of_a_customer_stay_and_tell_as_of_when_the_answer_is() -> None:
    answer = exports(WORLD[:2])[0]
    consent = {"properties": {"action": "accept"}, "timestamp": 1773000000, "type": "consent"}
    made = read({**answer, "events": [*answer["events"], consent]})
    assert made["event_name"].to_list() == ["campaign", "campaign", "consent"]
    assert ia.messages(made)["as_of"].unique().item() == datetime.fromtimestamp(1773000000, UTC)


def test_an_answer_without_events_is_empty_and_no_fault() -> None:
    assert read({"success": True, "data": []}).is_empty()
    some = lines([*answers(WORLD[:2]), {"success": True, "data": []}])
    assert len(read(io.BytesIO(some))) == 2


@pytest.mark.parametrize(
    "said",
    [
        {"errors": ["No access to this project"]},
        {"errors": {"customer": ["No access to this project"]}},
        {"error": "No access to this project"},
    ],
)
def test_an_answer_that_failed_is_refused_with_its_own_text(said: dict[str, Any]) -> None:
    with pytest.raises(SourceError, match="error answer of the API: No access to this project"):
        read({"success": False, **said})


def test_an_answer_of_errors_alone_failed_and_one_of_events_did_not() -> None:
    assert events_of({"errors": ["no access"]}) == [{"errors": "no access"}]
    assert events_of({"success": True, "errors": [], "data": []}) == []


def test_the_text_of_an_answer_that_failed_names_nobody_and_is_one_short_line() -> None:
    said = f"no customer c-1@example.com\nor +447700900101 {'x' * 1000}"
    (entry,) = events_of({"success": False, "errors": [said]})
    assert entry["errors"].startswith("no customer ... or ... xxx")
    assert len(entry["errors"]) == 300


def test_an_answer_that_failed_among_others_is_set_aside_and_the_others_are_read() -> None:
    failed = {"customer_ids": {"registered": "c-9"}, "response": {"success": False, "errors": []}}
    with pytest.warns(SetAsideWarning, match="^1 row .* it says no more than that it failed"):
        assert len(ia.read_campaign_events(io.BytesIO(lines([*answers(WORLD), failed])))) == len(
            WORLD
        )


# --- tables that are counted already


REPORT = {
    "header": ["campaign.status", "count(campaign)"],
    "name": "Statuses",
    "rows": [["delivered", 10], ["(other)", 0]],
    "success": True,
}


def test_a_table_of_an_analysis_is_refused_for_it_is_counted_already() -> None:
    with pytest.raises(SourceError, match="its numbers are counted already; export single events"):
        read(REPORT)


def test_a_csv_of_an_analysis_is_refused_for_the_same_reason() -> None:
    report = (
        "campaign.campaign_name,campaign.status,count(campaign)\nSale,delivered,10\n(other),,0\n"
    )
    with pytest.raises(
        SourceError, match="analysis: its numbers are counted already; export single"
    ):
        read(io.StringIO(report))


def test_an_analysis_by_day_has_times_and_is_refused_all_the_same() -> None:
    headings = "campaign.timestamp,campaign.action_type,campaign.status,count(campaign)"
    report = f"{headings}\n2026-03-02T00:00Z,sms,delivered,10\n"
    with pytest.raises(SourceError, match="counted already"):
        read(io.StringIO(report))


@pytest.mark.parametrize("heading", ["count(campaign)", "SUM (event.price)", "unique(customer)"])
def test_a_heading_that_counts_tells_an_analysis(heading: str) -> None:
    assert "counted already" in refused(["campaign.status", heading])


def test_no_heading_of_an_export_counts() -> None:
    assert refused([*flat(WORLD)[0], "country (billing)", "counted", "accounting(x)"]) == ""


@pytest.mark.parametrize(
    "table",
    [
        {"header": ["registered", "phone"], "rows": [["c-1", "1"]], "success": True},
        {"fields": [{"id": "registered", "type": "id"}], "data": [["c-1"]], "success": True},
    ],
)
def test_a_table_of_customers_is_no_table_of_events(table: dict[str, Any]) -> None:
    with pytest.raises(SourceError, match="customers: give it as customers="):
        read(table)


# --- BigQuery


@pytest.mark.parametrize(
    ("original", "name"),
    [
        ("user-agent", "user_agent__a510e506"),
        ("dealId", "dealid__5687d774"),
        ("publicationURL", "publicationurl__233f7608"),
        ("status_code", "status_code"),
    ],
)
def test_a_property_has_its_name_in_bigquery(original: str, name: str) -> None:
    assert table_name(original) == name


def test_a_hash_is_dropped_from_names_we_know_and_kept_on_others() -> None:
    row = {"timestamp": "1772442000", table_name("Status"): "enqueued", "dealid__5687d774": "7"}
    made = read([row])
    assert made.select("status", "dealid__5687d774").rows() == [("enqueued", "7")]


def test_raw_properties_fill_only_what_properties_lack() -> None:
    line = {
        "timestamp": "2026-03-02 09:00:00 UTC",
        "type": "campaign",
        "properties": {"status": "delivered", "error": None},
        "raw_properties": {"status": "Sent", "error": "NO_ERROR", "type": "hard"},
    }
    made = read([line])
    assert made.select("event_name", "status", "error", "properties.type").rows() == [
        ("campaign", "delivered", "NO_ERROR", "hard")
    ]
    assert "raw_properties" not in made.columns


def test_raw_properties_fill_a_property_whose_name_was_changed() -> None:
    line = {
        "timestamp": "1772442000",
        "properties": {table_name("Status"): None},
        "raw_properties": '{"Status": "delivered"}',
    }
    assert read([line])["status"].to_list() == ["delivered"]


def test_raw_properties_that_are_no_json_stay_as_they_are() -> None:
    made = read([{"timestamp": "1772442000", "raw_properties": "{oops"}])
    assert made["raw_properties"].to_list() == ["{oops"]


@pytest.mark.parametrize("number", ["2", "2.0", "2.000000000", 2, 2.0, "2,0"])
def test_a_number_is_the_same_however_it_is_written(number: Any) -> None:
    row = {
        "timestamp": "1772442000",
        "action_id": number,
        "status_code": number,
        "number_of_message_parts": number,
    }
    assert read([row]).select("action_id", "status_code", "parts").rows() == [("2", "2", 2)]


# --- headings, words and times


@pytest.mark.parametrize(
    "heading",
    [
        "registered", "customer_id", "Customer ID", "internal_customer_id", "customer",
        "customer_ids.registered", "ids.registered", "customer.registered", "customer_ids.crm",
    ],
)  # fmt: skip
def test_whoever_an_event_is_of_is_found_under_every_heading(heading: str) -> None:
    assert read([{heading: "c-1", "timestamp": "1772442000"}])["customer"].to_list() == ["c-1"]


def test_a_row_is_read_by_the_first_heading_that_it_fills_whatever_rows_are_beside_it() -> None:
    rows = [
        {"timestamp": "1772442000", "registered": "c-1", "customer_id": "17"},
        {"timestamp": "1772442000", "registered": "", "customer_id": "18"},
    ]
    made = read(rows)
    assert made.select("customer", "customer_id").rows() == [("c-1", "17"), ("18", None)]
    assert read(rows[1:])["customer"].to_list() == ["18"]


def test_an_event_type_among_the_properties_is_not_the_name_of_the_event() -> None:
    line = {"timestamp": 1772442000, "type": "campaign", "properties": {"event_type": "click"}}
    made = read([line])
    assert made.select("event_name", "properties.event_type").rows() == [("campaign", "click")]


@pytest.mark.parametrize(
    "prefix", ["properties.", "Properties.", "CAMPAIGN.", "campaign.properties."]
)
def test_a_prefix_of_headings_is_dropped_in_any_case(prefix: str) -> None:
    made = read([{"timestamp": "1772442000", f"{prefix}status": "enqueued"}])
    assert made["status"].to_list() == ["enqueued"]


def test_old_and_new_names_of_the_event_may_stand_in_one_file() -> None:
    text = as_csv(flat(WORLD[:2])).replace(",campaign,", ",sms_event,", 1)
    made = read(io.StringIO(text))
    assert made["event_name"].to_list() == ["sms_event", "campaign"]
    assert ia.messages(made)["outcome"].to_list() == ["delivered"]


@pytest.mark.parametrize("heading", ["customer.country", "customer_properties.country"])
def test_the_customers_country_of_a_report_is_not_where_somebody_clicked(heading: str) -> None:
    row = {"timestamp": "1772442000", heading: "SK", "campaign.country": "AT", "status": "clicked"}
    assert read([row]).select("customer_country", "country").rows() == [("SK", "AT")]


@pytest.mark.parametrize(
    "status", ["enqueue_failed", "Enqueue failed", " ENQUEUE_FAILED ", "enqueue-failed"]
)
def test_a_status_is_the_same_in_any_case_and_spacing(status: str) -> None:
    row = {"timestamp": "1772442000", "action_type": " SMS", "status": status}
    assert read([row]).select("action_type", "status").rows() == [("sms", "enqueue_failed")]


@pytest.mark.parametrize(
    "time",
    [
        "1772442000.5", 1772442000.5, "1772442000500", 1772442000500, "1772442000500000",
        "1772442000,5", "1.7724420005E9", "2026-03-02T10:00:00.500+01:00",
        "2026-03-02T09:00:00.5Z", "2026-03-02 09:00:00.5 UTC", "2026-03-02 09:00:00.500000 utc",
    ],
)  # fmt: skip
def test_times_are_read_in_every_spelling(time: Any) -> None:
    made = read([{"timestamp": time, "sent_timestamp": time}])
    assert (
        made.select("timestamp", "sent_timestamp").row(0)
        == (NINE.replace(microsecond=500_000),) * 2
    )


# --- traps


@pytest.mark.parametrize("given", ["frame", "pandas", "csv", "export of one", "table of customers"])
def test_the_codes_na_and_no_survive_customers_and_pandas(given: str, tmp_path: Path) -> None:
    frame = pd.DataFrame({"registered": ["c-2", "c-4"], "country": ["NA", "NO"]})
    frame.to_csv(tmp_path / "customers.csv", index=False)
    header = {"header": ["registered", "country"], "rows": frame.to_numpy().tolist()}
    sources: dict[str, Any] = {
        "frame": pl.from_pandas(frame),
        "pandas": frame,
        "csv": tmp_path / "customers.csv",
        "export of one": [
            {"ids": {"registered": customer}, "properties": {"country": country}, "events": []}
            for customer, country in frame.itertuples(index=False)
        ],
        "table of customers": {**header, "success": True},
    }
    rows = [
        {"registered": customer, "timestamp": "1772442000", "action_type": "sms",
         "status": "enqueued", "recipient": number}
        for customer, number in [("c-2", "0811234567"), ("c-4", "99990001")]
    ]  # fmt: skip
    events = ia.read_campaign_events(rows, customers=sources[given], backend="pandas")
    assert events["customer_country"].tolist() == ["NA", "NO"]
    assert events["recipient"].tolist() == ["264811234567", "4799990001"]
    assert sorted(ia.messages(events)["country"]) == ["NA", "NO"]


def test_email_push_webhook_and_split_rows_count_nowhere() -> None:
    others = read([row for row in flat(WORLD) if row["action_type"] != "sms"])
    with pytest.warns(InfobipAnalyticsWarning, match="none of these 5 events is of SMS or MMS"):
        assert ia.messages(others).is_empty()


def test_the_country_of_a_click_is_not_the_destination() -> None:
    made = ia.messages(read(flat(WORLD[:3])))
    assert made["country"].to_list() == ["GB"]


@pytest.mark.parametrize(
    "number", ["+447700900101", "00447700900101", "447700900101", "+44 (0)7700 900-101"]
)
def test_a_number_is_the_same_recipient_however_it_is_written(number: str) -> None:
    sent, done = flat([event("", 0, "enqueued"), event("", 9, "delivered")])
    rows = [{**sent, "recipient": "+44 7700 900101"}, {**done, "recipient": number}]
    made = ia.messages(read(rows))
    assert made.select("recipient", "outcome", "orphan").rows() == [
        ("447700900101", "delivered", False)
    ]


def test_two_providers_in_one_export_are_said_and_can_be_told_apart() -> None:
    other = send("c-7", "+447700900107", 6, integration_name="Another")
    events = flat([*WORLD, *other])
    made = ia.messages(read(events, customers=CUSTOMERS))
    assert "2 providers: Another, Infobip SMS; choose one with integration=" in str(
        ia.rates_table(made).note
    )
    chosen = read(events, customers=CUSTOMERS, integration="Infobip SMS")
    assert_frame_equal(ia.messages(chosen), expected())


# --- customers of the Data API


def test_customers_are_read_from_every_answer_that_has_them() -> None:
    native = {
        "fields": [{"id": "registered", "type": "id"}, {"property": "phone", "type": "property"}],
        "data": [["c-1", "1"], "no row"],
    }
    assert customers_of(native) == [{"registered": "c-1", "phone": "1"}, "no row"]
    one = {"ids": {"registered": "c-1"}, "properties": {"phone": "1"}, "events": [{}]}
    assert customers_of([one]) == [{"properties": {"phone": "1"}, "customer_ids": "c-1"}]
    (failed,) = customers_of({"success": False, "errors": ["no access"]})
    assert failed == {"errors": "no access"}


@pytest.mark.parametrize(
    "record",
    [
        {"internal_id": "c-3", "raw_properties": {"country": "Slovakia", "phone": "0903654321"}},
        {"internal_id": "c-3", "properties": {"shipping_country": "SK", "mobile": "0903654321"}},
        {"internal_id": "c-3", "properties": {"country__0a1b2c3d": "SK", "Phone": "0903654321"}},
        {"ids": {"registered": "c-3"}, "properties": {"country": "SK", "phone": "0903654321"}},
        {"registered": "c-3", "country": "SK", "phone": "", "mobile_phone": "0903654321"},
    ],
)
def test_phone_and_country_of_a_customer_are_found_under_every_heading(record: Any) -> None:
    rows = [{**flat(WORLD[5:6])[0], "recipient": "", "registered": "c-3"}]
    made = read(rows, customers=io.BytesIO(lines([record, record])))
    assert made["recipient"].to_list() == ["421903654321"]


# --- whatever the headings


PARTS = ["properties.", "campaign.", "ids.", "Status", "status", "type", "a", ".", " ", "_"]
HEADINGS = st.lists(
    st.lists(
        st.sampled_from([*PARTS, "__0a1b2c3d", ".action_type", "(file)"]),
        min_size=1,
        max_size=3,
    ).map("".join),
    unique=True,
    min_size=1,
    max_size=8,
).filter(lambda found: "(file)" not in found)


ROWS = st.lists(
    st.dictionaries(
        st.sampled_from(
            [
                "registered", "customer_id", "ids.crm", "ids.cookie", "cookie", "type",
                "event_type", "properties.type", "properties.event_type", "status", "Status",
                "properties.status", "campaign.status", "status__0a1b2c3d", "a", "properties.a",
                "raw_properties.status", "raw_properties.a",
            ]
        ),
        st.sampled_from(["", "x", "y"]),
        min_size=1,
    ),
    min_size=1,
    max_size=4,
)  # fmt: skip


def named(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    texts = pl.DataFrame(rows, schema=list(dict.fromkeys(name for row in rows for name in row)))
    return [
        {name: value for name, value in row.items() if value}
        for row in with_our_names(texts).to_dicts()
    ]


@given(ROWS)
def test_a_row_is_named_alike_whatever_rows_are_read_with_it(rows: list[dict[str, str]]) -> None:
    assert named(rows) == [one for row in rows for one in named([row])]


@given(HEADINGS)
def test_no_headings_break_the_reader_and_no_value_is_lost(headings: list[str]) -> None:
    texts = pl.DataFrame({name: [f"value {place}"] for place, name in enumerate(headings)})
    made = with_our_names(texts)
    assert sorted(value for value in made.row(0) if value) == sorted(texts.row(0))


NAMES = st.sampled_from(
    [
        "success", "data", "events", "ids", "customer_ids", "response", "properties", "errors",
        "header", "rows", "fields", "name", "timestamp", "raw_properties", "registered", "phone",
        "country", "id", "property", "status", "customer_phone", "(no customer)", "(file)",
    ]
)  # fmt: skip
VALUES = st.none() | st.booleans() | st.sampled_from([0, 1.5, 1772442000, "", "a", "{", "\ud800"])
JSON = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4)
).filter(lambda value: isinstance(value, (dict, list)) and value not in ([], {}))


@given(JSON)
def test_no_json_breaks_the_reader(value: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            made = ia.read_campaign_events(io.StringIO(json.dumps(value)), customers=CUSTOMERS)
        except SourceError:
            return  # a sentence is an answer
    assert made["timestamp"].null_count() == 0


@given(JSON)
def test_a_list_of_answers_opens_to_what_is_in_each(value: Any) -> None:
    values = value if isinstance(value, list) else [value]
    for opened in (events_of, customers_of):
        assert opened(value) == [entry for each in values for entry in opened([each])]
