"""The command `alerts`, for people and pagers, and the alerts of a report."""

import json
from pathlib import Path

import polars as pl
import pytest
from alert_worlds import at, seen, sends
from conftest import Run

from infobip_analytics.page.render import render
from infobip_analytics.page.summarise import summarise

KEYS = [
    "country", "country_name", "network", "incident", "kind", "since", "last_day", "days", "basis",
    "messages", "delivered", "rate", "usual_messages", "usual_delivered", "usual_rate", "change",
    "missing", "accepted", "heard", "coverage", "usual_accepted", "usual_heard", "usual_coverage",
    "p_value", "error_id", "error_name", "error_per_1000", "usual_error_per_1000", "sentence",
    "population", "as_of", "waiting_days",
]  # fmt: skip

FALLEN = [*[0.95] * 36, 0.7, 0.7]
#: Day 42, as a person says it
AS_OF = "2026-03-15T00:00Z"


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write delivery reports of 38 days, on the last two of which a route of Italy breaks."""
    path = tmp_path_factory.mktemp("export") / "reports.parquet"
    codes = {"delivered": ("DELIVERED", 5), "failed": ("UNDELIVERABLE", 9)}
    group = pl.col("outcome").replace_strict({name: code[0] for name, code in codes.items()})
    status = pl.col("outcome").replace_strict({name: code[1] for name, code in codes.items()})
    sends(FALLEN).with_row_index("number").select(
        "network", "sent_at", "done_at", "error_id", "error_name",
        message_id=pl.format("m{}", "number"),
        recipient=pl.lit("393331234567"),
        record=pl.lit("log"),
        channel=pl.lit("sms"),
        status_group=group,
        status_id=status,
    ).write_parquet(path)  # fmt: skip
    return path


def test_a_pager_gets_json_and_3(run: Run, export: Path) -> None:
    status, said, _ = run("alerts", str(export), "--as-of", AS_OF, "--format", "json")
    answer = json.loads(said)
    assert status == 3
    assert list(answer) == ["sentence", "by", "watched", "alerts", "notes", "assumes"]
    [alert] = answer["alerts"]
    assert list(alert) == KEYS
    assert (alert["country"], alert["since"], alert["rate"]) == ("IT", "2026-03-09", 0.7)
    again = json.loads(run("alerts", str(export), "--as-of", AS_OF, "--format", "json")[1])
    assert again["alerts"][0]["incident"] == alert["incident"]


def test_without_alerts_it_exits_0(run: Run, export: Path) -> None:
    before = ("--as-of", "2026-03-08T23:00Z")
    status, said, _ = run("alerts", str(export), *before)
    assert status == 0
    assert said.startswith("Nothing is breaking: 1 group watched, no alert")
    status, said, _ = run("alerts", str(export), *before, "--format", "json")
    assert (status, json.loads(said)["alerts"]) == (0, [])


def test_people_read_a_sentence_and_pipes_a_table(run: Run, export: Path, tmp_path: Path) -> None:
    status, said, _ = run("alerts", str(export), "--as-of", AS_OF, "--by", "country")
    assert status == 3
    assert "Italy: delivery fell from 95.0" in said
    target = tmp_path / "alerts.csv"
    status, said, told = run("alerts", str(export), "--as-of", AS_OF, "--output", str(target))
    assert (status, said) == (3, "")
    assert target.read_text().splitlines()[0].split(",") == KEYS
    assert "note: 1 alert: 1 group watched" in told


def test_limits_can_be_asked_for(run: Run, export: Path) -> None:
    asked = ("alerts", str(export), "--as-of", AS_OF)
    assert run(*asked, "--minimum-messages", "101")[0] == 0
    assert run(*asked, "--minimum-effect", "26")[0] == 0
    assert run(*asked, "--minimum-effect", "24")[0] == 3
    assert run(*asked, "--no-report-countries", "IT")[0] == 0
    assert run(*asked, "--by", "day")[0] == 2


def test_the_bundled_sample_is_too_small_to_be_watched(run: Run) -> None:
    status, said, _ = run("alerts")
    assert status == 0
    assert said.startswith("Nothing can be watched")


def test_a_report_names_alerts_near_its_top_where_there_are_some() -> None:
    messages = seen(sends(FALLEN), at(42)).with_columns(campaign_name=pl.lit("Spring"))
    summary = summarise(messages)
    [alert] = summary.alerts
    assert (alert["kind"], alert["since"], alert["delivered"]) == ("falling", "2026-03-09", 140)
    assert summary.to_dict()["alerts"][0]["sentence"] == alert["sentence"]
    page = render(summary)
    assert page.index('id="headline"') < page.index('id="alerts"') < page.index('id="countries"')
    assert "delivery fell from 95.0" in page


def test_a_report_without_alerts_does_not_speak_of_them() -> None:
    summary = summarise(seen(sends([0.95] * 38), at(42)))
    assert summary.alerts == []
    assert 'id="alerts"' not in render(summary)


def test_a_report_about_another_time_has_no_alerts_of_now() -> None:
    messages = seen(sends(FALLEN), at(42))
    assert summarise(messages, until="2026-03-01").alerts == []
    assert len(summarise(messages, since="2026-02-05").alerts) == 1


def test_names_in_alerts_cannot_make_elements() -> None:
    messages = seen(sends(FALLEN, network="<b>x</b>"), at(42))
    page = render(summarise(messages))
    assert "<b>x</b>" not in page
    assert "&lt;b&gt;x" in page
