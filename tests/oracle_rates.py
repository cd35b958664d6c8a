"""What the definitions say of rates, coverage and leftovers: SQL over a frame of messages.

Nothing here is shared with the code under test. DuckDB reads the polars frame by itself.
"""

from collections.abc import Collection

import duckdb
import polars as pl

FORWARDED = """
    SELECT *,
        country IN (SELECT unnest($silent)) AS quiet,
        settled AND outcome = 'delivered' AS arrived,
        sent_at AT TIME ZONE $zone AS clock,
        sent_at - to_microseconds(epoch_us(clock) % 3_600_000_000) AS hour,
        date_trunc('day', clock) AS day,
        date_trunc('week', clock) AS week,
        date_trunc('month', clock) AS month,
    FROM messages
    WHERE outcome <> 'enqueue_failed' AND NOT coalesce(orphan, false) AND sent_at IS NOT NULL
"""

# `counted` says which messages of a group are in its rates, `silent_row` whether it may have any
RATES = """
    WITH forwarded AS ({forwarded}),
    counts AS (
        SELECT {select}
            count(*) FILTER ({counted}) AS messages,
            count(*) FILTER ({counted} AND NOT settled) AS waiting,
            count(*) FILTER ({counted} AND settled) AS settled,
            count(*) FILTER ({counted} AND settled AND outcome = 'delivered') AS delivered,
            count(*) FILTER ({counted} AND settled AND outcome = 'failed') AS failed,
            count(*) FILTER ({counted} AND settled AND outcome = 'rejected') AS rejected,
            count(*) FILTER ({counted} AND settled AND outcome = 'unreported') AS unreported,
            count(*) FILTER ({counted} AND outcome = 'delivered') AS delivered_so_far,
            count(*) FILTER (
                {counted} AND outcome IN ('delivered', 'failed', 'rejected')
            ) AS reported_so_far,
            count(*) FILTER (quiet) AS no_report_messages,
            count(*) FILTER ({counted} AND arrived AND receipt = 'handset') AS handset,
            count(*) FILTER (
                {counted} AND arrived AND coalesce(receipt, 'unknown') = 'unknown'
            ) AS no_receipt,
            sum(parts) FILTER ({counted})::BIGINT AS parts,
            sum(price * coalesce(parts, 1)) FILTER ({counted}) AS all_cost,
            count(price) FILTER ({counted}) AS n_priced,
            count(DISTINCT coalesce(currency, '')) FILTER (
                {counted} AND price IS NOT NULL
            ) AS currencies,
            max(currency) FILTER ({counted} AND price IS NOT NULL) AS any_currency,
            {silent_row} AS silent_row,
        FROM forwarded WHERE {kept} {group}
    )
    SELECT {columns}
        messages, waiting, settled, delivered, failed, rejected, unreported,
        CASE WHEN NOT silent_row THEN delivered / nullif(settled, 0) END AS delivery_rate,
        CASE WHEN NOT silent_row THEN (settled - rejected) / nullif(settled, 0) END
            AS acceptance_rate,
        CASE WHEN NOT silent_row AND $sent
            THEN (delivered + failed) / nullif(settled - rejected, 0) END AS coverage,
        CASE WHEN NOT silent_row THEN delivered / nullif(delivered + failed, 0) END
            AS confirmed_rate,
        CASE WHEN $sent THEN delivered / nullif(settled, 0) END AS bound_low,
        CASE WHEN $sent THEN (delivered + unreported) / nullif(settled, 0) END AS bound_high,
        CASE WHEN NOT silent_row AND no_receipt = 0 THEN handset / nullif(settled, 0) END
            AS handset_rate,
        delivered_so_far, reported_so_far, no_report_messages, parts,
        CASE WHEN currencies = 1 THEN all_cost END AS cost,
        CASE WHEN currencies = 1 THEN any_currency END AS currency,
        n_priced,
        NOT silent_row AS reports,
        CASE WHEN $sent THEN 'sent' ELSE 'reported' END AS population,
    FROM counts {order}
"""

COVERAGE = """
    WITH forwarded AS ({forwarded})
    SELECT {select}
        count(*) FILTER (settled AND outcome <> 'rejected') AS n,
        count(*) FILTER (settled AND outcome IN ('delivered', 'failed')) AS heard,
        count(*) FILTER (arrived AND receipt = 'operator') AS operator,
        count(*) FILTER (arrived AND receipt IN ('operator', 'handset')) AS receipts,
    FROM forwarded {group} {order}
"""

LEFT_OUT = """
    WITH reasons AS (
        SELECT CASE
            WHEN outcome = 'enqueue_failed' THEN 'enqueue failed'
            WHEN orphan THEN 'orphan'
            WHEN sent_at IS NULL THEN 'undated'
            WHEN country IN (SELECT unnest($silent)) THEN 'no-report country'
            WHEN NOT settled THEN 'waiting'
            ELSE 'counted'
        END AS reason
        FROM messages
    )
    SELECT reason, count(*) AS messages FROM reasons GROUP BY reason
"""


def rates(
    messages: pl.DataFrame,
    by: list[str],
    silent: Collection[str],
    *,
    show: bool = False,
    zone: str = "UTC",
) -> pl.DataFrame:
    """Compute the columns of section 5 but for the interval, by columns or pieces of time."""
    by_country = "country" in by
    text = RATES.format(
        forwarded=FORWARDED,
        # in `show` a silent country is the row itself
        counted="true" if by_country and show else "NOT quiet",
        kept="NOT quiet" if by_country and not show else "true",
        silent_row="coalesce(bool_and(quiet), false)" if show else "false",
        **_grouping(by),
    )
    sent = known_whatever_was_heard(messages)
    return _ask(text, messages, {"silent": sorted(silent), "sent": sent, "zone": zone})


def coverage(messages: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Count what section 6 classes."""
    text = COVERAGE.format(forwarded=FORWARDED, **_grouping(by))
    return _ask(text, messages, {"silent": [], "zone": "UTC"})


def left_out(messages: pl.DataFrame, silent: Collection[str]) -> dict[str, int]:
    """Count the messages under the first reason that holds; "counted" are those in the rates."""
    return dict(_ask(LEFT_OUT, messages, {"silent": sorted(silent)}).iter_rows())


def known_whatever_was_heard(messages: pl.DataFrame) -> bool:
    """Whether a message of which nothing was heard would be in the frame, too."""
    if "population" in messages.columns:
        return bool((messages["population"] == "sent").any())
    known = messages["record"].is_in(["log", "event"])
    waiting = messages["status_group"].is_in(["PENDING", "ACCEPTED"])
    return bool((known | waiting).any())


def _grouping(by: list[str]) -> dict[str, str]:
    columns = "".join(f"{name}, " for name in by)
    return {
        "select": columns,
        "columns": columns,
        "group": f"GROUP BY {columns.rstrip(', ')}" if by else "",
        "order": f"ORDER BY {', '.join(f'{name} NULLS LAST' for name in by)}" if by else "",
    }


def _ask(text: str, messages: pl.DataFrame, parameters: dict[str, object]) -> pl.DataFrame:
    used = {name: value for name, value in parameters.items() if f"${name}" in text}
    with duckdb.connect() as connection:
        connection.register("messages", messages)
        return pl.DataFrame(connection.sql(text, params=used).to_arrow_table())
