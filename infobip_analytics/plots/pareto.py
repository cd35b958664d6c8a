"""Errors side by side, the most frequent first: how many of them, and who can act."""

from collections import Counter
from typing import Any

from infobip_analytics.codes.events import masked
from infobip_analytics.errors import ColumnError
from infobip_analytics.frames import as_plan
from infobip_analytics.plots import theme
from infobip_analytics.plots.rows import Row, plain_rows, safe, shortened
from infobip_analytics.wording import count, per_thousand, percent, plural

NEEDED = [
    "error_id", "error_name", "error_group", "messages", "settled", "per_1000", "per_1000_low",
    "per_1000_high", "who", "cause_title",
]  # fmt: skip

#: Who can act, in the order of the legend; mid tones that are seen on white paper and on dark, and
#: that stay apart for colour-blind people (after M. Okabe and K. Ito, 2002, without their yellow).
WHO = {
    "list": "#d55e00",
    "content": "#cc79a7",
    "account": "#009e73",
    "operator": "#3a7fb5",
    "infobip": "#56b4e9",
    "nobody": theme.HATCH,
    None: theme.WAITING,
}
UNEXPLAINED = "not known"
NO_ERROR_GIVEN = "no error given"

#: The room below the bars for the legend of a figure without a title
BELOW = 58

#: Longer labels would leave no room for the bars on a phone; the whole name is in the hover text
LONGEST_LABEL = 24


def plot_errors(breakdown: Any, *, top: int = 12) -> Any:
    """The *top* most frequent errors per 1,000 settled messages, and all others together.

    A bar for each error, coloured by who can act, with its interval as a line; beside it the share
    of all undelivered messages that it and those above it make up.

    Args:
        breakdown: What `error_breakdown` gives, pandas or polars, of one group: by nothing, or
            filtered to one.
        top: How many errors have a bar of their own.

    Returns:
        A `plotly.graph_objects.Figure`.

    Raises:
        ColumnError: The frame is no such breakdown, or one of several groups.
    """
    bars = pareto_bars(error_rows(breakdown), top=top)
    figure, lines = pareto_figure(bars), _who_lines(bars)
    more = theme.LINE_HEIGHT * len(lines)
    theme.titled(figure, "Why not delivered", subtitle(bars), extra=more)
    said = "<br>".join([figure.layout.title.subtitle.text, *lines])
    height = figure.layout.height - BELOW + 8
    return figure.update_layout(
        title_subtitle_text=said, height=height, margin_b=8, showlegend=False
    )


def error_rows(breakdown: Any) -> list[Row]:
    """The rows of a breakdown of one group, most messages first; ColumnError for others."""
    plan, _ = as_plan(breakdown)
    there = plan.collect_schema().names()
    if missing := [name for name in NEEDED if name not in there]:
        raise ColumnError(
            f"a figure of errors needs the columns {', '.join(missing)}, which this frame lacks; "
            "draw what ia.error_breakdown(messages) gives"
        )
    keys = there[: there.index("error_id")]
    if keys and plan.select(keys).unique().collect().height > 1:
        raise ColumnError(
            f"these are the errors of several groups, by {', '.join(keys)}: filter the frame to "
            "one of them, or draw what ia.error_breakdown(messages) gives"
        )
    return sorted(plain_rows(plan), key=lambda row: -row["messages"])


def pareto_bars(rows: list[Row], *, top: int = 12) -> list[Row]:
    """What has a bar, from the top: where it stands, who can act, what it adds up to.

    *rows*: those of a breakdown of one group, most messages first.
    """
    lost, so_far = sum(row["messages"] for row in rows), 0
    titles = [{"title": title} for title in error_titles(rows)]
    titled = [row | title for row, title in zip(rows, titles, strict=True)]
    bars: list[Row] = []
    for row in [*titled[:top], *_others(titled[top:])]:
        so_far += row["messages"]
        # error 0 says that none was named, and so not who can act
        who = row["who"] if row["who"] in WHO and row["error_id"] != 0 else None
        bar = {"title": row["title"], "at": len(bars), "who": who, "so_far": so_far / lost}
        bars.append({**{name: row[name] for name in NEEDED}, **bar, **_rest(row)})
    return bars


def pareto_figure(bars: list[Row]) -> Any:
    """The figure without a title, of the bars that `pareto_bars` makes."""
    import plotly.graph_objects as go

    traces = [
        go.Bar(_trace(who, [bar for bar in bars if bar["who"] == who]))
        for who in WHO
        if any(bar["who"] == who for bar in bars)
    ]
    return go.Figure(traces, _paper(bars))


def error_title(row: Row) -> str:
    """Id and name of an error, numbers of people in it hidden.

    >>> error_title({"error_id": 27, "error_name": "EC_ABSENT_SUBSCRIBER"})
    '27 EC_ABSENT_SUBSCRIBER'
    >>> error_title({"error_id": None, "error_name": None})
    'no error given'
    """
    name = None if row["error_name"] is None else masked(row["error_name"])
    parts = [str(part) for part in (row["error_id"], name) if part is not None]
    return " ".join(parts) or NO_ERROR_GIVEN


