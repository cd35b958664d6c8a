"""A change as a waterfall: from the rate before to the rate after, step by step."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infobip_analytics.differences import points
from infobip_analytics.errors import ColumnError
from infobip_analytics.frames import as_plan
from infobip_analytics.masking import as_shown
from infobip_analytics.plots import theme
from infobip_analytics.plots.bars import SMALL, side_by_side
from infobip_analytics.plots.rows import Row, name_of, plain_rows, safe
from infobip_analytics.plots.stamp import together
from infobip_analytics.wording import count, moment, percent, plural

NEEDED = [
    "before_settled", "before_delivered", "before_rate", "after_settled", "after_delivered",
    "after_rate", "before_share", "after_share", "rate_effect", "mix_effect", "verdict",
]  # fmt: skip

#: What lowers the rate is amber, what raises it blue; colour-blind people tell them apart
DOWN, UP = theme.SCALE[0], theme.SCALE[-1]

#: An effect below it (a thousandth of a point) is no step
_NOTHING = 1e-5


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the waterfall: from where it starts, how far it goes, and what is said of it."""

    label: str
    start: float
    size: float
    hover: str


def plot_change(change: Any, *, top: int = 4, show_numbers: bool = False) -> Any:
    """What mix and rate of the *top* groups each did to the delivery rate, as a waterfall.

    Args:
        change: The `.frame` of what `explain_change` gives, pandas or polars.
        top: How many groups have a step of their own in each of the two parts; the others have
            one together.
        show_numbers: Whether groups that are people are named unmasked.

    Returns:
        A `plotly.graph_objects.Figure`: on top the rate before, then the steps of the mix and those
        of the rates of the groups, at the bottom the rate after.

    Raises:
        ColumnError: The frame is not one of `explain_change`.
    """
    import plotly.graph_objects as go

    rows = _rows(change, show_numbers=show_numbers)
    before, after = (_overall(rows, side) for side in ("before", "after"))
    known = before is not None and after is not None
    steps = _steps(rows, before, top) if before is not None and known else []
    places = len(steps) + 2
    figure = go.Figure(
        [go.Bar(_bars(steps)), go.Scatter(_ends(before, after, places))] if known else None,
        _paper(steps, before, after) if known else theme.layout(height=160),
    )
    return theme.titled(figure, _title(before, after), _subtitle(rows))


def _rows(change: Any, *, show_numbers: bool) -> list[Row]:
    """The groups with what they are called; ColumnError where these are no such groups."""
    if hasattr(change, "sentence") and hasattr(change, "frame"):
        raise ColumnError("this is an answer for reading; draw the change in it: change.frame")
    plan, _ = as_plan(change)
    there = plan.collect_schema().names()
    if missing := [name for name in NEEDED if name not in there]:
        raise ColumnError(
            f"a figure of a change needs the columns {', '.join(missing)}, which this frame lacks; "
            "draw what ia.explain_change(before, after).frame gives"
        )
    whole = plan.collect()
    keys = there[: there.index("before_settled")]
    named = [name for name in keys if name != "country" or "country_name" not in keys]
    seen = plain_rows(as_shown(whole.select(named), show_numbers=show_numbers))
    return [
        row | {"_label": name_of(names, named)}
        for row, names in zip(plain_rows(whole), seen, strict=True)
    ]


def _overall(rows: list[Row], side: str) -> float | None:
    settled = sum(row[f"{side}_settled"] for row in rows)
    return sum(row[f"{side}_delivered"] for row in rows) / settled if settled else None


def _steps(rows: list[Row], start: float, top: int) -> list[Step]:
    """The steps from the top, those of the mix first; in each part the longest first."""
    steps: list[Step] = []
    for part in ("mix", "rate"):
        moved = [row for row in rows if abs(row[f"{part}_effect"]) > _NOTHING]
        ordered = sorted(moved, key=lambda row: -abs(row[f"{part}_effect"]))
        for row in [*ordered[:top], *_others(ordered[top:])]:
            size = row[f"{part}_effect"]
            label = f"{part}: {row['_label']}"
            steps.append(Step(label, start, size, _hover(part, row)))
            start += size
    return steps


def _others(rows: list[Row]) -> list[Row]:
    """Those without a step of their own, as one."""
    if len(rows) < 2:
        return rows
    sums = {name: sum(row[name] for row in rows) for name in ("mix_effect", "rate_effect")}
    return [{**sums, "_label": f"{len(rows)} others", "_many": len(rows)}]


def _hover(part: str, row: Row) -> str:
    moved = f"<b>{safe(row['_label'])}</b>: {points(row[f'{part}_effect'])} points by {part}"
    if "_many" in row:
        return moved
    sides = [
        f"{side}: {percent(row[f'{side}_rate'])} of {count(row[f'{side}_settled'])} settled "
        f"({percent(row[f'{side}_share'])} of all)"
        for side in ("before", "after")
    ]
    return "<br>".join([moved, *sides, row["verdict"]])


def _bars(steps: list[Step]) -> dict[str, Any]:
    return {
        "orientation": "h",
        "base": [step.start for step in steps],
        "x": [step.size for step in steps],
        "y": [len(steps) - place for place in range(len(steps))],
        "marker": {"color": [DOWN if step.size < 0 else UP for step in steps]},
        "text": [points(step.size) for step in steps],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [step.hover for step in steps],
        "hoverinfo": "text",
        "width": 0.62,
        "showlegend": False,
    }


def _ends(before: float | None, after: float | None, places: int) -> dict[str, Any]:
    """Where it begins and where it ends."""
    return {
        "x": [before, after],
        "y": [places - 1, 0],
        "mode": "markers+text",
        "marker": {"color": theme.ACCENT, "size": 10},
        "text": [f"{percent(rate)}  " for rate in (before, after)],
        "textposition": "middle left",
        "cliponaxis": False,
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _paper(steps: list[Step], before: Any, after: Any) -> dict[str, Any]:
    ends = [before, after, *(step.start + step.size for step in steps)]
    room = max(0.22 * (max(ends) - min(ends)), 0.004)
    names = ["after", *(step.label for step in reversed(steps)), "before"]
    bounds = [min(ends) - 1.4 * room, max(ends) + room]
    return theme.layout(
        height=112 + 26 * len(names),
        xaxis=theme.QUIET | SMALL | {"range": bounds, "tickformat": "~%", "showgrid": True},
        yaxis=side_by_side(names),
        hovermode="closest",
        dragmode=False,
        margin={"l": 8, "r": 16, "t": 76, "b": 34},
    )


def _title(before: float | None, after: float | None) -> str:
    if before is None or after is None:
        return "Delivery rate, before and after"
    return f"Delivery rate: {points(after - before)} points"


def _subtitle(rows: list[Row]) -> str:
    then, now = (sum(row[f"{side}_settled"] for row in rows) for side in ("before", "after"))
    as_of = next((row["after_as_of"] for row in rows if row.get("after_as_of")), None)
    moved = "mix: the share of a group changed; rate: its own rate did"
    said = [
        f"delivered / settled messages of {plural(len(rows), 'group')}, in points; {moved}",
        together(f"n = {count(then)} settled before, {count(now)} after"),
        *([together(f"as of {moment(as_of)}")] if isinstance(as_of, datetime) else []),
    ]
    if any(row.get("population") == "reported" for row in rows):
        said.append("only reported messages are known, so the true rates are lower")
    return "; ".join(said)
