"""The HTML report: one file that opens anywhere and asks the network for nothing.

Messages are summarised to plain values (`summarise`), which templates turn into a page (`render`).
"""

from infobip_analytics.page.writing import write_report

__all__ = ["write_report"]
