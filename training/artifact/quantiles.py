"""Quantiles of sales around their expected value, learnt from forecasts of days the model had not seen.

A table holds, for bands of the expected value, the quantiles of sales over expectation: slow sellers scatter more,
in terms of their mean, than fast ones. Between the bands' centres they are interpolated with the same weights for
every level, so they cannot cross, and a ratio of at least 0 keeps them at least 0. Where sales are whole units, so are
the quantiles: "at most 0.4 units on nine days of ten" would be no answer, and rounding makes them better calibrated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.features.window import Matrix

_SMALLEST = 1e-3
"""Units below which expectations share one band."""


@dataclass(frozen=True, slots=True)
class ResidualQuantiles:
    """Quantiles of sales divided by the expected sales."""

    levels: NDArray[np.float64]
    """(l,) ascending levels between 0 and 1."""
    centres: Matrix
    """(b,) ascending log of the expected units at the centre of each band."""
    ratios: Matrix
    """(b, l) non-decreasing along the levels."""
    whole_units: bool
    """Whether sales are whole numbers; the quantiles are then rounded to such."""

    def at(self, mean: Matrix, levels: NDArray[np.float64]) -> Matrix:
        """(q, ...) quantiles in units for expectations of any shape; levels lie within ``self.levels``."""
        curves = self._curves(levels)
        position = np.interp(np.log(np.maximum(mean, _SMALLEST)), self.centres, np.arange(len(self.centres)))
        below = np.minimum(position.astype(np.intp), max(len(self.centres) - 2, 0))
        above = np.minimum(below + 1, len(self.centres) - 1)
        weight = position - below
        units = (curves.take(below, axis=1) * (1 - weight) + curves.take(above, axis=1) * weight) * mean
        quantiles: Matrix = (np.rint(units) if self.whole_units else units).astype(np.float32)
        return quantiles

    def _curves(self, levels: NDArray[np.float64]) -> NDArray[np.float64]:
        """(q, b) ratios of each band at the asked levels."""
        above = np.minimum(np.maximum(self.levels.searchsorted(levels), 1), len(self.levels) - 1)
        below = above - 1
        weight = (levels - self.levels[below]) / (self.levels[above] - self.levels[below])
        curves: NDArray[np.float64] = self.ratios[:, below] * (1 - weight) + self.ratios[:, above] * weight
        return curves.T
