"""`infobip-analytics alerts`: whether something is breaking now, for people and pagers."""

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
Is something breaking now? Each country and network against its own 28 usual days: settled days by
their delivery rate, today by what was delivered by the same age, and routes whose reports stop. An
incident is one alert until it has recovered, and keeps its name from run to run.

Exits 3 where there are alerts, 0 where there are none. Countries that return no reports are left
out.

  infobip-analytics alerts exports/
  infobip-analytics alerts archive/ --by country --as-of now --format json || page-me
"""

FOUND = 3


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers, "alerts", summary="is something breaking now? exits 3 if so", about=ABOUT
    )
    add_source(parser)
    add_reading(parser)
    add_table(parser, by="country,network")
    parser.add_argument(
        "--minimum-messages",
        type=int,
        default=100,
        metavar="N",
        help="how many messages a day are needed to judge it (default 100)",
    )
    parser.add_argument(
        "--minimum-effect",
        type=float,
        default=2.0,
        metavar="POINTS",
        help="a fall by fewer points is no alert (default 2)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print or write the alerts; 3 where there are some."""
    from infobip_analytics.cli.answering import write_answer
    from infobip_analytics.cli.loading import load_messages, plain_warnings, progress
    from infobip_analytics.watching import alerts_table

    silent = no_report_countries(args)
    messages = load_messages(args, lazy=True)
    with progress("watching"), plain_warnings():
        answer = alerts_table(
            messages,
            grouping(args),
            no_report_countries=silent,
            minimum_messages=args.minimum_messages,
            minimum_effect=args.minimum_effect / 100,
            timezone=args.timezone,
            show_numbers=args.show_numbers,
        )
    status = write_answer(args, answer)
    return FOUND if answer.table._rows else status
