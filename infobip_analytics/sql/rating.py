"""From counts to rates, in the columns of `delivery_rates`."""

from infobip_analytics.grouping import shown
from infobip_analytics.rates import COUNTS, ENQUEUING, SHARES, STAMP, TOTALS
from infobip_analytics.sql.asking import Question
from infobip_analytics.sql.counting import quoted
from infobip_analytics.sql.dialects import path_of
from infobip_analytics.sql.dividing import REPORTS, ratio, shares, unless_silent
from infobip_analytics.sql.steps import Step
from infobip_analytics.sql.tables import name_table

#: What was left out, the same in every row: the last columns of the answer.
LEFT_OUT = ["undated", "before_since", "after_until"]
OF_EVENTS = ["orphans", "in_doubt"]


def rate_steps(question: Question) -> list[Step]:
    """Steps from `counted` to `rated`."""
    names = [_names(question)] if "country" in question.keys else []
    return [_stamped(question), *names, _rated(question)]


def _names(question: Question) -> Step:
    return Step("countries", "what countries are called", f"  {name_table(question.dialect)}")


def final_select(question: Question) -> str:
    """What is asked of `rated`: the columns, which groups, in which order."""
    names = quoted(question)
    some = ["messages + no_report_messages + COALESCE(enqueue_failed, 0) > 0"] if names else []
    if "country" in question.keys and not question.show and question.silent:
        some.append("NOT is_silent")
    where = f"\nWHERE {' AND '.join(some)}" if some else ""
    order = f"\nORDER BY {', '.join(f'{name} NULLS LAST' for name in names)}" if names else ""
    columns = [*COUNTS, *SHARES, *TOTALS, *(["reports"] if question.show else []), *STAMP]
    left_out = [*LEFT_OUT, *(OF_EVENTS if question.source == "events" else [])]
    listed = [path_of(name, question.dialect) for name in shown(question.keys)]
    blocks = [listed, COUNTS, SHARES, columns[len(COUNTS) + len(SHARES) :], ENQUEUING, left_out]
    lines = ",\n  ".join(", ".join(block) for block in blocks if block)
    return f"SELECT\n  {lines}\nFROM rated{where}{order}"


def _stamped(question: Question) -> Step:
    whole = ", ".join(
        f"CAST(SUM({name}) OVER () AS {question.dialect.integer}) AS all_{name}"
        for name in [*LEFT_OUT, *OF_EVENTS]
    )
    return Step(
        "stamped",
        "what is the same for all groups",
        f"""\
  SELECT *,
    MAX(known) OVER () AS is_sent, MAX(as_of) OVER () AS moment,
    MAX(waiting_period) OVER () AS patience,
    {whole}
  FROM counted""",
    )


def _rated(question: Question) -> Step:
    """Divide: null where there is nothing to divide by."""
    names = " LEFT JOIN countries AS c ON c.country = g.country"
    rates = {name: unless_silent(name, said, question) for name, said in shares(question).items()}
    lines = [
        *_keys(question),
        "messages, waiting, settled_messages AS settled",
        "delivered, failed, rejected, unreported",
        *(f"{said} AS {name}" for name, said in rates.items()),
        *_totals(question),
        *_stamps(question),
        *_sending(question),
    ]
    return Step(
        "rated",
        "the rates: docs/definitions.md, section 5; the interval is Wilson's",
        "  SELECT\n    "
        + ",\n    ".join(lines)
        + "\n  FROM stamped AS g"
        + (names if "country" in question.keys else ""),
    )


def _keys(question: Question) -> list[str]:
    keys = [f"g.{name}" for name in quoted(question)]
    if "country" in question.keys:
        keys += ["COALESCE(c.country_name, g.country) AS country_name", "is_silent"]
    return keys


def _totals(question: Question) -> list[str]:
    """Sums that are known: of no parts and no price, and of several currencies, they are null."""
    one = "n_priced > 0 AND least_currency = g.currency"
    return [
        "delivered_so_far, reported_so_far, no_report_messages",
        f"CASE WHEN n_parts > 0 THEN CAST(sum_parts AS {question.dialect.integer}) END AS parts",
        f"CASE WHEN {one} THEN sum_cost END AS cost",
        f"CASE WHEN {one} THEN NULLIF(g.currency, '') END AS currency",
        "n_priced",
        *([f"{REPORTS} AS reports"] if question.show else []),
    ]


def _stamps(question: Question) -> list[str]:
    """What is the same in every row."""
    left_out = [*LEFT_OUT, *(OF_EVENTS if question.source == "events" else [])]
    return [
        "CASE WHEN is_sent > 0 THEN 'sent' ELSE 'reported' END AS population",
        f"{question.dialect.moment.format('moment')} AS as_of",
        "patience / 86400000000 AS waiting_days",
        *(f"all_{name} AS {name}" for name in left_out),
    ]


def _sending(question: Question) -> list[str]:
    """Sending as events tell of it; reports alone know nothing of it, not even a zero."""
    dialect = question.dialect
    if question.source == "reports":
        types = [dialect.integer, dialect.integer, dialect.real]
        return [
            f"CAST(NULL AS {kind}) AS {name}" for kind, name in zip(types, ENQUEUING, strict=True)
        ]
    said = ["forwarded + n_failed", "n_failed", ratio("n_failed", "forwarded + n_failed")]
    return [f"{each} AS {name}" for each, name in zip(said, ENQUEUING, strict=True)]
