"""From delivery reports to what each of them says."""

from infobip_analytics.sql.asking import GREATEST, Question
from infobip_analytics.sql.steps import Step, number_steps, read_step
from infobip_analytics.sql.tables import unknown_rank, verdict_table

#: What the statement looks at in every report.
_CORE = [
    "message_id", "record", "recipient", "network", "sent_at", "done_at", "status_group",
    "status_id", "parts", "price", "currency",
]  # fmt: skip


def report_steps(question: Question) -> list[Step]:
    """Steps whose last one, `told`, has a row a report: what it says of which message."""
    wanted = {GREATEST["reports"][name] for name in question.wanted & set(GREATEST["reports"])}
    names = list(dict.fromkeys([*_CORE, *question.details, *sorted(wanted)]))
    said = "the delivery reports in our names; what each means is in docs/definitions.md"
    first = read_step(question, names, said)
    read = [first, *number_steps(question, first.name)]
    return [*read, _verdicts(), _told(question, read[-1].name)]


def _verdicts() -> Step:
    return Step(
        "verdicts",
        "what a report says: its group decides, its id refines ('' is any other id)",
        "  " + verdict_table(),
    )


def _told(question: Question, before: str) -> Step:
    group = "UPPER(TRIM(r.status_group))"
    campaign = ", r.campaign_reference AS campaign_id" if "campaign_id" in question.wanted else ""
    text = question.dialect.text
    return Step(
        "told",
        "what each report says of which message; an unknown group says nothing. A row without a "
        "message id cannot be told from a repeat",
        f"""\
  SELECT r.*{campaign}, asked.*,
    r.message_id AS message_key,
    COALESCE(v.outcome, g.outcome, 'unknown') AS said,
    CASE WHEN v.outcome IS NULL THEN g.receipt ELSE v.receipt END AS said_receipt,
    COALESCE(v.rank, g.rank, {unknown_rank()}) AS said_rank
  FROM {before} AS r
  CROSS JOIN asked
  LEFT JOIN verdicts AS v
    ON v.group_name = {group} AND v.id = CAST(r.status_id AS {text}) AND v.id <> ''
  LEFT JOIN verdicts AS g ON g.group_name = {group} AND g.id = ''
  WHERE r.message_id IS NOT NULL""",
    )
