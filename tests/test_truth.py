"""Reports and events of the invented world are read, and the known truth comes out again."""

import polars as pl
import pytest
from conftest import Back, Engine
from polars.testing import assert_frame_equal

import infobip_analytics as ia
from infobip_analytics.cli.sample import MESSAGES, SEED
from infobip_analytics.samples.events import events_frame
from infobip_analytics.samples.reports import reports_frame
from infobip_analytics.samples.world import make_world

FINAL = ["delivered", "failed", "rejected"]
#: What only reports tell of a message, and what both sources do.
OF_REPORTS = ["message_id", "campaign_reference", "receipt", "status_id", "error_id"]
COUNTED = ["n_reports", "n_late", "conflicting", "orphan"]
SHARED = ["recipient", "country", "channel", "parts", "outcome", "settled", "done_at"]


@pytest.fixture(scope="module")
def reports() -> pl.DataFrame:
    made: pl.DataFrame = ia.read_delivery_reports(ia.sample_path("delivery_reports"))
    return made


@pytest.fixture(scope="module")
def events() -> pl.DataFrame:
    made: pl.DataFrame = ia.read_campaign_events(ia.sample_path("campaign_events"))
    return made


@pytest.fixture(scope="module")
def truth() -> pl.DataFrame:
    return make_world(MESSAGES, SEED).truth


def known_to_reports(truth: pl.DataFrame) -> pl.DataFrame:
    return truth.filter(~pl.col("orphan"), pl.col("outcome") != "enqueue_failed")


def compare(made: pl.DataFrame, truth: pl.DataFrame, columns: list[str]) -> None:
    """Hold *columns* of messages against the truth; each has its own `sent_at`."""
    wanted = ["sent_at", *columns]
    assert_frame_equal(made.select(wanted).sort("sent_at"), truth.select(wanted).sort("sent_at"))


def test_the_reports_tell_the_truth(
    reports: pl.DataFrame, truth: pl.DataFrame, engine: Engine, back: Back
) -> None:
    made = back(ia.messages(engine(reports)))
    compare(made, known_to_reports(truth), [*OF_REPORTS, *COUNTED, *SHARED])


def test_the_events_tell_the_truth(
    events: pl.DataFrame, truth: pl.DataFrame, engine: Engine, back: Back
) -> None:
    made = back(ia.messages(engine(events))).filter(~pl.col("orphan"))
    sent = truth.filter(~pl.col("orphan"))
    compare(made, sent, ["customer", "action_id", "variant", "channel", "outcome", "settled"])
    # some sends failed because of their number; and only reports date what decides nothing
    forwarded, final = pl.col("outcome") != "enqueue_failed", pl.col("outcome").is_in(FINAL)
    details = ["recipient", "country", "parts", "conflicting"]
    compare(made.filter(forwarded), sent.filter(forwarded), details)
    compare(made.filter(final), sent.filter(final), ["done_at"])


def test_the_events_of_earlier_sends_are_orphans(
    events: pl.DataFrame, truth: pl.DataFrame, engine: Engine, back: Back
) -> None:
    columns = ["done_at", "customer", "recipient", "country", "action_id", "outcome"]
    made = back(ia.messages(engine(events))).filter("orphan").select(columns).sort("done_at")
    assert_frame_equal(made, truth.filter("orphan").select(columns).sort("done_at"))
    assert made.height > 0


def test_both_sources_speak_of_the_same_moment(reports: pl.DataFrame, events: pl.DataFrame) -> None:
    moments = {
        frame["as_of"].unique().item() for frame in (ia.messages(reports), ia.messages(events))
    }
    assert moments == {make_world(1, 1).as_of}


@pytest.mark.parametrize(
    "as_of", ["2026-03-10T12:00Z", "2026-03-31", "2026-04-15T00:00Z", "2026-05-01"]
)
def test_settled_outcomes_agree_at_every_moment(
    as_of: str, reports: pl.DataFrame, events: pl.DataFrame
) -> None:
    settled = [
        ia.messages(frame, as_of=as_of)
        .filter("settled", ~pl.col("orphan"), pl.col("outcome") != "enqueue_failed")
        .select("sent_at", "recipient", "country", "outcome")
        .sort("sent_at")
        for frame in (reports, events)
    ]
    assert settled[0].height > 100
    assert_frame_equal(*settled)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_other_worlds_are_recovered_too(seed: int) -> None:
    world = make_world(2000, seed)
    told = known_to_reports(world.truth)
    compare(ia.messages(reports_frame(world)), told, ["outcome", "receipt", "n_reports", "n_late"])
    sent = world.truth.filter(~pl.col("orphan"))
    compare(
        ia.messages(events_frame(world)).filter(~pl.col("orphan")), sent, ["outcome", "settled"]
    )


def test_the_reader_hands_over_the_reports_as_they_were_made(reports: pl.DataFrame) -> None:
    made = reports_frame(make_world(MESSAGES, SEED))
    assert_frame_equal(reports.select(made.columns), made)


def test_the_reader_hands_over_the_events_as_they_were_made(events: pl.DataFrame) -> None:
    made = events_frame(make_world(MESSAGES, SEED))
    assert_frame_equal(events.select(made.columns), made)
