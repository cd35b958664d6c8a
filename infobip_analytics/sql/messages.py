"""From what each row says to one row a message, with its outcome and its country."""

from infobip_analytics.countries.numbers import LEAST_DIGITS
from infobip_analytics.countries.recipients import MOST_DIGITS
from infobip_analytics.outcomes import Outcome
from infobip_analytics.reference import rows
from infobip_analytics.sql.asking import DETAILS, GREATEST, Question
from infobip_analytics.sql.dialects import text
from infobip_analytics.sql.steps import Step
from infobip_analytics.sql.tables import (
    folded,
    network_table,
    pending_rank,
    prefix_table,
    spelling_table,
)

_TELLING = [Outcome.DELIVERED, Outcome.FAILED, Outcome.REJECTED, Outcome.ENQUEUE_FAILED]


def message_steps(question: Question) -> list[Step]:
    """Steps from `told` to `located`, which has a row a message."""
    return [
        _dated(),
        _judged(),
        _placed(question),
        _folded(question),
        _settled(),
        *_hints(question),
        _located(question),
    ]


def _dated() -> Step:
    return Step(
        "dated",
        "a row without a time of sending is lent its message's",
        """\
  SELECT *,
    COALESCE(sent_at, MIN(sent_at) OVER (PARTITION BY message_key)) AS sent
  FROM told""",
    )


def _judged() -> Step:
    return Step(
        "judged",
        "of the rows whose message exists by then: which are seen, and which come too late to "
        "decide anything",
        """\
  SELECT *,
    COALESCE(done_at, sent) AS reported,
    COALESCE(COALESCE(done_at, sent) <= as_of, TRUE) AS is_seen,
    COALESCE(COALESCE(done_at, sent) <= as_of, TRUE)
      AND COALESCE(COALESCE(done_at, sent) <= sent + waiting_period, TRUE) AS decides
  FROM dated
  WHERE COALESCE(sent, done_at, as_of) <= as_of""",
    )


def _placed(question: Question) -> Step:
    """The row that decides is the first one."""
    status = ["status_id DESC"] if question.source == "reports" else []
    ties = [f"{name} DESC" for name in question.details if name != "status_id"]
    order = ["reported DESC", *status, f"said = '{Outcome.REJECTED}' DESC", *ties]
    return Step(
        "placed",
        "the row that decides comes first: by rank, then by time, then by what it says",
        f"""\
  SELECT *,
    decides AND ROW_NUMBER() OVER (
      PARTITION BY message_key
      ORDER BY CASE WHEN decides THEN said_rank END DESC, {", ".join(order)}
    ) = 1 AS is_best
  FROM judged""",
    )


def _folded(question: Question) -> Step:
    always = {"recipient", "network" if question.source == "reports" else _hint(question)}
    greatest = sorted(question.wanted & {*GREATEST[question.source]} - always)
    best = sorted(question.wanted & {*DETAILS[question.source]})
    return Step(
        "folded",
        "one row a message; in sound data what is the greatest of its rows is equal in all of them",
        f"""\
  SELECT
    MIN(sent) AS sent_at,
    MAX(as_of) AS as_of, MAX(waiting_period) AS waiting_period,
    MAX(since) AS since, MAX(until) AS until,
    MAX(CASE WHEN is_best THEN said END) AS said,
    MAX(CASE WHEN is_best THEN said_receipt END) AS said_receipt,
    {_lines(f"MAX(CASE WHEN is_best THEN {name} END) AS {name}" for name in best)}\
{_lines(f"MAX({name}) AS {name}" for name in greatest)}\
{_of_source(question)}
    MAX(recipient) AS recipient,
    MAX(parts) AS parts
  FROM placed
  GROUP BY message_key""",
    )


def _lines(each: object) -> str:
    return "".join(f"{line},\n    " for line in each)  # type: ignore[attr-defined]


