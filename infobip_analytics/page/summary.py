"""What a report says, as plain values: nothing but text, numbers, lists and dictionaries."""

from dataclasses import asdict, dataclass
from typing import Any

from infobip_analytics.codes.events import masked
from infobip_analytics.masking import hidden_of, shown_text

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything that stands in a report. Times are ISO texts in UTC, shares run from 0 to 1.

    Attributes:
        title: The heading.
        seen: Messages in the frame, counted or not.
        first_sent: When the first of the messages was sent, None where no time is known.
        last_sent: When the last was.
        as_of: The moment for which the numbers are true.
        waiting_days: How long a report is waited for.
        since: The time that the report is about: what was asked for, or the last settled days.
        until: The last moment that was asked for.
        end: The last moment of the settled messages that it is about; waiting ones are younger.
        chosen: Whether somebody asked for that time.
        before: How delivery was in as long a time before, and the change since then, as
            `page.period.before` has it; None where the data do not reach so far back.
        headline: The rates of everything, a row of `delivery_rates(by=None)`.
        alerts: Rows of `page.breaking.breaking`: what is breaking now; hardly ever any.
        countries: Rows of `delivery_rates(by="country", no_report="show")`, most messages first,
            with the `class` that `report_coverage` gives.
        campaigns: Rows of `delivery_rates(by="campaign")`, most messages first, cut off.
        campaigns_in_all: How many campaigns there are.
        errors: Rows of `page.failures.failures`, most messages first, cut off.
        errors_in_all: How many errors there are.
        pareto: The bars of the errors' figure, as `plots.pareto.pareto_bars` makes them.
        fixes: Rows of `fix_first`, those about which somebody can do something first.
        fixes_in_all: How many causes there are about which something can be done.
        left_out: Rows of `left_out` that count something.
        surprises: Rows of `report_coverage` in which data and list disagree.
        trend: The rates of `page.sparks.trends`: of all, and of each country.
        pace: How fast messages were delivered, as `page.pace.pace` has it; None where unknown.
        coming: Rows of `page.coming.still_coming`: what is waiting, by day of sending, and which
            delivery rate is expected of it.
        expected: The same of all that is waiting; None where nothing is.
        sources: What `page.sources.two_sources` tells; None where there is one source.
        notes: The notes of the rates table: what the numbers count and what they do not.
        way_out: What to do where there is no rate; None where there is one.
    """

    title: str
    seen: int
    first_sent: str | None
    last_sent: str | None
    as_of: str | None
    waiting_days: float | None
    since: str | None
    until: str | None
    end: str | None
    chosen: bool
    before: Row | None
    headline: Row
    alerts: list[Row]
    countries: list[Row]
    campaigns: list[Row]
    campaigns_in_all: int
    errors: list[Row]
    errors_in_all: int
    pareto: list[Row]
    fixes: list[Row]
    fixes_in_all: int
    left_out: list[Row]
    surprises: list[Row]
    trend: Row
    pace: Row | None
    coming: list[Row]
    expected: Row | None
    sources: Row | None
    notes: list[str]
    way_out: str | None

    @property
    def reporting(self) -> list[Row]:
        """The countries that have rates."""
        return [row for row in self.countries if row["reports"]]

    @property
    def silent(self) -> list[Row]:
        """The no-report countries."""
        return [row for row in self.countries if not row["reports"]]

    def to_dict(self, *, show_numbers: bool = False) -> dict[str, Any]:
        """The same as one dictionary, ready for JSON; numbers in texts of errors are masked."""
        whole = asdict(self)
        return whole if show_numbers else _masked(whole)


def _masked(values: Row) -> Row:
    return {name: _masked_value(name, value) for name, value in values.items()}


def _masked_value(name: str, value: Any) -> Any:
    match value:
        case dict():
            return _masked(value)
        case list():
            return [_masked_value(name, each) for each in value]
        case str() if hidden_of(name) == "numbers":
            return masked(value)
        case str():
            return shown_text(value)
    return value
