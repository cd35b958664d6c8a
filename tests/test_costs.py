"""What does it cost: each currency by itself, a delivered message, Unicode, dead numbers."""

import json
from typing import Any

import oracle_hygiene
import polars as pl
import pytest
from conftest import Back, Engine, Run
from polars.testing import assert_frame_equal
from worlds_of_numbers import DAY, SILENT, T, number, world

from infobip_analytics.errors import ArgumentError, ColumnError
from infobip_analytics.rates import delivery_rates
from infobip_analytics.samples import sample_path
from infobip_analytics.spending import costs, costs_table
from infobip_analytics.spending.summing import UNICODE
from infobip_analytics.spending.texts import BASIC, EXTENSION, is_unicode, parts_as_gsm
from infobip_analytics.spending.texts import parts_as_unicode as parts_in_unicode

UNKNOWN = "EC_UNKNOWN_SUBSCRIBER"
EUR: dict[str, Any] = {"outcome": "delivered", "price": 0.5, "parts": 1, "currency": "EUR"}
LOST = EUR | {"outcome": "unreported"}


def paid(*messages: dict[str, Any], **other: Any) -> pl.DataFrame:
    usual: dict[str, Any] = {"error_name": None, "sent_at": T}
    return number(*(usual | message for message in messages), **other)


def only(*messages: dict[str, Any], **asked: Any) -> dict[str, Any]:
    [row] = costs(paid(*messages), None, **asked).to_dicts()
    found: dict[str, Any] = row
    return found


def test_what_did_not_arrive_is_part_of_the_price_of_what_did(engine: Engine, back: Back) -> None:
    [row] = back(costs(engine(paid(EUR, EUR, EUR | {"parts": 3}, LOST)))).to_dicts()
    assert (row["country"], row["country_name"], row["currency"]) == ("GB", "United Kingdom", "EUR")
    assert (row["messages"], row["cost"], row["delivered"]) == (4, 3.0, 3)
    assert row["cost_per_delivered"] == 1.0


def test_currencies_are_never_added(engine: Engine, back: Back) -> None:
    messages = paid(EUR, EUR | {"currency": "USD"}, EUR | {"currency": None}, EUR | {"price": None})
    found = back(costs(engine(messages), None))
    assert found["currency"].to_list() == ["", "EUR", "USD", None]
    assert found["cost"].to_list() == [0.5, 0.5, 0.5, None]
    assert found["messages"].to_list() == [1, 1, 1, 1]
    assert back(costs(engine(messages), ["country", "currency"])).height == 4
    assert back(costs(engine(messages), "currency")).equals(found)


def test_a_price_is_per_part_unless_it_is_per_message() -> None:
    two = EUR | {"parts": 2}
    assert only(two, EUR | {"parts": None})["cost"] == 1.5
    assert only(two, price_per="message")["cost"] == 0.5


def test_waiting_messages_are_paid_and_in_no_price_of_a_delivery() -> None:
    row = only(EUR, LOST | {"settled": False}, EUR | {"settled": False})
    assert (row["cost"], row["settled"], row["delivered"]) == (1.5, 1, 1)
    assert (row["settled_cost"], row["cost_per_delivered"]) == (0.5, 0.5)


def test_where_nothing_is_delivered_a_delivery_has_no_price() -> None:
    row = only(LOST)
    assert (row["cost"], row["settled"], row["cost_per_delivered"]) == (0.5, 1, None)


def test_no_report_countries_are_paid_and_have_no_price_of_a_delivery() -> None:
    german = paid(EUR, country="DE", recipient="4915550000001")
    [row] = costs(german).to_dicts()
    assert (row["cost"], row["no_report_messages"], row["delivered"]) == (0.5, 1, 0)
    assert row["cost_per_delivered"] is None
    [row] = costs(german, no_report_countries=()).to_dicts()
    assert row["cost_per_delivered"] == 0.5


def test_messages_by_parts() -> None:
    row = only(*({"parts": parts} for parts in (1, 1, 2, 3, 4, 7, None)))
    spread = [row[name] for name in ("parts_1", "parts_2", "parts_3", "parts_4_plus")]
    assert spread == [2, 1, 1, 2]
    assert (row["parts_unknown"], row["parts"]) == (1, 18)
    assert only({"parts": None})["parts"] is None


