"""Accuracy measures of daily sales forecasts.

WAPE and bias are totals over all days of a group: what a planner is short or over by, in units. MASE (Hyndman and
Koehler 2006, "Another look at measures of forecast accuracy") and RMSSE (Makridakis et al. 2022, "M5 accuracy
competition") divide each series' error by how hard the series is, and are averaged over series. Days without an actual
value (not on sale) count nowhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.features.window import Matrix
from training.scales import Scales

Array = NDArray[np.float64]


def wape(actual: Matrix, forecast: Matrix) -> float:
    """Sum of absolute errors over sum of actual units; NaN when nothing was sold."""
    return _quotient(np.nansum(np.abs(actual - forecast), dtype=np.float64), np.nansum(actual, dtype=np.float64))


def bias(actual: Matrix, forecast: Matrix) -> float:
    """Sum of errors over sum of actual units: above 0 when too much is forecast; NaN when nothing was sold."""
    return _quotient(np.nansum(forecast - actual, dtype=np.float64), np.nansum(actual, dtype=np.float64))


def mase(actual: Matrix, forecast: Matrix, scales: Scales) -> float:
    """Mean over series of mean absolute error over ``Scales.absolute``."""
    return _mean_ratio(row_mean(np.abs(actual - forecast)), scales.absolute)


def rmsse(actual: Matrix, forecast: Matrix, scales: Scales) -> float:
    """Mean over series of the root of mean squared error over ``Scales.squared``."""
    return _mean_ratio(row_mean((actual - forecast) ** 2), scales.squared, root=True)


def pinball(actual: Matrix, grid: Matrix, levels: Array) -> Array:
    """(n,) pinball loss of (levels, n, h) quantiles, the mean over levels and known days; NaN without such days."""
    loss = np.zeros(actual.shape)
    for quantile, level in zip(grid, levels, strict=True):
        error = actual - quantile
        loss += np.maximum(error * level, error * (level - 1))
    return row_mean(loss / len(levels))


def transform(actual: Matrix, grid: Matrix, levels: Array) -> tuple[Array, Array]:
    """Ends of the randomised probability integral transform of each known day, in two (days,) arrays.

    ``grid`` is (levels, n, h) quantiles. The transform is drawn evenly between the probability of less than was sold
    and that of at most as much (Czado, Gneiting and Held 2009, "Predictive model assessment for count data"): most
    days are zeros, whose quantiles are 0 at many levels.
    """
    known = ~np.isnan(actual)
    sales, quantiles = actual[known], grid[:, known]
    lowest = np.append(0.0, levels)[(quantiles < sales).sum(axis=0)]
    highest = np.append(levels, 1.0)[(quantiles <= sales).sum(axis=0)]
    return lowest, highest


def coverage(lowest: Array, highest: Array, level: float) -> float:
    """Share of days whose transform is at most ``level``; the expectation, so nothing is drawn."""
    share = np.clip((level - lowest) / (highest - lowest), 0, 1)
    return float(share.mean()) if share.size else float("nan")


def row_mean(values: Matrix | Array) -> Array:
    """(n,) mean of each row's known values, NaN where there are none."""
    known = (~np.isnan(values)).sum(axis=1)
    total = np.nan_to_num(values).sum(axis=1, dtype=np.float64)
    return np.where(known > 0, total / np.maximum(known, 1), np.nan)


def weighted_mean(values: Array, weights: Array, parts: NDArray[np.intp], count: int) -> Array:
    """(count,) weighted means of the values of each part, NaN where no value has weight.

    ``parts`` is (n,), the part of each value. A NaN counts nowhere: the weights of the rest then sum to one.
    """
    known = ~np.isnan(values)
    total = np.bincount(parts[known], (weights * values)[known], count)
    weight = np.bincount(parts[known], weights[known], count)
    return np.where(weight > 0, total / np.where(weight > 0, weight, 1), np.nan)


def mean_known(values: Array) -> Array:
    """Mean over the first axis of what is not NaN; NaN where all is."""
    known = ~np.isnan(values)
    means: Array = np.where(known, values, 0).sum(axis=0) / np.where(known.any(axis=0), known.sum(axis=0), np.nan)
    return means


def _mean_ratio(errors: Array, scales: Array, root: bool = False) -> float:
    use = ~np.isnan(errors) & (np.nan_to_num(scales) > 0)
    ratios = errors[use] / scales[use]
    return float(np.mean(np.sqrt(ratios) if root else ratios)) if use.any() else float("nan")


def _quotient(numerator: float, denominator: float) -> float:
    return float(numerator / denominator) if denominator > 0 else float("nan")
