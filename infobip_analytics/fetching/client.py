"""The client of Infobip's API: reports and logs, raw as they come, or as one frame."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

import polars as pl

from infobip_analytics.errors import ArgumentError, ServiceError
from infobip_analytics.fetching.access import Key, checked_url
from infobip_analytics.fetching.answers import Answer
from infobip_analytics.fetching.asking import Access, Reply, calling
from infobip_analytics.fetching.endpoints import CHANNELS, Endpoint, endpoints_of
from infobip_analytics.fetching.opening import page_of, read_answers
from infobip_analytics.fetching.pacing import TIMING, Throttle, Timing, http_date
from infobip_analytics.fetching.paging import Ask, log_pages, report_pages
from infobip_analytics.fetching.periods import Moment, period
from infobip_analytics.fetching.refusals import refusal, unreadable
from infobip_analytics.fetching.trying import Asks, asking
from infobip_analytics.frames import Backend, to_engine

Keep = Callable[[Answer], object]
Answers = Generator[Answer, None, None]


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
                that came before, and `infobip_analytics.fetching.read_answers` reads them.
            ArgumentError: *keep*, *channels* or *backend* means nothing; nothing was asked for.
        """
        _check_use(keep, backend)
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
        _check_use(keep, backend)
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
        asked = self.by_endpoint("report", channels=channels)
        return chain.from_iterable(answers for _, answers in asked)

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
        period = self.period(since, until)
        return chain.from_iterable(self._answers(each, period) for each in wanted)

    def by_endpoint(
        self,
        record: str,
        *,
        channels: Iterable[str] = CHANNELS,
        period: tuple[datetime, datetime] | None = None,
    ) -> list[tuple[Endpoint, Answers]]:
        """The endpoints that hand out *record* ("report" or "log"), and the answers of each.

        Nothing is asked before an answer is; so where one endpoint refuses another may be tried.

        Raises:
            ArgumentError: There is no such channel, or of logs no period.
        """
        if record == "log" and period is None:
            raise ArgumentError("logs are asked for by time: give period=client.period(since)")
        wanted = endpoints_of(record, channels)
        return [(each, self._answers(each, period)) for each in wanted]

    def period(self, since: Moment = None, until: Moment = None) -> tuple[datetime, datetime]:
        """The two moments, in UTC; without them the 48 hours before now, for which logs are kept.

        Raises:
            ArgumentError: A moment cannot be read, or *since* is not before *until*.
        """
        return period(since, until, self._access.timing.now())

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
        if not reply.is_answer:
            return refusal(reply, endpoint, self._access)
        answer = self._answer(reply, endpoint)
        problem = page_of(answer).problem
        return unreadable(problem, endpoint, self._access, answer.status) if problem else None

    def _answers(
        self, endpoint: Endpoint, period: tuple[datetime, datetime] | None = None
    ) -> Answers:
        with calling(self._access) as session:
            ask = self._page(self._asks(session, endpoint), endpoint)
            if period:
                yield from log_pages(ask, endpoint, self._access, *period)
            else:
                yield from report_pages(ask, endpoint, self._access)

    def _asks(self, session: Any, endpoint: Endpoint) -> Asks:
        paced = self._throttles.setdefault(
            endpoint.path, Throttle(endpoint.calls, endpoint.seconds, self._access.timing)
        )
        return asking(session, self._access, endpoint, paced)

    def _page(self, ask: Asks, endpoint: Endpoint) -> Ask:
        """How to ask for a page: an answer, be it cut off, or else the error."""

        def page(parameters: Mapping[str, str]) -> Answer:
            reply = ask(parameters)
            if not reply.is_answer:
                raise refusal(reply, endpoint, self._access)
            return self._answer(reply, endpoint)

        return page

    @staticmethod
    def _answer(reply: Reply, endpoint: Endpoint) -> Answer:
        problem = reply.failure.value if reply.failure else ""
        status = reply.status or 0
        theirs = http_date(reply.headers.get("Date", ""))
        return Answer(endpoint.path, reply.received_at, status, reply.content, problem, theirs)


def _check_use(keep: Keep | None, backend: Backend) -> None:
    """Refuse what could not be done with reports that came, before any leaves its queue."""
    if keep is not None and not callable(keep):
        raise ArgumentError(f"keep={keep!r}: give a function, which gets each answer as it came")
    to_engine(pl.LazyFrame(), backend)  # an engine that is none, or is not installed, fails here


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
