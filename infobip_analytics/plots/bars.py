"""Rates side by side: a dot for each rate, on a line as long as its interval."""

from typing import Any

from infobip_analytics.plots import theme
from infobip_analytics.plots.rows import Row, grouped, name_of, rate_rows, safe, shortened
from infobip_analytics.plots.stamp import reporting, subtitle, which
from infobip_analytics.wording import count, interval, percent

#: More letters than these are cut off, so that a phone has room for the dots
LONGEST_LABEL = 22
#: Percentages stand close to one another there
SMALL = {"tickfont": {"size": 11}, "nticks": 6}


def plot_rates(rates: Any, *, top: int = 25, show_numbers: bool = False) -> Any:
    """The rates of the *top* groups with most settled messages, with intervals, as a figure.

    Args:
        rates: What `delivery_rates` gives, pandas or polars, grouped by anything.
        top: How many groups are shown; the subtitle says how many there are.
        show_numbers: Whether groups that are people are named unmasked.

    Returns:
        A `plotly.graph_objects.Figure`; groups of which nothing has settled, or that return no
        delivery reports, are not in it, and the subtitle counts them.

    Raises:
        ColumnError: The frame is not one of rates, or it is not grouped.
    """
    import plotly.graph_objects as go

    rows = rate_rows(rates, show_numbers=show_numbers)
    keys = grouped(rows, "rates", "delivery_rates")
    rated = [row for row in rows if row["delivery_rate"] is not None]
    shown = sorted(rated, key=lambda row: row["settled"], reverse=True)[:top]
    ordered = sorted(shown, key=lambda row: (row["delivery_rate"], row["settled"]))
    named = [(name_of(row, keys), row) for row in ordered]
    figure = go.Figure(go.Scatter(_dots(named)) if named else None, _paper(named))
    words = which(shown, rated, rows, "without a rate")
    definition = "delivered / settled messages, the line is the interval"
    return theme.titled(figure, "Delivery rate", subtitle(definition, reporting(rows), *words))


def rate_range(rows: list[Row]) -> tuple[float, float]:
    """From where to where an axis of rates and their intervals goes, with a little room.

    >>> rate_range([{"rate_low": 0.75, "rate_high": 1.0}])
    (0.74, 1.01)
    """
    low = min((row["rate_low"] for row in rows), default=0.0)
    high = max((row["rate_high"] for row in rows), default=1.0)
    room = 0.04 * max(high - low, 0.005)
    return max(low - room, -room), high + room


def hover(name: str, row: Row) -> str:
    """What pointing at a rate shows; names are escaped, for plotly reads a little HTML."""
    between = interval(row["rate_low"], row["rate_high"])
    lines = [
        f"<b>{safe(name)}</b>",
        f"{percent(row['delivery_rate'])} delivered ({between})",
        f"n = {count(row['settled'])} settled",
        *([] if row["coverage"] is None else [f"coverage {percent(row['coverage'])}"]),
    ]
    return "<br>".join(lines)


def side_by_side(names: list[str]) -> dict[str, Any]:
    """The axis on which groups stand below one another, the last of them on top."""
    labels = [safe(shortened(name, LONGEST_LABEL)) for name in names]
    places = {"tickvals": list(range(len(names))), "ticktext": labels}
    return theme.QUIET | places | {"range": [-0.7, len(names) - 0.3], "automargin": True}


def _dots(named: list[tuple[str, Row]]) -> dict[str, Any]:
    rows = [row for _, row in named]
    return {
        "x": [row["delivery_rate"] for row in rows],
        "y": list(range(len(rows))),
        "mode": "markers",
        "marker": {"color": theme.ACCENT, "size": 9},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [row["rate_high"] - row["delivery_rate"] for row in rows],
            "arrayminus": [row["delivery_rate"] - row["rate_low"] for row in rows],
            "color": theme.ACCENT,
            "thickness": 2,
            "width": 0,
        },
        "text": [hover(name, row) for name, row in named],
        "hoverinfo": "text",
        "showlegend": False,
    }


def _paper(named: list[tuple[str, Row]]) -> dict[str, Any]:
    bounds = rate_range([row for _, row in named])
    return theme.layout(
        height=112 + 24 * max(len(named), 2),
        xaxis=theme.QUIET | SMALL | {"range": bounds, "tickformat": "~%", "showgrid": True},
        yaxis=side_by_side([name for name, _ in named]),
        hovermode="closest",
        dragmode=False,
        margin={"l": 8, "r": 16, "t": 76, "b": 34},
    )
