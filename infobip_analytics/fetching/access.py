"""Where the API is, and with which key: a base URL and a secret that nothing shows."""

import ipaddress
import os
import re
from typing import Any, NoReturn
from urllib.parse import SplitResult, urlsplit

import requests
from requests.auth import AuthBase

from infobip_analytics.errors import ArgumentError

BASE_URL = "INFOBIP_BASE_URL"
API_KEY = "INFOBIP_API_KEY"

#: The address of all accounts; each account has one of its own below it
SHARED = "api.infobip.com"

_WHERE = f"it looks like https://abc12.{SHARED} and the Portal shows it"


class Key(AuthBase):
    """An API key as the header of a request; it shows itself to nobody, and cannot be stored.

    Args:
        given: The key; without it that of the environment, INFOBIP_API_KEY.

    Raises:
        ArgumentError: There is none, or it cannot be a key. The sentence never has it.
    """

    __slots__ = ("__secret",)

    def __init__(self, given: str | None = None) -> None:
        self.__secret = _checked_key(os.environ.get(API_KEY, "") if given is None else given)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Put the key onto a request."""
        request.headers["Authorization"] = f"App {self.__secret}"
        return request

    def __repr__(self) -> str:
        return "<API key>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an API key is not stored; make the client where it is needed")

    def hidden_in(self, text: str) -> str:
        """The text without the key: a service may repeat it in what it says."""
        return re.sub(re.escape(self.__secret), "<API key>", text, flags=re.IGNORECASE)


def _checked_key(given: Any) -> str:
    key = re.sub(r"^App(\s+|$)", "", given.strip(), flags=re.IGNORECASE) if _is_text(given) else ""
    if not key:
        raise ArgumentError(
            f"there is no API key: set {API_KEY} in the environment to a key of your account"
        )
    if not re.fullmatch(r"[!-~]+", key):
        raise ArgumentError(
            f"{API_KEY} holds characters that no API key has (spaces, line breaks, letters with "
            "accents); copy the key once more"
        )
    return key


def _is_text(given: Any) -> bool:
    return isinstance(given, str)


def checked_url(given: str | None = None) -> str:
    """The base URL of an account: `https://` and the host.

    Without *given* it is that of the environment, INFOBIP_BASE_URL.

    >>> checked_url("abc12.api.infobip.com/")
    'https://abc12.api.infobip.com'

    Raises:
        ArgumentError: There is none, it is more than a host, or it is not safe.
    """
    text = (os.environ.get(BASE_URL, "") if given is None else str(given)).strip()
    if not text:
        raise ArgumentError(f"there is no base URL: set {BASE_URL} in the environment; {_WHERE}")
    url = _parts(text)
    if url.scheme == "http" and not is_here(url.hostname or ""):
        raise ArgumentError(
            "the base URL begins with http://, so that anybody on the way could read the key; "
            "write https://"
        )
    return f"{url.scheme}://{url.netloc.lower()}"


def _parts(text: str) -> SplitResult:
    """The parts of a base URL; ArgumentError, which does not repeat it, where it is none."""
    try:
        url = urlsplit(text if "://" in text else f"https://{text}")
        sound = bool(url.hostname) and url.port != 0
    except ValueError:
        sound = False
    sound = sound and re.fullmatch(r"[\w.\-]+|[0-9a-f:]+", url.hostname or "", re.ASCII) is not None
    more = sound and (url.username is not None or url.path.strip("/") or url.query or url.fragment)
    if not sound or more or url.scheme not in ("https", "http"):
        why = "has more than a host in it" if more else "is no address"
        raise ArgumentError(f"the base URL {why}; {_WHERE}. Give nothing before or after it")
    return url


def is_here(host: str) -> bool:
    """Whether a host is this machine itself.

    >>> is_here("127.0.0.1"), is_here("localhost"), is_here("10.0.0.1")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
