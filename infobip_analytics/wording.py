"""How numbers are written for people: thousands apart, one decimal, a dash for what is unknown."""

from datetime import UTC, datetime

#: English whatever the language of the machine
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: Keeps a number and its sign on one line
NBSP = "\N{NO-BREAK SPACE}"
DASH = "\N{EM DASH}"
#: What a spreadsheet would run, were it the start of a cell
FORMULA = "=+-@\t\r"


def count(number: int | None) -> str:
    """A number of messages.

    >>> count(12040), count(None)
    ('12,040', '—')
    """
    return DASH if number is None else f"{number:,}"


def percent(share: float | None) -> str:
    r"""A share as a percentage; what is short of all or more than nothing is not rounded to it.

    >>> percent(0.961), percent(1.0), percent(0.99999), percent(0.00001), percent(None)
    ('96.1\xa0%', '100.0\xa0%', '>99.9\xa0%', '<0.1\xa0%', '—')
    """
    return DASH if share is None else f"{_tenths(share)}{NBSP}%"


def per_thousand(number: float | None) -> str:
    """Messages per thousand, with as many digits as say something.

    >>> per_thousand(12.34), per_thousand(0.031), per_thousand(0.0), per_thousand(None)
    ('12.3', '0.031', '0.0', '—')
    """
    if number is None:
        return DASH
    return f"{number:,.1f}" if number >= 0.1 or not number else f"{number:.2g}"


def interval(low: float | None, high: float | None) -> str:
    r"""A range of percentages.

    >>> interval(0.9582, 0.9643)
    '95.8–96.4\xa0%'
    """
    if low is None or high is None:
        return DASH
    return f"{_plain_tenths(low)}\N{EN DASH}{_plain_tenths(high)}{NBSP}%"


def plural(number: int, noun: str) -> str:
    """A counted noun.

    >>> plural(1, "message"), plural(3000, "message"), plural(2, "country"), plural(4, "day")
    ('1 message', '3,000 messages', '2 countries', '4 days')
    """
    changes = noun.endswith("y") and noun[-2] not in "aeou"
    many = f"{noun[:-1]}ies" if changes else f"{noun}s"
    return f"{count(number)} {noun if number == 1 else many}"


def moment(when: datetime) -> str:
    """A moment in UTC.

    >>> moment(datetime(2026, 3, 2, 9, 5, tzinfo=UTC))
    '2 Mar 2026 09:05 UTC'
    """
    at = when.astimezone(UTC)
    return f"{at.day} {MONTHS[at.month - 1]} {at.year} {at:%H:%M} UTC"


def _tenths(share: float) -> str:
    if 0.9995 <= share < 1:
        return ">99.9"
    if 0 < share < 0.0005:
        return "<0.1"
    return _plain_tenths(share)


def _plain_tenths(share: float) -> str:
    return f"{100 * share:.1f}"
