"""The definitions as one SQL statement, for data that stay where they are.

`dialects` says how two engines spell the same, `tables` packs what is known of codes and countries,
`columns` reads a table in our names, `asking` checks what is asked. `reports` and `events` bring
rows to `told` (what each says of which message; `tying` has the rules), `messages` folds them,
`counting` counts, `rating` and `dividing` divide, `statement` puts it together.
"""

from infobip_analytics.sql.statement import rates_sql

__all__ = ["rates_sql"]
