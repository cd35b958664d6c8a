"""What a reply that is no answer means, as one error that says what to do."""

import json
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from infobip_analytics.errors import ServiceError, SourceError
from infobip_analytics.fetching.access import API_KEY, BASE_URL
from infobip_analytics.fetching.asking import Access, Failure, Reply
from infobip_analytics.fetching.endpoints import CHANNELS, Endpoint
from infobip_analytics.fetching.pacing import retry_after
from infobip_analytics.fetching.trying import TOO_MANY, may_be_lost
from infobip_analytics.infobip.payloads import entries
from infobip_analytics.wording import moment, plural

#: What an error of the service says is shown up to here
SHOWN = 400


def refusal(reply: Reply, endpoint: Endpoint, access: Access) -> ServiceError:
    """The error for a reply that is no answer, or only the beginning of one."""
    lost = may_be_lost(reply, endpoint)
    said = _said(reply, access)
    again_at = _again_at(reply)
    sentence = f"{endpoint.called} from {access.host}: {_what(reply, said)}. " + (
        _lost(endpoint)
        if lost
        else _cure(reply, endpoint, access, moment(again_at) if again_at else "")
    )
    return ServiceError(
        sentence,
        status=reply.status,
        code=said.partition(" - ")[0],
        again_at=again_at,
        may_be_lost=lost,
    )


def _again_at(reply: Reply) -> datetime | None:
    """When to ask again; None where the service does not say, or says a time beyond all years."""
    wait = retry_after(reply.headers, reply.received_at)
    try:
        return reply.received_at + timedelta(seconds=wait) if wait is not None else None
    except OverflowError:
        return None


def unreadable(problem: str, endpoint: Endpoint, access: Access, status: int) -> ServiceError:
    """The error for an answer with a good status whose body cannot be read, or not all of it."""
    cure = (
        _lost(endpoint)
        if endpoint.once
        else f"Ask again; where it stays so, check that {BASE_URL} is your base URL"
    )
    return ServiceError(
        f"{endpoint.called} from {access.host}: {problem}. {cure}",
        status=status,
        may_be_lost=endpoint.once,
    )


def _what(reply: Reply, said: str) -> str:
    if reply.failure and (reply.status or 200) < 300:
        return reply.failure.value
    return f"HTTP status {reply.status}" + (f" ({said})" if said else "")


def _said(reply: Reply, access: Access) -> str:
    """What the service says in either of its two error bodies; "" where it is neither."""
    try:
        [told] = entries(json.loads(reply.content))
        said = str(told["requestError"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
    # the key first: cut through the middle it would not be found
    return access.key.hidden_in(said)[:SHOWN]


def _lost(endpoint: Endpoint) -> str:
    """What to do where reports may have been lost."""
    return (
        "Up to "
        f"{endpoint.limit:,} reports may have been handed out that did not arrive, and Infobip "
        "hands each out once; the whole reports that came were kept. It was not tried again by "
        "itself, for that could lose more: run it again for the next reports, and fetch the logs "
        f"of the last 48 hours ({endpoint.channel.upper()}) for those that are missing: "
        "`infobip-analytics fetch logs`"
    )


def _cure(reply: Reply, endpoint: Endpoint, access: Access, again: str) -> str:
    """What to do about a reply by which nothing was lost."""
    status = reply.status or 0
    if reply.failure and status < 300:
        return _to_reach(reply.failure, access)
    if status == 401:
        return (
            f"The API key is refused: set {API_KEY} to a key of this account that is enabled and "
            f"has not expired, and {BASE_URL} to the base URL of the same account"
        )
    if status == 403:
        *others, last = endpoint.scopes
        return (
            f"The API key may not read them: give it one of the scopes {', '.join(others)} or "
            f"{last}. Where the account has no {endpoint.channel.upper()}, or the key is limited "
            f"to some IP addresses, that can be it too; {_without(endpoint)}"
        )
    if status == TOO_MANY:
        return "Too many calls: " + (
            f"ask again after {again}"
            if again
            else "ask again in some minutes, and let nothing else call the API meanwhile"
        )
    if 300 <= status < 400:
        target = access.key.hidden_in(_target(reply))
        return f"It sends us to {target}, and the key goes nowhere but to {BASE_URL}: " + (
            "set that to the base URL of your account"
        )
    if status in (404, 405):
        return f"There is no {endpoint.path}: set {BASE_URL} to the base URL of your account"
    if status >= 500:
        return "The service is in trouble: ask again " + (f"after {again}" if again else "later")
    return "The service does not take the call: correct what it names"


def _without(endpoint: Endpoint) -> str:
    """How a channel is left out."""
    others = [each for each in CHANNELS if each != endpoint.channel]
    asked = " ".join(f"--channel {each}" for each in others)
    return f"`{asked}` (in Python channels={others}) leaves {endpoint.channel.upper()} out"


def _target(reply: Reply) -> str:
    """The host of a redirect; nothing else of it, for all may stand there."""
    try:
        host = urlsplit(reply.headers.get("Location", "")).hostname
    except ValueError:
        host = None
    return host or "another address"


def _to_reach(failure: Failure, access: Access) -> str:
    """What to do where the service was not reached."""
    seconds = f"{access.timeout[0]:g} and {access.timeout[1]:g} seconds"
    cures = {
        Failure.NAME: f"Check {BASE_URL} for a slip, and that this machine is on the network",
        Failure.TLS: (
            f"Check {BASE_URL} for a slip; where a proxy of your company looks into TLS, name its "
            "certificates in REQUESTS_CA_BUNDLE. They are always checked"
        ),
        Failure.PROXY: "Check HTTPS_PROXY, and that the proxy lets this host through",
        Failure.UNREACHED: (
            f"Check {BASE_URL}, and that the firewall lets this machine through; it was tried "
            f"{access.attempts} times"
        ),
    }
    return cures.get(
        failure,
        f"It was tried {access.attempts} times with time-outs of {seconds}: ask again later",
    )


def unkept(endpoint: Endpoint, count: int, problem: SourceError) -> str:
    """What to say where an answer came that cannot be written down."""
    lost = (
        "Infobip hands each out once. When that is mended, the logs of the last 48 hours have "
        "these messages: `infobip-analytics fetch logs` into the same archive"
        if endpoint.once
        else "Infobip hands them out again: start again when that is mended"
    )
    noun = "delivery report" if endpoint.once else "log"
    return f"{plural(count, noun)} came and could not be kept: {problem}. {lost}"


#: What to say where a call for reports was broken off by whoever asked to stop
BROKEN_OFF = (
    "stopped at once, in the middle of a call: up to 1,000 delivery reports may have been handed "
    "out that did not arrive. Infobip hands each out once; the logs of the last 48 hours have "
    "these messages: `infobip-analytics fetch logs` into the same archive"
)


def goes_on(error: ServiceError) -> bool:
    """Whether another channel is worth asking after this error."""
    if error.status is None:
        return error.may_be_lost
    return error.status not in (401, 429) and not 300 <= error.status < 400
