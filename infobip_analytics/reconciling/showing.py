"""A reconciliation as tables: which columns, and how a notebook shows them."""

import html
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from infobip_analytics.outcomes import Outcome
from infobip_analytics.tables.columns import Column
from infobip_analytics.tables.text import printable
from infobip_analytics.wording import DASH, count

Row = dict[str, Any]

# JupyterLab's own colours where they are set; elsewhere the browser's, which know dark mode too
_STYLE = """
.infobip-reconciliation{color-scheme:light dark;color:var(--jp-ui-font-color1,CanvasText);
background:var(--jp-layout-color1,Canvas);font-family:var(--jp-ui-font-family,system-ui,sans-serif);
font-size:13px;line-height:1.45;max-width:64rem}
.infobip-reconciliation table{color:inherit;font-size:inherit;border-collapse:collapse;
margin:.5em 0}
section.infobip-reconciliation th,section.infobip-reconciliation td{padding:.25em .8em;border:0;
text-align:left;background:transparent;color:inherit;white-space:nowrap;max-width:none}
section.infobip-reconciliation thead th{
border-bottom:1px solid var(--jp-border-color1,GrayText);font-weight:600}
section.infobip-reconciliation .n{text-align:right;font-variant-numeric:tabular-nums}
.infobip-reconciliation tbody th{font-weight:400}
.infobip-reconciliation p{margin:.2em 0}
.infobip-reconciliation .note{color:var(--jp-ui-font-color2,inherit)}
"""

_COUNTS = {
    "events": ("event_messages", 0),
    "reports": ("report_messages", 0),
    "matched": ("matched", 0),
    "events only": ("events_only", 1),
    "reports only": ("reports_only", 1),
    "other outcome": ("outcome_differs", 1),
    "other parts": ("parts_differ", 2),
}


def countries_columns() -> list[Column]:
    """The columns of a table by country."""
    return [
        Column("country", lambda row: f"{row['country']} {row['country_name']}", number=False),
        *(
            Column(heading, partial(_count, name=name), weight=weight)
            for heading, (name, weight) in _COUNTS.items()
        ),
        Column("s apart (median)", partial(_seconds, name="seconds_median"), weight=3),
    ]


def _count(row: Row, name: str) -> str:
    return count(row[name])


def _seconds(row: Row, name: str) -> str:
    return DASH if row[name] is None else f"{row[name]:,.1f}"


def matrix_of(cells: Iterable[Row]) -> tuple[list[Column], list[Row]]:
    """The outcomes of events down, those of reports across; what never occurs is left out."""
    counts = {(row["event_outcome"], row["report_outcome"]): row["messages"] for row in cells}
    down, across = (
        [str(outcome) for outcome in Outcome if any(pair[side] == outcome for pair in counts)]
        for side in (0, 1)
    )
    rows = [
        {"event": event} | {report: counts.get((event, report), 0) for report in across}
        for event in down
    ]
    columns = [Column("events ↓ reports →", lambda row: str(row["event"]), number=False)]
    return columns + [Column(name, partial(_count, name=name)) for name in across], rows


def write_html(
    headline: str, notes: Sequence[str], tables: Sequence[tuple[Sequence[Column], Sequence[Row]]]
) -> str:
    """A section with the headline, the tables and the notes; every text in it is escaped."""
    said = "".join(f'<p class="note">{_safe(note)}</p>' for note in notes)
    return (
        '<section class="infobip-reconciliation" aria-label="Events and reports compared">'
        f"<style>{_STYLE}</style><p><strong>{_safe(headline)}</strong></p>"
        f"{''.join(_table(columns, rows) for columns, rows in tables)}{said}</section>"
    )


def _table(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    head = "".join(f'<th scope="col"{_class(each)}>{_safe(each.heading)}</th>' for each in columns)
    body = "".join(f"<tr>{_cells(columns, row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cells(columns: Sequence[Column], row: Row) -> str:
    first, *rest = columns
    cells = "".join(f"<td{_class(each)}>{_safe(each.write(row))}</td>" for each in rest)
    return f'<th scope="row"{_class(first)}>{_safe(first.write(row))}</th>{cells}'


def _class(column: Column) -> str:
    return ' class="n"' if column.number else ""


def _safe(text: str) -> str:
    return html.escape(printable(text))