def error_titles(rows: list[Row]) -> list[str]:
    """Id and name of each error; where one stands for several groups of errors, the group too.

    >>> named = {"error_id": 4102, "error_name": "EC_X"}
    >>> error_titles([named | {"error_group": "USER_ERRORS"}, named | {"error_group": None}])
    ['4102 EC_X (USER_ERRORS)', '4102 EC_X']
    """
    groups = {(error_title(row), row["error_group"]) for row in rows}
    several = Counter(title for title, _ in groups)
    return [
        title if several[title] < 2 or group is None else f"{title} ({masked(group)})"
        for title, group in ((error_title(row), row["error_group"]) for row in rows)
    ]


def subtitle(rows: list[Row]) -> str:
    """What is shown: of how many messages the bars are."""
    lost, settled = sum(row["messages"] for row in rows), rows[0]["settled"] if rows else 0
    return f"{count(lost)} of {plural(settled, 'settled message')}, per 1,000, with intervals"


def _others(rows: list[Row]) -> list[Row]:
    """One row of all that have no bar of their own; one alone keeps its name."""
    if len(rows) < 2:
        return rows
    sums = {name: sum(row[name] for row in rows) for name in ("messages", "per_1000")}
    told = {"rarer": len(rows), "who": None, "cause_title": None}
    return [rows[0] | sums | told | {"per_1000_low": None, "per_1000_high": None}]


def _rest(row: Row) -> Row:
    """The title of the bar of all others."""
    return {"title": plural(row["rarer"], "rarer error")} if "rarer" in row else {}


def _who_lines(bars: list[Row]) -> list[str]:
    """Who can act, with their colours, in lines short enough for a phone, where a legend is not."""
    there = [who for who in WHO if any(bar["who"] == who for bar in bars)]
    marked = [
        f'<span style="color:{WHO[who]}">\N{BLACK SQUARE}</span>\u00a0{_name(who)}' for who in there
    ]
    pieces = ["  ".join(marked[at : at + 4]) for at in range(0, len(marked), 4)]
    return [f"who can act: {pieces[0]}", *pieces[1:]] if pieces else []


def _name(who: str | None) -> str:
    return who or UNEXPLAINED


def _trace(who: str | None, bars: list[Row]) -> dict[str, Any]:
    return {
        "orientation": "h",
        "name": _name(who),
        "x": [bar["per_1000"] for bar in bars],
        "y": [bar["at"] for bar in bars],
        # plotly would make those of who has few bars wider
        "width": 0.68,
        "marker": {"color": WHO[who]},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [_reach(bar, "per_1000_high") for bar in bars],
            "arrayminus": [_reach(bar, "per_1000_low") for bar in bars],
            "color": theme.INK,
            "thickness": 1.2,
            "width": 0,
        },
        "hovertext": [_hover(bar) for bar in bars],
        "hoverinfo": "text",
    }


def _reach(bar: Row, end: str) -> float:
    """How far the interval reaches beyond the bar's end, or back from it."""
    return 0.0 if bar[end] is None else abs(float(bar[end] - bar["per_1000"]))


def _paper(bars: list[Row]) -> dict[str, Any]:
    quiet = {"gridcolor": theme.GRID, "zeroline": False, "linecolor": theme.GRID}
    named = {"tickvals": [bar["at"] for bar in bars], "ticktext": [_label(bar) for bar in bars]}
    # from the top down, and a line more for the heading of the percentages
    downward = {"range": [len(bars) - 0.5, -1.2], "showgrid": False, "automargin": True}
    small = {"tickfont": {"size": 12}}
    return theme.layout(
        height=60 + BELOW + 27 * len(bars),
        barmode="overlay",
        xaxis=quiet | {"rangemode": "tozero", "automargin": True},
        yaxis=quiet | named | downward | small,
        annotations=[
            _note(-1, "adds up to"),
            *(_note(bar["at"], percent(bar["so_far"])) for bar in bars),
        ],
        showlegend=True,
        legend=_legend(),
        margin={"l": 8, "r": 70, "t": 30, "b": BELOW},
    )


def _note(at: int, text: str) -> dict[str, Any]:
    """A text on the right of a bar's line."""
    beside = {"xref": "paper", "x": 1, "xanchor": "right", "xshift": 66, "yref": "y", "y": at}
    return beside | {"text": text, "showarrow": False, "font": {"size": 12, "color": theme.MUTED}}


def _legend() -> dict[str, Any]:
    below = {"orientation": "h", "x": 0, "xanchor": "left", "yref": "container", "y": 0}
    title = {"text": "who can act: ", "font": {"size": 12}}
    still = {"itemclick": False, "itemdoubleclick": False, "font": {"size": 12}}
    return below | still | {"yanchor": "bottom", "title": title}


def _label(bar: Row) -> str:
    """The title, short enough for a phone; what tells two errors of one name apart stays whole."""
    title, _, group = bar["title"].partition(" (")
    if not group or len(bar["title"]) <= LONGEST_LABEL:
        return safe(shortened(bar["title"], LONGEST_LABEL))
    return safe(f"{shortened(title, LONGEST_LABEL - 8)} ({shortened(group[:-1], 5)})")


def _hover(bar: Row) -> str:
    low, high = per_thousand(bar["per_1000_low"]), per_thousand(bar["per_1000_high"])
    between = "" if bar["per_1000_low"] is None else f" ({low}\N{EN DASH}{high})"
    lines = [
        f"<b>{safe(bar['title'])}</b>",
        *([safe(bar["cause_title"])] if bar["cause_title"] else []),
        f"{per_thousand(bar['per_1000'])} per 1,000 settled{between}",
        plural(bar["messages"], "message"),
    ]
    return "<br>".join(lines)
