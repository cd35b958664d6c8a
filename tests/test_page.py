"""The report: what it says, what it never says, and that it needs nothing but itself."""

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from conftest import Engine

from infobip_analytics.codes.meanings import causes
from infobip_analytics.countries import country_names, no_report_codes
from infobip_analytics.errors import ArgumentError, ColumnError, SourceError
from infobip_analytics.frames import MESSAGES, conform
from infobip_analytics.page import write_report
from infobip_analytics.page.packing import script_json
from infobip_analytics.page.summarise import summarise

AS_OF = datetime(2026, 10, 5, 10, tzinfo=UTC)
SENT = datetime(2026, 9, 1, 9, tzinfo=UTC)
HOSTILE = "</script><img src=x onerror=alert(1)>\u2028{{ 7 * 7 }}"

Write = Callable[..., str]


def a_message(**values: Any) -> dict[str, Any]:
    """A delivered, settled message to the United Kingdom, but for *values*."""
    usual = {
        "country": "GB",
        "outcome": "delivered",
        "receipt": "handset",
        "settled": True,
        "orphan": False,
        "sent_at": SENT,
        "record": "log",
        "population": "sent",
        "recipient": "447700900123",
        "customer": "customer-4711",
        "as_of": AS_OF,
        "waiting_days": 4.0,
        "n_reports": 1,
        "n_late": 0,
    }
    return usual | values


def frame(*messages: dict[str, Any]) -> pl.DataFrame:
    columns = {name: [message.get(name) for message in messages] for name in MESSAGES}
    return conform(pl.LazyFrame(columns, schema=MESSAGES), MESSAGES).collect()


def failed(error: tuple[int | None, str | None], **values: Any) -> dict[str, Any]:
    number, name = error
    return a_message(outcome="failed", receipt=None, error_id=number, error_name=name, **values)


WORLD = frame(
    *(a_message(campaign_name="Spring") for _ in range(95)),
    failed((27, "EC_ABSENT_SUBSCRIBER"), campaign_name="Spring"),
    failed((27, "EC_ABSENT_SUBSCRIBER"), campaign_name=HOSTILE),
    failed((99999, HOSTILE)),
    a_message(outcome="rejected", error_id=0, error_name="NO_ERROR", status_id=52,
              status_name="REJECTED_DESTINATION", status_group="REJECTED"),
    a_message(outcome="unreported", receipt=None, country="FR"),
    a_message(outcome="pending", receipt=None, settled=False, sent_at=AS_OF - timedelta(days=1)),
    a_message(outcome="unreported", receipt=None, country="DE"),
    failed((5, "EC_UNIDENTIFIED_SUBSCRIBER"), country="DE"),
    failed((6, "EC_ABSENT_SUBSCRIBER_SM"), orphan=True),
    a_message(country="ZZ"),
)  # fmt: skip


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a report, and read it."""

    def written(messages: Any, **options: Any) -> str:
        return write_report(messages, tmp_path / "report.html", **options).read_text("utf-8")

    return written


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of the usual messages."""
    return write_report(WORLD, tmp_path_factory.mktemp("page") / "report.html").read_text("utf-8")


