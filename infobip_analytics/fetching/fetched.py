"""What came of fetching into an archive, as one line for people and as counts for machines."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infobip_analytics.archive import Dropped, Kept
from infobip_analytics.wording import count, moment, plural


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of one run.

    Attributes:
        archive: Where to.
        record: "report" or "log".
        channels: From which channels, in the order in which they were asked.
        done: Those that had no more.
        answers: How many answers with something in them came, and were kept.
        entries: How many reports or logs are in them, by channel.
        kept: What the table got of these; None where it got other answers besides, or not yet all.
        taken_up: How many answers were read into the table that an earlier run had left.
        period: Of logs, which sends they are of.
        stopped: Whether somebody stopped it.
        problems: What the service or the archive had against it, a sentence each.
        dropped: What was dropped as too old.
    """

    archive: Path
    record: str
    channels: tuple[str, ...]
    done: tuple[str, ...]
    answers: int
    entries: Mapping[str, int]
    kept: Kept | None
    taken_up: int
    period: tuple[datetime, datetime] | None
    stopped: bool
    problems: tuple[str, ...]
    dropped: Dropped | None

    @property
    def total(self) -> int:
        """How many reports or logs came, each as often as it came."""
        return sum(self.entries.values())

    @property
    def complete(self) -> bool:
        """Whether all channels had no more."""
        return self.done == self.channels

    def to_dict(self) -> dict[str, Any]:
        """The counts by name; times in ISO 8601, what is unknown None."""
        since, until = self.period or (None, None)
        return {
            "record": self.record,
            "archive": str(self.archive),
            "channels": list(self.channels),
            "complete": self.complete,
            "stopped": self.stopped,
            "answers": self.answers,
            "came": self.total,
            "by_channel": {channel: self.entries.get(channel, 0) for channel in self.channels},
            "new": self.kept.new if self.kept else None,
            "set_aside": self.kept.set_aside if self.kept else None,
            "taken_up": self.taken_up,
            "since": since.isoformat() if since else None,
            "until": until.isoformat() if until else None,
            "dropped": self._dropped(),
            "problems": list(self.problems),
        }

    def _dropped(self) -> dict[str, Any] | None:
        if self.dropped is None:
            return None
        return {**asdict(self.dropped), "since": self.dropped.since.isoformat()}

    def __str__(self) -> str:
        return "; ".join(filter(None, [self._came(), *self._aside(), self._how_far()]))

    def _came(self) -> str:
        noun = "delivery report" if self.record == "report" else "log"
        if not self.answers:
            return f"no {_named(self.channels, 'or')} {noun}s came"
        new = f", {count(self.kept.new)} of them new," if self.kept else ""
        which = _named((each for each in self.channels if self.entries.get(each)), "and")
        what = plural(self.total, f"{which} {noun}".lstrip())
        return f"fetched {plural(self.answers, 'answer')} with {what}{new} into {self.archive}"

    def _aside(self) -> list[str]:
        aside = self.kept.set_aside if self.kept else 0
        said = {
            f"{plural(aside, 'row')} set aside that cannot be read": aside,
            f"{plural(self.taken_up, 'answer')} that an earlier run left were read into the table "
            "first": self.taken_up,
        }
        dropped = []
        if self.dropped:
            rows = f"{plural(self.dropped.rows, 'row')} dropped"
            what = rows if self.dropped.rows else "nothing to drop"
            dropped = [f"{what} that was sent before {self.dropped.since}"]
        return [sentence for sentence, number in said.items() if number] + dropped

    def _how_far(self) -> str:
        done = _named(self.done, "and")
        rest = _named((each for each in self.channels if each not in self.done), "and")
        if self.period:
            since, until = (moment(each.astimezone(UTC)) for each in self.period)
            all_of_it = f"all that Infobip still has of what was sent from {since} to {until}"
            far = {
                "all": f"that is {all_of_it}",
                "some": f"of {done} that is {all_of_it}, of {rest} it is not",
                "none": f"that is not {all_of_it}",
            }
        else:
            far = {
                "all": "the queue is empty",
                "some": f"the queue of {done} is empty, that of {rest} was not emptied",
                "none": "the queue was not emptied",
            }
        return far["all" if self.complete else "some" if done else "none"]


def _named(channels: Iterable[str], joint: str) -> str:
    """Channels as people name them: "SMS and MMS"."""
    return f" {joint} ".join(sorted((each.upper() for each in channels), reverse=True))
