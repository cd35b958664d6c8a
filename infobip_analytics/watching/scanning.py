"""Series of days watched one day after the other, as somebody would have who looks every morning.

`Days` in, `Watched` out: when each series broke, and whether it has recovered.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from infobip_analytics.watching.limits import (
    FLOOR,
    LEAST,
    OLDEST,
    Flags,
    Level,
    Numbers,
    level,
    spread,
)

Whole = NDArray[np.int64]

#: A day so many standard deviations below what is usual is an alert at once;
AT_ONCE = 5.0
#: two such days in a row are one, if each of them is so far below,
EACH = 1.0
#: and both together so far
TOGETHER = 3.58
#: or so far where the second is not settled yet: young days are looked at again and again
YOUNG = 4.2
#: Days so far off, to either side, are no part of what is usual
ODD = 3.0
#: Coverage below this share of what is usual, and by chance hardly so, is a silent route
COLLAPSE = 0.5
#: Of a route that was about as silent before, nothing can be told
HEARD = 0.1
#: Two days are in a row if no more than so many days are between their beginnings
GAP = 7
#: What has lasted so many days is no longer breaking, but as usual
LASTING = 28
#: An incident of which no day has been seen for so many days is no news
STALE = 14
#: Of the alerts that begin on one day, at most this share is expected to be false
FALSE_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Basis:
    """Counts of what is compared, days by series: final ones, or those by some age.

    Attributes:
        sent: Messages.
        delivered: Those delivered, by that age.
        accepted: Messages that were not rejected.
        heard: Accepted ones of which anything final was heard, by that age.
    """

    sent: Numbers
    delivered: Numbers
    accepted: Numbers
    heard: Numbers


@dataclass(frozen=True, slots=True)
class Days:
    """What is watched.

    Attributes:
        bases: The final counts first, then those by age.
        chosen: By which basis each day of each series is judged, -1 for by none.
        final: Of which days, of all series, everything is settled; only they are usual.
        least: So many messages a day are needed to judge it.
        effect: A fall by less than this is no alert, however certain.
        false_share: Which share of the alerts that begin on one day may be false; 1 asks each
            series as if it were alone.
    """

    bases: list[Basis]
    chosen: Whole
    final: Flags
    least: int = 100
    effect: float = 0.02
    false_share: float = FALSE_SHARE


@dataclass(slots=True)
class Watched:
    """What was seen, by series; days are rows of `Days`, -1 for none.

    Attributes:
        since: On which day the open incident began.
        silent: Whether reports stopped in it.
        last: The last day that was judged.
        p_value: How likely so bad a beginning is by chance.
        judged: Which days of which series were judged.
        enough: Which days are settled and large enough to say what is usual.
        usual: Which of them do.
        low: Which days are below what is usual.
        begun: The beginnings of all incidents, closed ones too: day of the alert, series.
    """

    since: Whole
    silent: Flags
    last: Whole
    p_value: Numbers
    judged: Flags
    enough: Flags
    usual: Flags
    low: Flags
    begun: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """One day of all series, held against what is usual."""

    share: Numbers
    level: Numbers
    score: Numbers
    collapsed: Flags
    judged: Flags


@dataclass(slots=True)
class _Memory:
    """What the next day must know of the last one that was judged, by series."""

    score: Numbers
    fall: Numbers
    calm: Whole
    high: Flags
    start: Whole


def watch(days: Days) -> Watched:
    """Go through the days, and open and close incidents."""
    length, series = days.chosen.shape
    enough = days.final[:, None] & (days.bases[0].sent >= days.least)
    seen = Watched(
        since=np.full(series, -1),
        silent=np.zeros(series, bool),
        last=np.full(series, -1),
        p_value=np.full(series, np.nan),
        judged=np.zeros((length, series), bool),
        enough=enough,
        usual=enough.copy(),
        low=np.zeros((length, series), bool),
    )
    memory = _Memory(
        score=np.zeros(series), fall=np.zeros(series), calm=np.zeros(series, np.int64),
        high=np.zeros(series, bool), start=np.full(series, -1),
    )  # fmt: skip
    for day in range(length):
        if (days.chosen[day] >= 0).any():
            _look(day, days, seen, memory)
    seen.since[(seen.since >= 0) & (length - 1 - seen.last > STALE)] = -1
    return seen


def _look(day: int, days: Days, seen: Watched, memory: _Memory) -> None:
    """Judge one day, and write down what it means."""
    from scipy.special import ndtr

    now = _judged(day, days, seen)
    judged = now.judged
    fall = now.level - now.share
    seen.since[judged & (day - seen.last > STALE)] = -1
    row = judged & (seen.last >= 0) & (day - seen.last <= GAP)
    low = judged & (now.score <= -EACH)
    pair = (now.score + memory.score) / np.sqrt(2)
    once = judged & (now.score <= -AT_ONCE) & (fall >= days.effect)
    weak = row & low & (memory.score <= -EACH) & (pair <= -TOGETHER)
    weak &= (fall + memory.fall) / 2 >= days.effect
    both = weak & ((days.chosen[day] == 0) | (pair <= -YOUNG))
    p_value = np.where(judged, ndtr(np.nan_to_num(now.score)), 1.0)
    p_value = np.where(both, np.minimum(p_value, ndtr(pair)), p_value)
    p_value = np.where(now.collapsed, np.minimum(p_value, ndtr(-AT_ONCE)), p_value)
    signal = (once | both | now.collapsed) & _held(p_value, judged, days.false_share)

    opening = signal & (seen.since < 0)
    # a day that is an alert by itself begins it, unless the day before was odd as well
    alone = once | now.collapsed
    begins = np.where(weak & (~alone | (memory.score <= -ODD)), seen.last, day)
    # it has the same first day where it could be told only later, for its days were young
    start = np.where(memory.start >= 0, memory.start, begins)
    doubt = np.where(weak, start, np.where(low, memory.start, -1))
    memory.start = np.where(judged, doubt, memory.start)
    seen.begun += [(day, int(each)) for each in np.flatnonzero(opening)]
    seen.since = np.where(opening, start, seen.since)
    seen.p_value = np.where(opening, p_value, seen.p_value)
    seen.silent = np.where(opening, now.collapsed, seen.silent | (now.collapsed & signal))
    calm = judged & ~low & ~now.collapsed
    memory.calm = np.where(judged, np.where(calm & ~opening, memory.calm + 1, 0), memory.calm)
    seen.low[day] = low | now.collapsed
    seen.judged[day] = judged
    _write_down(day, seen, memory, now, opening)
    seen.last = np.where(judged, day, seen.last)
    memory.score = np.where(judged, now.score, memory.score)
    memory.fall = np.where(judged, fall, memory.fall)


def _write_down(day: int, seen: Watched, memory: _Memory, now: _Verdict, opening: Flags) -> None:
    """Say which days are usual, and close what is over or has lasted."""
    # better than ever on one day is odd, on two in a row it is how things are now
    high = now.judged & (now.score >= ODD)
    odd = now.judged & ((now.score <= -ODD) | (high & ~memory.high) | now.collapsed)
    memory.high = np.where(now.judged, high, memory.high)
    seen.usual[day] &= ~odd
    for each in np.flatnonzero(opening):
        seen.usual[seen.since[each] : day + 1, each] = False
    opened = seen.since >= 0
    recovered = opened & (memory.calm >= 2)
    lasting = opened & ~recovered & (day - seen.since >= LASTING)
    seen.usual[day] &= ~(opened & ~recovered)
    for each in np.flatnonzero(lasting):
        _settle_for(day, int(each), seen)
    seen.since = np.where(recovered | lasting, -1, seen.since)


def _settle_for(day: int, each: int, seen: Watched) -> None:
    """What has lasted is what is usual from its first day on, and nothing before it is."""
    since = seen.since[each]
    seen.usual[:since, each] = False
    seen.usual[since : day + 1, each] = (seen.judged & seen.enough)[since : day + 1, each]


def _judged(day: int, days: Days, seen: Watched) -> _Verdict:
    """Hold each series' day against the same of the days before, each by its own basis."""
    series = days.chosen.shape[1]
    share, usual, score = (np.full(series, np.nan) for _ in range(3))
    collapsed = np.zeros(series, bool)
    if day < LEAST:
        return _Verdict(share, usual, score, collapsed, collapsed)
    before = slice(max(0, day - OLDEST), day)
    for number in np.unique(days.chosen[day][days.chosen[day] >= 0]):
        mine = np.flatnonzero(days.chosen[day] == number)
        basis = days.bases[number]
        usable = seen.usual[before, mine] & (basis.sent[before, mine] >= FEW)
        found = _held_against(basis.sent, basis.delivered, day, before, mine, usable)
        share[mine], usual[mine], score[mine] = found
        # a route of which next to nothing is ever heard can neither fall nor fall silent
        accepted = usable & (basis.accepted[before, mine] > 0)
        heard = _held_against(basis.accepted, basis.heard, day, before, mine, accepted)
        collapsed[mine] = _collapsed(*heard, basis.accepted[day, mine] >= days.least)
        score[mine[heard[1] <= HEARD]] = np.nan
    judged = np.isfinite(score)
    return _Verdict(share, usual, score, collapsed & judged, judged)


