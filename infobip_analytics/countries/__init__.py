"""Countries: which one a number belongs to, what they are called, which of them never report."""

from infobip_analytics.countries.local import localise
from infobip_analytics.countries.names import (
    UNKNOWN,
    country_code,
    country_codes,
    country_name,
    country_names,
    no_report_codes,
)
from infobip_analytics.countries.numbers import (
    country_of,
    network_country,
    region_expr,
    regions,
)
from infobip_analytics.countries.recipients import bare_digits

__all__ = [
    "UNKNOWN",
    "bare_digits",
    "country_code",
    "country_codes",
    "country_name",
    "country_names",
    "country_of",
    "localise",
    "network_country",
    "no_report_codes",
    "region_expr",
    "regions",
]
