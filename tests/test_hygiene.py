"""Whom to stop texting: what speaks against a number, what clears it, and who was reached."""

import re
from datetime import timedelta
from typing import Any

import oracle_hygiene
import polars as pl
import pytest
from conftest import Back, Engine
from polars.testing import assert_frame_equal
from worlds_of_numbers import DAY, SILENT, T, number, world

from infobip_analytics.errors import ArgumentError, ColumnError
from infobip_analytics.masking import hidden_of
from infobip_analytics.rates import delivery_rates
from infobip_analytics.reference import rows
from infobip_analytics.retiring import hygiene, hygiene_table, unique_recipient_rates
from infobip_analytics.retiring.listing import importable
from infobip_analytics.retiring.rules import ASSUMES

UNKNOWN, ABSENT = "EC_UNKNOWN_SUBSCRIBER", "EC_ABSENT_SUBSCRIBER"
UNIDENTIFIED, DEVICE = "EC_UNIDENTIFIED_SUBSCRIBER", "EC_UNKNOWN_EQUIPMENT"
REFUSED, NO_MMS, CONSENT = (
    "EC_SC_BLOCKED_BY_END_USER", "EC_HANDSET_DOES_NOT_SUPPORT_MMS", "EC_CONSENT_FAILED",
)  # fmt: skip
SEEDS = range(4)


def judged(*messages: Any, **other: Any) -> dict[str, Any]:
    [row] = hygiene(number(*messages, **other)).to_dicts()
    found: dict[str, Any] = row
    return found


def failing(error: str, *days: float, **other: Any) -> list[dict[str, Any]]:
    """Describe failed messages, sent so many days after T."""
    return [{"error_name": error, "sent_at": T + day * DAY, **other} for day in days]


def test_one_report_of_a_number_that_is_not_in_use_is_enough(engine: Engine, back: Back) -> None:
    [row] = back(hygiene(engine(number("delivered", UNKNOWN)))).to_dicts()
    assert (row["recipient"], row["verdict"], row["cause"]) == (
        "447700900123", "suppress", "number_unknown",
    )  # fmt: skip
    assert row["reason"] == "The number is not in use: one report is enough"
    assert (row["failures"], row["permanent_errors"], row["repeated_errors"]) == (1, 1, 0)
    assert (row["last_delivery"], row["first_failure"], row["days"]) == (T, T + DAY, 0.0)


def test_a_delivery_after_the_errors_clears_them(engine: Engine, back: Back) -> None:
    [row] = back(hygiene(engine(number(UNKNOWN, UNKNOWN, "delivered")))).to_dicts()
    assert (row["verdict"], row["failures"], row["cause"]) == ("keep", 0, None)
    assert row["reason"] == "nothing speaks against the number since its last delivery"
    assert row["last_delivery"] == T + 2 * DAY


def test_a_message_that_failed_while_another_was_on_its_way_to_delivery_is_cleared() -> None:
    late = {"outcome": "delivered", "error_name": None, "sent_at": T, "done_at": T + 2 * DAY}
    assert judged(late, *failing(UNKNOWN, 2))["verdict"] == "keep"
    after = 2 + 1 / 86_400
    assert judged(late, *failing(UNKNOWN, after))["verdict"] == "suppress"


@pytest.mark.parametrize(
    ("error", "days", "verdict"),
    [
        (UNIDENTIFIED, [0], "watch"),
        (UNIDENTIFIED, [0, 0.99], "watch"),
        (UNIDENTIFIED, [0, 1], "suppress"),
        (DEVICE, [0, 14], "watch"),
        (DEVICE, [0, 7, 13.9], "watch"),
        (DEVICE, [0, 7, 14], "suppress"),
        (ABSENT, [0, 10, 20, 30], "watch"),
        (ABSENT, [0, 10, 20, 25, 29.9], "watch"),
        (ABSENT, [0, 10, 20, 25, 30], "suppress"),
    ],
)
def test_repeats_are_enough_over_enough_days(error: str, days: list[float], verdict: str) -> None:
    row = judged(*failing(error, *days))
    assert row["verdict"] == verdict
    assert (row["failures"], row["repeated_errors"]) == (len(days), len(days))
    assert row["days"] == pytest.approx(max(days))


