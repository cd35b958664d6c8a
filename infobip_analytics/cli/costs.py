"""`infobip-analytics costs`: what messages cost, and what a delivered one costs."""

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
What does it cost? Per country (or --by) and currency: the cost of all messages, the cost of a
delivered one, how many have 1, 2, 3, 4 and more parts, and what went to numbers that hygiene says
to suppress. Currencies are never added; messages without a price have rows of their own.

  infobip-analytics costs exports/
  infobip-analytics costs exports/ --by month,country --format csv
"""


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers, "costs", summary="what a delivered message costs, by currency", about=ABOUT
    )
    add_source(parser)
    add_reading(parser)
    add_table(parser)
    parser.add_argument(
        "--price-per",
        choices=["part", "message"],
        default="part",
        help="what a price is for (default part, as Infobip charges)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print or write the costs."""
    from infobip_analytics.cli.answering import write_answer
    from infobip_analytics.cli.loading import load_messages, plain_warnings, progress
    from infobip_analytics.cli.telling import Told
    from infobip_analytics.spending import costs_table

    silent = no_report_countries(args)
    messages = load_messages(args, lazy=True)
    with progress("summing costs"), plain_warnings():
        table = costs_table(
            messages,
            grouping(args),
            price_per=args.price_per,
            no_report_countries=silent,
            timezone=args.timezone,
            show_numbers=args.show_numbers,
        )
    assumes, text = table.notes[0], str(table)
    told = Told(table.frame, table.headline, table.notes, assumes, text, args.show_numbers)
    return write_answer(args, told)
