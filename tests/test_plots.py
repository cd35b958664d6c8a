"""Figures: where things are on the map, which colour they have, and what is said of them."""

import json
import math
from functools import cache
from typing import Any

import polars as pl
import pytest
from conftest import Engine

from infobip_analytics.countries import country_names
from infobip_analytics.errors import ColumnError
from infobip_analytics.plots import plot_map, plot_rates, theme
from infobip_analytics.plots.map import beside_the_map, map_figure
from infobip_analytics.plots.scale import Scale, scale_for
from infobip_analytics.plots.world import EAST, NORTH, SOUTH, WEST, world

RATES = pl.DataFrame(
    {
        "country": ["US", "NG", "SG", "DE", "HK", "FR", "ZZ"],
        "country_name": ["US", "Nigeria", "Singapore", "Germany", "Hong Kong", "France", "Unknown"],
        "messages": [1000, 100, 50, 0, 0, 20, 10],
        "waiting": [0, 0, 0, 0, 0, 20, 0],
        "settled": [1000, 100, 50, 400, 30, 0, 10],
        "delivery_rate": [1.0, 0.9, 0.8, None, None, None, 0.5],
        "rate_low": [0.99, 0.82, 0.67, None, None, None, 0.24],
        "rate_high": [1.0, 0.94, 0.89, None, None, None, 0.76],
        "coverage": [1.0, 0.95, 0.9, None, None, None, 0.9],
        "bound_low": [1.0, 0.9, 0.8, 0.25, 0.0, None, 0.5],
        "bound_high": [1.0, 0.95, 0.9, 1.0, 1.0, None, 0.6],
        "no_report_messages": [0, 0, 0, 1400, 30, 0, 0],
        "reports": [True, True, True, False, False, True, True],
    }
)
ROWS = RATES.to_dicts()


def on_paper(lon: float, lat: float) -> tuple[float, float]:
    """Equal Earth again, from its paper: the middle of the map is 11 degrees east."""
    t = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(lat)))
    slope = 9 * 0.003796 * t**8 + 7 * 0.000893 * t**6 + 3 * -0.081106 * t**2 + 1.340264
    x = 2 * math.sqrt(3) / 3 * math.radians(lon - 11) * math.cos(t) / slope
    y = 1.340264 * t - 0.081106 * t**3 + 0.000893 * t**7 + 0.003796 * t**9
    return 1000 * x, 1000 * y


def within(ring: tuple[int, ...], x: float, y: float) -> bool:
    corners = list(zip(ring[0::2], ring[1::2], strict=True))
    sides = zip(corners, corners[1:] + corners[:1], strict=True)
    crossed = [(a[1] > y) != (b[1] > y) and x < _cut(a, b, y) for a, b in sides]
    return sum(crossed) % 2 == 1


def _cut(a: tuple[int, int], b: tuple[int, int], y: float) -> float:
    return a[0] + (y - a[1]) * (b[0] - a[0]) / (b[1] - a[1])


def owners(lon: float, lat: float) -> list[str]:
    x, y = on_paper(lon, lat)
    territories = world().items()
    return [code for code, t in territories if sum(within(ring, x, y) for ring in t.rings) % 2]


def traces(figure: Any) -> list[dict[str, Any]]:
    return list(json.loads(figure.to_json())["data"])


@cache
def the_map() -> list[dict[str, Any]]:
    return traces(map_figure(ROWS))


def trace_of(name: str) -> dict[str, Any]:
    [found] = [trace for trace in the_map() if trace["name"] == name]
    return found


