"""`infobip-analytics report`: the HTML report."""

import argparse
from pathlib import Path
from typing import Any

from infobip_analytics.cli.options import add_command, add_reading, add_source, no_report_countries
from infobip_analytics.errors import ArgumentError

ABOUT = """\
One HTML file that opens anywhere, without a network: the delivery rate and its companions, where
(a map and a table), why not and what to fix first, how fast, what is still coming, what was left
out and why, the definitions used. It is about the last 28 settled days unless --days, --since or
--until ask for another time.

  infobip-analytics report exports/ --output report.html --open
  infobip-analytics report exports/ --days all
  infobip-analytics report exports/ --format json --output -
"""


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(subparsers, "report", summary="an HTML report to pass on", about=ABOUT)
    add_source(parser)
    add_reading(parser)
    parser.add_argument(
        "--days",
        default="28",
        metavar="N",
        help="of how many settled days it is, or all; not with --since or --until (default 28)",
    )
    parser.add_argument("--title", help="what stands on top of the report")
    parser.add_argument(
        "--format",
        choices=["html", "json"],
        help="the page, or all its values as JSON (default: what the ending of --output says)",
    )
    parser.add_argument(
        "--output", metavar="FILE", help="default report.html, of JSON the screen (- is the screen)"
    )
    parser.add_argument("--open", action="store_true", help="open it in the browser")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the report, and say where it is."""
    from infobip_analytics.cli.loading import load_messages, progress
    from infobip_analytics.page.summarise import summarise

    silent, days = no_report_countries(args), days_of(args)
    # all of them: what was sent before is what the change is measured against
    messages = load_messages(argparse.Namespace(**{**vars(args), "since": None, "until": None}))
    with progress("writing the report"):
        summary = summarise(
            messages,
            title=args.title,
            since=args.since,
            until=args.until,
            days=days,
            no_report_countries=silent,
            timezone=args.timezone,
        )
        text = _text(summary, form(args), show_numbers=args.show_numbers)
    return _put(text, args)


def _text(summary: Any, form: str, *, show_numbers: bool) -> str:
    if form == "json":
        import json

        return (
            json.dumps(summary.to_dict(show_numbers=show_numbers), ensure_ascii=False, indent=1)
            + "\n"
        )
    from infobip_analytics.page.render import render

    return render(summary)


def form(args: argparse.Namespace) -> str:
    """The page or its values: as asked for, else as the ending of the file says."""
    if args.format:
        return str(args.format)
    return "json" if str(args.output or "").lower().endswith(".json") else "html"


def days_of(args: argparse.Namespace) -> int | None:
    """Of how many days the report is; with bounds of one's own, of all between them."""
    if args.since or args.until or args.days.strip().lower() == "all":
        return None
    if not args.days.isdecimal() or not 1 <= int(args.days) <= 100_000:
        raise ArgumentError(f"--days {args.days!r}: give a number of days, or all")
    return int(args.days)


def _put(text: str, args: argparse.Namespace) -> int:
    from infobip_analytics.page.writing import written

    target = args.output or ("-" if form(args) == "json" else "report.html")
    if target == "-":
        print(text, end="")
        return 0
    path = written(text, Path(target))
    print(f"wrote {path}")
    if args.open:
        import webbrowser

        webbrowser.open(path.resolve().as_uri())
    return 0
