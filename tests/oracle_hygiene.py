"""What the definitions say of dead numbers, of people reached and of costs: SQL over messages.

Nothing here is shared with the code under test. DuckDB reads the polars frames by itself.
"""

from collections.abc import Collection

import duckdb
import polars as pl

#: Errors, and what our advice says of their causes (docs/codes.md): after how many failures, over
#: how many days at least, a number is left out; what the failures speak against.
RULES = pl.DataFrame(
    [
        ("EC_UNKNOWN_SUBSCRIBER", "number_unknown", 1, 0, "number"),
        ("EC_DEACTIVATED_LIST", "number_unknown", 1, 0, "number"),
        ("EC_UNIDENTIFIED_SUBSCRIBER", "number_unidentified", 2, 1, "number"),
        ("EC_ABSENT_SUBSCRIBER", "handset_absent", 5, 30, "number"),
        ("EC_UNKNOWN_EQUIPMENT", "device_unfit", 3, 14, "number"),
        ("EC_SC_BLOCKED_BY_END_USER", "opted_out", 1, 0, "number"),
        ("EC_HANDSET_DOES_NOT_SUPPORT_MMS", "mms_not_possible", 2, 0, "mms"),
        ("EC_CONSENT_FAILED", "consent_missing", 2, 0, "category"),
    ],
    schema=["error_name", "cause", "least", "days", "about"],
    orient="row",
)

HYGIENE = """
    WITH numbers AS (
        SELECT *, coalesce(sent_at, done_at) AS moment FROM messages
        WHERE recipient IS NOT NULL AND outcome <> 'enqueue_failed'
    ),
    people AS (
        SELECT recipient, bool_or(country IN (SELECT unnest($silent))) AS quiet,
            count(*) AS messages,
            count(*) FILTER (outcome = 'delivered') AS delivered,
            count(*) FILTER (outcome = 'failed') AS failed,
            count(*) FILTER (outcome = 'rejected') AS rejected,
            count(*) FILTER (outcome IN ('unreported', 'pending')) AS unheard,
            max(greatest(sent_at, done_at)) FILTER (outcome = 'delivered') AS alive,
            max(greatest(sent_at, done_at))
                FILTER (outcome = 'delivered' AND channel = 'mms') AS alive_mms,
            max(sent_at) AS last_sent,
            count(price) AS n_priced,
            CASE WHEN count(DISTINCT coalesce(currency, '')) FILTER (price IS NOT NULL) = 1
                THEN sum(price * coalesce(parts, 1)) END AS cost,
            CASE WHEN count(DISTINCT coalesce(currency, '')) FILTER (price IS NOT NULL) = 1
                THEN max(currency) FILTER (price IS NOT NULL) END AS currency
        FROM numbers GROUP BY recipient
    ),
    failures AS (
        SELECT recipient, cause, least, days, about, moment,
            coalesce(moment <= CASE about WHEN 'mms' THEN alive_mms ELSE alive END, false)
                AS cleared
        FROM numbers JOIN rules USING (error_name) JOIN people USING (recipient)
        WHERE outcome IN ('failed', 'rejected') AND moment IS NOT NULL
    ),
    causes AS (
        SELECT recipient, cause, least, days, about,
            count(*) AS n, min(moment) AS a, max(moment) AS b,
            bool_and(cleared) AS cleared, about = 'number' AND NOT bool_and(cleared) AS whole
        FROM failures WHERE NOT cleared OR cause = 'opted_out'
        GROUP BY recipient, cause, least, days, about
    ),
    judged AS (
        SELECT recipient,
            bool_or(whole AND n >= least AND b - a >= days * INTERVAL 1 DAY) AS enough,
            coalesce(
                sum(n) FILTER (whole) >= max(least) FILTER (whole)
                AND max(b) FILTER (whole) - min(a) FILTER (whole)
                    >= max(days) FILTER (whole) * INTERVAL 1 DAY, false
            ) AS together,
            sum(n) AS failures,
            coalesce(sum(n) FILTER (cause IN ('number_unknown', 'opted_out')), 0) AS permanent,
            min(a) AS first_failure, max(b) AS last_failure
        FROM causes GROUP BY recipient
    )
    SELECT recipient,
        CASE WHEN quiet OR failures IS NULL THEN 'keep'
            WHEN enough OR together THEN 'suppress' ELSE 'watch' END AS verdict,
        coalesce(failures, 0)::BIGINT AS failures,
        coalesce(permanent, 0)::BIGINT AS permanent_errors,
        first_failure, last_failure, alive AS last_delivery, last_sent,
        messages, delivered, failed, rejected, unheard, cost, currency, n_priced
    FROM people LEFT JOIN judged USING (recipient) ORDER BY recipient
"""

