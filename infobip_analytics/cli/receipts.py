"""`infobip-analytics receipts`: whether the delivery receipts of each network are believable."""

import argparse
from typing import Any

from infobip_analytics.cli.options import (
    FORMATS,
    add_command,
    add_reading,
    add_source,
    no_report_countries,
)

ABOUT = """\
Is the receipt believable? Receipts of each country and network, held against what phones do: some
take longer than others, some are off, and none answers at once. Instant or constant delays, never a
phone out of reach, or receipts of the operator alone make the receipts implausible; it is said why,
with counts. Too little is not judged, and countries that return no reports are left out.

  infobip-analytics receipts exports/
  infobip-analytics receipts exports/ --minimum 500 --format json
"""


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers, "receipts", summary="whether delivery receipts are believable", about=ABOUT
    )
    add_source(parser)
    add_reading(parser)
    parser.add_argument(
        "--minimum",
        type=int,
        default=100,
        metavar="N",
        help="how many messages a verdict needs, at least 35 (default 100)",
    )
    parser.add_argument(
        "--format", choices=FORMATS, help="default: what the ending of --output says, else table"
    )
    parser.add_argument(
        "--output", metavar="FILE", help="write to FILE instead of the screen (- is the screen)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print or write the verdicts on the receipts."""
    from infobip_analytics.believing import receipts_table
    from infobip_analytics.cli.answering import write_answer
    from infobip_analytics.cli.loading import load_messages, plain_warnings, progress
    from infobip_analytics.cli.telling import Told

    silent = no_report_countries(args)
    messages = load_messages(args, lazy=True)
    with progress("judging receipts"), plain_warnings():
        table = receipts_table(messages, minimum=args.minimum, no_report_countries=silent)
    assumes, text = table.notes[0], str(table)
    told = Told(table.frame, table.headline, table.notes, assumes, text, args.show_numbers)
    return write_answer(args, told)
