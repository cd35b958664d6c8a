"""All codes as a frame, and joining them to messages without multiplying rows."""

from typing import Any

import pandas as pd
import polars as pl
import pytest

from infobip_analytics.codes import explain
from infobip_analytics.codes.meanings import Meaning, coded_rows
from infobip_analytics.codes.table import code_table
from infobip_analytics.errors import ArgumentError

MESSAGES = {
    "message_id": ["a", "b", "c", "d", "e", "f"],
    "channel": ["sms", "mms", "sms", "mms", None, "sms"],
    "error_id": [4102, 27, 4107, 15008, None, 999_999],
    "status_group": ["REJECTED", "EXPIRED", "REJECTED", "REJECTED", None, "REJECTED"],
    "status_id": [87, 87, 14, 56, None, 6],
}


@pytest.fixture
def codes() -> pl.DataFrame:
    table: pl.DataFrame = code_table()
    return table


def test_every_row_of_the_tables_is_in_it_with_all_that_a_meaning_has(codes: pl.DataFrame) -> None:
    assert len(codes) == len(coded_rows())
    assert set(codes.columns) == {*Meaning._fields, "in_short", "first", "first_in_group"}
    assert codes.schema["id"] == pl.Int64
    assert codes.schema["permanent"] == codes.schema["first"] == pl.Boolean
    assert codes["permanent"].null_count() > 0
    assert codes["in_short"].null_count() == codes["cause_title"].null_count() == 0


def test_its_rows_say_what_explain_says(codes: pl.DataFrame) -> None:
    row = codes.row(by_predicate=pl.col("name") == "EC_ABSENT_SUBSCRIBER", named=True)
    assert explain("EC_ABSENT_SUBSCRIBER").to_dict()["meanings"][0].items() <= row.items()


def test_other_spellings_of_a_name_are_in_it(codes: pl.DataFrame) -> None:
    assert codes.schema["also"] == pl.String
    kept = {(row["kind"], row["id"], row["name"] or None): row["also"] for row in coded_rows()}
    told = {
        (row["kind"], str(row["id"]), row["name"]): row["also"] or ""
        for row in codes.iter_rows(named=True)
    }
    assert told == kept
    assert "EC_Cancelled" in told["error", "4100", "EC_MESSAGE_CANCELED"].split()


def test_the_way_for_events_is_told_where_joins_are() -> None:
    told = " ".join(str(code_table.__doc__).split())
    assert "ia.with_explanations(messages)" in told
    assert 'left_on="error_id"' in told
    assert 'left_on=["status_group", "status_id"]' in told


def test_pandas_has_the_same_with_gaps_kept(codes: pl.DataFrame) -> None:
    table = code_table(backend="pandas")
    assert isinstance(table, pd.DataFrame)
    assert list(table.columns) == codes.columns
    assert (table["id"].dtype, table["permanent"].dtype) == (pd.Int64Dtype(), pd.BooleanDtype())
    assert table["permanent"].isna().sum() == codes["permanent"].null_count()
    assert table["group"].isna().sum() == codes["group"].null_count()
    assert table["id"].tolist() == codes["id"].to_list()


def test_what_is_first_is_what_explain_gives_first(codes: pl.DataFrame) -> None:
    for row in codes.filter("first").iter_rows(named=True):
        one = explain(row["id"], kind=row["kind"])[0]
        assert (one.kind, one.channel, one.name) == (row["kind"], row["channel"], row["name"])


def test_no_id_is_an_error_of_two_channels(codes: pl.DataFrame) -> None:
    errors = codes.filter(kind="error").group_by("id").agg(pl.n_unique("channel"))
    assert errors["channel"].max() == 1


def by_error(messages: Any, codes: Any) -> Any:
    if isinstance(messages, pl.DataFrame):
        errors = codes.filter(kind="error", first=True)
        return messages.join(
            errors, how="left", left_on="error_id", right_on="id", maintain_order="left"
        )
    errors = codes[(codes["kind"] == "error") & codes["first"]]
    return messages.merge(
        errors, how="left", left_on="error_id", right_on="id", suffixes=("", "_right")
    )


def by_status(messages: Any, codes: Any) -> Any:
    keys = ["status_group", "status_id"]
    if isinstance(messages, pl.DataFrame):
        statuses = codes.filter(kind="status", first_in_group=True)
        return messages.join(
            statuses, how="left", left_on=keys, right_on=["group", "id"], maintain_order="left"
        )
    statuses = codes[(codes["kind"] == "status") & codes["first_in_group"]]
    return messages.merge(
        statuses, how="left", left_on=keys, right_on=["group", "id"], suffixes=("", "_right")
    )


@pytest.fixture(params=["polars", "pandas"])
def joined(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    if request.param == "polars":
        return pl.DataFrame(MESSAGES), code_table()
    messages = pd.DataFrame(MESSAGES).astype({"error_id": "Int64", "status_id": "Int64"})
    return messages, code_table(backend="pandas")


def test_a_join_on_the_error_multiplies_no_row(joined: tuple[Any, Any]) -> None:
    found = by_error(*joined)
    assert list(found["message_id"]) == MESSAGES["message_id"]
    names = [name if isinstance(name, str) else None for name in found["name"]]
    assert names == [
        "EC_NOTSUBMITTEDTOSMPPCHANNEL",
        "EC_ABSENT_SUBSCRIBER",
        explain(4107)[0].name,
        "EC_PROVIDER_DELIVERY_ERROR",
        None,
        None,
    ]


def test_a_join_on_the_status_and_its_group_multiplies_no_row(joined: tuple[Any, Any]) -> None:
    found = by_status(*joined)
    assert list(found["message_id"]) == MESSAGES["message_id"]
    charged = ["is not charged" in str(text) for text in found["description"]]
    assert charged == [True, False, False, False, False, False]
    assert list(found["name"])[2:4] == [
        "REJECTED_DESTINATION_BLOCKLISTED",
        "REJECTED_INVALID_NOTIFY_URL",
    ]


def test_another_backend_gets_a_sentence() -> None:
    with pytest.raises(ArgumentError, match="there are 'polars' and 'pandas'"):
        code_table(backend="arrow")  # type: ignore[arg-type]
