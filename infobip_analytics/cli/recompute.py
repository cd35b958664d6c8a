"""`infobip-analytics recompute`: stats per day and country to a file, reading only what is new."""

import argparse
from typing import Any

from infobip_analytics.cli.options import (
    add_command,
    add_reading,
    add_source,
    keyed_grouping,
    no_report_countries,
    reading_options,
)

ABOUT = """\
Stats per day and country, a line each, to a CSV or Parquet file: of a folder of exports that grows
every night, or of an archive. Files that did not change are not read again, and of an archive only
days that changed or are not settled; yet the result always equals a full computation, and what
changed since the last run is printed. What was read is kept in FILE.state, which is readable by you
alone and can be deleted at any time. Of files it holds phone numbers; of an archive counts, and
hashes of message ids.

  infobip-analytics recompute exports/ --output stats.csv
  infobip-analytics recompute exports/ --output stats.csv --timezone Europe/Prague --as-of now
  infobip-analytics recompute archive/ --output stats.csv --as-of now
  infobip-analytics recompute exports/ --by campaign,month --output campaigns.parquet
  infobip-analytics recompute exports/ --output stats.csv --check || echo "out of date"
"""


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers, "recompute", summary="stats per day and country, night by night", about=ABOUT
    )
    add_source(parser)
    add_reading(parser)
    parser.add_argument(
        "--by",
        default="country",
        metavar="COLUMN",
        help="column, short name (campaign, action, error, provider) or hour, day, week, month; "
        "several with commas; without a piece of time, day is put in front (default country)",
    )
    parser.add_argument(
        "--no-report",
        choices=["exclude", "show"],
        default="exclude",
        help="what becomes of countries that return no reports (default exclude)",
    )
    parser.add_argument(
        "--output", metavar="FILE", help="where the stats go, as its ending says: .csv or .parquet"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; exit 1 where FILE is not what it should be",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the stats and print what changed; with --check, 1 where the file is out of date."""
    from infobip_analytics.cli.loading import note, plain_warnings, progress
    from infobip_analytics.recomputing import recompute
    from infobip_analytics.recomputing.output import output_path
    from infobip_analytics.samples import sample_path

    output_path(args.output)
    if not args.sources:
        note("no SOURCE given: these are the bundled sample data, all invented")
    sources = args.sources or [sample_path("delivery_reports")]
    with progress(f"recomputing {args.output}"), plain_warnings():
        done = recompute(
            sources,
            args.output,
            by=keyed_grouping(args),
            no_report=args.no_report,
            no_report_countries=no_report_countries(args),
            timezone=args.timezone,
            as_of=args.as_of,
            since=args.since,
            until=args.until,
            waiting_period=args.waiting_period,
            check=args.check,
            **reading_options(args),
        )
    print(done)
    return 1 if args.check and not done.up_to_date else 0
