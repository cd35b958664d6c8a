"""Several reports, one message: a fold that does not depend on the order of the rows.

Every combination of status and error that occurs in the data gets a `standing`: a rank, and a place
among all combinations where rank and time are equal. Rank, time and place are packed into one
integer (`packing`), so that the row which decides about a message is simply the greatest one.
"""

from infobip_analytics.folding.fold import (
    FEW,
    fold,
    fold_alike,
    fold_all,
    latest_report,
    named,
)
from infobip_analytics.folding.packing import Packing, span
from infobip_analytics.folding.rows import DETAILS, GREATEST, fold_rows
from infobip_analytics.folding.standing import standings

__all__ = [
    "DETAILS",
    "FEW",
    "GREATEST",
    "Packing",
    "fold",
    "fold_alike",
    "fold_all",
    "fold_rows",
    "latest_report",
    "named",
    "span",
    "standings",
]
