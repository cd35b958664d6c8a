"""Campaign events, however they were exported, read as they arrived, in our names."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from infobip_analytics.bloomreach.reader import read_campaign_events
from infobip_analytics.errors import (
    ArgumentError,
    AssumptionWarning,
    ColumnError,
    SetAsideWarning,
    SourceError,
)
from infobip_analytics.frames import CAMPAIGN_EVENTS
from infobip_analytics.reading import read as read_any

EXPORT = """\
registered,timestamp,type,action_id,action_type,campaign_id,recipient,status,status_code,\
number_of_message_parts,sent_timestamp,integration_name,country,subject
c-1,1772442000.128,campaign,3,sms,65e1,+447700900101,enqueued,,1,1772442000.128,Infobip SMS,,
c-1,1772442006.528,campaign,3.0,SMS ,65e1,00447700900101,Delivered,0.0,1,,Infobip SMS,Austria,
c-2,2026-03-02 09:00:00 UTC,campaign,4,email,65e2,c-2@example.com,clicked,,,,,NO,"Hi, you"
c-3,1772442000,campaign,9,webhook,65e3,,failed,422,,,,,
"""
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def read(text: str, **options: Any) -> pl.DataFrame:
    made: pl.DataFrame = read_campaign_events(io.StringIO(text), **options)
    return made


def sms(recipient: str, customer: str = "c-1", **more: str) -> dict[str, str]:
    row = {
        "customer": customer,
        "timestamp": "1772442000",
        "action_type": "sms",
        "status": "enqueued",
    }
    return {**row, "recipient": recipient, **more}


def test_an_export_is_read_column_by_column_and_other_properties_follow() -> None:
    made = read(EXPORT)
    assert {name: made.schema[name] for name in CAMPAIGN_EVENTS} == CAMPAIGN_EVENTS
    assert made.columns == [*CAMPAIGN_EVENTS, "country", "subject"]
    first = made.row(0, named=True)
    assert first["timestamp"] == first["sent_timestamp"] == NINE.replace(microsecond=128_000)
    assert (first["customer"], first["event_name"], first["parts"]) == ("c-1", "campaign", 1)
    assert made["timestamp"].to_list()[2:] == [NINE, NINE]


def test_ids_are_text_and_the_same_number_is_the_same_id() -> None:
    made = read(EXPORT)
    assert made["action_id"].to_list() == ["3", "3", "4", "9"]
    assert made["status_code"].to_list() == [None, "0", None, "422"]


def test_words_we_compare_lose_their_case_and_spaces() -> None:
    made = read(EXPORT)
    assert made["action_type"].to_list() == ["sms", "sms", "email", "webhook"]
    assert made["status"].to_list() == ["enqueued", "delivered", "clicked", "failed"]


def test_only_recipients_of_sms_and_mms_become_bare_digits() -> None:
    recipients = ["447700900101", "447700900101", "c-2@example.com", None]
    assert read(EXPORT)["recipient"].to_list() == recipients
    token = {**sms("+0012"), "action_type": "mobile notification"}
    assert read_campaign_events([token])["recipient"].to_list() == ["+0012"]


def test_the_country_of_a_click_stays_a_property_and_is_not_the_customers() -> None:
    made = read(EXPORT)
    assert made["country"].to_list() == [None, "Austria", "NO", None]
    assert made["customer_country"].null_count() == 4


@pytest.mark.parametrize("separator", [";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_separator_mark_and_line_ends_make_no_difference(
    separator: str, mark: str, line_end: str
) -> None:
    rows = pl.read_csv(io.StringIO(EXPORT), infer_schema=False)
    text = mark + rows.write_csv(separator=separator, line_terminator=line_end)
    assert_frame_equal(read(text), read(EXPORT))


@pytest.mark.parametrize("prefix", ["properties.", "campaign."])
def test_headings_may_have_a_prefix(prefix: str) -> None:
    headings, rest = EXPORT.split("\n", 1)
    first, *others = headings.split(",")
    prefixed = ",".join([first, *(prefix + name for name in others)])
    assert_frame_equal(read(f"{prefixed}\n{rest}"), read(EXPORT))


def test_a_prefix_stays_where_the_name_without_it_is_taken() -> None:
    made = read("customer,timestamp,type,properties.type\nc-1,1772442000,campaign,hard\n")
    assert made.select("event_name", "properties.type").rows() == [("campaign", "hard")]


def test_our_own_name_wins_and_an_alias_beside_it_stays_a_property() -> None:
    made = read("event_name,type,timestamp\ncampaign,suppressed,1772442000\n")
    assert made.select("event_name", "type").rows() == [("campaign", "suppressed")]


def test_parsed_lists_and_ndjson_of_flat_events_are_read_alike() -> None:
    rows: list[dict[str, Any]] = [
        {"customer_id": "c-1", "timestamp": 1772442000.128, "status": "enqueued", "action_id": 3},
        {"customer_id": "NA", "timestamp": 1772442000, "status": "failed", "action_id": 2.0},
    ]
    by_list = read_campaign_events(rows)
    assert by_list["customer"].to_list() == ["c-1", "NA"]
    assert by_list["action_id"].to_list() == ["3", "2"]
    assert by_list["timestamp"].to_list() == [NINE.replace(microsecond=128_000), NINE]
    assert_frame_equal(read("\n".join(map(json.dumps, rows))), by_list)


def test_the_codes_na_and_no_survive_pandas() -> None:
    export = io.StringIO(EXPORT.replace("Austria", "NA"))
    made: pd.DataFrame = read_campaign_events(export, backend="pandas")
    assert made["country"].tolist()[1:3] == ["NA", "NO"]
    assert made["parts"].tolist() == [1, 1, pd.NA, pd.NA]


def test_a_row_without_a_time_that_can_be_read_is_set_aside() -> None:
    bad = "c-4,,campaign\nc-5,soon,campaign\n"
    with pytest.warns(SetAsideWarning, match="2 rows of 1 file .* line 6: no timestamp"):
        assert read(EXPORT + bad)["set_aside"].to_list() == [2] * 4
    with pytest.raises(SourceError, match="line 3: sent_timestamp cannot be read as a time"):
        read("timestamp,sent_timestamp\n1772442000,\n1772442000,soon\n", on_bad="raise")


def test_a_warning_names_no_customer_and_no_recipient() -> None:
    with pytest.warns(SetAsideWarning) as said:
        read(EXPORT + "c-4@example.com,soon,campaign,3,sms,1,447700900104\n")
    assert "c-4" not in str(said[0].message)
    assert "447700900104" not in str(said[0].message)


@pytest.mark.parametrize(
    "source",
    [
        io.StringIO("campaign.campaign_name,campaign.status,count(campaign)\nSale,delivered,10\n"),
        {"header": ["campaign.status", "count(campaign)"], "rows": [["delivered", 10]]},
    ],
)
def test_a_table_of_an_analysis_is_refused_because_it_is_counted_already(source: Any) -> None:
    with pytest.raises(SourceError, match="counted already"):
        read_campaign_events(source)


def test_exact_repeats_stay() -> None:
    row = EXPORT.splitlines()[1]
    assert len(read(f"{EXPORT}{row}\n{row}\n")) == 6


def test_times_without_an_offset_are_said_once_and_read_in_the_given_zone() -> None:
    text = "timestamp,sent_timestamp\n2026-03-02 10:00,2026-03-02\n"
    with pytest.warns(AssumptionWarning, match="^2 times carry no offset"):
        read(text)
    assert read(text, timezone="Europe/Prague")["timestamp"].to_list() == [NINE]


def test_the_user_may_name_columns() -> None:
    made = read("Kunde;Zeit\nc-1;1772442000\n", columns={"Kunde": "customer", "Zeit": "timestamp"})
    assert made.select("customer", "timestamp").rows() == [("c-1", NINE)]


CUSTOMERS = "registered,phone,country\nc-1,,Slovakia\nc-2,+447700900102,NO\nc-2,,\n,1,FR\n"


def test_a_local_number_takes_the_country_of_its_customer() -> None:
    rows = [sms("0903 654 321"), sms("+44 7700 900103"), sms("0903 654 321", "c-9")]
    with pytest.warns(SetAsideWarning, match="line 5: no customer id"):
        made = read_campaign_events(rows, customers=io.StringIO(CUSTOMERS))
    assert made["recipient"].to_list() == ["421903654321", "447700900103", "0903654321"]
    assert made["customer_country"].to_list() == ["Slovakia", "Slovakia", None]


def test_the_customers_phone_is_the_recipient_only_where_an_sms_names_none() -> None:
    rows = [sms("", "c-2"), sms("447700900101", "c-2"), {**sms("", "c-2"), "action_type": "push"}]
    made = read_campaign_events(
        rows, customers=pl.DataFrame({"customer": ["c-2"], "phone": ["+1 202 555 0123"]})
    )
    assert made["recipient"].to_list() == ["12025550123", "447700900101", None]


def test_a_customer_who_is_there_twice_multiplies_no_event() -> None:
    rows = [sms("447700900101", "c-2")]
    customers = pd.DataFrame({"customer_id": ["c-2", "c-2"], "country": ["NO", "NO"]})
    made = read_campaign_events(rows, customers=customers)
    assert made["customer_country"].to_list() == ["NO"]


def test_customers_may_be_nested_records_in_ndjson() -> None:
    record = {"internal_id": "c-1", "properties": {"phone": "+421903123456", "country": "SK"}}
    lines = io.StringIO(f"{json.dumps(record)}\n" * 2)
    made = read_campaign_events([sms("0903 654 321")], customers=lines)
    assert made["recipient"].to_list() == ["421903654321"]


def test_what_the_event_says_of_its_customer_wins() -> None:
    rows = [sms("0903 654 321", customer_country="SK")]
    customers = pl.DataFrame({"customer": ["c-1"], "country": ["GB"]})
    made = read_campaign_events(rows, customers=customers)
    assert made.select("recipient", "customer_country").rows() == [("421903654321", "SK")]


def test_customers_without_an_id_are_answered_with_the_columns_there_are() -> None:
    with pytest.raises(ColumnError, match="this frame has phone"):
        read_campaign_events([sms("447700900101")], customers=pl.DataFrame({"phone": ["1"]}))


def test_an_integration_leaves_out_the_sms_of_the_others_and_nothing_else() -> None:
    rows = [
        sms("447700900101", integration_name="Infobip SMS"),
        sms("447700900102", integration_name="Other"),
        {**sms("", integration_name="Mail"), "action_type": "email"},
    ]
    made = read_campaign_events(rows, integration="Infobip SMS")
    assert made["integration_name"].to_list() == ["Infobip SMS", "Mail"]
    with pytest.raises(ArgumentError, match="there are 'Infobip SMS', 'Other'"):
        read_campaign_events(rows, integration="Infobip")


def test_sms_that_name_no_integration_are_kept_and_that_is_said() -> None:
    rows = [sms("447700900101", integration_name="Infobip SMS"), sms("447700900102")]
    with pytest.warns(AssumptionWarning, match="name no integration"):
        assert len(read_campaign_events(rows, integration="Infobip SMS")) == 2


# --- what the package writes, it reads


TEXT = st.none() | st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), min_size=1
)
TIMES = st.datetimes(datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2090-01-01"))
ROWS = st.fixed_dictionaries(
    dict.fromkeys(CAMPAIGN_EVENTS, TEXT)
    | {
        "timestamp": TIMES.map(lambda when: when.replace(tzinfo=UTC)),
        "sent_timestamp": st.none() | TIMES.map(lambda when: when.replace(tzinfo=UTC)),
        "action_type": st.sampled_from([None, "sms", "email"]),
        "action_id": st.sampled_from([None, "2", "00420"]),
        "status": st.sampled_from([None, "enqueued", "na"]),
        "status_code": st.sampled_from([None, "400"]),
        "recipient": st.sampled_from([None, "447700900101", "c-1@example.com"]),
        "parts": st.none() | st.integers(0, 2**53),
        "customer_country": st.none(),
        "set_aside": st.just(2),
        "country": st.sampled_from([None, "NA", "NO", "00420", "1.0"]),
        "type": TEXT,
    }
)
FRAMES = st.lists(ROWS, min_size=1, max_size=5).map(
    lambda rows: pl.DataFrame(
        rows, schema=CAMPAIGN_EVENTS | {"country": pl.String, "type": pl.String}
    )
)


@given(FRAMES, st.sampled_from(["parquet", "csv", "ndjson"]))
def test_what_was_written_is_read_back_as_it_was(frame: pl.DataFrame, how: str) -> None:
    written = io.BytesIO()
    getattr(frame, f"write_{how}")(written)
    written.seek(0)
    assert_frame_equal(read_campaign_events(written), frame)


def test_lazy_parquet_of_our_own_is_not_read_before_it_is_collected(tmp_path: Path) -> None:
    made = read(EXPORT)
    made.write_parquet(tmp_path / "own.parquet")
    plan = read_campaign_events(tmp_path / "own.parquet", lazy=True)
    assert "PROJECT 1/" in plan.select("status").explain()
    assert_frame_equal(plan.collect(), made)


def test_customers_join_lazily_too(tmp_path: Path) -> None:
    read_campaign_events([sms("0903654321")]).write_parquet(tmp_path / "own.parquet")
    customers = pl.DataFrame({"customer": ["c-1"], "country": ["SK"]})
    plan = read_campaign_events(tmp_path / "own.parquet", customers=customers, lazy=True)
    assert plan.select("recipient").collect().to_series().to_list() == ["421903654321"]


def test_files_of_different_kinds_and_columns_are_one_frame(tmp_path: Path) -> None:
    read(EXPORT).write_parquet(tmp_path / "a.parquet")
    (tmp_path / "b.csv").write_text("customer;timestamp;colour\nc-9;1772442000;red\n")
    made = read_campaign_events(tmp_path)
    assert made["customer"].to_list() == ["c-1", "c-1", "c-2", "c-3", "c-9"]
    assert made["colour"].to_list() == [None] * 4 + ["red"]


def test_the_properties_of_a_nested_record_are_read(tmp_path: Path) -> None:
    properties = {"status": "Enqueued", "action_type": "sms", "recipient": "+447700900101"}
    nested = pl.DataFrame({"timestamp": [NINE], "properties": [properties]})
    nested.write_parquet(tmp_path / "events.parquet")
    made = read_campaign_events(tmp_path / "events.parquet")
    assert made.select("timestamp", "status", "recipient").rows() == [
        (NINE, "enqueued", "447700900101")
    ]


def test_customers_of_whom_no_event_speaks_are_said_to_be_strangers() -> None:
    events = [{"customer_id": "c-1", "timestamp": 1772442000, "action_type": "sms"}]
    with pytest.warns(AssumptionWarning, match="knows none of the customers of these events"):
        read_campaign_events(
            events, customers=pl.DataFrame({"registered": ["x"], "country": ["NO"]})
        )


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("campaign.status,count(campaign)\ndelivered,10\n", "counted already; export single"),
        ("registered,phone,country\nc-1,447700900101,NO\n", "give it as customers= beside"),
    ],
)
def test_a_table_that_is_no_export_of_events_is_told_what_it_is(table: str, why: str) -> None:
    with pytest.raises(SourceError, match=why):
        read_any(io.StringIO(table))


def test_a_table_like_one_of_customers_is_read_where_its_times_are_named() -> None:
    table = "registered,phone,country,when\nc-1,447700900101,NO,1772442000\n"
    made = read_campaign_events(io.StringIO(table), columns={"when": "timestamp"})
    assert made["customer"].to_list() == ["c-1"]


def test_headings_of_a_person_are_named_before_the_kind_is_told() -> None:
    export = "Wer,Wann,Wie,Was\nc-1,1772442000,sms,enqueued\n"
    named = {"Wer": "customer", "Wann": "timestamp", "Wie": "action_type", "Was": "status"}
    assert read_any(io.StringIO(export), columns=named)["customer"].to_list() == ["c-1"]
