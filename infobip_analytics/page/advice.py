"""What to do: about causes of failures, and where there is no rate at all."""

from datetime import datetime, timedelta

import polars as pl

from infobip_analytics.page.summary import Row
from infobip_analytics.plots.rows import plain_rows
from infobip_analytics.undelivered import fix_first
from infobip_analytics.undelivered.fixing import IN_TIME, LOOK
from infobip_analytics.wording import moment, plural

#: How many causes are shown that somebody can act on, and that only time can mend
MOST_FIXES, MOST_IN_TIME = 12, 4


def fixing(messages: pl.DataFrame, silent: frozenset[str]) -> list[Row]:
    """The causes of undelivered messages that are known: rows of `fix_first`, in its order."""
    rows = plain_rows(fix_first(messages, no_report_countries=silent))
    return [row for row in rows if row["cause"] is not None]


def foremost(fixes: list[Row]) -> list[Row]:
    """Those that save most, and all that save nothing, but that somebody can look into.

    Of those that only time can mend the first ones, however many somebody can act on.
    """
    in_time = [row for row in fixes if row["effect"] == IN_TIME]
    ours = [row for row in fixes if row["effect"] != IN_TIME]
    kept = [row for place, row in enumerate(ours) if place < MOST_FIXES or row["effect"] == LOOK]
    return [*kept, *in_time[:MOST_IN_TIME]]


def way_out(
    headline: Row,
    left_out: list[Row],
    last_sent: datetime | None,
    as_of: datetime | None,
    waiting_days: float | None,
) -> str | None:
    """One or two sentences on why nothing has settled; None where something has.

    Args:
        headline: The rates of everything.
        left_out: The rows of `left_out`.
        last_sent: When the last message was sent.
        as_of: The moment for which the numbers are true.
        waiting_days: How long a report is waited for.
    """
    out = {row["reason"]: row["messages"] for row in left_out}
    silent, outside = out.get("no-report country", 0), _outside(out)
    if headline["settled"]:
        return None
    if headline["waiting"] and as_of and last_sent and waiting_days is not None:
        return _still_waiting(headline["waiting"], last_sent, as_of, timedelta(days=waiting_days))
    if silent:
        return (
            f"All {plural(silent, 'message')} went to countries that return no delivery reports, "
            "so nothing can be said about their delivery. Where your route does bring reports, "
            "count these countries: no_report_countries=() in Python, on the command line "
            "--no-report-countries none."
        )
    if outside:
        return (
            f"All {plural(outside, 'message')} were sent outside the time that was asked for. "
            "Widen it: since= and until=, on the command line --since and --until."
        )
    if any(out.values()):
        return "No message can be counted; the table below says why."
    return (
        "There are no messages in the data. Check that the export covers the days of sending, and "
        "that it holds SMS or MMS: other channels are set aside."
    )


def _still_waiting(waiting: int, last_sent: datetime, as_of: datetime, period: timedelta) -> str:
    settles = last_sent + period
    # up to the next minute: a moment without seconds is easier to say
    said = settles.replace(second=0, microsecond=0) + timedelta(minutes=1)
    which = f"All {plural(waiting, 'message')} are" if waiting > 1 else "The only message is"
    return (
        f"{which} still waiting for a report as of {moment(as_of)}, the moment for which the "
        f"numbers are true. If the export was made after {moment(said)}, say so when the messages "
        f"are made: as_of='{said:%Y-%m-%dT%H:%MZ}' or as_of='now' in Python, on the command line "
        f"--as-of {said:%Y-%m-%dT%H:%MZ} or --as-of now."
    )


def _outside(out: dict[str, int]) -> int:
    return out.get("before since", 0) + out.get("after until", 0)
