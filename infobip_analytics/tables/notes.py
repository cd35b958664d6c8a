"""What a rate must say beside itself: how it is defined, as of when, and what it leaves out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from infobip_analytics.codes import verdict
from infobip_analytics.counting import ALIKE
from infobip_analytics.countries import country_name
from infobip_analytics.outcomes import Outcome
from infobip_analytics.tables.text import printable
from infobip_analytics.wording import count, interval, moment, percent, plural

Row = dict[str, Any]

DEFINITION = (
    "delivery rate = delivered / settled messages, {}; Wilson {} % "
    "interval, at least this wide, for messages of one campaign are not independent"
)
COVERAGE = (
    "coverage = (delivered + failed) / settled messages that were not rejected; silent: at most "
    "10 %, reporting: at least 90 % (both with 95 % confidence), unproven: fewer than 35 messages"
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the notes are made of.

    Attributes:
        messages: The messages, those of their columns that notes speak of (polars).
        headline: The one row of rates by nothing.
        coverage: The rows of report coverage by country.
        left: What was left out: reason -> (messages, share).
        silent: The countries that the list says do not report.
        confidence: Of the intervals.
    """

    messages: pl.DataFrame
    headline: Row
    coverage: list[Row]
    left: dict[str, tuple[int, float | None]]
    silent: frozenset[str]
    confidence: float


def headline(row: Row) -> str:
    """The rate with its companions, in one sentence."""
    if not row["settled"]:
        so_far = f"{count(row['delivered_so_far'])} of {plural(row['messages'], 'message')}"
        return f"No delivery rate yet: nothing is settled; {so_far} delivered so far"
    known = "" if row["population"] == "sent" else " reported"
    return "; ".join(
        [
            f"{percent(row['delivery_rate'])} delivered "
            f"({interval(row['rate_low'], row['rate_high'])}, "
            f"n = {count(row['settled'])} settled{known})",
            *_companion("{} of those reported on", row["confirmed_rate"]),
            *_companion("coverage {}", row["coverage"]),
        ]
    )


def _companion(words: str, share: float | None) -> list[str]:
    return [] if share is None else [words.format(percent(share))]


def notes(facts: Facts) -> list[str]:
    """The notes of a rates table, the weightiest first."""
    return [
        *_population(facts.headline),
        DEFINITION.format(_scope(facts.silent), f"{100 * facts.confidence:g}"),
        *_as_of(facts.headline),
        *_nothing_settled(facts),
        *_left_out(facts),
        *_surprises(facts),
        *_strange(facts.messages),
    ]


def coverage_headline(coverage: pl.DataFrame) -> str:
    """How many groups are of which class, in one sentence."""
    classes = coverage["class"].drop_nulls().value_counts().sort("count", "class", descending=True)
    counted = [f"{n} {name}" for name, n in classes.iter_rows()]
    surprises = coverage.filter("surprise").height
    told = f"; {plural(surprises, 'surprise')} for the list" if surprises else ""
    return f"Report coverage: {', '.join(counted) or 'nothing to measure'}{told}"


def coverage_notes(facts: Facts) -> list[str]:
    """The notes of a coverage table."""
    left = {why: found for why, found in facts.left.items() if why != "no-report country"}
    return [
        *_population(facts.headline),
        COVERAGE,
        *_as_of(facts.headline),
        *_left_out(replace(facts, left=left)),
        *_surprises(facts),
    ]


def _scope(silent: frozenset[str]) -> str:
    return "no-report countries left out" if silent else "to all countries"


def _population(row: Row) -> Iterator[str]:
    if row["population"] == "reported" and row["messages"] + row["no_report_messages"]:
        yield (
            "only reported messages are known: of those of which nothing was heard there is no "
            "row, so this is the rate among reported messages, too high by what stayed silent; "
            "read logs, or campaign events, and the rate becomes one of all that was sent"
        )


def _as_of(row: Row) -> Iterator[str]:
    if row["as_of"] is not None:
        since = moment(row["as_of"] - timedelta(days=row["waiting_days"]))
        yield (
            f"as of {moment(row['as_of'])}; settled = sent by {since}, "
            f"for reports may take {_days(row['waiting_days'])}"
        )


def _days(days: float) -> str:
    return plural(int(days), "day") if days == int(days) else f"{days:g} days"


