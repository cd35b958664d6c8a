"""Figures of results: what they show, what they say of it, and whom they answer how."""

import json
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from conftest import Engine

from infobip_analytics.countries import country_names
from infobip_analytics.errors import ColumnError
from infobip_analytics.plots import (
    plot_delays,
    plot_map,
    plot_rates,
    plot_trend,
    theme,
    trend_values,
)
from infobip_analytics.plots.delays import ticks_between
from infobip_analytics.rates import delivery_rates
from infobip_analytics.tables import rates_table
from infobip_analytics.timing import delivery_delays

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
AS_OF = datetime(2026, 3, 20, tzinfo=UTC)
HOSTILE = "<script>alert('x')</script> $a^2$ \u202etxt.exe " + "very long " * 20

SCHEMA: dict[str, Any] = {
    "country": pl.String,
    "campaign_name": pl.String,
    "outcome": pl.String,
    "settled": pl.Boolean,
    "sent_at": pl.Datetime("us", "UTC"),
    "done_at": pl.Datetime("us", "UTC"),
    "record": pl.String,
    "as_of": pl.Datetime("us", "UTC"),
    "waiting_days": pl.Float64,
}


def sent(
    outcomes: str, country: str = "FR", day: int = 0, delay: float = 2, campaign: str | None = None
) -> list[dict[str, Any]]:
    """Describe messages sent on a day: d delivered, f failed, w waiting."""
    words = {"d": "delivered", "f": "failed", "w": "pending"}
    at = START + timedelta(days=day)
    shared: dict[str, Any] = {
        "country": country,
        "campaign_name": campaign,
        "sent_at": at,
        "record": "log",
    }
    shared |= {"as_of": AS_OF, "waiting_days": 4.0, "done_at": at + timedelta(seconds=delay)}
    return [{**shared, "outcome": words[one], "settled": one != "w"} for one in outcomes]


def frame(*rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([row for some in rows for row in some], SCHEMA)


MESSAGES = frame(
    sent("dddf"), sent("dd", "IT", 1, 90), sent("df", "SG", 3, 0.2), sent("ww", "IT", 14),
    sent("dff", "DE", 2), sent("d", "ZZ", 2),
)  # fmt: skip

FIGURES: dict[str, Callable[[Any], Any]] = {
    "rates": lambda messages: plot_rates(delivery_rates(messages)),
    "map": lambda messages: plot_map(delivery_rates(messages, no_report="show")),
    "delays": lambda messages: plot_delays(delivery_delays(messages)),
    "trend": lambda messages: plot_trend(delivery_rates(messages, "day")),
    "trends": lambda messages: plot_trend(delivery_rates(messages, ["country", "day"])),
}
DRAWERS = [plot_rates, plot_map, plot_delays, plot_trend]

every_figure = pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)
every_drawer = pytest.mark.parametrize("drawer", DRAWERS, ids=lambda drawer: drawer.__name__)


def said(figure: Any) -> str:
    """Give the subtitle as one line with plain blanks."""
    text: str = figure.layout.title.subtitle.text
    return text.replace("<br>", " ").replace("\xa0", " ")


def values(figure: Any) -> dict[str, Any]:
    """Give the figure as what a browser gets: every list is one."""
    plain = _listed(figure.to_dict())
    return dict(plain)


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _listed(each) for name, each in value.items()}
    return [_listed(each) for each in value] if isinstance(value, list | tuple) else value


