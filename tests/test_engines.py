"""Frames of other engines: pyarrow Tables, DuckDB relations, Ibis tables; Spark stands apart."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from conftest import IN_CI
from narwhals.dependencies import is_ibis_table
from oracle_worlds import HOUR, WAITING, T, events, events_of, reports, reports_of, sent_of
from polars.testing import assert_frame_equal

import infobip_analytics as ia
from infobip_analytics.frames import CAMPAIGN_EVENTS, DELIVERY_REPORTS, MESSAGES

# Ibis calls DuckDB by names that DuckDB is about to leave
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")

#: A frame of one engine, made of a polars frame.
Give = Callable[[pl.DataFrame], Any]

ARROW = pl.CompatLevel.oldest()


def the_ibis() -> Any:
    """Import Ibis; without it a test is skipped, but in CI it fails."""
    if IN_CI:
        return import_module("ibis")
    return pytest.importorskip("ibis", reason="no Ibis: pip install ibis-framework[duckdb]")


def to_table(frame: pl.DataFrame) -> Any:
    return frame.to_arrow(compat_level=ARROW)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("SET TimeZone = 'America/New_York'")  # must not matter
        yield opened


@pytest.fixture(scope="module", params=["pyarrow", "duckdb", "ibis"])
def give(request: pytest.FixtureRequest, connection: duckdb.DuckDBPyConnection) -> Give:
    """Make a frame of one engine out of a polars frame; the test runs once for each of them."""
    engines: dict[str, Give] = {
        "pyarrow": to_table,
        "duckdb": lambda frame: connection.from_arrow(to_table(frame)),
        "ibis": lambda frame: the_ibis().memtable(to_table(frame)),
    }
    if request.param == "ibis":
        the_ibis()
    return engines[request.param]


def here(frame: Any, like: pl.DataFrame) -> pl.DataFrame:
    """Bring a frame of any engine here, with the types of *like*: time zones are the engine's."""
    if isinstance(frame, duckdb.DuckDBPyRelation):
        frame = frame.to_arrow_table()
    table = frame if isinstance(frame, pa.Table) else frame.to_pyarrow()
    return pl.DataFrame(table).cast(like.schema)


def many_reports(seed: int) -> pl.DataFrame:
    choose = random.Random(seed).choice
    names: list[str | None] = [f"m{n}" for n in range(150)] + [None, None]
    return reports(*(row for name in names for row in reports_of(choose, name, WAITING)))


def many_events(seed: int) -> pl.DataFrame:
    choose = random.Random(seed).choice
    return events(*(row for n in range(150) for row in events_of(choose, f"k{n}")))


AS_OF = T + 2 * WAITING


@pytest.mark.parametrize("kind", ["delivery_reports", "campaign_events"])
def test_messages_of_the_sample_are_those_of_polars(give: Give, kind: str) -> None:
    frame = ia.read(ia.sample_path(kind))
    expected = ia.messages(frame)
    found = ia.messages(give(frame))
    assert type(found) is type(give(frame)) or is_ibis_table(found)
    assert_frame_equal(here(found, expected), expected)


@pytest.mark.parametrize("seed", range(2))
def test_messages_of_any_reports_are_those_of_polars(give: Give, seed: int) -> None:
    frame = many_reports(seed)
    bounded: dict[str, Any] = {"since": T, "until": T + timedelta(days=1)}
    for bounds in ({}, bounded):
        expected = ia.messages(frame, as_of=AS_OF, **bounds)
        assert_frame_equal(
            here(ia.messages(give(frame), as_of=AS_OF, **bounds), expected), expected
        )


@pytest.mark.parametrize("seed", range(2))
def test_messages_of_any_events_are_those_of_polars(give: Give, seed: int) -> None:
    frame = many_events(seed)
    asked: dict[str, Any] = {"as_of": T + 2 * HOUR, "waiting_period": HOUR}
    expected = ia.messages(frame, **asked)
    found = here(ia.messages(give(frame), **asked), expected)
    # some are sent to one person at one moment, and have no other order
    assert_frame_equal(found.sort(pl.all()), expected.sort(pl.all()))


def test_reports_beside_events_may_come_from_another_engine(give: Give) -> None:
    sent, told = (ia.read(ia.sample_path(kind)) for kind in ("campaign_events", "delivery_reports"))
    expected = ia.messages(sent, reports=told)
    assert_frame_equal(here(ia.messages(give(sent), reports=give(told)), expected), expected)
    assert_frame_equal(ia.messages(sent, reports=give(told)), expected)


BY = [None, "country", "campaign", "day", "week", "month", "hour", "channel", ["country", "day"]]

