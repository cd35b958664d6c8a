"""An explanation as a fragment of HTML, readable in JupyterLab's light and dark themes."""

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

# JupyterLab's own colours where they are set; elsewhere the browser's, which know dark mode too
STYLE = """<style>
.infobip-explanation { color-scheme: light dark; padding: 0.5em 1em; max-width: 60em;
  background: var(--jp-layout-color1, Canvas); color: var(--jp-ui-font-color1, CanvasText); }
.infobip-explanation h4 { margin: 1.2em 0 0.2em; font-size: 1.1em; }
.infobip-explanation p { margin: 0.3em 0; }
.infobip-explanation p.verdict { font-weight: 600; padding: 0.3em 0.6em;
  border-left: 3px solid var(--jp-brand-color1, Highlight);
  background: var(--jp-layout-color2, transparent); }
.infobip-explanation small { color: var(--jp-ui-font-color2, GrayText); font-weight: normal; }
.infobip-explanation ul, .infobip-explanation ol { margin: 0.3em 0; padding-left: 1.5em; }
.infobip-explanation dl { display: grid; grid-template-columns: max-content 1fr;
  gap: 0.1em 1em; margin: 0.4em 0; }
.infobip-explanation dt { white-space: nowrap; color: var(--jp-ui-font-color2, GrayText); }
.infobip-explanation dd { margin: 0; overflow-wrap: anywhere; }
</style>"""


def as_html(answer: "Explanation") -> str:
    """The whole answer; every text is escaped, for a code may be a stranger's."""
    several = answer.meanings if len(answer.meanings) > 1 else ()
    parts = [
        f"<strong>{safe(title(answer))}</strong>",
        *(f"<p>{safe(answer.remark)}</p>" for _ in filter(None, [answer.remark])),
        *(f"<p>{safe(f'{meant_by(group)} {members(group)}')}</p>" for group in answer.groups),
        "<p>Nearest names:</p>" if answer.near else "",
        f"<p>{answer.nearness}</p>" if answer.is_unknown and not answer.near else "",
        items((*several, *answer.near)),
        *(section(meaning) for meaning in answer.meanings),
    ]
    return f'{STYLE}<div class="infobip-explanation">{"".join(parts)}</div>'


def items(meanings: tuple[Meaning, ...]) -> str:
    """Meanings as a list: what each is called, and in short what it says."""
    lines = "".join(f"<li>{safe(listed(one))}</li>" for one in meanings)
    return f"<ul>{lines}</ul>" if meanings else ""


def section(meaning: Meaning) -> str:
    """One meaning: a heading, the verdict, what happened, and the facts as a list."""
    return (
        f"<h4>{safe(heading(meaning))} <small>{safe(origin(meaning))}</small></h4>"
        f'<p class="verdict">{safe(in_short(meaning))}</p>'
        f"<p>{safe(happened(meaning))}</p><dl>"
        + "".join(f"<dt>{safe(word)}</dt><dd>{safe(text)}</dd>" for word, text in facts(meaning))
        + "</dl>"
    )


def safe(text: str) -> str:
    """A text that HTML cannot take for markup."""
    from html import escape

    return escape(text)
