"""The definitions as one SQL statement: what it answers, held against polars on DuckDB.

BigQuery's text is parsed and translated by sqlglot, so the expression that is run is the one that
is printed for BigQuery. Nothing here has ever run on BigQuery itself; test_sql_zetasql.py runs the
text as it is on Google's reference of its language.
"""

import json
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
import sqlglot
from conftest import Run
from oracle_folding import Row
from oracle_worlds import (
    EVENT_QUESTIONS,
    HOUR,
    US,
    WAITING,
    T,
    edges,
    events,
    events_of,
    reports,
    reports_of,
)
from polars.testing import assert_frame_equal
from sqlglot import exp

from infobip_analytics.countries import bare_digits, country_code, country_of
from infobip_analytics.errors import ArgumentError
from infobip_analytics.journey import messages
from infobip_analytics.rates import delivery_rates
from infobip_analytics.reading import read
from infobip_analytics.reference import rows
from infobip_analytics.samples import sample_path
from infobip_analytics.sql import rates_sql
from infobip_analytics.sql.asking import groupable
from infobip_analytics.sql.tables import _MARKED

DAY = timedelta(days=1)
KINDS = {"reports": "delivery_reports", "events": "campaign_events"}

#: A statement is to stay far below what BigQuery takes (1 MB before names are resolved).
MOST_BYTES = 60_000


@pytest.fixture(scope="module")
def samples() -> dict[str, pl.DataFrame]:
    """Read the bundled sample, of reports and of events."""
    return {source: read(sample_path(kind)) for source, kind in KINDS.items()}


def parsed(statement: str) -> Any:
    """Parse what is meant for BigQuery; what it does not know raises an error."""
    return sqlglot.parse_one(statement, read="bigquery", error_level=sqlglot.ErrorLevel.RAISE)


