"""How differences of rates are written for people: in points of a percentage, with their sign."""

from decimal import ROUND_HALF_UP, Decimal

from infobip_analytics.wording import DASH


def points(share: float | None) -> str:
    """A difference of two rates, in points of a percentage.

    >>> points(0.0123), points(-0.0705), points(0.0), points(None)
    ('+1.2', '\N{MINUS SIGN}7.1', '±0.0', '—')
    """
    if share is None:
        return DASH
    # so that -7.05, which no float is, is rounded as on paper
    exact = Decimal(str(round(100 * abs(share), 9)))
    size = exact.quantize(Decimal("0.1"), ROUND_HALF_UP)
    sign = "±" if not size else "+" if share > 0 else "\N{MINUS SIGN}"
    return f"{sign}{size}"
