"""Rates side by side: a dot for each rate, on a line as long as its interval."""

from html import escape
from typing import Any

from infobip_analytics.plots import theme
from infobip_analytics.plots.rows import Row, label_column, rate_rows
from infobip_analytics.wording import DASH, count, interval, percent

#: More labels than this are cut off
LONGEST_LABEL = 32


def delivery_bars(rates: Any, *, top: int = 25) -> Any:
    """The rates of the *top* groups with most settled messages, with intervals, as a figure.

    Args:
        rates: What `delivery_rates` gives, pandas or polars, grouped by anything.
        top: How many groups are shown; the subtitle says how many there are.

    Returns:
        A `plotly.graph_objects.Figure`; groups of which nothing has settled are not in it.

    Raises:
        ColumnError: The frame is not one of rates, or it is not grouped.
    """
    import plotly.graph_objects as go

    rated = [row for row in rate_rows(rates) if row["delivery_rate"] is not None]
    shown = sorted(rated, key=lambda row: row["settled"], reverse=True)[:top]
    ordered = sorted(shown, key=lambda row: row["delivery_rate"])
    figure = go.Figure(go.Scatter(_dots(ordered)), _paper(ordered))
    return theme.titled(figure, "Delivery rate with its interval", _subtitle(len(shown), rated))


def _dots(rows: list[Row]) -> dict[str, Any]:
    return {
        "x": [row["delivery_rate"] for row in rows],
        "y": list(range(len(rows))),
        "mode": "markers",
        "marker": {"color": theme.ACCENT, "size": 8},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [row["rate_high"] - row["delivery_rate"] for row in rows],
            "arrayminus": [row["delivery_rate"] - row["rate_low"] for row in rows],
            "color": theme.ACCENT,
            "thickness": 2,
            "width": 0,
        },
        "text": [_hover(row) for row in rows],
        "hoverinfo": "text",
        "showlegend": False,
    }


def _paper(rows: list[Row]) -> dict[str, Any]:
    quiet = {"gridcolor": theme.GRID, "zeroline": False, "linecolor": theme.GRID}
    labels = {"tickvals": list(range(len(rows))), "ticktext": [_label(row) for row in rows]}
    return theme.layout(
        height=130 + 24 * len(rows),
        xaxis=quiet | {"tickformat": ".0%"},
        yaxis=quiet | labels | {"showgrid": False, "automargin": True},
        margin={"l": 8, "r": 24, "t": 76, "b": 40},
    )


def _label(row: Row) -> str:
    name = _name(row)
    short = name if len(name) <= LONGEST_LABEL else f"{name[: LONGEST_LABEL - 1]}…"
    return escape(short)


def _name(row: Row) -> str:
    name = row[label_column(row)]
    return DASH if name is None else str(name)


def _hover(row: Row) -> str:
    between = interval(row["rate_low"], row["rate_high"])
    lines = [
        f"<b>{escape(_name(row))}</b>",
        f"{percent(row['delivery_rate'])} delivered ({between})",
        f"n = {count(row['settled'])} settled",
    ]
    return "<br>".join(lines)


def _subtitle(shown: int, rated: list[Row]) -> str:
    which = f"the {shown} largest of {count(len(rated))}; " if shown < len(rated) else ""
    return f"delivered / settled messages; {which}the line is the interval"
