"""Frames of any engine as plain rows, for what is drawn or written rather than computed."""

import math
from typing import Any

from infobip_analytics.errors import ColumnError
from infobip_analytics.frames import as_plan

Row = dict[str, Any]

#: What every figure of rates needs
RATE_COLUMNS = ["settled", "delivery_rate", "rate_low", "rate_high", "coverage"]


def plain_rows(frame: Any) -> list[Row]:
    """The rows of a frame as dictionaries in which everything missing is None."""
    plan, _ = as_plan(frame)
    return [
        {name: _plain(value) for name, value in row.items()}
        for row in plan.collect().rows(named=True)
    ]


def rate_rows(frame: Any, *, key: str | None = None) -> list[Row]:
    """The rows of a frame made by `delivery_rates`; ColumnError for any other frame."""
    plan, _ = as_plan(frame)
    there = plan.collect_schema().names()
    missing = [name for name in [*([key] if key else []), *RATE_COLUMNS] if name not in there]
    if missing:
        raise ColumnError(
            f"a figure of rates needs the columns {', '.join(missing)}, which this frame lacks; "
            f"draw what ia.delivery_rates(messages, by={key or 'country'!r}) gives"
        )
    return plain_rows(plan)


def label_column(row: Row) -> str:
    """What the rows are called by: the country's name, or the first column."""
    if "country_name" in row:
        return "country_name"
    first = next(iter(row), "messages")
    if first == "messages":
        raise ColumnError(
            "these rates are one row for everything, which makes no bars; "
            "group them first: ia.delivery_rates(messages, by='country')"
        )
    return first


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
