"""`infobip-analytics reconcile`: campaign events and delivery reports, message by message."""

import argparse
from typing import Any

from infobip_analytics.cli.options import add_command, add_reading, add_source
from infobip_analytics.errors import ArgumentError, SourceError

ABOUT = """\
Campaign events and delivery reports of the same sends, compared message by message: what only one
of them has, where outcomes, parts and times differ, by day and country, and why that may be. Give
both, in any order; without a SOURCE the bundled samples are compared.

  infobip-analytics reconcile events.csv reports.ndjson
  infobip-analytics reconcile exports/ --since 2026-10-01 --format json
  infobip-analytics reconcile exports/ --timezone Europe/Prague --output differences.csv
"""


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers, "reconcile", summary="where events and reports differ", about=ABOUT
    )
    add_source(parser)
    add_reading(parser)
    parser.add_argument(
        "--format",
        choices=["table", "csv", "json"],
        help="default: what the ending of --output says, else table; in csv, text that a "
        "spreadsheet would take for a formula has a ' before it",
    )
    parser.add_argument(
        "--output", metavar="FILE", help="write to FILE instead of the screen (- is the screen)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print or write how the two sources compare."""
    from infobip_analytics.cli.loading import load_frames, plain_warnings, progress
    from infobip_analytics.cli.writing import write_out
    from infobip_analytics.reconciling import reconcile

    if args.no_report_countries is not None:
        raise ArgumentError(
            "--no-report-countries means nothing to reconcile: all countries are compared"
        )
    frames = load_frames(args, lazy=False, samples=("campaign_events", "delivery_reports"))
    with progress("comparing"), plain_warnings():
        result = reconcile(
            *_both(frames),
            as_of=args.as_of,
            since=args.since,
            until=args.until,
            waiting_period=args.waiting_period,
            timezone=args.timezone,
        )
    return write_out(args, result.frame, str(result), [result.headline, *result.notes])


def _both(frames: Any) -> list[Any]:
    """Events, then reports; SourceError where the sources hold only one of them."""
    kinds = {"campaign_events": "campaign events", "delivery_reports": "delivery reports"}
    if lacking := [name for kind, name in kinds.items() if kind not in frames]:
        [there] = set(kinds.values()) - set(lacking)
        raise SourceError(
            f"there are only {there} here, and nothing to compare them with: add a file or folder "
            f"of {lacking[0]}, as in infobip-analytics reconcile events.csv reports.ndjson"
        )
    return [frames[kind] for kind in kinds]