def test_every_territory_but_antarctica_has_a_place_on_the_map() -> None:
    assert set(country_names()) - set(world()) == {"ZZ", "AQ"}


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (2.3, 48.9, "FR"),
        (-53.0, 4.0, "GF"),
        (55.5, -21.1, "RE"),
        (34.0, 45.2, "UA"),
        (20.9, 42.6, "XK"),
        (33.4, 35.2, "CY"),
        (45.0, 9.6, "SO"),
        (28.3, -29.5, "LS"),
        (5.3, 52.2, "NL"),
        (177.5, 66.0, "RU"),
        (187.0, 66.2, "RU"),
        (-155.5, 19.6, "US"),
        (18.0, 78.5, "SJ"),
        (-75.0, 45.4, "CA"),
    ],
)
def test_a_place_lies_in_its_own_territory_only(lon: float, lat: float, code: str) -> None:
    assert owners(lon, lat) == [code]


@pytest.mark.parametrize("code", ["SG", "HK", "MT", "GU", "BH", "AC", "TA", "GI", "CX", "TK"])
def test_tiny_territories_get_a_marker_inside_the_map(code: str) -> None:
    x, y = world()[code].at
    assert world()[code].is_small
    assert WEST < x < EAST
    assert SOUTH < y < NORTH


def test_no_outline_jumps_across_the_map() -> None:
    rings = [ring for territory in world().values() for ring in territory.rings]
    steps = [abs(b - a) for ring in rings for a, b in zip(ring[0::2], ring[2::2], strict=False)]
    assert max(steps) < (EAST - WEST) / 8


def test_the_map_is_the_same_from_every_engine(engine: Engine) -> None:
    assert plot_map(engine(RATES)).to_json() == plot_map(RATES).to_json()


def test_the_map_asks_the_network_for_nothing_and_is_small() -> None:
    figure = plot_map(RATES).to_json()
    assert "choropleth" not in figure
    assert "http" not in figure
    assert len(figure) < 300_000


def test_no_button_sends_the_chart_to_a_server() -> None:
    for figure in (plot_map(RATES), plot_rates(RATES)):
        assert "sendChartToCloud" in figure.layout.modebar.remove


def test_a_country_is_coloured_by_its_rate() -> None:
    assert trace_of("US")["fillcolor"] == theme.colour_of(1.0)
    assert trace_of("NG")["fillcolor"] == theme.colour_of(0.5)


def test_a_silent_country_is_hatched_and_has_a_legend_of_its_own() -> None:
    assert trace_of("DE")["fillpattern"]["shape"] == "/"
    assert trace_of("returns no reports")["fillpattern"]["shape"] == "/"
    assert "fillpattern" not in trace_of("US")


def test_a_country_of_which_nothing_settled_is_grey_and_no_lowest_rate() -> None:
    assert trace_of("FR")["fillcolor"] == theme.WAITING
    assert trace_of("FR")["text"].endswith("20 messages waiting, nothing settled yet")