def _of_source(question: Question) -> str:
    """What only reports know, or only events."""
    if question.source == "reports":
        return f"""\
MAX(network) AS network,
    MAX(price) AS price,
    MAX(currency) AS currency,
    MAX(CASE WHEN record IN ('log', 'event') OR (is_seen AND said_rank = {pending_rank()})
      THEN 1 ELSE 0 END) AS known,
    0 AS n_doubtful,
    FALSE AS orphan,"""
    hint = _hint(question)
    country = f"MAX({hint}) AS {hint},\n    " if hint else ""
    return f"""\
{country}CAST(NULL AS {question.dialect.real}) AS price,
    CAST(NULL AS {question.dialect.text}) AS currency,
    1 AS known,
    COUNT(CASE WHEN is_doubtful THEN 1 END) AS n_doubtful,
    MAX(CASE WHEN is_orphan THEN 1 ELSE 0 END) = 1 AS orphan,"""


def _hint(question: Question) -> str:
    """The column of events that tells a country where the number does not, if there is one."""
    return "customer_country" if "customer_country" in question.there else ""


def _settled() -> Step:
    telling = ", ".join(f"'{outcome}'" for outcome in _TELLING)
    return Step(
        "outcomes",
        "where no row tells the outcome, the waiting period does",
        f"""\
  SELECT *,
    CASE
      WHEN said IN ({telling}) THEN said
      WHEN settled THEN '{Outcome.UNREPORTED}'
      ELSE '{Outcome.PENDING}'
    END AS outcome,
    CASE WHEN said = '{Outcome.DELIVERED}' THEN NULLIF(said_receipt, '') END AS receipt
  FROM (
    SELECT *, COALESCE(sent_at <= as_of - waiting_period, FALSE) AS settled FROM folded
  ) AS known_since""",
    )


def _hints(question: Question) -> list[Step]:
    """The tables that tell a country."""
    dialect = question.dialect
    says = "the regions of prefixes; digits where a prefix holds for numbers of that length alone"
    steps = [Step("prefixes", says, f"  {prefix_table(dialect)}")]
    if question.source == "reports":
        says = "the country of each mobile country code"
        steps.append(Step("networks", says, f"  {network_table(dialect)}"))
    elif "customer_country" in question.there:
        says = "what countries are called"
        steps.append(Step("spellings", says, f"  {spelling_table(dialect)}"))
    return steps


def _located(question: Question) -> Step:
    lengths = sorted({len(row["prefix"]) for row in rows("prefixes")}, reverse=True)
    joins = "\n".join(map(_of_prefix, lengths))
    told = [f"p{length}.region" for length in lengths]
    if question.source == "reports":
        joins += "\n  LEFT JOIN networks AS n ON n.mcc = SUBSTR(m.network, 1, 3)"
        told.append("n.country")
    elif "customer_country" in question.there:
        joins += "\n  LEFT JOIN spellings AS c\n    ON c.spelling = " + folded(
            "m.customer_country", question.dialect
        )
        told.append("c.country")
    digits = question.dialect.matches.format("recipient", text("^[0-9]+$", question.dialect))
    return Step(
        "located",
        "where each message went: the longest prefix of its number decides; ZZ is unknown",
        f"""\
  SELECT m.*,
    COALESCE({", ".join(told)}, 'ZZ') AS country
  FROM (
    SELECT *, CASE WHEN {digits} THEN recipient END AS number FROM outcomes
  ) AS m
{joins}""",
    )


def _of_prefix(length: int) -> str:
    """The prefix of one length; with any usual number, or with numbers of its own length alone."""
    p = f"p{length}"
    return f"""\
  LEFT JOIN prefixes AS {p} ON {p}.prefix = SUBSTR(m.number, 1, {length}) AND LENGTH(m.number)
    BETWEEN COALESCE({p}.digits, {LEAST_DIGITS}) AND COALESCE({p}.digits, {MOST_DIGITS})"""
