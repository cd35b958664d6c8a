"""What errors and causes come to: SQL over a frame of messages, and codes as a person reads them.

Nothing here is shared with the code under test but the table of causes. DuckDB reads the polars
frame by itself.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

import infobip_analytics

CAUSES = Path(infobip_analytics.__file__).parent / "reference" / "causes.csv"

_SAID = ["channel", "error_id", "error_name", "error_group"]
_IS = [*_SAID, "id", "name", "tells", "cause"]

ABSENT = (27, "EC_ABSENT_SUBSCRIBER", True, "handset_absent")
NO_MMS = (15019, "EC_HANDSET_DOES_NOT_SUPPORT_MMS", True, "mms_not_possible")
UNIDENTIFIED = (5, "EC_UNIDENTIFIED_SUBSCRIBER", True, "number_unidentified")

# what comes in the first four, the error that it is, whether that tells anything, and its cause
_ERRORS: list[tuple[Any, ...]] = [
    ("sms", 27, "EC_ABSENT_SUBSCRIBER", "HANDSET_ERRORS", *ABSENT),
    ("sms", None, "EC_ABSENT_SUBSCRIBER", None, *ABSENT),
    ("sms", None, " ec_AbsentSubscriber", None, *ABSENT),
    ("sms", 27, None, None, *ABSENT),
    ("mms", 27, "EC_ABSENT_SUBSCRIBER", None, *ABSENT),
    ("sms", 400, "EC_UNIDENTIFIED_SUBSCRIBER", None, *UNIDENTIFIED),
    ("sms", 5, None, None, *UNIDENTIFIED),
    ("sms", 1, "EC_UNKNOWN_SUBSCRIBER", None, 1, "EC_UNKNOWN_SUBSCRIBER", True, "number_unknown"),
    ("mms", 15019, None, None, *NO_MMS),
    ("sms", None, "EC_VALIDITY_EXPIRED", None, 4101, "EC_VALIDITY_EXPIRED", True, "expired"),
    ("mms", None, "EC_VALIDITY_EXPIRED", None, 15006, "EC_VALIDITY_EXPIRED", True, "expired"),
    ("sms", None, "EC_Cancelled", None, 4100, "EC_MESSAGE_CANCELED", True, None),
    ("sms", 0, "NO_ERROR", "OK", 0, "NO_ERROR", False, None),
    ("sms", None, "NO_ERROR", None, 0, "NO_ERROR", False, None),
    ("sms", None, None, None, None, None, False, None),
    ("sms", None, "  ", None, None, None, False, None),
    ("sms", 99999, "EC_NEW", "USER_ERRORS", 99999, "EC_NEW", False, None),
    ("sms", 99999, "EC_NEW", None, 99999, "EC_NEW", False, None),
    ("sms", 27, "EC_NEW", None, 27, "EC_NEW", False, None),
]  # fmt: skip

# statuses, and the cause where the error tells nothing
_STATUSES: list[tuple[Any, ...]] = [
    (52, "REJECTED_DESTINATION", "REJECTED", "number_malformed"),
    (14, "REJECTED_DESTINATION_BLOCKLISTED", "REJECTED", "blocklisted"),
    (29, "EXPIRED_DLR_UNKNOWN", "EXPIRED", "report_missing"),
    (7, "PENDING_ENROUTE", "PENDING", "waiting"),
    (None, None, None, None),
]


def _table(rows: list[tuple[Any, ...]], names: list[str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)


ERRORS = _table(_ERRORS, _IS)
STATUSES = _table(_STATUSES, ["status_id", "status_name", "status_group", "status_cause"])

_FOUND = """
    WITH found AS (
        SELECT messages.*, errors.id, errors.name, errors.tells, errors.cause AS own,
            statuses.status_cause, coalesce(recipient, customer) AS person,
            outcome <> 'delivered' AS lost
        FROM messages
        LEFT JOIN errors ON errors.channel = messages.channel
            AND errors.error_id IS NOT DISTINCT FROM messages.error_id
            AND errors.error_name IS NOT DISTINCT FROM messages.error_name
            AND errors.error_group IS NOT DISTINCT FROM messages.error_group
        LEFT JOIN statuses ON statuses.status_id IS NOT DISTINCT FROM messages.status_id
        WHERE outcome <> 'enqueue_failed' AND NOT coalesce(orphan, false)
            AND sent_at IS NOT NULL AND settled AND country NOT IN (SELECT unnest($silent))
    )
