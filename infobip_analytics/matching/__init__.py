"""Two sources, one message: messages of events beside those of delivery reports, one to one."""

from collections.abc import Callable

import polars as pl

from infobip_analytics.folding import fold
from infobip_analytics.frames import MESSAGES, conform
from infobip_analytics.matching.merging import TOLD, merged
from infobip_analytics.matching.rules import MOST_APART, OF_EVENT, OF_REPORT, match
from infobip_analytics.matching.words import Matched, how_matched
from infobip_analytics.pairing import pair
from infobip_analytics.window import Window

__all__ = ["MOST_APART", "Matched", "beside", "how_matched", "match"]

Make = Callable[[pl.LazyFrame, Window, set[str]], pl.LazyFrame]


def beside(reports: pl.LazyFrame) -> Make:
    """What makes messages of campaign events as `pairing.pair` does, with *reports* beside them.

    Columns of *reports*: those of delivery reports. Columns out: as in `pairing.pair`, and
    `matched_by`, `event_outcome`, `report_outcome`, `unmatched_reports`.
    Source of the rules: docs/definitions.md, section 2, "Two sources, one message".
    """

    def make(events: pl.LazyFrame, window: Window, wanted: set[str]) -> pl.LazyFrame:
        # who is matched with whom must not depend on which columns are wanted
        asked = wanted | {*OF_EVENT, *OF_REPORT, *TOLD}
        sent = pair(events, window, asked).collect(engine="streaming")
        reported = _folded(reports, window, asked)
        return merged(sent, reported, match(sent, reported), window).lazy()

    return make


def _folded(reports: pl.LazyFrame, window: Window, wanted: set[str]) -> pl.DataFrame:
    """The messages of the reports; `_unusable` counts also what their reader had set aside."""
    columns = {name: MESSAGES[name] for name in MESSAGES if name in wanted}
    aside = pl.max("set_aside") if "set_aside" in reports.collect_schema() else pl.lit(0)
    found = reports.select(pl.len(), aside=aside.fill_null(0))
    height, set_aside = found.collect(engine="streaming").row(0)
    folded = fold(reports, window, wanted) if height else pl.LazyFrame(schema=columns)
    unusable = pl.max("_unusable") if height else pl.lit(0)
    return (
        folded.with_columns(_unusable=unusable.cast(pl.Int64) + set_aside)
        .pipe(conform, columns)
        .select(*columns, "_unusable")
        .collect(engine="streaming")
    )
