"""How long something took, as people write it."""

from infobip_analytics.wording import DASH, NBSP

MINUTE, HOUR, DAY = 60, 3600, 86_400


def duration(seconds: float | None) -> str:
    r"""Seconds as a person reads them: two figures or three, in the unit that fits.

    >>> [duration(seconds).replace("\xa0", " ") for seconds in (0.04, 3.21, 41.7, 80, 14_700)]
    ['<0.1 s', '3.2 s', '42 s', '1 min 20 s', '4.1 h']
    >>> duration(259_200), duration(-2.5), duration(None)
    ('3.0\xa0days', '−2.5\xa0s', '—')
    """
    if seconds is None:
        return DASH
    if seconds >= 0:
        return _written(seconds)
    return (
        f">\N{MINUS SIGN}0.1{NBSP}s" if seconds > -0.05 else f"\N{MINUS SIGN}{_written(-seconds)}"
    )


def _written(seconds: float) -> str:
    # a unit ends where the next one is what rounding would give
    if seconds < 9.95:
        return f"<0.1{NBSP}s" if 0 < seconds < 0.05 else f"{seconds:.1f}{NBSP}s"
    if seconds < MINUTE - 0.5:
        return f"{seconds:.0f}{NBSP}s"
    if seconds < HOUR - 0.5:
        minutes, rest = divmod(round(seconds), MINUTE)
        return f"{minutes}{NBSP}min" + (f" {rest}{NBSP}s" if rest else "")
    if seconds < 2 * DAY:
        return f"{seconds / HOUR:.1f}{NBSP}h"
    return f"{seconds / DAY:.1f}{NBSP}days"
