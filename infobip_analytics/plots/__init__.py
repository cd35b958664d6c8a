"""Figures: frames of results in, plotly figures out. They need no network, not even to be drawn."""

from infobip_analytics.plots.bars import plot_rates
from infobip_analytics.plots.change import plot_change
from infobip_analytics.plots.delays import plot_delays
from infobip_analytics.plots.map import plot_map
from infobip_analytics.plots.pareto import plot_errors
from infobip_analytics.plots.timeline import trend_values
from infobip_analytics.plots.trend import plot_trend

__all__ = [
    "plot_change",
    "plot_delays",
    "plot_errors",
    "plot_map",
    "plot_rates",
    "plot_trend",
    "trend_values",
]