def in_duckdb(statement: str) -> str:
    """Translate what is meant for BigQuery."""
    return str(parsed(statement).sql("duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE))


def run_duckdb(statement: str, table: pl.DataFrame) -> pl.DataFrame:
    """Ask DuckDB, which calls *table* `t`; days are those of UTC."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("t", table)
        return pl.DataFrame(connection.sql(statement).to_arrow_table())


def answer(table: pl.DataFrame, *asked: Any, **options: Any) -> pl.DataFrame:
    """Run the text for BigQuery, translated; the text for DuckDB has to say the same."""
    statement, own = (
        rates_sql(*asked, dialect=dialect, table="t", **options)
        for dialect in ("bigquery", "duckdb")
    )
    given, ours = run_duckdb(in_duckdb(statement), table), run_duckdb(own, table)
    # DuckDB has no type for moments like BigQuery's, and sqlglot leaves the zone away
    timed = given.with_columns(
        pl.col(name).cast(dtype) for name, dtype in ours.schema.items() if dtype.is_temporal()
    )
    assert_frame_equal(timed, ours)
    return ours


def assert_rates(made: pl.DataFrame, expected: pl.DataFrame) -> None:
    """Hold an answer against `delivery_rates`: its columns first, in order, then what is left."""
    assert made.columns[: len(expected.columns)] == expected.columns
    assert_frame_equal(made.select(expected.columns), expected)


ASKED: list[tuple[str, Any, str]] = [
    ("reports", "country", "exclude"),
    ("reports", ["day", "country"], "show"),
    ("reports", None, "exclude"),
    ("reports", ["error", "network"], "exclude"),
    ("reports", ["outcome", "receipt", "permanent"], "show"),
    ("events", "country", "show"),
    ("events", ["campaign", "week"], "exclude"),
    ("events", ["hour"], "exclude"),
    ("events", ["action", "error", "status"], "show"),
    ("events", None, "show"),
]


@pytest.mark.parametrize(("source", "by", "no_report"), ASKED, ids=str)
def test_the_rates_of_the_sample_are_those_of_polars(
    samples: dict[str, pl.DataFrame], source: str, by: Any, no_report: Any
) -> None:
    frame = samples[source]
    made = answer(frame, source, by, shape=source, no_report=no_report)
    assert_rates(made, delivery_rates(messages(frame), by, no_report=no_report))


def test_of_the_sample_no_event_is_in_doubt(samples: dict[str, pl.DataFrame]) -> None:
    made = answer(samples["events"], "events", None, shape="events")
    orphans = messages(samples["events"])["orphan"].sum()
    assert made.select("orphans", "in_doubt").row(0) == (orphans, 0)
    assert orphans > 0


# worlds

LISTS: list[Any] = [None, (), ["CZ", "US"]]
KEYS: list[Any] = [
    ["message_id", "country", "outcome", "receipt"],
    ["message_id", "status_name", "error_id", "permanent", "status_group"],
    ["country", "outcome"],
    "day",
    None,
]


@pytest.mark.parametrize("seed", range(8))
def test_worlds_of_reports_are_rated_as_polars_does(seed: int) -> None:
    choose = random.Random(seed).choice
    waiting, by = choose([HOUR, WAITING, 3 * US]), KEYS[seed % len(KEYS)]
    names = [choose([f"m{n}", f"m{n}", f"m{n}", None]) for n in range(200)]
    frame = reports(*(row for name in names for row in reports_of(choose, name, waiting)))
    window: dict[str, Any] = {
        "as_of": choose([*edges(waiting), T + 5 * waiting, None]),
        "waiting_period": waiting,
        "since": choose([None, T]),
        "until": choose([None, T + 2 * waiting]),
    }
    asked: dict[str, Any] = {
        "no_report": choose(["show", "exclude"]),
        "no_report_countries": choose(LISTS),
        "timezone": choose(["UTC", "America/New_York"]),
    }
    made = answer(frame, "reports", by, **window, **asked)
    assert_rates(made, delivery_rates(messages(frame, **window), by, **asked))


def at_different_times(world: list[Row]) -> list[Row]:
    """Let no two rows be of one microsecond: which of them goes first is nowhere said."""
    taken, moved = set(), []
    for row in world:
        time = row["timestamp"]
        while time in taken and "ingest_timestamp" not in row:
            time += US
        taken.add(time)
        moved.append(row | {"timestamp": time})
    return moved


COUNTS = [
    "messages", "waiting", "settled", "delivered", "failed", "rejected", "unreported",
    "delivered_so_far", "reported_so_far", "parts", "attempted", "enqueue_failed",
]  # fmt: skip
WORLDS = 300


@pytest.mark.parametrize("seed", range(5))
def test_worlds_of_events_that_are_not_in_doubt_are_rated_as_polars_does(seed: int) -> None:
    choose = random.Random(seed).choice
    worlds = [at_different_times(events_of(choose, f"k{n}")) for n in range(WORLDS)]
    frame = events(*(row for world in worlds for row in world))
    question = choose(EVENT_QUESTIONS)
    window: dict[str, Any] = {"as_of": question.as_of, "waiting_period": question.waiting}
    made = answer(frame, "events", "campaign_id", shape="events", **window)
    expected = delivery_rates(messages(frame, **window), "campaign_id")
    statement = rates_sql(
        "events", "campaign_id", dialect="duckdb", table="t", shape="events", **window
    )
    of_each = f"{statement.rpartition('SELECT')[0]} SELECT campaign_id, in_doubt FROM counted"
    doubts = run_duckdb(of_each, frame)
    assert made["in_doubt"].unique().to_list() == [doubts["in_doubt"].sum()]
    in_doubt = doubts.filter(pl.col("in_doubt") > 0)["campaign_id"].implode()
    assert 0 < len(in_doubt[0]) < WORLDS / 3
    certain = ~pl.col("campaign_id").is_in(in_doubt)
    columns = ["campaign_id", *COUNTS]
    assert_frame_equal(
        made.filter(certain).select(columns), expected.filter(certain).select(columns)
    )


SENT: Row = {"status": "enqueued"}
OVER: Row = {"status": "delivered", "timestamp": T + HOUR}
LATER: Row = {"timestamp": T + 2 * HOUR}


@pytest.mark.parametrize(
    ("world", "in_doubt"),
    [
        ([SENT, OVER], 0),
        ([SENT | {"message_id": "x"}, OVER | {"message_id": "x"}], 0),
        # another id, another time: no pair is possible, so there is no doubt
        ([SENT | {"message_id": "x"}, OVER | {"message_id": "y"}], 0),
        ([SENT | {"sent_timestamp": T}, OVER | {"sent_timestamp": T + US}], 0),
        # one of two sends is forbidden
        ([SENT | {"message_id": "x"}, SENT, OVER | {"message_id": "y"}], 1),
        ([SENT | {"customer": None}, SENT, OVER], 1),
        # two sends are one message, which can take one final row only
        ([SENT | {"message_id": "x", "parts": n} for n in (1, 2)] + [SENT, OVER, OVER | LATER], 2),
    ],
)
def test_a_final_row_is_in_doubt_where_some_pairs_are_forbidden(
    world: list[Row], in_doubt: int
) -> None:
    made = answer(events(*world), "events", None, shape="events", as_of=T + 9 * DAY)
    assert made["in_doubt"].to_list() == [in_doubt]


@pytest.mark.parametrize(("since_sent", "settled"), [(WAITING - US, 0), (WAITING, 1)])
def test_a_message_settles_when_its_waiting_period_is_over(
    since_sent: timedelta, settled: int
) -> None:
    frame = reports({"recipient": "420601123456"})
    made = answer(frame, "reports", None, as_of=T + since_sent)
    assert made.select("settled", "waiting").row(0) == (settled, 1 - settled)


@pytest.mark.parametrize(
    ("row", "population"),
    [
        ({"record": "report", "status_group": "DELIVERED"}, "reported"),
        ({"record": "log", "status_group": "DELIVERED"}, "sent"),
        ({"record": "report", "status_group": "PENDING"}, "sent"),
    ],
)
def test_who_knows_only_reported_messages_says_so(row: Row, population: str) -> None:
    made = answer(reports(row | {"recipient": "420601123456"}), "reports", None, as_of=T)
    assert made["population"].to_list() == [population]


def test_what_was_left_out_is_counted_in_every_row() -> None:
    rows = [
        {
            "message_id": name,
            "sent_at": sent,
            "status_group": "DELIVERED",
            "recipient": "420601123456",
        }
        for name, sent in [("a", T), ("b", None), ("c", T - DAY), ("d", T + DAY)]
    ]
    made = answer(reports(*rows), "reports", as_of=T + 9 * DAY, since=T, until=T + HOUR)
    assert made.select("messages", "undated", "before_since", "after_until").rows() == [
        (1, 1, 1, 1)
    ]


# countries


def test_a_number_has_the_country_that_country_of_says() -> None:
    chance = random.Random(7)
    numbers = {
        row["prefix"] + "".join(chance.choices("0123456789", k=chance.randint(0, 10)))
        for row in rows("prefixes")
        for _ in range(20)
    }
    numbers |= {"0049301234567", "", "+447700900123", "12x4567890", "9" * 19, "9" * 20}
    frame = reports(*({"message_id": number, "recipient": number} for number in numbers))
    made = answer(frame, "reports", ["recipient", "country"], as_of=T, no_report_countries=())
    told = made.filter(pl.col("recipient").str.contains("^[0-9]+$"))
    # what begins with 00 is no bare number any more, as the readers give them
    bare = told.filter(~pl.col("recipient").str.starts_with("00"))
    assert len(bare) > 5_000
    assert bare["country"].to_list() == country_of(bare["recipient"]).to_list()
    assert set(made["country"]) >= {row["region"] for row in rows("prefixes")}


def test_no_prefix_stands_twice_so_that_no_message_is_counted_twice() -> None:
    prefixes = [row["prefix"] for row in rows("prefixes")]
    assert len(prefixes) == len(set(prefixes))


def test_where_the_number_tells_no_country_the_network_does() -> None:
    known = [row for row in rows("mobile_country_codes") if row["country"]]
    frame = reports(*({"message_id": row["mcc"], "network": row["mcc"] + "01"} for row in known))
    made = answer(frame, "reports", ["message_id", "country"], as_of=T, no_report_countries=())
    assert dict(made.select("message_id", "country").rows()) == {
        row["mcc"]: row["country"] for row in known
    }


def test_where_neither_does_the_customers_country_does_in_any_spelling() -> None:
    spellings = {
        change(spelling)
        for row in rows("countries")
        for spelling in (row["country"], row["alpha3"], row["name"], *row["aliases"].split("|"))
        for change in (str, str.upper, str.lower, lambda text: f"the {text} ")
        if spelling
    } | {
        "Nowhere",
        "St Lucia",
        "cote d ivoire",
        "Cote d'Ivoire",
        "Österreich",
        "BOSNIA & HERZEGOVINA",
    }
    frame = events(
        *(
            SENT | {"recipient": None, "customer_country": spelling, "message_id": spelling}
            for spelling in spellings
        )
    )  # fmt: skip
    made = answer(
        frame, "events", ["message_id", "country"], shape="events", as_of=T, no_report_countries=()
    )
    found = dict(made.select("message_id", "country").rows())
    assert found == {spelling: country_code(spelling) or "ZZ" for spelling in spellings}


# other shapes


def bloomreach(path: Path) -> pl.DataFrame:
    """Build a table as Bloomreach's BigQuery has it of an export: records, numbers, no headings."""
    texts = pl.read_csv(path, infer_schema=False)
    properties = [name for name in texts.columns if name not in ("registered", "timestamp", "type")]
    numbers = ["action_id", "status_code", "number_of_message_parts", "sent_timestamp"]
    number = pl.Decimal(38, 9)
    return texts.select(
        pl.col("registered").alias("internal_customer_id"),
        (pl.col("timestamp").cast(number) * 1_000_000)
        .cast(pl.Int64)
        .cast(pl.Datetime("us", "UTC"))
        .alias("timestamp"),
        properties=pl.struct(
            pl.col(name).cast(number if name in numbers else pl.String) for name in properties
        ),
    )


def test_a_table_of_bloomreach_gives_the_rates_of_the_export(
    samples: dict[str, pl.DataFrame],
) -> None:
    table = bloomreach(Path(sample_path("campaign_events")))
    made = answer(table, "events", ["country", "action"], no_report="show")
    expected = delivery_rates(messages(samples["events"]), ["country", "action"], no_report="show")
    assert made["in_doubt"].unique().to_list() == [0]
    assert_rates(made, expected)


RECIPIENTS = [
    "+44 7700 900123", "0044 7700 900124", "+44 (0)7700 900125", "447700900126.0", "447700900127",
    "00 44 7700-900128", "x@shop.example", "+", "", " ", "0", "+39 (0)6 1234567", "(447700) 900129",
    "447700900123 447700900124", "07700900123", "0049", "+1-202-555-0123", "44770090012300000000",
]  # fmt: skip


#: What the smallest table of Bloomreach does not have.
LACKING = {
    row["column"]: "none"
    for row in rows("sql_columns")
    if row["shape"] == "bloomreach"
    and row["column"] not in ("customer", "timestamp", "recipient", "status", "action_type")
}


def test_recipients_become_bare_digits_as_the_readers_make_them() -> None:
    table = pl.DataFrame(
        {
            "internal_customer_id": [str(n) for n in range(len(RECIPIENTS))],
            "timestamp": pl.Series([T] * len(RECIPIENTS), dtype=pl.Datetime("us", "UTC")),
            "properties": [
                {"action_type": "SMS", "status": "Enqueued", "recipient": each}
                for each in RECIPIENTS
            ],
        }
    )
    made = answer(
        table, "events", ["customer", "recipient"], as_of=T, columns=LACKING, no_report="show"
    )
    bare = pl.DataFrame({"came": RECIPIENTS}).select(bare_digits(pl.col("came"))).to_series()
    assert dict(made.select("customer", "recipient").rows()) == {
        str(n): number for n, number in enumerate(bare)
    }


def test_a_table_of_customers_tells_where_the_number_does_not() -> None:
    numbers = {"a": "+447700900123", "b": "07700900123", "c": "07700900123", "d": "x@y"}
    homes = {"a": "France", "b": "United Kingdom", "c": None}
    table = pl.DataFrame(
        {
            "internal_customer_id": list(numbers),
            "timestamp": pl.Series([T] * len(numbers), dtype=pl.Datetime("us", "UTC")),
            "properties": [
                {"action_type": "sms", "status": "enqueued", "recipient": number}
                for number in numbers.values()
            ],
        }
    )
    asked: dict[str, Any] = {"as_of": T, "columns": LACKING, "customers": "homes", "table": "t"}
    with duckdb.connect() as connection:
        connection.register("t", table)
        people = pl.DataFrame(
            {
                "internal_id": list(homes),
                "properties": [{"country": home} for home in homes.values()],
            }
        )
        connection.register("homes", people)
        statement = rates_sql("events", ["customer", "country"], **asked)
        made = pl.DataFrame(connection.sql(in_duckdb(statement)).to_arrow_table())
    assert made.select("customer", "country").rows() == [
        ("a", "GB"), ("b", "GB"), ("c", "ZZ"), ("d", "ZZ"),
    ]  # fmt: skip


@pytest.mark.parametrize(("shape", "to"), [("infobip", "to"), ("infobip-logs", "destination")])
def test_payloads_of_infobip_give_the_rates_of_the_reader(
    tmp_path: Path, shape: str, to: str
) -> None:
    lines = Path(sample_path("delivery_reports")).read_text("utf-8").splitlines()
    some = [line for line in lines if to in json.loads(line)]
    assert len(some) > 100
    path = tmp_path / "some.ndjson"
    path.write_text("\n".join(some), "utf-8")
    table = pl.read_ndjson(path, infer_schema_length=None)
    lacks = {"infobip": {}, "infobip-logs": {}}[shape]
    for column, field in (("done_at", "doneAt"), ("network", "mccMnc"), ("bulk_id", "bulkId")):
        if field not in table.columns:
            lacks[column] = "none"
    status = (
        ("price", "price"),
        ("currency", "price"),
        ("error_id", "error"),
        ("error_name", "error"),
    )
    lacks |= {column: "none" for column, field in status if field not in table.columns}
    made = answer(table, "reports", "country", shape=shape, as_of=T + 60 * DAY, columns=lacks)
    assert_rates(made, delivery_rates(messages(read(path), as_of=T + 60 * DAY), "country"))


# the text

EVERY = [
    (source, shape, dialect)
    for source, shapes in (
        ("reports", ("reports", "infobip", "infobip-logs")),
        ("events", ("events", "bloomreach")),
    )
    for shape in shapes
    for dialect in ("bigquery", "duckdb")
]


@pytest.mark.parametrize(("source", "shape", "dialect"), EVERY)
def test_a_statement_is_small_and_the_same_each_time(source: Any, shape: Any, dialect: Any) -> None:
    by = ["country", "day", "campaign", "error", "status", "channel", "sender", "recipient"]
    first, again = (
        rates_sql(source, by, shape=shape, dialect=dialect, no_report="show") for _ in range(2)
    )
    assert first == again
    assert len(first.encode()) < MOST_BYTES


@pytest.mark.parametrize("source", ["reports", "events"])
def test_no_name_in_a_statement_is_a_word_of_bigquery_or_means_two_things(source: Any) -> None:
    tree = parsed(rates_sql(source, ["country", "error"], no_report="show"))
    bare = {name.name for name in tree.find_all(exp.Identifier) if not name.args["quoted"]}
    words = sqlglot.Dialect.get_or_raise("bigquery").generator_class.RESERVED_KEYWORDS
    assert len(words) > 90
    assert {name.lower() for name in bare} & words == set()
    steps = {step.alias for step in tree.find_all(exp.CTE)}
    columns = {column.name for column in tree.find_all(exp.Column)}
    assert steps & (columns | {alias.alias for alias in tree.find_all(exp.Alias)}) == set()


@pytest.mark.parametrize(("source", "shape"), [each[:2] for each in EVERY[::2]])
def test_no_step_has_a_column_twice_and_no_column_two_types(source: Any, shape: Any) -> None:
    # DuckDB takes the first of the two, and makes texts of numbers; BigQuery refuses both
    names = [name for name in groupable(source) if name not in ("orphan", "settled")]
    tree = parsed(rates_sql(source, names, shape=shape))
    for select in tree.find_all(exp.Select):
        named = (exp.Alias, exp.Column)
        said = [
            each.alias_or_name
            for each in select.expressions
            if isinstance(each, named) and not each.is_star
        ]
        assert len(said) == len(set(said)), said
    for union in tree.find_all(exp.Union):
        kinds = [
            [each.unalias().is_string for each in side.expressions]
            for side in (union.left.find(exp.Select), union.right)
        ]
        assert kinds[0] == kinds[1], union.right.sql("bigquery")


def test_no_marked_letter_stands_twice() -> None:
    # BigQuery's TRANSLATE refuses that
    marked = [letter for letter, _ in _MARKED]
    assert len(marked) == len(set(marked)) > 100


@pytest.mark.parametrize("odd", ["NaN", "inf", "1e300", "x"])
def test_one_odd_number_does_not_stop_the_statement(odd: str) -> None:
    properties = {"action_type": "sms", "status": "enqueued", "recipient": "447700900123"}
    table = pl.DataFrame(
        {
            "internal_customer_id": ["a"],
            "timestamp": pl.Series([T], dtype=pl.Datetime("us", "UTC")),
            "properties": [properties | {"sent_timestamp": odd, "number_of_message_parts": odd}],
        }
    )
    there = {"parts": "properties.number_of_message_parts"}
    columns = LACKING | there | {"sent_timestamp": "properties.sent_timestamp"}
    made = answer(table, "events", None, as_of=T, columns=columns)
    assert made.select("messages", "parts").row(0) == (1, None)


def test_every_step_but_small_tables_is_read_once() -> None:
    # BigQuery works a step out again each time it is named
    tree = parsed(rates_sql("events", "country", shape="events"))
    named = [table.name for table in tree.find_all(exp.Table)]
    twice = {name for name in named if named.count(name) > 1}
    assert twice <= {"prefixes", "t", "my_project.my_dataset.campaign", "campaign"}


def test_the_page_on_bigquery_begins_as_the_statement_does() -> None:
    page = (Path(__file__).parent.parent / "docs" / "bigquery.md").read_text("utf-8")
    shown = page.partition("```sql\n")[2].partition("```")[0]
    statement = rates_sql("events", table="my-project.exp_views.campaign", as_of="now")
    assert statement.startswith(shown)
    assert len(shown) > 800


def test_now_is_whenever_the_statement_is_run() -> None:
    assert "UNIX_MICROS(CURRENT_TIMESTAMP()) AS as_of" in rates_sql("events", as_of="now")
    own = rates_sql("events", None, dialect="duckdb", table="t", shape="events", as_of="now")
    assert run_duckdb(own, events({"status": "enqueued"}))["settled"].to_list() == [1]


@pytest.mark.parametrize(
    "name",
    [
        "", "a b", "t; DROP TABLE x", "t`", "t'", 't"', "t -- x", "t/*", "a.b.c.d.e", ".t", "t.",
        "tä", "t\n", "t\\", "a..b", "x" * 2_000, "../../t",
    ],
)  # fmt: skip
@pytest.mark.parametrize("dialect", ["bigquery", "duckdb"])
def test_what_is_no_name_of_a_table_is_refused(name: str, dialect: Any) -> None:
    if name:
        with pytest.raises(ArgumentError, match="is no name of a table"):
            rates_sql(table=name, dialect=dialect)
    for hostile in (name + "'.parquet", name + ";.parquet"):
        with pytest.raises(ArgumentError, match="is no name of a table"):
            rates_sql(table=hostile, dialect=dialect)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"source": "clicks"}, "there are 'reports', 'events'"),
        ({"dialect": "oracle"}, "there are 'bigquery', 'duckdb'"),
        ({"shape": "bloomreach"}, "tables of reports have"),
        ({"customers": "x.y"}, "only a table of Bloomreach"),
        ({"by": "customer"}, "a statement from reports can group by"),
        ({"by": "delivered"}, "can group by"),
        ({"by": "hour", "timezone": "Europe/Prague"}, "hours in UTC only"),
        ({"columns": {"customer": "x"}}, "have no 'customer' in a statement"),
        ({"columns": {"recipient": "x; y"}}, "is no column"),
        ({"no_report": "hide"}, "no_report='hide'"),
        ({"no_report_countries": ["Atlantis"]}, "'Atlantis'"),
        ({"confidence": 2}, "confidence=2"),
        ({"as_of": "soon"}, "is no moment"),
        ({"waiting_period": "never"}, "is no period"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "is later than until"),
    ],
)  # fmt: skip
def test_what_means_nothing_is_answered_with_a_sentence(
    options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ArgumentError, match=sentence):
        rates_sql(**options)


