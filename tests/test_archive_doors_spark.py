"""Others read an archive: DuckDB and Spark, as the Parquet files that the log of its table names.

What reads the log here is in docs/archive.md, for whoever has no library for Delta tables.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import polars as pl
import pytest
from archive_answers import FIRST, answer, report
from conftest import IN_CI

from infobip_analytics.archive import (
    Archive,
    compact,
    drop_older,
    forget,
    keep,
    make_archive,
    rebuild,
    scan,
)

#: Reads the files that it is told, and tells what is in them
SPARK = """
import json, sys, warnings
warnings.simplefilter("ignore")
from pyspark.sql import SparkSession
asked = json.load(sys.stdin)
spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.shuffle.partitions", "1")
    .config("spark.sql.adaptive.enabled", "false")
    .config("spark.sql.codegen.wholeStage", "false")
    .config("spark.sql.warehouse.dir", asked["folder"])
    .getOrCreate()
)
found = []
for table, files in asked["tables"]:
    rows = spark.read.option("basePath", table).parquet(*files)
    rows.createOrReplaceTempView("reports")
    found.append({
        "types": {each.name: each.dataType.simpleString() for each in rows.schema},
        "rows": [list(row) for row in spark.sql(asked["sql"]).collect()],
    })
spark.stop()
print(json.dumps(found))
"""

#: In words that DuckDB, Spark and polars have in common
SQL = """
SELECT CAST(sent_date AS STRING) AS day, COUNT(*) AS reports,
    COUNT(DISTINCT message_id) AS messages, SUM(CASE WHEN status_group = 'DELIVERED' THEN 1 END)
    AS delivered, ROUND(SUM(price), 6) AS cost, MIN(sent_at) = MAX(sent_at) AS one_moment,
    CAST(SUM(EXTRACT(MINUTE FROM done_at)) AS INT) AS minutes, MAX(journal_line) AS line
FROM reports GROUP BY sent_date ORDER BY day
"""


def files_of(table: Path) -> list[str]:
    """The files of a Delta table: of its last checkpoint, and of the log since."""
    log, files = table / "_delta_log", dict[str, bool]()
    last = log / "_last_checkpoint"
    version = json.loads(last.read_text())["version"] if last.exists() else -1
    if last.exists():
        there = duckdb.execute(
            "SELECT add.path FROM read_parquet(?) WHERE add IS NOT NULL",
            [str(log / f"{version:020}.checkpoint.parquet")],
        )
        files = {path: True for (path,) in there.fetchall()}
    for entry in sorted(log.glob("*.json")):
        if int(entry.stem) > version:
            for action in map(json.loads, entry.read_text("utf-8").splitlines()):
                if change := action.get("add") or action.get("remove"):
                    files[change["path"]] = "add" in action
    return [str(table / unquote(path)) for path, there in sorted(files.items()) if there]


def nights(path: Path) -> Archive:
    """An archive of some nights, in which reports are repeated and corrected."""
    archive = make_archive(path)
    for night in range(5):
        rows = [
            report(n, ["pending", "failed", "delivered"][(n + night) % 3], day=1 + n % 4)
            for n in range(5 * night, 5 * night + 20)
        ]
        keep(archive, [answer(*rows, *rows[:3], hours=24 * night)])
    return archive


def ours(archive: Archive) -> list[list[Any]]:
    """What our own door finds, as `SQL` has it."""
    day = pl.col("sent_at").dt.date().cast(pl.String).alias("day")
    found = scan(archive).group_by(day).agg(
        pl.len().alias("reports"),
        pl.col("message_id").n_unique().alias("messages"),
        pl.when(pl.col("status_group") == "DELIVERED").then(1).sum().alias("delivered"),
        pl.col("price").sum().round(6).alias("cost"),
        (pl.col("sent_at").n_unique() == 1).alias("one_moment"),
        pl.col("done_at").dt.minute().cast(pl.Int64).sum().alias("minutes"),
    )  # fmt: skip
    return [list(row) for row in found.sort("day").collect().rows()]


def in_duckdb(archive: Archive) -> list[list[Any]]:
    """What DuckDB finds in the files that the log names."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        files = connection.read_parquet(files_of(archive.table), hive_partitioning=True)
        files.create_view("reports")
        return [list(row)[:-1] for row in connection.execute(SQL).fetchall()]


#: All that leaves files behind which are not to be read
STATES = ["as it grew", "compacted", "forgotten", "dropped", "made anew", "grown on"]


def every_state(tmp_path: Path, states: Sequence[str] = STATES) -> dict[str, Archive]:
    """Archives to which each of these has been done."""
    found = {}
    for name in states:
        archive = found[name] = nights(tmp_path / name)
        if name in ("compacted", "grown on"):
            compact(archive)
        if name == "forgotten":
            forget(archive, "447700900003")
        if name == "dropped":
            compact(archive)
            drop_older(archive, 4, today=FIRST.replace(day=7))
        if name == "made anew":
            rebuild(archive)
        if name == "grown on":
            keep(archive, [answer(report(999), report(998, "failed", day=2), hours=200)])
    return found


def test_duckdb_finds_what_we_find_whatever_was_done_to_the_archive(tmp_path: Path) -> None:
    counts = set()
    for archive in every_state(tmp_path).values():
        found = ours(archive)
        assert in_duckdb(archive) == found
        counts.add(sum(row[1] for row in found))
    assert len(counts) == 4  # so that what was done is seen


def test_files_of_older_versions_would_be_seen(tmp_path: Path) -> None:
    archive = nights(tmp_path / "archive")
    compact(archive)
    every = [str(path) for path in archive.table.rglob("part-*.parquet")]
    assert len(every) > len(files_of(archive.table)) == 4
    twice = duckdb.read_parquet(every).aggregate("count(*)").fetchall()[0][0]
    assert twice == 2 * sum(row[1] for row in ours(archive))


def test_polars_finds_what_we_find_in_the_delta_table(tmp_path: Path) -> None:
    archive = nights(tmp_path / "archive")
    compact(archive)
    found = pl.read_delta(str(archive.table))
    names = [name for name in scan(archive).collect_schema() if name != "set_aside"]
    assert sorted(found.select(names).rows(), key=repr) == sorted(
        scan(archive).drop("set_aside").collect().rows(), key=repr
    )


@pytest.mark.slow
def test_spark_finds_what_we_find_whatever_was_done_to_the_archive(tmp_path: Path) -> None:
    _need_spark()
    # one that has no checkpoint, and one with a checkpoint, and more behind it
    archives = list(every_state(tmp_path, ["as it grew", "grown on"]).values())
    asked = {
        "sql": SQL,
        "folder": str(tmp_path / "warehouse"),
        "tables": [[str(each.table), files_of(each.table)] for each in archives],
    }
    done = subprocess.run(
        [sys.executable, "-c", SPARK],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_DIRS": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for archive, found in zip(archives, json.loads(done.stdout.splitlines()[-1]), strict=True):
        assert [row[:-1] for row in found["rows"]] == ours(archive)
        times = {found["types"][name] for name in ("sent_at", "done_at", "received_at")}
        assert (times, found["types"]["sent_date"]) == ({"timestamp"}, "date")


def _need_spark() -> None:
    """Skip the test where there is no Spark; in CI, where there has to be, it fails."""
    java = shutil.which("java") or os.environ.get("JAVA_HOME")
    if IN_CI:
        assert java, "there is no Java, which .ci/run should have installed"
        return
    if not java:
        pytest.skip("there is no Java: Spark is not asked (apt-get install default-jre-headless)")
    pytest.importorskip("pyspark", reason="there is no Spark: pip install pyspark")
