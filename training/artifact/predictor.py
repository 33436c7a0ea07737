"""From a window to forecasts: features, trees, quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.artifact.quantiles import ResidualQuantiles
from training.artifact.trees import Trees
from training.features import OFFSET, FeatureSpec, Window, feature_names, feature_table
from training.features.window import Matrix

_BLOCK = 256
"""Series forecast together: their features and words stay in the processor's cache."""


@dataclass(frozen=True)
class Predictor:
    """A trained model, apart from any data."""

    spec: FeatureSpec
    trees: Trees
    baseline: float
    residuals: ResidualQuantiles

    def forecast(self, window: Window, horizon: int, levels: NDArray[np.float64]) -> tuple[Matrix, Matrix]:
        """(n, horizon) expected units and their (n, q, horizon) quantiles."""
        n = window.n_series
        mean = np.empty((n, horizon), np.float32)
        for start in range(0, n, _BLOCK):
            part = slice(start, start + _BLOCK)
            mean[part] = self._mean(window.rows(part) if n > _BLOCK else window, horizon)
        return mean, self.residuals.at(mean, levels).transpose(1, 0, 2)

    def _mean(self, window: Window, horizon: int) -> Matrix:
        table = feature_table(window, self.spec, horizon)
        mean: Matrix = np.exp(self.trees.sum(table) + self.baseline) * table.column(self._offset)
        return mean

    @cached_property
    def _offset(self) -> int:
        return feature_names(self.spec).index(OFFSET)