def test_what_went_to_dead_numbers_is_counted(engine: Engine, back: Back) -> None:
    dead = [{"outcome": "failed", "error_name": UNKNOWN, "sent_at": T + n * DAY} for n in (1, 2)]
    messages = paid(EUR, *(EUR | each for each in dead))
    alive = paid(EUR, recipient="447700900124")
    [row] = back(costs(engine(pl.concat([messages, alive])), None)).to_dicts()
    assert (row["dead_messages"], row["dead_cost"], row["cost"]) == (3, 1.5, 2.0)
    nameless = costs(messages.with_columns(recipient=pl.lit(None, pl.String)), None)
    assert nameless.select("dead_messages", "dead_cost").row(0) == (None, None)
    assert costs(messages.drop("recipient"), None)["dead_messages"].to_list() == [None]


@pytest.mark.parametrize("per_part", [True, False])
@pytest.mark.parametrize("by", [[], ["country"], ["campaign_name", "channel"]])
@pytest.mark.parametrize("seed", range(3))
def test_costs_are_what_sql_makes_of_them(
    seed: int, by: list[str], per_part: bool, engine: Engine, back: Back
) -> None:
    messages = world(seed)
    truth = oracle_hygiene.costs(messages, by, SILENT, per_part=per_part)
    price_per: Any = "part" if per_part else "message"
    found = back(costs(engine(messages), by, no_report_countries=SILENT, price_per=price_per))
    assert truth["dead_messages"].sum() > 0
    shown = found.select(truth.columns).sort(truth.columns[: len(by) + 1], nulls_last=True)
    ordered = truth.sort(truth.columns[: len(by) + 1], nulls_last=True)
    # sums of floats: their order is nobody's
    assert_frame_equal(shown, ordered, check_dtypes=False)


def test_all_rows_together_are_what_the_rates_count(engine: Engine, back: Back) -> None:
    messages = world(5)
    found = back(costs(engine(messages), None, no_report_countries=()))
    rates = back(delivery_rates(engine(messages), None, no_report_countries=()))
    counts = ["messages", "settled", "delivered", "n_priced", "parts"]
    assert found.select(counts).sum().row(0) == rates.select(counts).row(0)


TEXTS = [
    ("Hello", False, 1, 1),
    ("x" * 160, False, 1, 3),
    ("x" * 161, False, 2, 3),
    ("x" * 306, False, 2, 5),
    ("x" * 307, False, 3, 5),
    ("€" * 80, False, 1, 2),
    ("€" * 81, False, 2, 2),
    ("[x]\\^{}~|" * 10, False, 2, 2),
    ("x" * 69 + "’", True, 1, 1),
    ("x" * 70 + "’", True, 1, 2),
    ("x" * 133 + "č", True, 1, 2),
    ("x" * 134 + "č", True, 1, 3),
    ("x" * 68 + "😀", True, 1, 1),
    ("x" * 69 + "😀", True, 1, 2),
    ("Grüße, ça va à Ångström? ¿Señor? Ω", True, 1, 1),
    ("Grüße, Ça va à Ångström? ¿Señor? Ω", False, 1, 1),
    ("line\nline\r\n", False, 1, 1),
    ("tab\t", True, 1, 1),
    ("`", True, 1, 1),
    ("", False, 1, 1),
]


@pytest.mark.parametrize(("text", "unicode", "gsm", "units"), TEXTS)
def test_how_many_parts_a_text_takes(text: str, unicode: bool, gsm: int, units: int) -> None:
    column = pl.col("text")
    made = pl.DataFrame({"text": [text]}).select(
        is_unicode(column), gsm=parts_as_gsm(column), units=parts_in_unicode(column)
    )
    assert made.row(0) == (unicode, gsm, units)


def test_the_alphabet_has_its_127_characters_and_ten_more() -> None:
    assert len(set(BASIC)) == len(BASIC) == 127
    assert len(set(EXTENSION)) == len(EXTENSION) == 10
    assert not set(BASIC) & set(EXTENSION)


