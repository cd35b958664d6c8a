"""`infobip-analytics explain CODE ...`: what codes and events mean and what to do about them."""

import argparse
from typing import TYPE_CHECKING, Any

from infobip_analytics.codes import Explanation, explain
from infobip_analytics.errors import ArgumentError

if TYPE_CHECKING:
    from infobip_analytics.codes.event_explanation import EventExplanation

ABOUT = """\
Explain status, error, DLT and SMPP codes: what happened, who can act, whether to send again and
whether to suppress the number. A CODE is an id (5, 0x22) or a name in any spelling. Or explain a
campaign event by its fields: what each of them says, and where they disagree.

  infobip-analytics explain 5 EC_ABSENT_SUBSCRIBER 0x22
  infobip-analytics explain --format json 1153+0+0+0
  infobip-analytics explain --error EC_UNIDENTIFIED_SUBSCRIBER --status-code 400
"""

FIELDS = {
    "error": "the error of an event, a name",
    "status_code": "its status_code, a number",
    "comment": "its comment, in quotes",
    "status": "its status, such as failed",
    "action_type": "its action_type, such as sms",
}


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "explain",
        help="what a status, error or SMPP code means and what to do",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("codes", nargs="*", metavar="CODE", help="an id or a name")
    for field, meaning in FIELDS.items():
        parser.add_argument(f"--{field.replace('_', '-')}", metavar="TEXT", help=meaning)
    parser.add_argument(
        "--format", choices=["table", "json"], default="table", help="for people, or for programs"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the explanation of every code asked for, in the asked order, or of one event."""
    fields = {field: text for field in FIELDS if (text := getattr(args, field)) is not None}
    if bool(args.codes) == bool(fields):
        raise ArgumentError("explain takes a CODE, or the fields of an event such as --error NAME")
    if fields:
        return show_event(explain(**fields), args.format)
    explanations = [explain(code) for code in args.codes]
    print(as_json(explanations) if args.format == "json" else as_table(explanations))
    return 0


def show_event(explanation: "EventExplanation", form: str) -> int:
    """Print the explanation of an event, as one object or for people."""
    import json

    print(json.dumps(explanation.to_dict(), indent=2) if form == "json" else repr(explanation))
    return 0


def as_json(explanations: list[Explanation]) -> str:
    """A list with one object for each code."""
    import json

    return json.dumps([explanation.to_dict() for explanation in explanations], indent=2)


def as_table(explanations: list[Explanation]) -> str:
    """One block for each code, in colour if a terminal shows it."""
    return "\n\n".join(repr(explanation) for explanation in explanations)
