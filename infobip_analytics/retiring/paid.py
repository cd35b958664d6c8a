"""What was paid for messages to some numbers, each currency by itself."""

from collections.abc import Mapping
from math import floor, log10

import polars as pl

from infobip_analytics.retiring.evidence import MONEY
from infobip_analytics.wording import DASH, NBSP, plural


def paid_for(paid: pl.DataFrame, numbers: pl.DataFrame) -> dict[str, tuple[float, int]]:
    """What was paid for messages to some *numbers*, and for how many messages, by currency.

    *paid* is that of `Evidence`; of "" only prices are known, not their currency.
    """
    found = (
        paid.join(numbers.select("recipient"), on="recipient", how="semi")
        .filter(pl.col(MONEY).is_not_null())
        .group_by(MONEY)
        .agg(pl.sum("cost"), pl.sum("n_priced"))
        .sort("n_priced", MONEY, descending=[True, False])
    )
    return {currency: (cost, priced) for currency, cost, priced in found.iter_rows()}


def amount(value: float | None, currency: str | None = None) -> str:
    r"""A sum of money.

    >>> amount(1234.5, "EUR"), amount(0.004, "USD"), amount(7.0), amount(0.0), amount(None, "EUR")
    ('1,234.50\xa0EUR', '<0.01\xa0USD', '7.00', '0.00', '—')
    """
    if value is None:
        return DASH
    return _in("<0.01" if 0 < value < 0.005 else f"{value:,.2f}", currency)


def unit_price(value: float | None, currency: str | None = None) -> str:
    r"""What one message costs: two decimals, or three figures where that says more.

    >>> unit_price(1.5, "EUR"), unit_price(0.07332), unit_price(0.0000321), unit_price(None)
    ('1.50\xa0EUR', '0.0733', '0.0000321', '—')
    """
    if value is None:
        return DASH
    if value == 0 or abs(value) >= 1:
        return _in(f"{value:,.2f}", currency)
    return _in(f"{value:.{2 - floor(log10(abs(value)))}f}", currency)


def _in(written: str, currency: str | None) -> str:
    return f"{written}{NBSP}{currency}" if currency else written


def amounts(sums: Mapping[str, tuple[float, int]]) -> str:
    """Sums of several currencies, one beside the other and never added.

    >>> amounts({"EUR": (12.5, 300), "": (0.5, 1)}).replace(chr(160), " ")
    '12.50 EUR for 300 messages, 0.50 in an unnamed currency for 1 message'
    """
    return ", ".join(
        f"{amount(cost, currency or None)}{'' if currency else ' in an unnamed currency'} for "
        f"{plural(priced, 'message')}"
        for currency, (cost, priced) in sums.items()
    )
