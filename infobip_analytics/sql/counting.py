"""From messages to counts, of each group and of what is in no rate."""

from infobip_analytics.grouping import TIMES
from infobip_analytics.outcomes import Outcome, Receipt
from infobip_analytics.sql.asking import Question
from infobip_analytics.sql.dialects import path_of
from infobip_analytics.sql.steps import Step

_HOUR = 3_600_000_000


def count_steps(question: Question) -> list[Step]:
    """Steps from `located` to `counted`, which has a row a group."""
    return [_scoped(question), _flagged(question), _counted(question)]


def quoted(question: Question) -> list[str]:
    """The keys as they stand in the statement."""
    return [path_of(name, question.dialect) for name in question.keys]


def _scoped(question: Question) -> Step:
    """Which messages count, and what they are grouped by."""
    keys = "".join(
        f"\n    {_key(name, question)} AS {path_of(name, question.dialect)},"
        for name in question.keys
        if name not in ("country", "outcome", "receipt", "settled")
    )
    quiet = ", ".join(f"'{code}'" for code in question.silent)
    factor = " * COALESCE(parts, 1)" if question.per_part else ""
    return Step(
        "scoped",
        "which messages were forwarded at a known time and within the bounds, and which went to a "
        "country that sends no reports",
        f"""\
  SELECT country, outcome, receipt, settled, as_of, waiting_period, known, n_doubtful,
    parts, price, COALESCE(currency, '') AS currency,{keys}
    price{factor} AS cost,
    {f"country IN ({quiet})" if quiet else "FALSE"} AS is_silent,
    COALESCE(sent_at < since, FALSE) AS is_before,
    COALESCE(sent_at > until, FALSE) AS is_after,
    CASE
      WHEN COALESCE(sent_at < since OR sent_at > until, FALSE) THEN 'outside'
      WHEN outcome = '{Outcome.ENQUEUE_FAILED}' THEN 'enqueue failed'
      WHEN orphan THEN 'orphan'
      WHEN sent_at IS NULL THEN 'undated'
      ELSE 'forwarded'
    END AS scope
  FROM located""",
    )


def _key(name: str, question: Question) -> str:
    """What messages are grouped by under *name*."""
    if name in TIMES:
        return _time(name, question)
    columns = question.made_of(name)
    if name == "permanent":
        return "permanent = 1"
    if columns == [name]:
        return name
    texts = [f"CAST({column} AS {question.dialect.text})" for column in columns]
    return f"COALESCE({', '.join(texts)})" if len(texts) > 1 else texts[0]


def _time(name: str, question: Question) -> str:
    dialect = question.dialect
    if name == "hour":
        return dialect.moment.format(f"sent_at - MOD(MOD(sent_at, {_HOUR}) + {_HOUR}, {_HOUR})")
    day = dialect.day.format("sent_at", question.zone)
    if name == "day":
        return day
    unit = dialect.week if name == "week" else "MONTH"
    return f"CAST({dialect.trunc.format(day, unit)} AS DATE)"


def _flagged(question: Question) -> Step:
    counted = "scope = 'forwarded'" + ("" if question.split else " AND NOT is_silent")
    return Step(
        "flagged",
        "which of them are in the rates",
        f"  SELECT *,\n    {counted} AS is_counted\n  FROM scoped",
    )


def _counted(question: Question) -> Step:
    """Counts of each group, and of those that are in no rate."""
    names = quoted(question)
    lines = ",\n    ".join(
        f"COUNT(CASE WHEN {flag} THEN 1 END) AS {name}" for name, flag in _flags().items()
    )
    priced = "CASE WHEN is_counted AND price IS NOT NULL THEN currency END"
    group = f"\n  GROUP BY {', '.join(names)}" if names else ""
    return Step(
        "counted",
        "what each group comes to",
        f"""\
  SELECT{"".join(f" {name}," for name in names)}
    {lines},
    COUNT(CASE WHEN scope = 'outside' AND is_before THEN 1 END) AS before_since,
    COUNT(CASE WHEN scope = 'outside' AND is_after THEN 1 END) AS after_until,
    SUM(CASE WHEN is_counted THEN parts END) AS sum_parts,
    SUM(CASE WHEN is_counted THEN cost END) AS sum_cost,
    MIN({priced}) AS least_currency,
    MAX({priced}) AS currency,
    SUM(n_doubtful) AS in_doubt,
    MAX(known) AS known,
    MAX(as_of) AS as_of,
    MAX(waiting_period) AS waiting_period,
    MAX(CASE WHEN is_silent THEN 1 ELSE 0 END) = 1 AS is_silent
  FROM flagged{group}""",
    )


def _flags() -> dict[str, str]:
    """What makes a message count, by the name of the count."""
    heard = f"outcome IN ('{Outcome.DELIVERED}', '{Outcome.FAILED}', '{Outcome.REJECTED}')"
    delivered = f"outcome = '{Outcome.DELIVERED}'"
    handset, operator = f"receipt = '{Receipt.HANDSET}'", f"receipt = '{Receipt.OPERATOR}'"
    settled, failed = "is_counted AND settled", "scope = 'enqueue failed'"
    return {
        "messages": "is_counted",
        "waiting": "is_counted AND NOT settled",
        "settled_messages": settled,
        "delivered": f"{settled} AND {delivered}",
        "failed": f"{settled} AND outcome = '{Outcome.FAILED}'",
        "rejected": f"{settled} AND outcome = '{Outcome.REJECTED}'",
        "unreported": f"{settled} AND outcome = '{Outcome.UNREPORTED}'",
        "delivered_so_far": f"is_counted AND {delivered}",
        "reported_so_far": f"is_counted AND {heard}",
        "no_report_messages": "scope = 'forwarded' AND is_silent",
        "reporting": "scope = 'forwarded' AND NOT is_silent",
        "handset": f"{settled} AND {delivered} AND {handset}",
        "receipt_unknown": f"{settled} AND {delivered}\n"
        f"      AND NOT COALESCE({handset} OR {operator}, FALSE)",
        "n_parts": "is_counted AND parts IS NOT NULL",
        "n_priced": "is_counted AND price IS NOT NULL",
        "forwarded": "scope = 'forwarded'",
        "n_failed": failed,
        "quiet_failed": f"{failed} AND is_silent",
        "undated": "scope = 'undated'",
        "orphans": "scope = 'orphan'",
    }
