"""`infobip-analytics forget`: a number out of an archive, for good."""

import argparse
import sys
from typing import Any

from infobip_analytics.cli.options import add_command

ABOUT = """\
Remove all that an archive knows of a phone number: from the journal and the table, and from the
older versions of the table. What was removed is counted; the number itself is printed nowhere.

  infobip-analytics forget "+44 7700 900123" --archive ARCHIVE
  echo "+44 7700 900123" | infobip-analytics forget - --archive ARCHIVE

In an archive of pseudonyms the key is needed (INFOBIP_ANALYTICS_PSEUDONYM_KEY or ..._FILE). Copies
of the archive, exports and the state of recompute beside its output are not reached: delete those.
"""


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers, "forget", summary="remove a phone number from an archive", about=ABOUT
    )
    parser.add_argument(
        "number",
        metavar="NUMBER",
        help="with its calling code; - reads it from standard input, so that no list of processes "
        "and no history of a shell shows it",
    )
    parser.add_argument("--archive", required=True, metavar="DIR", help="the archive")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Forget the number and print what was removed."""
    from infobip_analytics.archive import forget, is_pseudonymous, open_archive, secret_key
    from infobip_analytics.cli.loading import plain_warnings, progress

    archive = open_archive(args.archive)
    if is_pseudonymous(archive):
        archive = open_archive(args.archive, key=secret_key())
    number = sys.stdin.readline().strip() if args.number == "-" else args.number
    with progress(f"forgetting a number in {args.archive}"), plain_warnings():
        print(forget(archive, number))
    return 0
