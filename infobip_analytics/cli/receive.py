"""`infobip-analytics receive`: the door for callbacks."""

import argparse
from typing import Any

from infobip_analytics.cli.keeping import add_archive, archive_of
from infobip_analytics.cli.options import add_command
from infobip_analytics.errors import ArgumentError

ABOUT = """\
Receive the delivery reports that Infobip pushes, and keep them in an archive. Infobip gets 200 only
when a callback is on disk; on anything else it sends it again, for 41.5 hours. Reports that come
after two days, which can be fetched no more, come by this door alone.

  infobip-analytics receive --archive ARCHIVE
  export INFOBIP_ANALYTICS_RECEIVE_USER=infobip
  export INFOBIP_ANALYTICS_RECEIVE_PASSWORD_FILE=/etc/sms/password
  infobip-analytics receive --archive ARCHIVE --auth basic --host 0.0.0.0

It speaks plain HTTP: put a proxy with TLS in front. /health says how it is doing (200, or 503 where
nothing can be written). SIGTERM or Ctrl-C: what is in hand is finished, and all is read into the
table. exit codes: 0 stopped in good order; 1 something is at fault; 2 usage
"""

AUTH = """\
What is set in the environment is asked of who calls, all of it. With _FILE behind its name, each
but the user may be in a file.
  INFOBIP_ANALYTICS_RECEIVE_USER, INFOBIP_ANALYTICS_RECEIVE_PASSWORD   Basic
  INFOBIP_ANALYTICS_RECEIVE_SECRET     a secret in the header --secret-header
  INFOBIP_ANALYTICS_RECEIVE_HMAC_KEY   an HMAC of the body, hex or base64, in --hmac-header
"""

#: The paths of the API itself: by /mms/... the table knows MMS, which looks like SMS
PATHS = ("/sms/3/reports", "/mms/2/reports")


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = add_command(
        subparsers, "receive", summary="keep what Infobip pushes (callbacks)", about=ABOUT
    )
    add_archive(parser)
    _add_server(parser.add_argument_group("where and how"))
    _add_auth(parser.add_argument_group("what is asked of who calls", AUTH))
    parser.set_defaults(run=run)


def _add_server(group: Any) -> None:
    group.add_argument("--host", default="127.0.0.1", metavar="HOST", help="(default 127.0.0.1)")
    group.add_argument(
        "--port", type=int, default=8080, help="0 is any that is free (default 8080)"
    )
    group.add_argument(
        "--path",
        action="append",
        metavar="PATH",
        help="where reports are posted to; may be repeated. One that begins with /mms/2 tells that "
        f"they are of MMS, which they themselves do not (default {' and '.join(PATHS)})",
    )
    group.add_argument(
        "--limit",
        type=int,
        default=8 * 1024 * 1024,
        metavar="BYTES",
        help="how large a callback may be, also unpacked; 100 reports have about 70,000 bytes "
        "(default 8388608)",
    )
    group.add_argument(
        "--patience",
        type=float,
        default=20.0,
        metavar="SECONDS",
        help="how long a request may take to come in (default 20)",
    )
    group.add_argument(
        "--replay-every",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="how often what is new in the journal is read into the table (default 60)",
    )


def _add_auth(group: Any) -> None:
    from infobip_analytics.receiving.proofs import ALGORITHMS, WAYS

    group.add_argument(
        "--auth",
        action="append",
        default=[],
        choices=list(WAYS),
        help="do not start where this is not set; may be repeated",
    )
    group.add_argument(
        "--no-auth",
        action="store_true",
        help="let other machines call although nothing is asked of them",
    )
    group.add_argument(
        "--secret-header",
        default="X-Callback-Secret",
        metavar="NAME",
        help="(default X-Callback-Secret)",
    )
    group.add_argument(
        "--hmac-header", metavar="NAME", help="has to be named, for Infobip does not tell its name"
    )
    group.add_argument(
        "--hmac-algorithm", choices=ALGORITHMS, default="sha256", help="(default sha256)"
    )


def run(args: argparse.Namespace) -> int:
    """Receive until told to stop, and say what came of it."""
    from infobip_analytics.archive import append
    from infobip_analytics.cli.loading import note, plain_warnings
    from infobip_analytics.receiving.packages import check_packages

    check_packages()
    _check(args)
    rules = _rules(args)
    from infobip_analytics.receiving.serving import bound, serve, url_of

    open_door = args.no_auth or bool(rules.proofs.asked)
    with bound(args.host, args.port, open_door=open_door) as listening, plain_warnings():
        archive = archive_of(args)
        append(archive, [])  # which fails here where nothing could be kept: 503 for all that comes
        print(_begin(url_of(listening), rules, archive.path), flush=True)
        tally = serve(archive, rules, listening, note)
    print(_end(tally), flush=True)
    return 0


def _check(args: argparse.Namespace) -> None:
    numbers = {
        "--port": (args.port, 0, 65535),
        "--limit": (args.limit, 1, 2**31),
        "--patience": (args.patience, 0.1, 3600),
        "--replay-every": (args.replay_every, 1, 86400),
    }
    for name, (value, least, most) in numbers.items():
        if not least <= value <= most:
            raise ArgumentError(f"{name} {value:g}: give a number from {least:g} to {most:g}")
    for path in args.path or []:
        _check_path(path)


def _check_path(path: str) -> None:
    import re

    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", path) or path == "/health":
        raise ArgumentError(
            f"--path {path}: write a path as /sms/3/reports, of letters, digits and . _ ~ -, and "
            "not /health"
        )
    if re.match(r"/(sms|mms)/\d+/logs", path):
        raise ArgumentError(f"--path {path}: by that path reports would be taken for logs")


def _rules(args: argparse.Namespace) -> Any:
    from infobip_analytics.receiving.answering import Rules
    from infobip_analytics.receiving.proofs import proofs

    asked = proofs(
        demanded=args.auth,
        secret_header=args.secret_header,
        hmac_header=args.hmac_header,
        algorithm=args.hmac_algorithm,
    )
    if args.no_auth and asked.asked:
        raise ArgumentError(
            f"--no-auth, and yet the environment asks for {' and '.join(asked.asked)}: leave one "
            "of them out"
        )
    paths = tuple(args.path or PATHS)
    return Rules(paths, asked, args.limit, args.patience, args.replay_every)


def _begin(url: str, rules: Any, archive: Any) -> str:
    asked = " and ".join(rules.proofs.asked) or "nothing: whoever reaches it may post"
    return (
        f"receiving at {' and '.join(url + path for path in rules.paths)}\n"
        f"asked of who calls: {asked}\n"
        f"kept in {archive}; {url}/health says how it goes; Ctrl-C stops it"
    )


def _end(tally: Any) -> str:
    from infobip_analytics.receiving.telling import came
    from infobip_analytics.wording import plural

    lag = tally.line - tally.place
    left = f"; {plural(lag, 'line')} of the journal are left for the next run" if lag > 0 else ""
    return (
        f"stopped: {came(tally.callbacks, tally.refused, tally.notices)}; "
        f"{plural(tally.reports, 'report')}, {tally.new:,} new in the table; "
        f"{plural(tally.syncs, 'sync')}{left}"
    )
