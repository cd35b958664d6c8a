"""Plotly's figures in a run notebook, as elements of a page that has one plotly.js for them all."""

import re
from html import escape, unescape
from typing import Any

from infobip_analytics.essays.cells import legible
from infobip_analytics.essays.running import code_cells
from infobip_analytics.page.packing import script_json
from infobip_analytics.plots import theme

PLOTLY = "application/vnd.plotly.v1+json"

#: The height of a title's line, and what the margin above a figure keeps without it, in pixels
TITLE = 32
BESIDE = 12
#: That margin where the figure says nothing of its own
ABOVE = 40
#: The height that plotly gives a figure which has none of its own, in pixels
HEIGHT = 450

#: Kinds of traces that lie on a map, and what they ask a network for
ON_SHAPES = {"choropleth", "scattergeo"}
ON_TILES = {
    f"{kind}{map_}" for kind in ("choropleth", "scatter", "density") for map_ in ("map", "mapbox")
}

# Where a warning came from in the kernel, and the line of code that plain warnings repeat
_WARNED = re.compile(r"^\S*ipykernel_\d+\S*:\d+: (\w+: .*)\n(?:  .*\n?)?", re.M)


def drawable(notebook: Any) -> int:
    """Turn what a run notebook shows into what a page can show, in place; how many figures it has.

    A figure becomes an element with its data and a caption (that counts), or a sentence where it
    would ask a network, a table something that scrolls by itself, and a warning loses the path of
    a file that was never written.
    """
    figures = drawn = tables = 0
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if PLOTLY in data:
                figures += 1
                drawn += wanted(data[PLOTLY]) is None
                output.data = {"text/html": figure_html(data[PLOTLY], figures)}
            elif "text/html" in data:
                html = legible("".join(data["text/html"]))
                tables += "<table" in html
                output.data = {"text/html": _scrolling(html, tables) if "<table" in html else html}
            elif output.get("name") == "stderr":
                output.text = _WARNED.sub(r"\1\n", output.text)
    return drawn


def asks_for_scripts(notebook: Any) -> list[int]:
    """The places of code cells that show something by scripts of their own: a page refuses them."""
    return [
        place
        for place, data in _shown(notebook)
        if PLOTLY not in data
        and ("<script" in "".join(data.get("text/html", "")) or _JAVASCRIPT & set(data))
    ]


def asks_for_maps(notebook: Any) -> list[tuple[int, str]]:
    """The places of code cells with a map that asks a network, and what for: see `wanted`."""
    return [
        (place, asked)
        for place, data in _shown(notebook)
        if PLOTLY in data and (asked := wanted(data[PLOTLY]))
    ]


def wanted(figure: Any) -> str | None:
    """What a figure of plotly takes from a network, "shapes" or "tiles"; None where it needs none.

    >>> wanted({"data": [{"type": "choropleth", "locations": ["DEU"]}]})
    'shapes'
    """
    traces = figure.get("data", [])
    if any(trace.get("type") in ON_TILES for trace in traces):
        return "tiles"
    layout = figure.get("layout", {})
    return "shapes" if any(_on_shapes(trace, layout) for trace in traces) else None


def _on_shapes(trace: dict[str, Any], layout: dict[str, Any]) -> bool:
    """Whether a trace needs plotly's shapes: points on a map without a ground may do without."""
    bare = layout.get(trace.get("geo", "geo"), {}).get("visible") is False
    return trace.get("type") in ON_SHAPES and ("locations" in trace or not bare)


def _shown(notebook: Any) -> list[tuple[int, Any]]:
    """What each code cell shows, as data by their kinds, with the cell's place."""
    return [
        (place, output.get("data", {}))
        for place, cell in code_cells(notebook)
        for output in cell.outputs
    ]


_JAVASCRIPT = {"application/javascript", "application/vnd.jupyter.widget-view+json"}


def figure_html(figure: Any, number: int) -> str:
    """A figure of plotly as `<figure>`: its title as the caption, where to draw it, its data.

    One that asks a network for a part of it is a sentence below its caption.
    """
    layout = dict(figure.get("layout", {}))
    title = layout.pop("title", None)
    title = title if isinstance(title, dict) else {"text": title}
    caption = _caption(title)
    above = f"<figure><figcaption>{caption or f'Figure {number}'}</figcaption>"
    if asked := wanted(figure):
        return (
            f"{above}<p>This map is not drawn: it takes its {asked} from a network, and this page "
            "asks none.</p></figure>"
        )
    placed = _moved_up(figure.get("data", []), layout, title) if caption else figure
    layout = {"height": HEIGHT} | placed.get("layout", {})
    drawn = script_json({"data": placed.get("data", []), "layout": layout})
    name = f"figure-{number}"
    return (
        f'{above}<div class="chart" id="{name}"></div>'
        '<p class="undrawn" hidden>This figure is drawn by a browser that can unpack what this '
        "page carries: any since 2023.</p>"
        '<p class="failed" hidden>This figure is not drawn: the browser cannot draw it from what '
        "the notebook gave it.</p>"
        f'<script type="application/json" data-figure="{name}">{drawn}</script></figure>'
    )


def _moved_up(data: list[Any], layout: dict[str, Any], title: dict[str, Any]) -> dict[str, Any]:
    """A figure of which the title has become the caption, without the gap that it leaves."""
    height, margin = layout.get("height"), layout.get("margin", {})
    if height is None or "t" not in margin:
        return {"data": data, "layout": layout | {"margin": margin | {"t": ABOVE}}}
    lines = 1 + str((title.get("subtitle") or {}).get("text", "")).count("<br")
    gap = max(0, min(TITLE + theme.LINE_HEIGHT * lines, margin["t"] - BESIDE))
    shorter = {"height": height - gap, "margin": margin | {"t": margin["t"] - gap}}
    moved: dict[str, Any] = _raised({"data": data, "layout": layout | shorter}, height, gap)
    return moved


def _raised(part: Any, height: float, gap: float) -> Any:
    """The same with whatever has its place in shares of the height moved up by *gap* pixels."""
    if isinstance(part, list):
        return [_raised(each, height, gap) for each in part]
    if not isinstance(part, dict):
        return part
    inner = {key: _raised(each, height, gap) for key, each in part.items()}
    if part.get("yref") == "container" and isinstance(part.get("y"), int | float):
        inner["y"] = max(0.0, 1 - ((1 - part["y"]) * height - gap) / (height - gap))
    return inner


def _caption(title: dict[str, Any]) -> str:
    """The title and subtitle of a layout, as HTML; nothing where there is none."""
    above, below = _plain(title.get("text")), _plain((title.get("subtitle") or {}).get("text"))
    strong = f"<strong>{above}</strong>" if above else ""
    return f"{strong} {below}".strip()


def _plain(text: Any) -> str:
    """Plotly's own few tags taken away, and everything else escaped."""
    spaced = re.sub(r"<br ?/?>", " ", str(text or ""))
    return escape(unescape(re.sub(r"</?(?:b|i|em|sub|sup|span)\b[^<>]*>", "", spaced)))


def _scrolling(html: str, number: int) -> str:
    """A table that is wider than the page scrolls alone, also from the keyboard."""
    return f'<div class="wide" role="group" aria-label="Table {number}" tabindex="0">{html}</div>'
