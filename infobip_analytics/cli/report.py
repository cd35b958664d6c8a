"""`infobip-analytics report`: the HTML report."""

import argparse
from typing import Any

from infobip_analytics.cli.options import add_command, add_reading, add_source, no_report_countries

ABOUT = """\
One HTML file that opens anywhere, without a network: the delivery rate and its companions, a map,
rates by country, what was left out and why, errors explained, the definitions used.

  infobip-analytics report exports/ --output report.html --open
"""


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(subparsers, "report", summary="an HTML report to pass on", about=ABOUT)
    add_source(parser)
    add_reading(parser)
    parser.add_argument("--title", help="what stands on top of the report")
    parser.add_argument(
        "--output", metavar="FILE", default="report.html", help="default report.html"
    )
    parser.add_argument("--open", action="store_true", help="open it in the browser")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the report, and say where it is."""
    from infobip_analytics.cli.loading import load_messages, progress
    from infobip_analytics.page import write_report

    silent = no_report_countries(args)
    messages = load_messages(args)
    with progress("writing the report"):
        path = write_report(messages, args.output, title=args.title, no_report_countries=silent)
    print(f"wrote {path}")
    if args.open:
        import webbrowser

        webbrowser.open(path.resolve().as_uri())
    return 0
