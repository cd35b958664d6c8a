"""The command line: one module a command, each with `add_to` and `run`."""

import argparse
import os
import sys
from importlib import import_module

from infobip_analytics import __version__
from infobip_analytics.errors import ArgumentError, InfobipAnalyticsError

ABOUT = """\
True SMS and MMS delivery rates by country, from Infobip delivery reports and Bloomreach campaign
events. A SOURCE is a file, a folder or a glob; which of the two it holds is found out by itself.
Without a SOURCE the bundled sample is used: invented data.
"""

EXAMPLES = """\
examples:
  infobip-analytics rates                          the bundled sample, by country
  infobip-analytics rates exports/ --by campaign   a folder of exports
  infobip-analytics explain EC_ABSENT_SUBSCRIBER   what a code means, and what to do
  infobip-analytics report exports/ --output report.html
"""


COMMANDS = (
    "rates",
    "definitions",
    "responses",
    "change",
    "coverage",
    "nowcast",
    "errors",
    "explain",
    "hygiene",
    "receipts",
    "alerts",
    "costs",
    "league",
    "report",
    "recompute",
    "reconcile",
    "sql",
    "notebooks",
    "export",
    "check",
    "fetch",
    "receive",
    "archive",
    "forget",
    "sample",
)


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0 done, 1 the input is at fault, 2 the command is."""
    _speak_any_alphabet()
    os.environ["RUST_BACKTRACE"] = "0"  # of polars, where a file makes it panic
    arguments = sys.argv[1:] if argv is None else argv
    parser = _parser(arguments)
    args = parser.parse_args(arguments)
    if "run" not in args:
        parser.print_help()
        return 2
    try:
        status = int(args.run(args))
        print(end="", flush=True)
    except ArgumentError as error:
        return _say(str(error), 2)
    except InfobipAnalyticsError as error:
        return _say(str(error), 1)
    except BrokenPipeError:
        return _hang_up()
    except OSError as error:
        return _say(_unreadable(error), 1)
    except _of_broken_data() as error:
        first = next(iter(str(error).splitlines()), "")
        return _say(f"a Parquet file is broken: {first}. Export or write it again", 1)
    except KeyboardInterrupt:
        return _say("stopped", 130)
    return status


def _unreadable(error: OSError) -> str:
    """What cannot be read or written; not what an object store says, for that may repeat keys."""
    if error.filename is None and "object-store" in str(error):
        return (
            "the object store broke off while its files were read: check address, credentials and "
            "network, and start again"
        )
    if error.filename is None and isinstance(error, FileNotFoundError):
        return (
            "a file is gone that was there a moment ago: meanwhile old days of an archive were "
            "dropped, a number was forgotten in it, or its table was made anew; start again"
        )
    where = error.filename or "standard output"
    return f"{where} cannot be read or written: {error.strerror or error}"


def _of_broken_data() -> tuple[type[BaseException], ...]:
    """What polars raises where a file that is read as it is needed is broken within."""
    polars = sys.modules.get("polars")
    return (polars.exceptions.PanicException, polars.exceptions.ComputeError) if polars else ()


def _parser(arguments: list[str]) -> argparse.ArgumentParser:
    """The parser of the command that is asked for, for it alone is fast; else of all of them."""
    parser = argparse.ArgumentParser(
        prog="infobip-analytics",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", title="commands")
    asked = [name for name in COMMANDS if arguments[:1] == [name]]
    for name in asked or COMMANDS:
        import_module(f"{__name__}.{name}").add_to(commands)
    return parser


def _speak_any_alphabet() -> None:
    """Let a terminal that lacks a letter show its number instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")


def _say(sentence: str, status: int) -> int:
    from infobip_analytics.sources.showing import harmless

    # names of files and words of services are in it, and none may steer the terminal
    print(f"infobip-analytics: {harmless(sentence)}", file=sys.stderr)
    return status


def _hang_up() -> int:
    """Whoever read our output has gone (`| head`): no complaint, also not at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
