"""From a window to forecasts: features, trees, quantiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.artifact.quantiles import ResidualQuantiles
from training.artifact.trees import Trees
from training.features import OFFSET, FeatureSpec, Window, build_features, feature_names
from training.features.window import Matrix


@dataclass(frozen=True, slots=True)
class Predictor:
    """A trained model, apart from any data."""

    spec: FeatureSpec
    trees: Trees
    baseline: float
    residuals: ResidualQuantiles

    def mean(self, features: Matrix) -> Matrix:
        """(rows,) expected units for (rows, F) features."""
        level = features[:, feature_names(self.spec).index(OFFSET)]
        return (np.exp(self.trees.sum(features) + self.baseline) * level).astype(np.float32)

    def forecast(self, window: Window, horizon: int, levels: NDArray[np.float64]) -> tuple[Matrix, Matrix]:
        """(n, horizon) expected units and their (n, q, horizon) quantiles."""
        steps = np.tile(np.arange(1, horizon + 1, dtype=np.int32), (window.n_series, 1))
        mean = self.mean(build_features(window, self.spec, steps)).reshape(steps.shape)
        return mean, np.moveaxis(self.residuals.at(mean, levels), 0, 1)
