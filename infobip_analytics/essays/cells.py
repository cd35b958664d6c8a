"""What cells show as HTML, for people who never saw a frame, and for those who listen."""

import re
from typing import Any

from infobip_analytics.wording import DASH

#: Written so by polars or pandas where a cell holds nothing
EMPTY = {"null", "None", "NaN", "NaT", "<NA>"}

#: Prose has headings of the levels above
TOP = 3

_NUMBER = re.compile(r"[-+]?(?:\d[\d_,]*(?:\.\d+)?(?:e[-+]?\d+)?|inf|nan)", re.I)


def legible(html: str) -> str:
    """The HTML of an output with its frames made legible: numbers right, no quotes, no nulls.

    Frames are tables of class `dataframe`; others stay as they are. Headings of a table say what
    they head, those of the output stand below those of the prose, and sections are no landmarks:
    a page may show the same thing twice.

    >>> legible('<table class="dataframe"><tr><td>&quot;DE&quot;</td></tr></table>')
    '<table class="dataframe"><tr><td>DE</td></tr></table>'
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "html.parser")
    for table in soup.select("table.dataframe"):
        _tidy(table)
    for section in soup.select("section[aria-label]"):
        del section["aria-label"]
    _lower_headings(soup)
    return str(soup)


def _lower_headings(soup: Any) -> None:
    headings = soup.find_all(re.compile("^h[1-6]$"))
    up = min((int(heading.name[1]) for heading in headings), default=TOP) - TOP
    for heading in headings:
        heading.name = f"h{min(int(heading.name[1]) - up, 6)}"


def _tidy(table: Any) -> None:
    del table["border"]
    for style in [] if table.parent is None else table.parent.find_all("style"):
        style.decompose()
    heads = [row.find_all(["th", "td"]) for row in table.select("thead tr")]
    rows = [row.find_all(["th", "td"]) for row in table.select("tr") if row.parent.name != "thead"]
    for cell in (cell for row in heads + rows for cell in row):
        _say_scope(cell)
    for cell in (cell for row in rows for cell in row if cell.get_text() in EMPTY):
        cell.string = DASH
    # before quotes are taken away: digits in quotes are a name, such as that of a network
    for place in range(max(map(len, rows), default=0)):
        _align([row[place] for row in rows if place < len(row)], heads, place)
    # polars quotes text, and numbers its rows nowhere; pandas the other way round
    quoted = not any(cell.name == "th" for row in rows for cell in row)
    for cell in (cell for row in rows for cell in row if quoted):
        _unquote(cell)
    shape = table.find_previous_sibling("small")
    if shape and not any(cell.get_text() == "…" for row in heads + rows for cell in row):
        shape.decompose()


def _say_scope(cell: Any) -> None:
    if cell.name == "th" and not cell.get_text(strip=True):
        cell.name = "td"
    elif cell.name == "th":
        cell["scope"] = "col" if cell.find_parent("thead") else "row"


def _unquote(cell: Any) -> None:
    text = cell.get_text()
    if len(text) > 1 and text[0] == '"' and text[-1] in ('"', "…"):
        cell.string = text[1:].removesuffix('"')


def _align(column: list[Any], heads: list[list[Any]], place: int) -> None:
    texts = [text for cell in column if (text := cell.get_text(strip=True)) not in ("…", DASH)]
    if texts and all(_NUMBER.fullmatch(text) for text in texts):
        for cell in [*column, *(head[place] for head in heads if place < len(head))]:
            cell["class"] = [*cell.get("class", []), "number"]
