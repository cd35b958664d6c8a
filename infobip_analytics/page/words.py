"""The sentences of a report that depend on its values."""

from datetime import datetime, timedelta

from markupsafe import Markup, escape

from infobip_analytics import wording
from infobip_analytics.page.summary import Row, Summary
from infobip_analytics.wording import DASH, NBSP, count, percent, plural

#: Why messages are in no rate, for readers who do not know the words
REASONS = {
    "set aside": "rows of the source that could not be read",
    "before since": "sent before the time that was asked for",
    "after until": "sent after the time that was asked for",
    "enqueue failed": "never forwarded to Infobip",
    "orphan": "an outcome without the event that began it: the export starts too late for it",
    "undated": "without any time of sending",
    "no-report country": "sent to a country that returns no delivery reports",
    "waiting": "younger than the waiting period: their reports may still come",
}

POPULATIONS = {
    "sent": "every message sent, heard of or not",
    "reported": "only messages of which something was heard",
}


def moment(iso: str | None) -> str:
    """An ISO time for people."""
    return DASH if iso is None else wording.moment(datetime.fromisoformat(iso))


def day(iso: str | None) -> str:
    """The day of an ISO time.

    >>> day("2026-03-02T09:05:00+00:00")
    '2 Mar 2026'
    """
    return DASH if iso is None else " ".join(moment(iso).split()[:3])


def days(number: float | None) -> str:
    """A number of days; where it is no whole number, in hours too.

    >>> days(4.0), days(1.0), days(0.5)
    ('4 days', '1 day', '12 hours')
    """
    if number is None:
        return DASH
    hours = timedelta(days=number) / timedelta(hours=1)
    return plural(int(number), "day") if number == int(number) else f"{hours:g} hours"


def headline(row: Row) -> str:
    """What stands behind the one big number: the companions without which no rate travels."""
    between = wording.interval(row["rate_low"], row["rate_high"])
    words = [f"{between}, n = {count(row['settled'])} settled"]
    if row["confirmed_rate"] is not None:
        words.append(f"{percent(row['confirmed_rate'])} of those reported on")
    if row["coverage"] is not None:
        words.append(f"coverage {percent(row['coverage'])}")
    return "; ".join(words)


def per_thousand(number: float | None) -> str:
    """Cases per thousand, with as many digits as say something.

    >>> per_thousand(12.34), per_thousand(0.031), per_thousand(None)
    ('12.3', '0.031', '—')
    """
    return DASH if number is None else f"{number:,.1f}" if number >= 0.1 else f"{number:.2g}"


def whole(share: float) -> str:
    r"""A share as a percentage without needless digits, for the ends of an axis.

    >>> whole(0.8)
    '80\xa0%'
    """
    return f"{100 * share:g}{NBSP}%"


def breakable(code: str) -> Markup:
    """A long code that may break after its underscores; the rest of it is escaped.

    >>> breakable("EC_<b>")
    Markup('EC_<wbr>&lt;b&gt;')
    """
    return escape(code).replace("_", Markup("_<wbr>"))


def surprise(row: Row) -> str:
    """What the data say of a country against the list."""
    heard = f"{percent(row['coverage'])} of {plural(row['n'], 'message')}"
    if row["declared"] == "silent":
        return f"left out by the list, yet {heard} have a report"
    return f"only {heard} have a report: no-report country or dead route?"


def sent_when(summary: Summary) -> str:
    """The time over which the messages were sent."""
    first, last = day(summary.first_sent), day(summary.last_sent)
    return f"on{NBSP}{first}" if first == last else f"{first} \N{EN DASH} {last}"
