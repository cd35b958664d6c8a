"""`infobip-analytics explain CODE ...`: what codes, reports and events mean and what to do."""

import argparse
from typing import TYPE_CHECKING, Any

from infobip_analytics.codes import Explanation, explain
from infobip_analytics.codes.ranking import CHANNELS, KINDS
from infobip_analytics.errors import ArgumentError

if TYPE_CHECKING:
    from infobip_analytics.codes.row_explanation import RowExplanation

ABOUT = """\
Explain status, error, DLT and SMPP codes: what happened, who can act, whether to send again and
whether to suppress the number. A CODE is an id (5, 0x22, err:027), a name in any spelling, the name
of a group, or a report of Infobip or an event of Bloomreach as JSON. Or explain a campaign event by
its fields: what each of them says, and where they disagree.

  infobip-analytics explain 5 EC_ABSENT_SUBSCRIBER 0x22
  infobip-analytics explain --kind status --group REJECTED 87
  infobip-analytics explain --format json 1153+0+0+0
  infobip-analytics explain '{"groupName": "REJECTED", "id": 6, "name": "REJECTED_NETWORK"}'
  infobip-analytics explain --error EC_UNIDENTIFIED_SUBSCRIBER --status-code 400
"""

CONTEXT = {
    "kind": f"of which kind the code is: {', '.join(KINDS)}",
    "channel": f"what sent the message: {', '.join(CHANNELS)}",
    "group": "the group that came with the code, by name or id",
}
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
    parser.add_argument("codes", nargs="*", metavar="CODE", help="an id, a name, JSON")
    add_options(
        parser.add_argument_group("what is known of the code; what fits comes first"), CONTEXT
    )
    add_options(parser.add_argument_group("an event instead of a code"), FIELDS)
    parser.add_argument(
        "--format", choices=["table", "json"], default="table", help="for people, or for programs"
    )
    parser.set_defaults(run=run)


def add_options(group: Any, options: dict[str, str]) -> None:
    """Add options that take a text each, to a group of the command's help."""
    for name, meaning in options.items():
        group.add_argument(f"--{name.replace('_', '-')}", metavar="TEXT", help=meaning)


def run(args: argparse.Namespace) -> int:
    """Print the explanation of every code asked for, in the asked order, or of one event."""
    fields, context = given(args, FIELDS), given(args, CONTEXT)
    if bool(args.codes) == bool(fields):
        raise ArgumentError("explain takes a CODE, or the fields of an event such as --error NAME")
    if fields and context:
        raise ArgumentError(f"--{next(iter(context))} goes with a CODE, not with an event's fields")
    if fields:
        return show_event(explain(**fields), args.format)
    explanations = [explain(code, **context) for code in args.codes]
    print(as_json(explanations) if args.format == "json" else as_table(explanations))
    return 0


def given(args: argparse.Namespace, options: dict[str, str]) -> dict[str, Any]:
    """Those of some options that were given."""
    return {name: text for name in options if (text := getattr(args, name)) is not None}


def show_event(explanation: "RowExplanation", form: str) -> int:
    """Print the explanation of an event, as one object or for people."""
    import json

    print(json.dumps(explanation.to_dict(), indent=2) if form == "json" else repr(explanation))
    return 0


def as_json(explanations: "list[Explanation | RowExplanation]") -> str:
    """A list with one object for each code."""
    import json

    return json.dumps([explanation.to_dict() for explanation in explanations], indent=2)


def as_table(explanations: "list[Explanation | RowExplanation]") -> str:
    """One block for each code, in colour if a terminal shows it."""
    return "\n\n".join(repr(explanation) for explanation in explanations)
