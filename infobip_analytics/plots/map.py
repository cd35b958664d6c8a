"""The map: delivery rates by country, drawn as plain filled lines, so that it needs no network.

Plotly's own maps fetch their borders when they are looked at, and stay blank without a network.
"""

import textwrap
from typing import Any

from infobip_analytics.errors import ColumnError
from infobip_analytics.plots import theme
from infobip_analytics.plots.facts import RATED, SILENT, WAITING, hover, in_words, kind_of
from infobip_analytics.plots.rows import Row, rate_rows, safe
from infobip_analytics.plots.scale import SCALE_NAME, Scale, scale_for
from infobip_analytics.plots.stamp import reporting, subtitle
from infobip_analytics.plots.world import EAST, NORTH, SOUTH, WEST, Territory, outline, world
from infobip_analytics.wording import count

Trace = dict[str, Any]

#: The legend's words for what a country can be but rated
LEGEND = {SILENT: "returns no reports", WAITING: "nothing settled yet"}
NOTHING = "no messages"

#: How high the figure is, before what stands above and below the map
HEIGHT = 390
#: How many of what has no place on the map are named below it
MOST_BESIDE = 4


def plot_map(rates: Any) -> Any:
    """A map of `delivery_rates(messages, by="country", no_report="show")`, as a plotly figure.

    Countries are coloured by `delivery_rate`; those that return no delivery reports are hatched,
    those of which nothing has settled are grey. Pointing at a country shows its counts. It is
    drawn without a network, also in JupyterLab. What the map has no place for is named below it.

    Args:
        rates: Rates by country, pandas or polars; without `no_report="show"` the no-report
            countries are not among them, and the subtitle says so.

    Returns:
        A `plotly.graph_objects.Figure`.

    Raises:
        ColumnError: The frame is not one of rates by country alone.
    """
    rows = rate_rows(rates, key="country")
    _one_each(rows)
    kinds = {kind_of(row) for row in rows if row["country"] in world()}
    figure = _with_note(map_figure(rows).update_layout(height=HEIGHT), beside_the_map(rows))
    bar, patches = RATED in kinds, bool(kinds & set(LEGEND))
    theme.titled(
        figure, "Delivery rate by country", _subtitle(rows), legend=patches, extra=42 * bar
    )
    below = 1 - (figure.layout.margin.t - 16) / figure.layout.height
    figure.update_traces(marker_colorbar_y=below, selector={"name": SCALE_NAME})
    return figure.update_layout(showlegend=patches)


def _one_each(rows: list[Row]) -> None:
    """A map has one colour for a country."""
    if len({row["country"] for row in rows}) < len(rows):
        raise ColumnError(
            "these rates have several rows for a country, and a map has one colour for it; "
            "draw what ia.delivery_rates(messages, by='country', no_report='show') gives"
        )


def _placed(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["country"] in world()]


def _with_note(figure: Any, beside: str) -> Any:
    """The figure with a sentence right below the map, however small that is."""
    lines = textwrap.wrap(beside, theme.LINE)
    place = {"xref": "paper", "x": 0, "yref": "y domain", "y": 0, "xshift": 8, "yshift": -6}
    left = {"xanchor": "left", "yanchor": "top", "align": "left", "showarrow": False}
    font = {"font": {"size": 12, "color": theme.MUTED}}
    if lines:
        figure.add_annotation({"text": "<br>".join(map(safe, lines)), **place, **left, **font})
    room = theme.LINE_HEIGHT * len(lines) + 8
    return figure.update_layout(height=figure.layout.height + room, margin_b=room)


def map_figure(rows: list[Row], *, legend: bool = True) -> Any:
    """The map alone, without title and note, of rows of rates by country."""
    import plotly.graph_objects as go

    there = _placed(rows)
    scale = scale_for(there)
    drawn = sorted(there, key=lambda row: -world()[row["country"]].area)
    large = [row for row in drawn if not world()[row["country"]].is_small]
    small = [row for row in drawn if world()[row["country"]].is_small]
    traces = [
        _land({row["country"] for row in large}),
        *(_filled(row, scale) for row in large),
        *_markers(small, scale),
        *(_legend({kind_of(row) for row in there}, scale) if legend else []),
    ]
    return go.Figure([go.Scatter(trace) for trace in traces], _paper(legend=legend))


