"""`infobip-analytics fetch`: delivery reports or logs from Infobip, into an archive."""

import argparse
import os
import sys
import warnings
from contextlib import suppress
from typing import Any

from infobip_analytics.cli.keeping import add_archive
from infobip_analytics.cli.options import add_command

ABOUT = """\
Fetch from Infobip into an archive: all delivery reports that wait, or the logs of the last 48
hours. INFOBIP_BASE_URL and INFOBIP_API_KEY come from the environment; `check` tries them.

Each report is handed out once. So each answer is on disk before the next is asked for, there is no
trial (--dry-run), and two who fetch with one account take reports from each other. Fetch often:
Infobip keeps reports for 48 hours. Logs can be fetched again and again; they tell what was sent,
and so make true rates possible (population "sent").

  infobip-analytics fetch reports --archive ARCHIVE
  infobip-analytics fetch logs --archive ARCHIVE --since 2026-10-04T06:00Z
  infobip-analytics rates ARCHIVE

For cron, with the two variables in a file that only you can read, and the path that
`which infobip-analytics` prints, for cron knows few folders; what goes wrong is mailed:

  */10 * * * *  . ~/.infobip && infobip-analytics fetch reports --archive ARCHIVE >/dev/null
  15 3 * * *    . ~/.infobip && infobip-analytics fetch logs --archive ARCHIVE >/dev/null

In that file: export INFOBIP_BASE_URL=abc12.api.infobip.com, and INFOBIP_API_KEY likewise.

exit codes: 0 no more waits; 1 the service or the archive is at fault, or somebody else fetches
into it, and what came is kept; 2 usage; 130 stopped, and what came is kept
"""

_NO_TRIAL = {
    "reports": (
        "fetch reports has no --dry-run: Infobip hands each delivery report out once, so that a "
        "trial would take reports away for good. `infobip-analytics check` tries base URL, key "
        "and clock without taking any"
    ),
    "logs": (
        "fetch logs has no --dry-run, and needs none: logs can be fetched again. "
        "`infobip-analytics check` tries base URL, key, scopes and clock"
    ),
}


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers, "fetch", summary="delivery reports or logs from Infobip", about=ABOUT
    )
    parser.add_argument(
        "what", choices=["reports", "logs"], metavar="reports|logs", help="what is fetched"
    )
    parser.add_argument(
        "--channel",
        action="append",
        choices=["sms", "mms"],
        metavar="CHANNEL",
        help="sms or mms; both by default",
    )
    parser.add_argument(
        "--since", metavar="TIME", help="logs: of what was sent from then on (default 48 hours ago)"
    )
    parser.add_argument("--until", metavar="TIME", help="logs: of what was sent until then")
    parser.add_argument(
        "--keep",
        type=int,
        metavar="DAYS",
        help="afterwards drop what was sent more than DAYS days ago",
    )
    parser.add_argument(
        "--format", choices=["text", "json"], default="text", help="of the summary (default text)"
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="there is none: what is asked for on trial would be gone",
    )
    add_archive(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Fetch, and say in a line what came of it."""
    import json

    from infobip_analytics.cli.keeping import archive_of
    from infobip_analytics.cli.loading import plain_warnings
    from infobip_analytics.fetching import InfobipClient
    from infobip_analytics.fetching.endpoints import CHANNELS
    from infobip_analytics.fetching.keeping import fetch_into
    from infobip_analytics.fetching.stopping import stopping
    from infobip_analytics.sources.showing import harmless

    _check(args)
    line = _Line()
    with plain_warnings(), stopping(line.show) as stop:
        _clear_before_warnings(line)
        client = InfobipClient(timing=stop.timing)
        client.period(args.since, args.until)  # before an archive is made
        try:
            done = fetch_into(
                archive_of(args),
                client,
                "report" if args.what == "reports" else "log",
                channels=args.channel or CHANNELS,
                since=args.since,
                until=args.until,
                keep_days=args.keep,
                stop=stop,
                tell=line.show,
            )
        finally:
            line.clear()
    for sentence in _against(done):
        print(f"infobip-analytics: {harmless(sentence)}", file=sys.stderr)
    _print(json.dumps(done.to_dict(), indent=2) if args.format == "json" else harmless(str(done)))
    return 130 if done.stopped else int(bool(done.problems))


def _print(summary: str) -> None:
    """Print the summary; whoever reads it may be gone, and what went wrong still sets the status.

    Raises:
        OSError: It cannot be written, although somebody reads it: a full disk.
    """
    try:
        print(summary, flush=True)
    except OSError as problem:
        # what is left of it would fail once more at the end of the process
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(problem, BrokenPipeError):
            raise


def _against(done: Any) -> list[str]:
    """What went wrong, and that what came is kept: on standard error, for that is what is read."""
    from infobip_analytics.wording import plural

    said = [*done.problems, *(["stopped"] if done.stopped else [])]
    noun = "delivery report" if done.record == "report" else "log"
    kept = f"what came ({plural(done.total, noun)}) is kept in {done.archive}"
    return [*said, kept] if said and done.total else said


def _check(args: argparse.Namespace) -> None:
    """Refuse what means nothing, before anything is asked or made."""
    from infobip_analytics.errors import ArgumentError

    if args.dry_run:
        raise ArgumentError(_NO_TRIAL[args.what])
    if args.what == "reports" and (args.since or args.until):
        raise ArgumentError(
            "fetch reports takes no --since and no --until: Infobip hands out all reports that "
            "wait, whenever they are of. Fetch them all, and choose when you read the archive"
        )
    if args.keep is not None and args.keep < 1:
        raise ArgumentError(f"--keep {args.keep}: the least is 1 day")


class _Line:
    """A line on the terminal that is written over; where there is no terminal, none."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._shown = False

    def show(self, sentence: str) -> None:
        """Show a sentence in place of the last one."""
        if self._live:
            self._write(f"\r\x1b[K{sentence[: _columns() - 1]}")
            self._shown = True

    def clear(self) -> None:
        """Show nothing."""
        if self._shown:
            self._write("\r\x1b[K")
            self._shown = False

    @staticmethod
    def _write(text: str) -> None:
        # a terminal that is gone is no reason to lose what is under way
        with suppress(OSError, ValueError):
            print(text, end="", file=sys.stderr, flush=True)


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size().columns


def _clear_before_warnings(line: _Line) -> None:
    """Let warnings begin on a line of their own."""
    show = warnings.showwarning

    def shown(*args: Any, **others: Any) -> None:
        line.clear()
        show(*args, **others)

    warnings.showwarning = shown