def test_what_unicode_costs_is_what_it_adds(engine: Engine, back: Back) -> None:
    long = "x" * 139 + "’"
    messages = paid(
        EUR | {"parts": 3}, EUR | {"parts": 1}, EUR | {"parts": None}, EUR | {"parts": 2}
    ).with_columns(text=pl.Series([long, "plain", long, None]))
    [row] = back(costs(engine(messages), None)).to_dicts()
    # 140 characters: 3 parts of 67, and 1 of 160
    assert [row[name] for name in ("texts", *UNICODE)] == [3, 2, 6, 4]
    assert row["unicode_extra_cost"] == 2.0
    [row] = back(costs(engine(messages), None, price_per="message")).to_dicts()
    assert (row["unicode_extra_parts"], row["unicode_extra_cost"]) == (4, None)


def test_without_texts_nothing_is_said_of_unicode() -> None:
    row = only(EUR | {"parts": 3})
    assert row["texts"] == 0
    assert {row[name] for name in (*UNICODE, "unicode_extra_cost")} == {None}
    assert "cannot be told" in costs_table(paid(EUR)).note
    told = paid(EUR | {"parts": 2}).with_columns(text=pl.lit("č" * 80))
    note = costs_table(told, None).note
    assert "cannot be told" not in note
    assert "1 of 1 text hold a character" in note
    assert "1 part more" in note
    assert "0.50\xa0EUR" in note


def test_the_table_says_what_it_counts() -> None:
    lost = LOST | {"recipient": "447700900124"}
    messages = pl.concat(
        [paid(EUR, EUR, lost, EUR | {"price": None}), paid(EUR | {"price": 2.0, "currency": "USD"})]
    )
    table = costs_table(messages)
    assert table.headline == (
        "1.50\xa0EUR for 3 messages, 0.750\xa0EUR per delivered one; 2.00\xa0USD for 1 message, "
        "2.00\xa0USD per delivered one"
    )
    assert table.notes[0].startswith("Assumes that `price` is what Infobip charges, for each part")
    assert "1 message without a price" in table.note
    assert "1 part 100.0\xa0%, 2 parts 0.0\xa0%" in table.note
    assert table.frame["currency"].to_list() == ["EUR", "USD", None]
    assert costs_table(paid({"price": None})).headline == "No costs: no message has a price"
    assert "447700900123" not in str(costs_table(messages, "recipient"))
    assert "447700900123" in str(costs_table(messages, "recipient", show_numbers=True))


def test_the_table_keeps_the_engine(engine: Engine, back: Back) -> None:
    table = costs_table(engine(paid(EUR)), "month")
    assert back(table.frame)["cost"].to_list() == [0.5]
    assert "of an unnamed currency" in costs_table(engine(paid(EUR | {"currency": None}))).headline


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ArgumentError, match="price_per=3"):
        costs(paid(EUR), price_per=3)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="cost"):
        costs(paid(EUR).with_columns(cost=1.0), "cost")
    with pytest.raises(ArgumentError, match="contry"):
        costs(paid(EUR), "contry")
    with pytest.raises(ColumnError, match="no frame of messages"):
        costs(pl.DataFrame({"x": [1]}))


def test_a_frame_of_few_columns_is_enough(engine: Engine, back: Back) -> None:
    lean = paid(EUR).select("country", "outcome", "settled", "price")
    [row] = back(costs(engine(lean))).to_dicts()
    assert (row["currency"], row["cost"], row["parts"]) == ("", 0.5, None)


def test_the_command_prints_and_writes(run: Run) -> None:
    source = str(sample_path("delivery_reports"))
    status, out, err = run("costs", source)
    assert (status, err) == (0, "")
    assert "per delivered one" in out
    status, out, err = run("costs", source, "--by", "none", "--format", "json")
    told = json.loads(out)
    rows = told["rows"]
    assert status == 0
    assert [row["currency"] for row in rows] == ["EUR", "USD", None]
    assert told["assumes"].startswith("Assumes that `price`")
    assert told["assumes"] not in told["notes"]
    assert err == ""
    _, out, _ = run("costs", source, "--by", "none", "--format", "json", "--price-per", "message")
    assert json.loads(out)["rows"][0]["cost"] < rows[0]["cost"]


def test_of_a_country_without_reports_the_table_does_not_say_that_none_was_delivered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    lost = EUR | {"outcome": "failed", "country": "GB"}
    shown = str(costs_table(paid(EUR | {"country": SILENT[0], "outcome": "unreported"}, lost)))
    delivered = {line[:2]: line.split(" 0.50 ")[1].split()[0] for line in shown.splitlines()[4:6]}
    assert delivered == {SILENT[0]: "—", "GB": "0"}
