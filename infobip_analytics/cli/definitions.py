"""`infobip-analytics definitions`: our rate, Bloomreach's and Infobip's, side by side."""

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
The delivery rate of the same messages by each definition in use, with and without the countries
that return no reports, and why the numbers differ here. Ours is delivered / settled; Bloomreach's
unique delivered / enqueued; that of Infobip Metrics delivered / (sent - rejected). Without --by all
messages are one group.

  infobip-analytics definitions events.csv
  infobip-analytics definitions exports/ --by campaign --output definitions.csv
"""


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers, "definitions", summary="the rate by each definition in use", about=ABOUT
    )
    add_source(parser)
    add_reading(parser)
    # definitions part where messages of all kinds come together, so all of them are one group
    add_table(parser, by="none")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print or write the definitions side by side."""
    from infobip_analytics.cli.loading import load_messages, plain_warnings, progress
    from infobip_analytics.cli.writing import write_out
    from infobip_analytics.definitions import compare_definitions

    silent = no_report_countries(args)
    messages = load_messages(args, lazy=True)
    with progress("comparing definitions"), plain_warnings():
        table = compare_definitions(
            messages,
            grouping(args),
            no_report_countries=silent,
            timezone=args.timezone,
            show_numbers=args.show_numbers,
        )
    return write_out(args, table.frame, str(table), [table.headline, *table.notes])
