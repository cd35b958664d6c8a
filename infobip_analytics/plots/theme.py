"""The look of the figures: one restrained palette, which colour-blind people can read."""

import textwrap
from typing import Any

PAPER = "#ffffff"
INK = "#17212b"
MUTED = "#56626f"
GRID = "#dde2e7"
LAND = "#e9edf0"
SILENT = "#f4f5f6"
HATCH = "#87919c"
WAITING = "#c3cad1"
ACCENT = "#1e6aa4"

#: The same names in the dark; a page swaps each light colour for its dark one.
DARK = {
    PAPER: "#14191f",
    INK: "#e6eaee",
    MUTED: "#a5b0bc",
    GRID: "#333d48",
    LAND: "#252d36",
    SILENT: "#1b222a",
    HATCH: "#77828e",
    WAITING: "#475361",
    ACCENT: "#6cb0e0",
}

#: The intervals of a line: transparent, so that it suits white paper and dark
BAND = "rgba(58,127,181,0.28)"

#: From the lowest rate to the highest: amber to blue, which colour-blind people tell apart; each
#: step darker than the one before, and all of them with a contrast of 3 on white paper and on dark.
SCALE = ("#cb7a00", "#ad8440", "#878b74", "#5d8697", "#1f6aa5")

#: An axis that does not compete with what is drawn on it
QUIET = {"gridcolor": GRID, "zeroline": False, "linecolor": GRID, "showgrid": False}

#: Buttons of plotly that no figure here has: the first would send the chart to a stranger's server
NO_BUTTONS = ["sendChartToCloud", "select2d", "lasso2d", "autoScale2d", "zoom2d", "pan2d"]
#: Those that only a map has: on a phone they would cover the title
ZOOM_BUTTONS = ["zoomIn2d", "zoomOut2d"]

#: How long a line of a subtitle is, in letters, and how high, in pixels
LINE, LINE_HEIGHT = 55, 16

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def colour_of(share: float) -> str:
    """The colour between 0 (lowest) and 1 (highest) on the scale; beyond the ends, the end.

    >>> colour_of(0), colour_of(0.5), colour_of(2)
    ('#cb7a00', '#878b74', '#1f6aa5')
    """
    place = min(max(share, 0.0), 1.0) * (len(SCALE) - 1)
    step = min(int(place), len(SCALE) - 2)
    mixed = zip(_channels(SCALE[step]), _channels(SCALE[step + 1]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * (place - step)):02x}" for a, b in mixed)


def layout(**more: Any) -> dict[str, Any]:
    """What every figure has in common, with *more* of its own."""
    common = {
        "template": "none",
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "font": {"family": FONT, "size": 13, "color": INK},
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "modebar": {"remove": [*NO_BUTTONS, *ZOOM_BUTTONS], "color": HATCH, "activecolor": ACCENT},
        "hoverlabel": {
            "align": "left",
            "bgcolor": PAPER,
            "bordercolor": GRID,
            "font": {"family": FONT, "size": 13, "color": INK},
        },
    }
    return common | more


#: What a figure says that has nothing to show
NOTHING = {
    "text": "nothing to show",
    "showarrow": False,
    "font": {"size": 13, "color": MUTED},
    "xref": "paper",
    "yref": "paper",
    "x": 0.5,
    "y": 0.5,
}


def titled(figure: Any, title: str, subtitle: str, *, legend: bool = False, extra: int = 0) -> Any:
    """The figure with a title, a subtitle that says what is shown, and room for both.

    Args:
        figure: A figure with a height.
        title: What it is about, short enough for a phone.
        subtitle: What is shown; wrapped, for plotly does not wrap, and a phone is narrow.
        legend: Whether the legend stands in a row below the subtitle.
        extra: How many pixels more are wanted below that.
    """
    lines = textwrap.wrap(subtitle, LINE)
    above = 40 + LINE_HEIGHT * len(lines) + (30 if legend else 8) + extra
    height = figure.layout.height - (figure.layout.margin.t or 0) + above
    text = {"text": "<br>".join(lines), "font": {"size": 12, "color": MUTED}}
    place = {"x": 0, "xref": "container", "y": 1, "yref": "container", "yanchor": "top"}
    figure.update_layout(
        title={"text": title, "subtitle": text, "font": {"size": 17}, "pad": {"l": 8, "t": 12}}
        | place,
        height=height,
        margin_t=above,
    )
    if not figure.data:
        figure.add_annotation(NOTHING).update_xaxes(visible=False).update_yaxes(visible=False)
    if legend:
        row = {"orientation": "h", "x": 0, "xref": "container", "yref": "container"}
        still = {"itemclick": False, "itemdoubleclick": False, "font": {"size": 12}}
        at = {"xanchor": "left", "yanchor": "bottom", "y": 1 - (above - extra - 6) / height}
        figure.update_layout(legend=row | still | at)
    return figure


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
