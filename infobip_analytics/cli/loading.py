"""What the commands read: sources, or the bundled sample; with a word on standard error."""

import argparse
import sys
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from infobip_analytics.errors import InfobipAnalyticsWarning

PATIENCE = 2.0  # seconds of silence before a person is told what is going on


def load_messages(args: argparse.Namespace, *, lazy: bool = False) -> Any:
    """The messages (polars) of the sources that *args* name, in the window they ask for.

    Where there are reports beside events, they are matched, and how that went is said.

    With *lazy* a plan of them, of which only what is asked for is ever in memory.
    """
    from infobip_analytics.journey import messages
    from infobip_analytics.matching import how_matched

    frames = load_frames(args, lazy=lazy)
    reports = frames.get("delivery_reports")
    window = {
        "as_of": args.as_of,
        "since": args.since,
        "until": args.until,
        "waiting_period": args.waiting_period,
        "timezone": args.timezone,
    }
    with progress("putting messages together"), plain_warnings():
        if "campaign_events" not in frames:
            return messages(reports, **window)
        made = messages(frames["campaign_events"], reports=reports, **window)
        if reports is None:
            return made
        # matched before anything is asked of them, for how that went is said first
        made = made.lazy().collect()
    note(str(how_matched(made)))
    return made


def load_frames(
    args: argparse.Namespace, *, lazy: bool, samples: Sequence[str] = ("delivery_reports",)
) -> Any:
    """The frames (polars) of the sources that *args* name, else of *samples*, by what they hold."""
    from infobip_analytics.cli.options import reading_options
    from infobip_analytics.reading import read_each

    sources = _sources(args, samples)
    options = reading_options(args)
    with progress(f"reading {', '.join(map(str, sources))}"), plain_warnings():
        return read_each(sources, timezone=args.timezone, lazy=lazy, **options)


def load_frame(args: argparse.Namespace, *, lazy: bool) -> Any:
    """The delivery reports or campaign events (polars) of the sources that *args* name."""
    from infobip_analytics.cli.options import reading_options
    from infobip_analytics.reading import read

    sources = _sources(args)
    options = reading_options(args)
    with progress(f"reading {', '.join(map(str, sources))}"), plain_warnings():
        return read(sources, timezone=args.timezone, lazy=lazy, **options)


def _sources(args: argparse.Namespace, samples: Sequence[str] = ("delivery_reports",)) -> list[Any]:
    from infobip_analytics.samples import sample_path

    if not args.sources:
        note("no SOURCE given: these are the bundled sample data, all invented")
    return args.sources or [sample_path(kind) for kind in samples]


def note(sentence: str) -> None:
    """Say *sentence* on standard error, so that pipes stay clean."""
    from infobip_analytics.sources.showing import harmless

    print(f"note: {harmless(sentence)}", file=sys.stderr)


@contextmanager
def plain_warnings() -> Iterator[None]:
    """Warnings as notes: what happened, without the line of code that saw it."""
    with warnings.catch_warnings():
        warnings.simplefilter("default", InfobipAnalyticsWarning)
        warnings.showwarning = lambda message, *_: note(str(message))
        yield


@contextmanager
def progress(step: str) -> Iterator[None]:
    """Tell on standard error what takes more than two seconds, and how long it took."""
    told = threading.Event()

    def tell() -> None:
        told.set()
        print(f"{step} …", file=sys.stderr, flush=True)

    started = time.monotonic()
    timer = threading.Timer(PATIENCE, tell)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if told.is_set():
            print(f"… took {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
