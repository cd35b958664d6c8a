"""An explanation as lines of a terminal."""

import os
import sys

from infobip_analytics.codes.meanings import Meaning
from infobip_analytics.codes.wording import count, facts, heading, origin, printable

BOLD, PLAIN = "\x1b[1m", "\x1b[0m"
LABEL = 13  # the width of "  permanent  "
NARROWEST, WIDEST = 40, 100


def as_text(
    code: int | str,
    meanings: tuple[Meaning, ...],
    note: str | None,
    *,
    width: int,
    colour: bool = False,
) -> str:
    """The whole answer, wrapped at *width* columns; headings bold if *colour*."""
    bold = (BOLD, PLAIN) if colour else ("", "")
    title = f"{printable(code)}: {count(meanings)}"
    summary = "\n".join([title.join(bold), *wrapped(note or "", width, first="  ")])
    return "\n\n".join([summary, *(paragraph(meaning, width, bold) for meaning in meanings)])


def paragraph(meaning: Meaning, width: int, bold: tuple[str, str]) -> str:
    """One meaning: a heading, what happened, and the facts under one another."""
    lines = [
        f"{heading(meaning).join(bold)} ({origin(meaning)})",
        *wrapped(meaning.description, width, first="  "),
    ]
    for word, text in facts(meaning):
        lines += wrapped(text, width, first=f"  {word}".ljust(LABEL))
    return "\n".join(lines)


def wrapped(text: str, width: int, *, first: str) -> list[str]:
    """A text as lines, the first one behind *first* and the others indented as far."""
    from textwrap import wrap

    return wrap(text, width, initial_indent=first, subsequent_indent=" " * len(first))


def terminal_width() -> int:
    """The columns of the terminal, or what COLUMNS says; 80 where there is none."""
    try:
        columns = int(os.environ.get("COLUMNS") or os.get_terminal_size().columns)
    except (OSError, ValueError):
        columns = 80
    return max(NARROWEST, min(columns, WIDEST))


def colour_is_wanted() -> bool:
    """Whether a person looks at a terminal, and has not asked for no colour (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
