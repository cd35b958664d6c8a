"""`infobip-analytics check`: may we fetch? Base URL, key, scopes and clock."""

import argparse
from typing import Any

ABOUT = """\
Check what fetching from Infobip needs: the base URL (INFOBIP_BASE_URL), the API key
(INFOBIP_API_KEY), what the key may read, and the clock of this machine. A line each; exits 1 where
one has failed.

Only logs are asked for, one entry a channel. Delivery reports are not: Infobip hands each out once,
so a trial would take them away for good.

  INFOBIP_BASE_URL=abc12.api.infobip.com infobip-analytics check
  infobip-analytics check --channel sms            an account without MMS
"""


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "check",
        help="may we fetch from Infobip? base URL, key, scopes, clock",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--channel",
        action="append",
        choices=["sms", "mms"],
        metavar="CHANNEL",
        help="sms or mms; both by default",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Check one thing after the other, and say each at once."""
    from infobip_analytics.fetching.checking import Verdict, findings
    from infobip_analytics.fetching.endpoints import CHANNELS
    from infobip_analytics.sources.showing import harmless

    verdicts = set()
    for each in findings(channels=args.channel or CHANNELS):
        print(f"{each.verdict:<11}{each.what}: {harmless(each.words)}", flush=True)
        verdicts.add(each.verdict)
    return int(Verdict.BAD in verdicts)
