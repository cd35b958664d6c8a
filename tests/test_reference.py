"""What must hold for every row of the tables of codes."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from infobip_analytics import reference
from infobip_analytics.codes.spelling import fold
from infobip_analytics.codes.verdicts import RANKS
from infobip_analytics.errors import ArgumentError
from infobip_analytics.reference import rows, tables

Row = dict[str, str]

STATUSES, ERRORS, SMPP = rows("statuses"), rows("errors"), rows("smpp_errors")
STATUS_GROUPS, ERROR_GROUPS = rows("status_groups"), rows("error_groups")
SOURCES = rows("sources")
CODES = [*STATUSES, *ERRORS, *SMPP]
OF_CODES = [
    "status_groups",
    "error_groups",
    "statuses",
    "errors",
    "smpp_errors",
    "unlisted_codes",
    "other_channels",
    "causes",
    "sources",
]
FLAGS = ["permanent", "permanent_2015", "permanent_2022"]
LEGACY = 2  # the errors 72 and 511 have their flag from 2015 alone

CHANNELS = ["sms", "mms", "dlt_india", "voice"]  # the order of the blocks in a table


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
        ("other_channels", ["channel", "id"]),
        ("causes", ["cause"]),
        ("causes", ["title"]),
        ("sources", ["source"]),
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


@pytest.mark.parametrize("table", OF_CODES)
def test_a_table_is_plain_ascii_without_stray_spaces(table: str) -> None:
    for row in rows(table):
        assert all(cell.isascii() and cell == " ".join(cell.split()) for cell in row.values()), row


@pytest.mark.parametrize("table", [table for table in OF_CODES if table != "sources"])
def test_every_source_of_a_code_is_described(table: str) -> None:
    described = {row["source"] for row in SOURCES}
    for row in rows(table):
        begins = ", ".join(list(row.values())[:3])
        assert row["source"], f"{table}.csv: the row {begins} has no source; say where it is from"
        strange = set(row["source"].split("; ")) - described
        assert not strange, f"{table}.csv: the row {begins} names what is not in sources.csv"


def test_every_described_source_has_a_date_and_is_used() -> None:
    named = {source for table in OF_CODES for row in rows(table) for source in sources_of(row)}
    flags = {row["source"] for row in SOURCES if row["flags"]}
    told = {row["source"] for row in SOURCES if "flag means" in row["covers"]}
    assert {row["source"] for row in SOURCES} == named | flags | told
    assert all(row["title"] and row["covers"] and row["date"][:4].isdecimal() for row in SOURCES)


def sources_of(row: Row) -> list[str]:
    return [] if "covers" in row else row["source"].split("; ")


@pytest.mark.parametrize(
    "source", [row for row in SOURCES if row["flags"]], ids=lambda row: row["date"]
)
def test_a_source_gives_as_many_flags_as_it_is_said_to(source: Row) -> None:
    for column in source["flags"].split():
        given = {
            (row["channel"], row["id"])
            for row in ERRORS
            if row[column] and (column != "permanent" or row["source"] == source["source"])
        }
        expected = LEGACY if column == "permanent" and "_2015" in source["flags"] else None
        assert len(given) == int(expected or source["flagged"])


@every_error
def test_every_permanent_flag_has_a_source_that_covers_it(row: Row) -> None:
    covered = {
        column
        for source in SOURCES
        for column in source["flags"].split()
        if column != "permanent" or source["source"] in row["source"].split("; ")
    }
    assert {column for column in FLAGS if row[column]} <= covered


@every_code
def test_every_code_says_what_happened_and_what_to_do(row: Row) -> None:
    assert row["description"].endswith(".")
    assert row["action"].endswith(".")
    assert row["note"] == "" or row["note"].endswith(".")
    assert row["reason"] == "" or row["reason"].endswith(".")
    assert row["advice"] in {"documented", "ours"}


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


@every_error
def test_an_error_has_a_known_group_or_a_channel_without_groups(row: Row) -> None:
    groups = {group["group"] for group in ERROR_GROUPS}
    assert row["group"] in (groups if row["channel"] == "sms" else {""})


@every_error
def test_a_permanent_flag_is_what_infobip_gives(row: Row) -> None:
    flags = {"true", "false"}
    assert row["permanent"] in ({""} if row["channel"] == "dlt_india" else flags)
    assert {row["permanent_2015"], row["permanent_2022"]} <= flags | {""}


@pytest.mark.parametrize("row", SMPP, ids=name_of)
def test_hex_and_decimal_are_the_same_number(row: Row) -> None:
    assert int(row["hex"], 16) == int(row["id"])


def test_statuses_of_other_channels_are_not_those_of_our_tables() -> None:
    ours = {(row["channel"], row["id"]) for row in STATUSES}
    others = rows("other_channels")
    assert Counter(row["channel"] for row in others) == {
        "voice": 17,
        "e-mail": 4,
        "push": 8,
        "flows": 1,
    }
    assert not ours & {(row["channel"], row["id"]) for row in others}
    assert {row["group"] for row in others} <= {group["group"] for group in STATUS_GROUPS}


@pytest.mark.parametrize(
    ("line", "cells"), [("sms,27,EC_ABSENT", 3), ("sms,27,EC_ABSENT,off, or away,source", 6)]
)
def test_a_line_without_its_source_or_with_a_cell_too_many_gets_a_sentence(
    line: str, cells: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"channel,id,name,description,source\nsms,5,EC_FIVE,fine,ours\n{line}\n"
    (tmp_path / "torn.csv").write_text(text, "utf-8")
    monkeypatch.setattr(reference, "FOLDER", str(tmp_path))
    with pytest.raises(ArgumentError) as caught:
        rows("torn")
    assert str(caught.value).startswith(
        f"torn.csv: the line that begins {','.join(line.split(',')[:4])} has {cells} cells, the "
        "heading has 5 (channel, id, name, description, source)"
    )


def test_an_unknown_table_is_answered_with_those_there_are() -> None:
    with pytest.raises(ArgumentError, match=r"no reference table 'nonsense'; there are .*statuses"):
        rows("nonsense")
    assert "errors" in tables()
