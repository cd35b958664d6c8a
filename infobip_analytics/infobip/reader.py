"""The door for Infobip: delivery reports and logs in, one frame in our names out."""

from collections.abc import Mapping
from typing import Any

from infobip_analytics.frames import DELIVERY_REPORTS, Backend
from infobip_analytics.infobip.payloads import payload_texts
from infobip_analytics.infobip.rows import COLUMNS, assumptions, delivery_reports, texts_by_column
from infobip_analytics.sources.documents import documents
from infobip_analytics.sources.fields import known_fields, spelled
from infobip_analytics.sources.gathered import Door, gathered
from infobip_analytics.sources.handing import collected, handed_over

DOOR = Door(
    called="delivery reports",
    expected=(
        'answers or callbacks of Infobip ({"results": [...]}) with SMS or MMS reports or logs, '
        "NDJSON of these, or CSV, NDJSON or Parquet with a column message_id"
    ),
    schema=DELIVERY_REPORTS,
    table="report_fields",
    key="message_id",
    lacking="no message id",
    json_texts=payload_texts,
    named=lambda texts: texts.rename(
        spelled(texts.columns, known_fields("report_fields", COLUMNS))
    ),
    defaults={"record": "report", "channel": "sms"},
)


def read_delivery_reports(
    source: Any,
    *,
    backend: Backend = "polars",
    lazy: bool = False,
    columns: Mapping[str, str] | None = None,
    timezone: str = "UTC",
    on_bad: str = "warn",
) -> Any:
    """Read delivery reports and logs of Infobip: a row each, as it arrived, in our names.

    Answers of the API and callbacks (SMS v3 and v1, MMS v2 and v1, reports and logs), lists and
    NDJSON of them, and CSV, NDJSON and Parquet with our names. What cannot be read is set aside
    and counted in `set_aside`.

    Args:
        source: A path, glob or folder, a list of these, an open file, or parsed JSON.
        backend: The engine of the frame: "polars" or "pandas".
        lazy: A polars plan; Parquet of our own is then not read before the plan is collected.
        columns: What their headings are in our names, `{"Message ref": "message_id"}`.
        timezone: In which times without an offset are meant.
        on_bad: What to do with rows that cannot be read: "warn", "raise", or a path that gets them
            as NDJSON with file, line and reason.

    Returns:
        The columns of delivery reports. `record` is `log` where a row has what only logs have
        (`destination`, `content`, `text`), else `report`. Times are UTC, ids text.

    Raises:
        SourceError: Nothing lies there, or nothing in it can be read.
        ArgumentError: An argument means nothing.
    """
    found = gathered(documents(source), DOOR, columns)
    texts = texts_by_column(found.texts)
    assumed = assumptions(texts, timezone)
    plan = handed_over(found, DOOR, delivery_reports(texts, timezone), assumed, on_bad)
    return collected(plan.select(list(DELIVERY_REPORTS)), backend, lazy=lazy)
