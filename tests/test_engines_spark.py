"""Spark frames: what is made of them on the workers is what polars makes in one piece."""

import random
import re
import shutil
import sys
import warnings
from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from conftest import IN_CI
from oracle_worlds import HOUR, T, events, reports, sent_of
from polars.testing import assert_frame_equal
from test_archive_doors_spark import files_of, nights
from test_engines import AS_OF, QUESTIONS, many_events, many_reports, to_table
from test_engines_knots import peopled
from test_readme import ROOT, blocks

import infobip_analytics as ia
from infobip_analytics.archive import scan
from infobip_analytics.engines.spark import is_spark
from infobip_analytics.frames import MESSAGES
from infobip_analytics.spreading import partitions

if not IN_CI:
    pytest.importorskip("pyspark", reason="there is no Spark: pip install pyspark")
    if not shutil.which("java"):
        pytest.skip("there is no Java, on which Spark runs", allow_module_level=True)

pytestmark = [
    pytest.mark.slow,
    # pyspark says at every turn that it does not know this pandas, which nobody asked it to
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
]


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Start a small Spark, on this machine alone; its zone of time must not matter."""
    from pyspark.sql import SparkSession

    usual: dict[str, Any] = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.warehouse.dir": str(tmp_path_factory.mktemp("warehouse")),
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "America/New_York",
    }
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        builder = SparkSession.builder.master("local[2]").config(map=usual)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        yield session
        session.stop()


def given(spark: Any, frame: pl.DataFrame) -> Any:
    return spark.createDataFrame(to_table(frame))


def here(frame: Any, like: pl.DataFrame) -> pl.DataFrame:
    assert is_spark(frame)
    return pl.DataFrame(frame.toArrow()).cast(like.schema)


def same(found: Any, expected: pl.DataFrame) -> None:
    """Hold messages of Spark, which have no order, against those of polars."""
    assert_frame_equal(here(found, expected).sort(pl.all()), expected.sort(pl.all()))


@pytest.fixture
def spread(spark: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Spread few rows over as many partitions as if they were many."""
    monkeypatch.setattr(partitions, "SMALL", 10)
    spark.conf.set("spark.sql.shuffle.partitions", "5")
    yield
    spark.conf.set("spark.sql.shuffle.partitions", "2")


@pytest.mark.parametrize("bounds", [{}, {"since": T, "until": T + timedelta(days=1)}])
def test_messages_of_any_reports_are_those_of_polars(
    spark: Any, spread: None, bounds: dict[str, Any]
) -> None:
    frame = many_reports(11)
    found = ia.messages(given(spark, frame), as_of=AS_OF, **bounds)
    assert partitions_with_rows(found) > 2
    same(found, ia.messages(frame, as_of=AS_OF, **bounds))


@pytest.mark.parametrize("bounds", [{}, {"since": T + timedelta(seconds=2)}])
def test_messages_of_any_events_are_those_of_polars(
    spark: Any, spread: None, bounds: dict[str, Any]
) -> None:
    frame = peopled(many_events(12))
    asked: dict[str, Any] = {"as_of": T + 2 * HOUR, "waiting_period": HOUR, **bounds}
    found = ia.messages(given(spark, frame), **asked)
    assert partitions_with_rows(found) > 2
    same(found, ia.messages(frame, **asked))


def partitions_with_rows(frame: Any) -> int:
    from pyspark.sql.functions import spark_partition_id

    count: int = frame.select(spark_partition_id().alias("n")).distinct().count()
    return count


def test_messages_of_the_sample_are_those_of_polars_and_so_are_their_types(spark: Any) -> None:
    frame = ia.read(ia.sample_path("delivery_reports"))
    found = ia.messages(given(spark, frame))
    same(found, ia.messages(frame))
    types = dict(found.dtypes)
    assert list(types) == list(MESSAGES)
    wanted = {"message_id": "string", "sent_at": "timestamp", "parts": "bigint"}
    assert types | wanted | {"price": "double", "settled": "boolean"} == types


def test_what_is_counted_is_what_polars_counts(spark: Any) -> None:
    made = sent_of(random.Random(5).choice, 300)
    frame = given(spark, made).repartition(3)
    for question in QUESTIONS[1::4]:
        expected = question(made)
        assert_frame_equal(here(question(frame), expected), expected, abs_tol=1e-12)


