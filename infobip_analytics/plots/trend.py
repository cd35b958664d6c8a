"""Rates over time: a line with its interval, below it how many messages there were."""

from datetime import datetime, timedelta
from typing import Any

from infobip_analytics.plots import theme
from infobip_analytics.plots.bars import hover, rate_range
from infobip_analytics.plots.rows import Row, rate_rows, safe, shortened
from infobip_analytics.plots.stamp import reporting, subtitle, together, which
from infobip_analytics.plots.timeline import Line, lines, time_key, unbroken
from infobip_analytics.wording import MONTHS, count, plural

Trace = dict[str, Any]

LONGEST_NAME = 46


def plot_trend(rates: Any, *, top: int = 8, show_numbers: bool = False) -> Any:
    """Delivery rates over time, with their intervals, as a figure.

    Of rates by time alone, the numbers of messages stand below; of rates by time and something
    else (`by=["country", "day"]`), each of the *top* groups with most settled messages has a line
    of its own. A time of which nothing has settled is a gap, and no zero.

    Args:
        rates: What `delivery_rates` gives by `hour`, `day`, `week` or `month`, pandas or polars.
        top: How many groups are shown; the subtitle says how many there are.
        show_numbers: Whether groups that are people are named unmasked.

    Returns:
        A `plotly.graph_objects.Figure`.

    Raises:
        ColumnError: The frame is not one of rates by time.
    """
    rows = reporting(rate_rows(rates, show_numbers=show_numbers))
    piece = time_key(rows)
    every = lines(rows, piece)
    rated = [line for line in every if any(row["delivery_rate"] is not None for row in line[1])]
    shown = rated[:top]
    alone = len(every) == 1 and not every[0][0]
    figure = _alone(every[0], piece) if alone else _stacked(shown, piece)
    groups = [] if alone else which(_sums(shown), _sums(rated), _sums(every), "without a rate")
    counted = [row for _, line in every for row in line]
    definition = "delivered / settled messages, the band is the interval"
    said = subtitle(definition, counted, *_span(counted, piece), *groups)
    return theme.titled(figure, f"Delivery rate by {piece}", said, legend=alone)


def _sums(named: list[Line]) -> list[Row]:
    return [{"settled": sum(row["settled"] for row in line)} for _, line in named]


def _span(rows: list[Row], piece: str) -> list[str]:
    """From when to when the times are of which something is shown."""
    times = [row["at"] for row in rows if row["delivery_rate"] is not None]
    if not times:
        return []
    first, last = min(times), max(times)
    # a year is said once where it is the same
    start = f"{first.day} {MONTHS[first.month - 1]}"
    start += "" if first.year == last.year else f" {first.year}"
    end = f"{last.day} {MONTHS[last.month - 1]} {last.year}"
    spelled = end if first.date() == last.date() else f"{start} \N{EN DASH} {end}"
    return [together(f"{piece}s of {spelled}{' (UTC)' if piece == 'hour' else ''}")]


def _alone(line: Line, piece: str) -> Any:
    """The rate above, and below it how many messages have settled and how many are waiting."""
    import plotly.graph_objects as go

    _, rows = line
    bars = [
        {
            "x": [row["at"] for row in rows],
            "y": [row[name] for row in rows],
            "yaxis": "y2",
            "name": name,
            "marker": look,
            "text": [f"{_when(row)}: {plural(row[name], 'message')} {name}" for row in rows],
            "hoverinfo": "text",
            "textposition": "none",
        }
        for name, look in _BARS.items()
        if any(row.get(name) for row in rows)
    ]
    bounds = rate_range([row for row in rows if row["delivery_rate"] is not None])
    layout = theme.layout(
        height=430,
        barmode="stack",
        bargap=0.25,
        xaxis=_times_axis(rows, piece) | {"anchor": "y2"},
        yaxis=_rates_axis(bounds) | {"domain": [0.34, 1], "nticks": 6},
        yaxis2=theme.QUIET
        | {
            "domain": [0, 0.22],
            "nticks": 3,
            "fixedrange": True,
            "showgrid": True,
            "rangemode": "tozero",
        },
        annotations=[_label("messages", "y2")],
        showlegend=bool(bars),
        legend_traceorder="normal",
        hovermode="closest",
        margin={"l": 48, "r": 16, "t": 76, "b": 44},
    )
    drawn = [go.Scatter(trace) for trace in _line(rows, piece, "", "y")]
    return go.Figure([*drawn, *map(go.Bar, bars)], layout)


