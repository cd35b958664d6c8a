"""An explanation as lines of a terminal."""

import os
import sys
from typing import TYPE_CHECKING

from infobip_analytics.codes.groups import meant_by, members
from infobip_analytics.codes.meanings import Meaning
from infobip_analytics.codes.wording import (
    facts,
    happened,
    heading,
    in_short,
    listed,
    origin,
    title,
)

if TYPE_CHECKING:
    from infobip_analytics.codes.explanation import Explanation

BOLD, PLAIN = "\x1b[1m", "\x1b[0m"
LABEL = 13  # the width of "  permanent  "
NARROWEST, WIDEST = 40, 100


def as_text(answer: "Explanation", *, width: int, colour: bool = False) -> str:
    """The whole answer, wrapped at *width* columns; headings and verdicts bold if *colour*.

    Several meanings are listed before they are explained, one line each.
    """
    bold = (BOLD, PLAIN) if colour else ("", "")
    several = answer.meanings if len(answer.meanings) > 1 else ()
    lines = [*headed(title(answer), width, bold), *wrapped(answer.remark, width, first="  ")]
    for group in answer.groups:
        lines += wrapped(meant_by(group), width, first="  ")
        lines += wrapped(members(group), width, first="  ")
    if answer.is_unknown and not answer.near:
        lines += wrapped(answer.nearness, width, first="  ")
    others = [*several, *answer.near]
    near = ["  Nearest names:"] if answer.near else []
    summary = "\n".join([*lines, *near, *(line for one in others for line in item(one, width))])
    return "\n\n".join([summary, *(paragraph(one, width, bold) for one in answer.meanings)])


def item(meaning: Meaning, width: int) -> list[str]:
    """One meaning among several: what it is called, and in short what it says."""
    return wrapped(listed(meaning), width, first="  - ")


def paragraph(meaning: Meaning, width: int, bold: tuple[str, str]) -> str:
    """One meaning: a heading, the verdict, what happened, and the facts under one another."""
    verdict = wrapped(in_short(meaning), width, first="  ")
    lines = [
        *headed(heading(meaning), width, bold, f"({origin(meaning)})"),
        *(line.join(bold) for line in verdict),
        *wrapped(happened(meaning), width, first="  "),
    ]
    for word, text in facts(meaning):
        lines += wrapped(text, width, first=f"  {word}".ljust(LABEL))
    return "\n".join(lines)


def headed(text: str, width: int, bold: tuple[str, str], more: str = "") -> list[str]:
    """A heading in bold with *more* behind it, on further lines where one is too short."""
    if len(text) + len(more) < width:
        return [f"{text.join(bold)} {more}".rstrip()]
    lines = wrapped(text, width, first="")
    return [*(line.join(bold) for line in lines), *wrapped(more, width, first="  ")]


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
    """Whether a person looks at a terminal that has bold, and has not said no (no-color.org)."""
    is_dumb = os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not is_dumb and not os.environ.get("NO_COLOR")
