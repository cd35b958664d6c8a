"""`infobip-analytics nowcast`: what is still coming of the messages that are waiting."""

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
What is still coming: the delivery rate that waiting messages will have when it is final, by the day
of sending unless asked otherwise, with what holds 95 % of the rates that really come, and the day
on which it is final. It is learnt from settled messages to the same countries and networks, and
its errors from what would have been said of past campaigns at the same age. Where the history
cannot carry it there is no forecast, and the note says why. Countries that return no reports are
left out.

  infobip-analytics nowcast exports/
  infobip-analytics nowcast exports/ --by campaign --format json
"""


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers, "nowcast", summary="what is still coming of waiting messages", about=ABOUT
    )
    add_source(parser)
    add_reading(parser)
    add_table(parser, by="day")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print or write what is still coming."""
    from infobip_analytics.cli.answering import write_answer
    from infobip_analytics.cli.loading import load_messages, plain_warnings, progress
    from infobip_analytics.coming import nowcast_table

    silent = no_report_countries(args)
    messages = load_messages(args, lazy=True)
    with progress("asking the past"), plain_warnings():
        table = nowcast_table(
            messages,
            grouping(args),
            no_report_countries=silent,
            timezone=args.timezone,
            show_numbers=args.show_numbers,
        )
    return write_answer(args, table)
