"""The door for Infobip: delivery reports and logs in, one frame in our names out."""

from collections.abc import Mapping
from typing import Any

from infobip_analytics.frames import DELIVERY_REPORTS, Backend
from infobip_analytics.infobip.objects import is_object, plain
from infobip_analytics.infobip.rows import COLUMNS, tidy_reports
from infobip_analytics.infobip.shapes import ENVELOPE
from infobip_analytics.sources.documents import documents
from infobip_analytics.sources.fields import known_fields, spelled
from infobip_analytics.sources.gathered import Door
from infobip_analytics.sources.handing import Asked, collected, handed_over

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
    envelope=ENVELOPE,
    named=lambda texts: texts.rename(
        spelled(texts.columns, known_fields("report_fields", COLUMNS))
    ),
    tidy=tidy_reports,
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

    Answers of the API and callbacks (SMS v3 and v1, MMS v2 and v1, Messages API and Omni; reports
    and logs), lists and NDJSON of them, CSV and workbooks with headings as people have them, and
    CSV, NDJSON and Parquet with our names; packed as gzip or ZIP too. What cannot be read is set
    aside and counted in `set_aside`.

    Args:
        source: A path, glob or folder, a list of these, an open file, parsed JSON, or objects of
            Infobip's own Python client.
        backend: The engine of the frame: "polars" or "pandas".
        lazy: A polars plan: Parquet of our own is not read before the plan is collected, and what
            does not fit into memory is kept in a folder for temporary files.
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
    found = documents(plain(source) if is_object(source) else source)
    plan = handed_over(found, DOOR, Asked(columns, timezone, on_bad, lazy))
    return collected(plan.select(list(DELIVERY_REPORTS)), backend, lazy=lazy)
