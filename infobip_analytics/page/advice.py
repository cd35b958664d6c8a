"""The way out where there is no rate: why that is so, and what to do about it."""

from datetime import datetime, timedelta

from infobip_analytics.page.summary import Row
from infobip_analytics.wording import moment, plural


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
            "count these countries: ia.delivery_rates(messages, no_report_countries=())."
        )
    if outside:
        return (
            f"All {plural(outside, 'message')} were sent outside the time that was asked for. "
            "Widen it: since= and until=."
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
        f"are made: as_of='{said:%Y-%m-%dT%H:%MZ}' or as_of='now'."
    )


def _outside(out: dict[str, int]) -> int:
    return out.get("before since", 0) + out.get("after until", 0)
