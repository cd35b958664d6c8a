"""`infobip-analytics change`: did delivery really fall, or did the messages go elsewhere?"""

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
from infobip_analytics.errors import ArgumentError

ABOUT = """\
Two periods compared: how the delivery rate changed, and how much of that is delivery (rate) and how
much is that messages went elsewhere (mix), country by country unless asked otherwise. Differences
have Newcombe's intervals; what chance may have made is called unproven.

  infobip-analytics change exports/
      the last 28 settled days against the 28 days before (as many weeks as there are)
  infobip-analytics change exports/ --after 2026-04-01
      since then, against as long a time before
  infobip-analytics change exports/ --after 2026-04-01 --days 7
      a week from then on, against the week before
  infobip-analytics change exports/ --before 2025-12-01..2025-12-24 --after 2026-12-01..2026-12-24
      any two periods
  infobip-analytics change new/ --against old/ --by network
      two sources: other routes, campaigns, months
"""


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers, "change", summary="did delivery really fall, and where", about=ABOUT
    )
    add_source(parser)
    periods = parser.add_argument_group("what is compared with what")
    periods.add_argument(
        "--after",
        metavar="DATE",
        help="the later period: a day or time on which it begins, or FROM..TO",
    )
    periods.add_argument(
        "--before",
        metavar="FROM..TO",
        help="the earlier period (default: as long a time just before the later one)",
    )
    periods.add_argument("--days", metavar="N", help="how long each of them is (default 28)")
    periods.add_argument(
        "--against",
        action="append",
        metavar="SOURCE",
        help="compare with another source instead of another period; may be repeated",
    )
    finding = parser.add_argument_group("what counts as a finding")
    finding.add_argument(
        "--minimum-effect",
        metavar="POINTS",
        default="1",
        help="differences below so many points are none (default 1)",
    )
    finding.add_argument(
        "--minimum-messages",
        metavar="N",
        default="100",
        help="with fewer settled messages on a side nothing is tested (default 100)",
    )
    add_reading(parser)
    add_table(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print or write what changed."""
    from infobip_analytics.changing import explain_change
    from infobip_analytics.cli.answering import write_answer
    from infobip_analytics.cli.loading import plain_warnings, progress

    silent = no_report_countries(args)
    asked = {
        "minimum_effect": _number(args.minimum_effect, "--minimum-effect", float) / 100,
        "minimum_messages": _number(args.minimum_messages, "--minimum-messages", int),
    }
    before, after = _two_sources(args) if args.against else _two_periods(args)
    with progress("comparing"), plain_warnings():
        change = explain_change(
            before,
            after,
            grouping(args),
            no_report_countries=silent,
            timezone=args.timezone,
            show_numbers=args.show_numbers,
            **asked,
        )
    return write_answer(args, change)


def _number(text: str, option: str, kind: Any) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise ArgumentError(f"{option} {text!r}: give a number") from None


def _two_sources(args: argparse.Namespace) -> Any:
    """The messages of the sources to compare with, and those of the others."""
    from infobip_analytics.cli.loading import load_messages

    if args.after or args.before or args.days:
        raise ArgumentError(
            "--against compares two sources, so --after, --before and --days mean nothing; to look "
            "at a part of both, say --since and --until"
        )
    if not args.sources:
        raise ArgumentError("--against needs a SOURCE that is compared with it")
    old = argparse.Namespace(**{**vars(args), "sources": args.against})
    return load_messages(old, lazy=True), load_messages(args, lazy=True)


def _two_periods(args: argparse.Namespace) -> Any:
    """The messages of two periods of one source."""
    from infobip_analytics.changing.periods import two_periods
    from infobip_analytics.cli.loading import load_messages, note, plain_warnings, progress
    from infobip_analytics.counting import narrowed

    days = None if args.days is None else _number(args.days, "--days", int)
    plan = load_messages(args, lazy=True)
    with progress("putting messages together"), plain_warnings():
        messages = narrowed(plan, grouping(args) or [])
    then, now = two_periods(
        messages, after=args.after, before=args.before, days=days, timezone=args.timezone
    )
    note(f"before: {then}; after: {now}")
    return then.of(messages), now.of(messages)
