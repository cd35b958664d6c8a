"""An explanation as a fragment of HTML, readable in JupyterLab's light and dark themes."""

from infobip_analytics.codes.meanings import Meaning
from infobip_analytics.codes.wording import count, facts, heading, origin, printable

# JupyterLab's own colours where they are set; elsewhere the browser's, which know dark mode too
STYLE = """<style>
.infobip-explanation { color-scheme: light dark; padding: 0.5em 1em; max-width: 60em;
  background: var(--jp-layout-color1, Canvas); color: var(--jp-ui-font-color1, CanvasText); }
.infobip-explanation h4 { margin: 1em 0 0.2em; }
.infobip-explanation small { color: var(--jp-ui-font-color2, GrayText); font-weight: normal; }
.infobip-explanation dl { display: grid; grid-template-columns: max-content 1fr;
  gap: 0.1em 1em; margin: 0.2em 0; }
.infobip-explanation dt { white-space: nowrap; color: var(--jp-ui-font-color2, GrayText); }
.infobip-explanation dd { margin: 0; overflow-wrap: anywhere; }
</style>"""


def as_html(code: int | str, meanings: tuple[Meaning, ...], note: str | None) -> str:
    """The whole answer; every text is escaped, for a code may be a stranger's."""
    title = f"<strong>{safe(printable(code))}: {count(meanings)}</strong>"
    lead = f"<p>{safe(note)}</p>" if note else ""
    body = "".join(section(meaning) for meaning in meanings)
    return f'{STYLE}<div class="infobip-explanation">{title}{lead}{body}</div>'


def section(meaning: Meaning) -> str:
    """One meaning: a heading, what happened, and the facts as a list."""
    return (
        f"<h4>{safe(heading(meaning))} <small>{safe(origin(meaning))}</small></h4>"
        f"<p>{safe(meaning.description)}</p><dl>"
        + "".join(f"<dt>{safe(word)}</dt><dd>{safe(text)}</dd>" for word, text in facts(meaning))
        + "</dl>"
    )


def safe(text: str) -> str:
    """A text that HTML cannot take for markup."""
    from html import escape

    return escape(text)
