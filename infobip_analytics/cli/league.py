"""`infobip-analytics league`: who is really worse, and who only had bad luck."""

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
Countries (or whatever --by asks for) ranked by how probable it is that their true delivery rate is
under a target. Small groups lead and trail by luck, so raw rates stand beside shrunk ones: drawn
towards the rate of all, the more the fewer messages there are (beta-binomial). With few groups
nothing is shrunk, and that is said.

  infobip-analytics league exports/
  infobip-analytics league exports/ --by network --target 95
  infobip-analytics league exports/ --by campaign --format json
"""


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(subparsers, "league", summary="who is really worse", about=ABOUT)
    add_source(parser)
    parser.add_argument(
        "--target",
        metavar="RATE",
        help="the delivery rate to be reached: 95, 95%% or 0.95 (default: that of all together)",
    )
    add_reading(parser)
    add_table(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print or write the league."""
    from infobip_analytics.cli.answering import write_answer
    from infobip_analytics.cli.loading import load_messages, plain_warnings, progress
    from infobip_analytics.standing import league

    silent, target = no_report_countries(args), _share(args.target)
    messages = load_messages(args, lazy=True)
    with progress("ranking"), plain_warnings():
        answer = league(
            messages,
            grouping(args),
            target=target,
            no_report_countries=silent,
            timezone=args.timezone,
            show_numbers=args.show_numbers,
        )
    return write_answer(args, answer)


def _share(text: str | None) -> float | None:
    """A rate as people write it: in per cent, or as a share below 1."""
    if text is None:
        return None
    try:
        number = float(text.strip().removesuffix("%"))
    except ValueError:
        number = 0.0
    share = number if number < 1 and not text.strip().endswith("%") else number / 100
    if not 0 < share < 1:
        raise ArgumentError(f"--target {text!r}: write a rate between 0 and 100 %: 95, 95% or 0.95")
    return share
