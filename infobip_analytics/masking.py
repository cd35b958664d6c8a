"""Recipients and customers made unreadable, for showing."""

import re
from typing import Any

import polars as pl

from infobip_analytics.frames import as_plan, to_engine

_HIDDEN = "•••"

#: Columns that hold what people wrote or what names them; nothing of them is shown.
_WHOLLY = ["callback_data", "message", "text", "content", "ip", "url", "action_url", "user-agent"]

#: What a person may be called by in properties of an export's own; where in doubt, it is masked
_PERSONAL = re.compile(r"customer(?!_country)|recipient|e.?mail|phone|mobile|cookie|registered")
_NAMES = re.compile(
    r"(first|last|sur|full|middle)[_ ]?name|internal_(customer_)?id|latitude|longitude"
)


def mask(frame: Any) -> Any:
    """Mask personal data: of numbers the beginning and the last two digits stay, of names a letter.

    Columns in and out: those of *frame* (delivery reports, campaign events or messages; pandas,
    polars or polars-lazy). Masked are `recipient`, `customer` and other columns whose name speaks
    of a person (e-mail, phone, first name, ...), the sender of a reply, and wholly `callback_data`,
    message texts and addresses. Nulls stay null.

    >>> mask(pl.DataFrame({"recipient": ["447700900123"], "customer": ["ann@example.com"]})).row(0)
    ('4477•••23', 'a•••')
    """
    plan, engine = as_plan(frame)
    there = plan.collect_schema().names()
    masked = plan.with_columns(
        *(_person(name) for name in there if _is_personal(name)),
        *(_hidden(name) for name in _WHOLLY if name in there),
        *([_replier()] if {"sender", "status"} <= set(there) else []),
    )
    return masked if engine == "lazy" else to_engine(masked, engine)


def _is_personal(name: str) -> bool:
    plain = name.lower()
    return name not in _WHOLLY and bool(_PERSONAL.search(plain) or _NAMES.search(plain))


def _person(name: str) -> pl.Expr:
    text = pl.col(name).cast(pl.String)
    number = text.str.contains(r"^\+?[\d\s().-]{7,}$")
    shown = pl.concat_str(text.str.slice(0, 4), pl.lit(_HIDDEN), text.str.slice(-2))
    hidden = pl.concat_str(text.str.slice(0, 1), pl.lit(_HIDDEN))
    return pl.when(number).then(shown).otherwise(hidden).alias(name)


def _hidden(name: str) -> pl.Expr:
    return pl.when(pl.col(name).is_not_null()).then(pl.lit(_HIDDEN)).alias(name)


def _replier() -> pl.Expr:
    """Who replies is a person; who sends otherwise is the shop."""
    reply = pl.col("status") == "incoming_message"
    return pl.when(reply).then(_person("sender")).otherwise("sender").alias("sender")
