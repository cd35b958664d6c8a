"""An explained event or report as lines of a terminal."""

from itertools import groupby

from infobip_analytics.codes.row_explanation import RowExplanation
from infobip_analytics.codes.row_wording import fields_of, teller, title
from infobip_analytics.codes.terminal import BOLD, PLAIN, headed, paragraph, wrapped

LABEL = 15  # the width of "  status_code  "


def as_text(answer: RowExplanation, *, width: int, colour: bool = False) -> str:
    """The whole answer, wrapped at *width* columns; headings bold if *colour*."""
    bold = (BOLD, PLAIN) if colour else ("", "")
    return "\n\n".join([summary(answer, width, bold), *sections(answer, width, bold)])


def summary(answer: RowExplanation, width: int, bold: tuple[str, str]) -> str:
    """What was asked, the verdict, where fields disagree, and what else to know."""
    lines = headed(title(answer), width, bold)
    lines += [line.join(bold) for line in wrapped(answer.verdict, width, first="  ")]
    for field, text in fields_of(answer.fields, longest=width - LABEL):
        lines += wrapped(text, width, first=f"  {field}".ljust(LABEL))
    for number, sentence in enumerate(answer.disagreements, start=1):
        lines += wrapped(sentence, width, first=f"  {number}. ")
    return "\n".join([*lines, *wrapped(answer.note, width, first="  ")])


def sections(answer: RowExplanation, width: int, bold: tuple[str, str]) -> list[str]:
    """The meanings, under a line that says which fields tell them."""
    return [
        "\n\n".join(
            [
                *headed(teller(answer.subject, fields), width, ("", "")),
                *(paragraph(one.meaning, width, bold) for one in told),
            ]
        )
        for fields, told in groupby(answer.told, key=lambda one: one.told_by)
    ]
