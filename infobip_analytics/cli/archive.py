"""`infobip-analytics archive`: looking after an archive of delivery reports."""

import argparse
from collections.abc import Callable
from typing import Any

from infobip_analytics.cli.options import add_command

ABOUT = """\
Look after an ARCHIVE: a folder with every answer as it came (journal/), and a Delta table of the
distinct reports in them (reports/). The journal is written first, and the table is made of it.

  infobip-analytics archive verify ARCHIVE          count the journal against the table
  infobip-analytics archive replay ARCHIVE          read into the table what it lacks
  infobip-analytics archive compact ARCHIVE         few large files instead of many small ones
  infobip-analytics archive drop ARCHIVE --keep 400 drop what was sent more than 400 days ago
  infobip-analytics archive rebuild ARCHIVE         make the table anew from the journal

exit codes: 0 done; 1 verify found the archive not sound, or something is at fault; 2 usage
"""


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers, "archive", summary="verify, compact or shorten an archive", about=ABOUT
    )
    parser.add_argument("task", choices=list(_TASKS), help="what is to be done")
    parser.add_argument("archive", metavar="ARCHIVE", help="the folder of the archive")
    parser.add_argument(
        "--keep", type=int, metavar="DAYS", help="drop: for how many days reports are kept"
    )
    parser.add_argument(
        "--format", choices=["text", "json"], default="text", help="of verify (default text)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what is asked, and say what came of it."""
    from infobip_analytics.archive import open_archive
    from infobip_analytics.cli.loading import plain_warnings, progress

    with progress(f"archive {args.task} {args.archive}"), plain_warnings():
        return _TASKS[args.task](open_archive(args.archive), args)


def _verify(archive: Any, args: argparse.Namespace) -> int:
    import json

    from infobip_analytics.archive import verify

    found = verify(archive)
    print(json.dumps(found.to_dict(), indent=2) if args.format == "json" else found)
    return 0 if found.sound else 1


def _replay(archive: Any, _: argparse.Namespace) -> int:
    from infobip_analytics.archive import replay

    print(_said(replay(archive)))
    return 0


def _rebuild(archive: Any, _: argparse.Namespace) -> int:
    from infobip_analytics.archive import rebuild

    print(_said(rebuild(archive)))
    return 0


def _said(done: Any) -> str:
    from infobip_analytics.wording import plural

    aside = f"; {plural(done.set_aside, 'row')} set aside, the first: {done.first}"
    return (
        f"{plural(done.answers, 'answer')} of the journal read: {plural(done.reports, 'report')}, "
        f"{done.new:,} of them new{aside if done.set_aside else ''}"
    )


def _compact(archive: Any, _: argparse.Namespace) -> int:
    from infobip_analytics.archive import compact
    from infobip_analytics.wording import plural

    print(f"{plural(compact(archive), 'file')} fewer")
    return 0


def _drop(archive: Any, args: argparse.Namespace) -> int:
    from infobip_analytics.archive import drop_older
    from infobip_analytics.errors import ArgumentError
    from infobip_analytics.wording import plural

    if args.keep is None:
        raise ArgumentError("archive drop: say for how many days reports are kept, as --keep 400")
    done = drop_older(archive, args.keep)
    print(
        f"kept what was sent from {done.since} on: {plural(done.rows, 'row')} of the table and "
        f"{plural(done.segments, 'segment')} of the journal dropped"
    )
    return 0


_TASKS: dict[str, Callable[[Any, argparse.Namespace], int]] = {
    "verify": _verify,
    "replay": _replay,
    "compact": _compact,
    "drop": _drop,
    "rebuild": _rebuild,
}
