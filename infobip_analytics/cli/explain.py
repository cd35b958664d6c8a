"""`infobip-analytics explain CODE ...`: what codes mean and what to do about them."""

import argparse
from typing import Any

from infobip_analytics.codes import Explanation, explain

ABOUT = """\
Explain status, error, DLT and SMPP codes: what happened, who can act, whether to send again and
whether to suppress the number. A CODE is an id (5, 0x22) or a name in any spelling.

  infobip-analytics explain 5 EC_ABSENT_SUBSCRIBER 0x22
  infobip-analytics explain --format json 1153+0+0+0
"""


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "explain",
        help="what a status, error or SMPP code means and what to do",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("codes", nargs="+", metavar="CODE", help="an id or a name")
    parser.add_argument(
        "--format", choices=["table", "json"], default="table", help="for people, or for programs"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the explanation of every code asked for, in the asked order."""
    explanations = [explain(code) for code in args.codes]
    print(as_json(explanations) if args.format == "json" else as_table(explanations))
    return 0


def as_json(explanations: list[Explanation]) -> str:
    """A list with one object for each code."""
    import json

    return json.dumps([explanation.to_dict() for explanation in explanations], indent=2)


def as_table(explanations: list[Explanation]) -> str:
    """One block for each code, in colour if a terminal shows it."""
    return "\n\n".join(repr(explanation) for explanation in explanations)
