"""Invented answers of Infobip, and what an archive has to make of them."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from infobip_analytics.archive import Answer, Archive, scan

#: When the first answer of a test came
FIRST = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

STATUSES = {
    "delivered": ((3, "DELIVERED", 5, "DELIVERED_TO_HANDSET"), 0),
    "failed": ((2, "UNDELIVERABLE", 9, "UNDELIVERABLE_NOT_DELIVERED"), 27),
    "pending": ((1, "PENDING", 7, "PENDING_ENROUTE"), 0),
}


def report(number: int, status: str = "delivered", day: int = 1, **more: Any) -> dict[str, Any]:
    """One report as SMS v3 has it, about the invented message *number*, sent in March 2026."""
    (group, group_name, id, name), error = STATUSES[status]
    at = f"2026-03-{day:02}T10:{number % 60:02}:{len(status):02}.000+0000"
    return {
        "bulkId": "b-1",
        "messageId": f"m-{number}",
        "to": f"447700900{number % 100:03}",
        "sender": "Shop",
        "sentAt": f"2026-03-{day:02}T09:00:00.000+0000",
        "doneAt": at,
        "messageCount": 1,
        "price": {"pricePerMessage": 0.00787679, "currency": "EUR"},
        "status": {"groupId": group, "groupName": group_name, "id": id, "name": name},
        "error": {"groupId": 0, "groupName": "OK", "id": error, "name": "-", "permanent": False},
        "mccMnc": "23410",
        **more,
    }


def page(*reports: dict[str, Any]) -> bytes:
    """One answer with these reports."""
    return json.dumps({"results": reports}).encode()


def answer(*reports: dict[str, Any], hours: float = 0, endpoint: str = "/sms/3/reports") -> Answer:
    """One answer that came some hours after the first."""
    kind = endpoint.rpartition("/")[2]
    return Answer(page(*reports), endpoint, kind, FIRST + timedelta(hours=hours))


def ids(archive: Archive) -> list[str]:
    """The message ids of all reports of an archive, sorted."""
    return sorted(scan(archive).collect()["message_id"].to_list())


def alike(frame: pl.DataFrame) -> list[tuple[Any, ...]]:
    """The rows of a frame in an order of their own, for comparing."""
    return sorted(frame.drop("set_aside", strict=False).rows(), key=repr)


def numbers(rows: Iterable[dict[str, Any]]) -> set[tuple[str, int]]:
    """Which reports these are: message and status."""
    return {(row["messageId"], row["status"]["id"]) for row in rows}
