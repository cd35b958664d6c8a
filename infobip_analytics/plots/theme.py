"""The look of the figures: one restrained palette, which colour-blind people can read."""

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

#: From the lowest rate to the highest: amber to blue, each step darker than the one before, and
#: all of them visible on white paper and on dark.
SCALE = ("#efb65a", "#cdb27c", "#98a99b", "#5a93ad", "#1f6aa5")

#: Buttons of plotly that no figure here has: the first would send the chart to a stranger's server
NO_BUTTONS = ["sendChartToCloud", "select2d", "lasso2d", "autoScale2d"]

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def colour_of(share: float) -> str:
    """The colour between 0 (lowest) and 1 (highest) on the scale; beyond the ends, the end.

    >>> colour_of(0), colour_of(0.5), colour_of(2)
    ('#efb65a', '#98a99b', '#1f6aa5')
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
        "modebar": {"remove": NO_BUTTONS, "color": HATCH, "activecolor": ACCENT},
        "hoverlabel": {
            "align": "left",
            "bgcolor": PAPER,
            "bordercolor": GRID,
            "font": {"family": FONT, "size": 13, "color": INK},
        },
    }
    return common | more


def titled(figure: Any, title: str, subtitle: str, *, above: int = 76) -> Any:
    """The figure with a title, and a subtitle that says what is shown."""
    text = {"text": subtitle, "font": {"size": 13, "color": MUTED}}
    figure.update_layout(
        title={"text": title, "subtitle": text, "x": 0, "xref": "paper", "font": {"size": 17}},
        margin_t=above,
    )
    return figure


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
