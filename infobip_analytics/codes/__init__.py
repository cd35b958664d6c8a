"""Infobip's codes: what a status means for a message, and what any code means to a person.

`verdict` reads the outcome from a status, `explain` answers a code with all its meanings, and
`code_table` has them all as a frame. All ask the tables in `reference/`; no code is written here.
Everything imports in a few milliseconds, so that the command line can explain a code at once.
"""

from infobip_analytics.codes.explaining import explain
from infobip_analytics.codes.explanation import Explanation
from infobip_analytics.codes.meanings import Meaning
from infobip_analytics.codes.table import code_table
from infobip_analytics.codes.verdicts import Verdict, error_group_of, group_of, verdict

__all__ = [
    "Explanation",
    "Meaning",
    "Verdict",
    "code_table",
    "error_group_of",
    "explain",
    "group_of",
    "verdict",
]
