"""What a message is, of which both an event and a report tell."""

import polars as pl

from infobip_analytics.folding import DETAILS
from infobip_analytics.frames import MESSAGES
from infobip_analytics.outcomes import Outcome, Receipt
from infobip_analytics.window import Window

#: Told by the side that decides; where neither does, by the report, which may say why.
_DECIDED = ["done_at", *DETAILS]
#: Told by the report where it tells them, else by the event: Infobip knows what it did.
_BY_REPORT = ["channel", "network", "bulk_id", "campaign_reference", "price", "currency", "parts"]
#: The other way round, for the event knows what was meant.
_BY_EVENT = ["message_id", "sender", "recipient"]
_SUMS = ["n_reports", "n_late"]

#: What must be known of both sides, whatever is wanted.
TOLD = ["outcome", "receipt", "settled", "conflicting"]

#: All that is taken from a report.
_OF_REPORTS = {*TOLD, *_DECIDED, *_BY_REPORT, *_BY_EVENT, *_SUMS}

_FAILURES = [str(Outcome.FAILED), str(Outcome.REJECTED)]
_FINAL = [str(Outcome.DELIVERED), *_FAILURES]
_SIDE = "_of_report"
_ADDED = ["matched_by", "event_outcome", "report_outcome", "unmatched_reports"]


def merged(
    sent: pl.DataFrame, reported: pl.DataFrame, pairs: pl.DataFrame, window: Window
) -> pl.DataFrame:
    """One row a message of the events; what the matched report knows better is taken from it.

    Columns of *sent*: as `pairing.pair` has them; of *reported*: those of messages; of *pairs*: as
    `rules.match` has them. Columns out: those of *sent*, what only reports tell, `matched_by`,
    `event_outcome`, `report_outcome` (null where there is no report), and `unmatched_reports`.
    """
    names = [name for name in reported.columns if name in _OF_REPORTS]
    aligned = _aligned(pairs, sent.height)
    there, known = set(sent.columns), set(names)
    return (
        sent.hstack(reported.select(pl.col(names).gather(aligned["report"]).name.suffix(_SIDE)))
        .with_columns(
            aligned["matched_by"],
            unmatched_reports=pl.lit(_unmatched(reported, pairs, window), pl.Int64),
            _unusable=pl.col("_unusable") + (reported["_unusable"].max() or 0),
        )
        .with_columns(_report_decides=_report_decides(), report_outcome=_outcome_of_report())
        .with_columns(_choices(there, known), event_outcome="outcome")
        .select(list(dict.fromkeys([*sent.columns, *_ADDED, *_told_by_reports(known)])))
    )


def _aligned(pairs: pl.DataFrame, height: int) -> pl.DataFrame:
    """For each row of the events which `report` it has, and how it was found; null where none."""
    rows = pl.DataFrame({"event": pl.int_range(height, dtype=pl.UInt32, eager=True)})
    return rows.join(pairs, on="event", how="left", maintain_order="left")


def _unmatched(reported: pl.DataFrame, pairs: pl.DataFrame, window: Window) -> int:
    """How many messages of the reports no event has, of those that were sent within bounds."""
    alone = reported.with_row_index("report").join(pairs, on="report", how="anti")["sent_at"]
    outside = [
        beyond.fill_null(value=False)
        for bound, beyond in (
            (window.since, alone < window.since if window.since else None),
            (window.until, alone > window.until if window.until else None),
        )
        if bound is not None and beyond is not None
    ]
    return len(alone) - sum(int(beyond.sum()) for beyond in outside)


def _told_by_reports(known: set[str]) -> list[str]:
    return [name for name in (*_BY_REPORT, *_DECIDED) if name in known]


def _report_decides() -> pl.Expr:
    """Whether the report says what became of the message.

    That the operator has it is no final word, and yields to the event of a failure as it does to
    the report of one.
    """
    operator = (_of_report("receipt") == Receipt.OPERATOR).fill_null(value=False)
    failed = pl.col("outcome").is_in(_FAILURES)
    final = _of_report("outcome").is_in(_FINAL).fill_null(value=False)
    return final & ~(operator & failed)


def _outcome_of_report() -> pl.Expr:
    """What the report says; where it does not decide, the time of the event's send does."""
    outcome = _of_report("outcome")
    return (
        pl.when(outcome.is_null() | outcome.is_in(_FINAL))
        .then(outcome)
        .when("settled")
        .then(pl.lit(str(Outcome.UNREPORTED)))
        .otherwise(pl.lit(str(Outcome.PENDING)))
    )


def _choices(there: set[str], known: set[str]) -> list[pl.Expr]:
    """The columns that both sides tell of, or only the report."""
    by_report = pl.col("_report_decides")
    event_decides = pl.col("outcome").is_in([*_FINAL, str(Outcome.ENQUEUE_FAILED)])
    reports_word = by_report | (pl.col("matched_by").is_not_null() & ~event_decides)
    contradicted = by_report & event_decides & (pl.col("outcome") != _of_report("outcome"))

    def event(name: str) -> pl.Expr:
        return pl.col(name) if name in there else pl.lit(None, MESSAGES[name])

    def choice(name: str, *, report: pl.Expr) -> pl.Expr:
        return pl.when(report).then(_of_report(name)).otherwise(event(name)).alias(name)

    return [
        choice("outcome", report=by_report),
        choice("receipt", report=by_report),
        *(choice(name, report=reports_word) for name in _DECIDED if name in known),
        *(
            pl.coalesce(_of_report(name), event(name)).alias(name)
            for name in _BY_REPORT
            if name in known
        ),
        *(
            pl.coalesce(event(name), _of_report(name)).alias(name)
            for name in _BY_EVENT
            if name in known & there
        ),
        *(event(name) + _of_report(name).fill_null(0) for name in _SUMS if name in known & there),
        event("conflicting") | _of_report("conflicting").fill_null(value=False) | contradicted,
    ]


def _of_report(name: str) -> pl.Expr:
    return pl.col(f"{name}{_SIDE}")
