"""Is the receipt believable: what makes receipts implausible, and what is too little to say so."""

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from conftest import Back, Engine, Run
from polars.testing import assert_frame_equal
from statsmodels.stats.proportion import proportion_confint

from infobip_analytics.believing import implausible_receipts, receipts_table
from infobip_analytics.believing.judging import ASSUMES
from infobip_analytics.errors import ArgumentError, ColumnError
from infobip_analytics.frames import MESSAGES
from infobip_analytics.samples import sample_path

T = datetime(2026, 3, 1, 9, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
ABSENT = {"outcome": "failed", "receipt": None, "error_name": "EC_ABSENT_SUBSCRIBER"}
BROKEN = {"outcome": "failed", "receipt": None, "error_name": "EC_SYSTEM_FAILURE"}


def sent(n: int, delays: Any = None, **told: Any) -> pl.DataFrame:
    """Make *n* messages on network 23410 of GB, delivered after *delays* in seconds."""
    usual = {"country": "GB", "network": "23410", "outcome": "delivered", "receipt": "handset"}
    stamp = {"settled": True, "orphan": False, "as_of": T + 90 * DAY, "waiting_days": 4.0}
    seconds: list[Any] = delays if isinstance(delays, list) else [delays] * n
    times = [{"done_at": None if delay is None else T + delay * SECOND} for delay in seconds]
    rows = [usual | stamp | {"sent_at": T} | time | told for time in times]
    return pl.DataFrame(rows, schema=MESSAGES)


def human(n: int) -> list[float]:
    """Give delays as phones have them: some at once, some much later."""
    return [1.2 + 0.4 * (place % 40) for place in range(n)]


def judged(*frames: pl.DataFrame, **asked: Any) -> dict[str, Any]:
    """Give the row of network 23410."""
    found = implausible_receipts(pl.concat(frames), **asked)
    [row] = found.filter(country="GB", network="23410").to_dicts()
    told: dict[str, Any] = row
    return told


def test_delays_as_phones_have_them_are_plausible(engine: Engine, back: Back) -> None:
    [row] = back(implausible_receipts(engine(sent(200, human(200))))).to_dicts()
    assert (row["verdict"], row["signals"], row["reason"]) == ("plausible", "", "no signal")
    assert (row["settled"], row["timed"], row["instant"]) == (200, 200, 0)
    assert row["country_name"] == "United Kingdom"


def test_instant_delays_are_implausible(engine: Engine, back: Back) -> None:
    delays = [0.999999 * place / 96 for place in range(96)] + [1.0, 30.0, 50.0, 90.0]
    [row] = back(implausible_receipts(engine(sent(100, delays)))).to_dicts()
    assert (row["verdict"], row["signals"]) == ("implausible", "instant delays")
    assert (row["instant"], row["instant_share"]) == (96, 0.96)
    assert row["reason"] == "96 of 100 deliveries took less than 1 s"


def test_a_share_is_a_signal_where_its_interval_lies_above_90_percent() -> None:
    low = {instant: proportion_confint(instant, 100, method="wilson")[0] for instant in (95, 96)}
    assert low[95] < 0.9 < low[96]
    for instant, verdict in ((95, "plausible"), (96, "implausible")):
        delays = [place / 100 for place in range(instant)] + [60.0] * (100 - instant)
        assert judged(sent(100, delays))["verdict"] == verdict


def test_constant_delays_are_implausible() -> None:
    delays = [7.0] * 50 + [6.5] * 24 + [7.5] * 24 + [7.500001, 40.0]
    row = judged(sent(100, delays))
    assert (row["verdict"], row["signals"], row["median"]) == (
        "implausible",
        "constant delays",
        7.0,
    )
    assert (row["constant"], row["constant_share"]) == (98, 0.98)
    assert row["reason"] == "98 of 100 deliveries took 7.0 s, give or take half a second"


def test_times_before_sending_are_in_no_share_and_counted() -> None:
    row = judged(sent(100, -1.0), sent(100, human(100)))
    assert (row["timed"], row["negative"], row["instant"]) == (100, 100, 0)
    assert row["verdict"] == "plausible"


def test_what_the_operator_answers_at_once_is_no_instant_delivery() -> None:
    row = judged(sent(100, 0.1, receipt="operator"), sent(100, human(100)))
    assert (row["timed"], row["instant"], row["operator_share"]) == (100, 0, 0.5)
    assert row["verdict"] == "plausible"


def test_receipts_of_the_operator_alone_prove_no_delivery_to_a_phone() -> None:
    row = judged(sent(97, 2.0, receipt="operator"), sent(3, human(3)))
    assert (row["verdict"], row["signals"]) == ("implausible", "operator only")
    assert row["reason"] == "97 of 100 receipts stop at the operator"
    unknown = judged(sent(100, human(100), receipt="unknown"))
    assert (unknown["receipts"], unknown["operator_share"]) == (0, None)


def others(absent: int, n: int = 1000, **told: Any) -> pl.DataFrame:
    """Make messages on another network of the country, some of which found no phone."""
    there = {"network": "23415"} | told
    return pl.concat([sent(n - absent, human(n - absent), **there), sent(absent, **ABSENT | there)])


def test_no_phone_ever_off_is_implausible_where_others_have_many(
    engine: Engine, back: Back
) -> None:
    frame = pl.concat([sent(300, human(300)), others(50)])
    found = back(implausible_receipts(engine(frame)))
    row = found.row(0, named=True)
    assert (row["network"], row["verdict"]) == ("23410", "implausible")
    assert row["signals"] == "no phone ever off"
    low = proportion_confint(50, 1000, method="wilson")[0]
    assert (row["others"], row["others_unreachable"]) == (1000, 50)
    assert row["expected"] == pytest.approx(300 * low)
    assert row["chance"] == pytest.approx(math.exp(300 * math.log1p(-low)))
    assert row["reason"] == (
        "300 of 300 delivered and no phone ever out of reach, where 50 of 1000 on other networks "
        f"let expect at least {round(300 * low, 1)}"
    )
    assert found["verdict"].to_list() == ["implausible", "plausible"]


def test_the_chance_decides_whether_there_are_enough_messages() -> None:
    low = proportion_confint(50, 1000, method="wilson")[0]
    enough = math.ceil(math.log(0.001) / math.log(1 - low))
    for n, signals in ((enough - 1, ""), (enough, "no phone ever off")):
        assert judged(sent(n, human(n)), others(50))["signals"] == signals


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(sent(1, **ABSENT), id="a phone was off once"),
        pytest.param(sent(1, **ABSENT | {"error_name": "EC_VALIDITY_EXPIRED"}), id="one expired"),
        pytest.param(sent(4, **BROKEN), id="less than 99.5 % delivered"),
    ],
)
def test_a_record_that_is_not_spotless_is_plausible(more: pl.DataFrame) -> None:
    assert judged(sent(600, human(600)), more, others(50))["verdict"] == "plausible"


