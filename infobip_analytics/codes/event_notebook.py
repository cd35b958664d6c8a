"""An explained event as a fragment of HTML, readable in JupyterLab's light and dark themes."""

from itertools import groupby

from infobip_analytics.codes.event_explanation import EventExplanation
from infobip_analytics.codes.event_wording import fields_of, teller, title
from infobip_analytics.codes.notebook import STYLE, safe, section


def as_html(answer: EventExplanation) -> str:
    """The whole answer; every text is escaped, for an event's are strangers'."""
    event = "".join(
        f"<dt>{safe(field)}</dt><dd>{safe(text)}</dd>" for field, text in fields_of(answer.event)
    )
    found = "".join(f"<li>{safe(sentence)}</li>" for sentence in answer.disagreements)
    body = "".join(
        f"<p><em>{safe(teller(fields))}</em></p>{''.join(section(one.meaning) for one in told)}"
        for fields, told in groupby(answer.told, key=lambda one: one.told_by)
    )
    return (
        f'{STYLE}<div class="infobip-explanation"><strong>{safe(title(answer))}</strong>'
        + (f"<dl>{event}</dl>" if event else "")
        + (f"<ol>{found}</ol>" if found else "")
        + (f"<p>{safe(answer.note)}</p>" if answer.note else "")
        + f"{body}</div>"
    )
