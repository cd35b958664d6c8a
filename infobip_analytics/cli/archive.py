"""`infobip-analytics archive`: looking after an archive of delivery reports."""

import argparse
from collections.abc import Callable
from datetime import UTC, date, datetime, time
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
    parser.add_argument(
        "archive",
        metavar="ARCHIVE",
        help="the folder of the archive; for verify also its address in an object store (s3://, "
        "gs://, az://)",
    )
    parser.add_argument(
        "--keep", type=int, metavar="DAYS", help="drop: for how many days reports are kept"
    )
    parser.add_argument(
        "--today",
        type=_day,
        metavar="DATE",
        help="drop: the date, as 2026-10-04, which is asked for where the clock may be wrong",
    )
    parser.add_argument("--format", choices=["text", "json"], help="of verify (default text)")
    parser.set_defaults(run=run)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("give a date as 2026-10-04") from None


def run(args: argparse.Namespace) -> int:
    """Do what is asked, and say what came of it."""
    from infobip_analytics.archive import archive_at, open_archive
    from infobip_analytics.cli.loading import plain_warnings, progress

    _check_options(args)
    with progress(f"archive {args.task} {args.archive}"), plain_warnings():
        # what only reads can be done at an address, too
        opened = archive_at if args.task == "verify" else open_archive
        return _TASKS[args.task](opened(args.archive), args)


def _check_options(args: argparse.Namespace) -> None:
    """Refuse an option that this task does not have."""
    from infobip_analytics.errors import ArgumentError

    for option, task in _OPTIONS.items():
        if getattr(args, option) is not None and args.task != task:
            raise ArgumentError(
                f"archive {args.task} takes no --{option}, which is for archive {task}; leave it "
                "out"
            )


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
    today = args.today and datetime.combine(args.today, time.max, UTC)
    done = drop_older(archive, args.keep, today=today)
    print(
        f"kept what was sent from {done.since} on: {plural(done.rows, 'row')} of the table and "
        f"{plural(done.segments, 'segment')} of the journal dropped"
    )
    return 0


#: Which task has which option
_OPTIONS = {"keep": "drop", "today": "drop", "format": "verify"}

_TASKS: dict[str, Callable[[Any, argparse.Namespace], int]] = {
    "verify": _verify,
    "replay": _replay,
    "compact": _compact,
    "drop": _drop,
    "rebuild": _rebuild,
}
