"""`infobip-analytics rates`: delivery rates, by country or by whatever is asked."""

import argparse
from typing import Any

from infobip_analytics.cli.options import (
    add_command,
    add_reading,
    add_source,
    add_table,
    grouping,
    no_report_countries,
)

ABOUT = """\
Delivery rates, by country unless asked otherwise: delivered / settled messages, with a 95 % Wilson
interval. Countries that return no reports are left out; what else was left out is said below the
table.

  infobip-analytics rates reports.json
  infobip-analytics rates exports/ --by campaign,country --no-report show
  infobip-analytics rates exports/ --by day --timezone Europe/Prague --output rates.csv
"""


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(subparsers, "rates", summary="delivery rates by country", about=ABOUT)
    add_source(parser)
    add_reading(parser)
    add_table(parser)
    parser.add_argument(
        "--no-report",
        choices=["exclude", "show"],
        default="exclude",
        help="what becomes of countries that return no reports (default exclude)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print or write the rates table."""
    from infobip_analytics.cli.loading import load_messages, plain_warnings, progress
    from infobip_analytics.cli.writing import write_out
    from infobip_analytics.tables import rates_table

    silent = no_report_countries(args)
    messages = load_messages(args, lazy=True)
    with progress("computing rates"), plain_warnings():
        table = rates_table(
            messages,
            grouping(args),
            no_report=args.no_report,
            no_report_countries=silent,
            timezone=args.timezone,
            show_numbers=args.show_numbers,
        )
    return write_out(args, table.frame, str(table), [table.headline, *table.notes])