def test_the_rest_of_the_world_is_one_shape_with_nothing_to_say() -> None:
    drawn = {"US", "NG", "DE", "FR"}  # the tiny ones are markers on top of it
    rings = [ring for code, t in world().items() if code not in drawn for ring in t.rings]
    land = trace_of("no messages")
    assert land["hoverinfo"] == "skip"
    assert len(land["x"]) == sum(len(ring) // 2 + 1 for ring in rings) - 1


def test_tiny_territories_are_circles_hollow_where_silent() -> None:
    silent, rated = (trace for trace in the_map() if trace.get("marker", {}).get("size"))
    assert (silent["x"], silent["y"]) == tuple([at] for at in world()["HK"].at)
    assert silent["marker"]["color"] == theme.SILENT
    assert rated["marker"]["color"] == [theme.colour_of(0.0)]
    assert rated["text"][0].startswith("<b>Singapore</b>")


def test_pointing_at_a_country_shows_the_rate_with_its_company() -> None:
    assert trace_of("NG")["text"].split("<br>") == [
        "<b>Nigeria</b>",
        "90.0\xa0% delivered (82.0–94.0\xa0%)",
        "n = 100 settled, coverage 95.0\xa0%",
    ]


def test_pointing_at_a_silent_country_shows_bounds_and_no_rate() -> None:
    assert trace_of("DE")["text"].split("<br>") == [
        "<b>Germany</b>",
        "returns no delivery reports",
        "1,400 messages, left out of the rates",
        "possible: 25.0–100.0\xa0% delivered",
    ]


def test_what_has_no_place_on_the_map_is_named_beside_it() -> None:
    words = "Not on the map: Unknown – 50.0\xa0% delivered (24.0–76.0\xa0%), n = 10 settled"
    assert beside_the_map(ROWS).startswith(words)
    [note] = plot_map(RATES).layout.annotations
    assert note.text.replace("<br>", " ").startswith(words)
    assert beside_the_map(ROWS[:3]) == ""


def test_names_cannot_bring_markup_into_a_figure() -> None:
    hostile = RATES.with_columns(country_name=pl.lit("<a href='x'>y</a>"))
    escaped = "&lt;a href=&#x27;x&#x27;&gt;y&lt;/a&gt;"
    shown = [trace["text"] for trace in traces(plot_map(hostile)) if trace["name"] == "US"]
    bars = plot_rates(hostile)
    for text in (*shown, bars.data[0].text[0], bars.layout.yaxis.ticktext[0]):
        assert escaped in text
        assert "<a" not in text


def test_no_rates_at_all_still_make_a_map() -> None:
    assert len(traces(plot_map(RATES.clear()))) == 1


def test_a_frame_without_rates_is_answered_with_what_to_draw() -> None:
    with pytest.raises(
        ColumnError, match=r"lacks; draw what ia\.delivery_rates\(messages, by='country'"
    ):
        plot_map(RATES.drop("delivery_rate"))


def test_few_messages_do_not_stretch_the_scale() -> None:
    rows = [{"delivery_rate": 0.93, "settled": 34}, {"delivery_rate": 0.2, "settled": 34}]
    assert scale_for(rows) == Scale(0.8, clipped=True)


def test_a_dead_route_does_not_stretch_the_scale() -> None:
    rows = [{"delivery_rate": 0.74, "settled": 2000}, {"delivery_rate": 0.0, "settled": 50}]
    assert scale_for(rows) == Scale(0.7, clipped=True)


def test_the_scale_has_all_of_it_where_everything_is_low() -> None:
    assert scale_for([{"delivery_rate": 0.0, "settled": 100}]) == Scale(0.0, clipped=False)


def test_a_rate_below_the_scale_has_its_lowest_colour() -> None:
    assert Scale(0.8, clipped=True).colour(0.3) == theme.SCALE[0]


def test_each_colour_of_the_scale_is_darker_than_the_one_before() -> None:
    lightness = [
        sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), rgb(colour), strict=True))
        for colour in theme.SCALE
    ]
    assert lightness == sorted(lightness, reverse=True)


def rgb(colour: str) -> list[float]:
    return [(int(colour[i : i + 2], 16) / 255) ** 2.2 for i in (1, 3, 5)]


def test_dark_colours_replace_light_ones_whatever_the_order() -> None:
    assert not set(theme.DARK) & set(theme.DARK.values())
    assert not set(theme.DARK) & set(theme.SCALE)


def test_bars_are_ordered_by_rate_and_show_intervals() -> None:
    [dots] = traces(plot_rates(RATES))
    assert dots["x"] == [0.5, 0.8, 0.9, 1.0]
    assert dots["error_x"]["arrayminus"][0] == pytest.approx(0.26)
    assert dots["error_x"]["array"][0] == pytest.approx(0.26)


def test_bars_say_how_many_groups_they_leave_away() -> None:
    figure = plot_rates(RATES, top=2)
    assert len(figure.data[0].x) == 2
    assert "the 2 largest groups" in figure.layout.title.subtitle.text


def test_bars_of_rates_by_nothing_are_refused() -> None:
    with pytest.raises(ColumnError, match="group them first"):
        plot_rates(RATES.drop("country", "country_name"))
