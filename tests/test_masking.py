"""Personal data are not shown."""

import polars as pl
from conftest import Back, Engine

import infobip_analytics as ia

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
