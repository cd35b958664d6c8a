"""`infobip-analytics forget`: a number out of an archive, for good."""

import argparse
import sys
from typing import Any

from infobip_analytics.cli.options import add_command

ABOUT = """\
Remove all that an archive knows of a phone number: its rows, from the journal and the table, from
older versions of the table and from half-written files; and the number where it stands in rows of
others (texts, callback data, ids). What was removed is counted; the number is printed nowhere.

  infobip-analytics forget "+44 7700 900123" --archive ARCHIVE
  infobip-analytics forget - --archive ARCHIVE < numbers.txt    one number a line

In an archive of pseudonyms the key is needed (INFOBIP_ANALYTICS_PSEUDONYM_KEY or ..._FILE). What
reads the table at that moment stops with an error, and is to be started again; what is fetched or
received meanwhile waits, and is kept.

Not reached, so delete or correct these yourself: copies and backups of the archive, also in an
object store; exports that were downloaded; rows written with --set-aside; stats by recipient and
the FILE.state of recompute beside its output, which is made anew; customers known by something else
than a number. And a report that arrives later about that number is kept again.
"""


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers, "forget", summary="remove a phone number from an archive", about=ABOUT
    )
    parser.add_argument(
        "numbers",
        nargs="+",
        metavar="NUMBER",
        help="with its calling code, in quotes where it has spaces; - reads them from standard "
        "input, one a line, so that no list of processes and no history of a shell shows them",
    )
    parser.add_argument("--archive", required=True, metavar="DIR", help="the archive")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Forget the numbers and print what was removed."""
    from infobip_analytics.archive import forget, is_pseudonymous, open_archive, secret_key
    from infobip_analytics.cli.loading import plain_warnings, progress

    archive = open_archive(args.archive)
    if is_pseudonymous(archive):
        archive = open_archive(args.archive, key=secret_key())
    numbers = args.numbers
    if numbers == ["-"]:
        numbers = [line.strip() for line in sys.stdin if line.strip()]
    with progress(f"forgetting numbers in {args.archive}"), plain_warnings():
        print(forget(archive, *numbers))
    return 0
