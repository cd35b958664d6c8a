"""Numbers as a person reads them: a table, and beside it what it counts and what it leaves out."""

from infobip_analytics.tables.makers import coverage_table, rates_table
from infobip_analytics.tables.table import Table

__all__ = ["Table", "coverage_table", "rates_table"]