def test_a_frame_without_rows_gives_one_without_rows(spark: Any) -> None:
    found = ia.messages(given(spark, reports()))
    assert (dict(found.dtypes)["sent_at"], found.count()) == ("timestamp", 0)
    none = ia.messages(events(), as_of=T)
    assert_frame_equal(
        here(ia.delivery_rates(given(spark, none), None), ia.delivery_rates(none, None)),
        ia.delivery_rates(none, None),
    )


def test_what_is_to_be_said_of_all_is_said_once(spark: Any) -> None:
    row = {"status": "enqueued"}
    strange = events(row, *({"status": "arrived", "customer": f"c{n}"} for n in range(5)))
    with pytest.warns(ia.SetAsideWarning, match="5 rows of SMS or MMS set aside.*: arrived"):
        assert ia.messages(given(spark, strange)).collect()[0]["set_aside"] == 5
    with pytest.warns(ia.InfobipAnalyticsWarning, match="none of these 1 event is of SMS"):
        ia.messages(given(spark, events(row | {"action_type": "email"})))
    with pytest.warns(ia.InfobipAnalyticsWarning, match="nothing is left: 1 message sent"):
        ia.messages(given(spark, events(row)), since=T + HOUR)


def test_types_of_other_sources_are_understood_or_refused_in_a_sentence(spark: Any) -> None:
    found = ia.messages(
        spark.sql("""
            SELECT 42 AS message_id, 447700900123 AS recipient, 'DELIVERED' AS status_group,
                '5' AS status_id, TIMESTAMP_NTZ '2026-03-02 09:00:00' AS sent_at,
                '2026-03-02T09:00:05Z' AS done_at, 0.03BD AS price, array(1) AS elsewhere
        """)
    )
    [row] = pl.DataFrame(found.toArrow()).to_dicts()
    assert (row["message_id"], row["recipient"], row["status_id"]) == ("42", "447700900123", 5)
    assert (str(row["sent_at"].astimezone(UTC)), row["price"]) == (
        "2026-03-02 09:00:00+00:00",
        0.03,
    )
    assert row["receipt"] == "handset"
    bad = spark.sql("SELECT 'a' AS message_id, 'DELIVERED' AS status_group, 'many' AS parts")
    with pytest.raises(ia.ColumnError, match="1 of its values in the column parts are no Int64"):
        ia.messages(bad, as_of=T)


def test_the_example_reads_the_archive_and_writes_country_stats(spark: Any, tmp_path: Path) -> None:
    archive = nights(tmp_path / "archive")
    page = (ROOT / "docs" / "spark.md").read_text("utf-8")
    names: dict[str, Any] = {"spark": spark, "files_of": lambda table: files_of(Path(table))}
    for block in blocks(page):
        if block.language == "console" and not block.text.startswith("$"):
            # Spark's own folder is where it was started
            own = re.compile(r'"(archive/reports|messages|country_stats)"')
            exec(own.sub(rf'"{tmp_path}/\1"', block.text), names)
    sent = ia.messages(scan(archive), as_of="2026-03-20").collect()
    expected = ia.delivery_rates(sent)
    assert expected["settled"].sum() > 0
    assert_frame_equal(names["by_country"].cast(expected.schema), expected)
    days = ia.delivery_rates(sent, ["day", "country"], timezone="Europe/Prague")
    stats = pl.read_parquet(tmp_path / "country_stats" / "*.parquet")
    assert_frame_equal(stats.cast(days.schema).sort("day", "country"), days)


def test_what_spark_cannot_do_is_answered_with_the_way_out(spark: Any) -> None:
    frame = given(spark, reports({"status_group": "DELIVERED"}))
    with pytest.raises(ia.ArgumentError, match=r"reports= beside events.*frame\.toArrow\(\)"):
        ia.messages(given(spark, events()), reports=frame)
    sent = given(spark, ia.messages(reports({"status_group": "DELIVERED"}), as_of=T))
    for function in (ia.rates_table, ia.left_out, ia.mask, ia.fix_first, ia.errors_table):
        with pytest.raises(ia.ColumnError, match=r"this takes no Spark frame; .*\.toArrow\(\)"):
            function(sent)
    with pytest.raises(ia.ColumnError, match="fold them first"):
        ia.delivery_rates(frame)
    with pytest.raises(ia.ArgumentError, match="did you mean 'country'"):
        ia.delivery_rates(given(spark, ia.messages(reports(), as_of=T)), "contry")
    with pytest.raises(ia.SourceError, match="say it as as_of"):
        ia.messages(frame)