QUESTIONS: list[Callable[[Any], Any]] = [
    *(lambda frame, by=by: ia.delivery_rates(frame, by) for by in BY),
    lambda frame: ia.delivery_rates(frame, no_report="show"),
    lambda frame: ia.delivery_rates(frame, no_report_countries=(), price_per="message"),
    lambda frame: ia.delivery_rates(frame, ["day", "sender"], timezone="Europe/Prague"),
    lambda frame: ia.report_coverage(frame),
    lambda frame: ia.report_coverage(frame, ["country", "channel"]),
    lambda frame: ia.report_coverage(frame, None, no_report_countries=["DE"]),
    lambda frame: ia.error_breakdown(frame),
    lambda frame: ia.error_breakdown(frame, ["country", "campaign"]),
]


@pytest.fixture(scope="module")
def worlds() -> list[pl.DataFrame]:
    """Give messages of all kinds: of the samples, made up, and none."""
    sample = ia.messages(ia.read(ia.sample_path("delivery_reports")))
    made = sent_of(random.Random(5).choice, 300)
    return [sample, made, sample.clear()]


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_counted_is_what_polars_counts(
    give: Give, worlds: list[pl.DataFrame], question: Callable[[Any], Any]
) -> None:
    for frame in worlds:
        expected = question(frame)
        assert_frame_equal(here(question(give(frame)), expected), expected, abs_tol=1e-12)


def test_a_frame_without_rows_gives_one_without_rows(give: Give) -> None:
    for frame in (reports(), events()):
        found = ia.messages(give(frame))
        assert here(found, pl.DataFrame(schema=MESSAGES)).shape == (0, len(MESSAGES))


def test_the_types_are_those_of_each_engine(connection: duckdb.DuckDBPyConnection) -> None:
    frame = reports({"status_group": "DELIVERED", "done_at": T})
    table = ia.messages(to_table(frame))
    assert table.schema.field("sent_at").type == pa.timestamp("us", "UTC")
    assert table.schema.field("n_reports").type == pa.int64()
    relation = ia.messages(connection.from_arrow(to_table(frame)))
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    wanted = {"message_id": "VARCHAR", "sent_at": "TIMESTAMP WITH TIME ZONE", "parts": "BIGINT"}
    assert types | wanted | {"price": "DOUBLE", "settled": "BOOLEAN"} == types
    schema = ia.messages(the_ibis().memtable(to_table(frame))).schema()
    assert (schema["as_of"].timezone, str(schema["parts"])) == ("UTC", "int64")