"""

_BREAKDOWN = """
    {found},
    sizes AS (SELECT {by}, count(*) AS settled FROM found GROUP BY {by})
    SELECT {by}, id AS error_id, name AS error_name, count(*) AS messages,
        count(*) FILTER (outcome = 'failed') AS failed,
        count(*) FILTER (outcome = 'rejected') AS rejected,
        count(*) FILTER (outcome = 'unreported') AS unreported,
        any_value(settled_of.settled) AS settled,
        1000 * count(*) / any_value(settled_of.settled) AS per_1000
    FROM found JOIN sizes AS settled_of USING ({by})
    WHERE lost GROUP BY {by}, id, name
    ORDER BY {by}, messages DESC, error_id NULLS LAST, error_name NULLS LAST
"""

# silence: nothing but a pending status, or nothing at all, of a message that was not reported; of
# one that failed "pending" is no cause
_CAUSES = """
    {found},
    guessed AS (
        SELECT *, CASE WHEN tells THEN own ELSE status_cause END AS guess FROM found WHERE lost
    ),
    caused AS (
        SELECT *, CASE
            WHEN outcome = 'unreported' AND (guess = 'waiting' OR status_id IS NULL)
                AND (id = 0 OR (id IS NULL AND name IS NULL)) THEN 'report_missing'
            WHEN guess <> 'waiting' THEN guess END AS key
        FROM guessed
    ),
    named AS (SELECT * FROM caused LEFT JOIN causes ON causes.cause = caused.key),
    effects AS (
        SELECT *, CASE
            WHEN key IS NULL THEN 'cause unknown'
            WHEN suppress = 'yes' THEN 'not sent in vain'
            WHEN retry IN ('later', 'after fix') AND who = 'nobody' THEN 'if time helps'
            WHEN retry IN ('later', 'after fix') THEN 'delivered'
            WHEN suppress = 'after repeats' THEN 'not sent in vain'
            ELSE 'to look into' END AS effect
        FROM named
    ),
    again AS (
        SELECT *, person IS NOT NULL AND sent_at > min(sent_at) OVER (PARTITION BY person, key)
            AS repeated
        FROM effects
    ),
    sizes AS (
        SELECT {by}, count(*) AS settled, count(*) FILTER (NOT lost) AS delivered
        FROM found GROUP BY {by}
    )
    SELECT {by}, key AS cause, effect, count(*) AS messages, any_value(sizes.settled) AS settled,
        CASE effect
            WHEN 'not sent in vain' THEN count(*) FILTER (repeated OR suppress = 'yes')
            WHEN 'to look into' THEN 0
            WHEN 'cause unknown' THEN 0
            ELSE coalesce(
                count(*) * any_value(sizes.delivered)
                // nullif(any_value(sizes.settled) - count(*), 0), 0)
            END AS saves,
        CASE WHEN effect NOT IN ('to look into', 'cause unknown') AND count(person) > 0
            THEN count(*) FILTER (repeated) END AS repeats
    FROM again JOIN sizes USING ({by}) GROUP BY {by}, key, effect
    ORDER BY {by}, cause NULLS LAST, effect
"""


def breakdown(messages: pl.DataFrame, by: str, silent: Collection[str]) -> pl.DataFrame:
    """Count what `error_breakdown` counts."""
    return _ask(_BREAKDOWN, messages, by, silent)


def causes(messages: pl.DataFrame, by: str, silent: Collection[str]) -> pl.DataFrame:
    """Count what `fix_first` counts, by group and cause."""
    return _ask(_CAUSES, messages, by, silent)


def _ask(text: str, messages: pl.DataFrame, by: str, silent: Collection[str]) -> pl.DataFrame:
    with duckdb.connect() as connection:
        connection.register("messages", messages)
        connection.register("errors", ERRORS)
        connection.register("statuses", STATUSES)
        connection.execute(
            f"CREATE TABLE causes AS FROM read_csv('{CAUSES}', header=true, all_varchar=true)"
        )
        query = text.format(found=_FOUND, by=by)
        found = connection.sql(query, params={"silent": sorted(silent)})
        return pl.DataFrame(found.to_arrow_table())
