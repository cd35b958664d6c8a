"""Regular expressions over digits as automata: what may follow after some digits?

The expressions of numbering plans use little: digits, sets of digits, groups, alternatives and
counted repeats. Read as below, a pattern is a set of *terms*, a term is a tuple of items, and an
item is a string of digits, one of which must come, or again a set of terms. Taking a digit from a
term leaves terms, so a set of terms is the state of an automaton, with nothing left to construct.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

Term = tuple[Any, ...]
Terms = frozenset[Term]

DIGITS = "0123456789"
NOTHING: Term = ()
ANYTHING: Term = (None,)

_TOKEN = re.compile(r"\\d|\[[^]]+\]|\((?:\?:)?(?!\?)|\)|\||\?|\{\d+(?:,\d+)?\}|\d|(?P<unknown>.)")


@cache
def terms(pattern: str) -> Terms:
    """Read *pattern*; raise ValueError where it uses more than numbering plans need."""
    tokens = _tokens(pattern)
    found, closed = _alternatives(tokens)
    if closed:
        raise ValueError(f"a bracket too many in {pattern!r}")
    return found


def _tokens(pattern: str) -> Iterator[str]:
    for match in _TOKEN.finditer(pattern):
        if match["unknown"]:
            raise ValueError(f"{match[0]!r} at {match.start()} of {pattern!r} is not understood")
        yield match[0]


def _alternatives(tokens: Iterator[str]) -> tuple[Terms, bool]:
    """The terms up to the closing bracket or the end, and whether it was a bracket."""
    done: list[Term] = []
    items: list[Any] = []
    for token in tokens:
        if token == ")":
            return frozenset([*done, tuple(items)]), True
        if token == "|":
            done, items = [*done, tuple(items)], []
        elif token[0] in "?{":
            items += _repeated(items.pop(), token)
        else:
            items.append(_alternatives(tokens)[0] if token[0] == "(" else _set(token))
    return frozenset([*done, tuple(items)]), False


def _set(token: str) -> str:
    spelled = token.strip("[]").replace("\\d", "0-9")
    return "".join(digit for digit in DIGITS if re.fullmatch(f"[{spelled}]", digit))


def _repeated(item: Any, token: str) -> list[Any]:
    least, _, most = ("0", "", "1") if token == "?" else token.strip("{}").partition(",")
    optional = frozenset([(item,), NOTHING])
    return [item] * int(least) + [optional] * (int(most or least) - int(least))


@cache
def ends(term: Term) -> bool:
    """May *term* end here?"""
    return all(
        item is None or (not isinstance(item, str) and any(map(ends, item))) for item in term
    )


@cache
def take(term: Term, digit: str) -> Terms:
    """What is left of *term* after *digit*; nothing at all where the digit does not fit."""
    if not term:
        return frozenset()
    head, rest = term[0], term[1:]
    if head is None:
        return frozenset([ANYTHING])
    if isinstance(head, str):
        return frozenset([rest] if digit in head else [])
    return frozenset(left for choice in head for left in take(choice + rest, digit))
