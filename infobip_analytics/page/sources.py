"""Of which messages both events and reports tell, and whether they say the same: for the report."""

import polars as pl

from infobip_analytics.matching import how_matched
from infobip_analytics.outcomes import Outcome
from infobip_analytics.page.summary import Row
from infobip_analytics.tables.text import printable
from infobip_analytics.wording import count, percent, plural

#: The columns that it is read off.
COLUMNS = ["matched_by", "unmatched_reports", "event_outcome", "report_outcome"]


def two_sources(messages: pl.DataFrame) -> Row | None:
    """How the two sources compare; None where the messages are not made of both.

    Out: `said` and `differing`, a sentence each; `matched`, `events_only`, `reports_only`; of the
    matched messages `outcomes` of the reports, and `rows` with an `outcome` of the events and the
    `counts` of those.
    """
    if not set(messages.columns).issuperset(COLUMNS):
        return None
    how = how_matched(messages)
    if how is None:
        return None
    pairs = ["event_outcome", "report_outcome"]
    found = messages.drop_nulls("matched_by").group_by(pairs).len()
    counts = {
        (printable(str(event)), printable(str(report))): number
        for event, report, number in found.iter_rows()
    }
    down, across = (_in_order({pair[side] for pair in counts}) for side in (0, 1))
    differing = sum(number for (event, report), number in counts.items() if event != report)
    return {
        "said": str(how)[0].upper() + str(how)[1:],
        "differing": _differing(differing, how.matched),
        "matched": how.matched,
        "events_only": how.messages - how.matched,
        "reports_only": how.unmatched,
        "outcomes": across,
        "rows": [
            {"outcome": event, "counts": [counts.get((event, report), 0) for report in across]}
            for event in down
        ],
    }


def _in_order(found: set[str]) -> list[str]:
    """Outcomes in the order of their definition; a frame made by hand may have others."""
    known = [str(outcome) for outcome in Outcome]
    return [name for name in known if name in found] + sorted(found.difference(known))


def _differing(number: int, matched: int) -> str:
    if not matched:
        return "No message is in both."
    if not number:
        return f"All {plural(matched, 'message')} that are in both have the same outcome in both."
    return (
        f"The outcomes of {count(number)} of {plural(matched, 'message')} "
        f"({percent(number / matched)}) that are in both differ; where the report decides, its "
        "word stands."
    )
