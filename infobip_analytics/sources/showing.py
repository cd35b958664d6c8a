"""Names and values in messages: nothing in them may steer a terminal, or look like another line."""

import unicodedata


def harmless(words: str) -> str:
    r"""Words as they are, but with control characters and their like written as escapes.

    >>> harmless("Zoë's \x1b[31mfile\n.csv")
    "Zoë's \\x1b[31mfile\\n.csv"
    """
    return words if words.isprintable() else "".join(map(_escaped, words))


def _escaped(each: str) -> str:
    """One character; also half of one, or one that turns the writing around."""
    steers = unicodedata.category(each) in ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp")
    return each.encode("unicode_escape").decode() if steers else each