def test_the_reason_says_how_many_and_how_many_are_enough() -> None:
    few = judged(*failing(ABSENT, 0, 10, 20.5))
    assert few["reason"] == (
        "The phone could not be reached: 3 failures in a row over 20 days (5 over at least 30 days "
        "are enough)"
    )
    assert "1 failure (5 over" in judged(ABSENT)["reason"]
    assert "2 failures in a row within a day (" in judged(*failing(ABSENT, 0, 0.5))["reason"]
    assert "(2 over at least 1 day are" in judged(UNIDENTIFIED)["reason"]


def test_several_causes_are_enough_together_by_the_strictest_of_their_rules() -> None:
    mixed = [*failing(DEVICE, 0, 5), *failing(ABSENT, 10, 20)]
    assert judged(*mixed, *failing(ABSENT, 29.9))["verdict"] == "watch"
    row = judged(*mixed, *failing(ABSENT, 30))
    assert row["verdict"] == "suppress"
    assert row["reason"] == (
        "The phone could not be reached and other causes: 5 failures in a row over 30 days (5 over "
        "at least 30 days are enough)"
    )


def test_silence_and_what_does_not_speak_against_a_number_are_no_evidence() -> None:
    none = ["unreported", "unreported", *["EC_UNKNOWN_BASE_STATION"] * 9, "EC_NOBODY_KNOWS"]
    row = judged(*none)
    assert (row["verdict"], row["reason"]) == ("keep", "nothing speaks against the number")
    assert (row["failed"], row["unheard"], row["failures"]) == (10, 2, 0)


def test_silence_does_not_break_a_row() -> None:
    assert judged(*failing(UNIDENTIFIED, 0, 2), "unreported")["verdict"] == "suppress"


@pytest.mark.parametrize("flag", [True, False, None])
def test_the_flag_of_infobip_decides_nothing(flag: bool | None) -> None:
    assert judged(UNKNOWN, permanent=flag)["verdict"] == "suppress"
    assert judged(ABSENT, permanent=flag)["verdict"] == "watch"


def test_the_status_tells_where_the_error_says_nothing() -> None:
    status = {"status_id": 9, "status_name": "UNDELIVERABLE_NOT_DELIVERED"}
    told = status | {"status_group": "UNDELIVERABLE", "error_name": "NO_ERROR", "error_id": 0}
    messages = [told | {"sent_at": T + day * DAY} for day in (0, 7, 14)]
    row = judged(*messages)
    assert (row["verdict"], row["cause"]) == ("suppress", "undelivered")


def test_numbers_of_no_report_countries_are_never_judged(engine: Engine, back: Back) -> None:
    german = number(UNKNOWN, UNKNOWN, recipient="4915550000001", country="DE")
    [row] = back(hygiene(engine(german))).to_dicts()
    assert (row["verdict"], row["failures"]) == ("keep", 2)
    assert row["reason"] == "to a no-report country, never judged; The number is not in use"
    [row] = back(hygiene(engine(german), no_report_countries=())).to_dicts()
    assert row["verdict"] == "suppress"
    [row] = back(hygiene(engine(number(UNKNOWN)), no_report_countries="GB")).to_dicts()
    assert row["verdict"] == "keep"


def test_who_refused_is_not_cleared_by_a_delivery() -> None:
    row = judged(REFUSED, "delivered")
    assert row["verdict"] == "watch"
    assert row["reason"].startswith("The recipient does not want these messages, yet a later")
    assert judged("delivered", REFUSED)["verdict"] == "suppress"


