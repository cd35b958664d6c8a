"""A run notebook in, the text of one HTML page out, which asks nobody for anything."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from infobip_analytics import __version__
from infobip_analytics.essays.figures import drawable
from infobip_analytics.page.packing import plain_script, plotly_script, policy, script_json
from infobip_analytics.page.render import asset
from infobip_analytics.plots import theme

#: What nbconvert writes where a picture says nothing of itself
UNDESCRIBED = "No description has been provided for this image"

# What prose may say of a picture in a heading: an element, or Markdown's own
_ELEMENT = re.compile(r"<[^<>]*>")
_PICTURE = re.compile(r"!\[([^\]]*)\](?:\([^()]*\)|\[[^\]]*\])")


@dataclass(frozen=True, slots=True)
class Page:
    """A page.

    Attributes:
        text: The HTML.
        pictures: How many pictures it leaves out, as they do not lie in the notebook.
    """

    text: str
    pictures: int


def render(notebook: Any, name: str, values: Mapping[str, Any], *, show_code: bool) -> Page:
    """Turn a run notebook into a page in the look of the report; *notebook* is changed by it.

    Args:
        notebook: What nbformat reads, with its outputs.
        name: Its file, for the foot of the page.
        values: What it was asked for, for the foot as well.
        show_code: Whether code is shown too.
    """
    figures = drawable(notebook)
    loaded = {
        "loader": plain_script(_own("essay.js") + asset("page.js")),
        "plotly": plotly_script(),
    }
    scripts = loaded if figures else {}
    body, pictures = _without_pictures(_body(notebook, show_code))
    text = (
        _environment()
        .get_template("essay.html.j2")
        .render(
            title=title_of(notebook, name),
            policy=policy(list(scripts.values())),
            style=Markup(asset("page.css") + _own("essay.css")),
            body=Markup(body),
            scripts=scripts,
            dark=script_json(theme.DARK),
            name=name,
            values={asked: repr(value) for asked, value in values.items()},
            version=__version__,
        )
    )
    return Page(text, pictures)


def title_of(notebook: Any, name: str) -> str:
    """The first heading of a notebook, or else the name of its file."""
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    lines = (line for source in prose for line in source.splitlines())
    titles = (_words(line.lstrip("# ")) for line in lines if line.startswith("# "))
    return next(filter(None, titles), name)


def _words(heading: str) -> str:
    """A heading without its pictures, of which only what they say of themselves stays."""
    return _ELEMENT.sub("", _PICTURE.sub(r"\1", heading)).strip()


def _body(notebook: Any, show_code: bool) -> str:
    """The cells as HTML: prose, what was shown, and code where it is wanted."""
    from nbconvert import HTMLExporter

    exporter: Any = HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="basic",
        exclude_input=not show_code,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        embed_images=False,
    )
    body: str = exporter.from_notebook_node(notebook)[0]
    return body


def _without_pictures(body: str) -> tuple[str, int]:
    """The same with the words of pictures that do not lie in it in their place; how many there are.

    The page asks nobody for anything, a network as little as the folder in which it lies.
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(body, "html.parser")
    away = [img for img in soup.find_all("img") if not _lies_in(img)]
    for img in away:
        words = str(img.get("alt", ""))
        img.replace_with("" if words == UNDESCRIBED else words)
    return (str(soup) if away else body), len(away)


def _lies_in(img: Any) -> bool:
    return str(img.get("src", "")).strip().lower().startswith("data:") and "srcset" not in img.attrs


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("infobip_analytics.essays"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _own(name: str) -> str:
    return (files("infobip_analytics.essays") / "assets" / name).read_text("utf-8")
