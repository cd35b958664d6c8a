"""`infobip-analytics errors`: why messages were not delivered, and what to fix first."""

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
Errors of settled messages that were not delivered: per 1,000 settled messages with a 95 % Wilson
interval, their share of all undelivered ones, Infobip's flag (permanent or temporary), who can act
and what it means, as far as the terminal is wide. Below them what to fix first: causes that
somebody can act on, by how many messages that saves at most, then those that only time can mend.
Countries that return no reports are left out.

  infobip-analytics errors exports/
  infobip-analytics errors exports/ --by country --output errors.csv
  infobip-analytics errors exports/ --fix-first --format json
"""


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers, "errors", summary="why not delivered, and what to fix first", about=ABOUT
    )
    add_source(parser)
    add_reading(parser)
    add_table(parser, by="none")
    parser.add_argument(
        "--fix-first", action="store_true", help="only what to fix first, a row for each cause"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print or write the errors, or what to fix first."""
    from infobip_analytics.cli.loading import load_messages, plain_warnings, progress
    from infobip_analytics.cli.writing import write_out
    from infobip_analytics.undelivered import errors_table

    silent = no_report_countries(args)
    messages = load_messages(args, lazy=True)
    with progress("counting errors"), plain_warnings():
        table = errors_table(
            messages,
            grouping(args),
            no_report_countries=silent,
            timezone=args.timezone,
            show_numbers=args.show_numbers,
        )
    part = table.fixes if args.fix_first else table.errors
    text = str(part if args.fix_first else table)
    return write_out(args, part.frame, text, [part.headline, *part.notes])
