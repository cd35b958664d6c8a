"""What a figure says below its title: how many messages it shows, sent when, and as of when."""

from datetime import datetime, timedelta

from infobip_analytics.plots.rows import Row
from infobip_analytics.wording import MONTHS, NBSP, count, moment, percent, plural


def subtitle(definition: str, rows: list[Row], *more: str) -> str:
    """The definition, and what rows of rates or delays say of their messages.

    Args:
        definition: What is divided by what, or measured from when to when.
        rows: All rows, those that are not shown, too.
        more: What else there is to say.
    """
    stamp = [together(said) for said in (*_settled(rows), *_as_of(rows))]
    return "; ".join([definition, *more, *stamp, *_population(rows)])


def together(words: str) -> str:
    """Words that no line may end between; after a comma it may."""
    return words.replace(" ", NBSP).replace(f",{NBSP}", ", ")


def reporting(rows: list[Row]) -> list[Row]:
    """The rows that rates are made of: not those of no-report countries."""
    return [row for row in rows if row.get("reports") is not False]


def which(shown: list[Row], drawable: list[Row], rows: list[Row], lacking: str) -> list[str]:
    """Which groups are shown, and what the others are.

    Args:
        shown: Those that are drawn.
        drawable: Those that could be.
        rows: All of them.
        lacking: Why the others cannot be drawn: "without a settled message".
    """
    said = []
    if len(shown) < len(drawable):
        share = sum(row["settled"] for row in shown) / sum(row["settled"] for row in drawable)
        rest = len(drawable) - len(shown)
        said.append(
            f"the {len(shown)} largest groups, with {percent(share)} of the messages; "
            f"{plural(rest, 'smaller one')} not shown"
        )
    if len(drawable) < len(rows):
        said.append(f"{plural(len(rows) - len(drawable), 'group')} {lacking} not shown")
    return said


def _settled(rows: list[Row]) -> list[str]:
    return [f"n = {count(sum(row['settled'] for row in rows))} settled"] if rows else []


def _as_of(rows: list[Row]) -> list[str]:
    """As of when, and until when messages were sent that can have settled by then."""
    as_of = next((row["as_of"] for row in rows if row.get("as_of")), None)
    days = next((row["waiting_days"] for row in rows if row.get("waiting_days") is not None), None)
    # a frame that went through a file of text has texts here
    if not isinstance(as_of, datetime):
        return []
    sent = [f"sent by {_day(as_of - timedelta(days=days))}"] if days is not None else []
    return [", ".join([*sent, f"as of {moment(as_of)}"])]


def _day(when: datetime) -> str:
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def _population(rows: list[Row]) -> list[str]:
    if any(row.get("population") == "reported" for row in rows):
        return ["only reported messages are known, so the true rate is lower"]
    return []
