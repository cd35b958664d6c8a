"""From campaign events to what each of them says of which message."""

from infobip_analytics.pairing import CHANNELS
from infobip_analytics.sql.asking import GREATEST, Question
from infobip_analytics.sql.columns import called
from infobip_analytics.sql.dialects import digest
from infobip_analytics.sql.steps import Step, home_steps, number_steps, read_step
from infobip_analytics.sql.tables import event_table
from infobip_analytics.sql.tying import tying_steps
from infobip_analytics.tying.line import TOLERANCE

#: What the statement looks at in every event.
_CORE = [
    "customer", "timestamp", "action_type", "action_id", "action_name", "campaign_id",
    "campaign_name", "recipient", "status", "parts", "message_id", "sent_timestamp",
]  # fmt: skip
_ERROR = ["status_code", "error"]


def event_steps(question: Question) -> list[Step]:
    """Steps whose last one, `told`, has a row an event: what it says of which message."""
    names = _names(question)
    own = [name for name in names if name != "customer_country" or not question.customers]
    read = [read_step(question, own, "the campaign events in our names"), *home_steps(question)]
    numbered = [*read, *number_steps(question, read[-1].name)]
    return [
        *numbered,
        Step("statuses", "what an event says by its status", "  " + event_table()),
        _ours(question, names, numbered[-1].name),
        _named(question, names),
        _attempts(question),
        *tying_steps(),
        _told(question),
    ]


def _names(question: Question) -> list[str]:
    """The columns to read: of events in our columns all, for two that differ in one are two."""
    wanted = {GREATEST["events"][name] for name in question.wanted & set(GREATEST["events"])}
    hint = ["customer_country"] if "customer_country" in question.there else []
    whole = question.there if question.shape == "events" else []
    errors = _ERROR if question.details else []
    return list(dict.fromkeys([*_CORE, *hint, *errors, *sorted(wanted), *whole]))


def _columns(question: Question, names: list[str]) -> list[str]:
    return ["recipient" if name == "recipient" else called(name, question.there) for name in names]


def _ours(question: Question, names: list[str], before: str) -> Step:
    channels = ", ".join(f"'{channel}'" for channel in CHANNELS)
    columns = ", ".join(f"e.{name}" for name in _columns(question, names))
    return Step(
        "ours",
        "SMS and MMS that had happened by then, each once: exact repeats are one row",
        f"""\
  SELECT DISTINCT
    {columns},
    asked.as_of, asked.waiting_period, asked.since, asked.until,
    s.outcome AS said, s.receipt AS said_receipt, s.rank AS said_rank,
    s.part = 'final' AS is_final,
    s.outcome = 'pending' AS is_open
  FROM {before} AS e
  CROSS JOIN asked
  JOIN statuses AS s ON s.name = e.status
  WHERE e.action_type IN ({channels})
    AND COALESCE(e.sent_timestamp, e.happened) <= asked.as_of
    AND (s.part <> 'final' OR e.happened <= asked.as_of)""",
    )


def _named(question: Question, names: list[str]) -> Step:
    return Step(
        "named",
        "a name for each row, its campaign and action, and its place in line: within 5 seconds a "
        "final row is not earlier than its send",
        f"""\
  SELECT *,
    {digest(_columns(question, names), question.dialect)} AS row_id,
    COALESCE(campaign_id, campaign_name, '') AS campaign,
    COALESCE(action_id, action_name, '') AS action,
    happened - CASE WHEN is_final THEN 0 ELSE {TOLERANCE} END AS in_line
  FROM ours""",
    )


def _attempts(question: Question) -> Step:
    same = ["customer", "campaign", "action", "recipient", "sent_timestamp"]
    return Step(
        "attempts",
        "which rows have the same customer, campaign, action, recipient and time of sending",
        f"  SELECT *,\n    {digest(same, question.dialect)} AS attempt\n  FROM named",
    )


def _told(question: Question) -> Step:
    attempt = "COALESCE('id ' || message_id, 'attempt ' || attempt)"
    return Step(
        "told",
        "what each event says of which message; a final row without a send is an orphan",
        f"""\
  SELECT *{_details(question)}{_renamed(question)},
    COALESCE(sure_key, near_key, 'orphan ' || {attempt}) AS message_key,
    COALESCE(sure_key, near_key) IS NULL AS is_orphan,
    COALESCE(sent_timestamp, CASE WHEN NOT is_final THEN happened END) AS sent_at,
    CASE WHEN is_final THEN happened END AS done_at
  FROM (
    SELECT *,
      CASE
        WHEN bracket <> -1 THEN NULL
        WHEN happened - partner <= waiting_period THEN partner_key
        WHEN happened - latest <= waiting_period THEN latest_key
      END AS near_key
    FROM partners
  ) AS tied""",
    )


def _details(question: Question) -> str:
    """Status and error of a final row in the columns of messages; `enqueued` is no status."""
    if not question.details:
        return ""
    number = f"{question.dialect.attempt}(status_code AS {question.dialect.integer})"
    told = {"status_name": "status", "error_name": "error", "error_id": number}
    return "".join(
        f",\n    CASE WHEN NOT is_open THEN {said} END AS {name}" for name, said in told.items()
    )


def _renamed(question: Question) -> str:
    return ",\n    action_type AS channel" if "channel" in question.wanted else ""
