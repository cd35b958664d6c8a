"""What the past teaches: how outcomes come with age, and how far such forecasts were off."""

from typing import Any

import numpy as np
import polars as pl

from infobip_analytics.coming.ages import Numbers, Places
from infobip_analytics.coming.counted import Counted, occasions, places
from infobip_analytics.coming.curves import curves_of
from infobip_analytics.coming.past import Trials
from infobip_analytics.coming.record import LEAST_UNITS, Record, record_of


class Learned:
    """The curve of each stratum as of now, and the records of past forecasts.

    Attributes:
        ages: The ages in seconds, columns of the curves.
        delivered: The share delivered by each age, a row for each stratum.
        still: The share of which nothing final had come by each age.
        at_risk: Of how many messages the curves are told at each age.
        in_all: How many settled messages each stratum has.
    """

    def __init__(self, made: Counted, names: list[str]) -> None:
        kept = places(names)
        trials = Trials(made.past, made.ages, [*kept, *occasions(names)])
        self._number: dict[tuple[str, str], int] = {}
        delivered, still, at_risk = [], [], []
        in_all: list[float] = []
        for curves in curves_of(made.past, made.ages):
            trials.add(curves)
            self._number[curves.names] = len(in_all)
            delivered.append(curves.delivered[0])
            still.append(curves.still[0])
            in_all.append(curves.in_all)
            at_risk.append(curves.at_risk[0])
        self.ages = made.ages
        self.delivered, self.still = np.array(delivered), np.array(still)
        self.at_risk, self.in_all = np.array(at_risk), np.array(in_all)
        self._trial, self._kept = trials.trial, kept
        self._records: dict[tuple[Any, ...], Record | None] = {}
        self._together = record_of(self._trial, np.ones(len(self._trial.keys), dtype=bool))

    def strata(self, countries: list[str], networks: list[str]) -> tuple[Places, Places]:
        """The numbers of the strata of messages, and of their countries; -1 where there is none."""
        known, pairs = self._number, list(zip(countries, networks, strict=True))
        of_country = [known.get((country, ""), -1) for country in countries]
        own = [known.get(pair, above) for pair, above in zip(pairs, of_country, strict=True)]
        return np.array(own, dtype=np.int64), np.array(of_country, dtype=np.int64)

    def curve(self, of_each: Numbers, strata: Places, ages: Numbers) -> Numbers:
        """A curve of each stratum at any ages, on a straight line between two of the known ones."""
        first = np.clip(np.searchsorted(self.ages, ages, "right") - 1, 0, self.ages.size - 2)
        start, end = self.ages[first], self.ages[first + 1]
        part = np.clip((ages - start) / (end - start), 0, 1)
        between: Numbers = (1 - part) * of_each[strata, first] + part * of_each[strata, first + 1]
        return between

    def record(self, where: tuple[Any, ...]) -> Record | None:
        """How far forecasts of such places were off, else those of all together."""
        if where not in self._records:
            self._records[where] = self._own(where) or self._together
        return self._records[where]

    def _own(self, where: tuple[Any, ...]) -> Record | None:
        if not self._kept:
            return None
        places = zip(self._kept, where, strict=True)
        rows = self._trial.keys.select(
            pl.all_horizontal(pl.col(name).eq_missing(pl.lit(value)) for name, value in places)
        )
        own = rows.to_series().to_numpy()
        return record_of(self._trial, own) if own.sum() >= 2 * LEAST_UNITS else None