def beside_the_map(rows: list[Row]) -> str:
    """One sentence on what has no place on the map; empty where everything has."""
    homeless = [row for row in rows if row["country"] not in world()]
    named = [in_words(row) for row in sorted(homeless, key=_size, reverse=True)[:MOST_BESIDE]]
    more = len(homeless) - len(named)
    words = [*named, *([f"{count(more)} more"] if more else [])]
    return f"Not on the map: {'; '.join(words)}." if homeless else ""


def _size(row: Row) -> int:
    return int(row["settled"] + (row.get("waiting") or 0))


def _land(taken: set[str]) -> Trace:
    """Every territory that nothing else is drawn for, as one shape."""
    free = [territory for code, territory in world().items() if code not in taken]
    shape = _shape(free, theme.LAND)
    return shape | {"name": NOTHING, "hoverinfo": "skip", "showlegend": False}


def _filled(row: Row, scale: Scale) -> Trace:
    kind = kind_of(row)
    fill = scale.colour(row["delivery_rate"]) if kind == RATED else theme.WAITING
    hatched = {"fillpattern": _hatching()} if kind == SILENT else {}
    shape = _shape([world()[row["country"]]], theme.SILENT if kind == SILENT else fill)
    words = {"name": row["country"], "text": hover(row), "hoverinfo": "text"}
    return shape | hatched | words | {"hoveron": "fills", "legendgroup": kind, "showlegend": False}


def _shape(territories: list[Territory], fill: str) -> Trace:
    xs, ys = outline(territories)
    edge = {"color": theme.PAPER, "width": 0.6}
    return {"x": xs, "y": ys, "mode": "lines", "fill": "toself", "fillcolor": fill, "line": edge}


def _hatching() -> Trace:
    return {
        "shape": "/",
        "bgcolor": theme.SILENT,
        "fgcolor": theme.HATCH,
        "size": 5,
        "solidity": 0.3,
    }


def _markers(rows: list[Row], scale: Scale) -> list[Trace]:
    """Circles for territories too small to be seen: filled by rate, hollow where silent."""
    return [
        _marked([row for row in rows if kind_of(row) == kind], kind, scale)
        for kind in (SILENT, WAITING, RATED)
        if any(kind_of(row) == kind for row in rows)
    ]


def _marked(rows: list[Row], kind: str, scale: Scale) -> Trace:
    at = [world()[row["country"]].at for row in rows]
    colours = [scale.colour(row["delivery_rate"]) for row in rows] if kind == RATED else None
    return {
        "x": [x for x, _ in at],
        "y": [y for _, y in at],
        "mode": "markers",
        "marker": _dot(kind) | ({"color": colours} if colours else {}),
        "text": [hover(row) for row in rows],
        "hoverinfo": "text",
        "name": "small territories",
        "legendgroup": kind,
        "showlegend": False,
    }


def _dot(kind: str) -> Trace:
    edge = theme.HATCH if kind == SILENT else theme.PAPER
    fill = theme.SILENT if kind == SILENT else theme.WAITING
    return {
        "size": 9,
        "color": fill,
        "line": {"color": edge, "width": 1.5 if kind == SILENT else 1},
    }


def _legend(kinds: set[str], scale: Scale) -> list[Trace]:
    """What the legend shows: the colour bar, and a patch for each other kind that is there."""
    patches = [
        {
            "x": [None],
            "y": [None],
            "mode": "lines",
            "fill": "toself",
            "fillcolor": theme.SILENT if kind == SILENT else theme.WAITING,
            "line": {"color": theme.HATCH, "width": 1},
            "name": words,
            "legendgroup": kind,
            "hoverinfo": "skip",
            **({"fillpattern": _hatching()} if kind == SILENT else {}),
        }
        for kind, words in LEGEND.items()
        if kind in kinds
    ]
    return patches + ([scale.bar()] if RATED in kinds else [])


def _paper(*, legend: bool) -> dict[str, Any]:
    # in a narrow figure the map stays right below its legend
    hidden = {"visible": False, "constrain": "domain"}
    return theme.layout(
        xaxis=hidden | {"range": [WEST, EAST]},
        yaxis=hidden | {"range": [SOUTH, NORTH], "scaleanchor": "x", "constraintoward": "top"},
        showlegend=legend,
        dragmode="pan",
        modebar={"remove": theme.NO_BUTTONS, "color": theme.HATCH, "activecolor": theme.ACCENT},
        hovermode="closest",
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
    )


def _subtitle(rows: list[Row]) -> str:
    shown = any("reports" in row for row in rows) or not rows
    tiny = "tiny territories are circles"
    left = [] if shown else ["no-report countries are left out, as if nothing was sent there"]
    return subtitle("delivered / settled messages", reporting(rows), *left, tiny)