def test_what_speaks_against_mms_or_a_category_alone_never_suppresses_the_number() -> None:
    row = judged(*failing(NO_MMS, *range(9), channel="mms"))
    assert row["verdict"] == "watch"
    assert row["reason"] == "The recipient cannot take MMS: send SMS instead of MMS"
    assert judged(*failing(CONSENT, *range(9)))["reason"].endswith(
        "leave the number out of that category alone"
    )


def test_an_sms_that_arrives_says_nothing_of_mms() -> None:
    broken = failing(NO_MMS, 0, channel="mms")
    arrives = {"outcome": "delivered", "error_name": None, "sent_at": T + DAY}
    assert judged(*broken, arrives | {"channel": "sms"})["verdict"] == "watch"
    assert judged(*broken, arrives | {"channel": "mms"})["verdict"] == "keep"


def test_what_was_never_forwarded_is_no_message_to_the_number() -> None:
    row = judged("delivered", {"outcome": "enqueue_failed", "error_name": UNKNOWN})
    assert (row["verdict"], row["messages"]) == ("keep", 1)


def test_costs_are_of_parts_and_null_in_several_currencies(engine: Engine, back: Back) -> None:
    paid: list[dict[str, Any]] = [
        {"error_name": UNKNOWN, "price": 0.5, "parts": 2, "currency": "EUR"},
        {"error_name": UNKNOWN, "price": 0.25, "parts": None, "currency": "EUR"},
        {"error_name": UNKNOWN, "price": None, "parts": 9, "currency": "USD"},
    ]
    row = judged(*paid)
    assert (row["cost"], row["currency"], row["n_priced"]) == (1.25, "EUR", 2)
    [row] = back(hygiene(engine(number(*paid)), price_per="message")).to_dicts()
    assert row["cost"] == 0.75
    mixed = judged(*paid, paid[0] | {"currency": "USD"})
    assert (mixed["cost"], mixed["currency"], mixed["n_priced"]) == (None, None, 3)
    assert judged(UNKNOWN)["cost"] is None


def test_a_number_of_several_customers_is_no_customers() -> None:
    assert judged(UNKNOWN, UNKNOWN, customer="ann")["customer"] == "ann"
    two = [{"error_name": UNKNOWN, "customer": who} for who in ("ann", "bob")]
    assert judged(*two)["customer"] is None


@pytest.mark.parametrize("seed", SEEDS)
def test_each_number_is_judged_as_sql_judges_it(seed: int, engine: Engine, back: Back) -> None:
    messages = world(seed)
    truth = oracle_hygiene.hygiene(messages, SILENT)
    found = back(hygiene(engine(messages), no_report_countries=SILENT)).sort("recipient")
    assert set(truth["verdict"]) == {"suppress", "watch", "keep"}
    assert_frame_equal(found.select(truth.columns), truth, check_dtypes=False)
    counts = found.select("failures", "permanent_errors", "repeated_errors").sum().row(0)
    assert counts[0] == counts[1] + counts[2]


@pytest.mark.parametrize("by", [[], ["country"], ["campaign_name", "channel"]])
@pytest.mark.parametrize("seed", SEEDS)
def test_people_are_counted_as_sql_counts_them(
    seed: int, by: list[str], engine: Engine, back: Back
) -> None:
    messages = world(seed)
    truth = oracle_hygiene.unique_rates(messages, by, SILENT)
    found = back(unique_recipient_rates(engine(messages), by, no_report_countries=SILENT))
    counted = found.filter(pl.col("settled") + pl.col("unnamed") > 0)
    assert_frame_equal(counted.select(truth.columns), truth, check_dtypes=False)


def test_a_dead_number_that_is_tried_again_and_again_does_not_depress_the_rate() -> None:
    living = [number("delivered", recipient=f"4477009{each:05}") for each in range(99)]
    messages = pl.concat([*living, number(*[UNKNOWN] * 101)])
    [row] = unique_recipient_rates(messages).to_dicts()
    assert (row["recipients"], row["reached"], row["unique_recipient_rate"]) == (100, 99, 0.99)
    assert (row["settled"], row["delivered"], row["delivery_rate"]) == (200, 99, 0.495)
    # statsmodels 0.15, proportion_confint(99, 100, method="wilson")
    assert (row["rate_low"], row["rate_high"]) == pytest.approx((0.9455138, 0.9982326))


