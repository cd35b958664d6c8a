"""`infobip-analytics coverage`: which countries report, measured and against the list."""

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
Of which share of the accepted messages was anything heard? Countries are classed as reporting,
partial, silent or unproven (fewer than 35 messages), and held against the list of countries that
return no reports. All countries are in it.

  infobip-analytics coverage exports/
  infobip-analytics coverage exports/ --by country,network --format json
"""


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers, "coverage", summary="which countries return reports, measured", about=ABOUT
    )
    add_source(parser)
    add_reading(parser)
    add_table(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print or write report coverage."""
    from infobip_analytics.cli.loading import load_messages, plain_warnings, progress
    from infobip_analytics.cli.writing import write_out
    from infobip_analytics.tables import coverage_table

    silent = no_report_countries(args)
    messages = load_messages(args, lazy=True)
    with progress("measuring coverage"), plain_warnings():
        table = coverage_table(
            messages,
            grouping(args),
            no_report_countries=silent,
            timezone=args.timezone,
            show_numbers=args.show_numbers,
        )
    return write_out(args, table.frame, str(table), list(table.notes))