UNIQUE = """
    WITH counted AS (
        SELECT *, coalesce(recipient, customer) AS person, outcome = 'delivered' AS arrived
        FROM messages
        WHERE settled AND outcome <> 'enqueue_failed' AND NOT coalesce(orphan, false)
            AND sent_at IS NOT NULL AND country NOT IN (SELECT unnest($silent))
    )
    SELECT {columns} count(DISTINCT person) AS recipients,
        count(DISTINCT person) FILTER (arrived) AS reached,
        count(DISTINCT person) FILTER (arrived) / nullif(count(DISTINCT person), 0)
            AS unique_recipient_rate,
        count(person) AS settled,
        count(person) FILTER (arrived) AS delivered,
        count(*) - count(person) AS unnamed
    FROM counted {group}
"""

COSTS = """
    WITH paid AS (
        SELECT * EXCLUDE (currency),
            CASE WHEN price IS NOT NULL THEN coalesce(currency, '') END AS currency,
            price * {factor} AS cost, country IN (SELECT unnest($silent)) AS quiet,
            recipient IN (SELECT recipient FROM dead) AS is_dead
        FROM messages
        WHERE outcome <> 'enqueue_failed' AND NOT coalesce(orphan, false) AND sent_at IS NOT NULL
    )
    SELECT {columns} currency, count(*) AS messages, count(price) AS n_priced, sum(cost) AS cost,
        count(*) FILTER (settled AND NOT quiet) AS settled,
        count(*) FILTER (settled AND NOT quiet AND outcome = 'delivered') AS delivered,
        CASE WHEN currency IS NOT NULL
            THEN coalesce(sum(cost) FILTER (settled AND NOT quiet), 0) END AS settled_cost,
        sum(cost) FILTER (settled AND NOT quiet) / nullif(
            count(*) FILTER (settled AND NOT quiet AND outcome = 'delivered'), 0
        ) AS cost_per_delivered,
        count(*) FILTER (quiet) AS no_report_messages,
        sum(parts)::BIGINT AS parts,
        count(*) FILTER (parts = 1) AS parts_1,
        count(*) FILTER (parts = 2) AS parts_2,
        count(*) FILTER (parts = 3) AS parts_3,
        count(*) FILTER (parts >= 4) AS parts_4_plus,
        count(*) FILTER (parts IS NULL) AS parts_unknown,
        count(*) FILTER (is_dead) AS dead_messages,
        CASE WHEN currency IS NOT NULL
            THEN coalesce(sum(cost) FILTER (is_dead), 0) END AS dead_cost
    FROM paid GROUP BY {columns} currency ORDER BY {columns} currency NULLS LAST
"""


def hygiene(messages: pl.DataFrame, silent: Collection[str]) -> pl.DataFrame:
    """Judge each number."""
    names = {"messages": messages, "rules": RULES}
    return _asked(HYGIENE, {"silent": sorted(silent)}, names)


def unique_rates(messages: pl.DataFrame, by: list[str], silent: Collection[str]) -> pl.DataFrame:
    """Count people per columns of messages."""
    columns = "".join(f"{name}, " for name in by)
    group = f"GROUP BY {', '.join(by)} ORDER BY {', '.join(by)} NULLS LAST" if by else ""
    text = UNIQUE.format(columns=columns, group=group)
    return _asked(text, {"silent": sorted(silent)}, {"messages": messages})


def costs(
    messages: pl.DataFrame, by: list[str], silent: Collection[str], *, per_part: bool
) -> pl.DataFrame:
    """Sum costs per columns of messages and currency."""
    columns = "".join(f"{name}, " for name in by)
    factor = "coalesce(parts, 1)" if per_part else "1"
    dead = hygiene(messages, silent).filter(verdict="suppress")
    text = COSTS.format(columns=columns, factor=factor)
    return _asked(text, {"silent": sorted(silent)}, {"messages": messages, "dead": dead})


def _asked(
    text: str, values: dict[str, list[str]], frames: dict[str, pl.DataFrame]
) -> pl.DataFrame:
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        for name, frame in frames.items():
            database.register(name, frame)
        return pl.DataFrame(database.sql(text, params=values).to_arrow_table())
