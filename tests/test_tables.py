"""Rates as a person reads them: never without what they count and what they leave out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import polars as pl
import pytest
from conftest import Engine

import infobip_analytics as ia
from infobip_analytics.tables import coverage_table
from infobip_analytics.tables.columns import Column
from infobip_analytics.tables.text import display_width, shorten, write_table

SENT = datetime(2026, 3, 1, tzinfo=UTC)
LATER = "2026-03-08"


def reports(*rows: dict[str, Any]) -> pl.DataFrame:
    """Delivery reports, delivered to British handsets unless a row says otherwise."""
    usual = {
        "recipient": "447700900101",
        "record": "log",
        "sent_at": SENT,
        "done_at": SENT + timedelta(seconds=3),
        "status_group": "DELIVERED",
        "status_id": 5,
        "campaign_reference": "spring",
    }
    return pl.DataFrame(
        [{"message_id": f"m{n}", **usual, **row} for n, row in enumerate(rows)],
        infer_schema_length=None,
    )


def table(frame: pl.DataFrame, as_of: str | None = LATER, **options: Any) -> Any:
    """The rates table of reports, as of a week later."""
    return ia.rates_table(ia.messages(frame, as_of=as_of), **options)


def test_the_headline_comes_with_its_companions() -> None:
    made = table(reports({}, {}, {}, {"status_group": "UNDELIVERABLE", "status_id": 9}))
    assert made.headline == (
        "75.0\xa0% delivered (30.1–95.4\xa0%, n = 4 settled); "
        "75.0\xa0% of those reported on; coverage 100.0\xa0%"
    )


def test_reports_alone_say_first_that_they_know_only_what_was_reported() -> None:
    made = table(reports({"record": "report"}, {"record": "report"}))
    assert made.notes[0].startswith("only reported messages are known")
    assert "logs" in made.notes[0]
    assert "settled reported" in made.headline
    assert "only reported" not in table(reports({}, {"record": "report"})).note


def test_where_nothing_is_settled_the_way_out_is_given() -> None:
    made = table(reports({}, {}), as_of=None)
    assert made.headline.startswith("No delivery rate yet: nothing is settled; 2 of 2 messages")
    assert (
        "all 2 messages are still waiting as of 1 Mar 2026 00:00 UTC, the last time in the data; "
        "if the export was made after 5 Mar 2026 00:00 UTC, say so: as_of='2026-03-05T00:00Z' "
        "or 'now'"
    ) in made.notes


def test_what_was_left_out_is_named_with_its_share() -> None:
    made = table(reports({}, {}, {"recipient": "4915112345678"}, {"sent_at": None}))
    assert (
        "left out: 1 (25.0\xa0%) without a time of sending; "
        "1 (25.0\xa0%) to no-report countries: Germany 1" in made.notes
    )
    assert "nothing was left out" in table(reports({})).notes


def test_a_silent_country_that_is_not_listed_is_asked_about() -> None:
    pending = {"status_group": "PENDING", "status_id": 7, "recipient": "33612345678"}
    made = table(reports(*[pending] * 40))
    assert "FR: measures silent, only 0.0\xa0% of 40 have a report" in made.note
    assert "no-report country or dead route?" in made.note
    assert "! silent" in str(made)


def test_a_listed_country_that_reports_is_named() -> None:
    made = table(reports(*[{"recipient": "4915112345678"}] * 40, {}))
    assert "DE: left out by the list, yet 100.0\xa0% of 40 have a report" in made.notes


def test_a_status_that_no_table_has_is_counted() -> None:
    made = table(reports({"status_group": "TELEPORTED", "status_id": 9999}, {}))
    assert "unknown status: 1 message without a status group, or with one that no" in made.note


def test_an_event_with_a_status_that_no_table_has_is_set_aside() -> None:
    row = {"timestamp": SENT, "action_type": "sms", "recipient": "447700900101"}
    events = pl.DataFrame([{**row, "status": s} for s in ("enqueued", "teleported", None)])
    with pytest.warns(ia.SetAsideWarning, match="2 rows of SMS or MMS .*: none at all, teleported"):
        made = ia.rates_table(ia.messages(events, as_of=LATER))
    assert "left out: 2 (66.7\xa0%) rows set aside" in made.note


def test_without_a_list_no_country_is_said_to_be_left_out() -> None:
    assert "no-report countries left out" not in table(reports({}), no_report_countries=()).note


def test_several_providers_are_named(engine: Engine) -> None:
    events = pl.DataFrame(
        {
            "timestamp": [SENT, SENT + timedelta(days=9)],
            "customer": ["a", "b"],
            "action_type": ["sms", "sms"],
            "status": ["enqueued", "enqueued"],
            "recipient": ["447700900101", "447700900102"],
            "integration_name": ["Infobip SMS", "Other\x1b[2J"],
        }
    )
    made = ia.rates_table(ia.messages(engine(events)))
    assert "2 providers: Infobip SMS, Other [2J; choose one with integration=" in made.notes


def test_the_frame_is_of_the_engine_that_was_given() -> None:
    messages = ia.messages(reports({}), as_of=LATER)
    assert isinstance(ia.rates_table(messages).frame, pl.DataFrame)
    assert isinstance(ia.rates_table(messages.lazy()).frame, pl.DataFrame)
    assert isinstance(ia.rates_table(messages.to_pandas()).frame, pd.DataFrame)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_table_fits_the_terminal(width: int) -> None:
    long = "a campaign with a name that is far too long for any table " * 3
    made = table(reports({"campaign_reference": long}, {}), by=["campaign", "country"])
    assert max(map(display_width, made.to_text(width).splitlines())) <= width


def test_a_wide_column_keeps_no_narrower_one_out_and_texts_fill_what_is_left() -> None:
    columns = [
        Column("name", lambda row: row["name"]),
        Column("wide", lambda row: "w" * 20, weight=1),
        Column("slim", lambda row: "s", weight=2),
        Column("text", lambda row: "t" * 30, weight=3, least=8),
    ]
    rows = [{"name": "x"}]

    def shown(width: int) -> list[str]:
        return write_table(columns, rows, width).splitlines()[-1].split()

    assert shown(12) == ["x", "s"]
    assert shown(26) == ["x", "w" * 20]
    assert shown(21) == ["x", "s", "t" * 8 + "\N{HORIZONTAL ELLIPSIS}"]
    assert shown(90) == ["x", "w" * 20, "s", "t" * 30]


def test_wide_letters_are_counted_as_wide() -> None:
    assert display_width("春セール") == 8
    assert shorten("春セール", 5) == "春セ…"


def test_names_are_escaped_in_a_notebook() -> None:
    made = table(reports({"campaign_reference": "<img src=x onerror=alert(1)>"}), by="campaign")
    assert "<img" not in made._repr_html_()
    assert "&lt;img" in made._repr_html_()


def test_no_person_is_in_a_table() -> None:
    made = table(reports({}, {}))
    assert "447700900101" not in str(made) + made._repr_html_()


def test_groups_in_time_are_read_in_the_order_of_time() -> None:
    days = [{"sent_at": SENT + timedelta(days=day)} for day in (1, 0, 0)]
    text = str(table(reports(*days), by="day"))
    assert text.index("2026-03-01") < text.index("2026-03-02")


def test_coverage_says_how_it_classes() -> None:
    messages = ia.messages(reports(*[{}] * 40), as_of=LATER)
    made = coverage_table(messages)
    assert made.headline == "Report coverage: 1 reporting"
    assert "unproven: fewer than 35 messages" in made.note
    assert "GB United Kingdom" in str(made)


def test_an_unknown_grouping_is_answered_with_what_there_is() -> None:
    messages = ia.messages(reports({}), as_of=LATER)
    with pytest.raises(ia.ArgumentError, match=r"short names.*campaign_reference"):
        ia.rates_table(messages, "planet")


def test_raw_reports_are_answered_with_the_missing_line() -> None:
    with pytest.raises(ia.ColumnError, match=r"ia\.messages"):
        ia.rates_table(reports({}))
