"""How many failures of a cause are enough to leave a number out, and what clears them."""

import polars as pl

from infobip_analytics.codes.meanings import causes
from infobip_analytics.reference import rows

#: What the verdicts rest on, for people.
ASSUMES = (
    "Assumes that a number is judged by what was reported of it since its last delivery, by the "
    "causes of its errors and how often they came (the table suppression.csv), never by Infobip's "
    "flag `permanent`, which speaks of the message; that silence is no evidence; and that a "
    "delivery is one, also where the receipt is the operator's"
)

#: What a failure speaks against: the number, or MMS to it or a category of messages alone.
NUMBER, MMS, CATEGORY = "number", "mms", "category"

#: What clears it.
BY_DELIVERY, BY_MMS, BY_AGREEMENT = "delivery", "delivery of MMS", "agreement"


def rules() -> pl.DataFrame:
    """A row for each cause that speaks against a number.

    Columns: `cause`, `cause_title`, `_least` (failures that are enough), `_days` (from the first to
    the last of them at least), `_alone` (one report is enough), `_about`, `_cleared_by`.
    """
    return pl.DataFrame(
        [
            {
                "cause": row["cause"],
                "cause_title": causes()[row["cause"]]["title"],
                "_least": int(row["failures"]),
                "_days": int(row["days"]),
                "_alone": causes()[row["cause"]]["suppress"] == "yes",
                "_about": row["about"],
                "_cleared_by": row["cleared_by"],
            }
            for row in rows("suppression")
        ]
    )
