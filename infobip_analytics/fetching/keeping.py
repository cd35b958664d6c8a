"""Fetching into an archive: each answer is on disk before the next is asked for."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from infobip_analytics import archive as archives
from infobip_analytics.archive import Archive, Kept
from infobip_analytics.durations import duration
from infobip_analytics.errors import ArgumentError, AssumptionWarning, ServiceError, SourceError
from infobip_analytics.fetching.answers import Answer
from infobip_analytics.fetching.checking import TOLERANCE
from infobip_analytics.fetching.client import Answers, InfobipClient
from infobip_analytics.fetching.endpoints import CHANNELS, Endpoint
from infobip_analytics.fetching.fetched import Fetched
from infobip_analytics.fetching.opening import page_of
from infobip_analytics.fetching.periods import Moment
from infobip_analytics.fetching.refusals import BROKEN_OFF, goes_on, unkept
from infobip_analytics.fetching.sparing import Spare
from infobip_analytics.fetching.stopping import Stop, Tell, silent
from infobip_analytics.sources.aside import warn

#: When so many bytes of answers have gathered, they are read into the table meanwhile
GATHERED = 128 * 1024 * 1024

#: A page that holds nothing, and of which nothing has to be kept
_NOTHING = re.compile(
    rb'\s*\{\s*"results"\s*:\s*\[\s*\]\s*(,\s*"cursor"\s*:\s*(\{[^{}]*\}|null)\s*)?\}\s*'
)


def fetch_into(
    archive: Archive,
    client: InfobipClient,
    record: str,
    *,
    channels: Iterable[str] = CHANNELS,
    since: Moment = None,
    until: Moment = None,
    keep_days: int | None = None,
    stop: Stop | None = None,
    tell: Tell = silent,
) -> Fetched:
    """Fetch all delivery reports that wait, or the logs of a period, into an archive.

    What an earlier run has left in the journal is read first. Each answer is written down before
    the next is asked for, also one that broke off, and all of them are read into the table at the
    end, whatever has happened. Where one channel is refused the other one is fetched still.

    Args:
        archive: Where to.
        client: From where; its waits end early where its clocks are those of *stop*.
        record: "report" or "log".
        channels: "sms", "mms" or both.
        since: Of logs: a moment; 48 hours ago by default.
        until: Of logs: likewise; now by default.
        keep_days: Drop what was sent longer ago, afterwards.
        stop: Whom to ask whether to stop.
        tell: Gets a sentence on how far it is, now and then.

    Returns:
        What came of it; its `problems` say what the service, or the archive, had against it.

    Raises:
        SourceError: Somebody else fetches into this archive, or nothing can be written there; then
            nothing was asked for.
        ArgumentError: A moment or a channel means nothing, or the key of pseudonyms is missing.
    """
    if keep_days is not None and keep_days < 1:
        raise ArgumentError(f"reports cannot be kept for {keep_days} days; the least is 1")
    period = client.period(since, until) if record == "log" else None
    wanted = client.by_endpoint(record, channels=channels, period=period)
    run = _Run(archive, record, stop or Stop(tell), tell)
    doing = "fetching reports" if record == "report" else "fetching logs"
    with archives.locked(archive.path, "fetch", doing=doing, patience=0):
        archives.append(archive, [])  # which fails before anything is asked for, and mends the end
        with run.noting():
            run.taken_up = archives.replay(archive).answers
        run.fetch(wanted)
        run.read_in()
        dropped = run.drop_older(keep_days) if keep_days and not run.stopped else None
    return Fetched(
        archive=archive.path,
        record=record,
        channels=tuple(each.channel for each, _ in wanted),
        done=tuple(run.done),
        answers=run.answers,
        entries=dict(run.entries),
        kept=run.kept(),
        taken_up=run.taken_up,
        period=period,
        stopped=run.stopped,
        problems=tuple(filter(None, [*run.problems, run.lagging])),
        dropped=dropped,
    )


@dataclass
class _Run:
    """One run: what it has done so far."""

    archive: Archive
    record: str
    stop: Stop
    tell: Tell
    answers: int = 0
    entries: Counter[str] = field(default_factory=Counter)
    done: list[str] = field(default_factory=list)
    taken_up: int = 0
    read: list[Kept] = field(default_factory=list)
    gathered: int = 0
    stopped: bool = False
    problems: list[str] = field(default_factory=list)
    lagging: str = ""
    off: list[timedelta] = field(default_factory=list)

    def fetch(self, wanted: list[tuple[Endpoint, Answers]]) -> None:
        """Fetch from one endpoint after the other, as far as that can be done."""
        spare = Spare(self.archive)
        try:
            for endpoint, answers in wanted:
                if not self._goes_on_after(endpoint, answers, spare):
                    break
        except KeyboardInterrupt:
            self.stopped = True
        except SourceError as problem:
            self.problems.append(str(problem))
        if self.stop.cut and self.record == "report":
            self.problems.append(BROKEN_OFF)
        self._say_how_far_off()

    def _goes_on_after(self, endpoint: Endpoint, answers: Answers, spare: Spare) -> bool:
        """Fetch from an endpoint; gives whether the next one is worth asking."""
        try:
            self._fetch_from(endpoint, answers, spare)
        except ServiceError as problem:
            self.problems.append(str(problem))
            if self.stop.asked:
                raise KeyboardInterrupt from None
            return goes_on(problem)
        self.done.append(endpoint.channel)
        return True

    def _fetch_from(self, endpoint: Endpoint, answers: Answers, spare: Spare) -> None:
        """Fetch all that one endpoint has."""
        came = True
        with closing(answers):
            while came:
                self._say_how_far(endpoint)
                archives.check_room(self.archive)
                spare.hold()
                with self.stop.later():
                    answer = next(answers, None)
                    came = answer is not None
                    if answer is not None:
                        self._keep(endpoint, answer, spare)
                if self.gathered >= GATHERED:
                    self.read_in()

    def _keep(self, endpoint: Endpoint, answer: Answer, spare: Spare) -> None:
        """Write an answer down; nothing in it is read before."""
        at = self._arrival(answer)
        if _NOTHING.fullmatch(answer.content):
            return
        kind = "logs" if self.record == "log" else "reports"
        told = archives.Answer(answer.content, endpoint.path, kind, at)
        try:
            archives.append(self.archive, [told])
        except SourceError:
            spare.release()
            self._keep_after_all(endpoint, answer, told)
        self.answers += 1
        self.entries[endpoint.channel] += page_of(answer).count
        self.gathered += len(answer.content)

    def _arrival(self, answer: Answer) -> datetime:
        """When an answer came: by Infobip's clock where that of this machine is off."""
        if answer.service_time is None:
            return answer.received_at
        self.off.append(answer.received_at - answer.service_time)
        return answer.received_at if abs(self.off[-1]) <= TOLERANCE else answer.service_time

    def _keep_after_all(self, endpoint: Endpoint, answer: Answer, told: archives.Answer) -> None:
        """Write an answer into the room that was held back."""
        try:
            archives.append(self.archive, [told])
        except SourceError as problem:
            raise SourceError(unkept(endpoint, page_of(answer).count, problem)) from problem

    def read_in(self) -> None:
        """Read into the table what has come."""
        self.tell("reading what came into the table")
        self.gathered = 0
        with self.noting():
            self.read.append(archives.replay(self.archive))

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note what is wrong with the table as it is now: the journal takes what comes anyway."""
        try:
            yield
            self.lagging = ""
        except SourceError as problem:
            self.lagging = str(problem)

    def kept(self) -> Kept | None:
        """What the table got of this run; None where others read or wrote the journal as well."""
        answers, reports, new, aside = (
            sum(getattr(each, name) for each in self.read)
            for name in ("answers", "reports", "new", "set_aside")
        )
        if answers != self.answers:
            return None
        return Kept(answers, reports, new, aside)

    def drop_older(self, days: int) -> archives.Dropped | None:
        """Drop what is older than so many days, by Infobip's clock where it is known."""
        today = datetime.now(UTC) - self.off[-1] if self.off else None
        with self.noting():
            return archives.drop_older(self.archive, days, today=today)
        return None

    def _say_how_far(self, endpoint: Endpoint) -> None:
        self.tell(f"{endpoint.called}: {self.entries[endpoint.channel]:,} so far")

    def _say_how_far_off(self) -> None:
        off = min(self.off, key=abs, default=timedelta(0))
        if abs(off) > TOLERANCE:
            side = "ahead of" if off > timedelta(0) else "behind"
            warn(
                f"the clock of this machine is {duration(abs(off.total_seconds()))} {side} "
                "Infobip's: times of arrival are taken from Infobip's; set it, for logs are asked "
                "for by it",
                AssumptionWarning,
            )