def test_failures_that_no_phone_causes_do_not_make_a_record_of_phones() -> None:
    row = judged(sent(600, human(600)), sent(3, **BROKEN), others(50))
    assert (row["failed"], row["unreachable"], row["verdict"]) == (3, 0, "implausible")


def test_only_networks_of_the_same_country_that_are_known_are_compared() -> None:
    here = sent(300, human(300))
    abroad, unknown = others(50, country="FR"), others(50, network=None)
    row = judged(here, abroad, unknown)
    assert (row["others"], row["expected"], row["chance"]) == (0, None, None)
    assert row["verdict"] == "plausible"
    assert row["others_unreachable"] == 0
    nameless = implausible_receipts(
        pl.concat([here.with_columns(network=pl.lit(None, pl.String)), others(50)])
    )
    [row] = nameless.filter(pl.col("network").is_null()).to_dicts()
    assert (row["others"], row["verdict"]) == (None, "plausible")


def test_too_little_is_not_judged() -> None:
    row = judged(sent(99, 0.1), others(50))
    assert (row["verdict"], row["reason"]) == (
        "not judged", "only 99 delivered, and 100 are the least",
    )  # fmt: skip
    assert judged(sent(99, 0.1), minimum=99)["verdict"] == "implausible"
    assert judged(sent(34, 0.1), minimum=35)["verdict"] == "not judged"
    nothing = judged(sent(500, receipt="unknown"))
    assert nothing["verdict"] == "not judged"
    assert nothing["reason"].startswith("neither delays nor receipts")


@pytest.mark.parametrize("minimum", [34, 0, -1, True, 99.5, "100", None])
def test_a_minimum_that_proves_nothing_is_refused(minimum: Any) -> None:
    with pytest.raises(ArgumentError, match="at least 35"):
        implausible_receipts(sent(1), minimum=minimum)


def test_what_is_no_frame_of_messages_is_refused() -> None:
    with pytest.raises(ColumnError, match="no frame of messages"):
        implausible_receipts(pl.DataFrame({"x": [1]}))


def test_messages_are_those_of_the_rates() -> None:
    outside = [
        sent(100, 0.1, settled=False), sent(100, 0.1, orphan=True),
        sent(100, 0.1, sent_at=None), sent(100, outcome="enqueue_failed"),
    ]  # fmt: skip
    row = judged(sent(100, human(100)), *outside)
    assert (row["settled"], row["verdict"]) == (100, "plausible")


def test_no_report_countries_are_left_out(engine: Engine, back: Back) -> None:
    german = engine(sent(200, 0.1, country="DE"))
    assert back(implausible_receipts(german)).is_empty()
    [row] = back(implausible_receipts(german, no_report_countries=())).to_dicts()
    assert row["verdict"] == "implausible"


def test_it_never_says_more_than_implausible() -> None:
    table = receipts_table(pl.concat([sent(300, 0.1), others(50)]))
    shown = (str(table) + table._repr_html_() + table.note).lower()
    assert "implausible" in shown
    assert not [word for word in ("fraud", "fake", "cheat", "scam") if word in shown]
    assert table.notes[0] == ASSUMES
    assert table.headline == (
        "Receipts of 2 networks: 1 implausible, 1 plausible, 0 not judged; "
        "300 deliveries in question"
    )


