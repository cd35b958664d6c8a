"""Frames of any engine as plain rows, for what is drawn or written rather than computed."""

import math
import unicodedata
from datetime import date, datetime
from html import escape
from typing import Any

from infobip_analytics.errors import ColumnError
from infobip_analytics.frames import as_plan
from infobip_analytics.masking import mask, naming
from infobip_analytics.wording import DASH

Row = dict[str, Any]

#: What every figure of rates needs
RATE_COLUMNS = ["settled", "delivery_rate", "rate_low", "rate_high", "coverage"]
#: What a figure of delays needs
DELAY_COLUMNS = [
    "settled", "delivered", "timed", "p50", "p90", "p99",
    "within_5s", "within_1min", "within_1h", "within_24h",
]  # fmt: skip

#: The first of the columns that are no keys: of rates, and of delays
_FIRST_COUNTS = ("messages", "waiting", "settled")


def plain_rows(frame: Any) -> list[Row]:
    """The rows of a frame as dictionaries in which everything missing is None."""
    plan, _ = as_plan(frame)
    return [
        {name: _plain(value) for name, value in row.items()}
        for row in plan.collect().rows(named=True)
    ]


def rate_rows(frame: Any, *, key: str | None = None, show_numbers: bool = False) -> list[Row]:
    """The rows of a frame made by `delivery_rates`; ColumnError for any other frame."""
    needed = [*([key] if key else []), *RATE_COLUMNS]
    made_by = f"ia.delivery_rates(messages, by={key or 'country'!r})"
    return _checked(frame, needed, "rates", made_by, show_numbers=show_numbers)


def delay_rows(frame: Any, *, show_numbers: bool = False) -> list[Row]:
    """The rows of a frame made by `delivery_delays`; ColumnError for any other frame."""
    made_by = "ia.delivery_delays(messages, by='country')"
    return _checked(frame, DELAY_COLUMNS, "delays", made_by, show_numbers=show_numbers)


def _checked(
    frame: Any, needed: list[str], what: str, made_by: str, *, show_numbers: bool
) -> list[Row]:
    if hasattr(frame, "headline") and hasattr(frame, "frame"):
        raise ColumnError(f"this is a table for reading; draw the {what} in it: table.frame")
    plan, _ = as_plan(frame)
    there = plan.collect_schema().names()
    missing = [name for name in needed if name not in there]
    if missing and {"outcome", "sent_at"} <= set(there):
        raise ColumnError(
            f"these are messages, and a figure of {what} is drawn of counted ones; "
            f"draw what {made_by} gives"
        )
    if missing:
        raise ColumnError(
            f"a figure of {what} needs the columns {', '.join(missing)}, which this frame lacks; "
            f"draw what {made_by} gives"
        )
    whole = plan.collect()
    people = [] if show_numbers else naming(whole)
    if not people:
        return plain_rows(whole)
    masked = plain_rows(mask(whole.select(people)))
    return [row | {_SEEN: seen} for row, seen in zip(plain_rows(whole), masked, strict=True)]


#: Of a row that names people: what is shown of them; the row itself still tells them apart
_SEEN = "(as shown)"


def key_names(rows: list[Row]) -> list[str]:
    """What the rows are grouped by, as people read it: a country's name instead of its code."""
    columns = list(rows[0]) if rows else []
    first = min((columns.index(name) for name in _FIRST_COUNTS if name in columns), default=0)
    keys = columns[:first]
    return [name for name in keys if name != "country" or "country_name" not in keys]


def grouped(rows: list[Row], what: str, made_by: str) -> list[str]:
    """The names of the keys; ColumnError where the rows are one of everything."""
    if rows and not key_names(rows):
        raise ColumnError(
            f"these {what} are one row for everything, which makes no figure; "
            f"group them first: ia.{made_by}(messages, by='country')"
        )
    return key_names(rows)


def name_of(row: Row, keys: list[str]) -> str:
    """What a row is called.

    >>> name_of({"country_name": "Italy", "day": date(2026, 3, 2)}, ["country_name", "day"])
    'Italy · 2026-03-02'
    """
    seen = row | row.get(_SEEN, {})
    return " \N{MIDDLE DOT} ".join(_steady(_text(seen[key])) for key in keys)


def safe(text: str) -> str:
    """Text for plotly, which reads a little HTML (but no &quot;), and formulas between dollars.

    >>> safe('<b>"3 $ off"</b>')
    '&lt;b&gt;"3 &#36; off"&lt;/b&gt;'
    """
    return escape(_steady(text)).replace("&quot;", '"').replace("$", "&#36;")


def _steady(text: str) -> str:
    """Text without line ends and what turns the writing round."""
    return "".join(" " if unicodedata.category(sign) in _STEERING else sign for sign in text)


_STEERING = ("Cc", "Cf", "Cs", "Zl", "Zp")


def shortened(name: str, longest: int) -> str:
    """A name that fits beside an axis.

    >>> shortened("Abandoned cart reminder", 12)
    'Abandoned c…'
    """
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def _text(value: Any) -> str:
    if value is None:
        return DASH
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d" if value.tzinfo is None else "%Y-%m-%d %H:%M%z")
    return value.isoformat() if isinstance(value, date) else str(value)


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
