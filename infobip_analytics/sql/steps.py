"""Steps of a statement, and those with which every one of them begins."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from infobip_analytics.sql.asking import Question
from infobip_analytics.sql.columns import digits, readable, selected

_MICROSECOND = timedelta(microseconds=1)


class Step(NamedTuple):
    """A named part of a statement: what it is called, what its rows are, and its text."""

    name: str
    says: str
    text: str


def asked_step(question: Question) -> Step:
    """One row: as of when, how long a report is waited for, which sends count."""
    window, integer = question.window, question.dialect.integer
    bounds = [
        f"CAST(NULL AS {integer})" if bound is None else _literal(bound, question)
        for bound in (window.since, window.until)
    ]
    return Step(
        "asked",
        "what is asked; moments are microseconds since 1970",
        f"""\
  SELECT
    {_as_of(question)} AS as_of,
    {window.waiting_period // _MICROSECOND} AS waiting_period,
    {bounds[0]} AS since,
    {bounds[1]} AS until{_latest_of(question)}""",
    )


def _as_of(question: Question) -> str:
    if question.now:
        return question.dialect.micros.format(question.dialect.now)
    if question.window.as_of:
        return _literal(question.window.as_of, question)
    # never sent_at, which may be a plan
    return {
        "events": "MAX(happened)",
        "reports": "MAX(COALESCE(GREATEST(done_at, received_at), done_at, received_at))",
    }[question.source]


def _latest_of(question: Question) -> str:
    """Whence the latest time comes, where nobody said as of when."""
    if question.now or question.window.as_of:
        return ""
    names = {"events": ["timestamp"], "reports": ["done_at", "received_at"]}[question.source]
    columns = selected(names, question.there, question.dialect).replace("\n    ", " ")
    return f"\n  FROM (SELECT {columns} FROM {question.table}) AS times"


def _literal(moment: datetime, question: Question) -> str:
    written = moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return question.dialect.micros.format(f"TIMESTAMP '{written}+00:00'")


def read_step(question: Question, names: list[str], says: str) -> Step:
    """The columns *names* of the table, in our names."""
    columns = selected(names, question.there, question.dialect)
    return Step("source_rows", says, f"  SELECT\n    {columns}\n  FROM {question.table}")


def home_steps(question: Question) -> list[Step]:
    """Where each customer lives, by the table of customers, if there is one."""
    if not question.customers:
        return []
    home = replace(question.there["customer_country"], kind="filled")
    country = selected(["customer_country"], {"customer_country": home}, question.dialect)
    return [
        Step(
            "homes",
            "where customers live; it tells a country where the number does not",
            f"""\
  SELECT e.*, h.customer_country
  FROM source_rows AS e
  LEFT JOIN (
    SELECT home_id, MAX(customer_country) AS customer_country
    FROM (
      SELECT CAST(internal_id AS {question.dialect.text}) AS home_id, {country}
      FROM {question.customers}
    ) AS each_home
    GROUP BY home_id
  ) AS h ON h.home_id = e.customer""",
        )
    ]


def number_steps(question: Question, before: str) -> list[Step]:
    """Recipients as bare digits, where the table has them as they came."""
    column = question.there.get("recipient")
    if column is None or column.kind != "recipient":
        return []
    dialect = question.dialect
    return [
        Step(
            "dialled",
            "the digits alone of each recipient",
            f"  SELECT *,\n    {digits('came', dialect)} AS figures\n  FROM {before}",
        ),
        Step(
            "numbered",
            "no plus, no 00, no punctuation; what cannot be read stays as it came",
            f"""\
  SELECT *,
    CASE
      WHEN {readable("came", "figures", dialect)} THEN figures
      WHEN TRIM(came) <> '' THEN came
    END AS recipient
  FROM dialled""",
        ),
    ]