def test_a_relation_comes_back_on_the_connection_of_the_one_that_came() -> None:
    with duckdb.connect() as own:
        own.execute("CREATE TABLE names AS SELECT 'GB' AS country, 'Albion' AS name")
        made = ia.messages(
            own.from_arrow(to_table(reports({"recipient": "447700900123"}))), as_of=T
        )
        rates = ia.delivery_rates(made)  # noqa: F841 (DuckDB finds it by its name)
        assert own.sql(
            "SELECT name, messages FROM rates JOIN names USING (country)"
        ).fetchall() == [("Albion", 1)]
        assert own.sql("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall() == []


def test_of_a_relation_only_what_is_wanted_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "messages.parquet"
    ia.messages(ia.read(ia.sample_path("delivery_reports"))).write_parquet(path)
    with duckdb.connect() as own:
        # whoever asks for recipients gets an error
        relation = own.sql(
            f"SELECT * REPLACE (error('asked for') AS recipient) FROM read_parquet('{path}')"
        )
        assert ia.delivery_rates(relation).to_arrow_table().num_rows
        with pytest.raises(duckdb.Error, match="asked for"):
            relation.to_arrow_table()
        with pytest.raises(duckdb.Error, match="asked for"):
            ia.delivery_rates(relation, "recipient")


def test_of_an_ibis_table_only_what_is_wanted_is_asked_for() -> None:
    backend = the_ibis().duckdb.connect()
    backend.con.sql("CREATE TABLE t AS SELECT 'GB' AS country, 'delivered' AS outcome")
    sql = "CREATE VIEW v AS SELECT *, true AS settled, error('asked')::VARCHAR AS recipient FROM t"
    backend.con.sql(sql)
    [row] = ia.delivery_rates(backend.table("v")).to_pyarrow().to_pylist()
    assert (row["country"], row["delivered"]) == ("GB", 1)


def test_types_of_other_engines_are_understood(connection: duckdb.DuckDBPyConnection) -> None:
    relation = connection.sql("""
        SELECT 42::HUGEINT AS message_id, 447700900123::BIGINT AS recipient,
            'DELIVERED'::ENUM ('DELIVERED', 'PENDING') AS status_group, 5::TINYINT AS status_id,
            TIMESTAMP '2026-03-02 09:00:00' AS sent_at, DATE '2026-03-03' AS done_at,
            0.03::DECIMAL(10, 2) AS price, 2::HUGEINT AS parts, 0 AS permanent,
            INTERVAL 1 DAY AS elsewhere
    """)
    leaner = relation.project("* EXCLUDE (elsewhere)")
    [row] = ia.messages(leaner, as_of="2026-03-10").to_arrow_table().to_pylist()
    assert (row["message_id"], row["recipient"], row["outcome"]) == (
        "42",
        "447700900123",
        "delivered",
    )
    assert (row["price"], row["parts"], row["permanent"]) == (0.03, 2, False)
    assert row["sent_at"] == datetime(2026, 3, 2, 9, tzinfo=UTC)
    with pytest.raises(ia.ColumnError, match="elsewhere is of the type month_day_nano_interval"):
        ia.messages(relation)


def test_dictionaries_and_texts_are_understood() -> None:
    table = pa.table(
        {
            "message_id": pa.array(["a"]).dictionary_encode(),
            "status_group": pa.array(["DELIVERED"], pa.string_view()),
            "status_id": pa.array(["5"]),
            "sent_at": pa.array(["2026-03-02T09:00:00.000+0100"]),
            "done_at": pa.array([datetime(2026, 3, 2, 9)], pa.timestamp("ns")),  # noqa: DTZ001
            "recipient": pa.array([447700900123.0]),
            "permanent": pa.array(["True"]),
        }
    )
    [row] = ia.messages(table, as_of="2026-03-10").to_pylist()
    assert (row["message_id"], row["status_id"], row["receipt"]) == ("a", 5, "handset")
    assert row["sent_at"] == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert (row["recipient"], row["permanent"]) == ("447700900123", True)


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (pa.array(["many"]), "1 of its values in the column parts are no Int64"),
        (pa.array([[1]]), r"the column parts holds List\(Int64\)"),
    ],
)
def test_what_cannot_be_understood_is_said(column: Any, said: str) -> None:
    table = pa.table({"message_id": ["a"], "status_group": ["DELIVERED"], "parts": column})
    with pytest.raises(ia.ColumnError, match=said):
        ia.messages(table, as_of="2026-03-10")


def test_a_frame_that_is_neither_is_answered_by_its_columns(give: Give) -> None:
    with pytest.raises(ia.ColumnError, match="this frame has a"):
        ia.messages(give(pl.DataFrame({"a": [1]})))
    with pytest.raises(ia.ColumnError, match=r"fold them first: messages = ia\.messages"):
        ia.delivery_rates(give(reports()))
    with pytest.raises(ia.ArgumentError, match="did you mean 'country'"):
        ia.delivery_rates(give(pl.DataFrame(schema=MESSAGES)), "contry")


def test_other_rooms_take_these_frames_or_name_the_way_out(give: Give) -> None:
    frame = ia.messages(ia.read(ia.sample_path("delivery_reports")))
    expected = ia.rates_table(frame)
    found = ia.rates_table(give(frame))
    assert found.notes == expected.notes
    assert_frame_equal(here(found.frame, expected.frame), expected.frame)
    why = ia.with_explanations(frame)
    assert_frame_equal(here(ia.with_explanations(give(frame)), why), why)
    left = ia.left_out(frame)
    assert_frame_equal(here(ia.left_out(give(frame)), left), left)


def test_an_unknown_frame_is_answered_with_its_own_way_out() -> None:
    batches = to_table(reports()).to_reader()
    with pytest.raises(ia.ColumnError, match=r"a RecordBatchReader is no frame.*\.read_all\(\)"):
        ia.messages(batches)


def test_a_query_that_is_not_read_to_its_end_leaves_its_connection_free() -> None:
    from infobip_analytics.frames import as_plan

    with duckdb.connect() as own:
        own.execute("CREATE TABLE t AS SELECT range AS n FROM range(1_000_000)")
        plan, _ = as_plan(own.table("t"))
        assert plan.head(1).collect(engine="streaming").height == 1
        assert plan.filter(pl.col("n") > 999_000).select(pl.len()).collect().item() == 999
        assert own.sql("SELECT count(*) FROM t").fetchall() == [(1_000_000,)]


def test_every_column_of_reports_and_events_is_one_that_engines_can_hold(give: Give) -> None:
    for schema in (DELIVERY_REPORTS, CAMPAIGN_EVENTS, MESSAGES):
        frame = pl.DataFrame(schema=schema)
        assert here(give(frame), frame).schema == frame.schema
