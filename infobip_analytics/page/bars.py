"""The small bars in a table of rates: where a rate and its interval lie on a common axis."""

from dataclasses import dataclass

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


def axis_for(rows: list[Row]) -> Axis:
    """The axis that some rates have in common: the same as the colours of the map."""
    return Axis(scale_for(rows).low)
