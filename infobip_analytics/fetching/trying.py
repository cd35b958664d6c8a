"""Trying again: which replies are worth another try, and when."""

from collections.abc import Callable

import requests

from infobip_analytics.fetching.asking import Access, Failure, Parameters, Reply, sent
from infobip_analytics.fetching.endpoints import Endpoint
from infobip_analytics.fetching.pacing import Throttle, back_off, retry_after

TOO_MANY = 429

#: A gateway speaks where the server has not: the server may have taken the reports by then
GATEWAYS = (502, 504)

Asks = Callable[[Parameters], Reply]


def asking(
    session: requests.Session, access: Access, endpoint: Endpoint, throttle: Throttle
) -> Asks:
    """How to ask this endpoint: at the pace it allows, and again where that can help."""

    def asked(parameters: Parameters) -> Reply:
        for tried in range(1, access.attempts + 1):
            throttle.wait()
            reply = sent(session, access, endpoint.path, parameters, fresh=endpoint.once)
            wait = _wait(reply, endpoint, access, tried)
            if wait is None or tried == access.attempts:
                break
            access.timing.sleep(wait)
        return reply

    return asked


def _wait(reply: Reply, endpoint: Endpoint, access: Access, tried: int) -> float | None:
    """How long to wait before the next try, in seconds; None where there should be none."""
    if not _is_worth_it(reply, endpoint):
        return None
    wait = back_off(tried, access.timing)
    said = retry_after(reply.headers, reply.received_at)
    if said is None:
        return wait
    return said + min(wait, 1.0) if said <= access.longest_wait else None


def _is_worth_it(reply: Reply, endpoint: Endpoint) -> bool:
    if may_be_lost(reply, endpoint):
        return False
    if reply.failure:
        return reply.failure in (Failure.UNREACHED, Failure.SILENT, Failure.CUT)
    return reply.status == TOO_MANY or (reply.status or 0) >= 500


def may_be_lost(reply: Reply, endpoint: Endpoint) -> bool:
    """Whether the server may have handed out reports that did not arrive.

    They would not come again; another try could only lose the next ones too.
    """
    if not endpoint.once:
        return False
    broke = reply.failure in (Failure.SILENT, Failure.CUT) and (reply.status or 200) < 300
    return broke or reply.status in GATEWAYS
