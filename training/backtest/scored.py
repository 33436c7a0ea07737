"""Folds with what is measured of a whole window: scales, weights, calibration, WRMSSE and WSPL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.backtest.calibration import Calibration, calibrate
from training.backtest.folds import MODEL, Fold
from training.features.window import Matrix
from training.hierarchy import Hierarchy
from training.metrics import pinball
from training.panel import Panel
from training.weighted import QUANTILES, WeightedMeasures, Wrmsse, weighted_measures


@dataclass(frozen=True, slots=True)
class ScoredFold:
    """One window."""

    fold: Fold
    origin: str
    """ISO date of the first day."""
    measures: WeightedMeasures
    calibration: Calibration
    wrmsse: dict[str, Wrmsse]
    """By method."""
    wspl: dict[str, float]
    """By method; NaN for the model at the first origin, which has no quantiles of earlier ones."""


def score_folds(panel: Panel, hierarchy: Hierarchy, folds: Sequence[Fold]) -> tuple[ScoredFold, ...]:
    """Score ascending folds, in one pass over the panel's sales."""
    measures = weighted_measures(hierarchy, panel.sales, panel.price, [fold.origin for fold in folds])
    return tuple(
        ScoredFold(
            fold=fold,
            origin=str(panel.dates[fold.origin]),
            measures=measure,
            calibration=calibration,
            wrmsse={method: measure.wrmsse(fold.actual, units) for method, units in fold.forecasts.items()},
            wspl={method: measure.wspl(_loss(fold, method, calibration)) for method in fold.forecasts},
        )
        for fold, measure, calibration in zip(folds, measures, calibrate(folds), strict=True)
    )


def _loss(fold: Fold, method: str, calibration: Calibration) -> NDArray[np.float64]:
    """(n,) pinball loss; of a baseline, whose one figure stands for every quantile."""
    if method == MODEL:
        return calibration.loss
    point: Matrix = fold.forecasts[method]
    return pinball(np.nan_to_num(fold.actual), np.broadcast_to(point, (len(QUANTILES), *point.shape)), QUANTILES)