def texts(value: Any) -> list[str]:
    """Give every text anywhere in a figure's values."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    return [value] if isinstance(value, str) else []


@every_figure
def test_a_figure_is_the_same_from_every_engine(draw: Callable[[Any], Any], engine: Engine) -> None:
    assert draw(engine(MESSAGES)).to_json() == draw(MESSAGES).to_json()


@every_figure
def test_the_subtitle_says_what_is_shown_of_how_many_and_as_of_when(
    draw: Callable[[Any], Any],
) -> None:
    words = said(draw(MESSAGES))
    assert re.search("delivered / settled messages|of 7 delivered messages had arrived", words)
    assert "n = 9 settled" in words
    assert "sent by 16 Mar 2026, as of 20 Mar 2026 00:00 UTC" in words


@every_figure
def test_no_line_of_a_subtitle_is_too_long_for_a_phone(draw: Callable[[Any], Any]) -> None:
    text = draw(MESSAGES).layout.title.subtitle.text
    assert max(map(len, text.split("<br>"))) <= theme.LINE
    # and what belongs together stands on one line
    assert "n\xa0=\xa09\xa0settled" in text
    assert "20\xa0Mar\xa02026\xa000:00\xa0UTC" in text


@every_figure
def test_only_reported_messages_are_said_to_be_so(draw: Callable[[Any], Any]) -> None:
    reported = MESSAGES.with_columns(record=pl.lit("report"))
    assert "only reported messages are known" in said(draw(reported))
    assert "only reported messages are known" not in said(draw(MESSAGES))


@every_figure
def test_nothing_is_drawn_of_no_messages_and_nothing_fails(
    draw: Callable[[Any], Any], engine: Engine
) -> None:
    figure = draw(engine(MESSAGES.clear()))
    notes = [note.text for note in figure.layout.annotations]
    # the map has its land
    assert notes == ["nothing to show"] or len(figure.data) == 1
    assert "nan" not in figure.to_json().lower()


@every_figure
def test_one_group_makes_a_figure(draw: Callable[[Any], Any]) -> None:
    assert len(draw(frame(sent("d"))).data) >= 1


@every_figure
def test_waiting_messages_alone_make_no_rate(draw: Callable[[Any], Any]) -> None:
    figure = draw(frame(sent("ww")))
    assert "n = 0 settled" in said(figure)


@every_figure
def test_a_figure_asks_no_network_and_sends_nothing(draw: Callable[[Any], Any]) -> None:
    figure = draw(MESSAGES)
    assert "http" not in figure.to_json()
    assert "sendChartToCloud" in figure.layout.modebar.remove


@every_drawer
def test_messages_are_answered_with_the_missing_line(drawer: Callable[[Any], Any]) -> None:
    what = "delivery_delays" if drawer is plot_delays else "delivery_rates"
    with pytest.raises(ColumnError, match=rf"these are messages.*draw what ia\.{what}\(messages"):
        drawer(MESSAGES)


@every_drawer
def test_another_frame_is_answered_with_what_to_draw(drawer: Callable[[Any], Any]) -> None:
    with pytest.raises(ColumnError, match=r"needs the columns .* lacks; draw what ia\.delivery"):
        drawer(pl.DataFrame({"a": [1]}))
    with pytest.raises(ColumnError, match="is no frame"):
        drawer([1, 2])


def test_a_table_is_answered_with_its_frame() -> None:
    with pytest.raises(ColumnError, match=r"draw the rates in it: table\.frame"):
        plot_rates(rates_table(MESSAGES))
    assert plot_rates(rates_table(MESSAGES).frame).data


def test_one_row_for_everything_is_no_figure() -> None:
    with pytest.raises(ColumnError, match="group them first"):
        plot_rates(delivery_rates(MESSAGES, None))
    with pytest.raises(ColumnError, match="group them first"):
        plot_delays(delivery_delays(MESSAGES, None))


@pytest.mark.parametrize(
    "draw",
    [
        lambda messages: plot_rates(delivery_rates(messages, "campaign")),
        lambda messages: plot_delays(delivery_delays(messages, "campaign")),
        lambda messages: plot_trend(delivery_rates(messages, ["campaign", "day"])),
    ],
)
def test_a_hostile_name_stays_text_and_stays_short(draw: Callable[[Any], Any]) -> None:
    figure = values(draw(frame(sent("df", campaign=HOSTILE), sent("d", campaign=None))))
    shown = [text for text in texts(figure) if "alert" in text or "script" in text]
    assert shown
    for text in shown:
        assert "<script" not in text
        assert "$" not in text
        assert "\u202e" not in text
    labels = [*texts(figure["layout"].get("annotations", []))]
    labels += texts(figure["layout"]["yaxis"].get("ticktext", []))
    assert any("\N{HORIZONTAL ELLIPSIS}" in label for label in labels)
    assert "\N{EM DASH}" in labels  # the campaign without a name


def test_the_largest_groups_are_shown_and_the_others_counted() -> None:
    codes = [code for code in country_names() if code != "ZZ"][:230]
    many = frame(*(sent("d" * (1 + (place < 25)), code) for place, code in enumerate(codes)))
    rates = delivery_rates(many, no_report_countries=())
    delays = delivery_delays(many, no_report_countries=())
    for figure in (plot_rates(rates), plot_delays(delays)):
        assert len(figure.layout.yaxis.tickvals) == 25
        assert "the 25 largest groups, with 19.6 % of the messages" in said(figure)
        assert "205 smaller ones not shown" in said(figure)
    assert len(plot_map(rates).data) > 100


def test_groups_without_a_rate_are_counted() -> None:
    words = said(plot_rates(delivery_rates(MESSAGES, no_report="show")))
    assert "1 group without a rate not shown" in words
    assert "n = 9 settled" in words  # those to the silent country are in no rate


def test_groups_by_two_columns_are_named_by_both() -> None:
    figure = plot_rates(delivery_rates(MESSAGES, ["country", "outcome"]))
    assert "Italy \N{MIDDLE DOT} delivered" in figure.layout.yaxis.ticktext


def test_the_axis_ends_where_the_intervals_do() -> None:
    low, high = plot_rates(delivery_rates(frame(sent("d" * 400 + "f")))).layout.xaxis.range
    assert 0.98 < low < high < 1.01


def test_delays_are_drawn_fastest_first_and_never_below_a_second() -> None:
    figure = plot_delays(delivery_delays(MESSAGES))
    half = next(trace for trace in figure.data if trace.name == "p50")
    names = dict(zip(figure.layout.yaxis.ticktext, half.x, strict=True))
    assert names == {"Italy": 90.0, "France": 2.0, "Unknown": 2.0, "Singapore": 1.0}
    assert figure.layout.yaxis.ticktext[0] == "Italy"  # the last is on top
    assert figure.layout.yaxis.ticktext[-1] == "Singapore"
    assert "half within 0.2\xa0s" in half.text[-1]
    assert "5 s: 50.0\xa0%" in half.text[-1]


def test_groups_without_a_known_delay_are_counted() -> None:
    words = said(plot_delays(delivery_delays(frame(sent("d"), sent("ff", "IT")))))
    assert "1 group without a known delay not shown" in words


def test_negative_delays_do_not_break_an_axis_that_counts_in_powers() -> None:
    figure = plot_delays(delivery_delays(frame(sent("d", delay=-30))))
    assert [trace.x[0] for trace in figure.data] == [1.0] * 5
    assert "half within \N{MINUS SIGN}30" in figure.data[-1].text[0]


@pytest.mark.parametrize("longest", [10, 61, 4000, 86_401, 400_000])
def test_an_axis_of_delays_has_some_labels_and_not_too_many(longest: float) -> None:
    assert 3 <= len(ticks_between(1, longest)) <= 6


def trend(*rows: list[dict[str, Any]], by: Any = "day", **asked: Any) -> Any:
    return plot_trend(delivery_rates(frame(*rows), by, **asked))


def test_a_time_of_which_nothing_settled_is_a_gap_and_no_zero() -> None:
    line = trend(sent("d"), sent("df", day=1), sent("d", day=3), sent("w", day=15)).data[1]
    assert line.x == (
        datetime(2026, 3, 2), datetime(2026, 3, 3), None, datetime(2026, 3, 5), None,  # noqa: DTZ001
    )  # fmt: skip
    assert line.y == (1.0, 0.5, None, 1.0, None)


def test_messages_of_each_time_stand_below_the_line_settled_and_waiting() -> None:
    figure = trend(sent("df"), sent("dww", day=1))
    bars = {bar.name: bar.y for bar in figure.data if bar.type == "bar"}
    assert bars == {"settled": (2, 1), "waiting": (0, 2)}
    assert "days of 2 Mar – 3 Mar 2026" in said(figure)


def test_each_group_has_a_panel_of_its_own_the_largest_on_top() -> None:
    figure = trend(sent("d"), sent("ddd", "IT"), sent("w", "SG", 15), by=["country", "day"])
    assert [note.text for note in figure.layout.annotations] == ["Italy", "France"]
    assert figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1]
    assert figure.layout.yaxis.range == figure.layout.yaxis2.range
    assert "1 group without a rate not shown" in said(figure)


def test_panels_beyond_the_largest_are_counted() -> None:
    rows = [sent("d", code) for code in ("FR", "IT", "SG")]
    figure = plot_trend(delivery_rates(frame(*rows), ["country", "day"]), top=2)
    assert len(figure.layout.annotations) == 2
    assert "1 smaller one not shown" in said(figure)


def test_weeks_and_months_follow_one_another() -> None:
    for by, days in (("week", 7), ("month", 30)):
        line = trend(sent("d"), sent("d", day=days), by=by, no_report_countries=()).data[1]
        if by == "week":
            assert line.x[2] is None
            assert len(line.x) == 3
        else:
            assert line.x[:2] == (datetime(2026, 3, 1), datetime(2026, 4, 1))  # noqa: DTZ001


def test_hours_are_told_in_utc_whatever_the_zone_they_begin_in() -> None:
    figure = trend(sent("d"), by="hour", timezone="Asia/Kolkata")
    assert figure.data[1].x[0] == datetime(2026, 3, 2, 9, 30)  # noqa: DTZ001
    assert "hours of 2 Mar 2026 (UTC)" in said(figure)


def test_rates_by_no_time_are_no_trend() -> None:
    with pytest.raises(ColumnError, match=r"by country_name.*by='day'"):
        plot_trend(delivery_rates(MESSAGES))
    as_text = delivery_rates(MESSAGES, "day").with_columns(pl.col("day").cast(pl.String))
    with pytest.raises(ColumnError, match="make dates of them"):
        plot_trend(as_text)


def test_a_message_without_any_time_is_in_no_trend() -> None:
    lost = frame(sent("d")).with_columns(sent_at=pl.lit(None, SCHEMA["sent_at"]))
    failed = lost.with_columns(outcome=pl.lit("enqueue_failed"), record=pl.lit("event"))
    rates = delivery_rates(pl.concat([frame(sent("d")), failed]), "day")
    assert rates["day"].to_list() == [date(2026, 3, 2), None]
    assert len(plot_trend(rates).data[1].x) == 2


def test_values_of_sparklines_share_their_times_and_have_gaps(engine: Engine) -> None:
    messages = frame(sent("d"), sent("df", day=2), sent("f", "IT", 1), sent("w", "IT", 3))
    found = trend_values(delivery_rates(engine(messages), ["country", "day"]))
    assert found == {"France": [1.0, None, 0.5, None], "Italy": [None, 0.0, None, None]}
    assert trend_values(delivery_rates(engine(messages.clear()), ["country", "day"])) == {}


def test_a_wrong_year_makes_no_endless_sparkline() -> None:
    found = trend_values(
        delivery_rates(frame(sent("d", day=-20_000), sent("d")), ["country", "day"])
    )
    assert len(found["France"]) == 2000
    assert found["France"][-1] == 1.0


def test_a_map_has_one_row_for_a_country() -> None:
    with pytest.raises(ColumnError, match="several rows for a country"):
        plot_map(delivery_rates(MESSAGES, ["country", "day"]))


def test_a_map_without_the_silent_countries_says_so() -> None:
    left_out = "no-report countries are left out"
    assert left_out in said(plot_map(delivery_rates(MESSAGES)))
    assert left_out not in said(plot_map(delivery_rates(MESSAGES, no_report="show")))


def test_many_unknown_codes_do_not_fill_the_page() -> None:
    rates = delivery_rates(frame(*(sent("d", f"X{sign}") for sign in "ABCDEFG")))
    [note] = plot_map(rates).layout.annotations
    assert note.text.replace("<br>", " ").endswith("3 more.")


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colour", [*theme.SCALE, *map(theme.colour_of, (0.1, 0.4, 0.6, 0.9))])
def test_every_rate_is_seen_on_white_paper_and_on_dark(colour: str) -> None:
    assert contrast(colour, theme.PAPER) >= 3
    assert contrast(colour, theme.DARK[theme.PAPER]) >= 3


@pytest.mark.parametrize(
    ("name", "least"), [("INK", 7), ("MUTED", 4.5), ("ACCENT", 3), ("HATCH", 3)]
)
def test_lines_and_letters_are_seen_in_light_and_dark(name: str, least: float) -> None:
    colour = getattr(theme, name)
    assert contrast(colour, theme.PAPER) >= least
    assert contrast(theme.DARK[colour], theme.DARK[theme.PAPER]) >= least


# G. M. Machado et al., 2009, severity 1; in linear light
BLIND: dict[str, list[tuple[float, ...]]] = {
    "protan": [(0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216),
               (-0.003882, -0.048116, 1.051998)],
    "deutan": [(0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
               (-0.011820, 0.042940, 0.968881)],
    "tritan": [(1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602),
               (0.004733, 0.691367, 0.303900)],
}  # fmt: skip


@pytest.mark.parametrize("kind", BLIND)
def test_colour_blind_people_tell_the_steps_of_the_scale_apart(kind: str) -> None:
    seen = [_lab(_through(BLIND[kind], colour)) for colour in theme.SCALE]
    apart = [_distance(one, other) for one, other in pairwise(seen)]
    assert min(apart) > 10
    assert _distance(seen[0], seen[-1]) > 50


def _through(matrix: list[tuple[float, ...]], colour: str) -> list[float]:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    rows = (sum(w * c for w, c in zip(row, linear, strict=True)) for row in matrix)
    return [min(max(c, 0.0), 1.0) for c in rows]


def _lab(linear: list[float]) -> tuple[float, float, float]:
    weights = [(0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505)]
    white = (0.9505, 1.0, 1.089)
    x, y, z = (
        _root(sum(w * c for w, c in zip(row, linear, strict=True)) / whole)
        for row, whole in zip(weights, white, strict=True)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _root(t: float) -> float:
    return float(t ** (1 / 3)) if t > 0.008856 else 7.787 * t + 16 / 116


def _distance(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    return float(sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5)


@pytest.mark.browser
@pytest.mark.slow
def test_a_browser_draws_every_figure_without_a_word(chromium: str, tmp_path: Path) -> None:
    from plotly.offline import get_plotlyjs

    hostile = frame(sent("df", campaign=HOSTILE), sent("d", "IT", 2, campaign="b"))
    figures = [draw(messages) for draw in FIGURES.values() for messages in (MESSAGES, hostile)]
    figures += [plot_rates(delivery_rates(hostile, "campaign"))]
    (tmp_path / "plotly.js").write_text(get_plotlyjs(), encoding="utf-8")
    drawn = [json.loads(figure.to_json()) for figure in figures]
    script = json.dumps(drawn).replace("<", "\\u003c")
    page = (
        "<!doctype html><meta charset=utf-8><body><script src=plotly.js></script><script>"
        f"for (const f of {script}) {{ const at = document.createElement('div');"
        "document.body.append(at); Plotly.newPlot(at, f.data, f.layout); }</script>"
    )
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"]
    flags += ["--virtual-time-budget=10000", "--dump-dom", f"--user-data-dir={tmp_path / 'own'}"]
    command = [chromium, *flags, (tmp_path / "page.html").as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=240, check=True)
    assert re.findall(r"CONSOLE.*", done.stderr.decode(errors="replace")) == []
    assert done.stdout.decode().count('class="gtitle"') == len(figures)
