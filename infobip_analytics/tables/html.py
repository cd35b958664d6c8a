"""A table for a notebook: in JupyterLab's own colours, light and dark, every text escaped."""

import html
from collections.abc import Sequence

from infobip_analytics.tables.columns import Column, Row
from infobip_analytics.tables.text import printable

# the class twice where JupyterLab's own rules for tables, of two classes, have to be outdone
_STYLE = """
.infobip-rates{color:var(--jp-ui-font-color1,CanvasText);background:var(--jp-layout-color0,Canvas);
font-family:var(--jp-ui-font-family,system-ui,sans-serif);font-size:13px;line-height:1.45;max-width:64rem}
.infobip-rates table{color:var(--jp-ui-font-color1,CanvasText);font-size:inherit;
border-collapse:collapse;margin:.5em 0}
.infobip-rates.infobip-rates table :is(tr,th,td){background:transparent;color:inherit}
.infobip-rates.infobip-rates table :is(th,td){padding:.25em .8em;
text-align:left;border:0;white-space:nowrap;max-width:none}
.infobip-rates.infobip-rates table thead :is(th,td){
border-bottom:1px solid var(--jp-border-color1,GrayText);font-weight:600}
.infobip-rates.infobip-rates table tbody tr:nth-child(even){
background:var(--jp-rendermime-table-row-background,transparent)}
.infobip-rates.infobip-rates table .n.n{text-align:right;font-variant-numeric:tabular-nums}
.infobip-rates.infobip-rates tbody th{font-weight:400}
.infobip-rates p{margin:.2em 0}.infobip-rates .note{color:var(--jp-ui-font-color2,inherit)}
"""


def _safe(text: str) -> str:
    """Text that neither makes elements nor turns the writing round."""
    return html.escape(printable(text))


def write_html(
    headline: str, notes: Sequence[str], columns: Sequence[Column], rows: Sequence[Row]
) -> str:
    """A section with the headline, the table and its notes."""
    said = "".join(f'<p class="note">{_safe(note)}</p>' for note in notes)
    return (
        f'<section class="infobip-rates" aria-label="{_safe(headline)}"><style>{_STYLE}</style>'
        f"<p><strong>{_safe(headline)}</strong></p>"
        f"<table><thead><tr>{''.join(map(_heading, columns))}</tr></thead>"
        f"<tbody>{''.join(_row(columns, row) for row in rows)}</tbody></table>{said}</section>"
    )


def _heading(column: Column) -> str:
    if not column.heading:  # the column of marks: a heading that says nothing heads nothing
        return "<td></td>"
    return f'<th scope="col"{_class(column)}>{_safe(column.heading)}</th>'


def _row(columns: Sequence[Column], row: Row) -> str:
    first, *rest = columns
    cells = "".join(f"<td{_class(column)}>{_safe(column.write(row))}</td>" for column in rest)
    return f'<tr><th scope="row"{_class(first)}>{_safe(first.write(row))}</th>{cells}</tr>'


def _class(column: Column) -> str:
    return ' class="n"' if column.number else ""
