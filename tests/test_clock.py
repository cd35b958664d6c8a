"""Every spelling of a time, and what people mean by a moment and by a period."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_analytics.clock import lacks_offset, moment, parse_times, waiting
from infobip_analytics.errors import ArgumentError

LEAST, MOST = datetime.fromisoformat("1973-06-01"), datetime.fromisoformat("2099-01-01")
MOMENTS = st.datetimes(LEAST, MOST)


def read(*texts: object, timezone: str = "UTC") -> list[datetime | None]:
    frame = pl.DataFrame({"text": texts}, strict=False)
    return frame.select(parse_times(pl.col("text"), timezone)).to_series().to_list()


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-03-02T09:00:00.120+0000", "2026-03-02T09:00:00.120"),
        ("2026-03-02T09:00:00.120+0100", "2026-03-02T08:00:00.120"),
        ("2026-03-02T09:00:00.12+01:00", "2026-03-02T08:00:00.120"),
        ("2026-03-02T09:00:00-03", "2026-03-02T12:00:00"),
        ("2026-03-02T09:00:00.000-0330", "2026-03-02T12:30:00"),
        ("2026-03-02T09:00:00Z", "2026-03-02T09:00:00"),
        ("2026-03-02 09:00:06 UTC", "2026-03-02T09:00:06"),
        ("2026-03-02 09:00:06.5 UTC", "2026-03-02T09:00:06.500"),
        ("2026-03-02 09:00:06.250000+00:00", "2026-03-02T09:00:06.250"),
        ("2026-03-02T09:00+01:00", "2026-03-02T08:00:00"),
        ("2026-03-02 09:00", "2026-03-02T09:00:00"),
        (" 2026-03-02T09:00:00 +01:00 ", "2026-03-02T08:00:00"),
        ("2026-03-02T09:00:00,5Z", "2026-03-02T09:00:00.500"),
        ("2026-03-02", "2026-03-02T00:00:00"),
        ("2026-03-02T09:00:00.123456789+0000", "2026-03-02T09:00:00.123456"),
        ("1772442000", "2026-03-02T09:00:00"),
        ("1772442000.128", "2026-03-02T09:00:00.128"),
        ("1772442000.1280009", "2026-03-02T09:00:00.128"),
        ("1772442000128", "2026-03-02T09:00:00.128"),
        ("1772442000128.25", "2026-03-02T09:00:00.128250"),
        ("1772442000128001", "2026-03-02T09:00:00.128001"),
        ("1772442000128001999", "2026-03-02T09:00:00.128001"),
        ("1.772442000128E9", "2026-03-02T09:00:00.128"),
        ("1.772442E+12", "2026-03-02T09:00:00"),
        ("1772442000,128", "2026-03-02T09:00:00.128"),
        ("1772442000128,5", "2026-03-02T09:00:00.128500"),
        ("1,772442000128E9", "2026-03-02T09:00:00.128"),
        ("2026-03-02 09:00:06 utc", "2026-03-02T09:00:06"),
        ("2026-03-02 09:00:06.123456 UTC", "2026-03-02T09:00:06.123456"),
    ],
)
def test_every_spelling_of_a_time_is_understood(text: str, meant: str) -> None:
    assert read(text) == [utc(meant)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2026-13-02",
        "2026-02-30T09:00:00Z",
        "2026-03-02T25:00:00Z",
        "2026-03-02T09:00:00+9900",
        "12026-03-02T09:00:00Z",
        "20260302",
        "20260302090000",
        "1,772,442,000",
        "1772442000,128,5",
        "1772442000,soon",
        "1e400",
        "-5",
        "0",
    ],
)
def test_what_is_no_time_is_null(text: str) -> None:
    assert read(text) == [None]


def test_spellings_may_stand_side_by_side_and_null_stays_null() -> None:
    texts = ["1772442000", None, "2026-03-02 09:00:00 UTC", "x", "2026-03-02T10:00:00.000+0100"]
    nine = utc("2026-03-02T09:00:00")
    assert read(*texts) == [nine, None, nine, None, nine]


def test_numbers_are_read_like_their_text() -> None:
    assert read(1772442000.128, 1772442000.0) == [
        utc("2026-03-02T09:00:00.128"),
        utc("2026-03-02T09:00:00"),
    ]
    assert read(1772442000128) == [utc("2026-03-02T09:00:00.128")]


@given(MOMENTS)
def test_unix_seconds_are_exact_to_the_microsecond(when: datetime) -> None:
    micros = (when - datetime.fromisoformat("1970-01-01")) // timedelta(microseconds=1)
    seconds, millis = Decimal(micros) / 10**6, Decimal(micros) / 10**3
    assert read(f"{seconds:f}", f"{millis:f}", str(micros)) == [when.replace(tzinfo=UTC)] * 3


@given(MOMENTS, st.integers(-14 * 60, 14 * 60), st.integers(0, 6), st.sampled_from("T "))
def test_an_offset_is_taken_off(when: datetime, offset: int, digits: int, between: str) -> None:
    fraction = f".{when.microsecond:06d}"[: digits + 1] if digits else ""
    sign, minutes = "-" if offset < 0 else "+", abs(offset)
    spelled = f"{when:%Y-%m-%d}{between}{when:%H:%M:%S}{fraction}"
    offsets = [f"{sign}{minutes // 60:02d}{colon}{minutes % 60:02d}" for colon in ("", ":")]
    kept = when.microsecond - when.microsecond % 10 ** (6 - digits)
    meant = (when.replace(microsecond=kept) - timedelta(minutes=offset)).replace(tzinfo=UTC)
    assert read(*(spelled + each for each in offsets)) == [meant, meant]


@given(MOMENTS, st.sampled_from(["Europe/Prague", "America/New_York", "Australia/Lord_Howe"]))
def test_a_time_without_an_offset_is_in_the_given_zone(when: datetime, zone: str) -> None:
    # python reads a time twice on the clock as the earlier one, and moves skipped ones forward
    meant = when.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert read(when.isoformat(), timezone=zone) == [meant]


def test_a_time_that_the_clocks_skip_moves_forward_and_a_double_one_is_the_earlier() -> None:
    skipped, double = "2026-03-29 02:30:00", "2026-10-25T02:30:00"
    assert read(skipped, double, timezone="Europe/Prague") == [
        utc("2026-03-29T01:30:00"),  # 03:30 in summer time
        utc("2026-10-25T00:30:00"),  # summer time still
    ]


def test_only_times_without_an_offset_lack_one() -> None:
    texts = ["2026-03-02", "2026-03-02T09:00:00.5", "2026-03-02 09:00:00 UTC", "1772442000", "x"]
    frame = pl.DataFrame({"text": texts}).select(lacks_offset(pl.col("text")))
    assert frame.to_series().to_list() == [True, True, False, False, False]


def test_an_unknown_time_zone_is_answered_with_a_sentence() -> None:
    with pytest.raises(ArgumentError, match="'Prague' is no time zone"):
        parse_times(pl.col("text"), "Prague")


def test_a_bare_date_is_its_first_or_its_last_microsecond_in_the_zone() -> None:
    assert moment("2026-10-05") == utc("2026-10-05T00:00:00")
    assert moment(date(2026, 10, 5), end_of_day=True) == utc("2026-10-05T23:59:59.999999")
    prague = moment("2026-03-29", timezone="Europe/Prague", end_of_day=True)
    assert prague == utc("2026-03-29T21:59:59.999999")


def test_a_time_of_day_is_that_moment_also_at_the_end_of_a_period() -> None:
    assert moment("2026-10-05T10:00Z", end_of_day=True) == utc("2026-10-05T10:00:00")
    assert moment("2026-10-05 10:00", timezone="Europe/Prague") == utc("2026-10-05T08:00:00")


def test_a_naive_datetime_is_in_the_zone_and_an_aware_one_keeps_its_moment() -> None:
    naive, aware = (
        datetime.fromisoformat("2026-10-05T10:00"),
        datetime(2026, 10, 5, 10, tzinfo=ZoneInfo("Asia/Tokyo")),
    )
    assert moment(naive, timezone="Europe/Prague") == utc("2026-10-05T08:00:00")
    assert moment(aware, timezone="Europe/Prague") == utc("2026-10-05T01:00:00")


def test_a_timestamp_of_pandas_becomes_a_plain_datetime() -> None:
    made = moment(pd.Timestamp("2026-10-05T10:00Z"))
    assert type(made) is datetime
    assert made == utc("2026-10-05T10:00:00")


def test_now_is_now_and_nothing_is_nothing() -> None:
    made = moment("now")
    assert made is not None
    assert abs(made - datetime.now(UTC)) < timedelta(minutes=1)
    assert moment(None) is None


@pytest.mark.parametrize("value", ["soon", "", "2026-02-30", "2026-10", pd.NaT, 5])
def test_what_is_no_moment_is_answered_with_a_way_out(value: object) -> None:
    with pytest.raises(ArgumentError, match="write it as '2026-10-05'"):
        moment(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value", ["4d", "96h", "4 days", "5760 min", "4", 4, 4.0, timedelta(days=4)]
)
def test_a_period_is_text_or_days_or_a_timedelta(value: str | float | timedelta) -> None:
    assert waiting(value) == timedelta(days=4)


@pytest.mark.parametrize(
    "value", ["0d", -1, 0, "a while", "", float("nan"), 1e300, None, "4 d 3 h"]
)
def test_what_is_no_period_is_answered_with_a_way_out(value: object) -> None:
    with pytest.raises(ArgumentError, match="write it as '4d'"):
        waiting(value)  # type: ignore[arg-type]
