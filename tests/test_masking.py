"""Personal data are not shown."""

import polars as pl
import pytest
from conftest import Back, Engine

import infobip_analytics as ia
from infobip_analytics.masking import hidden_of, personal
from infobip_analytics.reference import rows

PEOPLE = pl.DataFrame(
    {
        "recipient": ["447700900123", "+44 7700 900123", "not a number", None],
        "customer": ["ann.other@example.com", "c-101", "", None],
        "sender": ["Shop", "447700900456", "Shop", "Shop"],
        "status": ["delivered", "incoming_message", "clicked", "enqueued"],
        "callback_data": ['{"customer_id": 7}', "x", None, "y"],
        "message": ["Dear Ann", None, "STOP", "Hi"],
        "campaign_id": ["spring", "spring", "spring", "spring"],
        "customer_id": ["cid1", "cid2", "cid3", "cid4"],
        "E-Mail": ["ann@example.com"] * 4,
        "first_name": ["Ann"] * 4,
        "customer_country": ["CZ"] * 4,
    }
)


def test_people_are_masked_and_the_rest_is_left(engine: Engine, back: Back) -> None:
    masked = back(ia.mask(engine(PEOPLE)))
    assert masked["recipient"].to_list() == ["4477•••23", "+44 •••23", "n•••", None]
    assert masked["customer"].to_list() == ["a•••", "c•••", "•••", None]
    assert masked["callback_data"].to_list() == ["•••", "•••", None, "•••"]
    assert masked["message"].to_list() == ["•••", None, "•••", "•••"]
    assert masked["campaign_id"].to_list() == PEOPLE["campaign_id"].to_list()


def test_other_names_of_a_person_are_masked_too() -> None:
    masked = ia.mask(PEOPLE)
    assert masked["customer_id"].to_list() == ["c•••"] * 4
    assert masked["E-Mail"].to_list() == ["a•••"] * 4
    assert masked["first_name"].to_list() == ["A•••"] * 4
    assert masked["customer_country"].to_list() == ["CZ"] * 4


def test_who_replies_is_masked_and_the_shop_is_not() -> None:
    assert ia.mask(PEOPLE)["sender"].to_list() == ["Shop", "4477•••56", "Shop", "Shop"]


def test_masking_leaves_the_frame_itself_alone() -> None:
    before = PEOPLE.clone()
    ia.mask(PEOPLE)
    assert PEOPLE.equals(before)


@pytest.mark.parametrize(
    "name",
    ["customer", "recipient", "registered", "E-Mail", "userEmail", "PHONE",
     "properties.phone_number", "customer_properties.first_name", "Telefonní číslo", "jméno",
     "příjmení", "Handynummer", "Handy", "Vorname", "téléphone portable", "numéro de téléphone",
     "correo electrónico", "apellidos", "imię", "nazwisko", "Kundennummer", "zákazník", "ügyfél",
     "matkapuhelin", "customerId", "msisdn", "destination", "to", "cookie", "soft_id", "contact"],
)  # fmt: skip
def test_names_of_people_are_known_in_many_spellings(name: str) -> None:
    assert hidden_of(name) == "partly"


@pytest.mark.parametrize(
    "name", ["callback_data", "callbackData", "message", "sms_text", "ip", "client_ip", "image_url",
             "user-agent", "userAgent", "birthday", "Geburtsdatum", "street", "latitude"],
)  # fmt: skip
def test_what_people_wrote_and_where_they_are_is_hidden_wholly(name: str) -> None:
    assert hidden_of(name) == "wholly"
    assert personal([name]) == [name]


@pytest.mark.parametrize(
    "name",
    ["country", "customer_country", "campaign_name", "campaign_id", "campaign_reference",
     "action_name", "sender", "network", "message_id", "bulk_id", "messages", "stage", "context",
     "time_zone", "customers", "n_recipients", "by_recipient", "mobile_network", "variant", "name",
     "language", "integration_name", "number_of_message_parts", "page", "content_type", "total",
     "image", "utm_content", "status_id", "parts", "price", "day", "tomorrow"],
)  # fmt: skip
def test_what_names_nobody_stays(name: str) -> None:
    assert hidden_of(name) in ("nothing", "numbers")
    assert personal([name]) == []


def test_who_a_value_names_is_masked_whatever_its_column_is_called() -> None:
    shown = ia.mask(
        pl.DataFrame(
            {
                "\u0442\u0435\u043b": ["+447700900123", "ann@mail.example", None],
                "nested": ['{"phone": "447700900123"}', '[{"a": 1}]', "[CZ] Winter {sale}"],
                "message_id": ["04265397801200", "m-1", "20261123"],
                "sender": ["+18335550100", "Shop", "Shop"],
            }
        )
    )
    assert shown["\u0442\u0435\u043b"].to_list() == [
        "+447\u2022\u2022\u202223",
        "a\u2022\u2022\u2022",
        None,
    ]
    assert shown["nested"].to_list() == [
        "\u2022\u2022\u2022",
        "\u2022\u2022\u2022",
        "[CZ] Winter {sale}",
    ]
    assert shown["message_id"].to_list() == ["04265397801200", "m-1", "20261123"]
    assert shown["sender"].to_list() == ["+18335550100", "Shop", "Shop"]


def test_numbers_and_addresses_in_free_text_are_hidden_and_codes_are_not() -> None:
    texts = ["no 447700900123", "of ann@mail.example", "1153+0+0+0", "EC_ABSENT_SUBSCRIBER", None]
    shown = ia.mask(pl.DataFrame({"error": texts, "comment": texts}))
    for name in ("error", "comment"):
        assert shown[name].to_list() == ["no •••", "of •••", *texts[2:]]


def test_values_of_any_type_are_masked() -> None:
    shown = ia.mask(
        pl.DataFrame(
            {
                "phone": [447700900123],
                "customer_id": [7],
                "mobile": [447700900123.0],
                "email_opened": [True],
                "properties": [{"email": "a@b.example"}],
                "tags": [["a@b.example"]],
            }
        )
    )
    assert shown.row(0) == ("4477•••23", "7•••", "4477•••.0", True, "•••", "•••")


def test_of_a_short_number_less_is_shown() -> None:
    shown = ia.mask(pl.DataFrame({"recipient": ["6591234", "431111111", "4311111111"]}))
    assert shown["recipient"].to_list() == ["65•••", "43•••", "4311•••11"]


def test_every_row_of_the_table_is_reached_and_has_a_source() -> None:
    for row in rows("personal_columns"):
        assert row["source"]
        assert row["word"].isascii()
        assert row["match"] in ("part", "word", "name")
        assert hidden_of(row["word"]) == row["hide"], row
