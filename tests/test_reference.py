"""What must hold for every row of the tables of codes."""

from collections import Counter
from itertools import pairwise

import pytest

from infobip_analytics.codes.spelling import fold
from infobip_analytics.codes.verdicts import RANKS
from infobip_analytics.errors import ArgumentError
from infobip_analytics.reference import rows, tables

Row = dict[str, str]

STATUSES, ERRORS, SMPP = rows("statuses"), rows("errors"), rows("smpp_errors")
STATUS_GROUPS, ERROR_GROUPS = rows("status_groups"), rows("error_groups")
CODES = [*STATUSES, *ERRORS, *SMPP]

CHANNELS = ["sms", "mms", "dlt_india", "voice"]  # the order of the blocks in a table
WHO = {"list", "content", "account", "operator", "infobip", "nobody"}


def name_of(row: Row) -> str:
    return f"{row.get('kind', row.get('channel'))}-{row['id']}-{row['name'] or 'nameless'}"


every_code = pytest.mark.parametrize("row", CODES, ids=name_of)
every_error = pytest.mark.parametrize("row", ERRORS, ids=name_of)
every_status = pytest.mark.parametrize("row", STATUSES, ids=name_of)


def test_the_tables_hold_all_that_the_sources_list() -> None:
    counts = Counter(row["channel"] for row in (*STATUSES, *ERRORS))
    kinds = Counter(row["kind"] for row in SMPP)
    assert counts == {"sms": 35 + 148, "mms": 2 + 30, "dlt_india": 51, "voice": 2}
    assert kinds == {"smpp_command": 51, "smpp_state": 8}
    assert [row["id"] for row in STATUS_GROUPS] == ["0", "1", "2", "3", "4", "5"]
    assert [row["id"] for row in ERROR_GROUPS] == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("status_groups", ["id"]),
        ("status_groups", ["group"]),
        ("error_groups", ["id"]),
        ("error_groups", ["group"]),
        ("statuses", ["channel", "group", "id", "name"]),
        ("errors", ["channel", "group", "id", "name"]),
        ("smpp_errors", ["kind", "id"]),
        ("unlisted_codes", ["code"]),
    ],
)
def test_no_key_occurs_twice(table: str, key: list[str]) -> None:
    counted = Counter(tuple(row[column] for column in key) for row in rows(table))
    assert [found for found, times in counted.items() if times > 1] == []


@pytest.mark.parametrize("table", [STATUSES, ERRORS], ids=["statuses", "errors"])
def test_an_id_that_stands_for_several_things_says_so_in_each_note(table: list[Row]) -> None:
    counted = Counter((row["channel"], row["id"]) for row in table)
    shared = [row for row in table if counted[row["channel"], row["id"]] > 1]
    assert [row for row in shared if not row["note"]] == []


@pytest.mark.parametrize("table", [STATUSES, ERRORS], ids=["statuses", "errors"])
def test_rows_are_in_order_of_channel_and_id(table: list[Row]) -> None:
    places = [(CHANNELS.index(row["channel"]), int(row["id"])) for row in table]
    assert all(before <= after for before, after in pairwise(places))


@pytest.mark.parametrize(
    "table",
    ["status_groups", "error_groups", "statuses", "errors", "smpp_errors", "unlisted_codes"],
)
def test_a_table_is_plain_ascii_without_stray_spaces_and_has_a_source(table: str) -> None:
    for row in rows(table):
        assert all(cell.isascii() and cell == " ".join(cell.split()) for cell in row.values()), row
        assert row["source"], row


@every_code
def test_every_code_says_what_happened_who_can_act_and_what_to_do(row: Row) -> None:
    assert row["description"].endswith(".")
    assert row["action"].endswith(".")
    assert row["note"] == "" or row["note"].endswith(".")
    assert row["who"] in WHO
    assert row["advice"] in {"documented", "ours"}
    assert row["retry"] in {"no", "later", "after fix"}
    assert row["suppress"] in {"yes", "after repeats", "no"}


@every_code
def test_a_number_is_suppressed_only_where_the_list_is_at_fault_for_good(row: Row) -> None:
    if row["suppress"] == "yes":
        assert row["who"] == "list"
        assert row.get("permanent", "") != "false"
        assert row["retry"] != "later"


@every_code
def test_text_account_and_infobip_never_speak_against_a_number(row: Row) -> None:
    if row["who"] in {"content", "account", "infobip"}:
        assert row["suppress"] == "no"


@every_code
def test_another_spelling_is_one_that_folding_does_not_reach(row: Row) -> None:
    assert fold(row["name"]) not in {fold(name) for name in row["also"].split()}


@every_status
def test_a_status_has_the_outcome_of_its_group_or_says_why_not(row: Row) -> None:
    outcomes = {group["group"]: group["outcome"] for group in STATUS_GROUPS}
    assert row["group"] in outcomes
    assert (row["outcome"], row["receipt"] or None) in RANKS
    assert row["outcome"] == outcomes[row["group"]] or row["note"]


@every_status
def test_one_status_of_one_group_has_one_outcome(row: Row) -> None:
    twins = [twin for twin in STATUSES if (twin["group"], twin["id"]) == (row["group"], row["id"])]
    assert {(twin["outcome"], twin["receipt"]) for twin in twins} == {
        (row["outcome"], row["receipt"])
    }


@every_status
def test_what_is_delivered_or_pending_needs_nobody(row: Row) -> None:
    if row["outcome"] in {"delivered", "pending"}:
        assert (row["who"], row["retry"], row["suppress"]) == ("nobody", "no", "no")


@every_error
def test_an_error_has_a_known_group_or_a_channel_without_groups(row: Row) -> None:
    groups = {group["group"] for group in ERROR_GROUPS}
    assert row["group"] in (groups if row["channel"] == "sms" else {""})


@every_error
def test_a_permanent_flag_is_what_infobip_gives(row: Row) -> None:
    flags = {"true", "false"}
    assert row["permanent"] in ({""} if row["channel"] == "dlt_india" else flags)
    assert {row["permanent_2015"], row["permanent_2022"]} <= flags | {""}


@every_error
def test_a_flag_that_changed_or_that_clashes_with_the_advice_has_a_note(row: Row) -> None:
    older = {row["permanent_2015"], row["permanent_2022"]} - {""}
    clashes = row["permanent"] == "true" and row["retry"] == "later"
    if older - {row["permanent"]} or clashes:
        assert row["note"]


@pytest.mark.parametrize("row", SMPP, ids=name_of)
def test_hex_and_decimal_are_the_same_number(row: Row) -> None:
    assert int(row["hex"], 16) == int(row["id"])


@pytest.mark.parametrize(
    ("table", "id"),
    [
        ("errors", "628"),
        ("errors", "5"),
        ("errors", "579"),
        ("errors", "2051"),
        ("errors", "375"),
        ("errors", "4102"),
        ("errors", "0"),
        ("errors", "1024"),
        ("statuses", "87"),
        ("statuses", "29"),
        ("statuses", "14"),
        ("statuses", "52"),
    ],
)
def test_where_facts_clash_a_note_says_so(table: str, id: str) -> None:
    notes = [row["note"] for row in rows(table) if row["id"] == id]
    assert notes
    assert all(notes)


def test_an_unknown_table_is_answered_with_those_there_are() -> None:
    with pytest.raises(ArgumentError, match=r"no reference table 'nonsense'; there are .*statuses"):
        rows("nonsense")
    assert "errors" in tables()
