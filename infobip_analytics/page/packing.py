"""What a page carries inside it: plotly's JavaScript, packed, and JSON that no browser misreads."""

import base64
import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from markupsafe import Markup

#: What could end a script element, or a line of old JavaScript, inside a JSON text
ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


@dataclass(frozen=True, slots=True)
class Script:
    """A script as a page carries it.

    Attributes:
        text: What stands in the page.
        digest: The hash by which the page's policy allows what runs.
    """

    text: Markup
    digest: str


def script_json(value: Any) -> Markup:
    r"""JSON for the inside of a script element.

    >>> script_json({"name": "</script>"})
    Markup('{"name":"\\u003c/script\\u003e"}')
    """
    return Markup(_safe(json.dumps(value, ensure_ascii=False, separators=(",", ":"))))


def figure_json(figure: Any) -> Markup:
    """A plotly figure as such a JSON."""
    return Markup(_safe(figure.to_json()))


def plain_script(source: str) -> Script:
    """A script of our own, as it is."""
    return Script(Markup(source), digest(source))


@cache
def plotly_script() -> Script:
    """The plotly.js that plotly itself brings, packed with gzip: 2 MB instead of 4.8 MB."""
    from plotly.offline import get_plotlyjs

    source: str = get_plotlyjs()
    # mtime=0: the same page byte for byte, whenever it is made
    packed = gzip.compress(source.encode(), compresslevel=9, mtime=0)
    return Script(Markup(base64.b64encode(packed).decode()), digest(source))


def policy(scripts: list[Script]) -> Markup:
    """What the page may do: run these scripts, style itself, and nothing else; ask nobody.

    >>> policy([])
    Markup("default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; script-src 'none'; \
base-uri 'none'; form-action 'none'")
    """
    allowed = " ".join(f"'{script.digest}'" for script in scripts) or "'none'"
    return Markup(
        # plotly styles its figures itself, and makes its pictures for downloading as data
        "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; "
        f"script-src {allowed}; base-uri 'none'; form-action 'none'"
    )


def digest(source: str) -> str:
    """The hash of a script, as a content security policy writes it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"


def _safe(text: str) -> str:
    return text.translate(ESCAPES)
