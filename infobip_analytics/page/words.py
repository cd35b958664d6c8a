"""The sentences of a report that depend on its values."""

from datetime import datetime, timedelta

from markupsafe import Markup, escape

from infobip_analytics import wording
from infobip_analytics.page.summary import Row, Summary
from infobip_analytics.tables.text import shorten
from infobip_analytics.wording import DASH, NBSP, count, percent, plural

#: Why messages are in no rate, for readers who do not know the words
REASONS = {
    "set aside": "rows of the source that could not be read",
    "before since": "sent before the time that was asked for",
    "before these days": "sent before the days that this report is about",
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
    if number == int(number):
        return plural(int(number), "day")
    return f"{hours:g} hours" if hours < 48 else f"{number:.1f} days"


def headline(row: Row) -> str:
    """What stands behind the one big number: the companions without which no rate travels."""
    between = wording.interval(row["rate_low"], row["rate_high"])
    words = [f"{between}, n = {count(row['settled'])} settled"]
    if row["confirmed_rate"] is not None:
        words.append(f"{percent(row['confirmed_rate'])} of those reported on")
    if row["coverage"] is not None:
        words.append(f"coverage {percent(row['coverage'])}")
    return "; ".join(words)


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


#: The most of a name that a table shows; longer ones would make rows as high as a page
MOST_OF_A_NAME = 120


def brief(name: str) -> str:
    """A name of the data, cut where it is longer than anybody reads.

    >>> brief("Spring sale"), len(brief("x" * 500))
    ('Spring sale', 120)
    """
    return shorten(name[: 2 * MOST_OF_A_NAME], MOST_OF_A_NAME)


def remaining_notes(summary: Summary) -> list[str]:
    """The notes of the rates, but for those that a section of the report says by itself."""
    said = ("left out: ", *(f"{row['country']}: " for row in summary.surprises))
    return [note for note in summary.notes if not note.startswith(said)]


def map_shows(summary: Summary) -> str:
    """What the map shows, for its caption."""
    if summary.headline["settled"]:
        return "Delivered / settled messages by country of destination."
    return "Countries of destination. None has a delivery rate yet."


def about(number: float) -> str:
    """An expected number of messages, at the beginning of a sentence.

    >>> about(12.4), about(0.2)
    ('About 12', 'Hardly any')
    """
    return f"About {count(round(number))}" if number >= 0.5 else "Hardly any"


def surprise(row: Row) -> str:
    """What the data say of a country against the list."""
    heard = f"{percent(row['coverage'])} of {plural(row['n'], 'message')}"
    if row["declared"] == "silent":
        return f"left out by the list, yet {heard} have a report"
    return f"only {heard} have a report: no-report country or dead route?"


def period(summary: Summary) -> str | None:
    """The time that the report is about; None where that is all there is."""
    if summary.chosen:
        first = f"from {moment(summary.since)}" if summary.since else ""
        last = f"until {moment(summary.until)}" if summary.until else ""
        return f"messages sent {first} {last}".strip()
    length = length_of(summary)
    return length and f"the last {length} that are settled, up to {moment(summary.end)}"


def length_of(summary: Summary) -> str | None:
    """How long the time is that the report is about, in days; None where it has no beginning."""
    if summary.since is None or summary.end is None:
        return None
    number = datetime.fromisoformat(summary.end) - datetime.fromisoformat(summary.since)
    return days(number / timedelta(days=1))


def sent_when(summary: Summary) -> str:
    """The time over which the messages were sent."""
    first, last = day(summary.first_sent), day(summary.last_sent)
    return f"on{NBSP}{first}" if first == last else f"{first} \N{EN DASH} {last}"
