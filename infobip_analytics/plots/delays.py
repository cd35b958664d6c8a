"""Delays side by side: when half, 90 % and 99 % of what was delivered had arrived."""

import math
from typing import Any

from infobip_analytics.durations import duration
from infobip_analytics.plots import theme
from infobip_analytics.plots.bars import side_by_side
from infobip_analytics.plots.rows import Row, delay_rows, grouped, name_of, safe
from infobip_analytics.plots.stamp import subtitle, which
from infobip_analytics.wording import NBSP, count, percent, plural

#: A delay below it is drawn here: the axis counts in powers, and clocks do not tell less apart
LEAST = 1.0

#: What the marks are, in the subtitle: a legend would have no room on a phone
KEY = f"\N{BLACK CIRCLE} half, \N{WHITE CIRCLE} 90{NBSP}%, \N{LIGHT VERTICAL BAR} 99{NBSP}%"

#: Where the axis may have a label, those first that it would have soonest
TICKS = {
    60: "1 min", 3600: "1 h", 86_400: "1 day", 1: "\N{LESS-THAN OR EQUAL TO} 1 s", 10: "10 s",
    600: "10 min", 21_600: "6 h", 5: "5 s", 30: "30 s", 300: "5 min", 1800: "30 min",
    43_200: "12 h", 2: "2 s", 172_800: "2 days", 345_600: "4 days", 120: "2 min", 7200: "2 h",
    20: "20 s", 3: "3 s", 7: "7 s", 14: "14 s", 864_000: "10 days",
}  # fmt: skip
#: The share of the axis between two labels
APART = 0.17


def plot_delays(delays: Any, *, top: int = 25, show_numbers: bool = False) -> Any:
    """The p50, p90 and p99 of the *top* groups with most settled messages, as a figure.

    Args:
        delays: What `delivery_delays` gives, pandas or polars, grouped by anything.
        top: How many groups are shown; the subtitle says how many there are.
        show_numbers: Whether groups that are people are named unmasked.

    Returns:
        A `plotly.graph_objects.Figure`, the fastest on top, on an axis that counts in powers;
        groups of which no delay is known are not in it, and the subtitle counts them.

    Raises:
        ColumnError: The frame is not one of delays, or it is not grouped.
    """
    import plotly.graph_objects as go

    rows = delay_rows(delays, show_numbers=show_numbers)
    keys = grouped(rows, "delays", "delivery_delays")
    timed = [row for row in rows if row["p50"] is not None]
    shown = sorted(timed, key=lambda row: row["settled"], reverse=True)[:top]
    ordered = sorted(shown, key=lambda row: (row["p50"], row["p90"]), reverse=True)
    named = [(name_of(row, keys), row) for row in ordered]
    traces = [go.Scatter(trace) for trace in (*_lines(ordered), *_marks(named)) if named]
    figure = go.Figure(traces, _paper(named))
    words = which(shown, timed, rows, "without a known delay")
    arrived = sum(row["timed"] for row in timed)
    definition = f"{KEY} of {plural(arrived, 'delivered message')} had arrived, since sending"
    said = subtitle(definition, rows, *words)
    return theme.titled(figure, "Time to delivery", said)


def _lines(rows: list[Row]) -> list[dict[str, Any]]:
    """From p50 to p90 a thick line, from there to p99 a thin one."""
    return [_line(rows, "p90", "p99", 1.5), _line(rows, "p50", "p90", 4)]


def _line(rows: list[Row], start: str, end: str, width: float) -> dict[str, Any]:
    ends = [[_drawn(row[start]), _drawn(row[end]), None] for row in rows]
    return {
        "x": [x for three in ends for x in three],
        "y": [y for place in range(len(rows)) for y in (place, place, None)],
        "mode": "lines",
        "line": {"color": theme.ACCENT, "width": width},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _marks(named: list[tuple[str, Row]]) -> list[dict[str, Any]]:
    edge = {"color": theme.ACCENT, "width": 2}
    looks = {
        "p99": {"symbol": "line-ns", "size": 11},
        "p90": {"symbol": "circle", "size": 9, "color": theme.PAPER},
        "p50": {"symbol": "circle", "size": 10, "color": theme.ACCENT},
    }
    return [
        {
            "x": [_drawn(row[name]) for _, row in named],
            "y": list(range(len(named))),
            "mode": "markers",
            "marker": {"line": edge, **look},
            "text": [_hover(group, row) for group, row in named],
            "hoverinfo": "text",
            "name": name,
            "showlegend": False,
        }
        for name, look in looks.items()
    ]


def _drawn(seconds: float) -> float:
    return max(seconds, LEAST)


def _hover(name: str, row: Row) -> str:
    shares = {"5 s": "within_5s", "1 min": "within_1min", "1 h": "within_1h", "24 h": "within_24h"}
    known = {after: row[share] for after, share in shares.items() if row[share] is not None}
    said = ", ".join(f"{after}: {percent(share)}" for after, share in known.items())
    lines = [
        f"<b>{safe(name)}</b>",
        f"half within {duration(row['p50'])}, 90 % within {duration(row['p90'])}, "
        f"99 % within {duration(row['p99'])}",
        f"n = {count(row['timed'])} delivered, of {count(row['settled'])} settled",
        *([f"of all settled delivered within {said}"] if said else []),
    ]
    return "<br>".join(lines)


def _paper(named: list[tuple[str, Row]]) -> dict[str, Any]:
    longest = max((_drawn(row["p99"]) for _, row in named), default=60.0)
    room = 0.03 * math.log10(max(longest, 10.0))
    bounds = (-room, math.log10(max(longest, 10.0)) + room)
    ticks = ticks_between(LEAST, max(longest, 10.0))
    labels = {"tickvals": list(ticks), "ticktext": list(ticks.values()), "tickangle": 0}
    return theme.layout(
        height=112 + 24 * max(len(named), 2),
        xaxis=theme.QUIET | labels | {"type": "log", "range": bounds, "showgrid": True},
        yaxis=side_by_side([name for name, _ in named]),
        hovermode="closest",
        dragmode=False,
        margin={"l": 8, "r": 16, "t": 76, "b": 34},
    )


def ticks_between(least: float, longest: float) -> dict[int, str]:
    """Which delays the axis names: as many as have room, also on a phone.

    >>> list(ticks_between(1, 20).values())
    ['≤ 1 s', '2 s', '5 s', '10 s', '20 s']
    """
    span = math.log(longest / least)
    chosen: list[int] = []
    for tick in (tick for tick in TICKS if least <= tick <= longest):
        if all(abs(math.log(tick / other)) >= APART * span for other in chosen):
            chosen.append(tick)
    return {tick: TICKS[tick] for tick in sorted(chosen)}