#: A morning of fewer messages says nothing of what is usual by that time of day
FEW = 30


def _held_against(
    trials: Numbers, successes: Numbers, day: int, before: slice, mine: Whole, usable: Flags
) -> tuple[Numbers, Numbers, Numbers]:
    """The share of a day of the series *mine*, what is usual, and how far apart they are."""
    n, k = trials[before, mine], successes[before, mine]
    usual = level(n, k, usable)
    now = trials[day, mine]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = successes[day, mine] / now
    score = usual.score(share, now, FLOOR)
    # more spread only makes scores smaller, and what is small already decides nothing
    far = np.flatnonzero(np.abs(score) >= EACH)
    if len(far):
        there = spread(n[:, far], k[:, far], usable[:, far], usual.share[far])
        chosen = Level(usual.share[far], usual.trials[far], usual.days[far])
        score[far] = chosen.score(share[far], now[far], there)
    return share, usual.share, score


def _collapsed(coverage: Numbers, usual: Numbers, score: Numbers, enough: Flags) -> Flags:
    with np.errstate(invalid="ignore"):
        made: Flags = enough & (coverage < COLLAPSE * usual) & (score <= -AT_ONCE)
    return made


def _held(p_values: Numbers, judged: Flags, false_share: float) -> Flags:
    """Which of a day's series stand up to all being asked at once (Benjamini and Hochberg)."""
    asked = np.sort(p_values[judged])
    if not len(asked):
        return judged
    limits = false_share * np.arange(1, len(asked) + 1) / len(asked)
    passing = np.flatnonzero(asked <= limits)
    made: Flags = judged & (p_values <= (asked[passing[-1]] if len(passing) else -1.0))
    return made
