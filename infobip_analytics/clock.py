"""Time: reading it as sources write it, and saying it as people do. Everything becomes UTC."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from infobip_analytics.errors import ArgumentError

TIME = pl.Datetime("us", "UTC")
_LAST = datetime(9999, 12, 31, tzinfo=UTC)

#: `2026-03-02`, `2026-03-02 09:00`, `2026-03-02T09:00:00.120+0100`, `... UTC`, and all between
_ISO = (
    r"^\s*(?<day>\d{4}-\d{2}-\d{2})"
    r"(?:(?:[Tt]|\s+)(?<clock>\d{2}:\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d*))?)?)?"
    r"(?:\s*(?:[Zz]|(?i:UTC|GMT))|\s*(?<sign>[+-])(?<hours>\d{2})(?::?(?<minutes>\d{2}))?)?\s*$"
)
#: `2026-03-02T09:00:00.120+0100`, as Infobip writes it
_STAMP = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}[+-](?:[01]\d|2[0-3])[0-5]\d$"
_NO_OFFSET = r"^\s*\d{4}-\d{2}-\d{2}(?:(?:[Tt]|\s+)\d{2}:\d{2}(?::\d{2}(?:[.,]\d*)?)?)?\s*$"


def parse_times(expr: pl.Expr, timezone: str = "UTC") -> pl.Expr:
    """Read times as sources write them: text (or numbers) -> Datetime("us", "UTC").

    Understood are ISO times with `T` or a space, with or without seconds and fractions (cut off
    after microseconds), offsets as `+0100`, `+01:00`, `+01`, `Z`, `UTC`, bare dates, and Unix times
    in seconds, milli-, micro- or nanoseconds; a decimal comma is a point. What cannot be read is
    null.

    Without an offset a time is read in *timezone*: of two possible moments it is the earlier one,
    and a time that the clocks skipped moves forward by what they skipped.

    >>> pl.select(parse_times(pl.lit("2026-03-02T09:00:00.120+0100"))).item().isoformat()
    '2026-03-02T08:00:00.120000+00:00'
    """
    zone(timezone)
    read = partial(_read, timezone=timezone)
    return expr.cast(pl.String).map_batches(read, return_dtype=TIME, is_elementwise=True)


def lacks_offset(expr: pl.Expr) -> pl.Expr:
    """Tell which texts are times without an offset, which only a time zone makes moments."""
    return expr.cast(pl.String).str.contains(_NO_OFFSET)


def zone(name: str) -> ZoneInfo:
    """Find the time zone called *name*; ArgumentError where there is none."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError, TypeError):
        raise ArgumentError(
            f"timezone={name!r} is no time zone; write it as 'UTC' or 'Europe/Prague'"
        ) from None


def _read(texts: pl.Series, timezone: str) -> pl.Series:
    """One chunk of texts as times: each way of reading gets only what the ways before left over."""
    read = pl.Series(texts.name, [None], TIME).new_from_index(0, len(texts))
    for way in _WAYS:
        rest = (read.is_null() & texts.is_not_null()).arg_true()
        if rest.is_empty():
            break
        left = pl.DataFrame({"text": texts.gather(rest)})
        read = read.scatter(rest, left.select(way(pl.col("text"), timezone)).to_series())
    # years beyond these parse, but are no `datetime`
    return read.set(~read.is_between(datetime(1, 1, 1, tzinfo=UTC), _LAST), None)


def _spelled(text: pl.Expr, timezone: str, *, spelling: str) -> pl.Expr:
    """Times of one spelling, at once; it says `%#z` or `UTC`, else it needs the time zone."""
    naive = not spelling.endswith(("%#z", "UTC"))
    read = text.str.to_datetime(spelling, time_unit="us", strict=False)
    if naive:
        return _in_zone(read, timezone)
    return read if spelling.endswith("%#z") else read.dt.replace_time_zone("UTC")


