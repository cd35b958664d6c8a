"""An explained event or report as HTML, readable in JupyterLab's light and dark themes."""

from itertools import groupby

from infobip_analytics.codes.notebook import STYLE, safe, section
from infobip_analytics.codes.row_explanation import RowExplanation
from infobip_analytics.codes.row_wording import fields_of, teller, title


def as_html(answer: RowExplanation) -> str:
    """The whole answer; every text is escaped, for an event's are strangers'."""
    fields = "".join(
        f"<dt>{safe(field)}</dt><dd>{safe(text)}</dd>" for field, text in fields_of(answer.fields)
    )
    found = "".join(f"<li>{safe(sentence)}</li>" for sentence in answer.disagreements)
    body = "".join(
        f"<p><em>{safe(teller(answer.subject, told_by))}</em></p>"
        + "".join(section(one.meaning) for one in told)
        for told_by, told in groupby(answer.told, key=lambda one: one.told_by)
    )
    return (
        f'{STYLE}<div class="infobip-explanation"><strong>{safe(title(answer))}</strong>'
        + (f'<p class="verdict">{safe(answer.verdict)}</p>' if answer.verdict else "")
        + (f"<dl>{fields}</dl>" if fields else "")
        + (f"<ol>{found}</ol>" if found else "")
        + (f"<p>{safe(answer.note)}</p>" if answer.note else "")
        + f"{body}</div>"
    )