def test_a_frame_without_networks_and_times_is_judged_by_what_it_has() -> None:
    lean = sent(200, human(200)).select("country", "outcome", "settled", "receipt")
    [row] = implausible_receipts(lean).to_dicts()
    assert (row["network"], row["timed"], row["receipts"]) == (None, 0, 200)
    assert row["verdict"] == "plausible"


COUNTED = """
    WITH own AS (
        SELECT *, CASE WHEN outcome = 'delivered' AND receipt IS DISTINCT FROM 'operator'
            THEN epoch_us(done_at) - epoch_us(sent_at) END AS delay
        FROM messages WHERE settled AND NOT orphan AND country <> 'DE'
    ),
    middles AS (
        SELECT country, network, quantile_disc(delay, 0.5) FILTER (delay >= 0) AS middle
        FROM own GROUP BY ALL
    )
    SELECT own.country, own.network, count(*) AS settled,
        count(*) FILTER (outcome = 'delivered') AS delivered,
        count(*) FILTER (outcome = 'failed') AS failed,
        count(*) FILTER (outcome = 'failed'
            AND error_name IN ('EC_ABSENT_SUBSCRIBER', 'EC_VALIDITY_EXPIRED')) AS unreachable,
        count(*) FILTER (delay >= 0) AS timed,
        count(*) FILTER (delay < 0) AS negative,
        count(*) FILTER (delay BETWEEN 0 AND 999999) AS instant,
        count(*) FILTER (delay >= 0 AND abs(delay - middle) <= 500000) AS constant,
        max(middle) / 1e6 AS median,
        count(*) FILTER (outcome = 'delivered' AND receipt IN ('handset', 'operator')) AS receipts,
        count(*) FILTER (outcome = 'delivered' AND receipt = 'operator') AS operator
    FROM own JOIN middles ON own.country = middles.country
        AND own.network IS NOT DISTINCT FROM middles.network
    GROUP BY own.country, own.network ORDER BY own.country, own.network NULLS LAST
"""


@pytest.mark.parametrize("seed", range(3))
def test_networks_are_counted_as_sql_counts_them(seed: int, engine: Engine, back: Back) -> None:
    messages = _world(seed)
    with duckdb.connect() as database:
        database.register("messages", messages)
        truth = pl.DataFrame(database.sql(COUNTED).to_arrow_table())
    found = back(implausible_receipts(engine(messages), minimum=35))
    counted = found.sort("country", "network", nulls_last=True).select(truth.columns)
    assert_frame_equal(counted, truth, check_dtypes=False)
    assert set(found["verdict"]) == {"implausible", "plausible", "not judged"}


def _world(seed: int, size: int = 3000) -> pl.DataFrame:
    """Make messages of many kinds to few networks; that of 23003 answers at once."""
    dice = np.random.default_rng(seed)
    networks: Any = ["23410", "23415", "23003", "tiny", None]
    ends = ["delivered", "failed", "rejected"]
    network = dice.choice(networks, size, p=[0.3, 0.3, 0.3, 0.01, 0.09])
    outcome = dice.choice(ends, size, p=[0.8, 0.15, 0.05])
    delay = np.where(network == "23003", dice.random(size), dice.lognormal(1, 1, size) - 0.5)
    known = dice.random(size) < 0.95
    said = dice.choice(["EC_ABSENT_SUBSCRIBER", "EC_VALIDITY_EXPIRED", "EC_SYSTEM_FAILURE"], size)
    messages = pl.DataFrame(
        {
            "country": dice.choice(["GB", "CZ", "DE"], size),
            "network": pl.Series(network.tolist(), dtype=pl.String),
            "outcome": outcome,
            "receipt": dice.choice(["handset", "handset", "operator", "unknown"], size),
            "settled": dice.random(size) < 0.9,
            "orphan": dice.random(size) < 0.05,
            "delay": 1_000_000 * delay,
            "error_name": said,
        }
    )
    return messages.with_columns(
        sent_at=pl.lit(T, MESSAGES["sent_at"]),
        done_at=pl.when(pl.Series(known)).then(T + pl.duration(microseconds=pl.col("delay"))),
        error_name=pl.when(outcome="failed").then("error_name"),
    ).drop("delay")


def test_the_command_prints_writes_and_refuses(run: Run) -> None:
    source = str(sample_path("delivery_reports"))
    status, out, err = run("receipts", source, "--minimum", "35")
    assert (status, err) == (0, "")
    assert out.startswith("Receipts of ")
    assert " ".join(ASSUMES.split()[:6]) in " ".join(out.split())
    status, out, err = run("receipts", source, "--format", "json")
    assert status == 0
    told = json.loads(out)
    assert {row["verdict"] for row in told["rows"]} == {"plausible", "not judged"}
    assert (told["assumes"], err) == (ASSUMES, "")
    status, _, err = run("receipts", source, "--minimum", "3")
    assert (status, len(err.splitlines())) == (2, 1)
    status, out, _ = run("receipts", source, "--format", "csv")
    assert out.startswith("country,country_name,network,verdict,signals,reason,settled,")
