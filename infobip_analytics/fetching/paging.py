"""From page to page: reports until their queue is empty, logs by cursor or by slices of time."""

import hashlib
from collections.abc import Callable, Generator, Iterator, Mapping
from datetime import datetime, timedelta

from infobip_analytics.errors import ServiceError
from infobip_analytics.fetching.answers import Answer
from infobip_analytics.fetching.asking import Access
from infobip_analytics.fetching.endpoints import Endpoint
from infobip_analytics.fetching.opening import Page, page_of
from infobip_analytics.fetching.refusals import unreadable
from infobip_analytics.wording import moment

#: Asks for one page: an answer as it came; ServiceError where none did
Ask = Callable[[Mapping[str, str]], Answer]

#: A queue that hands out the very same page this often is no queue
SAME = 3

#: So many pages in a row that bring nothing new are the end of logs, whatever cursor the last has
EMPTY = 3

#: Times are cut at milliseconds. Whether the API takes a bound as inside is not documented, so that
#: slices overlap by one on each side.
CUT = timedelta(milliseconds=1)

#: A slice this narrow is not halved
NARROW = timedelta(milliseconds=8)


def report_pages(ask: Ask, endpoint: Endpoint, access: Access) -> Iterator[Answer]:
    """Pages of reports until one is empty; each is handed over before anything in it is read.

    Raises:
        ServiceError: A page cannot be read, is not whole, or comes again and again.
    """
    last, same = b"", 0
    while True:
        answer = ask({"limit": str(endpoint.limit)})
        yield answer
        if not _opened(answer, endpoint, access).count:
            return
        same = same + 1 if answer.content == last else 1
        if same == SAME:
            raise unreadable(_SAME, endpoint, access, answer.status)
        last = answer.content


_SAME = (
    f"the very same page came {SAME} times, although each report is handed out once: does a proxy "
    "keep answers? Let it keep none for this host"
)


def log_pages(
    ask: Ask, endpoint: Endpoint, access: Access, since: datetime, until: datetime
) -> Iterator[Answer]:
    """Pages of logs of what was sent between two moments; entries may come twice.

    By cursor where the pages have one. Where they have none, a slice of time that comes back full
    is asked for again in halves.

    Raises:
        ServiceError: A page cannot be read, or more was sent at one moment than a page holds; what
            else there is has come before that.
    """
    slices = [(since - CUT, until + CUT)]
    too_full: list[datetime] = []
    while slices:
        begin, end = slices.pop()
        full = yield from _slice(ask, endpoint, access, begin, end)
        if full and end - begin <= NARROW:
            too_full.append(begin)
        elif full:
            half = begin + (end - begin) // 2
            slices += [(half - CUT, end), (begin, half + CUT)]  # the earlier one is next
    if too_full:
        raise _too_full(too_full[0], endpoint, access)


def _slice(
    ask: Ask, endpoint: Endpoint, access: Access, begin: datetime, end: datetime
) -> Generator[Answer, None, bool]:
    """The pages of one slice; the generator returns whether there may be more than came."""
    asked = {"limit": str(endpoint.limit), "sentSince": _stamp(begin), "sentUntil": _stamp(end)}
    cursor = ""
    seen: set[bytes] = set()
    idle = 0
    while True:
        answer = ask({**asked, **_paging(endpoint, cursor)})
        yield answer
        page = _opened(answer, endpoint, access)
        # some give the same cursor again, and other entries by it
        told = hashlib.sha256(answer.content).digest()
        idle = 0 if page.count and told not in seen else idle + 1
        if not page.has_cursor or idle == EMPTY:
            return page.count >= endpoint.limit
        if not page.cursor:
            return False
        seen.add(told)
        cursor = page.cursor


def _paging(endpoint: Endpoint, cursor: str) -> dict[str, str]:
    if not endpoint.cursor:
        return {}
    return {"useCursor": "true", **({"cursor": cursor} if cursor else {})}


def _stamp(when: datetime) -> str:
    """A moment as the API takes it: `2026-03-02T09:00:00.120+0000`."""
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03}+0000"


def _opened(answer: Answer, endpoint: Endpoint, access: Access) -> Page:
    page = page_of(answer)
    if page.problem:
        raise unreadable(page.problem, endpoint, access, answer.status)
    return page


def _too_full(when: datetime, endpoint: Endpoint, access: Access) -> ServiceError:
    return ServiceError(
        f"{endpoint.called} from {access.host}: {endpoint.limit:,} messages or more were sent at "
        f"one moment ({moment(when)}), and of these the API gives no more than "
        f"{endpoint.limit:,}; all others came. Their delivery reports tell of the rest",
        status=200,
    )
