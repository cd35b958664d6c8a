"""`infobip-analytics hygiene`: whom to stop texting, and how many people were reached."""

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
Whom to stop texting? Each number is judged by what was reported of it since its last delivery:
suppress, watch or keep, with the reason, and with what was paid for messages to it. Numbers of
countries that return no reports are never judged, and silence is no evidence. Below it the share of
recipients that were reached, which dead numbers do not depress.

  infobip-analytics hygiene exports/
  infobip-analytics hygiene exports/ --verdict watch --format json
  infobip-analytics hygiene exports/ --format csv --show-numbers --output suppress.csv
  infobip-analytics hygiene exports/ --rates --by campaign

The third writes a list to import into the system that sends: the column recipient has the numbers
in E.164 digits. Without --show-numbers they are masked, and a masked list can be imported nowhere.
"""


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers, "hygiene", summary="whom to stop texting, and why", about=ABOUT
    )
    add_source(parser)
    add_reading(parser)
    add_table(parser, by="none")
    parser.add_argument(
        "--verdict",
        choices=["suppress", "watch", "keep", "all"],
        default="suppress",
        help="which numbers are listed (default suppress)",
    )
    parser.add_argument(
        "--rates",
        action="store_true",
        help="only the share of recipients reached, a row for each group of --by",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print or write the numbers with their verdicts, or the rates of recipients."""
    from infobip_analytics.cli.answering import write_answer
    from infobip_analytics.cli.loading import load_messages, plain_warnings, progress
    from infobip_analytics.cli.telling import Told
    from infobip_analytics.retiring import hygiene_table

    silent = no_report_countries(args)
    messages = load_messages(args, lazy=True)
    with progress("judging numbers"), plain_warnings():
        table = hygiene_table(
            messages,
            grouping(args),
            verdict=args.verdict,
            no_report_countries=silent,
            timezone=args.timezone,
            show_numbers=args.show_numbers,
        )
    if args.rates:
        people, shown = table.people, args.show_numbers
        unique = people.notes[0]
        return write_answer(
            args, Told(people.frame, people.headline, people.notes, unique, str(people), shown)
        )
    frame, said = _listed(args, table.frame)
    notes, assumes = (*table.numbers.notes, *said), table.numbers.notes[0]
    told = Told(frame, table.headline, notes, assumes, str(table), args.show_numbers)
    return write_answer(args, told)


def _listed(args: argparse.Namespace, frame: Any) -> tuple[Any, list[str]]:
    """The rows that are written: of a list to import those alone that are numbers."""
    from infobip_analytics.retiring.listing import importable

    csv = args.format == "csv" or (not args.format and str(args.output).lower().endswith(".csv"))
    if not csv or args.verdict != "suppress":
        return frame, []
    if args.show_numbers:
        return importable(frame)
    masked = "numbers are masked, and a masked list can be imported nowhere: add --show-numbers"
    return frame, [masked]
