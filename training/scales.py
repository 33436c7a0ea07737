"""How hard series are to forecast, from their history: what scaled errors are divided by.

One pass over the sales serves any number of origins and of partitions of the series. It goes day by day, so that
nothing is held but a month of all series and a few sums a group: all of M5 has 240 MB of sales.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from training.features.window import Matrix
from training.hierarchy import Codes, Groups

SEASON = 7
"""Season of MASE's scale, in days."""

_DAYS = 28
"""Days of all series that are held together."""

_NEVER = np.iinfo(np.int64).max

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scales:
    """The difficulty of each of n series; NaN for one without two days to compare since its first sale.

    As in the M5 competition a series begins with its first day with a sale.
    """

    absolute: Array
    """(n,) mean absolute difference to the same weekday a week earlier (MASE)."""
    squared: Array
    """(n,) mean squared difference to the day before (RMSSE)."""
    daily: Array
    """(n,) mean absolute difference to the day before (scaled pinball loss)."""

    @classmethod
    def of(cls, history: Matrix) -> Scales:
        """Scales of each row of (n, days) sales; NaN = none."""
        rows = Groups.of(np.arange(len(history)))
        return scales_at(history, [history.shape[1]], [rows])[rows][0]

    @classmethod
    def joined(cls, parts: Sequence[Scales]) -> Scales:
        """The series of the parts below one another."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__))

    def rows(self, part: NDArray[np.bool_]) -> Scales:
        return Scales(self.absolute[part], self.squared[part], self.daily[part])


def scales_at(sales: Matrix, origins: Sequence[int], partitions: Iterable[Groups]) -> dict[Groups, tuple[Scales, ...]]:
    """Each partition -> its groups' scales at each of ascending origins, from (n, days) sales before it.

    NaN counts as no sale.
    """
    plan = _plan(partitions)
    tallies = {groups: _Tally(groups.size) for groups in plan}
    found: dict[Groups, list[Scales]] = {groups: [] for groups in plan}
    for begin, origin in pairwise((0, *origins)):
        for day in range(begin, origin, _DAYS):
            units = np.nan_to_num(sales[:, day : min(day + _DAYS, origin)]).T.astype(np.float64, order="C")
            summed: dict[Groups | None, Array] = {None: units}
            for groups, (finer, codes) in plan.items():
                summed[groups] = Groups(codes, groups.first).sums(summed[finer])
                tallies[groups].add(day, summed[groups])
        for groups, tally in tallies.items():
            found[groups].append(tally.scales(origin))
    return {groups: tuple(scales) for groups, scales in found.items()}


def _plan(partitions: Iterable[Groups]) -> dict[Groups, tuple[Groups | None, Codes]]:
    """Each partition -> the smallest other one that it can be summed from (None: the series), and its codes there."""
    plan: dict[Groups, tuple[Groups | None, Codes]] = {}
    for groups in sorted(set(partitions), key=lambda groups: -groups.size):
        finer = ((other, groups.within(other)) for other in reversed(plan))
        found = next(((other, codes) for other, codes in finer if codes is not None), None)
        plan[groups] = found or (None, groups.codes)
    return plan


class _Tally:
    """Sums of differences of g series, day after day."""

    def __init__(self, size: int) -> None:
        self._recent = np.zeros((SEASON, size))
        self._first = np.full(size, _NEVER)
        self._weekly, self._squared, self._daily = np.zeros((3, size))

    def add(self, day: int, units: Array) -> None:
        """The (days, g) units from a day on, which follows the last one added."""
        self._begin(day, units)
        known = np.concatenate([self._recent, units])
        begun = np.arange(day - SEASON, day + len(units))[:, None] >= self._first
        weekly = np.abs(units - known[:-SEASON])
        daily = np.abs(units - known[SEASON - 1 : -1])
        # A series' first sale is no change: what is before it is not zero demand, but nothing.
        weekly *= begun[:-SEASON]
        daily *= begun[SEASON - 1 : -1]
        self._weekly += weekly.sum(axis=0)
        self._daily += daily.sum(axis=0)
        self._squared += np.einsum("dg,dg->g", daily, daily)
        self._recent = known[-SEASON:]

    def _begin(self, day: int, units: Array) -> None:
        sold = units > 0
        new = (self._first == _NEVER) & sold.any(axis=0)
        self._first[new] = day + sold[:, new].argmax(axis=0)

    def scales(self, origin: int) -> Scales:
        """The means over the days before an origin, to which everything was added."""
        days = np.where(self._first == _NEVER, 0, origin - np.minimum(self._first, origin)).astype(np.float64)
        return Scales(_mean(self._weekly, days - SEASON), _mean(self._squared, days - 1), _mean(self._daily, days - 1))


def _mean(sums: Array, counts: Array) -> Array:
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
