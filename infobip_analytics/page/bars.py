"""The small bars and lines in a table of rates: where rates lie on a common axis."""

import math
from dataclasses import dataclass
from datetime import date

from infobip_analytics.page.sparks import middle
from infobip_analytics.page.summary import Row
from infobip_analytics.plots.scale import scale_for


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from `low` to 1, in percent of its own length.

    >>> Axis(0.8).place(0.9), Axis(0.8).place(0.5)
    ('50', '0')
    """

    low: float

    def place(self, share: float) -> str:
        """Where a share lies; what is too low lies at the beginning."""
        return f"{self._at(share):.4g}"

    def mark(self, share: float) -> str:
        """Where a mark of one percent's width begins that stands at a share, within the axis."""
        return f"{min(max(self._at(share) - 0.5, 0.0), 99.0):.4g}"

    def length(self, low: float, high: float) -> str:
        """How long an interval is; never so short that nobody sees it."""
        return f"{max(self._at(high) - self._at(low), 0.6):.4g}"

    def _at(self, share: float) -> float:
        return 100 * min(max((share - self.low) / (1 - self.low), 0.0), 1.0)


def has_lines(trend: Row, rows: list[Row]) -> bool:
    """Whether there is a line for any of some countries: a single point is no trend."""
    lines = trend.get("countries", {})
    return any(len(lines.get(row["country"], [])) > 1 for row in rows) if lines else False


def spark(points: list[Row], ends: tuple[str, str], axis: Axis) -> str:
    """The course of a rate between two days as a line in a box of 100 by 20, as SVG writes points.

    >>> days = [{"from": "2026-03-01", "to": "2026-03-01", "delivery_rate": 1.0}]
    >>> days += [{"from": "2026-03-02", "to": "2026-03-04", "delivery_rate": 0.9}]
    >>> spark(days, ("2026-03-01", "2026-03-05"), Axis(0.8))
    '0,1 50,10'
    """
    first, last = (date.fromisoformat(end).toordinal() for end in ends)
    return " ".join(
        f"{100 * (middle(point) - first) / max(last - first, 1):.4g},"
        f"{19 - 0.18 * float(axis.place(point['delivery_rate'])):.4g}"
        for point in points
    )


#: The ends of the axis of delays, in seconds: it is logarithmic
QUICK, SLOW = 1, 4 * 86_400


def delay_place(seconds: float) -> str:
    """Where a delay lies on the axis of delays, in percent of it.

    >>> delay_place(0.2), delay_place(345_600), delay_place(600)
    ('0', '100', '50.16')
    """
    within = min(max(seconds, QUICK), SLOW)
    return f"{100 * math.log(within / QUICK) / math.log(SLOW / QUICK):.4g}"


def axis_for(countries: list[Row]) -> Axis:
    """The axis that all rates have in common; it begins where the colours of the map do."""
    return Axis(scale_for(countries).low)
