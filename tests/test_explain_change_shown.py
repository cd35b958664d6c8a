"""A change where people see it: as a waterfall, and beside the change of the report."""

import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import Engine
from test_explain_change import AFTER, BEFORE, rows, world
from test_page import a_message, failed, frame, seen

from infobip_analytics.changing import explain_change
from infobip_analytics.differences import points
from infobip_analytics.errors import ColumnError
from infobip_analytics.page import write_report
from infobip_analytics.page.period import before, period_of
from infobip_analytics.page.summarise import summarise
from infobip_analytics.plots import plot_change
from infobip_analytics.plots.change import DOWN, UP

AS_OF = datetime(2026, 10, 5, 10, tzinfo=UTC)
SETTLED = AS_OF - timedelta(days=4)


# the waterfall


def test_the_waterfall_goes_from_the_rate_before_to_the_rate_after(engine: Engine) -> None:
    figure = plot_change(explain_change(engine(world(BEFORE)), engine(world(AFTER))).frame)
    bars, ends = figure.data
    assert list(ends.x) == [0.949, 0.8785]
    assert math.isclose(bars.base[0], 0.949)
    for start, size, following in zip(bars.base, bars.x, [*bars.base[1:], 0.8785], strict=True):
        assert math.isclose(start + size, following)
    labels = figure.layout.yaxis.ticktext
    assert list(labels) == [
        "after", "rate: United States", "rate: France", "rate: India",
        "mix: France", "mix: India", "before",
    ]  # fmt: skip
    # each bar at the height of its label
    assert [labels[int(y)] for y in bars.y] == list(reversed(labels[1:-1]))
    assert list(bars.marker.color) == [DOWN, DOWN, UP, UP, UP]
    assert list(bars.text) == ["−7.0", "−1.2", "+0.7", "+0.3", "+0.1"]
    assert figure.layout.title.text == "Delivery rate: −7.1 points"
    subtitle = figure.layout.title.subtitle.text.replace("\xa0", " ").replace("<br>", " ")
    assert "n = 10,000 settled before, 10,000 after" in subtitle
    assert "as of 1 May 2026" in subtitle


def test_groups_without_a_step_of_their_own_have_one_together() -> None:
    codes = ["FR", "IN", "US", "GB", "IT", "ES", "PL", "SE"]
    then = world(dict.fromkeys(codes, (90, 100)))
    now = world({code: (80 - place, 100 + 9 * place) for place, code in enumerate(codes)})
    change = explain_change(then, now)
    bars, ends = plot_change(change.frame, top=2).data
    assert len(bars.x) == 6
    assert "<b>6 others</b>" in bars.hovertext[2]
    assert math.isclose(sum(bars.x), ends.x[1] - ends.x[0])


def test_where_one_side_is_empty_there_is_nothing_to_draw() -> None:
    waiting = rows("FR", 3, "pending", settled=False)
    for one, other in ((world(BEFORE), waiting), (waiting, waiting)):
        assert not plot_change(explain_change(one, other).frame).data


def test_names_in_the_waterfall_are_harmless_and_people_masked() -> None:
    hostile = "<script>alert('x')</script> $a^2$"
    then = world(BEFORE, campaign_name=hostile, recipient="447700900123")
    now = world(AFTER, campaign_name=hostile, recipient="447700900123")
    drawn = plot_change(explain_change(then, now, "campaign").frame).to_json()
    assert "<script" not in json.loads(json.dumps(drawn))
    people = explain_change(then, now, "recipient").frame
    assert "447700900123" not in plot_change(people).to_json()
    assert "447700900123" in plot_change(people, show_numbers=True).to_json()


def test_what_is_no_change_is_not_drawn() -> None:
    change = explain_change(world(BEFORE), world(AFTER))
    with pytest.raises(ColumnError, match=r"change\.frame"):
        plot_change(change)
    with pytest.raises(ColumnError, match=r"ia\.explain_change"):
        plot_change(world(BEFORE))


@pytest.mark.parametrize(
    ("share", "said"),
    [(-0.0705, "−7.1"), (0.0705, "+7.1"), (0.00049, "±0.0"), (-0.0005, "−0.1"), (None, "—"),
     (1.0, "+100.0"), (0.949 - 0.8785, "+7.1")],
)  # fmt: skip
def test_points_are_rounded_as_on_paper(share: float | None, said: str) -> None:
    assert points(share) == said


# beside the change of the report


def month(counts: dict[str, tuple[int, int]], days_ago: float, **more: Any) -> list[dict[str, Any]]:
    """Make messages of one time."""
    at = {"sent_at": SETTLED - timedelta(days=days_ago), "as_of": AS_OF, **more}
    return [
        a_message(country=country, **at) if number < delivered
        else failed((27, "EC_ABSENT_SUBSCRIBER"), country=country, **at)
        for country, (delivered, settled) in counts.items() for number in range(settled)
    ]  # fmt: skip


THEN = {"FR": (776, 800), "IN": (80, 100), "US": (93, 100)}
NOW = {"FR": (585, 600), "IN": (984, 1200), "US": (188, 200)}
MONTHS = frame(*month(THEN, 40), *month(NOW, 10), *month({"FR": (1, 1)}, 70))


def test_the_report_says_what_made_the_change(tmp_path: Path) -> None:
    text = seen(write_report(MONTHS, tmp_path / "report.html").read_text("utf-8"))
    assert "By country: mix −8.1, rate +1.1: more messages to India." in text
    summary = summarise(MONTHS)
    assert summary.before is not None
    assert summary.before["why"] == "mix −8.1, rate +1.1: more messages to India"
    parts = summary.before["mix_effect"] + summary.before["rate_effect"]
    assert math.isclose(parts, summary.before["change"])
    assert json.loads(json.dumps(summary.to_dict()))["before"]["mix_effect"] == pytest.approx(
        -0.08125
    )


def test_where_no_change_is_given_none_is_explained(tmp_path: Path) -> None:
    alone = frame(*month(NOW, 10))
    text = seen(write_report(alone, tmp_path / "report.html").read_text("utf-8"))
    assert "By country:" not in text
    quiet = frame(*month(NOW, 10), *month({"DE": (0, 9)}, 40), *month({"DE": (0, 1)}, 70))
    found = before(quiet, period_of(quiet, None, None, 28), frozenset({"DE"}))
    assert found is not None
    assert found["change"] is found["why"] is found["mix_effect"] is None


def test_a_frame_made_by_hand_has_one_population() -> None:
    """A part without log entries is of the same source as the other, and is compared with it."""
    mixed = frame(
        *month(THEN, 40, record="report", population=None), *month(NOW, 10, population=None),
        *month({"FR": (1, 1)}, 70, record="report", population=None),
    ).drop("population")  # fmt: skip
    found = before(mixed, period_of(mixed, None, None, 28), frozenset())
    assert found is not None
    assert found["why"] == "mix −8.1, rate +1.1: more messages to India"
