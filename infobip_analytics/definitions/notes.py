"""Why the definitions differ here: sentences made of the counts themselves."""

from collections.abc import Iterator
from datetime import timedelta

import polars as pl

from infobip_analytics.definitions.counts import BLOOMREACH, METRICS, OURS, Definition, rate, steps
from infobip_analytics.leftovers import counted_out
from infobip_analytics.tables.columns import Row
from infobip_analytics.wording import count, moment, percent, plural

MEANING = (
    "ours = delivered / settled, without no-report countries; Bloomreach = unique delivered / "
    "enqueued; Infobip Metrics = delivered / (sent - rejected); both of these count waiting "
    "messages and all countries. Infobip's glossary, delivered / sent, gives Bloomreach's number"
)
REPORTED = (
    "only reported messages are known: of those of which nothing was heard there is no row, so "
    "every rate here is too high; read logs, or campaign events"
)

#: Each as its makers show it: ours without no-report countries, theirs with all
_SEEN = ((OURS, "reporting"), (BLOOMREACH, "all"), (METRICS, "all"))


def headline(total: pl.DataFrame) -> str:
    """What each definition says of all messages together."""
    if not total["_all_sent"].item():
        return "No message was forwarded at a known time: no definition has anything to divide"
    return "Delivered: " + ", ".join(_told(total, *seen) for seen in _SEEN)


def _told(total: pl.DataFrame, definition: Definition, countries: str) -> str:
    row = total.row(0, named=True)
    part = count(row[f"_{countries}_{definition.numerator}"])
    whole = count(row[f"_{countries}_{definition.denominator}"])
    share = percent(total.select(rate(definition, countries)).item())
    return f"{share} by {definition.name} ({part} of {whole})"


def notes(total: pl.DataFrame, cells: pl.DataFrame, *, listed: bool) -> Iterator[str]:
    """The notes of the comparison, why it differs first."""
    row = total.row(0, named=True)
    if row["population"] == "reported" and row["_all_sent"]:
        yield REPORTED
    if row["_all_sent"]:
        yield _why(total)
    yield MEANING
    if row["as_of"] is not None:
        yield _as_of(row)
    if not listed:
        yield "no country is held to return no reports, so both choices of countries are the same"
    out = counted_out(cells)
    yield f"in no definition: {'; '.join(out)}" if out else "no message is outside all definitions"


def _as_of(row: Row) -> str:
    since = row["as_of"] - timedelta(days=row["waiting_days"])
    return f"as of {moment(row['as_of'])}; settled = sent by {moment(since)}, waiting = sent later"


def _why(total: pl.DataFrame) -> str:
    """From our rate to the others, step by step, in points and in messages."""
    row = total.row(0, named=True)
    waiting, silent, rejected = _waiting(row), _silent(row), _rejected(row)
    if not row["_reporting_settled"]:
        return (
            "why they differ: ours has nothing settled yet in countries that report; the others "
            f"count what ours leaves out, {waiting}, {silent}; of these Infobip Metrics leaves "
            f"{rejected} out of its denominator"
        )
    points = total.select(**steps(METRICS, "all")).row(0, named=True)
    return (
        f"why they differ: from ours to Bloomreach {_points(points['from_waiting'])} for "
        f"{waiting} and {_points(points['from_no_report'])} for {silent}; from there to Infobip "
        f"Metrics {_points(points['from_rejected'])}, for it leaves {rejected} out of its "
        "denominator"
    )


def _waiting(row: Row) -> str:
    number = row["_reporting_sent"] - row["_reporting_settled"]
    delivered = row["_reporting_delivered"] - row["_reporting_settled_delivered"]
    return f"{plural(number, 'waiting message')}{_of_them(number, delivered)}"


def _silent(row: Row) -> str:
    number = row["_all_sent"] - row["_reporting_sent"]
    delivered = row["_all_delivered"] - row["_reporting_delivered"]
    return f"{plural(number, 'message')} to no-report countries{_of_them(number, delivered)}"


def _of_them(number: int, delivered: int) -> str:
    return f" ({count(delivered)} of them delivered)" if number else ""


def _rejected(row: Row) -> str:
    return plural(row["_all_sent"] - row["_all_accepted"], "rejected message")


def _points(share: float | None) -> str:
    """A difference of two rates.

    >>> _points(-0.013), _points(0.0), _points(None)
    ('\N{MINUS SIGN}1.30 points', '0 points', 'no rate')
    """
    if share is None:
        return "no rate"
    if share == 0:
        return "0 points"
    sign = "+" if share > 0 else "\N{MINUS SIGN}"
    return f"{sign}{100 * abs(share):.2f} points"
