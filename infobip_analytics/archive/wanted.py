"""The numbers that are to be forgotten, as an archive has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import polars as pl

from infobip_analytics.archive.mentions import Mentions
from infobip_analytics.archive.place import Archive, is_pseudonymous
from infobip_analytics.archive.pseudonyms import pseudonyms
from infobip_analytics.countries.numbers import LEAST_DIGITS
from infobip_analytics.countries.recipients import normalised
from infobip_analytics.errors import ArgumentError


@dataclass(frozen=True, slots=True)
class Wanted:
    """Them.

    Attributes:
        people: What recipients and senders are called by them: bare digits, or pseudonyms.
        mentions: Where they stand in texts; where there are pseudonyms, the numbers themselves as
            well, for a text that was kept may name them.
    """

    people: frozenset[str]
    mentions: Mentions

    @classmethod
    def of(cls, archive: Archive, numbers: Sequence[str]) -> Self:
        """These numbers; ArgumentError where they are none, or the key of pseudonyms is missing."""
        plain = _plain(numbers)
        kept = _as_kept(archive, plain)
        return cls(frozenset(kept), Mentions([*dict.fromkeys([*kept, *plain])]))

    def may_be_in(self, text: bytes) -> bool:
        """Whether one may stand in what cannot be read, or break off at its end."""
        return self.mentions.may_be_in(text) or self.mentions.begins_at_end(text)


def _plain(numbers: Sequence[str]) -> list[str]:
    if not numbers:
        raise ArgumentError(
            "there is no number to forget: give it with its calling code, or with - one a line on "
            "standard input"
        )
    return [_digits(place, number, len(numbers)) for place, number in enumerate(numbers, 1)]


def _as_kept(archive: Archive, plain: list[str]) -> list[str]:
    if not is_pseudonymous(archive):
        return plain
    if archive.keeps.key is None:
        raise ArgumentError(
            f"{archive.path} keeps pseudonyms: without their key nobody can tell which one is of "
            "this number"
        )
    return pseudonyms(pl.Series(plain), archive.keeps.key).to_list()


def _digits(place: int, number: str, many: int) -> str:
    """A number as bare digits; the message does not repeat it."""
    plain = str(normalised(pl.Series([number], dtype=pl.String))[0] or "")
    if not plain.isdecimal() or len(plain) < LEAST_DIGITS:
        which = "this" if many == 1 else f"the {place}. of {many} is"
        raise ArgumentError(
            f"{which}{' is' if many == 1 else ''} no phone number: give it with its calling code, "
            'and with quotes where it has spaces, as "+44 7700 900123"'
        )
    return plain
