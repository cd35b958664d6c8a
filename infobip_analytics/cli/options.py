"""Options that several commands share."""

import argparse
from typing import Any

from infobip_analytics.errors import ArgumentError

FORMATS = ["table", "csv", "json", "parquet"]


def add_command(subparsers: Any, name: str, *, summary: str, about: str) -> Any:
    """A command with its help: a line in the list of commands, prose in its own."""
    return subparsers.add_parser(
        name,
        help=summary,
        description=about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_source(parser: Any) -> None:
    """SOURCE, and what is asked of whatever is read."""
    parser.add_argument(
        "sources",
        nargs="*",
        metavar="SOURCE",
        help="file, folder or glob of delivery reports or of campaign events; "
        "none: the bundled sample",
    )
    window = parser.add_argument_group("which messages, as of when")
    window.add_argument(
        "--as-of",
        metavar="TIME",
        help="the moment for which the numbers are true: 2026-10-05, 2026-10-05T10:00Z or now; "
        "by default the last time in the data",
    )
    window.add_argument("--since", metavar="TIME", help="leave out what was sent before")
    window.add_argument("--until", metavar="TIME", help="leave out what was sent after")
    window.add_argument(
        "--timezone",
        metavar="ZONE",
        default="UTC",
        help="of times without an offset and of hours, days, weeks, months (default UTC)",
    )
    window.add_argument(
        "--waiting-period",
        metavar="PERIOD",
        default="4d",
        help="how long a report may take: 4d, 96h (default 4d)",
    )
    window.add_argument(
        "--no-report-countries",
        metavar="LIST",
        help="codes or names separated by commas, or none, instead of the list of 34",
    )
    parser.add_argument(
        "--show-numbers",
        action="store_true",
        help="show recipients, customers and whatever else names people in full; by default they "
        "are masked (4477•••23), in files too",
    )


def add_reading(parser: Any) -> None:
    """How sources are read that do not speak for themselves, and where what cannot be read goes."""
    reading = parser.add_argument_group("how it is read")
    reading.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="HEADING=NAME",
        help='a heading of the export in our names: "Message ref=message_id"; may be repeated',
    )
    reading.add_argument(
        "--customers",
        metavar="FILE",
        help="customers with phone and country, for events: tells where a local number is",
    )
    reading.add_argument(
        "--integration", metavar="NAME", help="of events only those that this provider sent"
    )
    reading.add_argument(
        "--set-aside",
        metavar="FILE",
        help="write rows that cannot be read to FILE, as NDJSON with file, line and reason",
    )


def reading_options(args: argparse.Namespace) -> dict[str, Any]:
    """What `add_reading` asks for, as the readers take it; ArgumentError for half a `--column`."""
    options: dict[str, Any] = {}
    for pair in args.column:
        heading, equals, name = pair.rpartition("=")
        if not equals or not heading or not name:
            raise ArgumentError(
                f'--column {pair!r}: write the heading, =, and our name: "Message ref=message_id"'
            )
        options.setdefault("columns", {})[heading] = name
    asked = {
        "customers": args.customers, "integration": args.integration, "on_bad": args.set_aside,
    }  # fmt: skip
    return options | {name: value for name, value in asked.items() if value is not None}


def add_table(parser: Any, *, by: str = "country") -> None:
    """How a table is grouped and written."""
    parser.add_argument(
        "--by",
        default=by,
        metavar="COLUMN",
        help="column, short name (campaign, action, error, provider) or hour, day, week, month; "
        f"several with commas; none for one row (default {by})",
    )
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help="default: what the ending of --output says, else table; in csv, text that a "
        "spreadsheet would take for a formula has a ' before it",
    )
    parser.add_argument(
        "--output", metavar="FILE", help="write to FILE instead of the screen (- is the screen)"
    )


def grouping(args: argparse.Namespace) -> list[str] | None:
    """What `--by` asks for."""
    names = [name.strip() for name in args.by.split(",") if name.strip()]
    return None if names in ([], ["none"]) else names


def keyed_grouping(args: argparse.Namespace) -> list[str] | None:
    """What `--by` asks for, of lines that are found again by their keys; so these cannot be masked.

    Raises:
        ArgumentError: They would name people, and nobody asked for that.
    """
    from infobip_analytics.masking import personal

    names = grouping(args)
    people = [] if args.show_numbers else personal(names or [])
    if people:
        raise ArgumentError(
            f"--by {','.join(people)}: each line of FILE would name a person, and a masked name "
            "would not tell which line is whose the next night; add --show-numbers to have them in "
            "full, or group by something else"
        )
    return names


def no_report_countries(args: argparse.Namespace) -> Any:
    """What `--no-report-countries` asks for; names may hold commas themselves."""
    from infobip_analytics.countries import no_report_codes

    asked = args.no_report_countries
    if asked is None:
        return None
    return frozenset() if asked.strip().lower() in ("", "none", "()") else no_report_codes(asked)
