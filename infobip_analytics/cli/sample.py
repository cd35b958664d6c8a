"""`infobip-analytics sample`: invented data with known truth."""

import argparse
from pathlib import Path
from typing import Any

ABOUT = """\
Draw a world of invented messages and write it to a folder three times: as Infobip's delivery
reports, as Bloomreach's campaign events, and as the truth, a row a message with what became of it.
The same seed gives the same files, byte for byte.

  infobip-analytics sample --messages 100000 --seed 7 --output my-sample
"""

MESSAGES = 3600
SEED = 2026


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "sample",
        help="invented data with known truth",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--messages", type=int, default=MESSAGES, metavar="N", help=f"default {MESSAGES}"
    )
    parser.add_argument(
        "--seed", type=int, default=SEED, metavar="S", help=f"another world; default {SEED}"
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="made where it is missing"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Draw the world, write its files, and say which."""
    from infobip_analytics.cli.loading import progress
    from infobip_analytics.samples.world import make_world
    from infobip_analytics.samples.writers import write_world

    with progress(f"inventing {args.messages:,} messages"):
        written = write_world(make_world(args.messages, args.seed), args.output)
    for path, rows in written.items():
        print(f"wrote {path}: {rows:,} rows")
    print("all of it is invented; truth.csv says what became of each message")
    return 0
