"""Is all as it should be? Base URL, key, scopes and clock, by harmless calls alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from infobip_analytics.durations import duration
from infobip_analytics.errors import ArgumentError
from infobip_analytics.fetching.access import SHARED, Key, checked_url, is_here
from infobip_analytics.fetching.asking import Reply
from infobip_analytics.fetching.client import InfobipClient
from infobip_analytics.fetching.endpoints import CHANNELS, Endpoint, endpoints_of
from infobip_analytics.fetching.pacing import TIMING, Timing, http_date

#: Clocks may differ by this; by more, times of arrival and slices of logs are wrong
TOLERANCE = timedelta(seconds=60)


class Verdict(StrEnum):
    """How a check came out."""

    GOOD = "ok"
    DOUBTFUL = "warning"
    BAD = "FAILED"
    UNTRIED = "not tested"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was checked, how it came out, and what to say about it."""

    what: str
    verdict: Verdict
    words: str


def findings(
    base_url: str | None = None,
    api_key: str | None = None,
    *,
    channels: Iterable[str] = CHANNELS,
    timing: Timing = TIMING,
) -> Iterator[Finding]:
    """Check one thing after the other; what cannot be tried without harm is not tried.

    A call that fetched reports would take them out of their queue for good, so there is none.
    """
    wanted = endpoints_of("log", channels)
    settings = list(_settings(base_url, api_key))
    yield from settings
    if any(each.verdict == Verdict.BAD for each in settings):
        return
    client = InfobipClient(base_url, api_key, attempts=2, timing=timing)
    replies: list[Reply] = []
    for endpoint in wanted:
        reply = client.probe(endpoint)
        if reply.status is None:
            yield Finding("connection", Verdict.BAD, _why(client, endpoint, reply))
            return
        if not replies:
            yield _key(client, endpoint, reply)
        if reply.status != 401:
            yield _scope(client, endpoint, reply)
        replies.append(reply)
    yield from map(_untried, endpoints_of("report", channels))
    yield _clock(replies)


def _settings(base_url: str | None, api_key: str | None) -> Iterator[Finding]:
    """The base URL and the key by their looks."""
    try:
        url = checked_url(base_url)
        yield Finding("base URL", *_judged(url))
    except ArgumentError as error:
        yield Finding("base URL", Verdict.BAD, str(error))
    try:
        Key(api_key)
    except ArgumentError as error:
        yield Finding("API key", Verdict.BAD, str(error))


def _judged(url: str) -> tuple[Verdict, str]:
    host = urlsplit(url).hostname or ""
    if host == SHARED:
        return Verdict.GOOD, f"{url} (shared by all accounts; your own, from the Portal, is better)"
    if not host.endswith(f".{SHARED}") and not is_here(host):
        return Verdict.DOUBTFUL, f"{url} is no address of Infobip (…{SHARED}): it gets your key"
    return Verdict.GOOD, url


def _key(client: InfobipClient, endpoint: Endpoint, reply: Reply) -> Finding:
    """The key: good where the endpoint knows it, even if it may do nothing there."""
    if reply.status == 401:
        return Finding("API key", Verdict.BAD, _why(client, endpoint, reply))
    if reply.status in (200, 403):
        return Finding("API key", Verdict.GOOD, "accepted")
    return Finding("API key", Verdict.UNTRIED, "no answer tells whether it is right")


def _scope(client: InfobipClient, endpoint: Endpoint, reply: Reply) -> Finding:
    why = _why(client, endpoint, reply)
    if why:
        return Finding(endpoint.called, Verdict.BAD, why)
    return Finding(endpoint.called, Verdict.GOOD, "may be read")


def _why(client: InfobipClient, endpoint: Endpoint, reply: Reply) -> str:
    error = client.explained(reply, endpoint)
    return str(error) if error else ""


def _untried(endpoint: Endpoint) -> Finding:
    return Finding(
        endpoint.called,
        Verdict.UNTRIED,
        "each report is handed out once, so that a trial would take reports away; the key needs "
        f"one of the scopes {', '.join(endpoint.scopes)}",
    )


def _clock(replies: list[Reply]) -> Finding:
    """Our clock against that of the service; HTTP tells it to the second."""
    apart = [
        reply.received_at - theirs
        for reply in replies
        if (theirs := http_date(reply.headers.get("Date", "")))
    ]
    if not apart:
        return Finding("clock", Verdict.UNTRIED, "no answer says what time it is at Infobip")
    ahead = min(apart, key=abs)
    off = duration(abs(ahead.total_seconds()))
    if abs(ahead) > TOLERANCE:
        where = "ahead of" if ahead > timedelta(0) else "behind"
        return Finding(
            "clock",
            Verdict.DOUBTFUL,
            f"this machine is {off} {where} Infobip: set its clock, or times of arrival are wrong",
        )
    return Finding("clock", Verdict.GOOD, f"within {off} of Infobip's")
