"""What was asked for, checked once."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from infobip_analytics.countries import no_report_codes
from infobip_analytics.errors import ArgumentError
from infobip_analytics.grouping import By, keys


@dataclass(frozen=True, slots=True)
class Asked:
    """How two sides are compared, and what counts as a finding.

    Attributes:
        names: What messages are grouped by.
        silent: The countries that the list says do not report.
        effect: Smaller differences are no finding; a share.
        messages: With fewer settled messages on a side nothing is tested.
        confidence: Of the intervals.
        timezone: In which pieces of time begin.
        show_numbers: Whether people are shown unmasked.
    """

    names: list[str]
    silent: frozenset[str]
    effect: float
    messages: int
    confidence: float
    timezone: str
    show_numbers: bool

    @property
    def quantile(self) -> float:
        """How many standard errors the intervals reach to each side."""
        return NormalDist().inv_cdf((1 + self.confidence) / 2)


def checked(
    by: By,
    taken: Iterable[str],
    no_report_countries: Iterable[str] | None,
    *,
    effect: Any,
    messages: Any,
    confidence: float,
    timezone: str,
    show_numbers: bool,
) -> Asked:
    """What was asked for; ArgumentError where it means nothing, or a name of *by* is *taken*."""
    if isinstance(effect, bool) or not isinstance(effect, int | float) or not 0 <= effect < 1:
        raise ArgumentError(f"minimum_effect={effect!r} is a share from 0 to 1: 0.01 is one point")
    if isinstance(messages, bool) or not isinstance(messages, int) or messages < 1:
        raise ArgumentError(f"minimum_messages={messages!r}: give a whole number from 1")
    return Asked(
        names=_some(keys(by), set(taken)),
        silent=no_report_codes(no_report_countries),
        effect=effect,
        messages=messages,
        confidence=confidence,
        timezone=timezone,
        show_numbers=show_numbers,
    )


def _some(names: list[str], taken: set[str]) -> list[str]:
    if not names:
        raise ArgumentError(
            "by=None makes one group, in which no mix can change; name a column: by='country'"
        )
    for name in names:
        if name in taken:
            raise ArgumentError(
                f"by={name!r}: the answer has a column of that name itself; give the messages "
                "a copy of theirs under another name, and group by that"
            )
    return names
