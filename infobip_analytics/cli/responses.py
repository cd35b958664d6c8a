"""`infobip-analytics responses`: click and reply rates, by campaign or by whatever is asked."""

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
Click and reply rates of campaign events, by campaign unless asked otherwise: delivered messages
with a click (a reply) / delivered messages, with a 95 % Wilson interval. A click belongs to the
latest message of its customer, campaign and action within 7 days. What was left out, and which
clicks and replies belong to no message, is said below the table.

  infobip-analytics responses events.csv
  infobip-analytics responses exports/ --by campaign,variant --format json
"""


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers, "responses", summary="click and reply rates by campaign", about=ABOUT
    )
    add_source(parser)
    add_reading(parser)
    add_table(parser, by="campaign")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print or write the table of click and reply rates."""
    from infobip_analytics.cli.loading import load_frame, note, plain_warnings, progress
    from infobip_analytics.cli.writing import write_out
    from infobip_analytics.journey import messages
    from infobip_analytics.responses import responses_table, with_responses
    from infobip_analytics.responses.heard import campaign_events
    from infobip_analytics.samples import sample_path

    if not args.sources:
        note("no SOURCE given: these are the bundled sample data, all invented")
        args.sources = [sample_path("campaign_events")]
    silent = no_report_countries(args)
    events = load_frame(args, lazy=False)
    campaign_events(events)
    with progress("putting messages together"), plain_warnings():
        made = messages(
            events,
            as_of=args.as_of,
            since=args.since,
            until=args.until,
            waiting_period=args.waiting_period,
            timezone=args.timezone,
        )
    with progress("tying clicks and replies"), plain_warnings():
        table = responses_table(
            with_responses(made, events),
            grouping(args),
            no_report_countries=silent,
            timezone=args.timezone,
            show_numbers=args.show_numbers,
        )
    return write_out(args, table.frame, str(table), [table.headline, *table.notes])
