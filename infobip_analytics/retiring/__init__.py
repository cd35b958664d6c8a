"""Whom to stop texting: numbers judged by what was reported of them, and reached people counted.

`rules` is what the tables say is enough, `evidence` gathers what was reported of each number,
`verdicts` judges it, `reach` counts people instead of messages, `table` shows both, `listing` makes
the list that is imported.
"""

from infobip_analytics.retiring.reach import unique_recipient_rates
from infobip_analytics.retiring.table import HygieneTable, hygiene_table
from infobip_analytics.retiring.verdicts import hygiene

__all__ = ["HygieneTable", "hygiene", "hygiene_table", "unique_recipient_rates"]
