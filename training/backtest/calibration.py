"""How well quantiles that were learnt from earlier origins describe what was sold later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.artifact.quantiles import ResidualQuantiles
from training.backtest.folds import MODEL, Fold
from training.features.window import Matrix
from training.metrics import pinball, transform
from training.model.residuals import LEVELS, fit_residuals
from training.weighted import QUANTILES

_BLOCK = 1024
"""Series whose quantiles at all levels are held in memory together."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """One fold's days against the quantiles of its model's forecasts; all NaN when there was nothing to learn from."""

    lowest: Matrix
    """(n, H) lower end of each day's randomised probability integral transform; NaN on days not on sale."""
    highest: Matrix
    """(n, H) its upper end."""
    loss: NDArray[np.float64]
    """(n,) mean pinball loss over the days and the nine levels of the M5 uncertainty competition."""


def calibrate(folds: Sequence[Fold]) -> tuple[Calibration, ...]:
    """Each of ascending folds, with quantiles learnt from those before it; unknown where nothing was for sale then."""
    learnt = np.logical_or.accumulate([False, *(not np.isnan(fold.actual).all() for fold in folds)])
    return tuple(
        _calibrated(fold, residuals(folds[:place])) if learnt[place] else _unknown(fold)
        for place, fold in enumerate(folds)
    )


def residuals(folds: Sequence[Fold]) -> ResidualQuantiles:
    """The quantile table of these folds."""
    mean = np.concatenate([fold.forecasts[MODEL].ravel() for fold in folds])
    sales = np.concatenate([fold.actual.ravel() for fold in folds])
    known = ~np.isnan(sales)
    return fit_residuals(mean[known], sales[known])


def _unknown(fold: Fold) -> Calibration:
    nothing = np.full(fold.actual.shape, np.nan, np.float32)
    return Calibration(nothing, nothing, np.full(len(nothing), np.nan))


def _calibrated(fold: Fold, table: ResidualQuantiles) -> Calibration:
    blocks = [slice(start, start + _BLOCK) for start in range(0, len(fold.actual), _BLOCK)]
    parts = [_block(fold.actual[block], fold.forecasts[MODEL][block], table) for block in blocks]
    return Calibration(*(np.concatenate([getattr(part, name) for part in parts]) for name in Calibration.__slots__))


def _block(actual: Matrix, forecast: Matrix, table: ResidualQuantiles) -> Calibration:
    lowest, highest = np.full((2, *actual.shape), np.nan, np.float32)
    known = ~np.isnan(actual)
    lowest[known], highest[known] = transform(actual, table.at(forecast, LEVELS), LEVELS)
    return Calibration(lowest, highest, pinball(np.nan_to_num(actual), table.at(forecast, QUANTILES), QUANTILES))
