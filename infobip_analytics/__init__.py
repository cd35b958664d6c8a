"""True SMS and MMS delivery rates by country, from Infobip and Bloomreach data.

    import infobip_analytics as ia

    reports = ia.read(ia.sample_path("delivery_reports"))
    print(ia.rates_table(ia.messages(reports)))

This file is the table of contents: each name is imported when it is first used, so that importing
the package costs nothing.
"""

from importlib import import_module

# Type checkers know this name; `typing` itself would take longer to import than all of this file
TYPE_CHECKING = False

if TYPE_CHECKING:
    from infobip_analytics.believing import implausible_receipts, receipts_table
    from infobip_analytics.changing import explain_change
    from infobip_analytics.codes import code_table, explain
    from infobip_analytics.coming import nowcast, nowcast_table
    from infobip_analytics.countries import country_of
    from infobip_analytics.coverage import report_coverage
    from infobip_analytics.definitions import compare_definitions
    from infobip_analytics.errors import (
        ArgumentError,
        AssumptionWarning,
        ColumnError,
        InfobipAnalyticsError,
        InfobipAnalyticsWarning,
        ServiceError,
        SetAsideWarning,
        SourceError,
    )
    from infobip_analytics.fetching import InfobipClient
    from infobip_analytics.journey import messages
    from infobip_analytics.leftovers import left_out
    from infobip_analytics.masking import mask
    from infobip_analytics.page import write_report
    from infobip_analytics.plots import (
        plot_change,
        plot_delays,
        plot_errors,
        plot_map,
        plot_rates,
        plot_trend,
    )
    from infobip_analytics.rates import delivery_rates
    from infobip_analytics.reading import read, read_campaign_events, read_delivery_reports
    from infobip_analytics.recomputing import recompute
    from infobip_analytics.reconciling import reconcile
    from infobip_analytics.responses import (
        replies,
        response_rates,
        responses_table,
        with_responses,
    )
    from infobip_analytics.retiring import hygiene, hygiene_table, unique_recipient_rates
    from infobip_analytics.samples import sample_path
    from infobip_analytics.spending import costs, costs_table
    from infobip_analytics.standing import league
    from infobip_analytics.tables import rates_table
    from infobip_analytics.timing import delays_table, delivery_delays
    from infobip_analytics.undelivered import (
        error_breakdown,
        errors_table,
        fix_first,
        with_explanations,
    )
    from infobip_analytics.variants import compare_variants
    from infobip_analytics.watching import alerts, alerts_table

__version__ = "0.1.0"

__all__ = [
    "ArgumentError",
    "AssumptionWarning",
    "ColumnError",
    "InfobipAnalyticsError",
    "InfobipAnalyticsWarning",
    "InfobipClient",
    "ServiceError",
    "SetAsideWarning",
    "SourceError",
    "alerts",
    "alerts_table",
    "code_table",
    "compare_definitions",
    "compare_variants",
    "costs",
    "costs_table",
    "country_of",
    "delays_table",
    "delivery_delays",
    "delivery_rates",
    "error_breakdown",
    "errors_table",
    "explain",
    "explain_change",
    "fix_first",
    "hygiene",
    "hygiene_table",
    "implausible_receipts",
    "league",
    "left_out",
    "mask",
    "messages",
    "nowcast",
    "nowcast_table",
    "plot_change",
    "plot_delays",
    "plot_errors",
    "plot_map",
    "plot_rates",
    "plot_trend",
    "rates_table",
    "read",
    "read_campaign_events",
    "read_delivery_reports",
    "receipts_table",
    "recompute",
    "reconcile",
    "replies",
    "report_coverage",
    "response_rates",
    "responses_table",
    "sample_path",
    "unique_recipient_rates",
    "with_explanations",
    "with_responses",
    "write_report",
]

_MODULES = {
    "ArgumentError": "errors",
    "AssumptionWarning": "errors",
    "ColumnError": "errors",
    "InfobipAnalyticsError": "errors",
    "InfobipAnalyticsWarning": "errors",
    "InfobipClient": "fetching",
    "ServiceError": "errors",
    "SetAsideWarning": "errors",
    "SourceError": "errors",
    "alerts": "watching",
    "alerts_table": "watching",
    "code_table": "codes",
    "compare_definitions": "definitions",
    "compare_variants": "variants",
    "costs": "spending",
    "costs_table": "spending",
    "country_of": "countries",
    "delays_table": "timing",
    "delivery_delays": "timing",
    "delivery_rates": "rates",
    "error_breakdown": "undelivered",
    "errors_table": "undelivered",
    "explain": "codes",
    "explain_change": "changing",
    "fix_first": "undelivered",
    "hygiene": "retiring",
    "hygiene_table": "retiring",
    "implausible_receipts": "believing",
    "league": "standing",
    "left_out": "leftovers",
    "mask": "masking",
    "messages": "journey",
    "nowcast": "coming",
    "nowcast_table": "coming",
    "plot_change": "plots",
    "plot_delays": "plots",
    "plot_errors": "plots",
    "plot_map": "plots",
    "plot_rates": "plots",
    "plot_trend": "plots",
    "rates_table": "tables",
    "read": "reading",
    "read_campaign_events": "reading",
    "read_delivery_reports": "reading",
    "receipts_table": "believing",
    "recompute": "recomputing",
    "reconcile": "reconciling",
    "replies": "responses",
    "report_coverage": "coverage",
    "response_rates": "responses",
    "responses_table": "responses",
    "sample_path": "samples",
    "unique_recipient_rates": "retiring",
    "with_explanations": "undelivered",
    "with_responses": "responses",
    "write_report": "page",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
