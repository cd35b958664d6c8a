"""Asking an endpoint once: a reply, or as much of it as came, and what went wrong."""

import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3

from infobip_analytics import __version__
from infobip_analytics.fetching.access import Key, is_here
from infobip_analytics.fetching.pacing import TIMING, Timing

#: How much of a body is read at once
PIECE = 64 * 1024

#: No answer of 1,000 entries takes longer than this, in seconds; one that does is given up
LONGEST_ANSWER = 300.0

Parameters = Mapping[str, str]


class Failure(StrEnum):
    """Why there is no whole reply."""

    NAME = "the name of the host is not known"
    TLS = "no safe connection (TLS) came about"
    PROXY = "the proxy of this machine refused"
    UNREACHED = "no connection came about"
    SILENT = "the connection broke or stayed silent before an answer came"
    CUT = "the connection broke before the whole answer had come"


@dataclass(frozen=True, slots=True)
class Access:
    """Where to ask, with which right, and how patiently.

    Attributes:
        base_url: `https://` and the host.
        key: The API key.
        timeout: Seconds to wait for a connection, and for each piece of an answer.
        attempts: How often a call is tried at most.
        longest_wait: The longest Retry-After that is waited for, in seconds.
        timing: The clocks.
    """

    base_url: str
    key: Key
    timeout: tuple[float, float] = (10.0, 60.0)
    attempts: int = 6
    longest_wait: float = 120.0
    timing: Timing = TIMING

    @property
    def host(self) -> str:
        """The host of the base URL, with its port."""
        return urlsplit(self.base_url).netloc


@dataclass(frozen=True, slots=True)
class Reply:
    """What came: the status is None where nothing did, and then `failure` says why."""

    received_at: datetime
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = field(default=b"", repr=False)
    failure: Failure | None = None

    @property
    def is_answer(self) -> bool:
        """Whether it is an answer, be it cut off."""
        return self.status is not None and 200 <= self.status < 300


@contextmanager
def calling(access: Access) -> Iterator[requests.Session]:
    """A session for calls with this access; proxies and certificates are those of the machine."""
    session = requests.Session()
    # what stays on this machine goes through no proxy
    session.trust_env = not is_here(urlsplit(access.base_url).hostname or "")
    session.headers.update(
        {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "Cache-Control": "no-cache",
            "User-Agent": f"infobip-analytics/{__version__}",
        }
    )
    try:
        yield session
    finally:
        _hang_up(session)


def _hang_up(session: requests.Session) -> None:
    """Close the connections of a session; it can go on with new ones."""
    for adapter in session.adapters.values():
        pools = getattr(adapter, "poolmanager").pools  # noqa: B009 - the base class lacks it
        # by itself a pool closes only when its memory is collected, which may be much later
        for key in list(pools.keys()):
            pools[key].close()
    session.close()


def sent(
    session: requests.Session, access: Access, path: str, parameters: Parameters, *, fresh: bool
) -> Reply:
    """Ask once, and read what comes; no error of the network is raised.

    Redirects are not followed: the key goes to the base URL and nowhere else. With *fresh* the
    connection is used for this call alone: an old one may be closed by the time it is needed.
    """
    if fresh:
        _hang_up(session)
    failure = Failure.UNREACHED
    response = None
    try:
        response = session.get(
            access.base_url + path,
            params=dict(parameters),
            headers={"Connection": "close"} if fresh else {},
            auth=access.key,
            timeout=access.timeout,
            allow_redirects=False,
            stream=True,
        )
    except requests.RequestException as error:
        failure = _failure(error)
    # outside of the handler: what it caught holds the request, and with it the key
    if response is None:
        return Reply(access.timing.now(), failure=failure)
    with closing(response):
        content, cut = _body(response, access.timing)
        return Reply(
            access.timing.now(),
            response.status_code,
            response.headers,
            content,
            Failure.CUT if cut else None,
        )


def _failure(error: requests.RequestException) -> Failure:
    """What an error of requests means; the innermost reason says it best."""
    names = {type(each).__name__ for each in _reasons(error)}
    kinds = {
        # where a safe connection just ends: before the answer, or before there was a connection
        Failure.SILENT: {"SSLEOFError", "SSLZeroReturnError"},
        Failure.TLS: {"SSLError", "SSLCertVerificationError", "CertificateError"},
        Failure.PROXY: {"ProxyError", "InvalidProxyURL"},
        Failure.NAME: {"NameResolutionError", "gaierror", "LocationParseError", "InvalidURL"},
        Failure.UNREACHED: {"ConnectTimeout", "ConnectTimeoutError", "NewConnectionError"},
    }
    # what else there is may have happened after the call was taken
    return next((kind for kind, known in kinds.items() if names & known), Failure.SILENT)


def _reasons(error: Any) -> Iterator[Any]:
    """An error, and what it says it was caused by."""
    while isinstance(error, BaseException):
        yield error
        inner = getattr(error, "reason", None) or next(iter(error.args), None)
        error = inner if inner is not error else None


def _body(response: requests.Response, timing: Timing) -> tuple[bytes, bool]:
    """The body as far as it came, unpacked, and whether it was cut off."""
    until = timing.ticks() + LONGEST_ANSWER
    pieces: list[bytes] = []
    cut = False
    try:
        # as it is on the wire: what unpacks it for us would keep back what came before a break
        while piece := response.raw.read1(PIECE, decode_content=False):
            pieces.append(piece)
            if cut := timing.ticks() > until:
                break
    except (urllib3.exceptions.HTTPError, OSError):
        cut = True
    content, whole = _unpacked(b"".join(pieces))
    return content, cut or not whole


def _unpacked(raw: bytes) -> tuple[bytes, bool]:
    """What is in a body, and whether that is all; a page of JSON never begins as gzip does."""
    if not raw.startswith(b"\x1f\x8b"):
        return raw, True
    unpacking = zlib.decompressobj(wbits=31)
    content = bytearray()
    try:
        # some at a time: what lies before a corrupt place is kept
        for start in range(0, len(raw), 256):
            piece = raw[start : start + 256]
            while piece:  # behind the end of a packed piece another may follow
                if unpacking.eof:
                    unpacking = zlib.decompressobj(wbits=31)
                content += unpacking.decompress(piece)
                piece = unpacking.unused_data
    except zlib.error:
        return bytes(content), False
    return bytes(content + unpacking.flush()), unpacking.eof
