"""`infobip-analytics sql`: delivery rates as one SQL statement, for data that stay there."""

import argparse
import sys
from pathlib import Path
from typing import Any

from infobip_analytics.cli.options import add_command, grouping, no_report_countries
from infobip_analytics.errors import ArgumentError

ABOUT = """\
Print one SQL statement that counts delivery rates where the data are: by the definitions of this
toolkit, from one table, with the prefixes of all countries and the meaning of all codes inside. It
gives the columns of `rates --format csv`, and reads a table of one of these shapes:

  --source reports --shape reports     our columns, as `read_delivery_reports` gives them (Parquet)
  --source reports --shape infobip     Infobip's own fields: messageId, to, sentAt, status.groupName
  --source reports --shape infobip-logs    the same of logs, whose recipient is the destination
  --source events  --shape bloomreach  a table of Bloomreach's BigQuery: internal_customer_id,
                                       timestamp, properties.status, properties.recipient, ...
  --source events  --shape events      our columns, as `read_campaign_events` gives them

Where your table differs, say where a column of ours is: --column properties.phone=recipient; and
--column none=variant where it is nowhere. BigQuery refuses a field that is not there.

  infobip-analytics sql --source events --table my-project.exp_views.campaign --as-of now
  infobip-analytics sql --table crm.delivery_reports --by day,country --output rates.sql
  infobip-analytics sql --dialect duckdb --table 'reports/*.parquet' | duckdb
"""

#: BigQuery takes no longer statement, before names are resolved.
MOST_BYTES = 1_000_000


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers, "sql", summary="delivery rates as one SQL statement (BigQuery)", about=ABOUT
    )
    table = parser.add_argument_group("which table, for which engine")
    table.add_argument("--dialect", choices=["bigquery", "duckdb"], default="bigquery")
    table.add_argument(
        "--source", choices=["reports", "events"], default="reports", help="what the table holds"
    )
    table.add_argument("--table", metavar="NAME", help="project.dataset.table; DuckDB: or Parquet")
    table.add_argument(
        "--shape",
        choices=["reports", "infobip", "infobip-logs", "events", "bloomreach"],
        help="how it is laid out (default: reports, or bloomreach of events)",
    )
    table.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="FIELD=NAME",
        help="the field of the table that is a column of ours, or none; may be repeated",
    )
    table.add_argument(
        "--customers",
        metavar="NAME",
        help="Bloomreach's customers_properties: their country, where the number tells none",
    )
    _add_window(parser.add_argument_group("which messages, as of when"))
    parser.add_argument(
        "--by",
        default="country",
        metavar="COLUMN",
        help="column, short name (campaign, action, error, provider) or hour, day, week, month; "
        "several with commas; none for one row (default country)",
    )
    parser.add_argument(
        "--no-report",
        choices=["exclude", "show"],
        default="exclude",
        help="what becomes of countries that return no reports (default exclude)",
    )
    parser.add_argument(
        "--output", metavar="FILE", help="write to FILE instead of the screen (- is the screen)"
    )
    parser.set_defaults(run=run)


def _add_window(window: Any) -> None:
    window.add_argument(
        "--as-of",
        metavar="TIME",
        help="the moment for which the numbers are true: 2026-10-05, 2026-10-05T10:00Z, or now for "
        "whenever the statement is run; by default the last time in the table",
    )
    window.add_argument("--since", metavar="TIME", help="leave out what was sent before")
    window.add_argument("--until", metavar="TIME", help="leave out what was sent after")
    window.add_argument(
        "--timezone",
        metavar="ZONE",
        default="UTC",
        help="of times without an offset and of days, weeks, months (default UTC)",
    )
    window.add_argument(
        "--waiting-period",
        metavar="PERIOD",
        default="4d",
        help="how long a report may take: 4d, 96h (default 4d)",
    )
    window.add_argument(
        "--no-report-countries",
        metavar="LIST",
        help="codes or names separated by commas, or none, instead of the list of 34",
    )


def run(args: argparse.Namespace) -> int:
    """Print or write the statement; its size and what it does go to standard error."""
    from infobip_analytics.sql import rates_sql

    statement = rates_sql(
        args.source,
        grouping(args),
        dialect=args.dialect,
        table=args.table,
        shape=args.shape,
        columns=_columns(args.column),
        customers=args.customers,
        as_of=args.as_of,
        since=args.since,
        until=args.until,
        waiting_period=args.waiting_period,
        timezone=args.timezone,
        no_report=args.no_report,
        no_report_countries=no_report_countries(args),
    )
    if args.output in (None, "-"):
        print(statement, end="")
    else:
        Path(args.output).write_text(statement, encoding="utf-8")
    for sentence in _notes(args, statement):
        print(f"note: {sentence}", file=sys.stderr)
    return 0


def _columns(pairs: list[str]) -> dict[str, str]:
    """What `--column` asks for; ArgumentError for half a pair."""
    columns = {}
    for pair in pairs:
        path, equals, name = pair.rpartition("=")
        if not equals or not path or not name:
            raise ArgumentError(
                f"--column {pair!r}: write the field, =, and our name: properties.phone=recipient"
            )
        columns[name] = path
    return columns


def _notes(args: argparse.Namespace, statement: str) -> list[str]:
    """The size, and what to know before the statement is run."""
    size = len(statement.encode())
    of_limit = f" of the {MOST_BYTES:,} that BigQuery takes" if args.dialect == "bigquery" else ""
    notes = [f"one statement, {size:,} bytes{of_limit}, with the prefixes of all countries inside"]
    if args.table is None:
        notes.append("no --table given: replace the name of the table in it")
    if args.as_of is None:
        notes.append(
            "without --as-of it is as of the latest time in the table; of a table that is still "
            "filled say --as-of now"
        )
    if args.source == "events":
        notes.append(
            "the column in_doubt counts final rows that it ties nearly right; where it is 0, its "
            "numbers are those of rates"
        )
    return notes
