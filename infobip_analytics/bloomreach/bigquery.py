"""Tables of BigQuery: properties that only `raw_properties` has, and names that carry a hash.

A table of events has `internal_customer_id`, `ingest_timestamp`, `timestamp`, `type` and two
records: `properties`, typed as the project says, and `raw_properties`, as they were received.
"""

import json
import re
from collections.abc import Iterable
from hashlib import sha256

import polars as pl

from infobip_analytics.sources.fields import folded
from infobip_analytics.sources.texts import flat
from infobip_analytics.sources.values import filled

_RECORD, _RAW = "properties", "raw_properties"
_HASH = re.compile(r"__[0-9a-f]{8}$")


def with_raw_properties(texts: pl.DataFrame) -> pl.DataFrame:
    """Rows in which a property that `properties` lacks has the value of `raw_properties`.

    Columns in: `properties.x` and `raw_properties.x`, or either record as JSON text. Columns out:
    `properties.x` of both; a record that is no JSON object stays as it is.
    """
    opened = _opened(_opened(texts, _RAW), _RECORD)
    there = set(opened.columns)
    meant: dict[str, list[str]] = {}
    for name in opened.columns:
        if name.startswith(f"{_RAW}."):
            meant.setdefault(_typed(name, there), []).append(name)
    values = [
        pl.coalesce(*map(filled, [*({name} & there), *raw])).alias(name)
        for name, raw in meant.items()
    ]
    return opened.with_columns(values).drop(name for raw in meant.values() for name in raw)


def _typed(raw: str, there: set[str]) -> str:
    """The column of `properties` for one of `raw_properties`, also under its name in the table."""
    part = raw.removeprefix(f"{_RAW}.")
    in_table = f"{_RECORD}.{table_name(part)}"
    return in_table if in_table in there else f"{_RECORD}.{part}"


def _opened(texts: pl.DataFrame, record: str) -> pl.DataFrame:
    """Rows in which a *record* of JSON text is columns, `properties.x`."""
    if record not in texts.columns:
        return texts
    read = [_parts(value) for value in texts[record]]
    names = dict.fromkeys(name for parts in read for name in parts)
    columns = [
        pl.Series(f"{record}.{name}", [parts.get(name) for parts in read], pl.String)
        for name in names
    ]
    told = [
        pl.coalesce(name, column).alias(name) if (name := column.name) in texts.columns else column
        for column in columns
    ]
    no_object = pl.Series([not parts for parts in read], dtype=pl.Boolean)
    left = texts.with_columns(*told, pl.when(no_object).then(record).alias(record))
    return left if left[record].is_not_null().any() else left.drop(record)


def _parts(value: str | None) -> dict[str, str | None]:
    try:
        parsed = json.loads(value) if value else None
    except (ValueError, RecursionError):
        return {}
    return flat(parsed, frozenset()) if isinstance(parsed, dict) else {}


def table_name(name: str) -> str:
    """The name that a property has as a column of BigQuery.

    >>> table_name("user-agent"), table_name("status")
    ('user_agent__a510e506', 'status')
    """
    plain = re.sub(r"[^a-z0-9_]", "_", name.lower())
    digest = sha256(name.encode("utf-8", "replace")).hexdigest()
    return plain if plain == name else f"{plain}__{digest[:8]}"


def without_hash(heading: str, known: Iterable[str]) -> str:
    """The known field of which *heading* is the name in BigQuery; else *heading* itself.

    An unknown name keeps its hash: only that tells `dealId` from `DealID`.

    >>> without_hash("campaignname__0a1b2c3d", ["campaign_name"])
    'campaign_name'
    """
    if not _HASH.search(heading):
        return heading
    plain = folded(_HASH.sub("", heading))
    return next((name for name in known if folded(name) == plain), heading)