def _nothing_settled(facts: Facts) -> Iterator[str]:
    row = facts.headline
    if row["settled"] or not row["messages"]:
        return
    sent: datetime = facts.messages.select(pl.max("sent_at")).item()
    settled = sent + timedelta(days=row["waiting_days"], seconds=59, microseconds=999_999)
    last = settled.replace(second=0, microsecond=0)  # written to the minute, so rounded up
    yield (
        f"{_all(row['messages'])} still waiting as of {moment(row['as_of'])}, "
        f"the last time in the data; if the export was made after {moment(last)}, say so: "
        f"as_of='{last:%Y-%m-%dT%H:%MZ}' or 'now'"
    )


def _all(messages: int) -> str:
    return "the only message is" if messages == 1 else f"all {count(messages)} messages are"


def _left_out(facts: Facts) -> Iterator[str]:
    left = [
        f"{count(messages)} ({percent(share)}) {_reason(reason, facts)}"
        for reason, (messages, share) in facts.left.items()
        if messages
    ]
    if left:
        yield f"left out: {'; '.join(left)}"
    else:
        yield "nothing was left out" if facts.messages.height else "there are no messages here"


def _reason(reason: str, facts: Facts) -> str:
    words = {
        "no-report country": f"to no-report countries{_largest(facts)}",
        "waiting": "still waiting",
        "orphan": "orphans (a report whose send is not in the data)",
        "undated": "without a time of sending",
        "enqueue failed": "never forwarded (enqueue_failed)",
        "set aside": "rows set aside (unreadable, nameless, of another channel or unknown status)",
        "before since": "sent before since",
        "after until": "sent after until",
    }
    return words[reason]


def _largest(facts: Facts) -> str:
    """The silent countries with the most messages, by name."""
    several = ALIKE in facts.messages.columns
    found = (
        facts.messages.filter(pl.col("country").is_in(sorted(facts.silent)), *_counted(facts))
        .group_by("country")
        .agg(len=pl.sum(ALIKE) if several else pl.len())
        .sort("len", "country", descending=[True, False])
    )
    named = [f"{country_name(code)} {count(n)}" for code, n in found.head(5).iter_rows()]
    more = [f"{found.height - 5} more"] if found.height > 5 else []
    return f": {', '.join([*named, *more])}" if named else ""


def _counted(facts: Facts) -> list[pl.Expr]:
    """What keeps to the messages that no earlier reason leaves out."""
    marks = {
        "outcome": pl.col("outcome") != Outcome.ENQUEUE_FAILED,
        "orphan": ~pl.col("orphan"),
        "sent_at": pl.col("sent_at").is_not_null(),
    }
    return [mark for name, mark in marks.items() if name in facts.messages.columns]


def _surprises(facts: Facts) -> Iterator[str]:
    for row in facts.coverage:
        heard = f"{percent(row['coverage'])} of {count(row['n'])}"
        if row["surprise"] and row["declared"] == "silent":
            yield f"{row['country']}: left out by the list, yet {heard} have a report"
        elif row["surprise"]:
            yield (
                f"{row['country']}: measures silent, only {heard} have a report: "
                "no-report country or dead route?"
            )


def _strange(messages: pl.DataFrame) -> Iterator[str]:
    """What a reader of the numbers would not guess."""
    unknown = _unknown_status(messages)
    if unknown:
        yield (
            f"unknown status: {plural(unknown, 'message')} without a status group, or with one "
            "that no table has; no usable report, so counted as unreported"
        )
    providers = _parts_of(messages, "integration_name")
    if len(providers) > 1:
        yield f"{len(providers)} providers: {', '.join(providers)}; choose one with integration="
    if _parts_of(messages, "record")[:1] == ["event"] and len(_parts_of(messages, "channel")) > 1:
        yield "events of MMS may say sms: the two channels cannot be told apart for certain"
    if len(_parts_of(messages, "currency")) > 1:
        yield "several currencies: no cost where a group mixes them"


def _parts_of(messages: pl.DataFrame, column: str) -> list[str]:
    if column not in messages.columns:
        return []
    return [printable(name) for name in messages[column].drop_nulls().unique().sort().to_list()]


_OF_STATUS = ["record", "status_group", "n_reports", "n_late"]


def _unknown_status(messages: pl.DataFrame) -> int:
    if not set(messages.columns).issuperset(_OF_STATUS):
        return 0
    reported = pl.col("record") != "event", pl.col("n_reports") > pl.col("n_late")
    groups = messages.filter(*reported).group_by("status_group").len()
    return sum(n for group, n in groups.iter_rows() if verdict(group, None).outcome == "unknown")
