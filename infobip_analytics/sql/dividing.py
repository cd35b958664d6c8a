"""Rates and their intervals, of counts by name: null where there is nothing to divide by."""

from infobip_analytics.intervals import _quantile
from infobip_analytics.sql.asking import Question

#: Whether a row has rates: where nothing was forwarded, the failed ones say where it goes.
REPORTS = """CASE
      WHEN no_report_messages + reporting > 0 THEN reporting > 0
      ELSE quiet_failed = 0 OR quiet_failed < n_failed
    END"""


def unless_silent(name: str, rate: str, question: Question) -> str:
    """A rate; no-report countries have none, for silence would make it up."""
    if not question.show or name.startswith("bound"):
        return rate
    return f"CASE WHEN {REPORTS}\n      THEN {rate} END"


def ratio(part: str, whole: str) -> str:
    """part / whole, null where the whole is nothing."""
    return f"({part}) / NULLIF({whole}, 0)"


def shares(question: Question) -> dict[str, str]:
    """The rates of a group, by name: docs/definitions.md, section 5."""
    n = "settled_messages"
    low, high = _wilson("delivered", n, question.confidence)
    rate = ratio("delivered", n)

    def of_sent(ratio: str) -> str:
        return f"CASE WHEN is_sent > 0 THEN {ratio} END"

    return {
        "delivery_rate": rate,
        "rate_low": low,
        "rate_high": high,
        "acceptance_rate": ratio(f"{n} - rejected", n),
        "coverage": of_sent(ratio("delivered + failed", f"{n} - rejected")),
        "confirmed_rate": ratio("delivered", "delivered + failed"),
        "bound_low": of_sent(rate),
        "bound_high": of_sent(ratio("delivered + unreported", n)),
        "handset_rate": f"CASE WHEN receipt_unknown = 0 THEN {ratio('handset', n)} END",
    }


def _wilson(successes: str, trials: str, confidence: float) -> tuple[str, str]:
    """The ends of Wilson's interval; 0 and 1 at the ends, where the formula gives them nearly."""
    z = _quantile(confidence)
    n = f"NULLIF({trials}, 0)"
    share = f"{successes} / {n}"
    centre = f"{share} + {z * z} / (2 * {n})"
    spread = f"{z} * SQRT({share} * (1 - {share}) / {n} + {z * z} / (4 * {n} * {n}))"
    scale = f"(1 + {z * z} / {n})"

    def end(sign: str, at: str, value: str) -> str:
        return (
            f"CASE WHEN {trials} = 0 THEN NULL WHEN {successes} = {at} THEN {value}\n"
            f"      ELSE ({centre}\n      {sign} {spread}) / {scale} END"
        )

    return end("-", "0", "0.0"), end("+", trials, "1.0")
