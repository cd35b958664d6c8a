"""What the commands read: sources, or the bundled sample; with a word on standard error."""

import argparse
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from infobip_analytics.errors import InfobipAnalyticsWarning

PATIENCE = 2.0  # seconds of silence before a person is told what is going on


def load_messages(args: argparse.Namespace) -> Any:
    """The messages (polars) of the sources that *args* name, in the window they ask for."""
    from infobip_analytics.journey import messages

    frame = load_frame(args)
    with progress("putting messages together"), plain_warnings():
        return messages(
            frame,
            as_of=args.as_of,
            since=args.since,
            until=args.until,
            waiting_period=args.waiting_period,
            timezone=args.timezone,
        )


def load_frame(args: argparse.Namespace) -> Any:
    """The delivery reports or campaign events (polars) of the sources that *args* name."""
    from infobip_analytics.reading import read
    from infobip_analytics.samples import sample_path

    if not args.sources:
        note("no SOURCE given: these are the bundled sample data, all invented")
    sources = args.sources or [sample_path("delivery_reports")]
    with progress(f"reading {', '.join(map(str, sources))}"), plain_warnings():
        return read(sources, timezone=args.timezone)


def note(sentence: str) -> None:
    """Say *sentence* on standard error, so that pipes stay clean."""
    print(f"note: {sentence}", file=sys.stderr)


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