_BARS = {
    "settled": {"color": theme.HATCH},
    "waiting": {
        "color": theme.SILENT,
        "line": {"color": theme.HATCH, "width": 1},
        "pattern": {"shape": "/", "fgcolor": theme.HATCH, "size": 5, "solidity": 0.25},
    },
}


def _stacked(shown: list[Line], piece: str) -> Any:
    """A panel for each group, all on the same two axes."""
    import plotly.graph_objects as go

    rated = [row for _, line in shown for row in line if row["delivery_rate"] is not None]
    axis = _rates_axis(rate_range(rated)) | {"nticks": 3}
    panels = list(enumerate(shown, start=1))
    traces = [
        trace
        for number, (name, line) in panels
        for trace in _line(line, piece, name, _axis(number))
    ]
    part = 1 / max(len(shown), 1)
    axes = {
        f"yaxis{number}": axis | {"domain": [1 - number * part, 1 - (number - 1) * part - part / 4]}
        for number, _ in panels
    }
    layout = theme.layout(
        height=130 + 92 * max(len(shown), 1),
        xaxis=_times_axis(rated, piece) | {"anchor": _axis(len(shown))},
        **axes,
        annotations=[_label(name, _axis(number)) for number, (name, _) in panels],
        hovermode="closest",
        showlegend=False,
        margin={"l": 48, "r": 16, "t": 76, "b": 44},
    )
    return go.Figure([go.Scatter(trace) for trace in traces], layout)


def _times_axis(rows: list[Row], piece: str) -> dict[str, Any]:
    # few labels, and none turned: they must fit on a phone
    written = {"type": "date", "nticks": 5, "tickangle": 0, "tickformat": _WRITTEN[piece]}
    return (
        theme.QUIET | written | (_mondays([row["at"] for row in rows]) if piece == "week" else {})
    )


def _mondays(times: list[datetime]) -> dict[str, Any]:
    """Labels where weeks begin: plotly's own stand at Sundays."""
    if not times:
        return {}
    weeks = (max(times) - min(times)) // timedelta(days=7)
    return {"tick0": min(times), "dtick": 7 * 86_400_000 * (weeks // 5 + 1)}


_WRITTEN = {"hour": "%-d %b<br>%H:%M", "day": "%-d %b", "week": "%-d %b", "month": "%b<br>%Y"}


def _axis(number: int) -> str:
    """What plotly calls the axis of a panel: the first has no number."""
    return "y" if number < 2 else f"y{number}"


def _rates_axis(bounds: tuple[float, float]) -> dict[str, Any]:
    return theme.QUIET | {"range": bounds, "tickformat": "~%", "showgrid": True, "fixedrange": True}


def _label(text: str, axis: str) -> dict[str, Any]:
    """What stands above a panel, on its left."""
    place = {"xref": "paper", "x": 0, "yref": f"{axis} domain", "y": 1, "yshift": 2}
    words = {"text": safe(shortened(text, LONGEST_NAME)), "showarrow": False}
    font = {"font": {"size": 12, "color": theme.INK}}
    return words | place | font | {"xanchor": "left", "yanchor": "bottom"}


def _line(rows: list[Row], piece: str, name: str, axis: str) -> list[Trace]:
    """The band of the intervals, and on it the rates; both break where something is missing."""
    stretches = unbroken(rows, piece)
    own = {"yaxis": axis, "showlegend": False}
    band: Trace = {"x": [], "y": [], "mode": "lines", "fill": "toself", "hoverinfo": "skip"}
    rate: Trace = {"x": [], "y": [], "text": [], "mode": "lines+markers", "hoverinfo": "text"}
    for stretch in stretches:
        times = [row["at"] for row in stretch]
        band["x"] += [*times, *times[::-1], None]
        band["y"] += [row["rate_low"] for row in stretch]
        band["y"] += [*(row["rate_high"] for row in stretch[::-1]), None]
        rate["x"] += [*times, None]
        rate["y"] += [*(row["delivery_rate"] for row in stretch), None]
        rate["text"] += [*(_hover(name, row) for row in stretch), None]
    look = {"fillcolor": theme.BAND, "line": {"color": theme.BAND, "width": 2}}
    dots = {"marker": {"size": 5, "color": theme.ACCENT}}
    return [band | look | own, rate | dots | own | {"line": {"color": theme.ACCENT, "width": 2}}]


def _hover(name: str, row: Row) -> str:
    when = _when(row)
    waiting = row.get("waiting")
    still = f"<br>{count(waiting)} more still waiting" if waiting else ""
    return hover(f"{name}, {when}" if name else when, row) + still


def _when(row: Row) -> str:
    at = row["at"]
    clock = f" {at:%H:%M} UTC" if "hour" in row else ""
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}{clock}"
