"""The door out: messages in, an HTML file on disk."""

import os
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from infobip_analytics.errors import SourceError
from infobip_analytics.page.period import DAYS
from infobip_analytics.page.render import render
from infobip_analytics.page.summarise import summarise


def write_report(
    messages: Any,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
    since: str | date | datetime | None = None,
    until: str | date | datetime | None = None,
    days: int | None = DAYS,
    no_report_countries: Iterable[str] | None = None,
) -> Path:
    """Write one self-contained HTML file about the delivery of *messages*.

    Its rates are of the last 28 settled days, and compared with the 28 days before where the data
    reach so far back; *days*, or *since* and *until*, choose another time. Messages that are still
    waiting are younger, and counted beside them.

    It opens from disk and requests nothing from a network. Recipients and customers are not in it.
    The same messages give the same file, byte for byte.

    Args:
        messages: A frame of messages (pandas, polars or polars-lazy), as `messages` makes it.
        path: Where to write; an existing file is replaced.
        title: The heading; by default "SMS delivery".
        since: Messages sent before it are left out and counted, as by `messages(since=...)`.
        until: Messages sent after it likewise; a bare date means its last microsecond.
        days: Of how many settled days, where neither *since* nor *until* is given; None: of all.
        no_report_countries: Codes or names instead of the list of 34; `()` for none.

    Returns:
        The path of the file.

    Raises:
        ColumnError: The frame is no frame of messages.
        ArgumentError: A time cannot be read, a country is unknown.
        SourceError: The file cannot be written.
    """
    summary = summarise(
        messages,
        title=title,
        since=since,
        until=until,
        days=days,
        no_report_countries=no_report_countries,
    )
    return written(render(summary), path)


def written(text: str, path: str | os.PathLike[str]) -> Path:
    """Write a report's text to a file; SourceError where that cannot be done."""
    target = Path(path)
    try:
        target.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        reason = error.strerror or "the system refused"
        raise SourceError(
            f"the report cannot be written to {target}: {reason.lower()}; "
            "name a file in a folder that is there and may be written to"
        ) from error
    return target
