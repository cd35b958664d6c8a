"""The client of Infobip's API: reports and logs, raw as they come, or as one frame."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from infobip_analytics.clock import moment
from infobip_analytics.errors import ArgumentError, AssumptionWarning, ServiceError
from infobip_analytics.fetching.access import Key, checked_url
from infobip_analytics.fetching.answers import Answer
from infobip_analytics.fetching.asking import Access, Reply, calling
from infobip_analytics.fetching.endpoints import CHANNELS, Endpoint, endpoints_of
from infobip_analytics.fetching.opening import page_of, read_answers
from infobip_analytics.fetching.pacing import TIMING, Throttle, Timing
from infobip_analytics.fetching.paging import Ask, log_pages, report_pages
from infobip_analytics.fetching.refusals import refusal, unreadable
from infobip_analytics.fetching.trying import Asks, asking
from infobip_analytics.frames import Backend
from infobip_analytics.sources.aside import warn
from infobip_analytics.wording import moment as said

Keep = Callable[[Answer], object]
Moment = str | date | datetime | None

#: Infobip keeps reports and logs this long
KEPT = timedelta(hours=48)


class InfobipClient:
    """Fetches delivery reports and logs from Infobip.

    Args:
        base_url: That of the account, with or without `https://`; without it INFOBIP_BASE_URL.
        api_key: Without it INFOBIP_API_KEY, which is the better place. It is shown nowhere.
        timeout: Seconds to wait for a connection, and for each piece of an answer.
        attempts: How often a call is tried at most.
        longest_wait: The longest that the service may ask to wait, in seconds; beyond it is an
            error which says until when.
        timing: The clocks, for tests.

    Raises:
        ArgumentError: There is no base URL or no key, or they cannot be right.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: tuple[float, float] = (10.0, 60.0),
        attempts: int = 6,
        longest_wait: float = 120.0,
        timing: Timing = TIMING,
    ) -> None:
        if attempts < 1:
            raise ArgumentError(f"attempts={attempts!r}: a call is tried once at least")
        self._access = Access(
            checked_url(base_url), Key(api_key), timeout, attempts, longest_wait, timing
        )
        self._throttles: dict[str, Throttle] = {}

    def __repr__(self) -> str:
        return f"InfobipClient({self._access.base_url!r})"

    def reports(
        self,
        *,
        channels: Iterable[str] = CHANNELS,
        keep: Keep | None = None,
        backend: Backend = "polars",
    ) -> Any:
        """Fetch all delivery reports that wait at Infobip, as one frame.

        Each report is handed out **once**: what is fetched here nobody can fetch again, neither a
        second reader of the same account. Give *keep* to write answers down as they come.

        Args:
            channels: "sms", "mms" or both.
            keep: Gets each answer as it came, before anything in it is read.
            backend: The engine of the frame: "polars" or "pandas".

        Returns:
            The columns of delivery reports; `received_at` is when the answer came.

        Raises:
            ServiceError: The service refused, broke off or was not reached. Its `answers` are all
                that came before, and `read_answers` reads them.
        """
        return _framed(self.report_answers(channels=channels), keep, backend)

    def logs(
        self,
        since: Moment = None,
        until: Moment = None,
        *,
        channels: Iterable[str] = CHANNELS,
        version: int | None = None,
        keep: Keep | None = None,
        backend: Backend = "polars",
    ) -> Any:
        """Fetch the logs of what was sent between two moments, as one frame.

        Infobip keeps logs for 48 hours; they can be fetched again, and an entry may come twice.

        Args:
            since: A moment, as "2026-03-02" or "2026-03-02T09:00Z"; 48 hours ago by default.
            until: Likewise; now by default.
            channels: "sms", "mms" or both.
            version: 1 for the older endpoint of SMS logs, which has no cursor.
            keep: Gets each answer as it came, before anything in it is read.
            backend: The engine of the frame: "polars" or "pandas".

        Returns:
            The columns of delivery reports, `record` is "log".

        Raises:
            ServiceError: As for `reports`.
            ArgumentError: A moment cannot be read, or *since* is not before *until*.
        """
        answers = self.log_answers(since, until, channels=channels, version=version)
        return _framed(answers, keep, backend)

    def report_answers(self, *, channels: Iterable[str] = CHANNELS) -> Iterator[Answer]:
        """All waiting delivery reports as raw answers, each handed over before the next is asked.

        Write each down before you ask for the next: nothing of it has been read yet, and it can
        not be had again. An answer that broke off comes too, with its `problem`, and then the
        error.

        Raises:
            ServiceError: The service refused, broke off or was not reached.
        """
        wanted = endpoints_of("report", channels)
        return self._answers(wanted, report_pages)

    def log_answers(
        self,
        since: Moment = None,
        until: Moment = None,
        *,
        channels: Iterable[str] = CHANNELS,
        version: int | None = None,
    ) -> Iterator[Answer]:
        """The logs of what was sent between two moments as raw answers; arguments as for `logs`."""
        wanted = endpoints_of("log", channels, version)
        begin, end = _period(since, until, self._access.timing.now())

        def pages(ask: Ask, endpoint: Endpoint, access: Access) -> Iterator[Answer]:
            return log_pages(ask, endpoint, access, begin, end)

        return self._answers(wanted, pages)

    def probe(self, endpoint: Endpoint) -> Reply:
        """Ask for one entry of an endpoint of logs, and give whatever comes.

        Raises:
            ArgumentError: The endpoint hands its entries out once.
        """
        if endpoint.once:
            raise ArgumentError(f"{endpoint.path} hands each report out once: it is not for trying")
        with calling(self._access) as session:
            return self._asks(session, endpoint)({"limit": "1"})

    def explained(self, reply: Reply, endpoint: Endpoint) -> ServiceError | None:
        """What a reply means as an error; None where it is an answer with a page in it."""
        if not _is_answer(reply):
            return refusal(reply, endpoint, self._access)
        answer = self._answer(reply, endpoint)
        problem = page_of(answer).problem
        return unreadable(problem, endpoint, self._access, answer.status) if problem else None

    def _answers(
        self,
        wanted: list[Endpoint],
        pages: Callable[[Ask, Endpoint, Access], Iterator[Answer]],
    ) -> Iterator[Answer]:
        for endpoint in wanted:
            with calling(self._access) as session:
                ask = self._page(self._asks(session, endpoint), endpoint)
                yield from pages(ask, endpoint, self._access)

    def _asks(self, session: Any, endpoint: Endpoint) -> Asks:
        paced = self._throttles.setdefault(
            endpoint.path, Throttle(endpoint.calls, endpoint.seconds, self._access.timing)
        )
        return asking(session, self._access, endpoint, paced)

    def _page(self, ask: Asks, endpoint: Endpoint) -> Ask:
        """How to ask for a page: an answer, be it cut off, or else the error."""

        def page(parameters: Mapping[str, str]) -> Answer:
            reply = ask(parameters)
            if not _is_answer(reply):
                raise refusal(reply, endpoint, self._access)
            return self._answer(reply, endpoint)

        return page

    @staticmethod
    def _answer(reply: Reply, endpoint: Endpoint) -> Answer:
        problem = reply.failure.value if reply.failure else ""
        status = reply.status or 0
        return Answer(endpoint.path, reply.received_at, status, reply.content, problem)


def _is_answer(reply: Reply) -> bool:
    """Whether it is an answer, be it cut off."""
    return reply.status is not None and 200 <= reply.status < 300


def _framed(answers: Iterator[Answer], keep: Keep | None, backend: Backend) -> Any:
    came: list[Answer] = []
    try:
        for answer in answers:
            came.append(answer)
            if keep:
                keep(answer)
    except ServiceError as error:
        error.answers = tuple(came)
        raise
    return read_answers(came, backend)


def _period(since: Moment, until: Moment, now: datetime) -> tuple[datetime, datetime]:
    end = moment(until, end_of_day=True) or now
    begin = moment(since) or now - KEPT
    if begin >= end:
        raise ArgumentError(f"since={since!r} is not before until={until!r}; turn them round")
    if begin < now - KEPT - timedelta(minutes=5):
        warn(
            f"Infobip keeps logs for {KEPT // timedelta(hours=1)} hours: what was sent before "
            f"{said((now - KEPT).astimezone(UTC))} cannot be fetched any more",
            AssumptionWarning,
        )
    return begin.astimezone(UTC), end.astimezone(UTC)
