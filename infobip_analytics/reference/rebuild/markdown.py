"""Pieces of Markdown: tables, links to headings, texts in which nothing is a mark."""

import re
from collections.abc import Iterable

Row = dict[str, str]

#: What Markdown would read as its own, wherever it stands; an underscore only at the edge of a word
MARKS = re.compile(r"[\\|<*`\[\]~&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def listed(headings: Iterable[tuple[int, str]]) -> str:
    """A list of contents."""
    return "\n".join(f"{'  ' * (level - 2)}* {to_heading(title)}" for level, title in headings)


def to_heading(title: str) -> str:
    """A link to a heading of this page.

    Its anchor is the one that GitHub makes: in small letters, spaces as hyphens, no punctuation.
    """
    anchor = re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
    return f"[{escaped(title)}](#{anchor})"


def table(lines: Iterable[Row]) -> str:
    """A table of Markdown, its columns named by the first line."""
    every = list(lines)
    head = [[*every[0]], ["---"] * len(every[0])]
    return "\n".join(
        f"| {' | '.join(cells)} |" for cells in [*head, *(row.values() for row in every)]
    )


def escaped(text: str) -> str:
    """A text in which nothing is a mark of Markdown or of HTML."""
    return MARKS.sub(r"\\\g<0>", text)
