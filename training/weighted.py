"""The M5 competitions' weighted measures: WRMSSE of expected units, WSPL of quantiles.

WRMSSE (Makridakis, Spiliotis and Assimakopoulos 2022, "M5 accuracy competition: Results, findings, and conclusions",
IJF 38(4), 1346-1364): the root mean squared scaled error of every group of every level, weighted by what the group
earned over the last 28 days before the origin, in shares of its level; the mean of the levels. WSPL (Makridakis et
al. 2022, "The M5 uncertainty competition: Results, findings and conclusions", IJF 38(4), 1365-1385): the pinball loss
of nine quantiles over the mean absolute one-day difference, weighted the same way, here of the series alone, since
quantiles of sums are not forecast.

Days on which an item is not on sale count as days without a sale, as in the competition. A group whose scale is zero
or unknown (it never sold, or always the same) is left out, and the weights of the rest of its level sum to one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.features.window import Matrix
from training.hierarchy import Groups, Hierarchy
from training.metrics import mean_known, weighted_mean
from training.scales import Scales, scales_at

QUANTILES = np.array([0.005, 0.025, 0.165, 0.25, 0.5, 0.75, 0.835, 0.975, 0.995])
"""Levels of the uncertainty competition."""

PARTS = ("store_id", "cat_id", "dept_id")
"""Columns by whose values the measure is also taken of a part of the series, as if there were no others."""

WEIGHT_DAYS = 28

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Wrmsse:
    """One forecast's score; NaN where nothing was earned or no group has a scale."""

    levels: dict[str, float]
    """Of each level that the data has."""
    parts: dict[str, dict[str, float]]
    """Of each value of each of ``PARTS`` that the data has."""

    @property
    def overall(self) -> float:
        """The mean of the levels."""
        return float(mean_known(np.array(list(self.levels.values()))))


@dataclass(frozen=True)
class WeightedMeasures:
    """What errors are divided by and weighed with at one origin."""

    hierarchy: Hierarchy
    scales: dict[Groups, Scales]
    """Scales of the groups of each level, whole and within each of ``PARTS``."""
    revenue: Array
    """(n,) units x price over the last 28 days before the origin; units where the data has no prices."""

    @property
    def series_scales(self) -> Scales:
        """(n,) scales of the series themselves."""
        return self.scales[self.hierarchy.level("item_store")]

    def wrmsse(self, actual: Matrix, forecast: Matrix) -> Wrmsse:
        """Score (n, H) expected units; NaN in ``actual`` = not on sale, which counts as no sale."""
        days = (forecast - np.nan_to_num(actual)).T
        errors = {groups: self._scaled_error(groups, days) for groups in self.scales}
        hierarchy = self.hierarchy
        levels = {name: float(self._by(errors, name)[0]) for name in hierarchy.levels}
        parts = {
            column: dict(zip(hierarchy.values(column), self._over_levels(errors, column).tolist(), strict=True))
            for column in PARTS
            if hierarchy.has(column)
        }
        return Wrmsse(levels, parts)

    def wspl(self, loss: Array) -> float:
        """Scaled pinball loss of the series, weighted: ``loss`` is (n,) pinball loss, the mean over levels and days."""
        everything = np.zeros(len(loss), np.intp)
        return float(weighted_mean(_over(loss, self.series_scales.daily), self.revenue, everything, 1)[0])

    def _scaled_error(self, groups: Groups, days: Matrix) -> Array:
        """(g,) root mean squared scaled error from (H, n) errors."""
        sums = groups.sums(days)
        return np.sqrt(_over((sums**2).mean(axis=0), self.scales[groups].squared))

    def _by(self, errors: dict[Groups, Array], level: str, *column: str) -> Array:
        """(values,) of a level within each value of a column; (1,) without one."""
        groups, parts = self.hierarchy.level(level, *column), self.hierarchy.groups(*column)
        weights = groups.sums(self.revenue[None])[0]
        return weighted_mean(errors[groups], weights, parts.codes[groups.first], parts.size)

    def _over_levels(self, errors: dict[Groups, Array], column: str) -> Array:
        return mean_known(np.stack([self._by(errors, level, column) for level in self.hierarchy.levels]))


def weighted_measures(
    hierarchy: Hierarchy, sales: Matrix, price: Matrix | None, origins: Sequence[int]
) -> tuple[WeightedMeasures, ...]:
    """The measures at each of ascending origins, in one pass over (n, t) sales; the origins are columns of it."""
    splits = [(), *((column,) for column in PARTS if hierarchy.has(column))]
    partitions = {hierarchy.level(level, *split) for level in hierarchy.levels for split in splits}
    scales = scales_at(sales, origins, partitions)
    return tuple(
        WeightedMeasures(
            hierarchy, {groups: found[place] for groups, found in scales.items()}, revenue(sales, price, origin)
        )
        for place, origin in enumerate(origins)
    )


def revenue(sales: Matrix, price: Matrix | None, origin: int) -> Array:
    """(n,) units x price over the 28 days before an origin; units where the data has no prices.

    What is sold on a day without a price counts at the last price before it, or at nothing when there is none.
    """
    recent = slice(max(origin - WEIGHT_DAYS, 0), origin)
    units = np.nan_to_num(sales[:, recent]).astype(np.float64)
    earned: Array = (units * (1.0 if price is None else _prices(price[:, :origin], units))).sum(axis=1)
    return earned


def _prices(price: Matrix, units: Array) -> Matrix:
    """(n, days) prices of the last days of (n, t) prices, on which these units were sold."""
    recent = price[:, -units.shape[1] :].copy()
    for row in np.flatnonzero(((units > 0) & np.isnan(recent)).any(axis=1)):
        recent[row] = _filled(price[row])[-units.shape[1] :]
    return np.nan_to_num(recent)


def _filled(price: NDArray[np.float32]) -> NDArray[np.float32]:
    """(t,) prices with each gap filled by the last value before it."""
    last = np.maximum.accumulate(np.where(np.isnan(price), 0, np.arange(len(price))))
    return price[last]


def _over(errors: Array, scales: Array) -> Array:
    """Errors over scales, NaN where a scale is zero or unknown."""
    return np.where(scales > 0, errors / np.where(scales > 0, scales, 1), np.nan)