@pytest.mark.parametrize("by", [None, "country", ["month", "channel"]])
def test_the_rate_beside_it_is_that_of_the_rates(by: Any, engine: Engine, back: Back) -> None:
    messages = world(7).filter(pl.col("recipient").is_not_null())
    asked: dict[str, Any] = {"no_report_countries": SILENT}
    rates = back(delivery_rates(engine(messages), by, **asked))
    people = back(unique_recipient_rates(engine(messages), by, **asked))
    same = ["settled", "delivered", "delivery_rate", "no_report_messages", "population", "as_of"]
    told = rates.filter(pl.col("messages") + pl.col("no_report_messages") > 0)
    assert_frame_equal(people.select(same), told.select(same))


def test_where_nothing_is_settled_nobody_is_counted() -> None:
    [row] = unique_recipient_rates(number("delivered", settled=False)).to_dicts()
    assert (row["recipients"], row["unique_recipient_rate"], row["rate_low"]) == (0, None, None)


def test_no_messages_are_no_numbers_and_one_row_of_nobody(engine: Engine, back: Back) -> None:
    none = engine(number())
    assert back(hygiene(none)).is_empty()
    [row] = back(unique_recipient_rates(none)).to_dicts()
    assert (row["recipients"], row["settled"], row["unique_recipient_rate"]) == (0, 0, None)
    assert hygiene_table(none).headline == "0 numbers: 0 to suppress, 0 to watch, 0 to keep"
    assert back(unique_recipient_rates(none, "country")).is_empty()


def test_who_has_no_number_is_counted_by_the_customer_or_not_at_all() -> None:
    nameless = number("delivered", recipient=None)  # type: ignore[arg-type]
    ann = nameless.with_columns(customer=pl.lit("ann"))
    [row] = unique_recipient_rates(pl.concat([nameless, ann, ann])).to_dicts()
    assert (row["recipients"], row["settled"], row["unnamed"]) == (1, 2, 1)
    assert hygiene(pl.concat([nameless, ann])).is_empty()


@pytest.mark.parametrize("row", rows("suppression"), ids=lambda row: row["cause"])
def test_the_table_says_what_the_reason_of_the_cause_says(row: dict[str, str]) -> None:
    [cause] = [each for each in rows("causes") if each["cause"] == row["cause"]]
    said = re.search(r"after (\d+) (?:failures|campaigns|refusals|blocks)(.*?)[.:,;]", cause["why"])
    if cause["suppress"] == "yes":
        assert (row["failures"], row["days"]) == ("1", "0")
        assert "One re" in cause["why"]
        return
    assert said, cause["why"]
    assert row["failures"] == said[1]
    days = re.search(r"at least (\d+|one) days?", said[2])
    assert row["days"] == ({"one": "1"}.get(days[1], days[1]) if days else "0")
    assert (row["about"] == "mms") == ("and of MMS only" in cause["why"])


def test_every_cause_that_speaks_against_a_number_is_in_the_table_and_no_other() -> None:
    against = [row["cause"] for row in rows("causes") if row["suppress"] != "no"]
    assert [row["cause"] for row in rows("suppression")] == against
    assert {row["about"] for row in rows("suppression")} == {"number", "mms", "category"}
    assert {row["cleared_by"] for row in rows("suppression")} == {
        "delivery", "delivery of MMS", "agreement",
    }  # fmt: skip


