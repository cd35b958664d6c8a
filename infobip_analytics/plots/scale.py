"""The scale of the map: which rate has which colour."""

from dataclasses import dataclass
from typing import Any

from infobip_analytics.plots import theme
from infobip_analytics.plots.rows import Row

#: With fewer settled messages a country does not stretch the scale
ENOUGH = 35
#: The share of messages that may lie below the scale
BELOW = 0.05
#: The scale reaches down at least to here, so that 97 % and 99 % do not look worlds apart
AT_LEAST_FROM = 0.8

#: What the trace is called that carries the colour bar
SCALE_NAME = "delivery rate"


@dataclass(frozen=True, slots=True)
class Scale:
    """From the rate of the lowest colour to that of the highest, which is 1.

    Attributes:
        low: The rate that has the lowest colour; lower rates have it, too.
        clipped: Whether a rate is lower.
    """

    low: float
    clipped: bool

    def colour(self, rate: float) -> str:
        """The colour of a rate.

        >>> Scale(0.8, clipped=False).colour(0.9)
        '#878b74'
        """
        return theme.colour_of((rate - self.low) / (1 - self.low))

    def bar(self) -> dict[str, Any]:
        """An invisible trace that carries the colour bar."""
        steps = [self.low + (1 - self.low) * i / 4 for i in range(5)]
        words = [f"{100 * step:g} %" for step in steps]
        return {
            "x": [None],
            "y": [None],
            "mode": "markers",
            "name": SCALE_NAME,
            "hoverinfo": "skip",
            "showlegend": False,
            "marker": {
                "color": [1],
                "cmin": self.low,
                "cmax": 1,
                "colorscale": [[i / 4, colour] for i, colour in enumerate(theme.SCALE)],
                "showscale": True,
                "colorbar": {
                    "orientation": "h",
                    "thickness": 10,
                    # fits on a phone, too
                    "lenmode": "pixels",
                    "len": 300,
                    "x": 0,
                    "xref": "container",
                    "xanchor": "left",
                    "yref": "container",
                    "yanchor": "bottom",
                    "xpad": 24,
                    "ypad": 0,
                    "ticklabeloverflow": "allow",
                    "outlinewidth": 0,
                    "tickvals": steps,
                    "ticktext": [f"\N{LESS-THAN OR EQUAL TO} {words[0]}", *words[1:]]
                    if self.clipped
                    else words,
                    "tickfont": {"size": 11, "color": theme.MUTED},
                },
            },
        }


def scale_for(rows: list[Row]) -> Scale:
    """The scale of some rates: down to the tens below nearly all messages.

    Rows with few messages do not stretch it, and neither does a dead route.

    >>> scale_for([{"delivery_rate": 0.71, "settled": 100}, {"delivery_rate": 0.0, "settled": 1}])
    Scale(low=0.7, clipped=True)
    """
    rated = [row for row in rows if row["delivery_rate"] is not None]
    sure = [row for row in rated if row["settled"] >= ENOUGH]
    low = min(int(10 * _lowest(sure)) / 10, AT_LEAST_FROM)
    return Scale(low, clipped=any(row["delivery_rate"] < low for row in rated))


def _lowest(rows: list[Row]) -> float:
    """The rate below which there is only a small share of the settled messages of *rows*."""
    spare = BELOW * sum(row["settled"] for row in rows)
    for row in sorted(rows, key=lambda row: float(row["delivery_rate"])):
        spare -= row["settled"]
        if spare < 0:
            return float(row["delivery_rate"])
    return 1.0
