"""Figures: frames of rates in, plotly figures out. They need no network, neither to be drawn."""

from infobip_analytics.plots.bars import delivery_bars
from infobip_analytics.plots.map import delivery_map

__all__ = ["delivery_bars", "delivery_map"]
