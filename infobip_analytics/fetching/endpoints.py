"""The endpoints of Infobip's API that hand out reports and logs, from the table of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from infobip_analytics.errors import ArgumentError
from infobip_analytics.reference import rows

CHANNELS = ("sms", "mms")

_NOUNS = {"report": "delivery reports", "log": "logs"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One of them.

    Attributes:
        path: Its path below the base URL.
        channel: "sms" or "mms".
        record: What it hands out: "report" or "log".
        version: The version in its path.
        once: Whether each entry is handed out once, and is gone from the queue then.
        cursor: Whether its pages have a cursor.
        limit: The most entries in one answer.
        calls: How many calls it allows in `seconds`; 0 where no such number is published.
        scopes: Scopes of an API key; it needs one of them.
    """

    path: str
    channel: str
    record: str
    version: int
    once: bool
    cursor: bool
    limit: int
    calls: int
    seconds: int
    scopes: tuple[str, ...]

    @property
    def called(self) -> str:
        """What people call it: "SMS delivery reports"."""
        return f"{self.channel.upper()} {_NOUNS[self.record]}"


@cache
def endpoints() -> dict[str, Endpoint]:
    """All of them by their path, in the order in which they are asked.

    MMS goes first: an account without MMS is told so before any report has left its queue.

    >>> endpoints()["/sms/3/reports"].called
    'SMS delivery reports'
    """
    return {row["path"]: _of_row(row) for row in rows("endpoints")}


def _of_row(row: dict[str, str]) -> Endpoint:
    return Endpoint(
        path=row["path"],
        channel=row["channel"],
        record=row["record"],
        version=int(row["version"]),
        once=row["once"] == "yes",
        cursor=row["cursor"] == "yes",
        limit=int(row["limit"]),
        calls=int(row["calls"] or 0),
        seconds=int(row["seconds"] or 0),
        scopes=tuple(row["scopes"].split()),
    )


def endpoints_of(
    record: str, channels: Iterable[str] = CHANNELS, version: int | None = None
) -> list[Endpoint]:
    """The endpoints that hand out *record* of these channels: the latest, or of one *version*.

    >>> [each.path for each in endpoints_of("log", ["sms"])]
    ['/sms/3/logs']

    Raises:
        ArgumentError: A channel has none.
    """
    wanted = _channels(channels)
    there = [each for each in endpoints().values() if each.record == record]
    newest = {each.channel: max(_versions(there, each.channel)) for each in there}
    for channel in wanted:
        if version is not None and version not in _versions(there, channel):
            known = ", ".join(map(str, sorted(_versions(there, channel), reverse=True)))
            raise ArgumentError(
                f"version={version!r}: of {channel.upper()} {_NOUNS[record]} there is version "
                f"{known}; choose the channels that have it: channels=['sms']"
            )
    return [
        each
        for each in there
        if each.channel in wanted and each.version == (version or newest[each.channel])
    ]


def _channels(channels: Iterable[str]) -> list[str]:
    wanted = [channels] if isinstance(channels, str) else list(channels)
    if not wanted or not set(wanted) <= set(CHANNELS):
        raise ArgumentError(f"channels={channels!r}: there are {' and '.join(map(repr, CHANNELS))}")
    return wanted


def _versions(there: list[Endpoint], channel: str) -> set[int]:
    return {each.version for each in there if each.channel == channel}