def _stamp(text: pl.Expr, _: str) -> pl.Expr:
    """Times of one width, by their parts: it takes half as long as by a spelling."""
    part = text.str.slice
    number = {place: part(place, size).cast(pl.Int64, strict=False) for place, size in _DIGITS}
    minutes = 60 * number[24] + number[26]
    offset = pl.when(part(23, 1) == "-").then(-minutes).otherwise(minutes)
    shown = part(0, 19).str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False)
    moment = shown + pl.duration(milliseconds=number[20], minutes=-offset)
    return pl.when(text.str.contains(_STAMP)).then(moment.dt.replace_time_zone("UTC"))


_DIGITS = ((20, 3), (24, 2), (26, 2))


def _iso(text: pl.Expr, timezone: str) -> pl.Expr:
    """Every spelling of an ISO time, by its parts."""
    part = text.str.extract_groups(_ISO).struct.field
    second, clock = part("second").fill_null("00"), part("clock").fill_null("00:00")
    fraction = part("fraction").fill_null("").str.pad_end(6, "0").str.head(6).cast(pl.Int64)
    hours, minutes = (part(name).cast(pl.Int64).fill_null(0) for name in ("hours", "minutes"))
    offset = pl.when(part("sign") == "-").then(-1).otherwise(1) * (60 * hours + minutes)
    naive = pl.concat_str(part("day"), pl.lit("T"), clock, pl.lit(":"), second).str.to_datetime(
        "%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False
    ) + pl.duration(microseconds=fraction)
    return (
        pl.when(text.str.contains(_NO_OFFSET))
        .then(_in_zone(naive, timezone))
        .when(hours < 24, minutes < 60)
        .then(naive.dt.replace_time_zone("UTC") - pl.duration(minutes=offset))
    )


def _in_zone(naive: pl.Expr, timezone: str) -> pl.Expr:
    """The moments at which the clocks of *timezone* show these times."""
    shown = partial(_shown, timezone=timezone)
    # a time that is skipped: with the offset of the day before it lands behind the gap
    day_before = naive.dt.offset_by("-1d")
    return pl.coalesce(shown(naive), shown(day_before) + (naive - day_before))


def _shown(naive: pl.Expr, timezone: str) -> pl.Expr:
    shown = naive.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    return shown.dt.convert_time_zone("UTC")


def _unix(text: pl.Expr, _: str) -> pl.Expr:
    """Unix times from their decimal digits: a float could not hold every microsecond."""
    part = text.str.strip_chars().str.split_exact(".", 1).struct.field
    fraction = part("field_1").fill_null("").str.pad_end(6, "0").str.head(6)
    return _from_epoch(part("field_0").cast(pl.Int64, strict=False), fraction)


