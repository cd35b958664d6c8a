"""How much a comment reads like the description of an error: the words that both have, weighed.

A text is the set of its telling words, each in one form; rare words weigh more, as the logarithm
of how few descriptions have them; the likeness of two texts is the cosine between them, from 0 to
1 (G. Salton and C. Buckley, Term-weighting approaches in automatic text retrieval, 1988).
"""

import re
from functools import cache
from math import log, sqrt
from typing import NamedTuple

from infobip_analytics.codes.meanings import with_name
from infobip_analytics.codes.spelling import fold
from infobip_analytics.reference import rows

#: The least likeness, and the least number of telling words in common, that mean anything
CLOSE, SHARED = 0.45, 2
#: Others that are nearly as like as the likest are named with it
NEARLY = 0.9
#: What a comment's word weighs that no description has: as if every tenth description had it
STRANGE = log(10)

ENDINGS = ("ing", "ed", "es", "s", "e")


class Reading(NamedTuple):
    """An error by its name, how much a comment reads like it (0 to 1), words in common."""

    name: str
    likeness: float
    shared: int


def readings(comment: str, channels: frozenset[str] | None = None) -> list[Reading]:
    """The errors whose names or descriptions a comment is like, the likest first.

    Only errors of *channels* (None: of all) with a word in common. A comment that is the name of
    an error, in any spelling, is wholly like it.
    """
    asked = telling_words(comment)
    found: dict[str, Reading] = {}
    for name, channel, words in phrasings():
        if (channels is None or channel in channels) and asked & words:
            _, best, most = found.get(name, Reading(name, 0.0, 0))
            found[name] = Reading(
                name, max(best, likeness(asked, words)), max(most, len(asked & words))
            )
    found |= {name: Reading(name, 1.0, SHARED) for name in spelt(comment)}
    return sorted(found.values(), key=lambda one: (-one.likeness, one.name))


def likest(found: list[Reading]) -> list[Reading]:
    """The close ones among the likest readings; none where nothing is close."""
    close = [one for one in found if one.likeness >= CLOSE and one.shared >= SHARED]
    return [one for one in close if one.likeness >= NEARLY * close[0].likeness]


def spelt(comment: str) -> list[str]:
    """The names of errors that the whole of a comment spells: "Call barred" is EC_CALL_BARRED."""
    folded = fold(comment)
    meanings = with_name(folded) or with_name(f"ec{folded}")
    return [one.name for one in meanings if one.kind == "error" and one.name]


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """The cosine between two sets of words, each word weighed."""
    lengths = sqrt(squares(one) * squares(other))
    return squares(one & other) / lengths if lengths else 0.0


def squares(words: frozenset[str]) -> float:
    """The sum of the squared weights of some words, in an order that does not change."""
    return sum(weights().get(word, STRANGE) ** 2 for word in sorted(words))


def telling_words(text: str) -> frozenset[str]:
    """The words of a text that tell errors apart, in one form each.

    >>> sorted(telling_words("The handsets are switched off!"))
    ['handset', 'off']
    """
    words = re.findall(r"[a-z]+", text.casefold())
    return frozenset(form for word in words if (form := one_form(word)))


def one_form(word: str) -> str:
    """The form in which a word is compared: what it reads as, without its ending; idle: empty."""
    return shortened(reads_as().get(word, word))


def shortened(word: str) -> str:
    """A word without a common ending, unless little would be left of it."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    return word


@cache
def reads_as() -> dict[str, str]:
    """What words of comments read as; empty for words that tell no errors apart."""
    return {row["word"]: row["reads_as"] for row in rows("comment_words")}


@cache
def phrasings() -> list[tuple[str, str, frozenset[str]]]:
    """Every error twice, as name, channel and words: of the name, and of name and description."""
    return [
        (row["name"], row["channel"], telling_words(text))
        for row in rows("errors")
        for name in (row["name"].replace("_", " "),)
        for text in (name, f"{name} {row['description']}")
    ]


@cache
def weights() -> dict[str, float]:
    """What each word weighs: the rarer it is in descriptions, the more."""
    texts = [words for _, _, words in phrasings()[1::2]]
    counts: dict[str, int] = {}
    for words in texts:
        for word in words:
            counts[word] = counts.get(word, 0) + 1
    return {word: log((len(texts) + 1) / number) for word, number in counts.items()}