def seen(page: str) -> str:
    """The text that a reader sees, without markup and scripts, its spaces made even."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    text = (
        re.sub(r"<[^>]+>", " ", body.replace("<wbr>", "")).replace("&lt;", "<").replace("&gt;", ">")
    )
    return re.sub(r"\s+", " ", text.replace("&nbsp;", " ").replace("&#39;", "'"))


def script(page: str, which: str) -> str:
    found = re.search(rf"<script[^>]*{which}[^>]*>(.*?)</script>", page, flags=re.DOTALL)
    assert found
    return found.group(1)


def test_the_headline_comes_with_its_companions(page: str) -> None:
    # 96 of 101: 95 and one to an unknown country, of 95 + 2 + 1 + 1 + 1 + 1
    companions = "88.9–97.9 %, n = 101 settled; 97.0 % of those reported on; coverage 99.0 %"
    assert f"95.0 % delivered ({companions})" in seen(page)


def test_it_says_over_which_sends_as_of_when_and_whom_it_counts(page: str) -> None:
    text = seen(page)
    assert "105 messages, sent 1 Sep 2026 – 4 Oct 2026, as of 5 Oct 2026 10:00 UTC" in text
    assert "Waiting period 4 days after sending" in text
    assert "Counted are every message sent, heard of or not" in text


def test_the_same_messages_give_the_same_bytes_whatever_their_order(write: Write) -> None:
    page = write(WORLD)
    assert write(WORLD) == page
    assert write(WORLD.sample(fraction=1, shuffle=True, seed=3)) == page


def test_every_engine_gives_the_same_page(engine: Engine, write: Write) -> None:
    assert write(engine(WORLD)) == write(WORLD)


def test_it_returns_the_path_and_replaces_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old", encoding="utf-8")
    assert write_report(WORLD, str(path)) == path
    assert path.read_text("utf-8").startswith("<!doctype html>")


def test_it_stays_smaller_than_two_and_a_half_megabytes(write: Write) -> None:
    # all countries, a year of the largest, and names as long as names get
    lands = sorted(country_names())
    pieces = [WORLD, worldwide(lands, 0), *[worldwide(lands[:40], day) for day in range(7, 364, 7)]]
    many = (
        pl.concat(pieces)
        .with_row_index()
        .with_columns(campaign_name=pl.format("{} " + "x" * 300, pl.col("index") % 50))
    )
    assert many["country"].n_unique() > 240
    page = write(many.drop("index"), days=None)
    assert 25 < page.count("<polyline") <= 31  # none among the countries that are folded away
    assert len(page.encode()) < 2_500_000


def worldwide(lands: list[str], day: int) -> pl.DataFrame:
    """Twenty messages to each of some countries, sent so many days before."""
    of_one = frame(*[a_message(), failed((1, None))] * 10).drop("country")
    sent = pl.col("sent_at") - timedelta(days=day)
    all_of_them = of_one.join(pl.DataFrame({"country": lands}), how="cross")
    return all_of_them.with_columns(sent_at=sent).select(WORLD.columns)


def test_it_names_no_address_and_loads_nothing(page: str) -> None:
    unpacked = page.replace(script(page, 'id="plotly"'), "")
    assert "://" not in unpacked
    assert not re.search(r"<[^>]*\s(src|srcset|data|action)\s*=", unpacked)
    assert all(link.startswith("#") for link in re.findall(r'href="([^"]*)"', unpacked))


def test_only_the_three_scripts_of_its_own_may_run(page: str) -> None:
    packed = base64.b64decode(script(page, 'id="plotly"'))
    assert packed[4:8] == bytes(4)  # no time of packing, so the same page byte for byte
    plotly = gzip.decompress(packed).decode()
    tables, loader = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    allowed = {
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in (plotly, tables, loader)
    }
    assert set(re.findall(r"'sha256-[^']*'", policy)) == allowed
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:;")
    assert "unsafe" not in policy.replace("style-src 'unsafe-inline'", "")


def test_names_in_the_data_are_text_and_never_markup(write: Write) -> None:
    page = write(WORLD, title=HOSTILE)
    assert "<img" not in page
    assert not re.search(r"<[^>]*\son\w+\s*=", page)
    assert "{{ 7 * 7 }}" in page
    # the title, the heading, the campaign and the error
    assert page.count("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;") == 4


def test_no_json_in_it_can_end_its_script(page: str) -> None:
    values = {"name": HOSTILE}
    assert json.loads(script_json(values)) == values
    for text in (script_json(values), script(page, 'id="dark"'), script(page, "data-figure")):
        assert json.loads(text)
        assert not set(text) & set("<>&\u2028\u2029")


def test_recipients_and_customers_never_appear(page: str) -> None:
    assert "447700900123" not in page
    assert "customer-4711" not in page


def test_the_values_between_messages_and_page_are_plain_json() -> None:
    values = summarise(WORLD).to_dict()
    assert json.loads(json.dumps(values)) == values
    assert values["as_of"] == "2026-10-05T10:00:00+00:00"


def test_countries_have_rates_and_silent_ones_have_bounds(page: str) -> None:
    summary = summarise(WORLD)
    assert [row["country"] for row in summary.reporting] == ["GB", "FR", "ZZ"]
    assert [row["country"] for row in summary.silent] == ["DE"]
    assert "United Kingdom 96.0 %" in seen(page)
    assert "Germany 2 2 0 0.0–50.0 % 0" in seen(page)


def test_a_country_that_measures_silent_is_marked(write: Write) -> None:
    dead = frame(*(a_message(country="FO", outcome="unreported", receipt=None) for _ in range(40)))
    text = seen(write(dead))
    assert "Faroe Islands measures silent: no-report country or dead route? 0.0 %" in text
    assert "Faroe Islands : only 0.0 % of 40 messages have a report" in text


def test_a_listed_country_that_reports_is_named(write: Write) -> None:
    loud = frame(*(a_message(country="DE") for _ in range(40)))
    assert "Germany : left out by the list, yet 100.0 % of 40 messages have a report" in seen(
        write(loud)
    )


def test_errors_are_those_of_undelivered_messages_that_count() -> None:
    # not those to Germany (silent), nor the orphan's
    assert [(row["code"], row["messages"]) for row in summarise(WORLD).errors] == [
        ("27 EC_ABSENT_SUBSCRIBER", 2),
        ("0 NO_ERROR", 1),
        (f"99999 {HOSTILE}".replace("\u2028", " "), 1),
        ("no error given", 1),
    ]


def test_every_error_has_its_bar_and_every_undelivered_message_is_in_one() -> None:
    bars = summarise(WORLD).pareto
    assert [bar["title"] for bar in bars][:2] == ["27 EC_ABSENT_SUBSCRIBER", "0 NO_ERROR"]
    assert [bar["so_far"] for bar in bars] == pytest.approx([0.4, 0.6, 0.8, 1.0])


def test_what_to_fix_first_says_what_it_saves_at_most(page: str) -> None:
    # 2 x 96 / 99 of the absent would arrive; the rejected number is not tried again
    fixes = [(row["cause"], row["saves"], row["effect"]) for row in summarise(WORLD).fixes]
    assert fixes == [
        ("number_malformed", 1, "not sent in vain"),
        ("report_missing", 0, "to look into"),
        ("handset_absent", 1, "if time helps"),
    ]
    assert " EC_ABSENT_SUBSCRIBER nobody 2 1 if time helps" in seen(page)


def test_causes_of_little_weight_are_counted_but_silence_is_always_shown(write: Write) -> None:
    # two messages of each of thirteen causes, one that time may mend, and one of silence
    ids = [1, 2, 5, 10, 71, 261, 323, 352, 375, 561, 573, 2050, 4103] * 2 + [6]
    lost = [failed((number, None)) for number in ids]
    silent = a_message(outcome="unreported", receipt=None)
    messages = frame(*lost, silent, *(a_message() for _ in range(99)))
    fixes = summarise(messages).fixes
    assert [row["effect"] for row in fixes[12:]] == ["to look into", "if time helps"]
    assert len({row["cause"] for row in fixes}) == 14
    assert "Not shown: 1 cause further down the list." in seen(write(messages))


def test_silence_is_not_answered_with_waiting() -> None:
    enroute = {"status_id": 7, "status_name": "PENDING_ENROUTE", "status_group": "PENDING"}
    [row] = summarise(frame(a_message(outcome="unreported", receipt=None, **enroute))).errors
    [status] = row["statuses"]
    assert status["cause_title"] == causes()["report_missing"]["title"]
    assert status["action"] == causes()["report_missing"]["act"]


def test_errors_are_counted_per_thousand_settled_messages() -> None:
    assert summarise(WORLD).errors[0]["per_1000"] == pytest.approx(1000 * 2 / 101)


def test_error_0_and_no_error_are_two_rows_and_their_statuses_explain_them() -> None:
    status = {"status_id": 52, "status_name": "REJECTED_DESTINATION", "status_group": "REJECTED"}
    none = a_message(outcome="rejected", **status)
    [zero, missing] = summarise(
        frame(none | {"error_id": 0, "error_name": "NO_ERROR"}, none)
    ).errors
    assert (zero["code"], missing["code"]) == ("0 NO_ERROR", "no error given")
    assert missing["explanation"] is None
    for row in (zero, missing):
        assert [s["code"] for s in row["statuses"]] == ["52 REJECTED_DESTINATION"]
        assert row["statuses"][0]["action"] == "Correct the number."


def test_the_status_of_an_event_explains_no_error() -> None:
    event = a_message(outcome="rejected", error_id=0, status_name="rejected", record="event")
    assert summarise(frame(event)).errors[0]["statuses"] == []


def test_an_error_is_explained_by_the_meaning_that_has_its_name(write: Write) -> None:
    [row] = summarise(frame(failed((27, "EC_ABSENT_SUBSCRIBER")))).errors
    assert row["explanation"].startswith("The handset could not be reached")
    assert row["explanation"] in seen(write(frame(failed((27, "EC_ABSENT_SUBSCRIBER")))))


def test_an_error_is_not_explained_as_a_status_of_the_same_number() -> None:
    [row] = summarise(frame(failed((5, None)))).errors
    assert row["explanation"].startswith("The network cannot identify the subscriber")


@pytest.mark.parametrize(
    ("group", "words"), [("EXPIRED", "message is charged"), ("REJECTED", "not charged")]
)
def test_of_several_meanings_the_group_that_came_with_the_code_decides(
    group: str, words: str
) -> None:
    status = {"status_id": 87, "status_name": "SIGNALS_BLOCKED", "status_group": group}
    [row] = summarise(frame(a_message(outcome="failed", **status))).errors
    assert words in row["statuses"][0]["explanation"]


def test_errors_of_messages_that_wait_are_not_counted_yet() -> None:
    assert summarise(frame(failed((27, None), settled=False))).errors == []


def test_an_error_without_a_number_is_explained_by_its_name() -> None:
    [row] = summarise(frame(failed((None, "EC_ABSENT_SUBSCRIBER")))).errors
    assert (row["code"], row["retry"]) == ("27 EC_ABSENT_SUBSCRIBER", "later")


def test_an_error_that_no_table_has_says_so(write: Write) -> None:
    text = seen(write(frame(failed((99999, "EC_NEW")))))
    assert (
        "99999 EC_NEW failed 1 1 1,000.0 (206.5–1,000.0) 100.0 % — No table has this code." in text
    )


def test_an_error_says_whether_it_is_permanent_and_what_becomes_of_the_number(write: Write) -> None:
    given = [(27, False, "nobody temporary", "after repeats"), (1, True, "list permanent", "yes")]
    for number, flag, words, suppress in given:
        text = seen(write(frame(failed((number, None), permanent=flag))))
        assert f"(206.5–1,000.0) 100.0 % {words} " in text
        assert f"Leave the number out: {suppress}." in text


def test_of_many_statuses_the_rarest_are_counted_together(write: Write) -> None:
    def told(number: int) -> Any:
        return a_message(outcome="failed", status_id=number, status_name=f"S_{number}")

    often = [told(9000 + place) for place in range(5) for _ in range(2)]
    messages = frame(*often, told(9005), told(9006), a_message(outcome="failed"))
    [row] = summarise(messages).errors
    shown = [(each["code"], each["messages"]) for each in row["statuses"]]
    assert shown[5:] == [("2 others", 2), ("no status", 1)]
    assert sum(each["messages"] for each in row["statuses"]) == row["messages"]
    assert "2 others 2 153.8" in seen(write(messages))


def test_pending_is_no_reason_of_a_failure() -> None:
    enroute = {"status_id": 7, "status_name": "PENDING_ENROUTE", "status_group": "PENDING"}
    [row] = summarise(frame(a_message(outcome="failed", **enroute))).errors
    assert (row["statuses"][0]["who"], row["statuses"][0]["action"]) == (None, None)


def test_one_error_of_two_groups_has_two_names(write: Write) -> None:
    groups = ["OPERATOR_ERRORS", "USER_ERRORS"]
    lost = [failed((4102, None), error_group=group) for group in groups]
    rows = summarise(frame(*lost)).errors
    assert [row["code"] for row in rows] == [
        f"4102 EC_NOTSUBMITTEDTOSMPPCHANNEL ({group})" for group in groups
    ]


def test_campaigns_are_shown_where_there_are_any(page: str, write: Write) -> None:
    summary = summarise(WORLD)
    assert [row["campaign"] for row in summary.campaigns] == [
        "Spring",
        None,
        HOSTILE.replace("\u2028", " "),
    ]
    assert "none named" in seen(page)
    assert 'id="campaigns"' not in write(WORLD.with_columns(campaign_name=pl.lit(None, pl.String)))


def test_of_many_campaigns_the_largest_are_shown_and_the_rest_counted(write: Write) -> None:
    many = frame(*(a_message(campaign_id=str(i)) for i in range(23)))
    assert len(summarise(many).campaigns) == 20
    assert "These are the 20 largest of 23 campaigns." in seen(write(many))


def test_a_campaign_that_went_to_silent_countries_only_keeps_its_row(write: Write) -> None:
    text = seen(write(frame(a_message(campaign_id="7"), a_message(campaign_id="8", country="DE"))))
    assert "To no-report countries 7 100.0 %" in text
    assert "8 — — 0 0 0 0 — 0 1 " in text


def test_what_was_left_out_is_counted_and_explained(write: Write) -> None:
    text = seen(write(WORLD.with_columns(set_aside=pl.lit(3), before_since=pl.lit(12))))
    assert "set aside 3 2.5 % rows of the source that could not be read" in text
    assert "before since 12 10.0 %" in text
    assert "orphan 1 0.8 %" in text
    assert "no-report country 2 1.7 %" in text
    assert "waiting 1 0.8 %" in text


def test_since_and_until_leave_out_and_count(write: Write) -> None:
    early, late = (
        a_message(sent_at=SENT - timedelta(days=1)),
        a_message(sent_at=SENT + timedelta(days=2)),
    )
    undated = a_message(sent_at=None)
    messages = frame(early, a_message(), late, undated).with_columns(before_since=pl.lit(5))
    summary = summarise(messages, since="2026-09-01", until="2026-09-02")
    assert summary.headline["settled"] == 1
    assert {row["reason"]: row["messages"] for row in summary.left_out} == {
        "before since": 6,
        "after until": 1,
        "undated": 1,
    }
    assert sum(row["share"] for row in summary.left_out) == pytest.approx(8 / 9)
    text = seen(write(messages, since="2026-09-01", until="2026-09-02"))
    assert (
        "The rates are of messages sent from 1 Sep 2026 00:00 UTC until 2 Sep 2026 23:59 UTC"
        in text
    )


def test_bounds_need_times_of_sending() -> None:
    with pytest.raises(ColumnError, match="need the column sent_at"):
        summarise(WORLD.drop("sent_at"), until="2026-09-02")


def test_many_messages_make_a_report() -> None:
    # a filter of nothing but constants fails where polars cuts a large frame into pieces
    many = pl.concat([WORLD] * 400, rechunk=True)
    assert summarise(many).seen == 400 * WORLD.height


def test_a_bound_that_cannot_be_read_is_answered_with_how_to_write_it() -> None:
    with pytest.raises(ArgumentError, match="'soon' is no moment"):
        summarise(WORLD, since="soon")


def test_only_reported_messages_are_said_to_be_that_first_of_all(write: Write) -> None:
    text = seen(write(WORLD.with_columns(record=pl.lit("report"), population=pl.lit("reported"))))
    assert "Counted are only messages of which something was heard" in text
    assert "the true rate is lower" in text
    assert "coverage 99.0 %" not in text


def test_no_messages_make_a_page_that_says_what_to_check(write: Write) -> None:
    page = write(frame())
    assert "No delivery rate yet There are no messages in the data." in seen(page)
    assert "<script" not in page


def test_three_messages_make_a_page(write: Write) -> None:
    text = seen(write(frame(a_message(), failed((27, None)), a_message(country="SG"))))
    assert "66.7 % delivered (20.8–93.9 %, n = 3 settled" in text


def test_where_all_wait_the_page_says_as_of_when_they_will_not(write: Write) -> None:
    waiting = a_message(settled=False, sent_at=AS_OF - timedelta(days=1, seconds=1))
    text = seen(write(frame(waiting, waiting | {"outcome": "pending"})))
    assert "1 of 2 messages is reported delivered so far" in text
    assert "All 2 messages are still waiting for a report as of 5 Oct 2026 10:00 UTC" in text
    assert "as_of='2026-10-08T10:00Z' or as_of='now'" in text


def test_the_way_out_of_waiting_settles_everything() -> None:
    sent = AS_OF - timedelta(hours=3, microseconds=1)
    told = summarise(frame(a_message(settled=False, sent_at=sent))).way_out
    assert told
    [moment] = re.findall(r"as_of='(.*?Z)'", told)
    assert sent <= datetime.fromisoformat(moment) - timedelta(days=4)


def test_where_all_countries_are_silent_the_page_says_so(write: Write) -> None:
    text = seen(write(frame(a_message(country="DE"), a_message(country="HK"))))
    assert "All 2 messages went to countries that return no delivery reports" in text
    assert "no_report_countries=()" in text


def test_where_all_were_sent_outside_the_bounds_the_page_says_so(write: Write) -> None:
    text = seen(write(WORLD, since="2027-01-01"))
    assert "All 105 messages were sent outside the time that was asked for." in text
    assert "as of 5 Oct 2026 10:00 UTC" in text


def test_where_nothing_can_be_counted_the_page_refers_to_the_reasons(write: Write) -> None:
    text = seen(write(frame(a_message(orphan=True))))
    assert "No message can be counted; the table below says why." in text
    assert "orphan 1 100.0 %" in text


def test_the_least_frame_of_messages_makes_a_page(write: Write) -> None:
    assert "100.0 % delivered" in seen(
        write(pl.DataFrame({"country": ["GB"], "outcome": ["delivered"], "settled": [True]}))
    )


def test_reports_that_were_not_folded_are_answered_with_the_missing_step(tmp_path: Path) -> None:
    with pytest.raises(ColumnError, match=r"ia\.messages\(frame\)"):
        write_report(pl.DataFrame({"status_group": ["DELIVERED"]}), tmp_path / "report.html")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"cannot be written to .*nowhere.report\.html: no such"):
        write_report(WORLD, tmp_path / "nowhere" / "report.html")


def test_the_definitions_stand_in_the_page(page: str) -> None:
    text = seen(page)
    assert (
        "delivered / settled , where settled = delivered + failed + rejected + unreported" in text
    )
    assert "(delivered + failed) / (settled − rejected)" in text


def test_many_countries_are_folded_away_but_all_there(write: Write) -> None:
    codes = sorted(set(country_names()) - no_report_codes())[:32]
    page = write(frame(*(a_message(country=code) for code in codes)))
    assert "<summary>2 more countries</summary>" in page
    assert page.count('<svg class="bar"') == len(codes)


def test_a_single_point_is_no_trend_and_without_rates_there_is_no_axis(write: Write) -> None:
    one = write(frame(a_message()))
    assert 'class="axis"' in one
    assert 'class="trend"' not in one
    waits = write(frame(a_message(settled=False, outcome="pending", sent_at=AS_OF)))
    assert 'class="axis"' not in waits
    assert "Countries of destination. None has a delivery rate yet." in seen(waits)
    days = [a_message(sent_at=SENT + timedelta(days=day)) for day in (3, 4) for _ in range(20)]
    assert 'class="trend"' in write(frame(*days))


def test_axes_begin_where_the_colours_of_the_map_do_and_say_what_is_below(write: Write) -> None:
    bad = [failed((1, None), campaign_name="Bad")] * 3
    low = [*[a_message(country="FR")] * 40, *[failed((1, None), country="FR")] * 20, *bad]
    text = seen(write(frame(*[a_message()] * 40, *low)))
    assert " 60 % 100 % delivered" in text
    assert "Delivered 60 % 100 % 95 % interval" in text  # countries
    assert "Delivered ≤ 60 % 100 % 95 % interval" in text  # campaigns: one has a rate of 0


def test_the_map_speaks_of_circles_only_where_it_has_some(write: Write) -> None:
    assert "Circles are" not in seen(write(frame(a_message())))
    assert "Circles are territories too small" in seen(write(frame(a_message(country="SG"))))


def test_a_very_long_name_is_cut(write: Write) -> None:
    text = seen(write(frame(a_message(campaign_name="x" * 5000))))
    assert f"{'x' * 119}…" in text
    assert "x" * 120 not in text


def test_of_many_surprises_the_first_stand_there_and_none_stands_there_twice(write: Write) -> None:
    heard = [a_message(country=code) for code in sorted(no_report_codes(None)) for _ in range(40)]
    page = write(frame(*heard))
    assert page.count("left out by the list, yet") == len(no_report_codes(None))
    assert f"{len(no_report_codes(None)) - 12} more countries" in seen(page)


def test_one_message_that_was_timed_is_no_distribution(write: Write) -> None:
    text = seen(write(frame(a_message(done_at=SENT + timedelta(seconds=4)))))
    assert "The only delivered message with times took 4.0 s ." in text
    assert "Half of" not in text


def test_a_country_of_which_nothing_is_counted_has_no_row(write: Write) -> None:
    refused = a_message(country="ZZ", outcome="enqueue_failed", record="event")
    page = write(frame(a_message(record="event"), refused))
    assert "Not on the map" not in seen(page)
    assert "nothing settled yet" not in seen(page)
    assert page.count('<svg class="bar"') == 1


def test_recipients_of_no_country_make_a_page_without_a_map(write: Write) -> None:
    page = write(frame(*(a_message(country="ZZ") for _ in range(30)), failed((27, None))))
    assert 'id="map"' not in write(frame(a_message(country="ZZ")))
    assert "Unknown" in seen(page)


def test_bounds_between_which_nothing_lies_are_refused(write: Write) -> None:
    with pytest.raises(ArgumentError, match="exchange them"):
        write(WORLD, since="2026-05-01", until="2026-04-01")


def test_error_0_does_not_tell_who_can_act() -> None:
    nothing = a_message(outcome="rejected", error_id=0, error_name="NO_ERROR")
    [bar] = summarise(frame(a_message(), nothing)).pareto
    assert bar["who"] is None
