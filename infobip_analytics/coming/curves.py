"""What share of messages is delivered by which age, by country and network, as of any past slot."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from infobip_analytics.coming.ages import DAY_OF_SLOTS, Numbers, first_whole_slot
from infobip_analytics.coming.counted import DELIVERED, OPEN, STRATA
from infobip_analytics.coming.incidence import incidence

#: Sends count half as much for each so many days that they lie further back: delays drift
HALF_LIFE = 3.5
#: How many messages of what it is a part of a stratum leans on
LEANS_ON = 20.0


@dataclass(frozen=True, slots=True)
class Curves:
    """What was known of a stratum as of now and as of earlier slots, a row for each slot.

    Attributes:
        names: Country and network.
        delivered: The share delivered by each age.
        still: The share of which nothing final had come by each age.
        rates: Of those still open, the share to which it was delivered, or else ended, at each age.
        at_risk: Of how many that is told at each age, those of what it leans on among them.
        settled: How many messages are settled, those further back counting less.
        in_all: How many are settled now, whenever they were sent.
    """

    names: tuple[str, str]
    delivered: Numbers
    still: Numbers
    rates: Numbers
    at_risk: Numbers
    settled: Numbers
    in_all: float

    @property
    def coming(self) -> Numbers:
        """Of what is open at each age, the share that is still delivered."""
        later = self.delivered[:, -1:] - self.delivered
        share = np.divide(later, self.still, out=np.zeros_like(later), where=self.still > 1e-12)
        return np.clip(share, 0, 1)

    @property
    def growing(self) -> Numbers:
        """How many are still delivered for each one that is delivered by each age."""
        later = self.delivered[:, -1:] - self.delivered
        by_then = self.delivered
        return np.divide(later, by_then, out=np.zeros_like(later), where=by_then > 1e-12)


def doubted(share: Numbers, seen: Numbers) -> Numbers:
    """A share of so many *seen*, as far as chance is asked about: what was none may be some.

    It is the mean of Jeffreys' interval.
    """
    return (share * seen + 0.5) / (seen + 1)


def curves_of(past: pl.DataFrame, ages: Numbers) -> Iterator[Curves]:
    """The curves of all together, then of each country and after it of each of its networks.

    Names of all together are empty, and so is the network of a whole country.
    """
    cells = past.group_by(*STRATA, "_slot", "_at", "_became").agg(pl.sum("_n"))
    slots = int(cells["_slot"].max() or 0) + 1  # type: ignore[arg-type]
    whole = _curves(("", ""), cells, ages, slots, None)
    yield whole
    for country, within in _parts(cells, STRATA[0]):
        together = _curves((country, ""), within, ages, slots, whole)
        yield together
        for network, own in _parts(within, STRATA[1]):
            if network:
                yield _curves((country, network), own, ages, slots, together)


def _parts(cells: pl.DataFrame, by: str) -> list[tuple[str, pl.DataFrame]]:
    parts = cells.partition_by(by, as_dict=True)
    return sorted((str(name), part) for (name,), part in parts.items())


def _curves(
    names: tuple[str, str], cells: pl.DataFrame, ages: Numbers, slots: int, whole: Curves | None
) -> Curves:
    sent, ended = _dense(cells, ages.size, slots)
    before = np.cumsum(ended.sum(axis=0), axis=1) - ended.sum(axis=0)
    at_risk = _as_of_each(sent[:, np.newaxis] - before, ages)
    happened = np.stack([_as_of_each(each, ages) for each in ended], axis=1)
    rates = _leaning(happened, at_risk, whole)
    done, still = incidence(rates)
    youngest = first_whole_slot(ages)[-1]
    settled = _fading(sent[:, np.newaxis])[:, 0]
    known = np.concatenate([settled[youngest:], np.zeros(youngest)])[:slots]
    leaning = 0.0 if whole is None else np.minimum(LEANS_ON, whole.at_risk)
    in_all = float(sent[youngest:].sum())
    return Curves(names, done[:, DELIVERED], still, rates, at_risk + leaning, known, in_all)


def _dense(cells: pl.DataFrame, many: int, slots: int) -> tuple[Numbers, Numbers]:
    """Sent per slot; delivered and otherwise ended per slot and age."""
    sent = np.bincount(cells["_slot"].to_numpy(), cells["_n"].to_numpy(), slots)
    over = cells.filter(pl.col("_became") != OPEN)
    place = (over["_became"].to_numpy().astype(np.int64) * slots + over["_slot"].to_numpy()) * many
    flat = np.bincount(place + over["_at"].to_numpy(), over["_n"].to_numpy(), 2 * slots * many)
    return sent.astype(np.float64), flat.reshape(2, slots, many).astype(np.float64)


def _as_of_each(of_slots: Numbers, ages: Numbers) -> Numbers:
    """Sums over all slots that had reached each age, as of each slot; rows are slots.

    As of slot s, what was sent in slot k has an age of k - s slots at least.
    """
    fading = _fading(of_slots)
    slots, many = fading.shape
    reached = np.arange(slots)[:, np.newaxis] + first_whole_slot(ages)[np.newaxis, :]
    padded = np.concatenate([fading, np.zeros((1, many))])
    summed: Numbers = padded[np.minimum(reached, slots), np.arange(many)]
    return summed


def _fading(of_slots: Numbers) -> Numbers:
    """Each slot with all before it, which count less the further they lie back."""
    share = 0.5 ** (1 / (HALF_LIFE * DAY_OF_SLOTS))
    fading = of_slots.astype(np.float64).copy()
    for slot in range(len(fading) - 2, -1, -1):
        fading[slot] += share * fading[slot + 1]
    return fading


def _leaning(happened: Numbers, at_risk: Numbers, whole: Curves | None) -> Numbers:
    """The share to which each cause happened: a small stratum has that of the whole."""
    leaning, base = (0.0, 0.0) if whole is None else (LEANS_ON, whole.rates)
    weight = at_risk[:, np.newaxis, :] + leaning
    shares = happened + leaning * base
    return np.divide(shares, weight, out=np.zeros_like(happened), where=weight > 0)
