"""The plain values of a report in, the text of an HTML page out."""

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from infobip_analytics import __version__, wording
from infobip_analytics.codes.events import masked
from infobip_analytics.differences import points
from infobip_analytics.durations import duration
from infobip_analytics.masking import shown_text
from infobip_analytics.page import words
from infobip_analytics.page.bars import axis_for, delay_place, has_lines, spark
from infobip_analytics.page.packing import (
    figure_json,
    plain_script,
    plotly_script,
    policy,
    script_json,
)
from infobip_analytics.page.sparks import LEAST
from infobip_analytics.page.summary import Summary
from infobip_analytics.plots import theme
from infobip_analytics.plots.map import beside_the_map, map_figure
from infobip_analytics.plots.pareto import WHO, pareto_figure
from infobip_analytics.plots.scale import scale_for
from infobip_analytics.plots.world import world

FILTERS: dict[str, Callable[..., str]] = {
    "about": words.about,
    "count": wording.count,
    "percent": wording.percent,
    "plural": wording.plural,
    "moment": words.moment,
    "day": words.day,
    "days": words.days,
    "headline": words.headline,
    "duration": duration,
    "delay_place": delay_place,
    "points": points,
    "per_thousand": wording.per_thousand,
    "surprise": words.surprise,
    "brief": words.brief,
    "whole": words.whole,
    "breakable": words.breakable,
    "mask_numbers": masked,
    "shown_text": shown_text,
}


def render(summary: Summary) -> str:
    """Turn the values of a report into one self-contained page. Every text in it is escaped."""
    placed = [row for row in summary.countries if row["country"] in world()]
    figures = {
        **({"map": figure_json(map_figure(placed, legend=False))} if placed else {}),
        **({"pareto": figure_json(pareto_figure(summary.pareto))} if summary.pareto else {}),
    }
    tables = {"tables": plain_script(asset("tables.js"))} if summary.seen else {}
    drawing = {"loader": plain_script(asset("page.js")), "plotly": plotly_script()}
    scripts = tables | (drawing if figures else {})
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            report=summary,
            policy=policy(list(scripts.values())),
            style=Markup(asset("page.css")),
            scripts=scripts,
            figures=figures,
            beside=beside_the_map(summary.countries),
            circles=any(world()[row["country"]].is_small for row in placed),
            scale=scale_for(placed),
            axis=axis_for(summary.reporting),
            dark=script_json(theme.DARK),
        )
    )


@cache
def environment() -> Environment:
    """The templates; names in the data are strangers' text, so escaping is on for all of them."""
    made = Environment(
        loader=PackageLoader("infobip_analytics.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= FILTERS
    made.globals |= _globals()
    return made


def _globals() -> dict[str, Any]:
    return {
        "interval": wording.interval,
        "reasons": words.REASONS,
        "populations": words.POPULATIONS,
        "sent_when": words.sent_when,
        "period": words.period,
        "length_of": words.length_of,
        "map_shows": words.map_shows,
        "remaining_notes": words.remaining_notes,
        "spark": spark,
        "has_lines": has_lines,
        "least_of_a_point": LEAST,
        "colours": theme.SCALE,
        "who_colours": WHO,
        "version": __version__,
    }


def asset(name: str) -> str:
    """The text of a file in `page/assets`."""
    return (files("infobip_analytics.page") / "assets" / name).read_text("utf-8")
