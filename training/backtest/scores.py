"""Rows of scores: every measure of each method on some days of some series.

WAPE, bias, MASE and RMSSE leave out the days on which an item was not for sale, at every level of aggregation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.backtest.folds import MODEL, Fold
from training.backtest.scored import ScoredFold
from training.features.window import Matrix
from training.hierarchy import Groups
from training.metrics import bias, coverage, mase, rmsse, wape
from training.scales import Scales

ALL = "all"
"""``by`` and ``value`` of the rows over everything."""


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """Scores of one method on one group of the folds' days; NaN where a measure has no meaning there."""

    by: str
    """What the group is a value of: 'all', 'level', 'store_id', 'cat_id', 'dept_id', 'step' or 'origin'."""
    value: str
    method: str
    wape: float
    bias: float
    mase: float
    rmsse: float
    wrmsse: float
    """NaN by step: the measure is of a whole window."""
    coverage: Mapping[float, float]
    """Level -> share of the days at or below that quantile; NaN for the baselines, and for sums of series."""


@dataclass(frozen=True, slots=True)
class Days:
    """Days of some folds below one another: rows are (fold, series), or (fold, group) of a level."""

    actual: Matrix
    """(r, H)"""
    forecasts: dict[str, Matrix]
    """Method -> (r, H)."""
    scales: Scales
    """(r,)"""
    lowest: Matrix
    """(r, H) ends of the transform, as in ``Calibration``."""
    highest: Matrix

    @classmethod
    def of(cls, scored: Sequence[ScoredFold]) -> Days:
        """Rows of series."""
        folds = [each.fold for each in scored]
        return cls(
            np.concatenate([fold.actual for fold in folds]),
            {method: np.concatenate([fold.forecasts[method] for fold in folds]) for method in folds[0].forecasts},
            Scales.joined([each.measures.series_scales for each in scored]),
            np.concatenate([each.calibration.lowest for each in scored]),
            np.concatenate([each.calibration.highest for each in scored]),
        )

    @classmethod
    def summed(cls, scored: Sequence[ScoredFold], groups: Groups) -> Days:
        """Rows of groups of series; a day when an item was not for sale adds nothing to either side."""
        folds = [each.fold for each in scored]
        actual = np.concatenate([_summed(groups, fold, fold.actual) for fold in folds])
        unknown = np.broadcast_to(np.float32(np.nan), actual.shape)
        return cls(
            actual,
            {
                method: np.concatenate([_summed(groups, fold, fold.forecasts[method]) for fold in folds])
                for method in folds[0].forecasts
            },
            Scales.joined([each.measures.scales[groups] for each in scored]),
            unknown,
            unknown,
        )

    def rows(self, part: NDArray[np.bool_]) -> Days:
        """Some rows."""
        forecasts = {method: forecast[part] for method, forecast in self.forecasts.items()}
        return Days(self.actual[part], forecasts, self.scales.rows(part), self.lowest[part], self.highest[part])

    def step(self, step: int) -> Days:
        """One day of the horizon, counted from 1."""
        day = slice(step - 1, step)
        forecasts = {method: forecast[:, day] for method, forecast in self.forecasts.items()}
        return Days(self.actual[:, day], forecasts, self.scales, self.lowest[:, day], self.highest[:, day])


def _summed(groups: Groups, fold: Fold, values: Matrix) -> Matrix:
    """(groups, H) sums of (n, H) values over what was for sale."""
    return groups.sums(np.where(np.isnan(fold.actual), 0, values).T).T.astype(np.float32)


def score_rows(
    by: str, value: str, days: Days, wrmsse: Mapping[str, float], levels: Sequence[float]
) -> Iterator[ScoreRow]:
    """One row a method; ``wrmsse`` is by method, NaN where it has none."""
    for method, forecast in days.forecasts.items():
        yield ScoreRow(
            by,
            value,
            method,
            wape=wape(days.actual, forecast),
            bias=bias(days.actual, forecast),
            mase=mase(days.actual, forecast, days.scales),
            rmsse=rmsse(days.actual, forecast, days.scales),
            wrmsse=wrmsse.get(method, np.nan),
            coverage=covered(days, levels) if method == MODEL else dict.fromkeys(levels, np.nan),
        )


def covered(days: Days, levels: Sequence[float]) -> dict[float, float]:
    """Share of the days at or below each quantile, learnt from the origins before; NaN where there are none."""
    known = ~np.isnan(days.lowest)
    lowest, highest = days.lowest[known].astype(np.float64), days.highest[known].astype(np.float64)
    return {level: coverage(lowest, highest, level) for level in levels}
