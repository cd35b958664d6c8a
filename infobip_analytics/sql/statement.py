"""One statement from a table of reports or events to delivery rates, as text."""

import textwrap
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal

from infobip_analytics.grouping import By
from infobip_analytics.sql.asking import Question, asked
from infobip_analytics.sql.counting import count_steps
from infobip_analytics.sql.events import event_steps
from infobip_analytics.sql.messages import message_steps
from infobip_analytics.sql.rating import final_select, rate_steps
from infobip_analytics.sql.reports import report_steps
from infobip_analytics.sql.steps import Step, asked_step
from infobip_analytics.window import FOUR_DAYS


def rates_sql(
    source: Literal["reports", "events"] = "reports",
    by: By = "country",
    *,
    dialect: Literal["bigquery", "duckdb"] = "bigquery",
    table: str | None = None,
    shape: Literal["reports", "infobip", "infobip-logs", "events", "bloomreach"] | None = None,
    columns: Mapping[str, str] | None = None,
    customers: str | None = None,
    as_of: str | datetime | None = None,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    waiting_period: timedelta | str | float = FOUR_DAYS,
    timezone: str = "UTC",
    no_report: Literal["exclude", "show"] = "exclude",
    no_report_countries: Iterable[str] | None = None,
    confidence: float = 0.95,
    price_per: Literal["part", "message"] = "part",
) -> str:
    """Write one SQL statement that counts what `delivery_rates` counts, where the data are.

    It reads one table and needs no other: the prefixes of all countries, the codes and what they
    mean are within it. Its answer has the columns of `delivery_rates`, then `undated`,
    `before_since`, `after_until` (messages left out), and from events `orphans` and `in_doubt`: the
    final rows that rule 3 (nearness) ties in a group where some pairs are forbidden. These a
    statement ties nearly right; where `in_doubt` is 0, its numbers are those of `delivery_rates`.

    Args:
        source: What the table holds.
        by: None, a column, a list of them, a short name, or `hour`, `day`, `week`, `month`.
        dialect: For which engine.
        table: Its name there: project.dataset.table; for DuckDB also a Parquet file.
        shape: How it is laid out. Reports: `"reports"` (our columns, as `read_delivery_reports`
            gives them), `"infobip"` or `"infobip-logs"` (Infobip's payloads, nested). Events:
            `"bloomreach"` (a table of Bloomreach's BigQuery) or `"events"` (our columns).
        columns: Where a column of ours is in the table, if elsewhere: `{"recipient":
            "properties.phone"}`; `"none"` where it is nowhere.
        customers: A table of Bloomreach's `customers_properties`: where the number of an event
            tells no country, `properties.country` of its customer does.
        as_of: The moment for which the numbers are true; `"now"` means whenever the statement is
            run. By default the latest time in the table.
        since: Messages sent before it are left out.
        until: Messages sent after it are left out.
        waiting_period: How long a report may take.
        timezone: In which days, weeks and months begin, and times without an offset are meant.
        no_report: As in `delivery_rates`.
        no_report_countries: As in `delivery_rates`.
        confidence: Of the interval.
        price_per: As in `delivery_rates`.

    Raises:
        ArgumentError: An argument means nothing here, or *table* is no name of a table.
    """
    question = asked(
        source,
        by,
        dialect=dialect,
        table=table,
        shape=shape,
        columns=columns,
        customers=customers,
        as_of=as_of,
        since=since,
        until=until,
        waiting_period=waiting_period,
        timezone=timezone,
        no_report=no_report,
        no_report_countries=no_report_countries,
        confidence=confidence,
        price_per=price_per,
    )
    steps = {"reports": report_steps, "events": event_steps}[source](question)
    folded = [*message_steps(question), *count_steps(question), *rate_steps(question)]
    whole = [asked_step(question), *steps, *folded]
    parts = ",\n\n".join(map(_written, whole))
    return f"{_heading(question)}\nWITH\n{parts}\n\n{final_select(question)}\n"


def _written(step: Step) -> str:
    return f"{_comment(step.says)}\n{step.name} AS (\n{step.text}\n)"


def _comment(words: str) -> str:
    return textwrap.fill(words, 98, initial_indent="-- ", subsequent_indent="-- ")


def _heading(question: Question) -> str:
    """What the statement does, as of when, and what to replace."""
    days = f"{question.window.waiting_days:g}"
    what = "delivery reports" if question.source == "reports" else "campaign events"
    by = ", ".join(question.keys) or "all messages together"
    silent = "rows of their own, without rates" if question.show else "left out of all rates"
    said = [
        f"Delivery rates by {by}, from {what}; written by infobip-analytics sql for "
        f"{question.dialect.name}. Definitions: docs/definitions.md.",
        f"delivery_rate = delivered / settled; a message is settled {days} days after sending. "
        "Where nothing has settled the rate is null.",
        f"Table, replace it where it stands below: {question.table}, of the shape "
        f"{question.shape}.",
        f"As of {_moment(question)}.",
        f"No-report countries ({len(question.silent)}): {silent}.",
    ]
    if question.source == "events":
        said.append(
            "in_doubt counts final rows that are tied nearly right (nearness, in groups where some "
            "pairs are forbidden); where it is 0 the numbers are those of infobip-analytics rates."
        )
    return "\n".join(map(_comment, said))


def _moment(question: Question) -> str:
    if question.now:
        return "whenever it is run"
    if question.window.as_of:
        return f"{question.window.as_of:%Y-%m-%d %H:%M:%S} UTC"
    return "the latest time in the table"
