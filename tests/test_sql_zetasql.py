"""The text for BigQuery as it is, on ZetaSQL: Google's own reference of BigQuery's language.

It is stricter than DuckDB, and the numbers have to be the same. It needs the package `zetasql`.
"""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import polars as pl
import pytest
from conftest import IN_CI
from oracle_worlds import DAY, HOUR, T, events, reports
from test_sql import run_duckdb

from infobip_analytics.sql import rates_sql
from infobip_analytics.sql.asking import groupable

# alpha, untyped, and 34 MB: who has it not does without this file, but CI does have it
if not IN_CI:
    pytest.importorskip("zetasql", reason="no ZetaSQL: pip install zetasql")

z, api, service, answers, protos = (
    import_module(f"zetasql.{name}")
    for name in (
        "types",
        "api",
        "core.local_service",
        "wasi._pb2.zetasql.local_service.local_service_pb2",
        "wasi._pb2.zetasql.public.value_pb2",
    )
)

BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
TYPES: dict[Any, str] = {
    pl.String: "STRING",
    pl.Int64: "INT64",
    pl.Float64: "DOUBLE",
    pl.Boolean: "BOOL",
    pl.Datetime: "TIMESTAMP",
}


def cell(value: Any) -> Any:
    """Make a value as ZetaSQL takes it."""
    made = protos.ValueProto()
    if isinstance(value, datetime):
        since = value - BEGIN
        made.timestamp_value.seconds = since // timedelta(seconds=1)
        made.timestamp_value.nanos = since.microseconds * 1000
    elif isinstance(value, bool):
        made.bool_value = value
    elif isinstance(value, int):
        made.int64_value = value
    elif isinstance(value, float):
        made.double_value = value
    elif value is not None:
        made.string_value = value
    return made


def plain(value: Any) -> Any:
    """Make a value of ZetaSQL as Python has it."""
    kind = value.WhichOneof("value")
    found = kind and getattr(value, kind)
    if kind == "timestamp_value":
        micros = found.seconds * 1_000_000 + found.nanos // 1000
        return BEGIN + timedelta(microseconds=micros)
    return (BEGIN + timedelta(days=found)).date() if kind == "date_value" else found


def run_zetasql(statement: str, table: pl.DataFrame) -> list[dict[str, Any]]:
    """Ask ZetaSQL in the mode that BigQuery has, which calls *table* `t`."""
    language = z.LanguageOptions.maximum_features()
    language.product_mode = z.ProductMode.PRODUCT_EXTERNAL
    builder = api.TableBuilder("t")
    for name, dtype in table.schema.items():
        builder.add_column(name, getattr(z.TypeKind, f"TYPE_{TYPES[dtype.base_type()]}"))
    functions = z.ZetaSQLBuiltinFunctionOptions(language_options=language)
    catalog = api.CatalogBuilder("c").add_table(builder.build()).with_builtin_functions(functions)
    options = z.AnalyzerOptions(language_options=language, default_timezone="UTC")
    asked = z.EvaluateQueryRequest(sql=statement, options=options, simple_catalog=catalog.build())
    request = asked.to_proto()
    for row in table.rows():
        request.table_content["t"].table_data.row.add().cell.extend(map(cell, row))
    client = service.ZetaSqlLocalService.get_instance().wasm_client
    made = client.call_grpc_func(
        "ZetaSqlLocalService_EvaluateQuery", request, answers.EvaluateQueryResponse
    )
    names = [column.name for column in made.prepared.columns]
    found = made.content.table_data.row
    return [dict(zip(names, map(plain, row.cell), strict=True)) for row in found]


REPORTS = reports(
    *(
        {
            "message_id": f"m{place // 2}",
            "recipient": number,
            "status_group": group,
            "status_id": status,
            "done_at": T + place * HOUR,
            "parts": 1 + place % 2,
            "price": 0.25,
            "currency": "EUR",
            "network": "23001",
        }
        for place, (number, group, status) in enumerate(
            [
                ("447700900123", "PENDING", 26),
                ("447700900123", "DELIVERED", 5),
                ("12025550123", "DELIVERED", 2),
                ("12025550123", "EXPIRED", 29),
                ("16715550123", "DELIVERED", 5),
                ("4930123456", "PENDING", 7),
                ("x@y", "REJECTED", 6),
                ("999", "SEEN", 2**40),
            ]
        )
    )
)
EVENTS = events(
    {"status": "enqueued"},
    {"status": "enqueued", "timestamp": T + HOUR},
    {"status": "delivered", "timestamp": T + 2 * HOUR},
    {"status": "failed", "timestamp": T + 3 * HOUR, "error": "EC_X", "status_code": "5"},
    {"status": "enqueued", "customer": "d", "recipient": None, "customer_country": "the Bahamas"},
    {"status": "enqueued", "customer": "e", "recipient": "4930123456", "message_id": "x"},
    {"status": "delivered", "customer": "e", "recipient": "4930123456", "message_id": "x"},
    {"status": "delivered", "customer": "f", "campaign_id": "l"},
    {"status": "enqueue_failed", "customer": "g", "sent_timestamp": T},
).drop("ingest_timestamp")
WORLDS = {"reports": REPORTS, "events": EVENTS}


@pytest.mark.slow
@pytest.mark.parametrize("source", WORLDS)
@pytest.mark.parametrize(
    ("by", "options"),
    [
        (["hour", "day", "week", "month", "campaign", "error", "status"], {"no_report": "show"}),
        (None, {"since": T, "until": T + HOUR, "as_of": T + 5 * HOUR}),
        ("every", {"as_of": T + 9 * DAY, "no_report_countries": ()}),
    ],
    ids=str,
)
def test_zetasql_takes_the_text_for_bigquery_and_counts_the_same(
    source: Any, by: Any, options: dict[str, Any]
) -> None:
    keys = groupable(source) if by == "every" else by
    table = WORLDS[source]
    said = [
        rates_sql(source, keys, dialect=dialect, table="t", shape=source, **options)
        for dialect in ("bigquery", "duckdb")
    ]
    made, expected = run_zetasql(said[0], table), run_duckdb(said[1], table).to_dicts()
    assert len(expected) > 0
    assert made == [
        {name: pytest.approx(x) if isinstance(x, float) else x for name, x in row.items()}
        for row in expected
    ]