def _from_epoch(whole: pl.Expr, fraction: pl.Expr) -> pl.Expr:
    """The moment *whole* and *fraction* (six digits) units after 1970: the size tells the unit.

    Each unit has the years 1973 to 2286; between lie numbers that are no time (20260302090000).
    """
    micros, thousandths = fraction.cast(pl.Int64, strict=False), fraction.str.head(3)
    return (
        pl.when(whole.is_between(10**8, 10**10 - 1))
        .then(whole * 10**6 + micros)
        .when(whole.is_between(10**11, 10**13 - 1))
        .then(whole * 10**3 + thousandths.cast(pl.Int64, strict=False))
        .when(whole.is_between(10**14, 10**16 - 1) & micros.is_not_null())
        .then(whole)
        .when(whole.is_between(10**17, 10**19 - 1) & micros.is_not_null())
        .then(whole // 10**3)
        .cast(TIME)
    )


def _scientific(text: pl.Expr, _: str) -> pl.Expr:
    """Unix times as spreadsheets shorten them (1.772442E9), as exact as they can be."""
    number = text.str.strip_chars().cast(pl.Float64, strict=False)
    seconds = number * pl.when(number < 1e11).then(1e6).when(number < 1e14).then(1e3).otherwise(1.0)
    micros = seconds.round().cast(pl.Int64, strict=False)
    return pl.when(text.str.contains("[eE]"), micros.is_between(10**14, 10**16 - 1)).then(
        micros.cast(TIME, strict=False)
    )


def _with_comma(text: pl.Expr, timezone: str) -> pl.Expr:
    """Unix times of spreadsheets in countries where the decimal point is a comma."""
    dotted = text.str.replace(",", ".", literal=True)
    return pl.coalesce(_unix(dotted, timezone), _scientific(dotted, timezone))


#: From the most frequent spelling to the rarest
_WAYS: list[Callable[[pl.Expr, str], pl.Expr]] = [
    _stamp,
    partial(_spelled, spelling="%Y-%m-%dT%H:%M:%S%.f%#z"),
    _unix,
    partial(_spelled, spelling="%Y-%m-%d %H:%M:%S%.f%#z"),
    partial(_spelled, spelling="%Y-%m-%d %H:%M:%S%.f UTC"),
    partial(_spelled, spelling="%Y-%m-%d %H:%M:%S%.f"),
    partial(_spelled, spelling="%Y-%m-%dT%H:%M:%S%.f"),
    partial(_spelled, spelling="%Y-%m-%d"),
    _iso,
    _scientific,
    _with_comma,
]


def moment(
    value: str | date | datetime | None, *, timezone: str = "UTC", end_of_day: bool = False
) -> datetime | None:
    """Read one moment as a person says it, in UTC; None stays None.

    A bare date means its first microsecond in *timezone*, or its last one with *end_of_day*; a time
    without an offset is in *timezone*; `"now"` is now. ArgumentError where nothing can be read.

    >>> moment("2026-10-05", end_of_day=True).isoformat()
    '2026-10-05T23:59:59.999999+00:00'
    """
    zone(timezone)
    try:
        read = _moment(value, timezone, end_of_day)
    except (ValueError, OverflowError):
        read = None
    if read is None and value is not None:
        raise ArgumentError(
            f"{value!r} is no moment; write it as '2026-10-05', '2026-10-05T10:00Z' or 'now'"
        )
    return read


def _moment(value: Any, timezone: str, end_of_day: bool) -> datetime | None:
    if isinstance(value, datetime):
        return _in_utc(value.replace(tzinfo=value.tzinfo or zone(timezone)))
    if isinstance(value, date):
        return _edge_of(value, timezone, end_of_day)
    text = value.strip() if isinstance(value, str) else ""
    if text.lower() == "now":
        return datetime.now(UTC)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return _edge_of(date.fromisoformat(text), timezone, end_of_day)
    read = pl.select(parse_times(pl.lit(text), timezone)).item()
    return None if read is None else _in_utc(read)


def _in_utc(value: datetime) -> datetime:
    """A plain datetime in UTC, also from the subclasses that data frames use."""
    utc = value.astimezone(UTC)
    return datetime.combine(date(utc.year, utc.month, utc.day), utc.timetz())


def _edge_of(day: date, timezone: str, end_of_day: bool) -> datetime:
    first = day + timedelta(days=1) if end_of_day else day
    edge = _in_utc(datetime.combine(first, time.min, zone(timezone)))
    return edge - timedelta(microseconds=1) if end_of_day else edge


#: Nobody waits longer for a report; and times that far back can still be reckoned with
LONGEST_WAIT = timedelta(days=366)

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def waiting(value: timedelta | str | float) -> timedelta:
    """Read how long a report is waited for: a timedelta, a number of days, or text.

    >>> waiting("4 days") == waiting("96h") == waiting(4) == timedelta(days=4)
    True
    """
    try:
        period = value if isinstance(value, timedelta) else _period(value)
    except (ValueError, OverflowError, TypeError, AttributeError):
        period = timedelta(0)
    if timedelta(0) < period <= LONGEST_WAIT:
        return period
    raise ArgumentError(
        f"waiting_period={value!r} is no period between nothing and {LONGEST_WAIT.days} days; "
        "write it as '4d', '96h' or '4 days'"
    )


def _period(value: str | float) -> timedelta:
    if isinstance(value, (int, float)):
        return timedelta(days=value)
    found = re.fullmatch(
        r"(\d+(?:\.\d+)?)\s*(m|min|minutes?|h|hours?|d|days?|w|weeks?)?", value.strip().lower()
    )
    return timedelta(**{_UNITS[(found[2] or "d")[0]]: float(found[1])}) if found else timedelta(0)