def test_a_glob_of_parquet_is_a_table_of_duckdb(
    tmp_path: Path, samples: dict[str, pl.DataFrame]
) -> None:
    samples["reports"].write_parquet(tmp_path / "a.parquet")
    statement = rates_sql(dialect="duckdb", table=f"{tmp_path}/*.parquet")
    expected = delivery_rates(messages(samples["reports"]))
    assert_rates(run_duckdb(statement, pl.DataFrame({"x": [1]})), expected)


# the command


def test_the_command_prints_the_statement_alone_and_its_size_beside(run: Run) -> None:
    status, out, err = run("sql", "--table", "shop-1.crm.reports", "--by", "day,country")
    assert (status, out) == (
        0,
        rates_sql("reports", ["day", "country"], table="shop-1.crm.reports"),
    )
    assert f"one statement, {len(out.encode()):,} bytes of the 1,000,000" in err


def test_the_command_writes_to_a_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "rates.sql"
    status, out, err = run(
        "sql", "--source", "events", "--as-of", "now", "--column", "properties.phone=recipient",
        "--output", str(path),
    )  # fmt: skip
    assert (status, out) == (0, "")
    assert "`properties`.`phone`" in path.read_text("utf-8")
    assert "in_doubt" in err


@pytest.mark.parametrize(
    "arguments", [["--table", "a b"], ["--column", "recipient"], ["--by", "customer"]]
)
def test_the_command_refuses_with_one_sentence(run: Run, arguments: list[str]) -> None:
    status, out, err = run("sql", *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