def test_what_is_no_frame_of_messages_with_numbers_is_refused() -> None:
    with pytest.raises(ColumnError, match="lack the column recipient"):
        hygiene(number(UNKNOWN).drop("recipient"))
    with pytest.raises(ColumnError, match="recipient and customer"):
        unique_recipient_rates(number(UNKNOWN).drop("recipient", "customer"))
    with pytest.raises(ColumnError, match="no frame of messages"):
        hygiene(pl.DataFrame({"x": [1]}))
    with pytest.raises(ArgumentError, match="price_per='each'"):
        hygiene(number(UNKNOWN), price_per="each")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="confidence=2"):
        unique_recipient_rates(number(UNKNOWN), confidence=2)
    with pytest.raises(ArgumentError, match="reached"):
        unique_recipient_rates(number(UNKNOWN).with_columns(reached=1), "reached")
    with pytest.raises(ArgumentError, match="verdict='never'"):
        hygiene_table(number(UNKNOWN), verdict="never")  # type: ignore[arg-type]


def test_columns_that_are_not_there_are_unknown(engine: Engine, back: Back) -> None:
    lean = number(UNKNOWN, "delivered").select(
        "recipient", "country", "outcome", "settled", "sent_at", "error_name"
    )
    [row] = back(hygiene(engine(lean))).to_dicts()
    assert (row["verdict"], row["cost"], row["last_delivery"]) == ("keep", None, T + DAY)
    [row] = back(unique_recipient_rates(engine(lean))).to_dicts()
    assert (row["recipients"], row["reached"], row["as_of"]) == (1, 1, None)


def test_the_table_tells_of_all_numbers_and_lists_those_that_were_asked_for() -> None:
    paid = number(UNKNOWN, UNKNOWN, price=0.5, currency="EUR", parts=1)
    dear = number(UNKNOWN, price=2.0, currency="USD", parts=1, recipient="447700900124")
    kept = number("delivered", recipient="447700900125", price=9.0, currency="EUR", parts=1)
    watched = number(ABSENT, recipient="447700900126")
    messages = pl.concat([paid, dear, kept, watched])
    table = hygiene_table(messages)
    text = str(table)
    assert table.headline == "4 numbers: 2 to suppress, 1 to watch, 1 to keep"
    assert table.frame["verdict"].to_list() == ["suppress"] * 2
    assert "1.00\xa0EUR for 2 messages, 2.00\xa0USD for 1 message" in table.note
    assert table.notes[0] == ASSUMES
    assert "4477•••23" in text
    assert "447700900123" not in text + table._repr_html_()
    assert "447700900123" in str(hygiene_table(messages, show_numbers=True))
    assert "33.3\xa0% of recipients" not in text
    assert "25.0\xa0% of recipients reached" in text
    assert hygiene_table(messages, verdict="all").frame.height == 4
    assert hygiene_table(messages, verdict="watch").frame["recipient"].item() == "447700900126"
    assert hygiene_table(messages, "country").people.frame["country"].to_list() == ["GB"]


def test_the_table_keeps_the_engine(engine: Engine, back: Back) -> None:
    table = hygiene_table(engine(number(UNKNOWN)))
    assert back(table.frame)["verdict"].to_list() == ["suppress"]
    assert back(table.people.frame)["recipients"].to_list() == [1]


def test_a_list_to_import_holds_numbers_alone() -> None:
    odd = ["+447700900123", "12345", "x@y", "4477009001230000"]
    recipients = ["447700900123", "1234567", *odd, "447" + "0" * 15]
    good, said = importable(pl.DataFrame({"recipient": recipients}))
    assert good["recipient"].to_list() == ["447700900123", "1234567"]
    assert len(said) == 2
    assert said[0].startswith("4 recipients left out of the list")
    assert said[1].startswith("1 pseudonym here")
    assert importable(good)[1] == []


def test_shares_of_recipients_are_no_personal_data() -> None:
    shown = unique_recipient_rates(number(UNKNOWN)).columns
    assert {hidden_of(name) for name in shown} == {"nothing"}


def test_a_long_row_within_a_day_needs_no_more_than_it_says() -> None:
    assert judged(*failing(UNIDENTIFIED, 0, 1))["days"] == 1.0
    assert judged(*failing(UNIDENTIFIED, 0, 1))["last_failure"] == T + timedelta(days=1)
