"""What the same method would have said of past campaigns at each age, against what came of them."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from infobip_analytics.coming.ages import (
    DAY_OF_SLOTS,
    SLOT,
    Numbers,
    Places,
    asked,
    first_whole_slot,
)
from infobip_analytics.coming.counted import DELIVERED, OPEN, STRATA, UNIT
from infobip_analytics.coming.curves import Curves, doubted

#: So many past campaigns are looked at, those with most messages
MOST_UNITS = 1000
#: With fewer settled messages (those further back count less) nothing would have been said
LEAST_KNOWN = 50.0


@dataclass(frozen=True, slots=True)
class Trial:
    """Past campaigns (one on one day: a row) at each of some ages (columns).

    Attributes:
        keys: A row each: the places, `_day`, `_n`.
        ages: The ages, seconds.
        came: How many were delivered later.
        open: Of how many nothing final had come.
        by_open: How many of these were expected to be delivered.
        by_delivered: How many were expected from those delivered by then.
        chance: The variance that chance alone gives that.
        scale: The sum of q (1 - q) of the open messages: what a change of their log odds by 1 does.
        known: How much that tells of a forecast now, 0 to 1: how much history there was then.
    """

    keys: pl.DataFrame
    ages: Numbers
    came: Numbers
    open: Numbers
    by_open: Numbers
    by_delivered: Numbers
    chance: Numbers
    scale: Numbers
    known: Numbers


class Trials:
    """Past campaigns, filled stratum by stratum."""

    def __init__(self, past: pl.DataFrame, ages: Numbers, apart: list[str]) -> None:
        settled = past.filter(pl.col("_day") * DAY_OF_SLOTS >= first_whole_slot(ages)[-1])
        keys = [*apart, *UNIT]
        units = (
            settled.group_by(keys)
            .agg(pl.sum("_n", "_age"))
            .sort("_n", *keys, descending=[True, *(False for _ in keys)], nulls_last=True)
            .head(MOST_UNITS)
            .with_row_index("_unit")
        )
        cells = settled.join(units.select(*keys, "_unit"), on=keys, nulls_equal=True)
        summed = cells.group_by(*STRATA, "_unit", "_at", "_became").agg(pl.sum("_n"))
        self._strata = summed.partition_by(STRATA, as_dict=True)
        self._columns = asked(ages)
        self._many = ages.size
        sent = units["_age"].to_numpy() / units["_n"].to_numpy()
        late = np.ceil((sent[:, np.newaxis] - ages[self._columns]) / SLOT)
        self._as_of: Places = np.maximum(late, 0).astype(np.int64)
        counts = [np.zeros(self._as_of.shape) for _ in range(7)]
        self.trial = Trial(units.drop("_unit", "_age"), ages[self._columns], *counts)

    def add(self, curves: Curves) -> None:
        """Add the messages of one stratum, as its *curves* would have told of them."""
        trial = self.trial
        if curves.names == ("", ""):
            known = curves.settled[np.minimum(self._as_of, len(curves.settled) - 1)]
            # what was then said of fewer messages than now was further off than it is now
            part = np.minimum(known / max(float(curves.settled[0]), LEAST_KNOWN), 1)
            trial.known[:] = np.where(known >= LEAST_KNOWN, part**2, 0)
            return
        cells = self._strata.get(curves.names)
        if cells is None:
            return
        columns = np.arange(len(self._columns))
        units, sent, ended = self._dense(cells)
        rows = np.minimum(self._as_of[units], len(curves.settled) - 1)
        coming = curves.coming[:, self._columns][rows, columns]
        growing = curves.growing[:, self._columns][rows, columns]
        delivered = ended[DELIVERED]
        so_far = delivered[:, self._columns]
        still = sent[:, np.newaxis] - ended.sum(axis=0)[:, self._columns]
        trial.came[units] += delivered[:, -1:] - so_far
        trial.open[units] += still
        trial.by_open[units] += still * coming
        trial.by_delivered[units] += so_far * growing
        # what is learnt of few open messages is itself a matter of chance
        seen = curves.at_risk[:, self._columns][rows, columns]
        doubt = doubted(coming, seen)
        varied = still * doubt * (1 - doubt)
        trial.chance[units] += varied * (1 + still / np.maximum(seen, 1))
        trial.scale[units] += varied

    def _dense(self, cells: pl.DataFrame) -> tuple[Places, Numbers, Numbers]:
        """The units there are, sent by each, and ended by each age, delivered or otherwise."""
        units, rows = np.unique(cells["_unit"].to_numpy(), return_inverse=True)
        counts = cells["_n"].to_numpy()
        sent = np.bincount(rows, counts, units.size)
        over = cells["_became"].to_numpy() != OPEN
        became = cells["_became"].to_numpy()[over].astype(np.int64)
        at = cells["_at"].fill_null(0).to_numpy()[over]
        place = (became * units.size + rows[over]) * self._many + at
        flat = np.bincount(place, counts[over], 2 * units.size * self._many)
        ended = flat.reshape(2, units.size, self._many).cumsum(axis=2)
        return units.astype(np.int64), sent.astype(np.float64), ended.astype(np.float64)
