"""The map: delivery rates by country, drawn as plain filled lines, so that it needs no network.

Plotly's own maps fetch their borders when they are looked at, and stay blank without a network.
"""

from html import escape
from typing import Any

from infobip_analytics.plots import theme
from infobip_analytics.plots.facts import RATED, SILENT, WAITING, hover, in_words, kind_of
from infobip_analytics.plots.rows import Row, rate_rows
from infobip_analytics.plots.scale import Scale, scale_for
from infobip_analytics.plots.world import EAST, NORTH, SOUTH, WEST, Territory, outline, world
from infobip_analytics.wording import moment

Trace = dict[str, Any]

#: The legend's words for what a country can be but rated
LEGEND = {SILENT: "no delivery reports come back", WAITING: "nothing settled yet"}
NOTHING = "no messages"


def delivery_map(rates: Any) -> Any:
    """A map of `delivery_rates(messages, by="country", no_report="show")`, as a plotly figure.

    Countries are coloured by `delivery_rate`; those that return no delivery reports are hatched,
    those of which nothing has settled are grey. Pointing at a country shows its counts. It is
    drawn without a network, also in JupyterLab. What the map has no place for is named below it.

    Args:
        rates: Rates by country, pandas or polars.

    Returns:
        A `plotly.graph_objects.Figure`.

    Raises:
        ColumnError: The frame is not one of rates by country.
    """
    rows = rate_rows(rates, key="country")
    figure = theme.titled(map_figure(rows), "Delivery rate by country", _subtitle(rows))
    beside = beside_the_map(rows)
    if beside:
        note = {"text": escape(beside), "x": 0, "y": 0, "showarrow": False, "yshift": -58}
        place = {"xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "top"}
        figure.add_annotation({**note, **place, "font": {"size": 12, "color": theme.MUTED}})
    return figure.update_layout(height=560, margin_b=90)


def map_figure(rows: list[Row], *, legend: bool = True) -> Any:
    """The map alone, without title and note, of rows of rates by country."""
    import plotly.graph_objects as go

    there = [row for row in rows if row["country"] in world()]
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
    return f"Not on the map: {'; '.join(map(in_words, homeless))}." if homeless else ""


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
    hidden = {"visible": False, "constrain": "domain"}
    below = {"orientation": "h", "x": 0, "y": 0, "xanchor": "left", "yanchor": "top"}
    return theme.layout(
        xaxis=hidden | {"range": [WEST, EAST]},
        yaxis=hidden | {"range": [SOUTH, NORTH], "scaleanchor": "x"},
        showlegend=legend,
        legend=below | {"itemclick": False, "itemdoubleclick": False, "font": {"size": 12}},
        dragmode="pan",
        hovermode="closest",
        margin={"l": 0, "r": 0, "t": 0, "b": 62 if legend else 0},
    )


def _subtitle(rows: list[Row]) -> str:
    as_of = next((f", as of {moment(row['as_of'])}" for row in rows if row.get("as_of")), "")
    return f"delivered / settled messages{as_of}; tiny territories are circles"
